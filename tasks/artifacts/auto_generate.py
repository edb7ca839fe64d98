"""auto-generate on its page in Prefect: how far it is, the contact sheet, what became of each shot."""

from typing import Any
from uuid import UUID

from blocks.resolve import runtime_for_process
from tasks.artifacts.addresses import OwnAddress, linked, own_addresses
from tasks.artifacts.page import Page
from tasks.auto_generate_items import label_of
from wzrd.db.items import Item, count_items
from wzrd.db.storyboards import read_storyboard
from wzrd.domain.artifact_keys import plain
from wzrd.storyboard.films import Film


async def read_progress(run_id: UUID) -> tuple[float, str]:
    """How far the batch is, and how many shots are done."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        counts = await count_items(tx, run_id)
    ended = counts.total - counts.open
    return (100.0 * ended / counts.total if counts.total else 100.0), f"{ended} of {counts.total} shots"


async def publish_batch(page: Page) -> None:
    """Show pictures and outcome on the flow run's page, after the run has ended."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        storyboard = await read_storyboard(tx, page.run.project_id) if page.run.project_id else None
    film = Film(storyboard) if storyboard is not None else None
    own = own_addresses(runtime.storage)
    if url := own(str((page.run.result or {}).get("sheetUrl") or "")):
        shown = f"![contact sheet]({url})\n\n[open it]({url})"
        await page.show_markdown("contact-sheet", shown, "The film's pictures, scene by scene.")
    await page.show_outcome([_line(film, item, own) for item in page.items])


def _line(film: Film | None, item: Item, own: OwnAddress) -> dict[str, Any]:
    output = item.output or {}
    return {
        "shot": plain(label_of(film, item)),
        "status": item.status,
        "made by": plain(output.get("model", "")),
        "reused": "yes" if output.get("reused") else "",
        "credits": output.get("charged", 0),
        "file": linked(str(output["url"]), own) if output.get("url") else "",
        "error": plain(item.error or ""),
    }
