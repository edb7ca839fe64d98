"""A flow run and its run row: started or claimed first, executed under its lease, ended in Prefect's states too.

What a flow body needs of this is one call, `run_under_lease`: the flow says how to start its run (when Prefect's form,
a schedule or a command line made it) and how to do the work.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, TypeVar, cast
from uuid import UUID

from prefect import get_run_logger
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State, StateType
from prefect.context import FlowRunContext
from prefect.exceptions import Abort, Pause
from prefect.states import Cancelled

from blocks.resolve import runtime_for_process
from tasks.artifacts.page import ReadProgress, show_progress
from tasks.artifacts.progress import warn
from tasks.artifacts.publishing import publish
from tasks.flow_names import give_name, refused_name
from tasks.flow_states import describe_beginning, end_state, idle_state, refusal_state
from wzrd.db.engine import is_outage
from wzrd.db.projects import find_meant_projects
from wzrd.db.runs import find_run
from wzrd.domain.errors import (
    Conflict,
    NotFound,
    NothingToDo,
    RunStopped,
    Suspended,
    WzrdError,
    error_message,
    storable,
)
from wzrd.domain.ids import parse_uuid
from wzrd.domain.project_choice import choose_project
from wzrd.domain.runs import RESUME_WORDS, RUN, TERMINAL_RUN, Lease
from wzrd.domain.settlement import Outcome
from wzrd.domain.shown import name_flow_run
from wzrd.domain.work_queues import BATCH, QueuePlacement
from wzrd.retry import best_effort
from wzrd.runs.execute import Interrupted, claim, execute
from wzrd.runs.finish import reopen
from wzrd.runs.start import RunParams, StartResult
from wzrd.runtime.process import Runtime

STATES_SECONDS = 2.0

RunBody = Callable[[Lease], Awaitable[Outcome]]
"""Does the work of a claimed run."""

Params = TypeVar("Params", bound=RunParams)
Start: TypeAlias = Callable[[Runtime, Params], Awaitable[StartResult[Any]]]
"""Starts the run of a flow run that has none (Prefect's form, a schedule or a command line made it)."""


@dataclass(frozen=True, slots=True)
class FlowRunFacts:
    """Facts that matter of the flow run that executes us, of the flow `flow`."""

    flow_run_id: UUID
    run_count: int
    idempotency_key: str | None
    name: str = ""
    flow: str = ""


def current_flow_run() -> FlowRunFacts:
    """The flow run of the running engine.

    Raises:
        RuntimeError: no flow run is under way.
    """
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        raise RuntimeError("called outside a flow run")
    run, flow = context.flow_run, context.flow
    return FlowRunFacts(run.id, run.run_count, run.idempotency_key, run.name, flow.name if flow else "")


async def run_under_lease(
    run_id: UUID | None, params: Params, start: Start[Params], work: RunBody, *, progress: ReadProgress | None = None
) -> State[Any]:
    """Open or claim the run, do its work, end it, show it; returns the state that Prefect shall show.

    `progress`: how far it is, for a bar on its page while it works.

    Raises:
        Abort: the run belongs to somebody else now, or will be resumed: this flow run says nothing more.
    """
    try:
        return await _claim_and_execute(run_id, params, start, work, progress)
    except RunStopped as stopped:
        get_run_logger().warning("stops here: %s", stopped.message)
        raise Abort(stopped.message) from stopped
    except Exception as error:
        if is_outage(error):
            get_run_logger().warning("the database is out of reach; the run will be resumed")
            raise Abort("database out of reach") from error
        raise


async def _claim_and_execute(
    run_id: UUID | None, params: Params, start: Start[Params], work: RunBody, progress: ReadProgress | None
) -> State[Any]:
    log = get_run_logger()
    facts = current_flow_run()
    if run_id is None and await _is_canceled(facts.flow_run_id):
        return Cancelled(message="canceled before it began")
    runtime = await runtime_for_process()
    try:
        own_run_id = await _run_of(runtime, run_id, facts, params, start)
    except RunStopped:
        raise
    except NothingToDo as nothing:
        return idle_state(facts.flow, nothing)
    except WzrdError as error:
        return await refuse(error)
    lease, _ = await asyncio.gather(_claim(runtime, own_run_id, facts), runtime.providers.renew())
    if lease is not None:
        if run_id is None:
            await _give_name(runtime, own_run_id, facts)
        beginning = await describe_beginning(runtime, own_run_id)
        log.info("%s (run %s, attempt %d, lease epoch %d)", beginning, own_run_id, lease.attempt, lease.epoch)
        status = await _execute_on_page(runtime, lease, pausable(work), progress)
        if status is not None:
            return await end_state(runtime, own_run_id)
    return await _ended_state(runtime, own_run_id)


async def _execute_on_page(runtime: Runtime, lease: Lease, work: RunBody, progress: ReadProgress | None) -> str | None:
    """Execute the run; who follows it hears of its end before its page is complete."""
    if progress is None:
        status = await execute(runtime, lease, work)
        await publish(lease.run_id)
        return status
    async with show_progress(lease.run_id, progress) as bar:
        status = await execute(runtime, lease, work)
    filled = [bar.fill()] if status in {"succeeded", "partial"} else []
    await asyncio.gather(publish(lease.run_id), *filled)
    return status


async def refuse(error: WzrdError) -> State[Any]:
    """Ends the running flow run when it cannot begin, with a name and a state that say so."""
    facts = current_flow_run()
    get_run_logger().warning("refused: %s", error_message(error))
    await give_name(facts.flow_run_id, facts.name, refused_name(facts.flow))
    return refusal_state(facts.flow, error)


def pausable(work: RunBody) -> RunBody:
    """Wraps work so that Prefect's pause stops it without failing: in other pools, a step raises Pause.

    Raises:
        Suspended: a step raised it.
    """

    async def done(lease: Lease) -> Outcome:
        try:
            return await work(lease)
        except BaseException as error:
            if _is_pause(error):
                raise Suspended from error
            raise

    return done


def _is_pause(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return cast("BaseExceptionGroup[BaseException]", error).subgroup(Pause) is not None
    return isinstance(error, Pause)


async def _is_canceled(flow_run_id: UUID) -> bool:
    """True if somebody canceled a flow run that has no run yet: Prefect's engine begins it all the same.

    Best effort: where Prefect does not say in time, its button stops the run a second later.
    """
    states: Sequence[State[Any]] = ()
    with best_effort(warn, "whether it was canceled is not known"):
        async with asyncio.timeout(STATES_SECONDS):
            states = await _read_states(flow_run_id)
    others = [state for state in states if state.type != StateType.RUNNING]
    latest = max(others, key=lambda state: state.timestamp, default=None)
    return latest is not None and latest.type in {StateType.CANCELLED, StateType.CANCELLING}


async def _read_states(flow_run_id: UUID) -> list[State[Any]]:
    async with get_client() as client:
        return await client.read_flow_run_states(flow_run_id)


async def _give_name(runtime: Runtime, run_id: UUID, facts: FlowRunFacts) -> None:
    """A flow run that a form or a schedule made gets the name that the API would have given it."""
    async with runtime.autocommit() as tx:
        run = await find_run(tx, run_id)
    assert run is not None
    await give_name(facts.flow_run_id, facts.name, name_flow_run(run.kind, run_id, run.params))


async def _run_of(
    runtime: Runtime, run_id: UUID | None, facts: FlowRunFacts, params: Params, start: Start[Params]
) -> UUID:
    """The run that this flow run executes: the one named, when it is its own, else one started for it.

    Raises:
        NotFound, Conflict: the named run is not there, or belongs to another flow run (a copied parameter).
        WzrdError: as `start`, or no project is the one that was typed.
    """
    if run_id is None:
        if params.project_id is not None:
            project_id, _ = await find_project(runtime, params.project_id)
            params = replace(params, project_id=str(project_id))
        request_id = params.request_id or f"prefect:{facts.flow_run_id}"
        begun = replace(params, request_id=request_id, flow_run_id=facts.flow_run_id, placement=QueuePlacement(BATCH))
        return (await start(runtime, begun)).run_id
    async with runtime.autocommit() as tx:
        run = await find_run(tx, run_id)
    if run is None:
        raise NotFound(f"no run {run_id}: leave run_id empty to start a new one")
    dispatched = (facts.idempotency_key or "").partition(":")[0] == str(run_id)
    if run.flow_run_id != facts.flow_run_id and not (run.flow_run_id is None and dispatched):
        raise Conflict(f"run {run_id} belongs to another flow run: leave run_id empty to start a new one")
    return run_id


async def find_project(runtime: Runtime, typed: str) -> tuple[UUID, str]:
    """Id and title of the project that is meant: anybody's, since whoever opens a form may start anybody's work.

    Raises:
        NotFound, BadRequest: as `choose_project`.
    """
    exact = parse_uuid(typed)
    wanted = str(exact) if exact else storable(typed)
    async with runtime.begin() as tx:
        found = await find_meant_projects(tx, wanted)
    return choose_project(found, wanted)


async def _claim(runtime: Runtime, run_id: UUID, facts: FlowRunFacts) -> Lease | None:
    """Claim; an ended run that a person told Prefect to retry (its UI's button) is reopened first.

    One that ended (was canceled, say) while it waited for a resume of ours stays ended.
    """
    lease = await claim(runtime, run_id, flow_run_id=facts.flow_run_id)
    if lease is not None or facts.run_count < 2:
        return lease
    async with runtime.autocommit() as tx:
        run = await find_run(tx, run_id)
    if run is None or run.started_at is None or "reopened" not in RUN[run.status]:
        return None
    if await _is_our_resume(facts.flow_run_id):
        return None
    await reopen(runtime, run_id, flow_run_id=facts.flow_run_id)
    return await claim(runtime, run_id, flow_run_id=facts.flow_run_id)


async def _is_our_resume(flow_run_id: UUID) -> bool:
    """True if we had the flow run taken up again, by the last scheduled state in its history."""
    scheduled = [state for state in await _read_states(flow_run_id) if state.type == StateType.SCHEDULED]
    latest = max(scheduled, key=lambda state: state.timestamp, default=None)
    return latest is None or (latest.message or "").startswith(RESUME_WORDS)


async def _ended_state(runtime: Runtime, run_id: UUID) -> State[Any]:
    """The state of a run that is not ours to end.

    Raises:
        Interrupted: it has not ended.
    """
    async with runtime.autocommit() as tx:
        run = await find_run(tx, run_id)
    if run is None or run.status not in TERMINAL_RUN:
        raise Interrupted(f"run {run_id} was reopened; another flow run executes it")
    return await end_state(runtime, run_id)
