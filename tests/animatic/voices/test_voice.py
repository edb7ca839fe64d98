"""The scratch voice, spoken and measured: pitch, level, edges, silences, length, and what happens on a cancel."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wzrd.animatic.voices.deesser import deessed
from wzrd.animatic.voices.voice import Take, speak
from wzrd.domain.shots import Line
from wzrd.language.sound.casting import Voice, cast_voices
from wzrd.language.sound.speech import silence_for
from wzrd.media.wav import RATE, Samples, open_wav

SENTENCE = "We have no compass. We are steering on your light."
CAST = {"low": Voice(0.62), "middle": Voice(0.9), "high": Voice(1.3), "quick": Voice(0.9, 1.3)}


async def _spoken(lines: Sequence[Line], out: Path) -> tuple[Take, Samples]:
    take = await speak(lines, CAST, out)
    return take, open_wav(out).read()[:, 0]


def _fundamental(sound: Samples) -> float:
    """The median pitch of the voiced parts, in hertz, by autocorrelation."""
    found: list[float] = []
    for start in range(0, len(sound) - 4096, 2048):
        piece = sound[start : start + 4096]
        if np.sqrt(np.mean(piece**2)) > 0.03:
            spectrum = np.fft.rfft(piece * np.hanning(4096), 16384)
            alike = np.fft.irfft(np.abs(spectrum) ** 2)
            lag = RATE // 420 + int(np.argmax(alike[RATE // 420 : RATE // 80]))
            found += [RATE / lag] if alike[lag] > 0.4 * alike[0] else []
    return float(np.median(found))


async def test_characters_differ_in_pitch(tmp_path: Path) -> None:
    """The measured fundamentals lie as far apart as the cast's pitches say, within a twelfth."""
    pitches = {
        name: _fundamental((await _spoken([Line(name, SENTENCE)], tmp_path / f"{name}.wav"))[1])
        for name in ("low", "middle", "high")
    }
    assert pitches["middle"] / pitches["low"] == pytest.approx(0.9 / 0.62, rel=1 / 12)
    assert pitches["high"] / pitches["middle"] == pytest.approx(1.3 / 0.9, rel=1 / 12)


async def test_a_quick_talker_is_quicker(tmp_path: Path) -> None:
    """Pace changes the length and not the pitch."""
    slow, sound = await _spoken([Line("middle", SENTENCE)], tmp_path / "a.wav")
    quick, other = await _spoken([Line("quick", SENTENCE)], tmp_path / "b.wav")
    assert quick.seconds < slow.seconds * 0.93
    assert _fundamental(other) == pytest.approx(_fundamental(sound), rel=0.06)


async def test_lines_are_level_and_do_not_click(tmp_path: Path) -> None:
    """Every voice has the same loudness; sentences begin and end in silence, and nothing comes near full scale."""
    for name in ("low", "middle", "high"):
        take, sound = await _spoken([Line(name, SENTENCE)], tmp_path / "a.wav")
        power = np.square(sound[: len(sound) // 240 * 240]).reshape(-1, 240).mean(axis=1)
        loud = power[power > 0.01 * power.max()]
        assert 10 * np.log10(loud.mean()) == pytest.approx(-20, abs=1.5)
        assert np.abs(sound).max() < 0.75
        assert np.abs(sound[:20]).max() < 0.003
        assert np.abs(sound[-20:]).max() < 0.003
        assert take.captions[0].start == 0.0


async def test_the_same_lines_are_the_same_file(tmp_path: Path) -> None:
    """Byte for byte, also when two speak at once."""
    lines = [Line("low", SENTENCE), Line("high", "Then what am I looking at?", "whispering")]
    paths = [tmp_path / f"{number}.wav" for number in range(3)]
    await speak(lines, CAST, paths[0])
    await asyncio.gather(*(speak(lines, CAST, path) for path in paths[1:]))
    assert len({path.read_bytes() for path in paths}) == 1


async def test_what_cannot_be_said_is_a_silence_with_a_caption(tmp_path: Path) -> None:
    """CJK, emoji and wordless lines last as long as reading takes; a mixed line says what it can."""
    lines = [Line("low", "\u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002"), Line("", "\U0001f389"), Line("x", "...")]
    take, sound = await _spoken(lines, tmp_path / "a.wav")
    assert not take.spoken
    assert not sound.any()
    assert [caption.text for caption in take.captions] == [
        "LOW: \u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002",
        "\U0001f389",
        "X: ...",
    ]
    assert take.captions[0].end - take.captions[0].start == pytest.approx(silence_for(lines[0].text))
    mixed, sound = await _spoken([Line("low", "I love \u5bff\u53f8. \u662f\u7684\u3002")], tmp_path / "b.wav")
    assert mixed.spoken
    assert np.abs(sound[: RATE // 2]).max() > 0.05
    assert mixed.captions[-1].end == pytest.approx(mixed.seconds)


async def test_a_line_of_another_script_is_silent_as_a_whole(tmp_path: Path) -> None:
    """Its digits and its few Latin words are not said alone; the caption stands for all of its time."""
    text = (
        "\u660e\u65e5\u306e7\u6642\u306bABC\u30db\u30c6\u30eb\u3067\u3002\u300212\u6642\u3067\u306f\u306a\u3044\u3002"
    )
    take, sound = await _spoken([Line("low", text)], tmp_path / "a.wav")
    assert not take.spoken
    assert not sound.any()
    assert take.seconds > 3
    assert (take.captions[0].start, take.captions[-1].end) == (0.0, pytest.approx(take.seconds))
    assert "".join(caption.text for caption in take.captions).replace(" ", "") == text
    counted, _ = await _spoken([Line("low", "1, 2, 3.")], tmp_path / "b.wav")
    assert counted.spoken


async def test_dual_dialogue_is_heard_at_once(tmp_path: Path) -> None:
    """The second speaker begins with the first; both have captions, and nothing gets too loud."""
    first, second = Line("low", SENTENCE), Line("high", "Nobody listens to me, ever.", dual=True)
    alone, _ = await _spoken([first], tmp_path / "a.wav")
    both, sound = await _spoken([first, second, Line("low", "There.")], tmp_path / "b.wav")
    apart, _ = await _spoken([first, replace(second, dual=False), Line("low", "There.")], tmp_path / "c.wav")
    assert both.seconds < apart.seconds - 1
    starts = {caption.text.split(":")[0]: caption.start for caption in reversed(both.captions)}
    assert starts["LOW"] == starts["HIGH"] == 0.0
    assert both.captions[-1].start >= alone.seconds
    assert np.abs(sound).max() < 0.75


async def test_a_first_column_of_several_lines_meets_the_second_from_its_beginning(tmp_path: Path) -> None:
    """A direction divides a column, and nothing else."""
    column = [Line("low", SENTENCE), Line("low", SENTENCE, "quietly")]
    alone, _ = await _spoken(column, tmp_path / "a.wav")
    both, _ = await _spoken([*column, Line("high", "Nobody listens to me, ever.", dual=True)], tmp_path / "b.wav")
    assert both.seconds == pytest.approx(alone.seconds)
    assert next(caption.start for caption in both.captions if caption.text.startswith("HIGH")) == 0.0


async def test_bursts_of_hiss_stay_below_the_vowels(tmp_path: Path) -> None:
    """Between 8 and 12 kHz no hundredth of a second is louder than a quarter of the vowels, whoever speaks."""
    for name in ("low", "middle", "high"):
        _, sound = await _spoken([Line(name, "We turn the lens. Yes, it sticks.")], tmp_path / "a.wav")
        hiss, vowels = _band_levels(sound, 8_000, 12_000), _band_levels(sound, 200, 4_000)
        usual = np.sqrt(np.square(vowels[vowels > 0.3 * vowels.max()]).mean())
        assert hiss.max() < 0.26 * usual
        assert vowels.max() > 0.1


def _band_levels(sound: Samples, low: float, high: float) -> Samples:
    spectrum = np.fft.rfft(sound)
    hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
    spectrum[(hertz < low) | (hertz > high)] = 0
    band = np.fft.irfft(spectrum, len(sound))
    return np.sqrt(np.square(band[: len(band) // 480 * 480]).reshape(-1, 480).mean(axis=1)).astype(np.float32)


def test_what_does_not_hiss_is_left_alone() -> None:
    """A tone passes untouched, the length stays, and a short scrap is no trouble."""
    tone = (0.3 * np.sin(np.arange(24_001) * 2 * np.pi * 300 / 24_000)).astype(np.float32)
    assert np.abs(deessed(tone) - tone).max() < 1e-4
    assert len(deessed(tone[:100])) == 100
    assert not deessed(np.zeros(1_000, np.float32)).any()


async def test_nothing_to_speak(tmp_path: Path) -> None:
    """No lines give an empty take; a line without a word gives a second of silence."""
    take, sound = await _spoken([], tmp_path / "a.wav")
    assert (take.seconds, take.spoken, len(sound)) == (0.0, False, 0)
    take, _ = await _spoken([Line("low", "")], tmp_path / "b.wav")
    assert (take.seconds, take.captions) == (1.0, ())


async def test_captions_follow_the_voice(tmp_path: Path) -> None:
    """In order, within the take, each over a part where somebody is heard; the page's words stand in them."""
    lines = [Line("low", SENTENCE), Line("high", "Sorry, Marigold. " * 6)]
    take, sound = await _spoken(lines, tmp_path / "a.wav")
    told = "".join(f"{line.character.upper()}: {line.text}" for line in lines)
    assert "".join(caption.text for caption in take.captions).replace(" ", "") == told.replace(" ", "")
    for caption, after in zip(take.captions, [*take.captions[1:], None], strict=True):
        assert caption.end <= (after.start + 1e-6 if after else take.seconds + 1e-6)
        assert np.abs(sound[round(caption.start * RATE) : round(caption.end * RATE)]).max() > 0.1


async def test_a_telephone_sounds_like_one(tmp_path: Path) -> None:
    """A telephone leaves nothing below 200 Hz or above 5 kHz; a whisper has no chest below 400 Hz."""

    def share(sound: Samples, low: float, high: float) -> float:
        power = np.abs(np.fft.rfft(sound)) ** 2
        hertz = np.fft.rfftfreq(len(sound), 1 / RATE)
        return float(power[(hertz >= low) & (hertz < high)].sum() / power.sum())

    _, plain = await _spoken([Line("middle", SENTENCE)], tmp_path / "a.wav")
    _, phone = await _spoken([Line("middle", SENTENCE, "on the phone", "V.O.")], tmp_path / "b.wav")
    _, whisper = await _spoken([Line("middle", SENTENCE, "whispering")], tmp_path / "c.wav")
    assert share(phone, 0, 200) < 0.01 < share(plain, 0, 200)
    assert share(phone, 5000, 24000) < 1e-3
    assert share(whisper, 0, 400) < 0.25 * share(plain, 0, 400)


async def test_a_minute_of_speech_and_forty_characters(tmp_path: Path) -> None:
    """A speech of a minute is one line, whole; forty characters speak one after the other."""
    speech = "The rain came down, and nobody knew what to say about it for a very long time. " * 14
    take, sound = await _spoken([Line("low", speech)], tmp_path / "a.wav")
    assert 50 < take.seconds < 90
    assert len(sound) == round(take.seconds * RATE)
    cast = cast_voices([f"PERSON {number}" for number in range(40)])
    forty = await speak([Line(f"PERSON {number}", "Here.") for number in range(40)], cast, tmp_path / "b.wav")
    assert len(forty.captions) == 40


async def test_a_cancel_leaves_nothing(tmp_path: Path) -> None:
    """Cancelled in mid-speech, it ends at once and no file, whole or half, stays behind."""
    work = asyncio.create_task(speak([Line("low", SENTENCE * 3)] * 200, CAST, tmp_path / "a.wav"))
    await asyncio.sleep(0.5)  # it speaks in another process, which tells nobody how far it is
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert list(tmp_path.iterdir()) == []
