"""The beginning of a run, in one statement.

Its row, items, first events and hold are written at once, and the first submit of an inline run. A client waits for it,
and each round trip saved is a millisecond of its answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.contracts.events import NewEvent
from wzrd.db.engine import Tx, read_first, to_json
from wzrd.db.events import pairs_of
from wzrd.db.ledger import HOLD
from wzrd.db.provider_jobs import job_id_of
from wzrd.db.queue import USER_QUEUE, QueueLimits, refusals_of_start, slot_values
from wzrd.db.run_holds import NO_HOLD, PAID, NewHold, hold_values
from wzrd.db.runs import COLUMNS, RunRow
from wzrd.domain.runs import NewItem
from wzrd.domain.submission import Target, intent_key
from wzrd.domain.work_queues import IN_FRONT, QueuePlacement


@dataclass(frozen=True, slots=True)
class NewRow:
    """A run that is to be inserted, with what its log begins with."""

    run_id: UUID
    kind: str
    user_id: UUID
    project_id: UUID | None
    request_id: str
    params: Mapping[str, Any]
    params_hash: str
    items: Sequence[NewItem]
    events: Sequence[NewEvent]


FIRST_EVENTS = """
    event as (
        insert into wzrd.run_events (run_id, seq, attempt, event, data)
        select run.run_id, e.ord, 1, e.value ->> 0, e.value -> 1
        from run, json_array_elements(cast(:events as json)) with ordinality as e(value, ord)
    )"""
"""Writes what a new `run` begins with."""

# The key (user, kind, request), from which the id is derived, decides between two that arrive at once: the second
# waits for the first's commit and inserts nothing. Items and the first event ride in the same statement: no row
# without its log. So does the lock of the user's queue, under which the row's slot is counted, and then, in the lock
# order, the hold. The key of that is the run's own, which has just been made. The functions see what the statement has
# written, and refuse it as a whole.
_INSERT = text(f"""
    with run as (
        insert into wzrd.runs (id, kind, executor, user_id, project_id, request_id, params, params_hash, last_seq,
            flow_run_id, work_queue, parent_task_run_id, handed_over_at)
        values (:run_id, :kind, 'flow', :user_id, :project_id, :request_id, cast(:params as jsonb), :params_hash,
            json_array_length(cast(:events as json)), cast(:flow_run_id as uuid), :queue, cast(:parent as uuid),
            case when cast(:flow_run_id as uuid) is not null then clock_timestamp() end)
        on conflict do nothing returning {COLUMNS}
    ), item as (
        insert into wzrd.run_items (run_id, key, position, entity_type, entity_id, price)
        select run.run_id, i.key, i.position, i.entity_type, i.entity_id, i.price from run,
            jsonb_to_recordset(cast(:items as jsonb))
            as i(key text, position int, entity_type text, entity_id uuid, price int)
    ), {FIRST_EVENTS}, queued as materialized (
        select user_id, pg_advisory_xact_lock({USER_QUEUE.format(user="user_id")}) from run
    ), payer as (select user_id from queued), {HOLD}, {PAID}
    select run.*, wzrd.paying_hold((select id from hold), user_id, :due, :key) as hold_id,
        slot.dispatched as has_slot
    from run join queued using (user_id) cross join lateral wzrd.take_queue_slot(run_id, user_id, :per_user, :most) slot
""")


@dataclass(frozen=True, slots=True)
class InsertedRun:
    """A run that stands now; `hold_id` None: nothing is due for it."""

    row: RunRow
    hold_id: UUID | None


async def insert_run(
    tx: Tx,
    new: NewRow,
    limits: QueueLimits,
    *,
    flow_run_id: UUID | None = None,
    placement: QueuePlacement = IN_FRONT,
    payment: NewHold = NO_HOLD,
) -> InsertedRun | None:
    """Insert a run for a flow run, with its items, first events, hold and slot; None: the request id is already taken.

    Its user's queue is locked from there on. One statement: it needs no transaction around it.

    Raises:
        InsufficientCredits, Conflict, TooMany: as `refusals_of_start`; nothing is left behind.
    """
    values = {"flow_run_id": flow_run_id, "queue": placement.queue, "parent": placement.parent, **slot_values(limits)}
    values |= {**row_values(new), **_hold_values(payment, new.run_id)}
    with refusals_of_start(due=payment.amount, limits=limits):
        return read_first(_read_inserted, await tx.execute(_INSERT, values))


def _read_inserted(*, hold_id: UUID | None, has_slot: bool = False, **columns: Any) -> InsertedRun:
    columns["dispatched"] = has_slot  # its row was returned before it had one
    return InsertedRun(RunRow(**columns), hold_id)


def _hold_values(payment: NewHold, run_id: UUID) -> dict[str, Any]:
    return {**hold_values(payment, run_id, attempt=1), "due": payment.amount}


def row_values(new: NewRow) -> dict[str, Any]:
    """A new run as the statements that insert one take it."""
    return {
        "run_id": new.run_id,
        "kind": new.kind,
        "user_id": new.user_id,
        "project_id": new.project_id,
        "request_id": new.request_id,
        "params": to_json(new.params),
        "params_hash": new.params_hash,
        "items": to_json(list(new.items)),
        "events": to_json(pairs_of(new.events)),
    }


PHASE = "generating"
"""Where the one item of an inline run stands while it is executed."""


@dataclass(frozen=True, slots=True)
class FirstLease:
    """Who executes the run from its first moment on, for so many seconds unless renewed."""

    owner: str
    seconds: float


@dataclass(frozen=True, slots=True)
class FirstSubmit:
    """The submit whose bytes leave right after this commit, how long its answer is awaited, what it may cost (USD)."""

    item_key: str
    target: Target
    seconds: float
    planned: Decimal | None = None


# Everything comes from the row that was inserted: where the request id was taken, nothing is written. The account's
# UPDATE takes its lock after the run's row (the lock order), and its guard is checked again when it has waited; the key
# of the hold is the run's own, which has just been made.
_BEGIN = text(f"""
    with run as (
        insert into wzrd.runs (id, kind, executor, user_id, project_id, request_id, params, params_hash, last_seq,
            status, lease_owner, lease_epoch, lease_until, started_at)
        values (:run_id, :kind, 'inline', :user_id, :project_id, :request_id, cast(:params as jsonb), :params_hash,
            json_array_length(cast(:events as json)), 'running', :owner, 1,
            clock_timestamp() + make_interval(secs => :lease_seconds), clock_timestamp())
        on conflict do nothing returning {COLUMNS}
    ), item as (
        insert into wzrd.run_items (run_id, key, position, entity_type, entity_id, price, status, phase, attempts)
        select run.run_id, i.key, i.position, i.entity_type, i.entity_id, i.price, 'running', :phase, 1 from run,
            jsonb_to_recordset(cast(:items as jsonb))
            as i(key text, position int, entity_type text, entity_id uuid, price int)
    ), {FIRST_EVENTS}, job as (
        insert into wzrd.provider_jobs (id, intent_key, run_id, item_key, provider, model, submission_no, created_at,
            deadline, queued, status, sent_at, planned_usd)
        select cast(:job_id as uuid), :intent_key, run.run_id, :item_key, :provider, :model, 0, clock_timestamp(),
            clock_timestamp() + make_interval(secs => :seconds), false, 'sending', clock_timestamp(),
            cast(:planned as numeric)
        from run where cast(:job_id as uuid) is not null
    ), payer as (select user_id from run), {HOLD}, {PAID}
    select run.*, wzrd.paying_hold((select id from hold), user_id, :due, :key) as hold_id from run
""")


async def begin_inline_run(
    tx: Tx, new: NewRow, lease: FirstLease, payment: NewHold, submit: FirstSubmit | None
) -> InsertedRun | None:
    """Write a run under its lease, its item under way, its hold, and its submit as being sent; None: it is there.

    Raises:
        InsufficientCredits, Conflict: as `refusals_of_start`; nothing is left behind.
    """
    key = intent_key(new.run_id, submit.item_key, submit.target, 0) if submit else ""
    values = {
        **row_values(new),
        **_hold_values(payment, new.run_id),
        "owner": lease.owner,
        "lease_seconds": lease.seconds,
        "phase": PHASE,
        "job_id": job_id_of(new.run_id, key) if submit else None,
        "intent_key": key,
        "provider": submit.target.provider if submit else "",
        "model": submit.target.model if submit else "",
        "seconds": submit.seconds if submit else 0.0,
        "planned": submit.planned if submit else None,
    }
    with refusals_of_start(due=payment.amount):
        return read_first(_read_inserted, await tx.execute(_BEGIN, values))
