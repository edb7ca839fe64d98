"""Finding a submit again whose answer was lost: in its provider's list, or by its provider's own call."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from wzrd.db.provider_jobs import ProviderJob, advance_job, list_claimed, list_unanswered
from wzrd.domain.errors import ProviderError, ProviderRejected
from wzrd.domain.lost_submits import CLOCKS, ListedRequest, OpenSubmit, find_submit
from wzrd.domain.submission import matches
from wzrd.generation.queue import UNAUTHORIZED, pause_before_poll
from wzrd.generation.submissions import ExistingSubmission, GenerationJob, prepare
from wzrd.providers.base import AnyProvider, ListedJob, Progress, QueueProvider, is_queue
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

FIND_SECONDS = 20.0
"""Time that a job is looked for in a list of all requests: lists lag behind."""
FIND_PAUSE = 1.0
SENDING_SECONDS = 240.0
"""Time a process may await the answer to a submit: no provider's takes longer."""


def may_be_sending(job: ProviderJob) -> bool:
    """True if its process may still get the answer."""
    return job.status == "sending" and job.remaining > 0 and job.age is not None and job.age < SENDING_SECONDS


@dataclass(slots=True)
class JobSearch:
    """Looks for one submit whose answer was lost until it is found, or its time is over.

    `until` by the loop's clock. Whoever waits is told by `emit` what for. `renew` gives the provider with the key that
    is in force by now, after it has refused the former.
    """

    runtime: Runtime
    generation: GenerationJob
    provider: QueueProvider
    job: ProviderJob
    until: float
    emit: Callable[[Progress], None]
    renew: Callable[[], Awaitable[AnyProvider]]

    async def run(self) -> bool:
        """True if it was found: it is in the provider's list, or the provider has called.

        Where neither can be (the key may not read the list) the search ends at once.
        """
        clock = asyncio.get_running_loop().time
        began = next_look = clock()
        if self.provider.recovery == "list" and self.provider.lists == "all":
            self.until = min(self.until, began + FIND_SECONDS)
        self._tell(f"may have taken this ({self.job.error or 'no answer came'}): {self._waiting_for(began)}")
        with self.runtime.providers.listen(self.generation.lease.run_id) as wake:
            while True:
                wake.clear()
                if await self._has_called():
                    return True
                if self.provider.recovery == "list" and clock() >= next_look:
                    if await self._is_listed():
                        return True
                    next_look = clock() + pause_before_poll(clock() - began, self.runtime.providers.jitter())
                if self.provider.recovery == "none" or clock() >= self.until:
                    return False
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout_at(min(self.until, clock() + FIND_PAUSE)):
                        await wake.wait()

    def _waiting_for(self, now: float) -> str:
        seconds = round(max(self.until - now, 0.0))
        where = "looked for among its requests, and awaited" if self.provider.recovery == "list" else "awaited"
        return f"{where} for {seconds} s"

    def _tell(self, said: str) -> None:
        self.emit(Progress("queued", logs=(f"{self.generation.target} {said}",)))

    async def _has_called(self) -> bool:
        fresh = await prepare(self.runtime, self.generation)  # its own call may have said so
        return not isinstance(fresh, ExistingSubmission) or fresh.accepted

    async def _is_listed(self) -> bool:
        try:
            found = await find_again(self.runtime, self.provider, self.job)
        except ProviderError as error:
            log.info("the jobs of %s could not be listed: %s", self.generation.target, error.message)
            is_key = isinstance(error, ProviderRejected) and error.status == UNAUTHORIZED
            if is_key and is_queue(provider := await self.renew()):
                self.provider = provider
            return False
        if found is not None and found > 1:
            self._tell(f"has {found} requests like this one: told apart by the order of their sending")
        return found is not None


async def find_again(runtime: Runtime, provider: QueueProvider, job: ProviderJob) -> int | None:
    """Find the request of a submit whose answer was lost, and note it as accepted; None while it is not in the list.

    It is one of the same model and payload, not made before our submit, and no other submit's; returned is how many
    of those there are (`wzrd.domain.lost_submits.Sighting`).

    Raises:
        ProviderError: the provider's list could not be read.
    """
    latest = datetime.now(UTC) + CLOCKS
    listed = await provider.list_jobs(job.target.model, (job.sent_at or job.created_at) - CLOCKS)
    alike = {
        one.accepted.request_id: one
        for one in listed
        if one.accepted.request_id and _utc(one) <= latest and matches(job.fingerprint, one.payload)
    }
    async with runtime.begin() as tx:
        claimed = await list_claimed(tx, job.target, list(alike))
        submits = [_open(one) for one in await list_unanswered(tx, job.target)]
        free = [ListedRequest(name, one.payload, _utc(one)) for name, one in alike.items() if name not in claimed]
        sighting = find_submit(job.job_id, submits, free)
        if sighting is None:
            return None
        found = alike[sighting.request_id].accepted
        moved = await advance_job(tx, job.job_id, "accepted", request_id=found.request_id, urls=found.urls)
    if not moved:
        return None
    log.info("%s: the lost submit %s is its request %s", job.target, job.job_id, found.request_id)
    return sighting.equals


def _open(job: ProviderJob) -> OpenSubmit:
    return OpenSubmit(job.job_id, job.fingerprint, job.sent_at or job.created_at, may_be_sending(job))


def _utc(listed: ListedJob) -> datetime:
    return listed.created_at if listed.created_at.tzinfo else listed.created_at.replace(tzinfo=UTC)
