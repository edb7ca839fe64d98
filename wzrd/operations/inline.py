"""Runs of kind `generate` that the process which starts them executes itself: text as it arrives, short sounds.

The same row, ledger, log and lease as a flow run's. Its first commit is run, hold and the submit as being sent; its
last is result, settlement and end. A client that hangs up changes nothing; a process that dies ends it as failed.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

from wzrd.db.engine import is_outage
from wzrd.db.items import list_items
from wzrd.db.listen import RUN_EVENTS
from wzrd.db.provider_jobs import lose_sent_jobs
from wzrd.db.run_leases import list_abandoned
from wzrd.db.runs import lock_run
from wzrd.domain.errors import TooMany
from wzrd.domain.settlement import Outcome
from wzrd.operations.inline_end import InlineEnd
from wzrd.operations.inline_run import InlineRun, Offline
from wzrd.providers.base import Delta
from wzrd.runs.finish import settle_in
from wzrd.runs.start import NewRun, StartResult, run_id_of, start
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

UPKEEP_SECONDS = 2.0
GRACE_SECONDS = 3.0
"""Time that runs may still take once their process has been told to end."""
INTERRUPTED = "The server that was answering this was stopped in the middle"
UNPAID = f"{INTERRUPTED}: nothing was charged; ask again, with another requestId if you sent one"
PAID = f"{INTERRUPTED}: what had come is in the run's log, and charged; a retry of the run completes it for nothing"


@dataclass(frozen=True, slots=True)
class OpenedRun:
    """A run that a request has started or found. `here`: this very process executes it, and has its text."""

    run_id: UUID
    created: bool
    here: InlineRun | None

    def chunks(self) -> AsyncGenerator[Delta | InlineEnd]:
        """Its text from the first piece on, as it arrives, then how it ended.

        Raises:
            RunStopped: this process is stopping.
        """
        assert self.here is not None, "its text is in the log alone"
        return self.here.call.follow()

    async def shown(self) -> AsyncGenerator[Delta | InlineEnd]:
        """Yield chunks for a caller that passes them on at once: none before the log has the first words.

        Where they never come there, and the run does not succeed either, it stays unseen, and costs nothing.
        """
        run, kept = self.here, list[Delta]()
        assert run is not None, "its text is in the log alone"
        async with aclosing(self.chunks()) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, Delta):
                    kept.append(chunk)
                    if any(one.text.strip() for one in kept):
                        await run.deliver()
                while kept and run.is_delivered:
                    yield kept.pop(0)
                if isinstance(chunk, InlineEnd):
                    yield chunk


class InlineRuns:
    """The runs that this process executes itself."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._open: dict[UUID, InlineRun] = {}
        self._by_user: Counter[UUID] = Counter()
        self._upkeep: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._open)

    def start(self) -> None:
        """Look after runs whose process died, from now on."""
        self._upkeep = asyncio.create_task(self._look_after(), name="inline-upkeep")

    async def open(self, new: NewRun, offline: Offline | None = None) -> OpenedRun:
        """Start the run, or find the one of its request id; whoever asks gets the same text.

        Raises:
            TooMany: this user, or this process, has as many runs under way as it may.
            Conflict, InsufficientCredits: as `wzrd.runs.start.start`.
        """
        run = self.prepare(new, offline)
        return self.execute(run, await start(self._runtime, run.new))

    def prepare(self, new: NewRun, offline: Offline | None = None) -> InlineRun:
        """The run that is to be started, by whoever has a transaction for it; `execute` takes it from there.

        Raises:
            TooMany: as `open`.
        """
        settings = self._runtime.settings
        if self._by_user[new.user_id] >= settings.streams_per_user:
            raise TooMany(f"You have {settings.streams_per_user} answers under way; let one end first")
        if len(self._open) >= settings.streams_total:
            raise TooMany("This server has as many answers under way as it allows")
        (item,) = new.items(run_id_of(new.user_id, new.kind, new.request_id))
        return InlineRun(self._runtime, new, item.price, offline)

    def execute(self, run: InlineRun, started: StartResult[None]) -> OpenedRun:
        """Execute what has been started, in the background; nothing where it was found."""
        run_id, user_id = started.run_id, run.new.user_id
        if not started.created:
            return self.find(run_id)

        def done() -> None:
            del self._open[run_id]
            self._by_user[user_id] -= 1
            if not self._by_user[user_id]:
                del self._by_user[user_id]

        run.begin(started)
        self._open[run_id] = run
        self._by_user[user_id] += 1
        run.call.start(run.execute(), name=f"run {run_id}", on_done=done)
        return OpenedRun(run_id, created=True, here=run)

    def find(self, run_id: UUID) -> OpenedRun:
        """A run that stands already, whoever executes it."""
        return OpenedRun(run_id, created=False, here=self._open.get(run_id))

    async def close(self, *, grace: float = GRACE_SECONDS) -> None:
        """Let what is under way end for `grace` seconds; what has not ended by then ends as failed, unpaid."""
        if self._upkeep is not None:
            self._upkeep.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._upkeep
            self._upkeep = None
        waiting = [asyncio.create_task(run.call.wait()) for run in self._open.values()]
        if waiting:
            await asyncio.wait(waiting, timeout=grace)
        left = list(self._open.values())
        for run in left:
            run.call.abandon()
        if left:
            await asyncio.wait(waiting)
            await self._end_abandoned()

    async def _look_after(self) -> None:
        while True:
            await self._end_abandoned()
            await asyncio.sleep(UPKEEP_SECONDS)

    async def _end_abandoned(self) -> None:
        try:
            await end_abandoned(self._runtime)
        except Exception as error:
            if not is_outage(error):
                log.exception("abandoned runs could not be ended")


async def end_abandoned(runtime: Runtime) -> int:
    """End the inline runs whose process has not been heard of for a lease; returns how many.

    Nobody can go on with one: its client is gone, and what its provider sent is lost. What had come into a log is
    charged, other holds go back. Several processes may look at once: each run is ended under its lock.
    """
    async with runtime.begin() as tx:
        run_ids = await list_abandoned(tx)
    return sum([await _end_one(runtime, run_id) for run_id in run_ids])


async def _end_one(runtime: Runtime, run_id: UUID) -> bool:
    async with runtime.begin() as tx:
        run = await lock_run(tx, run_id)
        if run is None or run.leased:
            return False
        canceled = run.cancel_requested_at is not None
        words = PAID if any(item.delivered for item in await list_items(tx, run_id)) else UNPAID
        outcome = Outcome(canceled=True) if canceled else Outcome(error=words, error_code="interrupted")
        await lose_sent_jobs(tx, run_id, "the process that sent it is gone")
        ended = await settle_in(runtime, tx, run_id, outcome, by_lease_holder=False)
    if ended is not None:
        log.warning("run %s was left by its process: %s", run_id, ended.status)
        runtime.notifier.notify(RUN_EVENTS, run_id)
    return ended is not None
