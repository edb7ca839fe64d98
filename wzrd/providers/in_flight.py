"""A call in flight: one generation, in a task of its own, with any number of listeners.

Cancelling a listener does not touch it: what was sent is received and recorded. A late listener gets all of it.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, Generic, TypeVar

from wzrd.domain.errors import RunStopped
from wzrd.slots import next_round

log = logging.getLogger(__name__)

AT_ONCE = 64
"""Chunks that a listener gets without a pause."""
Chunk = TypeVar("Chunk")


class InFlightCall(Generic[Chunk]):
    """Chunks in order, then an end or an error."""

    def __init__(self) -> None:
        self._chunks: list[Chunk] = []
        self._error: Exception | None = None
        self._ended = False
        self._listeners = 0
        self.canceled = False
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, work: Coroutine[Any, Any, None], *, name: str, on_done: Callable[[], object]) -> None:
        """Run `work`, which emits its chunks here; `on_done` is called when it is over, before any listener wakes.

        Also where it is canceled before its first step: that is why a callback ends it, and not the task itself.
        """

        def end(task: asyncio.Task[None]) -> None:
            work.close()  # of work that never began; of any other nothing is left
            if task.cancelled():
                self._error = RunStopped("This process is stopping")
            on_done()
            self._ended = True
            self._wake()

        self._task = asyncio.create_task(self._run(work), name=name)
        self._task.add_done_callback(end)

    def emit(self, chunk: Chunk) -> None:
        """One more chunk for every listener."""
        self._chunks.append(chunk)
        self._wake()

    async def follow(self) -> AsyncGenerator[Chunk]:
        """All chunks from the first on; raises what the work raised."""
        at = 0
        self._listeners += 1
        try:
            while True:
                changed = self._changed
                while at < len(self._chunks):
                    at += 1
                    yield self._chunks[at - 1]
                    if at % AT_ONCE == 0:
                        await next_round()  # who comes late gets thousands: others have their turn
                if self._ended:
                    break
                await changed.wait()
        finally:
            self._listeners -= 1
        if self._error is not None:
            raise self._error

    async def wait(self) -> None:
        """Return when it is over, however it ended."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def cancel(self, *, seconds: float) -> None:
        """Its run was canceled: hang up, and let the work record that, for at most `seconds`.

        Canceled again, it goes on with what the first cancel began: the provider is being told.
        """
        if self._task is None:
            return
        if not self.canceled:
            self.canceled = True
            self._task.cancel()
        await asyncio.wait({self._task}, timeout=seconds)

    @property
    def chunks(self) -> list[Chunk]:
        """The chunks so far."""
        return list(self._chunks)

    def abandon(self) -> None:
        """The process ends: stop now, unrecorded."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - it is raised in every listener
            self._error = error
            if not self._listeners:
                log.warning("a generation failed without a listener: %s", type(error).__name__)

    def _wake(self) -> None:
        """A new event for the next wait; the old one wakes all who wait now."""
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
