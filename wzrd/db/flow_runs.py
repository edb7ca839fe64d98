"""Runs and their flow runs: which one executes which, and who waits for one or is executed by no process."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_all
from wzrd.db.runs import COLUMNS, RunRow


async def store_flow_run(tx: Tx, run_id: UUID, flow_run_id: UUID) -> None:
    """Remember which flow run executes the run, unless it was already told."""
    statement = text("""
        update wzrd.runs set flow_run_id = :flow_run_id, flow_runs = flow_runs + 1
        where id = :run_id and flow_run_id is null
    """)
    await tx.execute(statement, {"run_id": run_id, "flow_run_id": flow_run_id})


async def forget_flow_run(tx: Tx, run_id: UUID, flow_run_id: UUID) -> None:
    """Let a run whose flow run is gone be dispatched anew, under another key than the one that is gone."""
    statement = text("""
        update wzrd.runs set flow_run_id = null, flow_runs = greatest(flow_runs, 1)
        where id = :run_id and flow_run_id = :flow_run_id
    """)
    await tx.execute(statement, {"run_id": run_id, "flow_run_id": flow_run_id})


async def list_undispatched(tx: Tx, *, older_than: float, limit: int = 50) -> list[RunRow]:
    """Runs that no process executes and that have had no flow run for `older_than` seconds, the longest first.

    Queued ones that could not be dispatched, and running ones whose worker died and whose flow run is gone as well.
    Those that wait for their turn (`wzrd.db.queue`) are not lost, and not among them.
    """
    statement = text(f"""
        select {COLUMNS} from wzrd.runs where status in ('queued', 'running') and executor = 'flow'
            and lease_owner is null and flow_run_id is null and handed_over_at is not null
            and updated_at < clock_timestamp() - make_interval(secs => :older) order by updated_at limit :limit
    """)
    return read_all(RunRow, await tx.execute(statement, {"older": older_than, "limit": limit}))


async def list_unleased(tx: Tx, *, older_than: float, limit: int = 50) -> list[RunRow]:
    """Open runs with a flow run that nobody has leased for `older_than` seconds: Prefect is asked about them."""
    statement = text(f"""
        select {COLUMNS} from wzrd.runs where status in ('queued', 'running', 'paused') and executor = 'flow'
            and lease_owner is null and flow_run_id is not null
            and updated_at < clock_timestamp() - make_interval(secs => :older) order by updated_at limit :limit
    """)
    return read_all(RunRow, await tx.execute(statement, {"older": older_than, "limit": limit}))


async def list_known(tx: Tx, flow_run_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these flow runs that execute a run."""
    statement = text("select flow_run_id from wzrd.runs where flow_run_id = any(cast(:ids as uuid[]))")
    return set((await tx.scalars(statement, {"ids": list(flow_run_ids)})).all())


async def list_executing(tx: Tx, run_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The flow runs that execute these runs, by the runs' ids; a run without one is not among them."""
    statement = text("""
        select id, flow_run_id from wzrd.runs where id = any(cast(:ids as uuid[])) and flow_run_id is not null
    """)
    return {row.id: row.flow_run_id for row in await tx.execute(statement, {"ids": list(run_ids)})}


async def list_leased(tx: Tx) -> set[UUID]:
    """The flow runs whose runs a process executes now."""
    statement = text("""
        select flow_run_id from wzrd.runs where status = 'running' and executor = 'flow'
            and lease_until > clock_timestamp() and flow_run_id is not null
    """)
    return set((await tx.scalars(statement)).all())


async def list_ended(tx: Tx, flow_run_ids: Sequence[UUID], *, older_than: float) -> list[RunRow]:
    """Those runs of these flow runs that ended more than `older_than` seconds ago."""
    statement = text(f"""
        select {COLUMNS} from wzrd.runs where flow_run_id = any(cast(:ids as uuid[]))
            and finished_at < clock_timestamp() - make_interval(secs => :older)
    """)
    return read_all(RunRow, await tx.execute(statement, {"ids": list(flow_run_ids), "older": older_than}))


async def touch_run(tx: Tx, run_id: UUID, *, older_than: float) -> datetime | None:
    """Take the run for a look at it; None when somebody else did within `older_than` seconds, or executes it now.

    Of two that look at once, one waits for the other's commit and then finds the row too young. The moment that it
    answers stays the row's as long as nobody else does anything with it.
    """
    statement = text("""
        update wzrd.runs set updated_at = clock_timestamp()
        where id = :run_id and finished_at is null and lease_owner is null
            and updated_at < clock_timestamp() - make_interval(secs => :older) returning updated_at
    """)
    return await tx.scalar(statement, {"run_id": run_id, "older": older_than})


async def touch_undispatched(tx: Tx, run_ids: Collection[UUID]) -> None:
    """A process is about to give these runs their flow runs: others leave them alone for a while."""
    statement = text("""
        update wzrd.runs set updated_at = clock_timestamp()
        where id = any(cast(:ids as uuid[])) and flow_run_id is null and finished_at is null and lease_owner is null
    """)
    await tx.execute(statement, {"ids": sorted(run_ids)})


async def note_taken(tx: Tx, flow_run_id: UUID) -> None:
    """A worker is about to take the flow run: whoever looks for the dead leaves its run alone for a while."""
    statement = text("""
        update wzrd.runs set updated_at = clock_timestamp()
        where flow_run_id = :id and finished_at is null and lease_owner is null
    """)
    await tx.execute(statement, {"id": flow_run_id})
