"""Plan of executing a project's graph: what it would do and cost. Nothing is executed."""

from collections.abc import Mapping
from functools import partial

from wzrd.contracts.compute import ComputePlan, PlannedNode
from wzrd.db.ledger import read_balance
from wzrd.db.provider_jobs import list_medians
from wzrd.domain.submission import Target
from wzrd.graph import planning
from wzrd.graph.topological_order import Timing, estimate, levels
from wzrd.models.schemas.input_schemas import is_verified
from wzrd.operations.compute.request import SMALL, ComputeParams, ExecutionRequest, read_saved, run_aside, take_order
from wzrd.runtime.process import Runtime


async def plan_compute(runtime: Runtime, params: ComputeParams) -> ComputePlan:
    """Plan what `start_compute` would do now, and its price. Nodes with which it would be refused are told, not raised.

    Raises:
        NotFound: no such project, or not the caller's.
        BadRequest: there is nothing to execute, a cycle, or an edit without its picture.
    """
    saved = await read_saved(runtime, params)
    order = await take_order(runtime, params, saved)
    targets = {target for node in order.plan.nodes.values() if (target := _target_of(node)) is not None}
    async with runtime.begin() as tx:
        medians = await list_medians(tx, targets) if targets else {}
        available = await read_balance(tx, saved.user_id)
    return await run_aside(partial(_answer, order, medians, available), large=len(order.plan.nodes) > SMALL)


def _answer(order: ExecutionRequest, medians: Mapping[Target, float], available: int) -> ComputePlan:
    at_level = {node_id: at for at, ids in enumerate(levels(order.graph)) for node_id in ids}
    timing = _time(order, medians)
    plan = order.plan
    return ComputePlan(
        project_id=order.saved.project_id,
        total_nodes=len(plan.nodes),
        levels=1 + max(at_level.values()),
        runnable=not plan.doing("refused"),
        credits=plan.credits,
        credits_at_least=plan.credits if plan.at_least else None,
        available_credits=available,
        cost=plan.cost.wire(),
        estimated_seconds=round(timing.seconds, 1) if timing else None,
        critical_path=list(timing.critical_path) if timing else [],
        nodes=[_describe(order, node, at_level[node.id], medians) for node in plan.nodes.values()],
    )


def _target_of(node: planning.NodePlan) -> Target | None:
    """Where the node's calls go, if it makes any."""
    return node.price.choice.target if node.doing == "run" and node.price.choice else None


def _time(order: ExecutionRequest, medians: Mapping[Target, float]) -> Timing | None:
    """The longest way through the graph by the medians of its models; tools and free work count nothing."""
    asked = {node.id: target for node in order.plan.nodes.values() if (target := _target_of(node)) is not None}
    work = {node_id: (str(target), order.plan.nodes[node_id].price.calls) for node_id, target in asked.items()}
    return estimate(order.graph, work, {str(target): seconds for target, seconds in medians.items()})


def _describe(
    order: ExecutionRequest, planned: planning.NodePlan, level: int, medians: Mapping[Target, float]
) -> PlannedNode:
    node, price, target = order.graph.nodes[planned.id], planned.price, _target_of(planned)
    median = medians.get(target) if target is not None else None
    return PlannedNode(
        node_id=node.id,
        label=node.label,
        kind=node.kind,
        action=planned.work.id,
        level=level,
        doing=planned.doing,
        cached=planned.doing == "cached",
        reason=planned.why_not or None,
        error=planned.reason,
        model=price.model,
        calls=price.calls if target is not None else 0,
        credits=price.credits,
        credits_at_least=price.credits if price.at_least else None,
        cost=price.cost.wire(),
        own_sound=price.own_sound,
        estimated_seconds=round(median, 1) if median is not None else None,
        verified=is_verified(price.choice.model) if price.choice is not None else None,
        ignored=dict(price.ignored) or None,
    )
