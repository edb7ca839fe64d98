"""One flow run in its own process: the last resume of a run that may have killed its workers."""

import asyncio
import os
from uuid import UUID

from prefect.client.orchestration import get_client

from flows import FLOWS
from server.worker.execute import execute


async def run_one(flow_run_id: UUID) -> None:
    """Run the flow run to its end here."""
    async with get_client() as client:
        flow_run = await client.read_flow_run(flow_run_id)
        name = (await client.read_flow(flow_run.flow_id)).name
    await execute(FLOWS[name], flow_run)


if __name__ == "__main__":
    asyncio.run(run_one(UUID(os.environ["PREFECT__FLOW_RUN_ID"])))
