"""Calls that come while a write is under way are joined into the next one: many small commits become few."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Any, TypeAlias, TypeVar

from wzrd.runtime.stops import stops_the_run

T = TypeVar("T")
R = TypeVar("R")

Write: TypeAlias = Callable[[Sequence[T]], Awaitable[Sequence[R]]]
"""Writes some items in one go; returns what became of each, in their order."""
_Waiting: TypeAlias = list[tuple[Any, "asyncio.Future[Any]"]]


class Batches:
    """Writes of one process, each for all callers of its key that have come meanwhile; one at a time a key."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, _Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, key: Hashable, item: T, write: Write[T, R]) -> R:
        """Have `item` written with those of the same key, whose `write` does the same; returns what became of it.

        Where a write of several fails, each is written alone, so that one that cannot be written harms no other; an
        outage, or a run that may not go on, is the same for all. A canceled caller's item is written all the same, and
        the caller stops when that is done.
        """
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        if key in self._waiting:
            self._waiting[key].append((item, future))
        else:
            first = self._waiting[key] = [(item, future)]
            task = asyncio.create_task(self._write_all(key, write), name=f"write {key}")
            self._tasks.add(task)
            task.add_done_callback(partial(self._forget, key, first))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait({future})
            if not future.cancelled():
                future.exception()
            raise

    def _forget(self, key: Hashable, first: _Waiting, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if self._waiting.get(key) is first:  # it was stopped before its first step: nobody writes these
            for _, future in self._waiting.pop(key):
                future.cancel()

    async def _write_all(self, key: Hashable, write: Write[Any, Any]) -> None:
        batch: _Waiting = []
        try:
            while batch := self._waiting[key]:
                self._waiting[key] = []
                await _write_batch(batch, write)
        finally:
            for _, future in [*batch, *self._waiting.pop(key)]:  # the process is ending: nobody writes these
                future.cancel()


async def _write_batch(batch: _Waiting, write: Write[Any, Any]) -> None:
    try:
        results = await write([item for item, _ in batch])
    except Exception as error:  # noqa: BLE001 - whoever waits for it hears it
        if len(batch) > 1 and not stops_the_run(error):
            for one in batch:
                await _write_batch([one], write)
            return
        for _, future in batch:
            if not future.done():
                future.set_exception(error)
        return
    for (_, future), result in zip(batch, results, strict=True):
        if not future.done():
            future.set_result(result)
