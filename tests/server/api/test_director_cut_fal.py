"""POST /functions/v1/director-cut with fal as the renderer: the price told, 402 and 400 before anything stands."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from server.api.app import create_app
from server.fakes import open_fakes
from tests.server.served import bearer
from tests.tasks.cut_project import FUNDS, PRICE, FalRig, open_fal_rig
from wzrd.db.ledger import hold
from wzrd.db.runs import list_runs
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

PATH = "/functions/v1/director-cut"


@pytest.fixture
async def rig(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[FalRig]:
    """A project of one clip and one still, and fal on a good day."""
    async with open_fakes() as fakes, open_fal_rig(runtime, fakes, tmp_path / "home") as made:
        await made.cut.shot(video_url=await made.cut.clip(10, 24))
        await made.cut.shot(image_url=await made.cut.still(60))
        yield made


async def create(rig: FalRig, provider: str = "fal") -> tuple[int, dict[str, Any]]:
    body = {"action": "create", "projectId": str(rig.cut.studio.project_id), "settings": {"provider": provider}}
    transport = httpx.ASGITransport(create_app(rig.runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://wzrd.test") as client:
        answer = await client.post(PATH, json=body, headers=bearer(rig.cut.studio.user_id))
    return answer.status_code, answer.json()


async def untouched(rig: FalRig) -> bool:
    """True if there is neither a run nor a job."""
    jobs = text("select count(*) from public.export_jobs where project_id = :id")
    async with rig.runtime.begin() as tx:
        runs = await list_runs(tx, rig.cut.studio.user_id)
        return not runs and await tx.scalar(jobs, {"id": rig.cut.studio.project_id}) == 0


async def test_the_documented_answer_and_the_price(rig: FalRig) -> None:
    """`fal_remote`, queued, no fallback; the price is held; asked again while it runs, it is that job."""
    status, reply = await create(rig)
    job_id = reply.pop("jobId")
    assert (status, reply) == (
        200,
        {
            "success": True,
            "status": "processing",
            "progress": 5,
            "provider": "fal_remote",
            "providerStatus": "queued",
            "fallbackUsed": False,
            "estimatedCredits": PRICE,
        },
    )
    assert await rig.credits() == FUNDS - PRICE
    assert (await create(rig))[1]["jobId"] == job_id
    assert await rig.credits() == FUNDS - PRICE
    other = await create(rig, "local")
    assert (other[1]["jobId"] != job_id, "estimatedCredits" in other[1]) == (True, False)


async def test_a_film_that_cannot_be_paid(rig: FalRig) -> None:
    """402 with both numbers; no run, no job."""
    about: dict[str, Any] = {"resource_type": "x", "reference_type": "x", "reference_id": "x", "metadata": {}}
    async with rig.runtime.begin() as tx:
        await hold(tx, rig.cut.studio.user_id, FUNDS, key="all", **about)
    status, reply = await create(rig)
    assert (status, reply["required"], reply["available"]) == (402, PRICE, 0)
    assert await untouched(rig)


async def test_a_visual_out_of_reach(rig: FalRig) -> None:
    """400 with the visual's name and the remedy; nothing is held, no run, no job."""
    await rig.cut.shot(image_url="http://10.0.0.7/a.png")
    status, reply = await create(rig)
    assert (status, reply["error"].startswith("scene 1, shot 3: ")) == (400, True), reply
    assert "upload the file" in reply["error"]
    assert (await untouched(rig), await rig.credits()) == (True, FUNDS)
