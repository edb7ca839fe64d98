"""POST gen-shots to `meta` on the wire, warm, against a bare FastAPI route with one commit and one frame.

Ours runs in the whole stack, and each request is followed by its run; the next begins when that has ended and the
machine is quiet again. The peer is asked in between, on the same PostgreSQL under the same server settings.
"""

import asyncio
import time
from statistics import median

import httpx

from benchmarks.figures import Measure
from benchmarks.ground import folder, peer_api
from benchmarks.stack import Stack, read_pieces, shoot, whole_stack

WARM_UP = 5
ROUNDS = 40
BUDGET_MS = 60.0
QUIET_SECONDS = 0.15


async def _ours(http: httpx.AsyncClient, stack: Stack) -> float:
    began = time.perf_counter()
    _, arrived = await shoot(http, stack)
    return (arrived[0] - began) * 1000


async def _peer(http: httpx.AsyncClient, stack: Stack) -> float:
    began = time.perf_counter()
    arrived = await read_pieces(http, "/one-commit", stack)
    return (arrived[0] - began) * 1000


async def measure() -> list[Measure]:
    """In turn, over one kept connection each; the first few do not count."""
    ours: list[float] = []
    peer: list[float] = []
    async with (
        folder() as home,
        whole_stack(home) as stack,
        peer_api(stack.database_url) as bare,
        httpx.AsyncClient(base_url=stack.api_url, timeout=60) as mine,
        httpx.AsyncClient(base_url=bare.url, timeout=60) as theirs,
    ):
        for turn in range(WARM_UP + ROUNDS):
            await asyncio.sleep(QUIET_SECONDS)
            one = await _peer(theirs, stack)
            two = await _ours(mine, stack)
            if turn >= WARM_UP:
                peer.append(one)
                ours.append(two)
    p50, ratio = median(ours), median(ours) / median(peer)
    return [
        Measure("POST to meta / one commit and one frame", p50, median(peer), "ms", "<= 3x", ratio <= 3),
        Measure("POST to meta, p50", p50, None, "ms", "<= 60 ms", p50 <= BUDGET_MS),
    ]
