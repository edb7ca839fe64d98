"""A shot's row, and the project's prompts, as the runs that work on it show them: mirrors, all of them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from wzrd.db.engine import Tx, mirrored
from wzrd.db.items import Item
from wzrd.db.runs import RunRow
from wzrd.db.shot_assets import MadeAsset, Source, write_asset, write_prompt_version
from wzrd.db.shots import (
    link_asset,
    mark_failed,
    mark_generating,
    mark_waiting,
    note_image_progress,
    write_made,
    write_prompt,
)
from wzrd.db.storyboards import find_shot
from wzrd.db.takes import keep_take
from wzrd.domain.errors import InsufficientCredits
from wzrd.domain.ids import derive, parse_uuid
from wzrd.domain.settlement import Settlement
from wzrd.models.shot_orders import read_order
from wzrd.models.visual_prompts import read_prompt
from wzrd.runtime.kind import entities

PERCENT: Mapping[str, int] = {"queued": 10, "running": 50}
"""Progress of a picture in percent, as its row shows it, by the phase of its job at the provider."""
_MADE = {"shot_image": "image", "shot_video": "video", "shot_audio": "audio"}


def made_of(item: Item) -> tuple[UUID, str] | None:
    """The shot, and whether its image, video or audio is made; None where the item is for no shot."""
    made = _MADE.get(item.entity_type or "")
    return (item.entity_id, made) if made and item.entity_id else None


async def show_generating(tx: Tx, item: Item) -> None:
    """The shot is being made."""
    if of := made_of(item):
        async with mirrored(tx):
            await mark_generating(tx, *of)


async def show_progress(tx: Tx, item: Item, phase: str) -> None:
    """Show in the row how far the picture is."""
    of = made_of(item)
    if of is not None and of[1] == "image" and phase in PERCENT:
        async with mirrored(tx):
            await note_image_progress(tx, {of[0]: PERCENT[phase]})


async def show_made(tx: Tx, run: RunRow, item: Item, result: Mapping[str, Any], *, late: bool = False) -> None:
    """The shot has what a run of its own made, and the studio what it was made of. What is `late` replaces nothing."""
    of = made_of(item)
    if of is None or run.project_id is None:
        return
    shot_id, made = of
    url, note = str(result["url"]), str(run.params.get("note") or "")
    async with mirrored(tx):
        await keep_take(tx, shot_id=shot_id, made=made, url=url, run_id=run.run_id, item_key=item.key, note=note)
    async with mirrored(tx):
        if not await write_made(tx, shot_id, made, url, over_another=not late):
            return
    async with mirrored(tx):
        if asset := await _asset_of(tx, run, item, result):
            await link_asset(tx, shot_id, made, asset.url, await write_asset(tx, asset))


async def _asset_of(tx: Tx, run: RunRow, item: Item, result: Mapping[str, Any]) -> MadeAsset | None:
    of, order = made_of(item), read_order(run.params)
    shot = await find_shot(tx, run.project_id, of[0]) if of and run.project_id else None
    if of is None or shot is None or order is None or run.project_id is None:
        return None
    brief = order.brief
    source = brief.image_url or brief.reference
    return MadeAsset(
        run_id=run.run_id,
        item_key=item.key,
        project_id=run.project_id,
        scene_id=shot.scene_id,
        shot_id=shot.shot_id,
        made=of[1],
        url=str(result["url"]),
        size=int(result.get("bytes") or 0),
        name=f"Shot {shot.number or 0}",
        prompt=brief.prompt,
        sources=(Source(source),) if source else (),
        metadata={"model": result["resolvedModel"]},
    )


async def show_failed(tx: Tx, item: Item, message: str, code: str) -> None:
    """The shot could not be made, and says why."""
    if of := made_of(item):
        reason = InsufficientCredits(0, 0).message if code == InsufficientCredits.code else message
        async with mirrored(tx):
            await mark_failed(tx, [of[0]], of[1], reason)


async def release_shots(tx: Tx, _run: RunRow, ending: Settlement, open_items: Sequence[Item]) -> None:
    """Shots that were being worked on when their run ended do not say so for ever."""
    for entity_type, made in _MADE.items():
        shots = entities(open_items, entity_type)
        if shots and ending.status != "canceled" and ending.error:
            await mark_failed(tx, shots, made, ending.error)
        elif shots:
            await mark_waiting(tx, shots, made)


async def show_after_end(tx: Tx, run: RunRow, item: Item) -> None:
    """Show what came after its run's end, unless the shot has another by now."""
    of = made_of(item)
    if of is not None and item.output is not None:
        await show_made(tx, run, item, item.output["result"], late=True)


FUNCTION = "generate-visual-prompt"
"""The function whose runs write one."""
STAGE = "shot_prompt"


async def show_prompt(tx: Tx, run: RunRow, ending: Settlement, _open_items: Sequence[Item]) -> None:
    """A prompt that was written is in its shot, and among the project's prompts; whoever ends the run."""
    shot_id = parse_uuid(run.params.get("shotId"))
    if run.params.get("function") != FUNCTION or ending.status != "succeeded" or shot_id is None:
        return
    said: Mapping[str, Any] = ending.terminal.data.get("result") or {}
    prompt = read_prompt(str(said.get("text") or ""))
    if not prompt:
        return
    await write_prompt(tx, shot_id, visual_prompt=prompt)
    if run.project_id is not None:
        await write_prompt_version(
            tx,
            prompt_id=derive(run.run_id, STAGE, prompt),
            project_id=run.project_id,
            shot_id=shot_id,
            stage=STAGE,
            prompt=prompt,
            metadata={"model": run.params["chosen"]["model"]},
        )
