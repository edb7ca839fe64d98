"""The two statements of an inline run: all that its first commit writes, and all that its last one does.

Each says at once what wzrd/db/runs.py, ledger.py, run_holds.py, provider_jobs.py, items.py and events.py say one by
one; a client waits for them, and each round trip saved is a millisecond of its answer. A test compares the rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.contracts.events import NewEvent
from wzrd.db import ledger
from wzrd.db.engine import Tx, read_first, to_json
from wzrd.db.events import pairs_of
from wzrd.db.new_runs import FIRST_EVENTS, InsertedRun, NewRow, read_inserted, row_values
from wzrd.db.provider_jobs import job_id_of
from wzrd.db.run_holds import PAID, NewHold, hold_values
from wzrd.db.runs import COLUMNS
from wzrd.domain.runs import PROVIDER_JOB, Lease, source_statuses
from wzrd.domain.submission import Target, intent_key

PHASE = "generating"
"""Where the one item of an inline run stands while it is executed."""
DONE_PHASE = "completed"


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
# of the hold is the run's own, which has just been made. No hold though there is a price: the caller finds out why, and
# rolls back.
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
    ), payer as (select user_id from run), {ledger.HOLD}, {PAID}
    select run.*, (select id from hold) as hold_id from run
""")


async def begin_inline_run(
    tx: Tx, new: NewRow, lease: FirstLease, payment: NewHold, submit: FirstSubmit | None
) -> InsertedRun | None:
    """Write a run under its lease, its item under way, its hold, and its submit as being sent; None: it is there."""
    key = intent_key(new.run_id, submit.item_key, submit.target, 0) if submit else ""
    values = {
        **row_values(new),
        **hold_values(payment, new.run_id, attempt=1),
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
    return read_first(read_inserted, await tx.execute(_BEGIN, values))


@dataclass(frozen=True, slots=True)
class InlineResult:
    """Result of an inline run that succeeds: of its submit, its item and its row, and its last events."""

    job_id: UUID
    output: Mapping[str, Any]
    cost_usd: float | None
    item_output: Mapping[str, Any]
    result: Mapping[str, Any]
    events: Sequence[NewEvent]


# The fence comes first, and everything else hangs on it: no row, and nothing has been written. A hold is committed
# whole, so that neither account nor entries change. One that somebody else has settled meanwhile stays as it is.
_END = text("""
    with run as (
        update wzrd.runs set status = 'succeeded', error = null, error_code = null, result = cast(:result as jsonb),
            lease_owner = null, lease_until = null, lease_epoch = lease_epoch + 1,
            last_seq = last_seq + json_array_length(cast(:events as json)),
            finished_at = clock_timestamp(), updated_at = clock_timestamp()
        where id = :run_id and lease_epoch = :epoch and status = 'running'
        returning id, attempt, last_seq - json_array_length(cast(:events as json)) as base
    ), job as (
        update wzrd.provider_jobs p set status = 'succeeded', output = cast(:output as jsonb), error = null,
            cost_usd = coalesce(:cost_usd, p.cost_usd), accepted_at = coalesce(p.accepted_at, clock_timestamp()),
            finished_at = clock_timestamp()
        from run where p.id = :job_id and p.run_id = run.id and p.status = any(:sources)
    ), item as (
        update wzrd.run_items i set status = 'succeeded', phase = :phase, error = null,
            output = cast(:item_output as jsonb), delivered_at = coalesce(i.delivered_at, clock_timestamp()),
            updated_at = clock_timestamp()
        from run where i.run_id = run.id and i.key = :item_key and i.status = 'running'
    ), hold as (
        update public.credit_holds h set status = 'committed', updated_at = now(),
            metadata = coalesce(h.metadata, '{}'::jsonb) || jsonb_build_object('actual', h.amount)
        from run where h.id = cast(:hold_id as uuid) and h.status = 'held' returning h.id, h.amount
    ), paid as (
        update wzrd.run_holds r set status = 'committed', committed = hold.amount
        from hold where r.run_id = :run_id and r.hold_id = hold.id and r.status = 'held'
    ), event as (
        insert into wzrd.run_events (run_id, seq, attempt, event, data)
        select run.id, run.base + e.ord, run.attempt, e.value ->> 0, e.value -> 1
        from run, json_array_elements(cast(:events as json)) with ordinality as e(value, ord)
    )
    select coalesce((select amount from hold), 0) as charged from run
""")


async def end_inline_run(tx: Tx, lease: Lease, item_key: str, hold_id: UUID | None, ending: InlineResult) -> int | None:
    """End the run as succeeded, all of it; returns what was charged, None where the run is no longer this lease's."""
    values = {
        "run_id": lease.run_id,
        "epoch": lease.epoch,
        "job_id": ending.job_id,
        "sources": list(source_statuses(PROVIDER_JOB, "succeeded")),
        "output": to_json(ending.output),
        "cost_usd": ending.cost_usd,
        "item_key": item_key,
        "phase": DONE_PHASE,
        "item_output": to_json(ending.item_output),
        "hold_id": hold_id,
        "result": to_json(ending.result),
        "events": to_json(pairs_of(ending.events)),
    }
    return await tx.scalar(_END, values)
