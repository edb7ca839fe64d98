"""Pauses that nothing obeys: the flow run shows Paused while its work goes on. Prefect shows it running again."""

import logging
from collections.abc import Collection

from server.dispatch import WARM, PrefectApi
from server.worker import flow_runs
from server.worker.flow_runs import SeenFlowRun
from wzrd.db.flow_runs import list_leased
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

REFUSAL = "it cannot be paused where it is now: its work goes on"


def decide(seen: SeenFlowRun, pool_type: str) -> bool:
    """True if a pause that stood for a round, over a run that a process executes, is to be undone.

    Where Prefect's own engine obeys a `Suspended`, it does so between two steps, and a step may be long.
    """
    return pool_type == WARM or seen.state_name != "Suspended"


class IgnoredPauses:
    """Looks for them, in every worker."""

    def __init__(self, runtime: Runtime, prefect: PrefectApi, flows: Collection[str]) -> None:
        self._runtime = runtime
        self._prefect = prefect
        self._flows = flows
        self._before: set[str] = set()
        """The ids of the states that stood a round ago."""

    async def look(self) -> None:
        """One round."""
        async with self._runtime.begin() as tx:
            leased = await list_leased(tx)
        found = await flow_runs.list_paused(self._prefect, self._flows, leased)
        before, self._before = self._before, {one.state_id for one in found}
        for one in found:
            if one.state_id in before and decide(one, await self._prefect.pool_type(one.pool)):
                log.warning("flow run %s is shown paused, and its work goes on", one.flow_run_id)
                await self._prefect.set_state(one.flow_run_id, "RUNNING", message=REFUSAL)
