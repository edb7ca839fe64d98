"""Names in capitals, whatever the layout around them: which lines are cues, which words may be who speaks."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from unicodedata import category

from wzrd.language.words import lexicon
from wzrd.screenplay.asides import is_no_name
from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.lines import KNOWN_KEYS, Cue, in_capitals, is_transition, read_cue
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.times import is_time
from wzrd.screenplay.words import FADES, INSIDE, NOT_SPEAKERS, OUTSIDE, WITHIN, has_case, words_of

_LONGEST = 120  # characters of a name with all that stands beside it
_LONGEST_WIDE = 8
_LONGEST_LINE = 60  # characters of a line that may be a name in small letters
_FEWEST_NAMES, _MOST_WORDS, _LONGEST_SMALL, _PARTICLE = 2, 4, 30, 3
_SMALL_NAME = re.compile(r"(?:[^\W_]|[ .#&/'\u2019-])*[^\W_]")
_BESIDE = re.compile(r"\s*[(\uff08][^()\uff08\uff09]*[)\uff09]\s*\Z")
_ENDS = tuple(".!?\u2026:;\u3002\uff01\uff1f\uff1a\u300d\u300f)\uff09\"\u201d\u00bb\u2019'\u2014-")
_FEWEST_SPEECHES, _MOST_SMALL = 5, 0.2
"""Speeches of a script whose beginnings tell how it writes them, and the share of them that begin small."""
_COUNTED = 20_000  # characters of a line whose words are counted
_WORD = re.compile(r"[^\W\d_]+")


def cue_in_capitals(text: str) -> Cue | None:
    """The cue that a line is by its capitals; None for a heading, a fade, a noise, a label, or a forced cue."""
    text = text.strip()
    if len(text) > _LONGEST or text[:1] in "@=#~>!." or not in_capitals(text.partition("(")[0]):
        return None
    return _short_cue(text)


@lru_cache(4_096)  # names come again and again
def _short_cue(text: str) -> Cue | None:
    cue = read_cue(text)
    is_cue = cue and not is_no_name(cue.name, again=True) and not is_transition(text) and not read_heading(text)
    return cue if is_cue else None


def wide_name(text: str) -> str:
    """The name that a short line without capitals may be: letters alone, without a sign or a blank; else ''."""
    text = text.strip().rstrip(":\uff1a ")
    if len(text) > _LONGEST_LINE or text[:1].isascii():
        return ""
    text = _BESIDE.sub("", text)
    fits = (
        0 < len(text) <= _LONGEST_WIDE
        and all(category(char)[0] in "LMN" for char in text)
        and not text.isdigit()
        and not has_case(text)
        and text not in NOT_SPEAKERS
    )
    return text if fits and text not in FADES else ""


def opens_paragraph(lines: Sequence[SourceLine], at: int) -> bool:
    """True if no line stands right above this one."""
    return at == 0 or lines[at - 1].blank


def ends_above(lines: Sequence[SourceLine], at: int) -> bool:
    """True if a new paragraph may begin here: the line above is empty, at the end of its sentence, or a heading."""
    above = lines[at - 1].text.strip() if at else ""
    return not above or above.endswith(_ENDS) or read_heading(above) is not None


def cues_above_speech(lines: Sequence[SourceLine]) -> Counter[str]:
    """Number of times that each folded name stands on a line of its own right above what it says."""
    return Counter(cue.name.casefold() for cue, _ in _above_speech(lines))


def _above_speech(lines: Sequence[SourceLine]) -> Iterator[tuple[Cue, str]]:
    """The cues that stand alone right above what they say, and the first line of that."""
    for at, line in enumerate(lines[:-1]):
        if not line.blank and not lines[at + 1].blank and opens_paragraph(lines, at):
            cue = cue_in_capitals(line.text)
            if cue:
                yield cue, lines[at + 1].text.lstrip()


class CuesAboveSpeech:
    """The cues of a script that stand above what they say, counted once: which come again, which lines they begin."""

    def __init__(self, lines: Sequence[SourceLine]) -> None:
        found = [(cue.name.casefold(), said) for cue, said in _above_speech(lines)]
        self._counts = Counter(name for name, _ in found)
        small = sum(said[:1].islower() for _, said in found)
        self._sentences = len(found) >= _FEWEST_SPEECHES and small <= _MOST_SMALL * len(found)

    def come_again(self, name: str) -> bool:
        """True if a name stands above what it says more than once."""
        return self._counts[name.casefold()] > 1

    def tells(self, cue: Cue, below: str) -> bool:
        """True if a cue and the line below it are one sentence: MRS QUILL / sets the table.

        Speeches of the script begin with a capital; the name has no other, or the line begins with their verb.
        """
        told = below[:1].islower() and below.rstrip()[-1] not in "!?"
        if not self._sentences or cue.forced or cue.extension or not told:
            return False
        return self._counts[cue.name.casefold()] == 1 or below.split(maxsplit=1)[0] in lexicon.SINGULAR_VERBS


def is_nameable(name: str) -> bool:
    """True if words may be who speaks: no key, note, fade, time, view or spot (ON THE DOOR)."""
    if is_no_name(name) or is_transition(f"{name.upper()}:") or is_time(name) or not is_nameable_again(name):
        return False
    words = list(words_of(name))
    if words and words[0] in {"a", "an"}:
        return is_somebody(name)
    return len(words) < 2 or words[0] not in WITHIN | OUTSIDE | INSIDE


def is_nameable_again(name: str) -> bool:
    """True if words may be who speaks where they come again: DAWN, NERO, EN MAN, A MENINA."""
    if name.casefold() in KNOWN_KEYS or is_no_name(name, again=True):
        return False
    words = list(words_of(name))
    return not words or not (words[0] in NOT_SPEAKERS or words[-1] in NOT_SPEAKERS)


def is_somebody(name: str) -> bool:
    """True if a name has a word for a person in it."""
    return any(word in lexicon.PEOPLE or word in lexicon.VOICES for word in words_of(name))


def capitalised(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines with capitals for names above their speech, where a script writes them in small letters throughout.

    Such a line opens a paragraph, has no sign at its end, and comes again; no name stands above speech in capitals.
    """
    found = {at: name for at in range(len(lines) - 1) if (name := _small_name(lines, at))}
    counts = Counter(name.casefold() for name in found.values())
    again = {name for name, count in counts.items() if count > 1}
    if len(again) < _FEWEST_NAMES or any(cues_above_speech(lines).values()):
        return list(lines)
    vocabulary = Vocabulary(lines)
    made = list(lines)
    for at, name in found.items():
        if name.casefold() in again or is_somebody(name) or vocabulary.has_elsewhere(name, lines[at]):
            made[at] = replace(lines[at], text=lines[at].text.replace(name, name.upper(), 1))
    return made


def _small_name(lines: Sequence[SourceLine], at: int) -> str:
    """The name that may be alone on this line, each word with a capital: Anna, Frau De Wit, Soldat 2; else ''."""
    if len(lines[at].text) > _LONGEST_LINE or not ends_above(lines, at):
        return ""
    name = _BESIDE.sub("", lines[at].text.rstrip().rstrip(":")).strip()
    words = name.split()
    if not 0 < len(words) <= _MOST_WORDS or len(name) > _LONGEST_SMALL:
        return ""
    if name.isupper() or not _SMALL_NAME.fullmatch(name) or not (words[-1][0].isupper() or words[-1][-1].isdigit()):
        return ""
    if not words[0][0].isupper() or any(word[0].islower() and len(word) > _PARTICLE for word in words):
        return ""
    below = next((line for line in lines[at + 1 : at + 3] if not line.blank), None)
    is_place = words[-1].casefold() in lexicon.PLACES
    return name if below and not is_place and is_nameable(name) and not read_heading(name) else ""


def _words(line: SourceLine) -> list[str]:
    return _WORD.findall(line.text[:_COUNTED].casefold())


class Vocabulary:
    """Words of a script, counted once, so that a name can be looked for elsewhere."""

    def __init__(self, lines: Sequence[SourceLine]) -> None:
        self._counts = Counter(word for line in lines for word in _words(line))

    def has_elsewhere(self, name: str, line: SourceLine) -> bool:
        """True if another line has every word of this name."""
        own = Counter(_words(line))
        words = _WORD.findall(name.casefold())
        return bool(words) and all(self._counts[word] > own[word] for word in words)
