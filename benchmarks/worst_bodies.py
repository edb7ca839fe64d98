"""The worst mebibyte for every reader of the API, from eight clients at once: how long another's /healthz waits.

A provider's answer is one of them. The peer of each line is the same /healthz while nobody else asks. READERS in the
environment names some of them (`groq-chat;provider`).
"""

import asyncio
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.figures import Measure, percentile
from benchmarks.ground import (
    ROOT,
    ServedProcess,
    database,
    end,
    folder,
    our_api,
    plain_environment,
    runtime_on,
    served,
    token,
)
from benchmarks.worst_requests import Worst, requests
from tests.rows import make_studio
from wzrd.runtime.process import Runtime

SECONDS = 1.2
BUDGET_MS = 100.0
CREDITS = 10_000_000
_HEALTH = b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n"


@dataclass(frozen=True, slots=True)
class _Wait:
    """Milliseconds until /healthz has answered, and how long the API's process computed meanwhile."""

    passed: float
    computed: float


def _computed(server: ServedProcess) -> float:
    """Seconds that all threads of the process have computed."""
    seconds = 0.0
    for path in Path(f"/proc/{server.pid}/task").glob("*/schedstat"):
        with suppress(OSError):  # the thread has just ended
            seconds += int(path.read_text().split()[0]) / 1e9
    return seconds


async def _ask(server: ServedProcess, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> _Wait:
    before, began = _computed(server), time.perf_counter()
    writer.write(_HEALTH)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.split(b":")[1]))
    return _Wait((time.perf_counter() - began) * 1000, (_computed(server) - before) * 1000)


async def _waits(server: ServedProcess, until: asyncio.Future[Any]) -> list[_Wait]:
    """The waits of one client that asks again and again."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        waits = [await _ask(server, reader, writer)]
        while not until.done():
            waits.append(await _ask(server, reader, writer))
            await asyncio.sleep(0.002)
        return waits
    finally:
        writer.close()


async def _attacked(server: ServedProcess, request: Path) -> tuple[list[_Wait], str]:
    words = [sys.executable, "-m", "benchmarks.peers.worst_bodies", str(server.port), str(SECONDS), str(request)]
    process = await asyncio.create_subprocess_exec(
        *words, cwd=ROOT, env=plain_environment(), stdout=asyncio.subprocess.PIPE
    )
    answered = asyncio.ensure_future(process.communicate())
    try:
        waits = await _waits(server, answered)
        return waits, (await answered)[0].decode().strip()
    finally:
        await end(process)


async def _measured(server: ServedProcess, runtime: Runtime, home: Path, worst: Worst, calm: float) -> Measure:
    """One line, of a user with credits and a project."""
    studio = await make_studio(runtime, funds=CREDITS)
    (home / "request").write_bytes(worst.fill(studio.user_id, studio.project_id, token(studio.user_id)))
    waits, answered = await _attacked(server, home / "request")
    passed, computed = [wait.passed for wait in waits], percentile([wait.computed for wait in waits], 0.99)
    p99, median = percentile(passed, 0.99), percentile(passed, 0.5)
    message = f"{worst.name} ({answered}; p50 {median:.0f}, worst {max(passed):.0f}; of p99 computing {computed:.0f})"
    return Measure(message, p99, calm, "ms", f"<= {BUDGET_MS:.0f} ms", p99 <= BUDGET_MS)


async def measure() -> list[Measure]:
    """One server for all; each line is one reader and one body."""
    words = [word for word in os.environ.get("READERS", "").split(";") if word]
    wanted = [worst for worst in requests() if not words or any(word in worst.name for word in words)]
    async with (
        folder() as home,
        database(home) as url,
        served("benchmarks.peers.worst_answers", {}, probe="/") as peer,
        runtime_on(url) as runtime,
    ):
        keys = {"GROQ_API_KEY": "bench", "GROQ_BASE_URL": f"{peer.url}/openai/v1"}
        async with our_api(url, WZRD_HOME=str(home / "wzrd"), **keys) as server:
            quiet = await _waits(server, asyncio.ensure_future(asyncio.sleep(SECONDS)))
            calm = percentile([wait.passed for wait in quiet], 0.99)
            return [await _measured(server, runtime, home, worst, calm) for worst in wanted]
