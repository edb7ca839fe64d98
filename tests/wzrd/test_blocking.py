"""Media tools in threads: bounded, and never outliving their caller."""

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from wzrd.blocking import CORES, in_thread, stoppable


async def test_no_more_at_once_than_cores() -> None:
    """Ten tools at once share as many threads as there are cores."""
    names = set[str]()

    def work() -> None:
        names.add(threading.current_thread().name)
        time.sleep(0.01)

    await asyncio.gather(*(in_thread(work) for _ in range(10)))
    assert 1 <= len(names) <= CORES


async def test_a_cancelled_caller_stops_its_tool_and_waits_for_it() -> None:
    """The tool hears of the cancel, and its thread has ended before the caller goes on."""
    began, ended = threading.Event(), threading.Event()

    def film(stop: Callable[[], bool]) -> None:
        began.set()
        while not stop():
            time.sleep(0.005)
        time.sleep(0.02)
        ended.set()

    task = asyncio.create_task(stoppable(film))
    await asyncio.to_thread(began.wait)
    task.cancel()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_what_has_not_begun_does_not_begin() -> None:
    """A tool that waits for its turn is dropped with its caller."""
    free, begun = threading.Event(), list[int]()
    busy = [asyncio.create_task(in_thread(free.wait)) for _ in range(CORES)]
    await asyncio.sleep(0.02)
    waiting = asyncio.create_task(in_thread(begun.append, 1))
    await asyncio.sleep(0.02)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    free.set()
    await asyncio.gather(*busy)
    assert begun == []


async def test_results_and_errors_come_back() -> None:
    """What a tool returns or raises, its caller gets."""
    assert await in_thread(sum, [1, 2]) == 3

    def fail(_: Callable[[], bool]) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await stoppable(fail)
