"""One real stack for all acceptance tests: `wzrd up --detach`, a scripted chat server as Groq, faults armed by file."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jwt
import pluggy
import pytest
from sqlalchemy import text

from server.stack.process import is_alive
from server.stack.state import ClientSettings, StackState, client_settings, read_state
from tests.fakes.chat import ChatServer, chat_server
from tests.rows import Studio, balance, make_studio
from tests.waiting import looks, until
from wzrd.contracts.sse import SseFrame, SseReader
from wzrd.db.engine import open_engine
from wzrd.operations import KINDS
from wzrd.runtime.process import Runtime, make_runtime
from wzrd.settings import Settings

ROOT = Path(__file__).parents[2]
SERVICES = "PREFECT_SERVER_SERVICES"
HASTY = {
    "PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS": "1",
    "PREFECT_SERVER_EVENTS_PROACTIVE_GRANULARITY": "PT1S",
    f"{SERVICES}_LATE_RUNS_LOOP_SECONDS": "1",
    f"{SERVICES}_PAUSE_EXPIRATIONS_LOOP_SECONDS": "1",
    f"{SERVICES}_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "1",
}
"""Seconds between the looks of Prefect's server at what is due, late or expired: here somebody waits for it."""


@dataclass(slots=True)
class Stack:
    """The running stack, as a maker and as a saboteur sees it."""

    home: Path
    faults: Path
    environment: dict[str, str]
    chat: ChatServer
    runtime: Runtime
    secret: str
    api_url: str
    http: httpx.AsyncClient
    dead: set[int] = field(default_factory=set[int])

    def token(self, user_id: uuid.UUID) -> str:
        now = int(time.time())
        claims = {"sub": str(user_id), "aud": "authenticated", "role": "authenticated", "iat": now, "exp": now + 900}
        return jwt.encode(claims, self.secret, "HS256")

    def headers(self, studio: Studio) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(studio.user_id)}"}

    async def studio(self, **more: Any) -> Studio:
        return await make_studio(self.runtime, **more)

    async def balance(self, studio: Studio) -> int:
        return await balance(self.runtime, studio.user_id)

    def pid(self, part: str) -> int:
        state = read_state(self.home)
        assert state is not None
        process = state.parts[part].process
        assert process is not None
        return process.pid

    async def kill(self, part: str, number: int = signal.SIGKILL) -> None:
        """End a part as a fault would, by the id that the supervisor recorded for its own child."""
        pid = self.pid(part)
        os.kill(pid, number)
        if number == signal.SIGKILL:
            self.dead.add(pid)

    async def healthy(self, *, seconds: float = 60) -> None:
        """Wait until every part is up again, and none of them is one that the supervisor has yet to miss."""
        async for _ in looks(seconds=seconds, every=0.05):
            state = read_state(self.home)
            parts = state.parts.values() if state and state.ready else ()
            if parts and all(p.phase == "up" and p.process and p.process.pid not in self.dead for p in parts):
                return

    @asynccontextmanager
    async def another_worker(self) -> AsyncGenerator[None]:
        """One more worker process for as long as the block lasts."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "server.cli",
            "worker",
            cwd=ROOT,
            env=self.environment,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.terminate()
            await process.wait()

    def arm(self, place: str, action: str) -> None:
        for old in self.faults.glob(f"{place}.*"):
            old.unlink()
        (self.faults / f"{place}.armed").write_text(action)

    async def wait_for_fault(self, place: str, suffix: str = "done", *, seconds: float = 60) -> None:
        """Wait until somebody ran into the fault (`held`: and stands there)."""
        await until((self.faults / f"{place}.{suffix}").exists, seconds=seconds)

    def release_fault(self, place: str) -> None:
        (self.faults / f"{place}.held").unlink(missing_ok=True)

    def post(self, studio: Studio, *, request_id: str | None = None, count: int = 3, **more: Any) -> dict[str, Any]:
        body = {"projectId": str(studio.project_id), "shotCount": count, **more}
        return {**body, "requestId": request_id} if request_id else body


@dataclass(slots=True)
class Watcher:
    """A client that reads a run's stream, comes back by Last-Event-ID whenever it was cut, and keeps all it saw."""

    stack: Stack
    studio: Studio
    body: dict[str, Any]
    frames: list[SseFrame] = field(default_factory=list[SseFrame])
    run_id: str = ""
    status: int = 0
    refusal: Any = None

    @property
    def last_id(self) -> str:
        return self.frames[-1].id or "" if self.frames else ""

    @property
    def ended(self) -> bool:
        return bool(self.frames) and self.frames[-1].event in {"done", "error"}

    async def once(self, *, stop_after: int | None = None) -> None:
        """One connection: the same POST again (or the first). `stop_after`: drop it after so many frames."""
        headers = {**self.stack.headers(self.studio), **({"last-event-id": self.last_id} if self.last_id else {})}
        request = self.stack.http.stream("POST", "/functions/v1/gen-shots", json=self.body, headers=headers)
        async with request as response:
            self.status = response.status_code
            if response.status_code != 200:
                self.refusal = json.loads(await response.aread())
                return
            self.run_id = response.headers["x-run-id"]
            await self._read(response.aiter_bytes(), stop_after)

    async def _read(self, chunks: AsyncIterator[bytes], stop_after: int | None) -> None:
        reader, seen = SseReader(), 0
        async for chunk in chunks:
            for frame in reader.feed(chunk):
                self.frames.append(frame)
                seen += 1
                if stop_after is not None and seen >= stop_after:
                    return

    async def to_the_end(self, *, seconds: float = 90) -> "Watcher":
        """Connect again until a terminal event was seen."""
        async with asyncio.timeout(seconds):
            while not self.ended:
                try:
                    await self.once()
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)  # a client's pause before it comes again
                if self.status not in {0, 200, 503}:
                    return self
        return self

    def check_whole(self, shots: int) -> None:
        """Nothing missed, nothing twice, every shot through its four phases in order, one terminal event."""
        ids = [int(frame.id or 0) for frame in self.frames]
        assert ids == sorted(set(ids)), ids
        names = [frame.event for frame in self.frames]
        assert names[0] == "meta"
        assert names.count("meta") == 1
        assert names[-1] == "done", self.frames[-1]
        phases: dict[str, list[str]] = {}
        for frame in self.frames:
            if frame.event == "shot":
                data = json.loads(frame.data)
                phases.setdefault(data["id"], []).append(data["status"])
        assert len(phases) == shots
        assert all(seen == ["creating", "drafting", "enriching", "ready"] for seen in phases.values()), phases
        assert json.loads(self.frames[-1].data)["total"] == shots


def watch(stack: Stack, studio: Studio, **more: Any) -> Watcher:
    """A watcher of a new request with a key of its own."""
    return Watcher(stack, studio, stack.post(studio, request_id=str(uuid.uuid4()), **more))


async def shot_rows(stack: Stack, studio: Studio) -> list[tuple[int, str | None]]:
    """The project's shots as the studio's table has them."""
    statement = text("select shot_number, visual_prompt from public.shots where project_id = :id order by shot_number")
    async with stack.runtime.begin() as tx:
        return [(row[0], row[1]) for row in await tx.execute(statement, {"id": studio.project_id})]


def wzrd(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run one command line to its end, through pipes that it must let go of."""
    command = [sys.executable, "-m", "server.cli", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, text=True, capture_output=True, timeout=180, check=False)


@pytest.fixture(scope="package")
async def stack() -> AsyncGenerator[Stack]:
    """Started once; every test uses users and projects of its own."""
    async with open_stack() as made:
        yield made


@asynccontextmanager
async def open_stack(**more: str) -> AsyncGenerator[Stack]:
    """A stack of its own in a home of its own, `more` in its environment; ended afterwards."""
    async with chat_server() as chat:
        with tempfile.TemporaryDirectory(prefix="wzrd-a", ignore_cleanup_errors=True) as folder:
            home, faults = Path(folder) / "home", Path(folder) / "faults"
            for path in (Path(folder), faults):
                path.mkdir(exist_ok=True)
                path.chmod(0o755)
            kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG", "TMPDIR"}}
            environment = kept | {
                "WZRD_HOME": str(home),
                "WZRD_FAULTS_DIR": str(faults),
                "GROQ_API_KEY": "test-key",
                "GROQ_BASE_URL": chat.base_url,
                "WZRD_LEASE_SECONDS": "3",
                **HASTY,
                **more,
            }
            _homes.append(home)
            given = await up(environment)
            try:
                async with _opened(given, home, faults, environment, chat) as made:
                    yield made
            finally:
                await _down(environment)


async def up(environment: dict[str, str]) -> ClientSettings:
    """Start everything as a newcomer does; it is up when the command has ended, which says where."""
    ended = await asyncio.to_thread(wzrd, environment, "up", "--detach")
    assert ended.returncode == 0, ended.stderr
    found = client_settings(Path(environment["WZRD_HOME"]))
    assert found.api_url in ended.stdout
    assert found.prefect_ui_url in ended.stdout
    return found


async def _down(environment: dict[str, str]) -> None:
    """Stop everything: nothing of it runs when the command has ended, and `wzrd status` says so."""
    state = read_state(Path(environment["WZRD_HOME"]))
    assert state is not None
    assert (await asyncio.to_thread(wzrd, environment, "down")).returncode == 0
    assert living(state) == []
    assert (await asyncio.to_thread(wzrd, environment, "status")).returncode == 1


def living(state: StackState) -> list[int]:
    """Of all processes that a state records, those that run."""
    recorded = (state.supervisor, *(part.process for part in state.parts.values()))
    return [one.pid for one in recorded if one and is_alive(one)]


@asynccontextmanager
async def _opened(
    given: ClientSettings, home: Path, faults: Path, environment: dict[str, str], chat: ChatServer
) -> AsyncGenerator[Stack]:
    assert given.jwt_secret is not None
    engine = open_engine(given.database_url)
    port = httpx.URL(given.api_url).port  # what the test stores has the address that the server answers at
    values = {"WZRD_HOME": home, "WZRD_DATABASE_URL": given.database_url, "WZRD_PORT": port}
    runtime = make_runtime(Settings.model_validate(values), engine, KINDS)
    async with httpx.AsyncClient(base_url=given.api_url, timeout=httpx.Timeout(60, connect=5)) as http:
        yield Stack(home, faults, environment, chat, runtime, given.jwt_secret, given.api_url, http)
    await runtime.aclose()
    await engine.dispose()


@pytest.fixture(autouse=True)
async def _clean(stack: Stack) -> AsyncGenerator[None]:
    """Every test begins with a healthy stack, no armed fault and an empty script."""
    for mark in stack.faults.iterdir():
        mark.unlink()
    stack.chat.script.clear()
    stack.chat.calls.clear()
    stack.chat.otherwise = None
    await stack.healthy()
    yield
    for mark in stack.faults.iterdir():
        mark.unlink()


_homes: list[Path] = []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pluggy.Result[pytest.TestReport]]:
    """A failure shows what the processes had to say."""
    outcome = yield
    report = outcome.get_result()
    if report.failed and _homes and Path(__file__).parent in item.path.parents:
        for log in sorted((_homes[-1] / "logs").glob("*.log")):
            tail = log.read_text(errors="replace")[-5000:]
            report.sections.append((f"tail of {log.name}", tail))
