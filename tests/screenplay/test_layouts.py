"""Scripts laid out for paper, and transcripts: names and speeches are found by where they stand."""

from typing import Any

import pytest

from wzrd.screenplay.parse import parse

NAMES = ("Anna", "Bert", "Cara")


def printed(*, capitals: bool = True, gap: int = 0, double: bool = False, before: int = 1) -> bytes:
    """A script in columns: action at 5, speech at 15, names at 30; `gap` empty lines below each name."""
    lines = ["     INT. HARBOUR OFFICE - NIGHT", "", "     The clerks count crates by"]
    lines += ["     lamplight and say nothing.", ""]
    for turn in range(12):
        name = NAMES[turn % 3]
        lines += ["     She turns a page.", *[""] * before, " " * 30 + (name.upper() if capitals else name)]
        lines += [""] * gap + [" " * 22 + "(quietly)"] * (turn == 4)
        lines += [" " * 15 + f"This is line {turn} of all", " " * 15 + "that they had to say.", ""]
    lines += ["                              (CONTINUED)", "     EXT. QUAY - DAWN", "     Gulls wait."]
    return "\n".join(part for line in lines for part in ((line, "") if double and line else (line,))).encode()


@pytest.mark.parametrize(
    "layout",
    [{}, {"gap": 1}, {"before": 0}, {"capitals": False}, {"double": True}],
    ids=["plain", "names apart", "no line before names", "small names", "double spaced"],
)
def test_columns_tell_who_speaks(layout: dict[str, Any]) -> None:
    """Whatever empty lines a printed layout has, each speech is one line of whoever stands above it."""
    screenplay = parse(printed(**layout), "harbour.txt")
    assert [scene.place for scene in screenplay.scenes] == ["HARBOUR OFFICE", "QUAY"]
    spoken = [element for element in screenplay.scenes[0].elements if element.kind == "dialogue"]
    assert [element.character.upper() for element in spoken] == [NAMES[turn % 3].upper() for turn in range(12)]
    assert spoken[4].parenthetical == "quietly"
    assert " ".join(spoken[5].text.split()) == "This is line 5 of all that they had to say."


def test_columns_leave_no_furniture() -> None:
    """(CONTINUED) and page numbers are paper's, and nobody's action."""
    script = printed().replace(b"     She turns a page.", b"     She turns a page.\n\n" + b" " * 60 + b"12.", 1)
    screenplay = parse(script, "harbour.txt")
    told = " ".join(element.text for scene in screenplay.scenes for element in scene.elements)
    assert "CONTINUED" not in told
    assert "12." not in told


def test_text_without_columns_stays() -> None:
    """A speech that stands at the margin of action ends at its empty line, as in any Fountain file."""
    script = (
        b"          EXT. FIELD - DAY\n\n" + b"                   ANNA\n          Come.\n\n          He comes.\n\n" * 8
    )
    elements = parse(script, "field.txt").scenes[0].elements
    assert [element.kind for element in elements] == ["dialogue", "action"] * 8


def test_transcript_is_spoken() -> None:
    """Name and speech on one line are a speech, and not a title page of many keys."""
    screenplay = parse(
        b"ANNA: Hello.\nBERT: Hello? Who: you?\nANNA (laughing): Me.\nBERT: Ah.\nANNA: Yes.\n", "call.txt"
    )
    spoken = [(one.character, one.text) for one in screenplay.scenes[0].elements]
    assert spoken[:3] == [("ANNA", "Hello."), ("BERT", "Hello? Who: you?"), ("ANNA", "Me.")]


def test_transcript_keeps_its_title_page() -> None:
    """Keys of a title page come once, names come again."""
    script = (
        "Title: The Call\nAuthor: A. Writer\n\nAnna: Hello.\n\nBert: Hello.\n\nAnna: Who?\n\nBert: Me.\n\nAnna: Oh."
    )
    screenplay = parse(script.encode(), "call.txt")
    assert screenplay.title == "The Call"
    assert screenplay.scenes[0].characters == ("Anna", "Bert")


def test_lone_colon_is_action() -> None:
    """A colon in the action of a script that has cues makes nobody speak."""
    script = b"INT. HALL - DAY\n\nThe sign: closed.\n\nHe reads: it is late.\n\nANNA\nSo?\n\nAnna: a small woman.\n"
    elements = parse(script, "hall.fountain").scenes[0].elements
    assert [element.kind for element in elements] == ["action", "action", "dialogue", "action"]


@pytest.mark.parametrize(
    ("line", "place", "time"),
    [
        ("3 - INT. STUDIO - JOUR", "STUDIO", "JOUR"),
        ("1   OLD TREE IN THE PARK - MIDNIGHT", "OLD TREE IN THE PARK", "MIDNIGHT"),
    ],
)
def test_numbered_headings(line: str, place: str, time: str) -> None:
    """A number before a dash, or before a place in capitals with its time, opens a heading."""
    scene = parse(f"{line}\n\nA bird sings.\n".encode(), "bird.txt").scenes[0]
    assert (scene.place, scene.time_of_day) == (place, time)


SHORT = """INT. KITCHEN - NIGHT

A storm.

                         RUTH
               You're late.
                         (MORE)

                                                      (CONTINUED)

                                                              2.
1   CONTINUED: (2)                                                1

                         RUTH (CONT'D)
               Again.

                                                              3.

She sits.
"""


def test_a_script_of_few_speeches_leaves_no_furniture() -> None:
    """Numbers of pages in a row, (MORE) and CONTINUED: are nothing that happens, however little is said."""
    (scene,) = parse(SHORT.encode(), "short.fountain").scenes
    assert [line.text for line in scene.dialogue] == ["You're late.", "Again."]
    assert scene.actions == ("A storm.", "She sits.")


@pytest.mark.parametrize("numbers", ["3.\n\n2.\n\n1.", "7.", "1984\n\n1985", "1\n\n2"])
def test_other_numbers_are_action(numbers: str) -> None:
    """A countdown, one number, years: they stay."""
    (scene,) = parse(f"INT. LAB - DAY\n\nIt counts.\n\n{numbers}\n".encode(), "lab.fountain").scenes
    assert all(number in " ".join(scene.actions) for number in numbers.split())
