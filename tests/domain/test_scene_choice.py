"""A scene by what a person types: its id, its number, its heading or a part of it."""

import uuid

import pytest

from wzrd.domain.errors import BadRequest, NotFound
from wzrd.domain.project_choice import SceneLine, choose_scene

TITLES = ("INT. STUDIO - NIGHT", "EXT. ROOF - DAWN", "INT. STUDIO - DAY", "3")
SCENES = [SceneLine(uuid.UUID(int=number), number, title, "", ()) for number, title in enumerate(TITLES, start=1)]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("2", 2),
        (" scene 2 ", 2),
        ("#2", 2),
        (str(uuid.UUID(int=2)), 2),
        (uuid.UUID(int=2).hex.upper(), 2),
        ("ext. roof  - dawn", 2),
        ("roof", 2),
        ("3", 3),  # a number before a heading
        ("INT. STUDIO - DAY", 3),
    ],
)
def test_what_is_meant(typed: str, number: int) -> None:
    """The first of id, number, heading, part of a heading that fits."""
    assert choose_scene(SCENES, typed) == SCENES[number - 1].scene_id


def test_what_is_none_or_several() -> None:
    """Refused by what was typed and what there is."""
    for typed in ("7", "garage", "", str(uuid.uuid4())):
        with pytest.raises(NotFound, match="its scenes are 1 to 4"):
            choose_scene(SCENES, typed)
    with pytest.raises(BadRequest, match=r"any of 2 scenes; give a number: 1 \(INT. STUDIO - NIGHT\), 3"):
        choose_scene(SCENES, "studio")
    with pytest.raises(NotFound, match="it has none"):
        choose_scene([], "1")
