"""Every way in which an answer can go wrong: what a client sees, and what it has cost."""

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from server.fakes import Behaviour, Fakes
from server.fakes.calls import SLOW_BYTES, SLOW_SECONDS

KEY = {"authorization": "Bearer k"}


@dataclass(frozen=True, slots=True)
class Target:
    """A paid call: where, and with which body."""

    provider: str
    variable: str
    path: str
    body: dict[str, Any]

    async def submit(self, fakes: Fakes, http: httpx.AsyncClient, **more: Any) -> httpx.Response:
        url = f"{fakes.environment()[self.variable]}{self.path}"
        return await http.post(url, json={**self.body, **more}, headers=KEY)


FAL = Target("fal-ai", "FAL_QUEUE_URL", "/fal-ai/flux/dev", {"prompt": "a cat"})
GMI = Target("gmi-cloud", "GMI_QUEUE_URL", "/requests", {"model": "wan2.7-i2v", "payload": {"prompt": "a cat"}})
AT_ONCE = Target(
    "gmi-cloud", "GMI_QUEUE_URL", "/requests", {"model": "gemini-3-pro-image-preview", "payload": {"prompt": "a cat"}}
)
CHAT = Target(
    "groq", "GROQ_BASE_URL", "/chat/completions", {"model": "m", "messages": [{"role": "user", "content": "a cat"}]}
)
STREAM = Target("groq", "GROQ_BASE_URL", "/chat/completions", {**CHAT.body, "stream": True})
ALL = pytest.mark.parametrize("target", [FAL, GMI, AT_ONCE, CHAT, STREAM], ids=["fal", "gmi", "at once", "chat", "sse"])


@ALL
@pytest.mark.parametrize("retry_after", [None, "3", "Wed, 21 Oct 2026 07:28:00 GMT"])
async def test_429(fakes: Fakes, http: httpx.AsyncClient, target: Target, retry_after: str | None) -> None:
    """With Retry-After as it was written, or without; nothing is accepted, nothing paid, and the next one passes."""
    await fakes.script(Behaviour(status=429, retry_after=retry_after))
    answer = await target.submit(fakes, http)
    assert (answer.status_code, answer.headers.get("retry-after")) == (429, retry_after)
    assert answer.json()
    account = await fakes.tell()
    assert (account["total"], account["refused"]) == (0, 1)
    assert (await target.submit(fakes, http)).status_code == 200
    assert len(await fakes.paid_submits(target.provider)) == 1


@ALL
@pytest.mark.parametrize("status", [400, 402, 403, 404, 500, 503])
async def test_other_refusals(fakes: Fakes, http: httpx.AsyncClient, target: Target, status: int) -> None:
    """Any status, in the vendor's spelling."""
    await fakes.script(Behaviour(status=status))
    answer = await target.submit(fakes, http)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()
    assert await fakes.paid_submits() == []


@ALL
async def test_500_after_accepting(fakes: Fakes, http: httpx.AsyncClient, target: Target) -> None:
    """The job exists and is paid; its caller is told an error."""
    await fakes.script(Behaviour(accepted_status=500))
    assert (await target.submit(fakes, http)).status_code == 500
    (submit,) = await fakes.paid_submits()
    assert submit.request_id


@ALL
async def test_a_dropped_reply(fakes: Fakes, http: httpx.AsyncClient, target: Target) -> None:
    """Accepted and paid; the connection closes without a byte."""
    await fakes.script(Behaviour(reply="dropped"))
    with pytest.raises(httpx.TransportError):
        await target.submit(fakes, http)
    assert len(await fakes.paid_submits()) == 1


@pytest.mark.parametrize("target", [FAL, GMI, AT_ONCE, CHAT], ids=["fal", "gmi", "at once", "chat"])
async def test_answers_that_cannot_be_read(fakes: Fakes, http: httpx.AsyncClient, target: Target) -> None:
    """Broken JSON, JSON of another form, half an answer: 200 each time, and each was paid."""
    await fakes.script(Behaviour(reply="malformed"), Behaviour(reply="misshapen"), Behaviour(reply="truncated"))
    answer = await target.submit(fakes, http)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert (await target.submit(fakes, http)).json() == {"unexpected": True}
    with pytest.raises(httpx.RemoteProtocolError):
        await target.submit(fakes, http)
    assert len(await fakes.paid_submits()) == 3


async def test_streams_that_cannot_be_read(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """The third event is spoiled, the others are as ever; or the connection closes after it."""
    whole = _events(await STREAM.submit(fakes, http))
    await fakes.script(Behaviour(reply="malformed"), Behaviour(reply="misshapen"), Behaviour(reply="truncated"))
    malformed, misshapen = [_events(await STREAM.submit(fakes, http)) for _ in range(2)]
    assert len(malformed) == len(misshapen) == len(whole)
    assert _are_json(malformed[:2] + malformed[3:-1])
    assert not _are_json(malformed[2:3])
    assert misshapen[2] == '{"unexpected":true}'
    async with http.stream("POST", _chat_url(fakes), json=STREAM.body, headers=KEY) as answer:
        lines = answer.aiter_lines()
        for _ in range(3):
            assert json.loads((await anext(lines)).removeprefix("data: "))
            assert await anext(lines) == ""
        with pytest.raises(httpx.RemoteProtocolError):
            await anext(lines)


@ALL
async def test_slow_bytes(fakes: Fakes, http: httpx.AsyncClient, target: Target) -> None:
    """A few bytes at a time, over and over; together they are the answer."""
    await fakes.script(Behaviour(reply="slow", text="one"))
    started = time.monotonic()
    told = (await target.submit(fakes, http)).content
    assert time.monotonic() - started >= len(told) // SLOW_BYTES * SLOW_SECONDS > 5 * SLOW_SECONDS
    assert told.endswith(b"data: [DONE]\n\n") if target is STREAM else json.loads(told)


@ALL
async def test_a_delay(fakes: Fakes, http: httpx.AsyncClient, target: Target) -> None:
    """The answer to the submit comes no sooner than the script says."""
    await fakes.script(Behaviour(wait=0.15))
    started = time.monotonic()
    await target.submit(fakes, http)
    assert time.monotonic() - started >= 0.15


@ALL
async def test_a_held_reply(fakes: Fakes, http: httpx.AsyncClient, target: Target) -> None:
    """It is accepted and paid, and answered when a test says so."""
    await fakes.script(Behaviour(hold="reply"))
    waiting = asyncio.create_task(target.submit(fakes, http))
    await fakes.wait_submit()
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    assert await fakes.release("a cat") == 1
    assert (await waiting).status_code == 200


@pytest.mark.parametrize(
    ("on", "method", "place"),
    [("status", "GET", "status_url"), ("result", "GET", "response_url"), ("cancel", "PUT", "cancel_url")],
)
async def test_the_calls_that_follow_at_fal(
    fakes: Fakes, http: httpx.AsyncClient, on: Any, method: str, place: str
) -> None:
    """They go wrong as submits do, cost nothing, and the job goes on."""
    url = (await FAL.submit(fakes, http)).json()[place]
    await _go_wrong(fakes, http, on, method, url)
    assert len(await fakes.paid_submits()) == 1


@pytest.mark.parametrize("on", ["status", "list"])
async def test_the_calls_that_follow_at_gmi(fakes: Fakes, http: httpx.AsyncClient, on: Any) -> None:
    """Questions to GMI about one request, and about all of a model, go wrong in every way."""
    request_id = (await GMI.submit(fakes, http)).json()["request_id"]
    ending = f"/{request_id}" if on == "status" else "?model_id=wan2.7-i2v"
    await _go_wrong(fakes, http, on, "GET", f"{fakes.environment()['GMI_QUEUE_URL']}/requests{ending}")
    assert len(await fakes.paid_submits()) == 1


async def test_an_upload_goes_wrong(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """The token is good, the file does not get there, or nobody is told that it did."""
    rest = fakes.environment()["FAL_REST_URL"]
    token = (await http.post(f"{rest}/storage/auth/token", json={}, headers=KEY)).json()
    bearer = {"authorization": f"{token['token_type']} {token['token']}"}
    await _go_wrong(fakes, http, "upload", "POST", f"{token['base_url']}/files/upload", bearer)


async def _go_wrong(
    fakes: Fakes, http: httpx.AsyncClient, on: Any, method: str, url: str, headers: dict[str, str] = KEY
) -> None:
    await fakes.script(
        Behaviour(on=on, status=503, retry_after="1"),
        Behaviour(on=on, reply="malformed"),
        Behaviour(on=on, reply="misshapen"),
        Behaviour(on=on, reply="dropped"),
    )
    answer = await http.request(method, url, headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    with pytest.raises(json.JSONDecodeError):
        (await http.request(method, url, headers=headers)).json()
    assert (await http.request(method, url, headers=headers)).json() == {"unexpected": True}
    with pytest.raises(httpx.TransportError):
        await http.request(method, url, headers=headers)
    assert (await http.request(method, url, headers=headers)).status_code in {200, 400}


def _chat_url(fakes: Fakes) -> str:
    return f"{fakes.environment()[STREAM.variable]}{STREAM.path}"


def _events(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200
    return [event.removeprefix("data: ") for event in answer.text.split("\n\n")[:-1]]


def _are_json(texts: list[str]) -> bool:
    try:
        return all(json.loads(text) for text in texts)
    except ValueError:
        return False
