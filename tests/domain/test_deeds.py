"""Beats that one picture tells."""

from itertools import accumulate

import pytest

from wzrd.contracts.breakdown import Beat, SceneBreakdown
from wzrd.domain.deeds import deeds
from wzrd.domain.pacing import shots_wanted


def _beats(*told: Beat, blank: int = 1) -> list[Beat]:
    """Beats in one paragraph, each where it stands."""
    starts = accumulate((len(beat.span) + blank for beat in told), initial=0)
    return [beat.model_copy(update={"start": start}) for beat, start in zip(told, starts, strict=False)]


def _ranges(*told: Beat, blank: int = 1) -> list[list[int]]:
    return [list(group) for group in deeds(_beats(*told, blank=blank))]


TAKES = Beat(span="She takes out the stapler,", act="take", who=("ANN",), props=("STAPLER",))
GIVES = Beat(span="presses it into his hands.", act="hand_over", who=("ANN",), whom=("DEV",), weight="decisive")
WATCHES = Beat(span="He watches.", act="look", who=("DEV",))


def test_clauses_of_one_deed_are_one() -> None:
    assert _ranges(TAKES, GIVES, WATCHES) == [[0, 1], [2]]


def test_a_short_sentence_of_the_same_person_belongs_to_the_deed() -> None:
    turns = Beat(span="She turns.", act="move", who=("ANN",))
    assert _ranges(turns, turns) == [[0, 1]]
    assert _ranges(turns, GIVES) == [[0], [1]], "a decisive deed has a picture of its own"


@pytest.mark.parametrize(
    "other",
    [
        GIVES.model_copy(update={"who": ("DEV",)}),
        GIVES.model_copy(update={"lines": (0,)}),
        GIVES.model_copy(update={"who": ()}),
        GIVES.model_copy(update={"whom": ("DEV", "EVA", "FAY")}),
        GIVES.model_copy(update={"span": "presses it into his hands " + "again and " * 13 + "again."}),
    ],
    ids=["somebody else", "speaks", "nobody", "too many people", "too many words"],
)
def test_they_stay_apart(other: Beat) -> None:
    assert _ranges(TAKES, other) == [[0], [1]]


def test_signs_without_blanks_are_words_too() -> None:
    clauses = [Beat(span="お鈴は握り飯を持ってきて、膝に置く、", act="carry", who=("お鈴",)) for _ in range(4)]
    assert _ranges(*clauses, blank=0) == [[0, 1, 2], [3]]


def test_spans_without_words_make_no_endless_deed() -> None:
    blanks = [Beat(span=" ", act="move", who=("ANN",)) for _ in range(100)]
    assert max(map(len, _ranges(*blanks, blank=0))) == 30


def test_two_people_who_are_touched_are_two_pictures() -> None:
    strikes = Beat(span="She hits Dev", act="strike", who=("ANN",), whom=("DEV",))
    other = Beat(span="and hits Eva.", act="strike", who=("ANN",), whom=("EVA",))
    assert _ranges(strikes, other) == [[0], [1]]


def test_beats_of_two_paragraphs_or_of_no_known_place_stay_apart() -> None:
    assert _ranges(TAKES, GIVES, blank=3) == [[0], [1]]
    assert deeds([TAKES, GIVES]) == [range(1), range(1, 2)]
    assert deeds([]) == []


def test_a_scene_has_a_shot_for_a_deed() -> None:
    beats = _beats(*[TAKES, GIVES, WATCHES] * 4)
    assert shots_wanted(SceneBreakdown(number=1, beats=tuple(beats))) == 8
