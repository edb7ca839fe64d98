"""What our road adds to an image: POST fal-stream to `done`, less the same job by bare httpx.

Ours is the whole stack: hold, flow run, one submit, following, fetch, checks, store, charge. The peer submits, asks
every 20 ms and fetches the file. The provider is the fake in a process of its own; its job takes 300 ms.
"""

import asyncio
import json
import time
import uuid
from statistics import median
from typing import Any

import httpx

from benchmarks.figures import Figure
from benchmarks.ground import folder
from benchmarks.stack import Stack, whole_stack
from server.fakes import Fakes, open_fakes
from server.fakes.script import Behaviour

WARM_UP, ROUNDS = 3, 25
JOB_SECONDS = 0.3
BUDGET_MS = 400.0
QUIET_SECONDS = 0.2
MODEL = "fal-ai/flux/schnell"


def _inputs() -> dict[str, Any]:
    return {"prompt": f"a lamp {uuid.uuid4()}", "image_size": {"width": 1024, "height": 576}}


async def _ours(http: httpx.AsyncClient, stack: Stack) -> float:
    """Milliseconds to the whole answer.

    Raises:
        RuntimeError: it did not end well.
    """
    began, last = time.perf_counter(), ""
    body = {"modelId": MODEL, "inputs": _inputs()}
    async with http.stream("POST", "/functions/v1/fal-stream", json=body, headers=stack.headers) as answer:
        async for line in answer.aiter_lines():
            last = line.removeprefix("data: ") if line.startswith("data: ") else last
    took = (time.perf_counter() - began) * 1000
    end = json.loads(last)
    if end["type"] != "done" or end["model"] != MODEL:
        raise RuntimeError(f"fal-stream ended with {last[:300]}")
    return took


async def _peer(http: httpx.AsyncClient, fakes: Fakes) -> float:
    began = time.perf_counter()
    address = fakes.environment()["FAL_QUEUE_URL"]
    job = (await http.post(f"{address}/{MODEL}", json=_inputs())).raise_for_status().json()
    while (await http.get(job["status_url"])).json()["status"] != "COMPLETED":  # noqa: ASYNC110 - that is its way
        await asyncio.sleep(0.02)
    result = (await http.get(job["response_url"])).json()
    (await http.get(result["images"][0]["url"])).raise_for_status()
    return (time.perf_counter() - began) * 1000


async def measure() -> list[Figure]:
    """In turn; the first few do not count."""
    ours, peer = list[float](), list[float]()
    async with (
        open_fakes(process=True, otherwise=Behaviour(seconds=JOB_SECONDS)) as fakes,
        folder() as home,
        whole_stack(home, **fakes.environment()) as stack,
        httpx.AsyncClient(base_url=stack.api_url, timeout=60) as mine,
        httpx.AsyncClient(headers={"authorization": "Key bench"}, timeout=60) as theirs,
    ):
        for turn in range(WARM_UP + ROUNDS):
            await asyncio.sleep(QUIET_SECONDS)
            one, two = await _peer(theirs, fakes), await _ours(mine, stack)
            if turn >= WARM_UP:
                peer.append(one)
                ours.append(two)
    added = median(mine - bare for mine, bare in zip(ours, peer, strict=True))
    return [
        Figure("POST fal-stream to done / bare httpx, p50", median(ours), median(peer), "ms", "", None),
        Figure("what our road adds, p50", added, None, "ms", "<= 400 ms", added <= BUDGET_MS),
    ]
