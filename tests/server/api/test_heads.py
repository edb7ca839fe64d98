"""The API's own process under attack on its socket: heads, trailers and requests without end."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from tests.server.api.attack import HEAD, LIMIT, MUCH, POST, SIGN_IN, Answer, connected, impatient_api
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


@pytest.fixture(scope="module")
async def port(module_runtime: Runtime) -> AsyncGenerator[int]:
    """The API's own process, on this port."""
    async with impatient_api(module_runtime) as number:
        yield number


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
            async with asyncio.timeout(60):
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
    """A trailer after the body adds nothing: the request is the one that its head told."""
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
