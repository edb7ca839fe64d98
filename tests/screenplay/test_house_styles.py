"""Scripts of other languages and houses: radio with numbers, columns of picture and sound, kinds above their places."""

# ruff: noqa: RUF001 - other languages have signs that look like ours

import pytest

from wzrd.screenplay.model import Screenplay
from wzrd.screenplay.parse import parse


def read(text: str, name: str = "film.txt") -> Screenplay:
    return parse(text.encode(), name)


def headings(text: str) -> list[tuple[str, str, str]]:
    """Inside or outside, place and time of each scene."""
    return [(scene.int_ext, scene.place, scene.time_of_day) for scene in read(text).scenes]


def said(text: str) -> list[tuple[str, str]]:
    """Who speaks, and the words."""
    return [(one.character, one.text.replace("\n", " ")) for scene in read(text).scenes for one in scene.dialogue]


def deeds(text: str) -> list[str]:
    return [action for scene in read(text).scenes for action in scene.actions]


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("4) INT. JOUR / CHAMBRE D'UN HÔTEL", ("INT", "CHAMBRE D'UN HÔTEL", "JOUR")),
        ("EXT. NUIT / UNE RUE", ("EXT", "UNE RUE", "NUIT")),
        ("SCENA 1.INT.GIORNO.CASA", ("INT", "CASA", "GIORNO")),
        ("SCENA 2. Interno giorno, sala da pranzo.", ("INT", "sala da pranzo", "giorno")),
        ("INT. KITCHEN - DAY/NIGHT", ("INT", "KITCHEN", "DAY/NIGHT")),
        ("INT. DAY / NIGHT", ("INT", "", "DAY / NIGHT")),
        ("Interior- Noche (llueve)", ("INT", "", "Noche (llueve)")),
        ("[SCENE 1. INT. STATION. NIGHT.]", ("INT", "STATION", "NIGHT")),
        ("Scene: Int. Kitchen, Evening", ("INT", "Kitchen", "Evening")),
        ("12:15 a.m. Int.: Bedroom", ("INT", "Bedroom", "12:15 a.m.")),
        ("INT. BAZAAR – RAAT", ("INT", "BAZAAR", "RAAT")),
    ],
)
def test_a_heading_tells_place_and_time_in_any_order(heading: str, expected: tuple[str, str, str]) -> None:
    """The time before the place, the heading in brackets, a word or a clock before it."""
    assert headings(f"{heading}\n\nA lamp burns.\n") == [expected]


def test_what_a_sentence_begins_with_a_clock_is_no_heading() -> None:
    """`12:15` before words that name no kind is action."""
    text = "INT. HALL - DAY\n\n12:15 and nobody has come.\n\nScene: they wait.\n"
    assert headings(text) == [("INT", "HALL", "DAY")]


def test_a_place_below_its_kind_is_its_place() -> None:
    """Polish and German scripts give a line each to kind, place and time."""
    text = "6. PL.\nSZKOŁA\nDZIEŃ\nTłum napiera.\nEWA\nProszę!\n9. WN.\nSALA\nNOC\nEWA\nCisza.\n"
    assert headings(text) == [("EXT", "SZKOŁA", "DZIEŃ"), ("INT", "SALA", "NOC")]
    assert headings("INT/ NACHT\nIDAS WOHNUNG, BAD\nRauch steigt auf.\n") == [("INT", "IDAS WOHNUNG, BAD", "NACHT")]


def test_a_place_within_the_same_one() -> None:
    """`同・` is the building of the heading before; headings by a circle need no empty line above them."""
    text = (
        "○喫茶店・店内（昼）\n客がいない。\n美咲「遅いね」\n○同・表\n美咲、出てくる。\n健「ごめん」\n"
        "○同・店内（夜）\n二人、座っている。\n"
    )
    assert headings(text) == [("", "喫茶店・店内", "昼"), ("", "喫茶店 - 表", ""), ("", "喫茶店 - 店内", "夜")]


def test_headings_in_small_letters_with_their_time() -> None:
    """Three of them, each alone, where no line is a heading otherwise; two are action."""
    scenes = ["Cuisine Morin - nuit\n\nOdette pose le plat.\n", "Rue - jour\n\nEva court.\n", "Toit - aube\n\nVent.\n"]
    assert headings("\n".join(scenes)) == [("", "Cuisine Morin", "nuit"), ("", "Rue", "jour"), ("", "Toit", "aube")]
    assert headings("\n".join(scenes[:2])) == [("", "", "")]


def test_numbers_of_a_radio_play_are_no_part_of_names() -> None:
    """They rise, and begin again on a page; a sound is not said."""
    text = (
        "1. FX: RAIN. A DOOR SLAMS.\n\n2. MAGGIE: (CALLING) Anybody here?\n\n3. COLE: In the pit!\n\n"
        "1. FX: STEPS.\n\n2. MAGGIE: You scared me.\n\n3. COLE: Did I?\n"
    )
    assert [name for name, _ in said(text)] == ["MAGGIE", "COLE", "MAGGIE", "COLE"]
    assert deeds(text) == ["FX: RAIN. A DOOR SLAMS.", "FX: STEPS."]


def test_names_with_colons_above_their_words_need_no_empty_lines() -> None:
    """Somebody who speaks but once, too; Hindi as well."""
    text = "ANNA:\nIs it late?\nBEN:\nNo.\nGUARD:\nWho is there?\nANNA:\nUs.\n"
    assert said(text) == [("ANNA", "Is it late?"), ("BEN", "No."), ("GUARD", "Who is there?"), ("ANNA", "Us.")]
    hindi = "सीन 01\nएक घर है।\nआयुष :\nकौन है?\nदृष्टि :\nगेट खोलो\nआयुष :\nकौन?\nदृष्टि :\nमैं\n"
    assert [name for name, _ in said(hindi)] == ["आयुष", "दृष्टि"] * 2


@pytest.mark.parametrize(
    "table",
    [
        "| VIDEO | AUDIO |\n|---|---|\n| {} | {} |\n| {} | {} |",
        "VIDEO\tAUDIO\n{}\t{}\n{}\t{}",
        "TIME | VIDEO | AUDIO\n0:00 | {} | {}\n0:05 | {} | {}",
    ],
)
def test_columns_of_picture_and_sound(table: str) -> None:
    """Pictures are action, names with words speak, effects are not said."""
    text = table.format("An empty office", "MARA: We were three.", "A kettle", "SFX: It boils.")
    assert said(text) == [("MARA", "We were three.")]
    assert deeds(text) == ["An empty office", "A kettle", "SFX: It boils."]


def test_the_head_of_a_text_of_markdown_is_its_title_page() -> None:
    """Rules around keys are no action."""
    play = read("---\ntitle: The Well\nauthor: Jo Bright\n---\n\nINT. BARN - NIGHT\n\nA lantern swings.\n", "well.md")
    assert (play.title, play.author, len(play.scenes)) == ("The Well", "Jo Bright", 1)


def test_a_shot_with_its_number_at_both_ends_stays_in_its_scene() -> None:
    """The number is no part of it, and whoever it shows is no place."""
    text = "9 INT. GARAGE - DAY 9\n\nA car.\n\n10 GORDY 10\n\nHe wipes his hands.\n\n11 EXT. DRIVE - DAY 11\n\nDust.\n"
    assert [(scene.heading, scene.place) for scene in read(text).scenes][:2] == [
        ("INT. GARAGE - DAY", "GARAGE"),
        ("GORDY", "GARAGE"),
    ]


def test_a_direction_behind_the_comma_of_a_name() -> None:
    """French and German print it there; a person who is brought in is action."""
    text = (
        "INT. CAVE - NUIT\n\nLE DIABLE, surgissant devant lui\nTu es à moi.\n\nDENIS, effrayé\nNon !\n\n"
        "DENIS, un homme de 40 ans, recule.\n"
    )
    assert said(text) == [("LE DIABLE", "Tu es à moi."), ("DENIS", "Non !")]
    assert deeds(text) == ["DENIS, un homme de 40 ans, recule."]


def test_a_page_that_goes_on_says_so_in_its_language() -> None:
    """(CONTINÚA) and CONTINÚA: 2. are of the paper."""
    text = "INT. BAR - DÍA\n\nANA\nHola.\n\n(CONTINÚA)\n\nCONTINÚA: 2.\n\nLUIS\nAdiós.\n"
    assert said(text) == [("ANA", "Hola."), ("LUIS", "Adiós.")]
    assert deeds(text) == []
