"""Own work that fails: `retry` repeats it by a policy, `best_effort` goes on without it.

A paid call is never among that work: `wzrd.generation` alone decides when one is sent again.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from wzrd.domain.errors import ProviderError, WzrdError, error_message
from wzrd.domain.submission import RetryPolicy, backoff

T = TypeVar("T")

LOCAL_WORK = RetryPolicy(tries=3, first=0.6, longest=5.0)
"""For work on this machine and what it fetches: a tool that was killed, an address that did not answer."""


@dataclass(frozen=True, slots=True)
class _BestEffort(AbstractContextManager[None, bool]):
    warn: Callable[..., object]
    message: str
    values: tuple[object, ...]

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> bool:
        if not isinstance(error, Exception):
            return False
        self.warn(f"{self.message}: %s", *self.values, type(error).__name__)
        return True


def best_effort(warn: Callable[..., object], message: str, *values: object) -> AbstractContextManager[None, bool]:
    """Pass over any error inside and warn of it: `message`, as a logger takes it, and the error's type.

    For a view, a hint or a round that comes again: nothing else may fail because it did.
    """
    return _BestEffort(warn, message, values)


def is_transient(error: Exception) -> bool:
    """True if the same work may succeed next time. A provider's error never counts: it is final here."""
    return isinstance(error, WzrdError) and error.retryable and not isinstance(error, ProviderError)


async def retry(
    policy: RetryPolicy,
    once: Callable[[], Awaitable[T]],
    *,
    on_retry: Callable[[Exception, float], None],
    retryable: Callable[[Exception], bool] = is_transient,
    jitter: Callable[[], float] = random.random,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> T:
    """Call `once` up to `policy.tries` times and return its result; it must mean the same when called twice.

    `on_retry` is called before each wait, with the error and the seconds until the next try. Raised is the first
    error that is not `retryable`, or the last try's.
    """
    for tries in range(1, policy.tries):
        try:
            return await once()
        except Exception as error:
            if not retryable(error):
                raise
            delay = backoff(policy, tries, jitter())
            on_retry(error, delay)
        await sleep(delay)
    return await once()


async def retry_local_work(
    log: "logging.Logger | logging.LoggerAdapter[Any]", label: str, once: Callable[[], Awaitable[T]]
) -> T:
    """`retry` by `LOCAL_WORK`; each time that it failed the log is told, under this label."""

    def warn(error: Exception, _delay: float) -> None:
        log.warning("%s: %s; again", label, error_message(error))

    return await retry(LOCAL_WORK, once, on_retry=warn)
