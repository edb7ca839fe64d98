"""Doing again what failed for the moment, for as long as a stream would: half a minute by default."""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeAlias, TypeVar

_Answer = TypeVar("_Answer")

LONGEST_DELAY = 5.0  # seconds between two tries
LONGEST_RETRY_AFTER = 60.0  # seconds that a server may ask us to wait
RECONNECTS, FIRST_DELAY = 12, 0.1

OnWait: TypeAlias = Callable[[str, float], None]
"""Called once an outage, before the first wait: what was wrong, and the seconds until the next try."""


def delay_before(first: float, tries: int) -> float:
    """Seconds before try number `tries` + 1: doubling, bounded, and spread so that clients do not come back at once."""
    return min(LONGEST_DELAY, first * 2 ** min(tries, 20)) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def read_retry_after(value: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> float:
    """The header as seconds (RFC 9110: a number, or a date), a minute at most; 0 when it says nothing."""
    value = value.strip()
    try:
        seconds = float(value) if value.isascii() and value.isdigit() else _seconds_until(value, now())
    except (ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER) if math.isfinite(seconds) else 0.0


def _seconds_until(date: str, now: datetime) -> float:
    at = parsedate_to_datetime(date)
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds()


async def repeat(
    once: Callable[[], Awaitable[_Answer]],
    *,
    passing: Callable[[Exception], float | None],
    tries: int = RECONNECTS,
    first_delay: float = FIRST_DELAY,
    on_wait: OnWait | None = None,
) -> _Answer:
    """Call `once` up to `tries` times and return its result; it must mean the same when called twice.

    `passing`: the seconds to wait at least after this error (0: as we like), or None when it is final.

    Raises:
        Exception: the final error, or the last passing one.
    """
    for number in range(tries):
        try:
            return await once()
        except Exception as error:
            least = passing(error)
            if least is None:
                raise
            seconds = max(least, delay_before(first_delay, number))
            if number == 0 and on_wait is not None:
                on_wait(str(error), seconds)
        await asyncio.sleep(seconds)
    return await once()
