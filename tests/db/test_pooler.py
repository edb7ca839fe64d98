"""Connections that a pooler lends from one transaction to the next."""

import asyncio

import pytest
from sqlalchemy import text

from server.stack import postgres
from tests.databases import fresh_database
from tests.pgbouncer import needs_pgbouncer, pooler
from tests.waiting import until
from wzrd.db.engine import open_engine
from wzrd.db.listen import RUN_EVENTS, Listener, Notifier


@needs_pgbouncer
@pytest.mark.parametrize("known", [200, 0])
async def test_statements_that_come_again(cluster: postgres.Cluster, known: int) -> None:
    """Sixteen at a time over three connections: prepared where the pooler knows such statements, else never."""
    async with (
        fresh_database(cluster) as url,
        pooler(cluster, default_pool_size=3, max_prepared_statements=known) as at,
    ):
        engine = open_engine(f"{at}/{url.partition('@/')[2].partition('?')[0]}", pool_size=8, prepare=known > 0)

        async def ask(number: int) -> None:
            for _ in range(6):
                async with engine.begin() as tx:
                    statement = text("select cast(:number as int) + 1, pg_sleep(0.002)")
                    assert (await tx.execute(statement, {"number": number})).one()[0] == number + 1

        await asyncio.gather(*(ask(number) for number in range(16)))
        await engine.dispose()


@needs_pgbouncer
async def test_notifications_do_not_arrive(cluster: postgres.Cluster) -> None:
    """Neither end fails: who listens hears nothing, and is told by `on_gap` to look for itself."""
    async with fresh_database(cluster) as url, pooler(cluster) as at:
        through, heard, gaps = f"{at}/{url.partition('@/')[2].partition('?')[0]}", list[str](), list[bool]()
        listener = Listener(through, {RUN_EVENTS: heard.append}, on_gap=lambda: gaps.append(True))
        engine = open_engine(through, pool_size=1)
        await listener.start()
        await until(lambda: gaps)
        notifier = Notifier(engine)
        notifier.notify(RUN_EVENTS, "a run")
        await notifier.close()
        await listener.close()
        await engine.dispose()
        assert (heard, gaps) == ([], [True])
