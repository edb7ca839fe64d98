"""A film of six people in five places: its script, shots, colours of its sheets, and voices."""

from collections.abc import Mapping
from typing import Any

from server.fakes.elevenlabs import VOICES as KNOWN
from tests.tasks.film_looks import Colour
from wzrd.domain.bible import SheetKind

SCRIPT = """Title: The Ferry

INT. KITCHEN - DAY

MIKE, a man of 45, wipes the table. ANNA, a woman of 30, puts a COIN on the table.

MIKE
Where is the ferry?

ANNA
It has sailed.

EXT. HARBOUR - NIGHT

TOM, a boy of 9, runs to ANNA.

TOM
I saw the lights!

INT. CABIN - NIGHT

RUTH, a woman of 70, hands OSKAR, a man of 50, the COIN.

RUTH
This is all I have.

OSKAR
It is enough.

EXT. MARKET - DAY

LENA, a woman of 20, points at MIKE.

LENA
That is the man.

INT. CHAPEL - NIGHT

RUTH, TOM and LENA wait.

TOM
Is he coming?
"""
COLOURS: dict[str, tuple[SheetKind, Colour]] = {
    "MIKE": ("person", (220, 20, 20)),
    "ANNA": ("person", (20, 200, 20)),
    "TOM": ("person", (20, 20, 220)),
    "RUTH": ("person", (220, 220, 20)),
    "OSKAR": ("person", (220, 20, 220)),
    "LENA": ("person", (20, 220, 220)),
    "KITCHEN": ("place", (240, 130, 20)),
    "HARBOUR": ("place", (100, 30, 120)),
    "CABIN": ("place", (120, 80, 20)),
    "MARKET": ("place", (240, 160, 200)),
    "CHAPEL": ("place", (20, 110, 90)),
    "COIN": ("prop", (150, 150, 150)),
}
AT_NIGHT = {"HARBOUR", "CABIN", "CHAPEL"}
VOICES: dict[str, str] = dict(zip(("MIKE", "ANNA", "TOM", "RUTH", "OSKAR", "LENA"), KNOWN, strict=True))


def a_shot(scene: int, size: str, people: str, *, props: str = "", says: str = "") -> dict[str, Any]:
    """A shot as its writer conceived it: the first of the people on the left."""
    subjects = [{"name": name, "side": "right" if at else "left"} for at, name in enumerate(people.split())]
    brief = {"subjects": subjects, "props": props.split()}
    return {"scene": scene, "size": size, "move": "static", "dialogue": says, "brief": brief}


SHOTS = {
    "asks": a_shot(0, "close_up", "MIKE", says="Where is the ferry?"),
    "pays": a_shot(0, "medium", "MIKE ANNA", props="coin"),
    "tells": a_shot(0, "close_up", "ANNA", says="It has sailed."),
    "runs": a_shot(1, "wide", "TOM ANNA", says="I saw the lights!"),
    "gives": a_shot(2, "medium", "RUTH OSKAR", props="coin"),
    "all": a_shot(2, "close_up", "RUTH", says="This is all I have."),
    "enough": a_shot(2, "close_up", "OSKAR", says="It is enough."),
    "points": a_shot(3, "medium", "LENA MIKE", says="That is the man."),
    "wait": a_shot(4, "wide", "RUTH TOM LENA"),
    "asking": a_shot(4, "close_up", "TOM", says="Is he coming?"),
}
PLACES = ("KITCHEN", "HARBOUR", "CABIN", "MARKET", "CHAPEL")
SAID = {
    "asks": "MIKE",
    "tells": "ANNA",
    "runs": "TOM",
    "all": "RUTH",
    "enough": "OSKAR",
    "points": "LENA",
    "asking": "TOM",
}


def film_of(count: int) -> Mapping[str, Mapping[str, Any]]:
    """The shots, and as many more in which nobody speaks as make so many, scene by scene."""
    more = {
        f"{name} {at}": {**SHOTS[name], "size": size, "dialogue": ""}
        for at, size in enumerate(("wide", "medium"))
        for name in SHOTS
    }
    wanted = {**SHOTS, **dict([*more.items()][: count - len(SHOTS)])}
    return dict(sorted(wanted.items(), key=lambda one: one[1]["scene"]))
