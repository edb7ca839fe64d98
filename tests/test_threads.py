"""Media tools in threads: bounded, and never outliving their caller."""

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from tests.waiting import let_others_run
from wzrd.slots import working_for
from wzrd.threads import CORES, in_file_thread, in_reading_thread, in_thread, stoppable


async def test_readings_are_done_over_users() -> None:
    """One user's twenty large graphs wait; another's one is read next."""
    leave, order = threading.Event(), list[str]()

    async def read(user: str, work: Callable[[], object]) -> None:
        with working_for(user):
            await in_reading_thread(work)

    busy = [asyncio.create_task(read("busy", lambda: leave.wait(60)))]
    busy += [asyncio.create_task(read("busy", lambda: order.append("busy"))) for _ in range(20)]
    await let_others_run()
    other = asyncio.create_task(read("other", lambda: order.append("other")))
    await let_others_run()
    leave.set()
    await asyncio.gather(*busy, other)
    assert order[0] == "other"


async def test_threads_are_given_out_over_users() -> None:
    """The many tools of one user begin after the one tool of another, which all of them wait for."""
    leave, made = threading.Event(), threading.Event()

    async def ask(user: str, tool: Callable[[], bool]) -> bool:
        with working_for(user):
            return await in_thread(tool)

    def make() -> bool:
        made.set()
        return True

    busy = [asyncio.create_task(ask("busy", lambda: leave.wait(60))) for _ in range(CORES)]
    waiting = [asyncio.create_task(ask("busy", lambda: made.wait(10))) for _ in range(2 * CORES)]
    await let_others_run()
    other = asyncio.create_task(ask("other", make))
    await let_others_run()
    leave.set()
    assert all(await asyncio.gather(*busy, *waiting, other))


async def test_no_more_at_once_than_cores() -> None:
    """As many tools as there are cores do run at once, each waiting for the others; never one more."""
    names, meeting = set[str](), threading.Barrier(CORES)

    def work() -> None:
        names.add(threading.current_thread().name)
        meeting.wait(timeout=60)

    await asyncio.gather(*(in_thread(work) for _ in range(5 * CORES)))
    assert len(names) == CORES


async def test_large_requests_are_read_one_at_a_time() -> None:
    """Python in a thread keeps the interpreter from the loop: with one such thread the loop waits for one."""
    within, most = 0, 0

    def read() -> None:
        nonlocal within, most
        within += 1
        most = max(most, within)
        threading.Event().wait(0.001)  # another thread would come in here
        within -= 1

    await asyncio.gather(*(in_reading_thread(read) for _ in range(20)))
    assert (within, most) == (0, 1)


async def test_a_cancelled_caller_stops_its_tool_and_waits_for_it() -> None:
    """The tool hears of the cancel, and its thread has ended before the caller goes on."""
    began, told, leave, ended = (threading.Event() for _ in range(4))

    def film(stop: Callable[[], bool]) -> None:
        began.set()
        while not stop():
            time.sleep(0.001)  # a tool is told by nobody, it asks
        told.set()
        leave.wait(60)
        ended.set()

    task = asyncio.create_task(stoppable(film))
    await asyncio.to_thread(began.wait, 60)
    task.cancel()
    assert await asyncio.to_thread(told.wait, 60)
    task.cancel()
    await asyncio.wait([task], timeout=0.05)
    assert not task.done()
    leave.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_what_has_not_begun_does_not_begin() -> None:
    """A tool that waits for its turn is dropped with its caller."""
    free, begun, all_busy = threading.Event(), list[int](), threading.Barrier(CORES + 1)

    def work() -> None:
        all_busy.wait(timeout=60)
        free.wait(60)

    busy = [asyncio.create_task(in_thread(work)) for _ in range(CORES)]
    await asyncio.to_thread(all_busy.wait, 60)
    waiting = asyncio.create_task(in_thread(begun.append, 1))
    await let_others_run()  # its first step hands the tool over
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    free.set()
    await asyncio.gather(*busy)
    assert begun == []


async def test_files_wait_for_no_media_tool() -> None:
    """While every media thread is busy a file is still read, and its cancelled caller waits for its end."""
    free, all_busy = threading.Event(), threading.Barrier(CORES + 1)
    began, ended = threading.Event(), threading.Event()

    def work() -> None:
        all_busy.wait(timeout=60)
        free.wait(60)

    def read() -> None:
        began.set()
        free.wait(60)
        ended.set()

    busy = [asyncio.create_task(in_thread(work)) for _ in range(CORES)]
    await asyncio.to_thread(all_busy.wait, 60)
    assert await asyncio.wait_for(in_file_thread(sum, [1, 2]), 60) == 3
    reading = asyncio.create_task(in_file_thread(read))
    assert await asyncio.to_thread(began.wait, 60)
    reading.cancel()
    await asyncio.wait([reading], timeout=0.05)
    assert not reading.done()
    free.set()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert ended.is_set()
    await asyncio.gather(*busy)


async def test_results_and_errors_come_back() -> None:
    """The caller of a tool gets what it returns or raises."""
    assert await in_thread(sum, [1, 2]) == 3

    def fail(_: Callable[[], bool]) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await stoppable(fail)
