"""Words that put nothing and nobody into a picture: compared, denied, heard, owned by somebody elsewhere."""

import pytest

from wzrd.contracts.breakdown import Beat, Breakdown
from wzrd.domain.shots import SceneBrief
from wzrd.language.breakdown.by_rule import read_breakdown


def read(*parts: str) -> Breakdown:
    """The breakdown of one scene."""
    return read_breakdown([SceneBrief(1, location="INT. ROOM - NIGHT", script=parts)])


def last(*parts: str) -> Beat:
    """The last beat of a scene."""
    return read(*parts).scenes[0].beats[-1]


@pytest.mark.parametrize(
    ("sentence", "props"),
    [
        ("The ground is dry as chalk.", ()),
        ("Dead wheat rattles like paper.", ()),
        ("MARA, 40, holds a piece of chalk.", ("CHALK",)),
        ("Inside: not a trumpet.", ()),
        ("Inside: a trumpet.", ("TRUMPET",)),
        ("Inside: a note, north of the map.", ("NOTE", "MAP")),
        ("She stands there without a lamp.", ()),
        ("A GUNSHOT inside.", ()),
        ("SFX: doorbell.", ()),
        ("MUSIC: button.", ()),
        ("MARA, 40, wakes. The sun catches her attention--", ()),
        ("MARA, 40, snaps out of her daze.", ()),
        ("MARA, 40, takes a handful of ice from the tray.", ("TRAY",)),
        ("MARA, 40, waits. Purses her lips, sighs.", ()),
        ("MARA, 40, opens her purse.", ("PURSE",)),
        ("MARA, 40, holds out an envelope -- thin and brown.", ("ENVELOPE",)),
    ],
)
def test_what_is_compared_denied_or_heard_is_no_prop(sentence: str, props: tuple[str, ...]) -> None:
    """Only what is there can be drawn."""
    assert last(sentence).props == props


@pytest.mark.parametrize(
    ("before", "sentence", "thing", "words"),
    [
        ("Der alte Mann sitzt am Tisch und wartet auf sie. Er hat die Tür nicht gehört.",
         "Auf dem Tisch liegt {} Brief.", "LETTER", ("ein", "kein")),
        ("Le vieil homme attend devant la porte. Il n'a pas entendu la pluie.",
         "Sur la table, il y a {} lettre.", "LETTER", ("une", "pas de")),
        ("El viejo espera delante de la puerta. No ha oído la lluvia de la calle.",
         "El hombre está {} pistola.", "GUN", ("con la", "sin")),
    ],
)  # fmt: skip
def test_what_is_denied_in_other_languages(before: str, sentence: str, thing: str, words: tuple[str, str]) -> None:
    """With the word that denies it a thing is gone; with an article it is there."""
    there, denied = words
    assert thing in last(before, sentence.format(there)).props
    assert thing not in last(before, sentence.format(denied)).props


def test_a_thing_that_is_hugged_is_nobody() -> None:
    """Whoever hugs a case to their own chest embraces no one, though somebody else is in the room."""
    beat = last("ANNA, 30, waits.", "BEN, 17, comes in hugging a trumpet case to his chest.")
    assert (beat.act, beat.who, beat.whom, beat.props) == ("hold", ("BEN",), (), ("CASE",))
    beat = last("ANNA, 30, waits.", "BEN, 17, comes in. He hugs her to his chest.")
    assert (beat.act, beat.whom) == ("hug", ("ANNA",))


def test_one_s_own_foot_hits_nobody() -> None:
    """A child that kicks a foot strikes no one; whoever kicks somebody does."""
    assert last("TASHA, 19, sleeps. Beside her a BABY kicks one bare foot.").act == "move"
    assert last("TASHA, 19, turns. BEN, 20, kicks her.").act == "strike"


def test_the_owner_of_a_thing_is_not_there_for_it() -> None:
    """Whose shoe it is, is told of the shoe; whose chest a hand lies on is there."""
    assert [one.id for one in read("BEN, 17, grabs the baby's shoe.").people] == ["BEN"]
    assert [one.id for one in read("BEN, 17, lays his hand on the baby's chest.").people] == ["BEN", "BABY"]


def test_a_picture_on_a_screen_is_no_person_and_who_lays_in_bed_lies() -> None:
    """On VIDEO nobody called Video is seen; `lays` without an object means to lie, as most write it."""
    found = read("On VIDEO: JANE BURNHAM lays in bed, wearing a tank top.", "JANE lays down her cup.")
    assert [one.name for one in found.people] == ["Jane Burnham"]
    assert [beat.act for beat in found.scenes[0].beats] == ["lie", "put_down"]


@pytest.mark.parametrize(
    "page",
    [
        ("JANE BURNHAM walks in, wearing a tank top.", "JANE puts down her cup."),
        ("JANE BURNHAM walks in.", "She waits."),
        ("YOUNG JANE BURNHAM waits.",),
    ],
)
def test_a_full_name_is_one_person_though_nobody_speaks(page: tuple[str, ...]) -> None:
    """A surname right before the verb is not somebody of its own."""
    assert [one.name for one in read(*page).people] == ["Jane Burnham"]
