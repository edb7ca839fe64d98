"""A reading on its page in Prefect: its scenes as a table."""

from typing import Any

from tasks.artifacts.page import RunPage
from wzrd.db.items import Item
from wzrd.domain.shown import plain


async def publish(page: RunPage) -> None:
    """Show what became of each scene, after the run has ended."""
    await page.show_outcome([_line(item) for item in page.items])


def _line(item: Item) -> dict[str, Any]:
    output = item.output or {}
    faults: list[str] = output.get("faults") or []
    return {
        "scene": item.key.replace("/", " "),
        "status": item.status,
        "beats": output.get("beats", ""),
        "mended": plain("; ".join(faults)),
        "credits": output.get("charged", 0),
        "error": plain(item.error or ""),
    }
