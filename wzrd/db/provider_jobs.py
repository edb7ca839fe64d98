"""Paid submits: one row each, moved along `wzrd.domain.runs.PROVIDER_JOB` by guarded statements.

Rows are facts about money that left the house: none is ever deleted or overwritten by a later submit.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, read_all, read_first, to_json
from wzrd.domain.ids import derive
from wzrd.domain.runs import PROVIDER_JOB, RESUBMITTABLE, source_statuses
from wzrd.domain.submission import SubmissionRecord, Target, intent_key


@dataclass(frozen=True, slots=True)
class ProviderJob:
    """One submit. `output` is what `wzrd.generation` stored of the result; `cost_usd` as the provider said it.

    `media_type` in the catalog's words, `outputs`: how many it asks for; `queued`: its provider is a queue. `token`:
    what its webhook address ends with. `fingerprint`: what its payload is known by. `remaining`: seconds until its
    deadline; `age`: seconds since the bytes left (None: they have not). `is_left`: its run ended without having
    delivered what it had made.
    """

    job_id: UUID
    intent_key: str
    run_id: UUID
    item_key: str
    target: Target
    media_type: str
    submission_no: int
    status: str
    request_id: str | None
    urls: Mapping[str, Any]
    output: Mapping[str, Any] | None
    cost_usd: Decimal | None
    error: str | None
    queued: bool
    token: str | None
    fingerprint: Mapping[str, str]
    created_at: datetime
    sent_at: datetime | None
    remaining: float
    age: float | None
    is_left: bool
    forgiven: bool
    outputs: int | None
    planned_usd: Decimal | None

    @property
    def submission(self) -> SubmissionRecord:
        """Record of the submission, for the rules."""
        return SubmissionRecord(self.job_id, self.target, self.submission_no, self.status, self.forgiven)


COLUMNS = """id as job_id, intent_key, run_id, item_key, provider, model, media_type, submission_no, status,
    request_id, urls, output, cost_usd, error, queued, token, fingerprint, created_at, sent_at,
    coalesce(extract(epoch from deadline - clock_timestamp()), 0)::float as remaining,
    extract(epoch from clock_timestamp() - sent_at)::float as age,
    left_at is not null and status = 'succeeded' as is_left,
    coalesce(created_at <= (select r.resubmit_at from wzrd.runs r where r.id = provider_jobs.run_id), false)
        as forgiven, outputs, planned_usd"""


def job_of(*, provider: str, model: str, **columns: Any) -> ProviderJob:
    """The submit of a row with `COLUMNS`."""
    return ProviderJob(target=Target(provider, model), **columns)


async def list_item_jobs(tx: Tx, run_id: UUID, item_key: str) -> list[ProviderJob]:
    """All submits of an item, whatever their target, in the order of their making."""
    statement = text(f"""
        select {COLUMNS} from wzrd.provider_jobs where run_id = :run_id and item_key = :item_key
        order by created_at, provider, model, submission_no
    """)
    return read_all(job_of, await tx.execute(statement, {"run_id": run_id, "item_key": item_key}))


async def find_job(tx: Tx, job_id: UUID) -> ProviderJob | None:
    """One submit by its id."""
    statement = text(f"select {COLUMNS} from wzrd.provider_jobs where id = :id")
    return read_first(job_of, await tx.execute(statement, {"id": job_id}))


# The number is right only if exactly so many submits of this intent exist and every one of them has ended in a way
# that allows another. Two that insert the same number meet at the unique intent key, and one inserts nothing.
_INSERT = text("""
    insert into wzrd.provider_jobs (id, intent_key, run_id, item_key, provider, model, submission_no, created_at,
        deadline, queued, token, media_type, outputs)
    select :id, :intent_key, :run_id, :item_key, :provider, :model, :no, clock_timestamp(),
        clock_timestamp() + make_interval(secs => :seconds), cast(:token as text) is not null, cast(:token as text),
        :media_type, :outputs
    where :no = (
        select count(*) filter (where status = any(:ended)) from wzrd.provider_jobs
        where run_id = :run_id and item_key = :item_key and provider = :provider and model = :model
        having count(*) = count(*) filter (where status = any(:ended)))
    on conflict (intent_key) do nothing
    returning id
""")


def job_id_of(run_id: UUID, key: str) -> UUID:
    """The id of the submit with this intent key."""
    return derive(run_id, "provider_job", key)


async def insert_intent(
    tx: Tx,
    *,
    run_id: UUID,
    item_key: str,
    target: Target,
    submission_no: int,
    seconds: float,
    media_type: str = "text",
    outputs: int = 1,
    token: str | None = None,
) -> UUID | None:
    """Note that a submit is meant to be made within `seconds`; its id, or None when it may not be made.

    A submit to a queue has a `token`, under which its provider may call us.

    The transaction is the one that ends the former submit, or one that finds it ended.
    """
    key = intent_key(run_id, item_key, target, submission_no)
    values = {
        "id": job_id_of(run_id, key),
        "intent_key": key,
        "run_id": run_id,
        "item_key": item_key,
        "provider": target.provider,
        "model": target.model,
        "no": submission_no,
        "seconds": seconds,
        "media_type": media_type,
        "outputs": outputs,
        "token": token,
        "ended": sorted(RESUBMITTABLE),
    }
    return await tx.scalar(_INSERT, values)


# `status = any(:sources)` is the state table itself: of two that move a job, the second finds no row and changes
# nothing. Facts that are already there are kept: a later step never erases a request id, a result or a cost. A request
# that another submit of ours is known to be (found in the list, of an equal payload) is taken by no second one.
_ADVANCE = text("""
    update wzrd.provider_jobs set
        status = :event,
        request_id = coalesce(request_id, :request_id),
        urls = urls || cast(:urls as jsonb),
        fingerprint = fingerprint || cast(:fingerprint as jsonb),
        output = coalesce(cast(:output as jsonb), output),
        cost_usd = coalesce(:cost_usd, cost_usd),
        error = case when :event = 'succeeded' then null else coalesce(:error, error) end,
        sent_at = case when :event = 'sending' then clock_timestamp() else sent_at end,
        accepted_at = case when :event in ('accepted', 'succeeded') then coalesce(accepted_at, clock_timestamp())
            else accepted_at end,
        finished_at = case when :event in ('sending', 'accepted', 'unknown') then null else clock_timestamp() end
    where id = :id and status = any(:sources) and not exists (
        select from wzrd.provider_jobs other where other.id <> :id and other.request_id = :request_id
            and other.provider = provider_jobs.provider and other.model = provider_jobs.model)
    returning id
""")


async def advance_job(
    tx: Tx,
    job_id: UUID,
    event: str,
    *,
    request_id: str | None = None,
    urls: Mapping[str, str] | None = None,
    fingerprint: Mapping[str, str] | None = None,
    output: Mapping[str, Any] | None = None,
    cost_usd: float | None = None,
    error: str | None = None,
) -> bool:
    """Move a submit along by `event`; False when that is not legal where it stands, and nothing was changed.

    Nor is it for a request that another submit has.

    `request_id` belongs to queue providers, whose ids are unique; the ids that chat servers give are not.
    """
    values = {
        "id": job_id,
        "event": event,
        "sources": list(source_statuses(PROVIDER_JOB, event)),
        "request_id": request_id,
        "urls": to_json(dict(urls or {})),
        "fingerprint": to_json(dict(fingerprint or {})),
        "output": to_json(output) if output is not None else None,
        "cost_usd": cost_usd,
        "error": error.replace("\x00", "") if error is not None else None,
    }
    return await tx.scalar(_ADVANCE, values) is not None


async def lose_sent_jobs(tx: Tx, run_id: UUID, error: str) -> None:
    """Submits whose process is gone and that nobody can find out about: how they ended is not known, and never will be.

    The state table knows two steps, `unknown` and `lost`; nobody would ever see the first.
    """
    statement = text("""
        update wzrd.provider_jobs set status = 'lost', error = coalesce(error, :error), finished_at = clock_timestamp()
        where run_id = :run_id and not queued and status in ('sending', 'unknown')
    """)
    await tx.execute(statement, {"run_id": run_id, "error": error})


async def list_claimed(tx: Tx, target: Target, request_ids: Sequence[str]) -> set[str]:
    """Which of a model's requests belong to a submit of ours already; nobody claims another until the commit."""
    lock = text("select pg_advisory_xact_lock(hashtextextended('listed_jobs:' || cast(:target as text), 0))")
    await tx.execute(lock, {"target": str(target)})
    statement = text("""
        select request_id from wzrd.provider_jobs
        where provider = :provider and model = :model and request_id = any(:ids)
    """)
    values = {"provider": target.provider, "model": target.model, "ids": list(request_ids)}
    return set((await tx.scalars(statement, values)).all())


async def list_unanswered(tx: Tx, target: Target) -> list[ProviderJob]:
    """The submits to a queue that are not known to have been accepted, nor to be lost; the first sent first."""
    statement = text(f"""
        select {COLUMNS} from wzrd.provider_jobs
        where queued and status in ('sending', 'unknown') and provider = :provider and model = :model
        order by sent_at, id
    """)
    return read_all(job_of, await tx.execute(statement, {"provider": target.provider, "model": target.model}))


# The latest submit of each item speaks for it. One of an open run is that run's own affair. What ended well, or is
# known not to have been accepted, bars nothing; neither does what its user has allowed to be sent once more.
_UNSETTLED = text(r"""
    select regexp_replace(item_key, '#\d+$', '') from (
        select distinct on (job.item_key) job.item_key, job.status, job.queued,
            job.left_at is not null and job.status = 'succeeded' as is_left, run.finished_at is not null as ended,
            coalesce(job.created_at > run.resubmit_at, true) as barred
        from wzrd.runs run join wzrd.provider_jobs job on job.run_id = run.id
        where run.user_id = :user_id and run.project_id = :project_id and run.kind = :kind
        order by job.item_key, job.created_at desc) as latest
    where ended and queued and barred
        and (status in ('sending', 'unknown', 'accepted', 'lost', 'expired', 'useless') or is_left)
""")


async def list_unsettled(tx: Tx, user_id: UUID, project_id: UUID, kind: str) -> set[str]:
    """The items of the project's ended runs of a kind that a queue may have made, or may still be making."""
    values = {"user_id": user_id, "project_id": project_id, "kind": kind}
    return set((await tx.scalars(_UNSETTLED, values)).all())


async def lock_job(tx: Tx, *, token: str) -> ProviderJob | None:
    """The submit that a provider's call names, locked after its run: in the order of the run's own steps."""
    run = "select run_id from wzrd.provider_jobs where token = :token"
    await tx.execute(text(f"select id from wzrd.runs where id = ({run}) for key share"), {"token": token})
    statement = text(f"select {COLUMNS} from wzrd.provider_jobs where token = :token for update")
    return read_first(job_of, await tx.execute(statement, {"token": token}))


async def note_webhook(tx: Tx, job_id: UUID) -> bool:
    """Note that the provider has called about a submit; False when it had before."""
    statement = text("""
        update wzrd.provider_jobs set webhook_at = clock_timestamp(), checked_at = null
        where id = :id and webhook_at is null
    """)
    return (await tx.execute(statement, {"id": job_id})).rowcount == 1


async def list_medians(tx: Tx, targets: Collection[Target], *, least: int = 3, latest: int = 20) -> dict[Target, float]:
    """Median seconds of each model's latest jobs, from submit to result; without those with fewer than `least`."""
    statement = text("""
        select wanted.provider, wanted.model, times.median
        from unnest(cast(:providers as text[]), cast(:models as text[])) as wanted(provider, model)
        cross join lateral (
            select percentile_cont(0.5) within group (order by seconds) as median, count(*) as jobs from (
                select extract(epoch from finished_at - sent_at)::float as seconds from wzrd.provider_jobs
                where provider = wanted.provider and model = wanted.model and status = 'succeeded'
                    and sent_at is not null
                order by finished_at desc limit :latest) as latest
        ) times where times.jobs >= :least
    """)
    values = {"providers": [one.provider for one in targets], "models": [one.model for one in targets]}
    rows = await tx.execute(statement, {**values, "least": least, "latest": latest})
    return {Target(row.provider, row.model): row.median for row in rows}


async def median_seconds(tx: Tx, target: Target) -> float | None:
    """Median seconds of one model's latest jobs, as `list_medians`; None where it has had fewer."""
    return (await list_medians(tx, [target])).get(target)
