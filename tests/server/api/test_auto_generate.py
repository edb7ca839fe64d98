"""project-auto-generate as a client meets it: its answers and refusals to the letter, and the stream that follows."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows import FLOWS
from tests.rows import Studio, balance, make_studio
from tests.server.served import bearer, calling, with_settings
from tests.shots import insert_shot
from wzrd.animatic.provider import Animatic
from wzrd.db.runs import find_run, list_runs
from wzrd.providers.registry import Providers
from wzrd.runs.finish import cancel
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

PATH = "/functions/v1/project-auto-generate"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def module_runtime(module_runtime: Runtime) -> Runtime:
    """Nothing but the animatic can be asked."""
    module_runtime.providers = Providers([Animatic()])
    return module_runtime


@pytest.fixture(scope="module")
async def server(module_runtime: Runtime) -> AsyncGenerator[tuple[httpx.AsyncClient, FastAPI]]:
    """The application on a loopback port."""
    async with calling(module_runtime) as made:
        yield made


@pytest.fixture
def client(server: tuple[httpx.AsyncClient, FastAPI]) -> httpx.AsyncClient:
    """A client of it."""
    return server[0]


async def post(client: httpx.AsyncClient, body: Any, user: uuid.UUID) -> tuple[int, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = await client.post(PATH, content=content, headers={**JSON, **bearer(user)})
    assert response.headers["content-type"] == "application/json"
    assert response.headers["access-control-allow-origin"] == "*"
    return response.status_code, response.json()


async def started(client: httpx.AsyncClient, studio: Studio, **body: Any) -> uuid.UUID:
    asked = {"project_id": str(studio.project_id), "phase": "images", **body}
    status, answer = await post(client, asked, studio.user_id)
    assert status == 202, answer
    return uuid.UUID(answer["runId"])


async def studio_with(runtime: Runtime, count: int = 2, **columns: Any) -> Studio:
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        for number in range(1, count + 1):
            await insert_shot(tx, studio.project_id, studio.scene_ids[0], number, **columns)
    return studio


async def test_the_answer_to_the_letter(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """202 with exactly these keys; an empty project and a finished one are answered alike."""
    studio = await studio_with(runtime, 3)
    done = {"image_status": "completed", "image_url": "http://x/1.png"}
    for maker, phase, numbers in (
        (studio, "images", (3, 3, 0)),
        (studio, "videos", (3, 0, 3)),
        (await make_studio(runtime), "images", (0, 0, 0)),
        (await studio_with(runtime, 2, **done), "images", (2, 0, 2)),
        (await studio_with(runtime, 2, **done), "videos", (2, 2, 0)),
    ):
        status, answer = await post(client, {"project_id": str(maker.project_id), "phase": phase}, maker.user_id)
        assert status == 202
        assert list(answer) == ["success", "runId", "phase", "total", "queued", "skipped", "estimatedCredits"]
        assert (answer["success"], answer["phase"], answer["estimatedCredits"]) == (True, phase, 0)
        assert (answer["total"], answer["queued"], answer["skipped"]) == numbers
        assert uuid.UUID(answer["runId"])


async def test_refusals_to_the_letter(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """400 names field and value, 404 does not tell what exists, 401 is as everywhere; nothing is started."""
    studio, stranger = await studio_with(runtime), await studio_with(runtime)
    project = {"project_id": str(studio.project_id)}
    for body in ({}, {"phase": "images"}, {"project_id": "", "phase": "images"}, b""):
        status, reply = await post(client, body, studio.user_id)
        assert (status, reply) == (400, {"error": "project_id is required"})
    for phase in (None, "", "image", "Images", 3, ["images"], {"images": 1}):
        status, reply = await post(client, {**project, "phase": phase}, studio.user_id)
        assert status == 400
        assert reply["error"] == f'phase must be "images" or "videos", not {str(phase)!r}'
    assert (await post(client, project, studio.user_id))[0] == 400
    wide = str(studio.project_id).translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
    for other in (str(stranger.project_id), str(uuid.uuid4()), "nonsense", "é" * 40, wide):
        asked = {"project_id": other, "phase": "images"}
        assert await post(client, asked, studio.user_id) == (404, {"error": "Project not found or access denied"})
    for headers, words in (({}, "Missing authorization header"), ({"authorization": "Bearer x.y.z"}, "Unauthorized")):
        response = await client.post(PATH, json={**project, "phase": "images"}, headers=headers)
        assert (response.status_code, response.json()) == (401, {"error": words})
    assert (await client.get(PATH, headers=bearer(studio.user_id))).status_code == 405
    async with runtime.begin() as tx:
        assert await list_runs(tx, studio.user_id) == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"project_id": ', "Invalid JSON"),
        (b"[1]", "an array"),
        (b'{"project_id":7,"phase":"images"}', "project_id"),
        (b'{"project_id":null,"phase":"images"}', "project_id"),
        (b'{"project_id":"a\\u0000b","phase":"images"}', "project_id"),
        (b'{"project_id":"a","phase":"images","request_id":5}', "request_id"),
        (b'{"project_id":"a","phase":"images","shots":[]}', "shots"),
        (b'{"project_id":"a","phase":"images","request_id":"' + b"x" * 201 + b'"}', "request_id"),
        (b'{"project_id":"a","phase":"images","image_model":["x"]}', "image_model"),
        (b'{"project_id":"a","phase":"images","video_model":"' + b"x" * 201 + b'"}', "video_model"),
        (b'{"project_id":"a","phase":"\\u0000"}', "phase"),
        (b'{"project_id":"a","phase":"images","maxCredits":-1}', "maxCredits"),
        (b'{"project_id":"a","phase":"images","max_credits":1.5}', "max_credits"),
        (b'{"project_id":"a","phase":"images","maxCredits":99999999999}', "maxCredits"),
        (b'{"project_id":"a","phase":"images","dryRun":"perhaps"}', "dryRun"),
        (b'{"project_id":"a","phase":"images","onlyFailed":[]}', "onlyFailed"),
    ],
)
async def test_a_hostile_body_is_a_400_that_names_the_place(
    server: tuple[httpx.AsyncClient, FastAPI], runtime: Runtime, body: bytes, words: str
) -> None:
    """Syntax, types, lengths, characters."""
    status, reply = await post(server[0], body, uuid.uuid4())
    assert (status, words in reply["error"]) == (400, True), reply


_values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.just("images")
_bodies = st.dictionaries(
    st.sampled_from(["project_id", "phase", "request_id", "image_model", "video_model", "maxCredits", "dryRun", "x"]),
    _values | st.lists(_values, max_size=2),
)


@given(_bodies)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_json_is_answered(server: tuple[httpx.AsyncClient, FastAPI], body: dict[str, Any]) -> None:
    """400 or 404 for whatever a program may send, never a 500."""
    transport = httpx.ASGITransport(server[1])
    async with httpx.AsyncClient(transport=transport, base_url="http://wzrd.test") as client:
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        response = await client.post(PATH, content=content, headers={**JSON, **bearer(uuid.uuid4())})
    assert response.status_code in {400, 404}, response.text


async def test_two_clicks_are_one_run_and_a_key_is_one_for_ever(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Joined without a key, joined by the key; other parameters under it are a 409 that names the field."""
    studio = await studio_with(runtime)
    runs = await asyncio.gather(*(started(client, studio) for _ in range(6)))
    assert len(set(runs)) == 1
    await cancel(runtime, runs[0], studio.user_id)
    assert await started(client, studio) != runs[0]
    keyed = {await started(client, studio, request_id="k") for _ in range(3)}
    assert len(keyed) == 1
    body = {"project_id": str(studio.project_id), "phase": "videos", "request_id": "k"}
    status, reply = await post(client, body, studio.user_id)
    assert (status, "phase was 'images', now 'videos'" in reply["error"]) == (409, True)
    status, reply = await post(client, {**body, "phase": "images", "image_model": "animatic"}, studio.user_id)
    assert (status, "model was None, now 'animatic'" in reply["error"]) == (409, True)


async def test_the_model_is_the_phases_own(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """The other phase's is not looked at; a model of another kind is a 400 that names the field of the request."""
    studio = await studio_with(runtime)
    await started(client, studio, image_model="animatic", video_model="fal-ai/flux/schnell")
    asked = {"project_id": str(studio.project_id), "phase": "videos", "video_model": "fal-ai/flux/schnell"}
    status, reply = await post(client, asked, studio.user_id)
    assert (status, reply["error"]) == (400, "'fal-ai/flux/schnell' makes image, not video")


@pytest.mark.parametrize(("dry", "only"), [("dryRun", "onlyFailed"), ("dry_run", "only_failed")])
async def test_a_dry_run_to_the_letter(client: httpx.AsyncClient, runtime: Runtime, dry: str, only: str) -> None:
    """200 with the work and its price, why animatic stands in told; nothing is started; both spellings are read."""
    studio = await studio_with(runtime, 2)
    body = {"project_id": str(studio.project_id), "phase": "images", dry: True}
    status, plan = await post(client, body, studio.user_id)
    assert status == 200
    (first, second) = plan.pop("items")
    assert list(first) == ["shotId", "sceneId", "sceneNumber", "shotNumber", "credits"]
    assert (first["shotNumber"], second["shotNumber"], first["credits"]) == (1, 2, 0)
    (line,) = plan.pop("spending")
    assert (line["scene"], line["what"], line["model"], line["count"]) == (1, "stills", "animatic/image", 2)
    assert plan == {
        "success": True,
        "dryRun": True,
        "phase": "images",
        "total": 2,
        "queued": 2,
        "skipped": 0,
        "done": 0,
        "waiting": 0,
        "unknown": 0,
        "awaitingApproval": None,
        "locked": 0,
        "model": "animatic/image",
        "verified": True,
        "ignored": None,
        "credits": 0,
        "promptCredits": 0,
        "fallbackUsed": True,
        "fallbackReason": "no_credentials:fal-ai",
        "estimatedCredits": 0,
        "availableCredits": 100,
        "estimatedCost": {"least": 0.0, "most": 0.0, "currency": "USD"},
        "usualCost": {"least": 0.0, "most": 0.0, "currency": "USD"},
        "ownSound": None,
    }
    status, plan = await post(client, {**body, only: True}, studio.user_id)
    assert (status, plan["queued"], plan["waiting"]) == (200, 0, 2)
    assert (await post(client, body, uuid.uuid4()))[0] == 404
    async with runtime.begin() as tx:
        assert await list_runs(tx, studio.user_id) == []


async def test_what_cannot_be_made_here_is_told_before_anything_starts(runtime: Runtime) -> None:
    """WZRD_OFFLINE=never without the provider's key: 501 with what to do, no run, no credit touched."""
    studio = await studio_with(runtime)
    never = with_settings(runtime, offline="never")
    never.providers = runtime.providers
    async with calling(never) as (client, _):
        asked = {"project_id": str(studio.project_id), "phase": "images"}
        status, reply = await post(client, asked, studio.user_id)
        assert (status, "WZRD_OFFLINE" in reply["error"], "fal-ai" in reply["error"]) == (501, True, True)
        assert (await post(client, {**asked, "image_model": "animatic"}, studio.user_id))[0] == 202
    async with runtime.begin() as tx:
        assert len(await list_runs(tx, studio.user_id)) == 1
    assert await balance(runtime, studio.user_id) == 100


async def test_what_is_dispatched_fits_the_flows_form(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """The run's parameters are the flow's, by name and type; so a worker can call it."""
    studio = await studio_with(runtime)
    run_id = await started(client, studio, image_model="animatic", request_id="form")
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id)
    assert run is not None
    parameters = runtime.kind(run.kind).flow_parameters(run)
    assert set(parameters) <= set(FLOWS["auto-generate"].parameters.properties)
    checked = FLOWS["auto-generate"].validate_parameters(parameters)
    assert (checked["project"], checked["run_id"], checked["phase"]) == (str(studio.project_id), run_id, "images")
    assert checked["model"] == "animatic"
