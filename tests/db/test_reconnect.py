"""Pooled connections whose server went away: nobody notices, unless a transaction was under way."""

import asyncio
import signal
from collections.abc import AsyncGenerator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from server.stack import postgres
from tests.database import Database, own_database
from wzrd.db.engine import begin, is_outage, open_engine
from wzrd.db.listen import Listener, Notifier
from wzrd.db.run_leases import LeaseRenewals

POOL = 6


@pytest.fixture
async def database() -> AsyncGenerator[Database]:
    async with own_database() as made:
        yield made


@pytest.fixture
async def pool(cluster: postgres.Cluster) -> AsyncGenerator[AsyncEngine]:
    """A small pool at the session's PostgreSQL, every connection of it warm."""
    engine = open_engine(cluster.url("postgres"), pool_size=POOL, application="wzrd-reconnect")
    await warm(engine)
    yield engine
    await engine.dispose()


async def pid(engine: AsyncEngine) -> int:
    async with begin(engine) as tx:
        return (await tx.execute(text("select pg_backend_pid(), pg_sleep(0.01)"))).one()[0]


async def warm(engine: AsyncEngine) -> set[int]:
    """All of the pool's connections, each used at the same time as the others."""
    meeting = asyncio.Barrier(POOL)

    async def one() -> int:
        async with begin(engine) as tx:
            number = await tx.scalar(text("select pg_backend_pid()"))
            await meeting.wait()
            return int(number or 0)

    pids = set(await asyncio.gather(*(one() for _ in range(POOL))))
    assert len(pids) == POOL
    return pids


async def terminate(cluster: postgres.Cluster, pids: set[int]) -> None:
    """End these backends, and return when they are gone."""
    async with await psycopg.AsyncConnection.connect(cluster.url("postgres"), autocommit=True) as connection:
        ended = await connection.execute("select pg_terminate_backend(pid, 5000) from unnest(%s) as pid", [list(pids)])
        assert await ended.fetchall() == [(True,)] * len(pids)


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGKILL], ids=["fast shutdown", "kill -9"])
async def test_a_restart_costs_no_transaction(database: Database, first: signal.Signals) -> None:
    """All of a warm pool's transactions go through after a restart, whether PostgreSQL said good-bye or not."""
    engine = open_engine(database.cluster.url("postgres"), pool_size=POOL)
    try:
        before = await warm(engine)
        await database.stop(first)
        await database.start()
        pids = await asyncio.gather(*(pid(engine) for _ in range(5 * POOL)))
        assert before.isdisjoint(pids)
    finally:
        await engine.dispose()


async def test_ended_backends_cost_no_transaction(cluster: postgres.Cluster, pool: AsyncEngine) -> None:
    """However many are dead: forty transactions at once all go through, ten times over."""
    for _ in range(10):
        dead = await warm(pool)
        await terminate(cluster, dead)
        assert dead.isdisjoint(await asyncio.gather(*(pid(pool) for _ in range(40))))


async def test_one_dead_connection_costs_the_others_nothing(cluster: postgres.Cluster, pool: AsyncEngine) -> None:
    """Only what is dead is opened anew."""
    before = await warm(pool)
    dead = min(before)
    await terminate(cluster, {dead})
    after = await warm(pool)
    assert before - after == {dead}


async def test_a_transaction_under_way_is_not_repeated(cluster: postgres.Cluster, pool: AsyncEngine) -> None:
    """A transaction that died after its first statement is an outage for its caller; the next one goes through."""

    async def work() -> None:
        async with begin(pool) as tx:
            number = await tx.scalar(text("select pg_backend_pid()"))
            await terminate(cluster, {int(number or 0)})
            await tx.execute(text("select 1"))

    with pytest.raises(DBAPIError) as caught:
        await work()
    assert is_outage(caught.value)
    assert await pid(pool)


async def test_a_database_that_stays_away_is_an_outage(database: Database) -> None:
    """A dead connection that can't be replaced raises what the caller knows as an outage, at once."""
    engine = open_engine(database.cluster.url("postgres"), pool_size=POOL)
    try:
        await warm(engine)
        await database.stop()
        for _ in range(2 * POOL):
            with pytest.raises(DBAPIError) as caught:
                await pid(engine)
            assert is_outage(caught.value)
    finally:
        await engine.dispose()


async def test_a_connection_with_something_to_read_is_no_dead_one(cluster: postgres.Cluster, pool: AsyncEngine) -> None:
    """A notification that nobody fetched is no farewell: the connection is kept."""
    await pool.dispose()
    single = open_engine(cluster.url("postgres"), pool_size=1)
    try:
        async with begin(single) as tx:
            await tx.execute(text("listen harmless"))
        before = await pid(single)
        async with begin(pool) as tx:
            await tx.execute(text("notify harmless"))
        assert await pid(single) == before
    finally:
        await single.dispose()


async def test_a_notification_is_sent_over_a_fresh_connection(cluster: postgres.Cluster, pool: AsyncEngine) -> None:
    """A worker is woken by the first hint after a restart."""
    heard = asyncio.Queue[str]()
    listener = Listener(cluster.url("postgres"), {"wzrd_hint": heard.put_nowait})
    await listener.start()
    notifier = Notifier(pool)
    try:
        await listener.connected.wait()
        await terminate(cluster, await warm(pool))
        notifier.notify("wzrd_hint", "here")
        async with asyncio.timeout(60):
            assert await heard.get() == "here"
    finally:
        await notifier.close()
        await listener.close()


async def test_leases_are_renewed_over_a_fresh_connection(cluster: postgres.Cluster, engine: AsyncEngine) -> None:
    """A renewal right after a restart doesn't fail: a lease of ten seconds has few of them."""
    renewals = LeaseRenewals(engine, "somebody", seconds=10)
    assert await asyncio.to_thread(renewals.renew, []) == {}
    theirs = text("""select pid from pg_stat_activity
        where application_name = 'wzrd-leases' and datname = current_database()""")
    async with begin(engine) as tx:
        (number,) = (await tx.scalars(theirs)).all()
    await terminate(cluster, {number})
    assert await asyncio.to_thread(renewals.renew, []) == {}
    renewals.close()
