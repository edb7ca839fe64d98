"""Waiting in tests: for a fact that nobody signals to us, and for other tasks to take their next step."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


SHORTEST, LONGEST = 0.005, 0.25
"""Seconds between two looks, of which each takes processor time from what it waits for."""


async def until(fact: Callable[[], T | None], *, seconds: float = 60, every: float | None = None) -> T:
    """Ask until the answer is true, and return it: of a file, a process or an object, which call nobody.

    Raises:
        TimeoutError: it was not, in all this time.
    """
    async for _ in looks(seconds=seconds, every=every):
        if found := fact():
            return found
    raise AssertionError("looks have no end")


async def answer_of(
    ask: Callable[[], Awaitable[T]],
    fits: Callable[[T], object] = bool,
    *,
    seconds: float = 60,
    every: float | None = None,
) -> T:
    """Ask a database or another process until the answer fits, and return it.

    Raises:
        TimeoutError: it did not, in all this time.
    """
    async for _ in looks(seconds=seconds, every=every):
        if fits(found := await ask()):
            return found
    raise AssertionError("looks have no end")


async def looks(*, seconds: float = 60, every: float | None = None) -> AsyncGenerator[int]:
    """Count looks at what can't call us, a row or another process's server, until the loop is left.

    Between two of them an eighth of the time passes that was waited already; `every` so many seconds, where a moment
    must not be missed.

    Raises:
        TimeoutError: it was not left in all this time.
    """
    clock = asyncio.get_running_loop().time
    began, count = clock(), 0
    while True:
        yield count
        count += 1
        waited = clock() - began
        if waited > seconds:
            raise TimeoutError(f"not within {seconds:g} s, after {count} looks")
        pause = min(max(waited / 8, SHORTEST), LONGEST) if every is None else every
        await asyncio.sleep(pause)  # what is looked at has no signal


async def let_others_run(times: int = 1) -> None:
    """Let every task that is ready take its next step, so often; no time is waited for."""
    for _ in range(times):
        await asyncio.sleep(0)  # the loop's own way to do so


async def any_moment(chance: random.Random, most: float) -> None:
    """Let up to `most` seconds pass: what follows may happen at any moment of that time."""
    await asyncio.sleep(chance.uniform(0.0, most))  # a moment by chance has no signal
