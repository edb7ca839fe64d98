"""Sound of a place and its weather: rain, wind, surf, a street's hum, a room. Loops of shaped noise.

A loop is drawn in the spectrum, so it has no seam; slow waves of loudness, of lengths that share no multiple, keep it
from being heard as one.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from wzrd.language.sound.music_cues import MusicCue
from wzrd.media.wav import RATE, Samples

LOOP = 1 << 19
"""Samples of a loop: 10.9 s."""
FADE = 1.2  # seconds that one scene's air takes to become the next one's

_Curve = tuple[tuple[float, ...], tuple[float, ...]]  # hertz, decibels
_RAW = json.loads(files("wzrd.animatic.score").joinpath("ambience.json").read_bytes())
_SPECTRA: Mapping[str, _Curve] = _RAW["spectra"]
_LEVELS: Mapping[str, float] = _RAW["levels"]  # RMS
_WAVES: Mapping[str, tuple[float, float]] = _RAW["waves"]  # depth of the slow waves 0..1, seconds of the slowest
_WEATHER, _PLACES = tuple(_RAW["weather"].items()), tuple(_RAW["places"].items())
_DRY: str = _RAW["dry"]
HITS: Mapping[str, Sequence[float]] = _RAW["hits"]
"""Bursts of noise by the words that ask for them."""
_ABSENT = re.compile(r"\b(?:no|without|not|little|hardly any)\s+\w+(?:\s+or\s+\w+)?")


@dataclass(frozen=True, slots=True)
class Layer:
    """One loop of a scene: `level` its RMS, `dull` when it is heard through walls."""

    kind: str
    level: float
    dull: bool


def layers_of(cue: MusicCue) -> tuple[Layer, ...]:
    """Layers of sound heard in a scene, the room's or the open air's own tone included."""
    weather = _ABSENT.sub(" ", cue.weather.casefold())
    found = [kind for kind, words in _WEATHER if re.search(rf"\b(?:{words})", weather)]
    if re.search(_DRY, weather):
        found = [kind for kind in found if kind not in {"rain", "downpour"}]
    for strong, weak in (("downpour", "rain"), ("gale", "wind")):
        found = [kind for kind in found if kind != weak or strong not in found]
    layers = [Layer(kind, _LEVELS[kind] * (0.75 if cue.interior else 1.0), cue.interior) for kind in found]
    places = [kind for kind, words in _PLACES if re.search(rf"\b(?:{words})\b", cue.seed)][:1]
    layers += [Layer(kind, _LEVELS[kind], cue.interior and kind != "rumble") for kind in places if kind not in found]
    tone = "room" if cue.interior else "air"
    return (*layers, Layer(tone, _LEVELS[tone], dull=False))


def forget() -> None:
    """Give back the memory of the loops that were kept."""
    _loop.cache_clear()


class Ambience:
    """The air of a whole film, to be read block by block."""

    def __init__(self, cues: Sequence[MusicCue]) -> None:
        self._spans: list[tuple[float, float, Layer]] = []
        start = 0.0
        for cue in cues:
            self._spans += [(start, start + cue.seconds, layer) for layer in layers_of(cue)]
            start += cue.seconds

    def read(self, start: int, count: int) -> Samples:
        """`count` stereo samples of the film from `start`."""
        sound = np.zeros((count, 2), np.float32)
        for begin, end, layer in self._spans:
            first = max(start, int((begin - FADE / 2) * RATE))
            last = min(start + count, int((end + FADE / 2) * RATE))
            if first < last:
                at = np.arange(first, last)
                gain = _presence(at / RATE, begin, end) * _waves(layer.kind, at / RATE) * layer.level
                sound[first - start : last - start] += _loop(layer.kind, layer.dull)[at % LOOP] * gain[:, None]
        return sound


def _presence(time: NDArray[np.float64], begin: float, end: float) -> Samples:
    """1 within the scene, crossing to 0 around its ends with equal power."""
    inside = np.minimum((time - begin) / FADE + 0.5, (end - time) / FADE + 0.5)
    return np.sin(np.clip(inside, 0, 1) * np.pi / 2).astype(np.float32)


def _waves(kind: str, time: NDArray[np.float64]) -> Samples:
    """Gusts and swells: three slow waves whose lengths share no multiple."""
    depth, period = _WAVES[kind]
    wave = np.zeros(len(time))
    for ratio, share in _RATIOS:
        wave += share * np.sin(2 * np.pi * time / (period * ratio) + 5 * ratio)
    return (1 - depth / 2 + depth / 2 * wave).astype(np.float32)


_RATIOS = ((1.0, 0.55), (0.618, 0.3), (0.237, 0.15))


@lru_cache(maxsize=6)
def _loop(kind: str, dull: bool) -> Samples:
    """Noise of a kind's spectrum at RMS 1, of shape (LOOP, 2); rain has its drops."""
    rng = np.random.default_rng(sum(map(ord, kind)))
    hertz = np.fft.rfftfreq(LOOP, 1 / RATE)
    curve = 10 ** (np.interp(np.log(np.maximum(hertz, 10)), np.log(_SPECTRA[kind][0]), _SPECTRA[kind][1]) / 20)
    grain = rng.standard_normal((3, LOOP))
    source: NDArray[np.float64] = 0.8 * grain[:2] + 0.6 * grain[2]  # partly the same on both sides
    if kind in {"rain", "downpour"}:
        source = source + _drops(rng)
    curve[hertz < 20] = 0
    if dull:
        curve = curve / (1 + (hertz / 420) ** 2)
    spectrum: NDArray[np.complex128] = np.fft.rfft(source, axis=1)
    sound = np.fft.irfft(spectrum * curve, LOOP).T
    return (sound / np.sqrt(np.mean(sound**2))).astype(np.float32)


def _drops(rng: np.random.Generator) -> NDArray[np.float64]:
    """Single drops near the ear: impulses, left and right, most of them faint."""
    drops = np.zeros((2, LOOP))
    for side in range(2):
        places = rng.integers(0, LOOP, 500)
        drops[side, places] = np.minimum(rng.exponential(3.0, 500), 10) * rng.choice((-1, 1), 500)
    return drops
