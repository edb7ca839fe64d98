"""Run rows: insert, fence, claim, renew, reap, finish. Time is the database's clock; the fence is `lease_epoch`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from wzrd.contracts.events import News
from wzrd.db.engine import Tx, to_json
from wzrd.domain.errors import CancelRequested, Conflict, LeaseLost
from wzrd.domain.ids import ProjectId, RunId, UserId
from wzrd.domain.leases import Lease
from wzrd.domain.runs import LEASE_SECONDS, MAX_RESUMES, RUN, sources


@dataclass(frozen=True, slots=True)
class RunRow:
    """One request, as the table has it."""

    run_id: RunId
    kind: str
    executor: str
    user_id: UserId
    project_id: ProjectId | None
    request_id: str
    params: Mapping[str, Any]
    params_hash: str
    status: str
    attempt: int
    resumes: int
    last_seq: int
    flow_run_id: UUID | None
    flow_runs: int
    lease_owner: str | None
    leased: bool
    lease_epoch: int
    cancel_requested_at: datetime | None
    error: str | None
    error_code: str | None
    result: Mapping[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


_COLUMNS = """id, kind, executor, user_id, project_id, request_id, params, params_hash, status, attempt, resumes,
    last_seq, flow_run_id, flow_runs, lease_owner,
    coalesce(lease_until > clock_timestamp(), false) as leased, lease_epoch, cancel_requested_at,
    error, error_code, result,
    created_at, started_at, finished_at"""


def _row(row: Row[Any]) -> RunRow:
    return RunRow(*row)


@dataclass(frozen=True, slots=True)
class NewItem:
    """A unit of work to be done, in order of `position`."""

    key: str
    position: int
    entity_type: str
    entity_id: UUID | None
    price: int = 0


# The key (user, kind, request), from which the id is derived, decides between two that arrive at once: the second
# waits for the first's commit and inserts nothing. Items and the first event ride in the same statement: no row
# without its log.
_INSERT = text(f"""
    with run as (
        insert into wzrd.runs (id, kind, executor, user_id, project_id, request_id, params, params_hash, last_seq,
            flow_run_id)
        values (:run_id, :kind, :executor, :user_id, :project_id, :request_id, cast(:params as jsonb), :params_hash,
            json_array_length(cast(:events as json)), :flow_run_id)
        on conflict do nothing returning {_COLUMNS}
    ), item as (
        insert into wzrd.run_items (run_id, key, position, entity_type, entity_id, price)
        select run.id, i.key, i.position, i.entity_type, i.entity_id, i.price from run,
            jsonb_to_recordset(cast(:items as jsonb))
            as i(key text, position int, entity_type text, entity_id uuid, price int)
    ), event as (
        insert into wzrd.run_events (run_id, seq, attempt, event, data)
        select run.id, e.ord, 1, e.value ->> 0, e.value -> 1
        from run, json_array_elements(cast(:events as json)) with ordinality as e(value, ord)
    )
    select * from run
""")


async def insert_run(
    tx: Tx,
    *,
    run_id: UUID,
    kind: str,
    executor: str,
    user_id: UUID,
    project_id: UUID | None,
    request_id: str,
    params: Mapping[str, Any],
    params_hash: str,
    items: Sequence[NewItem],
    events: Sequence[News],
    flow_run_id: UUID | None = None,
) -> RunRow | None:
    """Insert a run with its items and first events; None when the request id is already taken."""
    values = {
        "run_id": run_id,
        "kind": kind,
        "executor": executor,
        "user_id": user_id,
        "project_id": project_id,
        "request_id": request_id,
        "params": to_json(params),
        "params_hash": params_hash,
        "items": to_json([_item(item) for item in items]),
        "events": to_json(_pairs(events)),
        "flow_run_id": flow_run_id,
    }
    row = (await tx.execute(_INSERT, values)).first()
    return _row(row) if row else None


def _item(item: NewItem) -> dict[str, Any]:
    return {
        "key": item.key,
        "position": item.position,
        "entity_type": item.entity_type,
        "entity_id": str(item.entity_id) if item.entity_id else None,
        "price": item.price,
    }


def _pairs(events: Sequence[News]) -> list[list[Any]]:
    return [[news.event, news.data] for news in events]


async def find_run(tx: Tx, run_id: UUID, *, user_id: UUID | None = None) -> RunRow | None:
    """The run; with `user_id`, only when it is that user's."""
    mine = "" if user_id is None else "and user_id = :user_id"
    statement = text(f"select {_COLUMNS} from wzrd.runs where id = :run_id {mine}")
    row = (await tx.execute(statement, {"run_id": run_id, "user_id": user_id} if mine else {"run_id": run_id})).first()
    return _row(row) if row else None


async def find_request(tx: Tx, user_id: UUID, kind: str, request_id: str) -> RunRow | None:
    """The run that this request id stands for."""
    statement = text(
        f"select {_COLUMNS} from wzrd.runs where user_id = :user_id and kind = :kind and request_id = :request_id"
    )
    values = {"user_id": user_id, "kind": kind, "request_id": request_id}
    row = (await tx.execute(statement, values)).first()
    return _row(row) if row else None


async def find_by_flow_run(tx: Tx, flow_run_id: UUID) -> RunRow | None:
    """The run that a flow run executes."""
    statement = text(f"select {_COLUMNS} from wzrd.runs where flow_run_id = :id order by created_at desc limit 1")
    row = (await tx.execute(statement, {"id": flow_run_id})).first()
    return _row(row) if row else None


async def lock_run(tx: Tx, run_id: UUID) -> RunRow | None:
    """The run under its row lock: the first step of everything that settles or reopens it."""
    row = (
        await tx.execute(text(f"select {_COLUMNS} from wzrd.runs where id = :id for update"), {"id": run_id})
    ).first()
    return _row(row) if row else None


async def list_runs(tx: Tx, user_id: UUID, *, limit: int = 50, project_id: UUID | None = None) -> list[RunRow]:
    """The user's newest runs first."""
    only = "" if project_id is None else "and project_id = :project_id"
    statement = text(
        f"select {_COLUMNS} from wzrd.runs where user_id = :user_id {only} order by created_at desc limit :n"
    )
    values: dict[str, Any] = {"user_id": user_id, "n": limit}
    if project_id is not None:
        values["project_id"] = project_id
    return [_row(row) for row in await tx.execute(statement, values)]


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


async def fence(tx: Tx, lease: Lease, *, heed_cancel: bool = True) -> Fenced:
    """Take the run's row lock as its owner: the first statement of every write of a run.

    Raises:
        LeaseLost: another worker owns the run, or it has ended.
        CancelRequested: its owner asked to cancel (unless `heed_cancel` is off: settlement must still write).
    """
    row = (await tx.execute(_FENCE, {"run_id": lease.run_id, "epoch": lease.epoch})).first()
    if row is None:
        raise LeaseLost(run_id=str(lease.run_id), epoch=lease.epoch)
    if heed_cancel and row.cancel_requested:
        raise CancelRequested(run_id=str(lease.run_id))
    return Fenced(row.attempt, row.cancel_requested)


# Numbers come from the run row's own counter, under its lock: they become visible in order, so that a reader who has
# seen n has seen everything before n. (A plain sequence can commit out of order and lose events for a reader.)
_APPEND = text("""
    with run as (
        update wzrd.runs set last_seq = last_seq + json_array_length(cast(:events as json))
        where id = :run_id
        returning id, attempt, last_seq - json_array_length(cast(:events as json)) as base
    )
    insert into wzrd.run_events (run_id, seq, attempt, event, data)
    select run.id, run.base + e.ord, run.attempt, e.value ->> 0, e.value -> 1
    from run, json_array_elements(cast(:events as json)) with ordinality as e(value, ord)
""")


async def append_events(tx: Tx, run_id: UUID, events: Sequence[News]) -> None:
    """Write events at the end of the log: one statement, however many. The caller has fenced or locked the run."""
    if events:
        await tx.execute(_APPEND, {"run_id": run_id, "events": to_json(_pairs(events))})


# Whoever claims last owns the run: the epoch rises, and an earlier holder's writes are refused by the fence.
# A worker may be quicker than the one who dispatched: then the flow run is stored, and counted, here.
_CLAIM = text("""
    update wzrd.runs set status = 'running', lease_owner = :owner, lease_epoch = lease_epoch + 1,
        lease_until = clock_timestamp() + make_interval(secs => :seconds),
        flow_run_id = coalesce(flow_run_id, cast(:flow_run_id as uuid)),
        flow_runs = flow_runs + case when flow_run_id is null and cast(:flow_run_id as uuid) is not null
            then 1 else 0 end,
        started_at = coalesce(started_at, clock_timestamp()),
        updated_at = clock_timestamp()
    where id = :run_id and status = any(:open) and (flow_run_id is null or cast(:flow_run_id as uuid) is null
        or flow_run_id = cast(:flow_run_id as uuid))
    returning id, lease_epoch, attempt, user_id, project_id
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
        "open": list(sources(RUN, "claimed")),
    }
    row = (await tx.execute(_CLAIM, values)).first()
    if row is not None:
        return Lease(RunId(row.id), owner, row.lease_epoch, row.attempt, UserId(row.user_id), row.project_id)
    run = await find_run(tx, run_id)
    if run is not None and run.status in RUN and run.finished_at is None:
        raise Conflict(f"run {run_id} belongs to flow run {run.flow_run_id}, not {flow_run_id}")
    return None


# One statement renews every run of a process. What does not come back is no longer ours; what comes back canceled
# is to be stopped. The epochs travel beside the ids, so that a run claimed elsewhere in between is not renewed.
_RENEW = text("""
    update wzrd.runs r set lease_until = clock_timestamp() + make_interval(secs => :seconds)
    from unnest(cast(:ids as uuid[]), cast(:epochs as int[])) as mine(id, epoch)
    where r.id = mine.id and r.lease_epoch = mine.epoch and r.status = 'running' and r.lease_owner = :owner
    returning r.id, r.cancel_requested_at is not null as cancel_requested
""")


async def renew_leases(
    tx: Tx, owner: str, leases: Sequence[Lease], *, seconds: float = LEASE_SECONDS
) -> dict[UUID, bool]:
    """Renew; returns the runs that are still ours, each with whether its owner asked to cancel it."""
    ids, epochs = [lease.run_id for lease in leases], [lease.epoch for lease in leases]
    values = {"owner": owner, "ids": ids, "epochs": epochs, "seconds": seconds}
    return {row.id: row.cancel_requested for row in await tx.execute(_RENEW, values)}


async def expire_lease(tx: Tx, lease: Lease) -> bool:
    """Hand a run over at once instead of letting its lease run out; False when it was no longer ours."""
    statement = text("""
        update wzrd.runs set lease_until = clock_timestamp() - interval '1 millisecond'
        where id = :run_id and lease_epoch = :epoch and status = 'running' and lease_owner is not null
    """)
    return (await tx.execute(statement, {"run_id": lease.run_id, "epoch": lease.epoch})).rowcount == 1


# Raising the epoch here already shuts a sleeping owner out, before anybody has claimed the run anew. SKIP LOCKED:
# several reapers share the work, and none waits for a run that is writing (a writing run is alive).
_REAP = text("""
    with dead as (
        select id from wzrd.runs
        where status = 'running' and executor = :executor and lease_until < clock_timestamp()
        order by lease_until limit :limit for update skip locked
    )
    update wzrd.runs r set lease_owner = null, lease_until = null, lease_epoch = lease_epoch + 1,
        resumes = resumes + 1, updated_at = clock_timestamp()
    from dead where r.id = dead.id
    returning r.id, r.resumes, r.flow_run_id, r.cancel_requested_at is not null as cancel_requested
""")


@dataclass(frozen=True, slots=True)
class Reaped:
    """A run whose owner died: to be resumed, or settled when it was canceled or has been resumed too often."""

    run_id: RunId
    resumes: int
    flow_run_id: UUID | None
    cancel_requested: bool

    @property
    def exhausted(self) -> bool:
        """Whether it has had all its resumes."""
        return self.resumes > MAX_RESUMES


async def reap_expired(tx: Tx, *, executor: str = "flow", limit: int = 50) -> list[Reaped]:
    """Take the runs whose lease ran out from their dead owners."""
    rows = await tx.execute(_REAP, {"executor": executor, "limit": limit})
    return [Reaped(RunId(r.id), r.resumes, r.flow_run_id, r.cancel_requested) for r in rows]


_END = text("""
    update wzrd.runs set status = :status, error = :error, error_code = :error_code, result = cast(:result as jsonb),
        lease_owner = null, lease_until = null, lease_epoch = lease_epoch + 1,
        finished_at = clock_timestamp(), updated_at = clock_timestamp()
    where id = :run_id and finished_at is null
""")


async def end_run(
    tx: Tx,
    run_id: UUID,
    status: str,
    *,
    error: str | None = None,
    error_code: str | None = None,
    result: Mapping[str, Any] | None = None,
) -> None:
    """Make the run terminal and close its fence. The caller holds the row's lock and saw it open."""
    values = {
        "run_id": run_id,
        "status": status,
        "error": error,
        "error_code": error_code,
        "result": to_json(result) if result is not None else None,
    }
    await tx.execute(_END, values)


async def reopen_run(tx: Tx, run_id: UUID, *, flow_run_id: UUID | None) -> int:
    """Make an ended run queued again for its next attempt, carried by `flow_run_id` or one still to be created.

    Returns the attempt's number. The caller holds the row's lock.
    """
    statement = text("""
        update wzrd.runs set status = 'queued', attempt = attempt + 1, resumes = 0, error = null, error_code = null,
            result = null, cancel_requested_at = null, finished_at = null, lease_epoch = lease_epoch + 1,
            flow_run_id = cast(:flow_run_id as uuid), updated_at = clock_timestamp()
        where id = :run_id returning attempt
    """)
    return int(await tx.scalar(statement, {"run_id": run_id, "flow_run_id": flow_run_id}) or 0)


async def request_cancel(tx: Tx, run_id: UUID) -> None:
    """Raise the cancel flag on an open run; a later step, renewal or watch sees it."""
    statement = text("""
        update wzrd.runs set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
        where id = :run_id and finished_at is null
    """)
    await tx.execute(statement, {"run_id": run_id})


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
    """Runs that nobody carries and that have had no flow run for `older_than` seconds, the longest first.

    Queued ones that could not be dispatched, and running ones whose worker died and whose flow run is gone as well.
    """
    statement = text(f"""
        select {_COLUMNS} from wzrd.runs where status in ('queued', 'running') and executor = 'flow'
            and lease_owner is null and flow_run_id is null
            and updated_at < clock_timestamp() - make_interval(secs => :older) order by updated_at limit :limit
    """)
    return [_row(row) for row in await tx.execute(statement, {"older": older_than, "limit": limit})]


async def list_unleased(tx: Tx, *, older_than: float, limit: int = 50) -> list[RunRow]:
    """Open runs with a flow run that nobody has leased for `older_than` seconds: upkeep asks Prefect about them."""
    statement = text(f"""
        select {_COLUMNS} from wzrd.runs where status in ('queued', 'running', 'paused') and executor = 'flow'
            and lease_owner is null and flow_run_id is not null
            and updated_at < clock_timestamp() - make_interval(secs => :older) order by updated_at limit :limit
    """)
    return [_row(row) for row in await tx.execute(statement, {"older": older_than, "limit": limit})]


async def touch_run(tx: Tx, run_id: UUID, *, older_than: float) -> bool:
    """Take the run for a look at it; False when somebody else did within `older_than` seconds, or carries it now.

    Of two that look at once, one waits for the other's commit and then finds the row too young.
    """
    statement = text("""
        update wzrd.runs set updated_at = clock_timestamp()
        where id = :run_id and finished_at is null and lease_owner is null
            and updated_at < clock_timestamp() - make_interval(secs => :older)
    """)
    return (await tx.execute(statement, {"run_id": run_id, "older": older_than})).rowcount == 1
