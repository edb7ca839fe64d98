"""The shots of one scene: rows placed, each drafted and enriched, in one repeatable transaction each.

A phase is what it says: `creating` the row stands, `drafting` it has an idea, `enriching` it has its prompt,
`ready` nothing is missing. The guard on the item's phase makes a repeated step do nothing.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from wzrd.assets.breakdowns import open_breakdown
from wzrd.contracts.gen_shots import Phase, shot
from wzrd.db.engine import Tx, mirrored
from wzrd.db.items import Item, find_item, list_items
from wzrd.db.runs import find_run
from wzrd.db.screenplays import read_brief
from wzrd.db.shots import list_scene_shots, lock_scene, place_shots, write_draft, write_prompt
from wzrd.domain.errors import NotFound
from wzrd.domain.prompts import draft_prompt, shot_title, visual_prompt
from wzrd.domain.shots import SceneBrief, ShotIdea, shot_label
from wzrd.domain.storyboard import kept_idea
from wzrd.runs.item_ends import ItemEnd, end_item
from wzrd.runs.steps import RunLog, Step, step
from wzrd.runtime.process import Runtime
from wzrd.storyboard.scene_writer import WritingRequest, Written, write_missing


async def place_rows(runtime: Runtime, run_id: UUID) -> int:
    """Insert the run's blank shots, numbered under the scene's lock, in one transaction; returns how many."""
    project_id, scene_id, floor, _ = await _scene_of(runtime, run_id)
    async with step(runtime, runtime.leases.current(run_id)) as current:
        pending = [item for item in await list_items(current.tx, run_id) if item.status == "pending"]
        for item in pending:
            if item.delivered:  # a former attempt drafted it: it goes on from there, unpaid, and its row stands
                await current.move(
                    [item.key], from_status=("pending",), from_phase=item.phase, to="running", phase=item.phase
                )
        waiting = [item for item in pending if not item.delivered]
        numbers = await _place(current, project_id, scene_id, [_id(item) for item in waiting], floor)
        outputs = {i.key: {"number": numbers.get(_id(i), floor + i.position)} for i in waiting}
        moved = await current.move(
            list(outputs), from_status=("pending",), to="running", phase="creating", outputs=outputs
        )
        for item in waiting:
            if item.key in moved:
                _emit_shot(current, item, project_id, scene_id, "creating", outputs[item.key])
    return len(moved)


async def _place(
    current: Step, project_id: UUID, scene_id: UUID, shot_ids: Sequence[UUID], floor: int
) -> dict[UUID, int]:
    """The numbers under which the shots were placed; none when the scene is gone or refuses them.

    A client that inserts shots itself waits here too: its foreign key takes a lock on the scene that ours excludes.
    """
    async with mirrored(current.tx):
        if await lock_scene(current.tx, scene_id):
            return await place_shots(
                current.tx, project_id=project_id, scene_id=scene_id, shot_ids=shot_ids, floor=floor
            )
    return {}


class DraftedShot(NamedTuple):
    """A shot that can go on: the key of its item, and what a person calls it."""

    key: str
    label: str


class DraftQueue:
    """The shots of a scene that is being written, each as soon as it can go on; None ends them."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[DraftedShot | None] = asyncio.Queue()

    def put(self, drafted: DraftedShot | None) -> None:
        """Add one."""
        self._queue.put_nowait(drafted)

    async def get(self) -> DraftedShot | None:
        """The next one."""
        return await self._queue.get()


async def write_scene(runtime: Runtime, run_id: UUID, log: RunLog) -> None:
    """Have the missing shots written, and draft each as it arrives; each that can go on is put into the run's queue.

    Raises:
        NotConfigured, ProviderError: as `write_missing`, after all that could be drafted.
    """
    lease, queue = runtime.leases.current(run_id), runtime.leases.objects(run_id).find(DraftQueue) or DraftQueue()
    project_id, scene_id, _, of = await _scene_of(runtime, run_id)
    async with runtime.begin() as tx:
        items = await list_items(tx, run_id)
        brief = await read_brief(tx, scene_id) or SceneBrief(number=1)
        earlier = await list_scene_shots(tx, scene_id, but=[_id(item) for item in items])
    for item in items:
        if item.status == "running" and item.phase in {"drafting", "enriching"}:
            queue.put(DraftedShot(item.key, _label(brief, item)))
    waiting = [item for item in items if item.phase == "creating"]
    known = tuple(str((item.output or {})["idea"]["idea"]) for item in items if "idea" in (item.output or {}))
    told = tuple(line.prompt_idea or "" for line in earlier)
    request = WritingRequest(brief, len(waiting), told, known, of)
    if waiting:
        request = await with_breakdown(runtime, request, project_id, scene_id)
    async with aclosing(write_missing(runtime, lease, request)) as writing:
        async for written in writing:
            item = waiting.pop(0)
            await draft_shot(runtime, run_id, item, written, brief)
            label = _label(brief, item)
            log.info("%s: %s", label, written.idea.idea)
            queue.put(DraftedShot(item.key, label))


async def with_breakdown(runtime: Runtime, request: WritingRequest, project_id: UUID, scene_id: UUID) -> WritingRequest:
    """The request with what happens in the scene, read with its whole film, or as somebody has edited it."""
    try:
        found = await open_breakdown(runtime, project_id)
    except NotFound:  # the project was deleted meanwhile
        return request
    kept = found.is_kept(scene_id)
    return replace(request, breakdown=found.scenes.get(scene_id), film=found.whole, kept=kept)


async def draft_shot(runtime: Runtime, run_id: UUID, item: Item, written: Written, brief: SceneBrief) -> None:
    """The shot has an idea: row and event say so, and the item keeps all that the next phase needs.

    This is its delivery: the text reaches the user with this event, and is paid however the run ends.
    """
    project_id, scene_id, *_ = await _scene_of(runtime, run_id)
    output = {**(item.output or {}), "idea": asdict(written.idea), "fallback": written.fallback_reason}
    async with step(runtime, runtime.leases.current(run_id)) as current:
        moved = await current.move(
            [item.key],
            to="running",
            from_phase="creating",
            phase="drafting",
            outputs={item.key: output},
            delivered=True,
        )
        if moved:
            async with mirrored(current.tx):
                await write_draft(
                    current.tx,
                    _id(item),
                    idea=written.idea.idea,
                    shot_type=written.idea.shot_type,
                    dialogue=written.idea.dialogue,
                    packet={"shot": asdict(written.idea)},
                )
            _emit_shot(current, item, project_id, scene_id, "drafting", output, draft_prompt(written.idea.idea, brief))


async def finish_shot(runtime: Runtime, run_id: UUID, key: str) -> UUID:
    """Enrich a drafted shot and make it ready; returns its id."""
    project_id, scene_id, *_ = await _scene_of(runtime, run_id)
    item, prompt = await _enriched(runtime, run_id, key, scene_id)

    async def mirror(tx: Tx) -> None:
        await write_prompt(tx, _id(item), visual_prompt=prompt)

    async def emit(current: Step, phase: Phase) -> None:
        _emit_shot(current, item, project_id, scene_id, phase, item.output, prompt)

    async with step(runtime, runtime.leases.current(run_id)) as current:
        if await current.move([key], to="running", from_phase="drafting", phase="enriching"):
            async with mirrored(current.tx):
                await mirror(current.tx)
            await emit(current, "enriching")
    end = ItemEnd(key, "succeeded", (("running", "enriching"),), phase="ready")
    await end_item(runtime, run_id, end, mirror, emit=partial(emit, phase="ready"))
    return _id(item)


async def _enriched(runtime: Runtime, run_id: UUID, key: str, scene_id: UUID) -> tuple[Item, str]:
    """A drafted item, and its prompt: told from its idea, its scene and the shot before it.

    Raises:
        NotFound: there is no such item, or it has no idea yet.
    """
    async with runtime.begin() as tx:
        item = await find_item(tx, run_id, key)
        brief = await read_brief(tx, scene_id) or SceneBrief(number=1)
        before = await find_item(tx, run_id, f"shot/{item.position - 1}") if item else None
    if item is None or item.output is None:
        raise NotFound(f"run {run_id} has no drafted item {key}")
    former = _idea(before) if before and "idea" in (before.output or {}) else None
    return item, visual_prompt(_idea(item), brief, former)


async def _scene_of(runtime: Runtime, run_id: UUID) -> tuple[UUID, UUID, int, int]:
    """Project and scene, the number that the shots come after, and how many the scene is to have in all (or 0)."""
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id)
    if run is None or run.project_id is None:
        raise NotFound(f"no run {run_id}")
    params = run.params
    return run.project_id, UUID(params["sceneId"]), int(params.get("numbersAfter", 0)), int(params.get("sceneShots", 0))


def _label(brief: SceneBrief, item: Item) -> str:
    """Label that a person knows the shot by."""
    return shot_label(brief.number, (item.output or {}).get("number"))


def _id(item: Item) -> UUID:
    assert item.entity_id is not None, "an item of gen-shots is a shot"
    return item.entity_id


def _idea(item: Item) -> ShotIdea:
    idea = kept_idea((item.output or {})["idea"])
    assert idea is not None, "gen-shots wrote it whole"
    return idea


def _emit_shot(
    current: Step,
    item: Item,
    project_id: UUID,
    scene_id: UUID,
    phase: Phase,
    output: Any,
    prompt: str | None = None,
) -> None:
    idea = ShotIdea(**output["idea"]) if phase != "creating" else None
    event = shot(
        shot_id=_id(item),
        project_id=project_id,
        scene_id=scene_id,
        shot_number=output["number"],
        status=phase,
        title=shot_title(idea) if idea else None,
        description=idea.idea if idea else None,
        visual_prompt=prompt,
    )
    current.emit("shot", event)
