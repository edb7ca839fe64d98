"""A shot goes on in the next where one person's act does, before a camera that comes as near."""

import uuid
from dataclasses import asdict, replace
from typing import Any

import pytest

from wzrd.domain.shots import SceneBrief, ShotBrief, ShotIdea, ShotSubject
from wzrd.domain.storyboard import StoryboardScene, StoryboardShot
from wzrd.language.shots.following import goes_on_in

SCENE = uuid.uuid4()
IDA, TOM = ShotSubject("IDA"), ShotSubject("TOM")
RUNS = ShotIdea("Ida runs.", size="full", move="dolly_in", brief=ShotBrief(beats=(2,), subjects=(IDA,)))
FALLS = ShotIdea("Ida falls.", size="medium", brief=ShotBrief(beats=(3,), subjects=(IDA,)))


def a_shot(number: int, idea: ShotIdea, **more: Any) -> StoryboardShot:
    columns: dict[str, Any] = {"image_url": "https://example.com/still.png", "image_status": "completed", **more}
    packet = {"shot": asdict(idea)}
    return StoryboardShot(uuid.uuid4(), SCENE, number, prompt_idea=idea.idea, packet=packet, **columns)


def follows(before: ShotIdea, after: ShotIdea, **more: Any) -> bool:
    first, second = a_shot(1, before), a_shot(2, after, **more)
    scene = StoryboardScene(SCENE, 1, SceneBrief(number=1, title=""), (first, second))
    assert goes_on_in(scene, second) is None, "it is the last"
    found = goes_on_in(scene, first)
    assert found in {None, second}
    return found is not None


def test_it_goes_on_with_the_camera() -> None:
    """As near, or as near as the camera has come."""
    assert follows(RUNS, FALLS)
    assert follows(replace(RUNS, move="static"), replace(FALLS, size="full"))
    assert follows(replace(RUNS, move="dolly_out", size="medium"), replace(FALLS, size="full"))


def briefed(idea: ShotIdea, **more: Any) -> ShotIdea:
    assert idea.brief is not None
    return replace(idea, brief=replace(idea.brief, **more))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (replace(RUNS, move="static"), FALLS),
        (RUNS, replace(FALLS, size="wide")),
        (RUNS, replace(FALLS, size="extreme_close_up")),
        (RUNS, replace(FALLS, angle="high")),
        (RUNS, briefed(FALLS, subjects=(TOM,))),
        (RUNS, briefed(FALLS, subjects=(IDA, TOM))),
        (RUNS, briefed(FALLS, beats=(5,))),
        (RUNS, briefed(FALLS, over=TOM)),
        (briefed(RUNS, lines=(0,)), FALLS),
        (replace(RUNS, brief=None), FALLS),
    ],
)
def test_a_cut_is_a_cut(before: ShotIdea, after: ShotIdea) -> None:
    """Another size without a camera that comes there, another view, person or moment; and where somebody speaks."""
    assert not follows(before, after)


def test_a_picture_that_is_not_there_is_nobodys_end() -> None:
    """It comes first."""
    assert not follows(RUNS, FALLS, image_url="")
