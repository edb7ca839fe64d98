"""The list of a film's people: each once, nobody who is none, with sex and age.

The traits stand in public scripts: Dances with Wolves, Basic Instinct, Blade and Traffic, in
github.com/florian-rieder/Movie-Scripts, and the plays of DraCor (dracor.org).
"""

import pytest

from wzrd.contracts.breakdown import Breakdown, Character
from wzrd.domain.shots import Line, SceneBrief
from wzrd.language.breakdown.by_rule import read_breakdown


def read(*parts: str | Line, cast: str = "") -> Breakdown:
    """The breakdown of one scene."""
    return read_breakdown([SceneBrief(1, location="INT. ROOM - NIGHT", script=parts, cast=cast)])


def listed(*parts: str | Line, cast: str = "") -> set[str]:
    """Ids of all people."""
    return {one.id for one in read(*parts, cast=cast).people}


def named(name: str, *parts: str | Line, cast: str = "") -> Character:
    """The one with this name."""
    return next(one for one in read(*parts, cast=cast).people if name in {one.name, *one.aliases})


def line(name: str, text: str = "Go on.") -> Line:
    """A spoken line."""
    return Line(name, text, None)


@pytest.mark.parametrize(
    ("parts", "people"),
    [
        (("CAPT. OAKES nods. Captain Oakes sits.", line("OAKES"), "Oakes smiles."), 1),
        (("LIEUTENANT AMOS J. HALE, a young man, wakes.", line("HALE"), "Lieutenant Hale sits. Lt. Hale nods."), 1),
        (("PETER VOSSEN -- a maniac -- runs in.", line("VOSSEN"), "She hugs Vossen. She laughs. She runs."), 1),
        (("NORA FINCH (30s) laughs. She sits.", line("FINCH"), "Judge Finch nods."), 1),
        (("MARY LOCKE, an elderly woman in white, looks up.", line("NURSE LOCKE")), 1),
        (("Charles Foster Dane waves.", "CHARLES FOSTER DANE, 70, sits.", line("DANE")), 1),
        (("This is BROTHER KYLE.", line("BROTHER KYLE"), line("KYLE"), "He prays. He sits. Kyle smiles."), 1),
        (("This is RICK O'HARA. Rick smiles.", line("O'HARA"), "O'Hara laughs. Rick sits."), 1),
        (("PEGGY DUNN, 42, bakes. Peggy Sue!", line("PEGGY"), "Peggy Sue smiles. Peggy sits."), 1),
        (("A BLUE BLAZER waits.", line("BLUE BLAZER"), line("BLUE-BLAZER")), 1),
        (("MRS. FINCH, 40, sits. ADAM FINCH, 44, sits.", line("FINCH", "My wife."), line("MRS. FINCH")), 2),
        (("NORA FINCH, 40, sits. TIM FINCH, 9, sits.", line("NORA"), line("TIM"), "Finch laughs."), 2),
    ],
)
def test_one_surname_is_one_person(parts: tuple[str | Line, ...], people: int) -> None:
    """A title in short, an initial, a rank, a pronoun misread; a wife and a son of that name are others."""
    assert len(listed(*parts)) == people


def test_a_title_brings_in_the_whole_name() -> None:
    """Ms. Ada Marsh is no Ms. Ada."""
    assert listed("Ms. Ada Marsh waits.", line("ADA"), "Ada smiles.") == {"ADA"}


@pytest.mark.parametrize("cue", ["OTTO UND VERA", "OTTO & VERA", "OTTO OCH VERA", "OTTO/VERA", "OTTO O. VERA"])
def test_a_cue_of_two_is_two(cue: str) -> None:
    """Also as those who listen to what is said next."""
    assert listed(line("OTTO"), line("VERA"), line("OTTO"), line(cue), line("OTTO")) == {"OTTO", "VERA"}


@pytest.mark.parametrize(
    "text",
    [
        "DOLLY INTO TENT rows of canvas. IDA (30) smiles.",
        "IDA (30) waves. He MEEPS his horn and drives off. She laughs.",
        "Streetlamps GO OUT IN RAPID SUCCESSION, a wave behind IDA (30).",
        "IDA (30) joins in, EXCHANGING GREETINGS.",
        "IDA (30) SHRIEKS, her body shaking.",
        "It's CHAOS, a riot of colours. IDA (30) smiles.",
        "A couple of ancient SILVER TRAILERS are in the yard. IDA (30) smiles.",
        "IDA (30) draws his Casulls, aims, and fires. The Casulls click.",
        "IDA (30) pours a couple of fingers of gin. A couple of beers wait.",
        "She grabs IDA (30) in a bear hug. They walk through a ghost town.",
        "IDA (30) eats a hot dog below a neon bird.",
        "IDA (30) waits. She's a classic misanthrope, and she is known as an agitator.",
        "IDA (30) nods to her fellow nurses.",
        "They turn TO REVEAL IDA MOSS, a woman of sixty. She nods.",
        "A SUITED IDA MOSS, slick, gold Rolex, 40s, stands. She nods.",
    ],
)
def test_what_is_no_person(text: str) -> None:
    """Directions, deeds, noise and things in capitals, amounts, kinds of things, and what somebody is."""
    assert not {one for one in listed(text) if one not in {"IDA", "IDA MOSS", "NURSES"}}


@pytest.mark.parametrize(
    ("text", "nobody"),
    [
        ("ANNA (30) ouvre. Voulez-vous entrer ? Voulez-vous rire ? Elle sourit.", "VOULEZ"),
        ("ANNA (30) ler. Till h\u00f6ger st\u00e5r ett enkelt bord. Enkel mat ligger d\u00e4r.", "ENKEL"),
        ("ANNA (30) sonr\u00ede. A la derecha del espectador, una puerta.", "ESPECTADOR"),
    ],
)
def test_words_that_are_nobody_in_their_language(text: str, nobody: str) -> None:
    """A verb before its subject, an adjective, who watches a play."""
    assert nobody not in listed(text)


def test_a_printed_play_s_list_tells_of_its_people() -> None:
    """An age belongs to the line's own person, and a short cue is the listed name that it begins."""
    cast = "Ada Lind, maid at Berg's, 26.\nHerr Berg, brewer, 53.\nNatalie, his daughter, 19."
    parts = (line("ADA"), line("NAT."), line("BERG"))
    assert (named("Nat", *parts, cast=cast).years, named("Berg", *parts, cast=cast).years) == (19, 53)


@pytest.mark.parametrize(
    ("parts", "name", "gender", "age"),
    [
        (("JUNO, a friend of hers, getting a pop from the machine, laughs.", line("JUNO")), "Juno", "woman", ""),
        (("OTTO WEBB, the pathologist, a little on the heavy side, nods.", line("OTTO")), "Otto", "man", ""),
        (("IDA SPINK, a rotund little old English lady, bows.", line("IDA")), "Ida", "woman", "old"),
        (("SHERIFF DOVE enters, sixteen years fatter and greyer.", line("DOVE")), "Dove", "man", ""),
        (("Es klingelt und sie kommt aus dem Haus. MEISTERIN BRAUSE hebt ab.", line("MEISTERIN BRAUSE")),
         "Meisterin Brause", "woman", ""),
        (("Ein Lied. Sie lachen und sie trinken.", line("ALLE"), line("KARL")), "Alle", "", ""),
        (("DEWITT sits.", line("BEN", "This here's Mr. Albright."), line("ALBRIGHT"), *["She sits."] * 8), "Albright",
         "man", ""),
    ],
)  # fmt: skip
def test_sex_and_age_as_the_page_tells_them(parts: tuple[str | Line, ...], name: str, gender: str, age: str) -> None:
    """Nobody is what they get, "a little" is no age, and a title tells more than a pronoun."""
    found = named(name, *parts)
    assert (found.gender, found.age) == (gender, age)
