"""The film's sound: voices placed to the sample, the bed ducked under them, one gain to the loudness wanted, AAC.

Voices and bed are added up block by block, so that ten minutes or two hundred takes cost no memory; ffmpeg measures,
limits and encodes. The ducking looks ahead: the music has made room when the first word comes.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wzrd.domain.film import LOUDNESS
from wzrd.media.atomic import folder_beside, written_beside
from wzrd.media.boxes import check_boxes
from wzrd.media.ffmpeg import MediaFailed, foreign_input, local, run_ffmpeg
from wzrd.media.wav import RATE, Samples, Wav, open_wav, samples_of
from wzrd.threads import stoppable

TOLERANCE = 0.3
PEAK_DB = -1.5
DUCK_DB = 10.0  # how far the bed goes down under a voice
AHEAD, HOLD, SLOPE = 0.45, 0.6, 0.7  # seconds: room before a word, room after it, and how long the way takes

_STEP = 480  # samples: ducking is decided a hundred times a second
_BLOCK = 1000 * _STEP  # ten seconds
_HEARD = 0.004  # -48 dBFS: below it nobody speaks
_SILENT_LUFS = -60.0
_LONGEST = 3 * 3600.0  # seconds of a sound that is read
_MOST_GAIN_DB = 30.0
_UNDER_PEAK_DB = (0.5, 1.0, 1.6)  # AAC overshoots the limiter a little: how much lower we aim, try by try
_RAW = ["-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i"]
_AAC = ["-c:a", "aac", "-b:a", "192k", "-aac_coder", "fast", "-map_metadata", "-1", "-fflags", "+bitexact"]
_SUMMARY = re.compile(r"I:\s+(-?[\d.]+|-?inf|nan) LUFS(?:.*?Peak:\s+(-?[\d.]+|-?inf|nan) dBFS)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Placed:
    """A sound and the second of the film at which it begins."""

    path: Path
    start: float


@dataclass(frozen=True, slots=True)
class Loudness:
    """Of the finished sound: `integrated` in LUFS (-70 for silence), `peak` in dBFS (true peak)."""

    integrated: float
    peak: float


async def mix(
    voices: Sequence[Placed], bed: Path | None, out: Path, *, seconds: float, lufs: float = LOUDNESS
) -> Loudness:
    """Mix a film's sound of `seconds`, as loud as `lufs`, into `out`: AAC, 48 kHz, stereo, without any offset.

    A sound that reaches beyond the film is cut off. Any format that ffmpeg reads is welcome; ours is read directly.

    Raises:
        MediaFailed: a sound can't be read, or ffmpeg failed; retryable when it was killed.
    """
    with folder_beside(out) as room, written_beside(out) as part:
        tracks = [
            _Track(await _house(voice.path, room / f"voice-{at}.wav"), round(voice.start * RATE))
            for at, voice in enumerate(voices)
        ]
        under = await _house(bed, room / "bed.wav") if bed else None
        raw = room / "mix.f32"
        await stoppable(_add_up, tracks, under, raw, max(1, samples_of(seconds)))
        return await _finished(raw, part, lufs)


@dataclass(frozen=True, slots=True)
class _Track:
    """A sound and the sample of the film at which it begins (below 0: its head is cut off)."""

    wav: Wav
    start: int

    def read(self, start: int, count: int) -> Samples:
        """Samples heard in `count` samples of the film from `start`: (count,), silence around them."""
        block = np.zeros(count, np.float32)
        first = max(start, self.start)
        heard = self.wav.read(first - self.start, start + count - first) if first < start + count else None
        if heard is not None and len(heard):
            block[first - start : first - start + len(heard)] = heard.mean(axis=1)
        return block


async def _house(path: Path, room: Path) -> Wav:
    """The sound at `path` as a WAV of ours: itself, or converted into `room`."""
    try:
        wav = await asyncio.to_thread(open_wav, path)
    except MediaFailed:
        wav = None
    if wav is None or wav.channels > 2:
        await asyncio.to_thread(check_boxes, path)
        form = ["-map", "0:a:0", "-ac", "2", "-ar", str(RATE), "-c:a", "pcm_s16le", "-f", "wav"]
        await run_ffmpeg("-y", "-v", "error", *foreign_input(path, _LONGEST), *form, local(room))
        wav = await asyncio.to_thread(open_wav, room)
    return wav


def _add_up(stop: Callable[[], bool], tracks: Sequence[_Track], bed: Wav | None, out: Path, length: int) -> None:
    """Voices in the middle and the ducked bed, as raw stereo floats (nothing clips in them)."""
    gains = ducking(_activity(tracks, length)) if bed else np.ones(0, np.float32)
    with out.open("wb") as file:
        for start in range(0, length, _BLOCK):
            if stop():
                return
            count = min(_BLOCK, length - start)
            block = np.zeros((count, 2), np.float32)
            if bed:
                at = np.arange(start, start + count, dtype=np.float32) / np.float32(_STEP)
                under = bed.read(start, count)
                level = np.interp(at[: len(under)], np.arange(len(gains)) + 0.5, gains).astype(np.float32)
                block[: len(under)] += under * level[:, None]
            for track in tracks:
                if track.start < start + count and track.start + track.wav.frames > start:
                    block += track.read(start, count)[:, None]
            file.write(block.astype("<f4").tobytes())


def _activity(tracks: Sequence[_Track], length: int) -> NDArray[np.bool_]:
    """For every hundredth of a second of the film whether somebody is heard."""
    active = np.zeros(-(-length // _STEP), np.bool_)
    for track in tracks:
        first = max(0, track.start) // _STEP
        last = min(len(active), -(-(track.start + track.wav.frames) // _STEP))
        for step in range(first, last, 1000):
            count = min(1000, last - step)
            sound = track.read(step * _STEP, count * _STEP).reshape(count, _STEP)
            active[step : step + count] |= np.sqrt(np.square(sound).mean(axis=1)) > _HEARD
    return active


def ducking(active: NDArray[np.bool_]) -> Samples:
    """The bed's gain for every hundredth of a second: down before a voice, up again after it, never in steps."""
    ahead, hold, slope = (round(seconds * 100) for seconds in (AHEAD, HOLD, SLOPE))
    marks = np.concatenate([np.zeros(ahead + hold), active, np.zeros(ahead + hold)])
    sums = np.concatenate([[0.0], np.cumsum(marks)])
    width = ahead + hold + 1
    down = (sums[width:] - sums[:-width]) > 0  # a voice within `ahead` to come or `hold` gone
    down = np.concatenate([np.zeros(slope), down[hold : hold + len(active)], np.zeros(slope)])
    window = np.hanning(slope + 2)[1:-1]
    smooth = np.convolve(down, window / window.sum(), "same")[slope : slope + len(active)]
    return (10 ** (-DUCK_DB * smooth / 20)).astype(np.float32)


async def _finished(raw: Path, out: Path, lufs: float) -> Loudness:
    """Encode at the loudness that is wanted: one gain, a limiter that adds no delay, checked on what came out."""
    before = await measured(*_RAW, local(raw), peak=False)
    if before.integrated < _SILENT_LUFS:
        await _encode(raw, out, 0.0, PEAK_DB)
        return await measured("-i", local(out))
    gain = lufs - before.integrated
    loudness = before
    for under in _UNDER_PEAK_DB:
        gain = min(gain, _MOST_GAIN_DB)
        await _encode(raw, out, gain, PEAK_DB - under)
        loudness = await measured("-f", "mov", "-i", local(out))
        away = lufs - loudness.integrated
        if abs(away) <= TOLERANCE and loudness.peak <= PEAK_DB:
            break
        gain += away  # what the limiter took
    return loudness


async def _encode(raw: Path, out: Path, gain_db: float, limit_db: float) -> None:
    limiter = f"alimiter=limit={10 ** (limit_db / 20):.4f}:attack=5:release=80:level=false:latency=1"
    chain = f"volume={gain_db:.3f}dB,{limiter}"
    await run_ffmpeg("-y", "-v", "error", *_RAW, local(raw), "-af", chain, *_AAC, "-f", "ipod", local(out))


async def measured(*source: str, peak: bool = True) -> Loudness:
    """Integrated loudness and true peak of a sound, by EBU R 128. The peak is most of the work: not asked for, 0."""
    asked = "ebur128=peak=true:framelog=quiet" if peak else "ebur128=framelog=quiet"
    output = await run_ffmpeg(*source, "-af", asked, "-f", "null", "-")
    found = _SUMMARY.search(output[output.rfind("Summary:") :])
    if found is None or (peak and found[2] is None):
        raise MediaFailed("ffmpeg told no loudness")
    integrated, highest = (float(number or 0) for number in found.groups())
    return Loudness(max(-70.0, integrated), max(-120.0, highest))
