"""Talk that outlasts a picture is cut between the set-ups that its scene has: shot, reverse, two-shot. Pure.

No picture is made for it: those that the scene has are shown again, by whoever speaks and how long. A scene of one
picture is seen nearer: a part of it, on the side of whoever speaks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from wzrd.domain.breaths import spread_words
from wzrd.domain.film import Caption
from wzrd.domain.names import voice_key
from wzrd.domain.pacing import LONGEST_PICTURE, VOICE_LEAD, VOICE_TAIL, pause_before
from wzrd.domain.shots import Line
from wzrd.language.sound.speech import sentences, silence_for

_SHORTEST = 2.5  # seconds that a picture stays at least before a reply is cut to
_TURN = 8.0  # seconds of one speaker after which somebody else may be looked at
_FULL = LONGEST_PICTURE - VOICE_LEAD - VOICE_TAIL - 0.2
_NEAR = 1.5  # seconds within which a pause is the better place for a cut
_SHOWN, _ALONE, _PEOPLED, _AGAIN = 4.0, 1.0, 1.0, 10.0


Crop = Literal["", "middle", "left", "right"]
"""The part of a picture that a punch-in shows; empty: all of it."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of speech by one speaker, in seconds from the first word; who is only heard has no name."""

    speaker: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class SetUpPiece:
    """Piece of a set-up: its index in the scene, its seconds on screen, and the part of its picture."""

    set_up: int
    seconds: float
    crop: Crop = ""


def speech_seconds(lines: Sequence[Line]) -> float:
    """About how long these lines take, pauses between them counted."""
    return sum(_lengths(lines))


@dataclass(frozen=True, slots=True)
class LineTiming:
    """A line as it has been spoken: its seconds, and when each of its words is said, from its own start."""

    seconds: float
    words: tuple[Caption, ...] = ()


def time_words(lines: Sequence[Line], known: Sequence[LineTiming | None]) -> tuple[tuple[Caption, ...], float]:
    """When each word of these lines is said, from the first one on, and how many seconds all of them take.

    As they were spoken where that is `known`, else as long as they usually take.
    """
    at, words = 0.0, list[Caption]()
    for number, (line, timing) in enumerate(zip(lines, known, strict=True)):
        at += pause_before(line, lines[number - 1]) if number else 0.0
        seconds = timing.seconds if timing else sum(map(silence_for, sentences(line.text)))
        said = timing.words if timing else ()
        words += [Caption(at + one.start, at + one.end, one.text) for one in said] or spread_words(
            line.text, at, seconds
        )
        at += seconds
    return tuple(words), at


def picture_seconds(lines: Sequence[Line], own: int, people: Sequence[Sequence[str]]) -> float:
    """About how long the picture stays that stays longest while these lines are heard."""
    seconds = speech_seconds(lines)
    return max((piece.seconds for piece in cut_speech(lines, seconds, (), own, people)), default=seconds)


def cut_speech(
    lines: Sequence[Line],
    seconds: float,
    pauses: Sequence[float],
    own: int,
    people: Sequence[Sequence[str]],
    *,
    crops: bool = True,
) -> list[SetUpPiece]:
    """Which set-ups are seen while these lines are heard, for `seconds` in all; one piece where nothing need be cut.

    `pauses` are the seconds at which a phrase begins. `people` are the `voice_key`s of those seen in each set-up of
    the scene; `own` is the one that the lines belong to: it is seen first. `crops`: the only picture of a scene may be
    seen in part.
    """
    whole = VOICE_LEAD + seconds + VOICE_TAIL
    set_ups: list[tuple[Sequence[str], Crop]] = [(shown, "") for shown in people]
    if len(set_ups) == 1 and crops:
        set_ups += _punch_ins(lines, people[own])
    if whole <= LONGEST_PICTURE or len(set_ups) < 2:
        return [SetUpPiece(own, whole)]
    shown = [names for names, _ in set_ups]
    chosen: list[int] = []
    groups = _groups(turns_of(lines, seconds, pauses))
    for group in groups:
        speaker = max(dict.fromkeys(turn.speaker for turn in group), key=lambda one: _heard(group, one))
        chosen.append(_best(speaker, chosen, shown) if chosen else own)
    ends = [VOICE_LEAD + group[0].start for group in groups[1:]] + [whole]
    return [
        SetUpPiece(at if at < len(people) else own, end - start, set_ups[at][1])
        for at, (start, end) in zip(chosen, pairwise([0.0, *ends]), strict=True)
    ]


def _punch_ins(lines: Sequence[Line], shown: Sequence[str]) -> list[tuple[Sequence[str], Crop]]:
    """Nearer views of a scene's only picture: each of two sides where two are there, else its middle."""
    speakers = [voice_key(line.character) for line in lines if not line.extension]
    present = list(dict.fromkeys([*shown, *speakers]))
    if len(present) < 2:
        return [(present, "middle")]
    return [(present[::2], "left"), (present[1::2], "right")]


def turns_of(lines: Sequence[Line], seconds: float, pauses: Sequence[float]) -> list[Turn]:
    """Who speaks when, from the lines' lengths on the page, brought to `seconds` and to the nearest pauses."""
    lengths = _lengths(lines) or [1.0]
    scale = seconds / sum(lengths)
    starts = [0.0]
    for length in lengths[:-1]:
        starts.append(max(starts[-1], _snapped(starts[-1] + length * scale, pauses)))
    speakers = ["" if line.extension else voice_key(line.character) for line in lines] or [""]
    turns: list[Turn] = []
    for speaker, (start, end) in zip(speakers, pairwise([*starts, seconds]), strict=True):
        turns += _divided(Turn(speaker, start, end), pauses)
    return turns


def _lengths(lines: Sequence[Line]) -> list[float]:
    """Seconds of each line with the pause before it."""
    pauses = [0.0, *(pause_before(line, before) for before, line in pairwise(lines))]
    return [pause + sum(map(silence_for, sentences(line.text))) for pause, line in zip(pauses, lines, strict=False)]


def _snapped(second: float, pauses: Sequence[float]) -> float:
    near = min(pauses, key=lambda pause: abs(pause - second), default=second)
    return near if abs(near - second) <= _NEAR else second


def _divided(turn: Turn, pauses: Sequence[float]) -> list[Turn]:
    """A long turn in parts of about the same length, divided where a phrase begins."""
    count = int((turn.end - turn.start) / _TURN - 1e-6) + 1
    step = (turn.end - turn.start) / count
    cuts = [turn.start]
    for at in range(1, count):
        cut = _snapped(turn.start + at * step, pauses)
        cuts.append(cut if cuts[-1] < cut < turn.end else turn.start + at * step)
    return [Turn(turn.speaker, start, end) for start, end in pairwise([*cuts, turn.end])]


def _groups(turns: Sequence[Turn]) -> list[list[Turn]]:
    """Turns that one picture carries: a reply is cut to, unless the picture before it would be gone at once."""
    groups: list[list[Turn]] = [[turns[0]]]
    for turn in turns[1:]:
        group = groups[-1]
        seen = turn.start - group[0].start
        same = turn.speaker == group[-1].speaker
        limit = _TURN if same else _FULL
        if turn.end - group[0].start <= limit and (same or seen < _SHORTEST or turn.end - turn.start < _SHORTEST / 2):
            group.append(turn)
        else:
            groups.append([turn])
    return groups


def _heard(group: Sequence[Turn], speaker: str) -> float:
    return sum(turn.end - turn.start for turn in group if turn.speaker == speaker)


def _best(speaker: str, chosen: Sequence[int], people: Sequence[Sequence[str]]) -> int:
    """The set-up that shows the speaker best, not the one just seen, and of equals the one not seen for longest."""

    def worth(at: int) -> tuple[float, int]:
        shown = people[at]
        value = _SHOWN * (speaker in shown) + _ALONE * (list(shown) == [speaker]) + _PEOPLED * bool(shown)
        last = max((when for when, one in enumerate(chosen) if one == at), default=-1)
        return value - _AGAIN * (at == chosen[-1]), -last

    return max(range(len(people)), key=worth)
