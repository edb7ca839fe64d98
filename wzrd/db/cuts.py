"""Timeline and progress of a Director's Cut run: the engine's own rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, to_json
from wzrd.db.rows import read_first, read_one


@dataclass(frozen=True, slots=True)
class CutProgress:
    """A percentage, and what the public row tells beside it."""

    progress: int
    payload: Mapping[str, Any]


async def insert_cut(tx: Tx, run_id: UUID, cut: Mapping[str, Any], payload: Mapping[str, Any]) -> None:
    """Keep the run's cut list, in the transaction that starts the run."""
    statement = text("""
        insert into wzrd.cuts (run_id, cut, payload)
        values (:run_id, cast(:cut as jsonb), cast(:payload as jsonb))
    """)
    await tx.execute(statement, {"run_id": run_id, "cut": to_json(cut), "payload": to_json(payload)})


async def read_cut(tx: Tx, run_id: UUID) -> Mapping[str, Any] | None:
    """The run's cut list; None when it has none."""
    return await tx.scalar(text("select cut from wzrd.cuts where run_id = :run_id"), {"run_id": run_id})


async def read_progress(tx: Tx, run_id: UUID) -> CutProgress | None:
    """Progress of the run; None where it has no cut."""
    statement = text("select progress, payload from wzrd.cuts where run_id = :run_id")
    return read_first(CutProgress, await tx.execute(statement, {"run_id": run_id}))


# Never backwards: a step that is repeated after a fault would tell again what was true before.
_ADVANCE = text("""
    update wzrd.cuts set progress = greatest(progress, :progress),
        payload = case when :progress < progress then payload else payload || cast(:payload as jsonb) end
    where run_id = :run_id returning progress, payload
""")


async def advance(tx: Tx, run_id: UUID, progress: int, payload: Mapping[str, Any]) -> CutProgress:
    """Note that the run is so far; what the payload says is added to what was known, unless that was further."""
    values = {"run_id": run_id, "progress": progress, "payload": to_json(payload)}
    return read_one(CutProgress, await tx.execute(_ADVANCE, values))


async def reset_progress(tx: Tx, run_id: UUID, payload: Mapping[str, Any]) -> None:
    """The run has been given another attempt."""
    statement = text("""
        update wzrd.cuts set progress = 5, payload = cast(:payload as jsonb) where run_id = :run_id
    """)
    await tx.execute(statement, {"run_id": run_id, "payload": to_json(payload)})
