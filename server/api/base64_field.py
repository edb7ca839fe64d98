"""A JSON object with one long base64 text, as it arrives: that decoded, the rest kept. No I/O.

Only what is needed to find that text is understood here; whether the rest is JSON its reader decides, who gets it with
an empty text in that place.
"""

import binascii
import re
from dataclasses import dataclass

from wzrd.domain.errors import BadRequest

PLACE = ("file", "base64")
MAX_DEPTH = 64
MAX_MARKS = 1_000
"""Brackets, commas, colons and strings beside the text: a request has about forty, and each costs a step of Python."""
_PREFIX_BYTES = 200
"""Within so many bytes a `data:` address says what follows."""
_NOTABLE = re.compile(rb'["{}\[\],:]')
_IN_STRING = re.compile(rb'((?:[^"\\]++|\\.)*+)(.?)', re.DOTALL)
"""The rest of a string, and what ends it: a quote, a backslash whose other half is to come, or nothing yet."""


class BadBase64(BadRequest):
    """The file's base64 is none."""

    code = "bad_base64"


@dataclass(slots=True)
class _Level:
    """An object or array that is open; `key` is the last one read, in an object."""

    is_object: bool
    expects_key: bool
    key: bytes = b""


class Base64Field:
    """Bytes in, decoded bytes out; `rest` grows.

    The text at `file.base64` may begin as a `data:` address does, and may have its slashes escaped.
    """

    def __init__(self) -> None:
        self.rest = bytearray()
        self._levels = list[_Level]()
        self._marks = 0
        self._string: bytearray | None = None
        self._is_escaped = False
        self._text: _Decoder | None = None
        self._has_text = False

    def feed(self, data: bytes) -> bytes:
        """Bytes of the file that the next bytes hold.

        Raises:
            BadBase64: the text is no base64.
            BadRequest: the rest is nested too deeply, or has too many values.
        """
        at, found = 0, bytearray()
        while at < len(data):
            if self._text is not None:
                at = self._read_text(data, at, found, self._text)
            elif self._string is not None:
                at = self._read_string(data, at, self._string)
            else:
                at = self._read_structure(data, at)
        return bytes(found)

    def _read_text(self, data: bytes, at: int, found: bytearray, decoder: "_Decoder") -> int:
        end = data.find(b'"', at)
        found += decoder.feed(data[at:] if end < 0 else data[at:end])
        if end < 0:
            return len(data)
        found += decoder.finish()
        self._text = None
        self.rest += b'"'
        return end + 1

    def _read_string(self, data: bytes, at: int, string: bytearray) -> int:
        if self._is_escaped:
            self._is_escaped = False
            self.rest += data[at : at + 1]
            string += data[at : at + 1]
            return at + 1
        match = _IN_STRING.match(data, at)
        assert match is not None, "it matches nothing, too"
        text, end = match.groups()
        self.rest += match.group()
        if end == b'"':
            self._end_string(bytes(string + text))
        else:
            string += text + end
            self._is_escaped = bool(end)
        return match.end()

    def _end_string(self, string: bytes) -> None:
        self._string = None
        if self._levels and self._levels[-1].expects_key:
            self._levels[-1].key = string

    def _read_structure(self, data: bytes, at: int) -> int:
        match = _NOTABLE.search(data, at)
        if match is None:
            self.rest += data[at:]
            return len(data)
        self.rest += data[at : match.end()]
        self._note(match.group())
        return match.end()

    def _note(self, mark: bytes) -> None:
        self._marks += 1
        if self._marks > MAX_MARKS:
            raise BadRequest(f"The request has more than {MAX_MARKS} values beside its file", field="body")
        if mark == b'"':
            if self._is_there():
                if self._has_text:
                    raise BadBase64("file.base64 is there twice", field="file.base64")
                self._has_text = True
                self._text = _Decoder()
            else:
                self._string = bytearray()
        elif mark in b"{[":
            if len(self._levels) >= MAX_DEPTH:
                raise BadRequest(f"The request is nested deeper than {MAX_DEPTH} levels", field="body")
            self._levels.append(_Level(mark == b"{", expects_key=mark == b"{"))
        elif mark in b"}]":
            if self._levels:
                self._levels.pop()
        elif self._levels:
            self._levels[-1].expects_key = mark == b"," and self._levels[-1].is_object

    def _is_there(self) -> bool:
        """True if the text that begins here is the file's."""
        if len(self._levels) != len(PLACE) or self._levels[-1].expects_key:
            return False
        return all(
            level.is_object and level.key == key.encode() for level, key in zip(self._levels, PLACE, strict=True)
        )


class _Decoder:
    """Base64 by pieces: what is not four characters yet waits for the next piece."""

    def __init__(self) -> None:
        self._waiting: bytes = b""
        self._is_prefix_read = False
        self._has_ended = False

    def feed(self, data: bytes) -> bytes:
        """Decoded bytes of the next piece, as far as it is whole."""
        data = self._waiting + data
        if not self._is_prefix_read:
            if len(data) < len(b"data:") or (
                data.startswith(b"data:") and b"," not in data and len(data) < _PREFIX_BYTES
            ):
                self._waiting = data
                return b""
            self._is_prefix_read = True
            data = data.partition(b",")[2] if data.startswith(b"data:") else data
        if b"\\" in data:
            tail = data[-1:] if data.endswith(b"\\") else b""
            data = data[: len(data) - len(tail)].replace(b"\\/", b"/") + tail
        usable = data.find(b"\\") if b"\\" in data else len(data)
        if 0 <= usable < len(data) - 1:
            raise BadBase64("file.base64 holds an escape that base64 has not", field="file.base64")
        cut = usable - usable % 4
        self._waiting = data[cut:]
        return self._decode(data[:cut])

    def finish(self) -> bytes:
        """Decoded bytes of what is left when the text ends."""
        return self._decode(self._waiting)

    def _decode(self, data: bytes) -> bytes:
        if not data:
            return b""
        if self._has_ended:
            raise BadBase64("file.base64 goes on behind its end", field="file.base64")
        self._has_ended = data.endswith(b"=")
        try:
            return binascii.a2b_base64(data, strict_mode=True)
        except ValueError as error:
            raise BadBase64(f"file.base64 is no base64: {error}", field="file.base64") from None
