"""A bare FastAPI application: one commit and one frame. Nothing is checked.

It runs on plain uvicorn under the settings of server/api/serve.py, without that one's bounds on connections, on the
same PostgreSQL through the same driver.
"""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import orjson
import uvicorn
from fastapi import FastAPI, Request
from sqlalchemy import text
from starlette.responses import Response, StreamingResponse

from wzrd.db.engine import open_engine

_TABLE = text("create table if not exists public.bare (id bigserial primary key, body jsonb not null)")
_INSERT = text("insert into public.bare (body) values (cast(:body as jsonb))")
_HEADERS = {"cache-control": "no-cache, no-transform", "x-accel-buffering": "no"}


@asynccontextmanager
async def _live(app: FastAPI) -> AsyncGenerator[None]:
    app.state.engine = open_engine(os.environ["WZRD_DATABASE_URL"], application="bare-api")
    async with app.state.engine.begin() as tx:
        await tx.execute(_TABLE)
    yield
    await app.state.engine.dispose()


app = FastAPI(lifespan=_live)


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@app.post("/one-commit")
async def one_commit(request: Request) -> Response:
    """Insert one row, commit, send one frame."""
    body = await request.json()
    async with request.app.state.engine.begin() as tx:
        await tx.execute(_INSERT, {"body": orjson.dumps(body).decode()})

    async def frames() -> AsyncGenerator[bytes]:
        yield b"event: meta\ndata: " + orjson.dumps(body) + b"\n\n"

    return StreamingResponse(frames(), media_type="text/event-stream", headers=_HEADERS)


if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(os.environ["WZRD_PORT"]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
