"""Edits of sounds with ffmpeg: trimmed, faded, louder, even, merged. They make AAC, 48 kHz stereo, in an .m4a.

A clip's sound is a sound too. Loudness is measured first and set by one gain, never by a filter that pumps.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from wzrd.domain.errors import BadRequest
from wzrd.media.atomic import written_beside
from wzrd.media.clip_edits import part_of
from wzrd.media.clip_looks import fitted_fades, tempo
from wzrd.media.clip_output import AAC, SOUND
from wzrd.media.ffmpeg import MediaFailed, foreign_input, local, run_ffmpeg
from wzrd.media.limits import check_length
from wzrd.media.mix import measured
from wzrd.media.probe import Facts, probe
from wzrd.threads import in_thread

LONGEST = 3600.0
"""Seconds of a sound that is edited."""
_SILENT_LUFS = -69.0
_MOST_GAIN = 40.0
_UNDER_PEAK = (0.3, 0.8, 1.4)
"""AAC overshoots the limiter a little: how much lower it aims, try by try."""
_TOLERANCE = 0.3


@dataclass(frozen=True, slots=True)
class Sound:
    """A foreign sound that has been looked at, and its seconds."""

    path: Path
    seconds: float


async def open_sound(path: Path) -> Sound:
    """Look at a foreign sound, or at the sound of a clip.

    Raises:
        MediaRefused: it is longer than an hour.
        MediaFailed: it cannot be read.
        BadRequest: nothing is heard in it.
    """
    facts = await asyncio.to_thread(partial(probe, path, longest=LONGEST))
    if not facts.audio:
        raise BadRequest("a sound is needed, and the file has none")
    seconds = facts.seconds or await _decoded_seconds(path)
    check_length(path.name, seconds, LONGEST)
    return Sound(path, seconds)


async def _decoded_seconds(path: Path) -> float:
    """Of a file that does not say how long it lasts."""
    output = await run_ffmpeg(
        *("-v", "error", *foreign_input(path, LONGEST + 1), "-map", "0:a:0", "-f", "null", "-progress", "pipe:2", "-")
    )
    times = [line.partition("=")[2] for line in output.splitlines() if line.startswith("out_time_us=")]
    return int(times[-1]) / 1e6 if times and times[-1].isdigit() else 0.0


async def write_sound(inputs: Sequence[str], graph: str, out: Path) -> Facts:
    """Run one command whose graph ends in [a]. A failed or cancelled call leaves nothing behind.

    Raises:
        MediaFailed: ffmpeg failed, or nothing came out.
    """
    with written_beside(out) as part:
        form = ["-map", "[a]", "-vn", *AAC, "-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"]
        file = ["-f", "ipod", "-movflags", "+faststart", "-y", local(part)]
        await run_ffmpeg("-v", "error", *inputs, "-filter_complex", graph, *form, *file)
        facts = await asyncio.to_thread(partial(probe, part, longest=float("inf")))
        if not facts.audio or not facts.seconds:
            raise MediaFailed("ffmpeg made no sound of it")
    return facts


async def edit_sound(sound: Sound, out: Path, filters: str) -> Facts:
    """The sound through filters.

    Raises:
        MediaFailed: as `write_sound`.
    """
    return await write_sound(foreign_input(sound.path, LONGEST), f"[0:a:0]{SOUND},{filters}[a]", out)


def trim(sound: Sound, start: float, end: float | None, length: float | None) -> str:
    """A part of it, to the sample.

    Raises:
        BadRequest: it has no such part.
    """
    start, length = part_of(sound.seconds, start, end, length)
    return f"atrim=start={start:.6f}:duration={length:.6f},asetpts=PTS-STARTPTS"


def fade(sound: Sound, fade_in: float, fade_out: float) -> str:
    """Softly in and out; together never longer than the sound."""
    return fades(fade_in, fade_out, sound.seconds)


def fades(fade_in: float, fade_out: float, seconds: float) -> str:
    """Fades of a sound of so many seconds."""
    came, goes = fitted_fades(fade_in, fade_out, seconds)
    steps = [f"afade=t=in:d={came:.6f}"] if came > 0 else []
    steps += [f"afade=t=out:st={seconds - goes:.6f}:d={goes:.6f}"] if goes > 0 else []
    return ",".join(steps) or "anull"


def gain(decibels: float) -> str:
    """Louder or softer; what would be beyond full scale is limited, not clipped."""
    return f"volume={decibels:.3f}dB,{_limiter(-0.3)}"


def manipulate(volume: float, times: float, semitones: float) -> str:
    """Volume, tempo at its own pitch, pitch at its own tempo."""
    pitched = f"rubberband=pitch={2 ** (semitones / 12):.8f}" if semitones else "anull"
    return f"volume={volume:.4f},{tempo(times)},{pitched},{_limiter(-0.3)}"


def compress(threshold: float, ratio: float, attack: float, release: float) -> str:
    """Filter that softens sound above the threshold (dBFS); attack and release in milliseconds."""
    limits = f"threshold={10 ** (threshold / 20):.6f}:ratio={ratio:.3f}"
    return f"acompressor={limits}:attack={attack:.3f}:release={release:.3f}"


async def normalise(sound: Sound, out: Path, *, lufs: float, peak: float) -> Facts:
    """Brought to a loudness by one gain; peaks are held below `peak` dBFS. Silence stays silence.

    Raises:
        MediaFailed: as `write_sound`.
    """
    source = foreign_input(sound.path, LONGEST)
    before = await measured(*source, "-map", "0:a:0")
    if before.integrated < _SILENT_LUFS:
        return await edit_sound(sound, out, "anull")
    decibels = min(_MOST_GAIN, lufs - before.integrated)
    facts: Facts | None = None
    for under in _UNDER_PEAK:
        facts = await edit_sound(sound, out, f"volume={decibels:.3f}dB,{_limiter(peak - under)}")
        after = await measured("-f", "mov", "-i", local(out))
        away = lufs - after.integrated
        if after.peak <= peak and (abs(away) <= _TOLERANCE or decibels >= _MOST_GAIN):
            break
        decibels = min(_MOST_GAIN, decibels + away)  # what the limiter took
    assert facts is not None, "there is at least one try"
    return facts


async def merge(sounds: Sequence[Sound], out: Path, *, mode: str, crossfade: float = 0.0) -> Facts:
    """Several sounds as one: at once (`mix`, as long as the longest), or one after another (`concat`).

    Raises:
        MediaRefused: one after another they last longer than an hour.
        MediaFailed: as `write_sound`.
    """
    inputs = [word for sound in sounds for word in foreign_input(sound.path, LONGEST)]
    heads = [f"[{number}:a:0]{SOUND}[s{number}]" for number in range(len(sounds))]
    names = "".join(f"[s{number}]" for number in range(len(sounds)))
    if mode == "mix":
        joined = f"{names}amix=inputs={len(sounds)}:normalize=0:duration=longest,{_limiter(-0.3)}[a]"
    elif crossfade > 0:
        joined = _crossfaded(sounds, crossfade)
    else:
        joined = f"{names}concat=n={len(sounds)}:v=0:a=1[a]"
    if mode != "mix":
        check_length("the merged sound", sum(sound.seconds for sound in sounds), LONGEST)
    return await write_sound(inputs, ";".join([*heads, joined]), out)


def _crossfaded(sounds: Sequence[Sound], crossfade: float) -> str:
    steps, before = list[str](), "s0"
    for number in range(1, len(sounds)):
        shared = min(crossfade, sounds[number - 1].seconds / 2, sounds[number].seconds / 2)
        after = "a" if number == len(sounds) - 1 else f"c{number}"
        steps.append(f"[{before}][s{number}]acrossfade=d={shared:.6f}:c1=tri:c2=tri[{after}]")
        before = after
    return ";".join(steps)


def _limiter(peak: float) -> str:
    return f"alimiter=limit={10 ** (peak / 20):.5f}:attack=5:release=80:level=false:latency=1"


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
