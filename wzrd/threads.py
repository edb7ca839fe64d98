"""Blocking tools in threads, waited for: media tools as many at once as there are cores, fairly over users."""

import asyncio
import ctypes
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from wzrd.slots import LoopSlots

P = ParamSpec("P")
T = TypeVar("T")

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

_cores, _free_threads, _reading = LoopSlots(CORES), LoopSlots(CORES), LoopSlots(1)
_threads = ThreadPoolExecutor(CORES, thread_name_prefix="media")
_file_threads = ThreadPoolExecutor(4 + 4 * CORES, thread_name_prefix="files")
"""Files have threads of their own: reading a few bytes never waits for a film that is being encoded."""
_names, _name_threads = LoopSlots(32, each=4), ThreadPoolExecutor(32, thread_name_prefix="names")
"""A name server that does not answer keeps a thread for a minute: those of one user's names keep no other's waiting."""
_reading_thread = ThreadPoolExecutor(1, thread_name_prefix="reading")
"""Python that takes a while keeps the interpreter from all others: one at a time, so that they wait for one."""


def core_slot() -> AbstractAsyncContextManager[None]:
    """A slot at one of the machine's cores, for programs, which are not in the media threads; fair over users."""
    return _cores.slot()


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`function(*args)` in one of the media threads, which are given out fairly over users.

    A caller that is cancelled waits for its end, so that no thread outlives the folder that it works in; what has not
    begun by then does not begin.
    """
    async with _free_threads.slot():
        return await _finished(_threads.submit(partial(function, *args, **kwargs)), lambda: None)


async def give_back_memory() -> None:
    """Have the C library return to the system what large pictures have held; where it cannot (not glibc), nothing.

    It keeps for a thread what that thread has freed: a sheet of hundred megabytes once would stay so for ever.
    """
    await in_thread(_trim)


def _trim() -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


async def in_file_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function(*args)` in a file thread: short work on files, which waits for no media tool."""
    return await _finished(_file_threads.submit(partial(function, *args, **kwargs)), lambda: None)


async def in_reading_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run the pure-Python reading of a large request in a thread: one at a time, by turns over users."""
    async with _reading.slot():
        return await _finished(_reading_thread.submit(partial(function, *args, **kwargs)), lambda: None)


async def in_name_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Look a foreign name up in a thread, by turns over users. A caller that is cancelled goes at once.

    The thread, which nothing ends, then keeps its place among its user's until it is over.
    """
    begun = asyncio.Event()

    async def look() -> T:
        async with _names.slot():
            begun.set()
            return await asyncio.wrap_future(_name_threads.submit(partial(function, *args, **kwargs)))

    looking = asyncio.create_task(look())
    looking.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        return await asyncio.shield(looking)
    finally:
        if not begun.is_set():
            looking.cancel()


async def stoppable(function: Callable[Concatenate[Callable[[], bool], P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As `in_thread`, for a tool whose first argument tells it, whenever it asks, whether it shall stop."""
    stop = threading.Event()
    async with _free_threads.slot():
        return await _finished(_threads.submit(partial(function, stop.is_set, *args, **kwargs)), stop.set)


async def _finished(work: Future[T], on_cancel: Callable[[], None]) -> T:
    """The thread's result; a cancel calls `on_cancel` and waits until the thread is over, however often it comes."""
    waiting = asyncio.wrap_future(work)
    try:
        return await asyncio.shield(waiting)
    except asyncio.CancelledError:
        on_cancel()
        if not work.cancel():
            while not waiting.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([waiting])
            if not waiting.cancelled():
                waiting.exception()  # looked at, so that nobody complains that it was not
        raise
