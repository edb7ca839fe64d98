"""A scene read by a model: asked, checked against its text, asked once more, kept, and paid once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from wzrd.assets.breakdowns import ProjectBreakdown, open_breakdown, reading_key
from wzrd.assets.breakdowns import keep_reader as have_reader
from wzrd.assets.content_cache import Maker, claim, turn
from wzrd.contracts.breakdown import SceneReading, scene
from wzrd.db.items import Item, find_item, list_items
from wzrd.db.node_outputs import find_outputs, store_output
from wzrd.db.run_leases import fence
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.errors import NotFound, RunStopped, WzrdError, error_code, error_message
from wzrd.domain.storyboard import StoryboardScene
from wzrd.domain.submission import Target
from wzrd.faults import fault
from wzrd.generation import GenerationRequest, Own, generate_whole
from wzrd.generation.holds import hold_found
from wzrd.generation.values import COVERED
from wzrd.language.breakdown.answers import CheckedAnswer, better_of, check_answer
from wzrd.language.breakdown.prompt import reader_inputs
from wzrd.runs.item_ends import ItemEnd, ItemSettlement, end_item
from wzrd.runs.steps import RunLog, Step, step
from wzrd.runtime.process import Runtime
from wzrd.runtime.stops import stops_the_run

AT_ONCE, ASKED, SECONDS = 4, 2, 600.0
"""Scenes that are read together; questions about one, at most; seconds of one."""
GONE = "the scene was deleted meanwhile"
READING = ("running", "reading")
_ENDS_FROM = (("pending", None), READING)


class SceneUnread(WzrdError):
    """The model did not read the scene."""

    code = "scene_unread"


@dataclass(frozen=True, slots=True)
class _Job:
    """An item with its scene, as both stand now."""

    run: RunRow
    item: Item
    found: ProjectBreakdown
    at: int

    @property
    def scene(self) -> StoryboardScene:
        return self.found.storyboard.scenes[self.at]

    @property
    def key(self) -> str:
        return reading_key(self.run.user_id, self.run.params["model"], self.scene.brief)

    def event(self, status: str, **more: Any) -> dict[str, Any]:
        """The data of the scene's event."""
        return {"scene_id": self.scene.scene_id, "scene_number": self.scene.brief.number, "status": status, **more}


async def list_unread(runtime: Runtime, run_id: UUID) -> list[tuple[str, str]]:
    """The items that are still to be read, in order: key, and what a person calls it."""
    async with runtime.begin() as tx:
        items = await list_items(tx, run_id)
    return [(item.key, item.key.replace("/", " ")) for item in items if item.status in {"pending", "running"}]


async def read_scene(runtime: Runtime, run_id: UUID, key: str, log: RunLog) -> str:
    """Read the item's scene; returns in words what came of it.

    Raises:
        SceneUnread: the model did not; item and log say why, and the rules read it.
    """
    job = await _find_job(runtime, run_id, key)
    if job is None:
        raise SceneUnread(GONE)
    if job.item.status == "succeeded":
        return "read before"
    if job.item.status in {"failed", "skipped"}:
        raise SceneUnread(job.item.error or "")
    number = job.scene.brief.number
    async with step(runtime, runtime.leases.current(run_id)) as current:
        if await current.move([key], from_status=("pending",), to="running", phase="reading"):
            current.emit("scene", scene(**job.event("reading")))
    try:
        async with turn(job.key):  # scenes of one text are one question
            reading, reused = await _reading_of(runtime, job)
    except Exception as error:
        if stops_the_run(error) or not isinstance(error, WzrdError):
            raise
        await _fail(runtime, job, error)
        raise SceneUnread(f"scene {number}: {error_message(error)}") from error
    await fault("before_shot")
    for told in reading.faults:
        log.warning("scene %s: %s", number, told)
    await _deliver(runtime, job, reading, reused=reused)
    return f"{len(reading.scene.beats)} beats"


async def keep_reader(runtime: Runtime, run_id: UUID) -> int:
    """Have what was read count from now on; returns the breakdown's version."""
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id)
    assert run is not None
    assert run.project_id is not None
    return await have_reader(runtime, run.project_id, run.params["model"])


async def _find_job(runtime: Runtime, run_id: UUID, key: str) -> _Job | None:
    """The item's job; None where its scene was deleted meanwhile, which ends the item."""
    async with runtime.begin() as tx:
        run, item = await find_run(tx, run_id), await find_item(tx, run_id, key)
    if run is None or item is None or run.project_id is None:
        raise NotFound(f"run {run_id} has no item {key}")
    try:
        found = await open_breakdown(runtime, run.project_id, reader=run.params["model"])
    except NotFound:
        found = None
    scenes = found.storyboard.scenes if found is not None else ()
    at = next((at for at, one in enumerate(scenes) if one.scene_id == item.entity_id), None)
    if found is None or at is None:
        settlement = ItemSettlement(reason=NotFound.code, stands=True)
        end = ItemEnd(key, "failed", _ENDS_FROM, phase="failed", error=GONE, settlement=settlement)
        await _end(runtime, run_id, end, {"scene_id": item.entity_id, "status": "failed", "error": GONE})
        return None
    return _Job(run, item, found, at)


async def _reading_of(runtime: Runtime, job: _Job) -> tuple[SceneReading, bool]:
    """The scene's reading, and True if it was there before. While one process asks, the others wait."""
    lease = runtime.leases.current(job.run.run_id)

    async def find() -> Mapping[str, Any] | None:
        async with runtime.begin() as tx:
            return (await find_outputs(tx, [job.key])).get(job.key)

    known = await find() or await claim(runtime, job.key, Maker(lease, job.item.key), find)
    if known is not None:
        await hold_found(runtime, lease, job.item.key, job.key, "text")
        return SceneReading.model_validate(known), True
    reading = (await _ask_and_check(runtime, job)).reading
    async with runtime.begin() as tx:
        await fence(tx, lease, check_cancel=False)
        await store_output(tx, job.key, job.run.user_id, reading.model_dump(mode="json"), owed=job.item.price)
    await fault("after_store")
    return reading, False


async def _ask_and_check(runtime: Runtime, job: _Job) -> CheckedAnswer:
    """The better of two answers; the second question only where the first left something wrong.

    Raises:
        ProviderError: the first question was not answered. One more that fails changes nothing.
    """
    brief, film = job.scene.brief, job.found.read
    rules, best = film.scenes[job.at], None
    for number in range(1, ASKED + 1):
        try:
            text = await _ask(runtime, job, number)
        except WzrdError as error:
            if best is None or isinstance(error, RunStopped):
                raise
            break
        answer = check_answer(text, brief, film, rules)
        best = answer if best is None else better_of(best, answer)
        if not best.wrong:
            break
    assert best is not None
    return best


async def _ask(runtime: Runtime, job: _Job, number: int) -> str:
    """One question; a scene pays for the first alone."""
    lease = runtime.leases.current(job.run.run_id)
    brief, film = job.scene.brief, job.found.read
    request = GenerationRequest(
        item_key=job.item.key if number == 1 else f"{job.item.key}#{number}",
        target=Target(*job.run.params["target"]),
        inputs=reader_inputs(brief, film, film.scenes[job.at]),
        funding=Own(job.item.price, "text", deferred=True) if number == 1 else COVERED,
        deadline=SECONDS,
    )
    return (await generate_whole(runtime, lease, request)).output.text or ""


async def _deliver(runtime: Runtime, job: _Job, reading: SceneReading, *, reused: bool) -> None:
    """The item's end, its charge and its event in one commit; a cancel that comes now is too late for it."""
    facts = {"beats": len(reading.scene.beats), "faults": list(reading.faults), "reused": reused}
    settlement = ItemSettlement(output_key=job.key)
    end = ItemEnd(job.item.key, "succeeded", _ENDS_FROM, phase="read", output=facts, settlement=settlement)
    await _end(runtime, job.run.run_id, end, job.event("completed", **facts))


async def _fail(runtime: Runtime, job: _Job, error: WzrdError) -> None:
    message = error_message(error)
    settlement = ItemSettlement(reason=error_code(error))
    end = ItemEnd(job.item.key, "failed", _ENDS_FROM, phase="failed", error=message, settlement=settlement)
    await _end(runtime, job.run.run_id, end, job.event("failed", error=message))


async def _end(runtime: Runtime, run_id: UUID, end: ItemEnd, event: Mapping[str, Any]) -> None:
    async def emit(current: Step) -> None:
        current.emit("scene", scene(**event))

    await end_item(runtime, run_id, end, emit=emit, ignore_cancel=end.status == "succeeded")
