"""The steps of gen-shots, each one transaction and each repeatable: place the rows, draft a shot, enrich it.

A phase is what it says: `creating` the row stands, `drafting` it has an idea, `enriching` it has its prompt,
`ready` nothing is missing. The guard on the item's phase makes a repeated step do nothing.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import UUID

from prefect import get_run_logger
from prefect.cache_policies import NO_CACHE

from blocks.resolve import runtime_for_process
from tasks.retrying import FinishedStep, step_task
from wzrd.contracts.gen_shots import Phase, shot
from wzrd.db.engine import Tx, mirrored
from wzrd.db.items import Item, find_item, list_items
from wzrd.db.runs import find_run
from wzrd.db.screenplays import read_brief
from wzrd.db.shots import list_scene_shots, lock_scene, place_shots, write_draft, write_prompt
from wzrd.domain.errors import NotFound
from wzrd.domain.prompts import draft_prompt, shot_title, visual_prompt
from wzrd.domain.shots import SceneBrief, ShotIdea, shot_label
from wzrd.runs.item_ends import ItemEnd, end_item
from wzrd.runs.steps import Step, step
from wzrd.runtime.process import Runtime
from wzrd.storyboard.scene_writer import WritingRequest, Written, write_missing


@step_task(name="place rows", cache_policy=NO_CACHE)
async def place_rows(run_id: UUID) -> str:
    """Insert the run's blank shots, numbered under the scene's lock, in one transaction; returns how many, in words."""
    runtime = await runtime_for_process()
    project_id, scene_id, floor = await _scene_of(runtime, run_id)
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
    return f"{len(moved)} shots placed"


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


_drafted: dict[UUID, asyncio.Queue[tuple[str, str] | None]] = {}
"""The runs whose scenes are being written in this process, and their shots that can go on."""


def _announce(run_id: UUID, key: str, label: str) -> None:
    if run_id in _drafted:
        _drafted[run_id].put_nowait((key, label))


async def drafts(run_id: UUID, placed: FinishedStep[str] | None = None) -> AsyncGenerator[tuple[str, str]]:
    """Have the scene written, and yield each shot as soon as it can go on: its key, and what a person calls it.

    The writing is drawn below `placed`.

    Raises:
        NotConfigured, ProviderError: as `write_missing`, after all that could be drafted.
    """
    ready = _drafted[run_id] = asyncio.Queue[tuple[str, str] | None]()
    writing = asyncio.create_task(write_scene.after(placed)(run_id), name="write scene")
    writing.add_done_callback(lambda _: ready.put_nowait(None))
    try:
        while (shot_ready := await ready.get()) is not None:
            yield shot_ready
        await writing
    finally:
        writing.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await writing
        if _drafted.get(run_id) is ready:
            del _drafted[run_id]


@step_task(name="write scene", cache_policy=NO_CACHE)
async def write_scene(run_id: UUID) -> None:
    """Have the missing shots written, and draft each as it arrives; `drafts` yields each one that can go on."""
    runtime = await runtime_for_process()
    lease = runtime.leases.current(run_id)
    _, scene_id, _ = await _scene_of(runtime, run_id)
    async with runtime.begin() as tx:
        items = await list_items(tx, run_id)
        brief = await read_brief(tx, scene_id) or SceneBrief(number=1)
        earlier = await list_scene_shots(tx, scene_id, but=[_id(item) for item in items])
    for item in items:
        if item.status == "running" and item.phase in {"drafting", "enriching"}:
            _announce(run_id, item.key, _label(brief, item))
    waiting = [item for item in items if item.phase == "creating"]
    known = tuple(str((item.output or {})["idea"]["idea"]) for item in items if "idea" in (item.output or {}))
    request = WritingRequest(brief, len(waiting), tuple(line.prompt_idea or "" for line in earlier), known)
    async with aclosing(write_missing(runtime, lease, request)) as writing:
        async for written in writing:
            item = waiting.pop(0)
            await draft_shot(runtime, run_id, item, written, brief)
            label = _label(brief, item)
            get_run_logger().info("%s: %s", label, written.idea.idea)
            _announce(run_id, item.key, label)


async def draft_shot(runtime: Runtime, run_id: UUID, item: Item, written: Written, brief: SceneBrief) -> None:
    """The shot has an idea: row and event say so, and the item keeps all that the next phase needs.

    This is its delivery: the text reaches the user with this event, and is paid however the run ends.
    """
    project_id, scene_id, _ = await _scene_of(runtime, run_id)
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


@step_task(name="finish shot", task_run_name="{label}", persist_result=True)
async def finish_shot(run_id: UUID, key: str, label: str) -> str:
    """Enrich a drafted shot and make it ready; returns its id."""
    runtime = await runtime_for_process()
    project_id, scene_id, _ = await _scene_of(runtime, run_id)
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
    get_run_logger().info("%s: ready", label)
    end = ItemEnd(key, "succeeded", (("running", "enriching"),), phase="ready")
    await end_item(runtime, run_id, end, mirror, emit=partial(emit, phase="ready"))
    return str(item.entity_id)


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


async def _scene_of(runtime: Runtime, run_id: UUID) -> tuple[UUID, UUID, int]:
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id)
    if run is None or run.project_id is None:
        raise NotFound(f"no run {run_id}")
    return run.project_id, UUID(run.params["sceneId"]), int(run.params.get("numbersAfter", 0))


def _label(brief: SceneBrief, item: Item) -> str:
    """What a person calls the shot."""
    return shot_label(brief.number, (item.output or {}).get("number"))


def _id(item: Item) -> UUID:
    assert item.entity_id is not None, "an item of gen-shots is a shot"
    return item.entity_id


def _idea(item: Item) -> ShotIdea:
    return ShotIdea(**(item.output or {})["idea"])


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
