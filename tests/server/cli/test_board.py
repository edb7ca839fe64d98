"""State of a storyboard after a stream's events."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from server.cli.board import LONGEST_ERROR, Board, SceneBoard, plural
from wzrd.client import Event
from wzrd.contracts.gen_shots import PHASES

RUN = uuid.uuid4()


def a_scene() -> SceneBoard:
    return SceneBoard(uuid.uuid4(), 1, "The lamp room")


def shot_event(shot_id: str, number: int, phase: str, title: str | None = None) -> Event:
    data = {"id": shot_id, "shot_number": number, "status": phase, "title": title, "description": title}
    return Event("shot", data, run_id=RUN)


@given(st.permutations([(n, phase) for n in (1, 2, 3) for phase in PHASES]))
def test_shots_stand_in_order_whatever_comes_first(order: list[tuple[int, str]]) -> None:
    """Updates merge by id, and shots are shown by number, in whatever order streams bring them."""
    scene = a_scene()
    for number, phase in order:
        scene.take(shot_event(f"s{number}", number, phase, f"title {number}"))
    assert [shot.number for shot in scene.ordered] == [1, 2, 3]
    assert [shot.title for shot in scene.ordered] == ["title 1", "title 2", "title 3"]
    assert scene.run_id == RUN


def test_no_title_commands_the_terminal() -> None:
    """A title that a model gave is shown without escapes, and on one line."""
    scene = a_scene()
    scene.take(shot_event("s", 1, "ready", "Dawn\x1b[2J\x9b\nDusk"))
    assert scene.ordered[0].title == "Dawn [2J Dusk"


def test_what_was_known_is_not_forgotten() -> None:
    """A null in a later event leaves the title that an earlier one told."""
    scene = a_scene()
    scene.take(shot_event("s", 1, "drafting", "Dawn"))
    scene.take(shot_event("s", 1, "ready"))
    assert (scene.ordered[0].title, scene.ready) == ("Dawn", 1)


def test_a_failure_keeps_only_what_was_delivered() -> None:
    """Blank shots go, written ones stay, finished or not; the reason is one line of bounded length."""
    scene = a_scene()
    scene.take(shot_event("a", 1, "ready", "Dawn"))
    scene.take(shot_event("b", 2, "drafting", "Dusk"))
    scene.take(shot_event("c", 3, "creating"))
    scene.take(Event("error", {"error": "x" * 500 + "\nsecond line"}))
    assert [shot.shot_id for shot in scene.ordered] == ["a", "b"]
    assert (scene.state, scene.ended) == ("failed", True)
    assert len(scene.error) == LONGEST_ERROR + 1
    assert "\n" not in scene.error


@given(st.dictionaries(st.sampled_from(["id", "shot_number", "status", "title", "attempt", "error"]), st.none()))
def test_thin_events_are_survived(data: dict[str, None]) -> None:
    """An event without its fields changes little and breaks nothing."""
    scene = a_scene()
    for name in ("meta", "shot", "progress", "error", "done", "unheard-of"):
        scene.take(Event(name, data))
    assert scene.ended


def test_the_sum_of_a_board() -> None:
    """Ready shots and credits add up over scenes, and the first fallback is the board's."""
    one, two = a_scene(), a_scene()
    one.charged, two.charged = 2, 3
    one.take(shot_event("a", 1, "ready"))
    two.take(shot_event("b", 1, "ready"))
    two.take(Event("done", {"total": 1, "fallbackUsed": True, "fallbackReason": "no_credentials:groq"}))
    one.fail("gone")
    board = Board([one, two])
    assert (board.ready, board.charged, board.fallback) == (2, 5, "no_credentials:groq")
    assert board.failed == [one]


def test_one_is_not_many() -> None:
    """The noun follows the number."""
    assert [plural(n, "shot") for n in (0, 1, 2, 1000)] == ["0 shots", "1 shot", "2 shots", "1,000 shots"]
