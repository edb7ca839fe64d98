"""Paid voices of a film: settings read, names and lines matched, keys that differ where the sound does."""

import pytest

from wzrd.domain.errors import BadRequest
from wzrd.domain.pacing import BEAT, LINE_GAP, REPLY_GAP, pause_before
from wzrd.domain.shots import Line
from wzrd.models.voices import PaidVoices, check_names, check_texts, read_voices, recipe_of, spoken_text


def voice_of(voices: PaidVoices, name: str) -> str | None:
    inputs = voices.inputs_for(Line(name, "Yes."))
    return inputs["voiceId"] if inputs else None


def test_voices_by_name() -> None:
    """Names as castings know them, `*` for the rest, `animatic` for nobody paid, though everybody is."""
    voices = read_voices({"The OLD MAN": "v1", "*": "v2", "BEN": "animatic"}, None)
    expected = {"OLD MAN (V.O.)": "v1", "the old man": "v1", "MARA": "v2", "": "v2", "Ben": None}
    assert {name: voice_of(voices, name) for name in expected} == expected
    assert voice_of(read_voices({"MARA": "v1"}, None), "BEN") is None
    assert not any(read_voices(one, None).any for one in (None, {}, {"*": "animatic"}))
    assert read_voices({"A": "b"}, None).any


def test_what_is_sent() -> None:
    """Words without marks and line breaks, the model that was asked for; nothing where nothing can be said."""
    voices = read_voices({"*": "v1"}, "eleven_v3", price=4)
    assert voices.inputs_for(Line("A", "I *did*.\n_Every_ night.")) == {
        "text": "I did. Every night.",
        "voiceId": "v1",
        "modelId": "eleven_v3",
    }
    assert [spoken_text(Line("A", text)) for text in ("", " ... ", "🗼", "灯台 🗼")] == ["", "", "", "灯台 🗼"]
    assert voices.lines_of([Line("A", "…"), Line("A", "No")]) == [
        None,
        {"text": "No", "voiceId": "v1", "modelId": "eleven_v3"},
    ]
    assert voices.price == 4


def test_a_line_is_found_by_all_that_is_heard() -> None:
    """Words, voice and model each make it another; the character's name does not."""
    recipes = [
        recipe_of(inputs)
        for voice, model, text in (
            ("v1", None, "No."),
            ("v2", None, "No."),
            ("v1", "eleven_v3", "No."),
            ("v1", None, "No"),
        )
        if (inputs := read_voices({"*": voice}, model).inputs_for(Line("A", text)))
    ]
    assert len({str(recipe) for recipe in recipes}) == 4
    other = read_voices({"*": "v1"}, None).inputs_for(Line("B", "No."))
    assert other is not None
    assert recipe_of(other) == recipes[0]


@pytest.mark.parametrize(
    ("voices", "model", "words"),
    [
        ({"": "v"}, None, "'' is no character's name"),
        ({" (V.O.) ": "v"}, None, "is no character's name"),
        ({"MARA": ""}, None, "'MARA' has no voice"),
        ({"MARA": "a b"}, None, "'a b' is no id"),
        ({"MARA": "../x"}, None, "'../x' is no id"),
        ({"MARA": "x" * 65}, None, "is no id"),
        ({"MARA": "v", "mara (o.s.)": "w"}, None, "'mara (o.s.)' is named twice"),
        ({"*": "v", " * ": "w"}, None, "is named twice"),
        ({str(n): "v" for n in range(201)}, None, "201 voices are more than 200"),
        ({}, "a/b", "settings.voiceModel: 'a/b' is no id"),
    ],
)
def test_what_is_refused(voices: dict[str, str], model: str | None, words: str) -> None:
    """The value is named."""
    with pytest.raises(BadRequest) as refused:
        read_voices(voices, model)
    assert words in refused.value.message


def test_names_and_lengths_are_checked_against_the_film() -> None:
    """Who does not speak is told with the nearest; a line that the model does not take with both lengths."""
    check_names(read_voices({"*": "v", "Mara": "v"}, None), ["mara", ""])
    with pytest.raises(BadRequest, match="nobody in this film is called 'maria': there are mara"):
        check_names(read_voices({"MARIA": "v"}, None), ["mara", "ben", ""])
    with pytest.raises(BadRequest, match="'x': nobody speaks in it"):
        check_names(read_voices({"X": "v"}, None), [""])
    with pytest.raises(BadRequest, match=r"5001 characters, and eleven_v3 takes 5000"):
        check_texts(read_voices({"*": "v"}, "eleven_v3").lines_of([Line("A", "a" * 5001)]))


def test_pauses() -> None:
    """Between two speakers longer than between two lines of one; a beat where the page has one."""
    mara, ben, beat = Line("MARA", "No."), Line("BEN", "No."), Line("Mara (V.O.)", "No.", "a beat")
    assert [pause_before(ben, mara), pause_before(mara, mara), pause_before(beat, mara)] == [
        REPLY_GAP,
        LINE_GAP,
        LINE_GAP + BEAT,
    ]
