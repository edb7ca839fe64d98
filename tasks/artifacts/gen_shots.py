"""gen-shots on its page in Prefect: the shots as a table."""

from typing import Any

from prefect.artifacts import TableArtifact

from blocks.resolve import runtime_for_process
from tasks.artifacts.page import RunPage
from wzrd.db.items import Item
from wzrd.db.projects import find_scene
from wzrd.domain.ids import parse_uuid
from wzrd.domain.shots import shot_label
from wzrd.domain.shown import plain


async def publish(page: RunPage) -> None:
    """Show the shots, and what became of each, on the flow run's page, after the run has ended."""
    scene = await _scene_number(page)
    lines, about = [_line(scene, item) for item in page.items], page.describe(page.summary())
    async with page.best_effort("outcome"):
        table = TableArtifact(table=lines or [page.whole_line()], key=page.key("outcome"), description=about)
        await page.write(table)


async def _scene_number(page: RunPage) -> int | None:
    scene_id = parse_uuid(page.run.params.get("sceneId"))
    if page.run.project_id is None or scene_id is None:
        return None
    async with (await runtime_for_process()).begin() as tx:
        found = await find_scene(tx, page.run.project_id, scene_id, user_id=None)
    return found.scene_number if found is not None else None


def _line(scene: int | None, item: Item) -> dict[str, Any]:
    output = item.output or {}
    idea: dict[str, Any] = output.get("idea") or {}
    return {
        "shot": shot_label(scene, output.get("number", item.position)),
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
