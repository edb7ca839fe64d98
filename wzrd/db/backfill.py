"""Reads of a backfill: ended runs, other runs for the same work, and what has been made by now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, to_json
from wzrd.db.rows import read_all, read_one
from wzrd.db.runs import COLUMNS, RunRow


@dataclass(frozen=True, slots=True)
class Window:
    """Which ended runs are meant; an empty list means any. `projects`: ids."""

    since: datetime
    until: datetime
    statuses: Sequence[str]
    kinds: Sequence[str]
    projects: Sequence[UUID] = ()
    error_codes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class BackfillCandidate:
    """A run that has ended. `project` is its project's title, None where that is gone or it has none.

    `concurrent` is another run for the same work that came later, is open, or has succeeded since.
    """

    run: RunRow
    project: str | None
    concurrent: UUID | None
    concurrent_status: str | None


# Of the same work are runs whose parameters (`same`, by kind) are equal. One that was asked for later speaks for the
# work, however it ended, unless it was canceled; an earlier one does while it is open or when it has succeeded since.
_ENDED = f"""
    select {COLUMNS},
        (select coalesce(title, '') from public.projects where id = runs.project_id and deleted_at is null) as project,
        concurrent.concurrent, concurrent.concurrent_status
    from wzrd.runs
    left join lateral (
        select other.id as concurrent, other.status as concurrent_status from wzrd.runs other
        where other.user_id = runs.user_id and other.kind = runs.kind and other.id <> runs.id
            and jsonb_exists(cast(:same as jsonb), runs.kind) and other.status <> 'canceled'
            and (other.created_at > runs.created_at or other.finished_at is null
                or other.status = 'succeeded' and other.finished_at > runs.finished_at)
            and not exists (
                select 1 from jsonb_array_elements_text(cast(:same as jsonb) -> runs.kind) as field(name)
                where other.params -> field.name is distinct from runs.params -> field.name)
        order by other.status <> 'succeeded', other.finished_at is not null, other.created_at desc limit 1
    ) concurrent on true
"""
_IN_WINDOW = text(f"""{_ENDED}
    where finished_at >= :since and finished_at <= :until and executor = 'flow'
        and status = any(:statuses) and kind = any(:kinds)
        and (cardinality(cast(:projects as uuid[])) = 0 or project_id = any(cast(:projects as uuid[])))
        and (cardinality(cast(:codes as text[])) = 0 or error_code = any(:codes) or exists (
            select 1 from wzrd.run_items item where item.run_id = runs.id and item.status <> 'succeeded'
                and item.output ->> 'code' = any(:codes)))
    order by finished_at, id limit :limit
""")
_ONE = text(f"{_ENDED} where id = :run_id and finished_at is not null")


async def list_ended_runs(
    tx: Tx, window: Window, same: Mapping[str, Sequence[str]], *, limit: int
) -> list[BackfillCandidate]:
    """The runs that ended within the window, the first to end first, at most `limit`.

    `same`: by kind, the parameters whose equality makes two runs work on the same.
    """
    values: dict[str, Any] = {
        "since": window.since,
        "until": window.until,
        "statuses": list(window.statuses),
        "kinds": list(window.kinds),
        "projects": list(window.projects),
        "codes": list(window.error_codes),
        "same": to_json(same),
        "limit": limit,
    }
    return read_all(_ended, await tx.execute(_IN_WINDOW, values))


async def find_ended_run(tx: Tx, run_id: UUID, same: Mapping[str, Sequence[str]]) -> BackfillCandidate | None:
    """One ended run, whatever window it is in; None when it is open (or not there)."""
    found = read_all(_ended, await tx.execute(_ONE, {"run_id": run_id, "same": to_json(same)}))
    return found[0] if found else None


def _ended(
    *, project: str | None, concurrent: UUID | None, concurrent_status: str | None, **columns: Any
) -> BackfillCandidate:
    return BackfillCandidate(RunRow(**columns), project, concurrent, concurrent_status)


@dataclass(frozen=True, slots=True)
class ItemOutcomes:
    """ItemOutcomes of a run's unfinished items, by their keys; one may be in several of these.

    `made`: their shots have it; `gone`: their shots are deleted; `taken`: another run makes them, or has tried later;
    `sent`: a queue may still work on them, or what it made is on its way; `unsettled`: a queue may have made them, and
    nobody will learn; `expired`: they were made, and nobody can fetch them any more; `useless`: they were made as
    something else than was asked for.
    """

    made: frozenset[str]
    gone: frozenset[str]
    taken: frozenset[str]
    sent: frozenset[str]
    unsettled: frozenset[str]
    expired: frozenset[str]
    useless: frozenset[str]


# The latest submit of an item speaks for it; what its user has allowed to be sent once more bars nothing.
_OUTCOMES = text("""
    with missing as (
        select item.key, item.entity_id, item.entity_type, run.id as run_id, run.project_id, run.created_at,
            run.resubmit_at
        from wzrd.run_items item join wzrd.runs run on run.id = item.run_id
        where run.id = :run_id and item.status <> 'succeeded'
    ), job as (
        select distinct on (job.item_key) job.item_key, job.status,
            job.left_at is not null and job.status = 'succeeded' as is_left,
            coalesce(job.created_at > missing.resubmit_at, true) as barred
        from missing join wzrd.provider_jobs job on job.run_id = missing.run_id and job.item_key = missing.key
        where job.queued or job.status in ('expired', 'useless') or job.left_at is not null and job.status = 'succeeded'
        order by job.item_key, job.created_at desc
    ), shot as (
        select missing.key, shots.id is null as gone, case missing.entity_type
            when 'shot_image' then shots.image_status = 'completed' and coalesce(shots.image_url, '') <> ''
            when 'shot_video' then shots.video_status = 'completed' and coalesce(shots.video_url, '') <> ''
            else shots.audio_status = 'completed' and coalesce(shots.audio_url, '') <> '' end as made
        from missing left join public.shots on shots.id = missing.entity_id
        where missing.entity_type in ('shot_image', 'shot_video', 'shot_audio') and missing.entity_id is not null
    ), taken as (
        select distinct missing.key from missing
        join wzrd.runs other on other.project_id = missing.project_id and other.id <> missing.run_id
            and other.status <> 'canceled' and other.cancel_requested_at is null
        join wzrd.run_items item on item.run_id = other.id and item.entity_id = missing.entity_id
            and item.entity_type = missing.entity_type
        where missing.entity_type in ('shot_image', 'shot_video', 'shot_audio')
            and (item.status in ('pending', 'running') or item.status <> 'succeeded'
                and other.created_at > missing.created_at)
    )
    select
        coalesce((select array_agg(key) from shot where made), '{}') as made,
        coalesce((select array_agg(key) from shot where gone), '{}') as gone,
        coalesce((select array_agg(key) from taken), '{}') as taken,
        coalesce((select array_agg(item_key) from job where status in ('sending', 'unknown', 'accepted') or is_left),
            '{}') as sent,
        coalesce((select array_agg(item_key) from job where status = 'lost' and barred), '{}') as unsettled,
        coalesce((select array_agg(item_key) from job where status = 'expired' and barred), '{}') as expired,
        coalesce((select array_agg(item_key) from job where status = 'useless' and barred), '{}') as useless
""")


async def read_outcomes(tx: Tx, run_id: UUID) -> ItemOutcomes:
    """Read the outcomes of the unfinished items of an ended run."""
    return read_one(_outcomes, await tx.execute(_OUTCOMES, {"run_id": run_id}))


def _outcomes(**keys: Sequence[str]) -> ItemOutcomes:
    return ItemOutcomes(**{name: frozenset(found) for name, found in keys.items()})


async def is_reported_elsewhere(tx: Tx, backfill: RunRow, item_key: str, attempt: int) -> bool:
    """True if another backfill has followed the same attempt of an item's run, and told its charge.

    Until the end of this transaction no other is answered about it.
    """
    lock = text("select pg_advisory_xact_lock(hashtextextended('backfill:' || :key, 0))")
    await tx.execute(lock, {"key": item_key})
    statement = text("""
        select exists (
            select from wzrd.runs other join wzrd.run_items item on item.run_id = other.id and item.key = :key
            where other.user_id = :user_id and other.kind = :kind and other.id <> :run_id
                and coalesce(other.finished_at >= :since, true)
                and item.output ->> 'attempt' = cast(cast(:attempt as int) as text)
                and cast(item.output ->> 'charged' as int) > 0)
    """)
    values = {
        "key": item_key,
        "user_id": backfill.user_id,
        "kind": backfill.kind,
        "run_id": backfill.run_id,
        "since": backfill.created_at,
        "attempt": attempt,
    }
    return bool(await tx.scalar(statement, values))
