"""A direct generation on its page in Prefect: its picture shown, any other file linked; and what became of it."""

from typing import Any

from prefect.artifacts import ImageArtifact, LinkArtifact

from blocks.resolve import runtime_for_process
from tasks.artifacts.page import RunPage
from wzrd.db.items import Item
from wzrd.domain.run_summary import name_kind
from wzrd.domain.shown import plain
from wzrd.storage.shown_addresses import as_block, as_code, own_addresses


async def publish(page: RunPage) -> None:
    """Show what was made, and what became of it, on the flow run's page, after the run has ended."""
    result = page.run.result or {}
    url, model, raw = str(result.get("url") or ""), plain(result.get("resolvedModel", "")), result.get("raw")
    if url:
        await _show_file(page, url, model, is_image=result.get("mediaType") == "image")
    elif isinstance(raw, dict) and "text" in raw:
        await page.show_markdown("output", as_block(str(result["raw"]["text"])), model)
    await page.show_outcome([_line(item, model) for item in page.items])


async def _show_file(page: RunPage, url: str, message: str, *, is_image: bool) -> None:
    key, about = page.key("output"), page.describe(message)
    ours = own_addresses((await runtime_for_process()).storage)(url)
    if ours is None:
        await page.show_markdown("output", as_code(url), message)
        return
    async with page.best_effort("output"):
        if is_image:
            await page.write(ImageArtifact(image_url=ours, key=key, description=about))
        else:
            await page.write(LinkArtifact(link=ours, link_text=message, key=key, description=about))


def _line(item: Item, model: str) -> dict[str, Any]:
    return {
        "what": name_kind(item.entity_type, item.key),
        "status": item.status,
        "made by": model,
        "credits": item.price if item.delivered else 0,
        "error": plain(item.error or ""),
    }
