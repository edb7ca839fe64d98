"""Webhooks as fal calls them: our own receiver takes them, however often they come, and no forged one."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import fal_client
import httpx
import pytest
from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from server.api.app import create_app
from server.fakes import Behaviour, Fakes
from server.fakes.webhooks import ATTEMPTS
from tests.fakes.chat import Call, chat_server
from tests.server.conftest import SECRET
from tests.server.fakes.tls_proxy import open_tls_proxy
from tests.server.served import serving
from wzrd.contracts.wire import loads
from wzrd.operations import KINDS
from wzrd.runtime.process import make_runtime
from wzrd.settings import Settings

TOKEN = "t" * 43


class Receiver:
    """Calls of the API's own receiver and its answers: 202 is a believed call, of no job it knows."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self.bodies: list[Any] = []
        self.url = ""
        self._changed = asyncio.Event()

    @property
    def request_ids(self) -> list[str]:
        return [body["request_id"] for body in self.bodies]

    def answered(self, status: int) -> None:
        self.answers.append(status)
        self._changed.set()

    async def wait(self, count: int) -> None:
        """Return once so many calls were answered."""
        async with asyncio.timeout(60):
            while len(self.answers) < count:
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
async def receiver(engine: AsyncEngine, database_url: str, fakes: Fakes, tmp_path: Path) -> AsyncGenerator[Receiver]:
    """The API, served, with the fakes' keys for fal's."""
    own = {"WZRD_HOME": tmp_path / "home", "SUPABASE_JWT_SECRET": SECRET, "WZRD_DATABASE_URL": database_url}
    runtime = make_runtime(Settings.model_validate({**own, **fakes.environment()}), engine, KINDS)
    app, made = create_app(runtime), Receiver()

    @app.middleware("http")
    async def watch(request: Request, go_on: Any) -> Response:
        made.bodies.append(loads(await request.body()))
        answer = await go_on(request)
        made.answered(answer.status_code)
        return answer

    async with serving(app) as (url, _):
        made.url = f"{url}/webhooks/fal/{TOKEN}"
        yield made
    await runtime.aclose()


async def submit(fakes: Fakes, http: httpx.AsyncClient, webhook: str) -> str:
    """Submit a job that calls `webhook`; its request id."""
    answer = await http.post(
        f"{fakes.environment()['FAL_QUEUE_URL']}/fal-ai/flux/dev",
        params={"fal_webhook": webhook},
        json={"prompt": "a cat"},
        headers={"authorization": "Key k"},
    )
    return answer.json()["request_id"]


async def test_the_receiver_takes_a_call(fakes: Fakes, http: httpx.AsyncClient, receiver: Receiver) -> None:
    """Signed so that the receiver believes it, about the request that was submitted, with its result."""
    request_id = await submit(fakes, http, receiver.url)
    await receiver.wait(1)
    assert receiver.answers == [202]
    assert receiver.request_ids == [request_id]
    (body,) = receiver.bodies
    assert (body["request_id"], body["status"]) == (request_id, "OK")
    assert body["payload"]["images"][0]["url"].startswith(fakes.base_url)


async def test_the_vendors_client_names_the_webhook(
    fakes: Fakes, receiver: Receiver, http: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The `webhook_url` that fal's client sends is called."""
    async with open_tls_proxy(fakes.base_url, ["queue.fal.run"], tmp_path) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(proxy.certificate))
        client = fal_client.AsyncClient(key="k:s")
        handle = await client.submit("fal-ai/flux/dev", {"prompt": "a cat"}, webhook_url=receiver.url)
        await receiver.wait(1)
    assert receiver.request_ids == [handle.request_id]


async def test_a_call_that_comes_twice(fakes: Fakes, http: httpx.AsyncClient, receiver: Receiver) -> None:
    """Both are good; the same body, the same request."""
    await fakes.script(Behaviour(webhook="twice"))
    request_id = await submit(fakes, http, receiver.url)
    await receiver.wait(2)
    assert receiver.answers == [202, 202]
    assert receiver.request_ids == [request_id] * 2
    assert receiver.bodies[0] == receiver.bodies[1]


async def test_a_forged_call(fakes: Fakes, http: httpx.AsyncClient, receiver: Receiver) -> None:
    """Signed by nobody whom fal knows: refused each time."""
    await fakes.script(Behaviour(webhook="forged"))
    await submit(fakes, http, receiver.url)
    await receiver.wait(2)
    assert set(receiver.answers) == {401}


@pytest.mark.parametrize("outcome", ["failure", "refusal"])
async def test_a_failure_is_told(fakes: Fakes, http: httpx.AsyncClient, receiver: Receiver, outcome: Any) -> None:
    """Status ERROR, with the reason."""
    await fakes.script(Behaviour(outcome=outcome))
    await submit(fakes, http, receiver.url)
    await receiver.wait(1)
    (body,) = receiver.bodies
    assert (body["status"], bool(body["error"]), bool(body["payload"]["detail"])) == ("ERROR", True, True)


async def test_no_call(fakes: Fakes, http: httpx.AsyncClient, receiver: Receiver) -> None:
    """One that is lost, and that of a job which was cancelled, never come; the next job's does."""
    await fakes.script(Behaviour(webhook="lost"), Behaviour(hold="result"))
    await submit(fakes, http, receiver.url)
    cancelled = await submit(fakes, http, receiver.url)
    base = f"{fakes.environment()['FAL_QUEUE_URL']}/fal-ai/flux/requests/{cancelled}"
    assert (await http.put(f"{base}/cancel", headers={"authorization": "Key k"})).status_code == 202
    told = await submit(fakes, http, receiver.url)
    await receiver.wait(1)
    assert receiver.request_ids == [told]


async def test_a_receiver_that_is_not_well_is_called_again(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """Until it takes the call, ten times at most."""
    calls: list[int] = []
    done = asyncio.Event()

    async def hook(call: Call) -> None:
        calls.append(503 if len(calls) < 3 else 200)
        await call.head(calls[-1], content_length="0")
        if calls[-1] == 200:
            done.set()

    async with chat_server(otherwise=hook) as server:
        await submit(fakes, http, server.origin)
        async with asyncio.timeout(60):
            await done.wait()
    assert len(calls) == 4 < ATTEMPTS


@pytest.mark.parametrize("webhook", ["http://127.0.0.1:9/", "no url", "http://[", "ftp://x/", ""])
async def test_a_webhook_that_cannot_be_called(fakes: Fakes, http: httpx.AsyncClient, webhook: str) -> None:
    """The job does not care."""
    request_id = await submit(fakes, http, webhook)
    url = f"{fakes.environment()['FAL_QUEUE_URL']}/fal-ai/flux/requests/{request_id}"
    assert (await http.get(url, headers={"authorization": "Key k"})).json()["images"]


async def test_the_call_comes_before_the_answer_to_the_submit(
    fakes: Fakes, http: httpx.AsyncClient, receiver: Receiver
) -> None:
    """As it may at fal: the answer is held back, or lost; the webhook names the request."""
    await fakes.script(Behaviour(reply="dropped"))
    with pytest.raises(httpx.TransportError):
        await submit(fakes, http, receiver.url)
    await receiver.wait(1)
    assert receiver.request_ids == [(await fakes.paid_submits())[0].request_id]
