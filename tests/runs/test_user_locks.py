"""Many starts of one user at once: they wait for each other, not before everybody else."""

import asyncio
import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.rows import Studio, make_studio
from tests.waiting import answer_of, let_others_run, until
from wzrd.db.engine import open_engine, pool_size
from wzrd.db.ledger import lock_account
from wzrd.domain.errors import Unavailable
from wzrd.operations.gen_shots import GenShotsParams, start_gen_shots
from wzrd.runs.start import StartResult
from wzrd.runtime.process import Runtime
from wzrd.runtime.session import UserLocks
from wzrd.slots import working_for

MANY = 40
"""More than a pool has connections."""

_WAITING = text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")


async def _open(runtime: Runtime, studio: Studio, request: str) -> StartResult[None]:
    wanted = GenShotsParams(user_id=studio.user_id, project_id=str(studio.project_id), shot_count=1, request_id=request)
    return await start_gen_shots(runtime, wanted)


async def _waiting(engine: AsyncEngine, at_least: int) -> int:
    """The sessions that wait for a lock, once there are so many."""

    async def waiting() -> int:
        async with engine.connect() as connection:
            return await connection.scalar(_WAITING) or 0

    return await answer_of(waiting, lambda found: found >= at_least)


async def test_a_user_who_waits_keeps_nobody_else_waiting(runtime: Runtime, database_url: str) -> None:
    """Forty starts wait for their user's locked account with one connection; another user's start goes through."""
    busy, other = await make_studio(runtime), await make_studio(runtime)
    outside = open_engine(database_url)
    async with outside.begin() as tx:
        await lock_account(tx, busy.user_id)
        starting = [asyncio.create_task(_open(runtime, busy, f"r{n}")) for n in range(MANY)]
        await _waiting(outside, 1)
        async with asyncio.timeout(60):  # the pool's own patience is shorter: it would raise
            assert (await _open(runtime, other, "r")).created
        assert await _waiting(outside, 1) == 1
        assert not any(task.done() for task in starting)
    started = await asyncio.gather(*starting)
    await outside.dispose()
    assert all(one.created for one in started)


async def test_a_connection_goes_to_whoever_has_fewest(runtime: Runtime) -> None:
    """One user's many transactions wait behind another's single one, as soon as any of them ends."""
    begun, end = list[str](), asyncio.Event()

    async def one(user: str) -> None:
        with working_for(user):
            async with runtime.begin():
                begun.append(user)
                await end.wait()

    size = pool_size(runtime.engine)
    many = [asyncio.create_task(one("many")) for _ in range(3 * size)]
    await until(lambda: len(begun) == size)
    few = asyncio.create_task(one("few"))
    await let_others_run()
    end.set()
    await asyncio.gather(few, *many)
    assert "few" in begun[: size + 1]


async def test_turns_come_in_order_and_end_with_a_failure() -> None:
    """First come, first served; one that fails or is cancelled leaves its turn to the next."""
    locks, user_id, seen = UserLocks(), uuid.uuid4(), list[int]()

    async def one(number: int) -> None:
        async with locks.of(user_id):
            seen.append(number)
            await let_others_run()
            if number % 2:
                raise ValueError(number)

    tasks = [asyncio.create_task(one(number)) for number in range(6)]
    await let_others_run()
    tasks[4].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert seen == [0, 1, 2, 3, 5]


async def test_a_turn_that_does_not_come_is_told() -> None:
    """The client hears that it may try again; whoever has the turn keeps it."""
    locks, user_id = UserLocks(), uuid.uuid4()
    async with locks.of(user_id):
        with pytest.raises(Unavailable, match="try again"):
            async with locks.of(user_id, seconds=0.01):
                pytest.fail("two have the same turn")
    async with locks.of(user_id, seconds=0.01):
        pass
