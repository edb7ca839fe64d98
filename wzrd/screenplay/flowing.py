"""Scripts that lost their line ends: headings, cuts and names begin lines again.

`… a long line. INT. KITCHEN - NIGHT Tom enters. ANNA Who is it? TOM Me.` Only a script with a
heading within a long line is taken apart, at its headings and where two names speak in one line.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

from wzrd.screenplay.asides import is_no_name
from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.times import is_time
from wzrd.screenplay.words import CONTINUED

_LONG = 200  # characters of a line that may be a whole scene
_END = re.compile(r"[.!?\u2026:\"\u201d\u00bb)]\s+")
_CUT = r"(?:(?:FADE IN|FADE OUT|CUT TO|DISSOLVE TO|SMASH CUT TO|SPLIT SCREEN|CORTE A|FONDU|COUPE)\s?[:.]\s+)?"
_KIND = r"(?:INT|EXT|INTERIOR|EXTERIOR|I/E|INT\.?/EXT|EXT\.?/INT|INNEN|AUSSEN)\b\s?[./:]"
_INNER = re.compile(rf"(?:\A|(?<=[.!?\u2026\"\u201d\u00bb)])\s+)(?={_CUT}{_KIND}\s?(?!INT|EXT)[^\W\d_]{{2}})")
_CUT_HEAD = re.compile(rf"{_CUT[:-1]}(?={_KIND})")
_INDENT = re.compile(r" {8,200}(?=\S)")
_MOST, _FEWEST = 120, 5  # characters between two indents of a line that was many; such indents
_TOKEN = re.compile(r"\S+")
_SPEAKS = re.compile(
    r"(?P<name>[^\W\d_a-z]{2}[^\W_a-z]{0,40}(?:[ .'-]{1,2}[^\W\d_a-z]{2,40}){0,2})"
    r"(?P<beside>\s\([^()]{1,60}\))?\s(?=[\u00bf\u00a1\"\u201c(\u2026]*[^\W\d_])"
)
_DOES = re.compile(r"(?P<name>[^\W\d_]{1,40})\s[^\W\d_A-Z]")


def relined(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines, and those that hold a scene or more as the lines that they were."""
    lines = [part for line in lines for part in _at_indents(line)]
    if not any(len(line.text) > _LONG and _INNER.search(line.text) for line in lines):
        return list(lines)
    said = Counter(found["name"] for line in lines for found in _sentences(_SPEAKS, line.text) if _is_said(found))
    names = {name for name, count in said.items() if count > 1 and not is_no_name(name)}
    return [part for line in lines for part in (_taken_apart(line, names) if _is_flowing(line, names) else (line,))]


def _at_indents(line: SourceLine) -> Iterator[SourceLine]:
    """The lines that a line was whose indents are left in it."""
    found = list(_INDENT.finditer(line.text)) if len(line.text) > _LONG else []
    if len(found) < _FEWEST or len(line.text) > _MOST * len(found):
        yield line
        return
    begins = sorted({0, *(one.start() for one in found), len(line.text)})
    yield from (SourceLine(line.number, line.text[start:end].rstrip()) for start, end in pairwise(begins))


def _is_flowing(line: SourceLine, names: set[str]) -> bool:
    """True if a line holds a heading, or what two names say."""
    if _INNER.search(line.text):
        return True
    return len(line.text) > _LONG and sum(one["name"] in names for one in _sentences(_SPEAKS, line.text)) > 1


def _sentences(pattern: re.Pattern[str], text: str, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
    """The sentences that begin as a pattern says: one search of a mebibyte would hold every other thread."""
    end = len(text) if end is None else end
    begins = chain((start,), (found.end() for found in _END.finditer(text, start, end)))
    return filter(None, (pattern.match(text, at, end) for at in begins))


def _is_said(found: re.Match[str]) -> bool:
    """True if words begin behind the capitals, and no sentence goes on: ANNA Who is it? but not ANNA opens."""
    return found.string[found.end() : found.end() + 9].lstrip('\u00bf\u00a1"\u201c(\u2026')[:1].isupper()


def _taken_apart(line: SourceLine, names: set[str]) -> Iterator[SourceLine]:
    begins = sorted({0, *(found.end() for found in _INNER.finditer(line.text)), len(line.text)})
    for start, end in pairwise(begins):
        part = line.text[start:end].strip()
        if not part:
            continue
        if cut := _CUT_HEAD.match(part):
            yield from _paragraph(line, f"> {cut[0].strip()}")
            part = part[cut.end() :]
        heading, rest = _headed(part)
        if heading:
            yield from _paragraph(line, heading)
        yield from _told(line, rest, names)


def _headed(text: str) -> tuple[str, str]:
    """The heading in capitals that a text begins with, to its time of day where it has one, and the rest."""
    ends: list[int] = []
    timed = 0
    for token in _TOKEN.finditer(text):
        if any(map(str.islower, token[0])) and token[0].casefold().strip(".") not in {"int", "ext"}:
            break
        ends.append(token.end())
        word = token[0].strip(".,-")
        if len(ends) > 1 and (is_time(word) or word.casefold() in CONTINUED):
            timed = token.end()
    end = timed or (ends[-1] if ends else 0)
    if not timed and len(ends) > 1 and len(_TOKEN.findall(text[ends[-2] : ends[-1]])[0]) == 1:
        end = ends[-2]  # A cupboard creaks
    head = text[:end].strip()
    return (head, text[end:].strip()) if head and read_heading(head) else ("", text)


def _told(line: SourceLine, text: str, names: set[str]) -> Iterator[SourceLine]:
    """Action and speeches: a known name before a sentence says it, up to the next name, or to who does something."""
    known = {word.casefold() for name in names for word in name.split()}
    at = 0
    spoken = [found for found in _sentences(_SPEAKS, text) if found["name"] in names and _is_said(found)]
    for said, following in zip(spoken, [*spoken[1:], None], strict=False):
        if before := text[at : said.start()].strip():
            yield from _paragraph(line, before)
        end = following.start() if following else len(text)
        acts = _sentences(_DOES, text, said.end(), end)
        does = next((one for one in acts if one.start() > said.end() and one["name"].casefold() in known), None)
        speech = text[said.end() : does.start() if does else end].strip()
        yield from _paragraph(line, f"{said['name']}{said['beside'] or ''}", speech)
        at = does.start() if does else end
    if rest := text[at:].strip():
        yield from _paragraph(line, rest)


def _paragraph(line: SourceLine, *texts: str) -> Iterator[SourceLine]:
    yield SourceLine(line.number, "")
    yield from (SourceLine(line.number, text) for text in texts)
    yield SourceLine(line.number, "")
