"""One node of a graph, made by a model or by a tool of this machine."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wzrd.db.joined_jobs import SubmitResult
from wzrd.domain.errors import WzrdError, error_message
from wzrd.faults import fault
from wzrd.graph.actions import policy_of
from wzrd.graph.execution.element_batch import ElementBatch
from wzrd.graph.execution.generation import MadeNode, join_results, prepare_call
from wzrd.graph.execution.local.node import make_local
from wzrd.graph.execution.node_calls import make_call
from wzrd.graph.execution.node_writer import NodeEnd
from wzrd.graph.execution.run_state import NodeFailed, code_of
from wzrd.graph.execution.scheduler import Scheduler
from wzrd.graph.payloads import call_inputs, call_policy
from wzrd.graph.texts import json_size
from wzrd.graph.tool_files import tool_calls
from wzrd.runs.steps import RunLog
from wzrd.runtime.stops import stops_the_run


async def make_node(scheduler: Scheduler, node_id: str, log: RunLog) -> None:
    """Make a node that has been handed out, unless an earlier try's commit came through after all.

    Raises:
        NodeFailed: it could not be made; item, row and log say why, and what does not need it goes on.
    """
    if not scheduler.is_open(node_id):
        return
    await scheduler.begun(node_id)
    work = _Work(scheduler, node_id)
    try:
        end = work.end(await _make(work))
    except Exception as error:  # whatever a tool of one node may raise, the others go on
        if stops_the_run(error) or not scheduler.is_open(node_id):
            raise
        label = scheduler.state.node(node_id).label
        if not isinstance(error, WzrdError):
            log.exception("%s: %s", label, type(error).__name__)
        await scheduler.close(NodeEnd(node_id, "failed", error=error_message(error), code=code_of(error)))
        raise NodeFailed(f"{label}: {error_message(error)}") from error
    if scheduler.is_open(node_id):  # else it has ended with the record of its answer
        await fault("before_node")
        scheduler.close(end)


@dataclass(slots=True)
class _Work:
    """A node that is being made, from now on."""

    scheduler: Scheduler
    node_id: str
    began: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    def end(self, made: MadeNode, answer: SubmitResult | None = None) -> NodeEnd:
        """The end of the node with what was made.

        Raises:
            BadRequest: that is no result of such a node.
        """
        scheduler, node_id = self.scheduler, self.node_id
        _check_result(scheduler, node_id, made.result)
        return NodeEnd(
            node_id,
            "succeeded",
            made.result,
            milliseconds=round((asyncio.get_running_loop().time() - self.began) * 1000),
            price=made.price,
            kept=scheduler.keys.get(node_id) if made.keeps else None,
            answer=answer,
        )

    def close(self, made: MadeNode, answer: SubmitResult) -> asyncio.Task[None]:
        """End the node by what a model has answered.

        Raises:
            BadRequest: that is no result of such a node.
        """
        return self.scheduler.close(self.end(made, answer))


def _check_result(scheduler: Scheduler, node_id: str, result: Mapping[str, Any]) -> None:
    """See that a result can be kept; a text takes its place in the run's room, a batch has done so by its elements.

    Raises:
        ResultTooLarge: it cannot.
    """
    node = scheduler.state.node(node_id)
    if scheduler.state.works[node_id].makes_text and result["type"] == "text":
        scheduler.room.take(node, result)
    else:
        json_size(node, result)


async def _make(work: _Work) -> MadeNode:
    scheduler, node_id, state = work.scheduler, work.node_id, work.scheduler.state
    node, action, inputs = state.node(node_id), state.works[node_id], state.inputs(node_id)
    if action.executor == "local":
        return await _make_here(scheduler, node_id, inputs)
    if action.makes_text:
        scheduler.room.check(node, asks=True)
    calls = call_inputs(node, inputs)
    if len(calls) > 1 or node_id in state.elements:
        return await ElementBatch(scheduler, node_id, calls).make(call_policy(node, action, inputs))
    call = await prepare_call(scheduler.runtime, node, action, calls[0], node_id)
    return await make_call(scheduler, call, state.items[node_id].price, scheduler.progress_of(node_id), work.close)


async def _make_here(scheduler: Scheduler, node_id: str, inputs: Mapping[str, Any]) -> MadeNode:
    """By a tool of this machine, for nothing; a list of files is gone through one by one, where the tool takes one."""
    node, work = scheduler.state.node(node_id), scheduler.state.works[node_id]
    calls = tool_calls(node, work, inputs)
    lease, note = scheduler.runtime.leases.current(scheduler.state.run.run_id), scheduler.progress_of(node_id)
    made = [await make_local(scheduler.runtime, lease, node, work, one, note) for one in calls]
    return MadeNode(made[0] if len(made) == 1 else join_results(policy_of(node, work), made))
