"""A screenplay file before it means anything: bytes become text, comments leave it, lines keep their numbers.

Everything here is linear in the size of the file, whatever the file holds.
"""

import re
from dataclasses import dataclass, replace

from wzrd.domain.emphasis import plain
from wzrd.domain.errors import ScreenplayError
from wzrd.domain.shown import shown
from wzrd.screenplay.encodings import text_of

MAX_BYTES = 2 * 1024 * 1024
MAX_LINES = 50_000
"""A film has 8,000. Each is looked at some fifty times, whatever is on it."""

_COMMAND = re.compile(r"\{\{[^{}\n]*\}\}|!\[[^\[\]\n]*\]\([^()\n]*\)")
"""A word to a typesetter: {{PAGENUMBER: 101}}; a picture: ![](logo.png)."""
_COMMENT = re.compile(r"/\*|\[\[")
_NOTE_EDGE = re.compile(r"\]\]|\[\[")
_PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
_UNCLOSED = {
    "/*": "line {}: the boneyard /* is never closed; its words were kept; close it with */",
    "[[": "line {}: the note [[ is never closed; its words were kept; close it with ]]",
}
_WIDEST = 200  # columns that a line is indented at most: what reads beginnings looks through all of them, many times
_BREAKS = re.compile("[\x0b\u2028\u2029]")
"""Line ends of Word, of web pages and of notes that were copied."""
_MARKS = "[\u200b\u200e\u200f\u2060\ufeff]"
_UNSEEN = re.compile(f"^{_MARKS}+|(?<!{_MARKS}){_MARKS}++$", re.MULTILINE)
"""Marks at a line's ends that nobody sees: with one a heading is none, and a name another person's."""
_GAP = "\0"  # stands where a comment stood; the file itself cannot hold one


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One line of the file. `comment_only` means that nothing but notes or boneyard stood on it.

    `opens_page`: a form feed stands before it.
    """

    number: int
    text: str
    comment_only: bool = False
    opens_page: bool = False

    @property
    def blank(self) -> bool:
        """Nothing is on this line, or nothing is left of it."""
        return not self.text or self.text.isspace()


def place_of(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of a position in the text."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def decode(data: bytes, *, is_json: bool = False) -> tuple[str, tuple[str, ...]]:
    """The file's text and what is to be told of its encoding. Lines end in LF, control characters are spaces.

    In JSON only the usual line ends are such; elsewhere form feeds stay.

    Raises:
        ScreenplayError: more than 2 MiB or 50,000 lines, a binary file, or an encoding that cannot be told.
    """
    if len(data) > MAX_BYTES:
        raise ScreenplayError(
            f"the file has {len(data):,} bytes and a screenplay at most {MAX_BYTES:,}; split it into parts", line=1
        )
    text, warning = text_of(data)
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    unix = unix if is_json else _UNSEEN.sub("", _BREAKS.sub("\n", unix))
    _check_lines(unix)
    pages = [unix.replace("\0", " ")] if is_json else unix.replace("\0", " ").split("\f")
    return "\f".join(map(shown, pages)), (warning,) if warning else ()


def _check_lines(text: str) -> None:
    if (lines := text.count("\n")) > MAX_LINES:
        raise ScreenplayError(f"the file has {lines:,} lines and a screenplay at most {MAX_LINES:,}; split it", line=1)


def source_lines(text: str) -> tuple[list[SourceLine], tuple[str, ...]]:
    """The lines of the file without boneyard and notes, tabs as four spaces; and what was never closed.

    A line that begins with emphasis has none: a name or a heading may be bold. A margin that all lines have is none.

    Raises:
        ScreenplayError: more than 50,000 lines, which tags of a web page may have been.
    """
    _check_lines(text)
    kept, unclosed = without_comments(_COMMAND.sub("[[]]", text))
    rows = kept.replace("\t", "    ").split("\n")
    pages = _page_starts(rows) if "\f" in kept else frozenset[int]()
    rows = [row.replace("\f", "") for row in rows] if pages else rows
    lines = [line[max(0, len(line) - len(line.lstrip()) - _WIDEST) :] for line in rows]
    margin = min((len(line) - len(line.lstrip(" ")) for line in lines if line and not line.isspace()), default=0)
    lines = [line if line.isspace() else line[margin:] for line in lines] if margin else lines
    read = [_source_line(number, line) for number, line in enumerate(lines, 1)]
    return [
        replace(line, opens_page=True) if line.number in pages else line for line in read
    ] if pages else read, unclosed


def _page_starts(rows: list[str]) -> frozenset[int]:
    """Numbers of the lines that begin with a form feed, or stand below one that ends with it."""
    marks = ((number, *row.rpartition("\f")) for number, row in enumerate(rows, 1) if "\f" in row)
    return frozenset(
        number + 1 if before.strip() and not behind.strip() else number for number, before, _, behind in marks
    )


def _source_line(number: int, text: str) -> SourceLine:
    if text.lstrip()[:1] in {"*", "_"} and "\\" not in text:
        text = plain(text)
    if _GAP not in text:
        return SourceLine(number, text)
    joined: list[str] = []
    spaced = True  # "one [[note]] two" has one space in the middle, not two
    for part in text.split(_GAP):
        joined.append(part.lstrip() if spaced else part)
        spaced = joined[-1][-1].isspace() if joined[-1] else spaced
    left = "".join(joined).rstrip()
    return SourceLine(number, left, comment_only=not left)


def without_comments(text: str) -> tuple[str, tuple[str, ...]]:
    """The text with a mark in place of every boneyard and note; and a warning for each kind that was left open.

    Line breaks stay. What is never closed is no comment: its words stay, the mark that opened it goes.
    """
    if "[[" not in text and "/*" not in text:
        return text, ()
    kept: list[str] = []
    unclosed: dict[str, int] = {}
    notes = _note_ends(text)
    at = 0
    while opened := _COMMENT.search(text, at):
        start, mark = opened.start(), opened.group()
        kept.append(text[at:start])
        end = notes.get(start, -1) if mark == "[[" else -1 if mark in unclosed else text.find("*/", start + 2)
        if end < 0:
            unclosed.setdefault(mark, start)
            at = start + len(mark)
            continue
        at = end + 2
        kept += (_GAP, f"\n{_GAP}" * text.count("\n", start, at))
    kept.append(text[at:])
    return "".join(kept), tuple(_UNCLOSED[mark].format(place_of(text, start)[0]) for mark, start in unclosed.items())


def _note_ends(text: str) -> dict[int, int]:
    """Where each note that opens is closed. One that is open when another paragraph's note opens is never closed."""
    ends: dict[int, int] = {}
    pending: list[int] = []
    reached = 0
    for edge in _NOTE_EDGE.finditer(text):
        if edge.group() == "]]":
            ends |= dict.fromkeys(pending, edge.start())
            pending = []
        else:
            pending = [] if pending and _PARAGRAPH_END.search(text, reached, edge.start()) else pending
            pending.append(edge.start())
        reached = edge.end()
    return ends
