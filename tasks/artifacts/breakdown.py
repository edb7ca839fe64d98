"""A reading on its page in Prefect: its scenes as a table."""

from typing import Any

from prefect.artifacts import TableArtifact

from tasks.artifacts.page import RunPage
from wzrd.db.items import Item
from wzrd.domain.shown import plain


async def publish(page: RunPage) -> None:
    """Show what became of each scene, after the run has ended."""
    lines = [_line(item) for item in page.items] or [page.whole_line()]
    async with page.best_effort("outcome"):
        about = page.describe(page.summary())
        await page.write(TableArtifact(table=lines, key=page.key("outcome"), description=about))


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
