"""generate through every process, the fakes as its providers: stored, told, charged once, whoever dies meanwhile."""

import asyncio
import json
import signal
from typing import Any
from uuid import UUID

import httpx

from server.fakes import Fakes
from server.fakes.script import Behaviour
from tests.acceptance.conftest import Stack
from tests.acceptance.test_director_cut import bytes_of, create, polled
from tests.acceptance.test_prefect import flow_state, prefect, run_of
from tests.rows import Studio
from tests.tasks.cut_project import CutRig
from wzrd.contracts.sse import SseReader
from wzrd.db.run_holds import list_run_holds

FLUX, PRICE = "fal-ai/flux/schnell", 3


async def frames_of(stack: Stack, studio: Studio, body: dict[str, Any], *, until: int | None = None) -> list[Any]:
    """The frames of a fal-stream, asked for again with the same request id as often as it is cut."""
    frames: list[Any] = []
    async with asyncio.timeout(60):
        while not (frames and frames[-1]["type"] in {"done", "error"}):
            try:
                frames = await _read(stack, studio, body, until)
            except httpx.HTTPError:
                await asyncio.sleep(0.1)  # a client's pause before it comes again
            if until is not None:
                return frames
    return frames


async def _read(stack: Stack, studio: Studio, body: dict[str, Any], until: int | None) -> list[Any]:
    reader, frames = SseReader(), list[Any]()
    sent = stack.http.stream("POST", "/functions/v1/fal-stream", json=body, headers=stack.headers(studio))
    async with sent as response:
        assert response.status_code == 200, await response.aread()
        async for chunk in response.aiter_bytes():
            frames += [json.loads(frame.data) for frame in reader.feed(chunk)]
            if until is not None and len(frames) >= until:
                break
    return frames


async def settled(stack: Stack, run_id: str) -> list[tuple[str, int | None]]:
    """Status and charge of the run's holds."""
    async with stack.runtime.begin() as tx:
        return [(hold.status, hold.committed) for hold in await list_run_holds(tx, UUID(run_id))]


async def test_a_picture_from_the_request_to_the_ledger(stack: Stack, fakes: Fakes) -> None:
    """Made at the provider, fetched, stored, served, charged; Prefect shows its flow run."""
    studio = await stack.studio()
    body = {"modelId": FLUX, "inputs": {"prompt": "a lamp"}, "project_id": str(studio.project_id)}
    frames = await frames_of(stack, studio, body)
    assert (frames[0]["type"], frames[-1]["type"]) == ("meta", "done"), frames
    (image,) = frames[-1]["result"]["images"]
    assert f"/{studio.user_id}/{studio.project_id}/" in image["url"]
    file = await stack.http.get(image["url"])
    assert (file.status_code, file.content[:4]) == (200, b"\x89PNG")
    run_id = frames[0]["runId"]
    assert await settled(stack, run_id) == [("committed", PRICE)]
    assert await stack.balance(studio) == 100 - PRICE
    assert [submit.model for submit in await fakes.paid_submits()] == [FLUX]
    view = (await stack.http.get(f"/functions/v1/runs/{run_id}", headers=stack.headers(studio))).json()
    assert (view["result"]["resolvedModel"], view["result"]["storageUrl"]) == (FLUX, image["url"])
    await flow_state(stack, UUID(view["flowRunId"]), "COMPLETED")


async def test_the_form(stack: Stack, fakes: Fakes) -> None:
    """`generate/one`: project, model, prompt, settings and references are enough; the owner pays."""
    studio = await stack.studio()
    deployment = await prefect(stack, "GET", "/deployments/name/generate/one")
    wanted = {"project", "model", "prompt", "parameters", "references", "request_id", "run_id"}
    assert set(deployment["parameter_openapi_schema"]["properties"]) == wanted
    given = {
        "project": str(studio.project_id),
        "model": FLUX,
        "prompt": "a lamp",
        "parameters": {"image_size": {"width": 64, "height": 32}},
    }
    body = {"parameters": given, "state": {"type": "SCHEDULED"}}
    created = await prefect(stack, "POST", f"/deployments/{deployment['id']}/create_flow_run", body)
    await flow_state(stack, UUID(created["id"]), "COMPLETED")
    run = await run_of(stack, UUID(created["id"]))
    assert run is not None
    assert run.result is not None
    assert (run.user_id, run.status, run.result["width"]) == (studio.user_id, "succeeded", 64)
    assert await stack.balance(studio) == 100 - PRICE
    assert len(await fakes.paid_submits()) == 1
    pages = {"artifacts": {"flow_run_id": {"any_": [created["id"]]}}}
    assert await prefect(stack, "POST", "/artifacts/filter", pages)


async def test_a_worker_killed_while_fal_renders_a_film(stack: Stack, fakes: Fakes) -> None:
    """SIGKILL in mid-render: another process follows that very render; one submit, one charge, the film whole."""
    rig = CutRig(stack.runtime, await stack.studio())
    await rig.shot(video_url=await rig.clip(10, 24))
    await rig.shot(image_url=await rig.still(60), dialogue="MARA: The light is out.")
    await fakes.script(Behaviour(hold="result"))
    job_id = await create(stack, rig, provider="fal")
    await fakes.wait_submit(match="ffmpeg-api", seconds=60)
    await stack.kill("worker", signal.SIGKILL)
    await stack.healthy()
    await fakes.release()
    job = await polled(stack, rig, job_id)
    assert (job["status"], job["provider"], job["fallbackUsed"]) == ("completed", "fal_remote", False), job
    (sent,) = await fakes.paid_submits()
    assert job["providerJobId"] == sent.request_id
    assert await settled(stack, job_id) == [("committed", 1)]
    assert await stack.balance(rig.studio) == 100 - 1
    assert (await bytes_of(stack, job))[4:8] == b"ftyp"


async def test_a_worker_killed_while_the_providers_job_runs(stack: Stack, fakes: Fakes) -> None:
    """Another process follows the very job that was accepted: one paid submit, one charge, one picture."""
    studio = await stack.studio()
    await fakes.script(Behaviour(hold="result"))
    body = {"modelId": FLUX, "inputs": {"prompt": "killed"}, "request_id": "r"}
    (meta,) = await frames_of(stack, studio, body, until=1)
    await fakes.wait_submit()
    await stack.kill("worker", signal.SIGKILL)
    await stack.healthy()
    await fakes.release()
    frames = await frames_of(stack, studio, body)
    assert frames[-1]["type"] == "done", frames
    assert len(await fakes.paid_submits()) == 1
    assert await settled(stack, meta["runId"]) == [("committed", PRICE)]
    assert await stack.balance(studio) == 100 - PRICE
