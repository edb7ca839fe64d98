"""hibari-tts as a voice of any pitch: its network's spectrum, spoken on another fundamental. The only importer of it.

The network gives, for every 12.5 ms, a spectrum at the harmonics of its own fundamental. To speak higher or lower we
read the envelope at those harmonics only, where the network was trained, and let the package's own synthesis excite it
with the new pitch. So the vowels stay where they are: measured with speech recognition, no word is lost from 0.55 to
1.34, where shifting the finished sound (rubberband) loses every third word at 0.55.
"""

import threading
from functools import cache
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.wav import RATE, Samples

ENGINE = "hibari-0.2.1"
TRACT = 0.35  # how far the throat follows the pitch: low voices come from larger people
WHISPER_TILT_DB = -18.0

_OWN_RATE = 24_000
_BINS, _BIN_HZ = 601, 20.0
_VOICED_HZ, _LOWEST_HZ = 40.0, 60.0
_RESIDUE_DB = -15.0  # below 3 kHz the network's third part still sings at the old pitch

_Parts = tuple[Samples, Samples, Samples, Samples, Samples, Samples]

_lock = threading.Lock()


class _Session(Protocol):
    def run(self, outputs: None, inputs: dict[str, NDArray[Any]]) -> list[Samples]: ...


class _Network(Protocol):
    sess: _Session

    def phonemize(self, text: str) -> list[str]: ...
    def ids(self, phonemes: str) -> list[int]: ...


class _Synthesis(Protocol):
    def synth(
        self, lh: Samples, th: Samples, ln: Samples, lr: Samples, phi: Samples, f0: Samples, rng: np.random.Generator
    ) -> Samples: ...


def say(text: str, *, pitch: float, speed: float, whispered: bool = False) -> Samples:
    """A sentence as sound, mono, 24 kHz; the same arguments give the same samples. May be called from many threads.

    Raises:
        MediaFailed: this machine has no hibari-tts.
    """
    network, synthesis = _load()
    spoken: list[Samples] = []
    for phonemes in network.phonemize(text):
        ids = network.ids(phonemes)
        if len(ids) < 3:
            continue
        inputs = {"ids": np.asarray([ids], np.int64), "speed": np.asarray([speed], np.float32)}
        parts = _repitched([part[0] for part in network.sess.run(None, inputs)], pitch, whispered=whispered)
        spoken.append(synthesis.synth(*parts, np.random.default_rng(0)))
    return np.concatenate(spoken) if spoken else np.zeros(0, np.float32)


def _load() -> tuple[_Network, _Synthesis]:
    with _lock:  # the first call takes 0.2 s; a second model beside it would take 200 MB
        return _loaded()


@cache
def _loaded() -> tuple[_Network, _Synthesis]:
    try:
        from hibari import Hibari, dsp
    except ImportError as error:
        raise MediaFailed("the scratch voice needs the package hibari-tts, which is not installed here") from error
    network = cast("_Network", Hibari(threads=1))
    network.phonemize("Ready.")  # its dictionary loads at the first use, and not safely from two threads at once
    return network, cast("_Synthesis", dsp)


def _repitched(parts: list[Samples], pitch: float, *, whispered: bool) -> _Parts:
    """The network's six parts with the fundamental moved: lh, th harmonics, ln noise, lr, phi residue, f0."""
    lh, th, ln, lr, phi, f0 = parts
    voiced = f0 > _VOICED_HZ
    at_harmonics = _Harmonics(f0)
    lh = np.where(voiced, at_harmonics.envelope(lh), lh) + np.float32(0.5 * np.log(pitch))
    th = np.where(voiced, at_harmonics.envelope(th), th)
    lr = lr + _residue_gain(_RESIDUE_DB) * voiced
    if whispered:
        ln = np.where(voiced, np.logaddexp(ln, lh + _tilt()), ln)
    lh, th, ln, lr = (_stretched(part, pitch**TRACT) for part in (lh, th, ln, lr))
    moved = np.where(voiced, f0 * np.float32(0.0 if whispered else pitch), f0)
    return lh, th, ln, lr, phi, moved


class _Harmonics:
    """Where the harmonics of a fundamental lie among the spectrum's bins, and how to read between them."""

    def __init__(self, f0: Samples) -> None:
        self.spacing: Samples = (np.maximum(f0, _LOWEST_HZ) / _BIN_HZ).astype(np.float32)
        order = np.arange(_BINS, dtype=np.float32)[:, None] / self.spacing
        self.below: Samples = np.maximum(np.floor(order), np.float32(1))
        self.share: Samples = np.clip(order - self.below, np.float32(0), np.float32(1))
        self.columns = np.arange(len(f0))[None, :]

    def envelope(self, part: Samples) -> Samples:
        """`part` (bins, frames) read at the harmonics and drawn straight between them."""
        lower, upper = self._at(part, self.below), self._at(part, self.below + 1)
        return (lower + (upper - lower) * self.share).astype(np.float32)

    def _at(self, part: Samples, order: Samples) -> Samples:
        place = np.clip(order * self.spacing, np.float32(0), np.float32(_BINS - 1))
        low = place.astype(np.intp)
        between = (place - low).astype(np.float32)
        lower, upper = part[low, self.columns], part[np.minimum(low + 1, _BINS - 1), self.columns]
        return (lower + (upper - lower) * between).astype(np.float32)


def _stretched(part: Samples, factor: float) -> Samples:
    """The spectrum with its frequencies multiplied: a longer or shorter throat."""
    place = np.minimum(np.arange(_BINS) / factor, _BINS - 1)
    low = place.astype(np.int64)
    between = (place - low).astype(np.float32)[:, None]
    lower, upper = part[low], part[np.minimum(low + 1, _BINS - 1)]
    return (lower + (upper - lower) * between).astype(np.float32)


def _residue_gain(decibels: float) -> Samples:
    gain = np.interp(np.arange(_BINS), (150, 200), (decibels, 0.0))
    return (gain * np.log(10) / 20).astype(np.float32)[:, None]


def _tilt() -> Samples:
    """A whisper has no chest: the lows go."""
    gain = np.interp(np.arange(_BINS), (0, 40, 100), (2 * WHISPER_TILT_DB, WHISPER_TILT_DB - 6, WHISPER_TILT_DB))
    return (gain * np.log(10) / 20).astype(np.float32)[:, None]


def at_house_rate(sound: Samples, response_db: NDArray[np.float32] | None = None) -> Samples:
    """A 24 kHz sound at 48 kHz; `response_db` colours it on the way, a gain for each 10 Hz up to 12 kHz."""
    padded = -(-(len(sound) + 2_400) // 2_400) * 2_400
    spectrum = np.fft.rfft(sound, padded)
    if response_db is not None:
        hertz = np.arange(len(spectrum)) * (_OWN_RATE / padded)
        spectrum *= 10 ** (np.interp(hertz, np.arange(len(response_db)) * 10.0, response_db) / 20)
    doubled = np.fft.irfft(np.pad(spectrum, (0, padded // 2)), padded * RATE // _OWN_RATE)
    return (doubled[: len(sound) * 2] * 2).astype(np.float32)
