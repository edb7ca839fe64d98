"""Looking after runs whose process died: the reaper resumes, the relay dispatches, the reconciler asks Prefect.

What providers still work on after a run's end is recovered here, too.

It runs in every worker; rows are shared by SKIP LOCKED and by guarded statements, so several do no harm.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

from server.dispatch import TERMINAL_STATES, WARM, Dispatcher, PrefectApi, PrefectUnreachable
from server.worker import flow_runs
from server.worker.activity import never
from server.worker.flow_runs import SeenFlowRun
from server.worker.queue_timeout import Watchman
from server.worker.watch import Announcer
from tasks.artifacts.publishing import publish_due
from wzrd.db.engine import is_outage
from wzrd.db.flow_runs import list_ended, list_undispatched, list_unleased, touch_run
from wzrd.db.listen import RUN_WAKE
from wzrd.db.run_leases import Reaped, count_resume, reap_expired, undo_resume
from wzrd.db.runs import RunRow
from wzrd.domain.runs import MAX_RESUMES
from wzrd.domain.settlement import Outcome
from wzrd.generation.recovery import recover
from wzrd.operations.inline import end_abandoned
from wzrd.runs.execute import pause
from wzrd.runs.finish import finish
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

T = TypeVar("T")

REAP_SECONDS = 1.0
RELAY_SECONDS = 2.0
RECONCILE_SECONDS = 5.0
RECOVER_SECONDS = 2.0
ANNOUNCE_SECONDS = 1.0
UNLEASED_SECONDS = 30.0
REPORT_SECONDS = 30.0

EXHAUSTED = "The run was interrupted too often and was given up"


STATES = {"canceled": "CANCELLED", "succeeded": "COMPLETED"}
"""Prefect's names for the ends of a run; anything else has failed."""


class Reconciler:
    """The seven loops."""

    def __init__(
        self,
        runtime: Runtime,
        prefect: PrefectApi,
        dispatcher: Dispatcher,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runtime = runtime
        self._prefect = prefect
        self._dispatcher = dispatcher
        self._announcer = Announcer(runtime, prefect)
        self._watchman = Watchman(prefect, lease=runtime.leases.seconds, clock=clock)
        self._open: dict[UUID, str] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, *others: Callable[[], Awaitable[None]], is_quiet: Callable[[], bool] = never) -> None:
        """Begin; `others` look as often as the reconciler. While all is quiet everybody looks half as often."""
        loops = (
            (self.reap, REAP_SECONDS),
            (self.relay, RELAY_SECONDS),
            (self.reconcile, RECONCILE_SECONDS),
            (self.report_ended, REPORT_SECONDS),
            (self.write_pages, REPORT_SECONDS),
            (self.recover, RECOVER_SECONDS),
            (self._announcer.announce, ANNOUNCE_SECONDS),
            *((look, RECONCILE_SECONDS) for look in others),
        )
        self._tasks = [
            asyncio.create_task(_forever(work, seconds, is_quiet), name=work.__name__) for work, seconds in loops
        ]

    async def close(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def reap(self) -> None:
        """Take runs from dead owners and have them resumed; end those canceled meanwhile or resumed too often.

        What an API executed itself nobody can resume: it ends.
        """
        async with self._runtime.begin() as tx:
            reaped = await reap_expired(tx)
        await _all(self._after_death, reaped)
        await end_abandoned(self._runtime)

    async def _after_death(self, run: Reaped) -> None:
        if run.cancel_requested or run.exhausted:
            await self._end(run.run_id, run.flow_run_id, canceled=run.cancel_requested)
            return
        log.warning("run %s lost its worker; resume %d", run.run_id, run.resumes)
        if run.flow_run_id is None:
            return  # the relay gives it one
        try:
            found = await flow_runs.find(self._prefect, run.flow_run_id)
            resumed = found is None or found.state != "PAUSED"
            if resumed:
                await self._resume(run.run_id, run.flow_run_id, f"its worker died ({run.resumes})")
        except PrefectUnreachable:  # an outage of Prefect's must not use the resumes up
            await self._take_back(run)
            raise
        if not resumed:  # a person paused it, and a person resumes it: neither wears the run out
            await self._take_back(run)
            await pause(self._runtime, run.run_id)

    async def _take_back(self, run: Reaped) -> None:
        async with self._runtime.begin() as tx:
            await undo_resume(tx, run)

    async def _resume(self, run_id: UUID, flow_run_id: UUID, why: str) -> None:
        if await self._prefect.await_retry(flow_run_id, why):
            self._runtime.notifier.notify(RUN_WAKE, run_id)
        else:
            await self._dispatcher.redispatch(run_id, flow_run_id)

    async def _end(self, run_id: UUID, flow_run_id: UUID | None, *, canceled: bool) -> None:
        exhausted = Outcome(error=EXHAUSTED, error_code="interrupted_too_often")
        status = await finish(self._runtime, run_id, Outcome(canceled=True) if canceled else exhausted)
        if flow_run_id is not None and status is not None:
            await self._set_prefect_state(run_id, flow_run_id, status)

    async def _set_prefect_state(self, run_id: UUID, flow_run_id: UUID, status: str) -> None:
        name = "Partial" if status == "partial" else None
        state = STATES.get(status, "FAILED")
        await self._prefect.set_state(flow_run_id, state, name=name, message=f"run {run_id} {status}")

    async def relay(self) -> None:
        """Hand over whose turn it is, dispatch what nobody could dispatch; the idempotency key forbids doubles."""
        await self._dispatcher.dispatch()
        async with self._runtime.begin() as tx:
            waiting = await list_undispatched(tx, older_than=RELAY_SECONDS)
        await _all(self._relay_one, waiting)

    async def _relay_one(self, run: RunRow) -> None:
        async with self._runtime.begin() as tx:
            touched = await touch_run(tx, run.run_id, older_than=RELAY_SECONDS)
        if touched:
            await self._dispatcher.send(run)

    async def reconcile(self) -> None:
        """Ask Prefect about open runs that no process executes: ended there → ended here; gone → a new flow run."""
        async with self._runtime.begin() as tx:
            idle = await list_unleased(tx, older_than=UNLEASED_SECONDS)
        await _all(self._reconcile_one, idle)

    async def _reconcile_one(self, run: RunRow) -> None:
        assert run.flow_run_id is not None
        async with self._runtime.begin() as tx:
            seen = await touch_run(tx, run.run_id, older_than=UNLEASED_SECONDS)
        if seen is None:
            return
        if run.cancel_requested_at is not None or run.resumes > MAX_RESUMES:
            await self._end(run.run_id, run.flow_run_id, canceled=run.cancel_requested_at is not None)
            return
        found = await flow_runs.find(self._prefect, run.flow_run_id)
        if found is None:
            await self._dispatcher.redispatch(run.run_id, run.flow_run_id)
        elif await self._has_lost_worker(found):
            async with self._runtime.begin() as tx:
                dead = await count_resume(tx, run.run_id, epoch=run.lease_epoch, seen=seen)
            if dead is not None:
                await self._after_death(dead)
        elif found.state == "PAUSED":
            await pause(self._runtime, run.run_id)
        elif found.state in {"CANCELLED", "CANCELLING"}:
            await self._end(run.run_id, run.flow_run_id, canceled=True)
        elif found.state in TERMINAL_STATES:
            reason = found.message or f"The flow run ended {found.state.lower()}"
            await finish(self._runtime, run.run_id, Outcome(error=reason, error_code="flow_failed"))

    async def _has_lost_worker(self, seen: SeenFlowRun) -> bool:
        """True if a worker took it and died before it claimed the run; one of ours claims at once."""
        match seen.state:
            case "CRASHED":
                return True
            case "PENDING" | "RUNNING":
                ours = bool(seen.pool) and await self._prefect.pool_type(seen.pool) == WARM
                return ours or await self._watchman.find_death(seen) is not None
            case _:
                return False

    async def recover(self) -> None:
        """Look after what providers still work on though its run has ended."""
        await recover(self._runtime)

    async def report_ended(self) -> None:
        """Report to Prefect what it missed: runs that ended while it was away, or whose process died while reporting.

        Only of flow runs that were in this very state a round ago: who ends a run has a moment to say so himself, and
        a person who retries an ended one has a moment to reopen it.
        """
        found = await flow_runs.list_open(self._prefect, self._runtime.kinds)
        before, self._open = self._open, {one.flow_run_id: one.state_id for one in found}
        stale = [flow_run_id for flow_run_id, state in self._open.items() if before.get(flow_run_id) == state]
        if stale:
            async with self._runtime.begin() as tx:
                ended = await list_ended(tx, stale, older_than=REPORT_SECONDS)
            await _all(self._report_unpublished, ended)

    async def write_pages(self) -> None:
        """Write the pages of ended runs that Prefect did not take from their own flows."""
        await publish_due()

    async def _report_unpublished(self, run: RunRow) -> None:
        assert run.flow_run_id is not None
        log.warning("Prefect still took run %s for running: it is %s", run.run_id, run.status)
        await self._set_prefect_state(run.run_id, run.flow_run_id, run.status)


async def _all(work: Callable[[T], Awaitable[None]], runs: Sequence[T]) -> None:
    """At once, so that neither a run that Prefect refuses nor one that has to wait stands in the way of others."""
    results = await asyncio.gather(*(work(run) for run in runs), return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            _log_failure(work.__name__, result)


async def _forever(work: Callable[[], Awaitable[None]], seconds: float, is_quiet: Callable[[], bool]) -> None:
    while True:
        await asyncio.sleep(seconds * 2 if is_quiet() else seconds)
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - told, whatever it was; the next round is near
            _log_failure(work.__name__, error)


def _log_failure(what: str, error: Exception) -> None:
    if isinstance(error, PrefectUnreachable):
        log.warning("%s: %s", what, error)
    elif is_outage(error):
        log.warning("%s: the database is out of reach", what)
    else:
        log.error("%s failed", what, exc_info=error)
