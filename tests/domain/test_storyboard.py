"""A shot's idea read back from its row: as conceived, as people edited it, or from anybody's words."""

import uuid
from dataclasses import asdict
from typing import Any, get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from wzrd.domain.shots import Angle, Move, SceneBrief, ShotIdea, ShotSize
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot, idea_of

IDEA = ShotIdea(
    "MARA lifts the letter.",
    "close_up",
    "low",
    "dolly_in",
    85,
    subject="MARA",
    dialogue="It is his hand.",
    title="The letter",
    extra={"speaker": "MARA", "sides": "MARA: left"},
)


def row(**columns: Any) -> StoryboardShot:
    return StoryboardShot(uuid.uuid4(), uuid.uuid4(), 1, **columns)


def kept(idea: ShotIdea = IDEA, **changed: Any) -> dict[str, Any]:
    return {"shot": {**asdict(idea), **changed}}


def written(idea: ShotIdea = IDEA, **changed: Any) -> StoryboardShot:
    """The row as the writer leaves it."""
    return row(prompt_idea=idea.idea, dialogue=idea.dialogue, packet=kept(idea, **changed))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([*asdict(IDEA), "nonsense"])


def test_what_the_writer_kept_comes_back_whole() -> None:
    """Everything that the row's columns have no place for."""
    assert idea_of(written()) == IDEA


def test_the_row_wins_where_people_edited_it() -> None:
    """Another idea is read anew; other words are spoken; words that were struck out are not."""
    edited = row(prompt_idea="Wide shot: the sea. Pan left.", dialogue="No.", packet=kept())
    found = idea_of(edited)
    assert (found.idea, found.size, found.move) == ("Wide shot: the sea. Pan left.", "wide", "pan_left")
    assert (found.dialogue, found.subject) == ("No.", "")
    other = idea_of(row(prompt_idea=IDEA.idea, dialogue="It is not his hand.", packet=kept()))
    assert (other.dialogue, other.size, other.extra) == ("It is not his hand.", "close_up", IDEA.extra)
    assert idea_of(row(prompt_idea=IDEA.idea, dialogue="", packet=kept())).dialogue == ""


def test_a_shot_that_people_wrote_is_read_out_of_its_words() -> None:
    """Size, angle, move and lens from idea or prompt; what is not said is usual."""
    found = idea_of(row(visual_prompt="Low angle close-up on 85mm, dolly in: the key.", shot_type="wide"))
    assert (found.size, found.angle, found.move, found.lens_mm) == ("close_up", "low", "dolly_in", 85)
    assert idea_of(row(prompt_idea="The key.", shot_type="wide")).size == "wide"
    blank = idea_of(row())
    assert (blank.idea, blank.size, blank.angle, blank.move) == ("", "medium", "eye_level", "static")


@pytest.mark.parametrize("junk", [None, "text", 7, [], {}, {"idea": 3}, {"idea": "x", "subject": []}, {"size": "wide"}])
def test_a_broken_packet_is_as_none(junk: object) -> None:
    """The column is the client's to write too."""
    found = idea_of(row(prompt_idea="The key.", packet={"shot": junk}))
    assert (found.idea, found.subject) == ("The key.", "")


@example({"lens_mm": True}, "The key.", "")
@example({"lens_mm": 2000}, "The key.", "")
@given(st.dictionaries(NAMES, JSON, max_size=9), st.text(max_size=30), st.text(max_size=30))
def test_whatever_the_packet_holds_an_idea_comes_out(packet: dict[str, Any], words: str, dialogue: str) -> None:
    """Every field of it is one of the vocabulary, of its type, and in its bounds."""
    shot = row(prompt_idea=words, dialogue=dialogue, packet={"shot": {"idea": words, **packet}})
    found = idea_of(shot)
    assert found.size in get_args(ShotSize)
    assert found.angle in get_args(Angle)
    assert found.move in get_args(Move)
    assert type(found.lens_mm) is int
    assert 0 < found.lens_mm < 2000
    texts = [found.idea, found.subject, found.dialogue, found.title, *found.extra, *found.extra.values()]
    assert all(isinstance(text, str) for text in texts)
    assert found.dialogue == dialogue


@pytest.mark.parametrize("name", ["angle", "extra", "lens_mm", "move", "size"])
def test_a_packet_that_lacks_a_field_is_usual_there(name: str) -> None:
    """An older writer's packet is still better than a guess."""
    packet = kept()
    del packet["shot"][name]
    found = idea_of(row(prompt_idea=IDEA.idea, packet=packet))
    assert (found.subject, found.title) == ("MARA", "The letter")


def test_a_storyboard_is_in_film_order_and_finds_its_shots() -> None:
    """Scene by scene; a shot that is no longer there is None."""
    shots = [row(), row(), row()]
    scenes = [
        StoryboardScene(uuid.uuid4(), 1, SceneBrief(1), (shots[0], shots[1])),
        StoryboardScene(uuid.uuid4(), 2, SceneBrief(2)),
        StoryboardScene(uuid.uuid4(), 3, SceneBrief(3), (shots[2],)),
    ]
    film = Storyboard(uuid.uuid4(), uuid.uuid4(), "T", None, tuple(scenes))
    assert [shot for _, shot in film] == shots
    assert film.find(shots[2].shot_id) == (scenes[2], shots[2])
    assert film.find(uuid.uuid4()) is None
