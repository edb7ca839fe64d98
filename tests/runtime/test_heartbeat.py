"""The keeper of leases: one statement for all, and the right work stopped for the right reason."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.contracts.events import NewEvent
from wzrd.db.engine import open_engine
from wzrd.db.run_leases import claim_run, expire_lease
from wzrd.db.runs import NewRow, insert_run, request_cancel
from wzrd.domain.errors import LeaseLost
from wzrd.domain.lease import Lease
from wzrd.runtime.heartbeat import LeaseKeeper, Watch


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
        )
    return await claim(engine, keeper.owner, run_id)


@asynccontextmanager
async def keeping(engine: AsyncEngine, *, seconds: float = 10.0) -> AsyncGenerator[LeaseKeeper]:
    keeper = LeaseKeeper(engine, "me", seconds=seconds)
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
            event.listen(engine.sync_engine, "before_cursor_execute", note)
            await keeper.renew()
            event.remove(engine.sync_engine, "before_cursor_execute", note)
            assert len(statements) == 1
            assert all(9 < seconds <= 10 for seconds in await remaining(engine))
            assert [watch.reason for watch in watches] == [None] * 20


async def test_only_the_work_that_lost_its_lease_is_stopped(engine: AsyncEngine) -> None:
    """Claimed by another process: that run's work ends as lost, its neighbour goes on."""
    async with keeping(engine) as keeper:
        lost, kept = await claimed(engine, keeper), await claimed(engine, keeper)
        with working() as a, working() as b, keeper.watch(lost, a) as losing, keeper.watch(kept, b) as keeping_on:
            await claim(engine, "somebody else", lost.run_id)
            await keeper.renew()
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
            await keeper.renew()
            assert watch.reason is None
            assert (await remaining(engine))[0] > 9


async def test_a_lease_that_was_handed_over_stays_so(engine: AsyncEngine) -> None:
    """A renewal that was on its way while the process let go does not take the run back."""
    async with keeping(engine) as keeper:
        lease = await claimed(engine, keeper)
        with working() as work, keeper.watch(lease, work):
            async with engine.begin() as tx:
                assert await expire_lease(tx, lease)
            await keeper.renew()
            assert (await remaining(engine))[0] < 0


async def test_a_cancel_flag_is_seen_at_the_next_renewal(engine: AsyncEngine) -> None:
    """Even if the notification was lost."""
    async with keeping(engine) as keeper:
        lease = await claimed(engine, keeper)
        with working() as work, keeper.watch(lease, work) as watch:
            async with engine.begin() as tx:
                await request_cancel(tx, lease.run_id)
            await keeper.renew()
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
            await keeper.renew()
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
                await keeper.renew()
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
            await keeper.renew()
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
    own = open_engine(database_url, pool_size=1, application="wzrd-keeper")
    cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'wzrd-keeper'"
    async with keeping(own, seconds=0.3) as keeper:
        lease = await claimed(engine, keeper)
        with working() as work, keeper.watch(lease, work) as watch:
            for outage in (False, True, False):
                if outage:
                    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
                        await connection.execute(cut)
                await let_run_out(engine)
                async with asyncio.timeout(60):
                    while (await remaining(engine))[0] <= 0:
                        await asyncio.sleep(0.02)
            assert watch.reason is None
            assert not work.done()
    await own.dispose()


async def test_a_keeper_that_was_idle_keeps_again(engine: AsyncEngine) -> None:
    """When the last run ends it stops asking; with the next run it begins anew."""
    async with keeping(engine, seconds=0.15) as keeper:
        for _ in range(2):
            lease = await claimed(engine, keeper)
            with working() as work, keeper.watch(lease, work):
                await let_run_out(engine)
                async with asyncio.timeout(60):
                    while max(await remaining(engine)) <= 0:
                        await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
