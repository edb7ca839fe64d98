"""The examples that a newcomer meets first."""

from pathlib import Path

import pytest

from wzrd.screenplay.model import Screenplay
from wzrd.screenplay.parse import parse

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", ["the-nine-forty-rain.fountain", "dead-air.fountain"])
def test_the_examples_are_films(name: str) -> None:
    """Three to six scenes, two voices or more, light for each scene, places that differ, things to see."""
    made = parse((EXAMPLES / name).read_bytes(), name)
    assert made.title
    assert made.author == "WZRD"
    assert made.tone
    assert made.genre
    assert 3 <= len(made.scenes) <= 6
    assert all(scene.location and scene.lighting and scene.description and scene.actions for scene in made.scenes)
    assert {scene.int_ext for scene in made.scenes} == {"INT", "EXT"}
    assert len({scene.location for scene in made.scenes}) >= 3
    assert any(scene.weather for scene in made.scenes)
    assert 2 <= len({name for scene in made.scenes for name in scene.characters}) <= 4


@pytest.mark.parametrize(
    ("name", "title", "scenes", "voices", "lines"),
    [
        ("table-for-nine", "Table for Nine", 3, 5, 21),
        ("salt-and-diesel", "Salt and Diesel", 6, 3, 16),
        ("the-clockmakers-window", "The Clockmaker's Window", 4, 3, 8),
        ("lost-property", "Lost property", 1, 2, 9),
        ("der-letzte-kiosk", "Der letzte Kiosk", 4, 2, 8),
        ("watashibune", "渡し船", 4, 2, 8),
    ],
)
def test_other_kinds_of_scripts_are_read(name: str, title: str, scenes: int, voices: int, lines: int) -> None:
    """Two at once, a road, a period, no heading at all, German, Japanese: every scene, every line."""
    made = parse((EXAMPLES / f"{name}.fountain").read_bytes(), f"{name}.fountain")
    assert (made.title, len(made.scenes)) == (title, scenes)
    spoken = [line for scene in made.scenes for line in scene.dialogue]
    assert (len({line.character for line in spoken}), len(spoken)) == (voices, lines)
    assert all(scene.actions and scene.description for scene in made.scenes)


def test_what_the_other_examples_are_for() -> None:
    """Dual talk, a sub-heading's place, an opening of its own, a warning, and light from times in other languages."""

    def read(name: str) -> Screenplay:
        return parse((EXAMPLES / f"{name}.fountain").read_bytes(), f"{name}.fountain")

    comedy, road, period = read("table-for-nine"), read("salt-and-diesel"), read("the-clockmakers-window")
    assert sum(element.dual for scene in comedy.scenes for element in scene.elements) == 3
    assert road.scenes[2].place == road.scenes[1].place == "LORRY CAB"
    assert [scene.heading for scene in period.scenes][:1] == [""]
    assert period.scenes[2].place == "CLOCKMAKER'S WORKSHOP"
    assert len(read("lost-property").warnings) == 1
    for name in ("der-letzte-kiosk", "watashibune"):
        assert all(scene.lighting for scene in read(name).scenes)
        assert read(name).warnings == ()
