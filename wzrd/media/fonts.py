"""The one typeface of panels, sheets and captions: Inter from its wheel, so no machine needs fonts.

Inter knows Latin, Greek and Cyrillic. What it cannot show is left out by `printable`: no empty boxes on a picture.
No font of the machine is ever used, since the same words must give the same picture everywhere.
"""

import unicodedata
from functools import lru_cache
from importlib.resources import as_file, files
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

STAND_IN = "\u00b7"
"""What stands for a run of letters that Inter cannot show."""
_FILE = "files/Inter[opsz,wght].ttf"
_SMALLEST_DISPLAY, _LARGEST_TEXT = 14, 32  # the optical sizes that Inter has
_LIGHTEST, _BOLDEST = 100, 900


@lru_cache(maxsize=1)
def _data() -> bytes:
    with as_file(files("fontpkg_inter") / _FILE) as path:
        return path.read_bytes()


@lru_cache(maxsize=96)
def load(size: float, weight: int = 400) -> ImageFont.FreeTypeFont:
    """Inter at `size` pixels and `weight` 100 to 900."""
    font = ImageFont.truetype(BytesIO(_data()), max(1.0, size), layout_engine=ImageFont.Layout.BASIC)
    optical = min(_LARGEST_TEXT, max(_SMALLEST_DISPLAY, size))
    font.set_variation_by_axes([optical, min(_BOLDEST, max(_LIGHTEST, weight))])
    return font


@lru_cache(maxsize=1)
def _missing() -> tuple[bytes, tuple[int, int, int, int]]:
    return _drawn("\U0010ffff")


def _drawn(char: str) -> tuple[bytes, tuple[int, int, int, int]]:
    font = load(20)
    left, top, right, bottom = (round(side) for side in font.getbbox(char))
    picture = Image.new("L", (40, 40))
    ImageDraw.Draw(picture).text((4, 4), char, font=font, fill=255)
    return picture.tobytes(), (left, top, right, bottom)


@lru_cache(maxsize=8192)
def has_glyph(char: str) -> bool:
    """Whether Inter can show this character."""
    if char.isspace():
        return True
    if unicodedata.category(char)[0] == "C":
        return False
    return _drawn(char) != _missing()


def printable(text: str, limit: int = 400) -> str:
    """The text in one line, as far as Inter can show it: every run of what it cannot becomes one middle dot."""
    kept: list[str] = []
    for char in unicodedata.normalize("NFC", text[: 8 * limit]):
        if char.isspace():
            kept.append(" ")
        elif unicodedata.category(char)[0] == "C" or unicodedata.combining(char):
            continue
        elif has_glyph(char):
            kept.append(char)
        elif not kept or kept[-1] != STAND_IN:
            kept.append(STAND_IN)
    return " ".join("".join(kept).split())[:limit]


def fitted(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """A printable text cut to `width` pixels, with an ellipsis where something is missing."""
    if font.getlength(text) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if font.getlength(text[:middle].rstrip() + "\u2026") <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "\u2026" if low else ""


def wrapped(text: str, font: ImageFont.FreeTypeFont, width: float, lines: int) -> list[str]:
    """A printable text broken into at most `lines` lines of `width` pixels; the last one ends in an ellipsis if cut."""
    words, found, row = text.split(), list[str](), ""
    for at, word in enumerate(words):
        longer = f"{row} {word}".strip()
        if font.getlength(longer) <= width:
            row = longer
            continue
        if len(found) == lines - 1 or not row:
            rest = " ".join(([row] if row else []) + words[at:])
            return [*found, fitted(rest, font, width)]
        found.append(row)
        row = word
    fit = fitted(row, font, width)
    return [*found, fit] if fit else found
