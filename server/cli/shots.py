"""`wzrd shots`: have a project's scenes written as shots, and watch."""

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from cyclopts import Parameter

from server.cli import DONE, FAILED, UsageError
from server.cli.board import Board, Framing, SceneBoard, plural
from server.cli.budget import NO_BUDGET, Budget
from server.cli.caller import (
    Begin,
    Caller,
    JsonOption,
    UserOption,
    calling,
    identify,
    integer_between,
    one_line_error,
    opened,
)
from server.cli.live import BoardView, choose_view
from wzrd.client import Event, GenerationError, UnifiedGenerationService
from wzrd.contracts.gen_shots import GenShotsRequest
from wzrd.domain.credits import DEFAULT_SHOTS
from wzrd.domain.errors import BadRequest, NotFound
from wzrd.domain.pacing import shots_wanted
from wzrd.domain.project_choice import choose_project

if TYPE_CHECKING:
    from wzrd.db.engine import Tx

AT_ONCE = 3
FRAMING_SECONDS = 5.0  # no reason to hold the shots up


@dataclass(frozen=True, slots=True)
class ShotSession:
    """Context of writing scenes: the API, and the database for what the stream does not tell."""

    client: UnifiedGenerationService
    begin: Begin
    view: BoardView


async def shots(
    project: str,
    *,
    scene: Annotated[tuple[int, ...], Parameter(negative=(), show_default=False)] = (),
    count: Annotated[int, integer_between(1, 6)] = 3,
    user: UserOption = None,
    json_output: JsonOption = False,
) -> int:
    """Write shots for a project's scenes, and show them as they are written.

    Args:
        project: An id, the beginning of one, or a title.
        scene: A scene's number; may be given more than once. Without it: every scene.
        count: Shots a scene, 1 to 6.
        user: Whose project: an email or an id; without it the first user.
        json_output: One event a line, as JSON.
    """
    caller = await identify(user)
    async with opened(caller.stack.database_url) as begin:
        project_id, _ = await find_project(begin, caller.user_id, project)
        board = Board(await list_boards(begin, project_id, scene, count=count))
        begun = time.monotonic()
        await write_scenes(caller, begin, board, lambda one: [ask(project_id, one, one.count)], as_json=json_output)
    print_summary(board, time.monotonic() - begun)
    return FAILED if board.failed else DONE


def ask(
    project_id: UUID, scene: SceneBoard, count: int, request_id: str | None = None, budget: Budget = NO_BUDGET
) -> GenShotsRequest:
    """A request for `count` of one scene's shots, within the dollars of a budget."""
    return GenShotsRequest(
        project_id=str(project_id),
        scene_id=str(scene.scene_id),
        shot_count=count,
        request_id=request_id,
        scene_shots=scene.count if scene.count > count else None,
        max_usd=budget.max_usd,
        allow_unpriced=list(budget.unpriced) if budget.max_usd else [],
    )


async def find_project(begin: Begin, user_id: UUID, typed: str) -> tuple[UUID, str]:
    """The user's project that is meant: id and title.

    Raises:
        NotFound: none is.
        UsageError: several are.
    """
    from wzrd.db.projects import list_projects

    async with begin() as tx:
        projects = await list_projects(tx, user_id)
    try:
        return choose_project(projects, typed)
    except NotFound as error:
        raise NotFound(error.message, remedy="bring one in with `wzrd import FILE`") from error
    except BadRequest as error:
        raise UsageError(error.message) from error


async def list_boards(
    begin: Begin, project_id: UUID, numbers: Sequence[int] = (), *, count: int | None = None
) -> list[SceneBoard]:
    """The project's scenes (all, or those of these numbers), `count` shots to be written for each.

    Without a count, as many as what happens in the scene asks for.

    Raises:
        NotFound: the project has no scene, or none of that number.
    """
    from wzrd.db.projects import list_scenes

    async with begin() as tx:
        scenes = await list_scenes(tx, project_id)
        asked = await _shots_wanted(tx, project_id) if count is None else {}
    known = {scene.number for scene in scenes}
    if missing := sorted(set(numbers) - known):
        raise NotFound(f"the project has no scene {missing[0]}; its scenes are {', '.join(map(str, sorted(known)))}")
    if not scenes:
        raise NotFound("the project has no scenes", remedy="bring some in with `wzrd import FILE`")
    wanted = [scene for scene in scenes if not numbers or scene.number in numbers]
    return [
        SceneBoard(
            scene.scene_id,
            scene.number,
            scene.title or f"Scene {scene.number}",
            count or asked.get(scene.scene_id, DEFAULT_SHOTS),
        )
        for scene in wanted
    ]


async def _shots_wanted(tx: "Tx", project_id: UUID) -> dict[UUID, int]:
    """Number of shots for what happens in each scene."""
    from wzrd.assets.breakdowns import gather_breakdown

    found = await gather_breakdown(tx, project_id)
    return {scene_id: shots_wanted(scene) for scene_id, scene in found.scenes.items()} if found else {}


async def write_scenes(
    caller: Caller,
    begin: Begin,
    board: Board,
    requests: Callable[[SceneBoard], Sequence[GenShotsRequest]],
    *,
    as_json: bool = False,
) -> None:
    """Have all scenes of the board written, a few at once, and show it. A scene's failure stays with the scene."""
    limit = asyncio.Semaphore(AT_ONCE)
    try:
        async with calling(caller) as client, choose_view(board, as_json=as_json) as view:
            session = ShotSession(client, begin, view)

            async def write(scene: SceneBoard) -> None:
                async with limit:
                    for request in requests(scene):
                        if scene.state != "failed":
                            await write_scene(session, scene, request)

            async with asyncio.TaskGroup() as group:
                for scene in board.scenes:
                    group.create_task(write(scene))
    except asyncio.CancelledError:
        if going := [str(scene.run_id)[:8] for scene in board.scenes if scene.run_id and not scene.ended]:
            print(f"still being written: {' '.join(going)}; stop one with `wzrd cancel RUN`", file=sys.stderr)
        raise


async def write_scene(session: ShotSession, scene: SceneBoard, request: GenShotsRequest) -> None:
    """One request for a scene's shots, to its end."""
    scene.state = "writing"
    session.view.changed()
    try:
        async with aclosing(session.client.open_gen_shots(request)) as events:
            async for event in events:
                await _take(session, scene, event)
        if not scene.ended:
            scene.fail("the stream ended without a result")
        if scene.run_id is not None:
            scene.charged += (await session.client.run(scene.run_id)).credits.charged
    except GenerationError as error:
        scene.fail(one_line_error(error))
    session.view.changed()


async def _take(session: ShotSession, scene: SceneBoard, event: Event) -> None:
    shot = scene.take(event)
    if shot is not None and shot.phase != "creating" and shot.framing is None and scene.run_id is not None:
        for shot_id, framing in (await read_framings(session.begin, scene.run_id)).items():
            if shot_id in scene.shots:
                scene.shots[shot_id].framing = framing
    session.view.event(scene, event)


async def read_framings(begin: Begin, run_id: UUID) -> dict[str, Framing]:
    """Size, lens and move of the run's shots by shot id; nothing while the database is out of reach."""
    from wzrd.db.engine import is_outage
    from wzrd.db.items import list_items

    try:
        async with asyncio.timeout(FRAMING_SECONDS), begin() as tx:
            items = await list_items(tx, run_id)
    except Exception as error:
        if not isinstance(error, TimeoutError) and not is_outage(error):
            raise
        return {}
    ideas = {str(item.entity_id): (item.output or {}).get("idea") for item in items}
    return {key: Framing(idea["size"], idea["lens_mm"], idea["move"]) for key, idea in ideas.items() if idea}


def print_summary(board: Board, seconds: float) -> None:
    """Sum up on stderr: how much, how long, what it cost, and who wrote it."""
    words = [f"{plural(board.ready, 'shot')} in {plural(len(board.scenes), 'scene')}", f"{seconds:.1f} s"]
    print(" · ".join([*words, plural(board.charged, "credit")]), file=sys.stderr)
    if board.fallback:
        print(f"written by the offline writer ({board.fallback})", file=sys.stderr)
    for scene in board.failed:
        print(f"scene {scene.number} failed: {scene.error}", file=sys.stderr)
