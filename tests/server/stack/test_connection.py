"""The API's own process under attack on its socket: endless headers, slow clients, too many of them."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.responses import Response, StreamingResponse

from server.app import create_app
from server.stack import postgres
from server.stack.environment import ROOT
from tests.server.served import serving, shared_runtime, told
from wzrd.runtime import Runtime
from wzrd.settings import Settings

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
        async with asyncio.timeout(10):
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
            async with asyncio.timeout(10):
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
            async with asyncio.timeout(10):
                while not self.writer.transport.is_closing():
                    self.writer.write(byte)
                    await self.writer.drain()
                    await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncGenerator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


@pytest.fixture(scope="module")
async def runtime(cluster: postgres.Cluster) -> AsyncGenerator[Runtime]:
    """One database for this module."""
    async with shared_runtime(cluster) as made:
        yield made


@pytest.fixture(scope="module")
async def port(runtime: Runtime) -> AsyncGenerator[int]:
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
    program = [sys.executable, "-m", "server.stack.api", str(listener.fileno())]
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


# Headers


async def test_endless_headers_are_refused_while_others_are_answered(port: int) -> None:
    """150 MiB of one header, four at once: each is 431 and closed; another client is answered all the while."""

    async def attack() -> Answer:
        async with connected(port) as client:
            client.writer.write(HEAD + b"x-endless: ")
            pouring = asyncio.create_task(client.pour(b"x" * 65_536))
            refused = await client.answer()
            assert await client.is_closed()
            await pouring
        return refused

    async with connected(port) as other, asyncio.TaskGroup() as group:
        attacks = [group.create_task(attack()) for _ in range(4)]
        served = 0
        while served == 0 or not all(one.done() for one in attacks):
            assert (await other.ask(HEAD + b"\r\n")).status == 200
            served += 1
    for refused in (one.result() for one in attacks):
        assert (refused.status, refused.headers["connection"]) == (431, "close")
        assert refused.headers["access-control-allow-origin"] == "*"
        assert "65536 bytes" in refused.error


def sized(total: int, filling: bytes = b"x-fill: ") -> bytes:
    """A whole request head of this many bytes."""
    start = HEAD + filling
    return start + b"x" * (total - len(start) - 4) + b"\r\n\r\n"


async def test_the_limit_itself_is_allowed(port: int) -> None:
    """65,536 bytes pass, one more does not; on a kept connection too."""
    async with connected(port) as client:
        for _ in range(3):
            assert (await client.ask(sized(LIMIT))).status == 200
        refused = await client.ask(sized(LIMIT + 8192))
        assert refused.status == 431
        assert await client.is_closed()
    async with connected(port) as client:
        assert (await client.ask(sized(LIMIT + 1))).status == 431


@pytest.mark.parametrize(
    "start",
    [
        b"GET /",
        b"GET /?",
        b"",
        HEAD,
        HEAD + b"\r\n" + HEAD + b"x: ",
    ],
    ids=["path", "query", "blank lines", "many headers", "a second request"],
)
async def test_no_part_of_a_head_is_endless(port: int, start: bytes) -> None:
    """The target, blank lines before it, many small headers, and what follows a request that is being answered."""
    unit = {b"": b"\r\n" * 512, HEAD: b"a:b\r\n" * 200}.get(start, b"x" * 1024)
    async with connected(port) as client:
        client.writer.write(start)
        reading = asyncio.create_task(client.reader.read())
        await client.pour(unit, most=4 << 20)
        try:
            async with asyncio.timeout(10):
                assert b" 431 " in await reading
        except ConnectionError:
            assert len(start) > len(HEAD)  # cut within the answer to the first request


@pytest.mark.parametrize(
    ("start", "unit"),
    [
        (b"2\r\n{}\r\n0\r\n", b"x-trailer: 1\r\n" * 80),
        (b"2\r\n{}\r\n0\r\nx-trailer: ", b"x" * 1024),
        (b"2;", b"x" * 1024),
        (b"2\r\n{}\r\n0;", b"x" * 1024),
    ],
    ids=["trailers", "a trailer", "an extension", "the last extension"],
)
async def test_chunks_are_no_way_around(port: int, start: bytes, unit: bytes) -> None:
    """Trailers and chunk extensions have the same bound: the connection is cut soon after it."""
    async with connected(port) as client:
        client.writer.write(SIGN_IN + b"transfer-encoding: chunked\r\n\r\n" + start)
        assert await client.pour(unit, most=MUCH) < MUCH
        assert await client.is_closed()


async def test_a_trailer_is_no_header(port: int) -> None:
    """What comes after the body adds nothing: the request is the one that its head told."""
    async with connected(port) as client:
        body = b"2\r\n{}\r\n0\r\nauthorization: Bearer x\r\n\r\n"
        refused = await client.ask(POST + b"transfer-encoding: chunked\r\n\r\n" + body)
        assert (refused.status, refused.error) == (401, "Missing authorization header")


async def test_pipelining_is_bounded(port: int) -> None:
    """A few requests at once are answered in order; hundreds cut the connection."""
    async with connected(port) as client:
        client.writer.write((HEAD + b"\r\n") * 10)
        assert [(await client.answer()).status for _ in range(10)] == [200] * 10
    async with connected(port) as client:
        client.writer.write((HEAD + b"\r\n") * 500)
        try:
            answers = (await client.reader.read()).count(b"HTTP/1.1 200 OK")
        except ConnectionError:
            answers = 0
        assert answers < 500


async def test_what_is_no_http_is_told_so(port: int) -> None:
    """400 in our envelope, and closed."""
    async with connected(port) as client:
        refused = await client.ask(b"\x16\x03\x01 hello\r\n\r\n")
        assert (refused.status, refused.error) == (400, "Invalid HTTP request received.")
        assert await client.is_closed()


# Slow clients


async def test_who_says_nothing_is_closed(port: int) -> None:
    """A connection without a byte ends at the header deadline, without an answer."""
    async with connected(port) as client:
        assert await client.is_closed()


@pytest.mark.parametrize("before", [0, 1], ids=["new", "kept alive"])
async def test_a_head_that_drips_is_late(port: int, before: int) -> None:
    """Half a head is 408 at the deadline, however busily the client goes on, on a new connection and on a kept one."""
    async with connected(port) as client:
        for _ in range(before):
            assert (await client.ask(HEAD + b"\r\n")).status == 200
        client.writer.write(HEAD + b"x-slow: ")
        dripping = asyncio.create_task(client.drip())
        refused = await client.answer()
        assert (refused.status, refused.headers["connection"]) == (408, "close")
        assert "0.6 s" in refused.error
        assert await client.is_closed()
        await dripping


async def test_a_head_begun_behind_a_request_is_late_too(port: int) -> None:
    """The deadline begins when the earlier answer is out."""
    async with connected(port) as client:
        assert (await client.ask(HEAD + b"\r\n" + HEAD)).status == 200
        assert (await client.answer()).status == 408


async def test_blank_lines_do_not_keep_a_connection(port: int) -> None:
    """What is no request is no sign of life."""
    async with connected(port) as client:
        assert (await client.ask(HEAD + b"\r\n")).status == 200
        dripping = asyncio.create_task(client.drip(b"\r\n"))
        assert await client.is_closed()
        await dripping


async def test_a_body_that_drips_is_late(port: int) -> None:
    """408 at the body's deadline, said by the route; and the socket is gone though the client goes on."""
    async with connected(port) as client:
        client.writer.write(SIGN_IN + b"content-length: 60000\r\n\r\n{")
        dripping = asyncio.create_task(client.drip(b" "))
        refused = await client.answer()
        assert (refused.status, refused.headers["connection"]) == (408, "close")
        assert await client.is_closed()
        await dripping  # its writes fail in the end: the server holds no socket for it


@pytest.mark.parametrize("length", [b"content-length: 1000000", b"transfer-encoding: chunked"])
async def test_an_early_answer_closes_the_connection(port: int, length: bytes) -> None:
    """401 before the body is here says `connection: close`, is read whole, and the dripping client is let go."""
    async with connected(port) as client:
        refused = await client.ask(POST + length + b"\r\n\r\n")
        dripping = asyncio.create_task(client.drip(b"1"))
        assert (refused.status, refused.headers["connection"]) == (401, "close")
        assert await client.is_closed()
        await dripping


async def test_an_early_answer_arrives_though_the_client_pours(port: int) -> None:
    """The 401 is not taken back by a reset while the client is still sending megabytes."""
    async with connected(port) as client:
        client.writer.write(POST + b"content-length: 1000000000\r\n\r\n")
        pouring = asyncio.create_task(client.pour(b" " * 65_536, most=20 << 20))
        assert (await client.answer()).status == 401
        assert await client.is_closed()
        await pouring


async def test_a_whole_request_keeps_its_connection(port: int) -> None:
    """Refused or not: where the body was here before the answer, nothing is closed; the client may ask again."""
    async with connected(port) as client:
        for _ in range(3):
            refused = await client.ask(POST + b"content-length: 2\r\n\r\n{}")
            assert (refused.status, refused.headers.get("connection")) == (401, None)
        assert (await client.ask(HEAD + b"\r\n")).status == 200


async def test_an_upgrade_that_is_not_made_closes_the_connection(port: int) -> None:
    """The request is answered as it is; what would follow in another protocol is not waited for."""
    async with connected(port) as client:
        answered = await client.ask(HEAD + b"connection: upgrade\r\nupgrade: websocket\r\n\r\n")
        assert (answered.status, answered.headers["connection"]) == (200, "close")
        assert await client.is_closed()


async def test_an_idle_connection_is_kept_for_its_time(port: int) -> None:
    """A second here, 75 by default: longer than a proxy in front keeps its own side."""
    assert Settings.model_validate({}).keep_alive == 75
    async with connected(port) as client:
        assert (await client.ask(HEAD + b"\r\n")).status == 200
        assert await client.is_closed()


# Many clients


@contextlib.asynccontextmanager
async def small(runtime: Runtime, **settings: object) -> AsyncGenerator[tuple[int, FastAPI, asyncio.Event, Any]]:
    """An application in this process with other settings, and a route that waits for an event."""
    app, go = create_app(told(runtime, **settings)), asyncio.Event()

    @app.post("/wait")
    async def wait() -> Response:  # pyright: ignore[reportUnusedFunction]
        await go.wait()
        return Response("x" * 50_000_000 if settings.get("stream_send_timeout") else "done")

    async with serving(app) as (url, server):
        yield int(url.rpartition(":")[2]), app, go, server


WAIT = b"POST /wait HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\n\r\n"


async def test_at_the_cap_the_longest_idle_connection_goes(runtime: Runtime) -> None:
    """Of those that serve nothing now; half a request, or a body that drips, is idle however it moves."""
    async with small(runtime, connections=4) as (port, *_), contextlib.AsyncExitStack() as stack:
        busy, slow, kept, fresh = [await stack.enter_async_context(connected(port)) for _ in range(4)]
        for client in (slow, kept, fresh):  # in this order they were last of use
            assert (await client.ask(HEAD + b"\r\n")).status == 200
        assert (await busy.ask(HEAD + b"\r\n")).status == 200
        slow.writer.write(SIGN_IN + b"content-length: 100\r\n\r\n{")
        async with connected(port) as new:
            assert (await new.ask(HEAD + b"\r\n")).status == 200
            assert await slow.is_closed()
            assert (await kept.ask(HEAD + b"\r\n")).status == 200
            async with connected(port) as newer:
                assert (await newer.ask(HEAD + b"\r\n")).status == 200
                assert await fresh.is_closed()
                assert (await kept.ask(HEAD + b"\r\n")).status == 200


async def test_at_the_cap_with_all_busy_the_new_one_is_told(runtime: Runtime) -> None:
    """503 with Retry-After; those that are served are served to their end."""
    async with small(runtime, connections=2) as (port, _, go, server), contextlib.AsyncExitStack() as stack:
        busy = [await stack.enter_async_context(connected(port)) for _ in range(2)]
        for client in busy:
            client.writer.write(WAIT)
        async with asyncio.timeout(10):
            while len(server.server_state.tasks) < 2:
                await asyncio.sleep(0.01)
        async with connected(port) as new:
            refused = await new.answer()
            assert (refused.status, refused.headers["retry-after"]) == (503, "5")
        go.set()
        assert [(await client.answer()).body for client in busy] == [b"done"] * 2
        async with connected(port) as new:
            assert (await new.ask(HEAD + b"\r\n")).status == 200


async def test_who_goes_on_sending_under_a_stream_is_cut(runtime: Runtime) -> None:
    """An answer that has begun does not keep a body alive beyond its deadline."""
    app, forever = create_app(told(runtime, body_seconds=0.3)), asyncio.Event()

    @app.get("/stream")
    async def stream() -> Response:  # pyright: ignore[reportUnusedFunction]
        async def frames() -> AsyncGenerator[bytes]:
            yield b": hello\n\n"
            await forever.wait()

        return StreamingResponse(frames())

    async with serving(app) as (url, _), connected(int(url.rpartition(":")[2])) as client:
        client.writer.write(b"GET /stream HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100000\r\n\r\n")
        dripping = asyncio.create_task(client.drip())
        async with asyncio.timeout(10):
            assert b": hello" in await client.reader.readuntil(b"hello\n\n")
        await client.is_closed()
        await dripping
        forever.set()


@pytest.mark.parametrize("closes", [b"", b"connection: close\r\n"], ids=["kept", "closed"])
async def test_who_never_reads_the_answer_is_let_go(runtime: Runtime, closes: bytes) -> None:
    """Fifty megabytes that nobody takes do not hold a connection for ever."""
    async with (
        small(runtime, stream_send_timeout=0.3, keep_alive=1) as (port, _, go, server),
        connected(port) as client,
    ):
        go.set()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        client.writer.write(WAIT[:-2] + closes + b"\r\n")
        async with asyncio.timeout(10):
            while not server.server_state.total_requests:
                await asyncio.sleep(0.01)
            while server.server_state.connections:
                await asyncio.sleep(0.01)


def test_the_limit_of_open_files_is_raised_as_far_as_it_goes() -> None:
    """By the program itself: up to what the cap needs, or to the hard limit with fewer connections and a warning."""
    program = (
        "import resource, sys; soft, hard, wanted = map(int, sys.argv[1:]);"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard));"
        "from server.stack.open_files import allow_connections;"
        "print(allow_connections(wanted), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    for limits, expected in (
        ((256, 4096, 1000), "1000 1512"),
        ((256, 1024, 8192), "512 1024"),
        ((4000, 4096, 9), "9 4000"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", program, *map(str, limits)], capture_output=True, check=True, text=True, cwd=ROOT
        )
        assert done.stdout.strip() == expected
        assert ("ulimit" in done.stderr) == (expected == "512 1024")
