"""Lines in capitals that name nobody."""

import pytest

from wzrd.language.beats.on_screen import is_overlay
from wzrd.screenplay.asides import is_label, is_no_name
from wzrd.screenplay.model import scene_brief
from wzrd.screenplay.parse import parse


@pytest.mark.parametrize(
    "text",
    [
        "ACT ONE",
        "Acte 1",
        "END OF ACT TWO",
        "COLD OPEN",
        "_**ACT ONE**_",
        "AKT III: DIE FLUCHT",
        "ATTO PRIMO",
        "ERSTER AUFZUG.",
        "VORSPIEL",
    ],
)
def test_labels_of_acts(text: str) -> None:
    """In any language, underlined or not, with a title or without."""
    assert is_label(text)


@pytest.mark.parametrize("text", ["ACTOR ONE", "ACT NATURAL", "PART OF ME", "TAGGART", "ENDA", "FIRST MATE", "PRIMO"])
def test_what_only_looks_like_a_label(text: str) -> None:
    """People and sentences."""
    assert not is_label(text)


@pytest.mark.parametrize(
    "text", ['SUPER: "PARIS, 1944"', "ON SCREEN", "TITLE CARD", "Chyron - Three days later", "字幕\uff1a三天后"]
)
def test_words_on_the_screen(text: str) -> None:
    """They are read, not spoken."""
    assert is_overlay(text)


@pytest.mark.parametrize(
    "name", ["WE WATCH THE", "BANG!", "AND THEN THE LIGHTS GO OUT", 'SUPER: "LONDON"', "THE DOOR OPENS AND"]
)
def test_noise_and_sentences_are_no_names(name: str) -> None:
    """Whatever stands in capitals above a line."""
    assert is_no_name(name)


@pytest.mark.parametrize(
    "name", ["ANNA", "THE MAN", "MR. GREEN", "COP 2", "R2-D2", 'PORTER "THE RITZ"', "WE", "DR. OF LETTERS"]
)
def test_names_are_names(name: str) -> None:
    """With articles, titles, numbers, quotations."""
    assert not is_no_name(name)


def test_noise_in_a_script_makes_nobody_speak() -> None:
    """It is action, with the line below it; an act's label is not filmed."""
    script = b"INT. BARN - DAY\n\n> ACT ONE <\n\nWE WATCH THE\nhorses go.\n\nBANG!\nA shot.\n\nANNA\nRun!\n"
    scene = parse(script, "noise.fountain").scenes[0]
    assert [line.character for line in scene.dialogue] == ["ANNA"]
    assert scene_brief(scene).actions == ("WE WATCH THE horses go.", "BANG! A shot.")


def test_cities_keep_their_capitals_and_times_are_no_places() -> None:
    """In a place that is spelled in capitals; CONTINUES FROM BEFORE is a time."""
    script = b"INT. BAR (LONDON) - CONTINUES FROM BEFORE\n\nRain.\n\nEXT. NEW YORK STREET - THAT MOMENT\n\nSun.\n"
    scenes = parse(script, "cities.fountain").scenes
    assert [scene.place for scene in scenes] == ["BAR (LONDON)", "NEW YORK STREET"]
    assert [scene.location for scene in scenes] == ["Interior, bar (London)", "Exterior, New York street"]
