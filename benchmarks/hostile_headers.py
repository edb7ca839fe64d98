"""Endless headers against the API: how long another client waits meanwhile, against the bare application.

The peer runs on plain uvicorn, which hands httptools whatever comes; its /healthz asks no database, ours does.
"""

import asyncio
import sys
import time

from benchmarks.figures import Figure, percentile
from benchmarks.ground import ROOT, Server, database, end, folder, our_api, peer_api, plain_environment

ATTACK_SECONDS = 6.0
BUDGET_MS = 100.0
_REQUEST = b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"
_PROGRAM = [sys.executable, "-m", "benchmarks.peers.endless_headers"]


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
    """Milliseconds until /healthz has answered on this connection."""
    began = time.perf_counter()
    writer.write(_REQUEST)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.split(b":")[1]))
    return (time.perf_counter() - began) * 1000


async def _under_attack(server: Server) -> float:
    """The p99 of one client that asks again and again while an attacker's process is at work."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    waits: list[float] = []
    try:
        await _ask(reader, writer)
        arguments = [*_PROGRAM, str(server.port), str(ATTACK_SECONDS)]
        attacker = await asyncio.create_subprocess_exec(*arguments, cwd=ROOT, env=plain_environment())
        try:
            while attacker.returncode is None:
                waits.append(await _ask(reader, writer))
        finally:
            await end(attacker)
    finally:
        writer.close()
    return percentile(waits, 0.99)


async def measure() -> list[Figure]:
    """The peer first, then ours, each in a process of its own."""
    async with folder() as home, database(home) as url:
        async with peer_api(url) as peer:
            theirs = await _under_attack(peer)
        async with our_api(url) as api:
            ours = await _under_attack(api)
    return [Figure("p99 of another client under endless headers", ours, theirs, "ms", "<= 100 ms", ours <= BUDGET_MS)]
