"""Panels as pictures: the right size, the slate's height told, the same bytes, every set, thing and pose drawn."""

from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops

from wzrd.animatic.panels import SLATE_KEY, draw_panel, panel_size
from wzrd.animatic.panels.brief.design import FilmDesign
from wzrd.animatic.panels.brief.panel_reading import read_panel
from wzrd.animatic.panels.brief.places import Setting
from wzrd.animatic.panels.brief.values import ROOFED, PanelBrief, Part
from wzrd.animatic.panels.brief.word_lists import SETS, THINGS
from wzrd.animatic.panels.picture import PARTS, SHELLS
from wzrd.animatic.panels.things import THINGS as DRAWN
from wzrd.animatic.panels.viewpoint import faces_of
from wzrd.domain.film import Frame, house_frame
from wzrd.domain.shots import Line, SceneBrief, ShotIdea, ShotSize

SMALL = Frame(256, 144)
SIDES = {"sides": "Mara: left, John: right", "speaker": "Mara"}


def brief_of(place: str = "INT. DINER - NIGHT", idea: str = "Mara waits.", number: int = 1, **shot: Any) -> PanelBrief:
    """A panel of Mara, who has John opposite."""
    scene = SceneBrief(number=1, location=place, characters=("MARA", "JOHN"))
    values: dict[str, Any] = {"subject": "Mara", "extra": SIDES, **shot}
    return read_panel(scene, ShotIdea(idea, **values), shot_number=number)


@lru_cache(maxsize=16)
def picture_of(brief: PanelBrief, frame: Frame = SMALL) -> Image.Image:
    """The panel as a picture."""
    return Image.open(BytesIO(draw_panel(brief, frame)))


def difference(first: Image.Image, second: Image.Image) -> float:
    """The mean difference of two pictures, 0 to 255."""
    return float(np.asarray(ImageChops.difference(first, second), dtype=np.float64).mean())


@pytest.mark.parametrize("ratio", ["16:9", "9:16", "2.39:1", "1:1", "3:1", "1:3"])
def test_a_panel_is_a_quarter_larger_than_its_frame(ratio: str):
    """RGB, even sides, and the text chunk names the opaque strip at the bottom."""
    frame = house_frame(ratio)
    size = panel_size(frame)
    picture = picture_of(brief_of(), frame)
    assert picture.mode == "RGB"
    assert picture.size == (size.width, size.height)
    assert (size.width % 2, size.height % 2) == (0, 0)
    assert abs(size.width / frame.width - 1.25) < 0.01
    strip = int(picture.info[SLATE_KEY])
    assert 20 < strip < size.height / 4
    assert strip % 2 == 0
    card = np.asarray(picture)[-strip + 8 :, -4:]
    assert card.max() < 40


def test_house_size():
    """1280 x 720 is drawn as 1600 x 900."""
    assert panel_size(Frame(1280, 720)) == Frame(1600, 900)


def test_the_same_brief_gives_the_same_bytes():
    """Nothing of the clock, the machine or the order of calls is in a picture."""
    first, other = brief_of(size="close_up"), brief_of("EXT. FOREST - DAWN")
    before = draw_panel(first, SMALL)
    draw_panel(other, SMALL)
    assert draw_panel(first, SMALL) == before


@pytest.mark.parametrize("kind", sorted(SETS["kinds"]))
def test_every_place_is_drawn(kind: str):
    """Each kind of place has a shell and known parts, and its picture is neither empty nor the neighbour's."""
    facts = SETS["kinds"][kind]
    named = [line.split()[0] for line in facts["parts"].split("|") if line.strip()]
    assert facts["shell"] in SHELLS
    assert set(named) <= PARTS.keys()
    scene = SceneBrief(number=1, location="INT. ZZQ" if facts["shell"] in ROOFED else "EXT. ZZQ")
    design = FilmDesign(sets={f"{side} zzq": Setting(kind, kind) for side in ("int", "ext")})
    picture = picture_of(read_panel(scene, ShotIdea("A look around.", size="wide"), shot_number=1, design=design))
    least = 0 if kind == "black" else 4 if kind == "title" else 12
    assert np.asarray(picture.convert("L"), dtype=np.float64).std() > least


def test_every_part_of_every_prop_list_is_drawn():
    """A thing that a scene's own words put into a set is drawn too."""
    brief, names = brief_of(), sorted(PARTS)
    for start in range(0, len(names), 12):
        parts = tuple(Part(name, 0.4, 0.5, 2.4 + 0.1 * at, 20) for at, name in enumerate(names[start : start + 12]))
        one = replace(brief, size="wide", stage=replace(brief.stage, parts=parts))
        assert picture_of(one, Frame(64, 36)).width == 80


@pytest.mark.parametrize(
    "size", ["extreme_wide", "wide", "full", "medium", "medium_close_up", "close_up", "extreme_close_up"]
)
def test_sizes_differ_at_a_glance(size: str):
    """No size looks like the one beside it, and somebody is in the picture in all of them."""
    brief = brief_of(size=size)
    picture = picture_of(brief)
    nobody = picture_of(replace(brief, figures=()))
    assert difference(picture, nobody) > 0.15
    for other in ("wide", "medium", "close_up"):
        if other != size:
            assert difference(picture, picture_of(brief_of(size=other))) > 4


@pytest.mark.parametrize("angle", ["low", "high", "overhead", "dutch", "over_the_shoulder", "two_shot"])
def test_angles_move_the_camera(angle: str):
    """An angle changes the picture of the same shot."""
    assert difference(picture_of(brief_of(size="medium", angle=angle)), picture_of(brief_of(size="medium"))) > 3


@pytest.mark.parametrize(
    "verb",
    [
        "walks",
        "runs",
        "sits",
        "kneels",
        "lies down",
        "points",
        "phones home",
        "takes a cup",
        "shouts",
        "leans back",
    ],
)
def test_every_pose_is_drawn(verb: str):
    """Each pose is another silhouette than standing."""
    standing = picture_of(brief_of(idea="Mara.", size="full"))
    assert difference(picture_of(brief_of(idea=f"Mara {verb}.", size="full")), standing) > 0.1


@pytest.mark.parametrize("thing", sorted({*THINGS.values(), "object"}))
def test_every_thing_is_drawn(thing: str):
    """Whatever the words can name, the pencil can draw, each in its own way."""
    assert thing in DRAWN
    brief = replace(brief_of(size="insert", subject="the key"), thing=thing)
    other = replace(brief, thing="skull" if thing != "skull" else "key")
    assert difference(picture_of(brief), picture_of(other)) > 0.5


def test_an_unknown_thing_is_lettered():
    """The name of what nobody can draw stands in the picture."""
    brief = brief_of(size="insert", subject="the sextant")
    assert brief.label == "sextant"
    assert difference(picture_of(brief), picture_of(replace(brief, label=""))) > 0.3


@pytest.mark.parametrize("weather", ["rain", "snow", "fog", "dust", "storm, wind"])
def test_weather_is_seen_outside(weather: str):
    """Weather changes the picture of a street; in a room, at most its window."""
    scene = SceneBrief(number=1, location="EXT. STREET - DAY", weather=weather)
    dry = SceneBrief(number=1, location="EXT. STREET - DAY")
    shot = ShotIdea("The street.", size="wide")
    wet_picture = picture_of(
        replace(read_panel(scene, shot, shot_number=1), palette=read_panel(dry, shot, shot_number=1).palette)
    )
    assert difference(wet_picture, picture_of(read_panel(dry, shot, shot_number=1))) > 0.8


def test_hostile_names_and_texts_are_drawn():
    """CJK, emoji, control characters and endless words in slate, label and names: a picture, never a crash."""
    for text in ("雨" * 5_000, "🎬" * 3_000, "\x00\x07\u202e\u202e", "A" * 10_000, "", "\ud800"):
        scene = SceneBrief(
            1, text, text, text, text, text, style=text, dialogue=(Line(text, text),), characters=(text,)
        )
        for size in ("insert", "close_up", "wide"):
            shot = ShotIdea(text, size=size, subject=text, extra={"speaker": text, "sides": f"{text}: left"})
            assert picture_of(read_panel(scene, shot, shot_number=1)).width == 320


def test_strange_animals_and_robots_are_drawn():
    """Not everybody in a film is a person."""
    scene = SceneBrief(number=1, location="EXT. DESERT - NOON", characters=("UNIT 7", "DOG", "RAVEN"))
    for name in ("Unit 7", "the dog", "Raven"):
        brief = read_panel(scene, ShotIdea(f"{name} waits.", size="full", subject=name), shot_number=1)
        assert difference(picture_of(brief), picture_of(replace(brief, figures=()))) > 0.1


@pytest.mark.parametrize("size", ["close_up", "medium_close_up", "medium"])
def test_a_mouse_is_seen_from_near(size: ShotSize) -> None:
    """Whoever speaks is in frame, however small."""
    scene = SceneBrief(number=1, location="INT. CAVE - NIGHT", characters=("MOUSE", "FROG"))
    for name in scene.characters:
        brief = read_panel(scene, ShotIdea(f"{name} waits.", size=size, subject=name), shot_number=1)
        ((x, y),) = faces_of(brief, Frame(320, 180))
        assert 0.2 < x < 0.8
        assert 0.2 < y < 0.8
    across = ShotIdea(
        "Mouse: left.", angle="over_the_shoulder", subject="Mouse", extra={"sides": "Mouse: left, Frog: right"}
    )
    assert read_panel(scene, across, shot_number=1).over is None  # no animal has a person's shoulders
