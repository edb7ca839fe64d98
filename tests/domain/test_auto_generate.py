"""Work of a phase: which shots, in which order, how many are left, and how far it is."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzrd.contracts.auto_generate import progress
from wzrd.domain.auto_generate import (
    NEXT_PHASE,
    PHASES,
    BatchPrices,
    Phase,
    has_failed,
    has_image,
    has_video,
    item_key,
    made_before,
    needs,
    plan_batch,
    read_phase,
    seconds_left,
)
from wzrd.domain.errors import BadRequest
from wzrd.domain.shots import SceneBrief
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot

STATUSES = st.sampled_from([None, "", "pending", "prompt_ready", "generating", "completed", "failed"])
URLS = st.sampled_from(["", "http://x/a.png"])


def shot(scene_id: uuid.UUID, number: int | None, **made: Any) -> StoryboardShot:
    return StoryboardShot(uuid.uuid4(), scene_id, number, **made)


def reel(*scenes: list[StoryboardShot]) -> Storyboard:
    made = [StoryboardScene(uuid.uuid4(), at, SceneBrief(at), tuple(shots)) for at, shots in enumerate(scenes, start=1)]
    return Storyboard(uuid.uuid4(), uuid.uuid4(), "The Light", None, tuple(made))


@st.composite
def reels(draw: st.DrawFn) -> Storyboard:
    """Scenes of any length, shots in any state; numbers repeat from scene to scene, as they do."""
    scenes: list[list[StoryboardShot]] = []
    for _ in range(draw(st.integers(0, 4))):
        count, scene_id = draw(st.integers(0, 5)), uuid.uuid4()
        scenes.append(
            [
                shot(
                    scene_id,
                    draw(st.sampled_from([None, number])),
                    image_status=draw(STATUSES),
                    image_url=draw(URLS),
                    video_status=draw(STATUSES),
                    video_url=draw(URLS),
                )
                for number in range(1, count + 1)
            ]
        )
    return reel(*scenes)


@given(reels(), st.sampled_from(PHASES))
def test_every_shot_is_worked_on_once_or_skipped(film: Storyboard, phase: Phase) -> None:
    """Nothing is lost, nothing doubled: total = queued + skipped, and who is queued is who lacks it."""
    batch = plan_batch(film, phase)
    shots = [one for _, one in film]
    queued = [work.shot.shot_id for work in batch.work]
    assert (batch.total, batch.skipped) == (len(shots), len(shots) - len(queued))
    assert sorted(queued) == sorted(one.shot_id for one in shots if needs(one, phase))
    assert all(work.shot in work.scene.shots for work in batch.work)


@given(reels(), st.sampled_from(PHASES))
def test_the_order_is_by_number_and_then_by_scene(film: Storyboard, phase: Phase) -> None:
    """First every scene's first shot, so that every scene shows something soon; no number counts as 0."""
    work = plan_batch(film, phase).work
    places = [(one.shot.number or 0, one.scene.number or 0) for one in work]
    assert places == sorted(places)


@given(reels())
def test_videos_are_made_only_of_completed_pictures(film: Storyboard) -> None:
    """No clip without a picture to start from: neither a status without a file, nor a file without its status."""
    for work in plan_batch(film, "videos").work:
        assert (work.shot.image_status, bool(work.shot.image_url)) == ("completed", True)
        assert not has_video(work.shot)


@pytest.mark.parametrize(
    ("status", "url", "there"),
    [
        ("completed", "http://x/a", True),
        ("completed", "", False),
        ("failed", "http://x/a", False),
        ("generating", "http://x/a", False),
        ("prompt_ready", "", False),
        (None, "", False),
    ],
)
def test_a_picture_is_there_when_its_row_says_so_twice(status: str | None, url: str, there: bool) -> None:
    """Both are wanted: status completed, and an address."""
    one = shot(uuid.uuid4(), 1, image_status=status, image_url=url, video_status=status, video_url=url)
    assert (has_image(one), has_video(one), needs(one, "images")) == (there, there, not there)
    assert not needs(one, "videos")


def test_nothing_and_everything() -> None:
    """An empty project has nothing to do; one with everything skips all."""
    assert (plan_batch(reel(), "images").total, plan_batch(reel([], []), "videos").work) == (0, ())
    done = {"image_status": "completed", "image_url": "a", "video_status": "completed", "video_url": "b"}
    whole = reel([shot(uuid.uuid4(), number, **done) for number in (1, 2)])
    assert [plan_batch(whole, phase).skipped for phase in PHASES] == [2, 2]


def test_a_label_is_what_a_person_calls_the_shot() -> None:
    """Scene and shot, also where the numbers are missing."""
    film = reel([shot(uuid.uuid4(), None), shot(uuid.uuid4(), 4)])
    assert [work.label for work in plan_batch(film, "images").work] == ["scene 1, shot 0", "scene 1, shot 4"]


@pytest.mark.parametrize(
    "told", [None, "", "Images", "image", "complete", 1, True, ["images"], {"images": 1}, "x" * 500]
)
def test_another_phase_is_refused_by_name(told: object) -> None:
    """400 names the field and the value, and does not repeat a whole novel."""
    with pytest.raises(BadRequest) as refused:
        read_phase(told)
    assert refused.value.details["field"] == "phase"
    assert repr(str(told)[:40]) in refused.value.message
    assert len(refused.value.message) < 120


def test_phases_follow_each_other() -> None:
    """Images, then videos, then it is complete."""
    assert [read_phase(phase) for phase in PHASES] == ["images", "videos"]
    assert [NEXT_PHASE[phase] for phase in PHASES] == ["videos", "complete"]


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_progress_is_whole_only_when_nothing_is_left(completed: int, failed: int, left: int) -> None:
    """100 percent is said when all shots have ended, and never before."""
    total = completed + failed + left
    values = progress(phase="images", completed=completed, failed=failed, total=total)
    assert list(values) == ["phase", "completed", "failed", "total", "percent"]
    assert (values["percent"] == 100) == (left == 0)
    assert 0 <= values["percent"] <= 100


@given(reels(), st.sampled_from(PHASES), st.booleans(), st.data())
def test_what_is_not_asked_for_or_not_settled_is_left_alone(
    film: Storyboard, phase: Phase, only_failed: bool, data: st.DataObject
) -> None:
    """`only_failed` keeps what was tried; an unsettled shot is counted and not worked on; all of it adds up."""
    every = plan_batch(film, phase)
    keys = [item_key(phase, one.shot.shot_id) for one in every.work]
    unsettled = frozenset[str](data.draw(st.lists(st.sampled_from(keys))) if keys else ())
    batch = plan_batch(film, phase, only_failed=only_failed, unsettled=unsettled)
    wanted = [one for one in every.work if not only_failed or has_failed(one.shot, phase)]
    assert [*batch.work] == [one for one in wanted if item_key(phase, one.shot.shot_id) not in unsettled]
    assert len(batch.work) + len(batch.unsettled) == len(wanted)
    assert batch.total == len(batch.work) + batch.skipped
    assert batch.done + len(batch.work) + len(batch.unsettled) <= batch.total


@given(reels(), st.sampled_from(PHASES), st.randoms(use_true_random=False))
def test_every_shot_is_counted_once(film: Storyboard, phase: Phase, draw: Any) -> None:
    """As work, as there, as awaiting its approval, as locked, or as waiting for its picture; locked is no work."""
    scenes = [
        replace(one, shots=tuple(replace(s, locked=draw.random() < 0.3) for s in one.shots)) for one in film.scenes
    ]
    film = replace(film, scenes=tuple(scenes))
    approved = {shot.shot_id for _, shot in film if draw.random() < 0.5}
    batch = plan_batch(film, phase, approved=approved)
    assert not any(one.shot.locked for one in batch.work)
    assert {one.shot.shot_id for one in batch.work} <= approved
    assert not {one.shot.shot_id for one in batch.awaiting or ()} & approved
    waiting = batch.skipped - batch.done - len(batch.awaiting or ()) - batch.locked
    assert waiting == sum(not needs(shot, phase) and not made_before(shot, phase) for _, shot in film)


def test_named_shots_are_worked_on_whatever_they_have() -> None:
    """They alone: made or locked or not; a clip still begins with a picture, and waits for its approval."""
    there = {"image_status": "completed", "image_url": "http://x/a.png"}
    scene_id = uuid.uuid4()
    shots = [
        shot(scene_id, 1, **there, video_status="completed", video_url="http://x/a.mp4"),
        shot(scene_id, 2, **there, locked=True),
        shot(scene_id, 3),
    ]
    film, named = reel(shots), [one.shot_id for one in shots[1:]]
    assert [one.shot.number for one in plan_batch(film, "images", again=named).work] == [2, 3]
    clips = plan_batch(film, "videos", again=[shots[0].shot_id, shots[2].shot_id])
    assert ([one.shot.number for one in clips.work], clips.done) == ([1], 0)
    gated = plan_batch(film, "videos", again=named, approved=frozenset[uuid.UUID]())
    assert (gated.work, [one.shot.number for one in gated.awaiting or ()]) == ((), [2])


def test_a_shot_without_words_costs_its_words_too() -> None:
    """Blank ones are none."""
    scene = uuid.uuid4()
    film = reel([shot(scene, 1, visual_prompt="x"), shot(scene, 2, visual_prompt=" "), shot(scene, 3)])
    work = plan_batch(film, "images").work
    assert sum(BatchPrices(3, 1).of(one.shot) for one in work) == 3 * 3 + 2
    assert sum(BatchPrices(3).of(one.shot) for one in work) == 9


def test_time_left_is_what_one_takes_for_what_is_left() -> None:
    """At so many at once; nobody knows it without a median."""
    assert seconds_left(30.0, 10, 4) == 75
    assert seconds_left(0.1, 1, 4) == 1
    assert seconds_left(30.0, 0, 4) == 0
    assert seconds_left(None, 10, 4) is None


def test_progress_tells_money_time_and_places_where_there_are_any() -> None:
    """An unknown fact is absent, never null."""
    bare = progress(phase="images", completed=1, failed=0, total=2)
    assert bare == {"phase": "images", "completed": 1, "failed": 0, "total": 2, "percent": 50}
    told = progress(
        phase="images",
        completed=1,
        failed=0,
        skipped=1,
        total=2,
        money={"held": 3, "spent": 3, "left": 0},
        seconds_left=9,
        queue=[{"shotId": "s", "position": 2}],
    )
    assert told["percent"] == 100
    assert (told["skipped"], told["credits"]["spent"], told["secondsLeft"], len(told["queue"])) == (1, 3, 9, 1)
