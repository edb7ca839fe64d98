"""What a provider's global limit costs a chat call through the API, and a node of a graph.

The limits are Prefect's, 64 slots, as `wzrd up` makes them; without means switched off. The two take turns, and each
turn waits until the change is known. The peer is the very same call without a limit.
"""

import asyncio
import time
from statistics import median

import httpx

from benchmarks.direct_chat import MODEL, PATH, SECONDS
from benchmarks.figures import Figure
from benchmarks.ground import folder
from benchmarks.stack import Stack, whole_stack
from benchmarks.text_graphs import LEVELS, WIDE, InstantText, as_worker, caught_up, count_tasks, save_levels, timed_flow
from server.fakes import open_fakes
from server.fakes.script import Behaviour
from tests.rows import make_studio
from wzrd.providers.global_limits import KNOWN_SECONDS, PREFIX, GlobalLimits
from wzrd.providers.registry import Providers

ROUNDS, CALLS = 3, 40
NODES = LEVELS * WIDE


async def _switch(stack: Stack, *, on: bool) -> None:
    """Set groq's limit in or out of force, and wait until every process knows it."""
    async with httpx.AsyncClient(auth=stack.prefect_credentials, timeout=20) as http:
        path = f"{stack.prefect_api_url}/v2/concurrency_limits/{PREFIX}groq"
        (await http.patch(path, json={"active": on})).raise_for_status()
    await asyncio.sleep(KNOWN_SECONDS + 0.5)


async def _chats(http: httpx.AsyncClient, stack: Stack) -> float:
    """Milliseconds of the median call."""
    took = list[float]()
    for _ in range(CALLS):
        began = time.perf_counter()
        answer = await http.post(PATH, json={"prompt": "Say a word.", "model": MODEL}, headers=stack.headers)
        took.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()
    return median(took)


async def measure() -> list[Figure]:
    """In turn, after a turn of each that does not count."""
    chats: dict[bool, list[float]] = {True: [], False: []}
    nodes: dict[bool, list[float]] = {True: [], False: []}
    provider = InstantText()
    async with (
        folder() as home,
        open_fakes(process=True, otherwise=Behaviour(seconds=SECONDS, text="A word.")) as fakes,
        whole_stack(home, **fakes.environment()) as stack,
        as_worker(stack, provider, home) as runtime,
        httpx.AsyncClient(base_url=stack.api_url, timeout=30) as http,
    ):
        runtime.providers = Providers(
            [provider], everywhere=GlobalLimits(stack.prefect_api_url, auth=stack.prefect_auth)
        )
        studio = await make_studio(runtime, funds=10_000)
        rows = [[f"limits {level}, node {n}" for n in range(WIDE)] for level in range(LEVELS)]
        await save_levels(runtime, studio, rows)
        for turn in range(ROUNDS + 1):
            for on in (False, True):
                await _switch(stack, on=on)
                chat, known = await _chats(http, stack), await count_tasks(stack)
                node = await timed_flow(studio) / NODES * 1000
                await caught_up(stack, known + NODES)
                if turn:
                    chats[on].append(chat)
                    nodes[on].append(node)
        await runtime.providers.aclose()
    chat, bare = median(chats[True]), median(chats[False])
    node, plain = median(nodes[True]), median(nodes[False])
    return [
        Figure("a chat call, limits on / off", chat, bare, "ms", "<= 1.1x", chat <= 1.1 * bare),
        Figure("a node of a graph, limits on / off", node, plain, "ms", "<= 1.1x", node <= 1.1 * plain),
    ]
