"""The paid providers' fakes for benchmarks, and whether 500 jobs at once are little to them.

Peer: benchmarks/peers/one_answer.py, a bare application that is asked as often by the same client.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.figures import Figure, percentile
from benchmarks.ground import Server, raise_file_limit, served
from server.fakes import Behaviour, Fakes, open_fakes

JOBS, AT_ONCE = 3_000, 500
POLL_SECONDS = 0.05
KEY = "authorization: Key k\r\n"


@asynccontextmanager
async def open_paid_fakes(seconds: float = 0.05, **behaviour: Any) -> AsyncGenerator[Fakes]:
    """The paid providers' fakes in a process of their own; every job takes `seconds`, more of it by `behaviour`.

    What is made has the size that is asked for: ask for little (64x64 pixels, one second). `fakes.environment()` sends
    a process there, `fakes.pid` is the process to measure.
    """
    async with open_fakes(process=True, otherwise=Behaviour(seconds=seconds, **behaviour)) as fakes:
        yield fakes


class Connection:
    """One HTTP/1.1 connection that stays open. No HTTP client: it would be what we measure."""

    def __init__(self, origin: str) -> None:
        self._netloc = urlsplit(origin)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, url: str, body: bytes = b"") -> bytes:
        """The body of the answer, of any status."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._netloc.hostname, self._netloc.port)
        reader, writer = self._streams
        path = urlsplit(url).path
        head = f"{method} {path} HTTP/1.1\r\nhost: {self._netloc.netloc}\r\n{KEY}content-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        told = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(told.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        return await reader.readexactly(length)

    def close(self) -> None:
        """Let go of it."""
        if self._streams is not None:
            self._streams[1].close()


Job = Callable[[Connection, int], Awaitable[float]]
"""One job on a connection, and the seconds that its first request took."""


def _job_of(fakes: Fakes) -> Job:
    queue = f"{fakes.environment()['FAL_QUEUE_URL']}/fal-ai/flux/dev"

    async def job(connection: Connection, number: int) -> float:
        payload = {"prompt": f"cat {number}", "image_size": {"width": 64, "height": 64}}
        started = time.perf_counter()
        submitted: Any = json.loads(await connection.ask("POST", queue, json.dumps(payload).encode()))
        took = time.perf_counter() - started
        status_url = submitted["status_url"]
        while json.loads(await connection.ask("GET", status_url))["status"] != "COMPLETED":  # noqa: ASYNC110
            await asyncio.sleep(POLL_SECONDS)  # as a provider's client does
        result: Any = json.loads(await connection.ask("GET", submitted["response_url"]))
        assert (await connection.ask("GET", result["images"][0]["url"])).startswith(b"\x89PNG")
        return took

    return job


async def _bare_job(connection: Connection, number: int) -> float:
    """As many requests as a job: submit, two statuses, result and file."""
    started = time.perf_counter()
    await connection.ask("POST", f"/job/{number}", b"{}" * 40)
    took = time.perf_counter() - started
    await connection.ask("GET", "/status")
    await asyncio.sleep(POLL_SECONDS)
    for path in ("/status", "/result", "/file"):
        await connection.ask("GET", path)
    return took


async def _run(origin: str, job: Job, count: int) -> tuple[float, list[float]]:
    """`count` jobs, `AT_ONCE` at a time: the seconds of all, and those of each first request."""
    numbers, firsts = iter(range(count)), list[float]()

    async def work() -> None:
        connection = Connection(origin)
        for number in numbers:
            firsts.append(await job(connection, number))
        connection.close()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return time.perf_counter() - started, firsts


def _cpu(pid: int) -> float:
    """The processor seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure() -> list[Figure]:
    raise_file_limit(4_000)
    async with open_paid_fakes() as fakes, served("benchmarks.peers.one_answer", {}, probe="/") as bare:
        assert fakes.pid is not None
        ours, theirs = Server(fakes.base_url, 0, fakes.pid), bare
        await _run(ours.url, _job_of(fakes), AT_ONCE)
        await _run(theirs.url, _bare_job, AT_ONCE)
        before, memory = (_cpu(ours.pid), _cpu(theirs.pid)), ours.resident_kib()
        seconds, firsts = await _run(ours.url, _job_of(fakes), JOBS)
        bare_seconds, bare_firsts = await _run(theirs.url, _bare_job, JOBS)
        cpu, bare_cpu = (_cpu(ours.pid) - before[0]) / JOBS, (_cpu(theirs.pid) - before[1]) / JOBS
        grown = (ours.resident_kib() - memory) / 1024
        paid = len(await fakes.paid_submits("fal-ai"))
    return [
        Figure("jobs a second, 500 at once, files and all", JOBS / seconds, JOBS / bare_seconds, "/s", ">= 200/s",
               JOBS / seconds >= 200),
        Figure("CPU a job / five bare answers", cpu * 1e3, bare_cpu * 1e3, "ms", "<= 2 ms", cpu <= 0.002),
        Figure("the answer to a submit, p50", percentile(firsts, 0.5) * 1e3, percentile(bare_firsts, 0.5) * 1e3,
               "ms", "", None),
        Figure("memory that 3,000 jobs leave", grown, None, "MiB", "<= 50 MiB", grown <= 50),
        Figure("submits counted", paid, None, "", f"{JOBS + AT_ONCE:,}", paid == JOBS + AT_ONCE),
    ]  # fmt: skip
