"""Duration of a shot on the screen, by what there is to see and hear, on the frame grid."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from wzrd.contracts.breakdown import Beat, SceneBreakdown
from wzrd.domain.credits import DEFAULT_SHOTS
from wzrd.domain.deeds import deeds
from wzrd.domain.film import FPS, frames_of
from wzrd.domain.names import voice_key
from wzrd.domain.shots import Line, ShotIdea, ShotSize

VOICE_LEAD = 0.35
"""Seconds from a shot's first frame to its first word."""
VOICE_TAIL = 0.55
"""Seconds from a shot's last word to its last frame."""
LINE_GAP, REPLY_GAP, BEAT = 0.4, 0.5, 0.8
"""Seconds between two lines of one speaker, between two speakers; and more where the page asks for a pause."""
WORDS_A_SECOND = 6.0
"""Reading speed of a picture, in words of its description per second (read, not spoken)."""
SHORTEST_LOOK = 1.8
"""Seconds that a picture stays at least."""
LONGEST_LOOK = 7.0
"""Seconds that a shot without words stays at most."""

LONGEST_PICTURE = 12.0
"""Seconds that one picture stays at most while somebody speaks; longer talk is cut between set-ups."""

LEAST: Mapping[ShotSize, float] = {
    "extreme_wide": 4.5,
    "wide": 4.0,
    "full": 3.5,
    "medium": 3.0,
    "medium_close_up": 2.75,
    "close_up": 2.5,
    "extreme_close_up": 2.0,
    "insert": 2.5,
}
"""Seconds that a size needs at least: the more there is in it, the longer."""
_PAUSE = re.compile(r"\b(?:beat|pauses?|hesitat\w+|after a moment|long silence)\b", re.IGNORECASE)
MOST_SHOTS = 60
MOVING = 0.75
"""Seconds more for a camera that has to arrive somewhere."""


def look_seconds(idea: ShotIdea) -> float:
    """Seconds that the picture alone asks for."""
    if idea.brief is not None and idea.brief.seconds:
        return min(max(SHORTEST_LOOK, idea.brief.seconds), LONGEST_LOOK)
    least = LEAST[idea.size] + (MOVING if idea.move != "static" else 0.0)
    return min(max(least, len(idea.idea.split()) / WORDS_A_SECOND), LONGEST_LOOK)


@dataclass(frozen=True, slots=True)
class Block:
    """Lines by their indices: spoken one after another, and those of a second column, from the first moment on."""

    lines: range
    at_once: range = range(0)


def blocks_of(lines: Sequence[Line]) -> list[Block]:
    """All lines in order: dual dialogue as its two columns, every other line by itself.

    The first column is what its speaker says directly before the second one.
    """
    found: list[Block] = []
    at = 0
    while at < len(lines):
        if not lines[at].dual or not found or lines[at - 1].dual:
            found.append(Block(range(at, at + 1)))
            at += 1
            continue
        end = next((n for n in range(at, len(lines)) if not lines[n].dual), len(lines))
        first, speaker = at, voice_key(lines[at - 1].character)
        while found and not found[-1].at_once and voice_key(lines[found[-1].lines.start].character) == speaker:
            first = found.pop().lines.start
        found.append(Block(range(first, at), range(at, end)))
        at = end
    return found


def pause_before(line: Line, before: Line) -> float:
    """Seconds of silence between a line and the one that was spoken before it."""
    same = voice_key(line.character) == voice_key(before.character)
    return (LINE_GAP if same else REPLY_GAP) + BEAT * bool(_PAUSE.search(line.parenthetical or ""))


def shot_frames(idea: ShotIdea, spoken: float | None, fps: Fraction | int = FPS) -> int:
    """Frames of a shot's clip of `fps` in which a take of `spoken` seconds (None: nothing) is heard.

    Beyond `LONGEST_PICTURE` the film shows other set-ups of the scene, or holds the last picture.
    """
    heard = 0.0 if spoken is None else VOICE_LEAD + spoken + VOICE_TAIL
    return frames_of(max(look_seconds(idea), min(heard, LONGEST_PICTURE)), fps)


def shots_wanted(scene: SceneBreakdown) -> int:
    """Number of shots of a scene, 3 to 60, by what happens: one for each deed, one for two lines or two views."""
    shots = sum(1.0 if any(map(_is_shown, scene.beats[deed.start : deed.stop])) else 0.5 for deed in deeds(scene.beats))
    return max(DEFAULT_SHOTS, min(round(shots), MOST_SHOTS))


def _is_shown(beat: Beat) -> bool:
    """True if a beat asks for a picture: somebody does what the scene needs."""
    return bool(beat.people) and not beat.lines and beat.weight != "passing"
