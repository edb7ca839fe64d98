"""A scheduled gen-shots that is to write only what is missing: the second tick writes no row and costs nothing."""

import asyncio
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Connection, event, text

from tests.operations.inline_runs import CHOSEN, PARAMS
from tests.rows import Studio, balance, make_studio
from tests.server.served import claimed, ended
from tests.shots import insert_shot
from wzrd.db.run_holds import list_run_holds
from wzrd.db.runs import find_run, list_runs
from wzrd.domain.errors import InsufficientCredits, NotFound, NothingToDo
from wzrd.domain.settlement import Outcome
from wzrd.operations.gen_shots import GenShotsParams, start_gen_shots, start_meant_shots
from wzrd.operations.generate import ITEM, start_generate
from wzrd.runs.start import StartResult
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


async def tick(runtime: Runtime, studio: Studio, key: str, *, scene: int | None = None) -> StartResult[None]:
    """Starts a flow run as a schedule does, with a key of its own."""
    wanted = GenShotsParams(
        user_id=None,
        project_id=str(studio.project_id),
        scene_id=str(studio.scene_ids[scene]) if scene is not None else None,
        request_id=f"prefect:{key}",
        flow_run_id=uuid.uuid4(),
        only_missing=True,
    )
    return await start_gen_shots(runtime, wanted)


async def test_the_scene_of_a_form(runtime: Runtime) -> None:
    """Its number or its heading will do; through the API only its id does, as documented."""
    studio = await make_studio(runtime, scenes=3)
    async with runtime.begin() as tx:
        named = text("update public.scenes set title = 'EXT. ROOF - DAWN' where id = :id")
        await tx.execute(named, {"id": studio.scene_ids[1]})
    for typed in ("2", "roof", str(studio.scene_ids[1])):
        wanted = GenShotsParams(
            user_id=None, project_id=str(studio.project_id), scene_id=typed, request_id=str(uuid.uuid4())
        )
        run_id = (await start_meant_shots(runtime, wanted)).run_id
        async with runtime.begin() as tx:
            run = await find_run(tx, run_id)
        assert run is not None
        assert run.params["sceneId"] == str(studio.scene_ids[1])
    for typed, start in (("4", start_meant_shots), ("2", start_gen_shots)):
        with pytest.raises(NotFound):
            await start(runtime, GenShotsParams(user_id=None, project_id=str(studio.project_id), scene_id=typed))


async def with_a_shot(runtime: Runtime, studio: Studio) -> None:
    async with runtime.begin() as tx:
        await insert_shot(tx, studio.project_id, studio.scene_ids[0], 1)


async def test_a_scene_that_has_shots_is_left_alone(runtime: Runtime) -> None:
    """No run, no hold; another scene that is named is written."""
    studio = await make_studio(runtime, scenes=2)
    await with_a_shot(runtime, studio)
    with pytest.raises(NothingToDo, match="scene 1: it has 1 shots"):
        await tick(runtime, studio, "a")
    async with runtime.begin() as tx:
        assert await list_runs(tx, studio.user_id) == []
    assert await balance(runtime, studio.user_id) == 100
    assert (await tick(runtime, studio, "b", scene=1)).created


async def test_of_ticks_at_once_one_writes(runtime: Runtime) -> None:
    """While a run writes the scene's shots, others have nothing to do; when it failed with none, the next may try."""
    studio = await make_studio(runtime)
    results = await asyncio.gather(*(tick(runtime, studio, str(at)) for at in range(5)), return_exceptions=True)
    (first,) = [one for one in results if isinstance(one, StartResult)]
    assert sum(isinstance(one, NothingToDo) for one in results) == 4
    assert await balance(runtime, studio.user_id) == 98
    lease = await claimed(runtime, first.run_id)
    await ended(runtime, lease, Outcome(error="no"))
    assert (await tick(runtime, studio, "again")).created


async def test_a_resumed_tick_goes_on_with_its_own_run(runtime: Runtime) -> None:
    """Its worker died when its first shot was there: that very shot must not stop it."""
    studio = await make_studio(runtime)
    first = await tick(runtime, studio, "same")
    await with_a_shot(runtime, studio)
    again = await tick(runtime, studio, "same")
    assert (again.run_id, again.created) == (first.run_id, False)
    async with runtime.begin() as tx:
        assert await tx.scalar(text("select count(*) from wzrd.runs where user_id = :id"), {"id": studio.user_id}) == 1


@contextmanager
def noted_levels(runtime: Runtime) -> Generator[list[object]]:
    """Isolation level of each statement that is executed meanwhile."""
    levels = list[object]()

    def note(connection: Connection, *_call: object) -> None:
        levels.append(connection.get_execution_options().get("isolation_level"))

    event.listen(runtime.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield levels
    finally:
        event.remove(runtime.engine.sync_engine, "before_cursor_execute", note)


async def test_a_start_is_two_statements(runtime: Runtime) -> None:
    """Its scene; then all its rows with their hold and its slot: a client waits for each round trip, BEGIN's too."""
    studio = await make_studio(runtime, funds=10)
    wanted = GenShotsParams(user_id=studio.user_id, project_id=str(studio.project_id), request_id="counted")
    with noted_levels(runtime) as levels:
        started = await start_gen_shots(runtime, wanted)
    assert started.row is not None
    assert started.row.dispatched
    assert levels == ["AUTOCOMMIT"] * 2
    assert await balance(runtime, studio.user_id) < 10


async def test_an_item_that_pays_for_itself_is_held_with_its_run(runtime: Runtime) -> None:
    """The hold of a generation's one item rides in the statement that begins the run; who cannot pay leaves nothing."""
    studio, poor = await make_studio(runtime, funds=9), await make_studio(runtime, funds=2)
    with noted_levels(runtime) as levels:
        started = await start_generate(runtime, replace(PARAMS, user_id=studio.user_id))
    assert levels == ["AUTOCOMMIT"]
    assert started.row is not None
    assert started.row.dispatched
    with pytest.raises(InsufficientCredits) as refused:
        await start_generate(runtime, replace(PARAMS, user_id=poor.user_id))
    async with runtime.begin() as tx:
        (hold,) = await list_run_holds(tx, started.run_id)
        assert await tx.scalar(text("select count(*) from wzrd.runs where user_id = :id"), {"id": poor.user_id}) == 0
    assert (hold.item_key, hold.amount, await balance(runtime, studio.user_id)) == (ITEM, CHOSEN.credits, 6)
    assert (refused.value.required, refused.value.available) == (CHOSEN.credits, 2)
