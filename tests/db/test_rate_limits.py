"""Counting within a minute: never over the limit, however many come at once and from however many processes."""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from wzrd.db.engine import begin, open_engine
from wzrd.db.rate_limits import WINDOW_SECONDS, count_event


async def _count(engine: AsyncEngine, bucket: str = "a", limit: int = 3) -> float:
    async with begin(engine) as tx:
        return await count_event(tx, bucket, limit)


async def _age(engine: AsyncEngine, seconds: float) -> None:
    """Let all events have happened `seconds` earlier."""
    async with begin(engine) as tx:
        statement = text("""
            update wzrd.rate_limits set last_at = last_at - make_interval(secs => :s),
                   recent = array(select t - make_interval(secs => :s) from unnest(recent) t)
        """)
        await tx.execute(statement, {"s": seconds})


async def _buckets(engine: AsyncEngine) -> dict[str, int]:
    async with begin(engine) as tx:
        rows = await tx.execute(text("select bucket, cardinality(recent) from wzrd.rate_limits"))
        return {row.bucket: row.cardinality for row in rows}


async def test_events_count_up_to_the_limit(engine: AsyncEngine) -> None:
    """The fourth of three waits for the first to be a minute old; another bucket is not concerned."""
    assert [await _count(engine) for _ in range(3)] == [0, 0, 0]
    assert WINDOW_SECONDS - 5 < await _count(engine) <= WINDOW_SECONDS
    assert await _count(engine, "b") == 0


async def test_the_window_slides(engine: AsyncEngine) -> None:
    """No minute whatever has more events than the limit: two at its end leave room for one at the next one's start."""
    await _count(engine)
    await _age(engine, 40)
    assert [await _count(engine) for _ in range(2)] == [0, 0]
    assert 15 < await _count(engine) <= 20
    await _age(engine, 20)
    assert await _count(engine) == 0
    assert 35 < await _count(engine) <= 40


async def test_a_lowered_limit_counts_at_once(engine: AsyncEngine) -> None:
    """The wait is until there is room under the limit of now: the second latest event must go, not the first one."""
    await _count(engine)
    await _age(engine, 30)
    assert [await _count(engine) for _ in range(2)] == [0, 0]
    assert WINDOW_SECONDS - 5 < await _count(engine, limit=2) <= WINDOW_SECONDS
    assert await _count(engine, limit=4) == 0


async def test_forty_at_once_from_two_processes(engine: AsyncEngine, database_url: str) -> None:
    """Two pools, as two processes have: three get through, a first event of a bucket being the hardest case."""
    other = open_engine(database_url, pool_size=20, pool_seconds=120)
    try:
        waits = await asyncio.gather(*(_count(one) for one in (engine, other) for _ in range(20)))
    finally:
        await other.dispose()
    assert waits.count(0) == 3
    assert await _buckets(engine) == {"a": 3}


async def test_what_is_rolled_back_or_refused_is_not_counted(engine: AsyncEngine) -> None:
    """Neither a failed transaction nor a refusal takes a place."""
    async with engine.connect() as tx:
        assert await count_event(tx, "a", 1) == 0
        await tx.rollback()
    assert await _count(engine, limit=1) == 0
    assert await _count(engine, limit=1) > 0
    assert await _buckets(engine) == {"a": 1}


async def test_old_buckets_are_forgotten(engine: AsyncEngine) -> None:
    """A bucket without an event for two minutes goes with the next event of any other."""
    await _count(engine, "old")
    await _age(engine, 2 * WINDOW_SECONDS + 1)
    await _count(engine, "new")
    assert await _buckets(engine) == {"new": 1}


async def test_counting_and_forgetting_at_once_never_deadlock(engine: AsyncEngine) -> None:
    """Of a thousand stale buckets everybody who counts forgets a hundred, perhaps one that another counts just then."""
    stale = text("""
        insert into wzrd.rate_limits select 'bucket ' || n, array[now() - interval '1 hour'], now() - interval '1 hour'
        from generate_series(1, 1000) n on conflict do nothing
    """)
    for _ in range(3):
        async with begin(engine) as tx:
            await tx.execute(text("truncate wzrd.rate_limits"))
            await tx.execute(stale)
        waits = await asyncio.gather(*(_count(engine, f"bucket {n}") for n in range(1000, 0, -20)))
        assert waits == [0] * 50
