"""Keeps parts running: start, wait until it answers, start again when it dies, stop in reverse order.

Nothing here knows what a part is; server/stack/parts.py does.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from server.stack.errors import StackError
from server.stack.process import Child, end, identify, tail
from server.stack.state import PartState

FIRST_DELAY, LONGEST_DELAY = 0.25, 30.0  # seconds between a death and the next start
STEADY_SECONDS = 30.0  # who lived as long as this died of something new


@dataclass(frozen=True, slots=True)
class StackPart:
    """Part of the stack: how it is started and known to be up.

    `ready` returns when it answers; `ready_seconds` bounds it.
    """

    name: str
    address: str
    log: Path
    start: Callable[[], Awaitable[Child]]
    ready: Callable[[], Awaitable[None]]
    stop_signal: signal.Signals = signal.SIGTERM
    ready_seconds: float = 60.0
    stop_seconds: float = 10.0
    attempts: int = 1


Moment = Literal["starting", "up", "down", "stopping", "stopped", "note"]


@dataclass(frozen=True, slots=True)
class Notice:
    """News of a part for a progress display; `seconds` since its start."""

    part: str
    moment: Moment
    detail: str = ""
    seconds: float = 0.0


Report = Callable[[Notice], None]
Record = Callable[[str, PartState], None]
Pause = Callable[[float], Awaitable[None]]


def next_delay(failures: int) -> float:
    """Seconds to wait before start number `failures` + 1 after a death: doubling, bounded."""
    return min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(failures, 20))


class PartKeeper:
    """One part and its process."""

    def __init__(self, part: StackPart, report: Report, record: Record, pause: Pause) -> None:
        self.part = part
        self._report = report
        self._record = record
        self._pause = pause
        self._process: Child | None = None
        self._watch: asyncio.Task[None] | None = None
        self._restarts = 0

    def _note(
        self, phase: Literal["starting", "up", "down", "stopped"], detail: str = "", seconds: float = 0.0
    ) -> None:
        running = self._process.pid if self._process and self._process.returncode is None else None
        process = identify(running) if running else None
        since = time.time() - (seconds if phase == "up" else 0.0)
        part = self.part
        self._record(part.name, PartState(part.address, phase, process, since, self._restarts, str(part.log)))
        self._report(Notice(part.name, phase, detail, seconds))

    async def _attempt(self) -> None:
        """Start the process and wait until it answers or dies, whichever comes first."""
        begun = time.monotonic()
        self._process = await self.part.start()
        self._note("starting")
        ready, death = asyncio.ensure_future(self.part.ready()), asyncio.ensure_future(self._process.wait())
        try:
            await asyncio.wait({ready, death}, timeout=self.part.ready_seconds, return_when=asyncio.FIRST_COMPLETED)
            if ready.done() and not death.done():
                ready.result()
                self._note("up", seconds=time.monotonic() - begun)
                return
            died = death.done()
        finally:
            ready.cancel()
            death.cancel()
        why = f"ended with {self._process.returncode}" if died else f"did not answer in {self.part.ready_seconds:g} s"
        raise StackError(f"{self.part.name} {why}", remedy=f"its log: {self.part.log}\n{tail(self.part.log)}".rstrip())

    async def bring_up(self) -> None:
        """Start for the first time, and from then on keep it up in the background.

        Raises:
            StackError: it did not come up; nothing of it runs any more.
        """
        for left in reversed(range(self.part.attempts)):
            try:
                await self._attempt()
                break
            except (StackError, TimeoutError, OSError, RuntimeError) as error:
                await self._end()
                self._note("down", str(error))
                if not left:
                    raise (
                        error if isinstance(error, StackError) else StackError(f"{self.part.name}: {error}")
                    ) from error
                await self._pause(FIRST_DELAY)
            except asyncio.CancelledError:
                await self._end()
                raise
        self._watch = asyncio.create_task(self._restart_forever(), name=f"keep {self.part.name}")

    async def _restart_forever(self) -> None:
        """Start it again whenever it dies, ever more slowly when it keeps dying."""
        failures = 0
        up_since = time.monotonic()
        while self._process is not None:
            code = await self._process.wait()
            await self._end()  # what it left of its process group
            failures = 0 if time.monotonic() - up_since > STEADY_SECONDS else failures + 1
            self._note("down", f"ended with {code}; starts again in {next_delay(failures):g} s")
            await self._pause(next_delay(failures))
            self._restarts += 1
            up_since = time.monotonic()
            try:
                await self._attempt()
            except (StackError, TimeoutError, OSError, RuntimeError) as error:
                self._note("down", str(error))
                await self._end()

    async def _end(self, *, at_once: bool = False) -> None:
        if self._process is not None:
            seconds = 0.0 if at_once else self.part.stop_seconds
            await end(self._process, first=self.part.stop_signal, seconds=seconds)

    async def stop(self, *, at_once: bool = False) -> None:
        """End it, for good; `at_once` without waiting."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        self._report(Notice(self.part.name, "stopping"))
        await self._end(at_once=at_once)
        self._note("stopped")


class Supervisor:
    """All parts of one stack; they may be started in any order, and are stopped in the reverse of `order`.

    `pause` waits for so many seconds between a death and the next start.
    """

    def __init__(self, order: Sequence[str], report: Report, record: Record, pause: Pause = asyncio.sleep) -> None:
        self._order = order
        self._report = report
        self._record = record
        self._pause = pause
        self._keepers: dict[str, PartKeeper] = {}
        self._closing: list[Callable[[], Awaitable[None]]] = []

    def close_last(self, close: Callable[[], Awaitable[None]]) -> None:
        """Call this when all parts have been stopped: it ends what they are started from."""
        self._closing.append(close)

    async def start(self, part: StackPart) -> None:
        """Start a part; returns when it answers.

        Raises:
            StackError: it did not.
        """
        keeper = PartKeeper(part, self._report, self._record, self._pause)
        self._keepers[part.name] = keeper
        await keeper.bring_up()

    async def stop(self) -> None:
        """Stop everything. Cancelling this call (a second Ctrl-C) kills what is left."""
        waiting = [self._keepers[name] for name in self._order if name in self._keepers]
        try:
            while waiting:
                await waiting.pop().stop()
        except asyncio.CancelledError:
            while waiting:
                await waiting.pop().stop(at_once=True)
            raise
        finally:
            while self._closing:
                await self._closing.pop()()
