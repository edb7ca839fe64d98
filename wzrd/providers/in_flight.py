"""A flight: one generation on its way, in a task of its own, with any number of listeners.

Cancelling a listener does not touch it: what was sent is received and recorded. Who comes late hears all of it.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, Generic, TypeVar

from wzrd.domain.errors import RunStopped

log = logging.getLogger(__name__)

Piece = TypeVar("Piece")


class Flight(Generic[Piece]):
    """Pieces in order, then an end or an error."""

    def __init__(self) -> None:
        self._pieces: list[Piece] = []
        self._error: Exception | None = None
        self._ended = False
        self._listeners = 0
        self.canceled = False
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, work: Coroutine[Any, Any, None], *, name: str, landed: Callable[[], object]) -> None:
        """Run `work`, which says its pieces here; `landed` is called when it is over, before any listener hears."""
        self._task = asyncio.create_task(self._run(work, landed), name=name)

    def say(self, piece: Piece) -> None:
        """One more piece for every listener."""
        self._pieces.append(piece)
        self._wake()

    async def follow(self) -> AsyncGenerator[Piece]:
        """All pieces from the first on; raises what the work raised."""
        at = 0
        self._listeners += 1
        try:
            while True:
                news = self._news
                while at < len(self._pieces):
                    at += 1
                    yield self._pieces[at - 1]
                if self._ended:
                    break
                await news.wait()
        finally:
            self._listeners -= 1
        if self._error is not None:
            raise self._error

    async def wait(self) -> None:
        """Return when it is over, however it ended."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def cancel(self, *, seconds: float) -> None:
        """Its run was canceled: hang up, and let the work record that, for at most `seconds`."""
        self.canceled = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=seconds)

    @property
    def pieces(self) -> list[Piece]:
        """What was said so far."""
        return list(self._pieces)

    def abandon(self) -> None:
        """The process ends: stop now, unrecorded."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self, work: Coroutine[Any, Any, None], landed: Callable[[], object]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - it is raised in every listener
            self._error = error
            if not self._listeners:
                log.warning("a generation failed unheard: %s", type(error).__name__)
        except asyncio.CancelledError:
            self._error = RunStopped("This process is stopping")
            raise
        finally:
            landed()
            self._ended = True
            self._wake()

    def _wake(self) -> None:
        """A new event for the next wait; the old one wakes all who wait now."""
        news, self._news = self._news, asyncio.Event()
        news.set()
