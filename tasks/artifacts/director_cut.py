"""Director's Cut on its page in Prefect: how far it is, the film with its picture, what was left out."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from prefect.artifacts import MarkdownArtifact

from blocks.resolve import runtime_for_process
from tasks.artifacts.page import RunPage
from tasks.artifacts.progress import warn
from wzrd.assets.posters import make_poster
from wzrd.db.export_jobs import read_cut, read_progress
from wzrd.domain.shown import plain
from wzrd.film.cut_list import Cut, cut_from_json
from wzrd.retry import best_effort
from wzrd.storage.shown_addresses import OwnAddress, linked, own_addresses

POSTER_SECONDS = 20.0


async def read_stage(run_id: UUID) -> tuple[float, str]:
    """Progress of the film in per cent, and its stage."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        progress = await read_progress(tx, run_id)
    return (
        (float(progress.progress), str(progress.payload.get("stage", "")).replace("_", " ")) if progress else (0.0, "")
    )


async def publish(page: RunPage) -> None:
    """Show the film, and what became of its shots, on the flow run's page, after the run has ended."""
    result, cut = page.run.result or {}, await _read_cut(page)
    lost = [
        {**one, "what": _name(cut, one["orderIndex"])}
        for one in [*result.get("shotFailures", []), *result.get("audioFailures", [])]
    ]
    if url := str(result.get("outputUrl") or ""):
        poster = await _poster(page, url)
        drawn = draw_film(result, poster, lost, own_addresses((await runtime_for_process()).storage))
        async with page.best_effort("film"):
            await page.write(
                MarkdownArtifact(markdown=drawn, key=page.key("film"), description=page.describe("The film."))
            )
    lines = [(name_item(cut, item.key), item.status, item.error or "") for item in page.items]
    lines += [(one["what"], "left out", one["reason"]) for one in lost]
    await page.show_outcome([{"what": plain(one), "status": how, "error": plain(why)} for one, how, why in lines])


async def _read_cut(page: RunPage) -> Cut | None:
    """Cut that the film was to be made of; None where it ended before that was known."""
    async with (await runtime_for_process()).begin() as tx:
        kept = await read_cut(tx, page.run.run_id)
    return cut_from_json(kept) if kept is not None else None


async def _poster(page: RunPage, url: str) -> str:
    """The address of the film's picture; empty where there is none: the film is the product, not this."""
    with best_effort(warn, "the film has no picture on its page"):
        async with asyncio.timeout(POSTER_SECONDS):
            return (await make_poster(await runtime_for_process(), page.run.user_id, url)).url
    return ""


def draw_film(result: Mapping[str, Any], poster: str, lost: Sequence[Mapping[str, Any]], own: OwnAddress) -> str:
    """The film as Markdown: picture, link, facts, and a table of what was left out."""
    facts = f"{result['width']}x{result['height']}, {result['frames']} frames, {result['seconds']} s"
    loudness = f", {result['lufs']} LUFS" if "lufs" in result else ", silent"
    picture = [f"![The film]({own(poster)})", ""] if own(poster) else []
    lines = [f"| {plain(one['what'])} | {plain(one['assetId'] or '')} | {plain(one['reason'])} |" for one in lost]
    table = ["", "| what | asset | left out because |", "|---|---|---|", *lines] if lines else []
    played = linked(str(result["outputUrl"]), own, "Play the film")
    return "\n".join([*picture, f"**{played}**", "", facts + loudness, *table])


def _name(cut: Cut | None, order: int) -> str:
    """Label that a person knows the thing at this place of the timeline by."""
    found = next((shot.name for shot in cut.shots if shot.order == order), None) if cut is not None else None
    return found or f"sound {order}"


def name_item(cut: Cut | None, key: str) -> str:
    """Label of an item of a cut: `scene 1, shot 2`, `voice of scene 1, shot 2`, `effect 3`, `mix`."""
    kind, _, rest = key.partition("/")
    number = rest.partition("/")[0].partition("#")[0]
    if not number.isdecimal():
        return key
    if kind == "effect" or cut is None or not 0 < int(number) <= len(cut.shots):
        return f"{'shot' if kind == 'visual' else kind} {number}"
    name = cut.shots[int(number) - 1].name
    return name if kind == "visual" else f"{kind} of {name}"
