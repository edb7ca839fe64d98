"""Joined writes: order, errors, canceled callers, keys that do not wait for each other."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.waiting import let_others_run
from wzrd.domain.errors import LeaseLost
from wzrd.faults import FaultRaised
from wzrd.runtime.batches import Batches


class Written:
    """Record of what was written, batch by batch; each write waits until it is let through."""

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
    await let_others_run()
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


async def test_one_that_cannot_be_written_harms_no_other() -> None:
    """Those of its batch are written alone, and the next batch as if nothing had been."""
    batches, written = Batches(), Written()
    both = [asyncio.create_task(batches.add("key", item, written.write)) for item in (12, 13)]
    await written.begun.acquire()
    good = asyncio.create_task(batches.add("key", 1, written.write))
    await let_others_run()
    for _ in range(4):
        written.let.release()
    fine, refused = await asyncio.gather(*both, return_exceptions=True)
    assert (fine, type(refused)) == (120, ValueError)
    assert await good == 10
    assert written.batches == [[12, 13], [12], [13], [1]]


@pytest.mark.parametrize("error", [LeaseLost, FaultRaised])
async def test_what_is_the_same_for_all(error: type[Exception]) -> None:
    """A run that may not go on, a process that stops there: nobody is written alone then."""
    calls = list[int]()

    async def write(items: Sequence[int]) -> list[int]:
        calls.append(len(items))
        raise error

    batches = Batches()
    ends = await asyncio.gather(*(batches.add("key", item, write) for item in (1, 2)), return_exceptions=True)
    assert ([type(end) for end in ends], calls) == ([error, error], [2])


async def test_a_canceled_caller_s_item_is_written() -> None:
    """It stops when that is done, and nobody else notices."""
    batches, written = Batches(), Written()
    leaving, staying = (asyncio.create_task(batches.add("key", item, written.write)) for item in (1, 2))
    await written.begun.acquire()
    leaving.cancel()
    await asyncio.wait({leaving}, timeout=0.01)
    assert not leaving.done()
    written.let.release()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert await staying == 20
    assert written.batches == [[1, 2]]


async def test_a_write_that_is_stopped_before_its_first_step_keeps_nobody() -> None:
    """The process ends at that very moment: its callers stop, and whoever comes next begins anew."""
    batches, written = Batches(), Written()
    waiting = asyncio.create_task(batches.add("key", 1, written.write))
    await let_others_run()
    (writing,) = (task for task in asyncio.all_tasks() if task.get_name() == "write key")
    writing.cancel()
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await waiting
        written.let.release()
        assert await batches.add("key", 2, written.write) == 20
