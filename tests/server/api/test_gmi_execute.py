"""POST /functions/v1/gmi-execute over the whole application and the fakes: submit, poll, texts, refusals."""

import asyncio
import uuid
from typing import Any

import httpx
import pytest

from server.api.services import services_of
from server.fakes.script import Behaviour
from server.stack import postgres
from tests.rows import balance
from tests.server.api.generate_server import GMI_EXECUTE, GenerateServer, open_generate_server
from tests.server.served import bearer
from tests.waiting import until

IMAGE, IMAGE_PRICE = "gmi/seedream-5.0", 3
VIDEO, VIDEO_PRICE = "gmi/kling-v3-omni", 28
TEXT = "gmi/deepseek-r1"


def submit(model: object = IMAGE, **more: Any) -> dict[str, Any]:
    return {"modelId": model, "inputs": {"prompt": "a lamp"}, **more}


async def call(server: GenerateServer, user: uuid.UUID, body: object) -> httpx.Response:
    return await server.post(user, body, GMI_EXECUTE)


async def polled(server: GenerateServer, user: uuid.UUID, request_id: str) -> dict[str, Any]:
    """One poll, as the client makes it."""
    response = await call(server, user, {"action": "poll", "requestId": request_id, "modelId": IMAGE})
    assert response.status_code == 200, response.text
    assert response.headers["x-run-id"] == request_id
    return response.json()


def assert_shared(response: httpx.Response, status: int, words: str) -> None:
    """The error has the shared envelope."""
    told = response.json()
    assert (response.status_code, set(told)) == (status, {"error", "details", "timestamp"}), told
    assert words in told["error"], told
    assert told["timestamp"].endswith("Z")


@pytest.mark.parametrize(("model", "price", "kind"), [(IMAGE, IMAGE_PRICE, "image"), (VIDEO, VIDEO_PRICE, "video")])
async def test_submit_and_poll_as_the_client_does(server: GenerateServer, model: str, price: int, kind: str) -> None:
    """A top-level `requestId`; `processing` while it is made; then `success`, with our address in `media_urls`."""
    studio = await server.maker()
    await server.fakes.script(Behaviour(hold="result"))
    metadata = {"projectId": str(studio.project_id), "nodeId": "n1", "source": "studio"}
    response = await call(server, studio.user_id, submit(model, metadata=metadata))
    told = response.json()
    assert (response.status_code, told["success"], told["provider"]) == (200, True, "gmi-cloud")
    request_id = told["requestId"]
    assert response.headers["x-run-id"] == request_id
    assert told["statusUrl"].endswith(f"/functions/v1/runs/{request_id}")
    await server.fakes.wait_submit()
    assert (await polled(server, studio.user_id, request_id))["status"] == "processing"
    await server.fakes.release()
    await server.ended(request_id)
    told = await polled(server, studio.user_id, request_id)
    assert (told["success"], told["status"], told["data"]["status"]) == (True, "success", "success")
    urls = [media["url"] for media in told["data"]["outcome"]["media_urls"]]
    assert urls
    assert all(f"/{studio.user_id}/{studio.project_id}/" in url for url in urls)
    assert all(url.startswith(server.runtime.settings.address) for url in urls)
    if kind == "video":
        assert told["data"]["outcome"]["video_url"] == urls[0]
    assert server.fakes.base_url not in response.text + str(told)
    assert await balance(server.runtime, studio.user_id) == 100 - price
    result = (await server.view(studio.user_id, request_id))["result"]
    assert (result["mediaType"], result["credits"], result["storageUrl"]) == (kind, price, urls[0])
    (run,) = await server.runs(studio)
    assert run.params["metadata"]["nodeId"] == "n1"


async def test_a_failure_is_failed_with_the_providers_words(server: GenerateServer) -> None:
    """`failed`, why, and the credits back: nothing is charged at the submit."""
    studio = await server.maker()
    await server.fakes.script(Behaviour(outcome="failure"))
    request_id = (await call(server, studio.user_id, submit(VIDEO))).json()["requestId"]
    await server.ended(request_id)
    told = await polled(server, studio.user_id, request_id)
    assert (told["status"], told["data"]["status"], told["data"]["code"]) == ("failed", "failed", "provider_failed")
    assert "out of memory" in told["data"]["error"]
    assert await balance(server.runtime, studio.user_id) == 100


async def test_a_canceled_request_is_cancelled(server: GenerateServer) -> None:
    """GMI's spelling."""
    studio = await server.maker()
    server.player.gate.clear()
    request_id = (await call(server, studio.user_id, submit(VIDEO))).json()["requestId"]
    assert (await polled(server, studio.user_id, request_id))["status"] == "queued"
    await server.client.post(f"/functions/v1/runs/{request_id}/cancel", headers=bearer(studio.user_id))
    assert (await polled(server, studio.user_id, request_id))["status"] == "cancelled"
    assert await balance(server.runtime, studio.user_id) == 100


async def test_a_request_id_of_the_callers_own_makes_it_one_request(server: GenerateServer) -> None:
    """Ten at once: one run, one submit, one charge; a poll finds it by that id too."""
    studio = await server.maker()
    body = submit(requestId="mine")
    answers = await asyncio.gather(*(call(server, studio.user_id, body) for _ in range(10)))
    (request_id,) = {answer.json()["requestId"] for answer in answers}
    await server.ended(request_id)
    response = await call(server, studio.user_id, {"action": "poll", "requestId": "mine"})
    assert (response.json()["requestId"], response.json()["status"]) == (request_id, "success")
    assert len(await server.fakes.paid_submits()) == 1
    assert await balance(server.runtime, studio.user_id) == 100 - IMAGE_PRICE


async def test_nobody_polls_anothers_request(server: GenerateServer) -> None:
    """404 for another user's, for one that there is not, and for a run of another function."""
    ada, eve = await server.maker(), await server.maker()
    request_id = (await call(server, ada.user_id, submit())).json()["requestId"]
    done = (await server.stream(ada.user_id, {"modelId": "fal-ai/flux/schnell", "inputs": {"prompt": "x"}}))[-1]
    for user, asked_id in (
        (eve.user_id, request_id),
        (ada.user_id, str(uuid.uuid4())),
        (ada.user_id, "no such"),
        (ada.user_id, done["runId"]),
    ):
        assert_shared(await call(server, user, {"action": "poll", "requestId": asked_id}), 404, "not found")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"modelId": 7, "inputs": {}}, 400, "Invalid model ID"),
        ({"inputs": {"prompt": "x"}}, 400, "Invalid model ID"),
        ({"modelId": " "}, 400, "Invalid model ID"),
        ({"modelId": "gmi/nothing-9"}, 400, "Model gmi/nothing-9 is not a GMI Cloud model"),
        ({"modelId": "fal-ai/flux/schnell"}, 400, "Model fal-ai/flux/schnell is not a GMI Cloud model"),
        ({"modelId": "animatic"}, 400, "Model animatic is not a GMI Cloud model"),
        ({"modelId": "x" * 100_000}, 400, "is not a GMI Cloud model"),
        ({"action": "poll"}, 400, "requestId is required for polling"),
        ({"action": "poll", "requestId": ""}, 400, "requestId is required for polling"),
        ({"action": "delete", "modelId": IMAGE}, 400, "use submit or poll"),
        ({"action": ["poll"]}, 400, "action"),
        ({"action": "poll", "requestId": 5}, 400, "requestId"),
        ({"modelId": IMAGE, "inputs": {"prompt": "a" * (1 << 20)}}, 400, "prompt has 1048576 characters"),
        ({"modelId": IMAGE, "inputs": {"prompt": "x", "num_images": 1e9}}, 400, "num_images"),
        ({"modelId": VIDEO, "inputs": {"prompt": "x", "duration": -1}}, 400, "duration is -1"),
        ({"modelId": VIDEO, "inputs": {"prompt": "x", "duration": 1e9}}, 400, "duration is 1000000000.0"),
        ({"modelId": VIDEO, "inputs": {"prompt": "x", "image_url": "http://10.1.2.3/a.png"}}, 400, "image_uri"),
        ({"modelId": IMAGE, "inputs": {"prompt": "x"}, "metadata": {"projectId": str(uuid.uuid4())}}, 404, "Project"),
        ({"modelId": IMAGE, "inputs": {"prompt": "x"}, "maxCredits": 1}, 400, "maxCredits"),
        (b"{no", 400, "Invalid JSON"),
        (b"[1]", 400, "an array"),
    ],
)
async def test_every_refusal_has_the_shared_envelope(
    server: GenerateServer, body: object, status: int, words: str
) -> None:
    """The documented texts; no run, no hold, no submit."""
    studio = await server.maker()
    assert_shared(await call(server, studio.user_id, body), status, words)
    assert (await server.runs(studio), await balance(server.runtime, studio.user_id)) == ([], 100)


async def test_who_is_nobody_and_who_has_nothing(server: GenerateServer) -> None:
    """401 in the shared envelope, 402 in its own, the same everywhere."""
    assert_shared(await server.client.post(GMI_EXECUTE, json=submit()), 401, "Missing authorization header")
    poor = await server.maker(funds=1)
    response = await call(server, poor.user_id, submit())
    told = response.json()
    assert (response.status_code, told["code"], told["required"], told["available"]) == (
        402,
        "insufficient_credits",
        IMAGE_PRICE,
        1,
    )
    assert set(told) == {"error", "code", "required", "available", "top_up_url", "upgrade_url"}
    assert await server.runs(poor) == []


async def test_a_text_model_answers_at_once(server: GenerateServer) -> None:
    """`data.choices[0].message.content`, `usage`, the price of the model; `messages` and `prompt` are both taken."""
    studio = await server.maker()
    await server.fakes.script(Behaviour(text="a poem", times=0))
    for inputs in ({"prompt": "write"}, {"messages": [{"role": "user", "content": "write"}]}):
        response = await call(server, studio.user_id, {"modelId": TEXT, "inputs": inputs})
        told = response.json()
        assert response.status_code == 200, told
        assert told["data"]["choices"][0]["message"]["content"] == "a poem"
        assert (told["success"], told["provider"]) == (True, "gmi-cloud")
        view = await server.view(studio.user_id, response.headers["x-run-id"])
        assert (view["result"]["mediaType"], view["result"]["credits"]) == ("text", view["credits"]["charged"])
    spent = 100 - await balance(server.runtime, studio.user_id)
    assert spent == 2 * view["credits"]["charged"] > 0


async def test_a_text_that_could_not_be_written_is_a_502_that_names_its_run(server: GenerateServer) -> None:
    """The shared envelope with the provider's words; the credits are back."""
    studio = await server.maker()
    await server.fakes.script(Behaviour(status=400, times=0))
    response = await call(server, studio.user_id, {"modelId": TEXT, "inputs": {"prompt": "write"}})
    assert_shared(response, 502, "")
    assert (await server.view(studio.user_id, response.headers["x-run-id"]))["status"] == "failed"
    assert await balance(server.runtime, studio.user_id) == 100


async def test_who_hangs_up_while_a_text_is_written_leaves_the_run_going(server: GenerateServer) -> None:
    """The waiting ends with the connection, the run does not: it is finished, kept and charged."""
    studio = await server.maker()
    hub = services_of(server.app).hub
    await server.fakes.script(Behaviour(hold="reply"))
    body = {"modelId": TEXT, "inputs": {"prompt": "write"}, "requestId": "r"}
    waiting = asyncio.create_task(call(server, studio.user_id, body))
    await server.fakes.wait_submit()
    assert hub._by_user[studio.user_id] == 1
    waiting.cancel()
    await until(lambda: not hub._by_user[studio.user_id])
    (run,) = await server.runs(studio)
    await server.fakes.release()
    again = await call(server, studio.user_id, body)
    assert (again.status_code, again.headers["x-run-id"]) == (200, str(run.run_id))
    assert len(await server.fakes.paid_submits()) == 1


async def test_without_a_key_it_says_so_where_nothing_may_stand_in(cluster: postgres.Cluster) -> None:
    """WZRD_OFFLINE=never: the documented 502; auto: animatic mode stands in, for nothing, and the run says so."""
    for offline in ("never", "auto"):
        async with open_generate_server(cluster, GMI_CLOUD_API_KEY="", WZRD_OFFLINE=offline) as server:
            studio = await server.maker()
            response = await call(server, studio.user_id, submit())
            if offline == "never":
                assert_shared(response, 502, "GMI_CLOUD_API_KEY environment variable is not set")
                continue
            request_id = response.json()["requestId"]
            await server.ended(request_id)
            told = await polled(server, studio.user_id, request_id)
            assert told["status"] == "success", told
            assert told["data"]["outcome"]["media_urls"][0]["url"].startswith(server.runtime.settings.address)
            result = (await server.view(studio.user_id, request_id))["result"]
            assert (result["fallbackReason"], result["credits"]) == ("no_credentials:gmi-cloud", 0)


async def test_a_project_without_a_graph_has_an_empty_state(server: GenerateServer) -> None:
    """studio-load-state: nothing, to whoever is signed in."""
    studio = await server.maker()
    path = "/functions/v1/studio-load-state"
    response = await server.post(studio.user_id, {"projectId": str(studio.project_id)}, path)
    assert (response.status_code, response.json()) == (200, {"blocks": [], "canvasState": None})
    assert (await server.client.post(path, json={})).status_code == 401


@pytest.mark.parametrize(
    ("model", "price", "said"),
    [
        ("gmi/gpt-image-2", 5, {"outputConfig": {"count": 3}}),
        ("gmi/gpt-image-2", 5, {"inputs": {"prompt": "a lamp", "numImages": "3"}}),
        (IMAGE, IMAGE_PRICE, {"outputConfig": {"count": 3}}),
    ],
)
async def test_as_many_as_were_ordered(server: GenerateServer, model: str, price: int, said: dict[str, Any]) -> None:
    """The number reaches the model by its own name (`n`, `max_images`): hold, files and charge agree."""
    studio = await server.maker()
    server.player.gate.clear()
    request_id = (await call(server, studio.user_id, submit(model, **said))).json()["requestId"]
    (hold,) = await server.holds(request_id)
    assert (hold.amount, await balance(server.runtime, studio.user_id)) == (3 * price, 100 - 3 * price)
    server.player.gate.set()
    await server.ended(request_id)
    assert len(await server.fakes.paid_submits("gmi-cloud")) == 1
    told = await polled(server, studio.user_id, request_id)
    assert len({one["url"] for one in told["data"]["outcome"]["media_urls"]}) == 3
    result = (await server.view(studio.user_id, request_id))["result"]
    assert (len(result["sha256"]), result["credits"]) == (3, 3 * price)
    (hold,) = await server.holds(request_id)
    assert (hold.status, hold.committed) == ("committed", 3 * price)
    assert await balance(server.runtime, studio.user_id) == 100 - 3 * price
