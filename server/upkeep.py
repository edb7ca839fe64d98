"""Looking after runs whose process died: the reaper resumes, the relay dispatches, upkeep asks Prefect.

It runs in every worker; rows are shared by SKIP LOCKED and by guarded statements, so several do no harm.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from server.dispatch import TERMINAL_STATES, Dispatcher, PrefectApi, PrefectUnreachable
from wzrd.db.engine import is_outage
from wzrd.db.listen import RUN_WAKE
from wzrd.db.runs import Reaped, RunRow, list_undispatched, list_unleased, reap_expired, touch_run
from wzrd.domain.settlement import Verdict
from wzrd.runs.finish import finish
from wzrd.runtime import Runtime

log = logging.getLogger(__name__)

REAP_SECONDS = 1.0
RELAY_SECONDS = 2.0
UPKEEP_SECONDS = 5.0
UNLEASED_SECONDS = 30.0

EXHAUSTED = "The run was interrupted too often and was given up"


class Upkeep:
    """The three loops."""

    def __init__(self, runtime: Runtime, prefect: PrefectApi, dispatcher: Dispatcher) -> None:
        self._runtime = runtime
        self._prefect = prefect
        self._dispatcher = dispatcher
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin."""
        loops = ((self.reap, REAP_SECONDS), (self.relay, RELAY_SECONDS), (self.ask_prefect, UPKEEP_SECONDS))
        self._tasks = [asyncio.create_task(_forever(work, seconds), name=work.__name__) for work, seconds in loops]

    async def close(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def reap(self) -> None:
        """Take runs from dead owners and have them resumed; end those canceled meanwhile or resumed too often."""
        async with self._runtime.begin() as tx:
            reaped = await reap_expired(tx)
        for run in reaped:
            await self._after_death(run)

    async def _after_death(self, run: Reaped) -> None:
        if run.cancel_requested or run.exhausted:
            verdict = (
                Verdict(canceled=True)
                if run.cancel_requested
                else Verdict(error=EXHAUSTED, error_code="interrupted_too_often")
            )
            status = await finish(self._runtime, run.run_id, verdict)
            await self._tell_prefect(run.flow_run_id, status)
            return
        log.warning("run %s lost its worker; resume %d", run.run_id, run.resumes)
        if run.flow_run_id is not None:
            await self._prefect.await_retry(run.flow_run_id, f"resume {run.resumes}: its worker died")
            self._runtime.notifier.tell(RUN_WAKE, run.run_id)

    async def _tell_prefect(self, flow_run_id: UUID | None, status: str | None) -> None:
        states = {"canceled": "CANCELLED", "succeeded": "COMPLETED"}
        if flow_run_id is not None and status is not None:
            await self._prefect.set_state(flow_run_id, states.get(status, "FAILED"), message=f"run {status}")

    async def relay(self) -> None:
        """Dispatch what an API process started and could not dispatch; the idempotency key forbids doubles."""
        async with self._runtime.begin() as tx:
            waiting = await list_undispatched(tx, older_than=RELAY_SECONDS)
        for run in waiting:
            await self._dispatcher.send(run)

    async def ask_prefect(self) -> None:
        """Ask Prefect about open runs that nobody carries: ended there → ended here; gone → a new flow run."""
        async with self._runtime.begin() as tx:
            idle = await list_unleased(tx, older_than=UNLEASED_SECONDS)
        for run in idle:
            async with self._runtime.begin() as tx:
                await touch_run(tx, run.run_id)
            await self._reconcile(run)

    async def _reconcile(self, run: RunRow) -> None:
        assert run.flow_run_id is not None
        state = await self._prefect.flow_run_state(run.flow_run_id)
        if state is None:
            await self._dispatcher.redispatch(run, run.flow_run_id)
        elif state in {"RUNNING", "CRASHED"}:
            await self._prefect.await_retry(run.flow_run_id, "nobody carries it")
            self._runtime.notifier.tell(RUN_WAKE, run.run_id)
        elif state in {"CANCELLED", "CANCELLING"}:
            await finish(self._runtime, run.run_id, Verdict(canceled=True))
        elif state in TERMINAL_STATES:
            message = await self._prefect.flow_run_message(run.flow_run_id)
            words = message or f"The flow run ended {state.lower()}"
            await finish(self._runtime, run.run_id, Verdict(error=words, error_code="flow_failed"))


async def _forever(work: Callable[[], Awaitable[None]], seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except PrefectUnreachable as error:
            log.warning("%s: %s", work.__name__, error)
        except Exception as error:
            if is_outage(error):
                log.warning("%s: the database is out of reach", work.__name__)
            else:
                log.exception("%s failed", work.__name__)
