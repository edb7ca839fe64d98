"""Animatic mode's media: a panel drawn from its brief, a clip filmed from a still, as files."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from wzrd.animatic.camera.still_clip import film_still
from wzrd.animatic.panels import draw_panel
from wzrd.animatic.panels.brief.values import PanelBrief
from wzrd.domain.errors import ProviderFailed
from wzrd.domain.film import FPS, Frame
from wzrd.domain.shots import Move
from wzrd.providers.base import Accepted, Output, Progress, Request
from wzrd.threads import in_thread, stoppable

T = TypeVar("T")


async def draw(request: Request) -> AsyncGenerator[Accepted | Progress | Output]:
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


async def film(request: Request) -> AsyncGenerator[Accepted | Progress | Output]:
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
