"""Following a job in a provider's queue until it has ended, and stopping one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from wzrd.domain.errors import (
    ProviderError,
    ProviderFailed,
    ProviderRejected,
    ProviderUnknown,
    ResultExpired,
    ResultUseless,
)
from wzrd.domain.submission import Target
from wzrd.providers.base import Accepted, AnyProvider, CancelAnswer, Output, Progress, QueueProvider, is_queue
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

SHORTEST, LONGEST = 0.1, 10.0
LONGEST_TOLD = 60.0
"""However long a provider asks not to be asked: the job may be done, and its result does not lie there for ever."""
SHARE = 0.15
"""A job is asked about again after this share of its age: what has just begun soon, what takes minutes seldom."""
LAST_LOOK_SECONDS = 10.0
"""Seconds that an answer may take which comes after the deadline."""
CANCEL_SECONDS = 10.0
"""Longest wait for a provider to answer a cancel; its run's end does not wait so long."""
UNAUTHORIZED = 401
GONE_AFTER = 5
"""So often in a row must a provider say that it knows no such job before that is believed."""


def pause_before_poll(age: float, jitter: float) -> float:
    """Seconds until a job of this age is asked about again; `jitter` from 0 to 1."""
    return min(max(age * SHARE, SHORTEST), LONGEST) * (0.8 + 0.4 * jitter)


@dataclass(slots=True)
class JobFollower:
    """Asks about one job until it has ended, or `until` has passed; at least once, and once more then.

    Nobody may have asked for longer than that, and it may have ended well. A webhook (`wake`) only makes it ask sooner.
    `renew` gives the provider with the key that is in force by now, after it has refused the former.
    """

    runtime: Runtime
    provider: QueueProvider
    target: Target
    accepted: Accepted
    until: float
    emit: Callable[[Progress], None]
    wake: asyncio.Event
    renew: Callable[[], Awaitable[AnyProvider]]
    _gone: int = 0

    async def run(self) -> Output:
        """The result.

        Raises:
            ProviderFailed: the job failed; or it did not end in time, and was stopped.
            ProviderUnknown: it did not end in time, and may still; or its provider no longer knows it.
            ResultExpired: it has ended well, and its provider no longer has what it made.
            ResultUseless: it has ended, with something else than what was asked for.
        """
        if self.accepted.output is not None:
            return self.accepted.output
        clock = asyncio.get_running_loop().time
        began, latest = clock(), None
        while True:
            is_last = clock() >= self.until
            self.wake.clear()
            news, wait = await self._ask()
            if isinstance(news, Output):
                return news
            if news is not None and news != latest:
                latest = news
                self.emit(news)
            if is_last:
                break
            await self._rest(max(pause_before_poll(clock() - began, self.runtime.providers.jitter()), wait))
        stopped = await stop(self.provider, self.accepted)
        if stopped == "stopped":
            raise ProviderFailed(f"{self.target} had not begun in time and was stopped; try again later")
        if stopped == "too_late" and isinstance(news := (await self._ask())[0], Output):  # it has just ended
            return news
        raise ProviderUnknown(f"{self.target} has not finished in time; what it still makes is kept, and not charged")

    async def _ask(self) -> tuple[Output | Progress | None, float]:
        """News of the job from its provider (None: no answer), and how long it asks not to be asked again.

        Raises:
            ProviderFailed, ResultUseless: how it has ended.
            as `_take_refusal`.
        """
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout_at(max(self.until, clock() + LAST_LOOK_SECONDS)):
                news = await self.provider.poll(self.accepted)
        except (ProviderFailed, ResultUseless):
            raise
        except TimeoutError:
            return None, 0.0
        except ProviderError as error:
            return None, await self._take_refusal(error)
        self._gone = 0
        return news, 0.0

    async def _take_refusal(self, error: ProviderError) -> float:
        """No answer this time: how long it asks not to be asked; a refused key is read anew.

        Raises:
            ProviderUnknown: it has said so often that it knows no such job that this is believed.
            ResultExpired: or that it no longer has what the job made.
        """
        refusal = error if isinstance(error, ProviderRejected) else None
        expired = isinstance(error, ResultExpired)
        self._gone = self._gone + 1 if expired or (refusal and refusal.status in {404, 410}) else 0
        if self._gone >= GONE_AFTER:
            if expired:
                raise error
            raise ProviderUnknown(f"{self.target} no longer knows the job: {error.message}") from error
        if refusal and refusal.status == UNAUTHORIZED and is_queue(provider := await self.renew()):
            self.provider = provider
        return min(refusal.retry_after or 0.0, LONGEST_TOLD) if refusal else 0.0

    async def _rest(self, pause: float) -> None:
        clock = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout_at(min(self.until, clock() + pause)):
                await self.wake.wait()
        except TimeoutError:
            pass


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
