"""Scripts that have name and speech on one line, `ANNA: Hello.`, as plays and transcripts do: become Fountain's lines.

Names come again; a title page's keys and a caption do not, so that those stay what they are.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from wzrd.screenplay.asides import is_no_name
from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.lines import KNOWN_KEYS
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.words import has_case

_FEWEST, _SHARE = 5, 0.3
_LONGEST_NAME, _LONGEST_WORDS = 30, 4
_NAME = rf"[^\W\d_][^:.!?,;*_()\[\]\"]{{0,{_LONGEST_NAME - 1}}}?"  # without a limit, n spaces behind it cost n squared
_SPOKEN = re.compile(rf"\s*[*_]*({_NAME})[*_]*(\s*\([^()]*\))?\s*:[*_]*(?!/)\s*(\S.*)?\Z")


def untranscribed(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines with each such name on a line of its own, where a third of the script is told so."""
    found = [_spoken(line.text) for line in lines]
    counts = Counter(spoken[1].casefold() for spoken in found if spoken)
    names = {name for name, count in counts.items() if count > 1}
    total = sum(counts[name] for name in names)
    if total < _FEWEST or total < _SHARE * sum(not line.blank for line in lines):
        return list(lines)
    return list(_as_fountain(lines, found, set(counts)))


def _spoken(text: str) -> re.Match[str] | None:
    """The name and the speech on a line, if it may be one."""
    spoken = _SPOKEN.match(text)
    if not spoken or len(spoken[1].split()) > _LONGEST_WORDS:
        return None
    name = spoken[1].strip()
    is_name = has_case(name) and name[0].isupper() and name.casefold() not in KNOWN_KEYS
    return spoken if is_name and not is_no_name(name) and not read_heading(text.strip()) else None


def _as_fountain(
    lines: Sequence[SourceLine], found: Sequence[re.Match[str] | None], names: set[str]
) -> Iterator[SourceLine]:
    for line, spoken in zip(lines, found, strict=True):
        if not spoken or spoken[1].casefold() not in names:
            yield line
            continue
        yield SourceLine(line.number, "")
        yield SourceLine(line.number, f"@{spoken[1].strip()}{spoken[2] or ''}")
        if spoken[3]:
            yield SourceLine(line.number, spoken[3])
