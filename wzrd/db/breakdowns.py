"""Breakdowns that people brought for their projects; what the rules read is not kept."""

from uuid import UUID

from sqlalchemy import text

from wzrd.contracts.breakdown import Breakdown
from wzrd.db.engine import Tx


async def find_breakdown(tx: Tx, project_id: UUID) -> tuple[int, Breakdown] | None:
    """Version and breakdown of a project; None where nobody brought one."""
    statement = text("select version, body from wzrd.breakdowns where project_id = :project_id")
    row = (await tx.execute(statement, {"project_id": project_id})).first()
    return None if row is None else (row.version, Breakdown.model_validate(row.body))


async def write_breakdown(tx: Tx, project_id: UUID, breakdown: Breakdown) -> int:
    """Keep a breakdown in the place of the former one; returns its version, from 1."""
    statement = text("""
        insert into wzrd.breakdowns (project_id, body) values (:project_id, cast(:body as jsonb))
        on conflict (project_id) do update
            set body = excluded.body, version = wzrd.breakdowns.version + 1, updated_at = now()
        returning version
    """)
    return await tx.scalar(statement, {"project_id": project_id, "body": breakdown.model_dump_json()})
