"""Leases of runs: claim, fence, hand over, reap. Time is the database's clock; the fence is `lease_epoch`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Engine, Tx, open_blocking_engine, read_all, read_first
from wzrd.db.runs import find_run
from wzrd.domain.errors import CancelRequested, Conflict, LeaseLost
from wzrd.domain.ids import RunId
from wzrd.domain.runs import MAX_RESUMES, RUN, Lease, source_statuses
from wzrd.settings import LEASE_SECONDS

# The fence. One UPDATE takes the row's lock and proves that this lease is still the run's: a later claim has raised
# the epoch, and no row comes back.
_FENCE = text("""
    update wzrd.runs set updated_at = clock_timestamp()
    where id = :run_id and lease_epoch = :epoch and status = 'running'
    returning attempt, cancel_requested_at is not null as cancel_requested
""")


@dataclass(frozen=True, slots=True)
class Fenced:
    """A run whose row this transaction holds."""

    attempt: int
    cancel_requested: bool


async def fence(tx: Tx, lease: Lease, *, check_cancel: bool = True) -> Fenced:
    """Take the run's row lock as its owner: the first statement of every write of a run.

    Raises:
        LeaseLost: another worker owns the run, or it has ended.
        CancelRequested: its owner asked to cancel (unless `check_cancel` is off: settlement must still write).
    """
    fenced = read_first(Fenced, await tx.execute(_FENCE, {"run_id": lease.run_id, "epoch": lease.epoch}))
    if fenced is None:
        raise LeaseLost(run_id=str(lease.run_id), epoch=lease.epoch)
    if check_cancel and fenced.cancel_requested:
        raise CancelRequested(run_id=str(lease.run_id))
    return fenced


# Whoever claims last owns the run: the epoch rises, and an earlier holder's writes are refused by the fence.
# A worker may be quicker than the one who dispatched: then the flow run is stored, and counted, here.
_CLAIM = text("""
    update wzrd.runs set status = 'running', lease_owner = :owner, lease_epoch = lease_epoch + 1,
        lease_until = clock_timestamp() + make_interval(secs => :seconds),
        flow_run_id = coalesce(flow_run_id, cast(:flow_run_id as uuid)),
        flow_runs = flow_runs + case when flow_run_id is null and cast(:flow_run_id as uuid) is not null
            then 1 else 0 end,
        handed_over_at = coalesce(handed_over_at, clock_timestamp()),
        started_at = coalesce(started_at, clock_timestamp()),
        updated_at = clock_timestamp()
    where id = :run_id and status = any(:open) and (flow_run_id is null or cast(:flow_run_id as uuid) is null
        or flow_run_id = cast(:flow_run_id as uuid))
    returning id as run_id, lease_owner as owner, lease_epoch as epoch, attempt, user_id, project_id
""")


async def claim_run(
    tx: Tx, run_id: UUID, *, owner: str, flow_run_id: UUID | None, seconds: float = LEASE_SECONDS
) -> Lease | None:
    """Take the run over for `seconds`; None when it has ended.

    Raises:
        Conflict: the run belongs to another flow run.
    """
    values = {
        "run_id": run_id,
        "owner": owner,
        "flow_run_id": flow_run_id,
        "seconds": seconds,
        "open": list(source_statuses(RUN, "claimed")),
    }
    lease = read_first(Lease, await tx.execute(_CLAIM, values))
    if lease is not None:
        return lease
    run = await find_run(tx, run_id)
    if run is not None and run.status in RUN and run.finished_at is None:
        raise Conflict(f"run {run_id} belongs to flow run {run.flow_run_id}, not {flow_run_id}")
    return None


async def expire_lease(tx: Tx, lease: Lease) -> bool:
    """Hand a run over at once instead of letting its lease run out; False when it was no longer ours.

    The epoch rises, so that a renewal that is on its way already does not take the run back.
    """
    statement = text("""
        update wzrd.runs set lease_until = clock_timestamp() - interval '1 millisecond', lease_epoch = lease_epoch + 1
        where id = :run_id and lease_epoch = :epoch and status = 'running' and lease_owner is not null
    """)
    return (await tx.execute(statement, {"run_id": lease.run_id, "epoch": lease.epoch})).rowcount == 1


async def pause_run(tx: Tx, run_id: UUID, *, leased: bool) -> int | None:
    """Make an open run wait for a person, and close its fence; returns its attempt, None where it does not pause.

    `leased`: the caller has taken its fence; else it must be a run that no process executes.
    """
    statement = text("""
        update wzrd.runs set status = 'paused', lease_owner = null, lease_until = null, lease_epoch = lease_epoch + 1,
            updated_at = clock_timestamp()
        where id = :run_id and status = any(:open) and cancel_requested_at is null
            and (:leased or lease_owner is null)
        returning attempt
    """)
    values = {"run_id": run_id, "leased": leased, "open": list(source_statuses(RUN, "paused"))}
    return await tx.scalar(statement, values)


# Raising the epoch here already shuts a sleeping owner out, before anybody has claimed the run anew. SKIP LOCKED:
# several reapers share the work, and none waits for a run that is writing (a writing run is alive).
_REAP = text("""
    with dead as (
        select id from wzrd.runs
        where status = 'running' and executor = 'flow' and lease_until < clock_timestamp()
        order by lease_until limit :limit for update skip locked
    )
    update wzrd.runs r set lease_owner = null, lease_until = null, lease_epoch = lease_epoch + 1,
        resumes = resumes + 1, updated_at = clock_timestamp()
    from dead where r.id = dead.id
    returning r.id as run_id, r.resumes, r.flow_run_id, r.cancel_requested_at is not null as cancel_requested,
        r.lease_epoch
""")


@dataclass(frozen=True, slots=True)
class Reaped:
    """A run whose owner died: to be resumed, or settled when it was canceled or has been resumed too often."""

    run_id: RunId
    resumes: int
    flow_run_id: UUID | None
    cancel_requested: bool
    lease_epoch: int

    @property
    def exhausted(self) -> bool:
        """True if it has had all its resumes."""
        return self.resumes > MAX_RESUMES


async def reap_expired(tx: Tx, *, limit: int = 50) -> list[Reaped]:
    """Take the flow runs whose lease ran out from their dead owners."""
    return read_all(Reaped, await tx.execute(_REAP, {"limit": limit}))


async def list_abandoned(tx: Tx, *, limit: int = 50) -> list[UUID]:
    """Inline runs whose process has not been heard of for a lease: nobody can go on with them."""
    statement = text("""
        select id from wzrd.runs where status = 'running' and executor = 'inline' and lease_until < clock_timestamp()
        order by lease_until limit :limit
    """)
    return list((await tx.scalars(statement, {"limit": limit})).all())


# Epoch and moment are those that the caller saw: a claim or a reaping since then has raised the one, a worker that has
# taken the flow run meanwhile has changed the other, and nothing is counted.
_COUNT = text("""
    update wzrd.runs set resumes = resumes + 1, updated_at = clock_timestamp()
    where id = :run_id and lease_epoch = :epoch and lease_owner is null and finished_at is null and updated_at = :seen
    returning id as run_id, resumes, flow_run_id, cancel_requested_at is not null as cancel_requested, lease_epoch
""")


async def count_resume(tx: Tx, run_id: UUID, *, epoch: int, seen: datetime) -> Reaped | None:
    """Count a resume of a run whose worker died before it claimed the run; None when somebody took it meanwhile.

    `seen`: when the row was changed last, as the caller saw it before it asked Prefect.
    """
    return read_first(Reaped, await tx.execute(_COUNT, {"run_id": run_id, "epoch": epoch, "seen": seen}))


async def undo_resume(tx: Tx, run: Reaped) -> None:
    """Undo the count of a resume that was never attempted: only attempted ones count against a run."""
    statement = text("""
        update wzrd.runs set resumes = resumes - 1
        where id = :run_id and lease_epoch = :epoch and lease_owner is null and resumes = :resumes
    """)
    await tx.execute(statement, {"run_id": run.run_id, "epoch": run.lease_epoch, "resumes": run.resumes})


# One statement renews every run of a process. What does not come back is no longer ours; what comes back canceled
# is to be stopped. The epochs travel beside the ids, so that a run claimed elsewhere in between is not renewed. A row
# that a transaction holds is left out instead of waited for (a blocked loop may hold it open): no run costs the others
# their leases, and no reaper takes a row that is held.
_RENEW = text("""
    with ours as (
        select r.id, r.cancel_requested_at is not null as cancel_requested from wzrd.runs r
        join unnest(cast(:ids as uuid[]), cast(:epochs as int[])) as mine(id, epoch)
            on r.id = mine.id and r.lease_epoch = mine.epoch
        where r.status = 'running' and r.lease_owner = :owner
    ), free as (
        select r.id from wzrd.runs r
        join unnest(cast(:ids as uuid[]), cast(:epochs as int[])) as mine(id, epoch)
            on r.id = mine.id and r.lease_epoch = mine.epoch
        where r.status = 'running' and r.lease_owner = :owner
        for no key update of r skip locked
    ), renewed as (
        update wzrd.runs r set lease_until = clock_timestamp() + make_interval(secs => :seconds)
        from free where r.id = free.id
        returning r.id
    )
    select ours.id, ours.cancel_requested, renewed.id is not null as renewed from ours left join renewed using (id)
""")


@dataclass(frozen=True, slots=True)
class Renewal:
    """A run that is still ours. Not `renewed`: somebody is writing it; to be tried again soon."""

    cancel_requested: bool
    renewed: bool


class LeaseRenewals:
    """Renews the leases of one owner. Blocking: for a thread, not for an event loop."""

    def __init__(self, engine: Engine, owner: str, *, seconds: float) -> None:
        self._owner = owner
        self._seconds = seconds
        self._engine = open_blocking_engine(engine, application="wzrd-leases", silence=seconds)

    def renew(self, leases: Sequence[Lease]) -> dict[UUID, Renewal]:
        """Give each its whole time again, in one statement; returns the runs that are still ours."""
        values = {
            "owner": self._owner,
            "ids": [lease.run_id for lease in leases],
            "epochs": [lease.epoch for lease in leases],
            "seconds": self._seconds,
        }
        with self._engine.connect() as connection:
            rows = connection.execute(_RENEW, values)
            return {row.id: Renewal(row.cancel_requested, row.renewed) for row in rows}

    def close(self) -> None:
        """End the connection; the next renewal opens another."""
        self._engine.dispose()
