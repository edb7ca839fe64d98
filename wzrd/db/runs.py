"""Run rows: insert, find, lock, list, cancel, end, reopen. Who may write one is decided in wzrd/db/run_leases.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_all, read_first, to_json
from wzrd.domain.ids import ProjectId, RunId, UserId
from wzrd.domain.work_queues import IN_FRONT, QueuePlacement


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
    dispatched: bool
    parent_task_run_id: UUID | None
    work_queue: str

    @property
    def asked_id(self) -> str:
        """The request id as its caller wrote it: a kind that several functions start keeps theirs before it."""
        return self.request_id.removeprefix(f"{self.params.get('function')}:")


COLUMNS = """id as run_id, kind, executor, user_id, project_id, request_id, params, params_hash, status, attempt,
    resumes, last_seq, flow_run_id, flow_runs, lease_owner,
    coalesce(lease_until > clock_timestamp(), false) as leased, lease_epoch, cancel_requested_at,
    error, error_code, result,
    created_at, started_at, finished_at, handed_over_at is not null as dispatched, parent_task_run_id,
    work_queue"""


async def find_run(tx: Tx, run_id: UUID, *, user_id: UUID | None = None) -> RunRow | None:
    """The run; with `user_id`, only when it is that user's."""
    owned = "" if user_id is None else "and user_id = :user_id"
    statement = text(f"select {COLUMNS} from wzrd.runs where id = :run_id {owned}")
    return read_first(
        RunRow, await tx.execute(statement, {"run_id": run_id, "user_id": user_id} if owned else {"run_id": run_id})
    )


async def find_request(tx: Tx, user_id: UUID, kind: str, request_id: str) -> RunRow | None:
    """The run that this request id stands for."""
    statement = text(
        f"select {COLUMNS} from wzrd.runs where user_id = :user_id and kind = :kind and request_id = :request_id"
    )
    values = {"user_id": user_id, "kind": kind, "request_id": request_id}
    return read_first(RunRow, await tx.execute(statement, values))


async def find_by_flow_run(tx: Tx, flow_run_id: UUID) -> RunRow | None:
    """The run that a flow run executes."""
    statement = text(f"select {COLUMNS} from wzrd.runs where flow_run_id = :id order by created_at desc limit 1")
    return read_first(RunRow, await tx.execute(statement, {"id": flow_run_id}))


async def list_open_runs(tx: Tx, user_id: UUID, kind: str, project_id: UUID) -> list[RunRow]:
    """The user's runs of this kind for a project that have not ended and are not canceled, oldest first."""
    statement = text(f"""
        select {COLUMNS} from wzrd.runs where user_id = :user_id and kind = :kind and project_id = :project_id
            and finished_at is null and cancel_requested_at is null order by created_at
    """)
    values = {"user_id": user_id, "kind": kind, "project_id": project_id}
    return read_all(RunRow, await tx.execute(statement, values))


async def list_twins(tx: Tx, user_id: UUID, kind: str, params_hash: str, *, seconds: float) -> list[RunRow]:
    """The user's runs of a request like this one: those under way, and those that began no longer ago and succeeded."""
    statement = text(f"""
        select {COLUMNS} from wzrd.runs
        where user_id = :user_id and kind = :kind and params_hash = :params_hash and cancel_requested_at is null
            and (finished_at is null
                or status = 'succeeded' and created_at > clock_timestamp() - make_interval(secs => :seconds))
        order by created_at
    """)
    values = {"user_id": user_id, "kind": kind, "params_hash": params_hash, "seconds": seconds}
    return read_all(RunRow, await tx.execute(statement, values))


async def find_latest_run(tx: Tx, kind: str, project_id: UUID, *, phase: str | None = None) -> RunRow | None:
    """The newest run of this kind (of this `phase`) for a project, whoever's; one for named shots does not count."""
    statement = text(f"""
        select {COLUMNS} from wzrd.runs where kind = :kind and project_id = :project_id
            and (cast(:phase as text) is null or params ->> 'phase' = :phase) and params -> 'shots' is null
        order by created_at desc, id limit 1
    """)
    values = {"kind": kind, "project_id": project_id, "phase": phase}
    return read_first(RunRow, await tx.execute(statement, values))


async def lock_run(tx: Tx, run_id: UUID) -> RunRow | None:
    """The run under its row lock: the first step of everything that settles or reopens it."""
    return read_first(
        RunRow, await tx.execute(text(f"select {COLUMNS} from wzrd.runs where id = :id for update"), {"id": run_id})
    )


async def list_runs(tx: Tx, user_id: UUID, *, limit: int = 50, project_id: UUID | None = None) -> list[RunRow]:
    """The user's newest runs first."""
    only = "" if project_id is None else "and project_id = :project_id"
    statement = text(
        f"select {COLUMNS} from wzrd.runs where user_id = :user_id {only} order by created_at desc limit :n"
    )
    values: dict[str, Any] = {"user_id": user_id, "n": limit}
    if project_id is not None:
        values["project_id"] = project_id
    return read_all(RunRow, await tx.execute(statement, values))


@dataclass(frozen=True, slots=True)
class RunSums:
    """A run in numbers: credits held and charged, items succeeded and all."""

    run_id: UUID
    held: int
    charged: int
    done: int
    items: int


async def sum_runs(tx: Tx, run_ids: Sequence[UUID]) -> dict[UUID, RunSums]:
    """Numbers of these runs, by one statement for all."""
    statement = text("""
        select run.id as run_id, coalesce(hold.held, 0)::bigint as held, coalesce(hold.charged, 0)::bigint as charged,
            coalesce(item.done, 0)::bigint as done, coalesce(item.items, 0)::bigint as items
        from unnest(cast(:run_ids as uuid[])) as run(id)
        left join (select run_id, sum(amount) filter (where status = 'held') as held, sum(committed) as charged
            from wzrd.run_holds where run_id = any(:run_ids) group by run_id) as hold on hold.run_id = run.id
        left join (select run_id, count(*) filter (where status = 'succeeded') as done, count(*) as items
            from wzrd.run_items where run_id = any(:run_ids) group by run_id) as item on item.run_id = run.id
    """)
    found = read_all(RunSums, await tx.execute(statement, {"run_ids": list(run_ids)}))
    return {one.run_id: one for one in found}


_END = text("""
    update wzrd.runs set status = :status, error = :error, error_code = :error_code, result = cast(:result as jsonb),
        lease_owner = null, lease_until = null, lease_epoch = lease_epoch + 1,
        finished_at = clock_timestamp(), updated_at = clock_timestamp(),
        page_due_at = case when flow_run_id is not null then clock_timestamp() + interval '1 minute' end
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


async def reopen_run(
    tx: Tx,
    run_id: UUID,
    *,
    flow_run_id: UUID | None,
    resubmit_unknown: bool = False,
    placement: QueuePlacement = IN_FRONT,
) -> int:
    """Make an ended run queued again for its next attempt, executed by `flow_run_id` or one still to be created.

    One that is still to be created waits at `place`; the one that is named stays where it is.

    One that a request executed while its client listened has no such client any more: it goes on as a flow run.

    `resubmit_unknown`: what may have been accepted before now may be sent once more. Returns the attempt's number. The
    caller holds the row's lock.
    """
    statement = text("""
        update wzrd.runs set status = 'queued', executor = 'flow', attempt = attempt + 1, resumes = 0, error = null,
            error_code = null, result = null, cancel_requested_at = null, finished_at = null,
            lease_epoch = lease_epoch + 1,
            resubmit_at = case when :resubmit then clock_timestamp() else resubmit_at end,
            flow_run_id = cast(:flow_run_id as uuid), parent_task_run_id = cast(:parent as uuid),
            work_queue = case when cast(:flow_run_id as uuid) is null then :queue else work_queue end,
            updated_at = clock_timestamp(), page_due_at = null,
            handed_over_at = case when cast(:flow_run_id as uuid) is not null then clock_timestamp() end
        where id = :run_id returning attempt
    """)
    values = {
        "run_id": run_id,
        "flow_run_id": flow_run_id,
        "resubmit": resubmit_unknown,
        "queue": placement.queue,
        "parent": placement.parent,
    }
    return int(await tx.scalar(statement, values) or 0)


async def set_result(tx: Tx, run_id: UUID, result: Mapping[str, Any]) -> None:
    """Note what an ended run has made after all."""
    statement = text("""
        update wzrd.runs set result = cast(:result as jsonb), updated_at = clock_timestamp()
        where id = :run_id and finished_at is not null
    """)
    await tx.execute(statement, {"run_id": run_id, "result": to_json(result)})


async def request_cancel(tx: Tx, run_id: UUID) -> None:
    """Raise the cancel flag on an open run; a later step, renewal or watch sees it."""
    statement = text("""
        update wzrd.runs set cancel_requested_at = coalesce(cancel_requested_at, clock_timestamp())
        where id = :run_id and finished_at is null
    """)
    await tx.execute(statement, {"run_id": run_id})
