"""`generate_image` of the Python client against curl on fal-stream: the same server, the same fake, in turn.

Ours asks for the route and follows the stream. curl sends the same body and reads the stream to its end; its own clock
counts, so that the start of its process does not. The fake's job takes 300 ms.
"""

import asyncio
import json
import shutil
import time
import uuid
from statistics import median
from typing import Any

from benchmarks.figures import Figure, Skipped
from benchmarks.ground import folder
from benchmarks.image_latency import JOB_SECONDS, MODEL, QUIET_SECONDS
from benchmarks.stack import Stack, whole_stack
from server.fakes import open_fakes
from server.fakes.script import Behaviour
from wzrd.client import UnifiedGenerationService

WARM_UP, ROUNDS = 3, 40
MOST = 1.05
SIZE = {"image_size": {"width": 1024, "height": 576}}


async def _curl(stack: Stack) -> float:
    """Milliseconds to the whole answer, by curl's clock.

    Raises:
        RuntimeError: it did not end well.
    """
    body: dict[str, Any] = {"modelId": MODEL, "inputs": {"prompt": f"a lamp {uuid.uuid4()}", **SIZE}}
    words = ("-sN", "-w", r"\n%{time_total}", "-H", "content-type: application/json", "-d", json.dumps(body))
    bearer = ("-H", f"authorization: {stack.headers['authorization']}")
    process = await asyncio.create_subprocess_exec(
        "curl", *words, *bearer, f"{stack.api_url}/functions/v1/fal-stream", stdout=asyncio.subprocess.PIPE
    )
    said = (await process.communicate())[0].decode()
    stream, _, seconds = said.rpartition("\n")
    last = [line for line in stream.splitlines() if line.startswith("data: ")][-1]
    if json.loads(last.removeprefix("data: "))["type"] != "done":
        raise RuntimeError(f"curl's stream ended with {last[:300]}")
    return float(seconds) * 1000


async def _ours(service: UnifiedGenerationService) -> float:
    began = time.perf_counter()
    image = await service.generate_image(f"a lamp {uuid.uuid4()}", model=MODEL, parameters=SIZE)
    took = (time.perf_counter() - began) * 1000
    if image.status != "completed" or image.metadata.resolved_model != MODEL:
        raise RuntimeError(f"generate_image ended {image.status} by {image.metadata.resolved_model}")
    return took


async def measure() -> list[Figure]:
    """In turn, the first of each pair alternating; the first few do not count."""
    if shutil.which("curl") is None:
        raise Skipped("curl is not installed")
    ours, peer = list[float](), list[float]()
    async with (
        open_fakes(process=True, otherwise=Behaviour(seconds=JOB_SECONDS)) as fakes,
        folder() as home,
        whole_stack(home, **fakes.environment()) as stack,
        UnifiedGenerationService(stack.api_url, stack.bearer) as service,
    ):
        for turn in range(WARM_UP + ROUNDS):
            pair = dict[str, float]()
            for side in ("ours", "curl") if turn % 2 else ("curl", "ours"):
                await asyncio.sleep(QUIET_SECONDS)
                pair[side] = await (_ours(service) if side == "ours" else _curl(stack))
            if turn >= WARM_UP:
                ours.append(pair["ours"])
                peer.append(pair["curl"])
    ratio = median(ours) / median(peer)
    return [
        Figure("generate_image / curl on fal-stream, p50", median(ours), median(peer), "ms", "<= 1.05x", ratio <= MOST)
    ]
