"""A shot's picture and clip as media orders: what the model is told, what its result depends on."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wzrd.animatic.provider import CAMERA, DRAWING, cast_of, read_panel
from wzrd.assets.made_once import CLIP, PANEL, Asset
from wzrd.assets.sources import open_source
from wzrd.domain.dialogue import Dialogue
from wzrd.domain.film import Frame, house_frame, seconds_of
from wzrd.domain.lease import Lease
from wzrd.domain.media_choice import MediaChoice
from wzrd.domain.pacing import shot_frames
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot, idea_of
from wzrd.domain.submission import ANIMATIC
from wzrd.generation.media import MediaJob, make_media
from wzrd.runtime.process import Runtime
from wzrd.storyboard.takes import record_take
from wzrd.threads import in_thread

OnProgress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class ShotJob:
    """A shot to be made: the run's lease, its item, the model that was chosen."""

    runtime: Runtime
    lease: Lease
    item_key: str
    choice: MediaChoice
    storyboard: Storyboard

    @property
    def frame(self) -> Frame:
        """The film's frame."""
        return house_frame(self.storyboard.aspect_ratio)

    @property
    def drawn(self) -> bool:
        """Whether animatic mode makes it."""
        return self.choice.target.provider == ANIMATIC


@dataclass(frozen=True, slots=True)
class Clip:
    """A shot's clip, and the take that is heard in it (None: nobody speaks)."""

    asset: Asset
    take: Asset | None


async def make_picture(job: ShotJob, scene: StoryboardScene, shot: StoryboardShot, on_progress: OnProgress) -> Asset:
    """The shot's picture: a storyboard panel in animatic mode, else what the model makes of the visual prompt.

    Raises:
        as `wzrd.generation.media.make_media`.
    """
    frame = job.frame
    if job.drawn:
        cast = cast_of(scene.brief for scene in job.storyboard.scenes)
        brief = read_panel(scene.brief, idea_of(shot), shot_number=shot.number or 0, cast=cast)
        inputs: dict[str, Any] = {"panel": brief, "frame": frame}
        cache_inputs: dict[str, Any] = {"drawing": DRAWING, "panel": asdict(brief), "frame": asdict(frame)}
    else:
        inputs = {"prompt": shot.visual_prompt or shot.prompt_idea, "width": frame.width, "height": frame.height}
        cache_inputs = dict(inputs)
    media_job = MediaJob(job.item_key, "image", job.choice, PANEL, inputs, cache_inputs)
    return await make_media(job.runtime, job.lease, media_job, on_progress)


async def make_clip(job: ShotJob, shot: StoryboardShot, dialogue: Dialogue, on_progress: OnProgress) -> Clip:
    """The shot's clip, made from its picture, long enough for what is said in it; and the take of that.

    Raises:
        BadSource, FetchRefused, FetchFailed, NotFound: the picture cannot be had.
        as `wzrd.generation.media.make_media`.
    """
    runtime, lease = job.runtime, job.lease
    lines = dialogue.lines.get(shot.shot_id, ())
    take = await record_take(runtime, lease.user_id, lines, dialogue.cast) if lines else None
    idea, frame = idea_of(shot), job.frame
    frames = shot_frames(idea, float(take.facts["seconds"]) if take else None)
    async with open_source(runtime, shot.image_url, "image") as still:
        cache_inputs: dict[str, Any] = {
            "still": await in_thread(_digest, still),
            "frames": frames,
            "frame": asdict(frame),
        }
        if job.drawn:
            cache_inputs |= {"camera": CAMERA, "move": idea.move}
            inputs: dict[str, Any] = {"still": still, "frame": frame, "frames": frames, "move": idea.move}
        else:
            prompt = shot.visual_prompt or shot.prompt_idea
            cache_inputs |= {"prompt": prompt}
            inputs = {"prompt": prompt, "image_url": shot.image_url, "duration": round(seconds_of(frames), 3)}
        media_job = MediaJob(job.item_key, "video", job.choice, CLIP, inputs, cache_inputs)
        return Clip(await make_media(runtime, lease, media_job, on_progress), take)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
