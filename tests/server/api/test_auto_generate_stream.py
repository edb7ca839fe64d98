"""The stream of a project's latest batch: replay, live events, its last event, and whom it tells nothing."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from tests.rows import Studio, make_studio
from tests.server.served import bearer, calling, claimed, ended, read
from tests.shots import insert_shot
from wzrd.animatic.provider import Animatic
from wzrd.contracts.sse import SseFrame
from wzrd.domain.lease import Lease
from wzrd.domain.settlement import Outcome
from wzrd.providers.registry import Providers
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

PATH = "/functions/v1/project-auto-generate"


@pytest.fixture(scope="module")
def module_runtime(module_runtime: Runtime) -> Runtime:
    """Nothing but the animatic can be asked."""
    module_runtime.providers = Providers([Animatic()])
    return module_runtime


@pytest.fixture(scope="module")
async def client(module_runtime: Runtime) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the application on a loopback port."""
    async with calling(module_runtime) as (made, _):
        yield made


async def started(client: httpx.AsyncClient, studio: Studio, phase: str = "images") -> uuid.UUID:
    asked = {"project_id": str(studio.project_id), "phase": phase}
    answer = await client.post(PATH, json=asked, headers=bearer(studio.user_id))
    assert answer.status_code == 202, answer.text
    return uuid.UUID(answer.json()["runId"])


async def studio_with(runtime: Runtime) -> Studio:
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        await insert_shot(tx, studio.project_id, studio.scene_ids[0], 1)
    return studio


async def stream(
    client: httpx.AsyncClient, project_id: object, headers: dict[str, str], **params: Any
) -> tuple[int, list[SseFrame]]:
    """The status and, of a stream, all frames."""
    asked = {"project_id": str(project_id), **params}
    async with client.stream("GET", f"{PATH}/stream", params=asked, headers=headers) as response:
        if response.status_code != 200:
            await response.aread()
            return response.status_code, []
        return 200, await read(response.aiter_bytes())


async def emit(runtime: Runtime, lease: Lease, *numbers: int) -> None:
    for number in numbers:
        async with step(runtime, lease) as current:
            current.emit("shot", {"n": number})


async def test_the_stream_of_the_latest_batch(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Replay from the start or from where one was, live events, and `complete` as the last however it ends."""
    studio = await studio_with(runtime)
    headers = bearer(studio.user_id)
    run_id = await started(client, studio)
    lease = await claimed(runtime, run_id)
    await emit(runtime, lease, 1)
    asked = {"project_id": str(studio.project_id)}
    async with client.stream("GET", f"{PATH}/stream", params=asked, headers=headers) as response:
        assert response.status_code == 200
        chunks = response.aiter_bytes()
        frames = await read(chunks, until=2)
        await emit(runtime, lease, 2)
        frames += await read(chunks, until=1)
        await ended(runtime, lease, Outcome(canceled=True))
        frames += await read(chunks)
    assert [frame.event for frame in frames] == ["meta", "shot", "shot", "complete"]
    meta, end = json.loads(frames[0].data), json.loads(frames[-1].data)
    assert (meta["runId"], meta["projectId"], meta["phase"]) == (str(run_id), str(studio.project_id), "images")
    assert (end["runId"], end["status"], end["completed"]) == (str(run_id), "canceled", 0)
    for place in ({**headers, "last-event-id": "2"}, headers):
        params = {} if "last-event-id" in place else {"after": "2"}
        assert [frame.event for frame in (await stream(client, studio.project_id, place, **params))[1]] == [
            "shot",
            "complete",
        ]
    assert (await stream(client, studio.project_id, {**headers, "last-event-id": "x"}))[1] == frames
    second = await started(client, studio, phase="videos")
    await ended(runtime, await claimed(runtime, second), Outcome(result={"phase": "complete"}))
    newest = (await stream(client, studio.project_id, headers))[1]
    assert [frame.event for frame in newest] == ["meta", "complete"]
    assert json.loads(newest[-1].data)["runId"] == str(second)


async def test_a_stream_is_its_owners_and_tells_nobody_else_anything(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    """No batch yet, a stranger's project, an unknown one, no id: the same 404; without a token 401; no project 400."""
    studio, stranger = await studio_with(runtime), await studio_with(runtime)
    headers = bearer(studio.user_id)

    async def refusal(project: object, headers: dict[str, str]) -> tuple[int, Any]:
        async with asyncio.timeout(60):
            response = await client.get(f"{PATH}/stream", params={"project_id": str(project)}, headers=headers)
        return response.status_code, response.json()

    await started(client, stranger)
    none_yet = 404, {"error": "No generation has been started for this project"}
    for project in (studio.project_id, stranger.project_id, uuid.uuid4(), "nonsense", "a\0b"):
        assert await refusal(project, headers) == none_yet
    for project in (studio.project_id, stranger.project_id, uuid.uuid4()):
        assert (await refusal(project, {}))[0] == 401
        assert (await refusal(project, {"authorization": "Bearer x.y.z"}))[0] == 401
    assert await refusal("", headers) == (400, {"error": "project_id is required"})


async def test_a_ticket_opens_the_stream_once(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """EventSource can send no header: the owner's ticket for the run, once, and for no other project."""
    studio, other = await studio_with(runtime), await studio_with(runtime)
    run_id = await started(client, studio)
    await started(client, other)
    await ended(runtime, await claimed(runtime, run_id), Outcome(canceled=True))

    async def ticket() -> str:
        body = {"runId": str(run_id)}
        made = await client.post("/functions/v1/stream-ticket", json=body, headers=bearer(studio.user_id))
        return str(made.json()["ticket"])

    mine = await ticket()
    assert (await stream(client, other.project_id, {}, ticket=mine))[0] == 401
    mine = await ticket()
    status, frames = await stream(client, studio.project_id, {}, ticket=mine)
    assert (status, frames[-1].event) == (200, "complete")
    assert (await stream(client, studio.project_id, {}, ticket=mine))[0] == 401
    assert (await stream(client, studio.project_id, {}, ticket="nonsense"))[0] == 401


async def test_a_batch_that_could_not_begin_ends_its_stream_with_an_error(
    client: httpx.AsyncClient, runtime: Runtime
) -> None:
    """Failed before anything was made: one `error`, and the stream is over."""
    studio = await studio_with(runtime)
    run_id = await started(client, studio)
    await ended(runtime, await claimed(runtime, run_id), Outcome(error="no worker", error_code="gone"))
    frames = (await stream(client, studio.project_id, bearer(studio.user_id)))[1]
    assert [frame.event for frame in frames] == ["meta", "error"]
    assert json.loads(frames[-1].data) == {"error": "no worker", "runId": str(run_id)}
