"""Sheets of a batch: made before its shots, each once, and the bible as its shots find it."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from typing_extensions import Unpack

from wzrd.assets.bible import addresses_of, open_bible
from wzrd.assets.bible_references import Bible
from wzrd.assets.content_cache import Asset
from wzrd.contracts.auto_generate import SheetFacts, sheet
from wzrd.db.items import Item, list_items
from wzrd.db.runs import RunRow, find_run
from wzrd.db.sheets import list_sheets, write_sheet
from wzrd.domain.bible import SHEET_ITEM, Sheet, SheetKey, SheetOrder, find_sheet, read_orders
from wzrd.domain.errors import Conflict, NotFound, WzrdError, error_code, error_message
from wzrd.faults import fault
from wzrd.generation.media import make_media
from wzrd.generation.sheets import sheet_job, sheet_of
from wzrd.models.routing import routed_catalog
from wzrd.retry import retry_local_work
from wzrd.runs.item_ends import ItemEnd, ItemSettlement, end_item
from wzrd.runs.steps import RunLog, Step, step
from wzrd.runtime.process import Runtime
from wzrd.runtime.stops import stops_the_run
from wzrd.storyboard.batch.items import ItemContext
from wzrd.storyboard.refusals import Sent, explained, refusal_told

_AT_WORK = (("running", "generating"),)
_OPEN = (("pending", None), *_AT_WORK)


class SheetFailed(WzrdError):
    """The sheet could not be made."""

    code = "sheet_failed"


class BibleReader:
    """The breakdown of a run's film, read once; its sheets are read anew for each shot."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._bible: Bible | None = None

    async def read(self, runtime: Runtime, project_id: UUID) -> Bible:
        """The bible as this process found it; who comes meanwhile waits."""
        async with self._lock:
            if self._bible is None:
                self._bible = await open_bible(runtime, project_id)
            return self._bible


async def find_bible(runtime: Runtime, context: ItemContext) -> Bible:
    """The bible as it stands now, for one shot of a batch.

    Raises:
        SheetFailed: a sheet that was to be made for this shot is not there.
    """
    project_id, objects = context.film.storyboard.project_id, runtime.leases.objects(context.run.run_id)
    ordered = read_orders(context.run.params)
    async with runtime.begin() as tx:
        sheets = await list_sheets(tx, project_id)
    if not sheets and not ordered:
        return Bible()
    reader = objects.find(BibleReader) or objects.keep(BibleReader())
    bible = replace(await reader.read(runtime, project_id), sheets=sheets)
    there = {*sheets, *ordered}
    for one in bible.shown(context.scene, context.shot):
        key = find_sheet(one.key, there)
        if key in ordered and key not in sheets:
            remedy = "give one (`wzrd bible PROJECT add`), or retry the run"
            raise SheetFailed(f"the sheet of {one.name} was to be made first, and is not there: {remedy}")
    return bible


async def list_sheet_work(runtime: Runtime, run_id: UUID) -> list[list[tuple[str, str]]]:
    """The sheets that are still to be made, key and name: first looks, then those that are made after them."""
    async with runtime.begin() as tx:
        run, items = await find_run(tx, run_id), await list_items(tx, run_id)
    orders = {order.item_key: order for order in read_orders(run.params if run else {}).values()}
    left = [orders[item.key] for item in items if item.key in orders and item.status in {"pending", "running"}]
    rounds = ([one for one in left if not one.from_usual], [one for one in left if one.from_usual])
    return [[(one.item_key, one.name) for one in orders] for orders in rounds if orders]


async def make_sheet(runtime: Runtime, run_id: UUID, item_key: str, log: RunLog) -> bool:
    """Make the item's sheet; False: there was one already, and nothing was made.

    Raises:
        SheetFailed: it could not be made; item and log say why, and the batch goes on.
    """
    run, item, order = await _find(runtime, run_id, item_key)
    if item.status == "succeeded":  # an earlier try's commit came through after all
        return False
    if item.status in {"failed", "skipped"}:
        raise SheetFailed(f"{order.name}: {item.error}")
    assert run.project_id is not None, "a batch is about a project"
    async with step(runtime, runtime.leases.current(run_id)) as current:
        sheets = await list_sheets(current.tx, run.project_id)
        if order.key not in sheets and await current.move(
            [item_key], from_status=("pending",), to="running", phase="generating"
        ):
            current.emit("sheet", _event(order, "generating"))
    if (there := sheets.get(order.key)) is not None:
        await _keep_existing(runtime, run_id, order, there)
        return False
    try:
        asset = await _make(runtime, run, order, sheets, log)
    except Exception as error:  # whatever a tool of one sheet may raise, the others go on
        if stops_the_run(error):
            raise
        if not isinstance(error, WzrdError):
            log.exception("%s: %s", order.name, type(error).__name__)
        await _fail(runtime, run_id, order, error)
        raise SheetFailed(f"{order.name}: {error_message(error)}") from error
    await fault("before_sheet")
    await _deliver(runtime, run, order, asset)
    return True


async def _find(runtime: Runtime, run_id: UUID, item_key: str) -> tuple[RunRow, Item, SheetOrder]:
    async with runtime.begin() as tx:
        run, items = await find_run(tx, run_id), await list_items(tx, run_id)
    item = next((one for one in items if one.key == item_key and one.entity_type == SHEET_ITEM), None)
    order = next((one for one in read_orders(run.params if run else {}).values() if one.item_key == item_key), None)
    if run is None or item is None or order is None:
        raise NotFound(f"run {run_id} has no sheet {item_key}")
    return run, item, order


async def _make(
    runtime: Runtime, run: RunRow, order: SheetOrder, sheets: Mapping[SheetKey, Sheet], log: RunLog
) -> Asset:
    usual, address = None, None
    if order.from_usual:
        usual = sheets.get(order.key.usual)
        if usual is None:
            raise Conflict("the sheet of the first look is not there, and this one is made after it")
        address = addresses_of(runtime, [usual])[str(usual.key)]
    job = sheet_job(run, order, usual, address)
    obstacle = runtime.providers.obstacle(job.choice.target.provider, "image")
    if obstacle is not None:
        raise Conflict(f"{job.choice.target} cannot be asked any more ({obstacle})")

    model, files = routed_catalog().models[job.choice.model_id], {address: str(order.key.usual)} if address else {}

    async def once() -> Asset:
        with explained(Sent(model, job.inputs, files)):
            return await make_media(runtime, runtime.leases.current(run.run_id), job, lambda _: None)

    return await retry_local_work(log, order.name, once)


async def _deliver(runtime: Runtime, run: RunRow, order: SheetOrder, asset: Asset) -> None:
    """Sheet, item, charge and event in one commit. One that somebody has given meanwhile stays."""
    made, project_id = sheet_of(order, asset, run, runtime), run.project_id
    assert project_id is not None, "a batch is about a project"
    output = {"sheet": str(order.key), "resolvedModel": made.model, "reused": asset.reused, "sha256": asset.sha256}
    output |= {"softened": softened} if (softened := asset.facts.get("softened")) else {}
    settlement = ItemSettlement(output_key=asset.key)
    end = ItemEnd(order.item_key, "succeeded", _AT_WORK, phase="completed", output=output, settlement=settlement)

    async def emit(current: Step) -> None:
        await write_sheet(current.tx, project_id, made, over_another=False)
        current.emit("sheet", _event(order, "completed", sha256=asset.sha256, reused=asset.reused))

    await end_item(runtime, run.run_id, end, emit=emit, ignore_cancel=True)


async def _keep_existing(runtime: Runtime, run_id: UUID, order: SheetOrder, there: Sheet) -> None:
    """Nothing is to be made: somebody gave it, or another run made it, since this one was asked for."""
    output = {"sheet": str(order.key), "resolvedModel": "", "reused": True, "sha256": there.sha256, "charged": 0}
    settlement = ItemSettlement(reason="made_by_another_run")
    end = ItemEnd(order.item_key, "succeeded", _OPEN, phase="completed", output=output, settlement=settlement)
    await _end(runtime, run_id, end, _event(order, "completed", sha256=there.sha256, reused=True))


async def _fail(runtime: Runtime, run_id: UUID, order: SheetOrder, error: Exception) -> None:
    message, code = error_message(error), error_code(error)
    told = refusal_told(error)
    settlement, output = ItemSettlement(reason=code), {"code": code, **told}
    end = ItemEnd(
        order.item_key, "failed", _AT_WORK, phase="failed", output=output, error=message, settlement=settlement
    )
    await _end(runtime, run_id, end, _event(order, "failed", error=message, code=code, **told))


def _event(order: SheetOrder, status: str, **more: Unpack[SheetFacts]) -> dict[str, Any]:
    return sheet(key=str(order.key), name=order.name, status=status, **more)


async def _end(runtime: Runtime, run_id: UUID, end: ItemEnd, event: dict[str, Any]) -> None:
    async def emit(current: Step) -> None:
        current.emit("sheet", event)

    await end_item(runtime, run_id, end, emit=emit)
