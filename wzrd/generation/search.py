"""Finding a submit again whose answer was lost: in its provider's list, or by its provider's own call."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from wzrd.db.provider_jobs import ProviderJob, advance_job, list_claimed
from wzrd.domain.errors import ProviderError
from wzrd.domain.submission import matches
from wzrd.generation.submissions import ExistingSubmission, GenerationJob, prepare
from wzrd.providers.base import Accepted, ListedJob, Progress, QueueProvider
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

FIND_SECONDS = 20.0
"""Time that a job is looked for among the provider's requests: lists lag behind."""
FIND_PAUSE = 1.0
CLOCKS = timedelta(seconds=30)
"""Longest time that a provider's clock may be behind ours."""


async def look_for(
    runtime: Runtime,
    generation: GenerationJob,
    provider: QueueProvider,
    job: ProviderJob,
    until: float,
    emit: Callable[[Progress], None],
) -> bool:
    """True if the job was found before `until`: it is in the provider's list, or the provider has called.

    Whoever waits is told by `emit` what for.
    """
    clock = asyncio.get_running_loop().time
    if generation.recovery == "list":
        until = min(until, clock() + FIND_SECONDS)
    message = job.error or "no answer came"
    seconds = round(max(until - clock(), 0.0))
    emit(Progress("queued", logs=(f"{generation.target} may have taken this ({message}): awaited for {seconds} s",)))
    with runtime.providers.listen(generation.lease.run_id) as wake:
        while True:
            wake.clear()
            if await _is_found(runtime, generation, provider, job):
                return True
            if clock() >= until:
                return False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(min(until, clock() + FIND_PAUSE)):
                    await wake.wait()


async def _is_found(runtime: Runtime, generation: GenerationJob, provider: QueueProvider, job: ProviderJob) -> bool:
    fresh = await prepare(runtime, generation)  # its own call may have said so
    if not isinstance(fresh, ExistingSubmission) or fresh.accepted:
        return True
    if generation.recovery != "list":
        return False
    try:
        return await find_again(runtime, provider, job) is not None
    except ProviderError as error:
        log.info("the jobs of %s could not be listed: %s", generation.target, error.message)
        return False


async def find_again(runtime: Runtime, provider: QueueProvider, job: ProviderJob) -> Accepted | None:
    """The request of a submit whose answer was lost, noted as accepted; None while it is not among the provider's list.

    It is one of the same model and payload, not made before our submit, and no other submit's; of several the nearest
    to our submit in time.

    Raises:
        ProviderError: the provider's list could not be read.
    """
    listed = await provider.list_jobs(job.target.model)
    candidates = [one for one in listed if _may_be(one, job)]
    ids = [one.accepted.request_id for one in candidates if one.accepted.request_id]
    async with runtime.begin() as tx:
        claimed = await list_claimed(tx, job.target.provider, ids)
        free = [one for one in candidates if one.accepted.request_id not in claimed]
        if not free:
            return None
        sent = job.sent_at or job.created_at
        found = min(free, key=lambda one: abs((_utc(one) - sent).total_seconds())).accepted
        moved = await advance_job(tx, job.job_id, "accepted", request_id=found.request_id, urls=found.urls)
    return found if moved else None


def _may_be(listed: ListedJob, job: ProviderJob) -> bool:
    since = (job.sent_at or job.created_at) - CLOCKS
    at = _utc(listed)
    return at >= since and at <= datetime.now(UTC) + CLOCKS and matches(job.fingerprint, listed.payload)


def _utc(listed: ListedJob) -> datetime:
    return listed.created_at if listed.created_at.tzinfo else listed.created_at.replace(tzinfo=UTC)
