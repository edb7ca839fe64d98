"""Too many clients, and those who do not read what they have asked for."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncGenerator
from typing import cast

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from server.api.app import create_app
from server.api.sse import until_gone
from server.stack.environment import ROOT
from tests.server.api.attack import HEAD, POST, SIGN_IN, connected, small
from tests.server.served import serving, with_settings
from tests.waiting import until
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


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
        await until(lambda: len(server.server_state.tasks) >= 2)
        async with connected(port) as new:
            refused = await new.answer()
            assert (refused.status, refused.headers["retry-after"]) == (503, "5")
        go.set()
        assert [(await client.answer()).body for client in busy] == [b"done"] * 2
        async with connected(port) as new:
            assert (await new.ask(HEAD + b"\r\n")).status == 200


async def test_an_early_answer_arrives_though_the_client_sends_first(runtime: Runtime) -> None:
    """A client that reads only when it has sent its megabytes still finds the 401: no reset has taken it back."""
    async with small(runtime, linger_seconds=30.0) as (port, *_), connected(port) as client:
        reading = cast("asyncio.ReadTransport", client.writer.transport)
        reading.pause_reading()
        client.writer.write(POST + b"content-length: 16777216\r\n\r\n")
        assert await client.pour(b" " * 65_536, most=16 << 20) == 16 << 20
        reading.resume_reading()
        assert (await client.answer()).status == 401
        assert await client.is_closed()


@pytest.mark.parametrize("behind", [(HEAD + b"\r\n") * 40, b"\0\r\n\r\n"], ids=["many", "junk"])
async def test_whoever_answers_learns_that_the_client_is_gone(runtime: Runtime, behind: bytes) -> None:
    """Cut for too many requests behind it, or for junk: nothing is made, or written, for nobody."""
    app, asked, gone = create_app(runtime), asyncio.Event(), asyncio.Event()

    @app.get("/follow")
    async def follow(request: Request) -> None:
        asked.set()
        await until_gone(request.receive)
        gone.set()

    async with serving(app) as (url, _), connected(int(url.rpartition(":")[2])) as client, asyncio.timeout(60):
        client.writer.write(b"GET /follow HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        await asked.wait()
        client.writer.write(behind)
        await client.writer.drain()
        client.writer.close()
        await gone.wait()


async def test_who_goes_on_sending_under_a_stream_is_cut(runtime: Runtime) -> None:
    """An answer that has begun does not keep a body alive beyond its deadline."""
    app, forever = create_app(with_settings(runtime, body_seconds=0.3)), asyncio.Event()

    @app.get("/stream")
    async def stream() -> Response:
        async def frames() -> AsyncGenerator[bytes]:
            yield b": hello\n\n"
            await forever.wait()

        return StreamingResponse(frames())

    async with serving(app) as (url, _), connected(int(url.rpartition(":")[2])) as client:
        client.writer.write(b"GET /stream HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 100000\r\n\r\n")
        dripping = asyncio.create_task(client.drip())
        async with asyncio.timeout(60):
            assert b": hello" in await client.reader.readuntil(b"hello\n\n")
        await client.is_closed()
        await dripping
        forever.set()


async def test_a_client_of_http_1_0_gets_no_chunks(runtime: Runtime) -> None:
    """A stream ends where its connection does, and has nothing in it but its frames; a known length is told."""
    app = create_app(runtime)

    @app.get("/stream")
    async def stream() -> Response:
        async def frames() -> AsyncGenerator[bytes]:
            yield b"id: 1\n\n"
            yield b"id: 2\n\n"

        return StreamingResponse(frames())

    async with serving(app) as (url, _):
        for path, body in ((b"/stream", b"id: 1\n\nid: 2\n\n"), (b"/health/live", b'{"status":"ok"}')):
            async with connected(int(url.rpartition(":")[2])) as client, asyncio.timeout(60):
                client.writer.write(b"GET " + path + b" HTTP/1.0\r\n\r\n")
                head, _, rest = (await client.reader.read()).partition(b"\r\n\r\n")
                assert (rest, b"transfer-encoding" in head) == (body, False)


@pytest.mark.parametrize("closes", [b"", b"connection: close\r\n"], ids=["kept", "closed"])
async def test_who_never_reads_the_answer_is_let_go(runtime: Runtime, closes: bytes) -> None:
    """Fifty megabytes that nobody takes do not hold a connection for ever."""
    async with (
        small(runtime, stream_send_timeout=0.3, keep_alive=1) as (port, _, go, server),
        connected(port) as client,
    ):
        go.set()
        cast("asyncio.ReadTransport", client.writer.transport).pause_reading()
        client.writer.write(WAIT[:-2] + closes + b"\r\n")
        async with asyncio.timeout(60):
            await until(lambda: server.server_state.total_requests)
            await until(lambda: not server.server_state.connections)


def test_the_limit_of_open_files_is_raised_as_far_as_it_goes() -> None:
    """By the program itself: up to what the cap needs, or to the hard limit with fewer connections and a warning."""
    program = (
        "import resource, sys; soft, hard, wanted = map(int, sys.argv[1:]);"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard));"
        "from server.api.limits import allow_connections;"
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
