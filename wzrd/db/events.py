"""The log: one run's tail or the tails of many at once, and its end, where a run's owner writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.contracts.events import NewEvent, RunEvent
from wzrd.db.engine import Tx, read_all, to_json

PAGE = 500


@dataclass(frozen=True, slots=True)
class RunHead:
    """Last sequence number of a run's log, and whether the run has ended."""

    run_id: UUID
    last_seq: int
    terminal: bool


async def read_heads(tx: Tx, run_ids: list[UUID]) -> dict[UUID, RunHead]:
    """The heads of many runs in one query."""
    statement = text("""
        select id as run_id, last_seq, finished_at is not null as terminal from wzrd.runs
        where id = any(cast(:ids as uuid[]))
    """)
    return {head.run_id: head for head in read_all(RunHead, await tx.execute(statement, {"ids": run_ids}))}


_TAILS = text("""
    select e.run_id, e.seq, e.attempt, e.event, e.data, e.at, r.finished_at is not null and e.seq = r.last_seq as last,
        r.attempt as current
    from unnest(cast(:ids as uuid[]), cast(:after as bigint[])) as w(run_id, after)
    join wzrd.runs r on r.id = w.run_id
    cross join lateral (
        select * from wzrd.run_events where run_id = w.run_id and seq > w.after order by seq limit :page
    ) e
    order by e.run_id, e.seq
""")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """An event as read: whether a later attempt superseded it, and whether it is the last of an ended run."""

    event: RunEvent
    superseded: bool
    last: bool


async def read_tails(tx: Tx, after: Mapping[UUID, int], *, page: int = PAGE) -> dict[UUID, list[LogEntry]]:
    """Events of each run's log beyond `after`, at most a page a run, in order."""
    values = {"ids": list(after), "after": list(after.values()), "page": page}
    tails: dict[UUID, list[LogEntry]] = {}
    for row in await tx.execute(_TAILS, values):
        event = RunEvent(row.run_id, row.seq, row.attempt, row.event, row.data, row.at)
        tails.setdefault(row.run_id, []).append(LogEntry(event, event.terminal and row.attempt < row.current, row.last))
    return tails


async def read_events(tx: Tx, run_id: UUID, after: int, *, page: int = PAGE) -> list[LogEntry]:
    """One run's log beyond `after`, at most a page."""
    return (await read_tails(tx, {run_id: after}, page=page)).get(run_id, [])


async def find_latest(tx: Tx, run_id: UUID, event: str) -> Mapping[str, Any] | None:
    """The data of the run's latest event of this name."""
    statement = text("""
        select data from wzrd.run_events where run_id = :run_id and event = :event order by seq desc limit 1
    """)
    return await tx.scalar(statement, {"run_id": run_id, "event": event})


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


async def append_events(tx: Tx, run_id: UUID, events: Sequence[NewEvent]) -> None:
    """Write events at the end of the log: one statement, however many. The caller has fenced or locked the run."""
    if events:
        await tx.execute(_APPEND, {"run_id": run_id, "events": to_json(pairs_of(events))})


def pairs_of(events: Sequence[NewEvent]) -> list[list[Any]]:
    """Events as the statements take them: name and data, in order."""
    return [[new_event.event, new_event.data] for new_event in events]
