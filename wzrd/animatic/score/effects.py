"""Simple sound effects from the words that ask for them: hits, sweeps, bells, steps, over the air of the place.

Each is shaped noise or a few partials, seeded by the words; what no word asks for is a soft hit.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wzrd.animatic.score.ambience import HITS, Ambience, forget, layers_of
from wzrd.animatic.seeded import seeded
from wzrd.language.sound.music_cues import MusicCue
from wzrd.media.wav import RATE, Samples, samples_of

PEAK = 0.7
_TAIL = 0.35
_AIR_GAIN = 14.0
"""The air of a place is written to lie under speech; by itself it is brought to the front."""

_Wave = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Hit:
    """A burst of noise between two frequencies (Hz), and how many seconds until a thousandth is left of it."""

    low: float
    high: float
    seconds: float
    thump: float = 0.0


_HITS = {words: _Hit(*facts) for words, facts in HITS.items()}
_REPEATED = re.compile(r"knock|step|foot|walk|run|hoof|gallop|drip|tap|tick")
_SWEEP = re.compile(r"whoosh|swoosh|swish|pass|fly|rush|arrow|wind")
_BELL = re.compile(r"bell|ring|phone|chime|beep|alarm|alert|ding|notif")
_HUM = re.compile(r"engine|motor|machine|drone|hum|buzz|car|truck|generator|spaceship")


def make_effect(words: str, seconds: float, stop: Callable[[], bool] = lambda: False) -> Samples:
    """The effect that `words` ask for, `seconds` long: stereo at the house rate."""
    said, count = words.casefold(), samples_of(seconds)
    rng = np.random.default_rng(seeded.number("effect", said))
    sound = np.zeros((count, 2))
    for add in (_hits, _sweep, _bell, _hum):
        if stop():
            break
        add(sound, said, rng)
    air = _air(said, seconds, count)
    if not sound.any() and not air.any():
        _place(sound, _burst(_Hit(100, 3000, 0.4, 80), rng), 0.0)
    return _levelled(sound + air)


def _hits(sound: _Wave, said: str, rng: np.random.Generator) -> None:
    seconds = len(sound) / RATE
    for words, hit in _HITS.items():
        if not re.search(rf"\b(?:{words})", said):
            continue
        every = 0.55 if _REPEATED.search(said) and hit.seconds < 0.5 else seconds
        for at in np.arange(0.03, max(0.05, seconds - _TAIL), every):
            _place(sound, _burst(hit, rng) * rng.uniform(0.7, 1.0), float(at), rng.uniform(-0.3, 0.3))


def _burst(hit: _Hit, rng: np.random.Generator) -> _Wave:
    count = samples_of(hit.seconds)
    time = np.arange(count) / RATE
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    band = np.clip((hertz - hit.low * 0.5) / (hit.low * 0.5 + 1), 0, 1) * np.clip((hit.high - hertz) / hit.high, 0, 1)
    noise = np.fft.irfft(spectrum * band, count)
    noise *= np.exp(-6.9 * time / hit.seconds) / max(float(np.abs(noise).max(initial=0.0)), 1e-9)
    if hit.thump:
        noise = 0.7 * noise + np.sin(2 * np.pi * hit.thump * time * np.exp(-3 * time)) * np.exp(-9 * time / hit.seconds)
    return noise * np.minimum(1, np.arange(count) / 48)


def _sweep(sound: _Wave, said: str, rng: np.random.Generator) -> None:
    if not _SWEEP.search(said):
        return
    count = min(len(sound), samples_of(1.4))
    time = np.linspace(0, 1, count)
    noise = np.cumsum(rng.standard_normal(count))
    noise -= np.convolve(noise, np.ones(400) / 400, "same")
    noise *= np.sin(np.pi * time) ** 3 / max(float(np.abs(noise).max(initial=0.0)), 1e-9)
    sound[:count, 0] += noise * np.cos(time * np.pi / 2)
    sound[:count, 1] += noise * np.sin(time * np.pi / 2)


def _bell(sound: _Wave, said: str, rng: np.random.Generator) -> None:
    if not _BELL.search(said):
        return
    short = re.search(r"beep|alarm|alert|phone|notif", said) is not None
    base, length = rng.uniform(500, 900), 0.28 if short else 2.2
    time = np.arange(samples_of(length)) / RATE
    partials = ((1.0, 1.0),) if short else ((1.0, 1.0), (2.76, 0.5), (5.4, 0.25), (8.93, 0.12))
    tone = sum(level * np.sin(2 * np.pi * base * ratio * time) * np.exp(-5 * ratio * time / length)
               for ratio, level in partials)  # fmt: skip
    for at in np.arange(0.02, max(0.05, len(sound) / RATE - _TAIL), 0.6 if short else 2.5):
        _place(sound, np.asarray(tone) * np.minimum(1, np.arange(len(time)) / 96), float(at))


def _hum(sound: _Wave, said: str, rng: np.random.Generator) -> None:
    if not _HUM.search(said):
        return
    time, base = np.arange(len(sound)) / RATE, rng.uniform(45, 90)
    wobble = 1 + 0.01 * np.sin(2 * np.pi * 5.1 * time)
    tone = sum(np.sin(2 * np.pi * base * number * time * wobble) / number for number in range(1, 9))
    edges = np.clip(np.minimum(time / 0.3, (len(sound) / RATE - time) / 0.5), 0, 1)
    sound += (0.25 * np.asarray(tone) * edges)[:, None]


def _air(said: str, seconds: float, count: int) -> _Wave:
    """Sound of the weather and place that the words tell, to the front; silence if they tell of neither."""
    cue = MusicCue(seconds=seconds, mood="", weather=said, interior=False, seed=said)
    if len(layers_of(cue)) < 2:  # the open air's own tone alone
        return np.zeros((count, 2))
    try:
        return Ambience([cue]).read(0, count).astype(np.float64) * _AIR_GAIN
    finally:
        forget()


def _place(sound: _Wave, tone: _Wave, at: float, pan: float = 0.0) -> None:
    start = samples_of(at)
    part = tone[: max(0, len(sound) - start)]
    sound[start : start + len(part), 0] += part * (1 - pan)
    sound[start : start + len(part), 1] += part * (1 + pan)


def _levelled(sound: _Wave) -> Samples:
    """At one peak, faded at both ends so that nothing clicks."""
    count = len(sound)
    edge = min(count, samples_of(0.02))
    fade = np.ones(count)
    fade[count - edge :] = np.linspace(1, 0, edge)
    fade[: min(count, 96)] *= np.linspace(0, 1, min(count, 96))
    return (sound * fade[:, None] * (PEAK / max(float(np.abs(sound).max(initial=0.0)), 1e-9))).astype(np.float32)
