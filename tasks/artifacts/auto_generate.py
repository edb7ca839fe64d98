"""auto-generate on its page in Prefect: how far it is, the contact sheet, what became of each shot."""

from typing import Any
from uuid import UUID

from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact

from blocks.resolve import runtime_for_process
from tasks.artifacts.progress import best_effort
from tasks.auto_generate_items import label_of
from wzrd.db.items import Item, count_items, list_items
from wzrd.db.runs import find_run
from wzrd.db.storyboards import read_storyboard
from wzrd.storyboard.films import Film


async def read_progress(run_id: UUID) -> tuple[float, str]:
    """How far the batch is, and how many shots are done."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        counts = await count_items(tx, run_id)
    ended = counts.total - counts.open
    return (100.0 * ended / counts.total if counts.total else 100.0), f"{ended} of {counts.total} shots"


async def publish_batch(run_id: UUID) -> None:
    """Show pictures and outcome on the flow run's page, after the run has ended."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        run, items = await find_run(tx, run_id), await list_items(tx, run_id)
        storyboard = await read_storyboard(tx, run.project_id) if run is not None and run.project_id else None
    film = Film(storyboard) if storyboard is not None else None
    if sheet_url := (run.result or {}).get("sheetUrl") if run else None:
        async with best_effort("contact sheet on the page"):
            await acreate_markdown_artifact(
                markdown=f"![contact sheet]({sheet_url})\n\n[open it]({sheet_url})",
                key=f"sheet-{run_id}",
                description="The film's pictures, scene by scene.",
            )
    async with best_effort("outcome on the page"):
        await acreate_table_artifact(
            table=[_line(film, item) for item in items],
            key=f"outcome-{run_id}",
            description="What became of each shot.",
        )


def _line(film: Film | None, item: Item) -> dict[str, Any]:
    output = item.output or {}
    return {
        "shot": label_of(film, item),
        "status": item.status,
        "made by": output.get("model", ""),
        "reused": "yes" if output.get("reused") else "",
        "credits": output.get("charged", 0),
        "file": f"[open]({output['url']})" if output.get("url") else "",
        "error": item.error or "",
    }
