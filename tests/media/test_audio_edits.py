"""Edits of sounds: how long, how loud, how high; what is heard when; silence; equal bytes again."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.media.clips import ffmpeg, panel
from tests.media.edits import colored, counted, loud, pitch, samples, tone
from wzrd.domain.errors import BadRequest
from wzrd.media import audio_edits
from wzrd.media.audio_edits import edit_sound, merge, normalise, open_sound, read_peaks
from wzrd.media.ffmpeg import MediaFailed, local
from wzrd.media.mix import measured


@pytest.fixture(scope="module")
def low(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """0.6 s of 440 Hz."""
    return tone(tmp_path_factory.mktemp("sounds") / "low.wav", 440)


@pytest.fixture(scope="module")
def high(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """0.4 s of 1500 Hz."""
    return tone(tmp_path_factory.mktemp("sounds") / "high.wav", 1500, seconds=0.4)


async def through(path: Path, filters: str, out: Path) -> NDArray[np.float32]:
    await edit_sound(await open_sound(path), out, filters)
    return samples(out)


def level(sound: NDArray[np.float32]) -> float:
    """Decibels of the whole sound's middle."""
    inner = sound[len(sound) // 4 : -len(sound) // 4]
    return float(20 * np.log10(np.sqrt(np.square(inner).mean()) + 1e-9))


async def test_a_trim_is_of_that_part(tmp_path: Path) -> None:
    """Of a clip's sound, too: what is heard in its second half."""
    heard = counted(tmp_path / "a.mp4", sound=True)
    sound = await open_sound(heard)
    for start, end, length, wanted in ((0.6, None, None, [True]), (0.0, 0.4, None, [False]), (0.5, 0.6, 0.4, [True])):
        made = await through(heard, audio_edits.trim(sound, start, end, length), tmp_path / "o.m4a")
        assert loud(made, 1) == wanted
        assert len(made) / 48_000 == pytest.approx(0.4, abs=0.05)
    with pytest.raises(BadRequest, match="start is 1 s"):
        audio_edits.trim(sound, 1.0, None, None)


async def test_gain_is_in_decibels_and_never_clips(low: Path, tmp_path: Path) -> None:
    """Softer and louder by as much; what would be beyond full scale is held below it."""
    plain = level(await through(low, "anull", tmp_path / "a.m4a"))
    assert level(await through(low, audio_edits.gain(-6), tmp_path / "b.m4a")) == pytest.approx(plain - 6, abs=0.5)
    loudest = await through(low, audio_edits.gain(30), tmp_path / "c.m4a")
    assert np.abs(loudest[4800:-4800]).max() < 1.05
    assert level(loudest) > plain + 2


@pytest.mark.parametrize(("tempo", "semitones"), [(2.0, 0.0), (0.5, 0.0), (1.0, 12.0), (1.0, -5.0)])
async def test_tempo_and_pitch_are_apart(low: Path, tempo: float, semitones: float, tmp_path: Path) -> None:
    """Faster at its own pitch, higher at its own length."""
    made = await through(low, audio_edits.manipulate(1.0, tempo, semitones), tmp_path / "o.m4a")
    assert len(made) / 48_000 == pytest.approx(0.6 / tempo, abs=0.08)
    assert pitch(made) == pytest.approx(440 * 2 ** (semitones / 12), rel=0.03)


async def test_a_fade_comes_and_goes(low: Path, tmp_path: Path) -> None:
    """Together never longer than the sound."""
    for wanted in (0.3, 30.0):
        made = await through(low, audio_edits.fade(await open_sound(low), wanted, wanted), tmp_path / "o.m4a")
        edges = [np.abs(made[at : at + 2400]).max() for at in (0, len(made) // 2 - 1200, len(made) - 2400)]
        assert edges[0] < edges[1] / 3 > edges[2]
    same = await through(low, audio_edits.fade(await open_sound(low), 0, 0), tmp_path / "o.m4a")
    assert loud(same) == [True] * 4


async def test_a_compressor_evens_out(tmp_path: Path) -> None:
    """Loud and soft come closer together."""
    ffmpeg(
        *("-f", "lavfi", "-i", "sine=f=440:r=48000:d=1.2,volume='if(lt(t,0.6),0.4,6)':eval=frame"),
        tmp_path / "a.wav",
    )
    plain, even = samples(tmp_path / "a.wav"), None
    even = await through(tmp_path / "a.wav", audio_edits.compress(-30, 8, 5, 50), tmp_path / "o.m4a")
    apart = [level(sound[28_800 + 4800 :]) - level(sound[: 28_800 - 4800]) for sound in (plain, even)]
    assert apart[1] < apart[0] - 6


@pytest.mark.parametrize(("volume", "lufs"), [(0.2, -16.0), (7.5, -23.0), (0.5, -10.0)])
async def test_a_normalised_sound_has_that_loudness(volume: float, lufs: float, tmp_path: Path) -> None:
    """A sound has that loudness whether it was softer or louder before."""
    source = tone(tmp_path / "a.wav", 800, seconds=1.2, volume=volume)
    await normalise(await open_sound(source), tmp_path / "o.m4a", lufs=lufs, peak=-1.5)
    loudness = await measured("-i", local(tmp_path / "o.m4a"))
    assert loudness.integrated == pytest.approx(lufs, abs=0.5)
    assert loudness.peak <= -1.4


async def test_silence_stays_silence(tmp_path: Path) -> None:
    """No gain makes it heard."""
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo:d=0.5", tmp_path / "a.wav")
    facts = await normalise(await open_sound(tmp_path / "a.wav"), tmp_path / "o.m4a", lufs=-16, peak=-1.5)
    assert np.abs(samples(tmp_path / "o.m4a")).max() < 0.001
    assert facts.seconds == pytest.approx(0.5, abs=0.03)


async def test_sounds_are_merged_at_once_or_one_after_another(low: Path, high: Path, tmp_path: Path) -> None:
    """As long as the longest; as long as all; shorter by what they share."""
    sounds = [await open_sound(low), await open_sound(high)]
    lengths: list[float] = []
    for mode, crossfade in (("mix", 0.0), ("concat", 0.0), ("concat", 0.1), ("concat", 30.0)):
        await merge(sounds, tmp_path / "o.m4a", mode=mode, crossfade=crossfade)
        made = samples(tmp_path / "o.m4a")
        lengths.append(len(made) / 48_000)
        assert loud(made)[:3] == [True] * 3
        assert pitch(made[-14_400:-2400]) == pytest.approx(440 if mode == "mix" else 1500, rel=0.03)
        assert pitch(made[2400:9600]) in (pytest.approx(440, rel=0.05), pytest.approx(1500, rel=0.05))
    assert lengths == pytest.approx([0.6, 1.0, 0.9, 0.8], abs=0.04)


async def test_a_waveform_follows_the_sound(tmp_path: Path) -> None:
    """Nothing in the silent half, as loud as it is in the other."""
    sound = await open_sound(counted(tmp_path / "a.mp4", sound=True))
    peaks = await read_peaks(sound.path, sound.seconds, 64, tmp_path)
    assert len(peaks) == 64
    assert max(peaks[:28]) < 0.1 < min(peaks[36:60])
    assert max(peaks) <= 1


async def test_equal_sounds_give_equal_bytes(low: Path, high: Path, tmp_path: Path) -> None:
    """A cache may go by content."""
    sounds = [await open_sound(low), await open_sound(high)]
    for name in ("a.m4a", "b.m4a"):
        await merge(sounds, tmp_path / name, mode="mix")
    assert (tmp_path / "a.m4a").read_bytes() == (tmp_path / "b.m4a").read_bytes()


async def test_what_is_no_sound_is_said(tmp_path: Path) -> None:
    """A picture, a silent clip, a text."""
    (tmp_path / "t.wav").write_text("hello")
    for path, error in (
        (panel(tmp_path / "p.png"), BadRequest),
        (colored(tmp_path / "c.mp4"), BadRequest),
        (tmp_path / "t.wav", MediaFailed),
    ):
        with pytest.raises(error):
            await open_sound(path)


@pytest.mark.parametrize("name", ["a.mp3", "a.ogg", "a.flac", "a.aac", "a.webm"])
async def test_every_usual_format_is_read(low: Path, name: str, tmp_path: Path) -> None:
    """Also those that do not say how long they last."""
    codec = ["-c:a", "libvorbis"] if name == "a.ogg" else []
    ffmpeg("-i", low, *codec, tmp_path / name)
    sound = await open_sound(tmp_path / name)
    assert sound.seconds == pytest.approx(0.6, abs=0.1)
