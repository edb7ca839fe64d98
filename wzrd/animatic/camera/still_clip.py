"""A still becomes a clip: the camera moves over it by resizing from boxes with fractional edges, plane by plane.

Never ffmpeg's zoompan, which moves in whole pixels. A storyboard panel's slate is not part of the world: it stays.
"""

import contextlib
import hashlib
import math
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from PIL import Image

from wzrd.animatic.camera.moves import View, view, within
from wzrd.animatic.camera.stills import Picture, Planes, between, focus_steps, read_picture
from wzrd.domain.errors import RunStopped
from wzrd.domain.film import Frame
from wzrd.domain.set_ups import Crop
from wzrd.domain.shots import Move
from wzrd.media.atomic import written_beside
from wzrd.media.house import write_pictures
from wzrd.media.probe import Facts, probe, translated
from wzrd.media.pyav import rows

CAMERA = "camera-4"
"""Enters cache keys: changed whenever a still would become other bytes."""

Pace = Callable[[float], None]


def never() -> bool:
    """Nobody asks to stop."""
    return False


def ignore(_: float) -> None:
    """Nobody wants to know how far it is."""


def film_still(
    still: Path,
    out: Path,
    *,
    frame: Frame,
    frames: int,
    move: Move,
    crop: Crop = "",
    stop: Callable[[], bool] = never,
    on_progress: Callable[[float], None] = ignore,
) -> Facts:
    """Write a house clip of `frames` frames to `out`: the camera does `move` over `still`.

    `crop` punches in: the camera stays in that part of the picture.
    The text chunk `wzrd:slate` of a PNG is the height in its pixels of a strip at the bottom that does not move.
    `stop` is asked and `tell` told the share done (0 to 1) once a frame. The same still gives the same bytes.

    A failed call leaves nothing behind.

    Raises:
        MediaRefused: the picture has more than 40 megapixels.
        MediaFailed: it is none.
        RunStopped: `stop` said so.
    """
    if frames < 1:
        raise ValueError(f"a clip has at least one frame, not {frames}")
    picture = read_picture(still, frame)
    seed = int.from_bytes(hashlib.sha256(picture.world.luma.tobytes()).digest()[:2], "big")
    views = [within(crop, view(move, number, frames, seed), picture.faces) for number in range(frames)]
    with written_beside(out) as part:
        with translated(out.name), contextlib.closing(_pictures(picture, views, frame)) as pictures:
            write_pictures(_watched(pictures, len(views), stop, on_progress), part, frame)
        return probe(part, longest=math.inf)


def _watched(pictures: Iterable[VideoFrame], total: int, stop: Callable[[], bool], tell: Pace) -> Generator[VideoFrame]:
    for number, picture in enumerate(pictures, 1):
        if stop():
            raise RunStopped("The clip was stopped.")
        yield picture
        tell(number / total)


def _pictures(picture: Picture, views: list[View], frame: Frame) -> Generator[VideoFrame]:
    """The frames in order, each drawn in a second thread while the one before it is encoded.

    Where the camera stands still the same frame comes again.
    """
    steps = focus_steps(picture.world) if any(seen.focus for seen in views) else (picture.world,)
    with ThreadPoolExecutor(1, "camera") as ahead:
        drawn = ahead.submit(_draw, picture, steps, views[0], frame)
        for number, seen in enumerate(views, 1):
            ready = drawn.result()
            if number < len(views) and views[number] != seen:
                drawn = ahead.submit(_draw, picture, steps, views[number], frame)
            yield ready


def _draw(picture: Picture, steps: tuple[Planes, ...], seen: View, frame: Frame) -> VideoFrame:
    """One frame: the part of the world that is seen, and the slate below it."""
    world = between(steps, seen.focus)
    edges = picture.box(seen.box)
    halves = (edges[0] / 2, edges[1] / 2, edges[2] / 2, edges[3] / 2)
    drawn = VideoFrame(frame.width, frame.height, "yuv420p")
    for index, (plane, target) in enumerate(zip(world, drawn.planes, strict=True)):
        scale = 2 if index else 1
        width, height = picture.pane.width // scale, picture.pane.height // scale
        memory = rows(target)[:, :width]
        seen_part = plane.resize((width, height), Image.Resampling.BICUBIC, box=halves if index else edges)
        memory[:height] = np.asarray(seen_part)
        if picture.slate is not None:
            memory[height:] = np.asarray(picture.slate[index])
    return drawn
