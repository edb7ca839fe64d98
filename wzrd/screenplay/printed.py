"""Scripts laid out for paper: columns tell name, speech and action, whatever stands between the lines.

Such a text becomes the lines of a Fountain file; one that is not laid out so, or not plainly, stays as it is.
"""

import re
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from wzrd.screenplay.asides import is_no_name
from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.lines import is_transition, is_upper
from wzrd.screenplay.secondary import place_and_time
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.words import CONTINUED

_FEWEST_CUES = 6
_SLACK = 4  # columns by which a name may stand beside the others
_INDENT = 3  # columns by which a speech stands in from action
_SURE, _MANY = 0.7, 0.05
_LONGEST_NAME, _LONGEST_WORDS = 34, 5
_LONGEST_LINE = 200  # characters of a name with all that stands beside it
_FAR = 3  # empty lines between a name and what it says
_SHORTEST_ON = 6  # characters of the word for CONTINUED that is more than an abbreviation
_FURNITURE = re.compile(
    r"\(?\s*(?:MORE|CONT(?:INUED|'?D)?)\s*:?\s*\)?\s*(?:\(\s*\d+\s*\)|\d+\.?)?\s*"
    r"|(?:page\s)?\d{1,3}\.?|[-\u2013]\s?\d{1,3}\s?[-\u2013]",
    re.IGNORECASE,
)
_ON = "|".join(re.escape(word.upper()) for word in CONTINUED if word.isalpha() and len(word) >= _SHORTEST_ON)
_GOES_ON = re.compile(rf"\s*\((?:MORE|{_ON})\)\s*|\s*(?:\d+[A-Z]?\s+)?(?:{_ON}):(?:\s*\(\d+\))?(?:\s+\d+[A-Z.]?)?\s*")
_OMITTED = re.compile(r"\s*\d+[A-Z]?\s+OMIT(?:TED)?\.?(?:\s+\d+[A-Z]?)?\s*")
_RUNNING = re.compile(r"\s*(?P<head>\S.{0,80}?)\s{3,}(?P<page>\d{1,3})\.?\s*")
"""The head of a page, with its number."""
_REVISED = re.compile(r"\s{3,}\*+\s*\Z")
"""The star in the margin of a line that a revision changed."""
_PAGE = re.compile(r"\s*(\d{1,3})\.\s*|\s{20,}(\d{1,3})\s*")
_NAME = re.compile(r"[^\W\d_][^.!?,;:\"]*(?:\.\s?[^.!?,;:\"]+)*(?:\([^()]*\)\s*)*\Z")
_EXTENDED = re.compile(r"\s*\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where names and speeches begin."""

    name: int
    speech: int

    def holds_name(self, column: int) -> bool:
        """True if a line that begins here may be a name."""
        return abs(column - self.name) <= _SLACK and column - self.speech >= _SLACK


def unprinted(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines as Fountain has them: an empty line before each name and behind each speech, none within."""
    bare = list(_closed(_without_furniture(lines)))
    single = _single_spaced(bare)
    columns = _columns_of(single)
    return list(_as_fountain(single, columns)) if columns else list(_rejoined(bare))


def _without_furniture(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines without what only paper needs: (MORE), CONTINUED: between pages, numbers and heads of pages."""
    lines = [replace(line, text=_REVISED.sub("", line.text)) if "*" in line.text else line for line in lines]
    pages = {line.number: int(found[1] or found[2]) for line in lines if (found := _PAGE.fullmatch(line.text))}
    rises = [after - before for before, after in pairwise(pages.values())]
    if not rises or set(rises) != {1}:
        pages = {}
    heads = [(line.number, found["head"], int(found["page"])) for line in lines if (found := _running_head(line))]
    paged = {head: {page for _, one, page in heads if one == head} for _, head, _ in heads}
    gone = pages.keys() | {number for number, head, _ in heads if len(paged[head]) > 1}
    more = [bool(_GOES_ON.fullmatch(line.text)) for line in lines]
    gone |= {line.number for line, goes_on in zip(lines, more, strict=True) if goes_on or _OMITTED.fullmatch(line.text)}
    gone |= {line.number for line, goes_on in zip(lines, more[1:], strict=False) if goes_on and is_upper(line.text)}
    return [line if line.number not in gone else _empty(line) for line in lines]


def _closed(lines: Sequence[SourceLine]) -> Iterator[SourceLine]:
    """The lines without empty ones in a direction that is closed below them: "(turning to" and then "HER)"."""
    opened = False
    for at, line in enumerate(lines):
        text = line.text
        if not (opened and line.blank):
            opened = text.lstrip()[:1] == "(" and ")" not in text and at + 1 < len(lines) and lines[at + 1].blank
            opened = opened and (below := _below(lines, at)) is not None and ")" in below.text and "(" not in below.text
            yield line


def _running_head(line: SourceLine) -> re.Match[str] | None:
    found = _RUNNING.fullmatch(line.text) if line.text[-2:].strip(". ").isdigit() else None
    return found if found and not read_heading(line.text) else None


def _single_spaced(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """A text with an empty line behind nearly every line has no empty lines but where several stood together."""
    full = [at for at in range(len(lines) - 1) if not lines[at].blank]
    spaced = sum(lines[at + 1].blank for at in full)
    if len(full) < _FEWEST_CUES or spaced < _SURE * len(full) or not _runs_on(lines, full):
        return list(lines)
    return [line for at, line in enumerate(lines) if not (line.blank and at and not lines[at - 1].blank)]


def _rejoined(lines: Sequence[SourceLine]) -> Iterator[SourceLine]:
    """The lines of a text whose names stand in the column of speeches, far from action: no speech has an empty one."""
    levels = Counter(_column(line) for line, below in pairwise(lines) if _is_above(line, below))
    column, count = next(iter(levels.most_common(1)), (0, 0))
    far = count >= _FEWEST_CUES and column - _margin(lines) >= 2 * _SLACK
    waiting, before = list[SourceLine](), -1
    for line in lines:
        if line.blank:
            waiting.append(line)
            continue
        if not far or not before == column == _column(line) or _is_shouted_name(line):
            yield from waiting
        yield line
        waiting, before = [], _column(line)
    yield from waiting


def _is_above(line: SourceLine, below: SourceLine) -> bool:
    """True if a name in capitals stands right above its speech."""
    return not below.blank and not line.blank and _column(line) == _column(below) and _is_shouted_name(line)


def _is_shouted_name(line: SourceLine) -> bool:
    text = line.text.strip()
    return is_upper(_EXTENDED.sub("", text)) and _may_name(text)


def _runs_on(lines: Sequence[SourceLine], full: Sequence[int]) -> bool:
    """True if sentences go on over the empty lines: over a quarter of the next lines begin small."""
    below = [lines[at + 2].text.strip() for at in full if at + 2 < len(lines) and lines[at + 1].blank]
    begun = [text for text in below if text and text[0].isalpha()]
    return sum(text[0].islower() for text in begun) > 0.25 * len(begun)


def _columns_of(lines: Sequence[SourceLine]) -> Columns | None:
    """The column of names and that of speeches, where at least a few names stand far from what they say."""
    pairs = Counter[tuple[int, int]]()
    for at, line in enumerate(lines):
        below = _below(lines, at)
        if (
            below
            and below.text.strip()[0] != "("
            and _may_name(line.text.strip())
            and _column(line) - _column(below) >= _SLACK
            and _column(below) > 0
        ):
            pairs[_column(line), _column(below)] += 1
    if not pairs:
        return None
    name = max(pairs, key=lambda pair: sum(n for other, n in pairs.items() if abs(other[0] - pair[0]) <= 1))[0]
    near = Counter[int]()
    for (column, speech), count in pairs.items():
        near[speech] += count if abs(column - name) <= _SLACK else 0
    speech, _ = near.most_common(1)[0]
    columns = Columns(name, speech)
    clear = columns.holds_name(name) and speech - _margin(lines) >= _INDENT
    return columns if near.total() >= _FEWEST_CUES and clear else None


def _margin(lines: Sequence[SourceLine]) -> int:
    """The column of action: that of the headings, else the first one at which many lines begin."""
    headings = Counter(_column(line) for line in lines if is_upper(line.text) and read_heading(line.text))
    if headings:
        return headings.most_common(1)[0][0]
    columns = Counter(_column(line) for line in lines if not line.blank)
    return min(column for column, count in columns.items() if count >= _MANY * columns.total())


def _column(line: SourceLine) -> int:
    return len(line.text) - len(line.text.lstrip())


def _below(lines: Sequence[SourceLine], at: int) -> SourceLine | None:
    """The next line that is not empty, a few lines further at most."""
    return next((line for line in lines[at + 1 : at + 2 + _FAR] if not line.blank), None)


def _may_name(text: str) -> bool:
    if len(text) > _LONGEST_LINE:  # no name: and a pattern below would try each of its brackets against all others
        return False
    bare = _EXTENDED.sub("", text).strip()
    short = 0 < len(bare) <= _LONGEST_NAME and len(bare.split()) <= _LONGEST_WORDS
    if (
        not short
        or ")" in bare
        or not _NAME.match(text)
        or _FURNITURE.fullmatch(text)
        or is_transition(text)
        or read_heading(text)
    ):
        return False
    return is_upper(bare) or all(
        word[0].isupper() or word[0].isdigit() or word in {"of", "the"} for word in bare.split()
    )


def _as_fountain(lines: Sequence[SourceLine], columns: Columns) -> Iterator[SourceLine]:
    at, begun = 0, False
    while at < len(lines):
        line = lines[at]
        at += 1
        text = line.text.strip()
        if _FURNITURE.fullmatch(text):
            continue
        if _names(lines, at - 1, columns):
            yield _empty(line)
            yield _as_cue(line, text)
            at = yield from _speech(lines, at, columns)
            yield _empty(line)
        else:
            if text and is_upper(text) and read_heading(text):
                yield _empty(line)
                begun = True
            shouted = begun and _column(line) < columns.speech - 1 and _is_shouted_name(line)
            shouted = shouted and not place_and_time(text)
            yield replace(line, text=f"!{text}") if shouted else line  # action, which stands where names do not


def _names(lines: Sequence[SourceLine], at: int, columns: Columns) -> bool:
    """True if this line is a name: in its column, or in capitals between an empty line and a speech."""
    line, below = lines[at], _below(lines, at)
    text = line.text.strip()
    if not below or not _may_name(text) or is_no_name(text) or not _is_spoken(below, columns):
        return False
    if columns.holds_name(_column(line)):
        return True
    alone = at > 0 and lines[at - 1].blank and not lines[at + 1].blank
    return alone and _column(line) > columns.speech and _is_shouted_name(line)


def _is_spoken(line: SourceLine, columns: Columns) -> bool:
    """True if a line stands where speeches do, or is a direction further in."""
    column, text = _column(line), line.text.strip()
    low = columns.speech - 2
    return bool(text) and (low <= column < columns.name - 1 or (text[0] == "(" and low <= column <= columns.name))


def _speech(lines: Sequence[SourceLine], at: int, columns: Columns) -> Generator[SourceLine, None, int]:
    """Lines of the speech that begins here; returns where it ends."""
    while at < len(lines):
        line = lines[at]
        text = line.text.strip()
        if not text or _FURNITURE.fullmatch(text):
            at += 1
            continue
        going_on = _open_direction(lines, at) or _is_spoken(line, columns)
        if not going_on or _names(lines, at, columns) or read_heading(text) or is_transition(text):
            break
        yield line
        at += 1
    return at


def _open_direction(lines: Sequence[SourceLine], at: int) -> bool:
    """True if the line before opened a parenthesis that is still open."""
    before = lines[at - 1].text.strip()
    return before.startswith("(") and ")" not in before


def _empty(line: SourceLine) -> SourceLine:
    return SourceLine(line.number, "")


def _as_cue(line: SourceLine, text: str) -> SourceLine:
    bare = _EXTENDED.sub("", text).strip()
    return replace(line, text=text if is_upper(bare) else f"@{text}")
