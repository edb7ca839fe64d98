"""Headings that only the lines around them show; they become headings on one line, as Fountain has them.

`1. THE PIER` and `2. THE BOAT` in a row, `SCENE 1` above `INT. PIER - DAY`, a time below its heading, `## INT. PIER`.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from wzrd.screenplay.headings import Heading, read_heading
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.times import DASH, is_time, light_of, split_time
from wzrd.screenplay.words import PLACE_KEYS, TIME_KEYS, has_case

_LINE = re.compile(r"\s*(\d{1,3})([A-Z]?)(?:\s?[.)\u3001\uff0e:\uff1a\u2013\u2014-]\s*|\s+)(?=[^\W\d_]|[(\uff08])")
_LONGEST = 100  # characters
_SHORT = 50  # characters of a place and a time below a number
_FEWEST = 2
_FEWEST_UNTIMED = 3
"""Lines with numbers that make a script, where they have a time or capitals, and where they have neither."""
_BETWEEN = (".", "-", "\u2013", "\u2014", ",", "(")  # signs between a place and its time
_ASIDE = re.compile(r"[(\uff08][^()\uff08\uff09]*[)\uff09]")
_KEYED = re.compile(r"([^\W\d_]{1,12})\s?[:\uff1a]\s*(\S.*)")
_MOST_KEYS = 4  # lines below a number: place, time, who is there
_IN_PROSE = re.compile(r"\s*(?P<place>[^.!?:]{2,40})\. (?P<time>[^\W\d_][^.!?:]{1,24})\.(?:\s+|\Z)")
"""Place and time as sentences below a number: The kitchen. Morning."""
_SECTION = re.compile(r"#{1,6}\s*")


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A line with a number, and what stands behind it.

    `shown`: it is in capitals, or in a script that has none. `timed`: it is a place with a time. `itself`: it is a
    heading without others around. `framed`: its number stands behind it, too, as at a shot of the scene.
    """

    at: int
    number: tuple[int, str]
    rest: str
    shown: bool
    timed: bool
    itself: bool
    framed: bool


def headed(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines; numbered ones that no kind and no time makes headings are forced to be, with their numbers.

    They are headings where the numbers of all such lines rise from paragraph to paragraph, and one of them at least
    is a heading by itself. In small letters they need a time, or to be all the headings there are, and no list.
    """
    joined = _timed(_joined(_unsectioned(lines)))
    found = list(_numbered(joined))
    shown = [one for one in found if one.shown] if any(one.itself for one in found) else []
    forced = _rising(_apart(shown, joined)) or _rising(
        _apart([one for one in found if one.timed or one.itself], joined)
    )
    if not forced and not any(map(_is_full, (line.text.strip() for line in joined if not line.blank))):
        forced = _rising(_apart(found, joined), fewest=_FEWEST_UNTIMED)
    labels = {one.at: "" if one.framed and not one.timed else f" #{one.number[0]}{one.number[1]}#" for one in forced}
    made = {joined[one.at].number: f".{one.rest}{labels[one.at]}" for one in forced if not one.itself}
    return [replace(line, text=made.get(line.number, line.text)) for line in joined]


def _rising(found: Sequence[_Numbered], fewest: int = _FEWEST) -> Sequence[_Numbered]:
    """The lines where they are enough, their numbers rise, and some are no headings by themselves; else none."""
    rises = all(after.number > before.number for before, after in pairwise(found))
    return found if len(found) >= fewest and rises and not all(one.itself for one in found) else ()


def _apart(found: Sequence[_Numbered], lines: Sequence[SourceLine]) -> Sequence[_Numbered]:
    """The lines where something else stands between each and the next, as it does not in a list; else none."""
    between = (lines[one.at + 1 : after.at] for one, after in pairwise(found))
    return found if all(any(not line.blank for line in part) for part in between) else ()


def _timed(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines with headings for places in capitals with their time, `KITCHEN. NIGHT.`, where no others stand."""
    found, small = set[int](), 0
    for at, line in enumerate(lines):
        text = line.text.strip()
        if text and _is_full(text):
            return list(lines)
        if text[:1].isupper() and len(text) <= _SHORT and _opens(lines, at):
            place, time = split_time(text.rstrip("."))
            alone = at + 1 == len(lines) or lines[at + 1].blank
            dashed = DASH.search(text, len(place)) is not None and alone and light_of(time) and text[-1] not in ".!?"
            if place and time and text[len(place) :].lstrip()[:1] in _BETWEEN and (text.isupper() or dashed):
                found.add(line.number)
                small += not text.isupper()
    if len(found) < (_FEWEST_UNTIMED if small else _FEWEST):
        return list(lines)
    return [replace(line, text=f".{line.text.strip()}") if line.number in found else line for line in lines]


def _unsectioned(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines with headings for the sections that read as some, where no other line does."""
    sections = {
        line.number: rest
        for line in lines
        if (text := line.text.strip()) and (mark := _SECTION.match(text)) and _is_full(rest := text[mark.end() :])
    }
    if not sections or any(_is_full(line.text) for line in lines if line.number not in sections):
        return list(lines)
    return [replace(line, text=sections.get(line.number, line.text)) for line in lines]


def _is_full(text: str) -> bool:
    heading = read_heading(text)
    return heading is not None and bool(heading.int_ext or heading.time_of_day)


def _joined(lines: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines with the number of a scene, its place and its time on one of them."""
    made, gone = list(lines), set[int]()
    for at, line in enumerate(lines):
        above = made[at].text.strip()
        if not above or not (heading := read_heading(above)):
            continue
        is_number = heading.label and not heading.place and not heading.int_ext
        if bare := _placed(heading, above, made, at):
            made[at] = replace(line, text=" - ".join([above, *(one.text.strip() for one in bare)]))
            gone.update(one.number for one in bare)
            continue
        if not _opens(made, at) and not (is_number and heading.forced and _is_headed(made, at + 1)):
            continue
        if is_number and (told := _keyed(made, at)):
            made[at] = replace(line, text=f"{above.rstrip('.:')}: {' - '.join(told.values())}")
            made[at + 1 : at + 1 + max(told)] = [
                replace(one, text="") if step in told else one
                for step, one in enumerate(made[at + 1 : at + 1 + max(told)], 1)
            ]
            continue
        below = _below(made, at)
        prose = _IN_PROSE.match(made[below].text) if is_number and below else None
        if below and prose and is_time(prose["time"]):
            made[at] = replace(line, text=f"{above.rstrip('.:')}: {prose['place']} - {prose['time']}")
            made[below] = replace(made[below], text=prose.string[prose.end() :])
            continue
        if below is None or (made[at + 1].blank and heading.place):
            continue
        untold = below + 1 < len(made) and not made[below + 1].blank and is_time(made[below].text)
        if not untold and (rest := _continued(heading, above, made[below].text.strip())):
            made[at] = replace(line, text=rest)
            made[below] = replace(made[below], text="")
    return [line for line in made if line.number not in gone]


def _placed(heading: Heading, above: str, lines: Sequence[SourceLine], at: int) -> Sequence[SourceLine]:
    """The lines right below a kind without a place that are its place, in capitals, and its time."""
    if not heading.int_ext or heading.place or not above.isupper() or len(above) > _SHORT:
        return ()
    short = list(takewhile(lambda one: one.text.isupper() and len(one.text) <= _SHORT, lines[at + 1 : at + 3]))
    if not short or is_time(short[0].text) or (not heading.time_of_day and not is_time(short[-1].text)):
        return short[:2] if short and all(split_time(short[0].text)) else ()
    return short[:1] if heading.time_of_day else short[:2]


def _keyed(lines: Sequence[SourceLine], at: int) -> dict[int, str]:
    """Place and time, in this order, that lines with keys tell below a number, by how far below they stand."""
    found: dict[str, tuple[int, str]] = {}
    for step, line in enumerate(lines[at + 1 : at + 1 + _MOST_KEYS], 1):
        if step == 1 and line.blank:
            continue
        if not (keyed := _KEYED.fullmatch(line.text.strip())):
            break
        key = keyed[1].casefold()
        kind = "place" if key in PLACE_KEYS else "time" if key in TIME_KEYS else ""
        found |= {kind: (step, keyed[2])} if kind else {}
    return dict(found[kind] for kind in ("place", "time") if kind in found) if "place" in found else {}


def _is_headed(lines: Sequence[SourceLine], at: int) -> bool:
    return at < len(lines) and not lines[at].blank and _is_full(lines[at].text.strip())


def _opens(lines: Sequence[SourceLine], at: int) -> bool:
    return at == 0 or lines[at - 1].blank


def _below(lines: Sequence[SourceLine], at: int) -> int | None:
    """Where the next line stands that is not empty, with one empty line between at most."""
    return next((below for below in range(at + 1, min(at + 3, len(lines))) if not lines[below].blank), None)


def _continued(heading: Heading, above: str, below: str) -> str:
    """Both lines as one heading; '' where the one below does not go on with the one above."""
    if heading.label and not heading.place and not heading.int_ext:
        short = below.rstrip(".") if len(below) <= _SHORT else below
        whole = read_heading(joined := f"{above.rstrip('.:')}: {short}")
        return joined if whole and (read_heading(below) or (whole.place and whole.time_of_day)) else ""
    untimed = heading.int_ext and not heading.time_of_day and not heading.forced
    return f"{above.rstrip('.')} - {below}" if untimed and is_time(below) and not below.islower() else ""


def _numbered(lines: Sequence[SourceLine]) -> Iterator[_Numbered]:
    """Lines with a number, each a paragraph; no sentence, no speech."""
    for at, line in enumerate(lines):
        number = _LINE.match(line.text) if len(line.text) <= _LONGEST and (at == 0 or lines[at - 1].blank) else None
        if not number:
            continue
        rest = line.text[number.end() :].strip()
        both = f" {number[1]}{number[2]}"  # at both ends of a shot: 10 GORDY 10
        framed = rest.endswith(both)
        rest = rest.removesuffix(both).rstrip()
        bare = _ASIDE.sub("", rest).strip()
        shown = bare.isupper() or not has_case(bare)
        is_sentence = (
            rest.endswith(("\u3002", "!", "?"))
            or "\u300c" in rest
            or (not shown and (rest[-1] in ".:;," or len(rest) > _SHORT))
        )
        if is_sentence or not (shown or (rest[0].isupper() and (at + 1 == len(lines) or lines[at + 1].blank))):
            continue
        yield _Numbered(
            at,
            (int(unicodedata.normalize("NFKC", number[1])), number[2]),
            f"{bare} {rest[: -len(bare)]}".strip() if rest.endswith(bare) else rest,
            shown=shown,
            timed=all(split_time(rest)),
            itself=read_heading(line.text) is not None and not (framed and not _is_full(line.text)),
            framed=framed,
        )
