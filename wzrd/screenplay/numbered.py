"""Headings that only their numbers show: lines in a row, `1. THE PIER`, `2. THE BOAT`, become Fountain's."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.words import has_case

_LINE = re.compile(r"\s*(\d{1,3})[A-Z]?(?:[.)\u3001\uff0e:\uff1a]\s*|\s+)(?=[^\W\d_])")
_LONGEST = 100  # characters
_FEWEST = 2
_ASIDE = re.compile(r"[(\uff08][^()\uff08\uff09]*[)\uff09]")


def headed(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines; numbered ones that no kind and no time makes headings are forced to be, with their numbers.

    They are headings where the numbers of all such lines rise from paragraph to paragraph, and one of them at least
    is a heading by itself.
    """
    found = list(_numbered(lines))
    numbers = [number for _, number, _ in found]
    by_themselves = [read_heading(lines[at].text) is not None for at, _, _ in found]
    rises = all(after > before for before, after in pairwise(numbers))
    if len(found) < _FEWEST or not rises or not any(by_themselves) or all(by_themselves):
        return list(lines)
    forced = {
        lines[at].number: f".{rest} #{number}#"
        for (at, number, rest), itself in zip(found, by_themselves, strict=True)
        if not itself
    }
    return [replace(line, text=forced.get(line.number, line.text)) for line in lines]


def _numbered(lines: Sequence[SourceLine]) -> Iterator[tuple[int, int, str]]:
    """Where such lines stand, their numbers, and what stands behind: in capitals, or in a script that has none."""
    for at, line in enumerate(lines):
        number = _LINE.match(line.text) if len(line.text) <= _LONGEST and (at == 0 or lines[at - 1].blank) else None
        if not number:
            continue
        rest = line.text[number.end() :].strip()
        bare = _ASIDE.sub("", rest).strip()
        is_sentence = rest.endswith(("\u3002", "!", "?")) or "\u300c" in rest
        if not is_sentence and (bare.isupper() or not has_case(bare)):
            yield at, int(unicodedata.normalize("NFKC", number[1])), rest
