"""Director's Cut on its page in Prefect: how far it is, the film with its picture, what was left out."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from blocks.resolve import runtime_for_process
from tasks.artifacts.addresses import OwnAddress, linked, own_addresses
from tasks.artifacts.page import Page
from tasks.artifacts.progress import warn
from wzrd.assets.posters import make_poster
from wzrd.db.cuts import read_progress
from wzrd.domain.artifact_keys import plain

POSTER_SECONDS = 20.0


async def read_stage(run_id: UUID) -> tuple[float, str]:
    """How far the film is, and at which stage."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        progress = await read_progress(tx, run_id)
    return (
        (float(progress.progress), str(progress.payload.get("stage", "")).replace("_", " ")) if progress else (0.0, "")
    )


async def publish_film(page: Page) -> None:
    """Show the film, and what became of its shots, on the flow run's page, after the run has ended."""
    result = page.run.result or {}
    lost = [*result.get("shotFailures", []), *result.get("audioFailures", [])]
    if url := str(result.get("outputUrl") or ""):
        poster = await _poster(page, url)
        own = own_addresses((await runtime_for_process()).storage)
        await page.show_markdown("film", draw_film(result, poster, lost, own), "The film.")
    lines = [{"place": one["orderIndex"], "status": "left out", "error": plain(one["reason"])} for one in lost]
    await page.show_outcome([*_items(page), *lines])


async def _poster(page: Page, url: str) -> str:
    """The address of the film's picture; empty where there is none: the film is the product, not this."""
    try:
        async with asyncio.timeout(POSTER_SECONDS):
            return (await make_poster(await runtime_for_process(), page.run.user_id, url)).url
    except Exception as error:  # noqa: BLE001
        warn("the film has no picture on its page: %s", type(error).__name__)
        return ""


def draw_film(result: Mapping[str, Any], poster: str, lost: Sequence[Mapping[str, Any]], own: OwnAddress) -> str:
    """The film as Markdown: picture, link, facts, and a table of what was left out."""
    facts = f"{result['width']}x{result['height']}, {result['frames']} frames, {result['seconds']} s"
    loudness = f", {result['lufs']} LUFS" if "lufs" in result else ", silent"
    picture = [f"![The film]({own(poster)})", ""] if own(poster) else []
    lines = [f"| {one['orderIndex']} | {plain(one['assetId'] or '')} | {plain(one['reason'])} |" for one in lost]
    table = ["", "| place | asset | left out because |", "|---|---|---|", *lines] if lines else []
    played = linked(str(result["outputUrl"]), own, "Play the film")
    return "\n".join([*picture, f"**{played}**", "", facts + loudness, *table])


def _items(page: Page) -> list[dict[str, Any]]:
    return [
        {"place": item.position, "status": item.status, "error": plain(item.error or ""), "what": plain(item.key)}
        for item in page.items
    ]
