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
from wzrd.assets.made_once import Render
from wzrd.contracts.auto_generate import progress, shot
from wzrd.db.engine import Tx, is_outage, mirrored
from wzrd.db.items import Item, find_item, list_items
from wzrd.db.runs import RunRow, find_run
from wzrd.db.shots import mark_failed, mark_generating, mark_image_lost, write_made, write_take
from wzrd.db.storyboards import read_reel
from wzrd.domain.auto_generate import MEDIA, Phase, Work, made_before, read_phase
from wzrd.domain.dialogue import dialogue_of
from wzrd.domain.errors import InsufficientCredits, NotFound, RunStopped, WzrdError
from wzrd.domain.media_choice import MediaChoice
from wzrd.domain.settlement import storable
from wzrd.domain.storyboard import Reel, ReelScene, ReelShot
from wzrd.faults import FaultRaised, fault
from wzrd.operations.auto_generate import choose
from wzrd.retry import LOCAL_WORK, retry
from wzrd.runs.steps import Step, step
from wzrd.runtime.process import Runtime
from wzrd.storyboard.shot_media import Commission, make_clip, make_picture

NEWS_SECONDS = 1.0
GENERATING = ("running", "generating")
UNFINISHED = (("pending", None), GENERATING)


class ShotFailed(WzrdError):
    """The shot could not be made."""

    code = "shot_failed"


@dataclass(frozen=True, slots=True)
class Job:
    """An item with all that it is about."""

    run: RunRow
    item: Item
    phase: Phase
    reel: Reel
    scene: ReelScene
    shot: ReelShot

    @property
    def made(self) -> str:
        """What is made: image or video."""
        return MEDIA[self.phase]

    def told(self, status: str, **more: Any) -> dict[str, Any]:
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
class Result:
    """What came out of a job: what its item keeps, and the key of the file that is to be paid."""

    output: dict[str, Any]
    key: str
    take: Render | None = None


async def list_work(run_id: UUID) -> list[tuple[str, str]]:
    """The items that are still to be done, in order: key, and what a person calls it."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        run, items = await find_run(tx, run_id), await list_items(tx, run_id)
        reel = await read_reel(tx, run.project_id) if run is not None and run.project_id else None
    open_items = [item for item in items if item.status in {"pending", "running"}]
    return [(item.key, label_of(reel, item)) for item in open_items]


def label_of(reel: Reel | None, item: Item) -> str:
    """What a person calls the item's shot."""
    found = reel.find(item.entity_id) if reel and item.entity_id else None
    return Work(*found).label if found else item.key


@step_task(name="make shot", task_run_name="{label}", persist_result=True)
async def make_shot(run_id: UUID, key: str, label: str) -> str:
    """Make the item's picture or clip; returns its address.

    Raises:
        ShotFailed: it could not be made; item, row and log say why, and the batch goes on.
    """
    runtime = await runtime_for_process()
    run, item, job = await _find_job(runtime, run_id, key)
    if item.status == "succeeded":  # an earlier try's commit came through after all
        return str((item.output or {})["url"])
    if item.status == "failed":
        raise ShotFailed(f"{label}: {item.error}")
    if job is None:
        raise await _gone(runtime, run, item)
    if url := made_before(job.shot, job.phase):  # by another run, since this one was asked for
        await _keep(runtime, job, url)
        return url
    await _begin(runtime, job)
    try:
        result = await _make_with_retries(runtime, job)
    except Exception as error:  # whatever a tool of one shot may raise, the others go on
        if isinstance(error, RunStopped | FaultRaised) or is_outage(error):
            raise
        await _give_up(runtime, job, error)
        raise ShotFailed(f"{label}: {_words(error)}") from error
    await fault("before_shot")
    await _deliver(runtime, job, result)
    get_run_logger().info("%s: %s", label, "as before" if result.output["reused"] else "made")
    return str(result.output["url"])


async def _find_job(runtime: Runtime, run_id: UUID, key: str) -> tuple[RunRow, Item, Job | None]:
    """The run, the item, and the shot in its scene; None when the shot is no longer there."""
    async with runtime.begin() as tx:
        run, item = await find_run(tx, run_id), await find_item(tx, run_id, key)
        if run is None or item is None or item.entity_id is None or run.project_id is None:
            raise NotFound(f"run {run_id} has no item {key}")
        reel = await read_reel(tx, run.project_id)
    found = reel.find(item.entity_id) if reel else None
    if reel is None or found is None:
        return run, item, None
    return run, item, Job(run, item, read_phase(run.params["phase"]), reel, *found)


async def _gone(runtime: Runtime, run: RunRow, item: Item) -> ShotFailed:
    """Somebody deleted the shot meanwhile: its item ends, and nothing is made."""
    assert item.entity_id is not None, "_find_job refused it otherwise"
    words, phase = "the shot was deleted meanwhile", read_phase(run.params["phase"])
    event = shot(shot_id=item.entity_id, scene_id=None, shot_number=None, phase=phase, status="failed", error=words)
    settlement = ItemSettlement(reason=NotFound.code)
    end = ItemEnd(item.key, "failed", UNFINISHED, phase="failed", error=words, settlement=settlement)
    await _end(runtime, run, end, {**event, "code": NotFound.code})
    return ShotFailed(words)


async def _keep(runtime: Runtime, job: Job, url: str) -> None:
    """Nothing is to be made: the item has what is there, and costs nothing."""
    output = {"url": url, "model": "", "reused": True, "charged": 0}
    settlement = ItemSettlement(reason="made_by_another_run")
    end = ItemEnd(job.item.key, "succeeded", UNFINISHED, phase="completed", output=output, settlement=settlement)
    await _end(runtime, job.run, end, job.told("completed", url=url, reused=True))


async def _begin(runtime: Runtime, job: Job) -> None:
    async with step(runtime, runtime.leases.current(job.run.run_id)) as current:
        if await current.move([job.item.key], came_from=("pending",), to="running", phase="generating"):
            async with mirrored(current.tx):
                await mark_generating(current.tx, job.shot.shot_id, job.made)
            current.say("shot", job.told("generating"))


async def _make_with_retries(runtime: Runtime, job: Job) -> Result:
    """Make it; what may pass (a tool that was killed, an address that does not answer) is tried again."""

    async def once() -> Result:
        async with _telling(runtime, job) as tell:
            return await _make(runtime, job, tell)

    def warn(error: Exception, _delay: float) -> None:
        get_run_logger().warning("%s: %s; again", job.item.key, _words(error))

    return await retry(LOCAL_WORK, once, on_retry=warn)


async def _make(runtime: Runtime, job: Job, tell: Callable[[float], None]) -> Result:
    choice = choose(runtime, job.phase, job.run.params.get("chosen"))
    lease = runtime.leases.current(job.run.run_id)
    commission = Commission(runtime, lease, job.item.key, choice, job.reel)
    if job.phase == "images":
        picture = await make_picture(commission, job.scene, job.shot, tell)
        return Result(_output(picture, choice), picture.key)
    clip = await make_clip(commission, job.shot, dialogue_of(job.reel), tell)
    output = {**_output(clip.render, choice), "frames": clip.render.facts.get("frames")}
    return Result(output, clip.render.key, clip.take)


def _output(render: Render, choice: MediaChoice) -> dict[str, Any]:
    """What the item keeps of its result."""
    told = {"url": render.url, "model": str(choice.target), "reused": render.reused}
    return {**told, **({"fallbackReason": choice.fallback_reason} if choice.fallback_reason else {})}


@asynccontextmanager
async def _telling(runtime: Runtime, job: Job) -> AsyncGenerator[Callable[[float], None]]:
    """Whoever follows hears once a second how far a long piece of work is."""
    latest = [0.0]
    ticking = asyncio.create_task(_tick(runtime, job, latest))
    try:
        yield lambda fraction: latest.__setitem__(0, fraction)
    finally:
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await ticking


async def _tick(runtime: Runtime, job: Job, latest: list[float]) -> None:
    said = 0.0
    while True:
        await asyncio.sleep(NEWS_SECONDS)
        if latest[0] > said:
            said = latest[0]
            async with step(runtime, runtime.leases.current(job.run.run_id)) as current:
                current.say("shot", job.told("generating", progress=round(said, 3)))


async def _deliver(runtime: Runtime, job: Job, result: Result) -> None:
    """Item, charge, row and event in one commit; a repeated step finds the item delivered and does nothing.

    A cancel that comes now is too late for this shot: it is made, so it is delivered and paid.
    """
    output, take, shot_id = result.output, result.take, job.shot.shot_id
    mirrors: list[Mirror] = [lambda tx: write_made(tx, shot_id, job.made, output["url"])]
    if take is not None:
        mirrors.append(lambda tx: write_take(tx, shot_id, take.url))
    settlement = ItemSettlement(output_key=result.key)
    end = ItemEnd(job.item.key, "succeeded", (GENERATING,), phase="completed", output=output, settlement=settlement)
    more = {name: output[name] for name in ("url", "reused", "fallbackReason") if name in output}
    await _end(runtime, job.run, end, job.told("completed", **more), *mirrors, ignore_cancel=True)


async def _give_up(runtime: Runtime, job: Job, error: Exception) -> None:
    """This shot stops, the others go on."""
    words, code = _words(error), error.code if isinstance(error, WzrdError) else WzrdError.code
    if not isinstance(error, WzrdError):
        get_run_logger().error("%s: %s", job.item.key, type(error).__name__, exc_info=error)

    async def mark(tx: Tx) -> None:
        await mark_failed(tx, [job.shot.shot_id], job.made, words)
        if job.phase == "videos" and isinstance(error, NotFound):
            await mark_image_lost(tx, job.shot.shot_id, job.shot.image_url, words)

    settlement = ItemSettlement(reason=code)
    end = ItemEnd(job.item.key, "failed", (GENERATING,), phase="failed", error=words, settlement=settlement)
    await _end(runtime, job.run, end, job.told("failed", error=words, code=code), mark)


async def _end(
    runtime: Runtime, run: RunRow, end: ItemEnd, event: dict[str, Any], *mirrors: Mirror, ignore_cancel: bool = False
) -> None:
    """End the item; after its event comes the count of the whole batch."""

    async def emit(current: Step) -> None:
        current.say("shot", event)
        items = await list_items(current.tx, run.run_id)
        current.say("progress", _counted(read_phase(run.params["phase"]), items))

    await end_item(runtime, run.run_id, end, *mirrors, emit=emit, ignore_cancel=ignore_cancel)


def _words(error: Exception) -> str:
    match error:
        case InsufficientCredits():
            return f"Insufficient credits. Required {error.required} / available {error.available}."
        case WzrdError():
            return storable(error.message)
        case _:
            return "Something went wrong on our side"


def _counted(phase: Phase, items: list[Item]) -> dict[str, Any]:
    statuses = [item.status for item in items]
    return progress(
        phase=phase, completed=statuses.count("succeeded"), failed=statuses.count("failed"), total=len(items)
    )
