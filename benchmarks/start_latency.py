"""POST gen-shots to `meta` on the wire, and to the flow's body running; each with a peer.

`meta`: warm, against a bare FastAPI route with one commit and one frame (peers/api.py), under the same server settings.
Both are asked in turn; each run has ended and the machine is quiet again before the next.

The body: against stock `flow.serve()` with default settings on the same server. Ours counts from just before the POST
to the run row's `started_at`, which the flow's first step sets; the peer from just before Prefect's REST call to the
time that its body's first statement notes. `serve` looks every ten seconds, so its triggers are spread evenly over that
period: neither the luck of just before nor the ill luck of just after. For the same reason means are compared: a wait
between nothing and ten seconds has no typical value.
"""

import asyncio
import time
import uuid
from pathlib import Path
from statistics import mean, median

import httpx
from sqlalchemy import text

from benchmarks.figures import Measure, at_most
from benchmarks.ground import folder, peer_api
from benchmarks.stack import Stack, read_pieces, served_flow, shoot, whole_stack

WARM_UP, REQUESTS = 5, 40
META_MS, QUIET_SECONDS = 60.0, 0.15
ROUNDS = 4
OURS_A_ROUND = 3
PERIOD_SECONDS = 10.0
LEAST_SECONDS = 4.5  # from a peer's start to the next trigger: ours are measured meanwhile
_STARTED = text("select extract(epoch from started_at)::float8 from wzrd.runs where id = :run_id")


async def _ours(http: httpx.AsyncClient, stack: Stack) -> float:
    began = time.time()
    run_id, _ = await shoot(http, stack)
    async with stack.runtime.begin() as tx:
        started: float = (await tx.execute(_STARTED, {"run_id": run_id})).scalar_one()
    return (started - began) * 1000


async def _peer(http: httpx.AsyncClient, deployment_id: str, home: Path) -> float:
    target = home / uuid.uuid4().hex
    path, body = f"/deployments/{deployment_id}/create_flow_run", {"parameters": {"target": str(target)}}
    began = time.time()
    (await http.post(path, json=body)).raise_for_status()
    async with asyncio.timeout(60):
        while not target.exists():
            await asyncio.sleep(0.02)
    return (float(target.read_text()) - began) * 1000


async def _round(api: httpx.AsyncClient, stack: Stack) -> list[float]:
    """Some starts of ours, each after the former run has ended and the machine is quiet again."""
    await asyncio.sleep(1.5)  # the peer's process ends
    times: list[float] = []
    for _ in range(OURS_A_ROUND):
        times.append(await _ours(api, stack))
        await asyncio.sleep(0.4)
    return times


async def _metas(stack: Stack, api: httpx.AsyncClient) -> tuple[list[float], list[float]]:
    """Milliseconds to the first byte, of ours and of the peer, over a kept connection each; the first do not count."""
    ours, peer = list[float](), list[float]()
    async with peer_api(stack.database_url) as bare, httpx.AsyncClient(base_url=bare.url, timeout=60) as theirs:
        for _ in range(WARM_UP + REQUESTS):
            await asyncio.sleep(QUIET_SECONDS)
            began = time.perf_counter()
            peer.append(((await read_pieces(theirs, "/one-commit", stack))[0] - began) * 1000)
            began = time.perf_counter()
            ours.append(((await shoot(api, stack))[1][0] - began) * 1000)
    return ours[WARM_UP:], peer[WARM_UP:]


async def _starts(stack: Stack, api: httpx.AsyncClient, home: Path) -> tuple[list[float], list[float]]:
    """Rounds of one peer start and some of ours, after one of each that does not count."""
    ours, peer = list[float](), list[float]()
    async with (
        httpx.AsyncClient(base_url=stack.prefect_api_url, auth=stack.prefect_credentials, timeout=60) as prefect,
        served_flow(stack, prefect, home) as deployment_id,
    ):
        for turn in range(ROUNDS + 1):
            theirs = await _peer(prefect, deployment_id, home)
            began = time.monotonic()
            mine = await _round(api, stack)
            if turn:
                peer.append(theirs)
                ours += mine
            due = LEAST_SECONDS + turn * PERIOD_SECONDS / ROUNDS
            if turn < ROUNDS:
                await asyncio.sleep(max(0.0, due - (time.monotonic() - began)))
    return ours, peer


async def measure() -> list[Measure]:
    """The first byte, then the body."""
    async with (
        folder() as home,
        whole_stack(home) as stack,
        httpx.AsyncClient(base_url=stack.api_url, timeout=60) as api,
    ):
        metas, bare = await _metas(stack, api)
        ours, peer = await _starts(stack, api, home)
    p50, theirs, ratio = median(metas), median(bare), mean(peer) / mean(ours)
    return [
        at_most("POST to meta / one commit and one frame", p50, theirs, 3, "ms"),
        Measure("POST to meta, p50", p50, None, "ms", f"<= {META_MS:.0f} ms", p50 <= META_MS),
        Measure("POST to flow body / stock flow.serve()", mean(ours), mean(peer), "ms", ">= 30x sooner", ratio >= 30,
                better="sooner"),
    ]  # fmt: skip
