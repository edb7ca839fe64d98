"""Scripts that lack the empty lines by which Fountain tells headings, names and action apart: they get them.

A heading with kind and time begins a paragraph wherever it stands; so does the name of somebody who speaks again, where
the line above is at its end. Where no line is empty within scenes, each line is a paragraph.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from wzrd.language.words.lexicon import TITLES
from wzrd.screenplay.capitals import cue_in_capitals, ends_above, wide_name
from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.lines import in_capitals, read_cue
from wzrd.screenplay.named_lines import named_speech
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.words import has_case

_LONGEST = 120  # characters of a heading that no empty line shows
_FEWEST = 8  # lines of a script whose every line is a paragraph
_FEWEST_NAMES = 3
_RUNS_ON = 0.2  # of its lines may begin small
_COLONS = (":", "\uff1a")
_CIRCLES = "\u25cb\u25ef\u3007"  # a Japanese heading begins with one
_DIRECTION = "(\uff08"
_LONGEST_NAME, _LOOKED, _NARROW = 40, 1_000, 50
_CAPITALS = re.compile(r"(?<![^\W_])[^\W\d_a-z]{3,}(?: [^\W\d_a-z]{2,}){0,2}(?![^\W_])")
_DOES = re.compile(r"([^\W\d_]+) [^\W\d_A-Z]+ ?[^\W_]")


def blanked(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines with an empty one wherever a paragraph begins that none divides from the one above."""
    headings = {at for at, line in enumerate(lines) if _is_heading(line)}
    if 2 * sum(not lines[at - 1].blank for at in headings if at) <= len(headings - {0}):
        headings = {at for at in headings if at == 0 or lines[at - 1].blank or _is_parted(lines, at)}
    told = frozenset(name.casefold() for line in lines if not line.text.isupper() for name in _told_of(line.text))
    cues = _cues(lines, told)
    tight = [at for at in cues if at and not lines[at - 1].blank and at - 1 not in headings]
    if tight:
        names = frozenset(cue.name.casefold() for line in lines if (cue := cue_in_capitals(line.text)))
        slips = {at for at in range(1, len(lines) - 1) if _is_slip(lines, at, names | told)}
        lines = [replace(line, text=line.text.upper()) if at in slips else line for at, line in enumerate(lines)]
        cues, tight = cues | slips, sorted({*tight, *slips})
    if _is_one_each(lines, headings, len(tight)):
        return list(_one_each(lines, cues | set(tight), headings))
    begun = headings | {at for at in tight if ends_above(lines, at) or lines[at].text.rstrip().endswith(_COLONS)}
    begun |= set(_deeds_below_speech(lines, cues, headings)) if tight else set()
    return [part for at, line in enumerate(lines) for part in (_above(lines, at, begun), line) if part]


def _is_parted(lines: Sequence[SourceLine], at: int) -> bool:
    """True if a heading in capitals stands below a sentence that is at its end."""
    return lines[at].text.isupper() and lines[at - 1].text.rstrip().endswith((".", "!", "?", "\u2026"))


def _told_of(text: str) -> list[str]:
    """Capitals within a line that has small letters, too: those of whom it brings in."""
    return _CAPITALS.findall(text[:_LOOKED]) if any(map(str.isupper, text[:_LOOKED])) else []


def _is_slip(lines: Sequence[SourceLine], at: int, names: AbstractSet[str]) -> bool:
    """True if a line in small letters is the name of somebody who speaks or is told of, above its words."""
    text = lines[at].text.strip()
    is_name = len(text) <= _LONGEST_NAME and not in_capitals(text) and text.casefold() in names
    return is_name and ends_above(lines, at) and not lines[at + 1].blank and not lines[at + 1].text.strip()[0].islower()


def _deeds_below_speech(
    lines: Sequence[SourceLine], cues: AbstractSet[int], headings: AbstractSet[int]
) -> Iterator[int]:
    """Where somebody who speaks in this script does something, right below a speech: `Rubén se acerca.`."""
    names = {lines[at].text.partition("(")[0].strip().casefold() for at in cues}
    wide = _width(lines, cues)
    said = 0  # lines of the speech that is open, its name among them
    for at, line in enumerate(lines):
        said = 0 if line.blank or at in headings else 1 if at in cues else said + bool(said)
        found = _DOES.match(line.text.lstrip()) if said > 2 and len(line.text.strip()) > wide else None
        if found and found[1].casefold() in names and _ends_sentence(lines[at - 1].text.rstrip()):
            said = 0
            yield at


def _width(lines: Sequence[SourceLine], cues: AbstractSet[int]) -> int:
    """Characters of the longest line of speech, where sentences of speeches run over narrow lines; else 0."""
    below = [(lines[at + 1].text.strip(), lines[at + 2].text.strip()) for at in cues if at + 2 < len(lines)]
    runs_on = sum(second[:1].islower() for _, second in below)
    most = sorted(len(first) for first, _ in below)[9 * len(below) // 10] if below else 0
    return most + _NARROW // 10 if runs_on >= _FEWEST_NAMES and most <= _NARROW else 0


def _ends_sentence(text: str) -> bool:
    """True if a line of speech is at its end, and not at that of `Mr.` or `H.`."""
    last = text.rsplit(" ", 1)[-1].casefold().rstrip(".")
    return text.endswith((".", "!", "?", "\u2026")) and len(last) > 1 and last not in TITLES


def _above(lines: Sequence[SourceLine], at: int, begun: set[int]) -> SourceLine | None:
    return SourceLine(lines[at].number, "") if at in begun and at and not lines[at - 1].blank else None


def _is_heading(line: SourceLine) -> bool:
    """True if nothing but a heading can be meant: a kind, and a time or a number; a scene's number; a stop's mark."""
    text = line.text.strip()
    if not 0 < len(text) <= _LONGEST or text[0] in "!@>~":
        return False
    if text[0] == "." and text[1:2].isalpha():
        return text.isupper()
    if text[0] in _CIRCLES and text[1:2] not in _CIRCLES and text[-1] not in "\u3002\u300d":
        return not has_case(text)
    heading = read_heading(line.text)
    return heading is not None and bool(
        (heading.int_ext and (heading.time_of_day or heading.label))
        or (heading.forced and heading.label)
        or (heading.time_of_day and not has_case(line.text))
    )


def _cues(lines: Sequence[SourceLine], told: AbstractSet[str]) -> set[int]:
    """Where names that speak more than once, or are told of in capitals, stand above what they say.

    Where names are in capitals or behind an @, a name without either is a word of a speech.
    """
    marked, wide = dict[int, str](), dict[int, str]()
    for at, line in enumerate(lines[:-1]):
        text = line.text.strip()
        if not text or lines[at + 1].blank:
            continue
        if cue := read_cue(text) if text[0] == "@" else cue_in_capitals(text):
            marked[at] = cue.name.casefold()
        elif (name := wide_name(text)) and not read_heading(text):
            wide[at] = name.casefold()
    found = marked or wide
    counts = Counter(found.values())
    colons = {at for at in found if lines[at].text.lstrip()[0].isalpha() and lines[at].text.rstrip().endswith(_COLONS)}
    colons = colons if len(colons) >= _FEWEST_NAMES and 2 * len(colons) > len(found) else set[int]()
    return {at for at, name in found.items() if counts[name] > 1 or name in told} | colons


def _is_one_each(lines: Sequence[SourceLine], headings: set[int], tight: int) -> bool:
    """True if each line is a paragraph: none within scenes is empty, names speak throughout, no sentence goes on."""
    within = [at for at, line in enumerate(lines) if at not in headings and not line.blank]
    if len(within) < _FEWEST or any(lines[at - 1].blank and at - 2 not in headings and at > 1 for at in within):
        return False
    small = sum(lines[at].text.lstrip()[0].islower() for at in within)
    named = tight or sum(named_speech(lines[at].text) is not None for at in within)
    return named >= _FEWEST_NAMES and small <= _RUNS_ON * len(within)


def _one_each(lines: Sequence[SourceLine], cues: set[int], headings: set[int]) -> Iterator[SourceLine]:
    """The lines with an empty one between, but within what a name says."""
    said = had = True  # whether the speech that is open has its words, and had some above a direction
    for at, line in enumerate(lines):
        text = line.text.strip()
        name = at in cues or (text.isupper() and cue_in_capitals(text) is not None)
        above = lines[at - 1].text.strip()[:1] if at else ""
        goes_on = at and at not in headings and (not said or (text[:1] in _DIRECTION and above not in _DIRECTION))
        goes_on = goes_on and not (at in cues and above in _DIRECTION and had)  # behind the speech's last direction
        had = said or bool(goes_on and had)
        if at and text and not lines[at - 1].blank and not goes_on:
            yield SourceLine(line.number, "")
        said = not name and not (goes_on and text[:1] in _DIRECTION and (text[-1:] in ")\uff09" or ")" not in text))
        yield line
