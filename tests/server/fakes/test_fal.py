"""The fake of fal's queue, asked by fal's own client, sync and async, at fal's own host names."""

import asyncio
import inspect
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fal_client
import httpx
import pytest
from fal_client import Completed, FalClientHTTPError, InProgress, Queued

from server.fakes import Behaviour, Fakes
from tests.server.fakes.tls_proxy import TlsProxy, open_tls_proxy
from tests.waiting import answer_of

HOSTS = ["queue.fal.run", "fal.run", "rest.fal.ai", "api.fal.ai", "v3.fal.media"]
MODEL = "fal-ai/flux/dev"
CAT = {"prompt": "a cat", "image_size": {"width": 64, "height": 48}}


@pytest.fixture
async def proxy(fakes: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[TlsProxy]:
    """The way to the fakes for who asks for fal's hosts: the environment names proxy and certificate."""
    async with open_tls_proxy(fakes.base_url, HOSTS, tmp_path) as made:
        monkeypatch.setenv("HTTPS_PROXY", made.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(made.certificate))
        yield made


@dataclass(frozen=True, slots=True)
class Vendor:
    """Fal's client; what it does is awaited here, whichever of its two colours it has."""

    client: Any

    async def do(self, what: Callable[..., Any], *given: Any, **named: Any) -> Any:
        if inspect.iscoroutinefunction(what):
            return await what(*given, **named)
        return await asyncio.to_thread(what, *given, **named)

    async def submit(self, model: str = MODEL, **named: Any) -> Any:
        return await self.do(self.client.submit, model, CAT, **named)


@pytest.fixture(params=["async", "sync"])
def vendor(request: pytest.FixtureRequest, proxy: TlsProxy) -> Vendor:
    """Nothing of it is replaced: it reads proxy and certificate from the environment."""
    assert proxy.url
    made = fal_client.AsyncClient(key="k:s") if request.param == "async" else fal_client.SyncClient(key="k:s")
    return Vendor(made)


async def test_subscribe(fakes: Fakes, vendor: Vendor) -> None:
    """From place to place in the queue, through logs, to a picture of the size that was asked for; paid once."""
    await fakes.script(Behaviour(places=2, seconds=None))
    seen: list[Any] = []
    ids: list[str] = []
    told = await vendor.do(
        vendor.client.subscribe, MODEL, CAT, with_logs=True, on_queue_update=seen.append, on_enqueue=ids.append,
        interval=0.01,
    )  # fmt: skip
    assert [type(one) for one in seen] == [Queued, Queued, InProgress, Completed]
    assert [seen[0].position, seen[1].position] == [1, 0]
    assert [log["message"] for log in seen[3].logs] == [f"Running {MODEL}", "Finished: success"]
    assert (seen[3].error, seen[3].metrics["inference_time"] > 0) == (None, True)
    (image,) = told["images"]
    assert (image["width"], image["height"], image["content_type"]) == (64, 48, "image/png")
    assert image["url"].startswith("https://v3.fal.media/files/")
    async with httpx.AsyncClient() as http:
        assert (await http.get(image["url"])).content.startswith(b"\x89PNG")
    (submit,) = await fakes.paid_submits("fal-ai")
    assert [submit.request_id] == ids
    assert (submit.model, submit.prompt) == (MODEL, "a cat")


async def test_a_model_is_run_at_once(fakes: Fakes, vendor: Vendor) -> None:
    """Whole, and as a stream that tells the same; the queue's steps are waited for, and one that fails says so."""
    await fakes.script(Behaviour(places=2, seconds=None))
    told = await vendor.do(vendor.client.run, MODEL, CAT)
    if isinstance(vendor.client, fal_client.AsyncClient):
        events = [one async for one in vendor.client.stream(MODEL, CAT)]
    else:
        events = await asyncio.to_thread(lambda: [*vendor.client.stream(MODEL, CAT)])
    assert events == [told]
    with pytest.raises(FalClientHTTPError) as caught:
        await vendor.do(vendor.client.run, MODEL, {"prompt": "[fake: fail]"})
    assert caught.value.status_code == 500
    assert len(await fakes.paid_submits("fal-ai")) == 3


async def test_how_a_job_stands_as_a_stream(fakes: Fakes, vendor: Vendor, http: httpx.AsyncClient) -> None:
    """Every step until its end, as fal's client for JavaScript asks for it."""
    await fakes.script(Behaviour(places=2, seconds=None))
    handle = await vendor.submit()
    url = f"{fakes.environment()['FAL_QUEUE_URL']}/{MODEL}/requests/{handle.request_id}/status/stream"
    answer = await http.get(url.replace("/dev/requests", "/requests"), headers={"authorization": "Key k"})
    told = [json.loads(line.removeprefix("data: "))["status"] for line in answer.text.split("\n\n") if line]
    assert told == ["IN_QUEUE", "IN_QUEUE", "IN_PROGRESS", "COMPLETED"]


@pytest.mark.parametrize("model", [MODEL, "fal-ai/flux", "fal-ai/a/b/c/d", "workflows/me/mine", "comfy/me/mine/too"])
async def test_submit_status_result(vendor: Vendor, model: str) -> None:
    """By the handle, and by app and id alone, which the client turns into addresses by its own rule."""
    handle = await vendor.submit(model)
    assert isinstance(await vendor.do(handle.status), Completed)
    assert isinstance(await vendor.do(vendor.client.status, model, handle.request_id, with_logs=True), Completed)
    told = await vendor.do(handle.get)
    assert await vendor.do(vendor.client.result, model, handle.request_id) == told


async def test_cancel_in_the_queue(fakes: Fakes, vendor: Vendor) -> None:
    """It is over: complete, with an error that says so; to cancel it once more is refused."""
    await fakes.script(Behaviour(places=1, place_seconds=600))
    handle = await vendor.submit()
    assert await vendor.do(handle.status) == Queued(position=0)
    await vendor.do(handle.cancel)
    status = await vendor.do(handle.status)
    assert (status.error, status.error_type) == ("The request was cancelled", "client_cancelled")
    with pytest.raises(FalClientHTTPError) as caught:
        await vendor.do(vendor.client.cancel, MODEL, handle.request_id)
    assert (caught.value.status_code, caught.value.response.json()) == (400, {"status": "ALREADY_COMPLETED"})


async def test_a_job_that_does_not_begin_in_time(fakes: Fakes, vendor: Vendor) -> None:
    """It has expired: complete, with an error; its result says whose time it was. One that has begun runs on."""
    waiting, running = Behaviour(places=1, place_seconds=600), Behaviour(hold="result")
    await fakes.script(waiting, running)
    late, begun = [await vendor.submit(headers={"X-Fal-Request-Timeout": "0.2"}) for _ in range(2)]
    status = await answer_of(lambda: vendor.do(late.status), lambda status: not isinstance(status, Queued))
    assert status.error_type == "startup_timeout"
    with pytest.raises(FalClientHTTPError) as caught:
        await vendor.do(late.get)
    assert caught.value.status_code == 504
    assert caught.value.response_headers["x-fal-request-timeout-type"] == "user"
    assert isinstance(await vendor.do(begun.status), InProgress)
    await fakes.release()


async def test_cancel_while_it_runs(fakes: Fakes, vendor: Vendor) -> None:
    """It is requested; the model stops, or goes on to its end."""
    await fakes.script(Behaviour(hold="result"), Behaviour(hold="result", cancel="refused"))
    stopping, lasting = [await vendor.submit(), await vendor.submit()]
    await vendor.do(stopping.cancel)
    await vendor.do(lasting.cancel)
    assert (await vendor.do(stopping.status)).error_type == "client_cancelled"
    assert isinstance(await vendor.do(lasting.status), InProgress)
    await fakes.release()
    assert (await vendor.do(lasting.status)).error is None
    assert (await vendor.do(lasting.get))["images"]


@pytest.mark.parametrize(
    ("outcome", "status", "kind"), [("failure", 500, "internal_error"), ("refusal", 422, "bad_request")]
)
async def test_a_job_fails(fakes: Fakes, vendor: Vendor, outcome: Any, status: int, kind: str) -> None:
    """It is complete with an error; its result is that error. Input that is refused is told by its place."""
    await fakes.script(Behaviour(outcome=outcome))
    handle = await vendor.submit()
    completed = await vendor.do(handle.status)
    assert (bool(completed.error), completed.error_type) == (True, kind)
    with pytest.raises(FalClientHTTPError) as caught:
        await vendor.do(handle.get)
    assert (caught.value.status_code, caught.value.error_type) == (status, kind)
    if outcome == "refusal":
        assert caught.value.response.json()["detail"][0]["loc"] == ["body", "prompt"]


async def test_refusals_are_repeated_by_the_client(fakes: Fakes, vendor: Vendor) -> None:
    """A submit that was refused with 429 is sent again, and then paid; any other refusal is raised."""
    await fakes.script(Behaviour(status=429, retry_after="60"), Behaviour(status=403))
    with pytest.raises(FalClientHTTPError) as caught:
        await vendor.submit()
    assert caught.value.status_code == 403
    await vendor.submit()
    account = await fakes.tell()
    assert (account["total"], account["refused"]) == (1, 2)


async def test_a_dropped_reply_is_paid_twice(fakes: Fakes, vendor: Vendor) -> None:
    """The fakes see what fal's own client does with it: that is why this product's submit is its own."""
    await fakes.script(Behaviour(reply="dropped"))
    await vendor.submit()
    (count,) = (await fakes.tell("fal-ai"))["by_payload"].values()
    assert count == 2


async def test_an_error_after_it_was_accepted(fakes: Fakes, vendor: Vendor) -> None:
    """The client hears 500 and no request id, although the job runs and is paid."""
    await fakes.script(Behaviour(accepted_status=500))
    with pytest.raises(FalClientHTTPError) as caught:
        await vendor.submit()
    assert caught.value.status_code == 500
    assert len(await fakes.paid_submits()) == 1


@pytest.mark.parametrize("repository", ["fal_v3", "fal"])
async def test_upload(vendor: Vendor, repository: str) -> None:
    """Both roads of fal's storage: the file is there under a public address, and is a reference fal takes."""
    data = bytes(range(256)) * 2000
    url = await vendor.do(vendor.client.upload, data, "image/png", "a cat.png", repository=repository)
    assert url.startswith("https://v3.fal.media/files/")
    assert url.endswith("/acat.png")
    async with httpx.AsyncClient() as http:
        answer = await http.get(url)
    assert (answer.content, answer.headers["content-type"]) == (data, "image/png")
    handle = await vendor.do(vendor.client.submit, f"{MODEL}/image-to-image", {"prompt": "a cat", "image_url": url})
    assert (await vendor.do(handle.get))["images"]


async def test_an_upload_in_parts(
    fakes: Fakes, vendor: Vendor, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the client sends what is large, and as the one for JavaScript does; a part that is missing is refused."""
    data = bytes(range(256)) * 3000
    monkeypatch.setattr("fal_client.client.MULTIPART_THRESHOLD", 1000)
    monkeypatch.setattr("fal_client.client.MULTIPART_CHUNK_SIZE", 300_000)
    url = await vendor.do(vendor.client.upload, data, "video/mp4", "a.mp4")
    async with httpx.AsyncClient() as outside:
        assert (await outside.get(url)).content == data
    rest, key = fakes.environment()["FAL_REST_URL"], {"authorization": "Key k"}
    place = (
        await http.post(f"{rest}/storage/upload/initiate-multipart", json={"file_name": "b.mp4"}, headers=key)
    ).json()
    part = (await http.put(f"{place['upload_url']}/1", content=b"one")).json()
    for parts, status in ([part, {"partNumber": 2, "etag": "x"}], 400), ([], 400), ([part], 200):
        assert (await http.post(f"{place['upload_url']}/complete", json={"parts": parts})).status_code == status
    assert (await http.put(f"{fakes.base_url}/files/u/x/a.mp4/multipart/guessed/1", content=b"x")).status_code == 404


async def test_an_upload_falls_back(fakes: Fakes, vendor: Vendor) -> None:
    """A store that is broken is left for the other one."""
    await fakes.script(Behaviour(on="upload", status=500))
    assert await vendor.do(vendor.client.upload, b"data", "image/png", "a.png", fallback_repository="fal")


@pytest.mark.parametrize("kind", ["text", "broken", "list"])
async def test_bad_bodies(fakes: Fakes, http: httpx.AsyncClient, kind: str) -> None:
    """422 with what is wrong; nothing is paid."""
    body = {"text": b'"a cat"', "broken": b"{", "list": b"[]"}[kind]
    url = f"{fakes.environment()['FAL_QUEUE_URL']}/{MODEL}"
    answer = await http.post(url, content=body, headers={"authorization": "Key k"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["msg"] == "The body is not a JSON object"
    assert await fakes.paid_submits() == []


async def test_what_is_not_there(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """Requests that nobody made, of another app, without a key, with another method; uploads without a token."""
    queue = fakes.environment()["FAL_QUEUE_URL"]
    key = {"authorization": "Key k"}
    submitted = (await http.post(f"{queue}/{MODEL}", json=CAT, headers=key)).json()
    other = f"{queue}/fal-ai/other/requests/{submitted['request_id']}"
    asked: list[tuple[str, str, dict[str, str], int]] = [
        ("GET", f"{queue}/fal-ai/flux/requests/none/status", key, 404),
        ("PUT", f"{queue}/fal-ai/flux/requests/none/cancel", key, 404),
        ("GET", f"{other}/status", key, 404),
        ("GET", submitted["status_url"], {}, 401),
        ("GET", submitted["status_url"], {"authorization": "Key"}, 401),
        ("GET", submitted["status_url"], {"authorization": "Basic k"}, 401),
        ("GET", submitted["status_url"], {"authorization": "Key wrong:key"}, 401),
        ("DELETE", submitted["response_url"], key, 405),
        ("GET", f"{queue}/{MODEL}", key, 405),
        ("POST", f"{queue}/alone", key, 404),
        ("POST", f"{fakes.base_url}/files/upload", {"authorization": "Bearer guessed"}, 401),
        ("PUT", f"{fakes.base_url}/files/u/guessed/a.png", key, 404),
        ("GET", f"{fakes.base_url}/nowhere", key, 404),
    ]
    for method, url, headers, status in asked:
        assert (await http.request(method, url, headers=headers)).status_code == status, url
    assert len(await fakes.paid_submits()) == 1
