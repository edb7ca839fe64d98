"""Serving of Prefect's server, a small application in its place: hostile clients on its socket, WebSockets."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from types import SimpleNamespace

import docket
import pytest
import uvicorn
import websockets
from prefect.server.api import background_workers
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.stack.prefect.server import LOOK, calm_docket, serving
from tests.server.api.attack import HEAD, LIMIT, connected
from tests.waiting import until
from wzrd.settings import Settings

IMPATIENT = {"WZRD_HEADER_SECONDS": 0.6, "WZRD_LINGER_SECONDS": 0.4, "WZRD_STREAM_SEND_TIMEOUT": 0.6}
UPGRADE = (
    b"GET /echo HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
ASKED: asyncio.Event = asyncio.Event()


async def health(_: Request) -> Response:
    return PlainTextResponse("ok")


async def wait(_: Request) -> Response:
    ASKED.set()
    return await asyncio.Future()


async def pour(_: Request) -> Response:
    async def pieces() -> AsyncGenerator[bytes]:
        while True:
            yield b"x" * 65_536

    return StreamingResponse(pieces())


async def echo(socket: WebSocket) -> None:
    """Accepts as Prefect's sockets do, then waits for the first message."""
    await socket.accept(subprotocol="prefect" if socket.scope["subprotocols"] else None)
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.send_text(json.dumps({"got": len(await socket.receive_text())}))


@contextlib.asynccontextmanager
async def served(**settings: object) -> AsyncGenerator[tuple[int, uvicorn.Server]]:
    """The application under the settings of Prefect's server, its port and its server."""
    routes = [Route("/healthz", health), Route("/wait", wait), Route("/pour", pour), WebSocketRoute("/echo", echo)]
    config = serving(Starlette(routes=routes), Settings.model_validate({**IMPATIENT, **settings}), port=0)
    config.lifespan = "off"  # its task would outlive a server that is made to end at once
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve())
    try:
        await until(lambda: server.started)
        yield server.servers[0].sockets[0].getsockname()[1], server
    finally:
        server.should_exit = server.force_exit = True
        await running


@pytest.fixture
async def port() -> AsyncGenerator[int]:
    async with served() as (number, _):
        yield number


def socket(port: int) -> websockets.connect:
    return websockets.connect(
        f"ws://127.0.0.1:{port}/echo", subprotocols=[websockets.Subprotocol("prefect")], proxy=None, ping_interval=None
    )


async def test_heads_without_end_are_refused_while_others_are_answered(port: int) -> None:
    """64 MiB of lines before anybody is asked who he is: 431 after 64 KiB, without a word to pages of other origins."""

    async def attack(piece: bytes) -> int:
        async with connected(port) as client:
            client.writer.write(HEAD)
            pouring = asyncio.create_task(client.pour(piece))
            refused = await client.answer()
            assert (refused.status, refused.headers["connection"]) == (431, "close")
            assert "access-control-allow-origin" not in refused.headers
            assert await client.is_closed()
            return await pouring

    async with connected(port) as other, asyncio.TaskGroup() as group:
        lines = b"".join(b"x-%d: y\r\n" % number for number in range(4096))
        attacks = [group.create_task(attack(piece)) for piece in (lines, b"x" * LIMIT) * 2]
        served = 0
        while served == 0 or not all(one.done() for one in attacks):
            assert (await other.ask(HEAD + b"\r\n")).status == 200
            served += 1


async def test_a_head_that_drips_is_late(port: int) -> None:
    """408 at the deadline, however busily the client goes on; an upgrade's head as well."""
    for start in (HEAD, UPGRADE):
        async with connected(port) as client:
            client.writer.write(start + b"x-slow: ")
            dripping = asyncio.create_task(client.drip())
            assert (await client.answer()).status == 408
            assert await client.is_closed()
            await dripping


async def test_a_socket_speaks_both_ways_and_long(port: int) -> None:
    """Subprotocol, messages far larger than a head once the first has come, and silence beyond all deadlines."""
    async with asyncio.timeout(60), socket(port) as client:
        assert client.subprotocol == "prefect"
        for length in (10, 3 << 20):
            await client.send("x" * length)
            assert json.loads(await client.recv()) == {"got": length}
        async with socket(port) as silent:
            await silent.wait_closed()  # the deadline of a later one passes meanwhile
        await client.send("still here")
        assert json.loads(await client.recv()) == {"got": 10}


async def test_a_kept_connection_can_become_a_socket(port: int) -> None:
    """A request, then the upgrade, on one connection: 101."""
    async with connected(port) as client:
        assert (await client.ask(HEAD + b"\r\n")).status == 200
        assert (await client.ask(UPGRADE + b"\r\n")).status == 101


async def test_a_socket_that_says_nothing_is_cut(port: int) -> None:
    """Accepted and silent, it ends at the deadline of heads; pings are no word."""
    async with asyncio.timeout(60), socket(port) as client:
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await (await client.ping())
                await asyncio.sleep(0.02)  # the pace of pings
        await client.wait_closed()
        assert client.close_code == 1006


async def test_the_first_message_is_as_small_as_a_head(port: int) -> None:
    """Of an unknown client no more is kept than of its head: 1009, in one frame, in many, or packed."""
    for sent in ("x" * (LIMIT + 1), ["x" * 40_000] * 2):
        async with asyncio.timeout(60), socket(port) as client:
            with contextlib.suppress(websockets.ConnectionClosed):
                await client.send(sent)
            await client.wait_closed()
            assert client.close_code == 1009


async def test_no_upgrade_within_another_answer(port: int) -> None:
    """A socket asked for behind a request that is not answered yet ends the connection, and nothing else."""
    async with connected(port) as client, connected(port) as other:
        client.writer.write(HEAD.replace(b"/healthz", b"/wait") + b"\r\n" + UPGRADE + b"\r\n")
        assert await client.is_closed()
        assert (await other.ask(HEAD + b"\r\n")).status == 200


async def test_at_the_cap_a_silent_socket_goes_first() -> None:
    """One that has said its word stays, like a request that is being answered."""
    async with served(WZRD_CONNECTIONS=3, WZRD_HEADER_SECONDS=600) as (port, _), contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(asyncio.timeout(60))
        known, silent = [await stack.enter_async_context(socket(port)) for _ in range(2)]
        await known.send("hello")
        await known.recv()
        busy = await stack.enter_async_context(connected(port))
        ASKED.clear()
        busy.writer.write(HEAD.replace(b"/healthz", b"/wait") + b"\r\n")
        await ASKED.wait()
        async with connected(port) as new:
            assert (await new.ask(HEAD + b"\r\n")).status == 200
        await silent.wait_closed()
        await known.send("still here")
        assert json.loads(await known.recv()) == {"got": 10}


async def test_who_takes_nothing_of_its_answer_is_cut() -> None:
    """An endless file and a client that does not read: the connection ends, and with it what was sending."""
    async with served() as (port, server), connected(port) as client:
        client.writer.write(HEAD.replace(b"/healthz", b"/pour") + b"\r\n")
        await client.reader.readuntil(b"\r\n\r\n")
        await until(lambda: not (server.server_state.connections or server.server_state.tasks))


def test_prefects_docket_looks_once_a_second() -> None:
    """The class of Prefect's docket worker is there, and makes a calm one; a stranger's stays."""
    stranger = SimpleNamespace(Worker=object)
    calm_docket(stranger)
    assert stranger.Worker is object
    known = SimpleNamespace(Worker=vars(background_workers)["Worker"])
    calm_docket(known)
    made = known.Worker(docket.Docket())
    assert isinstance(made, docket.Worker)
    assert (made.minimum_check_interval, made.scheduling_resolution) == (LOOK, LOOK)
