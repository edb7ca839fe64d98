"""What a node of a graph costs us, against a default-settings Prefect flow of as many tasks.

200 text nodes in 20 levels of 10, by a paid model that answers at once, in this process: Prefect task, durable events,
provider job, item, cache row and settlement, on a PostgreSQL and a Prefect server that keep their promises. The peer's
tasks do nothing, on the same server. A graph of 1,000 nodes that were all made before goes through API and worker. A
skewed graph shows whether nodes wait for their level.
"""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any, Literal

import httpx
from prefect import flow, task
from prefect.logging import disable_run_logger
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, PREFECT_LOCAL_STORAGE_PATH, temporary_settings

from benchmarks.figures import Figure
from benchmarks.ground import folder
from benchmarks.stack import Stack, whole_stack
from blocks.resolve import serving
from flows.compute import compute, work
from tests.rows import Studio, make_studio
from wzrd.db.compute_graphs import save_graph
from wzrd.operations.compute import ComputeParams, start_compute
from wzrd.providers.base import Accepted, Output, Request
from wzrd.providers.registry import Providers
from wzrd.runs.execute import claim, execute
from wzrd.runtime.process import Runtime

LEVELS, WIDE = 20, 10
NODES = LEVELS * WIDE
ROUNDS = 3
CACHED = 1_000
CAUGHT_UP_SECONDS = 120.0
CHAINS, FAST, SLOW = 8, 0.2, 1.0
MODEL = "llama-3.3-70b-versatile"


@dataclass(slots=True)
class InstantText:
    """A paid model of words that answers after as many seconds as `pause` says of the prompt."""

    pause: Callable[[str], float] = lambda _prompt: 0.0
    name: str = "groq"
    recovery: Literal["none"] = "none"
    media_types: frozenset[str] = frozenset({"text"})
    paid: bool = True
    asked: list[str] = field(default_factory=list[str])

    async def stream(self, request: Request) -> AsyncGenerator[Accepted | Output]:
        """One submit."""
        prompt = str(request.inputs["messages"][-1]["content"])
        self.asked.append(prompt)
        yield Accepted()
        if seconds := self.pause(prompt):
            await asyncio.sleep(seconds)
        yield Output(f"about {prompt}")


def _node(number: int, prompt: str) -> dict[str, Any]:
    rest: dict[str, Any] = {"version": "1.0.0", "inputs": [], "outputs": [], "metadata": {}, "preview": None}
    place = {"position": {"x": number % WIDE, "y": number // WIDE}, "size": {"w": 1, "h": 1}}
    state = {"status": "idle", "progress": 0, "error": None, "is_dirty": False}
    params = {"prompt": prompt, "model": MODEL}
    return {
        "id": str(uuid.uuid4()),
        "kind": "Text",
        "label": f"node {number}",
        "params": params,
        **rest,
        **place,
        **state,
    }


def _edge(source: Mapping[str, Any], target: Mapping[str, Any]) -> dict[str, Any]:
    ends = {"source_node_id": source["id"], "target_node_id": target["id"]}
    ports = {"source_port_id": "text", "target_port_id": "context", "source_handle": "text", "target_handle": "context"}
    return {"id": str(uuid.uuid4()), **ends, **ports, "data_type": "text", "status": "idle", "metadata": {}}


async def _save(runtime: Runtime, studio: Studio, rows: Sequence[Sequence[str]]) -> None:
    """A graph of these prompts by level: each node needs the one above it and that one's neighbour."""
    levels = [[_node(at * WIDE + n, prompt) for n, prompt in enumerate(row)] for at, row in enumerate(rows)]
    edges = [
        _edge(above[at], below[n])
        for above, below in pairwise(levels)
        for n in range(len(below))
        for at in dict.fromkeys((n % len(above), (n + 1) % len(above) if len(above) > CHAINS else n % len(above)))
    ]
    async with runtime.begin() as tx:
        await save_graph(
            tx, studio.project_id, studio.user_id, nodes=[one for row in levels for one in row], edges=edges
        )


@task
async def _nothing(number: int) -> int:
    return number


@flow
async def _plain() -> None:
    """As many tasks, all settings as they come, level by level."""
    for _ in range(LEVELS):
        await asyncio.gather(*(_nothing(number) for number in range(WIDE)))


async def _timed_flow(studio: Studio, *, use_cache: bool = False) -> float:
    began = time.perf_counter()
    asked: Any = compute
    state = await asked(studio.project_id, use_cache=use_cache, return_state=True)
    took = time.perf_counter() - began
    if not state.is_completed():
        raise RuntimeError(f"the graph ended otherwise: {state.message}")
    return took


async def _count_tasks(stack: Stack) -> int:
    """The task runs that Prefect's server knows to be over."""
    body = {"task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    async with httpx.AsyncClient(auth=stack.prefect_credentials, timeout=60) as http:
        answer = await http.post(f"{stack.prefect_api_url}/task_runs/count", json=body)
    return int(answer.raise_for_status().json())


async def _caught_up(stack: Stack, known: int) -> None:
    """Until the server has written down what a flow's tasks told it, after the flow: else the next one pays for that.

    Raises:
        TimeoutError: it does not.
    """
    async with asyncio.timeout(CAUGHT_UP_SECONDS):
        while await _count_tasks(stack) < known + NODES:  # noqa: ASYNC110 - its server tells nobody
            await asyncio.sleep(0.25)


async def _costs(runtime: Runtime, stack: Stack) -> tuple[float, float]:
    """Milliseconds a node of ours, and a task of the peer's; in turn, after one of each that does not count."""
    studio = await make_studio(runtime, funds=10_000)
    await _save(runtime, studio, [[f"level {level}, node {n}" for n in range(WIDE)] for level in range(LEVELS)])
    ours, theirs = list[float](), list[float]()
    for turn in range(ROUNDS + 1):
        known, began = await _count_tasks(stack), time.perf_counter()
        await _plain()
        peer = time.perf_counter() - began
        await _caught_up(stack, known)
        mine = await _timed_flow(studio)
        await _caught_up(stack, known + NODES)
        if turn:
            theirs.append(peer / NODES * 1000)
            ours.append(mine / NODES * 1000)
    return median(ours), median(theirs)


async def _skewed(runtime: Runtime, provider: InstantText) -> tuple[float, float]:
    """Seconds of a graph in which another chain is slow at each level, and of its critical path."""
    studio = await make_studio(runtime, funds=1_000)
    rows = [[f"{'slow' if n == level else 'fast'} {level} {n}" for n in range(CHAINS)] for level in range(CHAINS)]
    await _save(runtime, studio, rows)
    provider.pause = lambda prompt: SLOW if prompt.startswith("slow") else FAST if prompt.startswith("fast") else 0.0
    return await _timed_flow(studio), SLOW + (CHAINS - 1) * FAST


async def _cached(runtime: Runtime, stack: Stack) -> float:
    """Seconds from POST to `complete` of a graph of which everything is known."""
    rows = [[f"known {level}, node {n}" for n in range(WIDE)] for level in range(CACHED // WIDE)]
    await _save(runtime, stack.studio, rows)
    flow_run_id = uuid.uuid4()
    params = ComputeParams(
        user_id=stack.studio.user_id, project_id=str(stack.studio.project_id), flow_run_id=flow_run_id
    )
    started = await start_compute(runtime, params)
    lease = await claim(runtime, started.run_id, flow_run_id=flow_run_id)
    assert lease is not None
    with disable_run_logger():
        if await execute(runtime, lease, work) != "succeeded":
            raise RuntimeError("the graph could not be made")
    times = list[float]()
    async with httpx.AsyncClient(base_url=stack.api_url, timeout=60) as http:
        for _ in range(3):
            began, body = time.perf_counter(), {"projectId": str(stack.studio.project_id)}
            answer = await http.post("/functions/v1/compute-execute", json=body, headers=stack.headers)
            times.append(time.perf_counter() - began)
            if '"status":"succeeded"' not in answer.text or answer.text.count('"cached":true') != CACHED:
                raise RuntimeError(f"not everything was known: {answer.text[-500:]}")
    return min(times)


@asynccontextmanager
async def _here(stack: Stack, provider: InstantText, home: Path) -> AsyncGenerator[Runtime]:
    """This process as a worker of the stack's, whose model answers at once."""
    runtime = stack.runtime
    runtime.providers = Providers([provider])
    settings: dict[Any, Any] = {
        PREFECT_API_URL: stack.prefect_api_url,
        PREFECT_API_AUTH_STRING: stack.prefect_auth,
        PREFECT_LOCAL_STORAGE_PATH: home / "results",
    }
    with temporary_settings(settings):
        async with serving(runtime):
            yield runtime


async def measure() -> list[Figure]:
    """The cost of a node first, then the skewed graph, then what is known."""
    provider = InstantText()
    async with (
        folder() as home,
        whole_stack(home, GROQ_API_KEY="never-asked") as stack,
        _here(stack, provider, home) as runtime,
    ):
        ours, theirs = await _costs(runtime, stack)
        skewed, critical = await _skewed(runtime, provider)
        cached = await _cached(runtime, stack)
    return [
        Figure("a node, all of it / a task of a Prefect flow", ours, theirs, "ms", "<= 1.3x", ours <= 1.3 * theirs),
        Figure("a skewed graph / its critical path", skewed, critical, "s", "<= 1.1x", skewed <= 1.1 * critical),
        Figure("1,000 known nodes, POST to complete", cached, None, "s", "<= 1.5 s", cached <= 1.5),
    ]
