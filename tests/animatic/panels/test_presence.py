"""Who is in a panel: nobody is missing whom the words name, and no voice from elsewhere is drawn in."""

import json
from importlib.resources import files
from typing import Any

import pytest

from wzrd.animatic.panels.brief.design import FilmDesign, design_of
from wzrd.animatic.panels.brief.mentions import roles_in
from wzrd.animatic.panels.brief.panel_reading import read_panel
from wzrd.animatic.panels.brief.values import PanelBrief
from wzrd.animatic.panels.brief.word_lists import HELD
from wzrd.animatic.panels.brief.word_lists import THINGS as THINGS_OF_WORDS
from wzrd.animatic.panels.poses import known
from wzrd.animatic.panels.things import THINGS
from wzrd.animatic.writer.shots import write_shots
from wzrd.domain.shots import Line, SceneBrief, ShotBrief, ShotIdea, ShotSize, ShotSubject
from wzrd.language.people.scene_people import introduced, is_unseen, only_heard, people_of

BAKERY = SceneBrief(
    1,
    "INT. BAKERY - DAY",
    actions=("Nora kneads the dough. The DELIVERY BOY waits by the door.", "She looks up. They wait for the oven."),
    dialogue=(
        Line("NORA", "Not yet."),
        Line("OTTO", "When?"),
        Line("RADIO VOICE", "Rain."),
        Line("PIA", "Hello?", None, "V.O."),
    ),
    script=(
        "Nora kneads the dough.",
        Line("NORA", "Not yet."),
        Line("OTTO", "When?"),
        "The DELIVERY BOY waits by the door. She looks up. They wait for the oven.",
        Line("RADIO VOICE", "Rain."),
        Line("PIA", "Hello?", None, "V.O."),
    ),
)  # fmt: skip


def seen(idea: str, scene: SceneBrief = BAKERY, design: FilmDesign | None = None, **values: Any) -> list[str]:
    """The names of the people in the panel of these words."""
    wide: dict[str, Any] = {"size": "wide", **values}
    shot = ShotIdea(idea, **wide)
    return [figure.name for figure in read_panel(scene, shot, shot_number=1, design=design).figures]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("Nora kneads the dough", ["Nora"]),
        ("She looks up", ["Nora"]),
        ("They wait for the oven", ["Nora", "the delivery boy"]),
        ("Two cops run past", ["the cop", "the second cop"]),
        ("The delivery boy waits", ["the delivery boy"]),
        ("A dog barks at a waiter", ["the dog", "the waiter"]),
        ("An old woman and her dog pass", ["the old woman", "the dog"]),
        ("The police car stops", []),
        ("A photo of a man hangs askew", []),
        ("No man in sight", []),
        ("Rain on the windows", []),
        ("Pia's voice crackles", []),
        ("We see the oven", []),
        ("The teacher's desk", []),
        ("A guard guards the door", ["the guard"]),
        ("The crowd's noise", []),
        ("A swarm of insects darts across the field", []),
        ("She stops in the middle of a melodic line", ["Nora"]),
    ],
)
def test_whom_the_words_ask_for_is_there(words: str, names: list[str]):
    """Names, pronouns, roles, animals; not what only sounds like them."""
    assert sorted(seen(f"{words}.")) == sorted(names)


def test_a_name_is_a_name_in_capitals_only():
    """Will and Hope are words too; a surname alone means its owner."""
    scene = SceneBrief(1, characters=("WILL", "HOPE MILLER"))
    assert seen("It will be hope.", scene) == []
    assert seen("Miller nods at Will.", scene) == ["Hope Miller", "Will"]


def test_somebody_from_another_scene_is_known():
    """A silent person of the film is drawn where the words name them."""
    film = design_of([BAKERY, SceneBrief(2, "EXT. QUAY - DAY", actions=("Nora waits. Otto fishes.",))])
    quay = SceneBrief(2, "EXT. QUAY - DAY", actions=("Otto fishes.",), dialogue=(Line("PIA", "Bread!"),))
    assert seen("Otto fishes.", quay, film) == ["Otto"]


def test_an_opening_and_a_last_look_hold_the_scenes_people():
    """Who is there is there when all is seen; an emptied room is empty; who comes later is not there yet."""
    assert set(seen("Drop back to a wide shot.", extra={"coverage": "master"})) >= {"Nora", "Otto"}
    assert seen("End on the emptied space once everyone has left it.", extra={"coverage": "closing"}) == []
    later = SceneBrief(1, actions=("Otto enters with a tray.",), dialogue=BAKERY.dialogue)
    assert seen("Wide of the place.", later, extra={"coverage": "establishing"}) == ["Nora"]


def test_voices_are_not_drawn_into_the_room():
    """Over a phone, a radio, a screen, out of frame: heard, not seen; who talks into a phone is seen."""
    assert only_heard(BAKERY) == {"Radio Voice", "Pia"}
    assert {person.name for person in people_of(BAKERY)} >= {"Nora", "Otto"}
    for cue, extension in (
        ("PIA", "ON PHONE"),
        ("PIA (FILTERED)", ""),
        ("TV ANCHOR", ""),
        ("PIA", "O.S."),
        ("PIA", "OFF"),
    ):
        assert is_unseen(Line(cue, "x", None, extension), None), (cue, extension)
    for cue, extension, how in (("PIA", "INTO PHONE", None), ("PIA", "CONT'D", None), ("PIA", "", "off Otto's look")):
        assert not is_unseen(Line(cue, "x", how, extension), how), (cue, extension, how)
    drawn = {name for shot in write_shots(BAKERY, 6) for name in seen(shot.idea, size=shot.size, subject=shot.subject,
             angle=shot.angle, extra=shot.extra)}  # fmt: skip
    assert not drawn & {"Radio Voice", "Pia", "the radio voice"}


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("LAURA, 16, climbs a tree.", ["Laura"]),
        ("The door opens. MR. OKORO (60s) steps in.", ["Mr. Okoro"]),
        ("GRETA waits. A SMASH. The PHONE rings. A BMW stops in MAY.", ["Greta"]),
        ("BANG! CLOSE ON the sign: NO ENTRY.", []),
        ("Juliette, 34, attend.", ["Juliette"]),
        ("A COP enters.", ["the cop"]),
        ("EVERYTHING IS IN CAPITALS HERE", []),
    ],
)
def test_silent_people_are_brought_in(words: str, names: list[str]):
    """Capitals with an age, a description or a verb; not sounds, things, brands, months, camera words."""
    assert introduced(words) == names


def test_numbers_and_groups_are_told():
    """A crowd is many, a pair two, a plural some."""
    crowd, pair, some = (roles_in(text, ())[0].count for text in ("A crowd roars", "a pair of horses", "guests"))
    assert pair == 2
    assert 2 < some < crowd
    assert [(role.word, role.count) for role in roles_in("A line of nuns waits", ())] == [("nun", 9)]


def test_a_crowd_stands_behind_and_costs_little():
    """Three of a crowd are figures, the rest of it stands behind in the set's own bounds, each once."""
    shot = ShotIdea("A crowd of students cheers.", size="wide")
    brief = read_panel(SceneBrief(1, "EXT. STREET - DAY"), shot, shot_number=1)
    names = [figure.name for figure in (*brief.figures, *brief.crowd)]
    assert len(brief.figures) == 3
    assert len(names) == len(set(names)) >= 12
    assert all(0 < figure.z <= brief.stage.depth and abs(figure.x) <= 5 for figure in brief.crowd)
    car = read_panel(SceneBrief(1, "INT. CAR - DAY"), shot, shot_number=1)
    assert car.crowd == ()


def test_a_crowd_is_there_whoever_is_named_after_it():
    """MAN IN CROWD is one of them; they howl with their arms up, and who has a brief stands before them."""
    ring = SceneBrief(1, "INT. GYM - NIGHT", characters=("TOM", "MAN IN CROWD"))
    brief = ShotBrief(subjects=(ShotSubject("Tom", "left", "stand"),))
    panel = read_panel(ring, ShotIdea("The crowd howls.", size="wide", brief=brief), shot_number=1)
    assert [figure.name for figure in panel.figures] == ["Tom"]
    assert len(panel.crowd) > 9
    assert {figure.pose for figure in panel.crowd} == {"arms_up"}


def test_animals_have_their_own_height():
    """A cat is framed as a cat, a horse as a horse; a bird that flies is up there."""
    heights = [
        read_panel(BAKERY, ShotIdea(f"The {kind} waits.", size="full"), shot_number=1).figures[0].look.height
        for kind in ("mouse", "cat", "dog", "cow", "horse")
    ]
    assert heights == sorted(heights)
    assert heights[-1] > 1.7
    bird = read_panel(BAKERY, ShotIdea("A gull circles overhead.", size="wide"), shot_number=1).figures[0]
    assert (bird.pose, bird.look.height > 1.4) == ("fly", True)


@pytest.mark.parametrize(
    ("words", "poses", "things"),
    [
        ("Nora drinks from a bottle.", ["drink"], ["bottle"]),
        ("Nora kneels and Otto runs.", ["kneel", "run"], ["", ""]),
        ("Nora and Otto dance.", ["dance", "dance"], ["", ""]),
        ("Nora hands Otto a book.", ["give", "reach"], ["book", ""]),
        ("Otto aims a rifle at Nora.", ["stand", "aim"], ["", "rifle"]),
        ("Nora kisses Otto.", ["embrace", "embrace"], ["", ""]),
        ("Two cops fight.", ["punch", "punch"], ["", ""]),
        ("Nora sits on the floor.", ["floor"], [""]),
        ("Otto smokes.", ["drink"], ["cigarette"]),
        ("Nora holds a flashlight.", ["hold"], ["flashlight"]),
        ("Otto can see Nora.", ["stand", "stand"], ["", ""]),
        ("Nora throws a ball.", ["strike"], ["ball"]),
        ("Otto watches the fall of the leaves.", ["stand"], [""]),
    ],
)
def test_everybody_does_what_their_clause_says(words: str, poses: list[str], things: list[str]):
    """Verb and thing belong to the one whom the clause names; who is done something to shares an embrace or a fight."""
    figures = read_panel(BAKERY, ShotIdea(words, size="full"), shot_number=1).figures
    by_name = sorted(figures, key=lambda figure: figure.name)
    assert [figure.pose for figure in by_name] == poses
    assert [figure.thing for figure in by_name] == things


def test_a_thing_that_nobody_can_draw_is_told_and_never_another():
    """Known things are drawn as what they are; the others are named."""

    def shown(words: str, size: ShotSize = "medium", subject: str = "") -> PanelBrief:
        return read_panel(BAKERY, ShotIdea(words, size=size, subject=subject), shot_number=1)

    sextant = shown("Nora picks up a brass sextant from the table.")
    assert (sextant.figures[0].thing, sextant.labels) == ("object", ("brass sextant",))
    gimbal = shown("The gimbal.", "insert", "the gimbal")
    assert (gimbal.thing, gimbal.labels) == ("object", ("gimbal",))
    for words in ("Nora carries a suitcase.", "Hold a beat longer.", "Nora holds Otto's hand."):
        assert shown(words).labels == ()
    assert shown("The handle.", "insert", "the handle of the suitcase").thing == "suitcase"


def test_all_poses_and_things_are_drawn():
    """Every pose that an act means has its joints, every thing its sketch."""
    acts = json.loads(files("wzrd.animatic.panels.brief").joinpath("acts.json").read_text(encoding="utf-8"))
    assert {pose for pose in acts["poses"] if known(pose) != pose} == set()
    assert set(THINGS_OF_WORDS.values()) | HELD | set(acts["tools"].values()) <= set(THINGS)


def test_a_verb_is_no_animal() -> None:
    """He ducks back in; three ducks are three."""
    assert seen("Nora ducks back in behind the counter") == ["Nora"]
    assert seen("Three ducks cross the floor") == ["the duck", "the second duck", "the third duck"]


def test_who_speaks_together_is_each_of_them() -> None:
    """NORA AND OTTO are two people, not a third; a name that only holds an `and` stays whole."""
    lines = (Line("NORA", "Ready?"), Line("NORA AND OTTO", "Ready!"), Line("SALT & PEPPER SELLER", "No."))
    scene = SceneBrief(1, "INT. BAKERY - DAY", actions=("They stand.",), dialogue=lines, script=("They stand.", *lines))
    assert [person.name for person in people_of(scene)] == ["Nora", "Otto", "Salt & Pepper Seller"]
    speakers = [shot.extra.get("speaker") for shot in write_shots(scene, 6)]
    assert "Otto" not in {name for name in speakers if name and "and" in name}
    assert speakers.count("Nora") >= 2


def test_what_the_dolly_does_nobody_does() -> None:
    """It creeps in; she stands."""
    (figure,) = read_panel(
        BAKERY, ShotIdea("On a 65mm the dolly creeps in as Nora smiles.", subject="Nora"), shot_number=1
    ).figures
    assert figure.pose == "stand"


@pytest.mark.parametrize(
    ("action", "names"),
    [
        ("Papers are everywhere. The desk is empty.", []),
        ("A photograph of Anna stands on the desk.", []),
        ("Jeff and Kenny drink beer.", ["Jeff", "Kenny"]),
        ("JEFF AND KENNY (20s) enter.", ["Jeff", "Kenny"]),
        ("Anna is everywhere.", ["Anna"]),
    ],
)
def test_who_is_named_is_somebody(action: str, names: list[str]) -> None:
    """Things in the plural and pictures of people are nobody; two names before a verb are two."""
    assert [person.name for person in people_of(SceneBrief(1, actions=(action,)))] == names
