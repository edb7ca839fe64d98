"""compute on its page in Prefect: how far it is, and what became of each node."""

import asyncio
from typing import Any
from uuid import UUID

from prefect.artifacts import acreate_table_artifact

from blocks.resolve import runtime_for_process
from tasks.artifacts.graph_page import addresses_of, picture_page, publish_page, result_of, results_page
from tasks.artifacts.progress import best_effort
from wzrd.db.items import Item, count_items, list_items
from wzrd.db.run_graphs import read_run_graph
from wzrd.db.runs import find_run
from wzrd.graph.actions import action_id_of
from wzrd.graph.model import Graph, Node
from wzrd.graph.reading import read_graph


async def read_progress(run_id: UUID) -> tuple[float, str]:
    """How far the graph is, and how many nodes are done."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        counts = await count_items(tx, run_id)
    ended = counts.total - counts.open
    return (100.0 * ended / counts.total if counts.total else 100.0), f"{ended} of {counts.total} nodes"


async def publish_graph(run_id: UUID) -> None:
    """Show picture, outcome and results on the flow run's page, after the run has ended."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        run, items, kept = await find_run(tx, run_id), await list_items(tx, run_id), await read_run_graph(tx, run_id)
    if kept is None:
        return
    graph = await asyncio.to_thread(read_graph, kept["nodes"], kept["edges"])
    title = str(run.params.get("label") or "") if run else ""
    async with best_effort("picture on the page"):
        if page := await asyncio.to_thread(picture_page, graph, items, title or "Compute graph"):
            await publish_page(f"graph-picture-{run_id}", page, "The graph, colored by what became of each node.")
    async with best_effort("outcome on the page"):
        await acreate_table_artifact(
            table=[_line(graph, item) for item in items],
            key=f"outcome-{run_id}",
            description="What became of each node.",
        )
    async with best_effort("results on the page"):
        if page := await asyncio.to_thread(results_page, graph, items):
            await publish_page(f"results-{run_id}", page, "What the nodes have made, the ends of the graph first.")


def _line(graph: Graph, item: Item) -> dict[str, Any]:
    name, _, element = item.key.partition("#")
    node, result = graph.nodes.get(name), result_of(item)
    label = node.label if node else name
    urls = addresses_of(result)
    return {
        "node": f"{label}, {int(element) + 1}" if element.isdecimal() else label,
        "does": describe_work(node) if node else "",
        "status": item.status,
        "made by": result.get("model", ""),
        "cached": "yes" if (item.output or {}).get("cached") else "",
        "credits": item.price if item.delivered else 0,
        "file": f"[open]({urls[0]})" if urls else "",
        "error": item.error or "",
    }


def describe_work(node: Node) -> str:
    """What a node does: its action, else its kind."""
    return action_id_of(node) or node.kind
