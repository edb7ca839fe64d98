"""Requests to ElevenLabs, the limits that are checked beforehand, the words of an alignment, and their captions."""

import itertools
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.domain.errors import BadRequest
from wzrd.models.routing import asked_model, routed_catalog
from wzrd.models.sounds import (
    CAPTION_CHARACTERS,
    DEFAULT_VOICE,
    EFFECTS,
    MUSIC,
    SPEECH,
    SpokenWord,
    captions_of,
    offline_inputs,
    read_words,
    sound_of,
    translate,
)


def test_speech_as_the_original_sends_it() -> None:
    """Voice, model and settings where nothing is said; either spelling where something is."""
    call = translate(SPEECH, {"text": "Hi."})
    assert call.path == f"/v1/text-to-speech/{DEFAULT_VOICE}/with-timestamps?output_format=mp3_44100_128"
    settings = {"stability": 0.5, "similarity_boost": 0.75, "style": 0.5, "use_speaker_boost": True}
    assert call.body == {"text": "Hi.", "model_id": "eleven_multilingual_v2", "voice_settings": settings}
    for named in ({"voiceId": "v", "modelId": "m"}, {"voice_id": "v", "model_id": "m"}):
        other = translate(SPEECH, {"prompt": "Hi.", **named})
        assert (other.path.split("/")[3], other.body["model_id"]) == ("v", "m")


@pytest.mark.parametrize(
    ("model", "inputs", "body"),
    [
        (EFFECTS, {"prompt": "a"}, {"text": "a", "duration_seconds": 5, "prompt_influence": 0.3}),
        (EFFECTS, {"text": "a", "duration": "60s"}, {"text": "a", "duration_seconds": 22, "prompt_influence": 0.3}),
        (MUSIC, {"prompt": "a"}, {"prompt": "a", "music_length_ms": 30_000}),
        (MUSIC, {"prompt": "a", "duration": 3}, {"prompt": "a", "music_length_ms": 3_000}),
        (MUSIC, {"prompt": "a", "duration_seconds": 600}, {"prompt": "a", "music_length_ms": 600_000}),
    ],
)
def test_effects_and_music(model: str, inputs: dict[str, Any], body: dict[str, Any]) -> None:
    """Lengths in the provider's units; an effect's is brought within bounds."""
    assert translate(model, inputs).body == body


@pytest.mark.parametrize(
    ("model", "inputs", "told"),
    [
        (SPEECH, {"text": "a" * 40_001, "modelId": "new_model"}, "40001 characters, and new_model takes 40000"),
        (SPEECH, {"text": "a" * 30_001, "modelId": "eleven_flash_v2"}, "takes 30000"),
        (SPEECH, {"text": "a", "voiceId": "a" * 65}, "voiceId is"),
        (SPEECH, {"text": "a", "voice_settings": {"speed": 1.3}}, r"1\.2"),
        (SPEECH, {"text": "a", "modelId": "eleven_v3", "voice_settings": {"stability": 0.6}}, "takes 0, 0.5 or 1"),
        (SPEECH, {"text": "a", "modelId": "eleven_v3", "next_text": "b"}, "next_text is nothing"),
        (SPEECH, {"text": "a", "voiceId": 7}, "voiceId is '7'"),
        (SPEECH, {"text": "a", "voiceId": "é"}, "voiceId is"),
        (MUSIC, {"prompt": "a", "duration": 2.999}, "duration is 2.999"),
        (MUSIC, {"prompt": "a", "duration": 600.1}, "3 to 600 seconds"),
        (MUSIC, {"prompt": "a", "duration": True}, "give a number of seconds"),
        (MUSIC, {"prompt": "a", "duration": "nan"}, "give a number of seconds"),
        (EFFECTS, {"prompt": "a", "duration": "1e999"}, "give a number of seconds"),
        ("elevenlabs-dubbing", {"text": "a"}, "no model 'elevenlabs-dubbing'"),
    ],
)
def test_what_is_refused(model: str, inputs: dict[str, Any], told: str) -> None:
    """Named with its value and the limit."""
    with pytest.raises(BadRequest, match=told):
        translate(model, inputs)


def alignment(text: str, each: float = 0.1) -> dict[str, Any]:
    return {
        "characters": list(text),
        "character_start_times_seconds": [at * each for at in range(len(text))],
        "character_end_times_seconds": [(at + 1) * each for at in range(len(text))],
    }


def test_words_of_an_alignment() -> None:
    """From the first letter of each to its last."""
    words = read_words(alignment(" To be,\nor "))
    assert [word.text for word in words] == ["To", "be,", "or"]
    assert [round(time, 1) for word in words for time in (word.start, word.end)] == [0.1, 0.3, 0.4, 0.7, 0.8, 1.0]


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        {**alignment("ab"), "characters": ["a"]},
        {**alignment("ab"), "characters": "ab"},
        {**alignment("ab"), "character_start_times_seconds": [0, None]},
        {**alignment("ab"), "character_start_times_seconds": [0, -1]},
        {**alignment("ab"), "character_end_times_seconds": [0, math.inf]},
        {**alignment("ab"), "characters": ["a", 7]},
    ],
)
def test_an_alignment_that_makes_no_sense_has_no_words(wrong: object) -> None:
    """A sound without times is a sound all the same."""
    assert read_words(wrong) == ()


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200))
def test_captions_have_every_word_once(text: str) -> None:
    """In order, none overlapping, each as long as can be read or one word alone."""
    words = read_words(alignment(text))
    captions = captions_of(words)
    assert " ".join(one.text for one in captions) == " ".join(one.text for one in words)
    assert all(first.end <= second.start for first, second in itertools.pairwise(captions))
    assert all(len(one.text) <= CAPTION_CHARACTERS or " " not in one.text for one in captions)


def test_captions_end_with_sentences() -> None:
    """A sentence's end is a caption's."""
    words = [SpokenWord(word, at, at + 1.0) for at, word in enumerate(["No.", "Not", "yet!", "He", "said", "so"])]
    assert [one.text for one in captions_of(words)] == ["No.", "Not yet!", "He said so"]


def test_every_model_of_sounds_has_a_stand_in_or_says_that_it_works_on_a_file() -> None:
    """No model of the catalog is forgotten; those that are given files alone have none."""
    models = [one for one in routed_catalog().models.values() if one.media_type == "audio"]
    files = {one.id for one in models if sound_of(one) is None}
    assert files == {one.id for one in models if one.workflow_type.endswith(("to-audio", "speech-to-text"))
                     and one.workflow_type != "text-to-audio"}  # fmt: skip
    for model in models:
        if model.id in files:
            with pytest.raises(BadRequest, match="works on a file"):
                offline_inputs(model, {"prompt": "a"})
        else:
            assert offline_inputs(model, {"prompt": "a", "duration": 4, "voice": "a deep voice"})["text"] == "a"


def test_whose_stand_in() -> None:
    """By what was asked for: an unknown id by what would run, animatic mode's own id is speech."""
    assert sound_of(asked_model("animatic", "audio")) == sound_of(asked_model("nobody/knows", "audio")) == "speech"
    assert [sound_of(asked_model(one, "audio")) for one in (MUSIC, EFFECTS)] == ["music", "effects"]
