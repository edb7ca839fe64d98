"""Joined writes: order, errors, canceled callers, keys that do not wait for each other."""

import asyncio
from collections.abc import Sequence

import pytest

from wzrd.runtime.batches import Batches


class Written:
    """What was written, batch by batch; each write waits until it is let through."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun = asyncio.Semaphore(0)
        self.let = asyncio.Semaphore(0)

    async def write(self, items: Sequence[int]) -> list[int]:
        """Ten times each; 13 is refused."""
        self.begun.release()
        await self.let.acquire()
        self.batches.append(list(items))
        if 13 in items:
            raise ValueError(items)
        return [10 * item for item in items]


async def test_what_comes_during_a_write_is_the_next_one() -> None:
    """Two writes for four callers, and each hears of its own item."""
    batches, written = Batches(), Written()
    first = asyncio.create_task(batches.add("key", 1, written.write))
    await written.begun.acquire()
    others = [asyncio.create_task(batches.add("key", item, written.write)) for item in (2, 3, 4)]
    await asyncio.sleep(0)
    written.let.release()
    written.let.release()
    assert await asyncio.gather(first, *others) == [10, 20, 30, 40]
    assert written.batches == [[1], [2, 3, 4]]


async def test_another_key_does_not_wait() -> None:
    """Its write is under way at the same time."""
    batches, written = Batches(), Written()
    both = [asyncio.create_task(batches.add(key, item, written.write)) for item, key in enumerate(["one", "two"])]
    await written.begun.acquire()
    await written.begun.acquire()
    written.let.release()
    written.let.release()
    assert await asyncio.gather(*both) == [0, 10]


async def test_an_error_is_heard_by_its_batch_alone() -> None:
    """The next batch is written as if nothing had been."""
    batches, written = Batches(), Written()
    bad = [asyncio.create_task(batches.add("key", item, written.write)) for item in (12, 13)]
    await written.begun.acquire()
    good = asyncio.create_task(batches.add("key", 1, written.write))
    await asyncio.sleep(0)
    written.let.release()
    written.let.release()
    assert [type(error) for error in await asyncio.gather(*bad, return_exceptions=True)] == [ValueError, ValueError]
    assert await good == 10


async def test_a_canceled_caller_s_item_is_written() -> None:
    """It stops waiting, and nobody else notices."""
    batches, written = Batches(), Written()
    leaving, staying = (asyncio.create_task(batches.add("key", item, written.write)) for item in (1, 2))
    await written.begun.acquire()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    written.let.release()
    assert await staying == 20
    assert written.batches == [[1, 2]]
