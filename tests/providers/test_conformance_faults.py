"""Trouble at every adapter: the error each means, what was paid, what is not shown, what is bounded."""

import asyncio
import logging
from typing import Any

import pytest

from server.fakes import Behaviour
from tests.fakes.chat import Act, ChatServer, answers, drops, hangs, raw, refuses
from tests.providers.conformance import KEY, SUBJECTS, Bench, said_of, send, settings_at
from wzrd.domain.errors import ProviderError, ProviderFailed, ProviderRejected, ProviderUnknown, ProviderUnsent
from wzrd.domain.submission import RETRYABLE_STATUS, RetryPolicy, RetryState, retry_delay
from wzrd.net.http import open_http
from wzrd.providers.base import Accepted, is_queue
from wzrd.providers.opening import utc_now

EVERY = pytest.mark.parametrize("bench", SUBJECTS, ids=lambda one: one.name, indirect=True)
POLICY = RetryPolicy()
FILES = frozenset({"effects", "music"})
"""Subjects whose answers are whole files: too many bytes to come a few at a time."""


def is_sent_again(error: ProviderError, bench: Bench) -> bool:
    """True if generation would send the submit once more by itself."""
    state = RetryState(tries=1, streamed=False, lost=1, remaining=1000.0, queued=is_queue(bench.adapter))
    return retry_delay(error, state, POLICY, 0.5) is not None


@EVERY
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 413, 415, 422, 429])
async def test_a_refusal_says_that_nothing_was_accepted(bench: Bench, status: int) -> None:
    """A 4xx is a no with its status; "not now" alone is sent again, and 402 never; a refused key is named."""
    await bench.fakes.script(Behaviour(status=status))
    error = await bench.failure()
    assert isinstance(error, ProviderRejected)
    assert error.status == status
    assert bench.subject.provider in error.message
    assert is_sent_again(error, bench) is (status in RETRYABLE_STATUS)
    assert await bench.paid() == 0
    if status in {401, 403}:
        assert "check " in error.message
        assert "_KEY" in error.message


@EVERY
@pytest.mark.parametrize(("header", "wait"), [("700", 700.0), ("0", 0.0), ("Fri, 01 Jan 2100 00:00:00 GMT", 86_400.0)])
async def test_too_many_requests_say_when(bench: Bench, header: str, wait: float) -> None:
    """Retry-After, in seconds or as a date, is in the error; a wait of any length is not sat out by the adapter."""
    await bench.fakes.script(Behaviour(status=429, retry_after=header))
    error = await bench.failure()
    assert isinstance(error, ProviderRejected)
    assert error.retry_after == wait


@EVERY
@pytest.mark.parametrize("header", ["soon", "-1", "nan", "1e400", ""])
async def test_nonsense_in_retry_after_is_no_wait(bench: Bench, header: str) -> None:
    """The refusal counts all the same; the pause is then our own."""
    await bench.fakes.script(Behaviour(status=429, retry_after=header))
    error = await bench.failure()
    assert isinstance(error, ProviderRejected)
    assert is_sent_again(error, bench)


@EVERY
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_an_error_after_accepting_is_unknown(bench: Bench, status: int) -> None:
    """A 5xx says nothing of what was accepted: the fake was paid once, and a queue is not asked again unbidden."""
    await bench.fakes.script(Behaviour(accepted_status=status))
    error = await bench.failure()
    assert type(error) is ProviderUnknown
    assert error.details["status"] == status
    assert await bench.paid() == 1
    assert is_sent_again(error, bench) is not is_queue(bench.adapter)


@EVERY
async def test_a_dropped_answer_is_unknown(bench: Bench) -> None:
    """Accepted, paid, and the connection is gone."""
    await bench.fakes.script(Behaviour(reply="dropped"))
    error = await bench.failure()
    assert type(error) is ProviderUnknown
    assert await bench.paid() == 1


@EVERY
async def test_an_answer_that_never_comes_is_unknown(bench: Bench) -> None:
    """The wait ends by itself; what was sent stays sent, once."""
    await bench.fakes.script(Behaviour(hold="reply"))
    adapter = bench.impatient(bench.fakes.base_url)
    error = await bench.failure(adapter)
    assert type(error) is ProviderUnknown
    assert await bench.paid() == 1


@EVERY
@pytest.mark.parametrize("reply", ["malformed", "truncated"])
async def test_a_broken_answer_is_never_a_no(bench: Bench, reply: Any) -> None:
    """Work was begun: unknown, or failed where some of the text had come, and that text is kept."""
    await bench.fakes.script(Behaviour(reply=reply))
    error = await bench.failure()
    if bench.subject.is_chat:
        assert type(error) is ProviderFailed
        assert error.details["partial"]
    else:
        assert type(error) is ProviderUnknown
    assert await bench.paid() == 1


@pytest.mark.parametrize(
    "bench", [one for one in SUBJECTS if one.name not in FILES], ids=lambda one: one.name, indirect=True
)
async def test_a_slow_answer_is_whole(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few bytes at a time, in the middle of characters: nothing is lost."""
    monkeypatch.setattr("server.fakes.calls.SLOW_SECONDS", 0.001)
    await bench.fakes.script(Behaviour(reply="slow"))
    heard = await bench.hear("Ünï 🎬")
    assert heard.output.media or "Ünï 🎬" in (heard.output.text or "")


@EVERY
@pytest.mark.parametrize("origin", ["http://127.0.0.1:1", "http://no-such-host.invalid"])
async def test_what_never_left_was_never_sent(bench: Bench, origin: str) -> None:
    """A refused connection, an unknown host: it may be sent again."""
    adapter = bench.at(origin)
    error = await bench.failure(adapter)
    assert type(error) is ProviderUnsent
    assert is_sent_again(error, bench)


@EVERY
async def test_a_redirect_is_not_followed(bench: Bench, server: ChatServer) -> None:
    """A key and a paid POST go to the configured address alone."""
    server.otherwise = refuses(307, location=f"{bench.fakes.base_url}/control/reset")
    adapter = bench.at(server.origin)
    error = await bench.failure(adapter)
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
    adapter = (bench.impatient if act is SHY["silence"] else bench.at)(server.origin)
    told = said_of(await bench.failure(adapter))
    if is_queue(adapter):
        url = f"{server.origin}/fal/queue/a/b/requests/1"
        accepted = Accepted("r-1", {"status": url, "response": url, "cancel": url})
        for ask in (
            lambda: adapter.poll(accepted),
            lambda: adapter.cancel(accepted),
            lambda: adapter.list_jobs("a/b", utc_now()),
        ):
            try:
                told += repr(await ask())
            except ProviderError as error:
                told += said_of(error)
    told += f"{adapter!r} {vars(adapter)!r}"
    assert KEY not in told
    assert KEY not in "".join(one.getMessage() for one in caplog.records if not one.name.startswith("httpcore"))
    assert server.submits >= 1


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
        async with open_http(idle=60.0) as http:
            adapter = bench.subject.open(settings_at(origin), http)
            call = asyncio.create_task(send(adapter, bench.subject.asked()))
            await asyncio.wait_for(asked.wait(), 60)
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            await asyncio.wait_for(left.wait(), 60)
