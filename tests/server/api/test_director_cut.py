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
from server.stack import postgres
from tests.rows import Studio, balance, make_studio
from tests.server.served import bearer, calling, claimed, ended, shared_runtime, told
from tests.tasks.cut_stage import CutStage, cut_stage
from wzrd.db.runs import list_runs
from wzrd.domain.settlement import Verdict
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime

PATH = "/functions/v1/director-cut"
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
async def runtime(cluster: postgres.Cluster) -> AsyncGenerator[Runtime]:
    """One database for this module; every test has makers of its own."""
    async with shared_runtime(cluster) as made:
        yield made


@pytest.fixture(scope="module")
async def server(runtime: Runtime) -> AsyncGenerator[tuple[httpx.AsyncClient, FastAPI]]:
    """The application on a loopback port."""
    async with calling(runtime) as made:
        yield made


@pytest.fixture
async def stage(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[CutStage]:
    """A project without shots, of two scenes."""
    async with cut_stage(runtime, tmp_path / "home", scenes=2) as made:
        yield made


Call = tuple[int, Any]


async def post(client: httpx.AsyncClient, body: Any, user: uuid.UUID) -> Call:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = await client.post(PATH, content=content, headers={**JSON, **bearer(user)})
    assert response.headers["content-type"] == "application/json"
    assert response.headers["access-control-allow-origin"] == "*"
    return response.status_code, response.json()


def asked(stage: CutStage, action: str, **more: Any) -> dict[str, Any]:
    return {"action": action, "projectId": str(stage.studio.project_id), **more}


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
        ({"resolution": "big"}, 400, "settings.resolution: 'big' is not WIDTHxHEIGHT"),
        ({"resolution": "641x361"}, 400, "even sides"),
        ({"resolution": "16x16"}, 400, "256x144"),
        ({"resolution": "99999x99999"}, 400, "7680x7680"),
        ({"resolution": 7}, 400, "settings.resolution"),
        ({"fps": "30"}, 400, "settings.fps"),
        ({"fps": True}, 400, "settings.fps"),
        ({"fps": -1}, 400, "settings.fps"),
        ({"includeAudio": "yes"}, 400, "settings.includeAudio"),
        ({"provider": "editframe"}, 400, "editframe is not supported here; use auto, local or fal"),
        ({"provider": "kodak"}, 400, "none of auto, local, fal"),
        ({"provider": {}}, 400, "settings.provider"),
        ([], 400, "settings"),
        ("fast", 400, "settings"),
    ],
)
async def test_settings_that_cannot_be_had_are_named(
    server: tuple[httpx.AsyncClient, FastAPI], stage: CutStage, told_settings: Any, status: int, words: str
) -> None:
    """Nothing is started, and nothing is synced either."""
    await stage.shot(image_url="https://example.org/a.png")
    got, said = await post(server[0], asked(stage, "create", settings=told_settings), stage.studio.user_id)
    assert (got, words in said["error"]) == (status, True), said
    async with stage.runtime.begin() as tx:
        assert await list_runs(tx, stage.studio.user_id) == []
        count = text("select count(*) from public.timeline_assets where project_id = :id")
        assert await tx.scalar(count, {"id": stage.studio.project_id}) == 0


async def test_sync_answers_the_documented_summary(server: tuple[httpx.AsyncClient, FastAPI], stage: CutStage) -> None:
    """Every field, in the documented order; missing shots by their place."""
    user = stage.studio.user_id
    await stage.shot(video_url="https://example.org/a.mp4", audio_url="https://example.org/a.mp3")
    await stage.shot(image_url="https://example.org/b.png")
    missing = await stage.shot(scene=1, number=4, image_status="failed", audio_url="https://example.org/c.mp3")
    status, said = await post(server[0], asked(stage, "sync"), user)
    summary = said["summary"]
    assert (status, list(said), said["success"], list(summary)) == (200, ["success", "summary"], True, SUMMARY)
    detail = {
        "shotId": str(missing),
        "sceneId": str(stage.studio.scene_ids[1]),
        "sceneNumber": 2,
        "shotNumber": 4,
        "reason": "Missing shot image or video",
        "imageStatus": "failed",
        "videoStatus": "pending",
    }
    reason = "1 ordered shot is missing an image or video. Generate all visuals before starting Director's Cut."
    assert summary == dict(zip(SUMMARY, (3, 3, 2, 2, 1, 1, 1, [detail], 1, False, reason), strict=True))
    refused = await post(server[0], asked(stage, "create"), user)
    failed = {"success": False, "error": "DIRECTOR_CUT_PREFLIGHT_FAILED", "message": reason, "summary": summary}
    assert refused == (409, failed)
    status, said = await post(server[0], asked(stage, "retry"), user)
    assert (status, said["message"], said["summary"]["syncedAssets"]) == (409, reason, 0)


async def test_an_empty_project_and_a_stale_timeline_are_409(
    server: tuple[httpx.AsyncClient, FastAPI], stage: CutStage
) -> None:
    """With the documented words, and always with a summary."""
    user = stage.studio.user_id
    nothing = "No ordered shots are available for Director's Cut."
    for action in ("create", "retry"):
        status, said = await post(server[0], asked(stage, action), user)
        assert (status, said["message"], said["summary"]["canExport"]) == (409, nothing, False)
    await stage.shot(image_url="https://example.org/a.png")
    await post(server[0], asked(stage, "sync"), user)
    await stage.shot(image_url="https://example.org/b.png")
    status, said = await post(server[0], asked(stage, "retry"), user)
    stale = "Synced timeline assets are stale. Sync timeline assets before retrying Director's Cut."
    assert (status, said["message"], said["summary"]["blockingReason"]) == (409, stale, stale)
    assert (said["summary"]["canExport"], said["summary"]["syncedAssets"]) == (False, 1)


async def test_create_answers_a_job_that_status_shows(
    server: tuple[httpx.AsyncClient, FastAPI], stage: CutStage
) -> None:
    """With the client's own settings; the job is free, its owner's alone, and its run has the same id."""
    user = stage.studio.user_id
    await stage.shot(image_url=await stage.still(10))
    mine = {"resolution": "1920x1080", "fps": 30, "codec": "h264", "quality": "high", "includeAudio": True}
    before = await balance(stage.runtime, user)
    status, said = await post(server[0], asked(stage, "create", settings=mine), user)
    job_id = said.pop("jobId")
    assert (status, said) == (
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
    assert shown["providerPayload"]["rendered"] == {"width": 1280, "height": 720, "fps": 24}
    stranger = await make_studio(stage.runtime)
    assert await post(server[0], {"action": "status", "jobId": job_id}, stranger.user_id) == (
        404,
        {"error": "Job not found"},
    )
    async with stage.runtime.begin() as tx:
        row = (await tx.execute(text("select * from public.export_jobs where id = :id"), {"id": job_id})).one()
    assert (row.settings, row.started_at is not None, row.completed_at) == (mine, True, None)
    assert await balance(stage.runtime, user) == before
    response = await server[0].get(f"/functions/v1/runs/{job_id}", headers=bearer(user))
    assert (response.json()["kind"], response.json()["status"]) == ("director-cut", "queued")


async def test_the_same_film_is_not_begun_twice(server: tuple[httpx.AsyncClient, FastAPI], stage: CutStage) -> None:
    """Ten creates at once are one job; other settings or another timeline make another; an ended one is not joined."""
    user = stage.studio.user_id
    shot = await stage.shot(image_url=await stage.still(10))
    answers = await asyncio.gather(*(post(server[0], asked(stage, "create"), user) for _ in range(10)))
    assert {status for status, _ in answers} == {200}
    (first,) = {said["jobId"] for _, said in answers}
    _, silent = await post(server[0], asked(stage, "create", settings={"includeAudio": False}), user)
    _, retried = await post(server[0], asked(stage, "retry"), user)
    await stage.change(shot, image_url=await stage.still(20))
    _, changed = await post(server[0], asked(stage, "create"), user)
    assert retried["jobId"] == first
    assert len({first, silent["jobId"], changed["jobId"]}) == 3
    await cancel(stage.runtime, uuid.UUID(changed["jobId"]), user)
    _, again = await post(server[0], asked(stage, "create"), user)
    assert again["jobId"] != changed["jobId"]


async def test_syncs_at_once_never_double_the_rows(server: tuple[httpx.AsyncClient, FastAPI], stage: CutStage) -> None:
    """Whoever comes, each row stands once."""
    for number in range(5):
        await stage.shot(image_url=f"https://example.org/{number}.png", audio_url=f"https://example.org/{number}.mp3")
    answers = await asyncio.gather(*(post(server[0], asked(stage, "sync"), stage.studio.user_id) for _ in range(12)))
    assert {said["summary"]["syncedAssets"] for _, said in answers} == {10}
    async with stage.runtime.begin() as tx:
        count = text("select count(*) from public.timeline_assets where project_id = :id")
        assert await tx.scalar(count, {"id": stage.studio.project_id}) == 10


async def test_fal_is_stood_in_for_and_told(server: tuple[httpx.AsyncClient, FastAPI], stage: CutStage) -> None:
    """Rendered here with the reason; where nothing may stand in, 501 before anything starts."""
    await stage.shot(image_url=await stage.still(10))
    status, said = await post(server[0], asked(stage, "create", settings={"provider": "fal"}), stage.studio.user_id)
    assert (status, said["provider"], said["fallbackUsed"], said["fallbackReason"]) == (
        200,
        "local_ffmpeg",
        True,
        "unsupported_provider:fal",
    )
    strict = create_app(told(stage.runtime, offline="never"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(strict), base_url="http://wzrd.test") as client:
        status, said = await post(client, asked(stage, "create", settings={"provider": "fal"}), stage.studio.user_id)
    assert (status, "fal" in said["error"]) == (501, True)
    async with stage.runtime.begin() as tx:
        assert len(await list_runs(tx, stage.studio.user_id)) == 1


async def test_a_job_ends_however_its_run_ends(server: tuple[httpx.AsyncClient, FastAPI], stage: CutStage) -> None:
    """Canceled and failed runs are failed jobs with their words; a reopened run's job is under way again."""
    user = stage.studio.user_id
    await stage.shot(image_url=await stage.still(10))

    async def shown(job_id: str) -> tuple[str, str | None, str]:
        _, said = await post(server[0], {"action": "status", "jobId": job_id}, user)
        return said["status"], said["error"], said["providerPayload"]["stage"]

    job_id = (await post(server[0], asked(stage, "create"), user))[1]["jobId"]
    run_id = uuid.UUID(job_id)
    await cancel(stage.runtime, run_id, user)
    assert await shown(job_id) == ("failed", "Canceled", "failed")
    await reopen(stage.runtime, run_id, user_id=user)
    assert await shown(job_id) == ("processing", None, "syncing_assets")
    lease = await claimed(stage.runtime, run_id)
    await ended(stage.runtime, lease, Verdict(error="The machine melted", error_code="internal"))
    assert await shown(job_id) == ("failed", "The machine melted", "failed")


async def test_a_job_without_its_row_is_still_answered(
    server: tuple[httpx.AsyncClient, FastAPI], stage: CutStage
) -> None:
    """The project was deleted, and the job's row with it: who polls hears of the end all the same."""
    user = stage.studio.user_id
    await stage.shot(image_url=await stage.still(10))
    job_id = (await post(server[0], asked(stage, "create"), user))[1]["jobId"]
    async with stage.runtime.begin() as tx:
        await tx.execute(text("delete from public.projects where id = :id"), {"id": stage.studio.project_id})
    status, said = await post(server[0], {"action": "status", "jobId": job_id}, user)
    assert (status, said["status"], said["progress"]) == (200, "processing", 5)
    await cancel(stage.runtime, uuid.UUID(job_id), user)
    status, said = await post(server[0], {"action": "status", "jobId": job_id}, user)
    assert (status, said["status"], said["error"]) == (200, "failed", "Canceled")


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
async def nobody(runtime: Runtime) -> Studio:
    """A maker whose project has no shots: no body starts anything."""
    return await make_studio(runtime)
