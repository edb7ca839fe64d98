"""Prefect's cancel and pause buttons, for runs that run inside a worker: what they say reaches the run's work.

Ends of runs are announced here, too, as events of Prefect: whoever ended a run does nothing for this. Several workers
may send the same event: its id is derived, and Prefect takes it once.

Prefect ends infrastructure to cancel, and its engine looks for a pause from a thread that blocks the event loop; here
there is neither. So each worker looks once a second for flow runs that are Cancelling, and for its own that are Paused;
while nothing goes on at Prefect, it asks every two seconds whether that is still so.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date
from typing import Any
from uuid import UUID

from server.dispatch import PrefectApi, PrefectRefused, PrefectUnreachable
from server.worker import flow_runs
from server.worker.activity import Activity
from server.worker.flow_runs import SeenFlowRun
from wzrd.db.announcements import list_unannounced, note_announced, sum_charged
from wzrd.db.engine import Tx, is_outage
from wzrd.db.runs import RunRow, find_by_flow_run
from wzrd.domain.announcements import EndedRun, run_event, spend_event
from wzrd.runs.finish import cancel
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

WATCH_SECONDS = 1.0
QUIET_SECONDS = 2.0
OWN_ROUNDS, OTHERS_ROUNDS = 2, 10
STOP_SECONDS = 5.0


class FlowRunWatch:
    """Looks for what somebody did to flow runs; `held` are those that this process executes."""

    def __init__(
        self,
        runtime: Runtime,
        prefect: PrefectApi,
        flows: Collection[str],
        held: Mapping[UUID, "asyncio.Task[Any]"],
        activity: Activity,
    ) -> None:
        self._runtime = runtime
        self._prefect = prefect
        self._flows = flows
        self._held = held
        self._activity = activity
        self._rounds: dict[UUID, int] = {}
        """Rounds that each flow run without a run row has been Cancelling."""

    async def watch(self) -> None:
        """Look, forever."""
        while True:
            await asyncio.sleep(QUIET_SECONDS if self._activity.is_quiet else WATCH_SECONDS)
            await self.round()

    async def round(self) -> None:
        """One round: whether anything goes on, and if so, what somebody has done to it."""
        for look in (self.look_for_activity, self.look_for_cancelling, self.look_for_paused):
            if self._activity.is_quiet and look != self.look_for_activity:
                return
            try:
                await look()
            except PrefectUnreachable:
                continue
            except Exception as error:
                if not is_outage(error):
                    log.exception("the watch failed: %s", look.__name__)

    async def look_for_activity(self) -> None:
        """Note whether anything goes on: of what this process executes nobody needs to ask."""
        if self._held:
            self._activity.note()
        else:
            await self._activity.look()

    async def look_for_cancelling(self) -> None:
        """Cancel the runs of flow runs that are Cancelling."""
        before, self._rounds = self._rounds, {}
        for seen in await flow_runs.list_cancelling(self._prefect, self._flows):
            run = await self._run_of(seen.flow_run_id)
            if run is not None:
                await self._cancel_run(seen.flow_run_id, run)
            else:
                self._rounds[seen.flow_run_id] = before.get(seen.flow_run_id, 0) + 1
                await self._cancel_flow_run(seen, self._rounds[seen.flow_run_id])

    async def _run_of(self, flow_run_id: UUID) -> RunRow | None:
        async with self._runtime.begin() as tx:
            return await find_by_flow_run(tx, flow_run_id)

    async def _cancel_run(self, flow_run_id: UUID, run: RunRow) -> None:
        """Where no process executes the run, it has ended by now, and Prefect is told."""
        after = await cancel(self._runtime, run.run_id, run.user_id)
        self._runtime.leases.cancel(run.run_id)
        if after.finished_at is not None:
            await self._prefect.set_state(flow_run_id, "CANCELLED", message=f"run {run.run_id} {after.status}")

    async def _cancel_flow_run(self, seen: SeenFlowRun, rounds: int) -> None:
        """One without a run: its process stops it, others only when none does.

        A body that is just starting its run gets a round's time to have its row.
        """
        working = self._held.get(seen.flow_run_id)
        if rounds < (OTHERS_ROUNDS if seen.begun and working is None else OWN_ROUNDS):
            return
        if working is not None:
            working.cancel()
            await asyncio.wait({working}, timeout=STOP_SECONDS)
        message = "canceled" if seen.begun else "canceled before it began"
        await self._prefect.set_state(seen.flow_run_id, "CANCELLED", message=message)

    async def look_for_paused(self) -> None:
        """Stop the work of the runs of this process whose flow runs are paused."""
        for seen in await flow_runs.list_paused(self._prefect, self._flows, list(self._held)):
            run = await self._run_of(seen.flow_run_id)
            if run is not None:
                self._runtime.leases.pause(run.run_id)


BATCH = 100
UNFIT = frozenset({400, 413, 422})
"""Statuses by which Prefect's server says that the events themselves are at fault."""


class Announcer:
    """Announces for one process."""

    def __init__(self, runtime: Runtime, prefect: PrefectApi) -> None:
        self._runtime = runtime
        self._prefect = prefect
        self._passed: date | None = None
        """The day whose spend is known to have passed the limit: it is summed up no more."""

    async def announce(self) -> None:
        """Announce all ends that nobody has announced yet.

        Raises:
            PrefectUnreachable: Prefect does not take them now; they wait.
        """
        full = True
        while full:
            async with self._runtime.begin() as tx:
                ended = await list_unannounced(tx, limit=BATCH)
                events = [*map(run_event, ended), *await self._spend(tx, ended)]
            if not ended:
                return
            await _send(self._prefect, events)
            async with self._runtime.begin() as tx:
                await note_announced(tx, ended)
            full = len(ended) == BATCH

    async def _spend(self, tx: Tx, ended: Sequence[EndedRun]) -> list[dict[str, Any]]:
        limit = self._runtime.settings.spend_alert
        paid = [run.finished_at.astimezone(UTC) for run in ended if run.credits]
        if not limit or not paid or (latest := max(paid)).date() == self._passed:
            return []
        spent = await sum_charged(tx, since=latest.replace(hour=0, minute=0, second=0, microsecond=0))
        event = spend_event(ended, spent, limit)
        self._passed = latest.date() if spent >= limit and event is None else self._passed
        return [event] if event else []


async def _send(prefect: PrefectApi, events: Sequence[dict[str, Any]]) -> None:
    """Send them together; where one is unfit for Prefect, the others are sent without it."""
    try:
        await prefect.emit(events)
    except PrefectRefused as error:
        if error.status not in UNFIT:
            raise
        if len(events) == 1:
            log.warning("%s of %s is left out: %s", events[0]["event"], events[0]["resource"], error)
            return
        for event in events:
            await _send(prefect, [event])
