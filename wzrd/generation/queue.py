"""Following a job in a provider's queue until it has ended, finding a lost one again, and stopping one."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from wzrd.db.provider_jobs import ProviderJob, advance_job, list_claimed
from wzrd.domain.errors import ProviderError, ProviderFailed, ProviderRejected, ProviderUnknown
from wzrd.domain.submission import Target, matches
from wzrd.providers.base import Accepted, CancelAnswer, ListedJob, Output, Progress, QueueProvider
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

SHORTEST, LONGEST = 0.1, 10.0
SHARE = 0.15
"""A job is asked about again after this share of its age: what has just begun soon, what takes minutes seldom."""
CANCEL_SECONDS = 1.0
"""How long a provider may take to answer that it stops."""
GONE_AFTER = 5
"""So often in a row must a provider say that it knows no such job before that is believed."""
FIND_SECONDS = 20.0
"""How long a submit whose answer was lost is looked for among the provider's requests: lists lag behind."""
CLOCKS = timedelta(seconds=30)
"""How far a provider's clock may be behind ours."""


def pause_before_poll(age: float, jitter: float) -> float:
    """Seconds until a job of this age is asked about again; `jitter` from 0 to 1."""
    return min(max(age * SHARE, SHORTEST), LONGEST) * (0.8 + 0.4 * jitter)


@dataclass(slots=True)
class Follower:
    """Asks about one job until it has ended. A webhook (`wake`) only makes it ask sooner."""

    runtime: Runtime
    provider: QueueProvider
    target: Target
    accepted: Accepted
    until: float
    emit: Callable[[Progress], None]
    wake: asyncio.Event

    async def run(self) -> Output:
        """The result.

        Raises:
            ProviderFailed: the job failed; or it did not end in time, and was stopped.
            ProviderUnknown: it did not end in time, and may still; or its provider no longer knows it.
        """
        if self.accepted.output is not None:
            return self.accepted.output
        clock = asyncio.get_running_loop().time
        began, gone, latest = clock(), 0, None
        while clock() < self.until:
            self.wake.clear()
            try:
                async with asyncio.timeout_at(max(self.until, clock() + 1)):
                    news = await self.provider.poll(self.accepted)
            except (ProviderFailed, TimeoutError) as error:
                if isinstance(error, ProviderFailed):
                    raise
                break
            except ProviderError as error:
                gone = gone + 1 if isinstance(error, ProviderRejected) and error.status in {404, 410} else 0
                if gone >= GONE_AFTER:
                    raise ProviderUnknown(f"{self.target} no longer knows the job: {error.message}") from error
            else:
                gone = 0
                if isinstance(news, Output):
                    return news
                if news != latest:
                    latest = news
                    self.emit(news)
            await self._rest(clock() - began)
        raise await self._too_late()

    async def _rest(self, age: float) -> None:
        pause = pause_before_poll(age, self.runtime.providers.jitter())
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout_at(min(self.until, clock() + pause)):
                await self.wake.wait()
        except TimeoutError:
            pass

    async def _too_late(self) -> ProviderError:
        if await stop(self.provider, self.accepted) == "stopped":
            return ProviderFailed(f"{self.target} had not begun in time and was stopped; try again later")
        return ProviderUnknown(f"{self.target} has not finished in time; what it still makes is kept, and not charged")


async def stop(provider: QueueProvider, accepted: Accepted) -> CancelAnswer | None:
    """Ask the provider to stop a job; None when it cannot, or does not answer in time."""
    if provider.cancels == "none":
        return None
    try:
        async with asyncio.timeout(CANCEL_SECONDS):
            return await provider.cancel(accepted)
    except (ProviderError, TimeoutError) as error:
        log.warning("%s did not answer to a cancel: %s", provider.name, type(error).__name__)
        return None


async def find_again(runtime: Runtime, provider: QueueProvider, job: ProviderJob) -> Accepted | None:
    """The request of a submit whose answer was lost, noted as accepted; None while it is not among the provider's list.

    It is one of the same model and payload, not made before our submit, and no other submit's.

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
        found = min(free, key=lambda one: one.created_at).accepted
        moved = await advance_job(tx, job.job_id, "accepted", request_id=found.request_id, urls=found.urls)
    return found if moved else None


def _may_be(listed: ListedJob, job: ProviderJob) -> bool:
    since = (job.sent_at or job.created_at) - CLOCKS
    at = listed.created_at if listed.created_at.tzinfo else listed.created_at.replace(tzinfo=UTC)
    return at >= since and at <= datetime.now(UTC) + CLOCKS and matches(job.fingerprint, listed.payload)
