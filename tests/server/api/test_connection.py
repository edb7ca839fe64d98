"""The API's own process under attack on its socket: clients that are slow, or do not end."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from tests.server.api.attack import HEAD, POST, SIGN_IN, connected, impatient_api
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings

pytestmark = pytest.mark.usefixtures("module_runtime")


@pytest.fixture(scope="module")
async def port(module_runtime: Runtime) -> AsyncGenerator[int]:
    """The API's own process, on this port."""
    async with impatient_api(module_runtime) as number:
        yield number


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
    """A blank line, which is no request, is no sign of life."""
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


@pytest.mark.parametrize("chunk", [b"zz\r\n", b"-2\r\n{}\r\n", b"2\r\n{}0\r\n", b"2\n{}\n"])
async def test_a_broken_chunk_is_refused(port: int, chunk: bytes) -> None:
    """400 in the application's place, which waits for the body; nothing behind it is read as a request."""
    async with connected(port) as client:
        refused = await client.ask(SIGN_IN + b"transfer-encoding: chunked\r\n\r\n" + chunk + HEAD + b"\r\n")
        assert (refused.status, refused.headers["connection"]) == (400, "close")
        assert await client.is_closed()


@pytest.mark.parametrize(
    ("head", "hosts"),
    [(HEAD + b"Host: elsewhere.example\r\n\r\n", "two hosts"), (b"GET /healthz HTTP/1.1\r\n\r\n", "no host")],
)
async def test_one_host_is_named(port: int, head: bytes, hosts: str) -> None:
    """Whoever stands between us and the client may go by the other one; HTTP/1.0 has none."""
    async with connected(port) as client:
        refused = await client.ask(head + HEAD + b"\r\n")
        assert (refused.status, refused.error) == (400, f"The request names {hosts}: send one Host header")
        assert await client.is_closed()
    async with connected(port) as client:
        assert (await client.ask(b"GET /healthz HTTP/1.0\r\n\r\n")).status == 200


async def test_a_body_in_chunks_of_a_byte_is_refused(port: int) -> None:
    """400 in the application's place, long before its end; chunks as usual clients send them are none too many."""
    async with connected(port) as client:
        client.writer.write(SIGN_IN + b"transfer-encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 170_000)
        refused = await client.answer()
        assert (refused.status, refused.headers["connection"]) == (400, "close")
        assert "chunks of less than 64 bytes" in refused.error
    async with connected(port) as client:
        chunk = b"64\r\n" + b" " * 100 + b"\r\n"
        said = await client.ask(SIGN_IN + b"transfer-encoding: chunked\r\n\r\n" + chunk * 1100 + b"0\r\n\r\n")
        assert "chunks" not in said.error
