"""The stream codec: what we write, the original client's parser and ours both read; ours reads what anybody writes."""

from collections.abc import Iterator
from itertools import pairwise
from typing import ClassVar, SupportsIndex

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.contracts.sse import PING, EndlessEvent, SseFrame, SseReader, encode
from wzrd.contracts.wire import dumps

NAMES = st.sampled_from(["meta", "shot", "done", "error", "node_status"])
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["\u2028", "\u2029", "\u0085", "\r\n\r\n", "\n\n", "\r", "data: x\n\nevent: done", "\ufeff", "\x0b\x0c", "\x1c\x1e"]
)
DATA = st.dictionaries(TEXTS, TEXTS | st.integers(-(2**53), 2**53) | st.booleans() | st.none(), max_size=4)
FRAMES = st.lists(st.tuples(NAMES | st.none(), DATA, st.integers(0, 2**63) | st.none()), max_size=6)
ENDINGS = st.sampled_from(["\n", "\r\n", "\r"])


def chunks(raw: bytes, cuts: list[int]) -> Iterator[bytes]:
    """`raw` cut at the given places, wherever they fall, empty chunks included."""
    places = [0, *sorted(cut % (len(raw) + 1) for cut in cuts), len(raw)]
    return (raw[a:b] for a, b in pairwise(places))


def read(parts: Iterator[bytes] | list[bytes]) -> list[SseFrame]:
    reader = SseReader()
    return [frame for part in parts for frame in reader.feed(part)]


def read_text(text: str) -> list[SseFrame]:
    return read([text.encode()])


def original_client(raw: bytes) -> list[tuple[str, str]]:
    """The documented client's way: blocks by two line feeds, trimmed lines, data lines joined."""
    *blocks, _ = raw.decode().split("\n\n")
    frames = list[tuple[str, str]]()
    for block in blocks:
        event, data = "message", list[str]()
        for line in block.split("\n"):
            if line.startswith("event:"):
                event = line.removeprefix("event:").strip()
            elif line.startswith("data:"):
                data.append(line.removeprefix("data:").strip())
        if data:
            frames.append((event, "\n".join(data)))
    return frames


def write(frames: list[tuple[str | None, dict[str, object], int | None]]) -> bytes:
    return b"".join(encode(name, dumps(data), seq) + PING for name, data, seq in frames)


@given(DATA)
def test_readers_that_split_at_unicode_s_line_ends_read_what_we_write(data: dict[str, object]) -> None:
    """As `str.splitlines` and httpx's `iter_lines` do: a text's line separator would cut its event in two."""
    frame = encode("shot", dumps(data), 1).decode()
    assert frame.splitlines() == ["id: 1", "event: shot", f"data: {frame[24:-2]}", ""]
    assert orjson.loads(frame[24:-2]) == data


@given(FRAMES)
def test_we_write_line_feeds_only_and_one_blank_line_a_frame(
    frames: list[tuple[str | None, dict[str, object], int | None]],
) -> None:
    """No carriage return ever; a blank line nowhere but at a frame's end, whatever its data hold."""
    for name, data, seq in frames:
        frame = encode(name, dumps(data), seq)
        assert b"\r" not in frame
        assert frame.endswith(b"\n\n")
        assert frame.count(b"\n\n") == 1
        assert frame.count(b"\n") == 2 + (name is not None) + (seq is not None)
        assert frame.split(b"\n")[-3].startswith(b"data: ")


@given(FRAMES)
def test_the_original_client_reads_every_frame_we_write(
    frames: list[tuple[str | None, dict[str, object], int | None]],
) -> None:
    """Names and data arrive whole, in order; ids and pings do not disturb it."""
    seen = [(event, orjson.loads(data)) for event, data in original_client(write(frames))]
    assert seen == [(name or "message", data) for name, data, _ in frames]


@given(FRAMES, st.lists(st.integers(0, 10_000), max_size=8))
def test_our_reader_reads_every_frame_we_write_in_any_chunks(
    frames: list[tuple[str | None, dict[str, object], int | None]], cuts: list[int]
) -> None:
    """Cut anywhere, in the midst of a character too: the same frames, each with the id that was last told."""
    seen = read(chunks(write(frames), cuts))
    assert [(f.event, orjson.loads(f.data)) for f in seen] == [(name or "message", data) for name, data, _ in frames]
    last, ids = None, list[str | None]()
    for _, _, seq in frames:
        last = last if seq is None else str(seq)
        ids.append(last)
    assert [f.id for f in seen] == ids


LINES = st.one_of(
    st.sampled_from(["", "", "data", "data:", "data:  x", "event", ":", ": ping", "id: 7\0", "id", "retry: 5"]),
    st.builds("{}:{}{}".format, st.sampled_from(["data", "event", "id", "other"]), st.sampled_from(["", " ", "  "]),
              st.text("ab:é\u2028\u0085\x0b😀", max_size=6)),
)  # fmt: skip


@given(st.lists(st.tuples(LINES, ENDINGS), max_size=20), st.lists(st.integers(0, 500), max_size=10), st.booleans())
def test_line_endings_and_chunk_borders_change_nothing(
    lines: list[tuple[str, str]], cuts: list[int], mark: bool
) -> None:
    """Any mix of LF, CRLF and CR, cut anywhere, with a byte order mark or without, reads like plain LF in one piece."""
    plain = "".join(f"{line}\n" for line, _ in lines) + ": the end\n"
    mixed = ": the end\n"
    for line, ending in reversed(lines):  # a CR before an LF would be one line end, not two
        mixed = line + ("\r\n" if ending == "\r" and mixed.startswith("\n") else ending) + mixed
    raw = (b"\xef\xbb\xbf" if mark else b"") + mixed.encode()
    assert read(chunks(raw, cuts)) == read_text(plain)


@given(st.lists(LINES, max_size=20), ENDINGS)
def test_one_line_ending_throughout_is_as_good_as_another(lines: list[str], ending: str) -> None:
    """A whole stream in CR, CRLF or LF gives the same frames."""
    text = "".join(line + "\n" for line in [*lines, ": the end"])
    assert read([bytes([byte]) for byte in text.replace("\n", ending).encode() + b":"]) == read_text(text)


def test_a_frame_s_fields_by_the_standard() -> None:
    """One optional space after the colon, several data lines, an empty data line, comments, unknown fields."""
    assert read_text("data:x\n\n") == read_text("data: x\n\n") == [SseFrame("message", "x")]
    assert read_text("data:  x\n\n") == [SseFrame("message", " x")]
    assert read_text("data: a\ndata\ndata: b\n\n") == [SseFrame("message", "a\n\nb")]
    assert read_text("data\n\n") == [SseFrame("message", "")]
    assert read_text(": ping\n\nretry: 3\nfoo: bar\n\n") == []
    assert read_text("event: shot\n\ndata: x\n\n") == [SseFrame("message", "x")], "an event without data leaves no name"
    assert read_text("data: unfinished\n") == []


def test_an_id_stays_until_the_next_and_nul_is_ignored() -> None:
    """Frames without an id carry the last one, an id with NUL counts as none, an empty one resets."""
    frames = read_text("id: 1\ndata: a\n\ndata: b\n\nid: 2\0\ndata: c\n\nid\ndata: d\n\n")
    assert [frame.id for frame in frames] == ["1", "1", "1", ""]
    reader = SseReader()
    assert reader.feed(b"id: 9\n: no data\n\n") == []
    assert reader.last_id == "9", "a client that resumes now has seen 9"


def test_only_a_leading_byte_order_mark_is_dropped() -> None:
    """The mark at the start is no part of the first field's name; later it is text."""
    assert read([b"\xef", b"\xbb", b"\xbfdata: x\n\ndata: \xef\xbb\xbfy\n\n"]) == [
        SseFrame("message", "x"),
        SseFrame("message", "\ufeffy"),
    ]


def test_a_carriage_return_ends_a_line_at_once() -> None:
    """A stream in bare CR gives its last frame without waiting for more; a later LF then belongs to that CR."""
    reader = SseReader()
    assert reader.feed(b"data: x\r\r") == [SseFrame("message", "x")]
    assert reader.feed(b"\ndata: y\n\n") == [SseFrame("message", "y")]


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=6))
def test_noise_never_breaks_the_reader(noise: bytes, cuts: list[int]) -> None:
    """Any bytes at all are read without an error, invalid UTF-8 as replacement characters."""
    read(chunks(noise, cuts))


def test_only_the_standard_s_line_ends_end_a_line() -> None:
    """Separators that Python's splitlines would split at are text, raw in our JSON as in anybody's."""
    text = "a\u2028b\u2029c\u0085d\x0be\x0cf"
    assert read_text(f"data: {text}\n\n") == [SseFrame("message", text)]


class _Piece(str):
    """A decoded piece that counts the characters it is put behind."""

    __slots__ = ()
    before: ClassVar[int] = 0

    def replace(self, old: str, new: str, count: SupportsIndex = -1, /) -> "_Piece":
        return _Piece(super().replace(old, new, count))

    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        return [_Piece(one) for one in super().split(sep, maxsplit)]

    def __radd__(self, before: str) -> str:
        _Piece.before += len(before)
        return str.__add__(before, self)


def test_a_line_without_end_is_put_together_once() -> None:
    """However small its pieces are: what has come before is not looked at again with each."""

    def decode(chunk: bytes, _final: bool, /) -> str:
        return _Piece(chunk.decode())

    reader, pieces = SseReader(), 10_000
    vars(reader)["_decode"] = decode
    for _ in range(pieces):
        assert reader.feed(b"data: 123") == []
    assert _Piece.before <= 2 * pieces
    assert reader.feed(b"\n\n") == [SseFrame("message", "123" + "data: 123" * (pieces - 1))]


def test_an_endless_event_is_given_up() -> None:
    """Its lines together, or the one that does not end; what is within the bound is read, by whatever events."""
    for endless in (b"data: 12345\n" * 3, b"data: 1234567"):
        with pytest.raises(EndlessEvent):
            SseReader(12).feed(endless)
    assert len(SseReader(12).feed(b"data: 12345\n\n" * 10)) == 10
