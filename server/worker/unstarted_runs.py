"""Flow runs that nobody begins: their worker died between taking them and their body.

A form, a schedule or a command made them. They have no run row yet, so the rows cannot tell. Taken up again, the body
starts the run under the flow run's own request id: whoever else still lives joins the same run, and the fence lets one
of them work.
"""

import logging
import time
from collections.abc import Callable, Collection

from server.dispatch import PrefectApi
from server.worker import flow_runs
from server.worker.flow_runs import SeenFlowRun
from server.worker.queue_timeout import Signs, Watchman
from wzrd.db.flow_runs import list_known
from wzrd.db.listen import RUN_WAKE
from wzrd.domain.runs import MAX_RESUMES
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)


class UnstartedRuns:
    """Looks for them, in every worker."""

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
        self._watchman = Watchman(prefect, lease=runtime.leases.seconds, clock=clock)
        self._given_up: set[str] = set()

    async def look(self) -> None:
        """One round."""
        found = await flow_runs.list_taken(self._prefect, self._flows)
        found += await flow_runs.list_running(self._prefect, self._runtime.kinds)
        async with self._runtime.begin() as tx:
            known = await list_known(tx, [one.flow_run_id for one in found])
        for one in found:
            if one.flow_run_id not in known and one.state_id not in self._given_up:
                signs = await self._watchman.find_death(one)
                if signs is not None:
                    await self._take_up(one, signs)

    async def _take_up(self, seen: SeenFlowRun, signs: Signs) -> None:
        times = await flow_runs.count_reschedules(self._prefect, seen.flow_run_id)
        if await flow_runs.state_id(self._prefect, seen.flow_run_id) != seen.state_id:
            return  # somebody was quicker, or it has begun
        if times >= MAX_RESUMES:
            self._given_up.add(seen.state_id)
            log.error("flow run %s never begins: it was taken up %d times", seen.flow_run_id, times)
            if seen.state != "CRASHED" and signs.certain:  # else it may still begin: a person decides
                message = f"taken up {times} times, and its worker died each time before it began"
                await self._prefect.set_state(seen.flow_run_id, "CRASHED", message=message)
            return
        log.warning("flow run %s (%s) lost its worker before it began", seen.flow_run_id, seen.state)
        await flow_runs.reschedule(self._prefect, seen.flow_run_id, "its worker died before it began")
        self._runtime.notifier.notify(RUN_WAKE, seen.flow_run_id)
