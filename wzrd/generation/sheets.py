"""The picture of a sheet as a media job, and the sheet that it becomes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wzrd.assets.content_cache import Asset, AssetFormat
from wzrd.db.runs import RunRow
from wzrd.domain.bible import BUCKET, Sheet, SheetOrder
from wzrd.domain.wanted_format import WantedFormat
from wzrd.generation.media import MediaJob
from wzrd.models.media_choice import MediaChoice, read_choice
from wzrd.models.routing import routed_catalog
from wzrd.models.shot_inputs import image_body
from wzrd.runtime.process import Runtime
from wzrd.threads import in_thread

SHEET = 1
"""Version of what a sheet is made of: enters its name in the cache."""


def sheet_job(run: RunRow, order: SheetOrder, of: Sheet | None = None, address: str | None = None) -> MediaJob:
    """The picture of a sheet as a media job; `of`: the sheet of the first look, at its address."""
    choice, project_id = maker_of(run, order), str(run.project_id)
    recipe = {"sheet": SHEET, "project": project_id, "key": str(order.key), "prompt": order.prompt}
    body = image_body(
        routed_catalog().models[choice.model_id],
        prompt=order.prompt,
        aspect_ratio=order.aspect_ratio or str(run.params.get("aspectRatio") or ""),
        reference=address,
    )
    return MediaJob(
        order.item_key,
        "image",
        choice,
        AssetFormat(".jpg", "image/jpeg", BUCKET, project_id),
        body.inputs,
        WantedFormat(),
        {**recipe, "of": of.sha256 if of else None},
        conform=_conform,
        is_shared=True,
        soften=bool(run.params.get("soften")),
    )


def maker_of(run: RunRow, order: SheetOrder) -> MediaChoice:
    """The model of a sheet, as it was priced: another look is made by the pictures' own, which takes a reference."""
    return read_choice(run.params["pinned" if order.from_usual else "sheetMaker"])


async def _conform(arrived: Path, path: Path) -> Mapping[str, Any]:
    from wzrd.media.delivery_picture import conform_sheet  # who only starts runs need not load the media tools

    width, height = await in_thread(conform_sheet, arrived, path)
    return {"came": [width, height]}


def sheet_of(order: SheetOrder, asset: Asset, run: RunRow, runtime: Runtime) -> Sheet:
    """The sheet that a picture has become."""
    return Sheet(
        order.key,
        order.name,
        "made",
        asset.bucket,
        asset.path,
        asset.sha256,
        asset.size,
        runtime.now(),
        maker_of(run, order).model_id,
        run.run_id,
        order.item_key,
    )
