"""`make demo`'s command in a clean home, to the finished film, against a stock Prefect server's start alone.

The environment is installed before (downloads are not counted). The peer is the least that anybody waits who wants
to see runs in Prefect's UI: `prefect server start` in a clean home until it answers, and nothing has run yet.
"""

import asyncio
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from benchmarks.figures import Figure
from benchmarks.ground import ROOT, end, folder, free_port, plain_environment
from benchmarks.stack import wzrd

BUDGET_SECONDS = 180.0


async def _demo(home: Path) -> float:
    """Seconds from the command to the film and the closing words; `wzrd down` is not counted."""
    environment = plain_environment() | {"WZRD_HOME": str(home / "home"), "WZRD_PORT": str(free_port())}
    began = time.perf_counter()
    try:
        await wzrd(environment, "demo", "--out", str(home / "out"))
        seconds = time.perf_counter() - began
        if not (home / "out" / "film.mp4").stat().st_size:
            raise RuntimeError("the demo made no film")
        return seconds
    finally:
        await wzrd(environment, "down")


async def _until_healthy(url: str) -> None:
    async with asyncio.timeout(90), httpx.AsyncClient() as http:
        while True:
            try:
                if (await http.get(url)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)


async def _stock(home: Path) -> float:
    """Seconds until a stock Prefect server answers."""
    port = free_port()
    environment: Mapping[str, str] = plain_environment() | {"PREFECT_HOME": str(home / "stock"), "DO_NOT_TRACK": "1"}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _until_healthy(f"http://127.0.0.1:{port}/api/health")
        return time.perf_counter() - began
    finally:
        await end(process)


async def measure() -> list[Figure]:
    """Once each: both begin with nothing, and neither leaves anything to the other."""
    async with folder() as home:
        peer = await _stock(home)
        ours = await _demo(home)
    return [Figure("wzrd demo to film.mp4 / stock server up", ours, peer, "s", "<= 180 s", ours <= BUDGET_SECONDS)]
