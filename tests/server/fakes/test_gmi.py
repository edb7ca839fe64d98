"""GMI Cloud's queue as its documentation tells it: submit, ask, list, models that answer at once, failures."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from server.fakes import Behaviour, Fakes
from server.fakes.gmi import NAMES, PROVIDER, SYNC
from tests.models.schemas.samples import mutations, valid_body
from wzrd.models.catalog import load_catalog
from wzrd.models.schemas.input_schemas import find_schema

CLIP = "wan2.7-i2v"
PICTURE = "gemini-3-pro-image-preview"


@pytest.fixture
def url(fakes: Fakes) -> str:
    return fakes.environment()["GMI_QUEUE_URL"]


@pytest.fixture
def gmi(http: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client with a key."""
    http.headers["authorization"] = "Bearer k"
    return http


async def submit(gmi: httpx.AsyncClient, url: str, model: str = CLIP, **payload: Any) -> Any:
    answer = await gmi.post(f"{url}/requests", json={"model": model, "payload": {"prompt": "a cat", **payload}})
    assert answer.status_code == 200
    return answer.json()


async def test_a_job_from_submit_to_media(gmi: httpx.AsyncClient, url: str) -> None:
    """The answer to the submit names the request; the request holds payload, times, status and at last media."""
    before = int(time.time())
    submitted = await submit(gmi, url, duration=2, seed=1)
    assert submitted["model"] == CLIP
    assert {"request_id", "status", "created_at", "queued_at", "updated_at"} <= set(submitted)
    told = (await gmi.get(f"{url}/requests/{submitted['request_id']}")).json()
    assert told["status"] == "success"
    assert told["payload"] == {"prompt": "a cat", "duration": 2, "seed": 1}
    assert before <= told["created_at"] <= told["updated_at"]
    media = told["outcome"]["media_urls"]
    assert media[0]["url"] == told["outcome"]["video_url"]
    answer = await gmi.get(media[0]["url"])
    assert (answer.headers["content-type"], answer.content[4:8]) == ("video/mp4", b"ftyp")


async def test_the_states_of_a_job(fakes: Fakes, gmi: httpx.AsyncClient, url: str) -> None:
    """It waits, is dispatched, works and succeeds, a step with each question when the script says so."""
    await fakes.script(Behaviour(places=2, seconds=None))
    request_id = (await submit(gmi, url))["request_id"]
    states = [(await gmi.get(f"{url}/requests/{request_id}")).json()["status"] for _ in range(5)]
    assert states == ["queued", "dispatched", "processing", "success", "success"]


async def _status(gmi: httpx.AsyncClient, url: str, request_id: str) -> str:
    return (await gmi.get(f"{url}/requests/{request_id}")).json()["status"]


async def test_steps_by_the_clock(fakes: Fakes, gmi: httpx.AsyncClient, url: str) -> None:
    """Questions change nothing; time does. A busy host may be late for a step, and sees none before its time."""
    await fakes.script(Behaviour(places=1, place_seconds=600))
    waiting = (await submit(gmi, url))["request_id"]
    assert [await _status(gmi, url, waiting) for _ in range(3)] == ["dispatched"] * 3
    await fakes.script(Behaviour(places=1, place_seconds=0.05, seconds=0.05))
    request_id = (await submit(gmi, url))["request_id"]
    seen: list[str] = []
    async with asyncio.timeout(60):
        while not seen or seen[-1] != "success":
            seen.append(await _status(gmi, url, request_id))
    assert [one for one in ("dispatched", "processing", "success") if one in seen] == list(dict.fromkeys(seen))


@pytest.mark.parametrize("model", [PICTURE, "seedream-5.0-lite", "gpt-image-2"])
async def test_a_model_that_answers_at_once(gmi: httpx.AsyncClient, url: str, model: str) -> None:
    """The answer to the submit has the outcome already."""
    if model not in {one.endpoint_id for one in load_catalog().models.values()}:
        model = next(one for one in sorted(_names()) if one.startswith(model[:8]))
    assert model.startswith(SYNC)
    told = await submit(gmi, url, model)
    assert told["status"] == "success"
    picture = (await gmi.get(told["outcome"]["media_urls"][0]["url"])).content
    assert picture.startswith(b"\x89PNG")


async def test_the_list_of_own_requests(gmi: httpx.AsyncClient, url: str) -> None:
    """Those of the model that is named, the newest first, each as its own address tells it."""
    first, second = [(await submit(gmi, url, seed=seed))["request_id"] for seed in (1, 2)]
    await submit(gmi, url, PICTURE)
    told = (await gmi.get(f"{url}/requests", params={"model_id": CLIP})).json()
    assert [one["request_id"] for one in told["requests"]] == [second, first]
    assert told["requests"][1] == (await gmi.get(f"{url}/requests/{first}")).json()
    assert (await gmi.get(f"{url}/requests", params={"model_id": "other"})).json()["requests"] == []


async def test_a_lost_answer_is_found_in_the_list(fakes: Fakes, gmi: httpx.AsyncClient, url: str) -> None:
    """Who never heard of the request recognises it by its payload."""
    await fakes.script(Behaviour(reply="dropped"))
    with pytest.raises(httpx.TransportError):
        await submit(gmi, url, seed=77)
    (found,) = (await gmi.get(f"{url}/requests", params={"model_id": CLIP})).json()["requests"]
    assert found["payload"] == {"prompt": "a cat", "seed": 77}
    assert found["request_id"] == (await fakes.paid_submits())[0].request_id


@pytest.mark.parametrize("outcome", ["failure", "refusal"])
async def test_a_job_fails(fakes: Fakes, gmi: httpx.AsyncClient, url: str, outcome: Any) -> None:
    """Its status says so, and its outcome why; it was paid."""
    await fakes.script(Behaviour(outcome=outcome))
    told = (await gmi.get(f"{url}/requests/{(await submit(gmi, url))['request_id']}")).json()
    assert (told["status"], list(told["outcome"])) == ("failed", ["error"])
    assert len(await fakes.paid_submits("gmi-cloud")) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[]", 400),
        (b"{", 400),
        (b"{}", 400),
        (b'{"model":"wan2.7-i2v"}', 400),
        (b'{"model":"no-such-model","payload":{}}', 404),
        (b'{"model":7,"payload":{}}', 400),
        (b"\xff\xfe", 400),
    ],
)
async def test_bad_submits(fakes: Fakes, gmi: httpx.AsyncClient, url: str, body: bytes, status: int) -> None:
    """Refused in GMI's words, unpaid."""
    answer = await gmi.post(f"{url}/requests", content=body)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])
    assert await fakes.paid_submits() == []


async def test_what_is_not_there(gmi: httpx.AsyncClient, url: str) -> None:
    """No such request, no such call, no key; and there is no call to cancel."""
    assert (await gmi.get(f"{url}/requests/none")).status_code == 404
    request_id = (await submit(gmi, url))["request_id"]
    assert (await gmi.put(f"{url}/requests/{request_id}/cancel")).status_code == 404
    assert (await gmi.delete(f"{url}/requests/{request_id}")).status_code == 404
    del gmi.headers["authorization"]
    for answer in (await gmi.get(f"{url}/models"), await gmi.post(f"{url}/requests", json={})):
        assert answer.status_code == 401


async def test_the_models_are_those_of_the_catalog(gmi: httpx.AsyncClient, url: str) -> None:
    """Each of GMI's queue is there by its name, alone and in the list."""
    told = (await gmi.get(f"{url}/models")).json()["models"]
    assert _names() <= {one["model"] for one in told}
    assert (await gmi.get(f"{url}/models/{CLIP}")).json()["model_type"] == "video"
    assert (await gmi.get(f"{url}/models/none")).status_code == 404


def _names() -> set[str]:
    models = load_catalog().models.values()
    return {one.endpoint_id for one in models if one.provider == "gmi-cloud" and one.transport == "request_queue"}


async def test_a_wrong_payload_is_refused_in_gmis_words(fakes: Fakes, gmi: httpx.AsyncClient, url: str) -> None:
    """Some fields of each model, mutated: 400 with the place; nothing is paid; what it cannot do without is taken."""
    schemas = {one: schema for one in sorted(NAMES) if (schema := find_schema(PROVIDER, one))}
    for model, schema in schemas.items():
        for name, payload in [*dict(mutations(schema)).items()][:4]:
            answer = await gmi.post(f"{url}/requests", json={"model": model, "payload": payload})
            assert answer.status_code == 400, (model, payload)
            assert answer.json()["error"].startswith("invalid payload parameters: ")
            assert f"{name}: " in answer.json()["error"] or f"{name}." in answer.json()["error"]
    assert await fakes.paid_submits() == []
    for model, schema in schemas.items():
        answer = await gmi.post(f"{url}/requests", json={"model": model, "payload": valid_body(schema)})
        assert answer.status_code == 200, (model, answer.text)
