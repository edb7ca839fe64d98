"""Scripts as a chat model hands them over: with a greeting, a fence, labels, bullets and an offer."""

import pytest

from wzrd.screenplay.model import Screenplay
from wzrd.screenplay.parse import parse

SCRIPT = "INT. BARN - NIGHT\n\nAda lights a lamp.\n\nADA\nLet me know.\n"
LEFT_OUT = "what is written {} the script was left out; it is no scene"


def read(text: str) -> Screenplay:
    return parse(text.encode(), "a.md")


def told(made: Screenplay) -> list[list[tuple[str, str]]]:
    return [[(one.character, one.text) for one in scene.elements] for scene in made.scenes]


BARE = [[("", "Ada lights a lamp."), ("ADA", "Let me know.")]]


@pytest.mark.parametrize(
    "greeting",
    [
        "Sure! Here's a short film script based on your idea:",
        "Certainly. Below is the screenplay you asked for.\n\nI kept it to one place.\n\n---",
        "Gerne! Hier ist dein Drehbuch:",
        "Bien s\u00fbr, voici votre court m\u00e9trage :",
        "Claro, aqu\u00ed tienes un guion corto:",
        "Ecco la sceneggiatura:",
        "\u3082\u3061\u308d\u3093\u3067\u3059\u3002\u4ee5\u4e0b\u306f\u811a\u672c\u3067\u3059\u3002",
        "\u5f53\u7136\uff0c\u4ee5\u4e0b\u662f\u5267\u672c\uff1a",
    ],
)
def test_a_greeting_is_no_scene(greeting: str) -> None:
    made = read(f"{greeting}\n\n{SCRIPT}")
    assert told(made) == BARE
    assert made.warnings == (f"line 1: {LEFT_OUT.format('above')}",)


@pytest.mark.parametrize(
    "offer",
    [
        "Would you like me to add a shot list?",
        "---\n\nI hope this helps.\n\nLet me know if you want changes!",
        "M\u00f6chtest du, dass ich sie verl\u00e4ngere?",
        "\u00bfQuieres que cambie el final?",
        "N'h\u00e9sitez pas \u00e0 me demander la suite.",
        "\u5982\u679c\u60a8\u9700\u8981\uff0c\u6211\u53ef\u4ee5\u7ee7\u7eed\u3002",
    ],
)
def test_an_offer_is_no_action(offer: str) -> None:
    made = read(f"{SCRIPT}\n{offer}\n")
    assert told(made) == BARE
    assert [one.partition(": ")[2] for one in made.warnings] == [LEFT_OUT.format("below")]


def test_words_of_people_are_no_offer_and_no_greeting() -> None:
    """A speech stays, with an empty line below its name too; so does an opening that greets nobody."""
    assert told(read("INT. BARN - NIGHT\n\nADA\n\nLet me know if you want to go.\n"))[0][-1][1].startswith(
        "Let me know"
    )
    assert told(read(f"Here is the sea, grey and wide.\n\n{SCRIPT}"))[0] == [("", "Here is the sea, grey and wide.")]


def test_a_fence_holds_the_script() -> None:
    """Words around it are told; with scenes outside of it, it holds only a part."""
    made = read(f"Your script:\n\n```fountain\n{SCRIPT}```\n\nEnjoy it!\n")
    assert told(made) == BARE
    assert made.warnings == (f"line 1: {LEFT_OUT.format('around')}",)
    parts = read(f"```\n{SCRIPT}```\n\nEXT. YARD - DAY\n\nAda runs.\n")
    assert told(parts) == [*BARE, [("", "Ada runs.")]]
    assert not parts.warnings


def test_what_tells_of_a_script_is_no_scene_of_it() -> None:
    """A logline, a synopsis, a list of the cast above it; notes below it."""
    made = read(
        "# The Key\n\n## Logline\n\nA girl finds a key.\n\n## Characters\n\n* **Ada** (10): barefoot\n\n## Script\n\n"
        f"[SCENE START]\n\n{SCRIPT}\n[SCENE END]\n\n---\n\n### Director's Notes\n\n- Warm light.\n"
    )
    assert (made.title, told(made)) == ("The Key", BARE)
    assert made.metadata["logline"] == "A girl finds a key."
    assert "barefoot" in made.metadata["characters"]
    assert [one.partition(": ")[2] for one in made.warnings] == [
        "what stands below the end was left out; it is no scene"
    ]


def test_labels_say_what_is_seen_and_speak_nothing() -> None:
    """Action and setting are told, who is there is a synopsis; names behind them speak, though once each."""
    made = read(
        "## Scene 1: The Arrival\n\n**Setting:** A dark forest.\n**Characters:** Anna, Ben\n\n"
        "**Action:** Anna runs.\n\n**Dialogue:**\n\n**Anna:** Wait!\n\n**Action:** A wolf howls. Ben falls.\n\n"
        "**Ben:** (panting) Go.\n\n**Anna:** No.\n"
    )
    assert told(made) == [
        [
            ("", "A dark forest."), ("", "Anna runs."), ("Anna", "Wait!"), ("", "A wolf howls. Ben falls."),
            ("Ben", "Go."), ("Anna", "No."),
        ]
    ]  # fmt: skip
    assert "Anna, Ben" in made.scenes[0].synopsis


def test_bullets_are_no_part_of_what_happens() -> None:
    made = read("# Barn\n\nINT. BARN - NIGHT\n\n- Ada blows out the lamp.\n- Darkness.\n\nADA\n- Who is it?\n")
    assert told(made) == [[("", "Ada blows out the lamp.\nDarkness."), ("ADA", "- Who is it?")]]


@pytest.mark.parametrize(
    ("heading", "place", "label"),
    [
        ("Scene 1 (0:00-0:10)", "", "1"),
        ("**Scene 2 (0:10\u20130:20): The Desert**", "The Desert", "2"),
        ("SCENE 3 [00:20-00:30] \u2013 BEACH", "BEACH", "3"),
        ("Scene 4 (10s) - INT. KITCHEN", "KITCHEN", "4"),
        ("Escena 5: La playa (5 segundos)", "La playa", "5"),
    ],
)
def test_how_long_a_scene_lasts_is_no_place(heading: str, place: str, label: str) -> None:
    scene = read(f"{heading}\n\nAda runs.\n").scenes[0]
    assert (scene.place, scene.label) == (place, label)


def test_a_narrator_need_not_be_seen_to_speak() -> None:
    """Of two who speak, one is a voice: whoever else acts shows that names with a colon speak."""
    made = read(
        "**Scene 1**\n*Kade rides.*\n**Narrator (V.O.):** Nobody crosses it.\n\n**Scene 2**\n*Kade drinks.*\n"
        "**Kade:** One more day.\n\n**Scene 3**\n*Kade kneels.*\n**Kade:** It's real.\n"
    )
    assert [scene[-1][0] for scene in told(made)] == ["Narrator", "Kade", "Kade"]


def test_a_scene_with_a_number_alone_goes_on_where_the_last_one_was() -> None:
    """Unless its prose names another place."""
    ride, drink, eat = "Kade rides through the desert.", "Kade drinks.", "A kitchen. Kade eats."
    made = read(f"SCENE 1\n\n{ride}\n\nSCENE 2\n\n{drink}\n\nSCENE 3\n\n{eat}\n")
    assert [scene.location for scene in made.scenes] == ["Exterior, desert", "Exterior, desert", "Interior, kitchen"]
