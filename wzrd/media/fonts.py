"""The typefaces of panels, sheets and captions, from their wheels, so no machine needs fonts.

Inter knows Latin, Greek and Cyrillic, Noto Sans CJK Chinese, Japanese and Korean. What neither can show is left out by
`printable`: no empty boxes on a picture. No font of the machine is ever used: the same words give the same picture.
"""

import re
import unicodedata
from functools import lru_cache
from importlib.resources import as_file, files
from importlib.util import find_spec
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

STAND_IN = "\u00b7"
"""Character that stands for a run of letters that no typeface of ours can show."""
_FILE = "files/Inter[opsz,wght].ttf"
_WIDE_FILE = "NotoSansCJK-VF.otf.ttc"
_SMALLEST_DISPLAY, _LARGEST_TEXT = 14, 32  # the optical sizes that Inter has
_LIGHTEST, _BOLDEST = 100, 900
_NEVER_FIRST = frozenset(
    "\u3001\u3002\uff0c\uff0e\uff01\uff1f\u300d\u300f\uff09\u2026\u30fc\u3083\u3085\u3087\u3063\u30e3\u30e5\u30e7\u30c3,.!?)"
)  # of a line
_KANA, _HANGUL = re.compile("[\u3040-\u30ff]"), re.compile("[\u1100-\u11ff\uac00-\ud7ff]")
_SIMPLIFIED = re.compile(
    "[\u4eec\u8fd9\u6765\u65f6\u8bf4\u4e3a\u5bf9\u8fc7\u8fd8\u5f00\u89c1\u95e8\u95ee\u95f4\u957f\u4e1c\u8f66\u8bdd\u98ce\u7535\u9a6c\u6e38\u620f\u5c4b\u5ba4\u5386\u7231\u8fdb\u51fa]"
)


@lru_cache(maxsize=1)
def _data() -> bytes:
    with as_file(files("fontpkg_inter") / _FILE) as path:
        return path.read_bytes()


@lru_cache(maxsize=96)
def load(size: float, weight: int = 400, text: str = "") -> ImageFont.FreeTypeFont:
    """Inter at `size` pixels and `weight` 100 to 900; the face of its language where `text` has what Inter has not."""
    face = _face_of(text)
    return _wide(size, weight, face) if face is not None else _inter(size, weight)


@lru_cache(maxsize=96)
def _inter(size: float, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(BytesIO(_data()), max(1.0, size), layout_engine=ImageFont.Layout.BASIC)
    optical = min(_LARGEST_TEXT, max(_SMALLEST_DISPLAY, size))
    font.set_variation_by_axes([optical, min(_BOLDEST, max(_LIGHTEST, weight))])
    return font


@lru_cache(maxsize=32)
def _wide(size: float, weight: int, face: int) -> ImageFont.FreeTypeFont:
    with as_file(files("manimgx_fonts_cjk") / _WIDE_FILE) as path:
        font = ImageFont.truetype(path, max(1.0, size), index=face, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([min(_BOLDEST, max(_LIGHTEST, weight))])
    return font


def _face_of(text: str) -> int | None:
    """Which face of the collection shows a text (Japanese 0, Korean 1, simplified Chinese 2), if Inter cannot."""
    if text.isascii() or all(map(_in_inter, text)):
        return None
    if _HANGUL.search(text):
        return 1
    return 2 if _SIMPLIFIED.search(text) and not _KANA.search(text) else 0


@lru_cache(maxsize=2)
def _missing(*, wide: bool) -> tuple[bytes, tuple[int, int, int, int]]:
    return _drawn("\U0010ffff", wide=wide)


def _drawn(char: str, *, wide: bool = False) -> tuple[bytes, tuple[int, int, int, int]]:
    font = _wide(20, 400, 0) if wide else _inter(20, 400)
    left, top, right, bottom = (round(side) for side in font.getbbox(char))
    picture = Image.new("L", (40, 40))
    ImageDraw.Draw(picture).text((4, 4), char, font=font, fill=255)
    return picture.tobytes(), (left, top, right, bottom)


@lru_cache(maxsize=8192)
def _in_inter(char: str) -> bool:
    return char.isspace() or _drawn(char) != _missing(wide=False)


@lru_cache(maxsize=8192)
def has_glyph(char: str) -> bool:
    """True if one of our typefaces can show this character."""
    if char.isspace():
        return True
    if unicodedata.category(char)[0] == "C":
        return False
    return _in_inter(char) or (is_wide(char) and _has_wide() and _drawn(char, wide=True) != _missing(wide=True))


@lru_cache(maxsize=1)
def _has_wide() -> bool:
    """True if Noto Sans CJK is installed; a place that leaves out its 20 MB has dots instead."""
    return find_spec("manimgx_fonts_cjk") is not None


def is_wide(char: str) -> bool:
    """True if a character is one of those that are written without blanks and broken anywhere."""
    return unicodedata.east_asian_width(char) in "WF"


def printable(text: str, limit: int = 400) -> str:
    """The text in one line, as far as it can be shown: every run of what cannot becomes one middle dot."""
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
    words, found, row = _breakable(text), list[str](), ""
    for at, word in enumerate(words):
        longer = f"{row}{word}".strip()
        if font.getlength(longer) <= width:
            row = f"{row}{word}" if row else longer
            continue
        if len(found) == lines - 1 or not row:
            return [*found, fitted("".join((row, *words[at:])).strip(), font, width)]
        found.append(row)
        row = word.strip()
    fit = fitted(row, font, width)
    return [*found, fit] if fit else found


def _breakable(text: str) -> list[str]:
    """The text in pieces between which a line may end, each with the blank before it."""
    pieces: list[str] = []
    for word in text.split():
        start = len(pieces)
        for char in word:
            divides = is_wide(char) or is_wide(pieces[-1][-1]) if len(pieces) > start else True
            if divides and (len(pieces) == start or char not in _NEVER_FIRST):
                pieces.append(char)
            else:
                pieces[-1] += char
        pieces[start] = f" {pieces[start]}"
    return pieces
