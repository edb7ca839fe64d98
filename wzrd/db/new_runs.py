"""The insertion of a run, with its items, first events and hold, in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.contracts.events import NewEvent
from wzrd.db.engine import Tx, read_first, to_json
from wzrd.db.events import pairs_of
from wzrd.db.ledger import HOLD
from wzrd.db.queue import USER_QUEUE
from wzrd.db.run_holds import NO_HOLD, PAID, NewHold, hold_values
from wzrd.db.runs import COLUMNS, RunRow
from wzrd.domain.runs import NewItem
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
# order, the hold. The key of that is the run's own, which has just been made.
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
    select run.*, (select id from hold) as hold_id from run cross join queued
""")


@dataclass(frozen=True, slots=True)
class InsertedRun:
    """A run that stands now; `hold_id` None: nothing is held for it."""

    row: RunRow
    hold_id: UUID | None


async def insert_run(
    tx: Tx,
    new: NewRow,
    *,
    flow_run_id: UUID | None = None,
    placement: QueuePlacement = IN_FRONT,
    payment: NewHold = NO_HOLD,
) -> InsertedRun | None:
    """Insert a run for a flow run, with its items, first events and hold; None when the request id is already taken.

    No hold though there is a price: the ledger says why, and the caller rolls back. The user's queue is locked from
    there on: the slot is taken by a statement of its own, which sees all slots.
    """
    values = {"flow_run_id": flow_run_id, "queue": placement.queue, "parent": placement.parent}
    values |= {**row_values(new), **hold_values(payment, new.run_id, attempt=1)}
    return read_first(read_inserted, await tx.execute(_INSERT, values))


def read_inserted(*, hold_id: UUID | None, **columns: Any) -> InsertedRun:
    """A row of a statement that inserts a run."""
    return InsertedRun(RunRow(**columns), hold_id)


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
