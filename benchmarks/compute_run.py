"""Cost of a node of a graph with us, against a default-settings Prefect flow of as many tasks.

200 text nodes in 20 levels of 10, by a paid model that answers at once, in this process: Prefect task, durable events,
provider job, item, cache row and settlement, on a PostgreSQL and a Prefect server that keep their promises. The peer's
tasks do nothing, on the same server. A graph of 1,000 nodes that were all made before goes through API and worker. A
skewed graph shows whether nodes wait for their level. Last comes the memory over 5,000 nodes, beside that over 1,000.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median

import httpx
from prefect import flow, task
from prefect.logging import disable_run_logger
from sqlalchemy import text

from benchmarks.figures import Measure, at_most
from benchmarks.ground import folder
from benchmarks.processes import resident_mib
from benchmarks.stack import Stack, whole_stack
from benchmarks.text_graphs import LEVELS, WIDE, InstantText, as_worker, caught_up, count_tasks, save_levels, timed_flow
from flows.compute import work
from tests.rows import make_studio
from wzrd.operations.compute.kind import ComputeParams, start_compute
from wzrd.runs.execute import claim, execute
from wzrd.runtime.process import Runtime

NODES = LEVELS * WIDE
ROUNDS = 3
CACHED = 1_000
CHAINS, FAST, SLOW = 8, 0.2, 1.0
FEW, MANY, MOST_MIB = 1_000, 5_000, 50.0
EVERY_SECONDS = 0.5


@task
async def _nothing(number: int) -> int:
    return number


@flow
async def _plain() -> None:
    """As many tasks, all settings as they come, level by level."""
    for _ in range(LEVELS):
        await asyncio.gather(*(_nothing(number) for number in range(WIDE)))


@dataclass(frozen=True, slots=True)
class _Cost:
    """Milliseconds a node: by the clock, and of this process' processors until Prefect's server knows all of it."""

    wall: float
    computing: float


async def _cost(stack: Stack, run: Callable[[], Awaitable[float]]) -> _Cost:
    """Of `run`, which makes so many nodes and returns its seconds."""
    known, began = await count_tasks(stack), time.process_time()
    took = await run()
    await caught_up(stack, known + NODES)
    return _Cost(took / NODES * 1000, (time.process_time() - began) / NODES * 1000)


async def _costs(runtime: Runtime, stack: Stack) -> tuple[list[_Cost], list[_Cost]]:
    """A node of ours, and a task of the peer's; in turn, after one of each that does not count."""
    studio = await make_studio(runtime, funds=10_000)
    await save_levels(runtime, studio, [[f"level {level}, node {n}" for n in range(WIDE)] for level in range(LEVELS)])
    ours, theirs = list[_Cost](), list[_Cost]()
    for turn in range(ROUNDS + 1):
        peer = await _cost(stack, _timed_peer)
        mine = await _cost(stack, lambda: timed_flow(studio))
        if turn:
            theirs.append(peer)
            ours.append(mine)
    return ours, theirs


async def _timed_peer() -> float:
    began = time.perf_counter()
    await _plain()
    return time.perf_counter() - began


async def _skewed(runtime: Runtime, provider: InstantText) -> tuple[float, float]:
    """Seconds of a run in which another chain is slow at each level, until it is settled, and of its critical path."""
    studio = await make_studio(runtime, funds=1_000)
    rows = [[f"{'slow' if n == level else 'fast'} {level} {n}" for n in range(CHAINS)] for level in range(CHAINS)]
    await save_levels(runtime, studio, rows, crossed=False)
    provider.pause = lambda prompt: SLOW if prompt.startswith("slow") else FAST if prompt.startswith("fast") else 0.0
    await timed_flow(studio)
    async with runtime.begin() as tx:
        statement = text("select extract(epoch from finished_at - created_at) from wzrd.runs where project_id = :id")
        took = float(await tx.scalar(statement, {"id": studio.project_id}) or 0)
    return took, SLOW + (CHAINS - 1) * FAST


async def _cached(runtime: Runtime, stack: Stack) -> float:
    """Seconds from POST to `complete` of a graph of which everything is known."""
    rows = [[f"known {level}, node {n}" for n in range(WIDE)] for level in range(CACHED // WIDE)]
    await save_levels(runtime, stack.studio, rows)
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


async def _peak() -> float:
    """The most that this process holds, until it is cancelled."""
    most = resident_mib()
    try:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            most = max(most, resident_mib())
    except asyncio.CancelledError:
        return most


async def _grown(runtime: Runtime, nodes: int) -> float:
    """MiB by which a run of so many nodes makes this process grow, at most."""
    studio = await make_studio(runtime, funds=2 * nodes)
    rows = [[f"level {level}, node {n} of {nodes}" for n in range(WIDE)] for level in range(nodes // WIDE)]
    await save_levels(runtime, studio, rows)
    before, watching = resident_mib(), asyncio.create_task(_peak())
    await asyncio.sleep(0)
    await timed_flow(studio)
    watching.cancel()
    return await watching - before


async def measure() -> list[Measure]:
    """The cost of a node first, then the skewed graph, then what is known."""
    provider = InstantText()
    async with (
        folder() as home,
        whole_stack(home, GROQ_API_KEY="never-asked") as stack,
        as_worker(stack, provider, home) as runtime,
    ):
        mine, peers = await _costs(runtime, stack)
        skewed, critical = await _skewed(runtime, provider)
        cached = await _cached(runtime, stack)
        few, many = await _grown(runtime, FEW), await _grown(runtime, MANY)
    ours, theirs = median(one.wall for one in mine), median(one.wall for one in peers)
    computing, peer = median(one.computing for one in mine), median(one.computing for one in peers)
    return [
        at_most("a node, all of it / a task of a Prefect flow", ours, theirs, 1.3, "ms"),
        Measure("the same, processor time, Prefect's events too", computing, peer, "ms", "", None),
        at_most("a skewed graph till settled / its critical path", skewed, critical, 1.1, "s"),
        Measure("1,000 known nodes, POST to complete", cached, None, "s", "<= 1.5 s", cached <= 1.5),
        Measure("memory that 5,000 / 1,000 nodes take", many, few, "MiB", "<= 50 MiB", many <= MOST_MIB),
    ]
