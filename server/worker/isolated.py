"""One flow run in its own process: the last resume of a run that may have killed its workers."""

import asyncio
import os
from uuid import UUID

from wzrd.runtime.gc_tuning import no_collections

with no_collections():
    from prefect.client.orchestration import get_client

    from blocks.resolve import resolve_runtime, settings_of_process
    from flows import FLOWS
    from server.dispatch import PrefectApi
    from server.worker.activity import Activity
    from server.worker.execute import DefaultStorage, execute
    from server.worker.watch import FlowRunWatch


async def run_one(flow_run_id: UUID) -> None:
    """Run the flow run to its end here."""
    settings = await settings_of_process()
    async with get_client() as client:
        flow_run = await client.read_flow_run(flow_run_id)
        name = (await client.read_flow(flow_run.flow_id)).name
    async with resolve_runtime(settings, application="wzrd-alone") as runtime:
        prefect = PrefectApi.of(settings)
        working = asyncio.create_task(execute(FLOWS[name], flow_run, DefaultStorage()), name="execute")
        watch = FlowRunWatch(runtime, prefect, [name], {flow_run_id: working}, Activity(prefect, [name]))
        watching = asyncio.create_task(watch.watch(), name="watch")
        try:
            await working
        finally:
            watching.cancel()
            await prefect.close()


if __name__ == "__main__":
    asyncio.run(run_one(UUID(os.environ["PREFECT__FLOW_RUN_ID"])))
