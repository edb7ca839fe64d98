"""Whose turn it is: round-robin over users, never more than a user may have, by however many processes at once."""

import asyncio
import uuid
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.rows import NO_LIMITS
from wzrd.contracts.events import NewEvent
from wzrd.db.new_runs import InsertedRun, NewRow, insert_run
from wzrd.db.queue import USER_QUEUE, take_queued
from wzrd.db.run_leases import claim_run
from wzrd.db.runs import RunRow
from wzrd.domain.errors import TooMany

Named = dict[uuid.UUID, str]


async def ask(engine: AsyncEngine, user_id: uuid.UUID, *, turn: int | None = None, there: bool = False) -> uuid.UUID:
    """A new run; `turn`: it asks to go to Prefect, where its user may have so many; `there`: Prefect began it."""
    run_id = uuid.uuid4()
    async with engine.begin() as tx:
        await insert_run(
            tx,
            NewRow(
                run_id=run_id,
                kind="gen-shots",
                user_id=user_id,
                project_id=None,
                request_id=str(run_id),
                params={},
                params_hash="",
                items=[],
                events=[NewEvent("meta", {})],
            ),
            NO_LIMITS if turn is None else replace(NO_LIMITS, at_prefect=turn),
            flow_run_id=uuid.uuid4() if there else None,
        )
    return run_id


async def give(engine: AsyncEngine, **options: Any) -> list[RunRow]:
    async with engine.begin() as tx:
        return await take_queued(tx, **options)


async def handed(engine: AsyncEngine) -> Counter[uuid.UUID]:
    """Number of open runs that each user has at Prefect, by user id."""
    async with engine.begin() as tx:
        rows = await tx.execute(
            text("select user_id from wzrd.runs where finished_at is null and handed_over_at is not null")
        )
        return Counter(row.user_id for row in rows)


async def end(engine: AsyncEngine, run_id: uuid.UUID) -> None:
    async with engine.begin() as tx:
        await tx.execute(
            text("update wzrd.runs set status = 'failed', finished_at = now() where id = :id"), {"id": run_id}
        )


async def test_turns_go_round(engine: AsyncEngine) -> None:
    """Five of A's, three of B's and one of C's: each user's first, then each second; a small batch goes on there."""
    users = {name: uuid.uuid4() for name in "ABC"}
    names: Named = {}
    for name, count in (("A", 5), ("B", 3), ("C", 1)):
        for number in range(1, count + 1):
            names[await ask(engine, users[name])] = f"{name}{number}"
    first = [names[run.run_id] for run in await give(engine, per_user=16, limit=4)]
    assert first == ["A1", "B1", "C1", "A2"]
    assert [names[run.run_id] for run in await give(engine, per_user=16)] == ["A3", "B2", "A4", "B3", "A5"]
    assert await give(engine, per_user=16) == []


async def test_many_at_once_share_and_keep_the_cap(engine: AsyncEngine) -> None:
    """Twelve processes, for all users and for one: each run handed over once, no user beyond seven, none forgotten."""
    users = [uuid.uuid4() for _ in range(4)]
    for user_id in users:
        for _ in range(20):
            await ask(engine, user_id)
    given = await asyncio.gather(
        *(give(engine, per_user=7) for _ in range(6)),
        *(give(engine, per_user=7, user_id=users[n % 4]) for n in range(6)),
    )
    ids = [run.run_id for runs in given for run in runs]
    assert len(ids) == len(set(ids)) == 28
    assert set((await handed(engine)).values()) == {7}


async def test_starts_at_once_take_no_more_turns_than_there_are(engine: AsyncEngine) -> None:
    """Thirty starts and ten hand-overs together: seven are at Prefect, and no start is lost."""
    user_id = uuid.uuid4()
    await asyncio.gather(
        *(ask(engine, user_id, turn=7) for _ in range(30)),
        *(give(engine, per_user=7, user_id=user_id) for _ in range(10)),
    )
    assert await handed(engine) == {user_id: 7}


async def test_starts_at_once_leave_no_more_runs_open_than_may_be(engine: AsyncEngine) -> None:
    """Each a statement of its own, on connections of their own: who is refused leaves no row."""
    user_id, limits = uuid.uuid4(), replace(NO_LIMITS, open_runs=3)

    async def start() -> InsertedRun | None:
        run_id = uuid.uuid4()
        async with engine.connect() as plain:
            tx = await plain.execution_options(isolation_level="AUTOCOMMIT")
            new = NewRow(run_id, "gen-shots", user_id, None, str(run_id), {}, "", [], [])
            return await insert_run(tx, new, limits)

    ends = await asyncio.gather(*(start() for _ in range(12)), return_exceptions=True)
    assert Counter(type(end) for end in ends) == {InsertedRun: 3, TooMany: 9}
    async with engine.begin() as tx:
        assert await tx.scalar(text("select count(*) from wzrd.runs where user_id = :id"), {"id": user_id}) == 3


async def test_a_new_run_overtakes_none_that_waits(engine: AsyncEngine) -> None:
    """There is room, but somebody older waits for it: both wait, and the older is handed over first."""
    user_id = uuid.uuid4()
    there = await ask(engine, user_id, turn=1)
    older = await ask(engine, user_id, turn=1)
    await end(engine, there)
    newer = await ask(engine, user_id, turn=1)
    assert await handed(engine) == {}
    assert [run.run_id for run in await give(engine, per_user=1, user_id=user_id)] == [older]
    await end(engine, older)
    assert [run.run_id for run in await give(engine, per_user=1, user_id=user_id)] == [newer]


async def test_a_run_that_somebody_is_busy_with_is_passed_over(engine: AsyncEngine) -> None:
    """Its row is locked by a cancel that takes its time: the next is handed over meanwhile, and nobody waits."""
    user_id = uuid.uuid4()
    first, second = [await ask(engine, user_id) for _ in range(2)]
    async with engine.begin() as tx, asyncio.timeout(60):
        await tx.execute(text("select 1 from wzrd.runs where id = :id for update"), {"id": first})
        assert [run.run_id for run in await give(engine, per_user=2, user_id=user_id)] == [second]
    assert [run.run_id for run in await give(engine, per_user=2)] == [first]


async def test_what_is_at_prefect_counts_however_it_came_there(engine: AsyncEngine) -> None:
    """Begun by Prefect's form, or claimed by a worker: it takes one of its user's places; an inline run takes none."""
    user_id = uuid.uuid4()
    await ask(engine, user_id, there=True)
    claimed = await ask(engine, user_id)
    inline = await ask(engine, user_id)
    async with engine.begin() as tx:
        await claim_run(tx, claimed, owner="me", flow_run_id=None)
        await tx.execute(text("update wzrd.runs set executor = 'inline' where id = :id"), {"id": inline})
    waiting = await ask(engine, user_id, turn=2)
    assert await give(engine, per_user=2) == []
    assert [run.run_id for run in await give(engine, per_user=3)] == [waiting]


@pytest.mark.parametrize("users", [1, 30])
async def test_those_without_room_keep_nobody_from_a_turn(engine: AsyncEngine, users: int) -> None:
    """Users whose places are all taken are not even looked at: a round of one user finds the one with room."""
    for _ in range(users):
        full = uuid.uuid4()
        await ask(engine, full, there=True)
        await ask(engine, full)
    free = uuid.uuid4()
    run_id = await ask(engine, free)
    assert [run.run_id for run in await give(engine, per_user=1, users=1)] == [run_id]


async def test_a_run_that_is_inserted_has_its_users_queue_locked(engine: AsyncEngine) -> None:
    """Whoever counts the user's slots meanwhile waits; another user's are counted."""
    user_id, run_id = uuid.uuid4(), uuid.uuid4()
    held = text(f"select not pg_try_advisory_xact_lock({USER_QUEUE.format(user=':user_id')})")
    async with engine.begin() as tx, engine.begin() as other:
        await insert_run(tx, NewRow(run_id, "gen-shots", user_id, None, str(run_id), {}, "", [], []), NO_LIMITS)
        assert await other.scalar(held, {"user_id": user_id})
        assert not await other.scalar(held, {"user_id": uuid.uuid4()})
