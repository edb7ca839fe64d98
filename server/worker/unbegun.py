"""Flow runs that nobody begins: their worker died between taking them and their body.

A form, a schedule or a command made them. They have no run row yet, so the rows cannot tell. Taken up again, the body
starts the run under the flow run's own request id: whoever else still lives joins the same run, and the fence lets one
of them work.
"""

import logging
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from typing import Literal

from server.dispatch import WARM, PrefectApi
from server.worker import flow_runs
from server.worker.flow_runs import SeenFlowRun
from wzrd.db.flow_runs import list_known
from wzrd.db.listen import RUN_WAKE
from wzrd.domain.runs import MAX_RESUMES
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

LEASES = {WARM: 2, "process": 3}
"""How many leases long a worker of each type of pool may take from taking a flow run to its run's row. A process has to
start meanwhile; where a container has to, nobody can tell."""
BEGUN_LEASES = 3
"""The same from the body's begin, in any pool."""
CRASHED_SECONDS = 5.0
"""A worker of Prefect's own writes a second Crashed moments after the first."""


def decide(
    seen: SeenFlowRun, *, unchanged: float, lease: float, pool_type: str, now: datetime
) -> Literal["wait", "take up"]:
    """Whether a flow run without a run row, the same for `unchanged` seconds, has lost its worker."""
    match seen.state:
        case "CRASHED":
            patience: float | None = CRASHED_SECONDS
        case "PENDING":
            leases = LEASES.get(pool_type)
            patience = leases * lease if leases else None
            if patience and seen.due is not None and seen.due > now - timedelta(seconds=patience):
                return "wait"  # taken early, it waits until it is due
        case _:
            patience = BEGUN_LEASES * lease
    return "wait" if patience is None or unchanged < patience else "take up"


class Unbegun:
    """Looks for them, in every worker; how long each stays as it is, is measured by our own clock."""

    def __init__(
        self,
        runtime: Runtime,
        prefect: PrefectApi,
        flows: Collection[str],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runtime = runtime
        self._prefect = prefect
        self._flows = flows
        self._clock = clock
        self._since: dict[str, float] = {}
        """When each state was first seen, by the state's id."""
        self._given_up: set[str] = set()

    async def look(self) -> None:
        """One round."""
        found = await flow_runs.list_taken(self._prefect, self._flows)
        found += await flow_runs.list_running(self._prefect, self._runtime.kinds)
        async with self._runtime.begin() as tx:
            known = await list_known(tx, [one.flow_run_id for one in found])
        alone = [one for one in found if one.flow_run_id not in known and one.state_id not in self._given_up]
        now = self._clock()
        self._since = {one.state_id: self._since.get(one.state_id, now) for one in alone}
        for one in alone:
            verdict = decide(
                one,
                unchanged=now - self._since[one.state_id],
                lease=self._runtime.leases.seconds,
                pool_type=await self._prefect.pool_type(one.pool) if one.pool else "",
                now=datetime.now(UTC),
            )
            if verdict == "take up":
                await self._take_up(one)

    async def _take_up(self, seen: SeenFlowRun) -> None:
        times = await flow_runs.count_reschedules(self._prefect, seen.flow_run_id)
        if await flow_runs.state_id(self._prefect, seen.flow_run_id) != seen.state_id:
            return  # somebody was quicker, or it has begun
        if times >= MAX_RESUMES:
            self._given_up.add(seen.state_id)
            log.error("flow run %s never begins: it was taken up %d times", seen.flow_run_id, times)
            if seen.state != "CRASHED":
                told = f"taken up {times} times, and its worker died each time before it began"
                await self._prefect.set_state(seen.flow_run_id, "CRASHED", message=told)
            return
        log.warning("flow run %s (%s) lost its worker before it began", seen.flow_run_id, seen.state)
        await flow_runs.reschedule(self._prefect, seen.flow_run_id, "its worker died before it began")
        self._runtime.notifier.notify(RUN_WAKE, seen.flow_run_id)
