"""A bare prompt's picture or clip in animatic mode: what the offline studio needs to make it."""

import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from wzrd.animatic.provider import draw_panel, read_panel
from wzrd.assets.sources import open_source
from wzrd.assets.temporary_folder import temporary_folder
from wzrd.domain.film import Frame, frames_of
from wzrd.domain.pacing import shot_frames
from wzrd.domain.shots import SceneBrief, ShotIdea
from wzrd.domain.storyboard import StoryboardShot, idea_of
from wzrd.models.generation_inputs import prompt_of, wanted_frame, wanted_seconds
from wzrd.models.routing import asked_model
from wzrd.models.sounds import offline_inputs
from wzrd.runtime.process import Runtime
from wzrd.threads import in_thread


@asynccontextmanager
async def animatic_inputs(
    runtime: Runtime, media_type: str, inputs: Mapping[str, Any], model: str = ""
) -> AsyncGenerator[Mapping[str, Any]]:
    """Inputs that `Animatic` takes for this prompt and settings; a still to be filmed lies there while it is open.

    A video moves the camera over `image_url` where there is one, else over the panel that the prompt would be. A sound
    is what `model` would make of the words.

    Raises:
        BadRequest: the duration is none, or as `offline_inputs`.
        NotFound, BadSource, FetchRefused, FetchFailed: the image cannot be had.
    """
    if media_type == "audio":
        yield offline_inputs(asked_model(model, media_type), inputs)
        return
    frame, idea = wanted_frame(inputs), _idea_of(prompt_of(inputs))
    if media_type != "video":
        yield {**inputs, "panel": _panel_of(idea), "frame": frame}
        return
    seconds = wanted_seconds(inputs)
    frames = frames_of(seconds) if seconds else shot_frames(idea, None)
    filmed = {**inputs, "frame": frame, "frames": frames, "move": idea.move}
    async with _still(runtime, inputs.get("image_url"), idea, frame) as still:
        yield {**filmed, "still": still}


@asynccontextmanager
async def _still(runtime: Runtime, url: object, idea: ShotIdea, frame: Frame) -> AsyncGenerator[Path]:
    if isinstance(url, str) and url:
        async with open_source(runtime, url, "image") as path:
            yield path
        return
    async with temporary_folder(runtime) as folder:
        path = folder / "panel.png"
        await in_thread(path.write_bytes, await in_thread(draw_panel, _panel_of(idea), frame))
        yield path


def _idea_of(prompt: str) -> ShotIdea:
    """The prompt read as a shot: size, angle, lens and move where its words say so."""
    nobody = uuid.UUID(int=0)
    return idea_of(StoryboardShot(nobody, nobody, None, prompt_idea=prompt))


def _panel_of(idea: ShotIdea) -> Any:
    """The panel of one shot in a scene of which nothing is known but what the prompt says."""
    return read_panel(SceneBrief(number=1, description=idea.idea[:2000], location=idea.idea[:200]), idea, shot_number=1)
