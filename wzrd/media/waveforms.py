"""The waveform of a sound: its loudest sample in each of many equal pieces, read without holding the sound."""

from pathlib import Path

import numpy as np

from wzrd.media.ffmpeg import foreign_input, local, run_ffmpeg
from wzrd.threads import in_thread

_RATE = 8000


async def read_peaks(path: Path, seconds: float, resolution: int, folder: Path) -> list[float]:
    """Peaks from 0 to 1 of `resolution` pieces of the sound; a very short one has fewer. Its samples stay in `folder`.

    Raises:
        MediaFailed: the sound cannot be read.
    """
    raw = folder / "sound.s16"
    form = ["-map", "0:a:0", "-vn", "-ac", "1", "-ar", str(_RATE), "-f", "s16le"]
    await run_ffmpeg("-v", "error", *foreign_input(path, seconds + 1), *form, "-y", local(raw))
    return await in_thread(_peaks, raw, resolution)


def _peaks(raw: Path, resolution: int) -> list[float]:
    count = raw.stat().st_size // 2
    edges = np.linspace(0, count, min(resolution, count) + 1).astype(np.int64)
    samples = np.memmap(raw, "<i2", "r", shape=(count,)) if count else np.zeros(0, np.int16)
    if not count:
        return []
    peaks = np.maximum.reduceat(np.abs(samples.astype(np.int32)), edges[:-1])
    return [round(float(peak) / 32768, 4) for peak in peaks]
