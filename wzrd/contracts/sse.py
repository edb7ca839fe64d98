"""Server-sent events on the wire: LF framing only, `data: ` with the space, `id:` on every event; and their reader."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

PING = b": ping\n\n"


def encode(event: str | None, data: bytes, seq: int | None = None) -> bytes:
    """One frame. `data` is JSON without raw newlines, so that one `data:` line holds it."""
    head = b"" if seq is None else b"id: %d\n" % seq
    name = b"" if event is None else b"event: %s\n" % event.encode()
    return b"%s%sdata: %s\n\n" % (head, name, data)


@dataclass(frozen=True, slots=True)
class SseFrame:
    """One event as a client sees it."""

    event: str
    data: str
    id: str | None = None


class SseReader:
    """Turns chunks of a stream into frames by the rules of the HTML standard: any line ending, any chunk border."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._rest = ""
        self._event, self._data = "", list[str]()
        self._after_cr = False
        self.last_id: str | None = None

    def feed(self, chunk: bytes) -> list[SseFrame]:
        """The frames that this chunk completes."""
        text = self._decoder.decode(chunk)
        if self._after_cr and text:  # the carriage return has ended its line already
            text = text.removeprefix("\n")
            self._after_cr = False
        self._after_cr = self._after_cr or text.endswith("\r")
        *lines, self._rest = (self._rest + text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
        return [frame for line in lines for frame in self._take(line)]

    def _take(self, line: str) -> Iterator[SseFrame]:
        if not line:
            if self._data:
                yield SseFrame(self._event or "message", "\n".join(self._data), self.last_id)
            self._event, self._data = "", []
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._event = value
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self.last_id = value
            case _:
                pass
