"""gen-shots on its page in Prefect: the shots as a table."""

from typing import Any

from tasks.artifacts.page import Page
from wzrd.db.items import Item
from wzrd.domain.artifact_keys import plain


async def publish_shots(page: Page) -> None:
    """Show the shots, and what became of each, on the flow run's page, after the run has ended."""
    await page.show_outcome([_line(item) for item in page.items])


def _line(item: Item) -> dict[str, Any]:
    output = item.output or {}
    idea: dict[str, Any] = output.get("idea") or {}
    return {
        "shot": output.get("number", item.position),
        "status": (item.phase if item.status in {"running", "succeeded"} else None) or item.status,
        "size": idea.get("size", ""),
        "angle": idea.get("angle", ""),
        "lens": f"{idea['lens_mm']} mm" if idea else "",
        "move": idea.get("move", ""),
        "title": plain(idea.get("title", "")),
        "idea": plain(idea.get("idea", "")),
        "credits": item.price if item.delivered else 0,
        "error": plain(item.error or ""),
    }
