"""Shots whose action goes on in the next, so that their clip may end where that begins. Pure."""

from typing import get_args

from wzrd.domain.auto_generate import has_image
from wzrd.domain.shots import ShotIdea, ShotSize
from wzrd.domain.storyboard import StoryboardScene, StoryboardShot, idea_of

_SIZES: tuple[ShotSize, ...] = get_args(ShotSize)
_STEPS = 2
"""Sizes that a camera crosses at most in one clip."""


def goes_on_in(scene: StoryboardScene, shot: StoryboardShot) -> StoryboardShot | None:
    """The scene's next shot, where it goes on from this one without a cut of place, time or view and has its picture.

    Both show one person, who acts in following beats and is seen from the same angle: as near, or as near as the camera
    comes. Nobody speaks in the first, whose clip is not cut to a voice then.
    """
    number = next((at for at, one in enumerate(scene.shots) if one.shot_id == shot.shot_id), None)
    following = None if number is None else next(iter(scene.shots[number + 1 : number + 2]), None)
    if following is None or not has_image(following) or shot.dialogue.strip():
        return None
    return following if _continues(idea_of(shot), idea_of(following)) else None


def _continues(before: ShotIdea, after: ShotIdea) -> bool:
    first, second = before.brief, after.brief
    if first is None or second is None or first.lines or first.over or second.over or before.angle != after.angle:
        return False
    if len(first.subjects) != 1 or [one.name for one in first.subjects] != [one.name for one in second.subjects]:
        return False
    if not (first.beats and second.beats and min(second.beats) - max(first.beats) in {0, 1}):
        return False
    steps = _SIZES.index(after.size) - _SIZES.index(before.size)
    if before.move == "dolly_in":
        return 0 < steps <= _STEPS
    if before.move == "dolly_out":
        return 0 < -steps <= _STEPS
    return steps == 0
