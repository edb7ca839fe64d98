"""A second worker process that has imported everything and waits: it takes over at once when the first one dies.

It waits for a byte from the supervisor on its stdin, asks nobody anything meanwhile, and ends when that is closed. It
is started a while after the stack, so that it takes no time from the first run; it ends where memory becomes short.
"""

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path

from server.stack.errors import StackError
from server.stack.memory import available_bytes
from server.stack.process import Command, end, spawn
from wzrd.settings import Standby

LOOK_SECONDS = 30.0
"""Seconds from the worker's start until it is made, and between looks whether there is still room."""
ROOM, LEAST = 2 << 30, 1 << 29
"""Bytes of memory with which it is made, and below which it is ended; it takes some 150 MiB."""
OPTION = "--standby"


def await_promotion() -> None:
    """In the waiting process: return when it is to work; end with whoever would say so."""
    if not sys.stdin.buffer.read(1):
        sys.exit(0)


class StandbyWorker:
    """The process that waits, where there is one. `command` starts a worker that works at once."""

    def __init__(
        self,
        command: Command,
        log: Path,
        wanted: Standby,
        *,
        available: Callable[[], int | None] = available_bytes,
        every: float = LOOK_SECONDS,
    ) -> None:
        self._command = command
        self._log = log
        self._wanted: Standby = wanted
        self._available = available
        self._every = every
        self._process: Process | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Its process, while one waits."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def take(self) -> Process:
        """A worker that works: the one that waited, else a new one. Another one will be made to wait.

        Raises:
            StackError: the program cannot be started.
        """
        waiting, self._process = self._process, None
        if self._wanted != "never" and self._keeping is None:
            self._keeping = asyncio.create_task(self._keep(), name="standby worker")
        if waiting is not None and waiting.returncode is None and waiting.stdin is not None:
            with contextlib.suppress(ConnectionError):
                waiting.stdin.write(b"\n")
                waiting.stdin.close()
                return waiting
        return await spawn(self._command, self._log)

    async def close(self) -> None:
        """End it, for good."""
        if self._keeping is not None:
            self._keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeping
        await self._dismiss()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            with contextlib.suppress(StackError, OSError):  # the next look tries again
                await self._look()

    async def _look(self) -> None:
        if not self._has_room(ROOM if self.pid is None else LEAST):
            await self._dismiss()
        elif self.pid is None:
            command = self._command
            waiting = Command([*command.arguments, OPTION], command.environment, command.folder, command.inherited)
            self._process = await spawn(waiting, self._log, stdin=PIPE)

    def _has_room(self, least: int) -> bool:
        if self._wanted == "always":
            return True
        available = self._available()
        return available is not None and available >= least

    async def _dismiss(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:  # a dead one's number may be another's by now
            await end(process, seconds=1.0)
