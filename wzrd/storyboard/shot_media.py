"""A shot's picture and clip as media orders: what the model is told, what its result depends on."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from wzrd.animatic.provider import CAMERA, DRAWING, cast_of, read_panel
from wzrd.assets.made_once import CLIP, PANEL, Render
from wzrd.assets.sources import open_source
from wzrd.domain.dialogue import Dialogue
from wzrd.domain.film import Frame, house_frame, seconds_of
from wzrd.domain.lease import Lease
from wzrd.domain.media_choice import MediaChoice
from wzrd.domain.pacing import shot_frames
from wzrd.domain.storyboard import Reel, ReelScene, ReelShot, idea_of
from wzrd.domain.submission import ANIMATIC
from wzrd.generation.media import MediaOrder, make_media
from wzrd.runtime.process import Runtime
from wzrd.storyboard.takes import record_take
from wzrd.threads import in_thread

Tell = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Commission:
    """Whose run asks for what: its lease, its item, the model that was chosen."""

    runtime: Runtime
    lease: Lease
    item_key: str
    choice: MediaChoice
    reel: Reel

    @property
    def frame(self) -> Frame:
        """The film's frame."""
        return house_frame(self.reel.aspect_ratio)

    @property
    def drawn(self) -> bool:
        """Whether animatic mode makes it."""
        return self.choice.target.provider == ANIMATIC


@dataclass(frozen=True, slots=True)
class Clip:
    """A shot's clip, and the take that is heard in it (None: nobody speaks)."""

    render: Render
    take: Render | None


async def make_picture(commission: Commission, scene: ReelScene, shot: ReelShot, tell: Tell) -> Render:
    """The shot's picture: a storyboard panel in animatic mode, else what the model makes of the visual prompt.

    Raises:
        as `wzrd.generation.media.make_media`.
    """
    frame = commission.frame
    if commission.drawn:
        cast = cast_of(scene.brief for scene in commission.reel.scenes)
        brief = read_panel(scene.brief, idea_of(shot), shot_number=shot.number or 0, cast=cast)
        inputs: dict[str, Any] = {"panel": brief, "frame": frame}
        recipe: dict[str, Any] = {"drawing": DRAWING, "panel": asdict(brief), "frame": asdict(frame)}
    else:
        inputs = {"prompt": shot.visual_prompt or shot.prompt_idea, "width": frame.width, "height": frame.height}
        recipe = dict(inputs)
    order = MediaOrder(commission.item_key, "image", commission.choice, PANEL, inputs, recipe)
    return await make_media(commission.runtime, commission.lease, order, tell)


async def make_clip(commission: Commission, shot: ReelShot, dialogue: Dialogue, tell: Tell) -> Clip:
    """The shot's clip, made from its picture, long enough for what is said in it; and the take of that.

    Raises:
        BadSource, FetchRefused, FetchFailed, NotFound: the picture cannot be had.
        as `wzrd.generation.media.make_media`.
    """
    runtime, lease = commission.runtime, commission.lease
    lines = dialogue.lines.get(shot.shot_id, ())
    take = await record_take(runtime, lease.user_id, lines, dialogue.cast) if lines else None
    idea, frame = idea_of(shot), commission.frame
    frames = shot_frames(idea, float(take.facts["seconds"]) if take else None)
    async with open_source(runtime, shot.image_url, "image") as still:
        recipe: dict[str, Any] = {"still": await in_thread(_digest, still), "frames": frames, "frame": asdict(frame)}
        if commission.drawn:
            recipe |= {"camera": CAMERA, "move": idea.move}
            inputs: dict[str, Any] = {"still": still, "frame": frame, "frames": frames, "move": idea.move}
        else:
            prompt = shot.visual_prompt or shot.prompt_idea
            recipe |= {"prompt": prompt}
            inputs = {"prompt": prompt, "image_url": shot.image_url, "duration": round(seconds_of(frames), 3)}
        order = MediaOrder(commission.item_key, "video", commission.choice, CLIP, inputs, recipe)
        return Clip(await make_media(runtime, lease, order, tell), take)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
