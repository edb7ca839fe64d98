"""Paid submits: one row each, moved along `wzrd.domain.runs.PROVIDER_JOB` by guarded statements.

Rows are facts about money that left the house: none is ever deleted or overwritten by a later submit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, to_json
from wzrd.db.rows import read_all, read_first
from wzrd.domain.ids import derive
from wzrd.domain.runs import PROVIDER_JOB, RESUBMITTABLE, source_statuses
from wzrd.domain.submission import SubmissionRecord, Target, intent_key


@dataclass(frozen=True, slots=True)
class ProviderJob:
    """One submit. `output` is what `wzrd.generation` stored of the result; `cost_usd` as the provider said it."""

    job_id: UUID
    intent_key: str
    item_key: str
    target: Target
    submission_no: int
    status: str
    request_id: str | None
    urls: Mapping[str, Any]
    output: Mapping[str, Any] | None
    cost_usd: Decimal | None
    error: str | None

    @property
    def submission(self) -> SubmissionRecord:
        """What the rules look at."""
        return SubmissionRecord(self.job_id, self.target, self.submission_no, self.status)


_COLUMNS = """id as job_id, intent_key, item_key, provider, model, submission_no, status, request_id, urls, output,
    cost_usd, error"""


def _job(*, provider: str, model: str, **columns: Any) -> ProviderJob:
    return ProviderJob(target=Target(provider, model), **columns)


async def list_item_jobs(tx: Tx, run_id: UUID, item_key: str) -> list[ProviderJob]:
    """All submits of an item, whatever their target, in the order of their making."""
    statement = text(f"""
        select {_COLUMNS} from wzrd.provider_jobs where run_id = :run_id and item_key = :item_key
        order by created_at, provider, model, submission_no
    """)
    return read_all(_job, await tx.execute(statement, {"run_id": run_id, "item_key": item_key}))


async def find_job(tx: Tx, job_id: UUID) -> ProviderJob | None:
    """One submit by its id."""
    statement = text(f"select {_COLUMNS} from wzrd.provider_jobs where id = :id")
    return read_first(_job, await tx.execute(statement, {"id": job_id}))


# The number is right only if exactly so many submits of this intent exist and every one of them has ended in a way
# that allows another. Two that insert the same number meet at the unique intent key, and one inserts nothing.
_INSERT = text("""
    insert into wzrd.provider_jobs (id, intent_key, run_id, item_key, provider, model, submission_no, created_at,
        deadline)
    select :id, :intent_key, :run_id, :item_key, :provider, :model, :no, clock_timestamp(),
        clock_timestamp() + make_interval(secs => :seconds)
    where :no = (
        select count(*) filter (where status = any(:ended)) from wzrd.provider_jobs
        where run_id = :run_id and item_key = :item_key and provider = :provider and model = :model
        having count(*) = count(*) filter (where status = any(:ended)))
    on conflict (intent_key) do nothing
    returning id
""")


async def insert_intent(
    tx: Tx, *, run_id: UUID, item_key: str, target: Target, submission_no: int, seconds: float
) -> UUID | None:
    """Note that a submit is meant to be made within `seconds`; its id, or None when it may not be made.

    The transaction is the one that ends the former submit, or one that finds it ended.
    """
    key = intent_key(run_id, item_key, target, submission_no)
    values = {
        "id": derive(run_id, "provider_job", key),
        "intent_key": key,
        "run_id": run_id,
        "item_key": item_key,
        "provider": target.provider,
        "model": target.model,
        "no": submission_no,
        "seconds": seconds,
        "ended": sorted(RESUBMITTABLE),
    }
    return await tx.scalar(_INSERT, values)


# `status = any(:sources)` is the state table itself: of two that move a job, the second finds no row and changes
# nothing. Facts that are already there are kept: a later step never erases a request id, a result or a cost.
_ADVANCE = text("""
    update wzrd.provider_jobs set
        status = :event,
        request_id = coalesce(request_id, :request_id),
        urls = urls || cast(:urls as jsonb),
        output = coalesce(cast(:output as jsonb), output),
        cost_usd = coalesce(:cost_usd, cost_usd),
        error = case when :event = 'succeeded' then null else coalesce(:error, error) end,
        sent_at = case when :event = 'sending' then clock_timestamp() else sent_at end,
        accepted_at = case when :event in ('accepted', 'succeeded') then coalesce(accepted_at, clock_timestamp())
            else accepted_at end,
        finished_at = case when :event in ('sending', 'accepted', 'unknown') then null else clock_timestamp() end
    where id = :id and status = any(:sources)
    returning id
""")


async def advance_job(
    tx: Tx,
    job_id: UUID,
    event: str,
    *,
    request_id: str | None = None,
    urls: Mapping[str, str] | None = None,
    output: Mapping[str, Any] | None = None,
    cost_usd: float | None = None,
    error: str | None = None,
) -> bool:
    """Move a submit along by `event`; False when it stands where that is not legal, and nothing was changed.

    `request_id` belongs to queue providers, whose ids are unique; the ids that chat servers give are not.
    """
    values = {
        "id": job_id,
        "event": event,
        "sources": list(source_statuses(PROVIDER_JOB, event)),
        "request_id": request_id,
        "urls": to_json(dict(urls or {})),
        "output": to_json(output) if output is not None else None,
        "cost_usd": cost_usd,
        "error": error.replace("\x00", "") if error is not None else None,
    }
    return await tx.scalar(_ADVANCE, values) is not None
