"""Rows that upkeep finds and deletes: stale holds, spent tickets and sessions, old logs; and its counters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_all


@dataclass(frozen=True, slots=True)
class HeldHold:
    """A hold of ours that stands. `key` and `run_id` None: no row of a run's holds names it any more."""

    hold_id: UUID
    run_id: UUID | None
    key: str | None
    run_known: bool
    ended_for: float | None
    job_open: bool


# Only holds that a run of ours has taken: an adopted ledger has holds of others, which are theirs to settle. One whose
# run is gone is known by its key. A run's own hold pays for its items, so any of their open jobs speaks for it.
_HELD = text("""
    select held.id as hold_id, mine.run_id, mine.key, run.id is not null as run_known,
        extract(epoch from clock_timestamp() - case when run.id is null then held.created_at else run.finished_at end)
            ::float as ended_for,
        exists (
            select 1 from wzrd.provider_jobs job where job.run_id = mine.run_id
                and (job.queued and job.status in ('sending', 'unknown', 'accepted')
                    or job.left_at is not null and job.status = 'succeeded')
                and (mine.item_key = '' or job.item_key = mine.item_key
                    or starts_with(mine.item_key, job.item_key || '+')
                    or starts_with(job.item_key, mine.item_key || '#'))
        ) as job_open
    from public.credit_holds held
    left join wzrd.run_holds mine on mine.hold_id = held.id
    left join wzrd.runs run on run.id = coalesce(mine.run_id,
        case when held.idempotency_key ~ :ours then cast(substr(held.idempotency_key, 5, 36) as uuid) end)
    where held.status = 'held' and (mine.key is not null or held.idempotency_key ~ :ours)
        and held.updated_at < clock_timestamp() - make_interval(secs => :older)
        and (run.id is null or run.finished_at < clock_timestamp() - make_interval(secs => :older))
    order by held.created_at limit :limit
""")
_OURS = r"^run:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:.*:[0-9]+(\+[0-9]+)?$"
"""The key of a hold that a run takes (`wzrd.db.run_holds.hold_key`)."""


async def list_held(tx: Tx, *, older_than: float, limit: int) -> list[HeldHold]:
    """Holds that have stood for `older_than` seconds since their runs ended, or whose runs are gone."""
    return read_all(HeldHold, await tx.execute(_HELD, {"older": older_than, "limit": limit, "ours": _OURS}))


# A signature is refused by its age after ten minutes, so a day is long enough to remember it.
_FORGET: Mapping[str, tuple[str, str]] = {
    "stream_tickets": ("ticket_hash", "expires_at < now()"),
    "refresh_tokens": ("token_hash", "expires_at < now() - interval '1 day'"),
    "used_signatures": ("signature_hash", "used_at < now() - interval '1 day'"),
    "wallet_nonces": ("nonce", "expires_at < now()"),
    "rate_limits": ("bucket", "last_at < now() - interval '10 minutes'"),
}
"""By table its key, and when a row is of no use any more. Rows go when their table is used, but use may not come."""


async def forget_some(tx: Tx, table: str, *, limit: int = 100) -> int:
    """Forget rows of a table that are of no use any more, at most `limit`, none that somebody holds; how many."""
    key, spent = _FORGET[table]
    statement = text(f"""
        delete from wzrd.{table} where {key} in (
            select {key} from wzrd.{table} where {spent} limit :limit for update skip locked)
    """)
    return (await tx.execute(statement, {"limit": limit})).rowcount


async def forget_expired(tx: Tx, *, limit: int) -> dict[str, int]:
    """Forget what has expired, at most `limit` of each; how many, by table."""
    return {table: await forget_some(tx, table, limit=limit) for table in _FORGET}


# A log keeps its first and its last event: whoever comes late still learns what it was and how it ended. `first_seq`
# says that what lies between is gone.
_FORGET_EVENTS = text("""
    with old as (
        select id, last_seq from wzrd.runs
        where finished_at < clock_timestamp() - make_interval(secs => :older) and first_seq < last_seq
        order by finished_at limit :limit for update skip locked
    ), gone as (
        delete from wzrd.run_events event using old
        where event.run_id = old.id and event.seq > 1 and event.seq < old.last_seq returning 1
    ), marked as (
        update wzrd.runs set first_seq = old.last_seq from old where runs.id = old.id
    )
    select (select count(*) from old) as runs, (select count(*) from gone) as events
""")


async def forget_events(tx: Tx, *, older_than: float, limit: int) -> tuple[int, int]:
    """Forget the logs of runs that ended `older_than` seconds ago, but for their two ends; how many runs and events."""
    row = (await tx.execute(_FORGET_EVENTS, {"older": older_than, "limit": limit})).one()
    return row.runs, row.events


async def count_ignored_pauses(tx: Tx, *, older_than: float) -> int:
    """Number of runs that lack their worker for `older_than` seconds, and that nobody has taken from it."""
    statement = text("""
        select count(*) from wzrd.runs where status = 'running'
            and lease_until < clock_timestamp() - make_interval(secs => :older)
    """)
    return int(await tx.scalar(statement, {"older": older_than}) or 0)


async def list_open_flow_runs(tx: Tx, flow_run_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these flow runs whose runs have not ended."""
    statement = text("""
        select flow_run_id from wzrd.runs where flow_run_id = any(cast(:ids as uuid[])) and finished_at is null
    """)
    return set((await tx.scalars(statement, {"ids": list(flow_run_ids)})).all())


async def add_done(tx: Tx, done: Mapping[str, int]) -> None:
    """Add to the counters of what upkeep has done, by task. In order of the tasks: two at once never deadlock."""
    statement = text("""
        insert into wzrd.upkeep as u (task, done) values (:task, :done)
        on conflict (task) do update set done = u.done + excluded.done, looked_at = clock_timestamp()
    """)
    for task, count in sorted(done.items()):
        await tx.execute(statement, {"task": task, "done": count})


@dataclass(frozen=True, slots=True)
class UpkeepCount:
    """One of the counters: how much a task has done in all, and when it looked last."""

    task: str
    done: int
    looked_at: datetime


async def list_done(tx: Tx) -> list[UpkeepCount]:
    """The counters."""
    statement = text("select task, done, looked_at from wzrd.upkeep where task not like '%/%' order by task")
    return read_all(UpkeepCount, await tx.execute(statement))
