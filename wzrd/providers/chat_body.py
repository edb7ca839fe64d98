"""Form of a chat answer's body, by its first bytes: events, one JSON, or JSON lines. No I/O.

Servers label streams as JSON, JSON as text, or nothing at all: the bytes count, and the label where they say nothing.
"""

from wzrd.providers.chat_stream import parse_object

SIGN_BYTES = 6
"""So many first bytes tell: the longest name of an event's field is `event` or `retry`, with its colon."""
_BOM = b"\xef\xbb\xbf"
_FIELDS = (b"data", b"event", b"id", b"retry", b":")


def is_whole(begin: bytes, content_type: str, *, streamed: bool) -> bool:
    """True if the body must be read to its end before it can be parsed."""
    first = begin.lstrip().removeprefix(_BOM).lstrip()
    if first[:1] in {b"{", b"["} and first:
        return True
    if first.startswith(_FIELDS):
        return False
    return "application/json" in content_type or not (streamed or "event-stream" in content_type)


def lines_of(body: bytes) -> list[str]:
    """A whole body as the one JSON that it is, else each line that has something on it."""
    text = body.decode("utf-8-sig", "replace")
    if parse_object(text) is not None:
        return [text]
    return [line for line in text.splitlines() if line.strip()] or [text]
