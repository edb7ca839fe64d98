"""A breakdown that somebody brought: kept with its project, by version, and what a scene is written from."""

import uuid

from tests.rows import make_studio
from wzrd.contracts.breakdown import Beat, Breakdown, Character, SceneBreakdown
from wzrd.db.breakdowns import find_breakdown, write_breakdown
from wzrd.domain.shots import SceneBrief
from wzrd.runtime.process import Runtime
from wzrd.storyboard.scene_shots import with_breakdown
from wzrd.storyboard.scene_writer import WritingRequest

BEAT = Beat(span="Ada kisses Paul.", act="kiss", who=("ADA",), whom=("PAUL",), weight="decisive")
FILM = Breakdown(
    people=(Character(id="ADA", name="Ada"), Character(id="PAUL", name="Paul")),
    scenes=(SceneBreakdown(number=1, beats=(BEAT,)),),
)


async def test_it_is_kept_by_version(runtime: Runtime) -> None:
    """Each writing is the next version; of a project without one there is none."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        assert await find_breakdown(tx, studio.project_id) is None
        assert await write_breakdown(tx, studio.project_id, FILM) == 1
        assert await write_breakdown(tx, studio.project_id, FILM) == 2
        assert await find_breakdown(tx, studio.project_id) == (2, FILM)


async def test_a_scene_is_written_from_it(runtime: Runtime) -> None:
    """From what somebody brought; a scene that it leaves out, and a project without one, is read by rule."""
    studio = await make_studio(runtime, scenes=2)
    one, two = (WritingRequest(SceneBrief(number), 3) for number in (1, 2))
    by_rule = await with_breakdown(runtime, one, studio.project_id, studio.scene_ids[0])
    assert by_rule.breakdown is not None
    assert by_rule.breakdown.beats[:1] != (BEAT,)
    async with runtime.begin() as tx:
        await write_breakdown(tx, studio.project_id, FILM)
    brought = await with_breakdown(runtime, one, studio.project_id, studio.scene_ids[0])
    assert brought.breakdown == FILM.scenes[0]
    assert brought.film == FILM
    left_out = await with_breakdown(runtime, two, studio.project_id, studio.scene_ids[1])
    assert left_out.breakdown is not None
    assert left_out.film != FILM


async def test_a_scene_that_is_gone_is_read_by_nobody(runtime: Runtime) -> None:
    """Nothing is written from another scene's beats."""
    studio = await make_studio(runtime)
    request = await with_breakdown(runtime, WritingRequest(SceneBrief(1), 3), studio.project_id, uuid.uuid4())
    assert request.breakdown is None
