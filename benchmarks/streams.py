"""Streams that one API process holds open (STREAMS, 2,000): memory and processor time of each, and the end of all.

All follow one run that nobody executes; then it is canceled, and every stream has its last frame.
"""

import asyncio
import os
import time
import uuid
from urllib.parse import urlsplit

import httpx

from benchmarks.figures import Measure
from benchmarks.ground import SECRET, ServedProcess, database, folder, our_api, raise_file_limit, runtime_on, token
from benchmarks.processes import computed_below, resident_mib
from tests.rows import make_studio
from wzrd.operations.gen_shots import GenShotsParams, start_gen_shots

STREAMS = int(os.environ.get("STREAMS", "2000"))
AT_ONCE, IDLE_SECONDS = 50, 20.0
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]
"""Both ends are kept: a writer that nobody holds closes its connection."""


async def _follow(server: ServedProcess, run_id: uuid.UUID, user_id: uuid.UUID) -> Stream:
    """One open stream, after its first frame."""
    address = urlsplit(server.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = (
        f"GET /functions/v1/runs/{run_id}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token(user_id)}\r\n\r\n"
    )
    writer.write(head.encode())
    await reader.readuntil(b"event: meta")
    return reader, writer


async def _started(url: str) -> tuple[uuid.UUID, uuid.UUID]:
    """A run that nobody executes, and its user."""
    async with runtime_on(url) as runtime:
        studio = await make_studio(runtime)
        wanted = GenShotsParams(
            user_id=studio.user_id, project_id=str(studio.project_id), shot_count=1, request_id=str(uuid.uuid4())
        )
        return (await start_gen_shots(runtime, wanted, latency=lambda: 1)).run_id, studio.user_id


async def measure() -> list[Measure]:
    """Memory before and with all streams, processor time while they idle, seconds until all have heard the end."""
    raise_file_limit(STREAMS + 1_000)
    async with folder() as home, database(home) as url, our_api(url, SUPABASE_JWT_SECRET=SECRET) as server:
        run_id, user_id = await _started(url)
        first = await _follow(server, run_id, user_id)
        alone = resident_mib(server.pid)
        places, streams = asyncio.Semaphore(AT_ONCE), [first]

        async def follow() -> None:
            async with places:
                streams.append(await _follow(server, run_id, user_id))

        await asyncio.gather(*(follow() for _ in range(STREAMS)))
        held, before = resident_mib(server.pid), computed_below(server.pid)
        await asyncio.sleep(IDLE_SECONDS)
        idle = (computed_below(server.pid) - before) / IDLE_SECONDS
        began = time.perf_counter()
        async with httpx.AsyncClient(base_url=server.url) as http:
            path, who = f"/functions/v1/runs/{run_id}/cancel", {"authorization": f"Bearer {token(user_id)}"}
            (await http.post(path, headers=who)).raise_for_status()
        await asyncio.gather(*(reader.readuntil(b"event: error") for reader, _ in streams))
        ended = time.perf_counter() - began
    return [
        Measure("an API's memory with its streams / with one", held, alone, "MiB", "", None),
        Measure("a stream's share", (held - alone) / STREAMS * 1024, None, "KiB", "", None),
        Measure("processor time while they idle", idle * 100, None, "% of a core", "", None),
        Measure(f"the end of a run at {STREAMS:,} streams", ended, None, "s", "", None),
    ]
