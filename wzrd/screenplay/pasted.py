"""Marks that other programs put around a script's lines: tags, bullets, numbers of lines, times of a recording."""

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.source import SourceLine

_FEWEST, _MOST = 3, 0.9
"""Lines that a script has at least, and the share of them that has a mark, before the mark is taken away."""
_TAG = re.compile(
    r"</?(?:p|br|div|span|b|i|u|em|strong|h[1-6]|ul|ol|li|a|font|html|body|center)\b[^<>]{0,300}>", re.IGNORECASE
)
_BREAK = re.compile(r"</?(?:p|div|h[1-6]|li|ul|ol|html|body|center)\b[^<>]{0,300}>", re.IGNORECASE)
_HEAD = re.compile(r"\s*<(?:!doctype html|html)\b.*?(?=<body\b)", re.IGNORECASE | re.DOTALL)
_LINE_BREAK = re.compile(r"<br\b[^<>]{0,20}>", re.IGNORECASE)
_GAP = re.compile(r"\n(?:[ \t]*+\n){2,}")
_BULLET = re.compile(r"\s*[\u2022\u25aa\u25cf\u25e6\u2023\u00b7>]\s+")
_NUMBER = re.compile(r"\s*(\d{1,5})(?:\s{1,8}(?=\S)|\Z)")
_TURN = re.compile(r"\s{0,20}(\d{1,4})[.)]?\s{1,8}([^\W\d_][^:.!?]{0,30}):\s")
"""A number before a name and its words: 12. MARA: Come in."""
_FEWEST_TURNS, _LONGEST_HEAD, _RULES = 5, 30, 2
_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?(?:[.,:]\d{1,3})?"
_TIME = re.compile(rf"\s*[\[(]?{_CLOCK}(?:\s*[-\u2013>]+\s*{_CLOCK})?[\])]?\s*(?:[-\u2013]\s+)?")
_SPAN = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}.*")


def untagged(text: str) -> str:
    """The text of a page of HTML: paragraphs and line breaks for its tags, no head; any other text as it is."""
    if head := _HEAD.match(text):  # its styles alone may be longer than what is looked at
        text = "\n" * head[0].count("\n") + text[head.end() :]
    if len(_TAG.findall(text, 0, 20_000)) < _FEWEST or not _BREAK.search(text):
        return text
    bare = _TAG.sub("", _BREAK.sub("\n\n", _LINE_BREAK.sub("\n", text)))
    return html.unescape(_GAP.sub("\n\n", bare))


def unmarked(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines without the bullets, the numbers or the times that nearly all of them begin with."""
    made = _unnumbered(_unruled(_unsubtitled(lines)))
    full = [line for line in made if not line.blank]
    for mark in (_TIME, _BULLET, _NUMBER):
        found = [one for line in full if (one := mark.match(line.text))]
        named = mark is _TIME and len(found) >= _FEWEST and 2 * len(found) > len(full)
        if len(full) < _FEWEST or (len(found) < _MOST * len(full) and not named) or (mark is _NUMBER and _fall(found)):
            continue
        made = [replace(line, text=line.text[one.end() :]) if (one := mark.match(line.text)) else line for line in made]
        full = [line for line in made if not line.blank]
    return made


def _unruled(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines without the rules above and below the keys that a text of Markdown begins with."""
    head = [at for at, line in enumerate(lines) if not line.blank][:_LONGEST_HEAD]
    ends = [at for at in head if lines[at].text.strip() == "---"][:2]
    if (
        len(ends) < _RULES
        or ends[0] != head[0]
        or not all(":" in lines[at].text for at in head[1 : head.index(ends[1])])
    ):
        return list(lines)
    return [replace(line, text="") if at in ends else line for at, line in enumerate(lines)]


def _unnumbered(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines without the numbers before names of a radio play, which rise, and begin again on each page."""
    told = {at: found for at, line in enumerate(lines) if (found := _TURN.match(line.text)) and found[2].isupper()}
    numbers = [int(found[1]) for found in told.values()]
    rises = sum(after - before == 1 or after == 1 for before, after in pairwise(numbers))
    if (
        len(told) < _FEWEST_TURNS
        or rises < _MOST * (len(told) - 1)
        or any(read_heading(one[0]) for one in told.values())
    ):
        return list(lines)
    return [
        part
        for at, line in enumerate(lines)
        for part in (
            [SourceLine(line.number, ""), replace(line, text=line.text[told[at].start(2) :])] if at in told else [line]
        )
    ]


def _fall(found: Sequence[re.Match[str]]) -> bool:
    """True if numbers do not rise by one from line to line, as numbers of lines do."""
    numbers = [int(one[1]) for one in found]
    return sum(after - before == 1 for before, after in pairwise(numbers)) < _MOST * (len(numbers) - 1)


def _unsubtitled(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines with empty ones for the numbers and the times of subtitles."""
    spans = {at for at, line in enumerate(lines) if _SPAN.fullmatch(line.text)}
    numbers = {at - 1 for at in spans if at and lines[at - 1].text.strip().isdigit()}
    gone = spans | numbers
    return [replace(line, text="") if at in gone else line for at, line in enumerate(lines)]
