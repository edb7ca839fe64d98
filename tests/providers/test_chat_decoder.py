"""Reading a chat stream, for every way of writing, cutting and spoiling it."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.chat import delta
from wzrd.contracts.sse import SseReader
from wzrd.domain.errors import ProviderError
from wzrd.providers.chat_stream import Completion, error_of, parse_object
from wzrd.providers.provider_json import parse_json

LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
PLACES = st.lists(st.integers(0, 10_000), max_size=12)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
NAMES = ["error", "choices", "delta", "message", "content", "text", "type", "finish_reason", "usage", "x_groq", "code"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    """The bytes in packets that are cut at these places."""
    at = sorted({place % (len(data) + 1) for place in places})
    return [data[a:b] for a, b in zip([0, *at], [*at, len(data)], strict=True)]


def read(packets: list[bytes]) -> list[str]:
    reader = SseReader()
    frames = [frame for packet in packets for frame in reader.feed(packet)]
    return [frame.data for frame in [*frames, *reader.feed(b"", final=True)]]


@given(st.lists(TEXTS, max_size=6), LINE_ENDS, PLACES, st.booleans(), st.booleans())
def test_a_text_is_whole_however_it_is_written_and_cut(
    texts: list[str], end: str, places: list[int], blank: bool, folded: bool
) -> None:
    """Any text, any line end, one line or many, cut anywhere, with and without comments, a BOM, a last blank line."""
    lines: list[str] = []
    for text in texts:
        written = json.dumps(delta(text), ensure_ascii=False, indent=1 if folded else None)
        lines += [": a comment", *(f"data:{' ' if blank else ''}{line}" for line in written.split("\n")), ""]
    data = b"\xef\xbb\xbf" + end.join([*lines, "data: [DONE]"]).encode()
    completion = Completion("x")
    said = [completion.take(event) for event in read(cut(data, places))]
    assert "".join(said) == completion.text == "".join(texts)
    assert completion.done


@pytest.mark.parametrize("content", ["Rain falls.", None])
def test_a_last_chunk_that_repeats_the_whole_adds_nothing(content: str | None) -> None:
    """MiniMax ends its streams with a `chat.completion` that has the message and the usage (BitFun#792)."""
    completion = Completion("x")
    for piece in ("Rain ", "falls."):
        completion.take(json.dumps(delta(piece)))
    whole = {"choices": [{"message": {"content": content}, "finish_reason": "stop"}], "usage": {"total_tokens": 4}}
    assert completion.take(json.dumps(whole)) == ""
    assert completion.text == "Rain falls."
    assert completion.about()["usage"] == {"total_tokens": 4}


@given(st.binary(max_size=300), PLACES)
def test_bytes_read_the_same_wherever_they_are_cut(data: bytes, places: list[int]) -> None:
    """Bytes that are no stream at all are read without an exception, and a packet's end changes nothing."""
    assert read(cut(data, places)) == read([data])


@given(JSON)
def test_no_answer_can_hurt(value: object) -> None:
    """Whatever JSON a server sends: a text that PostgreSQL and UTF-8 can hold, or an error of ours."""
    completion, said = Completion("x"), ""
    try:
        completion.take(json.dumps(value))
    except ProviderError as error:
        said = error.message
    assert "\x00" not in said.encode().decode()
    completion.text.encode()
    assert "\x00" not in completion.text
    orjson.dumps(completion.about())
    assert completion.cost_usd is None or completion.cost_usd >= 0
    status, told = error_of(parse_object(json.dumps(value)) or {})
    assert status is None or 100 <= status <= 999
    told.encode()


@pytest.mark.parametrize("value", ["{}", '{"a":0}', '"",[]', "[[]]"])
def test_an_answer_of_too_many_values_is_none(value: str) -> None:
    """They are counted before they are made: hundred thousands of objects would keep everybody waiting."""
    told = '{"choices":[{"delta":{"content":"x"}}],"usage":{"a":[%s]}}'
    assert parse_object(told % ",".join([value] * 100)) is not None
    assert parse_object(told % ",".join([value] * 20_000)) is None
    assert parse_json(b'{"a":[%b]}' % b",".join([value.encode()] * 20_000)) is not None
    assert parse_json(b'{"a":[%b]}' % b",".join([value.encode()] * 300_000)) is None


def test_a_text_of_marks_is_an_answer() -> None:
    """Brackets and commas in a text are no values, however many."""
    text = "[{,:}]" * 30_000
    assert parse_object(json.dumps({"a": text})) == {"a": text}


def test_half_a_pair_is_mended_in_an_answer_of_usual_length() -> None:
    """The second reader is slow, and is asked for so much and no more."""
    assert parse_object('{"a":"\\ud83d"}') == {"a": "\ud83d"}
    assert parse_object('{"a":"%s"}' % ("\\ud83d" * 50_000)) is None


def test_what_no_row_can_hold_is_none_of_its_usage() -> None:
    """Half a pair and a number of more than 64 bits, of a server that counts so: the answer was paid."""
    completion = Completion("x")
    completion.take('{"choices":[{"delta":{"content":"a"}}],"usage":{"by":"\\ud83d","tokens":99999999999999999999}}')
    assert (completion.text, completion.about()["usage"]) == ("a", {"by": "\ufffd", "tokens": 1e20})
    assert orjson.dumps(completion.about())


def test_what_is_written_beside_json_costs_no_answer() -> None:
    """NaN is null, half a pair and a stray byte a replacement; texts with these words stay as they are."""
    odd = b'{"a":NaN,"b":[-Infinity],"c":"NaN","d":"x\\ud83d","e":"\\\\ud83d","f":"\\ud83d\\ude00","g":"\xe9"}'
    read = {"a": None, "b": [None], "c": "NaN", "d": "x\ufffd", "e": "\\ud83d", "f": "\U0001f600", "g": "\ufffd"}
    assert parse_json(odd) == read
    endless = parse_json(b'{"a":NaN,"b":%b,"c":18446744073709551616,"d":-7,"e":18446744073709551615}' % (b"9" * 400))
    assert orjson.loads(orjson.dumps(endless)) == {"a": None, "b": None, "c": 2.0**64, "d": -7, "e": 2**64 - 1}
    assert parse_object('{"a":NaN,"b":[-Infinity],"c":"NaN"}') == {"a": None, "b": [None], "c": "NaN"}
    for broken in (b"", b"NaN", b'{"a":', b"{NaN:1}", b'{"a":Nan}', b"<html>NaN</html>", b'{"' + b'\\"' * 200_000):
        assert parse_json(broken) is None
