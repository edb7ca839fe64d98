"""A bare FastAPI application: one commit and one frame, idle streams, and a fan-out in memory. Nothing is checked.

It runs on plain uvicorn under the settings of server/api/serve.py, without that one's bounds on connections, on the
same PostgreSQL through the same driver.
"""

import asyncio
import os
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import orjson
import psycopg
import uvicorn
import uvloop
from fastapi import FastAPI, Request
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.responses import Response, StreamingResponse

from wzrd.db.engine import open_engine

CHANNEL = "bare_fanout"
_TABLE = text("create table if not exists public.bare (id bigserial primary key, body jsonb not null)")
_INSERT = text("insert into public.bare (body) values (cast(:body as jsonb))")
_HEADERS = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}

listeners: defaultdict[str, set[asyncio.Queue[bytes]]] = defaultdict(set)


async def _fan_out(url: str) -> None:
    """Pass on what NOTIFY carries, to whoever listens now: no log, no place to resume from."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(f"listen {CHANNEL}".encode())
        async for notice in connection.notifies():
            topic, _, payload = notice.payload.partition(" ")
            frame = f"data: {payload}\n\n".encode()
            for queue in listeners[topic]:
                queue.put_nowait(frame)


@asynccontextmanager
async def _live(app: FastAPI) -> AsyncGenerator[None]:
    url = os.environ["WZRD_DATABASE_URL"]
    app.state.engine = open_engine(url, application="bare-api")
    async with app.state.engine.begin() as tx:
        await tx.execute(_TABLE)
    task = asyncio.create_task(_fan_out(url))
    yield
    task.cancel()
    await app.state.engine.dispose()


app = FastAPI(lifespan=_live)


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


def _stream(frames: AsyncGenerator[bytes]) -> Response:
    return StreamingResponse(frames, media_type="text/event-stream", headers=_HEADERS)


@app.post("/one-commit")
async def one_commit(request: Request) -> Response:
    """Insert one row, commit, send one frame."""
    body = await request.json()
    async with request.app.state.engine.begin() as tx:
        await tx.execute(_INSERT, {"body": orjson.dumps(body).decode()})

    async def frames() -> AsyncGenerator[bytes]:
        yield b"event: meta\ndata: " + orjson.dumps(body) + b"\n\n"

    return _stream(frames())


@app.get("/idle")
async def idle() -> Response:
    """A comment at once and then every fifteen seconds."""

    async def frames() -> AsyncGenerator[bytes]:
        while True:
            yield b": ping\n\n"
            await asyncio.sleep(15)

    return _stream(frames())


@app.get("/fanout/{topic}")
async def fanout(topic: str) -> Response:
    """Whatever is told under the topic from now on."""
    queue: asyncio.Queue[bytes] = asyncio.Queue()

    async def frames() -> AsyncGenerator[bytes]:
        listeners[topic].add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            listeners[topic].discard(queue)

    return _stream(frames())


def settings_of(served: Starlette) -> uvicorn.Config:
    """Plain uvicorn on WZRD_PORT of loopback, under the settings of server/api/serve.py."""
    return uvicorn.Config(
        served,
        host="127.0.0.1",
        port=int(os.environ["WZRD_PORT"]),
        http="httptools",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    uvloop.run(uvicorn.Server(settings_of(app)).serve())
