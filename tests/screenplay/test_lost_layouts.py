"""Scripts as pages, mails and schools hand them on: without line ends or empty lines, names before their words."""

import pytest

from wzrd.screenplay.model import Screenplay
from wzrd.screenplay.parse import parse


def read(text: str) -> Screenplay:
    return parse(text.encode(), "film.txt")


def said(text: str) -> list[tuple[str, str]]:
    """Who speaks, and the words."""
    return [(one.character, one.text.replace("\n", " ")) for scene in read(text).scenes for one in scene.dialogue]


def deeds(text: str) -> list[str]:
    return [action for scene in read(text).scenes for action in scene.actions]


def places(text: str) -> list[str]:
    return [scene.place for scene in read(text).scenes]


FLOWING = (
    "INT. BREAK ROOM -- CHRISTMAS EVE -- EVENING A coffee machine hisses in the empty room, and a table with chairs"
    " stands below the only lamp. The door flies open. RICHARD and TOM come in. RICHARD I can't believe these people..."
    " TOM You mustn't take it so hard. RICHARD (sitting down) It's not the sale. TOM Then what? Richard puts his head"
    " in his hands. CUT TO: EXT. CAR PARK - NIGHT A van waits."
)


def test_a_script_in_one_line_has_its_scenes_and_its_speeches() -> None:
    """As viewers of documents copy it; who does something is no speaker."""
    assert places(FLOWING) == ["BREAK ROOM - CHRISTMAS EVE", "CAR PARK"]
    assert said(FLOWING) == [
        ("RICHARD", "I can't believe these people..."),
        ("TOM", "You mustn't take it so hard."),
        ("RICHARD", "It's not the sale."),
        ("TOM", "Then what?"),
    ]
    assert deeds(FLOWING)[-2:] == ["Richard puts his head in his hands.", "A van waits."]


def test_a_heading_within_a_long_paragraph_begins_a_scene() -> None:
    """A cut before it, no time behind it, a sentence that begins with a letter: A door creaks."""
    text = (
        "EXT. FLATS - DAY\n\nTwo neighbours settle down before their screens, each for an evening of nothing at all,"
        " and the blue light fills both their windows. SPLIT SCREEN: INT. BASIL'S KITCHEN Doors fly open. INT. ROSE'S"
        " KITCHEN - LATER A cupboard creaks open."
    )
    assert places(text) == ["FLATS", "BASIL'S KITCHEN", "ROSE'S KITCHEN"]
    assert deeds(text)[-2:] == ["Doors fly open.", "A cupboard creaks open."]


def test_indents_are_the_line_ends_that_a_file_lost() -> None:
    """A printed script whose line ends became nothing, and whose indents stayed: American Outlaws is such a file."""
    lines = ["FADE IN:", "EXT. WOODS - DAY", "The riders plunge into thick woods. Branches", "slap at them."]
    turns = [
        " " * 37 + name + " " * 25 + f"This is what {name} says," + " " * 25 + "line by line."
        for name in ("COLE", "BOB") * 4
    ]
    text = "".join(" " * 15 + line for line in lines) + "".join(turns) + " " * 15 + "They ride on."
    assert said(text) == [(name, f"This is what {name} says, line by line.") for name in ("COLE", "BOB") * 4]
    assert (places(text), deeds(text)[-1]) == (["WOODS"], "They ride on.")


def test_names_before_their_words_without_a_sign() -> None:
    """A capital begins what is said, a small letter what is done; a family name is no speech."""
    text = (
        "INT. KITCHEN - DAY\n\nCLAUDE pours milk. LILY (8) and JULIE come in.\n\nCLAUDE\n\nBreakfast is ready!\n\n"
        "CLAUDE Well… good morning.\n\nLILY\n\nIs it late?\n\nCLAUDE looks at Lily.\n\nCLAUDE Why do you ask?\n\n"
        "LILY Marsh runs off.\n\nCLAUDE\n\nNo idea.\n"
    )
    assert said(text) == [
        ("CLAUDE", "Breakfast is ready!"),
        ("CLAUDE", "Well… good morning."),
        ("LILY", "Is it late?"),
        ("CLAUDE", "Why do you ask?"),
        ("CLAUDE", "No idea."),
    ]
    assert deeds(text)[-1] == "LILY Marsh runs off."


def test_small_names_before_their_words() -> None:
    """As a German school's script has them: a name alone once, else before what it says."""
    text = (
        "1. Szene\n\nKarin tritt ein und stößt einen Koffer um.\n\nKarin\n\nWer hat das hier hingestellt?\n\n"
        "Karin Mach endlich auf!\n\nKarin Sofort!\n\nAnnika ruft.\n\nAnnika Stell dir vor, ich hab sieben Zweien!\n\n"
        "Frieda verdreht die Augen.\n\nFrieda Mir ist schlecht.\n\n2. Szene\n\nDie Tür fällt zu.\n"
    )
    assert said(text) == [
        ("KARIN", "Wer hat das hier hingestellt?"),
        ("KARIN", "Mach endlich auf!"),
        ("KARIN", "Sofort!"),
        ("ANNIKA", "Stell dir vor, ich hab sieben Zweien!"),
        ("FRIEDA", "Mir ist schlecht."),
    ]


def test_directions_in_square_brackets() -> None:
    """Beside a name they are how it speaks, below a speech what is seen; all of a speech in them is said."""
    text = (
        "Scene 1\nIn the shop.\n\nJilena [amazed] : - Did you hear?\n\nNina, [a little bored]: I did.\n\n"
        "Jilena: You did?\n[Nina reaches for her glass.]\n\nNina, [counting] :\n\n- Twice.\n\nJilena: [Oh.]\n"
    )
    assert said(text) == [
        ("Jilena", "- Did you hear?"),
        ("Nina", "I did."),
        ("Jilena", "You did?"),
        ("Nina", "- Twice."),
        ("Jilena", "[Oh.]"),
    ]
    assert [one.parenthetical for one in read(text).scenes[0].dialogue] == [
        "amazed",
        "a little bored",
        None,
        "counting",
        None,
    ]
    assert "Nina reaches for her glass." in deeds(text)


def test_the_only_speaker_of_a_script() -> None:
    """A name and a colon, three times, of somebody who does something besides."""
    text = "Scene 6\n\nGirl: “Not again.”\n\nGirl picks up a knife.\n\nGirl: “I am no one.”\n\nGirl: “Ready?”\n"
    assert [who for who, _ in said(text)] == ["Girl"] * 3


def test_names_before_a_stop_that_the_script_tells_of() -> None:
    """Three names, and each does something elsewhere."""
    text = (
        "INT. HALL - NIGHT\n\nMARGOT. Hold it straight… (it sways). And up!\n\nMargot turns to the Bishop and Eva.\n\n"
        "THE BISHOP (off). Where is she?\n\nEVA. Supper is served.\n\nTHE BISHOP. Ah.\n\nSILENCE. Nobody moves.\n"
    )
    assert said(text) == [
        ("MARGOT", "Hold it straight…"),
        ("MARGOT", "And up!"),
        ("THE BISHOP", "Where is she?"),
        ("EVA", "Supper is served."),
        ("THE BISHOP", "Ah."),
    ]


DENSE = """INT. BEDROOM - DAY
JULIA and KAT sit on the bed. CHRIS is at the door.
JuLIA
I can't believe he asked you!
KAT
I know!
mom
(yells)
Can you run to the store?
Julia
I'll be back.
Julia grabs her bag.
KAT
Hey. Another jar?
(smiling)
CHRIS
Yep!
EXT. STREET - DAY
Julia waves to them all.
"""


def test_names_in_small_letters_among_cues() -> None:
    """A slip where names stand in capitals; a name that speaks once is known by who is brought in."""
    text = DENSE + "MOM\nThere you are.\nJULIA\nHere I am.\n"
    assert [who for who, _ in said(text)] == ["JULIA", "KAT", "MOM", "JULIA", "KAT", "CHRIS", "MOM", "JULIA"]


def test_what_stands_right_below_a_speech() -> None:
    """Somebody who speaks and does something, and a heading in capitals: neither is said."""
    assert places(DENSE) == ["BEDROOM", "STREET"]
    assert "Julia grabs her bag." in deeds(DENSE)
    wrapped = "".join(
        f"{name}\nThis is a speech that goes\non for a few lines, Mr.\nKat says so.\n\n" for name in ["KAT", "ABE"] * 3
    )
    assert "Kat says so." not in " ".join(deeds(f"INT. HALL - DAY\n\nKat and Abe meet.\n{wrapped}"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("(She turns toward the house.)", True),
        ("(to Karl; beat, gathering)", False),
        ("(Oh no, not you again!)", False),
    ],
)
def test_what_stands_in_brackets_below_a_speech(text: str, told: bool) -> None:
    """A sentence is seen; how a speech would go on is nobody's deed."""
    assert (text.strip("()") in deeds(f"INT. HALL - DAY\n\nANNA\nGo.\n{text}\n")) is told
