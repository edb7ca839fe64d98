"""One shot alone in animatic mode: what the offline studio draws or films it from."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from wzrd.animatic.provider import design_of, read_panel
from wzrd.assets.sources import open_source
from wzrd.db.storyboards import read_storyboard
from wzrd.domain.film import frames_of
from wzrd.domain.storyboard import idea_of
from wzrd.models.shot_orders import ShotOrder
from wzrd.runtime.process import Runtime
from wzrd.storyboard.prompt_media import animatic_inputs


@asynccontextmanager
async def drawn_shot(
    runtime: Runtime, project_id: UUID, shot_id: UUID, brief: ShotOrder, inputs: Mapping[str, Any]
) -> AsyncGenerator[Mapping[str, Any]]:
    """Inputs that `Animatic` takes for this shot; a still to be filmed lies there while it is open.

    The shot of a scene is drawn as a batch draws it. One that is no longer there is drawn by its words alone.

    Raises:
        NotFound, BadSource, FetchRefused, FetchFailed: the image cannot be had.
    """
    async with runtime.begin() as tx:
        storyboard = await read_storyboard(tx, project_id)
    found = storyboard.find(shot_id) if storyboard is not None else None
    if storyboard is None or found is None:
        bare = {"prompt": brief.prompt, "aspect_ratio": brief.aspect_ratio, "image_url": brief.image_url}
        async with animatic_inputs(runtime, brief.media, {**bare, "duration": brief.seconds}) as prepared:
            yield prepared
        return
    scene, shot = found
    delivery, idea = replace(storyboard.wanted, aspect_ratio=brief.aspect_ratio).delivery(), idea_of(shot)
    frame, fps = delivery.frame, delivery.fps
    if brief.media == "image":
        design = design_of(scene.brief for scene in storyboard.scenes)
        panel = read_panel(scene.brief, idea, shot_number=shot.number or 0, design=design)
        yield {**inputs, "panel": panel, "frame": frame}
        return
    async with open_source(runtime, brief.image_url, "image") as still:
        yield {
            **inputs,
            "still": still,
            "frame": frame,
            "fps": fps,
            "frames": frames_of(brief.seconds, fps),
            "move": idea.move,
        }
