"""A stack without its supervisor: a real database, the API on a loopback port, a worker that executes runs in-process.

The record in WZRD_HOME names this very process as the supervisor, so that commands find the stack as they always do.
"""

import asyncio
import contextlib
import io
import os
import socket
import sys
import tempfile
import threading
from collections.abc import AsyncGenerator, Generator
from dataclasses import asdict, dataclass, field
from math import inf
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from server.api.app import create_app
from server.api.serve import Server
from server.cli import invoke
from server.stack.process import identify
from server.stack.state import SECRET_FILE, StackState, write_private, write_state
from tests.playing import run_once
from tests.server.conftest import SECRET
from tests.waiting import looks
from wzrd.animatic.writer.shots import write_shots
from wzrd.contracts.gen_shots import PHASES, shot
from wzrd.db import ledger, users
from wzrd.db.items import Item, list_items
from wzrd.db.runs import find_run, list_runs
from wzrd.db.screenplays import read_brief
from wzrd.db.users import StoredUser
from wzrd.domain.errors import ProviderFailed
from wzrd.domain.prompts import shot_title
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.domain.shots import ShotIdea
from wzrd.operations import KINDS
from wzrd.runs.execute import claim, execute
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime, make_runtime
from wzrd.settings import Settings

EXAMPLES = Path(__file__).parents[3] / "examples"


class QuietServer(Server):
    """The API's server, which leaves signals to the test's own process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


@dataclass(frozen=True, slots=True)
class Ended:
    """End of a command: code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Streams(io.TextIOBase):
    """An output that each thread has for itself, so that commands may run at once; what no command says is dropped."""

    def __init__(self) -> None:
        self.of = threading.local()

    def write(self, text: str, /) -> int:
        stream: io.StringIO | None = getattr(self.of, "stream", None)
        return stream.write(text) if stream else len(text)

    def open(self) -> io.StringIO:
        self.of.stream = io.StringIO()
        return self.of.stream


OUT, ERR = Streams(), Streams()


def call(*arguments: str) -> Ended:
    """Run one command line in this process, in a thread that has no event loop yet."""
    out, err = OUT.open(), ERR.open()
    code = invoke(arguments)
    return Ended(code, out.getvalue(), err.getvalue())


async def wzrd(*arguments: str) -> Ended:
    """Run one command line in this process."""
    sys.stdout, sys.stderr = OUT, ERR  # until pytest takes them back, which it does after each phase of a test
    return await asyncio.to_thread(call, *arguments)


@dataclass
class ScriptedWorker:
    """Executes queued runs as a worker does; `pace` seconds a step. `broken`: every run fails after its first shot."""

    runtime: Runtime
    user_id: UUID
    pace: float = 0.0
    broken: bool = False
    idle: bool = False
    executing: set[UUID] = field(default_factory=set[UUID])

    async def work(self) -> None:
        async with asyncio.TaskGroup() as group:
            async for _ in looks(seconds=inf, every=0.02):
                async with self.runtime.begin() as tx:
                    found = await list_runs(tx, self.user_id, limit=50)
                for run in found:
                    if run.status == "queued" and not self.idle and run.run_id not in self.executing:
                        self.executing.add(run.run_id)
                        group.create_task(self._execute(run.run_id))

    async def _execute(self, run_id: UUID) -> None:
        lease = await claim(self.runtime, run_id, flow_run_id=None)
        if lease is not None:
            await execute(self.runtime, lease, self._write)
        self.executing.discard(run_id)

    async def _write(self, lease: Lease) -> Outcome:
        async with self.runtime.begin() as tx:
            run = await find_run(tx, lease.run_id)
            items = await list_items(tx, lease.run_id)
            assert run is not None
            assert run.project_id is not None
            scene_id = UUID(run.params["sceneId"])
            brief = await read_brief(tx, scene_id)
        assert brief is not None
        for item, idea in zip(items, write_shots(brief, len(items)), strict=True):
            if item.status != "succeeded":
                await self._deliver(lease, (run.project_id, scene_id), item, idea)
                if self.broken:
                    raise ProviderFailed("the lamp broke\nand more that only a log wants to know")
        return Outcome(result={"fallbackUsed": True, "fallbackReason": "no_credentials:groq"})

    async def _deliver(self, lease: Lease, place: tuple[UUID, UUID], item: Item, idea: ShotIdea) -> None:
        came: tuple[str, str | None] = ("pending", None)
        for phase in PHASES:
            await asyncio.sleep(self.pace)  # as slowly as the test wants it
            status = "succeeded" if phase == "ready" else "running"
            output = {"number": item.position, "idea": asdict(idea)}
            async with step(self.runtime, lease) as current:
                await current.move(
                    [item.key], from_status=(came[0],), from_phase=came[1], to=status, phase=phase,
                    outputs={item.key: output},
                )  # fmt: skip
                assert item.entity_id is not None
                values = {"title": shot_title(idea), "description": idea.idea} if phase != "creating" else {}
                event = shot(
                    shot_id=item.entity_id, project_id=place[0], scene_id=place[1], shot_number=item.position,
                    status=phase, **values,
                )  # fmt: skip
                current.emit("shot", event)
            came = ("running", phase)


@dataclass
class CliStack:
    """The stack as a test sees it."""

    home: Path
    runtime: Runtime
    user: StoredUser
    worker: ScriptedWorker
    api_url: str

    async def wzrd(self, *arguments: str) -> Ended:
        return await wzrd(*arguments)

    async def import_example(self, name: str = "queen-to-nowhere.json") -> str:
        ended = await self.wzrd("import", str(EXAMPLES / name))
        assert ended.code == 0, ended.err
        return ended.out.strip()


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """A state folder of the test's own, known to commands through the environment."""
    with tempfile.TemporaryDirectory(prefix="wzrd-t", ignore_cleanup_errors=True) as folder:
        for name in ("WZRD_TOKEN", "SUPABASE_JWT_SECRET", "SUPABASE_JWKS_URL", "WZRD_DATABASE_URL", "PREFECT_API_URL"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("WZRD_HOME", folder)
        yield Path(folder)


@pytest.fixture
async def site(home: Path, engine: AsyncEngine, database_url: str) -> AsyncGenerator[CliStack]:
    """The stack, with a first user who has 100 credits."""
    nowhere = "http://127.0.0.1:9/api"  # Prefect is not part of this: the worker finds queued runs by itself
    values = {"WZRD_DATABASE_URL": database_url, "SUPABASE_JWT_SECRET": SECRET, "PREFECT_API_URL": nowhere}
    runtime = make_runtime(Settings.model_validate({"WZRD_HOME": home, **values}), engine, KINDS)
    async with runtime.begin() as tx:
        user = await users.ensure_user(tx, None, "ada@example.org")
        await ledger.open_account(tx, user.user_id)
    listening = socket.create_server(("127.0.0.1", 0))
    api_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = QuietServer(create_app(runtime), "127.0.0.1", 0)
    worker = ScriptedWorker(runtime, user.user_id)
    tasks = [asyncio.create_task(server.serve(sockets=[listening])), asyncio.create_task(worker.work())]
    write_private(home / SECRET_FILE, SECRET)
    process = identify(os.getpid())
    assert process is not None
    write_state(home, StackState(process, api_url, database_url, nowhere, "http://127.0.0.1:9", ready=True))
    try:
        yield CliStack(home, runtime, user, worker, api_url)
    finally:
        server.should_exit = True
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await runtime.aclose()


@contextlib.asynccontextmanager
async def playing(site: CliStack) -> AsyncGenerator[None]:
    """While inside, queued runs are executed as flows do, and those that were given back once more."""
    site.worker.idle = True
    executing: set[UUID] = set()

    async def play(run_id: UUID) -> None:
        executing.add(run_id)
        await run_once(site.runtime, run_id)
        executing.discard(run_id)

    async def look() -> None:
        async for _ in looks(seconds=inf, every=0.05):
            async with site.runtime.begin() as tx:
                found = [run.run_id for run in await list_runs(tx, site.user.user_id) if run.status == "queued"]
            for run_id in found:
                if run_id not in executing:
                    group.create_task(play(run_id))

    async with asyncio.TaskGroup() as group:  # what fails ends the test: a command waits for its run for ever
        looking = group.create_task(look())
        yield
        looking.cancel()
