"""Ends of runs that nobody has announced yet, and what was charged meanwhile."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from wzrd.db.engine import Tx
from wzrd.db.rows import read_all
from wzrd.domain.announcements import EndedRun

# The condition is the index's own. An inline run that succeeded is a chat's answer: thousands a minute, and no news.
_UNANNOUNCED = text("""
    select r.id as run_id, r.kind, r.status, r.attempt, r.project_id, p.title as project, r.params ->> 'label' as label,
        r.flow_run_id, r.error, r.error_code, r.finished_at,
        coalesce((select sum(committed) from wzrd.run_holds where run_id = r.id), 0)::int as credits, j.provider
    from wzrd.runs r
    left join public.projects p on p.id = r.project_id
    left join lateral (
        select provider from wzrd.provider_jobs where run_id = r.id
            and status in ('failed', 'unknown', 'lost', 'rejected', 'never_sent', 'expired',
                'useless') and r.status <> 'succeeded'
        group by provider order by count(*) desc, provider limit 1
    ) j on true
    where r.finished_at is not null and r.announced_attempt < r.attempt
        and (r.executor = 'flow' or r.status <> 'succeeded')
    order by r.finished_at limit :limit
""")


async def list_unannounced(tx: Tx, *, limit: int) -> list[EndedRun]:
    """Runs whose end is to be announced, the earliest first."""
    return read_all(EndedRun, await tx.execute(_UNANNOUNCED, {"limit": limit}))


async def note_announced(tx: Tx, ended: Sequence[EndedRun]) -> None:
    """These ends have been announced; a run that was reopened meanwhile is announced again at its next end."""
    statement = text("""
        update wzrd.runs r set announced_attempt = greatest(r.announced_attempt, a.attempt)
        from unnest(cast(:ids as uuid[]), cast(:attempts as int[])) as a(id, attempt) where r.id = a.id
    """)
    values = sorted((one.run_id, one.attempt) for one in ended)
    ids, attempts = [run_id for run_id, _ in values], [attempt for _, attempt in values]
    await tx.execute(statement, {"ids": ids, "attempts": attempts})


async def sum_charged(tx: Tx, *, since: datetime) -> int:
    """The credits that runs which ended since then have charged, of all users and in all their attempts."""
    statement = text("""
        select coalesce(sum(h.committed), 0)::int from wzrd.runs r join wzrd.run_holds h on h.run_id = r.id
        where r.finished_at >= :since and h.committed > 0
    """)
    return int(await tx.scalar(statement, {"since": since}) or 0)
