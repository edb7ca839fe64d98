"""`wzrd shots`: have a project's scenes written as shots, and watch."""

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from typing import Annotated
from uuid import UUID

from cyclopts import Parameter

from server.cli import DONE, FAILED, UsageError
from server.cli.board import Board, SceneBoard, plural
from server.cli.budget import NO_BUDGET, Budget
from server.cli.caller import JsonOption, ProjectName, UserOption, calling, identify, integer_between, one_line_error
from server.cli.live import BoardView, choose_view
from wzrd.client import GenerationError, UnifiedGenerationService
from wzrd.contracts.gen_shots import GenShotsRequest
from wzrd.contracts.projects import SceneList
from wzrd.domain.errors import BadRequest, NotFound
from wzrd.domain.project_choice import choose_project
from wzrd.domain.shown import shown_line

AT_ONCE = 3
FRAMING_SECONDS = 5.0  # no reason to hold the shots up


async def shots(
    project: ProjectName,
    *,
    scene: Annotated[tuple[int, ...], Parameter(negative=(), show_default=False)] = (),
    count: Annotated[int, integer_between(1, 6)] = 3,
    user: UserOption = None,
    json_output: JsonOption = False,
) -> int:
    """Write shots for a project's scenes, and show them as they are written.

    Args:
        scene: A scene's number; may be given more than once. Without it: every scene.
        count: Shots a scene, 1 to 6.
    """
    async with calling(await identify(user)) as client:
        project_id, _ = await find_project(client, project)
        board = Board(boards_of(await client.scenes(project_id), scene, count=count))
        begun = time.monotonic()
        await write_scenes(client, board, lambda one: [ask(project_id, one, one.count)], as_json=json_output)
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


async def find_project(client: UnifiedGenerationService, typed: str) -> tuple[UUID, str]:
    """The caller's project that is meant: id and title.

    Raises:
        NotFound: none is.
        UsageError: several are.
    """
    try:
        return choose_project(
            [(one.id, shown_line(one.title)) for one in await client.projects(typed)], shown_line(typed)
        )
    except NotFound as error:
        raise NotFound(error.message, remedy="bring one in with `wzrd import FILE`") from error
    except BadRequest as error:
        raise UsageError(error.message) from error


def boards_of(found: SceneList, numbers: Sequence[int] = (), *, count: int | Sequence[int]) -> list[SceneBoard]:
    """The project's scenes (all, or those of these numbers), `count` shots to be written for each.

    Raises:
        NotFound: the project has no scene, or none of that number.
    """
    scenes = found.scenes
    counts = [count] * len(scenes) if isinstance(count, int) else count
    known = {scene.number or 0 for scene in scenes}
    if missing := sorted(set(numbers) - known):
        raise NotFound(f"the project has no scene {missing[0]}; its scenes are {', '.join(map(str, sorted(known)))}")
    if not scenes:
        raise NotFound("the project has no scenes", remedy="bring some in with `wzrd import FILE`")
    return [
        SceneBoard(scene.id, scene.number or 0, shown_line(scene.title) or f"Scene {scene.number}", wanted)
        for scene, wanted in zip(scenes, counts, strict=True)
        if not numbers or scene.number in numbers
    ]


async def write_scenes(
    client: UnifiedGenerationService,
    board: Board,
    requests: Callable[[SceneBoard], Sequence[GenShotsRequest]],
    *,
    as_json: bool = False,
) -> None:
    """Have all scenes of the board written, a few at once, and show it. A scene's failure stays with the scene."""
    limit = asyncio.Semaphore(AT_ONCE)
    try:
        async with choose_view(board, as_json=as_json) as view:

            async def write(scene: SceneBoard) -> None:
                async with limit:
                    for request in requests(scene):
                        if scene.state != "failed":
                            await write_scene(client, view, scene, request)

            async with asyncio.TaskGroup() as group:
                for scene in board.scenes:
                    group.create_task(write(scene))
    except asyncio.CancelledError:
        if going := [str(scene.run_id)[:8] for scene in board.scenes if scene.run_id and not scene.ended]:
            print(f"still being written: {' '.join(going)}; stop one with `wzrd cancel RUN`", file=sys.stderr)
        raise


async def write_scene(
    client: UnifiedGenerationService, view: BoardView, scene: SceneBoard, request: GenShotsRequest
) -> None:
    """One request for a scene's shots, to its end."""
    scene.state = "writing"
    view.changed()
    try:
        async with aclosing(client.open_gen_shots(request)) as events:
            async for event in events:
                shot = scene.take(event)
                if shot is not None and shot.phase != "creating" and shot.framing is None:
                    await read_framings(client, scene)
                view.event(scene, event)
        if not scene.ended:
            scene.fail("the stream ended without a result")
        if scene.run_id is not None:
            scene.charged += (await client.run(scene.run_id)).credits.charged
    except GenerationError as error:
        scene.fail(one_line_error(error))
    view.changed()


async def read_framings(client: UnifiedGenerationService, scene: SceneBoard) -> None:
    """Give the scene's shots their size, lens and move, which the documented event does not carry."""
    with suppress(TimeoutError, GenerationError):
        async with asyncio.timeout(FRAMING_SECONDS):
            for item in (await client.run(scene.run_id)).items if scene.run_id else ():
                if item.framing is not None and str(item.id) in scene.shots:
                    scene.shots[str(item.id)].framing = item.framing


def print_summary(board: Board, seconds: float) -> None:
    """Sum up on stderr: how much, how long, what it cost, and who wrote it."""
    words = [f"{plural(board.ready, 'shot')} in {plural(len(board.scenes), 'scene')}", f"{seconds:.1f} s"]
    print(" · ".join([*words, plural(board.charged, "credit")]), file=sys.stderr)
    if board.fallback:
        print(f"written by the offline writer ({board.fallback})", file=sys.stderr)
    for scene in board.failed:
        print(f"scene {scene.number} failed: {scene.error}", file=sys.stderr)
