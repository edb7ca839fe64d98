"""What a gen-shots request becomes: its scene, its items, its price, its first event. Asked by route, flow and CLI."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from wzrd.contracts.events import News
from wzrd.contracts.gen_shots import meta
from wzrd.db.projects import Place, find_place
from wzrd.db.runs import NewItem
from wzrd.domain.credits import DEFAULT_SHOTS, clamp_shot_count
from wzrd.domain.errors import BadRequest, NotFound
from wzrd.domain.ids import derive, parse_uuid
from wzrd.runs.start import NewRun, Started, start
from wzrd.runtime.process import Runtime

KIND = "gen-shots"
MAX_TITLE = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller wants; ids as the caller wrote them. `user_id` None means the project's owner (Prefect's form)."""

    user_id: UUID | None
    project_id: str
    scene_id: str | None = None
    shot_count: float | None = None
    request_id: str | None = None
    numbers_after: int = 0
    flow_run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """The run, and where it works."""

    started: Started
    request_id: str
    project_id: UUID
    scene_id: UUID
    shot_count: int


async def resolve_place(runtime: Runtime, wanted: Wanted) -> Place:
    """The project and scene that are meant, in a short transaction that is given back at once.

    Raises:
        NotFound: the project or the named scene is not there, or not the caller's.
        BadRequest: the project has no scene.
    """
    project_id = parse_uuid(wanted.project_id)
    scene_id = parse_uuid(wanted.scene_id) if wanted.scene_id else None
    place = None
    if project_id is not None:
        async with runtime.begin() as tx:
            place = await find_place(tx, project_id, scene_id, user_id=wanted.user_id)
    if place is None:
        raise NotFound("Project not found or access denied")
    if wanted.scene_id and (scene_id is None or place.scene_id is None):
        raise NotFound("Scene not found or access denied")
    if place.scene_id is None:
        raise BadRequest("No scene found for project")
    return place


def _label(place: Place) -> str:
    """What a person calls this work."""
    return f"{place.title[:MAX_TITLE] or 'Untitled'}, scene {place.scene_number}"


async def open_gen_shots(runtime: Runtime, wanted: Wanted, *, latency: Callable[[], int]) -> Opened:
    """Start or join the run. `latency()` tells the milliseconds since the request's receipt.

    Raises:
        NotFound, BadRequest: as `resolve_place`.
        Conflict, InsufficientCredits, TooMany: as `wzrd.runs.start.start`.
    """
    place = await resolve_place(runtime, wanted)
    assert place.scene_id is not None
    scene_id = place.scene_id
    count = clamp_shot_count(DEFAULT_SHOTS if wanted.shot_count is None else wanted.shot_count)
    request_id = wanted.request_id or str(uuid.uuid4())

    def first_event() -> News:
        data = meta(request_id=request_id, project_id=place.project_id, scene_id=scene_id, latency=latency())
        return News("meta", data)

    new = NewRun(
        kind=KIND,
        user_id=place.user_id,
        project_id=place.project_id,
        request_id=request_id,
        identity={"projectId": str(place.project_id), "sceneId": str(scene_id), "shotCount": count},
        extra={"numbersAfter": wanted.numbers_after, "label": _label(place)},
        items=lambda run_id: [
            NewItem(f"shot/{i}", i, "shot", derive(run_id, "shot", i), price=0) for i in range(1, count + 1)
        ],
        first_event=first_event,
        reference_id=str(scene_id),
        flow_run_id=wanted.flow_run_id,
    )
    started = await start(runtime, new)
    return Opened(started, request_id, place.project_id, scene_id, count)
