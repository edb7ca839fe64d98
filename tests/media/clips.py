"""Test material: tiny stills and clips made on the spot, and what can be read out of a clip."""

import hashlib
import math
import subprocess
import wave
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, PngImagePlugin

from wzrd.media.ffmpeg import ffmpeg_exe
from wzrd.media.probe import opened
from wzrd.media.pyav import add_video, encode

COUNTING = "geq=lum='40+6*mod(N,30)':cb=128:cr=128"
"""A filter that makes frame N of brightness 40 + 6 N, so that one sees which frame is where."""
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def ffmpeg(*args: object) -> None:
    """Run ffmpeg to its end; the test fails if it does."""
    command = [ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *(str(arg) for arg in args)]
    subprocess.run(command, check=True, timeout=60)


def counting_clip(
    path: Path,
    *output: object,
    size: str = "64x48",
    rate: str = "24",
    frames: int = 24,
    codec: Iterable[str] = H264,
) -> Path:
    """A clip whose frames tell their number by their brightness."""
    source = f"nullsrc=s={size}:r={rate},format=yuv420p,{COUNTING}"
    ffmpeg("-f", "lavfi", "-i", source, "-frames:v", frames, *codec, *output, path)
    return path


def long_clip(path: Path) -> Path:
    """A clip that takes some seconds to conform."""
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=24", "-frames:v", 480, *H264, path)
    return path


def panel(path: Path, *, size: tuple[int, int] = (400, 225), slate: int = 0) -> Path:
    """A picture with edges everywhere and, if asked for, a slate with stripes at the bottom."""
    image = Image.new("RGB", size, (60, 70, 90))
    draw = ImageDraw.Draw(image)
    for n in range(40):
        x, y, r = (n * 71) % size[0], (n * 43) % size[1], 4 + n % 9
        draw.ellipse((x - r, y - r, x + r, y + r), fill=((n * 67) % 256, (n * 29) % 256, (n * 113) % 256))
    notes = PngImagePlugin.PngInfo()
    if slate:
        draw.rectangle((0, size[1] - slate, *size), fill=(20, 20, 24))
        for x in range(8, size[0], 24):
            draw.rectangle((x, size[1] - slate + 4, x + 8, size[1] - 4), fill=(230, 230, 220))
        notes.add_text("wzrd:slate", str(slate))
    image.save(path, pnginfo=notes)
    return path


def lumas(path: Path) -> list[NDArray[np.uint8]]:
    """The brightness of every frame that is shown, as arrays of rows."""
    with opened(path) as container:
        frames = container.decode(container.streams.video[0])
        return [frame.to_ndarray(format="yuv420p")[: frame.height].astype(np.uint8) for frame in frames]


def brightness(path: Path) -> list[int]:
    """The brightness of each frame's middle."""
    return [round(float(luma[luma.shape[0] // 2 - 2 :][:4].mean())) for luma in lumas(path)]


def hashes(path: Path) -> list[str]:
    """A hash of each decoded frame: equal ones are equal to the last bit."""
    with opened(path) as container:
        frames = container.decode(container.streams.video[0])
        return [hashlib.md5(frame.to_ndarray().tobytes()).hexdigest() for frame in frames]


def start_times(path: Path) -> list[float]:
    """When each frame is shown, in frames."""
    with opened(path) as container:
        stream = container.streams.video[0]
        return [float((frame.pts or 0) * (stream.time_base or 0) * 24) for frame in container.decode(stream)]


def clicks(path: Path, at: Iterable[float], *, seconds: float) -> Path:
    """AAC in MP4 with a short click at each of the times, 48 kHz stereo."""
    samples = array("h", bytes(2 * round(seconds * 48_000)))
    for time in at:
        for n in range(240):
            place = round(time * 48_000) + n
            if place < len(samples):
                samples[place] = round(26_000 * math.sin(n * math.tau * 3000 / 48_000))
    plain = path.with_suffix(".wav")
    with wave.open(str(plain), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(np.repeat(np.array(samples, "<i2"), 2).tobytes())
    ffmpeg("-i", plain, "-c:a", "aac", "-b:a", "160k", path)
    plain.unlink()
    return path


def heard(samples: NDArray[np.float32], first: float = 0.0) -> list[float]:
    """When clicks begin, in seconds."""
    found: list[float] = []
    for place in np.flatnonzero(np.abs(samples) > 0.2).tolist():
        time = first + place / 48_000
        if not found or time - found[-1] > 0.04:
            found.append(time)
    return found


def heard_by_pyav(path: Path) -> list[float]:
    """Clicks as PyAV decodes the file."""
    with av.open(str(path)) as container:
        frames = list(container.decode(container.streams.audio[0]))
        first = float((frames[0].pts or 0) * (frames[0].time_base or 0))
        return heard(np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32), first)


def heard_by_ffmpeg(path: Path) -> list[float]:
    """Clicks as the ffmpeg program decodes the file."""
    command = [ffmpeg_exe(), "-v", "error", "-i", str(path), "-map", "0:a", "-ac", "1", "-f", "f32le", "-"]
    raw = subprocess.run(command, check=True, capture_output=True, timeout=60).stdout
    return heard(np.frombuffer(raw, "<f4").astype(np.float32))


def running_ffmpegs() -> list[int]:
    """The ids of this process's own ffmpeg children that run."""
    return [pid for children in Path("/proc/self/task").glob("*/children") for pid in _ffmpegs_of(children)]


def _ffmpegs_of(children: Path) -> Iterator[int]:
    for pid in _read(children).split():
        name, _, fields = _read(Path("/proc", pid, "stat")).rpartition(") ")
        if "(ffmpeg" in name and not fields.startswith("Z"):
            yield int(pid)


def _read(file: Path) -> str:
    """The text of a file of /proc; nothing of what has ended."""
    try:
        return file.read_text()
    except OSError:
        return ""


PQ, HLG = 16, 18
"""Transfer curves of HDR by their numbers in H.273."""


def hdr_clip(path: Path, signals: Sequence[float], curve: int) -> Path:
    """A clip of 10 bits in BT.2020, of as many grey columns; `signals` from 0 to 1 on the curve."""
    width, height = 32 * len(signals), 64
    line = np.repeat(np.round([64 + 876 * one for one in signals]).astype("<u2"), 32).tobytes()
    with av.open(path, "w") as container:
        options = {"crf": "5", "preset": "ultrafast", "x265-params": "log-level=none"}
        stream = add_video(container, "libx265", 24, options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p10le"
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace = 9, curve, 9
        for at in range(6):
            frame = av.VideoFrame(width, height, "yuv420p10le")
            luma, *chroma = frame.planes
            luma.update((line + bytes(luma.line_size - len(line))) * height)
            for plane in chroma:
                plane.update(np.full(plane.buffer_size // 2, 512, "<u2").tobytes())
            frame.pts = at
            encode(container, stream, frame)
        encode(container, stream, None)
    return path


def pq_signal(nits: float) -> float:
    """The signal of PQ for a brightness (SMPTE ST 2084)."""
    power = (nits / 10_000) ** (2610 / 16384)
    return ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)
