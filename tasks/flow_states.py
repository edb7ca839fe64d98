"""Prefect's states and our rows: how a run's end is shown, and what Prefect's hooks do to a run."""

from typing import Any
from uuid import UUID

from prefect.client.schemas.objects import FlowRun, State
from prefect.states import Cancelled, Completed, Failed

from blocks.resolve import runtime_for_process
from wzrd.contracts.events import taken_up
from wzrd.db.items import list_items
from wzrd.db.run_holds import sum_holds
from wzrd.db.run_leases import expire_lease
from wzrd.db.runs import RunRow, find_by_flow_run, find_run
from wzrd.domain.errors import NothingToDo, WzrdError, error_message
from wzrd.domain.run_summary import RunEnd, describe_end, describe_start, result_of_run
from wzrd.domain.runs import Lease
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


async def end_state(runtime: Runtime, run_id: UUID) -> State[Any]:
    """The state of a run that has ended."""
    async with runtime.begin() as tx:
        run, items = await find_run(tx, run_id), await list_items(tx, run_id)
        _, charged = await sum_holds(tx, run_id)
    assert run is not None, "it has been claimed"
    charged = charged or int((run.result or {}).get("credits", 0))  # a backfill's runs are charged, it holds nothing
    end = RunEnd(str(run_id), run.kind, run.status, charged, run.error, run.error_code, run.result)
    return state_of(end.status, describe_end(end, items), result_of_run(end, items))


async def describe_beginning(runtime: Runtime, run_id: UUID) -> str:
    """Summary of a run that has been claimed: what it is about to make, and what that may cost."""
    async with runtime.begin() as tx:
        run, items = await find_run(tx, run_id), await list_items(tx, run_id)
        held, _ = await sum_holds(tx, run_id)
    assert run is not None, "it has been claimed"
    kind = runtime.kind(run.kind)
    own = 0 if kind.covers or kind.upfront else sum(item.price for item in items if item.status == "pending")
    return describe_start(items, held + own)


def refusal_state(flow: str, error: WzrdError) -> State[Any]:
    """The state of a flow run that could not begin: one sentence, and no traceback."""
    message = error_message(error)
    end = RunEnd("", flow, "refused", 0, message, error.code)
    return state_of("failed", message, {**result_of_run(end, []), "run_id": None})


def idle_state(flow: str, nothing: NothingToDo) -> State[Any]:
    """The state of a flow run that found everything there already: it made no run, and that is no failure."""
    end = RunEnd("", flow, "succeeded", 0, None, None)
    return state_of("succeeded", f"nothing to do: {nothing.message}", {**result_of_run(end, []), "run_id": None})


def state_of(status: str, message: str, result: dict[str, Any]) -> State[Any]:
    """A run's status in Prefect's words."""
    match status:
        case "succeeded":
            return Completed(message=message, data=result)
        case "canceled":
            return Cancelled(message=message, data=result)
        case _:
            return Failed(message=message, data=result, name="Partial" if status == "partial" else None)
