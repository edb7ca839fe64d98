"""A child's program: the text of a PDF, laid out as on its pages, or why there is none.

Names, speeches and action keep their columns.
"""

import contextlib
import re
import resource
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple

import pypdfium2

MOST_TEXT = 2 * 1024 * 1024
_CPU_SECONDS, _MEMORY = 20, 1 << 30
_LEAST_STEP, _USUAL = 6, 0.1
_HYPHEN = re.compile("[\ufffe\x02]")
"""A hyphen at the end of a line, as PDFium tells it."""
_SECRET = 4  # PDFium's error for a password


class PlacedText(NamedTuple):
    """Text on a line of a page, and its box in points from the page's lower left."""

    left: float
    bottom: float
    right: float
    top: float
    text: str


def lay_out(pages: Sequence[Sequence[PlacedText]]) -> str:
    """The lines of these pages, a form feed between them.

    A letter of the usual width is a column; a step down of the least usual one, a line.
    """
    pieces = [piece for page in pages for piece in page]
    widths = [(one.right - one.left) / len(one.text) for one in pieces if len(one.text) > 8]
    width = max(1.0, median(widths)) if widths else 7.2
    margin = min((one.left for one in pieces), default=0.0)
    rows = [list(_rows(page)) for page in pages]
    steps = Counter(round(above[0].top - below[0].top) for page in rows for above, below in pairwise(page))
    usual = [step for step, count in steps.items() if step >= _LEAST_STEP and count >= _USUAL * steps.total()]
    height = min(usual, default=12)
    return "\n\f".join("\n".join(_lines(page, width, margin, height)).strip("\n") + "\n" for page in rows)


def _rows(page: Sequence[PlacedText]) -> Iterator[list[PlacedText]]:
    """The pieces of a page by lines, from its top, each from the left."""
    row = list[PlacedText]()
    for one in sorted(page, key=lambda piece: -(piece.top + piece.bottom)):
        middle = (one.top + one.bottom) / 2
        if row and not row[0].bottom <= middle <= row[0].top:
            yield sorted(row)
            row = []
        row.append(one)
    if row:
        yield sorted(row)


def _lines(rows: Sequence[Sequence[PlacedText]], width: float, margin: float, height: int) -> Iterator[str]:
    before: Sequence[PlacedText] = ()
    for row in rows:
        gap = (before[0].top - row[0].top) / height if before else 1
        yield from [""] * min(3, max(0, round(gap) - 1))
        line, end = " " * round((row[0].left - margin) / width), row[0].left
        for one in row:
            spaces = max(1, round((one.left - end) / width)) if line.strip() else 0
            line, end = f"{line}{' ' * spaces}{one.text}", one.right
        yield line.rstrip()
        before = row


def _read(data: bytes) -> str:
    """The text, or SystemExit with what is wrong: the child's work."""
    library: Any = pypdfium2
    try:
        pages = [list(_pieces(page.get_textpage())) for page in library.PdfDocument(data)]
    except library.PdfiumError as error:
        secret = getattr(error, "err_code", None) == _SECRET
        sys.exit("a PDF under a password" if secret else "a PDF that cannot be opened")
    text = lay_out(pages)
    letters = [char for char in text if not char.isspace()]
    if not letters:
        sys.exit("a PDF of pictures of its pages, without text")
    if sum(not char.isprintable() for char in letters) > 0.05 * len(letters):
        sys.exit("a PDF whose letters have no meaning but their shapes")
    return text


def _pieces(page: Any) -> Iterator[PlacedText]:
    """Boxes side by side are read as one: PDFium knows where a word ends."""
    boxes: list[tuple[float, float, float, float]] = []
    for index in range(page.count_rects()):
        left, bottom, right, top = page.get_rect(index)
        if boxes and _is_beside(boxes[-1], (left, bottom, right, top)):
            first, low, _, high = boxes.pop()
            left, bottom, top = first, min(low, bottom), max(high, top)
        boxes.append((left, bottom, right, top))
    for left, bottom, right, top in boxes:
        text = " ".join(_HYPHEN.sub("-", page.get_text_bounded(left, bottom, right, top)).split("\r\n"))
        if text.strip():
            at = page.get_index(left + 1, (bottom + top) / 2, right - left, top - bottom)
            _, low, _, high = page.get_charbox(at, loose=True) if at is not None else (left, bottom, right, top)
            yield PlacedText(left, low, right, high, text.rstrip())  # as high as its letters may be


def _is_beside(box: Sequence[float], other: Sequence[float]) -> bool:
    """True if a box goes on right behind another on its line."""
    height = max(box[3] - box[1], other[3] - other[1])
    return abs(box[1] + box[3] - other[1] - other[3]) < height and -height < other[0] - box[2] < height


def _bound() -> None:
    for kind, most in ((resource.RLIMIT_CPU, _CPU_SECONDS), (resource.RLIMIT_AS, _MEMORY)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    _bound()
    sys.stdout.buffer.write(_read(sys.stdin.buffer.read()).encode(errors="replace")[: MOST_TEXT + 1])
