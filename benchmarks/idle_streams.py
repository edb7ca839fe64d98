"""Two thousand idle streams on one API process: memory a stream, pooled connections held, sweep queries a second.

The peer is a bare StreamingResponse that sleeps: it checks nobody, follows nothing and can resume nothing.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.append import leased_runs
from benchmarks.figures import Figure
from benchmarks.ground import Server, database, folder, open_stream, our_api, peer_api, raise_file_limit, token
from wzrd.db.engine import open_engine

STREAMS = 2000
WARM_UP = 200
AT_ONCE = 50
RUNS = 100
WATCHED_SECONDS = 6.0

_HELD = text("""
    select count(*) filter (where state <> 'idle'), count(*) from pg_stat_activity
    where application_name = 'wzrd-api' and pid <> pg_backend_pid()
""")


async def _opened(stack: AsyncExitStack, server: Server, paths: Sequence[tuple[str, str]]) -> None:
    """Open a stream a path (with its bearer token), fifty at once; they are closed with the stack."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(path: str, bearer: str) -> None:
        async with gate:
            _, writer = await open_stream(server.port, path, bearer)
            stack.callback(writer.close)

    await asyncio.gather(*(one(*path) for path in paths))


async def _growth(stack: AsyncExitStack, server: Server, paths: Sequence[tuple[str, str]]) -> float:
    """KiB of memory a stream, beyond what a process holds that has already served two hundred."""
    async with AsyncExitStack() as warm_up:
        await _opened(warm_up, server, paths[:WARM_UP])
    await asyncio.sleep(1.0)
    before = server.resident_kib()
    await _opened(stack, server, paths)
    await asyncio.sleep(2.0)
    return (server.resident_kib() - before) / len(paths)


async def _sweeps(http: httpx.AsyncClient) -> float:
    found = re.search(r"^wzrd_sweeps_total (\S+)", (await http.get("/metrics")).text, re.MULTILINE)
    assert found, "the API counts its sweeps"
    return float(found.group(1))


async def _watch(server: Server, engine: AsyncEngine) -> tuple[float, int, int]:
    """While all is idle: sweeps a second, the most connections seen at work at once, the most there were."""
    busy = total = 0
    async with httpx.AsyncClient(base_url=server.url) as http:
        before, began = await _sweeps(http), time.perf_counter()
        while time.perf_counter() - began < WATCHED_SECONDS:
            async with engine.connect() as connection:
                row = (await connection.execute(_HELD)).one()
            busy, total = max(busy, row[0]), max(total, row[1])
            await asyncio.sleep(0.037)
        return (await _sweeps(http) - before) / (time.perf_counter() - began), busy, total


async def measure() -> list[Figure]:
    """The peer first, then ours, each in a process of its own."""
    raise_file_limit(3 * STREAMS)
    async with folder() as home, database(home) as url, AsyncExitStack() as stack:
        engine = open_engine(url, application="bench")
        stack.push_async_callback(engine.dispose)
        leases = await leased_runs(engine, RUNS)
        async with peer_api(url) as peer, AsyncExitStack() as streams:
            theirs = await _growth(streams, peer, [("/idle", "")] * STREAMS)
        async with our_api(url) as api, AsyncExitStack() as streams:
            tokens = [token(lease.user_id) for lease in leases]
            paths = [
                (f"/functions/v1/runs/{leases[n % RUNS].run_id}/events?after=1", tokens[n % RUNS])
                for n in range(STREAMS)
            ]
            ours = await _growth(streams, api, paths)
            sweeps, busy, total = await _watch(api, engine)
    return [
        Figure(f"memory a stream, {STREAMS:,} idle at once", ours, theirs, "KiB", "<= 40 KiB", ours <= 40),
        Figure("sweep queries a second for all of them", sweeps, None, "/s", "about 1/s", sweeps <= 1.2),
        Figure("database connections at work, at most (sweep)", busy, None, "", "<= 1", busy <= 1),
        Figure("database connections in the pool, idle", total, None, "", "<= 8", total <= 8),
    ]
