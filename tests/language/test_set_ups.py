"""Talk that outlasts a picture: which of the scene's pictures are seen while it is heard."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.domain.pacing import LONGEST_PICTURE, VOICE_LEAD, VOICE_TAIL
from wzrd.domain.shots import Line
from wzrd.language.shots.set_ups import SetUpPiece, cut_speech, picture_seconds, speech_seconds, turns_of

ANN, BOB = ("ann",), ("bob",)
BOTH = ("ann", "bob")
WORDS = "one two three four five six seven eight nine ten eleven twelve thirteen."


def talk(*turns: str) -> list[Line]:
    return [Line(who, WORDS) for who in turns]


def seen(lines: list[Line], people: list[tuple[str, ...]], own: int = 0) -> list[int]:
    return [piece.set_up for piece in cut_speech(lines, speech_seconds(lines), (), own, people)]


def test_talk_that_fits_a_picture_is_not_cut() -> None:
    """Nothing changes for a shot of a few lines."""
    lines = talk("ANN", "BOB")
    assert cut_speech(lines, 10.0, (), 1, [ANN, BOTH]) == [SetUpPiece(1, VOICE_LEAD + 10.0 + VOICE_TAIL)]


def test_a_dialogue_is_cut_between_its_speakers() -> None:
    """The shot's own picture first, then whoever speaks."""
    assert seen(talk("ANN", "BOB", "ANN", "BOB"), [BOTH, ANN, BOB]) == [0, 2, 1, 2]


def test_a_long_speech_looks_at_the_listener_and_back() -> None:
    """One sentence of forty seconds too: nobody is looked at for more than eight."""
    lines = [Line("ANN", "word " * 104)]
    assert seen(lines, [ANN, BOB]) == [0, 1, 0, 1, 0]


def test_voices_from_off_are_heard_over_those_who_are_there() -> None:
    """Nobody is looked for who is not in the room."""
    lines = [Line("ANN", "word " * 60, extension="V.O.")]
    assert 2 not in seen(lines, [BOB, ("bob", "cy"), ()])


def test_the_only_picture_of_a_scene_is_seen_nearer() -> None:
    """First all of it, then the side of whoever speaks; no part stays longer than a picture may."""
    lines = talk(*"AB" * 4)
    pieces = cut_speech(lines, speech_seconds(lines), (), 0, [("a", "b")])
    assert {piece.set_up for piece in pieces} == {0}
    assert [piece.crop for piece in pieces[:3]] == ["", "right", "left"]
    assert max(piece.seconds for piece in pieces) <= LONGEST_PICTURE


def test_a_monologue_in_one_picture_goes_near_and_back() -> None:
    """Whoever is alone stands in the middle."""
    lines = [Line("ANN", "word " * 104)]
    assert [piece.crop for piece in cut_speech(lines, 40.0, (), 0, [ANN])] == ["", "middle", "", "middle", ""]


def test_without_a_still_a_scene_of_one_picture_keeps_it() -> None:
    """There is nothing to cut from."""
    lines = talk(*"AB" * 10)
    assert len(cut_speech(lines, speech_seconds(lines), (), 0, [BOTH], crops=False)) == 1


def test_cuts_fall_into_pauses() -> None:
    """Where a phrase begins, if one begins near."""
    lines = talk("ANN", "BOB", "ANN")
    starts = [turn.start for turn in turns_of(lines, 18.0, (0.0, 5.1, 12.5))]
    assert starts == [0.0, 5.1, 12.5]


def test_the_longest_picture_is_told_before_anything_is_made() -> None:
    """Forty lines in one shot of three: no picture under more than twelve seconds of them."""
    lines = talk(*["ANN", "BOB"] * 20)
    assert speech_seconds(lines) > 200
    assert picture_seconds(lines, 0, [BOTH, ANN, BOB]) <= LONGEST_PICTURE
    assert picture_seconds(lines, 0, [BOTH]) <= LONGEST_PICTURE


LINES = st.lists(
    st.builds(Line, st.sampled_from(["ANN", "BOB", "CY"]), st.integers(1, 150).map(lambda count: "word " * count)),
    min_size=1,
    max_size=12,
)
PEOPLE = st.lists(st.lists(st.sampled_from(["ann", "bob", "cy"]), unique=True, max_size=3), min_size=1, max_size=6)


@given(LINES, PEOPLE, st.floats(0.5, 1.6), st.lists(st.floats(0, 300), max_size=40), st.data())
def test_no_picture_stays_too_long_and_nothing_is_lost(
    lines: list[Line], people: list[list[str]], pace: float, pauses: list[float], data: st.DataObject
) -> None:
    """However fast they speak: the pieces fill the talk, none is too long, neighbours differ, the own comes first."""
    own = data.draw(st.integers(0, len(people) - 1))
    seconds = speech_seconds(lines) * pace
    pieces = cut_speech(lines, seconds, sorted(pauses), own, people)
    assert sum(piece.seconds for piece in pieces) == pytest.approx(VOICE_LEAD + seconds + VOICE_TAIL)
    assert all(0 <= piece.seconds <= LONGEST_PICTURE + 1e-6 for piece in pieces)
    assert pieces[0].set_up == own
    assert all((one.set_up, one.crop) != (other.set_up, other.crop) for one, other in pairwise(pieces))
    assert not any(piece.crop for piece in pieces) or len(people) == 1
