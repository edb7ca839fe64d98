"""What a node of a graph costs us, against an op of Dagster's and a step of DBOS's.

200 of them, 20 levels of 10; ours as in `compute_run`. The peers' ops and steps do nothing, and keep what they tell and
return on the same durable PostgreSQL. They are no dependencies of ours: the versions below are installed for this run,
or it is skipped.
"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median

import psycopg

from benchmarks.figures import Figure
from benchmarks.ground import ROOT, folder
from benchmarks.stack import Stack, whole_stack
from benchmarks.text_graphs import LEVELS, WIDE, InstantText, as_worker, save_levels, timed_flow
from benchmarks.throw_away import Peer, install, started
from tests.rows import make_studio
from wzrd.runtime.process import Runtime

PACKAGES = ("dagster==1.13.27", "dagster-postgres==0.29.27", "dbos==3.4.0")
NODES = LEVELS * WIDE
ROUNDS = 3
SCRIPTS = ROOT / "benchmarks" / "peers"


def _url(stack: Stack, database: str) -> str:
    return stack.database_url.replace("/wzrd?", f"/{database}?", 1)


@asynccontextmanager
async def _dagster(python: Path, home: Path, stack: Stack, *, durable: bool) -> AsyncGenerator[Peer]:
    """Dagster with its runs and events on our PostgreSQL; else in memory, where nothing outlives its process."""
    own = home / f"dagster-{'kept' if durable else 'memory'}"
    await asyncio.to_thread(own.mkdir)
    if durable:
        async with await psycopg.AsyncConnection.connect(stack.database_url, autocommit=True) as connection:
            await connection.execute("create database dagster")
        url = _url(stack, "dagster").replace(
            "postgresql", "postgresql+psycopg2", 1
        )  # its SQL is written for that driver
        storage = {"storage": {"postgres": {"postgres_url": url}}}
        await asyncio.to_thread((own / "dagster.yaml").write_text, json.dumps(storage))  # JSON is YAML
    settings = {"DAGSTER_HOME": str(own)} if durable else {}
    environment = {**settings, "DAGSTER_DISABLE_TELEMETRY": "1"}
    async with started(python, SCRIPTS / "dagster_graph.py", own / "log", environment) as peer:
        yield peer


@asynccontextmanager
async def _dbos(python: Path, home: Path, stack: Stack) -> AsyncGenerator[Peer]:
    environment = {"DATABASE_URL": _url(stack, "dbos")}
    async with started(python, SCRIPTS / "dbos_graph.py", home / "dbos.log", environment) as peer:
        yield peer


async def _costs(runtime: Runtime, peers: list[Peer]) -> tuple[float, list[float]]:
    """Milliseconds a node of ours and of each peer's; in turn, after one of each that does not count."""
    studio = await make_studio(runtime, funds=10_000)
    await save_levels(runtime, studio, [[f"level {level}, node {n}" for n in range(WIDE)] for level in range(LEVELS)])
    times: list[list[float]] = [[] for _ in range(1 + len(peers))]
    for turn in range(ROUNDS + 1):
        told = [await timed_flow(studio) / NODES * 1000, *[await peer.run() for peer in peers]]
        if turn:
            for kept, one in zip(times, told, strict=True):
                kept.append(one)
    ours, *theirs = (median(kept) for kept in times)
    return ours, theirs


async def measure() -> list[Figure]:
    """Everybody in turn on one PostgreSQL."""
    async with folder() as home, AsyncExitStack() as opened:
        python = await install(home, *PACKAGES)
        stack = await opened.enter_async_context(whole_stack(home, GROQ_API_KEY="never-asked"))
        runtime = await opened.enter_async_context(as_worker(stack, InstantText(), home))
        dagster = await opened.enter_async_context(_dagster(python, home, stack, durable=True))
        memory = await opened.enter_async_context(_dagster(python, home, stack, durable=False))
        dbos = await opened.enter_async_context(_dbos(python, home, stack))
        ours, (kept, forgotten, step) = await _costs(runtime, [dagster, memory, dbos])
    return [
        Figure("a node / Dagster's op, in process", ours, kept, "ms", ">= 3x cheaper", 3 * ours <= kept),
        Figure("the same / its events in memory", ours, forgotten, "ms", "", None),
        Figure("a node / a step of DBOS", ours, step, "ms", "<= 2x", ours <= 2 * step),
    ]
