"""What every adapter makes of trouble: the error each means, what was paid, what is not shown, what is bounded."""

import asyncio
import logging
import time
import tracemalloc
import zlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import pytest

from server.fakes import Behaviour, Fakes, open_fakes
from tests.fakes.chat import Act, Call, ChatServer, answers, drops, hangs, raw, refuses
from tests.providers.conformance import IMPATIENCE, KEY, SUBJECTS, Bench, open_bench, said_of, send, settings_at
from wzrd.domain.errors import ProviderError, ProviderFailed, ProviderRejected, ProviderUnknown, ProviderUnsent
from wzrd.domain.submission import RETRYABLE_STATUS, RetryPolicy, RetryState, retry_delay
from wzrd.net.http import open_http
from wzrd.providers.base import Accepted, is_queue
from wzrd.providers.http_border import MAX_MESSAGE

EVERY = pytest.mark.parametrize("bench", SUBJECTS, ids=lambda one: one.name, indirect=True)
POLICY = RetryPolicy()


@pytest.fixture(scope="module")
async def shared() -> AsyncGenerator[Fakes]:
    async with open_fakes() as made:
        yield made


@pytest.fixture
async def bench(request: pytest.FixtureRequest, shared: Fakes) -> AsyncGenerator[Bench]:
    """One subject towards its fake, which has forgotten what was before."""
    await shared.reset()
    async with open_bench(request.param, shared) as made:
        yield made


@asynccontextmanager
async def impatient(bench: Bench, origin: str) -> AsyncGenerator[Any]:
    """The subject towards another server, with half a second for everything."""
    async with open_http(idle=0.5) as http:
        yield bench.subject.open(settings_at(origin), http, IMPATIENCE)


async def failure(adapter: Any, bench: Bench, *, seconds: float = 20.0) -> ProviderError:
    """The error that one submit ends with."""
    with pytest.raises(ProviderError) as caught:
        await send(adapter, bench.subject.asked(timeout=seconds))
    return caught.value


def is_sent_again(error: ProviderError, bench: Bench) -> bool:
    """Whether generation would send the submit once more by itself."""
    state = RetryState(tries=1, streamed=False, lost=1, remaining=1000.0, queued=is_queue(bench.adapter))
    return retry_delay(error, state, POLICY, 0.5) is not None


@EVERY
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 413, 415, 422, 429])
async def test_a_refusal_says_that_nothing_was_accepted(bench: Bench, status: int) -> None:
    """A 4xx is a no with its status; "not now" alone is sent again, and 402 never; a refused key is named."""
    await bench.fakes.script(Behaviour(status=status))
    error = await failure(bench.adapter, bench)
    assert isinstance(error, ProviderRejected)
    assert error.status == status
    assert bench.subject.provider in error.message
    assert is_sent_again(error, bench) is (status in RETRYABLE_STATUS)
    assert await bench.paid() == 0
    if status in {401, 403}:
        assert "check " in error.message
        assert "_KEY" in error.message


@EVERY
@pytest.mark.parametrize(("header", "wait"), [("7", 7.0), ("0", 0.0), ("Fri, 01 Jan 2100 00:00:00 GMT", 86_400.0)])
async def test_too_many_requests_say_when(bench: Bench, header: str, wait: float) -> None:
    """Retry-After, in seconds or as a date, is in the error; a wait of any length is not sat out by the adapter."""
    await bench.fakes.script(Behaviour(status=429, retry_after=header))
    started = time.monotonic()
    error = await failure(bench.adapter, bench)
    assert isinstance(error, ProviderRejected)
    assert error.retry_after == wait
    assert time.monotonic() - started < 5


@EVERY
@pytest.mark.parametrize("header", ["soon", "-1", "nan", "1e400", ""])
async def test_nonsense_in_retry_after_is_no_wait(bench: Bench, header: str) -> None:
    """The refusal counts all the same; the pause is then our own."""
    await bench.fakes.script(Behaviour(status=429, retry_after=header))
    error = await failure(bench.adapter, bench)
    assert isinstance(error, ProviderRejected)
    assert is_sent_again(error, bench)


@EVERY
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_an_error_after_accepting_is_unknown(bench: Bench, status: int) -> None:
    """A 5xx says nothing of what was accepted: the fake was paid once, and a queue is not asked again unbidden."""
    await bench.fakes.script(Behaviour(accepted_status=status))
    error = await failure(bench.adapter, bench)
    assert type(error) is ProviderUnknown
    assert error.details["status"] == status
    assert await bench.paid() == 1
    assert is_sent_again(error, bench) is not is_queue(bench.adapter)


@EVERY
async def test_a_dropped_answer_is_unknown(bench: Bench) -> None:
    """Accepted, paid, and the connection is gone."""
    await bench.fakes.script(Behaviour(reply="dropped"))
    error = await failure(bench.adapter, bench)
    assert type(error) is ProviderUnknown
    assert await bench.paid() == 1


@EVERY
async def test_an_answer_that_never_comes_is_unknown(bench: Bench) -> None:
    """The wait ends by itself; what was sent stays sent, once."""
    await bench.fakes.script(Behaviour(hold="reply"))
    async with impatient(bench, bench.fakes.base_url) as adapter:
        error = await failure(adapter, bench)
    assert type(error) is ProviderUnknown
    assert await bench.paid() == 1


@EVERY
@pytest.mark.parametrize("reply", ["malformed", "truncated"])
async def test_a_broken_answer_is_never_a_no(bench: Bench, reply: str) -> None:
    """Work was begun: unknown, or failed where some of the text had come, and that text is kept."""
    await bench.fakes.script(Behaviour(reply=reply))  # type: ignore[arg-type]
    error = await failure(bench.adapter, bench)
    if bench.subject.is_chat:
        assert type(error) is ProviderFailed
        assert error.details["partial"]
    else:
        assert type(error) is ProviderUnknown
    assert await bench.paid() == 1


@EVERY
async def test_a_slow_answer_is_whole(bench: Bench) -> None:
    """A few bytes at a time, in the middle of characters: nothing is lost."""
    await bench.fakes.script(Behaviour(reply="slow"))
    heard = await bench.hear("Ünï 🎬")
    assert heard.output.media or "Ünï 🎬" in (heard.output.text or "")


@EVERY
@pytest.mark.parametrize("origin", ["http://127.0.0.1:1", "http://no-such-host.invalid"])
async def test_what_never_left_was_never_sent(bench: Bench, origin: str) -> None:
    """A refused connection, an unknown host: it may be sent again."""
    async with impatient(bench, origin) as adapter:
        error = await failure(adapter, bench)
    assert type(error) is ProviderUnsent
    assert is_sent_again(error, bench)


@EVERY
async def test_a_redirect_is_not_followed(bench: Bench, server: ChatServer) -> None:
    """A key and a paid POST go to the configured address alone."""
    server.otherwise = refuses(307, location=f"{bench.fakes.base_url}/control/reset")
    async with impatient(bench, server.origin) as adapter:
        error = await failure(adapter, bench)
    assert isinstance(error, ProviderRejected)
    assert server.submits == 1


ECHO = f"bad header Authorization: Bearer {KEY}"
SHY: dict[str, Act] = {
    **{str(status): answers({"error": {"message": ECHO, "code": ECHO}}, status) for status in (401, 422, 429, 500)},
    "a failure that says 200": answers({"status": "failed", "error": {"message": ECHO}, "outcome": {"error": ECHO}}),
    "an error that is a text": answers({"error": ECHO}),
    "an error type": answers({"detail": ECHO, "error_type": ECHO}, 422, x_fal_error_type=ECHO),
    "no JSON": raw(ECHO.encode(), kind="text/plain"),
    "a redirect": refuses(302, ECHO, location=f"http://{KEY}/"),
    "nothing": drops(),
    "silence": hangs(),
}  # fmt: skip


@EVERY
@pytest.mark.parametrize("act", SHY.values(), ids=list(SHY))
async def test_the_key_is_shown_nowhere(
    bench: Bench, server: ChatServer, act: Act, caplog: pytest.LogCaptureFixture
) -> None:
    """With all logging on, over every failure: not even a server that echoes the key makes us repeat it."""
    caplog.set_level(logging.DEBUG)
    server.otherwise = act
    async with impatient(bench, server.origin) as adapter:
        told = said_of(await failure(adapter, bench))
        if is_queue(adapter):
            url = f"{server.origin}/fal/queue/a/b/requests/1"
            accepted = Accepted("r-1", {"status": url, "response": url, "cancel": url})
            for ask in (
                lambda: adapter.poll(accepted),
                lambda: adapter.cancel(accepted),
                lambda: adapter.list_jobs("m"),
            ):
                try:
                    told += repr(await ask())
                except ProviderError as error:
                    told += said_of(error)
        told += f"{adapter!r} {vars(adapter)!r}"
    assert KEY not in told
    assert KEY not in "".join(one.getMessage() for one in caplog.records if not one.name.startswith("httpcore"))
    assert server.submits >= 1


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
        await asyncio.sleep(0.05)


def flood(status: int, piece: bytes = b" " * 65_536) -> Act:
    async def act(call: Call) -> None:
        await call.head(status, "application/json")
        while True:
            await call.send(piece)

    return act


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
    async with impatient(bench, server.origin) as adapter:
        started = time.monotonic()
        tracemalloc.start()
        error = await failure(adapter, bench, seconds=0.5)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert type(error) in {ProviderUnknown, ProviderFailed}
    assert len(error.message) <= MAX_MESSAGE + 100
    assert time.monotonic() - started < 5
    assert most < 40 << 20
    assert server.submits == 1


@EVERY
@pytest.mark.parametrize("status", [400, 429, 500])
async def test_an_endless_refusal_keeps_its_status(bench: Bench, server: ChatServer, status: int) -> None:
    """Of an error's body a little is read: the status is what counts."""
    server.otherwise = flood(status)
    async with impatient(bench, server.origin) as adapter:
        error = await failure(adapter, bench)
    assert error.details["status"] == status
    assert len(error.message) <= MAX_MESSAGE + 100


@EVERY
async def test_who_leaves_hangs_up(bench: Bench) -> None:
    """A call that is cancelled closes its connection at once: the server sees the end of it."""
    asked, left = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        while await reader.read(65_536):
            pass
        left.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with open_http(idle=30.0) as http:
            adapter = bench.subject.open(settings_at(origin), http)
            call = asyncio.create_task(send(adapter, bench.subject.asked()))
            await asyncio.wait_for(asked.wait(), 10)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.wait_for(left.wait(), 10)


@EVERY
async def test_no_connection_is_left_after_trouble(bench: Bench, server: ChatServer) -> None:
    """Whatever went wrong, its place in the pool is free again."""
    acts = [refuses(429), refuses(500), drops(), answers([]), flood(400), flood(200), hangs()]
    server.script = list(acts)
    async with open_http(idle=0.3, connections=1) as http:
        adapter = bench.subject.open(settings_at(server.origin), http, IMPATIENCE)
        for _ in acts:
            error = await failure(adapter, bench, seconds=0.5)
            assert type(error) is not ProviderUnsent
    assert server.submits == len(acts)
