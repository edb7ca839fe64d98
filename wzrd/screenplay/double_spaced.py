"""Scripts with an empty line between a name and its speech: the two become one, and that is told."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from wzrd.screenplay.capitals import Vocabulary, cue_in_capitals, is_nameable, is_somebody, wide_name
from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.lines import is_transition, read_cue
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.words import has_case

_WORD = re.compile(r"\w+")
_FEWEST = 2
_SAID = "(\uff08\u300c\u300e"  # a speech begins with its direction or its quotation
_LONGEST = 100  # characters of a name in small letters with all that stands beside it
_READ = "line {}: {} above an empty line; what stands below was read as their speech; put an ! before what is action"
_LEFT = "line {}: {} that may name a speaker, above an empty line, read as action; put an @ before whoever speaks"


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """Lines together; `name` is the folded name of the cue that is the first of them, `apart` if it is all of them."""

    lines: Sequence[SourceLine]
    name: str = ""

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines).strip()

    @property
    def apart(self) -> bool:
        return bool(self.name) and len(self.lines) == 1

    @property
    def may_be_said(self) -> bool:
        """True unless it is a heading, fade, cue or marked line."""
        first = self.lines[0].text.strip()
        return not self.name and first[0] not in "=#~>!.@" and not read_heading(first) and not is_transition(first)

    @property
    def is_direction(self) -> bool:
        return self.text[0] in "(\uff08" and self.text[-1] in ")\uff09"


def unspaced(lines: Sequence[SourceLine]) -> tuple[list[SourceLine], tuple[str, ...]]:
    """The lines without the empty ones between a name and its speech; and which names stood so, or may have.

    A script does so throughout when more names stand apart than above their speech. Elsewhere it is a slip, and
    only of a name that speaks at other places, above a paragraph that does not tell of it.
    """
    paragraphs = list(_paragraphs(lines))
    alone = Counter(one.name for one in paragraphs if one.apart)

    def says(at: int) -> bool:
        """A name apart says what stands below, capitals too if they come but once."""
        below = paragraphs[at + 1]
        return below.may_be_said or (below.apart and alone[below.name] == 1 < alone[paragraphs[at].name])

    apart = [at for at, one in enumerate(paragraphs[:-1]) if one.apart and says(at)]
    apart = [at for at in apart if not (at - 1 in apart and alone[paragraphs[at].name] == 1)]
    if not apart:
        return list(lines), ()
    close = Counter(one.name for one in paragraphs if one.name and not one.apart)
    speaking = _throughout(paragraphs, apart, close, Vocabulary(lines))
    left = [at for at in apart if at not in speaking] if speaking else []
    speaking = speaking or {at for at in apart if _is_slip(paragraphs[at], paragraphs[at + 1], close)}
    found = ((_READ, sorted(speaking), "a name stands", "names stand"), (_LEFT, left, "a line", "lines"))
    warnings = [
        text.format(paragraphs[told[0]].lines[0].number, one if len(told) == 1 else f"{len(told)} {many}")
        for text, told, one, many in found
        if told
    ]
    return list(_joined(lines, paragraphs, speaking)) if speaking else list(lines), tuple(warnings)


def _paragraphs(lines: Sequence[SourceLine]) -> Iterator[_Paragraph]:
    start = 0
    for at in range(len(lines) + 1):
        if at < len(lines) and not lines[at].blank:
            continue
        if at > start:
            text = lines[start].text
            cue = cue_in_capitals(text)
            name = cue.name.casefold() if cue else wide_name(text) if at == start + 1 else ""
            yield _Paragraph(lines[start:at], name)
        start = at + 1


def _throughout(
    paragraphs: Sequence[_Paragraph], apart: Sequence[int], close: Mapping[str, int], vocabulary: Vocabulary
) -> set[int]:
    """Names that stand apart and speak, where the script does so throughout; else none."""
    counts = Counter(paragraphs[at].name for at in apart)

    def speaks(at: int) -> bool:
        name = paragraphs[at].name
        again = counts[name] > 1 or name in close or paragraphs[at + 1].text[0] in _SAID or is_somebody(name)
        if not has_case(name):  # its words stand in the middle of others, and prove nothing
            return again
        return is_nameable(name) and (again or vocabulary.has_elsewhere(name, paragraphs[at].lines[0]))

    sure = {at for at in apart if speaks(at)}
    if (
        len(sure) < _FEWEST
        or len(sure) <= sum(close.values())
        or max(counts[paragraphs[at].name] for at in sure) < _FEWEST
    ):
        return set()
    names = {paragraphs[at].name for at in sure} | close.keys()
    small = (at for at, one in enumerate(paragraphs[:-1]) if _is_small(one, names) and paragraphs[at + 1].may_be_said)
    return sure.union(small)


def _is_small(paragraph: _Paragraph, names: set[str]) -> bool:
    """True if a paragraph is a known name in small letters, alone or with a direction: `Tom (whispering)`."""
    text = paragraph.text
    if paragraph.name or len(paragraph.lines) > 1 or len(text) > _LONGEST:
        return False
    cue = read_cue(f"@{text}")
    return cue is not None and cue.name.casefold() in names


def _is_slip(paragraph: _Paragraph, below: _Paragraph, close: Mapping[str, int]) -> bool:
    text = below.text
    return close.get(paragraph.name, 0) > 1 and paragraph.name not in text.casefold() and not text[0].islower()


def _tells_of(paragraph: _Paragraph, names: set[str]) -> bool:
    """True if a paragraph has a word of these names, or a name whole where blanks divide no words."""
    folded = paragraph.text.casefold()
    words = set(_WORD.findall(folded))
    return any(words.intersection(name.split()) if has_case(name) else name in folded for name in names)


def _joined(lines: Sequence[SourceLine], paragraphs: Sequence[_Paragraph], speaking: set[int]) -> Iterator[SourceLine]:
    """The lines; a name, its directions and its speech stand together."""
    forced = {paragraphs[at].lines[0].number for at in speaking if not paragraphs[at].name}
    names = {paragraphs[at].name for at in speaking}
    dropped: set[int] = set()
    for at in speaking:
        last = at + 1
        while last + 1 < len(paragraphs) and paragraphs[last].is_direction and paragraphs[last + 1].may_be_said:
            last += 1
        if last + 1 < len(paragraphs) and paragraphs[last + 1].is_direction:
            last += 1
            following = paragraphs[last + 1] if last + 1 < len(paragraphs) else paragraphs[last]
            if following.may_be_said and not following.is_direction and not _tells_of(following, names):
                last += 1  # a direction amid a speech
        dropped.update(range(paragraphs[at].lines[0].number + 1, paragraphs[last].lines[0].number))
    for line in lines:
        if line.number in forced:
            name, opened, direction = line.text.strip().partition("(")
            yield replace(line, text=f"@{name.rstrip()}")
            yield from [replace(line, text=f"({direction}")] if opened else []
        elif not line.blank or line.number not in dropped:
            yield line
