"""Voices as tones: a test hears who speaks, and sees in a clip whose sound it got."""

import hashlib
import io
from collections.abc import Sequence

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

TONES = tuple(round(200 * 1.12**at) for at in range(25))
"""Hertz, far enough apart to be told in any mix."""
_RATE = 24_000
STEP, DARKEST, MARK = 40, 40, 230


def tone_of(voice: str, known: Sequence[str] = ()) -> int:
    """The tone of a voice, as an index: `known` voices have one each, others one by their name."""
    if voice in known:
        return [*known].index(voice) % len(TONES)
    return hashlib.sha256(voice.encode()).digest()[0] % len(TONES)


def read_tone(samples: NDArray[np.float32], rate: int) -> int | None:
    """The tone that is loudest in these samples, as an index; None: silence."""
    if len(samples) < rate // 10 or float(np.abs(samples).max(initial=0.0)) < 0.005:
        return None
    strength = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    width = rate / len(samples)
    near = [strength[max(0, int(hertz * 0.97 / width)) : int(hertz * 1.03 / width) + 1].max() for hertz in TONES]
    return int(np.argmax(near))


def tone_in(data: bytes) -> tuple[int | None, float]:
    """The tone of a sound file, and its seconds; None where there is none to be heard, 0 where it is no sound."""
    try:
        with av.open(io.BytesIO(data), "r") as file:
            if not file.streams.audio:
                return None, 0.0
            resampler = av.AudioResampler("flt", "mono", _RATE)
            decoded = file.decode(file.streams.audio[0])
            frames = [one for frame in decoded for one in resampler.resample(frame)]
    except (FFmpegError, OSError):
        return None, 0.0
    heard = [frame.to_ndarray().reshape(-1).astype(np.float32) for frame in frames]
    samples = np.concatenate([np.zeros(0, np.float32), *heard])
    return read_tone(samples, _RATE), len(samples) / _RATE


def colours_of_tone(tone: int | None) -> tuple[str, ...]:
    """Greys that spell a tone: a mark, and its digits to the base of five; black where there is none."""
    digits = [0, 0] if tone is None else [DARKEST + STEP * digit for digit in divmod(tone, 5)]
    return tuple(f"{grey:02x}" * 3 for grey in (MARK, *digits))


def sounds_in(sounds: Sequence[bytes]) -> tuple[tuple[str, ...], float]:
    """Colours that spell the tones of these sounds, in their order, and the seconds of the longest."""
    heard = [tone_in(data) for data in sounds]
    colours = tuple(colour for tone, _ in heard for colour in colours_of_tone(tone))
    return colours, max((seconds for _, seconds in heard), default=0.0)
