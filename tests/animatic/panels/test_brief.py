"""Content of a panel, read from a scene and a shot: people, sides, places, things, slates; never a crash."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzrd.animatic.panels.brief.design import design_of
from wzrd.animatic.panels.brief.panel_reading import read_panel
from wzrd.animatic.panels.brief.places import Setting, stage_of
from wzrd.animatic.panels.brief.values import PanelBrief
from wzrd.animatic.panels.brief.word_lists import SETS
from wzrd.animatic.writer.shots import write_shots
from wzrd.domain.shots import Line, SceneBrief, ShotBrief, ShotIdea, ShotSize, ShotSubject
from wzrd.screenplay.model import scene_brief
from wzrd.screenplay.parse import parse

EXAMPLES = sorted(Path("examples").glob("*.fountain")) + sorted(Path("examples").glob("*.json"))
DINER = SceneBrief(
    number=3,
    title="Diner, night",
    location="Interior, diner",
    lighting="night, neon glow",
    weather="rain",
    characters=("ANNA", "BEN"),
)
SIDES = {"sides": "Anna: left, Ben: right", "coverage": "single"}


def told(**changes: Any) -> PanelBrief:
    """The panel of a shot of Anna in the diner."""
    values: dict[str, Any] = {"idea": "Anna waits.", "subject": "Anna", "extra": SIDES, **changes}
    return read_panel(DINER, ShotIdea(**values), shot_number=4)


def of_examples() -> Iterator[PanelBrief]:
    """The panels of all examples."""
    for path in EXAMPLES:
        screenplay = parse(path.read_bytes(), path.name)
        for scene in screenplay.scenes:
            brief = scene_brief(scene, style=screenplay.style)
            for at, shot in enumerate(write_shots(brief, 6)):
                yield read_panel(brief, shot, shot_number=at + 1)


def test_a_brief_is_plain_data_and_the_same_every_time():
    """A brief enters a cache key: it is JSON, and the same words give the same one."""
    first, second = list(of_examples()), list(of_examples())
    assert first == second
    assert len(first) > 50
    for brief in first:
        assert json.loads(json.dumps(asdict(brief)))["size"] == brief.size


def test_people_keep_their_side_of_the_line():
    """The 180° rule: who stands left looks right, who stands right looks left, alone and together."""
    anna = told().figures
    ben = told(subject="Ben", idea="Ben waits.").figures
    both = told(angle="two_shot", subject="Anna and Ben").figures
    assert [figure.name for figure in anna] == ["Anna"]
    assert anna[0].facing > 0 > ben[0].facing
    assert [figure.name for figure in both] == ["Anna", "Ben"]
    assert both[0].x < both[1].x
    assert both[0].facing > 0 > both[1].facing


def test_the_camera_stays_on_its_side_of_the_line():
    """No shot is taken from behind the line between the two: the camera goes at most 90° to either side."""
    for angle in ("eye_level", "over_the_shoulder", "two_shot", "pov", "low"):
        for size in ("wide", "medium", "close_up"):
            assert abs(told(angle=angle, size=size).azimuth) < 90


def test_over_the_shoulder_shows_the_one_who_listens_from_behind():
    """The subject is in the picture, the other one is the shoulder."""
    brief = told(angle="over_the_shoulder", size="medium_close_up")
    assert [figure.name for figure in brief.figures] == ["Anna"]
    assert brief.over is not None
    assert brief.over.name == "Ben"


def test_an_insert_is_of_its_thing():
    """A known thing is named by its kind; an unknown one keeps its own name; nobody stands in the way."""
    assert told(size="insert", subject="the brass key").thing == "key"
    unknown = told(size="insert", subject="the sextant")
    assert (unknown.thing, unknown.label) == ("object", "sextant")
    assert unknown.figures == ()
    assert told(size="insert", subject="the ruling", idea="He leaves it on the table.").thing == "object"  # no leaf


@pytest.mark.parametrize(
    ("actions", "thing"),
    [
        ("She stirs the pot. She lifts the lid.", "pot"),
        ("An old trunk in the dust. The lid flies open.", "chest"),
        ("She flips both buckles. The lid flies open.", "suitcase"),
        ("The lid flies open.", "box"),
    ],
)
def test_a_lid_is_shown_with_what_it_closes(actions: str, thing: str) -> None:
    """A part of what opens has no drawing of its own, and no hand holds it."""
    scene = replace(DINER, actions=(actions,))
    found = read_panel(scene, ShotIdea(actions, size="insert", subject="the lid"), shot_number=1)
    assert (found.thing, found.label) == (thing, "")
    brief = ShotBrief(subjects=(ShotSubject("Anna", "left", act="lift", holds=("lid", "key")),))
    (held,) = read_panel(scene, ShotIdea(actions, brief=brief), shot_number=1).figures
    assert (held.thing, held.label, held.second.thing) == ("key", "", "")


def test_words_make_poses_and_hands_hold_things():
    """A person's action is read from the words about him, not from the camera's and not from speech."""
    assert told(idea="Anna runs.").figures[0].pose == "run"
    reading = told(idea="Anna reads the letter.").figures[0]
    assert (reading.pose, reading.thing) == ("look_down", "letter")
    assert told(idea='Hold a close-up of Anna through the line, "Run!"').figures[0].pose == "stand"
    assert told(idea="Anna sits down.").near[-1].name == "chair"


def test_somebody_without_a_name_is_drawn_too():
    """A subject that is a role ("the old doctor") is a person, not a place; a name inside a longer word is nobody."""
    assert [one.name for one in told(subject="the old doctor", idea="A look.", extra={}).figures] == ["the old doctor"]
    assert told(subject="the Annapolis road", idea="A look.", size="wide", extra={}).figures == ()


def test_who_speaks_opens_their_mouth():
    """Only the shot's speaker speaks."""
    brief = told(angle="two_shot", extra={**SIDES, "speaker": "BEN"})
    assert [figure.speaks for figure in brief.figures] == [False, True]


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("INT. BUS STATION - NIGHT", "station"),
        ("Interior, night train, dining car", "train"),
        ("EXT. CHURCH - DAY", "church_ext"),
        ("INT. CHURCH - DAY", "church"),
        ("Exterior, wheat field", "field"),
        ("EXT. 漢字 - DAY", "exterior"),
        ("INT. XYZZY", "interior"),
        ("", "interior"),
    ],
)
def test_places_are_read_from_headings(location: str, kind: str):
    """The heading's last known place wins, seen from the side of its walls that the heading tells."""
    scene = SceneBrief(number=1, location=location)
    assert read_panel(scene, ShotIdea("A look around."), shot_number=1).stage.kind == kind


def test_a_place_is_the_same_in_all_its_shots():
    """Only seats are added for who sits; walls, parts and colours stay."""
    wide, close = told(size="wide"), told(size="close_up")
    assert wide.stage == close.stage
    assert wide.palette == close.palette


def test_scenes_differ_in_colour():
    """Hour, place and its name all change the palette; black and white keeps its one colour."""
    palettes = {
        read_panel(SceneBrief(number=1, location=place, lighting=hour), ShotIdea("A look."), shot_number=1).palette
        for place in ("INT. DINER", "INT. OFFICE", "EXT. BEACH", "INT. ANNA'S OFFICE")
        for hour in ("day", "night", "dawn", "dusk")
    }
    assert len(palettes) == 16
    style = "Black and white with one colour: red"
    grey = read_panel(SceneBrief(number=1, location="INT. DINER", style=style), ShotIdea("A look."), shot_number=1)
    middle, accent = grey.palette.ramp[2], grey.palette.accent
    assert max(middle) - min(middle) < 20
    assert accent[0] > 150 > max(accent[1:])


def test_the_slate_says_what_a_set_needs_to_know():
    """Scene, shot, size with its angle, lens, move, heading with the hour, and who speaks."""
    slate = told(size="close_up", angle="low", move="dolly_in", lens_mm=85, extra={**SIDES, "speaker": "ANNA"}).slate
    assert (slate.scene, slate.shot, slate.size, slate.lens) == ("3", "4", "CU · LOW", "85 mm")
    assert (slate.move_name, slate.heading, slate.speaker) == ("dolly in", "INT. DINER \u2013 NIGHT", "Anna")


def test_a_cast_tells_children_and_keeps_coats_apart():
    """A screenplay's word about somebody holds in every scene, and the first dozen wear a dozen colours."""
    names = ("TOBIAS", "ILSE", "VANE", "MARA", "JOHN", "PIKE")
    scene = SceneBrief(number=1, actions=("TOBIAS, nine, wet from head to foot, runs in.",), characters=names)
    design = design_of([scene])
    later = SceneBrief(number=2, location="EXT. BEACH", characters=names)
    figures = [
        read_panel(later, ShotIdea(f"{name} waits.", subject=name), shot_number=1, design=design).figures[0].look
        for name in ("Tobias", "Ilse", "Vane", "Mara", "John", "Pike")
    ]
    assert figures[0].shape == "child"
    assert figures[0].height < 1.4
    assert len({look.coat for look in figures}) == len(figures)


def test_a_look_follows_from_the_name():
    """A name looks the same in any scene, but for what is worn in the open alone; robots are robots."""
    other = SceneBrief(number=9, location="EXT. FOREST - DAWN", characters=("ANNA",))
    outside = read_panel(other, ShotIdea("Anna waits.", subject="Anna"), shot_number=1).figures[0].look
    inside = told().figures[0].look
    assert replace(outside, garment="", coat_length=0.0, hat="") == replace(inside, garment="", hat="")
    assert inside.coat_length == 0.0
    robots = SceneBrief(number=1, characters=("UNIT 7",))
    assert (
        read_panel(robots, ShotIdea("Unit 7 waits.", subject="Unit 7"), shot_number=1).figures[0].look.shape == "robot"
    )


def test_a_crowd_is_a_few():
    """Forty characters named in one wide shot are a handful of figures."""
    names = tuple(f"PERSON {at}" for at in range(40))
    scene = SceneBrief(number=1, characters=names)
    brief = read_panel(scene, ShotIdea(" ".join(names), size="wide", subject="Person 1"), shot_number=1)
    assert 1 <= len(brief.figures) <= 5


def test_every_set_stands():
    """Every kind of place has parts with readable sizes, and moves inside or outside to a kind that exists."""
    kinds = SETS["kinds"]
    for table in ("outdoors", "indoors"):
        assert set(SETS[table]) <= set(kinds)
        assert set(SETS[table].values()) <= set(kinds)
    for kind in kinds:
        assert stage_of(SceneBrief(number=1, location="INT. ZZQ"), {"int zzq": Setting(kind, kind)}).width > 0


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=200),
    st.text(max_size=200),
    st.text(max_size=80),
    st.sampled_from(["wide", "insert", "close_up", "nonsense"]),
)
def test_any_words_give_a_panel(place: str, idea: str, name: str, size: str):
    """Hostile text in every field: a brief comes out, and it is JSON."""
    scene = SceneBrief(
        1,
        place,
        idea,
        place,
        idea,
        place,
        style=idea,
        actions=(idea,),
        dialogue=(Line(name, idea),),
        characters=(name,),
    )
    wrong = cast("ShotSize", size)
    extra = {"sides": f"{name}: left", "speaker": name}
    shot = ShotIdea(idea, wrong, lens_mm=-5, subject=name, dialogue=idea, title=place, extra=extra)
    assert json.dumps(asdict(read_panel(scene, shot, shot_number=10**9)))


def test_long_text_is_read_at_its_head_only():
    """Ten thousand characters in every field are no hang and no huge brief."""
    long = "Anna runs and " * 800
    scene = SceneBrief(
        1, long, long, long, long, long, long, long, long, (long,) * 50, (Line(long, long),) * 50, (long,) * 50
    )
    brief = read_panel(
        scene, ShotIdea(long, subject=long, title=long, extra={"sides": long, "speaker": long}), shot_number=1
    )
    assert len(json.dumps(asdict(brief))) < 20_000
