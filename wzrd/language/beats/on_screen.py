"""Words that stand on the screen: titles over a picture, cards, messages on a telephone. Pure."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from wzrd.domain.shots import Line
from wzrd.language.words.lexicon import load

_WORDS = load("screenplay_words.json")["not_names"]
_TITLES, _SCREENS = (
    "|".join(map(re.escape, sorted(_WORDS[kind].split("|"), key=len, reverse=True))) for kind in ("titles", "screens")
)
_OPEN, _CLOSE = '"\u201c\u201e\u00ab', '"\u201c\u201d\u00bb'
_QUOTED = '["\u201c\u201e][^"\u201c\u201d]*["\u201c\u201d]?|\u00ab[^\u00bb]*\u00bb?|\u300c[^\u300d]*\u300d?'
_MARK = r"(?:\s*\([^()\n]{0,40}\))?(?:\s*[:\uff1a\u2013\u2014]|\s+-(?=\s)|\s*(?=[\"\u201c\u201e\u00ab\u300c]))\s*"
_TITLE = re.compile(
    rf"(?:\A|(?<=[.!?\u2026] )|(?<=[\n\u3002]))(?:"
    rf"(?:{_TITLES})(?: (?:from|de|von|di|da) (?P<of>[^:\n]{{1,40}}?))?{_MARK}(?P<title>{_QUOTED}|[^\n]*)"
    rf"|(?:{_SCREENS}){_MARK}(?P<shown>{_QUOTED})"
    rf"|[{_OPEN}](?P<sender>[^{_OPEN}{_CLOSE}\n]{{1,30}})[{_CLOSE}]: (?P<message>[^\n]*))[.,;]?",
    re.IGNORECASE,
)
"""SUPER: "PARIS, 1944", Text from Mum - Where are you?, ON HER PHONE: "Call me", and "Mum": Where are you?"""
_SCREEN = re.compile(rf"(?:{_SCREENS})[ :.]*", re.IGNORECASE)
_ALONE = re.compile(rf"(?:{_TITLES}|{_SCREENS})(?:[ .]*\Z|{_MARK})", re.IGNORECASE)
_QUOTE = re.compile(_QUOTED)
LONGEST_TITLE = 160
_MARKS = ' \n"\u201c\u201d\u201e\u00ab\u00bb\u300c\u300d'


@dataclass(frozen=True, slots=True)
class Title:
    """Words on the screen; from `start` to `end` the page tells of nothing else."""

    start: int
    end: int
    words: str


def is_overlay(text: str) -> bool:
    """True if a line gives words on the screen: SUPER: "PARIS, 1944", ON SCREEN, Title card - Three days later."""
    return _ALONE.match(text.strip()) is not None


def titles_of(parts: Sequence[tuple[int, str | Line]]) -> list[Title]:
    """The words on the screen that a page tells, by its parts and where each begins.

    They may be the paragraph below their mark: ON THE PHONE: and then "I am on my way."
    """
    found: list[Title] = []
    awaited = False
    for start, part in parts:
        prose = part if isinstance(part, str) else ""
        below = _QUOTE.fullmatch(prose.strip()) if awaited else None
        if below:
            found.append(_title(start, start + len(prose), below.group()))
        for one in () if below else _TITLE.finditer(prose):
            begin, end = one.span("shown" if one["shown"] else 0)
            words = one["title"] or one["shown"] or one["message"] or ""
            found.append(_title(start + begin, start + end, words, one["of"] or one["sender"] or ""))
        awaited = _SCREEN.fullmatch(prose.strip()) is not None
    return [one for one in found if one.words]


def _title(start: int, end: int, words: str, sender: str = "") -> Title:
    told = [part for text in (sender, words) if (part := " ".join(text.strip(_MARKS).split()))]
    return Title(start, end, ": ".join(told)[:LONGEST_TITLE] if words else "")


def without_titles(text: str, start: int, titles: Sequence[Title]) -> str:
    """A part of the page with blanks for the words on the screen: all else stays where it is."""
    pieces: list[str] = []
    cut = 0
    for one in islice(titles, bisect_left(titles, start, key=lambda title: title.start), None):
        first, last = one.start - start, min(len(text), one.end - start)
        if first >= len(text):
            break
        pieces += (text[cut:first], " " * (last - first))
        cut = last
    return "".join((*pieces, text[cut:]))
