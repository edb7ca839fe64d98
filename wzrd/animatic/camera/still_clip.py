"""A still becomes a clip: the camera moves over it by resizing from boxes with fractional edges, plane by plane.

Never ffmpeg's zoompan, which moves in whole pixels. A storyboard panel's slate is not part of the world: it stays.
Where the camera stands, a group of frames is encoded once and repeated.
"""

import contextlib
import hashlib
import math
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame

from wzrd.animatic.camera.moves import CameraWindow, view, within
from wzrd.animatic.camera.resampling import Resizer, Samples, samples
from wzrd.animatic.camera.stills import Picture, between, focus_steps, read_picture
from wzrd.domain.errors import RunStopped
from wzrd.domain.film import FPS, Frame
from wzrd.domain.shots import Move
from wzrd.language.shots.set_ups import Crop
from wzrd.media.atomic import folder_beside, written_beside
from wzrd.media.delivery_format import GOP, write_held, write_pictures
from wzrd.media.join import join
from wzrd.media.probe import Facts, probe, translated
from wzrd.media.pyav import rows

CAMERA = "camera-5"
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
    fps: Fraction = Fraction(FPS),
    frames: int,
    move: Move,
    crop: Crop = "",
    stop: Callable[[], bool] = never,
    on_progress: Callable[[float], None] = ignore,
) -> Facts:
    """Write a house clip of `frames` frames of `fps` to `out`: the camera does `move` over `still`.

    `crop` punches in: the camera stays in that part of the picture.
    The text chunk `wzrd:slate` of a PNG is the height in its pixels of a strip at the bottom that does not move.
    `stop` is asked and `on_progress` told the share done (0 to 1) once a frame. The same still gives the same bytes.

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
    views = [within(crop, view(move, number, frames, seed, float(fps)), picture.faces) for number in range(frames)]
    camera = _Camera(picture, frame, fps, any(seen.focus for seen in views))
    counted = _FrameCount(len(views), stop, on_progress)
    stretches = _stretches(views)
    with folder_beside(out) as folder, translated(out.name):
        if len(stretches) == 1:
            with written_beside(out) as part:
                _write(camera, stretches[0], part, counted)
                return probe(part, longest=math.inf)
        parts = [folder / f"{number}.mp4" for number in range(len(stretches))]
        for stretch, part in zip(stretches, parts, strict=True):
            _write(camera, stretch, part, counted)
        return join(parts, out, stop=stop)


@dataclass(slots=True)
class _FrameCount:
    """Stop check and progress report, made once a frame."""

    total: int
    stop: Callable[[], bool]
    on_progress: Pace
    done: int = 0

    def count(self) -> None:
        """One frame more. Raises RunStopped when told to stop."""
        if self.stop():
            raise RunStopped("The clip was stopped.")
        self.done += 1
        self.on_progress(self.done / self.total)


def _stretches(views: list[CameraWindow]) -> list[list[CameraWindow]]:
    """The views in whole groups of the house: those with moves together, and where the camera stands together."""
    groups = [views[at : at + GOP] for at in range(0, len(views), GOP)]
    stretches = groupby(groups, lambda group: group[0] if all(seen == group[0] for seen in group) else None)
    return [[seen for group in stretch for seen in group] for _, stretch in stretches]


def _write(camera: "_Camera", views: list[CameraWindow], out: Path, counted: _FrameCount) -> None:
    if any(seen != views[0] for seen in views):
        with contextlib.closing(_pictures(camera, views, counted)) as pictures:
            write_pictures(pictures, out, camera.frame, camera.fps)
        return
    for _ in views:
        counted.count()
    write_held(camera.draw(views[0]), len(views), out, camera.frame, camera.fps)


def _pictures(camera: "_Camera", views: list[CameraWindow], counted: _FrameCount) -> Generator[VideoFrame]:
    """The frames in order, each drawn in a second thread while the one before it is encoded.

    Where the camera stands still the same frame comes again.
    """
    with ThreadPoolExecutor(1, "camera") as ahead:
        drawn = ahead.submit(camera.draw, views[0])
        for number, seen in enumerate(views, 1):
            ready = drawn.result()
            if number < len(views) and views[number] != seen:
                drawn = ahead.submit(camera.draw, views[number])
            yield ready
            counted.count()


class _Camera:
    """Draws the frames of a still; one thread at a time uses it."""

    def __init__(self, picture: Picture, frame: Frame, fps: Fraction, draws_focus: bool) -> None:
        self.frame, self.fps = frame, fps
        self._picture = picture
        self._steps = focus_steps(picture.world) if draws_focus else (picture.world,)
        self._seen: tuple[float, list[Samples]] | None = None
        pane = picture.pane
        self._resizers = (Resizer(pane.width, pane.height), Resizer(pane.width // 2, pane.height // 2))

    def draw(self, seen: CameraWindow) -> VideoFrame:
        """One frame: the part of the world that is seen, and the slate below it."""
        picture, pane = self._picture, self._picture.pane
        edges = picture.box(seen.box)
        halves = (edges[0] / 2, edges[1] / 2, edges[2] / 2, edges[3] / 2)
        drawn = VideoFrame(self.frame.width, self.frame.height, "yuv420p")
        for index, (plane, target) in enumerate(zip(self._world(seen.focus), drawn.planes, strict=True)):
            scale = 2 if index else 1
            height = pane.height // scale
            memory = rows(target)[:, : pane.width // scale]
            self._resizers[scale - 1].resize(plane, halves if index else edges, memory[:height])
            if picture.slate is not None:
                memory[height:] = np.asarray(picture.slate[index])
        return drawn

    def _world(self, focus: float) -> list[Samples]:
        """The world's planes with the focus there."""
        if self._seen is None or self._seen[0] != focus:
            self._seen = focus, [samples(plane) for plane in between(self._steps, focus)]
        return self._seen[1]
