"""The cut of a minute: conformed clips joined and a mix, against one ffmpeg graph that does the whole film.

Both get the same eight foreign clips, four stills, voice and bed. Ours had conformed the clips and filmed the stills
when they arrived, once; what that took is printed too.
"""

import asyncio
import math
import tempfile
import time
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.figures import Measure
from benchmarks.peers import one_graph
from tests.media.clips import hashes
from wzrd.animatic.provider import film_still
from wzrd.domain.film import Frame
from wzrd.media.conform import conform_clip
from wzrd.media.ffmpeg import run_ffmpeg
from wzrd.media.join import join
from wzrd.media.mix import Placed, mix
from wzrd.media.probe import opened, probe

FRAMES, RATE = 120, 48_000
ASKED: Mapping[Frame, tuple[str, float, float | None]] = {
    Frame(1280, 720): ("", 0.35, None),
    Frame(1920, 1080): (" at 1080p", 0.25, 1.2),
}
"""Sizes of films: what is said of them, and the most that the cut, and all of it, may take of the peer's time."""
CLIPS, STILLS = 8, 4
SECONDS = (CLIPS + STILLS) * FRAMES / 24
SPOKEN = [2.5 + 5 * at for at in range(CLIPS + STILLS)]
ROUNDS = 2
Sound = NDArray[np.float64]
_PICTURES = ("testsrc2=s={size}:r=24", "gradients=s={size}:r=24:seed=3", "life=s=320x180:r=24:seed=7:mold=9")


async def measure() -> list[Measure]:
    """The film in each size."""
    return [one for frame in ASKED for one in await _measure(frame)]


async def _measure(frame: Frame) -> list[Measure]:
    """Ours and the peer in turn, on the clock; the least of each counts."""
    with tempfile.TemporaryDirectory(prefix="wzrd-b") as name:
        home = Path(name)
        shots, voice, bed = await _material(home, frame)
        began = time.perf_counter()
        segments = await _arrive(shots, frame)
        arrival = time.perf_counter() - began
        film, size = home / "ours.mp4", (frame.width, frame.height)
        ours: list[float] = []
        peer: list[float] = []
        for _ in range(ROUNDS):
            ours.append(await _cut(segments, voice, bed, film))
            began = time.perf_counter()
            await run_ffmpeg(*one_graph.film(shots, FRAMES, voice, bed, home / "peer.mp4", size))
            peer.append(time.perf_counter() - began)
        return [*_figures(frame, min(ours), min(peer), arrival), *await _truth(segments, film)]


def _figures(frame: Frame, ours: float, peer: float, arrival: float) -> list[Measure]:
    words, most, most_in_all = ASKED[frame]
    name, whole = f"cut and mix of 60 s{words} / one filter graph, wall", (ours + arrival) / peer
    asked, good = ("", None) if most_in_all is None else (f"<= {most_in_all}x", whole <= most_in_all)
    return [
        Measure(name, ours, peer, "s", f"<= {most}x", ours / peer <= most),
        Measure("the same and all that was done on arrival", ours + arrival, peer, "s", asked, good),
    ]


async def _truth(segments: Sequence[Path], film: Path) -> list[Measure]:
    """Nothing is lost and nothing is moved on the way."""
    copied = asyncio.create_task(asyncio.to_thread(hashes, film))
    wanted = await asyncio.to_thread(lambda: [one for path in segments for one in hashes(path)])
    same = sum(a == b for a, b in zip(wanted, await copied, strict=False))
    length = probe(film).frames
    late = max(abs(at - heard) for at, heard in zip(SPOKEN, _heard(film), strict=True)) * 1000
    return [
        Measure("frames of the film / of its clips", length, len(wanted), "", "equal", length == len(wanted)),
        Measure("frames that are equal bit for bit", same, len(wanted), "", "all", same == len(wanted)),
        Measure("sound out of sync, worst of twelve places", late, None, "ms", "<= 1 ms", late <= 1),
    ]


async def _cut(segments: Sequence[Path], voice: Path, bed: Path, film: Path) -> float:
    began = time.perf_counter()
    sound = film.with_suffix(".m4a")
    await mix([Placed(voice, 0.0)], bed, sound, seconds=SECONDS)
    join(segments, film, audio=sound)
    return time.perf_counter() - began


async def _material(home: Path, frame: Frame) -> tuple[list[Path], Path, Path]:
    """Eight clips as a provider would send them, four stills, a voice and a bed."""
    shots: list[Path] = []
    for number in range(CLIPS):
        shots.append(home / f"clip{number}.mp4")
        size = f"{frame.width}x{frame.height}"
        drawn = _PICTURES[number % len(_PICTURES)].format(size=size)
        picture = f"{drawn},scale={frame.width}:{frame.height},noise=alls={number % 4}:allf=t,format=yuv420p"
        made = ("-f", "lavfi", "-i", picture, "-frames:v", str(FRAMES + number), "-c:v", "libx264", "-crf", "22")
        await run_ffmpeg("-y", *made, "-preset", "veryfast", str(shots[-1]))
    shots[3:3] = [_busy_picture(home / f"still{number}.png", number, frame) for number in range(STILLS)]
    clock = np.arange(round(SECONDS * RATE)) / RATE
    voice = np.zeros_like(clock)
    for at in SPOKEN:
        start = round(at * RATE)
        voice[start : start + len(_word())] = 0.6 * _word()
    bed = 0.1 * np.sin(math.tau * 110 * clock) + 0.1 * np.sin(math.tau * 164.8 * clock)
    return shots, _wav(home / "voice.wav", voice), _wav(home / "bed.wav", bed)


def _busy_picture(path: Path, seed: int, frame: Frame) -> Path:
    """A still with edges and shades everywhere, harder to encode than a drawn panel."""
    random, wide, high = np.random.default_rng(seed), frame.width * 5 // 4, frame.height * 5 // 4
    across, down = np.meshgrid(np.arange(wide), np.arange(high))
    picture = np.stack([90 + 50 * np.sin(across / 190 + n) + 40 * np.cos(down / 130 - n) for n in range(3)], axis=-1)
    for _ in range(120):
        x, y, radius = random.integers(0, wide), random.integers(0, high), random.integers(8, 90)
        picture[np.hypot(across - x, down - y) < radius] = random.integers(0, 256, 3)
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(path)
    return path


async def _arrive(shots: Sequence[Path], frame: Frame) -> list[Path]:
    """Converts arriving shots into house clips, two at a time."""
    two = asyncio.Semaphore(2)

    async def one(shot: Path) -> Path:
        out = shot.with_suffix(".house.mp4")
        async with two:
            if shot.suffix == ".png":
                await asyncio.to_thread(film_still, shot, out, frame=frame, frames=FRAMES, move="dolly_in")
            else:
                await conform_clip(shot, out, frame=frame, frames=FRAMES)
        return out

    return await asyncio.gather(*(one(shot) for shot in shots))


def _word() -> Sound:
    """Half a second of a rising tone: found again to the sample, whatever the codec did to it."""
    clock = np.arange(RATE // 2) / RATE
    return np.sin(math.tau * (400 * clock + 1200 * clock**2)) * np.hanning(len(clock))


def _heard(film: Path) -> list[float]:
    """When each word is heard in the film, near to where it should be, by correlation."""
    with opened(film) as container:
        frames = list(container.decode(container.streams.audio[0]))
    first = float((frames[0].pts or 0) * (frames[0].time_base or 0))
    sound = np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float64)
    found: list[float] = []
    for at in SPOKEN:
        start = round((at - first - 0.1) * RATE)
        near = sound[start : start + len(_word()) + RATE // 5]
        found.append(first + (start + int(np.argmax(np.correlate(near, _word(), "valid")))) / RATE)
    return found


def _wav(path: Path, sound: Sound) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound * 32_000).astype("<i2").tobytes())
    return path
