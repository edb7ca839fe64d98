"""compute on its page in Prefect: how far it is, and what became of each node."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from prefect.artifacts import acreate_table_artifact

from blocks.resolve import runtime_for_process
from tasks.artifacts.progress import best_effort
from wzrd.db.items import Item, count_items, list_items


async def read_progress(run_id: UUID) -> tuple[float, str]:
    """How far the graph is, and how many nodes are done."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        counts = await count_items(tx, run_id)
    ended = counts.total - counts.open
    return (100.0 * ended / counts.total if counts.total else 100.0), f"{ended} of {counts.total} nodes"


async def publish_graph(run_id: UUID) -> None:
    """Show the outcome on the flow run's page, after the run has ended."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        items = await list_items(tx, run_id)
    async with best_effort("outcome on the page"):
        await acreate_table_artifact(
            table=[_line(item) for item in items],
            key=f"outcome-{run_id}",
            description="What became of each node.",
        )


def _line(item: Item) -> dict[str, Any]:
    output: Mapping[str, Any] = item.output or {}
    result: Mapping[str, Any] = output.get("result") or {}
    return {
        "node": item.key,
        "status": item.status,
        "cached": "yes" if output.get("cached") else "",
        "credits": item.price if item.delivered else 0,
        "file": f"[open]({result['url']})" if result.get("url") else "",
        "error": item.error or "",
    }
