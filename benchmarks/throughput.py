"""Short runs a minute (gen-shots, offline): one worker of ours against stock `flow.serve()` with the same flow.

Ours are asked for over HTTP by a few clients and read to their ends; the peer's are created at Prefect's server, all at
once, and counted when their rows have ended. Both with the settings that they come with, on the same servers.
"""

import asyncio
import time
import uuid
from itertools import count
from statistics import median

import httpx
from sqlalchemy import text

from benchmarks.figures import Figure
from benchmarks.ground import folder
from benchmarks.stack import Stack, served_flow, shoot, whole_stack

CLIENTS = 6
OURS, THEIRS = 60, 15
ROUNDS = 3
_ENDED = text("select count(*) from wzrd.runs where status = 'succeeded' and request_id like :begins")


async def _ours(http: httpx.AsyncClient, stack: Stack) -> float:
    """Runs a minute."""
    numbers, began = count(), time.perf_counter()

    async def client() -> None:
        while next(numbers) < OURS:
            await shoot(http, stack)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return 60 * OURS / (time.perf_counter() - began)


async def _peer(http: httpx.AsyncClient, stack: Stack, deployment_id: str) -> float:
    """Runs a minute."""
    word, began = uuid.uuid4().hex, time.perf_counter()
    for number in range(THEIRS):
        given = {"project": str(stack.studio.project_id), "shot_count": 1, "request_id": f"{word}/{number}"}
        made = await http.post(f"/deployments/{deployment_id}/create_flow_run", json={"parameters": given})
        made.raise_for_status()
    async with asyncio.timeout(600):
        while True:
            async with stack.runtime.begin() as tx:
                if await tx.scalar(_ENDED, {"begins": f"{word}/%"}) == THEIRS:
                    return 60 * THEIRS / (time.perf_counter() - began)
            await asyncio.sleep(0.1)


async def measure() -> list[Figure]:
    """In turn, after one of each that does not count."""
    ours, theirs = list[float](), list[float]()
    async with (
        folder() as home,
        whole_stack(home) as stack,
        httpx.AsyncClient(base_url=stack.api_url, timeout=120) as api,
        httpx.AsyncClient(base_url=stack.prefect_api_url, auth=stack.prefect_credentials, timeout=60) as prefect,
        served_flow(stack, prefect, home, flow="gen-shots", script="served_shots") as deployment_id,
    ):
        for turn in range(ROUNDS + 1):
            peer, mine = await _peer(prefect, stack, deployment_id), await _ours(api, stack)
            if turn:
                ours.append(mine)
                theirs.append(peer)
    mine, peer = median(ours), median(theirs)
    return [
        Figure("gen-shots runs a minute / stock flow.serve()", mine, peer, "", ">= 3x", mine >= 3 * peer, "more"),
    ]
