"""Places: what a heading names, one set a place in the whole film, and nothing made of words in passing."""

import pytest

from wzrd.animatic.panels.brief.design import design_of
from wzrd.animatic.panels.brief.panel_reading import read_panel
from wzrd.animatic.panels.brief.place_names import named_in
from wzrd.animatic.panels.brief.places import is_generic, place_key, sets_of, stage_of
from wzrd.animatic.panels.brief.values import PanelBrief
from wzrd.domain.shots import SceneBrief, ShotIdea


def kind_at(heading: str, *actions: str) -> str:
    """The kind of set that a scene with this heading gets."""
    return stage_of(SceneBrief(number=1, location=heading, actions=actions)).kind


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("INT. MILLER HOUSE - KITCHEN - DAY", "kitchen"),
        ("INT. KITCHEN, MILLER HOUSE", "kitchen"),
        ("INT. NEW YORK - POLICE STATION - CORRIDOR", "corridor"),
        ("INT. ST. MARY'S HOSPITAL - CORRIDOR", "ward_hall"),
        ("INT. MARA'S ROOM", "bedroom"),
        ("INT. HOTEL PARADISE - ROOM 1525", "hotel_room"),
        ("INT. HALLWAY OUTSIDE THE GYM", "corridor"),
        ("INT. MARA'S CAR - MOVING - HILL STREET", "car"),
        ("INT. OFFICE BUILDING - ELEVATOR", "lift"),
        ("INT. AIRLINER - COCKPIT", "cockpit"),
        ("INT. FERRY - BRIDGE", "ship_bridge"),
        ("EXT. HARBOUR - PHONE BOX", "phone_booth"),
        ("INT. HALLSIDE HIGH - GYM", "gymnasium"),
        ("EXT. THE OLD MILL - ROOF OF THE MILL", "rooftop"),
        ("EXT. STREET - COMEDY CLUB, BOSTON", "street"),
        ("EXT. COMEDY CLUB, BOSTON, MA", "storefront"),
        ("INT. SMALL COMEDY CLUB MAIN ROOM", "nightclub"),
        ("INT. CORRIDER", "corridor"),
        ("INT. CABIN.DAY", "room"),
        ("INT./EXT. MARA'S VAN - NIGHT", "van"),
        ("ON TV", "screen"),
        ("TITLE CARD", "title"),
        ("OVER BLACK", "black"),
        ("ACT ONE, SCENE 2", "stage"),
        ("ACT II", "stage"),
    ],
)
def test_the_most_specific_part_of_a_heading_decides(heading: str, kind: str):
    """Rooms before buildings, buildings before cities, vehicles and screens before all; the head noun of each part."""
    if heading == "ACT ONE, SCENE 2":
        heading = "Act 1, scene 2"
    assert kind_at(heading) == kind


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("EXT. GOLDEN GATE BRIDGE", "bridge"),
        ("INT. TRUCK - ON THE TOWER BRIDGE", "truck"),
        ("EXT. BRIDGE STREET", "street"),
        ("EXT. SOUTH OF MARKET", "exterior"),
        ("EXT. ANGEL GROVE", "exterior"),
        ("INT. WARD'S", "interior"),
        ("INT. ROOM FOR ONE MORE", "plain_room"),
        ("INT. HELEN OSWALD", "interior"),
        ("EXT. BAR EXAM", "exterior"),
    ],
)
def test_street_names_and_idioms_decide_nothing(heading: str, kind: str):
    """A name that holds a place's word is not that place."""
    assert kind_at(heading) == kind


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("INNEN. KÜCHE - NACHT", "kitchen"),
        ("EXT. SAD", "garden"),  # an orchard, and no sąd, which is a court
        ("INT. STODOŁA", "barn_int"),
        ("EXT. GRACHT", "river"),
        ("EXT. BRYGGA", "harbour"),
        ("INT. SCHULFLUR", "corridor"),
        ("INT. IN DEN WOLKEN", "interior"),
        ("INT. BUREAU DU DIRECTEUR", "office"),
        ("INT. SALLE DE BAIN DE MARIE", "bathroom"),
        ("INT. COCINA VACÍA", "kitchen"),
        ("EXT. CALLE", "street"),
        ("INT. CAMERA DA LETTO", "bedroom"),
        ("INT. SALA DE AULA", "school"),
        ("INT. 教室", "school"),
        ("INT. 田中家・台所", "kitchen"),
        ("INT. 小王的房间", "bedroom"),
        ("INT. 厨房", "kitchen"),
        ("INT. КУХНЯ", "kitchen"),
        ("EXT. ULICA", "street"),
    ],
)
def test_places_are_named_in_other_languages(heading: str, kind: str):
    """Compounds, head nouns that come first, and words without spaces."""
    assert kind_at(heading.replace("INNEN.", "INT.")) == kind


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("A cramped office. Papers everywhere.", "office"),
        ("We're in a small classroom, empty at this hour.", "school"),
        ("To the interior of a fairly shabby restaurant. Mara waits.", "restaurant"),
        ("The club is packed tonight.", "nightclub"),
        ("Mara passes the bar exam and thinks of the church.", "interior"),
        ("The captain's log lies open. A bridge is mentioned.", "interior"),
        ("There is room for one more at the shop.", "interior"),
    ],
)
def test_prose_decides_only_where_it_states_the_place(action: str, kind: str):
    """A heading that says nothing takes what the first sentences say plainly, and nothing that they mention."""
    assert kind_at("INT. ZZYZX", action) == kind


def test_a_title_over_a_place_makes_no_card_of_it() -> None:
    """A heading without inside or outside may be one."""
    assert kind_at("EXT. ZZYZX - DAWN", 'SUPER: "Harrow, 2019"') == "exterior"
    assert kind_at("", 'SUPER: "Harrow, 2019"') == "title"


def panel_at(scene: SceneBrief, scenes: list[SceneBrief]) -> PanelBrief:
    """A panel of a scene with the film's design."""
    return read_panel(scene, ShotIdea("A look around.", size="wide"), shot_number=1, design=design_of(scenes))


def test_a_place_is_one_set_and_one_palette_in_the_whole_film():
    """Whatever a scene's words, hour or spelling: the same walls, parts, accents and mirror."""
    scenes = [
        SceneBrief(1, "x", location="INT. SCHOOL - GYMNASIUM", actions=("An old piano stands there.",)),
        SceneBrief(2, "y", location="INT. GYM - CONTINUOUS", actions=("A warehouse of a room, a living room once.",)),
        SceneBrief(3, "z", location="INT. GYMNASIUM, THE SCHOOL - TWO DAYS LATER (NIGHT 2)", lighting="night"),
    ]
    panels = [panel_at(scene, scenes) for scene in scenes]
    assert {panel.stage.kind for panel in panels} == {"gymnasium"}
    assert len({panel.stage for panel in panels}) == 1
    assert len({(panel.palette.accent, panel.palette.second) for panel in panels}) == 1
    assert "piano" in {part.name for part in panels[1].stage.parts}


def test_places_of_one_kind_have_their_own_colours():
    """Two kitchens of a film are two places; a bare KITCHEN is not taken for either."""
    scenes = [SceneBrief(at, location=f"INT. {name}") for at, name in enumerate(("ANNA'S KITCHEN", "BEN'S KITCHEN"))]
    both = [*scenes, SceneBrief(9, location="INT. KITCHEN")]
    assert len({stage_of(scene, sets_of(both)).place for scene in both}) == 3
    assert place_key(scenes[0]) != place_key(scenes[1])


def test_what_nobody_knows_is_plain_and_can_be_listed():
    """A generic set is one of three kinds, and says so."""
    assert is_generic(kind_at("INT. ZZYZX"))
    assert is_generic(kind_at("EXT. ZZYZX"))
    assert not is_generic(kind_at("INT. ROOM"))


def test_what_prose_denies_or_only_likens_is_no_dressing():
    """Things stand in a set when the words put them there."""
    scene = SceneBrief(1, location="EXT. MEADOW", actions=("There is no boat. She is well, a car man.", "No train."))
    names = {part.name for part in stage_of(scene).parts}
    assert not names & {"boat_far", "well", "train_far"}


@pytest.mark.parametrize("place", ["", "-", "///", "- - -", "\x00", "a" * 900, "of of of", "'s", "…", "()", "の"])
def test_any_words_are_read(place: str):
    """Hostile headings name nothing, and are read without a crash."""
    for io in ("", "int", "ext"):
        named_in(place, io)
    assert stage_of(SceneBrief(number=1, location=place)).width > 0


@pytest.mark.parametrize(
    "heading", ["INT. LIGHTHOUSE - LAMP ROOM - NIGHT", "INT. LANTERN ROOM - DAY", "INT. LIGHTHOUSE - DAY"]
)
def test_a_lighthouse_has_its_lamp_inside(heading: str) -> None:
    """It is no radio studio."""
    stage = stage_of(SceneBrief(1, location=heading))
    assert (stage.kind, "beacon" in {part.name for part in stage.parts}) == ("lamp_room", True)


@pytest.mark.parametrize("title", ["SCENE 2", "Sc\u00e8ne 3", "The scene", "Escena 4B"])
def test_the_number_of_a_scene_is_no_stage(title: str) -> None:
    """Nothing tells where it plays."""
    assert stage_of(SceneBrief(2, title=title, actions=("Kade drinks.",))).kind == "interior"


def test_another_word_with_a_number_is_one() -> None:
    """A hospital is one in a title, too."""
    assert stage_of(SceneBrief(2, title="Hospital 12", actions=("Kade drinks.",))).kind != "interior"
