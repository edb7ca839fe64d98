"""Prefect's cancel button, for runs that run inside a worker: what Prefect marks as Cancelling is canceled as a run.

Prefect ends infrastructure to cancel; an in-process run has none, and Prefect would wait for ever. So each worker looks
once a second for flow runs that are Cancelling; the cancel flag and its notification reach their process.
"""

import asyncio
import logging
from uuid import UUID

from server.dispatch import PrefectApi, PrefectUnreachable
from wzrd.db.engine import is_outage
from wzrd.db.runs import find_by_flow_run
from wzrd.runs.finish import cancel
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

WATCH_SECONDS = 1.0


async def watch_cancelling(runtime: Runtime, prefect: PrefectApi) -> None:
    """Look, forever."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            for flow_run_id in await prefect.list_cancelling():
                await cancel_flow_run(runtime, prefect, flow_run_id)
        except PrefectUnreachable:
            continue
        except Exception as error:
            if not is_outage(error):
                log.exception("the cancel watch failed")


async def cancel_flow_run(runtime: Runtime, prefect: PrefectApi, flow_run_id: UUID) -> None:
    """Cancel the flow run's run; where no process executes it, it has ended by now, and Prefect is notified."""
    async with runtime.begin() as tx:
        run = await find_by_flow_run(tx, flow_run_id)
    if run is None:
        return  # not one of ours
    after = await cancel(runtime, run.run_id, run.user_id)
    runtime.leases.cancel(run.run_id)
    if after.finished_at is not None:
        await prefect.set_state(flow_run_id, "CANCELLED", message=f"run {run.run_id} {after.status}")
