"""The rules of project-auto-generate: what a phase works on, in which order, what comes next."""

from dataclasses import dataclass
from typing import Literal, get_args

from wzrd.domain.errors import BadRequest
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot

Phase = Literal["images", "videos"]
PHASES: tuple[Phase, ...] = get_args(Phase)
AT_ONCE: dict[Phase, int] = {"images": 4, "videos": 2}
"""How many shots of a run are worked on at once."""
NEXT_PHASE: dict[Phase, str] = {"images": "videos", "videos": "complete"}
MEDIA: dict[Phase, str] = {"images": "image", "videos": "video"}


@dataclass(frozen=True, slots=True)
class BatchShot:
    """A shot that a phase works on."""

    scene: StoryboardScene
    shot: StoryboardShot

    @property
    def label(self) -> str:
        """What a person calls it."""
        return f"scene {self.scene.number or 0}, shot {self.shot.number or 0}"


@dataclass(frozen=True, slots=True)
class Batch:
    """What a phase does about a storyboard: all its shots, those it works on in order, how many it leaves alone."""

    total: int
    work: tuple[BatchShot, ...]

    @property
    def skipped(self) -> int:
        """Shots that have it already, or cannot have it yet."""
        return self.total - len(self.work)


def read_phase(value: object) -> Phase:
    """The phase that a request names.

    Raises:
        BadRequest: it is none.
    """
    if value not in PHASES:
        raise BadRequest(f'phase must be "images" or "videos", not {str(value)[:40]!r}', field="phase")
    return value  # pyright: ignore[reportReturnType] - it is one of them


def has_image(shot: StoryboardShot) -> bool:
    """Whether its picture is there."""
    return shot.image_status == "completed" and bool(shot.image_url)


def has_video(shot: StoryboardShot) -> bool:
    """Whether its clip is there."""
    return shot.video_status == "completed" and bool(shot.video_url)


def needs(shot: StoryboardShot, phase: Phase) -> bool:
    """Whether the phase works on the shot: videos only where there is a picture to start from."""
    return not has_image(shot) if phase == "images" else has_image(shot) and not has_video(shot)


def plan_batch(storyboard: Storyboard, phase: Phase) -> Batch:
    """The phase's work, ordered by shot number and then by scene, so that every scene shows something soon."""
    shots = [BatchShot(scene, shot) for scene, shot in storyboard]
    work = sorted((one for one in shots if needs(one.shot, phase)), key=lambda one: one.shot.number or 0)
    return Batch(len(shots), tuple(work))
