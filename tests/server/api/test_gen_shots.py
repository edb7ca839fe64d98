"""POST /functions/v1/gen-shots as a client meets it: its refusals to the letter, and the bytes of its stream."""

import json
import socket
import uuid
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from server.api.app import create_app
from tests.rows import Studio, balance, make_studio
from tests.server.served import bearer, calling, claimed, deliver, ended, read, with_settings
from wzrd.db.items import list_items
from wzrd.db.runs import list_runs
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

PATH = "/functions/v1/gen-shots"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
async def server(module_runtime: Runtime) -> AsyncGenerator[tuple[httpx.AsyncClient, FastAPI]]:
    """The application on a loopback port."""
    async with calling(module_runtime) as made:
        yield made


@pytest.fixture(scope="module")
async def poor(module_runtime: Runtime) -> Studio:
    """A maker without a credit: whatever is right about their request, no run is started."""
    return await make_studio(module_runtime, funds=0)


def plainly(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://wzrd.test")


async def refusal(client: httpx.AsyncClient, body: Any, user: uuid.UUID, **more: Any) -> tuple[int, Any]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = await client.post(PATH, content=content, headers={**JSON, **bearer(user)}, **more)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["access-control-allow-origin"] == "*"
    return response.status_code, response.json()


async def test_other_methods_and_callers_without_a_token(server: tuple[httpx.AsyncClient, FastAPI]) -> None:
    """405 with the documented text comes before any question of who asks; then the two 401 texts; OPTIONS is open."""
    client, _ = server
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        response = await client.request(method, PATH)
        assert (response.status_code, response.text) == (405, "Method Not Allowed")
        assert response.headers["allow"] == "POST, OPTIONS"
    assert (await client.options(PATH)).status_code == 200
    for headers, words in (({}, "Missing authorization header"), ({"authorization": "Bearer x.y.z"}, "Unauthorized")):
        response = await client.post(PATH, content=b"{not json", headers=headers)
        assert (response.status_code, response.json()) == (401, {"error": words})


async def test_every_refusal_has_its_documented_status_and_text(
    server: tuple[httpx.AsyncClient, FastAPI], runtime: Runtime
) -> None:
    """400, 404 and 402, each with the text that the documentation or the original has."""
    client, _ = server
    studio, stranger, empty = (
        await make_studio(runtime, funds=1),
        await make_studio(runtime),
        await make_studio(runtime, scenes=0),
    )
    project, no_project = str(studio.project_id), (404, {"error": "Project not found or access denied"})
    no_scene = 404, {"error": "Scene not found or access denied"}
    required = 400, {"error": "projectId is required"}
    for body in ({}, {"projectId": None}, {"projectId": ""}, {"shotCount": 2}, b"", b"  "):
        assert await refusal(client, body, studio.user_id) == required
    for other in ("not-a-uuid", str(uuid.uuid4()), str(stranger.project_id), "' or 1=1 --", "é" * 50):
        assert await refusal(client, {"projectId": other}, studio.user_id) == no_project
    for scene in ("not-a-uuid", str(uuid.uuid4()), str(stranger.scene_ids[0])):
        assert await refusal(client, {"projectId": project, "sceneId": scene}, studio.user_id) == no_scene
    nowhere = 400, {"error": "No scene found for project"}
    assert await refusal(client, {"projectId": str(empty.project_id)}, empty.user_id) == nowhere
    status, body = await refusal(client, {"projectId": project}, studio.user_id)
    assert (status, body["code"], body["required"], body["available"]) == (402, "insufficient_credits", 2, 1)
    assert (body["top_up_url"], body["upgrade_url"]) == ("/settings/billing", "/settings/billing#plans")
    async with runtime.begin() as tx:
        assert await list_runs(tx, studio.user_id) == []


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b'{"projectId": "\xff"}', 400, "not valid UTF-8"),
        (b'{"projectId": ', 400, "Invalid JSON at line 1"),
        (b"[1]", 400, "an array"),
        (b'"text"', 400, "a string"),
        (b'{"projectId":"a","x":' + b"[" * 100 + b"]" * 100 + b"}", 400, "nested"),
        (b'{"projectId":"a\\u0000b"}', 400, "projectId"),
        (b'{"projectId":"a","requestId":"\\u0000"}', 400, "requestId"),
        (b'{"projectId":"a","junk":{"deep":["\\u0000"]}}', 400, "junk.deep.0"),
        (b'{"projectId":"a","requestId":"\\ud800"}', 400, "JSON"),
        (b'{"projectId":7}', 400, "projectId"),
        (b'{"projectId":["a"]}', 400, "projectId"),
        (b'{"projectId":"a","sceneId":7}', 400, "sceneId"),
        (b'{"projectId":"a","sceneId":{}}', 400, "sceneId"),
        (b'{"projectId":"a","shotCount":"three"}', 400, "shotCount"),
        (b'{"projectId":"a","shotCount":""}', 400, "shotCount"),
        (b'{"projectId":"a","shotCount":true}', 400, "shotCount"),
        (b'{"projectId":"a","shotCount":[3]}', 400, "shotCount"),
        (b'{"projectId":"a","shotCount":NaN}', 400, "JSON"),
        (b'{"projectId":"a","existingShots":"3"}', 400, "existingShots"),
        (b'{"projectId":"a","existingShots":[3]}', 400, "existingShots.0"),
        (b'{"projectId":"a","existingShots":[{"shot_number":"3"}]}', 400, "existingShots.0.shot_number"),
        (b'{"projectId":"a","requestId":5}', 400, "requestId"),
        (b'{"projectId":"a","requestId":"' + b"x" * 201 + b'"}', 400, "requestId"),
        (b'{"projectId":"' + b"x" * 201 + b'"}', 400, "projectId"),
        (b'{"projectId":"a","x":"' + b"x" * 2_097_152 + b'"}', 413, "larger than 1048576 bytes"),
    ],
)
async def test_a_hostile_body_is_a_4xx_that_names_the_place(
    server: tuple[httpx.AsyncClient, FastAPI], poor: Studio, body: bytes, status: int, words: str
) -> None:
    """Encoding, syntax, size, depth, characters, types: never a 500."""
    async with plainly(server[1]) as client:
        got, reply = await refusal(client, body, poor.user_id)
    assert (got, words in reply["error"]) == (status, True), reply


_texts = st.text(max_size=30) | st.uuids().map(str)
_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_texts, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
async def test_no_json_makes_a_500(
    server: tuple[httpx.AsyncClient, FastAPI], poor: Studio, data: st.DataObject
) -> None:
    """Whatever the fields hold, right ones among wrong ones: a 4xx in JSON."""
    own = st.just(str(poor.project_id)), st.just(str(poor.scene_ids[0]))
    fields = st.fixed_dictionaries(
        {},
        optional={
            "projectId": own[0] | own[0] | _json,
            "sceneId": own[1] | _json,
            "shotCount": st.floats(allow_nan=False) | st.integers() | _json,
            "existingShots": st.lists(st.fixed_dictionaries({"id": _json, "shot_number": st.floats() | _json})) | _json,
            "requestId": _texts | _json,
            "else": _json,
        },
    )
    body = json.dumps(data.draw(fields)).encode("utf-8", "replace")
    async with plainly(server[1]) as client:
        status, reply = await refusal(client, body, poor.user_id)
    assert status in {400, 402, 404}, (status, reply)
    assert isinstance(reply["error"], str)


async def test_the_order_of_the_checks(server: tuple[httpx.AsyncClient, FastAPI], runtime: Runtime) -> None:
    """Who asks, then whether the stream is on, then the body, then its fields, then project, scene and money."""
    studio = await make_studio(runtime, funds=0)
    off = create_app(with_settings(runtime, shot_stream=False))
    async with plainly(off) as client:
        assert (await client.post(PATH, content=b"{")).status_code == 401
        for body in (b"{", b"x" * 2_000_000, {"projectId": str(studio.project_id)}):
            status, reply = await refusal(client, body, studio.user_id)
            assert (status, reply["code"]) == (403, "shot_stream_disabled")
            assert "CRUD" in reply["error"]
    both = {"projectId": "nobody's", "shotCount": "three"}
    client, _ = server
    assert (await refusal(client, both, studio.user_id))[0] == 400
    assert (await refusal(client, both | {"shotCount": 3, "sceneId": "x"}, studio.user_id))[1]["error"].startswith("P")
    poor_and_lost = {"projectId": str(studio.project_id), "sceneId": str(uuid.uuid4())}
    assert (await refusal(client, poor_and_lost, studio.user_id))[0] == 404


async def test_a_body_of_two_mebibytes_is_refused_on_a_real_connection(
    server: tuple[httpx.AsyncClient, FastAPI], poor: Studio
) -> None:
    """413 arrives although the client is still sending, with an announced length and without one."""
    client, _ = server

    async def pieces() -> AsyncGenerator[bytes]:
        for _ in range(32):
            yield b" " * 65_536

    for content in (b" " * 2_097_152, pieces()):
        response = await client.post(PATH, content=content, headers={**JSON, **bearer(poor.user_id)})
        assert response.status_code == 413


async def stream(
    client: httpx.AsyncClient, studio: Studio, *, until: int | None = None, last: str = "", **body: Any
) -> tuple[httpx.Response, bytes]:
    """The response and the first bytes: as many frames as are wanted, or all."""
    headers = bearer(studio.user_id) | ({"last-event-id": last} if last else {})
    received = b""
    asked = {"projectId": str(studio.project_id), **body}
    async with client.stream("POST", PATH, json=asked, headers=headers) as response:
        async for chunk in response.aiter_bytes():
            received += chunk
            if until is not None and received.count(b"\n\n") >= until:
                break
    return response, received


async def test_the_bytes_of_the_stream(server: tuple[httpx.AsyncClient, FastAPI], runtime: Runtime) -> None:
    """Headers, LF framing, documented key order; the replay has the very bytes that memory had; joins may resume."""
    client, _ = server
    studio = await make_studio(runtime)
    response, first = await stream(client, studio, until=1, last="7", requestId="é-1")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream"
    assert response.headers["cache-control"] == "no-cache, no-transform"
    assert response.headers["connection"] == "keep-alive"
    assert response.headers["x-accel-buffering"] == "no"
    head, name, data, *rest = first.decode().split("\n")
    assert (head, name, rest) == ("id: 1", "event: meta", ["", ""])
    keys = json.loads(data.removeprefix("data: "), object_pairs_hook=list)
    assert [key for key, _ in keys] == ["requestId", "projectId", "sceneId", "latency"]
    assert [value for _, value in keys[:3]] == ["é-1", str(studio.project_id), str(studio.scene_ids[0])]
    lease = await claimed(runtime, uuid.UUID(response.headers["x-run-id"]))
    await deliver(runtime, lease, 3)
    assert await ended(runtime, lease) == "succeeded"
    _, whole = await stream(client, studio, requestId="é-1")
    assert whole.startswith(first)
    assert b"\r" not in whole
    assert as_the_original_reads(whole)[-1] == ("done", {"completed": True, "total": 3, "requestId": "é-1"})
    assert [event for event, _ in as_the_original_reads(whole)] == ["meta", "shot", "shot", "shot", "done"]
    _, resumed = await stream(client, studio, requestId="é-1", last="4")
    assert whole.endswith(resumed)
    assert resumed.count(b"\n\n") == 1
    _, ended_before = await stream(client, studio, requestId="é-1", last="5")
    assert ended_before == b""
    for nonsense in ("99", "-1", "x", "4 4"):
        _, again = await stream(client, studio, requestId="é-1", last=nonsense)
        assert again == whole


def as_the_original_reads(received: bytes) -> list[tuple[str, Any]]:
    """By the documented client's rules: blocks end with two line feeds, lines are trimmed, comments are skipped."""
    events: list[tuple[str, Any]] = []
    for block in received.decode().split("\n\n")[:-1]:
        lines = [line.strip() for line in block.split("\n")]
        names = [line[6:].strip() for line in lines if line.startswith("event:")]
        data = "\n".join(line[5:].strip() for line in lines if line.startswith("data:"))
        if data:
            events.append((names[0] if names else "message", json.loads(data)))
    return events


async def test_counts_are_clamped_and_numbers_absurd_or_not_are_taken(
    server: tuple[httpx.AsyncClient, FastAPI], runtime: Runtime
) -> None:
    """Floor, then 1 to 6; unknown fields are ignored; shot numbers beyond reason do not count."""
    client, _ = server
    counts = (None, 3), (0, 1), (-7, 1), (2.9, 2), (6, 6), (10**30, 6), (1e308, 6), ("5.9", 5), ("0x2", 2), ("1e9", 6)
    for sent, meant in counts:
        studio = await make_studio(runtime)
        shots = [{"id": 5, "shot_number": n} for n in (4, 2.5, None, -3, 1e300, 10**25)]
        response, _ = await stream(client, studio, until=1, shotCount=sent, existingShots=shots, more={"x": 1})
        async with runtime.begin() as tx:
            assert len(await list_items(tx, uuid.UUID(response.headers["x-run-id"]))) == meant
            (run,) = await list_runs(tx, studio.user_id)
        assert run.params["numbersAfter"] == 4
        assert await balance(runtime, studio.user_id) == 100 - max(1, -(-meant // 2))


async def test_the_shots_of_a_scene_in_all_are_kept_and_bounded(runtime: Runtime) -> None:
    """`sceneShots` says what these are a part of; it is another request than the one without it."""
    studio = await make_studio(runtime)
    async with calling(runtime) as (client, _):
        body = {"projectId": str(studio.project_id), "shotCount": 2, "requestId": "part", "sceneShots": 9}
        async with client.stream("POST", PATH, json=body, headers=bearer(studio.user_id)) as response:
            assert response.status_code == 200
            run_id = uuid.UUID(response.headers["x-run-id"])
        async with runtime.begin() as tx:
            run = next(one for one in await list_runs(tx, studio.user_id) if one.run_id == run_id)
        assert run.params["sceneShots"] == 9
        assert (await refusal(client, {**body, "sceneShots": 3}, studio.user_id))[0] == 409
        for wrong in (0, 61, "many"):
            status, answer = await refusal(client, {**body, "requestId": "other", "sceneShots": wrong}, studio.user_id)
            assert (status, "sceneShots" in answer["error"]) == (400, True), answer


async def test_another_count_under_the_same_request_id_is_a_409_that_names_it(
    server: tuple[httpx.AsyncClient, FastAPI], runtime: Runtime
) -> None:
    """The field, its former and its present value; changed existing shots are no other request."""
    client, _ = server
    studio = await make_studio(runtime)
    await stream(client, studio, until=1, requestId="r", shotCount=3)
    body = {"projectId": str(studio.project_id), "requestId": "r", "shotCount": 4}
    status, reply = await refusal(client, body, studio.user_id)
    assert (status, "shotCount was 3, now 4" in reply["error"]) == (409, True)
    response, _ = await stream(client, studio, until=1, requestId="r", existingShots=[{"shot_number": 9}])
    assert response.status_code == 200


async def test_at_the_caps_nothing_is_started_or_charged(runtime: Runtime) -> None:
    """429 for one's own cap, 503 for the server's, both with Retry-After; a refused request gives its place back."""
    studio, other = await make_studio(runtime), await make_studio(runtime)
    async with calling(with_settings(runtime, streams_per_user=1, streams_total=2)) as (client, _):
        body, headers = {"projectId": str(studio.project_id)}, bearer(studio.user_id)
        for _ in range(3):
            assert (await refusal(client, {"projectId": str(uuid.uuid4())}, studio.user_id))[0] == 404
        async with client.stream("POST", PATH, json=body, headers=headers) as open_one:
            assert open_one.status_code == 200
            refused = await client.post(PATH, json=body, headers=headers)
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
            second = client.stream(
                "POST", PATH, json={"projectId": str(other.project_id)}, headers=bearer(other.user_id)
            )
            async with second as open_two:
                assert open_two.status_code == 200
                third = await make_studio(runtime)
                refused = await client.post(
                    PATH, json={"projectId": str(third.project_id)}, headers=bearer(third.user_id)
                )
                assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert await balance(runtime, studio.user_id) == 98
        assert await balance(runtime, third.user_id) == 100


def counted(name: str) -> float:
    return REGISTRY.get_sample_value(f"wzrd_gen_shots_{name}_seconds_count") or 0.0


@pytest.mark.parametrize("on", [True, False])
async def test_latency_is_measured_unless_telemetry_is_off(runtime: Runtime, on: bool) -> None:
    """Two histograms, meta and done; the event's own `latency` stays either way."""
    studio = await make_studio(runtime)
    async with calling(with_settings(runtime, stream_telemetry=on)) as (client, _):
        before = counted("meta"), counted("done")
        headers, body = bearer(studio.user_id), {"projectId": str(studio.project_id), "shotCount": 1, "requestId": "t"}
        async with client.stream("POST", PATH, json=body, headers=headers) as response:
            lease = await claimed(runtime, uuid.UUID(response.headers["x-run-id"]))
            await deliver(runtime, lease, 1)
            await ended(runtime, lease)
            frames = await read(response.aiter_bytes())
        await stream(client, studio, requestId="t", shotCount=1)  # one that joins measures nothing
    assert [frame.event for frame in frames] == ["meta", "shot", "done"]
    assert json.loads(frames[0].data)["latency"] >= 0
    assert (counted("meta") - before[0], counted("done") - before[1]) == ((1, 1) if on else (0, 0))


async def test_a_head_line_that_is_no_request_harms_nobody(server: tuple[httpx.AsyncClient, FastAPI]) -> None:
    """Garbage on the socket is a 400 or a hang-up, and the next request is served."""
    client, _ = server
    address = urlsplit(str(client.base_url))
    for garbage in (b"\x16\x03\x01\x00\xa5\x01", b"POST " + PATH.encode() + b" HTTP/9.9\r\n\r\n", b"\0" * 64):
        with socket.create_connection((address.hostname or "", address.port or 0), timeout=60) as raw:
            raw.sendall(garbage)
    assert (await client.get("/healthz")).status_code == 200
