"""The steps of upkeep, each a task on the page; what each has done is counted for /metrics."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from prefect import get_run_logger
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterEndTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun
from prefect.exceptions import ObjectNotFound

from blocks.resolve import runtime_for_process
from tasks.artifacts.publishing import publish_due
from tasks.retrying import step_task
from wzrd.contracts.spending import CostReport
from wzrd.db.upkeep import add_done, list_open_flow_runs
from wzrd.domain.upkeep import EndedFlowRun, Retention, is_forgettable
from wzrd.operations import upkeep
from wzrd.operations.costs import SINCE, report_costs
from wzrd.operations.inline import end_abandoned
from wzrd.runtime.process import Runtime

PAGE = 200
MOST_FLOW_RUNS = 5_000
"""Flow runs that one upkeep deletes; what is left is the next one's."""


@step_task(name="runs of dead processes")
async def end_left_runs() -> int:
    """End what API processes left behind; runs of dead workers are resumed by the reconciler."""
    return await end_abandoned(await runtime_for_process())


@step_task(name="jobs at providers")
async def look_after_jobs() -> int:
    """Ask about what providers still work on though its run has ended."""
    return await upkeep.look_after_jobs(await runtime_for_process())


@step_task(name="stale holds")
async def release_stale_holds() -> int:
    """Give back what nothing can be delivered for any more."""
    return await upkeep.release_stale_holds(await runtime_for_process())


@step_task(name="promises about money")
async def check_money() -> list[dict[str, str | int]]:
    """Look for what breaks a promise about the money: a line for each, as its table has it. Nothing is changed."""
    violations = await upkeep.check_money(await runtime_for_process())
    for one in violations:
        get_run_logger().error("%s: %s: user %s, run %s, %s", one.invariant.name, one.invariant.broken, *one.where)
    return [one.as_row() for one in violations]


@step_task(name="costs")
async def read_costs() -> CostReport:
    """The costs of the last 30 days by model, of all users."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        return await report_costs(tx, "model", SINCE, runtime.now())


@step_task(name="bills of vendors")
async def note_bills() -> int:
    """Write down what vendors have billed, where their keys may read it."""
    return await upkeep.note_bills(await runtime_for_process())


@step_task(name="tickets and sessions")
async def forget_spent() -> int:
    """Forget expired tickets, sessions, signatures and nonces."""
    return await upkeep.forget_spent(await runtime_for_process())


@step_task(name="old events")
async def forget_old_events(retention: Retention) -> int:
    """Forget the logs of runs that ended long ago."""
    return await upkeep.forget_old_events(await runtime_for_process(), retention)


@step_task(name="unnoted files")
async def clear_unnoted_files(retention: Retention) -> int:
    """Remove files that a process stored and died before noting."""
    return await upkeep.clear_unnoted_files(await runtime_for_process(), retention)


@step_task(name="old flow runs")
async def delete_old_flow_runs(retention: Retention, flows: list[str]) -> int:
    """Delete these flows' old ended runs from Prefect, with what Prefect keeps of them; returns how many."""
    runtime, deleted = await runtime_for_process(), 0
    before = runtime.now() - timedelta(days=retention.flow_runs_days)
    kept: set[UUID] = set()
    async with get_client() as client:
        while deleted < MOST_FLOW_RUNS:
            found = await _read_ended(client, flows, before, skip=len(kept))
            old = await _forgettable(runtime, found, retention)
            kept |= {flow_run.id for flow_run in found} - set(old)
            deleted += sum(await asyncio.gather(*(_delete(client, flow_run_id) for flow_run_id in old)))
            if len(found) < PAGE:
                break
    return deleted


async def _read_ended(client: PrefectClient, flows: list[str], before: datetime, *, skip: int) -> list[FlowRun]:
    states = FlowRunFilterStateType(any_=list(TERMINAL_STATES))
    return await client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=flows)),
        flow_run_filter=FlowRunFilter(
            end_time=FlowRunFilterEndTime.model_validate({"before_": before}), state=FlowRunFilterState(type=states)
        ),
        limit=PAGE,
        offset=skip,
    )


async def _forgettable(runtime: Runtime, found: list[FlowRun], retention: Retention) -> list[UUID]:
    async with runtime.begin() as tx:
        still_open = await list_open_flow_runs(tx, [flow_run.id for flow_run in found])
    now = runtime.now()
    return [
        flow_run.id
        for flow_run in found
        if is_forgettable(EndedFlowRun(flow_run.end_time, flow_run.id in still_open), retention, now)
    ]


async def _delete(client: PrefectClient, flow_run_id: UUID) -> bool:
    try:
        await client.delete_flow_run(flow_run_id)
    except ObjectNotFound:  # another upkeep was quicker
        return False
    return True


@step_task(name="pages in Prefect")
async def write_pages() -> int:
    """Write the pages of ended runs that a busy Prefect did not take."""
    return await publish_due()


@step_task(name="counters")
async def count_done(done: dict[str, int]) -> None:
    """Add to what upkeep has done in all."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        await add_done(tx, done)


async def warn_of_waiting_runs() -> int:
    """Counts the runs that wait for somebody to take them from a dead worker, and warns where there are some."""
    waiting = await upkeep.count_waiting_for_a_worker(await runtime_for_process())
    if waiting:
        get_run_logger().warning("%d runs have lost their worker and nobody takes them up", waiting)
    return waiting
