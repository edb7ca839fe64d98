"""`wzrd demo`, which is `make demo`: from nothing to a screenplay's shots on the screen, and what to try next."""

import asyncio
import hashlib
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.text import Text

from server.cli import DONE, FAILED
from server.cli.board import Board, SceneBoard, plural
from server.cli.caller import Begin, Caller, calling, identify, opened
from server.cli.context import home_of, read_settings
from server.cli.progress import Progress
from server.cli.screenplay import describe, read_screenplay
from server.cli.shots import ask, list_boards, write_scenes
from server.stack.detach import start_detached, stop
from server.stack.environment import ROOT
from server.stack.state import read_state
from wzrd.domain.errors import Conflict
from wzrd.domain.ids import derive

EXAMPLE = ROOT / "examples" / "the-nine-forty-rain.fountain"
SHOTS = 3
REOPENABLE = frozenset({"failed", "partial", "canceled"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo has made."""

    project_id: UUID
    board: Board
    seconds: float
    before: int
    after: int


async def demo(*, down: bool = False) -> int:
    """Start everything, import an example screenplay, and watch its scenes become shots.

    Running it again imports nothing twice and charges nothing twice: the same shots are shown from their runs' logs.

    Args:
        down: Stop everything at the end instead of leaving it running.
    """
    home = home_of(read_settings())
    console = Console(highlight=False)
    await bring_up(home)
    try:
        caller = await identify(None)
        async with opened(caller.stack.database_url) as begin:
            outcome = await _write(caller, begin, console)
        _tell(console, caller, outcome, going=not down)
    except asyncio.CancelledError:
        if not down:
            print(f"the stack goes on; stop it with `{program()} down`", file=sys.stderr)
        raise
    finally:
        if down:
            await asyncio.shield(stop(home))
            print("stopped", file=sys.stderr)
    return FAILED if outcome.board.failed else DONE


async def bring_up(home: Path) -> None:
    """Start the stack in `home` unless it is up.

    Raises:
        StackError: it did not come up.
    """
    state = read_state(home)
    if state is not None and state.runs() and state.ready:
        print("the stack is up already", file=sys.stderr)
        return
    with Progress() as progress:
        await start_detached(home, os.environ, progress)


async def _write(caller: Caller, begin: Begin, console: Console) -> Outcome:
    """Import and write, telling the board as it goes."""
    from wzrd.db.ledger import read_balance  # noqa: PLC0415 - a second of imports

    project_id, headline = await ensure_project(caller, begin, EXAMPLE)
    console.print()
    console.print(headline, soft_wrap=True, end="\n\n" if console.is_terminal else "\n")
    board = Board(await list_boards(begin, project_id), SHOTS)
    async with begin() as tx:
        before = await read_balance(tx, caller.user_id)
    await _reopen_failed(caller, project_id)
    begun = time.monotonic()
    await write_scenes(caller, begin, board, lambda scene: ask(project_id, scene, SHOTS, request_id(scene)))
    seconds = time.monotonic() - begun
    async with begin() as tx:
        after = await read_balance(tx, caller.user_id)
    return Outcome(project_id, board, seconds, before, after)


def request_id(scene: SceneBoard) -> str:
    """The same scene's request is the same run, however often the demo is run."""
    return f"demo/{scene.scene_id}/{SHOTS}"


async def ensure_project(caller: Caller, begin: Begin, file: Path) -> tuple[UUID, Text]:
    """Import the file once: the project's id comes from whose it is and what is in it. Returns id and headline.

    Raises:
        UnreadableScreenplay: as `read_screenplay`.
    """
    from wzrd.db.screenplays import insert_screenplay  # noqa: PLC0415 - a second of imports

    screenplay, content = read_screenplay(file)
    project_id = derive(caller.user_id, "demo", hashlib.sha256(content).hexdigest())
    try:
        async with begin() as tx:
            await insert_screenplay(tx, user_id=caller.user_id, project_id=project_id, screenplay=screenplay)
        state = "imported"
    except Conflict:
        state = "already imported"
    headline = Text(screenplay.title, "bold")
    headline.append(f"  {describe(screenplay)}\n{state} from {file.parent.name}/{file.name}", "dim")
    return project_id, headline


async def _reopen_failed(caller: Caller, project_id: UUID) -> None:
    """A run of an earlier demo that ended badly gets its next attempt: the demo can be run again after any end."""
    async with calling(caller) as client:
        for run in await client.runs(limit=100, project_id=project_id):
            if run.request_id.startswith("demo/") and run.status in REOPENABLE:
                await client.retry(run.id)


def _tell(console: Console, caller: Caller, outcome: Outcome, *, going: bool) -> None:
    """The sum, where to look, and what to try next."""
    board, spent = outcome.board, outcome.before - outcome.after
    summary = Text("" if console.is_terminal else "\n")
    summary.append("✗ " if board.failed else "✓ ", "red" if board.failed else "green")
    summary.append(f"{plural(board.ready, 'shot')} in {plural(len(board.scenes), 'scene')}", "bold")
    summary.append(f" · {outcome.seconds:.1f} s · {plural(spent, 'credit')} spent, {outcome.after:,} left")
    console.print(summary, soft_wrap=True)
    if not spent and not board.failed:
        console.print(Text("  shown from the log: these runs had ended, and nothing is charged twice", "dim"))
    if board.fallback.startswith("no_credentials:"):
        console.print(Text("  written offline; with GROQ_API_KEY set, Llama 3.3 70B writes them", "dim"))
    console.print()
    if going:
        for left, right in (*_places(caller), ("", ""), *_next_steps(outcome)):
            line = Text(f"  {left:<42}" if left else "", "cyan")
            console.print(line.append(f"  {right}" if right else "", "dim"), soft_wrap=True)


def _places(caller: Caller) -> list[tuple[str, str]]:
    return [
        (f"{caller.stack.prefect_ui_url}/runs", "Prefect: runs, steps, logs"),
        (caller.stack.api_url, "the API (docs/wire.md)"),
    ]


def _next_steps(outcome: Outcome) -> list[tuple[str, str]]:
    name, project = program(), str(outcome.project_id)[:8]
    run = next((str(scene.run_id)[:8] for scene in outcome.board.scenes if scene.run_id), "RUN")
    return [
        (f"{name} shots {project} --scene 2", "more shots for a scene"),
        (f"{name} events {run}", "what a run told, event by event"),
        (f"{name} import YOUR.fountain", "your own screenplay"),
        (f"{name} down", "stop everything; data stays"),
    ]


def program() -> str:
    """How the reader can call this program from here: in a checkout its script in .venv is not on the PATH."""
    script = Path(sys.argv[0])
    if script.name != "wzrd":
        return "wzrd"
    try:
        return str(script.absolute().relative_to(Path.cwd()))
    except ValueError:
        return "wzrd"
