"""Director's Cut on the real stack: by the client's own calls, seen in Prefect's UI, killed, canceled."""

import re
from typing import Any
from uuid import UUID

import pytest

from tests.acceptance.conftest import Stack
from tests.acceptance.test_prefect import flow_state, prefect, run_of
from tests.tasks.cut_project import CutRig
from tests.waiting import answer_of, looks
from wzrd.db.runs import find_run

PATH = "/functions/v1/director-cut"


async def call(stack: Stack, rig: CutRig, **body: Any) -> dict[str, Any]:
    response = await stack.http.post(PATH, json=body, headers=stack.headers(rig.studio))
    assert response.status_code == 200, response.text
    return response.json()


async def create(stack: Stack, rig: CutRig, **settings: Any) -> str:
    values = {"resolution": "256x144", **settings}
    said = await call(stack, rig, action="create", projectId=str(rig.studio.project_id), settings=values)
    return said["jobId"]


async def polled(stack: Stack, rig: CutRig, job_id: str, *, seconds: float = 60) -> dict[str, Any]:
    """The job once it has ended; what was seen on the way never went backwards."""
    seen: list[int] = []

    async def look() -> dict[str, Any]:
        job = await call(stack, rig, action="status", jobId=job_id)
        seen.append(job["progress"])
        assert seen == sorted(seen)
        return job

    return await answer_of(look, lambda job: job["status"] in {"completed", "failed"}, seconds=seconds, every=0.2)


async def bytes_of(stack: Stack, job: dict[str, Any]) -> bytes:
    path = job["outputUrl"].partition("/storage/")[2]
    response = await stack.http.get(f"/storage/{path}")
    assert (response.status_code, response.headers["content-type"]) == (200, "video/mp4")
    return response.content


@pytest.fixture
async def rig(stack: Stack) -> CutRig:
    """A clip, a clip to be conformed, and a still that speaks."""
    made = CutRig(stack.runtime, await stack.studio())
    await made.shot(video_url=await made.clip(10, 24))
    await made.shot(image_url=await made.still(60), dialogue="MARA: The light is out.")
    await made.shot(image_url=await made.still(90))
    return made


async def test_a_film_by_the_clients_own_calls(stack: Stack, rig: CutRig) -> None:
    """sync, create, status until the end; the film can be fetched, and Prefect's page shows steps and film."""
    project = str(rig.studio.project_id)
    assert (await call(stack, rig, action="sync", projectId=project))["summary"]["canExport"]
    job_id = await create(stack, rig)
    job = await polled(stack, rig, job_id)
    assert job["status"] == "completed", job
    film = await bytes_of(stack, job)
    assert film[4:8] == b"ftyp"
    assert await create(stack, rig) != job_id
    async with stack.runtime.begin() as tx:
        run = await find_run(tx, UUID(job_id))
    assert run is not None
    assert run.flow_run_id is not None
    await flow_state(stack, run.flow_run_id, "COMPLETED")
    assert (await prefect(stack, "GET", f"/flow_runs/{run.flow_run_id}"))["name"].startswith("The Light · director-cut")
    of_run = {"flow_runs": {"id": {"any_": [str(run.flow_run_id)]}}}
    tasks = await prefect(stack, "POST", "/task_runs/filter", of_run)
    names = {task["name"].partition("-")[0] for task in tasks}
    assert {"scene 1, shot 1", "scene 1, shot 2", "voice of scene 1, shot 2", "preflight", "film"} <= names, names
    wanted = {"artifacts": {"flow_run_id": {"any_": [str(run.flow_run_id)]}, "key": {"exists_": True}}}
    shown = {one["key"]: one for one in await prefect(stack, "POST", "/artifacts/filter", wanted)}
    (prefix,) = {key.rpartition("-")[0] for key in shown}
    assert prefix == "the-light" or prefix.startswith("the-light-")
    assert set(shown) - {f"{prefix}-progress"} == {f"{prefix}-film", f"{prefix}-outcome"}
    poster = re.match(r"!\[The film\]\((\S+)\)", shown[f"{prefix}-film"]["data"])
    assert poster is not None
    assert (await stack.http.get(poster[1])).content[:3] == b"\xff\xd8\xff"
    assert job["outputUrl"] in shown[f"{prefix}-film"]["data"]
    assert "The Light · director-cut" in shown[f"{prefix}-film"]["description"]


@pytest.mark.parametrize("place", ["after_visual", "after_store", "before_film", "after_film"])
async def test_a_killed_worker_costs_nothing_but_time(stack: Stack, rig: CutRig, place: str) -> None:
    """SIGKILL there: resumed, and the film is byte for byte the one that a cut without a death makes."""
    stack.arm(place, "kill")
    job = await polled(stack, rig, await create(stack, rig))
    await stack.wait_for_fault(place)
    assert job["status"] == "completed", job
    again = await polled(stack, rig, await create(stack, rig))
    assert again["outputUrl"] != job["outputUrl"]
    assert await bytes_of(stack, again) == await bytes_of(stack, job)


async def test_cancel_reaches_the_clip_that_is_being_made(stack: Stack, rig: CutRig) -> None:
    """A voice of four minutes over a still: canceled in the middle, the job has failed, Prefect says so too."""
    await rig.change(rig.shots[1], audio_url=await rig.voice(240.0))
    job_id = await create(stack, rig, resolution="1280x720")
    async for _ in looks(every=0.1):
        if (await call(stack, rig, action="status", jobId=job_id))["progress"] > 20:
            break
    await stack.http.post(f"/functions/v1/runs/{job_id}/cancel", headers=stack.headers(rig.studio))
    job = await polled(stack, rig, job_id, seconds=60)
    assert (job["status"], job["error"]) == ("failed", "Canceled")
    async with stack.runtime.begin() as tx:
        run = await find_run(tx, UUID(job_id))
    assert run is not None
    assert run.flow_run_id is not None
    await flow_state(stack, run.flow_run_id, "CANCELLED")


async def start_form(stack: Stack, parameters: dict[str, Any]) -> UUID:
    deployment = await prefect(stack, "GET", "/deployments/name/director-cut/film")
    body = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
    return UUID((await prefect(stack, "POST", f"/deployments/{deployment['id']}/create_flow_run", body))["id"])


async def test_prefects_form(stack: Stack, rig: CutRig) -> None:
    """A project id is enough; a project that is not ready fails in the words of the 409, and leaves no run."""
    given = {"project": str(rig.studio.project_id), "resolution": "256x144", "include_audio": False}
    flow_run_id = await start_form(stack, given)
    await flow_state(stack, flow_run_id, "COMPLETED")
    run = await run_of(stack, flow_run_id)
    assert run is not None
    assert (await polled(stack, rig, str(run.run_id)))["status"] == "completed"
    empty = await stack.studio()
    flow_run_id = await start_form(stack, {"project": str(empty.project_id)})
    await flow_state(stack, flow_run_id, "FAILED")
    state = (await prefect(stack, "GET", f"/flow_runs/{flow_run_id}"))["state"]
    assert "No ordered shots are available" in state["message"]
    assert await run_of(stack, flow_run_id) is None
