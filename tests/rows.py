"""Rows that tests start from: a user with credits, a project, its scenes."""

import uuid
from dataclasses import dataclass, field

from sqlalchemy import text

from tests.waiting import looks
from wzrd.db import ledger
from wzrd.db.engine import Tx, to_json
from wzrd.db.invariants import list_violations
from wzrd.db.queue import QueueLimits
from wzrd.db.users import list_transactions
from wzrd.runtime.process import Runtime

NO_LIMITS = QueueLimits(at_prefect=0, open_runs=2**31 - 1)
"""Any number of runs, each of which waits for its turn."""


@dataclass(frozen=True, slots=True)
class Studio:
    """One maker's project."""

    user_id: uuid.UUID
    project_id: uuid.UUID
    scene_ids: list[uuid.UUID] = field(default_factory=list[uuid.UUID])


async def make_studio(runtime: Runtime, *, funds: int = 100, scenes: int = 1) -> Studio:
    """A user with `credits`, a project, and `scenes` scenes that say something."""
    studio = Studio(uuid.uuid4(), uuid.uuid4(), [uuid.uuid4() for _ in range(scenes)])
    async with runtime.begin() as tx:
        if funds:
            await ledger.grant(tx, studio.user_id, funds, kind="grant", description="test", key="test")
        await tx.execute(
            text("insert into public.projects (id, user_id, title, tone) values (:id, :user, 'The Light', 'tense')"),
            {"id": studio.project_id, "user": studio.user_id},
        )
        for number, scene_id in enumerate(studio.scene_ids, start=1):
            await tx.execute(
                text("""insert into public.scenes
                    (id, project_id, scene_number, title, description, location, lighting)
                    values (:id, :project, :number, :title, :description, 'Interior, lighthouse', 'Night')"""),
                {
                    "id": scene_id,
                    "project": studio.project_id,
                    "number": number,
                    "title": f"The lamp room {number}",
                    "description": "MARA wipes the great lens. Rain beats on the glass. She finds a folded letter.",
                },
            )
    return studio


async def broken_promises(runtime: Runtime) -> list[dict[str, str | int]]:
    """Broken promises about anybody's money at this moment, as production tells them."""
    async with runtime.begin() as tx:
        return [one.as_row() for one in await list_violations(tx, late=0)]


async def balance(runtime: Runtime, user_id: uuid.UUID) -> int:
    """Credits that the user can spend, checked against the sum of all entries."""
    async with runtime.begin() as tx:
        now = await ledger.read_balance(tx, user_id)
        total = sum(entry.amount for entry in await list_transactions(tx, user_id, limit=10_000))
    assert now == total, "the ledger does not add up"
    return now


async def keep_output(tx: Tx, user_id: uuid.UUID, cache_key: str, recipe_hash: str, output: object) -> None:
    """This is what somebody's node has made."""
    statement = text("""
        insert into wzrd.node_outputs (cache_key, user_id, recipe_hash, output)
        values (:key, :user_id, :recipe, cast(:output as jsonb))
    """)
    values = {"key": cache_key, "user_id": user_id, "recipe": recipe_hash, "output": to_json(output)}
    await tx.execute(statement, values)


async def somebody_waits(runtime: Runtime) -> None:
    """Return when a transaction of this database waits for the lock of another."""
    statement = text("""
        select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
    """)
    async for _ in looks():
        async with runtime.begin() as tx:
            if await tx.scalar(statement):
                return
