"""WAV files in the house format, 48 kHz 16 bit, written and read block by block as numpy arrays.

Samples are float32 in -1..1; a block is of shape (n,) for mono or (n, channels).
"""

import math
import struct
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from wzrd.media.ffmpeg import MediaFailed

RATE = 48_000
"""Samples a second of every sound."""
Samples = NDArray[np.float32]

_SCALE = 32_767.0
_HEADER = 44
_BLOCK = 60 * RATE  # frames that are copied at once
_FORM = 40  # bytes of the longest description of samples
_PCM, _EXTENSIBLE = 1, 0xFFFE
_MAX_BYTES = 0xFFFFFFFF - _HEADER  # what a RIFF header can tell: 6.2 hours of stereo


def samples_of(seconds: float) -> int:
    """The whole samples that are nearest to `seconds`."""
    return max(0, round(seconds * RATE))


class WavWriter:
    """A WAV file that grows by blocks; the header is right once it is closed."""

    def __init__(self, path: Path, channels: int) -> None:
        self.frames = 0
        self._channels = channels
        self._file = wave.Wave_write(str(path))
        self._file.setparams((channels, 2, RATE, 0, "NONE", ""))

    def write(self, block: Samples) -> None:
        """Append a block; what lies beyond full scale is clipped."""
        pcm = np.rint(np.clip(block, -1.0, 1.0) * np.float32(_SCALE)).astype("<i2")
        if (self.frames + len(block)) * 2 * self._channels > _MAX_BYTES:
            raise MediaFailed("a sound file would be longer than WAV can hold")
        self._file.writeframesraw(pcm.tobytes())
        self.frames += len(block)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


@dataclass(frozen=True, slots=True)
class Wav:
    """A WAV file in the house format: where its samples lie, how many channels and how many frames it has."""

    path: Path
    offset: int
    channels: int
    frames: int

    @property
    def seconds(self) -> float:
        """Seconds that the file lasts."""
        return self.frames / RATE

    def read(self, start: int = 0, count: int | None = None) -> Samples:
        """`count` frames from `start` (to the end when None), of shape (n, channels); fewer where the file ends."""
        count = self.frames - start if count is None else min(count, self.frames - start)
        if count <= 0:
            return np.zeros((0, self.channels), np.float32)
        at = self.offset + start * 2 * self.channels
        pcm = np.fromfile(self.path, "<i2", count * self.channels, offset=at)
        return (pcm.astype(np.float32) / np.float32(_SCALE)).reshape(-1, self.channels)


def open_wav(path: Path) -> Wav:
    """The WAV file at `path`.

    Raises:
        MediaFailed: it is no WAV, or none of 48 kHz and 16 bit.
    """
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            raise MediaFailed(f"{path.name} is no WAV file")
        channels = 0
        while len(head := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", head)
            if name == b"fmt ":
                channels = _channels(file.read(min(size, _FORM)), path)
                file.seek(max(0, size - _FORM) + size % 2, 1)
            elif name == b"data" and channels:
                there = path.stat().st_size - file.tell()
                return Wav(path, file.tell(), channels, min(size, there) // (2 * channels))
            else:
                file.seek(size + size % 2, 1)
    raise MediaFailed(f"{path.name} has no samples")


def _channels(form: bytes, path: Path) -> int:
    kind, channels, rate = struct.unpack_from("<HHI", form) if len(form) >= 16 else (0, 0, 0)
    bits = struct.unpack_from("<H", form, 14)[0] if len(form) >= 16 else 0
    if kind not in {_PCM, _EXTENSIBLE} or rate != RATE or bits != 16 or not channels:
        raise MediaFailed(f"{path.name} is not 16 bit at {RATE} Hz")
    return int(channels)


def join_sounds(parts: Sequence[Path], pauses: Sequence[float | None], out: Path) -> tuple[list[float], float]:
    """Write mono sounds one after another, `pauses` seconds of silence between them; None: both at once.

    Returns the second at which each begins, and the length of all.

    Raises:
        MediaFailed: one of them is no such sound.
    """
    starts: list[float] = []
    with WavWriter(out, 1) as joined:
        for together, pause in _at_once(parts, pauses):
            joined.write(np.zeros(samples_of(pause), np.float32))
            starts += [joined.frames / RATE] * len(together)
            for at in range(0, max(sound.frames for sound in together), _BLOCK):
                joined.write(_mixed([sound.read(at, _BLOCK)[:, 0] for sound in together if at < sound.frames]))
        return starts, joined.frames / RATE


@dataclass(frozen=True, slots=True)
class PlacedSound:
    """A sound from its second on, for so many seconds at most; `gain`: a factor."""

    path: Path
    start: float
    seconds: float = math.inf
    gain: float = 1.0


def place_sounds(parts: Sequence[PlacedSound], seconds: float, out: Path, *, channels: int = 1) -> None:
    """Write sounds at their places into one of exactly so many seconds; what lies beyond is cut off.

    Raises:
        MediaFailed: one of them is no such sound.
    """
    placed = [(one, open_wav(one.path), samples_of(one.start)) for one in parts]
    length = samples_of(seconds)
    with WavWriter(out, channels) as writer:
        for at in range(0, length, _BLOCK):
            block = np.zeros((min(_BLOCK, length - at), channels), np.float32)
            for one, sound, start in placed:
                end = start + min(sound.frames, length if math.isinf(one.seconds) else samples_of(one.seconds))
                first, last = max(at, start), min(at + len(block), end)
                if first < last:
                    heard = sound.read(first - start, last - first)
                    mono = heard.mean(axis=1, keepdims=True) if heard.shape[1] != channels else heard
                    block[first - at : last - at] += mono * np.float32(one.gain)
            writer.write(block)


def cut_sound(path: Path, start: float, end: float, out: Path) -> None:
    """Write what a sound has between two seconds, each rounded to its nearest sample.

    Raises:
        MediaFailed: it is no such sound.
    """
    sound, first, last = open_wav(path), samples_of(start), samples_of(end)
    with WavWriter(out, sound.channels) as writer:
        for at in range(first, last, _BLOCK):
            writer.write(sound.read(at, min(_BLOCK, last - at)))


def audible_seconds(path: Path, decibels: float = -45.0) -> float:
    """Seconds of a sound in which it is louder than so many decibels of full scale, in steps of a twentieth.

    Raises:
        MediaFailed: it is no such sound.
    """
    sound, window, heard = open_wav(path), RATE // 20, 0
    least = 10 ** (decibels / 10)
    for at in range(0, sound.frames, window):
        heard += bool(np.square(sound.read(at, window), dtype=np.float64).mean() > least)
    return heard * window / RATE


def level_gain(path: Path, decibels: float, most: float) -> float:
    """Factor that brings a sound's mean level to `decibels` of full scale, within `most` decibels either way.

    Raises:
        MediaFailed: it is no such sound.
    """
    sound, power = open_wav(path), 0.0
    for at in range(0, sound.frames, _BLOCK):
        power += float(np.square(sound.read(at, _BLOCK), dtype=np.float64).sum())
    mean = power / max(1, sound.frames * sound.channels)
    if mean <= 0:
        return 1.0
    wanted = decibels - 10 * math.log10(mean)
    return float(10 ** (min(most, max(-most, wanted)) / 20))


def _at_once(parts: Sequence[Path], pauses: Sequence[float | None]) -> Iterator[tuple[list[Wav], float]]:
    """The sounds that begin together, and the silence before them."""
    together, before = [_mono(parts[0])], 0.0
    for part, pause in zip(parts[1:], pauses, strict=True):
        if pause is None:
            together.append(_mono(part))
        else:
            yield together, before
            together, before = [_mono(part)], pause
    yield together, before


def _mono(part: Path) -> Wav:
    sound = open_wav(part)
    if sound.channels != 1:
        raise MediaFailed(f"{part.name} has {sound.channels} channels")
    return sound


def _mixed(blocks: Sequence[Samples]) -> Samples:
    whole = np.zeros(max(map(len, blocks)), np.float32)
    for block in blocks:
        whole[: len(block)] += block
    return np.clip(whole, -1, 1)
