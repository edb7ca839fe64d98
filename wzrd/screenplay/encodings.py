"""A text file's bytes as text, whatever it was saved as. A file that is no text is called binary."""

import codecs
import re
from collections import Counter

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
_MOST_FOREIGN = 0.3  # more letters beyond ASCII than that no language in Latin letters has
_LATIN = {
    "cp1252": "Windows-1252",
    "mac_roman": "Mac Roman",
    "cp1250": "Windows-1250",
    "iso8859_2": "ISO 8859-2",
    "cp1254": "Windows-1254",
}
"""Code pages of languages in Latin letters by their names; of two that fit equally, the first."""
_ALPHABETS = (
    "àâæçéèêëîïôœùûüÿ",  # French
    "äöüßé",  # German
    "áéíñóúü¿¡ºª",  # Spanish
    "àáâãçéêíóôõúüºª",  # Portuguese
    "àèéìíîòóùú",  # Italian
    "äåæéöøü",  # Danish, Norwegian, Swedish, Finnish
    "áâäéèêëíïóôöúûü",  # Dutch
    "áæéíðóöúýþ",  # Icelandic
    "ąćęłńóśźż",  # Polish
    "áčďéěíňóřšťúůýž",  # Czech
    "áäčďéíĺľňóôŕšťúýž",  # Slovak
    "áéíóöőúüű",  # Hungarian
    "ăâîşţ",  # Romanian, with the cedillas of its code page
    "čćđšž",  # Croatian, Slovene
    "âçğıîöşûü\u0307",  # Turkish; the last is a part of its small \u0130
)
"""Letters beyond a to z of one language each."""
_SIGNS = (
    "\u2018\u2019\u201a\u201c\u201d\u201e\u2039\u203a\u00ab\u00bb"
    "\u2013\u2014\u2026\u2022\u00b7\u00b0\u00a7\u00a9\u00ae\u2122"
    "\u20ac\u00a3\u00bd\u00bc\u00be\u00d7\u00a0\u00ad"
)
"""Quotes, dashes and the other signs that stand in any text."""
_KNOWN = tuple(frozenset(alphabet + _SIGNS) for alphabet in _ALPHABETS)
_LEAST_LATIN = 0.9
"""Smallest part of the letters and signs beyond ASCII that one language knows, where a code page is the right one."""
_OTHERS = {
    "cp932": "Shift-JIS",
    "euc_jp": "EUC-JP",
    "gb18030": "GB 18030",
    "big5": "Big5",
    "cp949": "EUC-KR",
    "cp1251": "Windows-1251",
    "koi8_r": "KOI8-R",
    "mac_cyrillic": "Mac Cyrillic",
    "iso8859_5": "ISO 8859-5",
    "cp866": "DOS 866",
    "cp1253": "Windows-1253",
    "cp1255": "Windows-1255",
    "cp1256": "Windows-1256",
}
_OPEN_BYTE, _ESCAPED = re.compile("[\udc80-\udcff]"), 0xDC00
"""A byte that its code page leaves open, as surrogateescape writes it."""
_CHUNK = 1 << 16
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
    """Text in a code page of its language, or in UTF-8 with a few broken bytes.

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
    if _MAC.search(data.decode("latin-1")):
        return data.decode("mac_roman"), _warning("Mac Roman")
    counts = Counter[int]()
    for at in range(0, len(data), _CHUNK):
        counts.update(data[at : at + _CHUNK])
    shares = {codec: _latin_share(counts, codec) for codec in _LATIN}
    codec = max(shares, key=shares.__getitem__)
    if shares[codec] < _LEAST_LATIN:
        import charset_normalizer

        if other := charset_normalizer.from_bytes(data, cp_isolation=list(_OTHERS)).best():
            return data.decode(other.encoding, "replace"), _warning(_OTHERS.get(other.encoding, other.encoding))
        letters = sum(count for byte, count in counts.items() if byte < 0x80 and chr(byte).isalpha())
        if (high := _high(counts)) > _MOST_FOREIGN * (high + letters):
            message = f"byte 0x{byte:02x} is not UTF-8, and the file is in no encoding that is known here; {_SAVE}"
            raise ScreenplayError(message, line=line, column=column)
    is_latin_1 = codec == "cp1252" and not any(counts[byte] for byte in range(0x80, 0xA0))
    return _page(data, codec), _warning("Latin-1" if is_latin_1 else _LATIN[codec])


def _high(counts: Counter[int]) -> int:
    return sum(count for byte, count in counts.items() if byte >= 0x80)


def _latin_share(counts: Counter[int], codec: str) -> float:
    """The part of the bytes beyond ASCII that are letters of one language, or signs, in this code page."""
    letters = {byte: set(_page(bytes([byte]), codec).lower()) for byte in counts if byte >= 0x80}
    known = (sum(counts[byte] for byte, read in letters.items() if read & known) for known in _KNOWN)
    return max(known) / _high(counts)


def _page(data: bytes, codec: str) -> str:
    """The text in a code page, and in Latin-1 the bytes that the page leaves open."""
    return _OPEN_BYTE.sub(lambda found: chr(ord(found[0]) - _ESCAPED), data.decode(codec, "surrogateescape"))


def _place_of(data: bytes, offset: int) -> tuple[int, int]:
    """Line and column of a byte."""
    before = data[:offset].decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n")
