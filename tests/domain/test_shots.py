"""The shared values of a storyboard: their documented column and their defaults."""

from typing import get_args

import pytest

from wzrd.domain.shots import SceneBrief, ShotIdea, ShotSize


@pytest.mark.parametrize("size", get_args(ShotSize))
def test_every_size_has_a_documented_shot_type(size: ShotSize) -> None:
    """shot_type is one of the three words that the shots table documents, for each size."""
    assert ShotIdea("An idea.", size=size).shot_type in {"wide", "medium", "close_up"}


def test_shot_type_follows_the_size() -> None:
    """Wide frames are wide, faces and inserts are close_up, what is in between is medium."""
    assert ShotIdea("x", size="full").shot_type == "wide"
    assert ShotIdea("x", size="medium").shot_type == "medium"
    assert ShotIdea("x", size="insert").shot_type == "close_up"


def test_a_brief_needs_only_a_number() -> None:
    """Everything else about a scene may be unknown, and two shots never share their extras."""
    assert SceneBrief(3).description == ""
    assert ShotIdea("a").extra is not ShotIdea("b").extra
