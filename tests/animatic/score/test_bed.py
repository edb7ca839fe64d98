"""The bed, rendered and measured: exact length, no clicks, moods that differ, weather that is heard, an end."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from wzrd.animatic.score.ambience import layers_of
from wzrd.animatic.score.bed import Stopped, compose
from wzrd.animatic.score.harmony import Instrument, Note
from wzrd.animatic.score.instruments import hertz, play
from wzrd.language.sound.music_cues import MusicCue
from wzrd.media.wav import RATE, Samples, open_wav, samples_of

PITCHED: list[Instrument] = ["pad", "low", "glass", "piano", "pluck", "strings", "bass"]


def _cue(
    seconds: float, mood: str = "quiet", weather: str = "", seed: str = "the attic", *, interior: bool = True
) -> MusicCue:
    return MusicCue(seconds, mood, weather, interior, seed)


def _bed(cues: Sequence[MusicCue], out: Path) -> Samples:
    compose(cues, out)
    return open_wav(out).read()


def _decibels(sound: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(sound)) + 1e-12))


@pytest.mark.parametrize("instrument", PITCHED)
def test_instruments_are_in_tune(instrument: Instrument) -> None:
    """The strongest partial of a note is its pitch, within a tenth of a semitone, and both ends are silent."""
    pitch = {"low": 40, "bass": 40, "glass": 84}.get(instrument, 64)
    sound = play(Note(0, 2.0, pitch, 0.5, instrument))
    spectrum = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound)), 1 << 20))
    peak = float(np.argmax(spectrum)) * RATE / (1 << 20)
    assert abs(12 * np.log2(peak / hertz(pitch))) < 0.1
    assert np.abs(sound[[0, -1]]).max() < 1e-3


def test_a_bed_is_as_long_as_its_cues_and_never_clicks(tmp_path: Path) -> None:
    """To the sample, for odd lengths too; no jump between samples, no peak near full scale; the same bytes again."""
    cues = [_cue(3.3711, "kinetic", "rain"), _cue(0.4), _cue(2.02, "light", interior=False), _cue(1 / 24, "uneasy")]
    sound = _bed(cues, tmp_path / "a.wav")
    assert len(sound) == samples_of(sum(cue.seconds for cue in cues))
    assert np.abs(np.diff(sound, axis=0)).max() < 0.15
    assert np.abs(sound).max() < 0.8
    _bed(cues, tmp_path / "b.wav")
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_a_bed_breathes_and_ends(tmp_path: Path) -> None:
    """Its loudness moves by 6 dB and more, it lies well below a voice, and its last second fades to nothing."""
    sound = _bed([_cue(24)], tmp_path / "a.wav")
    seconds = [_decibels(sound[at : at + RATE]) for at in range(0, 23 * RATE, RATE)]
    assert max(seconds) - min(seconds) > 6
    assert -36 < _decibels(sound) < -23
    assert _decibels(sound[-RATE // 20 :]) < _decibels(sound[-2 * RATE : -RATE]) - 20
    assert np.abs(sound[-1]).max() == 0


def test_moods_sound_different(tmp_path: Path) -> None:
    """A chase has more onsets and lows than a quiet scene; fear is dark."""

    def onsets(sound: Samples) -> int:
        frames = np.sqrt(np.square(sound[: len(sound) // 960 * 960, 0].reshape(-1, 960)).mean(axis=1))
        rise = frames[2:] / (frames[:-2] + 1e-4)
        return int(np.sum((rise[1:-1] > 1.5) & (rise[1:-1] >= rise[:-2]) & (rise[1:-1] > rise[2:])))

    def lows(sound: Samples) -> float:
        power = np.abs(np.fft.rfft(sound[:, 0])) ** 2
        return float(power[np.fft.rfftfreq(len(sound), 1 / RATE) < 120].sum() / power.sum())

    beds = {mood: _bed([_cue(16, mood)], tmp_path / "a.wav") for mood in ("quiet", "uneasy", "kinetic", "light")}
    assert onsets(beds["kinetic"]) > 2 * onsets(beds["quiet"])
    assert lows(beds["uneasy"]) > 2 * lows(beds["quiet"])


def test_weather_and_places_have_layers() -> None:
    """Rain, storm, snow and sea are heard; what a note says is absent is not; indoors it is dull."""

    def kinds(weather: str, seed: str = "the attic", *, interior: bool = True) -> set[str]:
        return {layer.kind for layer in layers_of(_cue(1, "", weather, seed, interior=interior))}

    assert kinds("") == {"room"}
    assert kinds("", interior=False) == {"air"}
    assert kinds("heavy rain, wind") == {"downpour", "wind", "room"}
    assert kinds("a storm") == {"rain", "gale", "room"}
    assert kinds("dust storm") == {"gale", "room"}
    assert kinds("snow", "the pier", interior=False) == {"wind", "surf", "air"}
    assert kinds("heat shimmer, no wind", "the salt desert", interior=False) == {"air"}
    assert kinds("", "the night train, dining car") == {"rumble", "room"}
    assert {layer.dull for layer in layers_of(_cue(1, "", "rain")) if layer.kind == "rain"} == {True}


def test_rain_is_heard_outside(tmp_path: Path) -> None:
    """Outdoors rain puts 15 dB more above 3 kHz; it comes and goes with its scene."""

    def hiss(sound: Samples) -> float:
        power = np.abs(np.fft.rfft(sound[:, 0])) ** 2 / len(sound) ** 2
        return float(10 * np.log10(power[np.fft.rfftfreq(len(sound), 1 / RATE) > 3000].sum()))

    sound = _bed([_cue(6), _cue(6, "quiet", "rain", interior=False), _cue(6)], tmp_path / "a.wav")
    dry, wet, after = (hiss(sound[start * RATE : (start + 4) * RATE]) for start in (1, 7, 13))
    assert wet > max(dry, after) + 15


def test_a_stopped_bed_leaves_nothing(tmp_path: Path) -> None:
    """Told to stop, it ends within a block and no file stays; an empty film is an empty file."""
    asked: list[int] = []
    with pytest.raises(Stopped):
        compose([_cue(60)], tmp_path / "a.wav", stop=lambda: bool(asked.append(1)) or len(asked) > 1)
    assert len(asked) == 2
    assert list(tmp_path.iterdir()) == []
    compose([], tmp_path / "b.wav")
    assert open_wav(tmp_path / "b.wav").frames == 0
