"""The application on a loopback port, as its own process would serve it; one database a test module."""

import asyncio
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import jwt
from fastapi import FastAPI

from server.api.app import create_app
from server.api.serve import Server
from server.stack import postgres
from tests.databases import fresh_database
from tests.server.conftest import SECRET
from tests.waiting import until
from wzrd.contracts.sse import SseFrame, SseReader
from wzrd.db.engine import open_engine
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.operations import KINDS
from wzrd.runs.execute import claim
from wzrd.runs.finish import finish
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime, make_runtime
from wzrd.settings import Settings


@asynccontextmanager
async def shared_runtime(cluster: postgres.Cluster, **environment: object) -> AsyncGenerator[Runtime]:
    """A runtime on a database and in a home of its own; `environment` as settings spell it."""
    async with fresh_database(cluster) as url:
        values = {"WZRD_DATABASE_URL": url, "SUPABASE_JWT_SECRET": SECRET, "WZRD_STREAM_PING": 0.3, **environment}
        engine = open_engine(url, pool_size=16, pool_seconds=120)  # on a busy host hundreds wait for long
        with tempfile.TemporaryDirectory(prefix="wzrd-t", ignore_cleanup_errors=True) as home:
            runtime = make_runtime(Settings.model_validate({"WZRD_HOME": home, **values}), engine, KINDS)
            try:
                yield runtime
            finally:
                await runtime.aclose()
                await engine.dispose()


def with_settings(runtime: Runtime, **settings: object) -> Runtime:
    """The runtime under other settings (by field name)."""
    return replace(runtime, settings=runtime.settings.model_copy(update=settings))


@asynccontextmanager
async def serving(app: FastAPI, host: str = "127.0.0.1") -> AsyncGenerator[tuple[str, Server]]:
    """The application behind uvicorn on a free port, and its server."""
    server = Server(app, host, 0)
    running = asyncio.create_task(server._serve())
    try:
        await until(lambda: server.started)
        yield f"http://{host}:{server.servers[0].sockets[0].getsockname()[1]}", server
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def calling(runtime: Runtime) -> AsyncGenerator[tuple[httpx.AsyncClient, FastAPI]]:
    """A client of a served application over `runtime`, and the application."""
    app = create_app(runtime)
    limits = httpx.Limits(max_connections=None)
    async with (
        serving(app) as (url, _),
        httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(60, pool=None), limits=limits) as client,
    ):
        yield client, app


def bearer(user_id: uuid.UUID) -> dict[str, str]:
    """The headers of a call by this user."""
    now = int(time.time())
    claims = {"sub": str(user_id), "aud": "authenticated", "role": "authenticated", "iat": now, "exp": now + 900}
    return {"authorization": f"Bearer {jwt.encode(claims, SECRET, 'HS256')}"}


async def read(chunks: AsyncIterator[bytes], *, until: int | None = None, seconds: float = 60) -> list[SseFrame]:
    """The stream's frames: all of them, or the first `until`."""
    reader, frames = SseReader(), list[SseFrame]()
    async with asyncio.timeout(seconds):
        async for chunk in chunks:
            frames += reader.feed(chunk)
            if until is not None and len(frames) >= until:
                break
    return frames


async def claimed(runtime: Runtime, run_id: uuid.UUID, flow_run_id: uuid.UUID | None = None) -> Lease:
    """The run's lease, held by this process."""
    lease = await claim(runtime, run_id, flow_run_id=flow_run_id)
    assert lease is not None
    return lease


async def emit(runtime: Runtime, lease: Lease, *data: Any) -> None:
    """Append `shot` events in one step."""
    async with step(runtime, lease) as current:
        for value in data:
            current.emit("shot", {"n": value})


async def deliver(runtime: Runtime, lease: Lease, count: int) -> None:
    """Let the run's first `count` shots succeed."""
    async with step(runtime, lease) as current:
        keys = [f"shot/{i}" for i in range(1, count + 1)]
        for key in await current.move(keys, from_status=("pending",), to="succeeded"):
            current.emit("shot", {"key": key})


async def ended(runtime: Runtime, lease: Lease, outcome: Outcome | None = None) -> str | None:
    """End the run as the process that executes it."""
    return await finish(runtime, lease.run_id, outcome or Outcome(), lease=lease)


def anon_key() -> dict[str, str]:
    """The headers of a call with the public key alone."""
    return {"authorization": f"Bearer {jwt.encode({'role': 'anon', 'exp': int(time.time()) + 900}, SECRET, 'HS256')}"}
