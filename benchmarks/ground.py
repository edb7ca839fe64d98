"""Resources of the benchmarks: a durable PostgreSQL of their own, child processes, free ports, the paid fakes."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import jwt

from server.fakes import Behaviour, Fakes, open_fakes
from server.stack import postgres
from wzrd.db.engine import migrate, open_engine
from wzrd.operations import KINDS
from wzrd.runtime.process import Runtime, make_runtime
from wzrd.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a-secret-for-benchmarks-of-forty-characters"
_KEPT = {"PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONDONTWRITEBYTECODE", "SSL_CERT_FILE"}


def plain_environment() -> dict[str, str]:
    """Our environment without anything that would give a process a key, a server or a profile."""
    return {name: value for name, value in os.environ.items() if name in _KEPT} | {"PYTHONPATH": str(ROOT)}


@asynccontextmanager
async def folder() -> AsyncGenerator[Path]:
    """A folder that PostgreSQL's unprivileged user may enter, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="wzrd-b", ignore_cleanup_errors=True) as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@asynccontextmanager
async def database(home: Path) -> AsyncGenerator[str]:
    """The address of a migrated database on a PostgreSQL that keeps its promises (fsync and all)."""
    cluster = postgres.Cluster(home / "data", home / "s")
    process = await postgres.start(cluster, home / "postgres.log", durable=True)
    try:
        await postgres.wait(cluster)
        await postgres.ensure_database(cluster, "wzrd")
        engine = open_engine(cluster.url("wzrd"))
        await migrate(engine)
        await engine.dispose()
        yield cluster.url("wzrd")
    finally:
        await postgres.stop(process)


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class ServedProcess:
    """A child that serves HTTP."""

    url: str
    port: int
    pid: int


@asynccontextmanager
async def served(module: str, environment: Mapping[str, str], *, probe: str) -> AsyncGenerator[ServedProcess]:
    """`python -m module` on WZRD_PORT for as long as the block lasts; it is up when `probe` answers 200."""
    port = free_port()
    given = {**plain_environment(), **environment, "WZRD_PORT": str(port)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, cwd=ROOT, env=given)
    server = ServedProcess(f"http://127.0.0.1:{port}", port, process.pid)
    try:
        await until_up(server.url + probe, process)
        yield server
    finally:
        await end(process)


@asynccontextmanager
async def running(*words: str, environment: Mapping[str, str]) -> AsyncGenerator[int]:
    """`python …`, unheard, for as long as the block lasts: its pid."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, cwd=ROOT, env=environment, stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        yield process.pid
    finally:
        await end(process)


@asynccontextmanager
async def runtime_on(database_url: str) -> AsyncGenerator[Runtime]:
    """A runtime of this process on a database."""
    engine = open_engine(database_url, application="bench")
    runtime = make_runtime(Settings.model_validate({"WZRD_DATABASE_URL": database_url}), engine, KINDS)
    try:
        yield runtime
    finally:
        await runtime.aclose()
        await engine.dispose()


async def end(process: asyncio.subprocess.Process) -> None:
    """End a child of ours: politely, then for certain."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def until_up(url: str, process: asyncio.subprocess.Process | None = None, *, seconds: float = 60) -> None:
    """Return once an address answers 200.

    Raises:
        RuntimeError: the process that serves it has ended.
        TimeoutError: it has not answered within so many seconds.
    """
    async with asyncio.timeout(seconds), httpx.AsyncClient() as http:
        while process is None or process.returncode is None:
            try:
                if (await http.get(url)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.05)
    raise RuntimeError(f"the server of {url} ended by itself")


@asynccontextmanager
async def our_api(database_url: str, **more: str) -> AsyncGenerator[ServedProcess]:
    """Our API as `wzrd up` starts it, with caps that let thousands of streams in."""
    environment = {
        "WZRD_DATABASE_URL": database_url,
        "SUPABASE_JWT_SECRET": SECRET,
        "WZRD_STREAMS_PER_USER": "20000",
        "WZRD_STREAMS_TOTAL": "20000",
        **more,
    }
    async with served("server.api.serve", environment, probe="/healthz") as server:
        yield server


@asynccontextmanager
async def peer_api(database_url: str) -> AsyncGenerator[ServedProcess]:
    """The bare application of benchmarks/peers/api.py under the same server settings."""
    async with served("benchmarks.peers.api", {"WZRD_DATABASE_URL": database_url}, probe="/healthz") as server:
        yield server


@asynccontextmanager
async def open_paid_fakes(seconds: float = 0.05, **behaviour: Any) -> AsyncGenerator[Fakes]:
    """The paid providers' fakes in a process of their own; every job takes `seconds`, more of it by `behaviour`.

    Each thing made has the size that is asked for: ask for little (64x64 pixels, one second). `fakes.environment()`
    sends a process there, `fakes.pid` is the process to measure.
    """
    async with open_fakes(process=True, otherwise=Behaviour(seconds=seconds, **behaviour)) as fakes:
        yield fakes


def token(user_id: UUID, secret: str = SECRET) -> str:
    """A signed-in person's token."""
    now = int(time.time())
    claims = {"sub": str(user_id), "aud": "authenticated", "role": "authenticated", "iat": now, "exp": now + 900}
    return jwt.encode(claims, secret, "HS256")


def raise_file_limit(least: int) -> None:
    """Let this process and its children open `least` files, as far as the machine allows."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = least if hard == resource.RLIM_INFINITY else min(least, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    if wanted < least:
        raise RuntimeError(f"this machine allows {wanted} open files, {least} are needed")
