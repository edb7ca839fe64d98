"""Answers that are meant to hurt: of every adapter an error of ours, in little time and memory."""

import asyncio
import time
import tracemalloc
import zlib
from functools import cache

import pytest

from tests.fakes.chat import Act, Call, ChatServer, answers, drops, hangs, raw, refuses
from tests.providers.conformance import IMPATIENCE, SUBJECTS, Bench, settings_at
from wzrd.domain.errors import ProviderError, ProviderFailed, ProviderUnknown, ProviderUnsent
from wzrd.net.http import open_http
from wzrd.providers.base import AnyProvider
from wzrd.providers.http_border import MAX_MESSAGE

EVERY = pytest.mark.parametrize("bench", SUBJECTS, ids=lambda one: one.name, indirect=True)


@cache
def zipped() -> bytes:
    """A hundred and twenty-eight mebibytes of blanks, packed as one."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join([packer.compress(b" " * (1 << 20)) for _ in range(128)]) + packer.flush()


async def endless_head(call: Call) -> None:
    await call.send(b"HTTP/1.1 200 X\r\nx-a: " + b"a" * 500_000 + b"\r\n\r\n")


async def wrong_length(call: Call) -> None:
    await call.send(b'HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n{"request_id"')


async def two_lengths(call: Call) -> None:
    await call.send(b"HTTP/1.1 200 X\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{}")


async def no_http(call: Call) -> None:
    await call.send(b"SSH-2.0-OpenSSH_9.9\r\n")


async def packed(call: Call) -> None:
    await call.head(200, "application/json", content_encoding="gzip")
    await call.send(zipped())


async def packed_nonsense(call: Call) -> None:
    await call.head(200, "application/json", content_encoding="gzip")
    await call.send(b"this is no gzip")


async def raw_packed(call: Call) -> None:
    await call.head(200, "application/json", content_encoding="br")
    await call.send(b'{"request_id":"r-1","status":"queued"}')


async def drips(call: Call) -> None:
    await call.head(200, "application/json")
    while True:
        await call.send(b" ")
        await asyncio.sleep(0.05)  # the drip's pace


def flood(status: int, piece: bytes = b" " * 65_536) -> Act:
    async def act(call: Call) -> None:
        await call.head(status, "application/json")
        while True:
            await call.send(piece)

    return act


async def sent_failure(bench: Bench, server: ChatServer, adapter: AnyProvider) -> ProviderError:
    """The error that one submit ends with, in little time; more of it where a busy machine did not even connect."""
    before, seconds = server.submits, 0.5
    while True:
        error = await bench.failure(adapter, seconds=seconds)
        seconds *= 4
        if server.submits > before or seconds > 60:
            return error


HOSTILE: dict[str, Act] = {
    "a web page": raw(b"<html>Sign in</html>", kind="text/html"),
    "an empty body": raw(b"", kind="application/json"),
    "null": answers(None),
    "a number": answers(7),
    "a list": answers([1, 2]),
    "an object of nothing": answers({}),
    "bytes": raw(b"\xff\xfe\x00\x01", kind="application/json"),
    "too deep": raw(b"[" * 100_000, kind="application/json"),
    "too deep inside": raw(b'{"request_id":' + b"[" * 5000 + b"]" * 5000 + b"}", kind="application/json"),
    "an id that is a path": answers({"request_id": "../../admin", "status": "queued", "id": "a b"}),
    "an id that is an object": answers({"request_id": {"a": 1}, "status": ["queued"], "choices": "none"}),
    "a flood": flood(200),
    "a packed flood": packed,
    "packed nonsense": packed_nonsense,
    "an unknown packing": raw_packed,
    "a drip": drips,
    "a head without end": endless_head,
    "a length that is wrong": wrong_length,
    "two lengths": two_lengths,
    "no HTTP": no_http,
}


@EVERY
@pytest.mark.parametrize("act", HOSTILE.values(), ids=list(HOSTILE))
async def test_a_hostile_answer_is_an_error_of_ours(bench: Bench, server: ChatServer, act: Act) -> None:
    """Never a no, for the bytes had left; never another exception; in little time and memory; one request."""
    zipped()
    server.otherwise = act
    adapter = bench.impatient(server.origin)
    started = time.monotonic()
    tracemalloc.start()
    error = await sent_failure(bench, server, adapter)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert type(error) in {ProviderUnknown, ProviderFailed}
    assert len(error.message) <= MAX_MESSAGE + 100
    assert time.monotonic() - started < 60
    assert most < 40 << 20
    assert server.submits == 1


@EVERY
@pytest.mark.parametrize("status", [400, 429, 500])
async def test_an_endless_refusal_keeps_its_status(bench: Bench, server: ChatServer, status: int) -> None:
    """Of an error's body a little is read: the status is what counts."""
    server.otherwise = flood(status)
    adapter = bench.impatient(server.origin)
    error = await bench.failure(adapter)
    assert error.details["status"] == status
    assert len(error.message) <= MAX_MESSAGE + 100


@EVERY
async def test_no_connection_is_left_after_trouble(bench: Bench, server: ChatServer) -> None:
    """Whatever went wrong, its place in the pool is free again."""
    acts = [refuses(429), refuses(500), drops(), answers([]), flood(400), flood(200), hangs()]
    server.script = list(acts)
    async with open_http(idle=0.3, connections=1) as http:
        adapter = bench.subject.open(settings_at(server.origin), http, IMPATIENCE)
        for _ in acts:
            error = await sent_failure(bench, server, adapter)
            assert type(error) is not ProviderUnsent
    assert server.submits == len(acts)
