"""auto-generate at its edges: opened from Prefect's form, its items, contact sheet, outcome, its pictures in the UI."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

from prefect import get_run_logger
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.cache_policies import NO_CACHE

from blocks.resolve import runtime_for_process
from tasks.artifacts.progress import best_effort
from tasks.retrying import step_task
from wzrd.animatic.provider import SHEET, SheetPanel, draw_sheet
from wzrd.assets.made_once import PANEL, render_once
from wzrd.assets.sources import open_source
from wzrd.db.engine import is_outage
from wzrd.db.items import Item, list_items
from wzrd.db.runs import find_run
from wzrd.db.storyboards import read_reel
from wzrd.domain.auto_generate import Work, read_phase
from wzrd.domain.errors import WzrdError
from wzrd.domain.runs import TERMINAL_ITEM
from wzrd.domain.storyboard import Reel, ReelShot
from wzrd.faults import FaultRaised
from wzrd.operations.auto_generate import Wanted, open_auto_generate
from wzrd.runtime.process import Runtime
from wzrd.threads import in_thread

SHEET_SECONDS = 120.0
"""Pictures that lie elsewhere may be slow to come; the run has its end to tell."""


def open_from_prefect(
    project_id: UUID, phase: str, model: str | None, request_id: str | None
) -> Callable[[Runtime, UUID], Awaitable[UUID]]:
    """How a flow run without a run row gets one: for the project's owner, under a key of its own."""

    async def open_run(runtime: Runtime, flow_run_id: UUID) -> UUID:
        wanted = Wanted(
            user_id=None,
            project_id=str(project_id),
            phase=read_phase(phase),
            model=model or None,
            request_id=request_id or f"prefect:{flow_run_id}",
            flow_run_id=flow_run_id,
        )
        return (await open_auto_generate(runtime, wanted)).started.run_id

    return open_run


async def list_work(run_id: UUID) -> list[tuple[str, str]]:
    """The items that are still to be done, in order: key, and what a person calls it."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        run, items = await find_run(tx, run_id), await list_items(tx, run_id)
        reel = await read_reel(tx, run.project_id) if run is not None and run.project_id else None
    open_items = [item for item in items if item.status in {"pending", "running"}]
    return [(item.key, _label(reel, item)) for item in open_items]


def _label(reel: Reel | None, item: Item) -> str:
    found = reel.find(item.entity_id) if reel and item.entity_id else None
    return Work(*found).label if found else item.key


@step_task(name="contact sheet", cache_policy=NO_CACHE)
async def make_sheet(run_id: UUID) -> str | None:
    """The project's pictures on one sheet, as they stand now; its address, or None when it could not be made."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id)
        reel = await read_reel(tx, run.project_id) if run is not None and run.project_id else None
    if run is None or reel is None or not any(shot.image_url for _, shot in reel):
        return None
    try:
        async with asyncio.timeout(SHEET_SECONDS):
            return await _sheet(runtime, run.user_id, reel)
    except Exception as error:  # the sheet is a service, not the product
        if isinstance(error, FaultRaised) or is_outage(error):
            raise
        get_run_logger().warning("no contact sheet: %s", error)
        return None


async def _sheet(runtime: Runtime, user_id: UUID, reel: Reel) -> str:
    lines = [(_heading(work), _caption(work), work.shot) for work in (Work(*pair) for pair in reel)]
    recipe = {
        "sheet": SHEET,
        "title": reel.title,
        "panels": [[heading, caption, shot.image_url] for heading, caption, shot in lines],
    }

    async def make(path: Any) -> dict[str, Any]:
        async with AsyncExitStack() as stack:
            panels = [
                SheetPanel(await _picture(runtime, stack, shot), heading, caption) for heading, caption, shot in lines
            ]
            png = await in_thread(draw_sheet, reel.title, panels)
        await in_thread(path.write_bytes, png)
        return {"panels": len(panels)}

    return (await render_once(runtime, user_id, recipe, PANEL, make)).url


async def _picture(runtime: Runtime, stack: AsyncExitStack, shot: ReelShot) -> Any:
    """The shot's picture as a file; None when there is none, or it cannot be had."""
    if not shot.image_url:
        return None
    try:
        return await stack.enter_async_context(open_source(runtime, shot.image_url, "image"))
    except WzrdError:
        return None


def _heading(work: Work) -> str:
    return f"{work.scene.number or 0}  {work.scene.brief.title or work.scene.brief.location or 'Scene'}"


def _caption(work: Work) -> str:
    return f"{work.scene.number or 0}.{work.shot.number or 0}  {work.shot.prompt_idea or work.shot.visual_prompt}"


async def look(run_id: UUID) -> tuple[float, str]:
    """How far the batch is, and how many shots are done."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        items = await list_items(tx, run_id)
    ended = sum(item.status in TERMINAL_ITEM for item in items)
    return (100.0 * ended / len(items) if items else 100.0), f"{ended} of {len(items)} shots"


async def publish_batch(run_id: UUID) -> None:
    """Show pictures and outcome on the flow run's page, after the run has ended."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        run, items = await find_run(tx, run_id), await list_items(tx, run_id)
        reel = await read_reel(tx, run.project_id) if run is not None and run.project_id else None
    if sheet_url := (run.result or {}).get("sheetUrl") if run else None:
        async with best_effort("contact sheet on the page"):
            await acreate_markdown_artifact(
                markdown=f"![contact sheet]({sheet_url})\n\n[open it]({sheet_url})",
                key=f"sheet-{run_id}",
                description="The film's pictures, scene by scene.",
            )
    async with best_effort("outcome on the page"):
        await acreate_table_artifact(
            table=[_line(reel, item) for item in items],
            key=f"outcome-{run_id}",
            description="What became of each shot.",
        )


def _line(reel: Reel | None, item: Item) -> dict[str, Any]:
    output = item.output or {}
    return {
        "shot": _label(reel, item),
        "status": item.status,
        "made by": output.get("model", ""),
        "reused": "yes" if output.get("reused") else "",
        "credits": output.get("charged", 0),
        "file": f"[open]({output['url']})" if output.get("url") else "",
        "error": item.error or "",
    }
