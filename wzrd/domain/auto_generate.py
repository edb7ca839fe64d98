"""The rules of project-auto-generate: what a phase works on, in which order, what comes next."""

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from wzrd.contracts.auto_generate import PHASES, Phase
from wzrd.domain.errors import BadRequest
from wzrd.domain.shots import shot_label
from wzrd.domain.speech import own_maker
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot

AT_ONCE: dict[Phase, int] = {"images": 4, "videos": 2}
"""Number of shots of a run that are worked on at once, by phase."""
NEXT_PHASE: dict[Phase, str] = {"images": "videos", "videos": "complete"}
MEDIA: dict[Phase, str] = {"images": "image", "videos": "video"}
BARE = "bare"
"""Name of a run's parameter: the shots that another model makes of words, since nothing of theirs has a picture."""


@dataclass(frozen=True, slots=True)
class BatchShot:
    """A shot that a phase works on."""

    scene: StoryboardScene
    shot: StoryboardShot

    @property
    def label(self) -> str:
        """Label for people, with the numbers of scene and shot."""
        return shot_label(self.scene.number, self.shot.number)


@dataclass(frozen=True, slots=True)
class Batch:
    """Work of a phase on a storyboard: the number of all shots, and those to be worked on, in order.

    `done`: shots that have it already. `unsettled`: shots that a provider may have accepted before, and nobody knows
    how that ended; sending them again may pay them twice. `awaiting`: shots whose still is to be approved first; None:
    nobody asks for that. `locked`: shots that lack it, and that batches leave as they are.
    """

    total: int
    work: tuple[BatchShot, ...]
    done: int = 0
    unsettled: tuple[BatchShot, ...] = ()
    awaiting: tuple[BatchShot, ...] | None = None
    locked: int = 0

    @property
    def skipped(self) -> int:
        """Shots that have it already, cannot have it yet, or are not asked for."""
        return self.total - len(self.work)


def read_phase(value: object) -> Phase:
    """The phase that a request names.

    Raises:
        BadRequest: it is none.
    """
    if value not in PHASES:
        raise BadRequest(f'phase must be "images" or "videos", not {str(value)[:40]!r}', field="phase")
    return value


def has_image(shot: StoryboardShot) -> bool:
    """True if the shot's picture is there."""
    return shot.image_status == "completed" and bool(shot.image_url)


def has_video(shot: StoryboardShot) -> bool:
    """True if the shot's clip is there."""
    return shot.video_status == "completed" and bool(shot.video_url)


def made_before(shot: StoryboardShot, phase: Phase) -> str:
    """The address of what the phase would make, if the shot has it; else nothing."""
    there = has_image(shot) if phase == "images" else has_video(shot)
    return (shot.image_url if phase == "images" else shot.video_url) if there else ""


def needs(shot: StoryboardShot, phase: Phase) -> bool:
    """True if the phase works on the shot: videos only where there is a picture to start from."""
    return not has_image(shot) if phase == "images" else has_image(shot) and not has_video(shot)


def has_failed(shot: StoryboardShot, phase: Phase) -> bool:
    """True if the phase was tried on the shot and failed."""
    return (shot.image_status if phase == "images" else shot.video_status) == "failed"


def item_key(phase: Phase, shot_id: UUID) -> str:
    """The key of the item that makes the shot's picture or clip."""
    return f"{MEDIA[phase]}/{shot_id}"


def prompt_key(shot_id: UUID) -> str:
    """Item key for writing the shot's visual prompt, which is paid separately from the picture."""
    return f"prompt/{shot_id}"


def plan_batch(
    storyboard: Storyboard,
    phase: Phase,
    *,
    only_failed: bool = False,
    unsettled: Container[str] = frozenset(),
    approved: Container[UUID] | None = None,
    again: Container[UUID] = (),
) -> Batch:
    """The phase's work, ordered by shot number and then by scene, so that every scene shows something soon.

    `only_failed`: nothing but what was tried and failed. `unsettled`: the keys of items that are not to be sent again.
    `approved`: the shots whose still may become a clip; None: all. `again`: these shots alone are worked on, though
    they have it, or are locked: somebody has named them.
    """
    shots = [BatchShot(scene, shot) for scene, shot in storyboard]
    if again:
        lacking = [one for one in shots if one.shot.shot_id in again and (phase == "images" or has_image(one.shot))]
    else:
        lacking = [one for one in shots if needs(one.shot, phase) and (not only_failed or has_failed(one.shot, phase))]
    lacking.sort(key=lambda one: one.shot.number or 0)
    free = [one for one in lacking if again or not one.shot.locked]
    wanted = [one for one in free if approved is None or one.shot.shot_id in approved]
    left = tuple(one for one in wanted if item_key(phase, one.shot.shot_id) in unsettled)
    return Batch(
        total=len(shots),
        work=tuple(one for one in wanted if item_key(phase, one.shot.shot_id) not in unsettled),
        done=sum(bool(made_before(one.shot, phase)) for one in shots if one.shot.shot_id not in again),
        unsettled=left,
        awaiting=None if approved is None else tuple(one for one in free if one.shot.shot_id not in approved),
        locked=len(lacking) - len(free),
    )


@dataclass(frozen=True, slots=True)
class BatchPrices:
    """Prices in credits: of a picture or clip, and of the prompt for a shot that has none (0: nothing)."""

    media: int
    prompt: int = 0

    def of(self, shot: StoryboardShot) -> int:
        """Highest price of the shot, in credits."""
        return self.media + (0 if shot.visual_prompt.strip() else self.prompt)


def pinned_maker(params: Mapping[str, Any], shot_id: UUID | None, entity_type: str | None) -> Mapping[str, Any] | None:
    """The model that makes an item, as it was priced at its run's start; None: a run of an earlier version."""
    bare = params.get(BARE, {"shots": ()})
    instead = bare if str(shot_id) in bare["shots"] else params.get("pinned")
    return own_maker(params, shot_id, entity_type) or instead


def seconds_left(median: float | None, left: int, at_once: int) -> int | None:
    """Estimated seconds for the `left` shots, `at_once` in parallel; None if the time of one is unknown."""
    return None if median is None else math.ceil(median * left / at_once)
