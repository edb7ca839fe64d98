"""Streams of the chat adapter: cut anywhere, ended or not, with thoughts that are no text."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.fakes.chat import Act, Call, ChatServer, answers, delta, finish, raw, refuses
from tests.providers.conformance import hear
from tests.providers.scripted_chat import asked, make_chat
from wzrd.domain.errors import ProviderError, ProviderFailed, ProviderRejected
from wzrd.domain.refusals import refusal_of
from wzrd.domain.submission import may_fall_back
from wzrd.providers.base import Delta, Output, Request
from wzrd.providers.chat import Chat


@pytest.fixture
def chat(http: httpx.AsyncClient, server: ChatServer) -> Chat:
    """The adapter pointed at the server."""
    return make_chat(http, server.base_url)


THOUGHTS = [
    {"reasoning": "hmm"}, {"reasoning_content": "hmm"}, {"content": None, "reasoning": "hmm"}, {"thinking": "hmm"},
    {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hmm"}]}]},
    {"content": [{"type": "reasoning", "text": "hmm"}]}, {"content": ["<think>hmm</think>", "\n"]},
    {"tool_calls": [{"function": {"arguments": "hmm"}}]},
]  # fmt: skip


@pytest.mark.parametrize("thought", THOUGHTS)
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
async def test_thoughts_are_no_text(chat: Chat, server: ChatServer, thought: dict[str, Any], stream: bool) -> None:
    """The thoughts of a model before it answers, as the vendors spell them, reach nobody."""

    async def act(call: Call) -> None:
        await call.head()
        await call.event({"choices": [{"delta": {"role": "assistant", **thought}}]})
        await call.event(delta("Fade in."))
        await call.event(finish())

    said: list[Any] = [*(thought.get("content") or []), {"type": "text", "text": "Fade in."}]
    whole: dict[str, Any] = {**thought, "content": said}
    server.script = [act if stream else answers({"choices": [{"message": whole, "finish_reason": "stop"}]})]
    heard = await hear(chat, asked(stream=stream))
    assert (heard.texts, heard.output.text) == (["Fade in."], "Fade in.")


async def test_only_thoughts_are_an_empty_answer(chat: Chat, server: ChatServer) -> None:
    """A model that used up its tokens thinking: no text, and the reason is told."""
    cut = {"choices": [{"delta": {"reasoning": "hmm"}, "finish_reason": "length"}]}
    server.script = [raw(b"data: " + json.dumps(cut).encode() + b"\n\ndata: [DONE]\n\n")]
    heard = await hear(chat, asked())
    assert (heard.texts, heard.output.text, heard.output.raw["finish_reason"]) == ([], "", "length")


EVENT = json.dumps(delta("é🎬"), ensure_ascii=False, indent=1).encode()
LINES = b"\n".join(b"data: " + line for line in EVENT.splitlines())
CUT = b"data: " + json.dumps(delta("é🎬"), ensure_ascii=False).encode() + b"\n\n"
DONE = b"data: [DONE]\n\n"


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(raw(LINES + b"\n\n", DONE), id="an event of many lines"),
        pytest.param(raw(LINES.replace(b"\n", b"\r\n") + b"\r\n\r\n", DONE), id="many lines, CRLF"),
        pytest.param(raw(b": hello\n" + LINES + b"\n: bye\n\n", DONE), id="comments inside an event"),
        pytest.param(raw(*[CUT[at : at + 3] for at in range(0, len(CUT), 3)], DONE), id="three bytes a packet"),
        pytest.param(raw(CUT.replace(b"\n\n", b"\r\n\r"), b"\n" + DONE), id="CRLF in two packets"),
        pytest.param(raw(b"\n\n\n" + CUT + b"\n\n" + DONE), id="blank lines"),
        pytest.param(raw(b"data\ndata:\n\n", CUT, DONE), id="fields without a value"),
        pytest.param(raw(CUT, b"data:[DONE]\n\n"), id="no blank before the end's mark"),
        pytest.param(raw(CUT, DONE, b"data: {nonsense\n\n"), id="nonsense after the end"),
        pytest.param(raw(CUT, DONE, CUT), id="text after the end"),
        pytest.param(raw(CUT, b"event: ping\ndata: {}\n\n", DONE), id="a ping"),
    ],
)
async def test_streams_however_they_are_cut(chat: Chat, server: ChatServer, act: Act) -> None:
    """Lines, packets and characters may break anywhere: the text is the same."""
    server.script = [act]
    heard = await hear(chat, asked())
    assert heard.output.text == "é🎬" == "".join(heard.texts)


async def test_what_comes_after_the_end_is_not_waited_for(chat: Chat, server: ChatServer) -> None:
    """A server that keeps the connection open after its end mark holds nobody up."""

    async def act(call: Call) -> None:
        await call.head()
        await call.send(CUT + DONE)
        await call.writer.wait_closed()

    server.script = [act]
    chunks = [chunk async for chunk in chat.stream(asked())]
    assert isinstance(chunks[-1], Output)
    assert isinstance(chunks[-2], Delta)


END = b"data: " + json.dumps(finish()).encode() + b"\n\n"


@pytest.mark.silence
@pytest.mark.parametrize("rest", [b"", b'data: {"usage":', b'data: {"id":"x"}\n\n'], ids=["nothing", "half", "more"])
async def test_a_break_after_the_end_breaks_nothing(chat: Chat, server: ChatServer, rest: bytes) -> None:
    """The answer has said why it ends: whether its connection ends well is nobody's loss."""

    async def breaks(call: Call) -> None:
        await call.send(b"HTTP/1.1 200 X\r\ncontent-type: text/event-stream\r\ncontent-length: 100000\r\n\r\n")
        await call.send(CUT + END + rest)

    async def stays(call: Call) -> None:
        await call.head()
        await call.send(CUT + END + rest)
        await call.writer.wait_closed()

    for act in (breaks, stays):
        server.script = [act]
        assert (await hear(chat, asked())).output.text == "é🎬"


WHOLE = {"choices": [{"message": {"content": "é🎬"}, "finish_reason": "stop"}]}
PIECES = b"".join(json.dumps(one).encode() + b"\n" for one in (delta("é"), delta("🎬"), finish()))


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(raw(json.dumps(WHOLE).encode(), kind="text/plain"), id="JSON that says it is text"),
        pytest.param(raw(json.dumps(WHOLE).encode(), kind=""), id="JSON that says nothing"),
        pytest.param(raw(b"\xef\xbb\xbf", b" \n" + json.dumps(WHOLE).encode()), id="JSON that says it is a stream"),
        pytest.param(raw(json.dumps(WHOLE, indent=1).encode()), id="on many lines"),
        pytest.param(raw(PIECES, kind="application/x-ndjson"), id="JSON line by line"),
        pytest.param(raw(PIECES), id="JSON line by line that says it is a stream"),
        pytest.param(raw(CUT, DONE, kind="application/json"), id="a stream that says it is JSON"),
        pytest.param(raw(b": ok\n\n", CUT, DONE, kind="text/plain"), id="a stream that says it is text"),
        pytest.param(raw(b"data: ping\n\ndata: [PING]\n\n" + CUT + b"data: [done]\n\n"), id="pings that are data"),
    ],
)
@pytest.mark.parametrize("stream", [True, False], ids=["asked to stream", "asked whole"])
async def test_an_answer_is_what_its_bytes_are(chat: Chat, server: ChatServer, act: Act, stream: bool) -> None:
    """Whatever a server of another make calls what it sends: an answer that was paid for is heard."""
    server.script = [act]
    heard = await hear(chat, asked(stream=stream))
    assert heard.output.text == "é🎬" == "".join(heard.texts)


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"object": "error", "message": "too long", "type": "BadRequestError", "code": 400}, 400),
        ({"type": "error", "message": "too long"}, None),
        ({"detail": "too long"}, None),
        ({"error": "too long"}, None),
        ({"choices": [{"delta": {}, "finish_reason": "error", "error": {"code": 429, "message": "too long"}}]}, 429),
        ({"choices": [{"delta": {}, "finish_reason": "error", "error": {"message": "too long"}}]}, None),
        ({"status_code": 429, "message": "too long", "type": "too_many_requests_error", "code": "quota"}, 429),
        ({"choices": [], "base_resp": {"status_code": 1039, "status_msg": "too long"}}, None),
        ({"choices": None, "base_resp": {"status_code": 1039, "status_msg": "too long"}}, None),
    ],
)
async def test_an_error_in_another_spelling_is_no_empty_answer(
    chat: Chat, server: ChatServer, told: dict[str, Any], status: int | None
) -> None:
    """As vLLM, Anthropic, FastAPI, OpenRouter, Cerebras and MiniMax say it: an empty text would have been charged."""
    server.script = [raw(b"data: " + json.dumps(told).encode() + b"\n\n", DONE)]
    with pytest.raises(ProviderError, match="too long") as caught:
        await hear(chat, asked())
    assert type(caught.value) is (ProviderFailed if status is None else ProviderRejected)
    assert caught.value.details.get("status") == status


def broken_off(reason: str) -> dict[str, Any]:
    return {"choices": [{"delta": dict[str, str](), "finish_reason": reason, "error": None}]}


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize(
    ("last", "said"),
    [
        ({"choices": [], "x_groq": {"id": "req_1", "error": "over capacity"}}, "over capacity"),
        ({**finish(), "x_groq": {"id": "req_1", "error": "over capacity"}}, "over capacity"),
        (broken_off("insufficient_system_resource"), "insufficient_system_resource"),
        (broken_off("aborted"), "aborted"),
        (broken_off("abort"), "abort"),
        (broken_off("network_error"), "network_error"),
    ],
)
async def test_an_answer_that_its_server_broke_off_is_no_whole_one(
    chat: Chat, server: ChatServer, last: dict[str, Any], said: str, stream: bool
) -> None:
    """Half an answer would have been a success; what had come stays readable.

    Groq's `x_groq.error` ("why a stream was stopped early", groq-python's ChatCompletionChunk), DeepSeek's, vLLM's
    and Zhipu's finish reasons.
    """
    begun = delta("It rai")
    if stream:
        server.script = [raw(*(b"data: " + json.dumps(one).encode() + b"\n\n" for one in (begun, last)), DONE)]
    else:
        reason = (last["choices"] or [{"finish_reason": "stop"}])[0]["finish_reason"]
        server.script = [answers({**last, "choices": [{"message": {"content": "It rai"}, "finish_reason": reason}]})]
    with pytest.raises(ProviderFailed, match=said) as caught:
        await hear(chat, asked(stream=stream))
    assert caught.value.details["partial"] == "It rai"


async def test_a_filter_in_the_middle_of_a_stream_is_a_refusal(chat: Chat, server: ChatServer) -> None:
    """Azure's and OpenRouter's error inside a stream is told as one with a status is: nobody else is asked for it."""
    told = {"error": {"code": "content_filter", "message": "The response was filtered by the content policy"}}
    server.script = [raw(*(b"data: " + json.dumps(one).encode() + b"\n\n" for one in (delta("It rai"), told)))]
    with pytest.raises(ProviderFailed, match="filtered") as caught:
        await hear(chat, asked())
    assert refusal_of(caught.value) is not None


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ("<think>hm</think>\n\nRain.", "Rain."),
        ("\n[THINK]hm[/THINK]Rain. <think>", "Rain. <think>"),
        ("<think>never", ""),
        (" [1]", " [1]"),
        ("<thin", "<thin"),
        ("hm, <b>\n</think>\n\nRain. </think>", "Rain. </think>"),
        ("hm[/THINK]", ""),
        ("Write `</think>` behind it.", "Write `</think>` behind it."),
    ],
)
async def test_thoughts_in_tags_however_they_are_cut(
    chat: Chat, server: ChatServer, written: str, answer: str, size: int
) -> None:
    """They are left out where they come first; a text that only begins as they do stays whole.

    An end without its beginning makes thoughts of all before it; the second time nobody is shown any.
    """
    cut = [{"choices": [{"delta": {"content": written[at : at + size]}}]} for at in range(0, len(written), size)]
    server.script = [raw(*(b"data: " + json.dumps(one).encode() + b"\n\n" for one in cut), DONE)] * 2
    assert (await hear(chat, asked())).output.text == answer
    again = await hear(chat, asked())
    assert ("".join(again.texts), again.output.text) == (answer, answer)


@pytest.mark.parametrize(
    ("about", "shown"),
    [(asked(), "hmRain."), (asked(json=True), "Rain."), (replace(asked(), model="deepseek-ai/DeepSeek-R1"), "Rain.")],
)
async def test_who_is_likely_to_think_is_waited_for(chat: Chat, server: ChatServer, about: Request, shown: str) -> None:
    """JSON that begins with words, or a name that says so: no thought is shown even the first time."""
    pieces = [{"choices": [{"delta": {"content": one}}]} for one in ("hm", "</think>Rain.")]
    server.script = [raw(*(b"data: " + json.dumps(one).encode() + b"\n\n" for one in pieces), DONE)]
    told = await hear(chat, about)
    assert ("".join(told.texts), told.output.text) == (shown, "Rain.")


async def test_thoughts_that_were_cut_off_are_no_answer(chat: Chat, server: ChatServer) -> None:
    """All tokens went into thoughts whose beginning nobody saw."""
    cut = {"choices": [{"delta": {"content": "hm"}, "finish_reason": "length"}]}
    server.script = [raw(b"data: " + json.dumps(cut).encode() + b"\n\n", DONE)]
    told = await hear(chat, replace(asked(), model="qwen3-thinking"))
    assert (told.texts, told.output.text) == ([], "")


async def test_who_tells_thoughts_apart_is_not_waited_for(chat: Chat, server: ChatServer) -> None:
    """A field for thoughts beside the text: the text is shown as it comes."""
    pieces = [{"reasoning_content": "hm"}, {"content": "Rain."}, {"content": " Wind."}]
    events = [b"data: " + json.dumps({"choices": [{"delta": one}]}).encode() + b"\n\n" for one in pieces]
    server.script = [raw(*events, DONE)]
    assert (await hear(chat, replace(asked(), model="qwen3-thinking"))).texts == ["Rain.", " Wind."]


@pytest.mark.parametrize(
    ("message", "reason", "said"),
    [
        ({"content": None, "refusal": "I can't help"}, "stop", "refused to answer: I can't help"),
        ({"content": ""}, "content_filter", r"filter keeps the answer back \(content_filter\)"),
        ({"role": "assistant"}, "content_filter: PROHIBITED_CONTENT", "PROHIBITED_CONTENT"),
        ({"role": "assistant"}, "SAFETY", "SAFETY"),
        ({"content": ""}, "PROHIBITED_CONTENT", "PROHIBITED_CONTENT"),
        ({"content": ""}, "sensitive", "sensitive"),
        ({"content": ""}, "refusal", "refusal"),
    ],
)
async def test_a_refusal_in_the_answers_place(
    chat: Chat, server: ChatServer, message: dict[str, Any], reason: str, said: str
) -> None:
    """OpenAI's, a filter's, Gemini's, Zhipu's, Anthropic's: it is told, and nobody else is asked for the same."""
    server.script = [answers({"choices": [{"message": message, "finish_reason": reason}]})]
    with pytest.raises(ProviderFailed, match=said) as caught:
        await hear(chat, asked(stream=False))
    assert not may_fall_back(caught.value)


@pytest.mark.parametrize("content", [["é", {"text": "🎬"}], {"type": "text", "text": "é🎬"}])
async def test_content_in_odd_parts(chat: Chat, server: ChatServer, content: object) -> None:
    """Bare texts in a list, or one part without a list."""
    server.script = [answers({"choices": [{"message": {"content": content}, "finish_reason": "stop"}]})]
    assert (await hear(chat, asked())).output.text == "é🎬"


async def test_plain_words_of_a_gateway_are_told(chat: Chat, server: ChatServer) -> None:
    """A refusal that is no JSON says what its words say; a redirect says where to, and is not followed."""
    server.script = [raw(b"slow down", status=429, kind="text/plain"), refuses(307, location="https://new.example/v1")]
    with pytest.raises(ProviderRejected, match="answered 429: slow down"):
        await hear(chat, asked())
    with pytest.raises(ProviderRejected, match=r"it leads to https://new\.example/v1"):
        await hear(chat, asked())
    assert server.submits == 2
