"""The examples that a newcomer meets first."""

from pathlib import Path

import pytest

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
