"""Test material of edits: pictures with four corners, clips with sound, and what can be measured in what is made."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.media.clips import COUNTING, H264, brightness, clicks, ffmpeg

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 40), (30, 60, 210), (240, 240, 240)


def corners(path: Path, size: tuple[int, int] = (64, 48)) -> Path:
    """Four even quarters: red and green above, blue and white below."""
    image = Image.new("RGB", size)
    half = (size[0] // 2, size[1] // 2)
    for number, color in enumerate((RED, GREEN, BLUE, WHITE)):
        image.paste(color, (number % 2 * half[0], number // 2 * half[1], *_far(number, half)))
    image.save(path)
    return path


def _far(number: int, half: tuple[int, int]) -> tuple[int, int]:
    return (number % 2 + 1) * half[0], (number // 2 + 1) * half[1]


def quarters(image: Image.Image) -> list[tuple[int, ...]]:
    """The colors in the middle of each quarter: upper left, upper right, lower left, lower right."""
    plain, (width, height) = image.convert("RGB"), image.size
    places = [(width // 4, height // 4), (3 * width // 4, height // 4)]
    places += [(x, 3 * height // 4) for x, _ in places]
    return [tuple(int(value) for value in np.asarray(plain)[y, x]) for x, y in places]


def near(seen: Sequence[Any], wanted: Sequence[Any], by: int = 12) -> bool:
    """Equal but for what encoding does."""
    return bool(np.abs(np.asarray(seen, int) - np.asarray(wanted, int)).max() <= by)


def counted(
    path: Path, *, frames: int = 24, rate: str = "24", size: str = "64x48", sound: bool = False, lum: str = COUNTING
) -> Path:
    """A clip whose frame N has brightness 40 + 6 N; `sound`: silent in its first half, a tone in its second."""
    seconds = frames / float(eval(rate))
    tone = f"sine=f=1000:r=48000:d={seconds},volume='if(lt(t,{seconds / 2}),0,8)':eval=frame"
    heard = ["-f", "lavfi", "-i", tone] if sound else []
    picture = f"nullsrc=s={size}:r={rate},format=yuv420p,{lum}"
    codec = [*H264, "-crf", "8", *(["-c:a", "aac", "-b:a", "128k"] if sound else [])]
    ffmpeg("-f", "lavfi", "-i", picture, *heard, "-frames:v", frames, *codec, path)
    return path


def colored(path: Path, color: str = "0xdc1e1e", *, frames: int = 12, size: str = "64x48", sound: int = 0) -> Path:
    """A clip of one color; `sound`: a tone of so many hertz."""
    heard = ["-f", "lavfi", "-i", f"sine=f={sound}:r=48000:d={frames / 24},volume=4"] if sound else []
    bt709 = ["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-colorspace", "bt709", "-color_range", "tv"]
    codec = [*H264, *bt709, *(["-c:a", "aac"] if sound else [])]
    ffmpeg("-f", "lavfi", "-i", f"color={color}:s={size}:r=24", *heard, "-frames:v", frames, *codec, path)
    return path


def tone(path: Path, hertz: int = 440, *, seconds: float = 0.6, volume: float = 4.0) -> Path:
    """A sound of one pitch."""
    ffmpeg("-f", "lavfi", "-i", f"sine=f={hertz}:r=48000:d={seconds},volume={volume}", path)
    return path


def pictures(path: Path) -> list[Image.Image]:
    """Every frame of a clip, as it is shown."""
    with av.open(str(path)) as container:
        frames = container.decode(container.streams.video[0])
        return [Image.fromarray(frame.to_ndarray(format="rgb24").astype(np.uint8)) for frame in frames]


def samples(path: Path) -> NDArray[np.float32]:
    """The sound as mono samples, 48,000 a second."""
    with av.open(str(path)) as container:
        frames = list(container.decode(container.streams.audio[0]))
        return np.concatenate([frame.to_ndarray().mean(axis=0) for frame in frames]).astype(np.float32)


def loud(sound: NDArray[np.float32], pieces: int = 4) -> list[bool]:
    """True for each piece of the sound in which something is heard; its edges, where AAC smears, are left out."""
    found: list[bool] = []
    for piece in np.array_split(sound, pieces):
        inner = piece[len(piece) // 5 : -len(piece) // 5]
        found.append(bool(np.sqrt(np.square(inner).mean()) > 0.05))
    return found


def pitch(sound: NDArray[np.float32]) -> float:
    """The strongest pitch in hertz."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum) * 48_000 / len(sound))


def counts(path: Path) -> list[int]:
    """The number that each frame of a counting clip shows."""
    return [round((level - 40) / 6) for level in brightness(path)]


def clicked(path: Path, *timing: object) -> Path:
    """A second of counting with a click at a half, put together as `timing` says."""
    sound = clicks(path.with_name("clicks.m4a"), [0.5], seconds=1.0)
    picture = counted(path.with_name("picture.mp4"))
    ffmpeg(*timing, "-i", picture, "-i", sound, "-map", "0:v", "-map", "1:a", "-c", "copy", path)
    return path


def busy(path: Path) -> Path:
    """A clip that takes a while to be worked on, and not to be made."""
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x360:r=24", "-frames:v", 96, *H264, path)
    return path
