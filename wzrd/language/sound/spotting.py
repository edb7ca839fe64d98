"""Spotting: which spoken line of a scene is heard over which of its shots. Pure.

Every way to cut the page's lines into one run a shot has a cost; the cheapest wins. Cheap is: a shot says the line it
quotes, a line is heard while the picture tells that part of the page, its speaker is seen, no shot gets too much.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from wzrd.domain.names import voice_key
from wzrd.domain.pacing import blocks_of
from wzrd.domain.shots import Line
from wzrd.language.sound.speech import silence_for

QUOTED, PART, REWORDED = 24.0, 20.0, 12.0  # how much it is worth that a shot gets the line it quotes
EARLY, LATE = 0.9, 0.9  # a line heard before, or after, the picture that belongs to it; for each item of the page
UNSEEN = 0.5  # the speaker is not named in the shot
OTHER_QUOTED = 0.7  # the shot quotes somebody else
LOAD = 0.6  # a shot with twice its share of the talk
LONGEST_SHARE = 4.0

_QUOTES = "\"'\u201c\u201d\u2018\u2019\u00ab\u00bb "
_QUOTED = re.compile(r"[\"\u201c][^\"\u201c\u201d]*[\"\u201d]")
_CUE = re.compile(r"([^\s:\"\u201c][^:\"\u201c]{0,40}):\s*(?=[\"\u201c])")


@dataclass(frozen=True, slots=True)
class ShotText:
    """Text of a shot: `idea` what is seen, `dialogue` what it quotes, `speaker` who says it.

    `lines`: which of the page's lines that is, counted from 0, where its brief knows.
    """

    idea: str
    dialogue: str
    speaker: str = ""
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A line, where it stands on the page and among its lines, its letters, and how long it takes, in seconds."""

    line: Line
    at: int
    number: int
    folded: str
    seconds: float


def assign_lines(script: Sequence[str | Line], shots: Sequence[ShotText]) -> list[tuple[Line, ...]]:
    """For each shot the lines that are heard over it: every line of the page once, in the page's order.

    `script` is the page: action paragraphs and lines. A shot's dialogue that no line of the page resembles is spoken
    too, in that shot; one that rewords a line of the page is spoken in its place. Blank lines are left out.
    """
    lines = [(at, part) for at, part in enumerate(script) if isinstance(part, Line)]
    spoken = [
        _Spoken(line, at, number, folded, silence_for(line.text))
        for number, (at, line) in enumerate(lines)
        if line.text.strip() and (folded := _folded(line.text) or line.text.strip())
    ]
    quotes = [_folded(_bare(shot.dialogue)) for shot in shots]
    worth = [_worths(quote, quotes[:at].count(quote), shots[at], spoken) for at, quote in enumerate(quotes)]
    runs = _paired(_cheapest(_costs(script, shots, spoken, worth), [one.seconds for one in spoken]), spoken)
    return [
        _heard(shot, spoken[start:end], worth[at][start:end], any(worth[at]))
        for at, (shot, (start, end)) in enumerate(zip(shots, runs, strict=True))
    ]


def _paired(runs: Sequence[tuple[int, int]], spoken: Sequence[_Spoken]) -> list[tuple[int, int]]:
    """The runs, with both columns of dual dialogue always in one of them."""
    found: list[tuple[int, int]] = []
    blocks = blocks_of([one.line for one in spoken])
    bound = {at for block in blocks for at in (*block.lines[1:], *block.at_once)}
    reached = 0
    for start, end in runs:
        first, last = max(start, reached), max(end, reached)
        while first < last and last in bound:
            last += 1
        reached = last
        found.append((first, last))
    return found


def _heard(shot: ShotText, run: Sequence[_Spoken], worth: Sequence[float], known: bool) -> tuple[Line, ...]:
    """A shot's lines, with its own words where the page has no such line or words it otherwise."""
    own = _bare(shot.dialogue)
    if not own:
        return tuple(one.line for one in run)
    if not known:
        return (Line(shot.speaker, own), *(one.line for one in run))
    best = max(worth, default=0.0)
    return tuple(
        replace(one.line, text=own) if value == best == REWORDED and value not in worth[:at] else one.line
        for at, (one, value) in enumerate(zip(run, worth, strict=True))
    )


def _bare(dialogue: str) -> str:
    """Words that a shot quotes, without quotation marks around them and without a name before them."""
    text = _CUE.sub("", dialogue.strip(), count=1).strip()
    return text.strip(_QUOTES) if any(char.isalnum() for char in text) else ""


def _folded(text: str) -> str:
    """Letters and digits only, in one case, one blank between words."""
    return " ".join(re.findall(r"\w+", text.casefold().replace("'", "").replace("\u2019", "")))


def _worths(quote: str, earlier: int, shot: ShotText, spoken: Sequence[_Spoken]) -> list[float]:
    """Worth of each line to a shot. Of lines in the very same words it wants one."""
    values = [_worth(quote, shot, one) for one in spoken]
    same = [at for at, one in enumerate(spoken) if one.folded == quote]
    known = next((at for at in same if spoken[at].number in shot.lines), -1)
    wanted = known if known >= 0 else same[min(earlier, len(same) - 1)] if same else -1
    return [0.0 if at in same and at != wanted else value for at, value in enumerate(values)]


def _worth(quote: str, shot: ShotText, spoken: _Spoken) -> float:
    """Worth of this line in this shot; 0 when its dialogue has nothing to do with it."""
    if not quote:
        return 0.0
    same = not shot.speaker or voice_key(shot.speaker) == voice_key(spoken.line.character)
    line = spoken.folded
    if quote == line:
        return QUOTED if same else PART
    shorter, longer = sorted((quote, line), key=len)
    if (
        f" {shorter} " in f" {longer} "
        and (len(shorter) > 12 or longer.startswith(shorter))
        and len(shorter.split()) > 1
    ):
        return PART
    if not same or not shot.speaker:
        return 0.0
    words, others = set(quote.split()), set(line.split())
    alike = 2 * len(words & others) / (len(words) + len(others))
    return REWORDED if alike >= 0.6 and len(words & others) > 2 else 0.0


def _costs(
    script: Sequence[str | Line], shots: Sequence[ShotText], spoken: Sequence[_Spoken], worth: Sequence[Sequence[float]]
) -> list[list[float]]:
    """Cost of each line in each shot, [shot][line]."""
    starts = _positions(script, shots, spoken, worth)
    ends = [*starts[1:], float(len(script))]
    rows: list[list[float]] = []
    for at, shot in enumerate(shots):
        seen = _folded(f"{shot.idea} {shot.speaker}")
        quotes = bool(_bare(shot.dialogue))
        row: list[float] = []
        for number, one in enumerate(spoken):
            value = worth[at][number]
            away = EARLY * max(0.0, starts[at] - one.at) + LATE * max(0.0, one.at - ends[at])
            shown = _names(voice_key(one.line.character), seen)
            row.append(
                min(away, 8.0) - value if value else min(away, 8.0) + UNSEEN * (not shown) + OTHER_QUOTED * quotes
            )
        rows.append(row)
    return rows


def _names(key: str, folded: str) -> bool:
    words = key.replace(".", " ").split()
    return bool(words) and f" {words[-1]} " in f" {folded} "


def named_in(text: str, characters: Iterable[str]) -> tuple[str, ...]:
    """The `voice_key`s of the characters that a text names outside of quotation marks, each once, in their order."""
    folded = _folded(_QUOTED.sub(" ", text))
    return tuple(key for key in dict.fromkeys(map(voice_key, characters)) if _names(key, folded))


def _positions(
    script: Sequence[str | Line], shots: Sequence[ShotText], spoken: Sequence[_Spoken], worth: Sequence[Sequence[float]]
) -> list[float]:
    """Which item of the page each shot shows: the line it quotes, the action it tells, else between its neighbours."""
    paragraphs = [(at, _content(part)) for at, part in enumerate(script) if isinstance(part, str)]
    found: list[float | None] = []
    for shot, values in zip(shots, worth, strict=True):
        best = max(values, default=0.0)
        position = (
            float(spoken[list(values).index(best)].at) if best else _paragraph_of(_content(shot.idea), paragraphs)
        )
        found.append(position)
    return _between(_ascending(found), len(script))


def _content(text: str) -> set[str]:
    return {word for word in _folded(text).split() if len(word) > 3}


def _paragraph_of(words: set[str], paragraphs: Sequence[tuple[int, set[str]]]) -> float | None:
    """The paragraph that an idea is about, if it shares three telling words with one, or all of a short one's."""
    shared = [
        (len(words & content), -at) for at, content in paragraphs if len(words & content) >= min(3, len(content) or 9)
    ]
    return float(-max(shared)[1]) if shared else None


def _ascending(found: Sequence[float | None]) -> list[float | None]:
    """The longest part of the positions that never goes back; the others are unknown."""
    tails: list[float] = []
    chains: list[list[int]] = []
    for at, value in enumerate(found):
        if value is None:
            continue
        place = bisect_right(tails, value)
        chain = [*(chains[place - 1] if place else []), at]
        tails[place:] = [value, *tails[place + 1 :]]
        chains[place:] = [chain, *chains[place + 1 :]]
    kept = set(chains[-1]) if chains else set[int]()
    return [value if at in kept else None for at, value in enumerate(found)]


def _between(found: Sequence[float | None], length: int) -> list[float]:
    """Unknown positions spread evenly between the known ones, the page's ends being known."""
    known = [
        (-1, 0.0),
        *((at, value) for at, value in enumerate(found) if value is not None),
        (len(found), float(length)),
    ]
    filled: list[float] = []
    for (left, low), (right, high) in pairwise(known):
        filled += [low + (high - low) * (at - left) / (right - left) for at in range(left + 1, right)]
        filled += [high] if right < len(found) else []
    if filled and found[0] is None:
        filled[0] = 0.0  # the first shot opens the scene
    return filled


def _cheapest(costs: Sequence[Sequence[float]], seconds: Sequence[float]) -> list[tuple[int, int]]:
    """The cheapest cut of the lines into one run (start, end) a shot, none far above its share of the talk."""
    count = len(seconds)
    time = list(accumulate(seconds, initial=0.0))
    share = max(4.0, time[-1] / max(1, len(costs)))
    best: list[float] = [0.0] + [float("inf")] * count
    cuts: list[list[int]] = []
    for row in costs:
        paid = list(accumulate(row, initial=0.0))
        best, cut = _next(best, paid, time, share)
        cuts.append(cut)
    runs: list[tuple[int, int]] = []
    end = count
    for cut in reversed(cuts):
        runs.append((cut[end], end))
        end = cut[end]
    return runs[::-1]


def _next(
    best: Sequence[float], paid: Sequence[float], time: Sequence[float], share: float
) -> tuple[list[float], list[int]]:
    """One more shot: for every number of lines told so far the cheapest cost, and where this shot's run begins."""
    costs: list[float] = []
    cuts: list[int] = []
    for end in range(len(best)):
        cheapest, cut = best[end], end
        for start in range(end - 1, -1, -1):
            load = (time[end] - time[start]) / share
            if load > LONGEST_SHARE and start < end - 1:
                break
            cost = best[start] + paid[end] - paid[start] + LOAD * load * load
            if cost < cheapest:
                cheapest, cut = cost, start
        costs.append(cheapest)
        cuts.append(cut)
    return costs, cuts
