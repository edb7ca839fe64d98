"""A text file's bytes as text, whatever it was saved as. A file that is no text is called binary."""

import codecs
import re

from wzrd.domain.errors import ScreenplayError

_MARKS = (  # the longer marks first: UTF-32's begins as UTF-16's does
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SAMPLE = 4096  # bytes that tell UTF-16 without a mark
_PRINTING_CONTROLS = frozenset(b"\t\n\r\f\x0b\x1a\x1b\x85")
_CONTROLS = bytes(byte for byte in range(0x20) if byte not in _PRINTING_CONTROLS)
_MOST_CONTROLS = 0.05
_MOST_FOREIGN = 0.3  # more letters beyond ASCII than that no Western language has
_MISREAD = (
    (re.compile(r"[\u00c2\u00c3][\u0080-\u00bf]|[\u00e1-\u00ef][\u0080-\u00bf]{2}"), "latin-1"),
    (re.compile(r"\u00e2[\u20ac\u201a-\u2122][^\x00-\x7f]|\u00c3[\u0152-\u2122\u00a1-\u00bf]"), "cp1252"),
    (re.compile(r"\u201a[\u00c4\u00c7][^\x00-\x7f]|\u221a[^\x00-\x7f]"), "mac_roman"),
)
"""Letters of UTF-8 that was taken for another encoding: \u00c3\u00a9 is \u00e9, \u201a\u00c4\u00f4 an apostrophe."""
_MAC = re.compile(r"[a-z]\u00d5[a-z]")
"""An apostrophe of old Macs, taken for Latin-1."""
_SAVE = "save it as UTF-8"


def text_of(data: bytes) -> tuple[str, str]:
    """The file's text without a byte order mark, and a warning where it was not UTF-8 (else nothing).

    Raises:
        ScreenplayError: a binary file, or an encoding that cannot be told.
    """
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return _decoded(data, codec), _warning(name)
    if codec := _unmarked_utf16(data[:_SAMPLE]):
        return _decoded(data, codec), _warning("UTF-16")
    _refuse_binary(data)
    try:
        return encoded_once(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return _not_utf8(data, error)


def encoded_once(text: str) -> tuple[str, str]:
    """The text; where its bytes were taken for another encoding and encoded again, as it was before."""
    if text.isascii():
        return text, ""
    warning, most = "", 3
    for pattern, codec in _MISREAD * most:
        if len(pattern.findall(text)) > sum(map(text.count, "\u00e9\u00fc\u00f1\u2019")):
            text = pattern.sub(lambda found, codec=codec: _read_again(found.group(), codec), text)
            warning = "the file was encoded as UTF-8 more than once; it was read as it was before"
    if _MAC.search(text):
        text = re.sub(r"[\u0080-\u00ff]", lambda found: _read_again(found.group(), "latin-1", "mac_roman"), text)
        warning = _warning("Mac Roman")
    return text, warning


def _read_again(text: str, taken: str, real: str = "utf-8") -> str:
    """Letters in their real encoding; as they are, where they make no sense in it."""
    try:
        return text.encode(taken).decode(real)
    except UnicodeError:
        return text


def _warning(name: str) -> str:
    return f"the file is {name}, not UTF-8; it was read as that"


def _decoded(data: bytes, codec: str) -> str:
    return data.decode(codec, "replace").removeprefix("\ufeff")


def _unmarked_utf16(sample: bytes) -> str:
    """The codec of UTF-16 without a mark: every second byte of most characters is zero."""
    even, odd = sample[0::2], sample[1::2]
    if len(odd) < 4 or sample.count(0) > 0.6 * len(sample):
        return ""
    if odd.count(0) > 0.7 * len(odd) and not even.count(0):
        return "utf-16-le"
    return "utf-16-be" if even.count(0) > 0.7 * len(even) and not odd.count(0) else ""


def _refuse_binary(data: bytes) -> None:
    if (at := data.find(b"\0")) >= 0:
        line, column = _place_of(data, at)
        raise ScreenplayError(
            "a NUL byte: this is a binary file, not a text; export the screenplay as Fountain", line=line, column=column
        )
    sample = data[:_SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    if controls > max(2, _MOST_CONTROLS * min(len(data), _SAMPLE)):
        raise ScreenplayError("this is a binary file, not a text; export the screenplay as Fountain", line=1)


def _not_utf8(data: bytes, error: UnicodeDecodeError) -> tuple[str, str]:
    """Text in a Western code page, or in UTF-8 with a few broken bytes.

    Raises:
        ScreenplayError: neither.
    """
    byte = data[error.start] if error.object is data else error.object[error.start]
    before = error.object[: error.start]
    line, column = _place_of(before, len(before))
    patched = data.decode("utf-8-sig", "replace")
    broken = patched.count("\ufffd")
    if broken <= sum(char > "\x7f" for char in patched) - broken:
        return patched, f"line {line}: byte 0x{byte:02x} is not UTF-8; such bytes are shown as \ufffd"
    high = sum(byte >= 0x80 for byte in data)
    letters = sum(chr(byte).isalpha() for byte in data if byte < 0x80)
    if high > _MOST_FOREIGN * (high + letters):
        message = f"byte 0x{byte:02x} is not UTF-8, and the file is in no Western code page; {_SAVE}"
        raise ScreenplayError(message, line=line, column=column)
    if _MAC.search(data.decode("latin-1")):
        return data.decode("mac_roman"), _warning("Mac Roman")
    is_latin = not any(0x80 <= byte < 0xA0 for byte in data)
    name = "Latin-1" if is_latin else "Windows-1252"
    return "".join(map(_western, data)), _warning(name)


def _western(byte: int) -> str:
    """CP1252, and Latin-1 for the five bytes that it leaves open."""
    return bytes([byte]).decode("cp1252", "ignore") or chr(byte)


def _place_of(data: bytes, offset: int) -> tuple[int, int]:
    """Line and column of a byte."""
    before = data[:offset].decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n")
