"""The instruments of the scratch score, each a few lines of additive synthesis: one note in, stereo samples out.

Pads are loops drawn in the spectrum (every harmonic a narrow band of random phases, which sounds like a section of
players); struck and plucked notes are sums of decaying partials. Tones are made once a pitch and kept.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np

from wzrd.animatic.score.harmony import Instrument, Note
from wzrd.media.wav import RATE, Samples, samples_of

_LOOP = 1 << 18  # samples of a pad's loop: 5.5 s
_FAR = 39  # widths of a band beyond which it is nothing, to the last bit
_KEPT = 20  # tones of an instrument kept in memory, 1 to 3 MB each
_GAINS: Mapping[Instrument, float] = {  # the balance of the orchestra; a bed lies some 8 dB below the voices
    "pad": 0.30, "low": 0.40, "glass": 0.40, "piano": 0.50, "pluck": 0.48, "strings": 0.46, "bass": 0.25,
    "heart": 0.40, "drum": 0.40,
}  # fmt: skip


def hertz(pitch: float) -> float:
    """The frequency of a MIDI pitch."""
    return float(440.0 * 2 ** ((pitch - 69) / 12))


def play(note: Note) -> Samples:
    """The note as stereo samples (n, 2), faded at both ends; n may exceed its length by the release."""
    tone = _INSTRUMENTS[note.instrument](note)
    angle = (note.pan + 1) * np.pi / 4
    gains = np.array([np.cos(angle), np.sin(angle)], np.float32) * np.float32(
        np.sqrt(2) * note.level * _GAINS[note.instrument]
    )
    return (tone * gains).astype(np.float32)


def forget() -> None:
    """Give back the memory of the tones that were kept."""
    for kept in (_loop, _piano_tone, _pluck_tone, _strings_tone, _bass_tone, _drum_tone):
        kept.cache_clear()


def _sustained(note: Note, *, harmonics: tuple[float, ...], spread: float, attack: float, release: float) -> Samples:
    """A bowed section: the loop of its pitch under a slow envelope."""
    loop = _loop(note.pitch, harmonics, spread)
    count = samples_of(note.length + release)
    at = (int(note.start * RATE) * 7 + np.arange(count)) % _LOOP
    attack = min(attack, note.length * 0.6)
    return loop[at] * _swell(count, samples_of(attack), samples_of(release))[:, None]


@lru_cache(maxsize=_KEPT)
def _loop(pitch: float, harmonics: tuple[float, ...], spread: float) -> Samples:
    """A seamless loop at RMS 0.1: each harmonic a band `spread` cents wide, other phases left and right."""
    rng = np.random.default_rng(round(pitch * 100))
    bins = np.arange(_LOOP // 2 + 1) * (RATE / _LOOP)
    shape = np.zeros(len(bins), np.float64)
    for number, level in enumerate(harmonics, 1):
        centre = hertz(pitch) * number
        if centre < RATE / 2.5:
            width = max(0.25, centre * (2 ** (spread / 1200) - 1))
            near = slice(*np.searchsorted(bins, (centre - _FAR * width, centre + _FAR * width)))
            shape[near] += level * np.exp(-0.5 * ((bins[near] - centre) / width) ** 2) / np.sqrt(width)
    phases = rng.uniform(0, 2 * np.pi, (2, len(bins)))
    spectrum, heard = np.zeros(phases.shape, np.complex128), shape.nonzero()[0]
    spectrum[:, heard] = shape[heard] * np.exp(1j * phases[:, heard])
    sound = np.fft.irfft(spectrum, _LOOP).T
    return (sound * (0.1 / np.sqrt(np.mean(sound**2)))).astype(np.float32)


def _swell(count: int, attack: int, release: int) -> Samples:
    """Up over `attack`, down over the last `release` samples, both as half a cosine."""
    envelope = np.ones(count, np.float32)
    rise, fall = min(attack, count), min(release, count)
    envelope[:rise] *= (0.5 - 0.5 * np.cos(np.pi * np.arange(rise) / max(1, rise))).astype(np.float32)
    envelope[count - fall :] *= (0.5 + 0.5 * np.cos(np.pi * (np.arange(fall) + 1) / max(1, fall))).astype(np.float32)
    return envelope


def _pad(note: Note) -> Samples:
    warm = tuple(1 / number**1.6 for number in range(1, 10))
    return _sustained(note, harmonics=warm, spread=9, attack=2.2, release=2.4)


def _low(note: Note) -> Samples:
    dark = (1.0, 0.55, 0.3, 0.14, 0.08, 0.05)
    return _sustained(note, harmonics=dark, spread=7, attack=2.6, release=3.0)


def _struck(note: Note, tone: Samples, damp: float) -> Samples:
    """A decaying tone cut to its note: the damper falls within `damp` seconds behind it."""
    count = min(len(tone), samples_of(note.length + damp))
    return tone[:count] * _swell(count, 0, samples_of(damp))[:, None]


def _decaying(
    pitch: float, levels: tuple[float, ...], *, seconds: float, ring: float, stiffness: float, damping: float
) -> Samples:
    """A sum of partials, each dying faster than the one below; `ring` is the first one's seconds to -8.7 dB."""
    time = np.arange(samples_of(seconds), dtype=np.float32) / np.float32(RATE)
    sound = np.zeros((2, len(time)), np.float32)
    base = hertz(pitch)
    for number, level in enumerate(levels, 1):
        frequency = base * number * np.sqrt(1 + stiffness * number * number)
        if frequency > RATE / 2.4:
            break
        decay = np.exp(time * np.float32(-(1 + damping * (number - 1)) / ring)) * np.float32(level)
        for side, cents in enumerate((0.4, -0.4)):
            sound[side] += decay * np.sin(
                time * np.float32(2 * np.pi * frequency * 2 ** (cents / 1200)) + np.float32(side)
            )
    attack = samples_of(0.004)
    sound[:, :attack] *= np.linspace(0, 1, attack, dtype=np.float32) ** 2
    return sound.T


@lru_cache(maxsize=_KEPT)
def _piano_tone(pitch: float) -> Samples:
    """A felt piano: soft hammers, few overtones, a knock of wood."""
    levels = tuple(np.exp(-0.42 * number) / number**0.5 for number in range(1, 11))
    ring = 2.2 * (hertz(60) / hertz(pitch)) ** 0.55
    tone = _decaying(pitch, levels, seconds=min(9.0, 4 * ring), ring=ring, stiffness=4e-4, damping=0.35)
    return tone * np.float32(0.32) + _knock(len(tone), 180.0, 0.012, 0.05)


@lru_cache(maxsize=_KEPT)
def _pluck_tone(pitch: float) -> Samples:
    """Pizzicato: a string let go by a fingertip."""
    levels = tuple(abs(np.sin(np.pi * number * 0.28)) / number**1.15 for number in range(1, 12))
    ring = 0.34 * (hertz(55) / hertz(pitch)) ** 0.45
    tone = _decaying(pitch, levels, seconds=min(3.0, 6 * ring), ring=ring, stiffness=1e-4, damping=0.5)
    return tone * np.float32(0.3) + _knock(len(tone), 420.0, 0.008, 0.04)


@lru_cache(maxsize=_KEPT)
def _strings_tone(pitch: float) -> Samples:
    """Short bows: a bite of the loop."""
    bright = tuple(1 / number**1.25 for number in range(1, 14))
    return _loop(pitch, bright, 8.0)[: samples_of(1.2)]


@lru_cache(maxsize=_KEPT)
def _bass_tone(pitch: float) -> Samples:
    levels = (1.0, 0.5, 0.3, 0.12, 0.05)
    return _decaying(pitch, levels, seconds=7.0, ring=2.4, stiffness=0, damping=0.8) * np.float32(0.22)


@lru_cache(maxsize=_KEPT)
def _drum_tone(pitch: float, seconds: float) -> Samples:
    """A skin: a tone that falls a fifth while it dies, and a soft stroke of noise."""
    time = np.arange(samples_of(seconds)) / RATE
    base = hertz(pitch)
    phase = 2 * np.pi * base * (time + 0.5 * 0.06 * (1 - np.exp(-time / 0.06)))
    body = np.sin(phase) * np.exp(-time * 4.6 / seconds) * np.minimum(1, time / 0.005)
    skin = np.stack([body, body], 1).astype(np.float32) * np.float32(0.4) + _knock(len(time), 500.0, 0.02, 0.1)
    return skin * _swell(len(time), 0, samples_of(0.1))[:, None]


def _knock(count: int, cutoff: float, seconds: float, level: float) -> Samples:
    """A short, dull noise: hammer, finger or stick."""
    rng = np.random.default_rng(count)
    length = min(count, samples_of(seconds * 8))
    bins = np.fft.rfftfreq(length, 1 / RATE)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(length)) / (1 + (bins / cutoff) ** 2), length)
    time = np.arange(length) / RATE
    shape = np.exp(-time / seconds) * np.minimum(1, time / 0.003) * _swell(length, 0, length // 4)
    sound = np.zeros((count, 2), np.float32)
    sound[:length] = (level * noise / np.abs(noise).max() * shape)[:, None]
    return sound


def _strings(note: Note) -> Samples:
    tone = _strings_tone(note.pitch)
    count = min(len(tone), samples_of(note.length + 0.12))
    time = np.arange(count, dtype=np.float32) / np.float32(RATE)
    shape = _swell(count, samples_of(0.018), samples_of(0.12)) * np.exp(-time / np.float32(0.22))
    return tone[:count] * shape[:, None] * np.float32(1.6)


_GLASS = (1.0, 0.08, 0.05)
_INSTRUMENTS: Mapping[Instrument, Callable[[Note], Samples]] = {
    "pad": _pad,
    "low": _low,
    "glass": lambda note: _sustained(note, harmonics=_GLASS, spread=3, attack=2.8, release=3.2) * np.float32(0.8),
    "piano": lambda note: _struck(note, _piano_tone(note.pitch), 0.4),
    "pluck": lambda note: _struck(note, _pluck_tone(note.pitch), 0.25),
    "strings": _strings,
    "bass": lambda note: _struck(note, _bass_tone(note.pitch), 0.5),
    "heart": lambda note: _drum_tone(note.pitch, 0.55),
    "drum": lambda note: _drum_tone(note.pitch, 1.1),
}
