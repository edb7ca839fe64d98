"""The rows of a shot that a run of its own makes: how far it is, what was made, why it was not. All are mirrors."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tasks.item_end import Mirror
from wzrd.db.engine import Tx, mirrored
from wzrd.db.items import Item
from wzrd.db.runs import RunRow
from wzrd.db.shots import mark_failed, mark_generating, record_made, write_made, write_progress
from wzrd.domain.errors import InsufficientCredits
from wzrd.domain.shot_orders import read_brief
from wzrd.runs.steps import Step

PERCENT: Mapping[str, int] = {"queued": 10, "running": 50}
"""How far a picture is, as its row tells it, by the phase of its job at the provider."""
_MADE = {"shot_image": "image", "shot_video": "video"}


def made_of(item: Item) -> tuple[UUID, str] | None:
    """The shot, and whether its image or video is made; None where the run is for no shot."""
    made = _MADE.get(item.entity_type or "")
    return (item.entity_id, made) if made and item.entity_id else None


async def show_generating(current: Step, item: Item) -> None:
    """The shot is being made."""
    if of := made_of(item):
        async with mirrored(current.tx):
            await mark_generating(current.tx, *of)


async def show_progress(tx: Tx, item: Item, phase: str) -> None:
    """How far the picture is."""
    of = made_of(item)
    if of is not None and of[1] == "image" and phase in PERCENT:
        async with mirrored(tx):
            await write_progress(tx, of[0], PERCENT[phase])


def on_success(run: RunRow, item: Item, result: Mapping[str, Any]) -> list[Mirror]:
    """The shot has it; and the studio keeps what it was made of."""
    of = made_of(item)
    if of is None or run.project_id is None:
        return []
    (shot_id, made), project_id, url = of, run.project_id, result["url"]
    prompt = read_brief(run.params["shot"]["brief"]).prompt if run.params.get("shot") else ""

    async def record(tx: Tx) -> None:
        model = result["resolvedModel"]
        await record_made(tx, run.run_id, project_id, shot_id, made, url=url, prompt=prompt, model=model)

    return [lambda tx: write_made(tx, shot_id, made, url), record]


def on_failure(item: Item, message: str, code: str) -> list[Mirror]:
    """The shot could not be made, and says why."""
    of = made_of(item)
    reason = InsufficientCredits(0, 0).message if code == InsufficientCredits.code else message
    return [lambda tx: mark_failed(tx, [of[0]], of[1], reason)] if of else []
