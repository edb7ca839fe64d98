"""Animatic mode's sounds: as long as asked, heard, the same each time, different for different words."""

from pathlib import Path

import numpy as np
import pytest

from wzrd.animatic.score.effects import PEAK, make_effect
from wzrd.animatic.sounds import make_sound
from wzrd.domain.errors import ProviderFailed
from wzrd.media.mp3 import read_mp3
from wzrd.media.wav import samples_of

WORDS = ["a door slams", "heavy rain on a street", "a phone rings", "whoosh", "footsteps", "an engine hums", "zzz"]


@pytest.mark.parametrize("words", WORDS)
def test_an_effect_is_heard(words: str) -> None:
    """Of the length that was asked for, at its peak, silent at both ends; no click, no number that is none."""
    sound = make_effect(words, 1.5)
    assert sound.shape == (samples_of(1.5), 2)
    assert np.isfinite(sound).all()
    assert float(np.abs(sound).max()) == pytest.approx(PEAK, abs=0.01)
    assert float(np.abs(sound[[0, -1]]).max()) < 0.01
    assert np.array_equal(sound, make_effect(words, 1.5))


def test_words_matter() -> None:
    """No two of them sound alike."""
    sounds = [make_effect(words, 0.5).tobytes() for words in WORDS]
    assert len(set(sounds)) == len(WORDS)


async def test_what_cannot_be_made(tmp_path: Path) -> None:
    """Nothing to say is told, and leaves no file."""
    with pytest.raises(ProviderFailed, match="needs words"):
        await make_sound("speech", {"text": "  "}, tmp_path / "a.mp3")
    assert list(tmp_path.iterdir()) == []


async def test_a_text_that_no_voice_can_say(tmp_path: Path) -> None:
    """Signs of another script are a pause of sensible length, with their caption's words."""
    told = await make_sound("speech", {"text": "\u96e8\u304c\u964d\u308b\u3002"}, tmp_path / "a.mp3")
    assert read_mp3((tmp_path / "a.mp3").read_bytes()).seconds >= 1
    assert [word["text"] for word in told["words"]] == ["\u96e8\u304c\u964d\u308b\u3002"]
