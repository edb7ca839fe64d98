"""Length of shots, and the number that a scene gets."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.contracts.breakdown import Beat, SceneBreakdown
from wzrd.domain.film import seconds_of
from wzrd.domain.pacing import (
    LEAST,
    LONGEST_LOOK,
    LONGEST_PICTURE,
    VOICE_LEAD,
    VOICE_TAIL,
    Block,
    blocks_of,
    look_seconds,
    shot_frames,
    shots_wanted,
)
from wzrd.domain.shots import Line, Move, ShotIdea, ShotSize

IDEAS = st.builds(
    ShotIdea,
    idea=st.lists(st.sampled_from(["Mara", "wipes", "glass"]), max_size=80).map(" ".join),
    size=st.sampled_from(get_args(ShotSize)),
    move=st.sampled_from(get_args(Move)),
)


@given(IDEAS)
def test_a_look_is_never_too_short_and_never_endless(idea: ShotIdea) -> None:
    """At least what its size needs, at most the longest look, whatever is written about it."""
    assert LEAST[idea.size] <= look_seconds(idea) <= LONGEST_LOOK


@given(IDEAS, st.one_of(st.none(), st.floats(0, 120)))
def test_frames_hold_the_picture_and_the_take(idea: ShotIdea, spoken: float | None) -> None:
    """No look is cut off, no word that one picture may stay for, and less than one frame is given away."""
    seconds = seconds_of(shot_frames(idea, spoken))
    heard = 0.0 if spoken is None else min(VOICE_LEAD + spoken + VOICE_TAIL, LONGEST_PICTURE)
    wanted = max(look_seconds(idea), heard)
    assert wanted - 1e-6 <= seconds < wanted + 1 / 24


@pytest.mark.parametrize("size", get_args(ShotSize))
def test_a_moving_camera_needs_longer(size: ShotSize) -> None:
    """It has to arrive somewhere."""
    assert look_seconds(ShotIdea("x", size=size, move="dolly_in")) > look_seconds(ShotIdea("x", size=size))


def test_the_more_there_is_to_see_the_longer() -> None:
    """From the insert to the establishing shot."""
    assert LEAST["extreme_close_up"] < LEAST["close_up"] < LEAST["medium"] < LEAST["wide"] < LEAST["extreme_wide"]
    assert set(LEAST) == set(get_args(ShotSize))


@given(st.integers(0, 200), st.integers(0, 200))
def test_a_scene_has_a_shot_for_each_deed_and_one_for_two_lines(deeds: int, lines: int) -> None:
    """By what happens, three at least; a novel in one scene has sixty."""
    done = [Beat(span="He runs.", act="run", who=("BEN",))] * deeds
    said = [Beat(span="Yes.", act="speak", who=("BEN",), lines=(0,))] * lines
    wanted = shots_wanted(SceneBreakdown(number=1, beats=(*done, *said)))
    assert wanted == max(3, min(60, round(deeds + lines / 2)))


def test_both_columns_of_dual_dialogue_are_one_block() -> None:
    """All that the first speaker says directly before the second; who spoke before that speaks alone."""
    said = [("BEN", False), ("ANN", False), ("ANN", False), ("BEN", True), ("BEN", True), ("ANN", False)]
    lines = [Line(who, "Words.", dual=dual) for who, dual in said]
    assert blocks_of(lines) == [Block(range(1)), Block(range(1, 3), range(3, 5)), Block(range(5, 6))]


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.booleans()), max_size=20))
def test_blocks_hold_every_line_once_and_in_order(said: list[tuple[str, bool]]) -> None:
    """Whatever a page has, also second columns without a first."""
    lines = [Line(who, "Words.", dual=dual) for who, dual in said]
    assert [at for block in blocks_of(lines) for at in (*block.lines, *block.at_once)] == list(range(len(lines)))
