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
from server.stack.process import Command, end, spawn
from wzrd.settings import Standby

_MACHINE = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


def available_bytes(machine: Path = _MACHINE, group: Path = _GROUP) -> int | None:
    """Bytes that are free or could be freed at once; None where the system does not tell."""
    known = [size for size in (_of_machine(machine), _of_group(group)) if size is not None]
    return min(known, default=None)


def _of_machine(file: Path) -> int | None:
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _of_group(folder: Path) -> int | None:
    """The limit of our cgroup (version 2, as a container sees its own), less what it uses beyond its file cache."""
    try:
        limit = (folder / "memory.max").read_text().strip()
        used = int((folder / "memory.current").read_text())
        lines = (folder / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):
        return None
    cached = next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
    return int(limit) - (used - cached) if limit.isdigit() else None


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
