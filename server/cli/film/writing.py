"""`wzrd film`, its first stages: the price, a model that reads the scenes, and the shots."""

from collections.abc import Collection
from uuid import UUID

from server.cli.board import Board, SceneBoard
from server.cli.budget import NO_BUDGET, Budget
from server.cli.film.price import price_film
from server.cli.film.speech import NOT_CONFIGURED
from server.cli.film.spending import print_spending
from server.cli.film.stages import Production, read_scenes
from server.cli.shots import ask, boards_of, write_scenes
from wzrd.client import GenerationError, UnifiedGenerationService
from wzrd.contracts.breakdown import ReadingPlan
from wzrd.contracts.gen_shots import GenShotsRequest
from wzrd.contracts.wire import dumps
from wzrd.domain.credits import split_shots
from wzrd.domain.pacing import shots_wanted

RULES = "rules"
REOPENABLE = frozenset({"failed", "partial", "canceled"})
REQUESTS = "film/"


async def price_and_read(production: Production, shots: int | None, reader: str) -> bool:
    """Tell the price, and have a model read the scenes where one is to; then the price of what is left, anew.

    Returns True if clips are paid.

    Raises:
        CommandFailed, GenerationError: as `print_price`; or a model is to read that cannot be asked.
    """
    reading = await plan_reading(production, shots, reader)
    dear = (reading is not None or not production.models.free) and await print_price(production, shots, reading)
    if reading is None:
        return dear
    await read_scenes(production, reading)
    await production.keep_former_shots()
    return not production.models.free and await print_price(production, shots)


async def plan_reading(production: Production, shots: int | None, reader: str) -> ReadingPlan | None:
    """The scenes that a model is to read, and its price; None where the rules read, or all is written already.

    Raises:
        GenerationError: the model cannot be asked, and the rules may not stand in.
    """
    if reader == RULES or not (await _unwritten(production, shots))[0]:
        return None
    try:
        return await production.client.plan_reading(production.project_id)
    except GenerationError as error:
        if reader != "auto" or error.status != NOT_CONFIGURED:
            raise
        production.console.print(f"read by rule: {error.message}", style="yellow", soft_wrap=True)
    await production.keep_former_shots()
    return None


async def print_price(production: Production, shots: int | None, reading: ReadingPlan | None = None) -> bool:
    """Say what is still to be paid; True if clips are.

    Raises:
        CommandFailed: it may be more than the budget; nothing has been made.
        GenerationError: a model is refused.
    """
    unwritten, _ = await _unwritten(production, shots)
    price = await price_film(production.client, production.project_id, production.models, unwritten, reading)
    if production.as_json:
        print(dumps({"stage": "price", "event": "price", "data": price.facts()}).decode(), flush=True)
    print_spending(production.console, price.spending)
    production.console.print(price.text(), soft_wrap=True, end="\n\n" if production.console.is_terminal else "\n")
    price.check(await production.left())
    return price.clips_credits > 0


async def _unwritten(production: Production, shots: int | None) -> tuple[list[SceneBoard], int]:
    """The scenes that have no shots yet, and how many have. Without a count, as many shots as happens in each."""
    client, project_id = production.client, production.project_id
    scenes = await client.scenes(project_id)
    counts = shots or [shots_wanted(one) for one in (await client.breakdown(project_id)).breakdown.scenes]
    boards = boards_of(scenes, count=counts)
    production.scene_numbers = {str(board.scene_id): board.number for board in boards}
    written = {scene.id for scene in scenes.scenes if scene.shots}
    asked = {run.request_id for run in await client.runs(limit=500, project_id=project_id)}
    begun = {board.scene_id for board in boards if _is_begun(board, asked)}
    return [board for board in boards if board.scene_id in begun or board.scene_id not in written], len(written - begun)


def _is_begun(scene: SceneBoard, asked: Collection[str]) -> bool:
    """True if some of the scene's requests have been made, and not all."""
    ids = [request.request_id for request in requests_for(scene.scene_id, scene)]
    return any(one in asked for one in ids) and not all(one in asked for one in ids)


async def write_shots(production: Production, shots: int | None) -> bool:
    """Shots for every scene that has none; whether all were written."""
    client, project_id = production.client, production.project_id
    unwritten, production.kept = await _unwritten(production, shots)
    await reopen_failed(client, project_id)
    board = production.board = Board(unwritten)
    if board.scenes:
        as_json = production.as_json
        limits = production.models.budget.share(sum(len(split_shots(scene.count)) for scene in board.scenes))
        await write_scenes(client, board, lambda scene: requests_for(project_id, scene, limits), as_json=as_json)
    production.spent += sum(scene.charged for scene in board.scenes)
    production.paid += [run_id for scene in board.scenes for run_id in scene.runs]
    return not board.failed


def requests_for(project_id: UUID, scene: SceneBoard, budget: Budget = NO_BUDGET) -> list[GenShotsRequest]:
    """Requests for a scene's shots: each is the same run, however often the film is made."""
    parts = split_shots(scene.count)
    named = f"{REQUESTS}{scene.scene_id}/{scene.count}"
    ids = [named] if len(parts) == 1 else [f"{named}/{at}" for at in range(1, len(parts) + 1)]
    return [ask(project_id, scene, part, part_id, budget) for part, part_id in zip(parts, ids, strict=True)]


async def reopen_failed(client: UnifiedGenerationService, project_id: UUID) -> None:
    """A scene that could not be written last time gets its next attempt: a film can be made again after any end."""
    for run in await client.runs(limit=500, project_id=project_id):
        if run.request_id.startswith(REQUESTS) and run.status in REOPENABLE:
            await client.retry(run.id, ended_attempt=run.attempt)
