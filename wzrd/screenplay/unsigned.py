"""Names that stand before their words without a sign: `CLAUDE Euh… bonjour.`, `Karin Mach das Fenster auf!`.

What somebody says begins with a capital, what somebody does goes on small: "CLAUDE regarde", "Karin fährt".
A family name begins so, too: whether names are meant, the rest of the script tells.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import takewhile

from wzrd.screenplay.capitals import cue_in_capitals, ends_above, is_nameable, opens_paragraph
from wzrd.screenplay.front_matter import SPEAKS
from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.lines import in_capitals, is_transition
from wzrd.screenplay.named_lines import named_speech
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.words import CAMERA, INSIDE, NOT_SPEAKERS, OUTSIDE, WITHIN

_FEWEST, _FEWEST_NAMES, _MOST_WORDS = 3, 2, 4
_CALLS = 1 / 3  # of what is said ends with more than a stop, where names are in small letters
_HEAD, _LOOKED = 200, 20_000  # characters of a line that are looked at: for a name, for who does something
_DIRECTED = re.compile(r"([^\W\d_a-z][^,.:;!?()a-z]{1,30}), ([^\W\d_A-Z][^,.:;!?()]{2,30})")
_OPENS = '\u00bf\u00a1"\u201c\u201e\u00ab\u2026'
_NOBODY = WITHIN | OUTSIDE | INSIDE | CAMERA | NOT_SPEAKERS
_DOES = re.compile(r"(?<!\w)([^\W_]\S*)\s(?=[^\W\d_A-Z])")
_CALLED = ("!", "?", "\u2026", "...")
_TOKEN, _SMALL = re.compile(r"\S+"), re.compile(r"(?<![^\W_])[^\W\d_A-Z][^\W\d_]*")


@dataclass(frozen=True, slots=True)
class _NamedWords:
    name: str
    speech: str

    @property
    def key(self) -> str:
        return self.name.casefold()


def signed(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines with each such name above its words."""
    lines = _directed(lines)
    found = {at: said for at in range(len(lines)) if (said := _said(lines, at))}
    if not found:
        return list(lines)
    alone = frozenset(cue.name.casefold() for line in lines if (cue := cue_in_capitals(line.text))) - _NOBODY
    words = {word for line in lines for word in _SMALL.findall(line.text[:_LOOKED])}
    counts = Counter(said.key for said in found.values() if said.key not in words and is_nameable(said.name))
    kept = {
        at: said for at, said in found.items() if said.name.isupper() and (said.key in alone or counts[said.key] > 1)
    }
    small: Mapping[int, _NamedWords] = {} if alone or kept else _in_small_letters(lines, found, words)
    loud = {said.key for said in small.values()}
    kept |= small
    return [part for at, line in enumerate(lines) for part in _parts(line, kept.get(at), loud)]


def _directed(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines with a direction below each name that has one behind a comma, above what it says: ANNA, softly."""
    found = {
        at: one
        for at, line in enumerate(lines[:-1])
        if (one := _DIRECTED.fullmatch(line.text.strip())) and cue_in_capitals(one[1]) and ends_above(lines, at)
        and not lines[at + 1].blank and not lines[at + 1].text.lstrip()[0].islower()
    }  # fmt: skip
    if not found:
        return list(lines)
    names = Counter(cue.name for line in lines if (cue := cue_in_capitals(line.text)))
    return [
        part
        for at, line in enumerate(lines)
        for part in (
            [SourceLine(line.number, ""), replace(line, text=found[at][1]), replace(line, text=f"({found[at][2]})")]
            if at in found and (names[found[at][1]] or len(found) > 1)
            else [line]
        )
    ]


def _said(lines: Sequence[SourceLine], at: int) -> _NamedWords | None:
    """The name and the words of a line that opens a paragraph and may hold both."""
    text = lines[at].text.strip()
    if not text[:1].isalpha() or not text[0].isupper() or text.isupper() or not opens_paragraph(lines, at):
        return None
    head = text[:_HEAD]
    tokens = list(_TOKEN.finditer(head))
    named = list(takewhile(lambda token: _is_loud(token[0]), tokens[: _MOST_WORDS + 1])) or tokens[:1]
    if not len(named) < min(len(tokens), _MOST_WORDS + 1) or named[-1][0][-1] in ".,:;!?":
        return None
    first = tokens[len(named)]
    begins = first[0].lstrip(_OPENS).rstrip(",.")
    is_name = len(begins) > 1 and in_capitals(begins)  # McKINLEY
    if not begins[:1].isupper() or is_name or "  " in head[: first.start()] or _is_other(text):
        return None
    name, speech = head[: named[-1].end()], text[first.start() :]
    is_spoken = not name.isupper() or SPEAKS.search(speech) or "!" in speech or "?" in speech
    is_spoken = is_spoken or first[0].endswith((",", *_CALLED))  # Well, … Euh…
    return _NamedWords(name, speech) if is_spoken and len(name) > 1 else None


def _is_other(text: str) -> bool:
    return read_heading(text) is not None or is_transition(text) or named_speech(text) is not None


def _is_loud(word: str) -> bool:
    bare = word.strip(".,")
    return bare.isupper() and len(bare) > 1


def _in_small_letters(
    lines: Sequence[SourceLine], found: Mapping[int, _NamedWords], words: AbstractSet[str]
) -> Mapping[int, _NamedWords]:
    """Speeches of names that do something elsewhere, and call and ask here; none if they may be family names."""
    names = {said.name for said in found.values() if said.key not in words and is_nameable(said.name)}
    doing = names.intersection(name for line in lines for name in _DOES.findall(line.text[:_LOOKED]))
    told = {at: said for at, said in found.items() if said.name in doing}
    called = sum(said.speech.rstrip('"\u201d\u00bb)').endswith(_CALLED) for said in told.values())
    pairs = Counter((said.name, said.speech.split(" ", 1)[0]) for said in told.values())
    sure = len(told) >= _FEWEST and len(doing) >= _FEWEST_NAMES and called >= _CALLS * len(told)
    return told if sure and max(pairs.values()) == 1 else {}


def _parts(line: SourceLine, said: _NamedWords | None, loud: AbstractSet[str]) -> Iterator[SourceLine]:
    if not said:
        yield replace(line, text=line.text.upper()) if loud and line.text.strip().casefold() in loud else line
        return
    name = f"@{said.name}" if said.name.isupper() else said.name.upper()
    yield from (SourceLine(line.number, text) for text in ("", name, said.speech))
