"""Streams on real connections: clients that vanish, that stop reading, that stay while the server goes."""

import asyncio
import contextlib
import gc
import socket
import uuid
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import cast
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.pool import QueuePool
from starlette.types import Message

from server.api.app import create_app
from server.api.sse import EventStream
from tests.playing import opened
from tests.rows import make_studio
from tests.server.served import bearer, calling, claimed, emit, ended, read, serving, with_settings
from tests.waiting import until
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

ENVIRONMENT = {"WZRD_STREAMS_PER_USER": 1_000}


async def fresh(runtime: Runtime) -> Lease:
    return await claimed(runtime, await opened(runtime, await make_studio(runtime)))


def events(lease: Lease) -> str:
    return f"/functions/v1/runs/{lease.run_id}/events"


def left(app: FastAPI) -> tuple[int, int]:
    """Followers and taken places."""
    hub = app.state.services.hub
    return sum(len(run.followers) for run in hub._runs.values()), hub._by_user.total()


async def connect(base_url: httpx.URL | str, path: str, user: uuid.UUID, *, buffer: int | None = None) -> socket.socket:
    """A raw connection that has asked for a stream."""
    address = urlsplit(str(base_url))
    raw = socket.socket()
    if buffer:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, (address.hostname, address.port))
    token = bearer(user)["authorization"]
    await loop.sock_sendall(raw, f"GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\n\r\n".encode())
    return raw


async def connections(runtime: Runtime) -> int:
    """Number of backends that idle in a transaction: a stream must hold none."""
    statement = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in%'"
    async with runtime.begin() as tx:
        return int(await tx.scalar(text(statement)) or 0)


async def test_two_hundred_clients_that_vanish_leave_nothing(runtime: Runtime) -> None:
    """Half say good-bye, half reset: no follower, place, task or connection of the pool stays behind."""
    lease = await fresh(runtime)
    async with calling(runtime) as (client, app):
        await client.get("/healthz")
        before = len(asyncio.all_tasks())
        sockets = [await connect(client.base_url, events(lease), lease.user_id) for _ in range(200)]
        await until(lambda: left(app) == (200, 200))
        await until(lambda: cast("QueuePool", runtime.engine.pool).checkedout() == 0)
        assert await connections(runtime) == 0
        for number, raw in enumerate(sockets):
            if number % 2:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            raw.close()
        await until(lambda: left(app) == (0, 0))
        await until(lambda: len(asyncio.all_tasks()) <= before)
        assert not app.state.services.hub._runs


async def test_a_client_that_stops_reading_is_cut(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    """Within the send timeout, without waiting for it to close; others on the same run are not held up."""
    lease = await fresh(runtime)
    app = create_app(with_settings(runtime, stream_send_timeout=3))
    async with serving(app) as (url, server), httpx.AsyncClient(base_url=url, timeout=60) as client:
        await client.get("/healthz")
        before = len(asyncio.all_tasks())
        stalled = await connect(client.base_url, events(lease), lease.user_id, buffer=4_096)
        headers = bearer(lease.user_id)
        async with client.stream("GET", events(lease), headers=headers) as lively:
            reading = asyncio.create_task(read(lively.aiter_bytes()))
            await until(lambda: left(app) == (2, 2))
            for number in range(40):
                await emit(runtime, lease, *(f"{number} {'x' * 20_000}" for _ in range(10)))
            await until(lambda: left(app) == (1, 1), seconds=60)
            await until(lambda: len(server.server_state.connections) == 1, seconds=60)
            await ended(runtime, lease, Outcome(canceled=True))
            assert len(await reading) == 402
        await until(lambda: len(asyncio.all_tasks()) <= before)
        stalled.close()
    assert "could not be sent" not in caplog.text
    assert "ASGI callable returned" not in caplog.text


async def test_a_drain_ends_the_streams_first(runtime: Runtime) -> None:
    """Told to stop, the server ends its streams whole, soon; a resume elsewhere goes on."""
    lease = await fresh(runtime)
    headers = bearer(lease.user_id)
    async with AsyncExitStack() as stack:
        url, server = await stack.enter_async_context(serving(create_app(runtime)))
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=60))
        streams = [
            await stack.enter_async_context(client.stream("GET", events(lease), headers=headers)) for _ in range(20)
        ]
        begun = set[int]()

        async def noted(number: int, stream: httpx.Response) -> AsyncGenerator[bytes]:
            async for chunk in stream.aiter_bytes():
                begun.add(number)
                yield chunk

        reading = [asyncio.create_task(read(noted(number, stream))) for number, stream in enumerate(streams)]
        await until(lambda: len(begun) == len(streams))
        server.should_exit = True
        frames = await asyncio.gather(*reading)
        await until(lambda: not server.server_state.connections)
        assert all([frame.event for frame in some] == ["meta"] for some in frames)
    async with calling(runtime) as (client, _):
        await ended(runtime, lease, Outcome(canceled=True))
        async with client.stream("GET", events(lease), headers=headers | {"last-event-id": "1"}) as response:
            assert [frame.event for frame in await read(response.aiter_bytes())] == ["error"]


async def test_pings_and_the_greatest_age_on_the_wire(runtime: Runtime) -> None:
    """A quiet stream carries comments; at its age it ends properly, without a terminal event."""
    lease = await fresh(runtime)
    async with calling(with_settings(runtime, stream_ping=0.05, stream_max_age=0.6)) as (client, app):
        async with client.stream("GET", events(lease), headers=bearer(lease.user_id)) as response:
            received = b"".join([chunk async for chunk in response.aiter_bytes()])
        assert received.count(b": ping\n\n") >= 3
        assert received.count(b"event: ") == 1
        await until(lambda: left(app) == (0, 0))


class Place:
    """Counts how often it was given back."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


async def served_once(stream: EventStream, gone: asyncio.Event | None = None, method: str = "GET") -> list[bytes]:
    """The bodies that a server would have sent to a client that stays until it is `gone`."""
    sent: list[bytes] = []

    async def receive() -> dict[str, str]:
        await (gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message.get("body", b""))

    await stream({"type": "http", "method": method}, receive, send)
    return sent


async def test_a_head_reads_no_stream() -> None:
    """The head and no body; the place comes back, and the source is never begun."""
    begun = list[str]()

    async def frames() -> AsyncGenerator[bytes]:
        begun.append("begun")
        yield b"1"

    place = Place()
    sent = await served_once(EventStream(frames(), admission=place, send_timeout=1), method="HEAD")
    assert (sent, place.closed, begun) == ([b"", b""], 1, [])


async def test_however_a_stream_ends_its_place_comes_back_and_its_source_is_closed() -> None:
    """Ended, client gone, source broken, task cancelled: the generator's own clean-up has run when the call is over."""
    closed, waits = list[str](), asyncio.Event()

    async def frames(how: str) -> AsyncGenerator[bytes]:
        try:
            yield b"1"
            if how == "breaks":
                raise RuntimeError(how)
            if how != "ends":
                waits.set()
                await asyncio.Event().wait()
        finally:
            closed.append(how)

    for how, gone in (("ends", None), ("gone", waits), ("breaks", None)):
        place = Place()
        await served_once(EventStream(frames(how), admission=place, send_timeout=1), gone)
        assert place.closed == 1
    place = Place()
    waits.clear()
    task = asyncio.create_task(served_once(EventStream(frames("cancelled"), admission=place, send_timeout=1)))
    await waits.wait()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert place.closed == 1
    gc.collect()
    assert closed == ["ends", "gone", "breaks", "cancelled"]
