"""Runs started, and played without Prefect's engine: the flow's own work under a kept lease."""

import uuid
from functools import partial
from typing import Any

from prefect.logging import disable_run_logger

from blocks.resolve import serving
from tests.rows import Studio
from wzrd.db.events import read_events
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.runs import TERMINAL_RUN
from wzrd.faults import FaultRaised
from wzrd.operations import KINDS
from wzrd.operations.gen_shots import GenShotsParams, start_gen_shots
from wzrd.operations.generate import GenerateParams, start_generate
from wzrd.runs.execute import Interrupted, RunBody, claim, execute
from wzrd.runtime.process import Runtime


async def opened(runtime: Runtime, studio: Studio, *, count: int = 3, after: int = 0) -> uuid.UUID:
    """A queued run of gen-shots."""
    wanted = GenShotsParams(
        user_id=studio.user_id,
        project_id=str(studio.project_id),
        shot_count=count,
        request_id=str(uuid.uuid4()),
        numbers_after=after,
    )
    return (await start_gen_shots(runtime, wanted, latency=lambda: 1)).run_id


async def asked(runtime: Runtime, studio: Studio, model: str = "animatic", **more: Any) -> uuid.UUID:
    """A queued run of generate, of this user's, in their project unless `project_id` says otherwise."""
    inputs = more.pop("inputs", {"prompt": "Wide shot. A lighthouse in the rain at night."})
    wanted: dict[str, Any] = {"project_id": str(studio.project_id), "inputs": inputs, **more}
    return (await start_generate(runtime, GenerateParams(user_id=studio.user_id, model=model, **wanted))).run_id


async def run_once(
    runtime: Runtime,
    run_id: uuid.UUID,
    *,
    work: RunBody | None = None,
    at_once: int | None = None,
    flow_run_id: uuid.UUID | None = None,
) -> str | None:
    """Claim the run and do its work, the flow's own unless another is given; None where the run has ended already."""
    lease = await claim(runtime, run_id, flow_run_id=flow_run_id)
    run = await row(runtime, run_id)
    if lease is None:
        assert run.status in TERMINAL_RUN
        return None
    async with serving(runtime):
        with disable_run_logger():
            return await execute(runtime, lease, work or _work_of(run, at_once))


def _work_of(run: RunRow, at_once: int | None) -> RunBody:
    work = KINDS[run.kind].find("flows", "work")
    return partial(work, run.params["phase"], at_once=at_once) if "phase" in run.params else work


async def run_until_ended(
    runtime: Runtime, run_id: uuid.UUID, *, work: RunBody | None = None
) -> tuple[str | None, int]:
    """Run, and again after each interruption, as resumes do; the status and how often it was interrupted."""
    for interruptions in range(10):
        try:
            return await run_once(runtime, run_id, work=work), interruptions
        except (Interrupted, FaultRaised):
            continue
    raise AssertionError("interrupted without end")


async def row(runtime: Runtime, run_id: uuid.UUID) -> RunRow:
    """The run."""
    async with runtime.begin() as tx:
        found = await find_run(tx, run_id)
    assert found is not None
    return found


async def log_of(runtime: Runtime, run_id: uuid.UUID) -> list[tuple[str, dict[str, Any]]]:
    """The run's events in order."""
    async with runtime.begin() as tx:
        return [(entry.event.event, entry.event.data) for entry in await read_events(tx, run_id, 0)]
