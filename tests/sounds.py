"""Sounds that tests write."""

from pathlib import Path

from wzrd.media.wav import Samples, WavWriter


def write_wav(path: Path, samples: Samples) -> None:
    """Write a whole sound at once."""
    with WavWriter(path, 1 if samples.ndim == 1 else samples.shape[1]) as wav:
        wav.write(samples)
