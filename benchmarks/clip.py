"""A clip with a camera move over a still: processor time and smoothness, against ffmpeg's zoompan."""

import resource
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.figures import Figure
from benchmarks.panel import SCENES
from benchmarks.peers import one_graph
from wzrd.animatic.camera.moves import view
from wzrd.animatic.camera.stills import read_picture
from wzrd.animatic.provider import draw_panel, film_still, read_panel
from wzrd.domain.film import Frame
from wzrd.domain.shots import Move, ShotIdea
from wzrd.media.ffmpeg import run_ffmpeg
from wzrd.media.probe import opened

FRAME, FRAMES = Frame(1280, 720), 120
STILL = (1600, 900)
SHOT = ShotIdea("Ben runs between the trees.", "wide", move="dolly_in")
DOT = (760.5, 430.5)
ROUNDS = 3
Track = NDArray[np.float64]


async def measure() -> list[Figure]:
    """Ours and the peer in turn; the least of each counts, since whatever disturbs work only adds."""
    with tempfile.TemporaryDirectory(prefix="wzrd-b") as name:
        home = Path(name)
        ours, peer = await _processor_time(home)
        error, shiver = await _motion_error(home)
    return [
        Figure("5 s of camera move, CPU / zoompan's", ours, peer, "CPU-s", "<= 2.5 CPU-s", ours <= 2.5),
        Figure("motion error in px/1000, rms / zoompan's", error * 1000, shiver * 1000, "", "<= 50", error <= 0.05),
    ]


def busy_picture(path: Path, seed: int = 0) -> Path:
    """A still with edges and shades everywhere, harder to encode than a drawn panel."""
    random = np.random.default_rng(seed)
    across, down = np.meshgrid(np.arange(STILL[0]), np.arange(STILL[1]))
    picture = np.stack([90 + 50 * np.sin(across / 190 + n) + 40 * np.cos(down / 130 - n) for n in range(3)], axis=-1)
    for _ in range(120):
        x, y, radius = random.integers(0, STILL[0]), random.integers(0, STILL[1]), random.integers(8, 90)
        picture[np.hypot(across - x, down - y) < radius] = random.integers(0, 256, 3)
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(path)
    return path


async def _processor_time(home: Path) -> tuple[float, float]:
    """Of a push over a drawn panel, for five seconds."""
    still = home / "panel.png"
    still.write_bytes(draw_panel(read_panel(SCENES[1], SHOT, shot_number=1), FRAME))
    ours: list[float] = []
    peer: list[float] = []
    for _ in range(ROUNDS):
        began = time.process_time()
        film_still(still, home / "ours.mp4", frame=FRAME, frames=FRAMES, move="dolly_in")
        ours.append(time.process_time() - began)
        before = _children()
        await run_ffmpeg(*one_graph.still_clip(still, home / "peer.mp4", one_graph.zoompan(FRAMES), FRAMES))
        peer.append(_children() - before)
    return min(ours), min(peer)


def _children() -> float:
    """Processor seconds of all ended children."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def _motion_error(home: Path) -> tuple[float, float]:
    """The larger error of a push and a pan, ours and zoompan's, both against the path that was asked for."""
    still = _dot(home / "dot.png")
    ours = max(_ours(still, home, "dolly_in"), _ours(still, home, "pan_right"))
    frame = np.arange(FRAMES) / (FRAMES - 1)
    zoom, scale = 1 + 0.15 * frame, 1280 / STILL[0]
    push = np.stack([(DOT[0] * scale - 640) * zoom + 639.5, (DOT[1] * scale - 360) * zoom + 359.5], axis=1)
    room = 1280 * 0.17 * frame
    pan = np.stack([DOT[0] * scale * 1.17 - room - 0.5, np.full(FRAMES, (DOT[1] * scale - 360) * 1.17 + 359.5)], axis=1)
    errors: list[float] = []
    for filters, planned in ((one_graph.zoompan(FRAMES), push), (one_graph.pan(FRAMES), pan)):
        await run_ffmpeg(*one_graph.still_clip(still, home / "peer.mp4", filters, FRAMES))
        errors.append(_deviation(home / "peer.mp4", planned))
    return ours, max(errors)


def _ours(still: Path, home: Path, move: Move) -> float:
    picture = read_picture(still, FRAME)
    film_still(still, home / "ours.mp4", frame=FRAME, frames=FRAMES, move=move)
    boxes = np.array([picture.box(view(move, number, FRAMES).box) for number in range(FRAMES)])
    sides = boxes[:, 2:] - boxes[:, :2]
    planned = (np.array(DOT) - boxes[:, :2]) / sides * np.array([FRAME.width, FRAME.height]) - 0.5
    return _deviation(home / "ours.mp4", planned)


def _dot(path: Path) -> Path:
    """A bright disc on a dark plain, with shades farther away."""
    across, down = np.meshgrid(np.arange(STILL[0]), np.arange(STILL[1]))
    away = np.hypot(across - DOT[0] + 0.5, down - DOT[1] + 0.5)
    shades = 40 * np.sin(across / 31) * np.cos(down / 27) * ((away - 60) / 60).clip(0, 1)
    picture = 60 + shades + (160 - shades) * (14.5 - away).clip(0, 1)
    Image.fromarray(picture.round().clip(0, 255).astype(np.uint8)).save(path)
    return path


def _deviation(clip: Path, planned: Track) -> float:
    """How far the disc is from where it should be, rms in pixels, a constant offset left aside."""
    error = _track(clip) - planned
    error -= error.mean(axis=0)
    return float(np.sqrt((error**2).sum(axis=1).mean()))


def _track(clip: Path) -> Track:
    """The disc's middle in every frame: across, down."""
    places: list[tuple[float, float]] = []
    with opened(clip) as container:
        for frame in container.decode(container.streams.video[0]):
            luma = frame.to_ndarray(format="yuv420p")[: FRAME.height].astype(float)
            if not places:
                bright = np.argwhere(luma > 180)
                places.append((float(np.median(bright[:, 1])), float(np.median(bright[:, 0]))))
            places.append(_middle(luma, *_middle(luma, *places[-1])))
    return np.array(places[1:])


def _middle(luma: Track, across: float, down: float, reach: int = 30) -> tuple[float, float]:
    left, top = round(across) - reach, round(down) - reach
    weight = (luma[top : top + 2 * reach + 1, left : left + 2 * reach + 1] - 110).clip(0)
    steps, total = np.arange(2 * reach + 1), float(weight.sum())
    return left + float(weight.sum(axis=0) @ steps) / total, top + float(weight.sum(axis=1) @ steps) / total
