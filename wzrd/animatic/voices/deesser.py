"""De-essing: bursts of hiss between 8 and 12 kHz are held below the vowels, as a sound editor would."""

import numpy as np
from numpy.typing import NDArray

from wzrd.media.wav import Samples

RATE = 24_000
"""The rate of what comes in, the voice tool's own."""
MOST = 0.22
"""Highest level of 8 to 12 kHz at any moment, as a part of the vowels' RMS: -13 dB."""

_WINDOW, _HOP = 256, 64  # 10.7 ms, moved on by 2.7 ms: a plosive's burst is as short
_HERTZ = np.fft.rfftfreq(_WINDOW, 1 / RATE)
_HISS, _VOWELS = _HERTZ >= 8_000, (_HERTZ >= 200) & (_HERTZ <= 4_000)
_SHARE = np.clip((_HERTZ - 5_000) / 3_000, 0, 1).astype(np.float32)
"""Share of a gain that each frequency takes: none below 5 kHz, all from 8 kHz on."""
_TAPER = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_WINDOW) / _WINDOW)).astype(np.float32)
_LOUD = 0.25  # of the loudest frame: what counts as a vowel


def deessed(sound: Samples) -> Samples:
    """Speech with its sibilants and bursts tamed; the same length, the lows untouched."""
    if len(sound) < _WINDOW:
        return sound
    padded = np.pad(sound, (_WINDOW, _WINDOW + -len(sound) % _HOP))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP] * _TAPER
    spectra = np.fft.rfft(frames).astype(np.complex64)
    vowels, hiss = _level(spectra, _VOWELS), _level(spectra, _HISS)
    usual = float(np.sqrt(np.square(vowels[vowels >= _LOUD * vowels.max()]).mean()))
    gain = np.minimum(1.0, MOST * usual / np.maximum(hiss, 1e-9)).astype(np.float32)
    spectra *= gain[:, None] ** _SHARE
    made = np.fft.irfft(spectra, _WINDOW).astype(np.float32) * _TAPER
    whole = np.zeros(len(padded), np.float32)
    for part in range(_WINDOW // _HOP):  # frames that do not overlap are laid down at once
        laid = made[part :: _WINDOW // _HOP].reshape(-1)
        whole[part * _HOP : part * _HOP + len(laid)] += laid
    return (whole[_WINDOW : _WINDOW + len(sound)] / (_WINDOW / _HOP / 2)).astype(np.float32)


def _level(spectra: NDArray[np.complex64], band: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The RMS of a band in each frame, all in one unknown unit."""
    return np.sqrt(np.square(np.abs(spectra[:, band])).sum(axis=1)).astype(np.float32)
