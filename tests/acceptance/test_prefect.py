"""Actions of a person in Prefect's UI: form, retry, cancel. By the REST that the UI uses."""

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest

from server.stack.health import open_client
from server.stack.state import client_settings
from tests.acceptance.conftest import Stack, shot_rows, watch
from tests.acceptance.test_gen_shots import IDEAS, answer, wait_for
from tests.fakes.chat import Call, delta, says
from tests.waiting import looks
from wzrd.db.runs import RunRow, find_by_flow_run, find_run

PATIENCE = 240.0
"""Seconds for what takes a worker's start and a run: on a busy machine a start alone takes a minute."""
LOOK = 0.4
"""Seconds between looks at Prefect: each takes its server some 10 ms, and what is waited for comes in seconds."""


async def prefect(stack: Stack, method: str, path: str, body: Any = None) -> Any:
    found = client_settings(stack.home)
    async with open_client(found.prefect_api_url, auth=found.prefect_auth, seconds=60) as http:
        response = await http.request(method, found.prefect_api_url + path, json=body)
    assert response.is_success, response.text
    return response.json() if response.content else None


async def run_of(stack: Stack, flow_run_id: UUID) -> RunRow | None:
    async with stack.runtime.begin() as tx:
        return await find_by_flow_run(tx, flow_run_id)


async def flow_state(stack: Stack, flow_run_id: UUID, wanted: str, *, seconds: float = PATIENCE) -> None:
    async for _ in looks(seconds=seconds, every=LOOK):
        if (await prefect(stack, "GET", f"/flow_runs/{flow_run_id}"))["state_type"] == wanted:
            break


async def start_form(stack: Stack, parameters: dict[str, Any]) -> UUID:
    deployment = await prefect(stack, "GET", "/deployments/name/gen-shots/write-shots")
    body = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
    created = await prefect(stack, "POST", f"/deployments/{deployment['id']}/create_flow_run", body)
    return UUID(created["id"])


async def test_the_form_needs_business_parameters_alone(stack: Stack) -> None:
    """A flow run started with a project id belongs to the project's owner, costs them the same, and shows its shots."""
    stack.chat.otherwise = says(answer(2))
    studio = await stack.studio()
    flow_run_id = await start_form(stack, {"project": str(studio.project_id), "shot_count": 2})
    await flow_state(stack, flow_run_id, "COMPLETED")
    run = await run_of(stack, flow_run_id)
    assert run is not None
    assert (run.user_id, run.request_id, run.status) == (studio.user_id, f"prefect:{flow_run_id}", "succeeded")
    named = await prefect(stack, "GET", f"/flow_runs/{flow_run_id}")
    assert named["name"] == f"The Light, scene 1 · gen-shots {str(run.run_id)[:8]}"
    assert len(await shot_rows(stack, studio)) == 2
    assert await stack.balance(studio) == 99
    artifacts = await prefect(
        stack, "POST", "/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [str(flow_run_id)]}}}
    )
    assert [len(json.loads(a["data"])) for a in artifacts if a["type"] == "table"] == [2]
    deployment = await prefect(stack, "GET", "/deployments/name/gen-shots/write-shots")
    assert set(deployment["parameter_openapi_schema"]["properties"]) == {
        "project", "scene_id", "shot_count", "scene_shots", "only_missing", "request_id", "run_id",
    }  # fmt: skip


async def test_a_copied_run_id_is_refused(stack: Stack) -> None:
    """A form filled with the run id of somebody else's run changes nothing of it."""
    stack.chat.otherwise = says(answer())
    studio = await stack.studio()
    client = await watch(stack, studio).to_the_end()
    thief = await start_form(stack, {"project": str(studio.project_id), "run_id": client.run_id})
    await flow_state(stack, thief, "FAILED")
    assert len(await shot_rows(stack, studio)) == 3
    assert await stack.balance(studio) == 98


async def half_written(stack: Stack, count: int = 4) -> None:
    async def act(call: Call) -> None:
        text = answer(count)
        await call.head()
        await call.event(delta(text[: text.index(IDEAS[1]) + 5]))
        await asyncio.Event().wait()

    stack.chat.script.append(act)


async def test_the_cancel_button_stops_a_running_flow(stack: Stack) -> None:
    """Cancelling in Prefect reaches the writer: the stream ends, one shot is kept and paid, Prefect shows Cancelled."""
    await half_written(stack)
    studio = await stack.studio()
    client = watch(stack, studio, count=4)
    reading = asyncio.create_task(client.to_the_end())
    await wait_for(client, "ready")
    async with stack.runtime.begin() as tx:
        run = await find_run(tx, UUID(client.run_id))
    assert run is not None
    assert run.flow_run_id is not None
    await prefect(stack, "POST", f"/flow_runs/{run.flow_run_id}/set_state", {"state": {"type": "CANCELLING"}})
    await reading
    assert json.loads(client.frames[-1].data)["error"] == "Canceled"
    await flow_state(stack, run.flow_run_id, "CANCELLED")
    assert await stack.balance(studio) == 99


async def test_the_retry_button_reopens_the_run(stack: Stack) -> None:
    """A canceled run retried in Prefect's UI: same flow run, the next attempt, what was finished is kept."""
    await half_written(stack)
    studio = await stack.studio()
    client = watch(stack, studio, count=4)
    reading = asyncio.create_task(client.to_the_end())
    await wait_for(client, "ready")
    await stack.http.post(f"/functions/v1/runs/{client.run_id}/cancel", headers=stack.headers(studio))
    await reading
    async with stack.runtime.begin() as tx:
        run = await find_run(tx, UUID(client.run_id))
    assert run is not None
    assert run.flow_run_id is not None
    await flow_state(stack, run.flow_run_id, "CANCELLED")
    stack.chat.otherwise = says(answer(3, first=1))
    state = {"type": "SCHEDULED", "name": "AwaitingRetry"}
    await prefect(stack, "POST", f"/flow_runs/{run.flow_run_id}/set_state", {"state": state, "force": True})
    await flow_state(stack, run.flow_run_id, "COMPLETED")
    async with stack.runtime.begin() as tx:
        after = await find_run(tx, run.run_id)
    assert after is not None
    assert (after.status, after.attempt, after.flow_run_id) == ("succeeded", 2, run.flow_run_id)
    assert [number for number, prompt in await shot_rows(stack, studio) if prompt] == [1, 2, 3, 4]
    assert await stack.balance(studio) == 98


@pytest.mark.storm
async def test_a_run_that_kills_its_workers_is_given_up(stack: Stack) -> None:
    """Killed at its first step again and again: three resumes, the last one apart, then failed and free."""
    stack.chat.otherwise = says(answer())
    studio = await stack.studio()
    client = watch(stack, studio)
    reading = asyncio.create_task(client.to_the_end(seconds=240))
    for _ in range(4):
        stack.arm("after_claim", "kill")
        await stack.wait_for_fault("after_claim", seconds=60)
    await reading
    assert json.loads(client.frames[-1].data)["error"].startswith("The run was interrupted too often")
    assert await stack.balance(studio) == 100
    await stack.healthy()
