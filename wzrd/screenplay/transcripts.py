"""Scripts with name and speech on one line (`ANNA: Hello.`, `ANNA.— Hola.`, `ANNA - Hi.`) become Fountain's lines.

Names come again; a title page's keys and a caption do not, so that those stay what they are. What is in doubt is told.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from wzrd.language.words.off_screen import is_off_screen
from wzrd.screenplay.asides import is_name_in_doubt
from wzrd.screenplay.capitals import Vocabulary, cue_in_capitals, cues_above_speech, is_somebody, opens_paragraph
from wzrd.screenplay.headings import read_heading
from wzrd.screenplay.named_lines import ROUND, NamedSpeech, is_marked, named_speech
from wzrd.screenplay.source import SourceLine
from wzrd.screenplay.words import CONTINUED, has_case

_FEWEST, _SHARE = 5, 0.3
_FEWEST_IN_CAPITALS = 3
_FEWEST_IN_DEEDS = 3
_FIRST_DIRECTION = re.compile(r"([(\uff08\[][^()\uff08\uff09\[\]]+[)\uff09\]])\s*(?=\S)")
_SENTENCE = re.compile(r"(?:\A|(?<=[.!?\u2026])\s)\s*")
_SMALL = re.compile(r"[^\W\d_A-Z]")
_LONGEST, _MOST_WORDS = 60, 4  # characters and words of a name with the word behind it
_READ = (
    "line {line}: {count} with a name and a colon {were} read as what the name says; put an ! before one that is action"
)
_LEFT = (
    "line {line}: {count} with a name and words behind it {were} read as action, and may be speech; write the name on"
    " a line of its own above the words"
)


def untranscribed(lines: Sequence[SourceLine]) -> tuple[list[SourceLine], tuple[str, ...]]:
    """The lines with each such name on a line of its own where the script does so throughout; and what is in doubt.

    Throughout: a third of the script is told so, or several names in capitals come again and no cues outnumber them.
    Elsewhere a line is speech only if its name stands above speeches too.
    """
    found = [(at, spoken) for at, line in enumerate(lines) if (spoken := named_speech(line.text))]
    if any(not has_case(one.name) for _, one in found) and any("\u300d" in line.text for line in lines):
        found = [(at, one) for at, one in found if has_case(one.name)]  # who has quotation marks needs no columns
    if not found:
        return list(lines), ()
    cues = cues_above_speech(lines)
    longer = {(one.key, one.sign) for _, one in found if not one.short}
    sure = [(at, one) for at, one in found if not one.doubtful and (one.key, one.sign) in longer]
    speakers = _speakers(sure, lines, sum(cues.values()))
    again = Counter((one.key, one.sign) for _, one in found if one.doubtful and not one.short and speakers)
    for (name, sign), count in again.items():
        if count > 1 and sign in speakers[""]:
            speakers[name] = {sign}
    kept, doubtful, left = _told_throughout(found, lines, speakers) if speakers else _told_apart(found, lines, cues)
    warnings = [
        text.format(line=lines[told[0]].number, count=_lines(told), were="was" if len(told) == 1 else "were")
        for text, told in ((_READ, doubtful), (_LEFT, left))
        if told
    ]
    return list(_as_fountain(lines, kept)) if kept else list(lines), tuple(warnings)


def _lines(told: Sequence[int]) -> str:
    return "a line" if len(told) == 1 else f"{len(told)} lines"


def _told_apart(
    found: Sequence[tuple[int, NamedSpeech]], lines: Sequence[SourceLine], cues: Mapping[str, int]
) -> tuple[dict[int, NamedSpeech], list[int], list[int]]:
    """Speeches, what of them is in doubt, and what is left, in a script that is not written so throughout."""
    alone = {
        at: spoken
        for at, spoken in found
        if is_marked(spoken.name)
        and spoken.sign in {"colon", "stop"}
        and opens_paragraph(lines, at)
        and not spoken.short
    }
    vocabulary = Vocabulary(lines)
    if cues:
        known = {*cues, *(word for name in cues for word in name.split())}  # SARO of NINO E SARO
        spoken = {at: one for at, one in alone.items() if one.key in known or is_somebody(one.name)}
        left = [at for at, one in alone.items() if at not in spoken and vocabulary.has_elsewhere(one.name, lines[at])]
        return spoken, list(spoken), left
    small = [at for at, one in found if one.sign == "colon" and not (one.doubtful or one.short)]
    if len(small) >= _FEWEST_IN_DEEDS and not alone:
        return {}, [], small
    known = {at: one for at, one in alone.items() if vocabulary.has_elsewhere(one.name, lines[at])}
    if len({one.key for one in known.values()}) > 1:
        return known, [*known], []  # each says something once, and nobody else does
    return {}, [], [at for at, one in alone.items() if one.beside or at in known]


def _told_throughout(
    found: Sequence[tuple[int, NamedSpeech]], lines: Sequence[SourceLine], speakers: Mapping[str, set[str]]
) -> tuple[dict[int, NamedSpeech], list[int], list[int]]:
    """Speeches, what of them is in doubt, and what is left, in a script that is written so throughout."""
    kept: dict[int, NamedSpeech] = {}
    doubtful: list[int] = []
    left: list[int] = []
    vocabulary = Vocabulary(lines)
    for at, spoken in found:
        new = (is_marked(spoken.name) or is_somebody(spoken.name)) and not (spoken.doubtful or spoken.short)
        if spoken.sign not in speakers[""] | {"aside"}:
            continue
        if not (spoken.key in speakers or new):
            left += [at] if spoken.sign in {"colon", "stop"} and _is_in_doubt(spoken) else []
            continue
        known = spoken.key in speakers or is_somebody(spoken.name) or vocabulary.has_elsewhere(spoken.name, lines[at])
        if spoken.key not in speakers and spoken.sign == "aside":
            continue
        if not known and spoken.sign not in {"colon", "stop"}:
            left.append(at)
            continue
        kept[at] = spoken
        doubtful += [] if known else [at]
    return kept, doubtful, left


def _is_in_doubt(spoken: NamedSpeech) -> bool:
    """True if a name in capitals that comes but once may be one all the same: no fade, no time, no spot."""
    return is_marked(spoken.name) and not spoken.short and is_name_in_doubt(spoken.name)


def _speakers(found: Sequence[tuple[int, NamedSpeech]], lines: Sequence[SourceLine], cues: int) -> dict[str, set[str]]:
    """Names that come again, with the signs behind them; none where the script is not written so throughout."""
    told = [one for _, one in found if one.sign in {"colon", "stop"}]
    counts = Counter(one.key for one in told)
    total = sum(count for count in counts.values() if count > 1)
    if total >= _FEWEST and total >= _SHARE * sum(not line.blank for line in lines):
        return _signs(told)
    if len(told) >= _FEWEST_IN_DEEDS and not cues and _act(told, lines):
        return _signs(told)
    capitals = [one for _, one in found if is_marked(one.name)]
    counts = Counter((one.key, one.sign) for one in capitals)
    again = [one for one in capitals if counts[one.key, one.sign] > 1]
    names = {one.key for one in again}
    most = {sign for _, sign in counts if sign in {one.sign for one in again}}
    alike = [one for one in capitals if one.sign in most]
    known = {one.key: (one.name, at) for at, one in found if is_marked(one.name) and one.sign in most}
    fewest = len(names) > 1 or (len(known) > 1 and most <= {"colon", "stop"}) or _are_told_of(known.values(), lines)
    if not fewest or len(alike) < _FEWEST_IN_CAPITALS or len(alike) <= cues:
        return {}
    return _signs(again) | {"": most}


def _are_told_of(names: Collection[tuple[str, int]], lines: Sequence[SourceLine]) -> bool:
    """True if there are three names at least, and other lines have them, too: MARGOT. Come in. Margot turns."""
    vocabulary = Vocabulary(lines) if len(names) >= _FEWEST_IN_CAPITALS else None
    known = sum(vocabulary.has_elsewhere(name, lines[at]) for name, at in names) if vocabulary else 0
    return known >= _FEWEST_IN_CAPITALS


def _act(told: Sequence[NamedSpeech], lines: Sequence[SourceLine]) -> bool:
    """True if two of those who speak, or the only one, do something besides: a script with more deeds than words."""
    seen = [one for one in told if not is_off_screen(f"{one.name} {one.beside}")]
    names = {one.name for one in seen if one.sign == "colon"}
    doing = {name for line in lines for name in _doers(line.text) if name in names}
    return len(doing) >= max(1, min(2, len({one.key for one in seen})))


def _doers(text: str) -> Iterator[str]:
    """Words that begin a sentence and go on small, which are the name of whoever does something if they are one."""
    for begun in _SENTENCE.finditer(text):
        words = text[begun.end() : begun.end() + _LONGEST].split(" ", _MOST_WORDS + 1)
        yield from (" ".join(words[:at]) for at in range(1, len(words)) if _SMALL.match(words[at]))


def _signs(found: Sequence[NamedSpeech]) -> dict[str, set[str]]:
    signs: dict[str, set[str]] = {"": set()}
    for one in found:
        signs.setdefault(one.key, set()).add(one.sign)
        signs[""].add(one.sign)
    return signs


def _as_fountain(lines: Sequence[SourceLine], found: Mapping[int, NamedSpeech]) -> Iterator[SourceLine]:
    waiting = False  # for the words of a name that has none on its line
    speaking = {one.key for one in found.values() if one.speech}
    for at, line in enumerate(lines):
        spoken = found.get(at)
        if not spoken:
            if not (waiting and line.blank and at + 1 < len(lines) and _may_be_said(lines[at + 1])):
                yield line
            waiting = waiting and line.blank
            continue
        waiting = not spoken.speech and spoken.key in speaking
        direction = "" if _is_extension(spoken.beside) else spoken.beside
        first = _FIRST_DIRECTION.match(spoken.speech)
        yield SourceLine(line.number, "")
        yield SourceLine(line.number, f"@{spoken.name} {'' if direction else spoken.beside}".rstrip())
        speech = spoken.speech[first.end() if first else 0 :]
        yield from (
            SourceLine(line.number, one)
            for one in (direction, first[1].translate(ROUND) if first else "", speech)
            if one
        )


def _may_be_said(line: SourceLine) -> bool:
    return not (named_speech(line.text) or cue_in_capitals(line.text) or read_heading(line.text))


def _is_extension(beside: str) -> bool:
    """True if what stands beside a name says from where it is heard, and is no direction."""
    return (
        is_off_screen(beside) or not has_case(beside) or beside.isupper() or beside.strip(" ()").casefold() in CONTINUED
    )
