"""The contact sheet: all of a project's pictures on one page."""

from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

from wzrd.animatic.provider import SHEET, SheetPanel, draw_sheet
from wzrd.assets.content_cache import PANEL, make_once
from wzrd.assets.sources import open_source
from wzrd.db.runs import find_run
from wzrd.db.storyboards import read_storyboard
from wzrd.domain.auto_generate import BatchShot
from wzrd.domain.errors import WzrdError
from wzrd.domain.storyboard import Storyboard, StoryboardShot
from wzrd.runtime.process import Runtime
from wzrd.threads import give_back_memory, in_thread


async def make_contact_sheet(runtime: Runtime, run_id: UUID) -> str | None:
    """The address of a sheet of the pictures of a run's project, as they stand now; None where there are none."""
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id)
        storyboard = await read_storyboard(tx, run.project_id) if run is not None and run.project_id else None
    if run is None or storyboard is None or not any(shot.image_url for _, shot in storyboard):
        return None
    return await _sheet(runtime, run.user_id, storyboard)


async def _sheet(runtime: Runtime, user_id: UUID, storyboard: Storyboard) -> str:
    lines = [(_heading(work), _caption(work), work.shot) for work in (BatchShot(*pair) for pair in storyboard)]
    cache_inputs = {
        "sheet": SHEET,
        "title": storyboard.title,
        "panels": [[heading, caption, shot.image_url] for heading, caption, shot in lines],
    }

    async def make(path: Any) -> dict[str, Any]:
        async with AsyncExitStack() as stack:
            panels = [
                SheetPanel(await _picture(runtime, stack, shot), heading, caption) for heading, caption, shot in lines
            ]
            png = await in_thread(draw_sheet, storyboard.title, panels)
            await give_back_memory()
        await in_thread(path.write_bytes, png)
        return {"panels": len(panels)}

    return (await make_once(runtime, user_id, cache_inputs, PANEL, make)).url


async def _picture(runtime: Runtime, stack: AsyncExitStack, shot: StoryboardShot) -> Any:
    """The shot's picture as a file; None when there is none, or it cannot be had."""
    if not shot.image_url:
        return None
    try:
        return await stack.enter_async_context(open_source(runtime, shot.image_url, "image"))
    except WzrdError:
        return None


def _heading(work: BatchShot) -> str:
    return f"{work.scene.number or 0}  {work.scene.brief.title or work.scene.brief.location or 'Scene'}"


def _caption(work: BatchShot) -> str:
    return f"{work.scene.number or 0}.{work.shot.number or 0}  {work.shot.prompt_idea or work.shot.visual_prompt}"
