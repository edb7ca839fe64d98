"""Submits of one run that are ready at the same time, and their results: one statement for all of them.

Each row is what `wzrd.db.provider_jobs` would have made of it alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from wzrd.db.engine import Tx, to_json
from wzrd.db.job_money import BACKFILL_BOUND
from wzrd.db.provider_jobs import job_id_of
from wzrd.db.run_leases import fence
from wzrd.domain.errors import LeaseLost
from wzrd.domain.runs import PROVIDER_JOB, Lease, source_statuses
from wzrd.domain.submission import Target, intent_key

# The fence is in the statement, which may so be all of its transaction. Nothing is inserted beside what stands already:
# what to do about that is for `wzrd.domain.submission` to say. A run with a bound in money counts each of its submits
# against it first, one by one (`wzrd.db.job_money.hold_money`).
_INSERT_SENDING = text(f"""
    with run as (
        update wzrd.runs set updated_at = clock_timestamp()
        where id = :run_id and lease_epoch = :epoch and status = 'running' and cancel_requested_at is null
        returning id, params
    ), noted as (
        insert into wzrd.provider_jobs (id, intent_key, run_id, item_key, provider, model, submission_no, media_type,
            queued, status, fingerprint, created_at, deadline, sent_at, planned_usd)
        select one.id, one.intent_key, run.id, one.item_key, one.provider, one.model, 0, one.media_type, false,
            'sending', cast(one.fingerprint as jsonb), clock_timestamp(),
            clock_timestamp() + make_interval(secs => one.seconds), clock_timestamp(), one.planned
        from run, unnest(cast(:ids as uuid[]), cast(:keys as text[]), cast(:items as text[]),
            cast(:providers as text[]), cast(:models as text[]), cast(:media_types as text[]),
            cast(:seconds as float8[]), cast(:fingerprints as text[]), cast(:planned as numeric[]))
            as one(id, intent_key, item_key, provider, model, media_type, seconds, fingerprint, planned)
        where run.params->>'maxUsd' is null and not exists ({BACKFILL_BOUND})
            and not exists (select from wzrd.provider_jobs p where p.run_id = run.id and p.item_key = one.item_key)
        on conflict (intent_key) do nothing
        returning id
    )
    select exists (select from run) as held, array(select id from noted) as noted
""")


@dataclass(frozen=True, slots=True)
class ItemSubmit:
    """The first submit of an item, to a provider that answers while we listen; `seconds` until its deadline.

    `fingerprint`: what its content is known by, where that is to be made once. `planned`: dollars that it may cost.
    """

    item_key: str
    target: Target
    media_type: str
    seconds: float
    fingerprint: Mapping[str, str] = field(default_factory=dict[str, str])
    planned: Decimal | None = None

    def job_id(self, run_id: UUID) -> UUID:
        """The id of its row."""
        return job_id_of(run_id, intent_key(run_id, self.item_key, self.target, 0))


async def insert_sending(tx: Tx, lease: Lease, submits: Sequence[ItemSubmit]) -> set[UUID]:
    """Note that these submits are being sent, intent and sending in one; the ids of those whose items had none before.

    It may be all of its transaction; every one of them is sent right after the commit.

    Raises:
        LeaseLost, CancelRequested: as `fence`; nothing is noted.
    """
    keys = [intent_key(lease.run_id, one.item_key, one.target, 0) for one in submits]
    values = {
        "run_id": lease.run_id,
        "epoch": lease.epoch,
        "ids": [job_id_of(lease.run_id, key) for key in keys],
        "keys": keys,
        "items": [one.item_key for one in submits],
        "providers": [one.target.provider for one in submits],
        "models": [one.target.model for one in submits],
        "media_types": [one.media_type for one in submits],
        "seconds": [one.seconds for one in submits],
        "fingerprints": [to_json(dict(one.fingerprint)) for one in submits],
        "planned": [one.planned for one in submits],
    }
    held, noted = (await tx.execute(_INSERT_SENDING, values)).one()
    if not held:
        await fence(tx, lease)  # says why
        raise LeaseLost(run_id=str(lease.run_id), epoch=lease.epoch)
    return set(noted)


_SUCCEED = text("""
    update wzrd.provider_jobs job set status = 'succeeded', output = cast(made.output as jsonb), error = null,
        cost_usd = coalesce(made.cost_usd, job.cost_usd),
        accepted_at = coalesce(accepted_at, clock_timestamp()), finished_at = clock_timestamp()
    from unnest(cast(:ids as uuid[]), cast(:outputs as text[]), cast(:costs as numeric[])) as made(id, output, cost_usd)
    where job.id = made.id and job.status = any(:sources)
""")


@dataclass(frozen=True, slots=True)
class SubmitResult:
    """Result of a submit, as JSON text, and its cost as the provider said it."""

    job_id: UUID
    output: str
    cost_usd: float | None

    def row(self) -> dict[str, Any]:
        """Row as `write_nodes` takes it."""
        return {"id": str(self.job_id), "output": orjson.Fragment(self.output), "cost_usd": self.cost_usd}


async def succeed_jobs(tx: Tx, results: Sequence[SubmitResult]) -> None:
    """Move these submits to `succeeded`, as `advance_job` does with one; by their ids, as a run's end takes them."""
    results = sorted(results, key=lambda one: one.job_id)
    values = {
        "ids": [one.job_id for one in results],
        "outputs": [one.output for one in results],
        "costs": [one.cost_usd for one in results],
        "sources": list(source_statuses(PROVIDER_JOB, "succeeded")),
    }
    await tx.execute(_SUCCEED, values)
