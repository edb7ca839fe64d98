"""Counts for operators: open runs, their wait to begin, holds, each model's submits."""

from dataclasses import dataclass

from sqlalchemy import text

from wzrd.db.engine import Tx, read_all, read_one

MOST = 200
"""Models that are told, those with the most submits."""


@dataclass(frozen=True, slots=True)
class OpenRuns:
    """Runs of one kind in one open state; `oldest`: seconds since the first of them was asked for."""

    kind: str
    state: str
    count: int
    oldest: float


async def list_open_runs(tx: Tx) -> list[OpenRuns]:
    """Runs that have not ended, by kind and state."""
    statement = text("""
        select kind, status as state, count(*)::int as count,
            extract(epoch from clock_timestamp() - min(created_at))::float as oldest
        from wzrd.runs where status in ('queued', 'running', 'paused') group by 1, 2
    """)
    return read_all(OpenRuns, await tx.execute(statement))


@dataclass(frozen=True, slots=True)
class EndedRuns:
    """Runs of one kind that ended in one state within the last hour; `began`: median seconds until they were begun."""

    kind: str
    state: str
    count: int
    began: float | None


async def list_ended_runs(tx: Tx) -> list[EndedRuns]:
    """Runs that ended within the last hour, by kind and state."""
    statement = text("""
        select kind, status as state, count(*)::int as count,
            percentile_cont(0.5) within group (order by extract(epoch from started_at - created_at)) as began
        from wzrd.runs where finished_at > clock_timestamp() - interval '1 hour' group by 1, 2
    """)
    return read_all(EndedRuns, await tx.execute(statement))


@dataclass(frozen=True, slots=True)
class OpenHolds:
    """Holds of credits that are neither charged nor given back; `oldest` in seconds."""

    count: int
    credits: int
    oldest: float


async def count_holds(tx: Tx) -> OpenHolds:
    """The holds of all users, of the last thirty days."""
    statement = text("""
        select count(*)::int as count, coalesce(sum(amount), 0)::int as credits,
            coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float as oldest
        from public.credit_holds
        where status = 'held' and created_at > clock_timestamp() - interval '30 days'
    """)
    return read_one(OpenHolds, await tx.execute(statement))


@dataclass(frozen=True, slots=True)
class ModelMeasure:
    """A model's submits of one status within the last hour; `seconds` from sending to the end, the median and p95."""

    provider: str
    model: str
    status: str
    count: int
    median: float | None
    p95: float | None


async def list_models(tx: Tx) -> list[ModelMeasure]:
    """Submits of the last hour, by model and status."""
    statement = text(f"""
        select provider, model, status, count(*)::int as count,
            percentile_cont(0.5) within group (order by extract(epoch from finished_at - sent_at)) as median,
            percentile_cont(0.95) within group (order by extract(epoch from finished_at - sent_at)) as p95
        from wzrd.provider_jobs where created_at > clock_timestamp() - interval '1 hour'
        group by 1, 2, 3 order by count desc limit {MOST}
    """)
    return read_all(ModelMeasure, await tx.execute(statement))
