"""The step of auto-generate: one shot's picture or clip, made, stored and shown in the studio's tables."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prefect import get_run_logger

from blocks.resolve import runtime_for_process
from tasks.item_end import ItemEnd, ItemSettlement, Mirror, end_item
from tasks.retrying import step_task
from wzrd.assets.made_once import Asset
from wzrd.contracts.auto_generate import progress, shot
from wzrd.db.engine import Tx, is_outage, mirrored
from wzrd.db.items import Item, find_item, list_items
from wzrd.db.runs import RunRow, find_run
from wzrd.db.shot_work import look_before_work
from wzrd.db.shots import mark_failed, mark_generating, mark_image_lost, write_made, write_take
from wzrd.db.storyboards import read_storyboard
from wzrd.domain.auto_generate import MEDIA, BatchShot, Phase, read_phase
from wzrd.domain.dialogue import dialogue_of
from wzrd.domain.errors import InsufficientCredits, NotFound, RunStopped, WzrdError
from wzrd.domain.media_choice import MediaChoice
from wzrd.domain.settlement import storable
from wzrd.domain.storyboard import Storyboard, StoryboardScene, StoryboardShot
from wzrd.faults import FaultRaised, fault
from wzrd.operations.auto_generate import choose
from wzrd.retry import LOCAL_WORK, retry
from wzrd.runs.steps import Step, step
from wzrd.runtime.process import Runtime
from wzrd.storyboard.shot_media import ShotJob, make_clip, make_picture

PROGRESS_SECONDS = 1.0
RIVAL_SECONDS = 1.0
"""How often a batch looks whether another run's work on its shot has ended."""
GENERATING = ("running", "generating")
UNFINISHED = (("pending", None), GENERATING)


class ShotFailed(WzrdError):
    """The shot could not be made."""

    code = "shot_failed"


@dataclass(frozen=True, slots=True)
class ItemContext:
    """An item with all that it is about."""

    run: RunRow
    item: Item
    phase: Phase
    storyboard: Storyboard
    scene: StoryboardScene
    shot: StoryboardShot

    @property
    def made(self) -> str:
        """What is made: image or video."""
        return MEDIA[self.phase]

    def event(self, status: str, **more: Any) -> dict[str, Any]:
        """The shot's event."""
        return shot(
            shot_id=self.shot.shot_id,
            scene_id=self.scene.scene_id,
            shot_number=self.shot.number,
            phase=self.phase,
            status=status,
            **more,
        )


@dataclass(slots=True)
class ShotResult:
    """What came out of a job: what its item keeps, and the key of the file that is to be paid."""

    output: dict[str, Any]
    key: str
    take: Asset | None = None


async def list_work(run_id: UUID) -> list[tuple[str, str]]:
    """The items that are still to be done, in order: key, and what a person calls it."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        run, items = await find_run(tx, run_id), await list_items(tx, run_id)
        storyboard = await read_storyboard(tx, run.project_id) if run is not None and run.project_id else None
    open_items = [item for item in items if item.status in {"pending", "running"}]
    return [(item.key, label_of(storyboard, item)) for item in open_items]


def label_of(storyboard: Storyboard | None, item: Item) -> str:
    """What a person calls the item's shot."""
    found = storyboard.find(item.entity_id) if storyboard and item.entity_id else None
    return BatchShot(*found).label if found else item.key


@step_task(name="make shot", task_run_name="{label}", persist_result=True)
async def make_shot(run_id: UUID, key: str, label: str) -> str:
    """Make the item's picture or clip; returns its address.

    Raises:
        ShotFailed: it could not be made; item, row and log say why, and the batch goes on.
    """
    runtime = await runtime_for_process()
    run, item, context = await _find_context(runtime, run_id, key)
    if item.status == "succeeded":  # an earlier try's commit came through after all
        return str((item.output or {})["url"])
    if item.status == "failed":
        raise ShotFailed(f"{label}: {item.error}")
    if context is None:
        raise await _end_deleted_shot(runtime, run, item)
    if url := await _begin(runtime, context):  # made by another run, since this one was asked for
        await _keep_existing(runtime, context, url)
        return url
    try:
        result = await _make_with_retries(runtime, context)
    except Exception as error:  # whatever a tool of one shot may raise, the others go on
        if isinstance(error, RunStopped | FaultRaised) or is_outage(error):
            raise
        await _fail_shot(runtime, context, error)
        raise ShotFailed(f"{label}: {error_message(error)}") from error
    await fault("before_shot")
    await _deliver(runtime, context, result)
    get_run_logger().info("%s: %s", label, "as before" if result.output["reused"] else "made")
    return str(result.output["url"])


async def _find_context(runtime: Runtime, run_id: UUID, key: str) -> tuple[RunRow, Item, ItemContext | None]:
    """The run, the item, and the shot in its scene; None when the shot is no longer there."""
    async with runtime.begin() as tx:
        run, item = await find_run(tx, run_id), await find_item(tx, run_id, key)
        if run is None or item is None or item.entity_id is None or run.project_id is None:
            raise NotFound(f"run {run_id} has no item {key}")
        storyboard = await read_storyboard(tx, run.project_id)
    found = storyboard.find(item.entity_id) if storyboard else None
    if storyboard is None or found is None:
        return run, item, None
    return run, item, ItemContext(run, item, read_phase(run.params["phase"]), storyboard, *found)


async def _end_deleted_shot(runtime: Runtime, run: RunRow, item: Item) -> ShotFailed:
    """Somebody deleted the shot meanwhile: its item ends, and nothing is made."""
    assert item.entity_id is not None, "_find_job refused it otherwise"
    message, phase = "the shot was deleted meanwhile", read_phase(run.params["phase"])
    event = shot(shot_id=item.entity_id, scene_id=None, shot_number=None, phase=phase, status="failed", error=message)
    settlement = ItemSettlement(reason=NotFound.code)
    end = ItemEnd(item.key, "failed", UNFINISHED, phase="failed", error=message, settlement=settlement)
    await _end(runtime, run, end, {**event, "code": NotFound.code})
    return ShotFailed(message)


async def _keep_existing(runtime: Runtime, context: ItemContext, url: str) -> None:
    """Nothing is to be made: the item has what is there, and costs nothing."""
    output = {"url": url, "model": "", "reused": True, "charged": 0}
    settlement = ItemSettlement(reason="made_by_another_run")
    end = ItemEnd(context.item.key, "succeeded", UNFINISHED, phase="completed", output=output, settlement=settlement)
    await _end(runtime, context.run, end, context.event("completed", url=url, reused=True))


async def _begin(runtime: Runtime, context: ItemContext) -> str:
    """Begin the item, or return the address of what another run has made of the shot by now.

    While another run works on the shot this one waits for it: the same thing is not paid twice. What began before this
    process was there goes on.
    """
    run_id, shot_id = context.run.run_id, context.shot.shot_id
    while True:
        async with step(runtime, runtime.leases.current(run_id)) as current:
            claim = await look_before_work(
                current.tx, context.storyboard.project_id, shot_id, context.made, run_id=run_id
            )
            if claim.made:
                return claim.made
            if not claim.gone and (claim.rival is None or context.item.status == "running"):
                await _mark_begun(current, context)
                return ""
        if claim.gone:
            raise await _end_deleted_shot(runtime, context.run, context.item)
        await asyncio.sleep(RIVAL_SECONDS)


async def _mark_begun(current: Step, context: ItemContext) -> None:
    if await current.move([context.item.key], from_status=("pending",), to="running", phase="generating"):
        async with mirrored(current.tx):
            await mark_generating(current.tx, context.shot.shot_id, context.made)
        current.emit("shot", context.event("generating"))


async def _make_with_retries(runtime: Runtime, context: ItemContext) -> ShotResult:
    """Make it; what may pass (a tool that was killed, an address that does not answer) is tried again."""

    async def once() -> ShotResult:
        async with _reporting(runtime, context) as on_progress:
            return await _make(runtime, context, on_progress)

    def warn(error: Exception, _delay: float) -> None:
        get_run_logger().warning("%s: %s; again", context.item.key, error_message(error))

    return await retry(LOCAL_WORK, once, on_retry=warn)


async def _make(runtime: Runtime, context: ItemContext, on_progress: Callable[[float], None]) -> ShotResult:
    choice = choose(runtime, context.phase, context.run.params.get("chosen"))
    lease = runtime.leases.current(context.run.run_id)
    shot_job = ShotJob(runtime, lease, context.item.key, choice, context.storyboard)
    if context.phase == "images":
        picture = await make_picture(shot_job, context.scene, context.shot, on_progress)
        return ShotResult(_output(picture, choice), picture.key)
    clip = await make_clip(shot_job, context.shot, dialogue_of(context.storyboard), on_progress)
    output = {**_output(clip.asset, choice), "frames": clip.asset.facts.get("frames")}
    return ShotResult(output, clip.asset.key, clip.take)


def _output(asset: Asset, choice: MediaChoice) -> dict[str, Any]:
    """What the item keeps of its result."""
    output = {"url": asset.url, "model": str(choice.target), "reused": asset.reused}
    return {**output, **({"fallbackReason": choice.fallback_reason} if choice.fallback_reason else {})}


@asynccontextmanager
async def _reporting(runtime: Runtime, context: ItemContext) -> AsyncGenerator[Callable[[float], None]]:
    """The run's followers get a progress event once a second."""
    latest = [0.0]
    ticking = asyncio.create_task(_report_progress(runtime, context, latest))
    try:
        yield lambda fraction: latest.__setitem__(0, fraction)
    finally:
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await ticking


async def _report_progress(runtime: Runtime, context: ItemContext, latest: list[float]) -> None:
    reported = 0.0
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        if latest[0] > reported:
            reported = latest[0]
            async with step(runtime, runtime.leases.current(context.run.run_id)) as current:
                current.emit("shot", context.event("generating", progress=round(reported, 3)))


async def _deliver(runtime: Runtime, context: ItemContext, result: ShotResult) -> None:
    """Item, charge, row and event in one commit; a repeated step finds the item delivered and does nothing.

    A cancel that comes now is too late for this shot: it is made, so it is delivered and paid.
    """
    output, take, shot_id = result.output, result.take, context.shot.shot_id
    mirrors: list[Mirror] = [lambda tx: write_made(tx, shot_id, context.made, output["url"])]
    if take is not None:
        mirrors.append(lambda tx: write_take(tx, shot_id, take.url))
    settlement = ItemSettlement(output_key=result.key)
    end = ItemEnd(context.item.key, "succeeded", (GENERATING,), phase="completed", output=output, settlement=settlement)
    more = {name: output[name] for name in ("url", "reused", "fallbackReason") if name in output}
    await _end(runtime, context.run, end, context.event("completed", **more), *mirrors, ignore_cancel=True)


async def _fail_shot(runtime: Runtime, context: ItemContext, error: Exception) -> None:
    """This shot stops, the others go on."""
    message, code = error_message(error), error.code if isinstance(error, WzrdError) else WzrdError.code
    if not isinstance(error, WzrdError):
        get_run_logger().error("%s: %s", context.item.key, type(error).__name__, exc_info=error)

    async def mark(tx: Tx) -> None:
        await mark_failed(tx, [context.shot.shot_id], context.made, message)
        if context.phase == "videos" and isinstance(error, NotFound):
            await mark_image_lost(tx, context.shot.shot_id, context.shot.image_url, message)

    settlement = ItemSettlement(reason=code)
    end = ItemEnd(context.item.key, "failed", (GENERATING,), phase="failed", error=message, settlement=settlement)
    await _end(runtime, context.run, end, context.event("failed", error=message, code=code), mark)


async def _end(
    runtime: Runtime, run: RunRow, end: ItemEnd, event: dict[str, Any], *mirrors: Mirror, ignore_cancel: bool = False
) -> None:
    """End the item; after its event comes the count of the whole batch."""

    async def emit(current: Step) -> None:
        current.emit("shot", event)
        items = await list_items(current.tx, run.run_id)
        current.emit("progress", _progress_of(read_phase(run.params["phase"]), items))

    await end_item(runtime, run.run_id, end, *mirrors, emit=emit, ignore_cancel=ignore_cancel)


def error_message(error: Exception) -> str:
    """What the owner of a run is told of an error: ours as it is, a foreign one without its details."""
    match error:
        case InsufficientCredits():
            return f"Insufficient credits. Required {error.required} / available {error.available}."
        case WzrdError():
            return storable(error.message)
        case _:
            return "Something went wrong on our side"


def _progress_of(phase: Phase, items: list[Item]) -> dict[str, Any]:
    statuses = [item.status for item in items]
    return progress(
        phase=phase, completed=statuses.count("succeeded"), failed=statuses.count("failed"), total=len(items)
    )
