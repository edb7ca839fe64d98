"""Ten minutes and 2,000 runs of mixed kinds, with faults and a kill -9 every 30 s: the books hold.

Pictures, words, shots, graphs, and films from the first shot to the cut. Every client asks again, under the same
request id, until it has heard the end. Then the books are read: what never ended, what was charged or submitted twice,
whether every account adds up. In the last half the API is left alive, so that its memory can be watched.
No peer: nothing else keeps such books. RUNS and SECONDS ask for less or more.
"""

import asyncio
import os
import random
import signal
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import httpx
from sqlalchemy import text

from benchmarks.figures import Measure
from benchmarks.ground import folder, open_paid_fakes, raise_file_limit
from benchmarks.processes import resident_mib
from benchmarks.stack import Stack, whole_stack
from benchmarks.text_graphs import save_levels
from server.fakes import Fakes
from server.stack.state import read_state
from tests.rows import Studio, make_studio
from wzrd.contracts.events import TERMINAL_EVENTS
from wzrd.contracts.sse import SseReader
from wzrd.contracts.wire import loads
from wzrd.db.invariants import list_violations

RUNS = int(os.environ.get("RUNS", "2000"))
SECONDS = float(os.environ.get("SECONDS", "600"))
CLIENTS = 12
KILL_SECONDS = 30.0
FAULT_SHARE = 0.05
FLAT = 1.10
MOST_SECONDS = 3000.0
FAULTS = (
    "500",
    "503",
    "accepted 500",
    "dropped",
    "malformed",
    "truncated",
    "misshapen",
    "fail",
    "refuse",
    "expired",
    "page",
    "media truncated",
    "wrong type",
)
BUSY = "429 retry 1"
"""Only of pictures: a fake that speaks words tells with it that its minute is used up, and all would wait for that."""
PARTS = ("worker", "worker", "api", "prefect", "postgres")
LATER_PARTS = ("worker", "worker", "prefect", "postgres")

Frame = tuple[str, dict[str, Any]]


@dataclass(slots=True)
class Client:
    """Somebody who asks for one thing after another, and again whenever the answer was cut off."""

    stack: Stack
    http: httpx.AsyncClient
    chance: random.Random
    asked: Counter[str]
    cut: Counter[str] = field(default_factory=Counter[str])

    def prompt(self, words: str, *more: str) -> str:
        """Words that nobody else uses, one in twenty with a fault of its provider's."""
        fault = f" [fake:{self.chance.choice((*FAULTS, *more))}]" if self.chance.random() < FAULT_SHARE else ""
        return f"{words} {uuid.uuid4().hex}{fault}"

    async def insist(self, once: Callable[[], Awaitable[Any]]) -> Any:
        """Calls `once` until it returns something, and returns that."""
        while True:
            try:
                if (answer := await once()) is not None:
                    return answer
            except httpx.HTTPError as error:
                self.cut[type(error).__name__] += 1
            await asyncio.sleep(0.3)

    async def stream(self, user: uuid.UUID, method: str, path: str, body: Any = None) -> Frame | None:
        """The event that ends the run; None where the stream ended without, or was not begun for a while."""
        async with self.http.stream(method, path, json=body, headers=self.stack.headers_of(user)) as answer:
            if answer.status_code == 429 or answer.status_code >= 500:
                return None
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code} {(await answer.aread())[:300].decode()}")
            reader = SseReader()
            async for chunk in answer.aiter_bytes():
                for frame in reader.feed(chunk):
                    data = loads(frame.data)
                    name = frame.event if frame.event != "message" else str(data.get("type", ""))
                    if name in TERMINAL_EVENTS and data.get("code") != "stream_interrupted":
                        return name, data
        return None

    async def ask(self, user: uuid.UUID, path: str, body: Any, *, expected: frozenset[int]) -> Any:
        """A whole answer as JSON; None where there was none yet."""
        answer = await self.http.post(path, json=body, headers=self.stack.headers_of(user))
        if answer.status_code in expected or '"interrupted"' in answer.text:  # its API was killed: that is its end
            return answer.json()
        if answer.status_code in {429, 503}:
            return None
        raise RuntimeError(f"{path}: {answer.status_code} {answer.text[:300]}")

    async def picture(self, studio: Studio) -> None:
        """A paid picture through a queue."""
        body = {
            "modelId": "fal-ai/flux/schnell",
            "inputs": {"prompt": self.prompt("picture", BUSY), "image_size": {"width": 64, "height": 64}},
            "requestId": str(uuid.uuid4()),
        }
        await self.insist(lambda: self.stream(studio.user_id, "POST", "/functions/v1/fal-stream", body))
        self.asked["picture"] += 1

    async def words(self, studio: Studio) -> None:
        """A paid text while the caller listens."""
        body = {"model": "llama-3.3-70b-versatile", "prompt": self.prompt("words"), "requestId": str(uuid.uuid4())}
        all_ends = frozenset({200, 400, 409, 422, 500, 502, 504})
        await self.insist(lambda: self.ask(studio.user_id, "/functions/v1/groq-chat", body, expected=all_ends))
        self.asked["words"] += 1

    async def shots(self, studio: Studio) -> None:
        """A scene written as one shot."""
        body = {"projectId": str(studio.project_id), "shotCount": 1, "requestId": str(uuid.uuid4())}
        await self.insist(lambda: self.stream(studio.user_id, "POST", "/functions/v1/gen-shots", body))
        self.asked["shots"] += 1

    async def graph(self, studio: Studio) -> None:
        """Six nodes in two levels."""
        await self.insist(lambda: self._saved(studio))
        body = {"projectId": str(studio.project_id), "requestId": str(uuid.uuid4())}
        await self.insist(lambda: self.stream(studio.user_id, "POST", "/functions/v1/compute-execute", body))
        self.asked["graph"] += 1

    async def _saved(self, studio: Studio) -> bool | None:
        with suppress(Exception):  # the database may be the one that is down
            rows = [[self.prompt(f"node {n}") for n in range(3)] for _ in range(2)]
            await save_levels(self.stack.runtime, studio, rows)
            return True
        return None

    async def film(self, studio: Studio) -> None:
        """A shot, its panel, its clip, a cut: all of it drawn here."""
        await self.shots(studio)
        for phase in ("images", "videos"):
            body = {"project_id": str(studio.project_id), "phase": phase, "request_id": str(uuid.uuid4())}
            await self._followed(studio, "/functions/v1/project-auto-generate", body, "run_id")
            self.asked[phase] += 1
        body = {"action": "create", "projectId": str(studio.project_id)}
        await self._followed(studio, "/functions/v1/director-cut", body, "jobId")
        self.asked["cut"] += 1

    async def _followed(self, studio: Studio, path: str, body: Any, name: str) -> None:
        answer = await self.insist(
            lambda: self.ask(studio.user_id, path, body, expected=frozenset({200, 202, 400, 409}))
        )
        run_id = answer.get(name) or answer.get("runId")
        if run_id:
            await self.insist(lambda: self.stream(studio.user_id, "GET", f"/functions/v1/runs/{run_id}/events"))


async def _studio(stack: Stack, client: Client) -> Studio:
    """A user of their own with a project, made once the database answers."""

    async def once() -> Studio | None:
        with suppress(Exception):
            return await make_studio(stack.runtime, funds=10_000)
        return None

    return await client.insist(once)


async def _work(client: Client, until: Callable[[], bool]) -> None:
    """One thing after another: of a hundred, 50 pictures, 25 texts, 15 scenes, 8 graphs, 2 films."""
    kinds = (client.picture, client.words, client.shots, client.graph, client.film)
    studio = await _studio(client.stack, client)
    for number in count():
        if until():
            return
        kind = client.chance.choices(kinds, (50, 25, 15, 8, 2))[0]
        if kind in {client.graph, client.film} or number % 25 == 24:
            studio = await _studio(client.stack, client)
        await kind(studio)


def _pid(home: Path, part: str) -> int:
    state = read_state(home)
    process = state.parts[part].process if state and part in state.parts else None
    return process.pid if process else 0


async def _kill(home: Path, chance: random.Random, killed: Counter[str], in_last_half: Callable[[], bool]) -> None:
    """One part every 30 s, by the id that the supervisor has recorded for it."""
    while True:
        await asyncio.sleep(KILL_SECONDS)
        part = chance.choice(LATER_PARTS if in_last_half() else PARTS)
        if pid := _pid(home, part):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed[part] += 1


async def _watch(home: Path, seen: list[tuple[float, float]]) -> None:
    """The API's memory, now and then."""
    while True:
        seen.append((time.monotonic(), resident_mib(_pid(home, "api"))))
        await asyncio.sleep(2)


def _growth(seen: list[tuple[float, float]], since: float, until: float) -> tuple[float, float]:
    """The median of the first and of the last fifth of the samples between two moments."""
    sizes = [mib for at, mib in seen if since <= at <= until and mib]
    fifth = max(1, len(sizes) // 5)
    return median(sizes[:fifth]), median(sizes[-fifth:])


async def _settled(stack: Stack) -> int:
    """Number of runs that have no end after three minutes of waiting for it."""
    open_runs = 0
    for _ in range(90):
        with suppress(Exception):
            async with stack.runtime.begin() as tx:
                statement = """select count(*) from wzrd.runs r where not exists (
                    select from wzrd.run_events e where e.run_id = r.id and e.attempt = r.attempt
                    and e.event in ('done', 'error', 'complete')) or r.finished_at is null"""
                open_runs = await tx.scalar(text(statement)) or 0
            if not open_runs:
                return 0
        await asyncio.sleep(2)
    return open_runs


async def _books(stack: Stack) -> tuple[int, int, list[str]]:
    """Number of runs, of those that succeeded, and every promise about money that is broken."""
    async with stack.runtime.begin() as tx:
        runs = await tx.scalar(text("select count(*) from wzrd.runs")) or 0
        succeeded = await tx.scalar(text("select count(*) from wzrd.runs where status = 'succeeded'")) or 0
        broken = [" ".join(map(str, one.as_row().values())) for one in await list_violations(tx, late=0)]
    return runs, succeeded, broken


async def _paid_twice(fakes: Fakes) -> list[str]:
    """Prompts of ours for which a queue was paid twice, or a text model more than twice."""
    counted = Counter(one.prompt for one in await fakes.paid_submits())
    most = {"picture": 1, "words": 2, "node": 2}
    return [
        f"{number} times: {prompt}"
        for prompt, number in counted.items()
        if number > most.get(prompt.partition(" ")[0], number)
    ]


async def measure() -> list[Measure]:
    """Once; the seed is told, so that the same kills can come again (SEED)."""
    raise_file_limit(8_000)
    seed = int(os.environ.get("SEED", str(random.randrange(10_000))))
    chance, killed, asked, seen = random.Random(seed), Counter[str](), Counter[str](), list[tuple[float, float]]()
    async with (
        open_paid_fakes() as fakes,
        folder() as home,
        whole_stack(home, **fakes.environment()) as stack,
        httpx.AsyncClient(base_url=stack.api_url, timeout=httpx.Timeout(60, connect=5)) as http,
    ):
        began = time.monotonic()

        def over() -> bool:
            return asked.total() >= RUNS and time.monotonic() - began >= SECONDS

        def in_last_half() -> bool:
            return asked.total() >= RUNS / 2 and time.monotonic() - began >= SECONDS / 2

        clients = [Client(stack, http, random.Random(seed + n), asked) for n in range(CLIENTS)]
        killing = asyncio.create_task(_kill(home / "home", chance, killed, in_last_half))
        watching = asyncio.create_task(_watch(home / "home", seen))
        working = asyncio.create_task(_everybody(clients, over))
        half = 0.0
        while not working.done():
            await asyncio.wait({working}, timeout=1)
            half = half or (time.monotonic() if in_last_half() else 0.0)
        await working
        ended = time.monotonic()
        killing.cancel()
        unended = await _settled(stack)
        watching.cancel()
        (runs, succeeded, broken), twice = await _books(stack), await _paid_twice(fakes)
    first, last = _growth(seen, half, ended)
    message = ", ".join(f"{number} {kind}" for kind, number in asked.items())
    print(f"seed {seed}: {message}; killed {dict(killed)}; {sum(one.cut.total() for one in clients)} answers cut")
    for line in [*(f"paid {line}" for line in twice), *broken]:
        print(line)
    return [
        Measure("runs of mixed kinds", runs, None, "", f">= {RUNS}", runs >= RUNS),
        Measure("of them succeeded", succeeded, None, "", "", None),
        Measure("minutes", (ended - began) / 60, None, "min", f">= {SECONDS / 60:g} min", ended - began >= SECONDS),
        Measure("runs without a terminal event", unended, None, "", "0", unended == 0),
        Measure("paid submits made twice", len(twice), None, "", "0", not twice),
        Measure("promises about money that are broken", len(broken), None, "", "0", not broken),
        Measure("the API's memory, end / middle of it", last, first, "MiB", f"<= {FLAT:.2f}x", last <= FLAT * first),
    ]


async def _everybody(clients: list[Client], over: Callable[[], bool]) -> None:
    async with asyncio.timeout(MOST_SECONDS), asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(_work(client, over))
