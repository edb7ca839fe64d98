"""POST /functions/v1/director-cut as a client meets it: four actions, every body to the letter."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from server.api.app import create_app
from tests.rows import Studio, balance, make_studio
from tests.server.served import bearer, calling, claimed, ended, with_settings
from tests.tasks.cut_project import CutRig, cut_rig
from wzrd.db.runs import list_runs
from wzrd.domain.settlement import Outcome
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

PATH = "/functions/v1/director-cut"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
async def server(module_runtime: Runtime) -> AsyncGenerator[tuple[httpx.AsyncClient, FastAPI]]:
    """The application on a loopback port."""
    async with calling(module_runtime) as made:
        yield made


@pytest.fixture
async def rig(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[CutRig]:
    """A project without shots, of two scenes."""
    async with cut_rig(runtime, tmp_path / "home", scenes=2) as made:
        yield made


Call = tuple[int, Any]


async def post(client: httpx.AsyncClient, body: Any, user: uuid.UUID) -> Call:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = await client.post(PATH, content=content, headers={**JSON, **bearer(user)})
    assert response.headers["content-type"] == "application/json"
    assert response.headers["access-control-allow-origin"] == "*"
    return response.status_code, response.json()


def asked(rig: CutRig, action: str, **more: Any) -> dict[str, Any]:
    return {"action": action, "projectId": str(rig.studio.project_id), **more}


SUMMARY = [
    "totalShots",
    "syncedAssets",
    "visualAssets",
    "readyShots",
    "readyVideos",
    "fallbackImages",
    "missingShots",
    "missingShotDetails",
    "audioAssets",
    "canExport",
    "blockingReason",
]


async def test_every_refusal_has_its_documented_status_and_text(
    server: tuple[httpx.AsyncClient, FastAPI], runtime: Runtime
) -> None:
    """401, 400 in the original's order, 404 where it answered 500."""
    client, _ = server
    mine, stranger = await make_studio(runtime), await make_studio(runtime)
    for headers, words in (({}, "Missing authorization header"), ({"authorization": "Bearer x"}, "Unauthorized")):
        response = await client.post(PATH, content=b"{", headers=headers)
        assert (response.status_code, response.json()) == (401, {"error": words})
    project = str(mine.project_id)
    nobody = 404, {"error": "Project not found or access denied"}
    for body, expected in (
        ({}, (400, {"error": "action is required"})),
        ({"action": None, "projectId": project}, (400, {"error": "action is required"})),
        ({"action": "status"}, (400, {"error": "jobId is required for status"})),
        ({"action": "status", "projectId": project}, (400, {"error": "jobId is required for status"})),
        ({"action": "sync"}, (400, {"error": "projectId is required"})),
        ({"action": "dance"}, (400, {"error": "projectId is required"})),
        ({"action": "dance", "projectId": project}, (400, {"error": "Unsupported action: dance"})),
        ({"action": "status", "jobId": "x"}, (404, {"error": "Job not found"})),
        ({"action": "status", "jobId": str(uuid.uuid4())}, (404, {"error": "Job not found"})),
        *(
            ({"action": action, "projectId": other}, nobody)
            for action in ("sync", "create", "retry")
            for other in (str(stranger.project_id), str(uuid.uuid4()), "not-a-uuid", "' or 1=1 --")
        ),
    ):
        assert await post(client, body, mine.user_id) == expected, body
    async with runtime.begin() as tx:
        assert await list_runs(tx, mine.user_id) == []


@pytest.mark.parametrize(
    ("told_settings", "status", "words"),
    [
        ({"resolution": "big"}, 400, "settings.resolution: 'big' is none of 720p, 1080p, 4k, source or WIDTHxHEIGHT"),
        ({"resolution": "641x361"}, 400, "even sides"),
        ({"resolution": "16x16"}, 400, "256x144"),
        ({"resolution": "99999x99999"}, 400, "4096x2160"),
        ({"resolution": 7}, 400, "settings.resolution"),
        ({"fps": "30"}, 400, "settings.fps"),
        ({"fps": True}, 400, "settings.fps"),
        ({"fps": -1}, 400, "settings.fps"),
        ({"fps": 12}, 400, "settings.fps: 12.0 is none of 23.976, 24, 25, 29.97, 30, 50, 60"),
        ({"loudness": -18}, 400, "settings.loudness: -18.0 is none of -14, -16, -23, -24"),
        ({"codec": "prores"}, 400, "settings.codec: 'prores' is neither h264 nor hevc"),
        ({"includeAudio": "yes"}, 400, "settings.includeAudio"),
        ({"provider": "editframe"}, 400, "editframe is not supported here; use auto, local or fal"),
        ({"provider": "kodak"}, 400, "none of auto, local, fal"),
        ({"provider": {}}, 400, "settings.provider"),
        ([], 400, "settings"),
        ("fast", 400, "settings"),
    ],
)
async def test_settings_that_cannot_be_had_are_named(
    server: tuple[httpx.AsyncClient, FastAPI], rig: CutRig, told_settings: Any, status: int, words: str
) -> None:
    """Nothing is started, and nothing is synced either."""
    await rig.shot(image_url="https://example.org/a.png")
    got, reply = await post(server[0], asked(rig, "create", settings=told_settings), rig.studio.user_id)
    assert (got, words in reply["error"]) == (status, True), reply
    async with rig.runtime.begin() as tx:
        assert await list_runs(tx, rig.studio.user_id) == []
        count = text("select count(*) from public.timeline_assets where project_id = :id")
        assert await tx.scalar(count, {"id": rig.studio.project_id}) == 0


async def test_sync_answers_the_documented_summary(server: tuple[httpx.AsyncClient, FastAPI], rig: CutRig) -> None:
    """Every field, in the documented order; missing shots by their place."""
    user = rig.studio.user_id
    await rig.shot(video_url="https://example.org/a.mp4", audio_url="https://example.org/a.mp3")
    await rig.shot(image_url="https://example.org/b.png")
    missing = await rig.shot(scene=1, number=4, image_status="failed", audio_url="https://example.org/c.mp3")
    status, reply = await post(server[0], asked(rig, "sync"), user)
    summary = reply["summary"]
    assert (status, list(reply), reply["success"], list(summary)) == (200, ["success", "summary"], True, SUMMARY)
    detail = {
        "shotId": str(missing),
        "sceneId": str(rig.studio.scene_ids[1]),
        "sceneNumber": 2,
        "shotNumber": 4,
        "reason": "Missing shot image or video",
        "imageStatus": "failed",
        "videoStatus": "pending",
    }
    reason = "1 ordered shot is missing an image or video. Generate all visuals before starting Director's Cut."
    assert summary == dict(zip(SUMMARY, (3, 3, 2, 2, 1, 1, 1, [detail], 1, False, reason), strict=True))
    refused = await post(server[0], asked(rig, "create"), user)
    failed = {"success": False, "error": "DIRECTOR_CUT_PREFLIGHT_FAILED", "message": reason, "summary": summary}
    assert refused == (409, failed)
    status, reply = await post(server[0], asked(rig, "retry"), user)
    assert (status, reply["message"], reply["summary"]["syncedAssets"]) == (409, reason, 0)


async def test_an_empty_project_and_a_stale_timeline_are_409(
    server: tuple[httpx.AsyncClient, FastAPI], rig: CutRig
) -> None:
    """With the documented words, and always with a summary."""
    user = rig.studio.user_id
    nothing = "No ordered shots are available for Director's Cut."
    for action in ("create", "retry"):
        status, reply = await post(server[0], asked(rig, action), user)
        assert (status, reply["message"], reply["summary"]["canExport"]) == (409, nothing, False)
    await rig.shot(image_url="https://example.org/a.png")
    await post(server[0], asked(rig, "sync"), user)
    await rig.shot(image_url="https://example.org/b.png")
    status, reply = await post(server[0], asked(rig, "retry"), user)
    stale = "Synced timeline assets are stale. Sync timeline assets before retrying Director's Cut."
    assert (status, reply["message"], reply["summary"]["blockingReason"]) == (409, stale, stale)
    assert (reply["summary"]["canExport"], reply["summary"]["syncedAssets"]) == (False, 1)


async def test_create_answers_a_job_that_status_shows(server: tuple[httpx.AsyncClient, FastAPI], rig: CutRig) -> None:
    """With the client's own settings; the job is free, its owner's alone, and its run has the same id."""
    user = rig.studio.user_id
    await rig.shot(image_url=await rig.still(10))
    mine = {"resolution": "1920x1080", "fps": 30, "codec": "h264", "quality": "high", "includeAudio": True}
    before = await balance(rig.runtime, user)
    status, reply = await post(server[0], asked(rig, "create", settings=mine), user)
    job_id = reply.pop("jobId")
    assert (status, reply) == (
        200,
        {
            "success": True,
            "status": "processing",
            "progress": 5,
            "provider": "local_ffmpeg",
            "providerStatus": "queued",
            "fallbackUsed": False,
        },
    )
    status, shown = await post(server[0], {"action": "status", "jobId": job_id}, user)
    assert (status, list(shown)) == (
        200,
        [
            "status",
            "progress",
            "outputUrl",
            "error",
            "provider",
            "providerStatus",
            "providerJobId",
            "fallbackUsed",
            "providerPayload",
        ],
    )
    assert (shown["status"], shown["outputUrl"], shown["error"]) == ("processing", None, None)
    assert shown["providerPayload"]["stage"] == "syncing_assets"
    assert shown["providerPayload"]["rendered"] == {"width": 1920, "height": 1080, "fps": 30}
    stranger = await make_studio(rig.runtime)
    assert await post(server[0], {"action": "status", "jobId": job_id}, stranger.user_id) == (
        404,
        {"error": "Job not found"},
    )
    async with rig.runtime.begin() as tx:
        row = (await tx.execute(text("select * from public.export_jobs where id = :id"), {"id": job_id})).one()
    assert (row.settings, row.started_at is not None, row.completed_at) == (mine, True, None)
    assert await balance(rig.runtime, user) == before
    response = await server[0].get(f"/functions/v1/runs/{job_id}", headers=bearer(user))
    assert (response.json()["kind"], response.json()["status"]) == ("director-cut", "queued")


async def test_the_same_film_is_not_begun_twice(server: tuple[httpx.AsyncClient, FastAPI], rig: CutRig) -> None:
    """Ten creates at once are one job; other settings or another timeline make another; an ended one is not joined."""
    user = rig.studio.user_id
    shot = await rig.shot(image_url=await rig.still(10))
    answers = await asyncio.gather(*(post(server[0], asked(rig, "create"), user) for _ in range(10)))
    assert {status for status, _ in answers} == {200}
    (first,) = {reply["jobId"] for _, reply in answers}
    _, silent = await post(server[0], asked(rig, "create", settings={"includeAudio": False}), user)
    _, retried = await post(server[0], asked(rig, "retry"), user)
    await rig.change(shot, image_url=await rig.still(20))
    _, changed = await post(server[0], asked(rig, "create"), user)
    assert retried["jobId"] == first
    assert len({first, silent["jobId"], changed["jobId"]}) == 3
    await cancel(rig.runtime, uuid.UUID(changed["jobId"]), user)
    _, again = await post(server[0], asked(rig, "create"), user)
    assert again["jobId"] != changed["jobId"]


async def test_syncs_at_once_never_double_the_rows(server: tuple[httpx.AsyncClient, FastAPI], rig: CutRig) -> None:
    """Whoever comes, each row stands once."""
    for number in range(5):
        await rig.shot(image_url=f"https://example.org/{number}.png", audio_url=f"https://example.org/{number}.mp3")
    answers = await asyncio.gather(*(post(server[0], asked(rig, "sync"), rig.studio.user_id) for _ in range(12)))
    assert {reply["summary"]["syncedAssets"] for _, reply in answers} == {10}
    async with rig.runtime.begin() as tx:
        count = text("select count(*) from public.timeline_assets where project_id = :id")
        assert await tx.scalar(count, {"id": rig.studio.project_id}) == 10


async def test_fal_is_stood_in_for_and_told(server: tuple[httpx.AsyncClient, FastAPI], rig: CutRig) -> None:
    """Rendered here with the reason; where nothing may stand in, 501 before anything starts."""
    await rig.shot(image_url=await rig.still(10))
    status, reply = await post(server[0], asked(rig, "create", settings={"provider": "fal"}), rig.studio.user_id)
    assert (status, reply["provider"], reply["fallbackUsed"], reply["fallbackReason"]) == (
        200,
        "local_ffmpeg",
        True,
        "no_credentials:fal-ai",
    )
    strict = create_app(with_settings(rig.runtime, offline="never"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(strict), base_url="http://wzrd.test") as client:
        status, reply = await post(client, asked(rig, "create", settings={"provider": "fal"}), rig.studio.user_id)
    assert (status, "fal" in reply["error"]) == (501, True)
    async with rig.runtime.begin() as tx:
        assert len(await list_runs(tx, rig.studio.user_id)) == 1


async def test_a_job_ends_however_its_run_ends(server: tuple[httpx.AsyncClient, FastAPI], rig: CutRig) -> None:
    """Canceled and failed runs are failed jobs with their words; a reopened run's job is under way again."""
    user = rig.studio.user_id
    await rig.shot(image_url=await rig.still(10))

    async def shown(job_id: str) -> tuple[str, str | None, str]:
        _, reply = await post(server[0], {"action": "status", "jobId": job_id}, user)
        return reply["status"], reply["error"], reply["providerPayload"]["stage"]

    job_id = (await post(server[0], asked(rig, "create"), user))[1]["jobId"]
    run_id = uuid.UUID(job_id)
    await cancel(rig.runtime, run_id, user)
    assert await shown(job_id) == ("failed", "Canceled", "failed")
    await reopen(rig.runtime, run_id, user_id=user)
    assert await shown(job_id) == ("processing", None, "syncing_assets")
    lease = await claimed(rig.runtime, run_id)
    await ended(rig.runtime, lease, Outcome(error="The machine melted", error_code="internal"))
    assert await shown(job_id) == ("failed", "The machine melted", "failed")


async def test_a_job_without_its_row_is_still_answered(server: tuple[httpx.AsyncClient, FastAPI], rig: CutRig) -> None:
    """The project was deleted, and the job's row with it: who polls hears of the end all the same."""
    user = rig.studio.user_id
    await rig.shot(image_url=await rig.still(10))
    job_id = (await post(server[0], asked(rig, "create"), user))[1]["jobId"]
    async with rig.runtime.begin() as tx:
        await tx.execute(text("delete from public.projects where id = :id"), {"id": rig.studio.project_id})
    status, reply = await post(server[0], {"action": "status", "jobId": job_id}, user)
    assert (status, reply["status"], reply["progress"]) == (200, "processing", 5)
    await cancel(rig.runtime, uuid.UUID(job_id), user)
    status, reply = await post(server[0], {"action": "status", "jobId": job_id}, user)
    assert (status, reply["status"], reply["error"]) == (200, "failed", "Canceled")


_texts = st.text(max_size=20) | st.sampled_from(["sync", "create", "retry", "status", "1280x720", "local"])
_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
async def test_no_json_makes_a_500(
    server: tuple[httpx.AsyncClient, FastAPI], nobody: Studio, data: st.DataObject
) -> None:
    """Whatever stands in whichever field: an answer below 500."""
    names = st.sampled_from(["action", "projectId", "jobId", "settings"])
    body = data.draw(st.dictionaries(names, _json | st.just(str(nobody.project_id)), max_size=4))
    if isinstance(body.get("settings"), dict):
        inner = st.sampled_from(["resolution", "fps", "includeAudio", "provider"])
        body["settings"] = data.draw(st.dictionaries(inner, _json, max_size=4))
    transport = httpx.ASGITransport(server[1])
    async with httpx.AsyncClient(transport=transport, base_url="http://wzrd.test") as client:
        response = await client.post(PATH, json=body, headers=bearer(nobody.user_id))
    assert response.status_code < 500, (body, response.text)


@pytest.fixture(scope="module")
async def nobody(module_runtime: Runtime) -> Studio:
    """A maker whose project has no shots: no body starts anything."""
    return await make_studio(module_runtime)
