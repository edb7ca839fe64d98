"""The end of an inline run: all that its last commit writes, in one statement.

It says at once what wzrd/db/runs.py, ledger.py, run_holds.py, provider_jobs.py, items.py and events.py say one by one;
a client waits for it, and each round trip saved is a millisecond of its answer. A test compares the rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.contracts.events import NewEvent
from wzrd.db.engine import Tx, to_json
from wzrd.db.events import pairs_of
from wzrd.domain.runs import PROVIDER_JOB, Lease, source_statuses

DONE_PHASE = "completed"
"""Where the one item of an inline run stands when it is delivered."""


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
