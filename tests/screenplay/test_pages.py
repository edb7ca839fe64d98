"""Pages of paper: what stands before the first scene is a title page, what pages repeat is nothing that happens."""

import pytest

from tests.pdfs import written
from wzrd.media.pdf import laid_out
from wzrd.screenplay.model import Screenplay
from wzrd.screenplay.parse import parse

SCENE = "INT. BARN - DAY\n\nHay falls from the loft.\n\n        ANNA\n    Who is there?\n"


def read(text: str) -> Screenplay:
    return parse(text.encode(), "a.txt")


@pytest.mark.parametrize(
    ("head", "title", "said"),
    [
        ("THE BARN\n\nWritten by\n\nA. Doe\n\nBased on a Novel by\n\nB. Roe\n\nFINAL SHOOTING SCRIPT",
        "THE BARN", "B. Roe"),
        ("THE BARN\n\nWritten by\n\nA. Doe\n\n                 March 2008", "THE BARN", "March 2008"),
        ("ANNA\n\nWritten by\n\nA. Doe", "ANNA", "A. Doe"),  # somebody speaks who is called so
        ("STODOŁA\n\nscenariusz:\n\nA. Doe\n\nWersja 3\n30.01.2013\na.doe@example.org", "STODOŁA", "30.01.2013"),
        ("O CELEIRO\n\nroteiro de A. Doe\n\n3º tratamento - maio de 1999", "O CELEIRO",
        "3º tratamento - maio de 1999"),
        ("LA GRANGE\n\nA. Doe, B. Roe\n\n(c) 1994 Foin", "LA GRANGE", "(c) 1994 Foin"),
        ("DIE SCHEUNE\n\nEin Drehbuch\n\nA. Doe\n\nDritte Fassung\n\nPostfach 3, 10115 Berlin\n+49 30 901820",
        "DIE SCHEUNE",
         "Postfach 3, 10115 Berlin"),
        ("THE BARN\n\nWritten by\n\nA. Doe\n\nAll rights reserved. No part of it may be shown.", "THE BARN",
         "All rights reserved. No part of it may be shown."),
    ],
)  # fmt: skip
def test_a_title_page_is_no_scene(head: str, title: str, said: str) -> None:
    """Known from scripts on paper, github.com/florian-rieder/Movie-Scripts and github.com/ifrost/screenplays."""
    made = read(f"{head}\n\n{SCENE}")
    assert [scene.place for scene in made.scenes] == ["BARN"]
    assert (made.scenes[0].actions, made.title) == (("Hay falls from the loft.",), title)
    assert said in made.metadata["credit"].splitlines()


def test_what_is_told_below_a_title_page_is_seen() -> None:
    """Prose before the first heading begins the film; a card on the screen too."""
    made = read(f"THE BARN\n\nWritten by\n\nA. Doe\n\nA red sun comes up over wide fields.\n\nSUPER: 1990\n\n{SCENE}")
    assert made.metadata["credit"].splitlines() == ["Written by", "A. Doe"]
    assert made.scenes[0].actions == ("A red sun comes up over wide fields.", "SUPER: 1990")


def test_a_page_of_its_own_is_the_title_page() -> None:
    """Whatever is on it, where it has no scene: the form feed behind it tells."""
    made = read(f"HERE WE GO:\n\nA film about the hay that we had, and then had not.\n\nMay 2008\n\f{SCENE}")
    assert [scene.place for scene in made.scenes] == ["BARN"]
    assert "HERE WE GO:" in made.metadata["credit"]
    made = read(f"THE BARN\n\nA. Doe\n\f{SCENE}")
    assert (made.title, len(made.scenes)) == ("THE BARN", 1)
    made = read(f"A red sun comes up over wide fields.\n\f{SCENE}")
    assert [scene.actions[0] for scene in made.scenes] == [
        "A red sun comes up over wide fields.",
        "Hay falls from the loft.",
    ]


def test_heads_and_feet_of_pages_are_not_seen() -> None:
    """They count the pages or stand on most; a name at the top of some pages speaks, and so does a number."""
    head, foot = 'BRN "THE BARN" NETWORK DRAFT (2/8/13)', "Rev. 3\n\n(CONTINUED)\n"
    scene = "INT. BARN {0} - DAY\n\nHay falls.\n\nANNA\n{0}0."
    pages = [f"{head} {number}.\n\n{scene.format(number)}\n\n{foot}" for number in range(1, 6)]
    made = read("\f".join(pages))
    assert [scene.place for scene in made.scenes] == [f"BARN {number}" for number in range(1, 6)]
    assert [line.text for scene in made.scenes for line in scene.dialogue] == ["10.", "20.", "30.", "40.", "50."]
    assert {action for scene in made.scenes[1:] for action in scene.actions} == {"Hay falls."}


def test_a_sentence_goes_on_over_the_end_of_a_page() -> None:
    """The head that stood between is gone; what begins with a capital is a paragraph."""
    made = read(
        "INT. BARN - DAY\n\nAnna lifts the\n\n\fThe Barn   2.\n\nlid of the box.\n\n\fThe Barn   3.\n\nHay falls.\n"
    )
    assert made.scenes[0].actions == ("Anna lifts the lid of the box.", "Hay falls.")


def test_a_pdf_has_pages() -> None:
    """Its title page is told, and the heads of its pages are gone."""
    title = [(250.0, "THE BARN"), (0, ""), (250.0, "A. Doe"), (0, ""), (0, ""), (108.0, "P.O. Box 7")]
    first = [(108.0, "INT. BARN - DAY"), (0, ""), (108.0, "Anna looks up, and"), (108.0, "hay falls from the"), (0, "")]
    second = [(108.0, "The Barn 2."), (0, ""), (108.0, "loft."), (0, ""), (108.0, "Dust.")]
    third = [(108.0, "The Barn 3."), (0, ""), (108.0, "Anna coughs."), (0, ""), (108.0, "Dust.")]
    made = parse(laid_out(written(title, first, second, third)), "a.txt")
    assert (made.title, made.metadata["credit"]) == ("THE BARN", "A. Doe\nP.O. Box 7")
    assert [scene.actions for scene in made.scenes] == [
        ("Anna looks up, and hay falls from the loft.", "Dust.", "Anna coughs.", "Dust.")
    ]


def test_a_title_page_stands_right_above_its_first_scene() -> None:
    """In a text without empty lines; known from Ace Ventura, github.com/florian-rieder/Movie-Scripts."""
    scenes = "INT. BARN - DAY\nHay falls.\nINT. SHED - DAY\nStraw.\nINT. LOFT - DAY\nDust.\n"
    made = read(f"THE BARN\nA COMEDY\nWritten by\nA. Doe\n{scenes}")
    assert (made.title, [scene.place for scene in made.scenes]) == ("THE BARN", ["BARN", "SHED", "LOFT"])


def test_a_direction_that_an_empty_line_broke_is_one() -> None:
    """Known from Funny People, github.com/florian-rieder/Movie-Scripts."""
    made = read("INT. BARN - DAY\n\nHay.\n\n          ANNA\n          (turning to\n\n          HIM)\n          Well?\n")
    assert [(line.character, line.text, line.parenthetical) for line in made.scenes[0].dialogue] == [
        ("ANNA", "Well?", "turning to HIM")
    ]
