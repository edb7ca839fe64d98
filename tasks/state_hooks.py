"""Prefect's hooks on a run row: find it by the flow run, end it or hand it over."""

from uuid import UUID

from prefect.client.schemas.objects import FlowRun

from blocks.resolve import runtime_for_process
from wzrd.contracts.events import taken_up
from wzrd.db.run_leases import expire_lease
from wzrd.db.runs import RunRow, find_by_flow_run
from wzrd.domain.lease import Lease
from wzrd.domain.settlement import Outcome
from wzrd.runs.finish import append_progress, finish
from wzrd.runtime.process import Runtime


async def _run_of(runtime: Runtime, flow_run_id: UUID) -> RunRow | None:
    async with runtime.begin() as tx:
        return await find_by_flow_run(tx, flow_run_id)


async def settle(flow_run: FlowRun, *, error: str | None = None, canceled: bool = False) -> None:
    """End the flow run's run, unless it has ended or a process executes it."""
    runtime = await runtime_for_process()
    run = await _run_of(runtime, flow_run.id)
    if run is not None:
        outcome = Outcome(canceled=canceled, error=error, error_code="flow_failed" if error else None)
        await finish(runtime, run.run_id, outcome)


async def expire(flow_run: FlowRun) -> None:
    """Hand the flow run's run over, when this process executed it."""
    runtime = await runtime_for_process()
    run = await _run_of(runtime, flow_run.id)
    if run is not None and run.lease_owner == runtime.leases.owner:
        async with runtime.begin() as tx:
            await expire_lease(tx, Lease(run.run_id, runtime.leases.owner, run.lease_epoch, run.attempt, run.user_id))


async def emit_running(flow_run: FlowRun) -> None:
    """Append an event when the run was taken up again (none for the first time)."""
    if flow_run.run_count > 1:
        runtime = await runtime_for_process()
        run = await _run_of(runtime, flow_run.id)
        if run is not None:
            await append_progress(runtime, run.run_id, taken_up(run.attempt, run.resumes))
