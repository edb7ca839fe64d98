"""A raw client, the API's own process to attack, and an application in this process under other settings."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.responses import Response

from server.api.app import create_app
from server.stack.environment import ROOT
from tests.server.served import serving, with_settings
from tests.waiting import looks
from wzrd.runtime.process import Runtime

HEAD = b"GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n"
POST = b"POST /functions/v1/gen-shots HTTP/1.1\r\nhost: 127.0.0.1\r\n"
SIGN_IN = b"POST /functions/v1/wallet-auth HTTP/1.1\r\nhost: 127.0.0.1\r\n"
LIMIT = 65_536
MUCH = 150 << 20


@dataclass
class Answer:
    """One answer as it was read."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> str:
        return json.loads(self.body)["error"]


class Client:
    """A raw connection. Every wait ends after ten seconds: a server that does not answer fails the test."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self) -> Answer:
        async with asyncio.timeout(60):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            headers = {name.lower(): value for name, value in re.findall(r"(?m)^([^:\r\n]+): ([^\r\n]*)", head)}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(head.split()[1]), headers, body)

    async def ask(self, data: bytes) -> Answer:
        self.writer.write(data)
        return await self.answer()

    async def is_closed(self) -> bool:
        """Wait until the server has closed its side; whether nothing more was said."""
        try:
            async with asyncio.timeout(60):
                return await self.reader.read() == b""
        except ConnectionError:
            return True

    async def pour(self, piece: bytes, most: int = MUCH) -> int:
        """Write a piece again and again until the connection breaks or `most` bytes are out; how many that were."""
        sent = 0
        with contextlib.suppress(ConnectionError):
            while sent < most:
                self.writer.write(piece)
                await self.writer.drain()
                sent += len(piece)
        return sent

    async def drip(self, byte: bytes = b"x") -> None:
        """A byte now and then until that fails, which the caller waits for."""
        with contextlib.suppress(ConnectionError):
            async for _ in looks(every=0.02):
                if self.writer.transport.is_closing():
                    return
                self.writer.write(byte)
                await self.writer.drain()


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncGenerator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


@contextlib.asynccontextmanager
async def impatient_api(runtime: Runtime) -> AsyncGenerator[int]:
    """The API as `wzrd up` starts it, impatient; its port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    secret = runtime.settings.jwt_secret
    assert secret is not None
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "WZRD_HOME": str(runtime.settings.home),
        "WZRD_DATABASE_URL": runtime.settings.require_database_url(),
        "SUPABASE_JWT_SECRET": secret.get_secret_value(),
        "WZRD_HEADER_SECONDS": "0.6",
        "WZRD_BODY_SECONDS": "0.6",
        "WZRD_LINGER_SECONDS": "0.4",
        "WZRD_KEEP_ALIVE": "1",
    }
    program = [sys.executable, "-m", "server.api.serve", str(listener.fileno())]
    process = await asyncio.create_subprocess_exec(*program, env=environment, pass_fds=[listener.fileno()])
    number = listener.getsockname()[1]
    listener.close()
    try:
        async with asyncio.timeout(60), connected(number) as first:
            first.writer.write(HEAD + b"\r\n")
            assert await first.reader.readuntil(b"\r\n") == b"HTTP/1.1 200 OK\r\n"
        yield number
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


@contextlib.asynccontextmanager
async def small(runtime: Runtime, **settings: object) -> AsyncGenerator[tuple[int, FastAPI, asyncio.Event, Any]]:
    """An application in this process with other settings, and a route that waits for an event."""
    app, go = create_app(with_settings(runtime, **settings)), asyncio.Event()

    @app.post("/wait")
    async def wait() -> Response:
        await go.wait()
        return Response("x" * 50_000_000 if settings.get("stream_send_timeout") else "done")

    async with serving(app) as (url, server):
        yield int(url.rpartition(":")[2]), app, go, server
