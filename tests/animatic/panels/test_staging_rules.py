"""Rules of what a set and a sentence allow: beds, low roofs, similes; public buildings look like what they are."""

from dataclasses import replace

import pytest

from wzrd.animatic.panels import draw_panel
from wzrd.animatic.panels.brief.briefed import held_things, is_standing, thing_of, things_beside
from wzrd.animatic.panels.brief.values import NOTHING
from wzrd.animatic.panels.picture import draw_picture
from wzrd.animatic.panels.viewpoint import faces_of
from wzrd.animatic.provider import PanelBrief, design_of, read_panel
from wzrd.contracts.acts import Act
from wzrd.domain.film import Frame
from wzrd.domain.shots import SceneBrief, ShotBrief, ShotIdea, ShotSize, ShotSubject


def panel(text: str, location: str = "Interior, room", size: ShotSize = "wide") -> PanelBrief:
    scene = SceneBrief(1, location=location, description=text, actions=(text,), script=(text,), characters=("ANNA",))
    return read_panel(scene, ShotIdea(text, size=size), shot_number=1)


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("Exterior, hospital", "hospital_ext"),
        ("Exterior, high school", "school_ext"),
        ("Exterior, courthouse", "court_ext"),
        ("Exterior, police station", "police_ext"),
        ("Exterior, Kommissariat", "police_ext"),
        ("Exterior, escuela", "school_ext"),
        ("Exterior, office building", "building"),
    ],
)
def test_public_buildings_have_fronts_of_their_own(location: str, kind: str) -> None:
    """Seen from outside; each can be drawn."""
    found = panel("Anna waits.", location)
    assert found.stage.kind == kind
    assert draw_panel(found, Frame(320, 180))


@pytest.mark.parametrize("location", ["Interior, van", "Interior, ambulance", "Exterior, rowboat", "Interior, car"])
def test_nobody_stands_under_a_low_roof_or_in_a_small_boat(location: str) -> None:
    """They sit, on something."""
    found = panel("Anna looks around.", location)
    assert [figure.pose for figure in found.figures] == ["sit"]
    assert location.endswith("car") or found.near[-1].name == "crate_seat"


@pytest.mark.parametrize(("thing", "pose"), [("carrot", "cut"), ("axe", "strike")])
def test_who_cuts_works_in_front_of_the_body_but_swings_an_axe(thing: str, pose: str) -> None:
    """Carrots are chopped at a counter, not with an arm over the head."""
    brief = ShotBrief("action", subjects=(ShotSubject("Anna", act="cut", holds=(thing,)),))
    scene = SceneBrief(1, location="Interior, kitchen", characters=("ANNA",))
    found = read_panel(scene, ShotIdea("Anna cuts.", brief=brief), shot_number=1)
    assert [figure.pose for figure in found.figures] == [pose]
    assert found.figures[0].thing == ("knife" if thing == "carrot" else thing)


def test_the_second_thing_is_drawn_in_the_other_hand() -> None:
    """Who cuts bread has the knife in one hand and the bread in the other."""
    brief = ShotBrief("action", subjects=(ShotSubject("Anna", act="cut", holds=("bread",)),))
    scene = SceneBrief(1, location="Interior, kitchen", characters=("ANNA",))
    panel = read_panel(scene, ShotIdea("Anna cuts.", brief=brief), shot_number=1)
    alone = replace(panel, figures=(replace(panel.figures[0], second=NOTHING),))
    frame = Frame(384, 216)
    assert draw_picture(panel, frame).tobytes() != draw_picture(alone, frame).tobytes()


def test_a_tap_is_drawn_and_is_in_no_hand() -> None:
    """Its insert has a drawing of its own; who looks at it holds nothing."""
    assert thing_of("faucet") == "tap"
    brief = ShotBrief("action", subjects=(ShotSubject("Anna", act="hold", holds=("faucet",)),))
    scene = SceneBrief(1, location="Interior, kitchen", characters=("ANNA",))
    found = read_panel(scene, ShotIdea("Anna turns the faucet.", brief=brief), shot_number=1)
    assert [figure.thing for figure in found.figures] == [""]


@pytest.mark.parametrize(
    ("text", "location", "part"),
    [
        ("Anna sleeps on the couch.", "Interior, living room", "sofa"),
        ("Anna lies in bed.", "Interior, barn", "cot"),
        ("Anna wakes.", "Interior, bedroom", "cot"),
    ],
)
def test_who_sleeps_lies_on_something(text: str, location: str, part: str) -> None:
    """A bed or a sofa under them, not the floor."""
    found = panel(text, location)
    assert [figure.pose for figure in found.figures] == ["bed"]
    assert found.near[-1].name == part


@pytest.mark.parametrize(("text", "pose"), [("Anna sleeps.", "sit"), ("Anna lies on the floor.", "lie")])
def test_who_sleeps_in_a_bus_sits(text: str, pose: str) -> None:
    """On the floor only where the text says so."""
    assert [figure.pose for figure in panel(text, "Interior, bus").figures] == [pose]


@pytest.mark.parametrize(
    ("act", "words", "pose"),
    [
        ("wave", "Anna waves.", "wave"),
        ("wave", "Anna nods at the bed.", "stand"),
        ("wave", "Anna nickt.", "stand"),
        ("lift", "Anna lifts the box.", "lift"),
        ("lift", "Anna picks the watch up off the floor.", "kneel"),
        ("lift", "Anna hebt die Uhr vom Boden auf.", "kneel"),
        ("sleep", "Anna sleeps at the desk.", "desk"),
        ("sleep", "Anna schl\u00e4ft am Schreibtisch.", "desk"),
        ("sleep", "Anna sleeps under the table.", "lie"),
    ],
)
def test_a_pose_is_what_the_words_mean(act: Act, words: str, pose: str) -> None:
    """A nod raises no hand, what lies on the ground is picked up there, who sleeps at a desk sits."""
    brief = ShotBrief("action", subjects=(ShotSubject("Anna", act=act),))
    scene = SceneBrief(1, location="Interior, kitchen", characters=("ANNA",))
    found = read_panel(scene, ShotIdea(words, brief=brief), shot_number=1)
    assert [figure.pose for figure in found.figures] == [pose]


def test_an_animal_that_trots_sits_on_nothing() -> None:
    brief = ShotBrief("tracking", subjects=(ShotSubject("Deer", act="ride"),))
    found = read_panel(
        SceneBrief(1, location="Exterior, road"), ShotIdea("The deer trots off.", brief=brief), shot_number=1
    )
    assert [figure.pose for figure in found.figures] == ["run"]


@pytest.mark.parametrize(
    ("aboard", "location", "kind"),
    [
        (True, "Exterior, mountain road", "car"),
        (True, "Exterior, street", "car"),
        (True, "Interior, kitchen", "kitchen"),
        (False, "Exterior, street", "street"),
    ],
)
def test_who_is_in_a_car_is_seen_in_it(aboard: bool, location: str, kind: str) -> None:
    """Wherever a car can be; the place is the scene's."""
    brief = ShotBrief("single", subjects=(ShotSubject("Anna"),), aboard=aboard)
    found = read_panel(SceneBrief(1, location=location), ShotIdea("Anna waits.", brief=brief), shot_number=1)
    assert found.stage.kind == kind
    assert found.figures[0].pose == ("sit" if kind == "car" else "stand")


def test_who_lies_on_the_ground_lies_there() -> None:
    """In a bedroom too."""
    found = panel("Anna lies on the floor.", "Interior, bedroom")
    assert [figure.pose for figure in found.figures] == ["lie"]


@pytest.mark.parametrize(
    "text",
    [
        "Anna fights like a wounded bear.",
        "Anna runs as if chased by a wolf.",
        "Anna is as strong as a horse.",
        "Anna hears the sound of a dog barking.",
    ],
)
def test_what_something_is_compared_with_is_not_there(text: str) -> None:
    """Only Anna is."""
    found = panel(text)
    assert [figure.name for figure in (*found.figures, *found.crowd)] == ["Anna"]


@pytest.mark.parametrize(
    "text", ["People like the dog, and so does Anna.", "They would like a dog. The dog waits for Anna."]
)
def test_liking_is_no_simile(text: str) -> None:
    """The dog is there."""
    assert any("dog" in figure.name for figure in panel(text).figures)


def test_a_panel_tells_where_its_faces_are() -> None:
    """From left to right, in the picture."""
    scene = SceneBrief(1, description="Anna and Ben talk.", characters=("ANNA", "BEN"))
    found = read_panel(scene, ShotIdea("Anna and Ben talk.", size="medium", angle="two_shot"), shot_number=1)
    faces = faces_of(found, Frame(320, 160))
    assert len(faces) == 2
    assert 0 < faces[0][0] < 0.5 < faces[1][0] < 1
    assert all(0.1 < down < 0.7 for _, down in faces)


PHRASED = (
    "Ease closer from a medium shot of Xe.",
    "Pull back from a medium shot of Xe.",
    "Push in slowly from a medium shot of Xe.",
    "Return to Xe in a medium shot on a 50mm, and let the silence stretch.",
    "Stay handheld on a medium shot of Xe.",
    "Truck left through a medium shot of Xe.",
    "A slow tilt down settles the frame of Xe.",
    "A tracking move keeps pace of Xe.",
    "The camera holds its ground of Xe.",
    "The camera trucks right past the foreground of Xe.",
    "Xe frame left and Yo frame right, neither willing to look away first.",
    "Sit on a close-up of Xe, to place us before anyone speaks or moves.",
)
"""Ideas as former versions wrote them: their projects keep them."""


@pytest.mark.parametrize("idea", PHRASED)
def test_words_of_camera_bring_nobody_and_move_nobody(idea: str) -> None:
    """Words about the camera ("Sit on a close-up", "to place us") are not about people; waiting and listening are."""
    room = SceneBrief(1, location="Interior, room", characters=("XE", "YO"))
    found = read_panel(room, ShotIdea(idea), shot_number=1).figures
    assert {figure.name for figure in found} <= {"Xe", "Yo"}
    assert {figure.pose for figure in found} <= {"stand"}


def test_a_scene_that_names_nobody_goes_on_with_those_of_the_scene_before() -> None:
    """A lone pronoun means the woman who was there ("She walks through the halls"), or both."""
    first = "MIRABEL, a woman of 28, works. TOM, a man of 40, watches."
    texts = (first, "She walks through the halls.", "They sit on a bench.")
    scenes = [
        SceneBrief(number, location="Interior, room", actions=(text,), script=(text,), characters=names)
        for number, (text, names) in enumerate(zip(texts, (("MIRABEL", "TOM"), (), ()), strict=True), 1)
    ]
    design = design_of(scenes)
    seen = [
        {figure.name for figure in read_panel(scene, ShotIdea(text, size="wide"), shot_number=1, design=design).figures}
        for scene, text in zip(scenes, texts, strict=True)
    ]
    assert seen[1:] == [{"Mirabel"}, {"Mirabel", "Tom"}]


@pytest.mark.parametrize(
    "text",
    [
        "Anna, a woman of 28, works.",
        "ANNA (28), a tall, tired doctor, enters.",
        "Anna, 28, a cop, smokes.",
        "Anna is a nurse.",
    ],
)
def test_what_somebody_is_is_nobody_else(text: str) -> None:
    """An apposition tells of the one who is named."""
    found = panel(text)
    assert [figure.name for figure in (*found.figures, *found.crowd)] == ["Anna"]


@pytest.mark.parametrize("text", ["Anna, the dog at her side, waits.", "Anna, a gun in her hand, faces a soldier."])
def test_who_stands_beside_is_there(text: str) -> None:
    """Not every comma is an apposition."""
    assert len(panel(text).figures) == 2


def test_a_breed_is_a_dog_and_a_sound_is_nobody() -> None:
    """A pit bull is no bull; what is heard before its scene is not seen."""
    assert [figure.name for figure in panel("A grey pit bull waits.").figures if "dog" in figure.name]
    found = panel("Anna waits. Prelap: A dog barks.")
    assert [figure.name for figure in found.figures] == ["Anna"]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Anna enters with BOSCO, her old German shepherd.", "animal"),
        ("Bosco's tail thumps on the floor.", "animal"),
        ("Bosco walks his dog.", "person"),
        ("Bosco, the owner, has a dog's life.", "person"),
    ],
)
def test_a_dog_with_a_name_is_a_dog(text: str, shape: str) -> None:
    """The film's text says so, anywhere."""
    scenes = [SceneBrief(1, actions=(text,)), SceneBrief(2, actions=("Bosco waits.",), characters=("BOSCO",))]
    found = read_panel(scenes[1], ShotIdea("Bosco waits.", size="wide"), shot_number=1, design=design_of(scenes))
    assert [figure.look.shape for figure in found.figures] == [shape]
    assert draw_panel(found, Frame(320, 180))


def test_things_that_nobody_holds_stand_by() -> None:
    """Two of a shot's brief at most, once each, and none beside a face; what is in a hand is not there twice."""
    scene = SceneBrief(1, location="Interior, vault", actions=("Rosa lifts the box.",), characters=("ROSA",))
    subjects = (ShotSubject("Rosa", "left", act="lift", holds=("box",)),)
    brief = ShotBrief(subjects=subjects, props=("box", "wrench", "key", "wall", "letter"))
    shot = ShotIdea("Rosa lifts the box.", size="medium", brief=brief)
    found = read_panel(scene, shot, shot_number=1)
    assert [(one.thing, one.label) for one in found.beside] == [("wrench", ""), ("key", "")]
    unlike = replace(brief, props=("box", "coat", "sextant", "sofa", "lid", "letter"))
    found = read_panel(scene, replace(shot, brief=unlike), shot_number=1)
    assert [(one.thing, one.label) for one in found.beside] == [("letter", "")]  # worn, undrawn, of the set, a part
    assert draw_panel(found, Frame(320, 180)) != draw_panel(replace(found, beside=()), Frame(320, 180))
    assert read_panel(scene, replace(shot, size="close_up"), shot_number=1).beside == ()


def test_what_stands_in_the_set_is_in_no_hand() -> None:
    """A trolley stands in a narrow corridor, and is not carried; a Dutch word that is an English one is no boat."""
    scene = SceneBrief(1, location="INT. CORRIDOR - NIGHT", actions=("Reme pushes the trolley.",), characters=("REME",))
    subject = ShotSubject("Reme", "left", act="look", holds=("trolley", "boot"))
    shot = ShotIdea("Reme.", size="full", brief=ShotBrief(subjects=(subject,), props=("trolley", "boot")))
    found = read_panel(scene, shot, shot_number=1)
    assert [(one.thing, one.label) for one in found.figures] == [("boots", "")]
    assert "trolley" in {part.name for part in found.stage.parts}


def test_what_a_breakdown_tells_of_somebody_is_drawn() -> None:
    """Sex and age of the brief win over what a name suggests, for the nameless too."""
    scene = SceneBrief(1, location="INT. SHOP - DAY", actions=("The dealer waits with Robin.",))
    told = (
        ShotSubject("the dealer", "left", gender="woman", age="old"),
        ShotSubject("Robin", "right", gender="man", age="child"),
    )
    found = read_panel(scene, ShotIdea("They wait.", brief=ShotBrief(subjects=told)), shot_number=1)
    assert [(one.look.gender, one.look.age, one.look.shape) for one in found.figures] == [
        ("woman", "old", "person"),
        ("man", "child", "child"),
    ]


def test_a_group_is_more_than_one() -> None:
    """Who is one subject and several people has company close behind: as many as the page says, else three in all."""
    men = ShotBrief(subjects=(ShotSubject("Men", "left"), ShotSubject("Anna", "right")))
    for actions, names in (
        ("Two MEN in raincoats get out.", ["Men 2"]),
        ("MEN in raincoats get out.", ["Men 2", "Men 3"]),
    ):
        scene = SceneBrief(1, location="Interior, shop", actions=(actions,), characters=("MEN", "ANNA"))
        found = read_panel(scene, ShotIdea(actions, size="wide", brief=men), shot_number=1)
        assert [one.name for one in found.figures] == ["Men", "Anna"]
        assert [one.name for one in found.crowd] == names
        assert len({one.x for one in (*found.figures, *found.crowd)}) == 2 + len(names)


@pytest.mark.parametrize(
    ("prop", "part"), [("carrito (trolley)", "trolley"), ("wheelchair", "wheelchair"), ("the piano", "piano")]
)
def test_large_things_of_a_shot_stand_in_its_set(prop: str, part: str) -> None:
    """No hand holds them, whatever the language; the set has each once."""
    brief = ShotBrief(subjects=(ShotSubject("Anna", "left"),), props=(prop,))
    scene = SceneBrief(1, location="Interior, garage", characters=("ANNA",))
    found = read_panel(scene, ShotIdea("Anna waits.", size="wide", brief=brief), shot_number=1)
    assert [one.name for one in found.stage.parts].count(part) == 1
    assert draw_panel(found, Frame(320, 180))


@pytest.mark.parametrize(
    ("thing", "drawn"),
    [
        ("whistles", "whistle"),
        ("neckerchief", "cloth"),
        ("sardines", "fish"),
        ("pitchfork", "rake"),
        ("boot", "boots"),
        ("a rolling pin", "rolling_pin"),
        ("her knitting needles", "knitting"),
        ("two batteries", "cap"),
        ("a pin", "nail"),
    ],
)
def test_a_thing_is_drawn_in_either_number_by_a_like_one(thing: str, drawn: str) -> None:
    """A neckerchief is a cloth; the list has no regular plural."""
    assert thing_of(thing) == drawn


def test_a_newborn_stands_on_no_feet() -> None:
    """Who is told to be a baby lies, and is as small."""
    scene = SceneBrief(
        1, location="Interior, kitchen", actions=("A NEWBORN cries. ANNA waits.",), characters=("ANNA", "NEWBORN"),
        script=("A NEWBORN cries. ANNA waits.",),
    )  # fmt: skip
    brief = ShotBrief(subjects=(ShotSubject("Anna", "left"), ShotSubject("Newborn", "right")))
    shot = ShotIdea("Anna and the newborn.", size="wide", brief=brief)
    figures = {one.name: one for one in read_panel(scene, shot, shot_number=1, design=design_of([scene])).figures}
    assert figures["Newborn"].pose == "lie"
    assert figures["Newborn"].look.height < 0.9 < figures["Anna"].look.height


def test_fittings_are_in_no_hand_and_what_is_worn_stands_by_nobody() -> None:
    """Neither a buckle, though belts are drawn, nor a lid is held; a cardigan lies beside no stamp."""
    assert is_standing("buckle")
    assert is_standing("lid")
    assert not is_standing("belt")
    assert not is_standing("coffee can with taped lid")
    assert things_beside(ShotBrief("insert", focus="stamp", props=("stamp", "cardigan", "key"))) == ("key",)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("red coffee can with taped lid", "can"),
        ("letter from the bank", "letter"),
        ("suitcase under the table", "suitcase"),
        ("Bob, a wooden doll", "toy"),
        ("lettre pour Anna (letter)", "letter"),
        ("wooden arm with the sword", "sword"),
    ],
)
def test_a_thing_is_known_by_its_noun(name: str, kind: str) -> None:
    """A model names things in phrases: what stands beside the noun is another thing, unless the noun is unknown."""
    (held,) = held_things(ShotBrief("insert", props=(name,)))
    assert held.thing == kind
