"""A spot within a scene leads what is seen there; a time and a note of structure are not seen."""

import pytest

from wzrd.screenplay.model import Screenplay, briefs_of
from wzrd.screenplay.parse import parse


def read(text: str, name: str = "a.fountain") -> Screenplay:
    return parse(text.encode(), name)


@pytest.mark.parametrize(
    ("heading", "spot"),
    [
        ("INT. HOUSE - DAY", "IN THE KITCHEN"), ("INT. HOUSE - DAY", "BACK IN THE BARN"),
        ("INT. HOUSE - DAY", "ON THE ROOF"),
        ("INT. HOUSE - DAY", "AT THE BAR --"), ("INT. HOUSE - DAY", "INSIDE ANNA'S ROOM"),
        ("INT. HOUSE - DAY", "OUTSIDE THE SHIP:"),
        ("INT. HOUSE - DAY", "DOWNSTAIRS HALLWAY:"), ("INT. HOUSE - DAY", "HALLWAY - CONTINUOUS"),
        ("INNEN. HAUS - TAG", "IN DER KÜCHE"), ("INT. MAISON - JOUR", "DANS LA CUISINE"),
        ("INT. CASA - DÍA", "EN LA AZOTEA"),
        ("INT. CASA - GIORNO", "NELLA CUCINA"), ("INT. CASA - DIA", "NO QUARTO"), ("INT. HUIS - DAG", "OP HET DAK"),
        ("INT. HUS - DAG", "I KÖKET"), ("WNĘTRZE. DOM - DZIEŃ", "W KUCHNI"),
        ("ИНТ. ДОМ - ДЕНЬ", "\u041d\u0410 КРЫШЕ"),
    ],
)  # fmt: skip
def test_a_spot_leads_what_is_seen_there(heading: str, spot: str) -> None:
    """Alone or right above it; known from Wall-E, github.com/florian-rieder/Movie-Scripts."""
    for gap in ("\n\n", "\n")[: 1 if spot.endswith("HALLWAY:") else 2]:  # a name may stand before a colon
        made = read(f"{heading}\n\nAnna waits.\n\n{spot}{gap}The kettle boils.\n")
        assert made.scenes[0].actions == ("Anna waits.", f"{spot.rstrip(' :-')} \u2013 The kettle boils.")
        assert not made.scenes[0].dialogue


@pytest.mark.parametrize(
    "note",
    [
        "LATER", "MOMENTS LATER", "THE NEXT MORNING", "SERIES OF SHOTS:", "MONTAGE",
        "MONTAGE - ANNA CLEANS UP", "BACK TO SCENE",
        "END OF MONTAGE", "INTERCUT WITH: DORA'S OFFICE", "BEGIN FLASHBACK", "OPENING CREDITS", "SPÄTER",
        "PARALLELMONTAGE",
        "ENDE DER RÜCKBLENDE", "PLUS TARD", "RETOUR À LA SCÈNE", "SÉRIE DE PLANS", "MÁS TARDE",
        "SECUENCIA DE MONTAJE",
        "VOLVEMOS A ESCENA", "PIÙ TARDI", "MONTAGGIO ALTERNATO", "MAIS TARDE", "SEQUÊNCIA DE MONTAGEM",
        "TERUG NAAR SCÈNE",
        "TILLBAKA TILL SCENEN", "PÓŹNIEJ", "SERIA UJĘĆ", "ПОЗЖЕ", "ПАРАЛЛЕЛЬНЫЙ МОНТАЖ", "モンタージュ",
    ],
)  # fmt: skip
def test_a_time_or_a_note_of_structure_is_not_seen(note: str) -> None:
    """It stays on the page, within the scene, and is nobody who speaks."""
    for gap in ("\n", "\n\n"):
        made = read(f"INT. HOUSE - DAY\n\nAnna waits.\n\n{note}{gap}She sleeps.\n")
        assert [part for brief in briefs_of(made) for part in brief.script] == ["Anna waits.", "She sleeps."]
        assert note in " ".join(element.text for element in made.scenes[0].elements)


def test_what_looks_like_a_spot_is_none() -> None:
    """A person or a thing that the camera is on, somebody with the name of a place, words that are said."""
    made = read(
        "INT. BRIDGE - DAY\n\nON ANNA\n\nShe waits.\n\nA HOUSE\n\nTOWER\nCome in.\n\n"
        "ANNA\nIN THE KITCHEN\nLATER\n\nDAWN (CONT'D)\nNow.\n"
    )
    assert made.scenes[0].actions == ("ON ANNA", "She waits.", "A HOUSE")
    assert [(line.character, line.text) for line in made.scenes[0].dialogue] == [
        ("TOWER", "Come in."),
        ("ANNA", "IN THE KITCHEN LATER"),
        ("DAWN", "Now."),
    ]


@pytest.mark.parametrize(
    "view",
    [
        "INSERT - ALTIMETER", "CLOSEUP - ANNA - NIGHT", "ANNA'S POV - THE SIGN", "ANGLE", "UP ANGLE", "WIDER",
        "GROS PLAN",
        "PLANO DETALLE - LA MANO", "PRIMO PIANO", "PLANO GERAL", "HALBTOTALE", "NÄRBILD", "ZBLIŻENIE", "ОБЩИЙ ПЛАН",
        'WILLIE ("THE BAND', "BELOW)",
    ],
)  # fmt: skip
def test_a_view_says_nothing(view: str) -> None:
    """Not even again, or in the column of names; known from Airplane!, github.com/lumenwrites/screenplays."""
    speeches = "".join(
        f"               {name}\n       Well, number {at}.\n\n" for at, name in enumerate(["ANNA", "PAUL"] * 4)
    )
    shot = f"               {view}\n       Altitude is dropping.\n\n"
    made = read(f"INT. COCKPIT - DAY\n\n{speeches}{shot}{speeches}{shot}", "a.txt")
    assert {line.character for line in made.scenes[0].dialogue} == {"ANNA", "PAUL"}


def test_a_sentence_that_goes_on_below_a_name_is_no_speech() -> None:
    """Known from O oitavo selo, casacinepoa.github.io: nobody so called speaks, or their verb begins the line."""
    talk = "ANNA\nWe are late.\n\nPAUL\nI know that.\n\n" * 3
    for told in ("MENINA\nsorri e dança.", "MR QUILL\nand MRS QUILL are cutting pears.", "ANNA\nsits down and counts."):
        made = read(f"INT. KITCHEN - DAY\n\n{talk}{told}\n")
        assert made.scenes[0].actions == (told.replace("\n", " "),)
    for said in ("ANNA (CONT'D)\nand then he left.", "CAT\nmeow!", "ANNA\nand then?"):
        made = read(f"INT. KITCHEN - DAY\n\n{talk}{said}\n")
        assert made.scenes[0].dialogue[-1].text == said.partition("\n")[2]
    shy = "anna\n".upper() + "we are late.\n\n" + "PAUL\ni know.\n\n"
    assert len(read(f"INT. KITCHEN - DAY\n\n{shy * 3}DORA\nso am i.\n").scenes[0].dialogue) == 7
