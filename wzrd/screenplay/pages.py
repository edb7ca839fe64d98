"""Pages of a text that form feeds part: heads, feet and numbers, which only paper needs, leave them."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.words import CONTINUED

_EDGE = 2  # lines at the top and at the bottom of a page among which its head and its foot stand
_FEWEST, _MOST = 2, 0.5
"""Pages on which a line with their numbers is a head, and the share of all on which one without a number is."""
_LONGEST = 120  # characters of a head
_NUMBER = re.compile(r"\d{1,4}")
_PAGE = re.compile(r"\W{0,9}\d{1,3}\W{0,9}")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019.][^\W\d_]+)*")
_ENDED = re.compile(r"[.!?:\u2026\u2014\"'\u201d\u2019)\]-]\s*\Z")


def unpaged(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines without heads, feet and numbers of pages; a sentence goes on over the end of a page.

    The first line of each page still tells that it is one. A text without form feeds stays as it is.
    """
    starts = [at for at, line in enumerate(lines) if line.opens_page]
    if not starts:
        return list(lines)
    pages = [lines[start:end] for start, end in zip([0, *starts], [*starts, len(lines)], strict=True)]
    gone = _furniture([page for page in pages if any(not line.blank for line in page)])
    kept: list[SourceLine] = []
    for page in pages:
        full = [at for at, line in enumerate(page) if not line.blank and line.number not in gone]
        if not full:
            continue
        first = page[full[0]]
        if kept and not (first.text.lstrip()[:1].islower() and not _ENDED.search(kept[-1].text)):
            kept.append(SourceLine(first.number - 1, ""))
        kept.append(replace(first, opens_page=True))
        kept += [line for line in page[full[0] + 1 : full[-1] + 1] if line.number not in gone]
    return kept


def _furniture(pages: Sequence[Sequence[SourceLine]]) -> set[int]:
    """Numbers of the lines that are heads or feet of pages: they come again, and count the pages or stand on most."""
    gone: set[int] = set()
    alike: defaultdict[str, list[tuple[int, SourceLine]]] = defaultdict(list)
    for number, page in enumerate(pages):
        for line, apart in _edges(page):
            words = " ".join(_WORD.findall(line.text)).casefold()
            if apart and ((words in CONTINUED and line.text.isupper()) or _PAGE.fullmatch(line.text.strip())):
                gone.add(line.number)
            elif words and not read_heading(line.text):
                alike[words].append((number, line))
    for found in alike.values():
        offsets = Counter(
            offset for at, line in found for offset in {int(one) - at for one in _NUMBER.findall(line.text)}
        )
        counted = {offset for offset, times in offsets.items() if times >= _FEWEST}
        often = len(found) > max(_FEWEST, _MOST * len(pages))
        gone |= {
            line.number
            for at, line in found  # without a number, the first page's is the title
            if (often and at) or any(int(one) - at in counted for one in _NUMBER.findall(line.text))
        }
    return gone


def _edges(page: Sequence[SourceLine]) -> list[tuple[SourceLine, bool]]:
    """The lines at the top and at the bottom of a page that an empty one parts from the rest, and if it is next."""
    full = [at for at, line in enumerate(page) if not line.blank]
    found: list[tuple[SourceLine, bool]] = []
    for edge, step in ((full[:_EDGE], 1), (full[::-1][:_EDGE], -1)):
        apart = [not 0 <= at + step < len(page) or page[at + step].blank for at in edge]
        if any(apart) and len(full) >= _EDGE:
            last = len(apart) - apart[::-1].index(True)
            found += [(page[at], alone) for at, alone in zip(edge[:last], apart[:last], strict=True)]
    return [(line, alone) for line, alone in found if len(line.text) <= _LONGEST]
