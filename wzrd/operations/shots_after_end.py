"""A shot's picture, clip or voice that a queue delivers after its run's end: kept, and shown where none is."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from wzrd.assets.content_cache import CLIP, PANEL
from wzrd.db.engine import Tx
from wzrd.db.items import Item
from wzrd.db.provider_jobs import ProviderJob, list_item_jobs
from wzrd.db.runs import RunRow
from wzrd.db.sheets import write_sheet
from wzrd.db.shot_assets import MadeAsset, write_asset
from wzrd.db.shots import link_asset, write_made
from wzrd.db.storyboards import find_shot, read_storyboard
from wzrd.db.takes import keep_take
from wzrd.domain.auto_generate import MEDIA, pinned_maker, read_phase
from wzrd.domain.bible import SHEET_ITEM, Sheet, SheetOrder, read_orders
from wzrd.domain.refusals import SOFTENED
from wzrd.domain.speech import SAID, SPEECH, VOICE_ITEM, speech_of
from wzrd.domain.wanted_format import WantedFormat
from wzrd.generation.media import MediaJob, keep_after_end
from wzrd.generation.sheets import maker_of, sheet_job
from wzrd.generation.softening import softened_for
from wzrd.generation.spoken_lines import keep_lines_after_end
from wzrd.models.media_choice import read_choice
from wzrd.providers.base import Output
from wzrd.runtime.kind import PAID_BY, PARTS
from wzrd.runtime.process import Runtime

_NOWHERE = "https://example.com/first.jpg"
"""In the place of the first look's sheet: what has been made is not asked for again."""


async def keep_shot_after_end(
    runtime: Runtime, run: RunRow, item: Item, job: ProviderJob, output: Output
) -> Mapping[str, Any]:
    """Store it in the house's format, a sheet in its own; returns the item's output.

    Raises:
        as `wzrd.generation.media.keep_after_end`.
    """
    async with runtime.begin() as tx:
        softened = softened_for(await list_item_jobs(tx, run.run_id, item.key), job)
    told = {SOFTENED: softened} if softened else {}
    if (order := _order_of(run, item)) is not None:
        late = sheet_job(run, order, address=_NOWHERE)
        asset = await keep_after_end(runtime, run.user_id, run.run_id, late, job.target, output)
        file = {"bucket": asset.bucket, "path": asset.path, "size": asset.size, "sha256": asset.sha256}
        return {
            "sheet": str(order.key),
            "late": True,
            **told,
            **file,
            "at": runtime.now().isoformat(),
            PAID_BY: asset.key,
        }
    if item.entity_type == VOICE_ITEM:
        said, price = (item.output or {}).get(SAID, ()), run.params[SPEECH]["voices"]["price"]
        return {PARTS: await keep_lines_after_end(runtime, run, item, said, price=price)}
    media, wanted = _media_of(run), WantedFormat()
    if run.project_id is not None:
        async with runtime.begin() as tx:
            storyboard = await read_storyboard(tx, run.project_id)
        if storyboard is not None:
            wanted = storyboard.wanted if media == "video" else WantedFormat(storyboard.aspect_ratio)
    media_job = MediaJob(
        item.key,
        media,
        read_choice(pinned_maker(run.params, item.entity_id, item.entity_type) or {}),
        PANEL if media == "image" else CLIP,
        {},
        wanted,
    )
    if (part := job.item_key.removeprefix(f"{item.key}#")).isdecimal():  # of consecutive clips that are not all there
        media_job = replace(media_job, part=int(part))
        asset = await keep_after_end(runtime, run.user_id, run.run_id, media_job, job.target, output)
        return {PARTS: {job.job_id: asset.key}}
    asset = await keep_after_end(runtime, run.user_id, run.run_id, media_job, job.target, output)
    rendered = {"url": asset.url, "model": str(job.target), "reused": False, "late": True, "size": asset.size}
    return {**rendered, **told, **speech_of(run.params, item.entity_id, item.entity_type), PAID_BY: asset.key}


async def mirror_shot_after_end(tx: Tx, run: RunRow, item: Item) -> None:
    """The shot has it as a take, and shows it unless it has been made otherwise meanwhile; a sheet is in the bible."""
    if (order := _order_of(run, item)) is not None and item.output is not None and run.project_id is not None:
        out, at = item.output, datetime.fromisoformat(str(item.output["at"]))
        place = (out["bucket"], out["path"], out["sha256"], out["size"])
        maker = maker_of(run, order).model_id
        made = Sheet(order.key, order.name, "made", *place, at, maker, run.run_id, item.key)
        await write_sheet(tx, run.project_id, made, over_another=False)
        return
    if item.entity_id is None or run.project_id is None or item.output is None:
        return
    shot = await find_shot(tx, run.project_id, item.entity_id)
    if shot is None:
        return
    made, url = _media_of(run), str(item.output["url"])
    asset = MadeAsset(
        run_id=run.run_id,
        item_key=item.key,
        project_id=run.project_id,
        scene_id=shot.scene_id,
        shot_id=shot.shot_id,
        made=made,
        url=url,
        size=int(item.output.get("size", 0)),
        name=f"Shot {shot.number or 0} {made}",
        prompt=shot.visual_prompt,
        metadata={"model": item.output["model"]},
    )
    await keep_take(tx, shot_id=shot.shot_id, made=made, url=url, run_id=run.run_id, item_key=item.key)
    if await write_made(tx, shot.shot_id, made, url, over_another=False):
        await link_asset(tx, shot.shot_id, made, url, await write_asset(tx, asset))


def _order_of(run: RunRow, item: Item) -> SheetOrder | None:
    orders = read_orders(run.params).values() if item.entity_type == SHEET_ITEM else ()
    return next((one for one in orders if one.item_key == item.key), None)


def _media_of(run: RunRow) -> Literal["image", "video"]:
    return "image" if MEDIA[read_phase(run.params["phase"])] == "image" else "video"
