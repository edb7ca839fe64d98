"""POST gen-shots to the flow's body running, against stock `flow.serve()` with default settings on the same server.

Ours counts from just before the POST to the run row's `started_at`, which the flow's first step sets; the peer from
just before Prefect's REST call to the time that its body's first statement notes. `serve` looks every ten seconds, so
its triggers are spread evenly over that period: neither the luck of just before nor the ill luck of just after. For
the same reason means are compared: a wait between nothing and ten seconds has no typical value.
"""

import asyncio
import time
import uuid
from pathlib import Path
from statistics import mean

import httpx
from sqlalchemy import text

from benchmarks.figures import Measure
from benchmarks.ground import folder
from benchmarks.stack import Stack, served_flow, shoot, whole_stack

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


async def measure() -> list[Measure]:
    """Rounds of one peer start and some of ours, after one of each that does not count."""
    ours: list[float] = []
    peer: list[float] = []
    async with (
        folder() as home,
        whole_stack(home) as stack,
        httpx.AsyncClient(base_url=stack.api_url, timeout=60) as api,
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
    ratio = mean(peer) / mean(ours)
    return [
        Measure(
            claim="POST to flow body / stock flow.serve()",
            ours=mean(ours),
            peer=mean(peer),
            unit="ms",
            target=">= 30x sooner",
            ok=ratio >= 30,
            better="sooner",
        )
    ]
