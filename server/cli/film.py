"""`wzrd film`: a screenplay goes in, a film comes out. Shots, panels, clips and cut, watched; then two files."""

import asyncio
import hashlib
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from rich.console import Console
from rich.text import Text

from server.cli import DONE, FAILED
from server.cli.board import Board, SceneBoard, plural
from server.cli.caller import (
    Begin,
    Caller,
    CommandFailed,
    JsonOption,
    UserOption,
    calling,
    identify,
    integer_between,
    opened,
)
from server.cli.context import home_of, read_settings
from server.cli.screenplay import describe, read_screenplay
from server.cli.shots import ask, list_boards, write_scenes
from server.cli.stages import Stage, StageView, choose_stage_view
from server.cli.start import bring_up
from wzrd.client import Event, UnifiedGenerationService
from wzrd.domain.errors import Conflict
from wzrd.domain.ids import derive

FILM, SHEET = "film.mp4", "storyboard.png"
ANIMATIC = "animatic"
REOPENABLE = frozenset({"failed", "partial", "canceled"})
REQUESTS = "film/"
LONGEST_ERRORS = 5
CUT_STAGES = {
    "syncing_assets": "reading the timeline",
    "preflighting_assets": "checking what there is",
    "provider_processing": "conforming clips, scoring",
    "downloading_assets": "joining",
    "uploading_final_video": "storing",
}
"""The documented stages of a cut, as a person would say what happens here."""


@dataclass(slots=True)
class Production:
    """A film on its way, and what has come of it."""

    caller: Caller
    begin: Begin
    project_id: UUID
    console: Console
    as_json: bool
    board: Board = field(default_factory=lambda: Board([]))
    kept: int = 0
    before: int = 0
    after: int = 0
    begun: float = field(default_factory=time.monotonic)
    running: list[UUID] = field(default_factory=list[UUID])
    result: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sheet_url: str = ""

    @property
    def seconds(self) -> float:
        """Since it was begun."""
        return time.monotonic() - self.begun


async def film(
    script: Path,
    *,
    out: Path = Path("out"),
    shots: Annotated[int | None, integer_between(1, 6)] = None,
    user: UserOption = None,
    json_output: JsonOption = False,
) -> int:
    """Make a film of a screenplay, and watch: `film.mp4` and `storyboard.png` in a folder.

    What is unchanged since the last time is used again: shots of scenes that read the same, pictures, clips, voices.

    Args:
        script: The screenplay (Fountain or JSON).
        out: The folder, made if it is not there.
        shots: Shots a scene, 1 to 6; without it as many as a scene's length asks for.
        user: For whom: an email or an id; without it the first user.
        json_output: One event a line, as JSON.
    """
    screenplay, content = read_screenplay(script)
    folder = _folder(out)
    await bring_up(home_of(read_settings()))
    caller = await identify(user)
    async with opened(caller.stack.database_url) as begin:
        console = Console(highlight=False, quiet=json_output)
        project_id, headline = await ensure_project(caller, begin, screenplay, content, script, shots)
        console.print()
        console.print(headline, soft_wrap=True, end="\n\n" if console.is_terminal else "\n")
        production = Production(caller, begin, project_id, console, json_output)
        code = await produce(production, folder, shots)
    if code == DONE:
        print_summary(production, folder)
    return code


def _folder(out: Path) -> Path:
    """The folder for the files, made now, so that a wrong name is told before any work.

    Raises:
        CommandFailed: it cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandFailed(f"{out}: {error.strerror or error}", remedy="name another folder with --out") from error
    return out


async def ensure_project(
    caller: Caller, begin: Begin, screenplay: Any, content: bytes, file: Path, shots: int | None
) -> tuple[UUID, Text]:
    """Import the file once: the project's id comes from whose it is and what is in it. Returns id and headline."""
    from wzrd.db.screenplays import carry_shots_over, insert_screenplay  # noqa: PLC0415 - a second of imports

    project_id = derive(caller.user_id, "film", hashlib.sha256(content).hexdigest(), shots or 0)
    kept = 0
    try:
        async with begin() as tx:
            await insert_screenplay(tx, user_id=caller.user_id, project_id=project_id, screenplay=screenplay)
            kept = await carry_shots_over(tx, caller.user_id, project_id, count=shots)
        state = f"imported from {file.name}" + (f", {plural(kept, 'scene')} as before" if kept else "")
    except Conflict:
        state = f"{file.name}, imported before"
    headline = Text(screenplay.title, "bold")
    return project_id, headline.append(f"  {describe(screenplay)}\n{state}", "dim")


async def produce(production: Production, folder: Path, shots: int | None) -> int:
    """All stages, one after another; the exit code."""
    from wzrd.db.ledger import read_balance  # noqa: PLC0415 - a second of imports

    caller, begin = production.caller, production.begin
    async with begin() as tx:
        production.before = await read_balance(tx, caller.user_id)
    if not await write_shots(production, shots):
        return FAILED
    stages = [Stage("panels"), Stage("clips"), Stage("cut", 100, percent=True)]
    try:
        async with calling(caller) as client, choose_stage_view(stages, as_json=production.as_json) as view:
            good = await make_media(production, client, view, stages[0], "images")
            good = good and await make_media(production, client, view, stages[1], "videos")
            good = good and await make_cut(production, client, view, stages[2])
            if good:
                await fetch_files(production, client, folder)
    except asyncio.CancelledError:
        if production.running:
            going = " ".join(str(run_id)[:8] for run_id in production.running)
            print(f"still being made: {going}; stop one with `wzrd cancel RUN`", file=sys.stderr)
        raise
    async with begin() as tx:
        production.after = await read_balance(tx, caller.user_id)
    return DONE if good else FAILED


async def write_shots(production: Production, shots: int | None) -> bool:
    """Shots for every scene that has none; whether all were written."""
    from wzrd.db.projects import list_scenes  # noqa: PLC0415 - a second of imports

    caller, begin, project_id = production.caller, production.begin, production.project_id
    boards = await list_boards(begin, project_id, count=shots)
    async with begin() as tx:
        written = {scene.scene_id for scene in await list_scenes(tx, project_id) if scene.shots >= 1}
    await reopen_failed(caller, project_id)
    board = Board([board for board in boards if board.scene_id not in written])
    production.board, production.kept = board, len(written)
    if board.scenes:
        as_json = production.as_json
        await write_scenes(
            caller, begin, board, lambda scene: ask(project_id, scene, request_id(scene)), as_json=as_json
        )
    return not board.failed


def request_id(scene: SceneBoard) -> str:
    """The same scene's request is the same run, however often the film is made."""
    return f"{REQUESTS}{scene.scene_id}/{scene.count}"


async def reopen_failed(caller: Caller, project_id: UUID) -> None:
    """A scene that could not be written last time gets its next attempt: a film can be made again after any end."""
    async with calling(caller) as client:
        for run in await client.runs(limit=500, project_id=project_id):
            if run.request_id.startswith(REQUESTS) and run.status in REOPENABLE:
                await client.retry(run.id, ended_attempt=run.attempt)


async def make_media(
    production: Production, client: UnifiedGenerationService, view: StageView, stage: Stage, phase: str
) -> bool:
    """One phase of auto-generate, followed to its end; whether every shot has what it needs."""
    stage.begin()
    answer = await client.auto_generate(production.project_id, phase, model=ANIMATIC)
    stage.total, kept = answer.total, answer.skipped
    stage.done = stage.reused = kept
    view.changed(stage)
    async for event in _followed(production, client, answer.run_id):
        _take(stage, event, kept)
        if event.name == "complete":
            production.sheet_url = str(event.data.get("sheetUrl") or "") or production.sheet_url
            stage.reused = kept + int(event.data.get("reused") or 0)
            stage.end(str(event.data.get("error") or "") if event.data.get("status") == "canceled" else "")
        elif event.name == "error":
            stage.end(str(event.data.get("error") or "failed"))
        view.changed(stage, event)
    return stage.state == "done"


def _take(stage: Stage, event: Event, kept: int) -> None:
    match event.name, event.data:
        case "progress", {"completed": int(completed), "failed": int(failed)}:
            stage.done, stage.failed = kept + completed, failed
        case "shot", {"status": "failed", "shotNumber": number, "error": error}:
            if len(stage.errors) < LONGEST_ERRORS:
                stage.errors.append(f"shot {number}: {error}")
        case "shot", {"status": status, "shotNumber": number}:
            stage.detail = f"shot {number} {status}"
        case _:
            pass


async def make_cut(production: Production, client: UnifiedGenerationService, view: StageView, stage: Stage) -> bool:
    """Director's Cut, followed to its end; whether there is a film."""
    stage.begin()
    view.changed(stage)
    job = await client.director_cut("create", projectId=str(production.project_id), settings={})
    async for event in _followed(production, client, UUID(str(job["jobId"]))):
        stage.done = int(event.data.get("progress") or stage.done)
        stage.detail = CUT_STAGES.get(str(event.data.get("stage")), stage.detail)
        if event.name == "complete":
            production.result = event.data
            stage.end("" if event.data.get("outputUrl") else str(event.data.get("error") or event.data.get("status")))
        elif event.name == "error":
            stage.end(str(event.data.get("error") or "failed"))
        view.changed(stage, event)
    return stage.state == "done"


async def _followed(production: Production, client: UnifiedGenerationService, run_id: UUID) -> AsyncGenerator[Event]:
    """The run's events; while they come, the run counts as under way."""
    production.running.append(run_id)
    async with aclosing(client.follow(run_id)) as events:
        async for event in events:
            yield event
    production.running.remove(run_id)


async def fetch_files(production: Production, client: UnifiedGenerationService, folder: Path) -> None:
    """Film and contact sheet into the folder, each whole or not at all."""
    await client.download(str(production.result["outputUrl"]), folder / FILM)
    if production.sheet_url:
        await client.download(production.sheet_url, folder / SHEET)


def print_summary(production: Production, folder: Path) -> None:
    """The sum, and where to look."""
    if production.as_json:
        return
    console, spent = production.console, production.before - production.after
    size = (folder / FILM).stat().st_size / 1e6
    seconds = production.result.get("seconds")
    length = f"{int(seconds) // 60}:{int(seconds) % 60:02d} min, " if isinstance(seconds, int | float) else ""
    line = Text("" if console.is_terminal else "\n").append("✓ ", "green").append(str(folder / FILM), "bold")
    line.append(f"  {length}{size:.1f} MB · made in {production.seconds:.1f} s · {plural(spent, 'credit')}")
    console.print(line, soft_wrap=True)
    console.print(Text(f"  {folder / SHEET}  the storyboard", "dim"), soft_wrap=True)
    stack = production.caller.stack
    console.print(Text(f"  {stack.prefect_ui_url}/runs  every step, in Prefect", "dim"), soft_wrap=True)
    console.print(Text(f"  {production.result['outputUrl']}  plays in a browser", "dim"), soft_wrap=True)
