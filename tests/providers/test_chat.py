"""The chat adapter against a server that breaks every rule."""

import asyncio
import json
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import pytest
from pydantic import SecretStr

from tests.fakes.chat import (
    Act,
    ChatServer,
    answers,
    breaks_off,
    delta,
    drops,
    finish,
    hangs,
    raw,
    refuses,
    says,
)
from tests.waiting import let_others_run, until
from wzrd.domain.errors import (
    NotConfigured,
    ProviderError,
    ProviderFailed,
    ProviderRejected,
    ProviderUnknown,
    ProviderUnsent,
)
from wzrd.log_context import logging_about
from wzrd.providers.base import Accepted, Delta, Output, Request
from wzrd.providers.chat import LOOKED_AT, Chat, ChatEndpoint

KEY = "gsk_TOPSECRETtopsecret0123456789"
ASKED = Request("llama", "text", {"messages": [{"role": "user", "content": "Ünï 🎬 write JSON"}]}, 60.0)
ASKED_JSON = replace(ASKED, inputs={**ASKED.inputs, "json": True})
SILENCE = pytest.mark.silence


def now() -> datetime:
    return datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def chat(http: httpx.AsyncClient, server: ChatServer) -> Chat:
    """The adapter pointed at the server."""
    return Chat(ChatEndpoint("groq", server.base_url, SecretStr(KEY), "GROQ_API_KEY"), http, now=now)


async def ask(chat: Chat, request: Request = ASKED) -> tuple[list[str], Output]:
    """All deltas, and the output."""
    chunks = [chunk async for chunk in chat.stream(request)]
    assert isinstance(chunks[0], Accepted)
    assert isinstance(chunks[-1], Output)
    return [chunk.text for chunk in chunks[1:-1] if isinstance(chunk, Delta)], chunks[-1]


async def test_it_asks_as_openai_documents_it(chat: Chat, server: ChatServer) -> None:
    """Path, bearer, model, messages, stream and JSON mode are on the wire; the answer streams with its usage."""
    server.script = [says("{", "}")]
    with logging_about(run="a-run"):
        texts, output = await ask(chat, ASKED_JSON)
    call = server.calls[0]
    assert call.headers["x-client-request-id"] == "a-run"
    assert (texts, output.text) == (["{", "}"], "{}")
    assert output.raw["usage"] == {"prompt_tokens": 3, "completion_tokens": 5}
    assert output.raw["finish_reason"] == "stop"
    assert (call.path, call.headers["authorization"]) == ("/openai/v1/chat/completions", f"Bearer {KEY}")
    assert call.body == {
        "model": "llama",
        "messages": ASKED.inputs["messages"],
        "stream": True,
        "response_format": {"type": "json_object"},
    }


async def test_a_delta_is_passed_on_before_the_next_is_written(chat: Chat, server: ChatServer) -> None:
    """Streaming is streaming: the first delta arrives while the server still holds the second back."""
    here = asyncio.Event()
    server.script, texts = [says("one", "two", gate=here)], list[str]()
    async for chunk in chat.stream(ASKED):
        if isinstance(chunk, Delta):
            texts.append(chunk.text)
            here.set()
    assert texts == ["one", "two"]


EVENT = json.dumps(delta("é🎬"), ensure_ascii=False).encode()
BYTEWISE = [bytes([byte]) for byte in b"\xef\xbb\xbfdata: " + EVENT + b"\r\n\r\ndata: [DONE]\r\n\r\n"]


@pytest.mark.parametrize(
    ("act", "text"),
    [
        pytest.param(raw(*BYTEWISE), "é🎬", id="a byte a packet, CRLF, a BOM"),
        pytest.param(
            raw(b": ping\n\nevent: x\nid: 1\nretry: 5\ndata:" + EVENT + b"\n\ndata: [DONE]\n\n"), "é🎬", id="comments"
        ),
        pytest.param(
            raw(b"data: " + EVENT + b"\n\ndata: " + json.dumps(finish()).encode() + b"\n\n"), "é🎬", id="no DONE"
        ),
        pytest.param(raw(b"data: " + json.dumps(finish()).encode()), "", id="no last blank line, no text"),
        pytest.param(
            raw(b'data: {"choices":[{"delta":{"content":"a"}}]}\r\rdata: [DONE]\r\r'), "a", id="bare CR, no index"
        ),
        pytest.param(
            raw(b'data: {"choices":[]}\n\ndata: {"usage":null,"choices":[{"delta":null}]}\n\ndata: [DONE]\n\n'),
            "",
            id="empty chunks",
        ),
        pytest.param(
            raw(
                b'data: {"choices":[{"delta":{"content":[{"type":"text","text":"p"},{"x":1},2]}}]}\n\ndata: [DONE]\n\n'
            ),
            "p",
            id="content in parts",
        ),
        pytest.param(
            raw(b'data: {"choices":[{"delta":{"content":"a\\u0000b\\ude00"}}]}\n\ndata: [DONE]\n\n'),
            "ab\ufffd",
            id="NUL and half a surrogate",
        ),
        pytest.param(
            raw(b'data: {"choices":[{"delta":{"content":"a"}}],"timings":{"speed":NaN}}\n\ndata: [DONE]\n\n'),
            "a",
            id="NaN beside the text",
        ),
        pytest.param(
            raw(
                b'data: {"choices":[{"delta":{"content":"a\\ud83d"}}]}\n\n'
                b'data: {"choices":[{"delta":{"content":"\\ude00b"}}]}\n\ndata: [DONE]\n\n'
            ),
            "a😀b",
            id="one character in two chunks",
        ),
        pytest.param(
            raw(
                b'{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}],"usage":{"cost":0.25}}',
                kind="application/json; charset=utf-8",
            ),
            "whole",
            id="a server that does not stream",
        ),
    ],
)
async def test_what_is_tolerated(chat: Chat, server: ChatServer, act: Act, text: str) -> None:
    """Every known dialect of the protocol reads as the same answer."""
    server.script = [act]
    texts, output = await ask(chat)
    assert ("".join(texts), output.text) == (text, text)


async def test_a_reported_cost_is_read(chat: Chat, server: ChatServer) -> None:
    """Where the provider says what it cost, we know it."""
    server.script = [raw(b'{"choices":[{"message":{"content":"x"}}],"usage":{"cost":0.25}}', kind="application/json")]
    assert (await ask(chat))[1].cost_usd == 0.25


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        ({"cost": 0.25, "is_byok": True, "cost_details": {"upstream_inference_cost": 4.75}}, 5.0),
        ({"cost": 0.25, "is_byok": False, "cost_details": {"upstream_inference_cost": 0.25}}, 0.25),
        ({"cost": 0.25, "is_byok": True, "cost_details": None}, None),
        ({"cost": True}, None),
    ],
)
async def test_a_gateways_fee_is_not_the_whole_cost(
    chat: Chat, server: ChatServer, usage: dict[str, Any], cost: float | None
) -> None:
    """With a vendor's key at OpenRouter (`is_byok`), `cost` is its fee; the vendor's own price stands beside it.

    Source: openrouter.ai/docs/use-cases/usage-accounting.
    """
    server.script = [answers({"choices": [{"message": {"content": "x"}}], "usage": usage})]
    assert (await ask(chat))[1].cost_usd == cost


@pytest.mark.parametrize(
    ("act", "kind", "partial"),
    [
        pytest.param(breaks_off("Fade ", "in"), ProviderFailed, "Fade in", id="breaks off after text"),
        pytest.param(breaks_off(), ProviderUnknown, None, id="breaks off before text"),
        pytest.param(drops(), ProviderUnknown, None, id="drops without a word"),
        pytest.param(hangs(), ProviderUnknown, None, marks=SILENCE, id="hangs without a word"),
        pytest.param(hangs(after=()), ProviderUnknown, None, marks=SILENCE, id="hangs after the headers"),
        pytest.param(hangs(after=("Fade ",)), ProviderFailed, "Fade ", marks=SILENCE, id="hangs after text"),
        pytest.param(raw(b"data: {nonsense\n\n"), ProviderFailed, "", id="no JSON"),
        pytest.param(raw(b"data: [1]\n\n"), ProviderFailed, "", id="no object"),
        pytest.param(raw(b"\xff\xfe\x00garbage"), ProviderUnknown, None, id="garbage"),
        pytest.param(raw(b"<html>", kind="text/html"), ProviderFailed, "", id="a web page"),
        pytest.param(raw(b"x" * 1_100_000, b"x" * 10), ProviderFailed, "", id="an endless line"),
        pytest.param(
            raw(b'data: {"error":{"message":"oops","code":500}}\n\n'), ProviderFailed, "", id="error in stream"
        ),
        pytest.param(refuses(500), ProviderUnknown, "", id="500"),
        pytest.param(refuses(503, retry_after="1"), ProviderUnknown, "", id="503"),
        pytest.param(
            refuses(
                400,
                body={
                    "error": {"message": "no JSON", "code": "json_validate_failed", "failed_generation": '{"shots": ['}
                },
            ),
            ProviderFailed,
            '{"shots": [',
            id="Groq's failed JSON mode",
        ),
    ],
)
async def test_what_may_have_been_accepted(
    chat: Chat, server: ChatServer, act: Act, kind: type[ProviderError], partial: str | None
) -> None:
    """After the bytes have left, a failure is unknown or failed, never "rejected", and keeps the text that came."""
    server.script = [act]
    with pytest.raises(ProviderError) as caught:
        await ask(chat)
    assert type(caught.value) is kind
    assert caught.value.details.get("partial") == partial
    assert server.submits == 1


@pytest.mark.parametrize(
    ("act", "status", "wait"),
    [
        (refuses(401, "Invalid API Key"), 401, None),
        (refuses(402), 402, None),
        (refuses(404, body={"error": "no such model"}), 404, None),
        (refuses(422, body=[]), 422, None),
        (refuses(302, location="http://127.0.0.1:1/"), 302, None),
        (refuses(429, retry_after="7"), 429, 7.0),
        (refuses(429, x_ratelimit_reset_tokens="1.5s"), 429, 1.5),
        (refuses(498, retry_after="3"), 498, 3.0),
        (refuses(401, retry_after="3"), 401, None),
        (raw(b'data: {"error":{"message":"slow down","code":"rate_limit_exceeded"}}\n\n'), 429, None),
    ],
)
async def test_what_was_refused(chat: Chat, server: ChatServer, act: Act, status: int, wait: float | None) -> None:
    """A 4xx says that nothing was accepted, with how long to wait where it says so; redirects are not followed."""
    server.script = [act]
    with pytest.raises(ProviderRejected) as caught:
        await ask(chat)
    assert (caught.value.status, caught.value.retry_after) == (status, wait)
    assert server.submits == 1


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/v1", "http://no-such-host.invalid/v1", "ftp://x/v1", "http://[/v1"]
)
async def test_what_never_left(http: httpx.AsyncClient, address: str) -> None:
    """Refused connections, unknown hosts and addresses that are none: nothing was sent."""
    chat = Chat(ChatEndpoint("groq", address, SecretStr(KEY), "GROQ_API_KEY"), http, now=now)
    with pytest.raises(ProviderUnsent):
        await ask(chat)


async def test_json_mode_is_given_up_for_a_model_that_refuses_it(chat: Chat, server: ChatServer) -> None:
    """The refusal may be sent again at once; later calls of that model go without; a second refusal is final."""
    refusal = "'response_format' of type json_object is not supported"
    server.script = [refuses(400, refusal), says("ok"), refuses(400, refusal)]
    with pytest.raises(ProviderRejected) as caught:
        await ask(chat, ASKED_JSON)
    assert caught.value.retry_after == 0.0
    assert (await ask(chat, ASKED_JSON))[1].text == "ok"
    with pytest.raises(ProviderRejected) as caught:
        await ask(chat, ASKED_JSON)
    assert caught.value.retry_after is None
    assert ["response_format" in call.body for call in server.calls] == [True, False, False]


async def test_the_whole_deadline_holds_against_a_dripping_server(chat: Chat, server: ChatServer) -> None:
    """A server that says a word just before each idle time-out is cut off at the deadline, its text kept."""
    server.script = [says(*["drip "] * 10_000, pause=0.1)]
    with pytest.raises(ProviderFailed) as caught:
        await ask(chat, Request("llama", "text", ASKED.inputs, 2.0))
    assert caught.value.details["partial"].startswith("drip drip")


async def test_a_slow_listener_is_no_slow_server(chat: Chat, server: ChatServer) -> None:
    """The deadline passes while the caller holds a piece: its code is not cut off, and the next piece is too late."""
    server.script = [hangs(after=("a",))]
    loop, held = asyncio.get_running_loop(), False
    deadline = loop.time() + 4.0  # a busy host is slow to connect

    async def listen() -> None:
        nonlocal held
        async for chunk in chat.stream(Request("llama", "text", ASKED.inputs, 4.0)):
            if isinstance(chunk, Delta):
                await until(lambda: loop.time() >= deadline + 0.1)
                held = True

    with pytest.raises(ProviderFailed) as caught:
        await listen()
    assert (held, caught.value.details["partial"]) == (True, "a")


async def test_leaving_in_the_middle_hangs_up(chat: Chat, server: ChatServer) -> None:
    """Who closes the stream early leaves no connection behind."""
    server.script = [hangs(after=("a",))]
    stream = chat.stream(ASKED)
    async for chunk in stream:
        if isinstance(chunk, Delta):
            break
    await stream.aclose()
    assert not [c for c in cast("Any", chat._http._transport)._pool.connections if not c.is_closed()]


@pytest.mark.parametrize("key", ["", "  ", "gsk_a b", "gsk_a\nb", "gsk_é"])
def test_a_malformed_key_is_refused_before_anything_is_sent(http: httpx.AsyncClient, key: str) -> None:
    """A key with a line break or blanks is told at start, without being shown."""
    with pytest.raises(NotConfigured, match="GROQ_API_KEY") as caught:
        Chat(ChatEndpoint("groq", "http://x", SecretStr(key), "GROQ_API_KEY"), http, now=now)
    assert len(key) < 4 or key not in str(caught.value)


@pytest.mark.silence
async def test_the_key_is_in_no_log_and_no_error(
    chat: Chat, server: ChatServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Over every failure, with all logging on: not even a server that echoes the key makes us repeat it."""
    caplog.set_level(logging.DEBUG)
    echo = f"Incorrect API key: {KEY}, header Authorization: Bearer {KEY}, sk-proj-abcdefgh12345678"
    server.script = [
        refuses(401, echo),
        refuses(500, echo),
        refuses(429, echo),
        drops(),
        breaks_off(echo[:5]),
        raw(b'data: {"error":{"message":"' + echo.encode() + b'"}}\n\n'),
        hangs(),
    ]
    for _ in range(len(server.script)):
        with pytest.raises(ProviderError) as caught:
            await ask(chat)
        said = f"{caught.value} {caught.value!r} {caught.value.details} {caught.value.__cause__!r}"
        assert KEY not in said
        assert "abcdefgh12345678" not in said
    assert server.submits == 7
    assert KEY not in caplog.text
    assert KEY not in repr(chat.endpoint)


async def test_the_loop_is_not_blocked(chat: Chat, server: ChatServer) -> None:
    """While twenty answers of 2,000 deltas stream in, the event loop keeps turning."""
    server.otherwise = says(*["word "] * 500)
    worst, stop = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal worst
        while not stop.is_set():
            before = time.thread_time()  # of the loop itself: the machine may be busy with others
            await let_others_run()
            worst = max(worst, time.thread_time() - before)
            await asyncio.sleep(0.005)  # how often it is measured

    watching = asyncio.create_task(watch())
    outputs = await asyncio.gather(*(ask(chat) for _ in range(20)))
    stop.set()
    await watching
    assert all(len(texts) == 500 for texts, _ in outputs)
    assert worst < 0.5


async def test_a_thousand_events_at_once_are_taken_a_few_at_a_time(chat: Chat, server: ChatServer) -> None:
    """Eight streams of them share no round of the loop: others have many turns until the first is read."""
    event = b'data: {"choices":[{"delta":{"content":"x"}}]}\n\n'
    server.otherwise = raw(event * 1_000 + b"data: [DONE]\n\n")
    most, seen, taken = 0, 0, 0

    async def listen() -> None:
        nonlocal taken
        async for chunk in chat.stream(ASKED):
            taken += isinstance(chunk, Delta)

    reading = asyncio.gather(*(listen() for _ in range(8)))
    while not reading.done():
        await let_others_run()
        most, seen = max(most, taken - seen), taken
    await reading
    assert (taken, most <= 2 * LOOKED_AT // len(event)) == (8_000, True)
