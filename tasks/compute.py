"""The step of compute: one node of a graph, by a model or a tool of this machine."""

from blocks.resolve import runtime_for_process
from tasks.retrying import step_log, step_task
from wzrd.graph.execution import making
from wzrd.graph.execution.scheduler import ReadyNode, Scheduler


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
