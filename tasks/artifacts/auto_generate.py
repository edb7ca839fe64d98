"""auto-generate on its page in Prefect: how far it is, the contact sheet, what became of each shot."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from prefect.artifacts import acreate_table_artifact

from blocks.resolve import runtime_for_process
from tasks.artifacts.page import MOST_LINES, RunPage, open_page
from tasks.artifacts.progress import best_effort
from wzrd.contracts.auto_generate import AutoGeneratePlan
from wzrd.db.items import Item
from wzrd.db.projects import find_title
from wzrd.db.storyboards import read_storyboard
from wzrd.db.takes import list_approved
from wzrd.domain.auto_generate import has_image, has_video
from wzrd.domain.bible import SHEET_ITEM
from wzrd.domain.offline import ANIMATIC
from wzrd.domain.refusals import REFUSAL, SOFTENED, UNSAID, describe_refusal, remedies
from wzrd.domain.run_summary import OPEN, awaiting_approval, describe_start
from wzrd.domain.shots import shot_label
from wzrd.domain.shown import key_prefix, plain
from wzrd.storage.shown_addresses import OwnAddress, linked, own_addresses
from wzrd.storyboard.batch.items import label_of
from wzrd.storyboard.films import StoryboardSnapshot


async def publish_price(run_id: UUID) -> None:
    """Show what each shot may cost, before anything is sent."""
    runtime, page = await runtime_for_process(), await open_page(run_id)
    async with runtime.begin() as tx:
        storyboard = await read_storyboard(tx, page.run.project_id) if page.run.project_id else None
    film = StoryboardSnapshot(storyboard) if storyboard is not None else None
    left = [item for item in page.items if item.status in OPEN]
    lines = [{"shot": plain(label_of(film, item)), "credits": item.price} for item in left]
    if lines:
        await page.show_table("price", lines, describe_start(left, sum(item.price for item in left)))


async def publish_plan(plan: AutoGeneratePlan, project_id: UUID, title: str) -> str:
    """Show what a dry run has found; returns it in a sentence."""
    async with (await runtime_for_process()).begin() as tx:
        found = await find_title(tx, project_id)
    key = key_prefix(title, project_id, shared=found.shared if found else False)
    lines = [{"shot": shot_label(one.scene_number, one.shot_number), "credits": one.credits} for one in plan.items]
    summary = summarize_plan(plan)
    async with best_effort("price on the page"):
        about = f"{plain(title)} · dry run, nothing was sent or changed · {summary}"
        await acreate_table_artifact(table=lines[:MOST_LINES], key=f"{key}-price", description=about)
    return summary


def summarize_plan(plan: AutoGeneratePlan) -> str:
    """Such as `9 of 12 shots with flux/dev: 45 credits at most, 100 are there`."""
    made_by = "nobody's model: they are drawn" if plan.model == ANIMATIC else plan.model
    price = f"{plan.estimated_credits} credits at most" if plan.estimated_credits else "free"
    parts = [f"{plan.queued} of {plan.total} shots with {made_by}: {price}"]
    parts += [f"{plan.available_credits} credits are there"] if plan.estimated_credits else []
    parts += [f"{plan.done} have theirs"] if plan.done else []
    parts += [f"{plan.waiting} wait for their pictures, or were not asked for"] if plan.waiting else []
    parts += [f"{plan.unknown} may have been made before"] if plan.unknown else []
    return " · ".join(parts)


async def publish(page: RunPage) -> None:
    """Show pictures and outcome on the flow run's page, after the run has ended."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        storyboard = await read_storyboard(tx, page.run.project_id) if page.run.project_id else None
    film = StoryboardSnapshot(storyboard) if storyboard is not None else None
    own = own_addresses(runtime.storage)
    shown = ""
    if url := own(str((page.run.result or {}).get("sheetUrl") or "")):
        shown = f"![contact sheet]({url})\n\n[open it]({url})"
        await page.show_markdown("contact-sheet", shown, "The film's pictures, scene by scene.")
    if waits := awaiting_approval(page.run.result):
        await page.show_markdown("approval", await _approval(page, film, own, shown), waits)
    await page.show_outcome(outcome_lines(film, page.items, own))


def outcome_lines(film: StoryboardSnapshot | None, items: Sequence[Item], own: OwnAddress) -> list[dict[str, Any]]:
    """A line an item; with what was refused by its content, and what may be tried, where anything was."""
    lines = [_line(film, item, own) for item in items]
    if any((item.output or {}).keys() & {REFUSAL, SOFTENED} for item in items):
        return [line | _refusal(film, item) for line, item in zip(lines, items, strict=True)]
    return lines


async def _approval(page: RunPage, film: StoryboardSnapshot | None, own: OwnAddress, sheet: str) -> str:
    """Where one approves, the contact sheet, and each still that awaits it."""
    project_id = page.run.project_id
    assert project_id is not None, "a batch is about a project"
    async with (await runtime_for_process()).begin() as tx:
        approved = await list_approved(tx, project_id)
    shots = [(scene, shot) for scene, shot in (film.storyboard if film else ()) if has_image(shot)]
    waiting = [(scene, shot) for scene, shot in shots if not has_video(shot) and shot.shot_id not in approved]
    lines = [
        f"- {shot_label(scene.number, shot.number)}: {linked(shot.image_url, own)}"
        for scene, shot in waiting[:MOST_LINES]
    ]
    how = (
        f"`wzrd approve {project_id} --all` (or shots: `3.2`), or `POST /functions/v1/projects/{project_id}/approvals`"
    )
    return "\n".join(
        [
            f"Clips are made of approved stills alone. Approve them by {how}; their clips then begin.",
            "",
            sheet,
            "",
            *lines,
        ]
    )


def _line(film: StoryboardSnapshot | None, item: Item, own: OwnAddress) -> dict[str, Any]:
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


def _refusal(film: StoryboardSnapshot | None, item: Item) -> dict[str, str]:
    """Columns of what a vendor refused by its content: why, as far as it says, what was softened, what may be tried."""
    output = item.output or {}
    softened = plain("; ".join(output.get(SOFTENED) or output.get(REFUSAL, {}).get(SOFTENED, ())))
    if (refusal := output.get(REFUSAL)) is None:
        return {"refused": "", "softened": softened, "to try": ""}
    found = film.find(item.entity_id) if film and item.entity_id else None
    shot = f"{found[0].number or 0}.{found[1].number or 0}" if found else ""
    made = SHEET_ITEM if item.entity_type == SHEET_ITEM else "image" if item.entity_type == "shot_image" else "video"
    project = str(film.storyboard.project_id)[:8] if film else ""
    to_try = plain("; ".join(remedies(refusal, project, shot, made)))
    return {"refused": plain(describe_refusal(refusal) or UNSAID), "softened": softened, "to try": to_try}
