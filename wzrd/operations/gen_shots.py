"""Run of a gen-shots request: its scene, its items, its price, its first event. Asked by route, flow and CLI."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from wzrd.contracts import encoders
from wzrd.contracts.events import NewEvent
from wzrd.contracts.gen_shots import EVENTS, done, error, meta
from wzrd.db.engine import Tx
from wzrd.db.items import Item
from wzrd.db.projects import SceneRef, find_scene, list_scenes, lock_project
from wzrd.db.runs import RunRow, find_request, list_open_runs
from wzrd.db.shots import count_scene_shots, drop_undelivered
from wzrd.domain.credits import DEFAULT_SHOTS, clamp_shot_count, gen_shots_price
from wzrd.domain.errors import BadRequest, NotFound, NothingToDo
from wzrd.domain.ids import derive, parse_uuid
from wzrd.domain.money import kept_bound
from wzrd.domain.project_choice import choose_scene, found_in_project, project_id_of
from wzrd.domain.runs import NewItem, PricedItem
from wzrd.domain.settlement import Ending, Settlement
from wzrd.runs.start import NewRun, RunParams, StartResult, start, start_in
from wzrd.runtime.kind import Kind, Replacement, entities
from wzrd.runtime.process import Runtime

KIND = "gen-shots"
MAX_TITLE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class GenShotsParams(RunParams):
    """Shots for one scene, the project's first unless `scene_id` is given, numbered after `numbers_after`.

    `only_missing`: only if the scene has none, and nobody is writing some. `scene_shots`: how many the scene is to have
    in all, where several requests write them; 0 if these are all.
    """

    scene_id: str | None = None
    shot_count: float | None = None
    numbers_after: int = 0
    only_missing: bool = False
    scene_shots: int = 0


async def resolve_scene(runtime: Runtime, params: GenShotsParams) -> SceneRef:
    """The project and scene that are meant.

    Raises:
        NotFound: the project or the named scene is not there, or not the caller's.
        BadRequest: the project has no scene.
    """
    project_id, scene_id = project_id_of(params.project_id), parse_uuid(params.scene_id)
    async with runtime.autocommit() as tx:
        found = found_in_project(await find_scene(tx, project_id, scene_id, user_id=params.user_id))
    if params.scene_id and (scene_id is None or found.scene_id is None):
        raise NotFound("Scene not found or access denied")
    if found.scene_id is None:
        raise BadRequest("No scene found for project")
    return found


async def start_meant_shots(runtime: Runtime, params: GenShotsParams) -> StartResult[None]:
    """Start or join the run of a form, where a person has named the scene: by its id, its number or its heading.

    Raises:
        NotFound, BadRequest: as `choose_scene`.
        NothingToDo, Conflict, InsufficientCredits, TooMany: as `start_gen_shots`.
    """
    project_id = parse_uuid(params.project_id)
    if params.scene_id and project_id is not None:
        async with runtime.begin() as tx:
            scenes = await list_scenes(tx, project_id)
        params = replace(params, scene_id=str(choose_scene(scenes, params.scene_id)))
    return await start_gen_shots(runtime, params)


async def start_gen_shots(
    runtime: Runtime, params: GenShotsParams, *, latency: Callable[[], int] = lambda: 0
) -> StartResult[None]:
    """Start or join the run. `latency()` returns the milliseconds since the request's receipt.

    Raises:
        NotFound, BadRequest: as `resolve_scene`.
        NothingToDo: `only_missing`, and the scene has shots, or gets some; nothing was written.
        Conflict, InsufficientCredits, TooMany: as `wzrd.runs.start.start`.
    """
    scene = await resolve_scene(runtime, params)
    assert scene.scene_id is not None
    scene_id = scene.scene_id
    count = clamp_shot_count(DEFAULT_SHOTS if params.shot_count is None else params.shot_count)
    request_id = params.request_id or str(uuid.uuid4())
    label = f"{scene.title[:MAX_TITLE] or 'Untitled'}, scene {scene.scene_number}"
    of_scene = {"sceneShots": params.scene_shots} if params.scene_shots > count else {}

    def first_event() -> NewEvent:
        data = meta(request_id=request_id, project_id=scene.project_id, scene_id=scene_id, latency=latency())
        return NewEvent("meta", data)

    new = NewRun(
        kind=KIND,
        user_id=scene.user_id,
        project_id=scene.project_id,
        request_id=request_id,
        identity={"projectId": str(scene.project_id), "sceneId": str(scene_id), "shotCount": count, **of_scene},
        extra={"numbersAfter": params.numbers_after, "label": label, **kept_bound(params.money)},
        items=lambda run_id: [
            NewItem(f"shot/{i}", i, "shot", derive(run_id, "shot", i), price=0) for i in range(1, count + 1)
        ],
        first_event=first_event,
        reference_id=str(scene_id),
        asked=params,
    )
    if not params.only_missing:
        return await start(runtime, new)
    async with runtime.user_locks.of(new.user_id), runtime.begin() as tx:
        await _check_missing(tx, new, scene_id)
        return await start_in(runtime, tx, new)


async def _check_missing(tx: Tx, new: NewRun, scene_id: UUID) -> None:
    """See that the scene has no shots and gets none, under the project's lock: of two ticks at once, one starts.

    A request that has its run already (its own shots are there) is not asked.
    """
    assert new.project_id is not None
    await lock_project(tx, new.project_id, user_id=None)
    if await find_request(tx, new.user_id, KIND, new.request_id):
        return
    if shots := await count_scene_shots(tx, scene_id):
        raise NothingToDo(f"{new.extra['label']}: it has {shots} shots")
    writing = await list_open_runs(tx, new.user_id, KIND, new.project_id)
    if run := next((run for run in writing if run.params["sceneId"] == str(scene_id)), None):
        raise NothingToDo(f"{new.extra['label']}: run {run.run_id} is writing its shots")


def _price(items: Sequence[PricedItem]) -> int:
    """The documented workflow price: it goes by the number of shots, whoever writes them."""
    return gen_shots_price(len(items))


def _terminal(ending: Ending) -> NewEvent:
    if ending.status == "succeeded":
        return NewEvent("done", done(ending.completed, request_id=ending.request_id, result=ending.result))
    return NewEvent("error", error(ending.error or "Streaming failed", request_id=ending.request_id))


def _sum_up(_run: RunRow, items: Sequence[Item]) -> Mapping[str, Any]:
    """Facts of the fallback: that the offline writer stood in, and why; empty if it did not."""
    reasons = [reason for item in items if (reason := (item.output or {}).get("fallback"))]
    return {"fallbackUsed": True, "fallbackReason": reasons[0]} if reasons else {}


async def _drop_blank_shots(tx: Tx, _run: RunRow, _ending: Settlement, open_items: Sequence[Item]) -> None:
    """Shots that were placed and never written do not stay on the storyboard; those that are paid for do."""
    await drop_undelivered(tx, entities([item for item in open_items if not item.delivered], "shot"))


async def _replace(runtime: Runtime, wanted: Replacement) -> object:
    """The shots that are missing."""
    missing = sum(item.status != "succeeded" for item in wanted.items)
    kept = wanted.replaced.params
    params = GenShotsParams(
        **wanted.common(), scene_id=kept["sceneId"], shot_count=missing, scene_shots=kept.get("sceneShots", 0)
    )
    return await start_gen_shots(runtime, params)


GEN_SHOTS = Kind(
    name=KIND,
    route="/functions/v1/gen-shots",
    resource_type="text",
    reference_type="gen_shots",
    parameters={"projectId": "project", "sceneId": "scene_id", "shotCount": "shot_count", "sceneShots": "scene_shots"},
    price=_price,
    events=EVENTS,
    encoder=encoders.gen_shots,
    terminal=_terminal,
    deployment="write-shots",
    sum_up=_sum_up,
    on_end=_drop_blank_shots,
    duplicate_key=("sceneId",),
    replace=_replace,
)
