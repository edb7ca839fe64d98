"""WAV in and out: exact lengths, samples that come back, and clear words for what is no WAV of ours."""

import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.sounds import write_wav
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.wav import (
    RATE,
    PlacedSound,
    WavWriter,
    join_sounds,
    level_gain,
    open_wav,
    place_sounds,
    samples_of,
)


@pytest.mark.parametrize("shape", [(1000,), (1000, 2), (0,)])
def test_samples_come_back(tmp_path: Path, shape: tuple[int, ...]) -> None:
    """Mono and stereo read back within half a step of 16 bit, and Python's own reader agrees on the form."""
    sound = np.random.default_rng(1).uniform(-1, 1, shape).astype(np.float32)
    write_wav(tmp_path / "a.wav", sound)
    wav = open_wav(tmp_path / "a.wav")
    assert (wav.frames, wav.channels) == (shape[0], 1 if len(shape) == 1 else 2)
    assert np.abs(wav.read() - sound.reshape(shape[0], wav.channels)).max(initial=0) <= 0.5 / 32767 + 1e-6
    with wave.open(str(tmp_path / "a.wav")) as other:
        assert (other.getnframes(), other.getframerate(), other.getsampwidth()) == (shape[0], RATE, 2)


def test_blocks_join_and_parts_are_read(tmp_path: Path) -> None:
    """Written in blocks and read from the middle, a ramp is a ramp; beyond its end is nothing; loud is clipped."""
    ramp = np.linspace(-1.5, 1.5, 3000, dtype=np.float32)
    with WavWriter(tmp_path / "a.wav", 1) as wav:
        for start in range(0, 3000, 700):
            wav.write(ramp[start : start + 700])
    read = open_wav(tmp_path / "a.wav")
    assert read.seconds == 3000 / RATE
    assert np.abs(read.read(1400, 200)[:, 0] - ramp[1400:1600]).max() < 1e-4
    assert read.read(2999, 50).shape == (1, 1)
    assert read.read(5000, 10).shape == (0, 1)
    assert float(read.read().max()) == 1.0


def test_foreign_chunks_are_skipped(tmp_path: Path) -> None:
    """A list of tags before the samples, and a length of more than there is, do no harm."""
    write_wav(tmp_path / "a.wav", np.full(100, 0.5, np.float32))
    data = (tmp_path / "a.wav").read_bytes()
    tags = struct.pack("<4sI", b"LIST", 5) + b"INFOx\0"
    (tmp_path / "b.wav").write_bytes(data[:36] + tags + data[36:40] + struct.pack("<I", 0xFFFFFFFF) + data[44:])
    wav = open_wav(tmp_path / "b.wav")
    assert wav.frames == 100
    assert np.allclose(wav.read(), 0.5, atol=1e-4)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"ID3 something else", b"RIFF\0\0\0\0WAVEfmt \x02\0\0\0\1\0"])
def test_what_is_no_wav_is_refused(tmp_path: Path, data: bytes) -> None:
    """Other files are named in the error, not read as noise."""
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(MediaFailed, match=r"a\.wav"):
        open_wav(tmp_path / "a.wav")


def test_another_rate_is_refused(tmp_path: Path) -> None:
    """A WAV of 44.1 kHz is not ours: it would play at the wrong speed."""
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(bytes(200))
    with pytest.raises(MediaFailed, match="48000"):
        open_wav(tmp_path / "a.wav")


def test_seconds_become_samples() -> None:
    """Rounded to the nearest, never negative."""
    assert (samples_of(1 / 24), samples_of(0.00001), samples_of(-1)) == (2000, 0, 0)


def test_sounds_one_after_another(tmp_path: Path) -> None:
    """Exact to the sample, silence between or both at once; no mono sound of the house is refused by name."""
    parts = [tmp_path / "a.wav", tmp_path / "b.wav"]
    for path, level, frames in zip(parts, (0.25, -0.5), (480, 960), strict=True):
        with WavWriter(path, 1) as wav:
            wav.write(np.full(frames, level, np.float32))
    starts, seconds = join_sounds(parts, [0.02], tmp_path / "out.wav")
    assert (starts, seconds) == ([0.0, 0.03], 0.05)
    found = open_wav(tmp_path / "out.wav").read()[:, 0]
    expected = np.concatenate([np.full(480, 0.25), np.zeros(960), np.full(960, -0.5)])
    assert np.abs(found - expected).max() < 1e-4
    starts, seconds = join_sounds([*parts, parts[0]], [None, 0.01], tmp_path / "out.wav")
    assert (starts, seconds) == ([0.0, 0.0, 0.03], 0.04)
    at_once = open_wav(tmp_path / "out.wav").read()[:960, 0]
    assert np.abs(at_once - np.where(np.arange(960) < 480, -0.25, -0.5)).max() < 1e-4
    with WavWriter(parts[1], 2) as wav:
        wav.write(np.zeros((10, 2), np.float32))
    with pytest.raises(MediaFailed, match=r"b\.wav has 2 channels"):
        join_sounds(parts, [0.02], tmp_path / "out.wav")


def test_sounds_are_placed_to_the_sample(tmp_path: Path) -> None:
    """Each from its second on, over block borders too; what lies beyond the end, or its own time, is cut off."""
    tone = np.full(RATE * 2, 0.25, np.float32)
    write_wav(tmp_path / "a.wav", tone)
    write_wav(tmp_path / "b.wav", np.stack([tone, tone * 2], axis=1))
    parts = [
        PlacedSound(tmp_path / "a.wav", 0.5, seconds=1.0),
        PlacedSound(tmp_path / "a.wav", 59.0, gain=2.0),
        PlacedSound(tmp_path / "a.wav", 61.5),
    ]
    place_sounds(parts, 62.0, tmp_path / "out.wav")
    out = open_wav(tmp_path / "out.wav").read()[:, 0]
    wanted = np.zeros(62 * RATE, np.float32)
    wanted[RATE // 2 : RATE * 3 // 2] += 0.25
    wanted[RATE * 59 : RATE * 61] += 0.5
    wanted[RATE * 123 // 2 :] += 0.25
    assert np.abs(out - wanted).max() < 1e-4
    place_sounds([PlacedSound(tmp_path / "b.wav", 0.0)], 1.0, tmp_path / "out.wav", channels=2)
    assert open_wav(tmp_path / "out.wav").read()[RATE // 2].tolist() == pytest.approx([0.25, 0.5], abs=1e-4)
    place_sounds([PlacedSound(tmp_path / "b.wav", 0.0)], 1.0, tmp_path / "out.wav")
    assert open_wav(tmp_path / "out.wav").read()[RATE // 2].tolist() == pytest.approx([0.375], abs=1e-4)


def test_a_sound_is_levelled_within_bounds(tmp_path: Path) -> None:
    """To the level in the mean; a whisper is raised by the most that is allowed, and silence stays."""
    for amplitude, wanted in ((0.1, 0.5), (0.0001, 10**0.6), (0.0, 1.0), (1.0, 0.25)):
        write_wav(tmp_path / "a.wav", np.full(RATE, amplitude, np.float32))
        gain = level_gain(tmp_path / "a.wav", 20 * np.log10(0.05), 12.0)
        assert gain == pytest.approx(wanted, rel=0.02)
