"""The mix, decoded and measured: where voices lie, how the bed makes room, loudness, and what a kill leaves."""

import asyncio
import os
import signal
from pathlib import Path

import av
import numpy as np
import pytest

from tests.sounds import write_wav
from tests.waiting import until
from wzrd.media.ffmpeg import MediaFailed, local, run_ffmpeg
from wzrd.media.mix import DUCK_DB, Placed, ducking, measured, mix
from wzrd.media.wav import RATE, Samples

AAC_FRAME = 1024


def _voice(seconds: float, seed: int = 1) -> Samples:
    """Something like speech: bursts of coloured noise, four a second, at -20 dBFS."""
    count = round(seconds * RATE)
    noise = np.convolve(np.random.default_rng(seed).standard_normal(count), np.ones(24) / 24, "same")
    sound = noise * (0.55 + 0.45 * np.sin(2 * np.pi * 4 * np.arange(count) / RATE))
    return (sound * 0.1 / np.sqrt(np.mean(sound**2))).astype(np.float32)


def _tone(seconds: float, hertz: float, level: float) -> Samples:
    wave = level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)
    return np.stack([wave, wave], 1).astype(np.float32)


def _decoded(path: Path) -> Samples:
    """Samples that a player hears, (n, 2): the edit list respected."""
    with av.open(str(path)) as file:
        frames = [frame.to_ndarray() for frame in file.decode(file.streams.audio[0])]
    return np.concatenate(frames, axis=1).T.astype(np.float32)


def _lag(heard: Samples, sent: Samples, place: int) -> int:
    """By how many samples `sent` lies off `place` in `heard`, by cross-correlation within ±2000."""
    part = heard[max(0, place - 2000) : place + len(sent) + 2000]
    size = 1 << 18
    alike = np.fft.irfft(np.fft.rfft(part, size) * np.conj(np.fft.rfft(sent, size)))
    return int(np.argmax(alike[:4000])) - min(2000, place)


async def test_voices_lie_to_the_sample(tmp_path: Path) -> None:
    """At the start, in the middle and at the end; the length is the film's within one AAC frame; the loudness ours."""
    write_wav(tmp_path / "v.wav", voice := _voice(1.5))
    starts = [0.0, 20.25, 41.0417]
    placed = [Placed(tmp_path / "v.wav", start) for start in starts]
    loudness = await mix(placed, None, tmp_path / "out.m4a", seconds=43.3)
    heard = _decoded(tmp_path / "out.m4a")
    assert abs(len(heard) - round(43.3 * RATE)) <= AAC_FRAME
    assert [_lag(heard[:, 0], voice, round(start * RATE)) for start in starts] == [0, 0, 0]
    assert loudness.integrated == pytest.approx(-16, abs=0.5)
    assert loudness.peak <= -1.5
    assert np.abs(heard).max() <= 10 ** (-1.5 / 20)


async def test_the_bed_makes_room(tmp_path: Path) -> None:
    """Under a voice the bed's own tone is 8 to 12 dB lower than in the gaps, before the first word already."""
    write_wav(tmp_path / "v.wav", _voice(4))
    write_wav(tmp_path / "bed.wav", _tone(20, 9000, 0.05))
    await mix([Placed(tmp_path / "v.wav", 8)], tmp_path / "bed.wav", tmp_path / "out.m4a", seconds=20)
    heard = _decoded(tmp_path / "out.m4a")[:, 0]

    def level(start: float, end: float) -> float:
        part = heard[round(start * RATE) : round(end * RATE)]
        spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)))) / len(part)
        middle = round(9000 * (end - start))
        return float(20 * np.log10(spectrum[middle - 3 : middle + 4].max()))

    before, under, after = level(2, 6), level(8.5, 11.5), level(15, 18)
    assert 8 < before - under < 12
    assert before == pytest.approx(after, abs=0.5)
    assert level(7.9, 8.0) < before - 6


def test_ducking_is_smooth_and_patient() -> None:
    """Never half a decibel in 10 ms; pauses between words keep the bed down; silence brings it up."""
    active = np.zeros(1000, np.bool_)
    active[300:340] = active[400:440] = True
    gains = 20 * np.log10(ducking(active))
    assert np.abs(np.diff(gains)).max() < 0.5
    assert gains[300:440] == pytest.approx(-DUCK_DB, abs=0.1)
    assert gains[:200] == pytest.approx(0, abs=0.01)
    assert gains[600:] == pytest.approx(0, abs=0.01)


async def test_films_without_voice_or_bed(tmp_path: Path) -> None:
    """A bed alone comes to the house loudness; nothing at all is silence of the film's length."""
    write_wav(tmp_path / "bed.wav", _tone(3, 300, 0.01))
    loudness = await mix([], tmp_path / "bed.wav", tmp_path / "a.m4a", seconds=6)
    assert loudness.integrated == pytest.approx(-16, abs=0.5)
    silent = await mix([], None, tmp_path / "b.m4a", seconds=2)
    heard = _decoded(tmp_path / "b.m4a")
    assert silent.integrated == -70
    assert abs(len(heard) - 2 * RATE) <= AAC_FRAME
    assert not heard.any()


async def test_a_shout_over_music_does_not_clip(tmp_path: Path) -> None:
    """Two voices at once over a loud bed stay below the ceiling, in the decoded sound."""
    write_wav(tmp_path / "v.wav", np.clip(_voice(3) * 8, -1, 1))
    write_wav(tmp_path / "bed.wav", _tone(8, 200, 0.5))
    placed = [Placed(tmp_path / "v.wav", 1), Placed(tmp_path / "v.wav", 1.5)]
    loudness = await mix(placed, tmp_path / "bed.wav", tmp_path / "a.m4a", seconds=8)
    assert loudness.peak <= -1.5
    assert loudness.integrated == pytest.approx(-16, abs=1)


async def test_two_hundred_takes(tmp_path: Path) -> None:
    """Two hundred takes are as exact as one, and what reaches beyond the film is cut."""
    write_wav(tmp_path / "v.wav", voice := _voice(0.16))
    placed = [Placed(tmp_path / "v.wav", at * 0.2) for at in range(200)]
    await mix(placed, None, tmp_path / "a.m4a", seconds=39.9)
    heard = _decoded(tmp_path / "a.m4a")
    assert abs(len(heard) - round(39.9 * RATE)) <= AAC_FRAME
    assert {_lag(heard[:, 0], voice, round(at * 0.2 * RATE)) for at in (0, 1, 99, 198)} == {0}


async def test_foreign_sound_is_welcome(tmp_path: Path) -> None:
    """A voice as MP3 at 44.1 kHz is read too; a film's audio is taken from a file that has pictures."""
    write_wav(tmp_path / "v.wav", _voice(2))
    await run_ffmpeg("-y", "-i", local(tmp_path / "v.wav"), "-ar", "44100", local(tmp_path / "v.mp3"))
    loudness = await mix([Placed(tmp_path / "v.mp3", 0.5)], None, tmp_path / "a.m4a", seconds=3)
    assert loudness.integrated == pytest.approx(-16, abs=0.5)
    (tmp_path / "bad.wav").write_text("no sound")
    with pytest.raises(MediaFailed):
        await mix([Placed(tmp_path / "bad.wav", 0)], None, tmp_path / "b.m4a", seconds=3)
    assert not (tmp_path / "b.m4a").exists()


def _children() -> list[int]:
    return [int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found in /proc")
@pytest.mark.parametrize("way", ["kill", "cancel"])
async def test_a_killed_or_cancelled_mix_leaves_nothing(tmp_path: Path, way: str) -> None:
    """Ffmpeg killed: a failure that may be tried again. Cancelled: its process is gone. Neither leaves a file."""
    write_wav(tmp_path / "bed.wav", _tone(300, 200, 0.1))
    before = set(_children())
    work = asyncio.create_task(mix([], tmp_path / "bed.wav", tmp_path / "out" / "a.m4a", seconds=300))
    children = await until(lambda: [pid for pid in _children() if pid not in before])
    if way == "kill":
        os.kill(children[0], signal.SIGKILL)
        with pytest.raises(MediaFailed) as failure:
            await work
        assert failure.value.retryable
    else:
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert not set(children) & set(_children())
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("lufs", [-14.0, -16.0, -23.0, -24.0])
async def test_each_loudness_is_met(lufs: float, tmp_path: Path) -> None:
    """Speech over music, measured by EBU R 128 in what came out; no peak above -1.5 dBFS, 48 kHz, stereo."""
    write_wav(tmp_path / "v.wav", _voice(6.0))
    write_wav(tmp_path / "b.wav", _tone(20, 220, 0.2))
    out = tmp_path / "out.m4a"
    await mix([Placed(tmp_path / "v.wav", at) for at in (1.0, 10.0)], tmp_path / "b.wav", out, seconds=20, lufs=lufs)
    found = await measured("-i", local(out))
    assert found.integrated == pytest.approx(lufs, abs=0.5)
    assert found.peak <= -1.5
    with av.open(str(out)) as file:
        sound = file.streams.audio[0].codec_context
        assert (sound.sample_rate, sound.layout.name) == (RATE, "stereo")
