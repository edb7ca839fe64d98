"""Look of whoever speaks in a shot, by its brief, size and angle, and what stands beside the name. Pure."""

from collections.abc import Mapping, Sequence

from wzrd.domain.names import voice_key
from wzrd.domain.shots import Line, ShotBrief, ShotIdea
from wzrd.domain.speech import SeenLine, SpeakingShot, View
from wzrd.language.shots.set_ups import LineTiming, time_words
from wzrd.language.sound.casting import heard_as

_CLOSE = frozenset({"medium_close_up", "close_up", "extreme_close_up"})
_FAR = frozenset({"extreme_wide", "wide", "full"})
"""Sizes in which a face is a tenth of the picture's height at most: no model moves such lips."""
_NARRATORS = frozenset({"", "narrator"})


def speaking_shot(
    lines: Sequence[Line],
    idea: ShotIdea,
    brief: ShotBrief,
    names: Mapping[str, str],
    *,
    paid: Sequence[bool],
    known: Sequence[LineTiming | None] = (),
    has_clip: bool = False,
) -> SpeakingShot:
    """A shot's lines as their speakers are seen. `names`: people's ids by every folded name that they have.

    `paid`: of each line, whether a voice is paid for it; `known`: how it was spoken, if it was.
    """
    words, seconds = time_words(lines, known or [None] * len(lines))
    sides = {_id(one.name, names): str(one.side) for one in brief.subjects}
    return SpeakingShot(
        lines=tuple(
            _line_view(line, idea, brief, sides, names) if is_paid else SeenLine(_id(line.character, names), "scratch")
            for line, is_paid in zip(lines, paid, strict=True)
        ),
        people=len(brief.subjects),
        close=idea.size in _CLOSE,
        still=idea.move == "static",
        seconds=seconds,
        words=words,
        has_clip=has_clip,
    )


def _id(name: str, names: Mapping[str, str]) -> str:
    key = voice_key(name)
    return names.get(key, key)


def _line_view(
    line: Line, idea: ShotIdea, brief: ShotBrief, sides: Mapping[str, str], names: Mapping[str, str]
) -> SeenLine:
    if voice_key(line.character) in _NARRATORS:
        return SeenLine("", "off")
    speaker = _id(line.character, names)
    return SeenLine(speaker, _view(line, speaker, idea, brief, sides, names), sides.get(speaker, ""))


def _view(
    line: Line, speaker: str, idea: ShotIdea, brief: ShotBrief, sides: Mapping[str, str], names: Mapping[str, str]
) -> View:
    if heard_as(line) != "near":
        return "off"
    if brief.over is not None and _id(brief.over.name, names) == speaker:
        return "turned"
    if speaker not in sides:
        return "off"
    if idea.size in _FAR:
        return "small"
    return "turned" if idea.angle == "overhead" or idea.size == "insert" else "mouth"
