"""Graphs of text nodes for benchmarks: saved, by a paid model that answers at once, executed in this process."""

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import httpx
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, PREFECT_LOCAL_STORAGE_PATH, temporary_settings

from benchmarks.stack import Stack
from blocks.resolve import serving
from flows.compute import compute
from tests.rows import Studio
from wzrd.db.compute_graphs import save_graph
from wzrd.providers.base import Accepted, Output, Request
from wzrd.providers.registry import Providers
from wzrd.runtime.gc_tuning import collect_when_idle
from wzrd.runtime.process import Runtime

LEVELS, WIDE = 20, 10
CAUGHT_UP_SECONDS = 120.0
MODEL = "llama-3.3-70b-versatile"


@dataclass(slots=True)
class InstantText:
    """A paid model of words that answers after as many seconds as `pause` says of the prompt."""

    pause: Callable[[str], float] = lambda _prompt: 0.0
    name: str = "groq"
    recovery: Literal["none"] = "none"
    media_types: frozenset[str] = frozenset({"text"})
    paid: bool = True

    async def stream(self, request: Request) -> AsyncGenerator[Accepted | Output]:
        """One submit."""
        prompt = str(request.inputs["messages"][-1]["content"])
        yield Accepted()
        if seconds := self.pause(prompt):
            await asyncio.sleep(seconds)
        yield Output(f"about {prompt}")


def _node_row(number: int, prompt: str) -> dict[str, Any]:
    """A node as its table spells it."""
    rest: dict[str, Any] = {"version": "1.0.0", "inputs": [], "outputs": [], "metadata": {}, "preview": None}
    place = {"position": {"x": number % WIDE, "y": number // WIDE}, "size": {"w": 1, "h": 1}}
    state = {"status": "idle", "progress": 0, "error": None, "is_dirty": False}
    params = {"prompt": prompt, "model": MODEL}
    about = {"id": str(uuid.uuid4()), "kind": "Text", "label": f"node {number}", "params": params}
    return about | rest | place | state


def _edge_row(source: Mapping[str, Any], target: Mapping[str, Any]) -> dict[str, Any]:
    """An edge as its table spells it: a text becomes the context of the next."""
    ends = {"source_node_id": source["id"], "target_node_id": target["id"]}
    ports = {"source_port_id": "text", "target_port_id": "context"}
    handles = {"source_handle": "text", "target_handle": "context"}
    return {"id": str(uuid.uuid4()), **ends, **ports, **handles, "data_type": "text", "status": "idle", "metadata": {}}


async def save_levels(runtime: Runtime, studio: Studio, rows: Sequence[Sequence[str]], *, crossed: bool = True) -> None:
    """A graph of these prompts by level: each node needs the one above it and, `crossed`, that one's neighbour."""
    levels = [[_node_row(at * WIDE + n, prompt) for n, prompt in enumerate(row)] for at, row in enumerate(rows)]
    edges = [
        _edge_row(above[at], below[n])
        for above, below in pairwise(levels)
        for n in range(len(below))
        for at in {n, (n + 1) % len(above) if crossed else n}
    ]
    async with runtime.begin() as tx:
        await save_graph(
            tx, studio.project_id, studio.user_id, nodes=[one for row in levels for one in row], edges=edges
        )


async def timed_flow(studio: Studio) -> float:
    """Seconds of the project's graph, from the flow's call to its end; garbage is collected as a worker does it."""
    asked: Any = compute
    async with collect_when_idle(lambda: False):
        began = time.perf_counter()
        state = await asked(str(studio.project_id), use_cache=False, return_state=True)
        took = time.perf_counter() - began
    if not state.is_completed():
        raise RuntimeError(f"the graph ended otherwise: {state.message}")
    return took


async def count_tasks(stack: Stack) -> int:
    """The task runs that Prefect's server knows to be over."""
    body = {"task_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}
    async with httpx.AsyncClient(auth=stack.prefect_credentials, timeout=60) as http:
        answer = await http.post(f"{stack.prefect_api_url}/task_runs/count", json=body)
    return int(answer.raise_for_status().json())


async def caught_up(stack: Stack, tasks: int) -> None:
    """Until Prefect's server has written down so many tasks, which it does after their flow: else the next one pays.

    Raises:
        TimeoutError: it does not.
    """
    async with asyncio.timeout(CAUGHT_UP_SECONDS):
        while await count_tasks(stack) < tasks:
            await asyncio.sleep(0.25)


@asynccontextmanager
async def as_worker(stack: Stack, provider: InstantText, home: Path) -> AsyncGenerator[Runtime]:
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
