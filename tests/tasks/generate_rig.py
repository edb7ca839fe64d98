"""generate played without Prefect's engine: the flow's own work under a kept lease."""

import uuid
from typing import Any

from prefect.logging import disable_run_logger

from blocks.resolve import serving
from flows.generate import work
from tests.rows import Studio
from wzrd.db.runs import RunRow, find_run
from wzrd.faults import FaultRaised
from wzrd.operations.generate import GenerateParams, start_generate
from wzrd.runs.execute import Interrupted, claim, execute
from wzrd.runtime.process import Runtime


async def asked(runtime: Runtime, studio: Studio, model: str = "animatic", **more: Any) -> uuid.UUID:
    """A queued run of this user's, in their project unless `project_id` says otherwise."""
    inputs = more.pop("inputs", {"prompt": "Wide shot. A lighthouse in the rain at night."})
    wanted: dict[str, Any] = {"project_id": str(studio.project_id), "inputs": inputs, **more}
    return (await start_generate(runtime, GenerateParams(user_id=studio.user_id, model=model, **wanted))).run_id


async def run_once(runtime: Runtime, run_id: uuid.UUID) -> str | None:
    """Claim the run and do the flow's own work; None where it has ended already."""
    lease = await claim(runtime, run_id, flow_run_id=None)
    if lease is None:
        return None
    async with serving(runtime):
        with disable_run_logger():
            return await execute(runtime, lease, work)


async def run_until_ended(runtime: Runtime, run_id: uuid.UUID) -> tuple[str | None, int]:
    """Run, and again after each interruption, as resumes do; the status and how often it was interrupted."""
    for interruptions in range(10):
        try:
            return await run_once(runtime, run_id), interruptions
        except (Interrupted, FaultRaised):
            continue
    raise AssertionError("interrupted without end")


async def row(runtime: Runtime, run_id: uuid.UUID) -> RunRow:
    """The run."""
    async with runtime.begin() as tx:
        found = await find_run(tx, run_id)
    assert found is not None
    return found
