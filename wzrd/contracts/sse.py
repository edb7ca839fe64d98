"""Server-sent events on the wire: LF framing only, `data: ` with the space, `id:` on every event; and their reader."""

import codecs
import math
from collections.abc import Iterator
from dataclasses import dataclass

PING = b": ping\n\n"
_LINE_ENDS = ((b"\xe2\x80\xa8", b"\\u2028"), (b"\xe2\x80\xa9", b"\\u2029"), (b"\xc2\x85", b"\\u0085"))
"""Line and paragraph separator and next line, in UTF-8 and as JSON writes them."""


def encode(event: str | None, data: bytes, seq: int | None = None) -> bytes:
    """One frame. `data` is JSON without raw newlines, so that one `data:` line holds it.

    What only Unicode takes for the end of a line is escaped: many readers (httpx's `iter_lines`) split there, too.
    """
    if not data.isascii():
        for raw, escaped in _LINE_ENDS:
            data = data.replace(raw, escaped)
    head = b"" if seq is None else b"id: %d\n" % seq
    name = b"" if event is None else b"event: %s\n" % event.encode()
    return b"%s%sdata: %s\n\n" % (head, name, data)


@dataclass(frozen=True, slots=True)
class SseFrame:
    """One event as a client sees it."""

    event: str
    data: str
    id: str | None = None


class EndlessEvent(ValueError):
    """An event is longer than its reader goes on reading."""


class SseReader:
    """Turns chunks of a stream into frames by the rules of the HTML standard: any line ending, any chunk border.

    `most`: characters of one event, or of one line, beyond which nobody goes on reading.
    """

    def __init__(self, most: float = math.inf) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace").decode
        self._most = most
        self._rest = list[str]()  # the pieces of a line that has not ended: joined once, however many they are
        self._event, self._data = "", list[str]()
        self._unended = self._size = 0
        self._after_cr = False
        self.last_id: str | None = None

    def feed(self, chunk: bytes, *, final: bool = False) -> list[SseFrame]:
        """The frames that this chunk completes; `final` also ends an event that has no blank line.

        Raises:
            EndlessEvent: one is longer than `most`.
        """
        frames = [frame for line in self._lines(chunk, final=final) for frame in self._take(line)]
        if self._unended + self._size > self._most:
            raise EndlessEvent
        return frames

    def _lines(self, chunk: bytes, *, final: bool) -> list[str]:
        """The lines that end in the chunk, or with it at the end of all; then a blank one, too."""
        text = self._decode(chunk, final)
        if self._after_cr and text:  # the carriage return has ended its line already
            text = text.removeprefix("\n")
            self._after_cr = False
        self._after_cr = self._after_cr or text.endswith("\r")
        first, *others = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self._rest.append(first)
        self._unended += len(first)
        if not others and not final:
            return []
        lines = ["".join(self._rest), *others]
        self._rest = [] if final else [lines.pop()]
        self._unended = sum(map(len, self._rest))
        return [*lines, ""] if final else lines

    def _take(self, line: str) -> Iterator[SseFrame]:
        if not line:
            if self._data:
                yield SseFrame(self._event or "message", "\n".join(self._data), self.last_id)
            self._event, self._data, self._size = "", [], 0
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._event = value
            case "data":
                self._data.append(value)
                self._size += len(value)
            case "id" if "\0" not in value:
                self.last_id = value
            case _:
                pass
