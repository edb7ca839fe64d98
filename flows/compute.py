"""compute: every node of a graph as soon as its inputs are there, some at once."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from functools import partial
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.resolve import runtime_for_process
from flows.forms import MaxCredits, MaxUsd, Project, RequestId, RunId, titled
from flows.hooks import durable
from tasks.artifacts.page import count_ended
from tasks.flow_lifecycle import run_under_lease
from tasks.retrying import FinishedStep, ignore_failure, step_log, step_task
from wzrd.domain.money import read_money
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.graph.execution import making
from wzrd.graph.execution.run_state import NodeFailed
from wzrd.graph.execution.scheduler import ReadyNode, Scheduler, open_scheduler
from wzrd.operations.compute.kind import ComputeParams, start_compute


@step_task(
    many=True, name="make node", task_run_name="{node.label}", persist_result=False, cache_result_in_memory=False
)
async def make_node(node: ReadyNode) -> None:
    """Make a node that has begun.

    Raises:
        NodeFailed: it could not be made; item, row and log say why, and what does not need it goes on.
    """
    scheduler = (await runtime_for_process()).leases.objects(node.run_id).get(Scheduler)
    await making.make_node(scheduler, node.node_id, step_log())


async def work(lease: Lease) -> Outcome:
    """Make the nodes, each as soon as what it needs is there and a slot is free."""
    async with (
        open_scheduler(await runtime_for_process(), lease.run_id) as scheduler,
        asyncio.TaskGroup() as group,
        aclosing(scheduler.ready_nodes()) as nodes,
    ):
        async for node, upstream in nodes:
            group.create_task(_make(scheduler, node, upstream))
    return Outcome()


async def _make(scheduler: Scheduler, node: ReadyNode, upstream: Sequence[FinishedStep[None]]) -> None:
    """One node; its failure is recorded already, and what does not need it goes on."""
    made = await ignore_failure(make_node.after(*upstream).run(node), NodeFailed)
    await scheduler.release(node.node_id, made)


@flow(
    name="compute",
    description="Execute the compute graph of a project: every node when its inputs are there, what is known unpaid.",
    **durable,
)
async def compute(
    project: Project,
    node_ids: Annotated[list[str] | None, titled("Nodes")] = None,
    use_cache: Annotated[bool | None, titled("Use what was made before")] = None,
    max_credits: MaxCredits = None,
    max_usd: MaxUsd = None,
    request_id: RequestId = None,
    run_id: RunId = None,
) -> State[Any]:
    """Execute a project's graph, or some of its nodes with all that they need.

    Args:
        project: Its id, the beginning of its id (four letters or more), or its title.
        node_ids: The nodes that are wanted; empty means all of the graph.
        use_cache: Whether what was made before is used again; empty means everywhere but in the nodes that are named.
        max_credits: The most that it may cost; a graph that may cost more is refused. Empty means any price.
        max_usd: The most that its vendors may ask, in US dollars; what nobody knows the price of is refused then.
        request_id: An idempotency key of your own; empty means one a flow run.
        run_id: Leave empty. The API fills it in for a run that it has already started.
    """
    params = ComputeParams(
        user_id=None,
        project_id=project,
        node_ids=tuple(node_ids or ()),
        use_cache=use_cache,
        max_credits=max_credits,
        money=read_money(max_usd),
        request_id=request_id,
    )
    return await run_under_lease(run_id, params, start_compute, work, progress=partial(count_ended, "nodes"))
