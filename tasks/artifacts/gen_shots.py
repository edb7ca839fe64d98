"""gen-shots on its page in Prefect: the shots as a table."""

from typing import Any
from uuid import UUID

from prefect.artifacts import acreate_table_artifact

from blocks.resolve import runtime_for_process
from tasks.artifacts.progress import best_effort
from wzrd.db.items import Item, list_items


async def publish_shots(run_id: UUID) -> None:
    """Show the shots on the flow run's page, after the run has ended."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        items = await list_items(tx, run_id)
    async with best_effort("table of shots"):
        await acreate_table_artifact(
            table=[_line(item) for item in items if "idea" in (item.output or {})],
            key=f"shots-{run_id}",
            description="The shots of this run, in order.",
        )


def _line(item: Item) -> dict[str, Any]:
    output = item.output or {}
    idea = output["idea"]
    return {
        "shot": output["number"],
        "status": item.phase or item.status,
        "size": idea["size"],
        "angle": idea["angle"],
        "lens": f"{idea['lens_mm']} mm",
        "move": idea["move"],
        "title": idea["title"],
        "idea": idea["idea"],
    }
