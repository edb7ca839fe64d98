"""The keeper of leases: one statement for all, and the right work stopped for the right reason."""

import asyncio
import contextlib
import os
import sys
import time
import uuid
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.rows import NO_LIMITS
from tests.waiting import let_others_run, looks, until
from wzrd.contracts.events import NewEvent
from wzrd.db.new_runs import NewRow, insert_run
from wzrd.db.run_leases import claim_run, expire_lease, fence, reap_expired
from wzrd.db.runs import request_cancel
from wzrd.domain.errors import LeaseLost
from wzrd.domain.runs import Lease
from wzrd.runtime.heartbeat import SILENT_EXIT, LeaseKeeper, Silence, Watch


async def claim(engine: AsyncEngine, owner: str, run_id: uuid.UUID) -> Lease:
    async with engine.begin() as tx:
        lease = await claim_run(tx, run_id, owner=owner, flow_run_id=None)
    assert lease is not None
    return lease


async def claimed(engine: AsyncEngine, keeper: LeaseKeeper) -> Lease:
    run_id = uuid.uuid4()
    async with engine.begin() as tx:
        await insert_run(
            tx,
            NewRow(
                run_id=run_id,
                kind="gen-shots",
                user_id=uuid.uuid4(),
                project_id=None,
                request_id="r",
                params={},
                params_hash="",
                items=[],
                events=[NewEvent("meta", {})],
            ),
            NO_LIMITS,
        )
    return await claim(engine, keeper.owner, run_id)


@asynccontextmanager
async def keeping(engine: AsyncEngine, *, seconds: float = 10.0, **how: Any) -> AsyncGenerator[LeaseKeeper]:
    keeper = LeaseKeeper(engine, "me", seconds=seconds, **how)
    try:
        yield keeper
    finally:
        await keeper.close()


@contextmanager
def working() -> Generator["asyncio.Task[Any]"]:
    task = asyncio.create_task(asyncio.Event().wait())
    try:
        yield task
    finally:
        task.cancel()


async def stopped(watch: Watch) -> bool:
    await asyncio.wait({watch.work}, timeout=60)
    return watch.work.cancelled()


async def remaining(engine: AsyncEngine) -> list[float]:
    statement = text("select extract(epoch from lease_until - clock_timestamp()) from wzrd.runs")
    async with engine.begin() as tx:
        return [float(row[0]) for row in await tx.execute(statement)]


async def renew(keeper: LeaseKeeper) -> None:
    """One round of the thread's, heard by the loop."""
    await asyncio.to_thread(keeper.renew, asyncio.get_running_loop())


async def let_run_out(engine: AsyncEngine) -> None:
    async with engine.begin() as tx:
        await tx.execute(text("update wzrd.runs set lease_until = clock_timestamp()"))


async def test_all_leases_are_renewed_by_one_statement(engine: AsyncEngine) -> None:
    """Twenty runs cost one UPDATE, and each has its whole time again."""
    statements = list[str]()

    def note(_c: Any, _u: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    async with keeping(engine) as keeper:
        with contextlib.ExitStack() as stack:
            watches = [
                stack.enter_context(keeper.watch(await claimed(engine, keeper), stack.enter_context(working())))
                for _ in range(20)
            ]
            await let_run_out(engine)
            event.listen(Engine, "before_cursor_execute", note)
            await renew(keeper)
            event.remove(Engine, "before_cursor_execute", note)
            assert len(statements) == 1
            assert all(9 < seconds <= 10 for seconds in await remaining(engine))
            assert [watch.reason for watch in watches] == [None] * 20


async def test_only_the_work_that_lost_its_lease_is_stopped(engine: AsyncEngine) -> None:
    """Claimed by another process: that run's work ends as lost, its neighbour goes on."""
    async with keeping(engine) as keeper:
        lost, kept = await claimed(engine, keeper), await claimed(engine, keeper)
        with working() as a, working() as b, keeper.watch(lost, a) as losing, keeper.watch(kept, b) as keeping_on:
            await claim(engine, "somebody else", lost.run_id)
            await renew(keeper)
            assert await stopped(losing)
            assert (losing.reason, keeping_on.reason) == ("lost", None)
            assert not b.done()
            with pytest.raises(LeaseLost):
                keeper.current(lost.run_id)
            assert keeper.current(kept.run_id) == kept


async def test_a_lease_that_merely_ran_out_is_still_ours(engine: AsyncEngine) -> None:
    """Late is not lost: as long as nobody took the run, its owner renews and goes on."""
    async with keeping(engine) as keeper:
        lease = await claimed(engine, keeper)
        with working() as work, keeper.watch(lease, work) as watch:
            await let_run_out(engine)
            await renew(keeper)
            assert watch.reason is None
            assert (await remaining(engine))[0] > 9


async def test_a_lease_that_was_handed_over_stays_so(engine: AsyncEngine) -> None:
    """A renewal that was on its way while the process let go does not take the run back."""
    async with keeping(engine) as keeper:
        lease = await claimed(engine, keeper)
        with working() as work, keeper.watch(lease, work):
            async with engine.begin() as tx:
                assert await expire_lease(tx, lease)
            await renew(keeper)
            assert (await remaining(engine))[0] < 0


async def test_a_cancel_flag_is_seen_at_the_next_renewal(engine: AsyncEngine) -> None:
    """Even if the notification was lost."""
    async with keeping(engine) as keeper:
        lease = await claimed(engine, keeper)
        with working() as work, keeper.watch(lease, work) as watch:
            async with engine.begin() as tx:
                await request_cancel(tx, lease.run_id)
            await renew(keeper)
            assert await stopped(watch)
            assert watch.reason == "cancel"
            assert keeper.current(lease.run_id) == lease, "a canceled run is still ours to settle"


async def test_a_cancel_told_stops_the_work_at_once(engine: AsyncEngine) -> None:
    """Without the database; telling it again, or of a run that is not here, does nothing; the first reason stays."""
    async with keeping(engine) as keeper:
        lease = await claimed(engine, keeper)
        keeper.cancel(lease.run_id)
        with working() as work, keeper.watch(lease, work) as watch:
            keeper.cancel(uuid.uuid4())
            assert watch.reason is None
            for _ in range(2):
                keeper.cancel(lease.run_id)
            assert await stopped(watch)
            await claim(engine, "somebody else", lease.run_id)
            await renew(keeper)
            assert watch.reason == "cancel"


async def test_a_second_claim_in_one_process_ends_the_first(engine: AsyncEngine) -> None:
    """The former work is stopped as lost; when it leaves, it does not take the newcomer's watch along."""
    async with keeping(engine) as keeper:
        first = await claimed(engine, keeper)
        with working() as a, working() as b, contextlib.ExitStack() as stack:
            former = stack.enter_context(keeper.watch(first, a))
            second = await claim(engine, keeper.owner, first.run_id)
            with keeper.watch(second, b) as current:
                assert await stopped(former)
                assert former.reason == "lost"
                stack.close()
                assert keeper.current(first.run_id) == second
                await renew(keeper)
                assert (current.reason, len(keeper)) == (None, 1)
        assert len(keeper) == 0


async def test_of_two_claims_in_one_process_the_later_one_stands(engine: AsyncEngine) -> None:
    """The former claim's work begins last: it is lost at once, and the newcomer's goes on."""
    async with keeping(engine) as keeper:
        first = await claimed(engine, keeper)
        second = await claim(engine, keeper.owner, first.run_id)
        with working() as a, working() as b, keeper.watch(second, b) as current:
            with keeper.watch(first, a) as late:
                assert await stopped(late)
                assert (late.reason, keeper.current(first.run_id)) == ("lost", second)
            await renew(keeper)
            assert (current.reason, len(keeper)) == (None, 1)


async def test_what_is_not_executed_has_no_lease(engine: AsyncEngine) -> None:
    """Before and after a watch there is none to write under."""
    async with keeping(engine) as keeper:
        lease = await claimed(engine, keeper)
        with pytest.raises(LeaseLost):
            keeper.current(lease.run_id)
        with working() as work, keeper.watch(lease, work):
            assert keeper.current(lease.run_id) == lease
        with pytest.raises(LeaseLost):
            keeper.current(lease.run_id)


async def test_leases_are_kept_in_the_background_through_an_outage(database_url: str, engine: AsyncEngine) -> None:
    """Renewed without being told; a cut connection stops no work, and the next renewal goes through."""
    cut = """select count(pg_terminate_backend(pid)) from pg_stat_activity
        where application_name = 'wzrd-leases' and datname = current_database()"""
    async with keeping(engine, seconds=0.3) as keeper:
        lease = await claimed(engine, keeper)
        with working() as work, keeper.watch(lease, work) as watch:
            for outage in (False, True, False):
                if outage:
                    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
                        ended = await (await connection.execute(cut)).fetchone()
                    assert ended == (1,)
                await let_run_out(engine)
                async for _ in looks():
                    if (await remaining(engine))[0] > 0:
                        break
            assert watch.reason is None
            assert not work.done()


async def test_a_keeper_that_was_idle_keeps_again(engine: AsyncEngine) -> None:
    """When the last run ends it stops asking; with the next run it begins anew."""
    async with keeping(engine, seconds=0.15) as keeper:
        for _ in range(2):
            lease = await claimed(engine, keeper)
            with working() as work, keeper.watch(lease, work):
                await let_run_out(engine)
                async for _ in looks():
                    if max(await remaining(engine)) > 0:
                        break
            await asyncio.sleep(0.1)  # that it asks no more has no signal


def block_until(database_url: str, condition: LiteralString, *, seconds: float = 60) -> bool:
    """Stand still within the loop until the database says so; whether it did."""
    until = time.monotonic() + seconds
    with psycopg.connect(database_url, autocommit=True) as connection:
        while time.monotonic() < until:
            if connection.execute(f"select 1 from wzrd.runs where {condition}").fetchall():
                return True
            time.sleep(0.01)  # the loop is to stand still
    return False


async def test_a_step_longer_than_the_lease_costs_no_lease(database_url: str, engine: AsyncEngine) -> None:
    """The loop stands still for three leases, one after the other: each time it has its whole time again."""
    async with keeping(engine, seconds=0.5) as keeper:
        lease = await claimed(engine, keeper)
        with working() as work, keeper.watch(lease, work) as watch:
            for _ in range(3):
                await let_run_out(engine)
                assert block_until(database_url, "lease_until > clock_timestamp()"), "renewed while the loop stood"
            await let_others_run()
            assert watch.reason is None


async def test_a_loop_that_stood_still_hears_what_it_lost(database_url: str, engine: AsyncEngine) -> None:
    """Claimed by another meanwhile: its work is stopped as lost as soon as the loop goes on."""
    async with keeping(engine, seconds=0.5) as keeper:
        lease = await claimed(engine, keeper)
        with working() as work, keeper.watch(lease, work) as watch:
            await claim(engine, "somebody else", lease.run_id)
            time.sleep(0.5)  # noqa: ASYNC251 - the loop stands still, whatever the thread finds meanwhile
            assert watch.reason is None
            assert await stopped(watch)
            assert watch.reason == "lost"


async def test_a_row_that_somebody_holds_keeps_no_other_from_its_lease(engine: AsyncEngine) -> None:
    """A transaction that a blocked loop left open holds one run's row: the others are renewed, and that one later."""
    async with keeping(engine) as keeper:
        held, free = await claimed(engine, keeper), await claimed(engine, keeper)
        with working() as a, working() as b, keeper.watch(held, a) as holding, keeper.watch(free, b) as other:
            await let_run_out(engine)
            async with engine.begin() as tx:
                await fence(tx, held)
                await asyncio.wait_for(renew(keeper), 60)
                assert sorted(seconds > 9 for seconds in await remaining(engine)) == [False, True]
            assert (holding.reason, other.reason) == (None, None), "who is written is not lost"
            await renew(keeper)
            assert all(seconds > 9 for seconds in await remaining(engine))


async def test_a_loop_that_is_silent_for_too_long_is_given_up(database_url: str, engine: AsyncEngine) -> None:
    """Its leases run out although the thread could renew them, and the process is told to end, once, and why."""
    told = list[str]()
    async with keeping(engine, seconds=0.3, silence=0.5, give_up=told.append) as keeper:
        lease = await claimed(engine, keeper)
        with working() as work, keeper.watch(lease, work):
            until = time.monotonic() + 60
            while not told and time.monotonic() < until:
                time.sleep(0.01)  # noqa: ASYNC251 - this is the silence
            assert block_until(database_url, "lease_until < clock_timestamp()"), "nobody renews any more"
            assert len(told) == 1
            assert "has not answered" in told[0]
            assert "1 run is taken over" in told[0]


async def test_a_loop_that_answers_is_never_given_up(engine: AsyncEngine) -> None:
    """Many rounds, each answered, though together they last longer than the silence that is borne."""
    told, rounds = list[str](), list[str]()

    def note(*_: Any) -> None:
        rounds.append("")

    async with keeping(engine, seconds=0.3, silence=0.5, give_up=told.append) as keeper:
        event.listen(Engine, "before_cursor_execute", note)
        with working() as work, keeper.watch(await claimed(engine, keeper), work):
            await until(lambda: len(rounds) >= 30)
        event.remove(Engine, "before_cursor_execute", note)
    assert told == []


@given(st.lists(st.tuples(st.floats(0, 1000), st.booleans()), max_size=30))
def test_silence_counts_no_time_in_which_nothing_ran(looks: list[tuple[float, bool]]) -> None:
    """At most `most` a look, whatever the clock says (the process was stopped); an answer begins anew."""
    silence, now, counted = Silence(2.0), 0.0, 0.0
    silence.look(now, answered=True)
    for passed, answered in looks:
        now += passed
        counted = 0.0 if answered else counted + min(passed, 2.0)
        assert silence.look(now, answered=answered) == pytest.approx(counted)


_SILENT = """
import asyncio, sys, threading, uuid
from wzrd.operations import KINDS
from wzrd.runs.execute import claim, execute
from wzrd.runtime.process import open_runtime
from wzrd.models.checked_settings import load

async def work(lease):
    print("blocked", flush=True)
    threading.Event().wait()

async def main():
    async with open_runtime(load(), KINDS, application="wzrd-test") as runtime:
        await execute(runtime, await claim(runtime, uuid.UUID(sys.argv[1]), flow_run_id=None), work)

asyncio.run(main())
"""


async def test_a_process_whose_loop_is_silent_ends_and_its_run_is_taken_over(
    database_url: str, engine: AsyncEngine, tmp_path: Path
) -> None:
    """It keeps its lease while it is borne; then it ends, says why and where it stood, and a reaper has the run."""
    async with keeping(engine) as nobody:
        run_id = (await claimed(engine, nobody)).run_id
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "PYTHONPATH": str(Path.cwd()),
        "WZRD_DATABASE_URL": database_url,
        "WZRD_HOME": str(tmp_path),
        "WZRD_LEASE_SECONDS": "1",
        "WZRD_LOOP_SILENCE": "2",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SILENT, str(run_id), env=environment, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(120):
            out, told = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert out == b"blocked\n"
    assert process.returncode == SILENT_EXIT, told.decode()
    assert b"the event loop has not answered for" in told
    assert b"WZRD_LOOP_SILENCE" in told
    assert b"in work" in told, "the stack shows what it stood in"
    async for _ in looks():
        if (await remaining(engine))[0] <= 0:
            break
    async with engine.begin() as tx:
        assert [reaped.run_id for reaped in await reap_expired(tx)] == [run_id]
    assert (await claim(engine, "another process", run_id)).epoch > 2
