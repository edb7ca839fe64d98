"""Animatic mode's one door: the provider that needs no key, and what storyboard and film ask of the offline studio.

Nothing outside imports another module of this package. Nothing in it knows the database, runs, files in the store or
the network: values and paths in, values and files out.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import asdict
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import orjson

from wzrd.animatic import sounds
from wzrd.animatic.camera.still_clip import CAMERA, film_still
from wzrd.animatic.contact_sheet import SHEET, SheetPanel, draw_sheet
from wzrd.animatic.panels import DRAWING, draw_panel
from wzrd.animatic.panels.brief.design import FilmDesign, design_of
from wzrd.animatic.panels.brief.panel_reading import read_panel
from wzrd.animatic.panels.brief.places import is_generic
from wzrd.animatic.panels.brief.values import PanelBrief
from wzrd.animatic.score.bed import SCORE, compose
from wzrd.animatic.voices.voice import VOICE, speak
from wzrd.animatic.writer.shots import write_shots
from wzrd.domain.errors import ProviderFailed
from wzrd.domain.film import FPS, Frame
from wzrd.domain.offline import ANIMATIC
from wzrd.domain.shots import Move, SceneBrief, ShotIdea
from wzrd.providers.base import Accepted, Delta, Output, Progress, Request
from wzrd.threads import in_thread, stoppable

__all__ = [
    "CAMERA", "DRAWING", "SCORE", "SHEET", "VOICE", "Animatic", "FilmDesign", "PanelBrief", "SheetPanel", "compose",
    "design_of", "draw_panel", "draw_sheet", "film_still", "is_generic", "read_panel", "speak", "write_shots",
]  # fmt: skip


class Animatic:
    """Shots written, panels drawn, clips filmed, sounds made in this process, without a key or a submit. Free."""

    name = ANIMATIC
    recovery: Literal["none"] = "none"
    media_types = frozenset({"text", "image", "video", "audio"})
    paid = False

    def stream(self, request: Request) -> AsyncGenerator[Accepted | Progress | Delta | Output]:
        """See `StreamProvider.stream`.

        Raises:
            ProviderFailed: it cannot make this kind of thing, or lacks what it needs for it.
        """
        match request.media_type:
            case "text":
                return _write(request)
            case "image":
                return _draw(request)
            case "video":
                return _film(request)
            case "audio":
                return sounds.sound(request)
            case other:
                raise ProviderFailed(f"{self.name} makes text, images, videos and sounds, no {other}")


async def _write(request: Request) -> AsyncGenerator[Accepted | Delta | Output]:
    """`scene`, `count`, `seed` and `previous` of the inputs become shots, as a chat model in JSON mode answers them.

    Raises:
        ProviderFailed: there is no scene to write about.
    """
    if not isinstance(request.inputs.get("scene"), SceneBrief):
        raise ProviderFailed(f"{request.model} writes shots only: `scene` is missing")
    shots = await asyncio.to_thread(_shots, request.inputs)
    yield Accepted()
    opening = '{"shots": ['
    chunks = [opening]
    yield Delta(opening)
    for shot in shots:
        chunks.append((", " if len(chunks) > 1 else "") + orjson.dumps(asdict(shot)).decode())
        yield Delta(chunks[-1])
    chunks.append("]}")
    yield Delta(chunks[-1])
    yield Output(text="".join(chunks), cost_usd=0.0, raw={"finish_reason": "stop", "model": request.model})


def _shots(inputs: Mapping[str, Any]) -> list[ShotIdea]:
    scene, count, seed = inputs["scene"], int(inputs.get("count", 3)), int(inputs.get("seed", 0))
    return write_shots(scene, count, seed=seed, previous=tuple(inputs.get("previous", ())))


T = TypeVar("T")


async def _draw(request: Request) -> AsyncGenerator[Accepted | Progress | Output]:
    """`panel` (a PanelBrief) drawn for `frame` into the file `path`.

    Raises:
        ProviderFailed: an input is missing.
    """
    brief, frame = _input(request, "panel", PanelBrief), _input(request, "frame", Frame)
    path = _input(request, "path", Path)
    yield Accepted()
    png = await in_thread(draw_panel, brief, frame)
    await in_thread(path.write_bytes, png)
    yield Output(media=(path.as_uri(),), cost_usd=0.0, raw={"model": request.model})


async def _film(request: Request) -> AsyncGenerator[Accepted | Progress | Output]:
    """The picture file `still` filmed for `frames`, `fps` (24) a second, with the camera's `move` into the file `path`.

    Raises:
        ProviderFailed: an input is missing.
        MediaFailed: the still is no picture.
    """
    still, path = _input(request, "still", Path), _input(request, "path", Path)
    frame, frames = _input(request, "frame", Frame), _input(request, "frames", int)
    fps = Fraction(request.inputs.get("fps", FPS))
    move = cast("Move", _input(request, "move", str))  # the vocabulary was read before
    yield Accepted()
    loop, reports = asyncio.get_running_loop(), asyncio.Queue[float | None]()

    def report(fraction: float) -> None:
        loop.call_soon_threadsafe(reports.put_nowait, fraction)

    def roll(stop: Any) -> Mapping[str, Any]:
        to = partial(film_still, still, path, frame=frame, fps=fps, frames=frames, move=move)
        facts = to(stop=stop, on_progress=report)
        return {"model": request.model, "frames": facts.frames}

    filming = asyncio.ensure_future(stoppable(roll))
    filming.add_done_callback(lambda _: reports.put_nowait(None))
    try:
        while (fraction := await reports.get()) is not None:
            yield Progress("running", fraction)
        yield Output(media=(path.as_uri(),), cost_usd=0.0, raw=await filming)
    finally:
        filming.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await filming


def _input(request: Request, name: str, kind: type[T]) -> T:
    value = request.inputs.get(name)
    if not isinstance(value, kind):
        raise ProviderFailed(f"{request.model} cannot make this {request.media_type}: `{name}` is missing")
    return value
