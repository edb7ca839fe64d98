"""One flow run in a process of its own: the last resume of a run that may have killed its workers."""

import asyncio
import contextlib
import os
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.exceptions import Abort
from prefect.flow_engine import run_flow_async

from flows import FLOWS


async def run_one(flow_run_id: UUID) -> None:
    """Run the flow run to its end here."""
    async with get_client() as client:
        flow_run = await client.read_flow_run(flow_run_id)
        name = (await client.read_flow(flow_run.flow_id)).name
    with contextlib.suppress(Abort):
        await run_flow_async(FLOWS[name], flow_run=flow_run, parameters=flow_run.parameters, return_type="state")


if __name__ == "__main__":
    asyncio.run(run_one(UUID(os.environ["PREFECT__FLOW_RUN_ID"])))
