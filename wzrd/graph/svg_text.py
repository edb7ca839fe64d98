"""Text in an SVG: what may stand in XML, escaped, and cut to the width that there is."""

import re
import unicodedata
from xml.sax.saxutils import escape

_QUOTES = {'"': "&quot;", "'": "&#39;"}
_NARROW, _BROAD = frozenset("fijlrtI1|.,:;!'`()[]{}/ "), frozenset("mwMW@%")
_ALLOWED = r"\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff"
_TURNING = r"\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff"
_UNSEEN = re.compile(f"[^{_ALLOWED}]|[{_TURNING}]")


def clean(text: str) -> str:
    """One line of what XML may hold: no control characters, no half characters, nothing that turns lines around."""
    return " ".join(_UNSEEN.sub(" ", text).split())


def quote(text: str) -> str:
    """Clean text as an element's content or an attribute's value."""
    return escape(clean(text), _QUOTES)


def width_of(text: str, size: float) -> float:
    """About how wide a text is in a sans-serif font of this size, in the size's unit."""
    return size * sum(map(_advance, text))


def _advance(char: str) -> float:
    if unicodedata.east_asian_width(char) in {"W", "F"}:
        return 1.02
    if unicodedata.combining(char):
        return 0.0
    if char in _NARROW:
        return 0.32
    if char in _BROAD:
        return 0.9
    return 0.69 if char.isupper() else 0.56


def fit(text: str, size: float, width: float) -> str:
    """The text, or as much of it as fits, and an ellipsis."""
    text = clean(text[:2_000])
    if width_of(text, size) <= width:
        return text
    room = width - width_of("…", size)
    kept = 0
    for char in text:
        room -= size * _advance(char)
        if room < 0:
            break
        kept += 1
    return text[:kept].rstrip() + "…"
