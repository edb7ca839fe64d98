"""The steps of gen-shots: each phase means what it says, steps may be repeated, no mirror fails a run."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

import pytest
from prefect.logging import disable_run_logger
from sqlalchemy import text

from blocks.resolve import serving
from tasks.gen_shots import drafts, finish_shot, place_rows
from tests.generation.claimed import armed
from tests.playing import log_of, opened, run_once, run_until_ended
from tests.rows import Studio, balance, make_studio, somebody_waits
from tests.server.served import claimed
from tests.tasks.written_shots import check_whole, rows_of
from tests.waiting import until
from wzrd.domain.errors import LeaseLost
from wzrd.domain.lease import Lease
from wzrd.domain.settlement import Outcome
from wzrd.faults import arm
from wzrd.runs.execute import execute
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


async def test_each_phase_means_what_it_says(runtime: Runtime) -> None:
    """Event and row grow together: blank, with idea and type, with its prompt, whole; `done` tells who wrote."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    assert await run_once(runtime, run_id) == "succeeded"
    finals = await check_whole(runtime, run_id, 3)
    for name, data in await log_of(runtime, run_id):
        if name == "shot":
            known = {key for key in ("title", "description", "visual_prompt") if data[key]}
            assert known == (set() if data["status"] == "creating" else {"title", "description", "visual_prompt"})
            assert data["thumbnail"] is None
            assert list(data)[:5] == ["id", "project_id", "scene_id", "shot_number", "status"]
    rows = await rows_of(runtime, studio)
    assert [row.shot_number for row in rows] == [1, 2, 3] == sorted(data["shot_number"] for data in finals)
    by_id = {str(row.id): row for row in rows}
    for data in finals:
        row = by_id[data["id"]]
        assert (row.prompt_idea, row.visual_prompt) == (data["description"], data["visual_prompt"])
        assert (row.image_status, row.video_status, row.shot_type in {"wide", "medium", "close_up"}) == (
            "prompt_ready",
            "pending",
            True,
        )
    done = (await log_of(runtime, run_id))[-1][1]
    assert (done["fallbackUsed"], done["fallbackReason"]) == (True, "no_credentials:groq")
    assert await balance(runtime, studio.user_id) == 98


async def test_a_repeated_step_does_nothing(runtime: Runtime) -> None:
    """Every task three times at once and again: the same rows, each event once."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, await opened(runtime, studio))

    async def work(lease: Lease) -> Outcome:
        placed = await asyncio.gather(*(place_rows(lease.run_id) for _ in range(3)))
        assert sorted(placed) == ["0 shots placed", "0 shots placed", "3 shots placed"]
        seen = [one async for one in drafts(lease.run_id)]
        again = [one async for one in drafts(lease.run_id)]
        assert again == seen == [(f"shot/{number}", f"scene 1, shot {number}") for number in (1, 2, 3)]
        await asyncio.gather(*(finish_shot(lease.run_id, *one) for one in seen * 3))
        assert await place_rows(lease.run_id) == "0 shots placed"
        assert [one async for one in drafts(lease.run_id)] == []
        return Outcome()

    async with serving(runtime):
        with disable_run_logger():
            assert await execute(runtime, lease, work) == "succeeded"
            with pytest.raises(LeaseLost):
                await place_rows(lease.run_id)
    await check_whole(runtime, lease.run_id, 3)
    assert len(await rows_of(runtime, studio)) == 3


@pytest.mark.parametrize("place", ["before_step_commit", "after_step_commit"])
async def test_a_run_interrupted_at_any_step_ends_with_exactly_its_shots(runtime: Runtime, place: str) -> None:
    """Ten steps make three shots; whichever is interrupted, before its commit or after, nothing happens twice."""
    interrupted = 0
    for number in range(1, 11):
        studio = await make_studio(runtime)
        run_id = await opened(runtime, studio)
        async with armed(f"{place}@{number}=raise"):
            status, interruptions = await run_until_ended(runtime, run_id)
        interrupted += interruptions
        assert status == "succeeded"
        await check_whole(runtime, run_id, 3)
        assert [row.shot_number for row in await rows_of(runtime, studio)] == [1, 2, 3]
        assert await balance(runtime, studio.user_id) == 98
    assert interrupted == 10


@pytest.mark.parametrize("table", ["shots", "scenes", "projects"])
async def test_what_its_owner_deletes_in_mid_run_is_no_failure(runtime: Runtime, table: str, tmp_path: Path) -> None:
    """Shots, scene or project gone after the first draft: the stream is whole, the work paid for is charged."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    column = {"shots": "project_id", "scenes": "project_id", "projects": "id"}[table]

    mark = tmp_path / "after_step_commit.held"
    arm("after_step_commit@2=hold", tmp_path)  # the rows are placed, the first shot is drafted
    try:
        playing = asyncio.create_task(run_once(runtime, run_id))
        await until(mark.exists)
        async with runtime.begin() as tx:
            statement = text(f"delete from public.{table} where {column} = :id")
            await tx.execute(statement, {"id": studio.project_id})
        mark.unlink()
        assert await playing == "succeeded"
    finally:
        arm("")
    await check_whole(runtime, run_id, 3)
    assert await rows_of(runtime, studio) == []
    assert await balance(runtime, studio.user_id) == 98


@pytest.mark.parametrize("table", ["scenes", "projects"])
async def test_what_is_gone_before_the_run_begins_is_no_failure(runtime: Runtime, table: str) -> None:
    """A run succeeds, too, when nothing is there to place rows in."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio, after=4)
    async with runtime.begin() as tx:
        await tx.execute(text("delete from public.scenes where project_id = :id"), {"id": studio.project_id})
        if table == "projects":
            await tx.execute(text("delete from public.projects where id = :id"), {"id": studio.project_id})
    assert await run_once(runtime, run_id) == "succeeded"
    assert sorted(data["shot_number"] for data in await check_whole(runtime, run_id, 3)) == [5, 6, 7]
    assert await rows_of(runtime, studio) == []


@pytest.mark.parametrize("event", ["insert", "update", "delete"])
async def test_a_foreign_trigger_fails_no_step(runtime: Runtime, event: str) -> None:
    """An adopted database may refuse our mirrors: the run goes on, and a canceled one still ends."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    async with runtime.begin() as tx:
        await tx.execute(
            text("""create or replace function public.refuse() returns trigger language plpgsql as
                $$ begin raise exception 'not with me'; end $$""")
        )
        await tx.execute(
            text(f"create trigger refuse before {event} on public.shots for each row execute function public.refuse()")
        )
    try:
        if event == "delete":

            async def work(lease: Lease) -> Outcome:
                await place_rows(lease.run_id)
                return Outcome(canceled=True)

            async with serving(runtime):
                assert await execute(runtime, await claimed(runtime, run_id), work) == "canceled"
            assert await balance(runtime, studio.user_id) == 100
        else:
            assert await run_once(runtime, run_id) == "succeeded"
            await check_whole(runtime, run_id, 3)
            assert await balance(runtime, studio.user_id) == 98
    finally:
        async with runtime.begin() as tx:
            await tx.execute(text("drop trigger refuse on public.shots"))


async def numbers(runtime: Runtime, studio: Studio) -> list[int]:
    return [row.shot_number for row in await rows_of(runtime, studio)]


async def test_numbers_go_on_after_the_higher_of_table_and_client(runtime: Runtime) -> None:
    """A number that the client has seen and the table has not yet counts as well; other scenes' do not."""
    studio = await make_studio(runtime, scenes=2)
    await run_once(runtime, await opened(runtime, studio, count=2))
    await run_once(runtime, await opened(runtime, studio, count=1, after=1))
    await run_once(runtime, await opened(runtime, studio, count=2, after=10))
    await run_once(runtime, await opened(runtime, studio, count=1))
    assert await numbers(runtime, studio) == [1, 2, 3, 11, 12, 13]


async def test_runs_on_one_scene_at_once_never_share_a_number(runtime: Runtime) -> None:
    """Five at once: each has its numbers in a row, and none is given twice."""
    studio = await make_studio(runtime)
    run_ids = [await opened(runtime, studio, count=4) for _ in range(5)]
    with disable_run_logger():  # around them all: the first to end would give it back to the others
        assert await asyncio.gather(*(run_once(runtime, run_id) for run_id in run_ids)) == ["succeeded"] * 5
    assert await numbers(runtime, studio) == list(range(1, 21))
    for run_id in run_ids:
        own = sorted(data["shot_number"] for data in await check_whole(runtime, run_id, 4))
        assert own == list(range(own[0], own[0] + 4))


async def test_a_client_that_inserts_shots_itself(runtime: Runtime) -> None:
    """It inserts shot 1 and commits while we place ours: ours come after it, and all are there."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    async with runtime.begin() as tx:
        await tx.execute(
            text("""insert into public.shots (id, project_id, scene_id, shot_number)
                values (:id, :project, :scene, 1)"""),
            {"id": uuid.uuid4(), "project": studio.project_id, "scene": studio.scene_ids[0]},
        )
        playing = asyncio.create_task(run_once(runtime, run_id))
        await somebody_waits(runtime)
    assert await playing == "succeeded"
    assert await numbers(runtime, studio) == [1, 2, 3, 4]
    assert sorted(data["shot_number"] for data in await check_whole(runtime, run_id, 3)) == [2, 3, 4]


async def test_a_finished_shot_that_was_never_drafted_is_an_error(runtime: Runtime) -> None:
    """An unknown key and a blank shot are named; nothing is written."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, await opened(runtime, studio))
    said: list[Any] = []

    async def work(lease: Lease) -> Outcome:
        for key in ("shot/9", "shot/1"):
            try:
                await finish_shot(lease.run_id, key, key)
            except Exception as error:  # noqa: BLE001 - looked at below
                said.append(str(error))
        return Outcome()

    async with serving(runtime):
        assert await execute(runtime, lease, work) == "failed"
    assert [("shot/9" in said[0]), ("shot/1" in said[1])] == [True, True]
