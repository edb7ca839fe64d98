"""`export_jobs`, the public mirror of Director's Cut runs (a job has its run's id), and the engine's own cut list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.contracts.director_cut import JobView
from wzrd.db.engine import Tx, read_first, read_one, to_json


@dataclass(frozen=True, slots=True)
class CutProgress:
    """A percentage, and what the public row tells beside it."""

    progress: int
    payload: Mapping[str, Any]


async def insert_cut(tx: Tx, run_id: UUID, cut: Mapping[str, Any], payload: Mapping[str, Any]) -> None:
    """Keep the run's cut list, in the transaction that starts the run."""
    statement = text("""
        insert into wzrd.cuts (run_id, cut, payload)
        values (:run_id, cast(:cut as jsonb), cast(:payload as jsonb))
    """)
    await tx.execute(statement, {"run_id": run_id, "cut": to_json(cut), "payload": to_json(payload)})


async def read_cut(tx: Tx, run_id: UUID) -> Mapping[str, Any] | None:
    """The run's cut list; None when it has none."""
    return await tx.scalar(text("select cut from wzrd.cuts where run_id = :run_id"), {"run_id": run_id})


async def read_progress(tx: Tx, run_id: UUID) -> CutProgress | None:
    """Progress of the run; None where it has no cut."""
    statement = text("select progress, payload from wzrd.cuts where run_id = :run_id")
    return read_first(CutProgress, await tx.execute(statement, {"run_id": run_id}))


# Never backwards: a step that is repeated after a fault would tell again what was true before.
_ADVANCE = text("""
    update wzrd.cuts set progress = greatest(progress, :progress),
        payload = case when :progress < progress then payload else payload || cast(:payload as jsonb) end
    where run_id = :run_id returning progress, payload
""")


async def advance(tx: Tx, run_id: UUID, progress: int, payload: Mapping[str, Any]) -> CutProgress:
    """Note that the run is so far; what the payload says is added to what was known, unless that was further."""
    values = {"run_id": run_id, "progress": progress, "payload": to_json(payload)}
    return read_one(CutProgress, await tx.execute(_ADVANCE, values))


async def reset_progress(tx: Tx, run_id: UUID, payload: Mapping[str, Any]) -> None:
    """The run has been given another attempt."""
    statement = text("""
        update wzrd.cuts set progress = 5, payload = cast(:payload as jsonb) where run_id = :run_id
    """)
    await tx.execute(statement, {"run_id": run_id, "payload": to_json(payload)})


# WHERE EXISTS: the project may be gone by now.
_INSERT = text("""
    insert into public.export_jobs (id, project_id, user_id, status, progress, settings, started_at, provider,
        provider_status, fallback_used, provider_payload)
    select :id, :project_id, :user_id, 'processing', 5, cast(:settings as jsonb), clock_timestamp(), :provider,
        'queued', :fallback_used, cast(:payload as jsonb)
    where exists (select 1 from public.projects where id = :project_id)
    on conflict (id) do nothing
""")


async def insert_job(
    tx: Tx,
    job_id: UUID,
    *,
    project_id: UUID,
    user_id: UUID,
    settings: Mapping[str, Any],
    provider: str,
    fallback_used: bool,
    payload: Mapping[str, Any],
) -> None:
    """The job of a run that has just been started."""
    values = {
        "id": job_id,
        "project_id": project_id,
        "user_id": user_id,
        "settings": to_json(settings),
        "provider": provider,
        "fallback_used": fallback_used,
        "payload": to_json(payload),
    }
    await tx.execute(_INSERT, values)


async def find_job(tx: Tx, job_id: UUID, user_id: UUID) -> JobView | None:
    """The job as the client polls it, when it is this user's."""
    statement = text("""
        select status, progress, output_url, error_message as error, provider, provider_status, provider_job_id,
            fallback_used, coalesce(provider_payload, '{}') as provider_payload
        from public.export_jobs where id = :id and user_id = :user_id
    """)
    return read_first(JobView, await tx.execute(statement, {"id": job_id, "user_id": user_id}))


async def advance_job(tx: Tx, job_id: UUID, progress: int, payload: Mapping[str, Any]) -> None:
    """The job's run is under way and so far."""
    statement = text("""
        update public.export_jobs set progress = :progress, provider_status = 'processing',
            provider_payload = cast(:payload as jsonb), updated_at = now()
        where id = :id
    """)
    await tx.execute(statement, {"id": job_id, "progress": progress, "payload": to_json(payload)})


async def complete_job(tx: Tx, job_id: UUID, output_url: str, payload: Mapping[str, Any]) -> None:
    """The film is there."""
    statement = text("""
        update public.export_jobs set status = 'completed', progress = 100, output_url = :output_url,
            error_message = null, provider_status = 'completed', provider_payload = cast(:payload as jsonb),
            completed_at = clock_timestamp(), updated_at = now()
        where id = :id
    """)
    await tx.execute(statement, {"id": job_id, "output_url": output_url, "payload": to_json(payload)})


async def fail_job(tx: Tx, job_id: UUID, error: str, payload: Mapping[str, Any]) -> None:
    """There will be no film; the progress stays where it was."""
    statement = text("""
        update public.export_jobs set status = 'failed', error_message = :error, provider_status = 'failed',
            provider_payload = cast(:payload as jsonb), completed_at = clock_timestamp(), updated_at = now()
        where id = :id
    """)
    await tx.execute(statement, {"id": job_id, "error": error, "payload": to_json(payload)})


async def name_renderer(
    tx: Tx, job_id: UUID, provider: str, *, provider_job_id: str | None = None, fallback_used: bool = False
) -> None:
    """Who renders by now, under which id there, and whether it stands in for another."""
    statement = text("""
        update public.export_jobs set provider = :provider, fallback_used = :fallback_used,
            provider_job_id = coalesce(:provider_job_id, provider_job_id), updated_at = now()
        where id = :id
    """)
    values = {"provider": provider, "provider_job_id": provider_job_id, "fallback_used": fallback_used}
    await tx.execute(statement, {"id": job_id, **values})


async def reopen_job(
    tx: Tx, job_id: UUID, provider: str, payload: Mapping[str, Any], *, fallback_used: bool = False
) -> None:
    """The job's run has been given another attempt; it is rendered by whom it was to be at first."""
    statement = text("""
        update public.export_jobs set status = 'processing', progress = 5, output_url = null, error_message = null,
            provider = :provider, provider_job_id = null, fallback_used = :fallback_used, provider_status = 'queued',
            provider_payload = cast(:payload as jsonb), completed_at = null, updated_at = now()
        where id = :id
    """)
    values = {"provider": provider, "payload": to_json(payload), "fallback_used": fallback_used}
    await tx.execute(statement, {"id": job_id, **values})
