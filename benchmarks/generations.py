"""Paid pictures of twenty users at once, against as many empty flow runs of the very same worker.

Whole stack with the fakes' fal, whose jobs take no time. The worker serves a pool of its own and knows one more flow,
which does nothing: what Prefect's server and a worker of ours take for a flow run as such. In turns, by the clock and
by the processor time of all parts (API, worker, Prefect's server, PostgreSQL). RUNS asks for other than 500.
"""

import asyncio
import os
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean
from typing import Any

import httpx

from benchmarks.figures import Measure, at_most
from benchmarks.ground import folder, open_paid_fakes, raise_file_limit, running
from benchmarks.idle_stack import parts_of, use_of
from benchmarks.peers.empty_worker import EMPTY
from benchmarks.stack import Stack, whole_stack
from server.stack.deployments import ensure_queues, new_pool
from server.stack.prefect.rest import PrefectRest
from tests.rows import Studio, make_studio
from wzrd.db.listen import RUN_WAKE
from wzrd.domain.work_queues import INTERACTIVE

RUNS = int(os.environ.get("RUNS", "500"))
USERS, ROUNDS, WARM_UP, CREATED_AT_ONCE = 20, 2, 40, 20
POOL, SLOTS = "bench", 32
MOST = 1.3
SIZE = {"width": 64, "height": 64}


@dataclass(frozen=True, slots=True)
class Load:
    """Use of one load: seconds by the clock until all had ended, of processors by part, and until their pages stood."""

    clock: float
    processor: dict[str, float]
    shown: float


@dataclass(frozen=True, slots=True)
class Ground:
    """The stack, the processes of its parts, the worker's among them, and who asks."""

    stack: Stack
    parts: dict[str, int]
    http: httpx.AsyncClient
    prefect: PrefectRest
    studios: list[Studio]
    empty: str
    """The deployment of the empty flow."""

    async def measure(self, flow: str, load: Callable[[], Awaitable[None]]) -> Load:
        """A load of runs of this flow, until Prefect shows each of them ended."""
        known, before, began = await self._ended(flow), self._used(), time.monotonic()
        await load()
        clock = time.monotonic() - began
        while await self._ended(flow) < known + RUNS:
            await asyncio.sleep(0.2)
        shown = time.monotonic() - began
        after = self._used()
        return Load(clock, {part: after[part] - before[part] for part in self.parts}, shown - clock)

    def _used(self) -> dict[str, float]:
        used = use_of(self.parts.values())
        return {part: used[pid].seconds for part, pid in self.parts.items()}

    async def _ended(self, flow: str) -> int:
        wanted = {"flows": {"name": {"any_": [flow]}}, "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
        return int((await self.prefect.call("POST", "/flow_runs/count", wanted))[1])

    async def pictures(self, number: int = RUNS) -> None:
        """So many pictures, each stream read to its end."""
        await asyncio.gather(*(self._picture(self.studios[n % USERS]) for n in range(number)))

    async def _picture(self, studio: Studio) -> None:
        inputs = {"prompt": f"picture {uuid.uuid4()}", "image_size": SIZE}
        body = {"modelId": "fal-ai/flux/schnell", "inputs": inputs, "requestId": str(uuid.uuid4())}
        headers = self.stack.headers_of(studio.user_id)
        answer = await self.http.post("/functions/v1/fal-stream", json=body, headers=headers)
        if '"type":"done"' not in answer.text:
            raise RuntimeError(f"a picture was not made: {answer.status_code} {answer.text[-300:]}")

    async def nothings(self, number: int = RUNS) -> None:
        """So many empty flow runs, created as the API creates its own, until Prefect has them ended."""
        known, slots = await self._ended(EMPTY), asyncio.Semaphore(CREATED_AT_ONCE)
        await asyncio.gather(*(self._nothing(slots) for _ in range(number)))
        while await self._ended(EMPTY) < known + number:
            await asyncio.sleep(0.2)

    async def _nothing(self, slots: asyncio.Semaphore) -> None:
        async with slots:
            body: dict[str, Any] = {"parameters": {}, "work_queue_name": INTERACTIVE, "enforce_parameter_schema": False}
            await self.prefect.call("POST", f"/deployments/{self.empty}/create_flow_run", body)
        self.stack.runtime.notifier.notify(RUN_WAKE, uuid.uuid4())


async def _move(prefect: PrefectRest) -> str:
    """Have the pictures' deployment served by the benchmark's pool; the id of the empty flow's deployment there."""
    await prefect.call("POST", "/work_pools/", new_pool(POOL))
    await ensure_queues(prefect, pool=POOL, slots=SLOTS)
    _, ours = await prefect.call("GET", "/deployments/name/generate/one")
    place = {"work_pool_name": POOL, "work_queue_name": INTERACTIVE}
    await prefect.call("PATCH", f"/deployments/{ours['id']}", place)
    _, flow = await prefect.call("POST", "/flows/", {"name": EMPTY})
    entry = {"name": "bench", "flow_id": flow["id"], "entrypoint": "benchmarks/peers/empty_worker.py:empty", **place}
    _, made = await prefect.call("POST", "/deployments/", entry)
    return str(made["id"])


def worker_of(stack: Stack, home: Path, *, places: int) -> AbstractAsyncContextManager[int]:
    """The process of a worker of the benchmark's pool."""
    own = {"WZRD_WORK_POOL": POOL, "WZRD_WORKER_CONCURRENCY": str(places), "PREFECT_HOME": str(home / "prefect")}
    return running("-m", "benchmarks.peers.empty_worker", environment=stack.worker_environment | own)


@asynccontextmanager
async def open_ground(home: Path, *, seconds: float) -> AsyncGenerator[Ground]:
    """The stack without a worker for pictures; the fakes' jobs take so many seconds."""
    raise_file_limit(4096)
    limits = httpx.Limits(max_connections=None)
    async with (
        open_paid_fakes(seconds) as fakes,
        whole_stack(home, **fakes.environment()) as stack,
        httpx.AsyncClient(base_url=stack.api_url, timeout=600, limits=limits) as http,
        PrefectRest(stack.prefect_api_url, auth=stack.prefect_auth) as prefect,
    ):
        parts = {name: pid for name, pid in parts_of(home / "home").items() if name != "supervisor"}
        studios = [await make_studio(stack.runtime, funds=100_000) for _ in range(USERS)]
        yield Ground(stack, parts, http, prefect, studios, await _move(prefect))


@asynccontextmanager
async def _ground(home: Path) -> AsyncGenerator[Ground]:
    async with open_ground(home, seconds=0.0) as ground, worker_of(ground.stack, home, places=SLOTS) as worker:
        yield replace(ground, parts=ground.parts | {"worker": worker})


async def measure() -> list[Measure]:
    """In turns, after some of each that do not count."""
    ours, theirs = list[Load](), list[Load]()
    async with folder() as home, _ground(home) as ground:
        await ground.pictures(WARM_UP)
        await ground.nothings(WARM_UP)
        for _ in range(ROUNDS):
            theirs.append(await ground.measure(EMPTY, ground.nothings))
            ours.append(await ground.measure("generate", ground.pictures))
    clock, peer_clock = mean(one.clock for one in ours), mean(one.clock for one in theirs)
    computed, peer_computed = (mean(sum(one.processor.values()) for one in many) for many in (ours, theirs))
    shown = max(one.shown for one in ours)
    return [
        at_most(f"{RUNS} pictures / empty flow runs", clock, peer_clock, MOST, "s"),
        at_most("the same, processor time", computed, peer_computed, MOST, "CPU-s"),
        *(
            Measure(
                f"of it {part}",
                mean(one.processor[part] for one in ours),
                mean(one.processor[part] for one in theirs),
                "CPU-s",
                "-",
                None,
            )
            for part in ground.parts
        ),
        Measure("until Prefect shows the last one ended", shown, None, "s", "<= 5 s", shown <= 5),
    ]
