"""The per-shot functions when something breaks: workers, rows, keys, this server; and bodies that no client sends."""

import asyncio
import json
import uuid
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from server.fakes.script import Behaviour
from server.stack import postgres
from tests.generation.claimed import armed
from tests.rows import Studio, balance
from tests.server.api.generate_server import GenerateServer, open_generate_server
from tests.server.served import bearer
from tests.shots import insert_shot
from tests.waiting import answer_of, looks
from wzrd.domain.settlement import Outcome
from wzrd.generation.recovery import recover
from wzrd.runs.finish import finish

IMAGE = "/functions/v1/generate-shot-image"
VIDEO = "/functions/v1/generate-video-from-image"
FLUX, PRICE = "fal-ai/flux/schnell", 3


async def shot_of(server: GenerateServer, studio: Studio) -> uuid.UUID:
    async with server.runtime.begin() as tx:
        words = {"visual_prompt": "A lamp in the rain.", "image_status": "prompt_ready"}
        return await insert_shot(tx, studio.project_id, studio.scene_ids[0], 1, **words)


async def ask(server: GenerateServer, studio: Studio, shot_id: uuid.UUID, path: str = IMAGE, **body: Any) -> Any:
    return await server.post(studio.user_id, {"shot_id": str(shot_id), **body}, path)


async def row_of(server: GenerateServer, shot_id: uuid.UUID) -> Any:
    async with server.runtime.begin() as tx:
        return (await tx.execute(text("select * from public.shots where id = :id"), {"id": shot_id})).one()


PLACES = [
    *("after_claim", "after_intent", "before_send", "after_send", "after_ack", "before_record", "before_store"),
    *("after_store", "before_output", "before_settle_commit"),
    *(f"before_step_commit@{number}" for number in (1, 2)),
    *(f"after_step_commit@{number}" for number in (1, 2)),
]


@pytest.mark.parametrize("place", PLACES)
async def test_interrupted_anywhere_it_is_submitted_once(server: GenerateServer, place: str) -> None:
    """The caller is answered; what was delivered is paid once, the rest not at all; nothing says `generating`."""
    studio = await server.maker()
    if place == "before_send":  # nobody can know that it never left
        await server.fakes.script(Behaviour(on="list", status=403, times=0))
    shot_id = await shot_of(server, studio)
    async with armed(f"{place if '@' in place else place + '@1'}=raise"):
        answer = await ask(server, studio, shot_id, image_model=FLUX)
    _, interruptions = await server.player.plays[uuid.UUID(answer.headers["x-run-id"])]
    assert interruptions == 1
    row, paid = await row_of(server, shot_id), len(await server.fakes.paid_submits())
    if answer.status_code == 200:
        assert (row.image_status, row.image_url, paid) == ("completed", answer.json()["image_url"], 1)
        assert await balance(server.runtime, studio.user_id) == 100 - PRICE
    else:
        assert (answer.status_code, row.image_status, paid <= 1) == (500, "failed", True), answer.json()
        assert await balance(server.runtime, studio.user_id) == 100


async def test_a_run_that_no_worker_ever_takes(server: GenerateServer) -> None:
    """The reconciler ends it: the caller is told, the shot has failed, the hold is back."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    server.player.gate.clear()
    waiting = asyncio.create_task(ask(server, studio, shot_id, image_model=FLUX))
    runs = await answer_of(lambda: server.runs(studio))
    assert (await row_of(server, shot_id)).image_status == "generating"
    assert await balance(server.runtime, studio.user_id) == 100 - PRICE
    await finish(server.runtime, runs[0].run_id, Outcome(error="it was lost", error_code="lost"))
    answer = await waiting
    server.player.plays.pop(runs[0].run_id).cancel()
    assert (answer.status_code, answer.json()["code"]) == (500, "lost")
    row = await row_of(server, shot_id)
    assert (row.image_status, row.failure_reason, row.image_progress) == ("failed", "it was lost", 0)
    assert await balance(server.runtime, studio.user_id) == 100


async def test_a_shot_that_is_deleted_midway_is_paid_and_answered(server: GenerateServer) -> None:
    """Rows of the studio follow, they decide nothing: the picture is the caller's."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    await server.fakes.script(Behaviour(hold="result"))
    waiting = asyncio.create_task(ask(server, studio, shot_id, image_model=FLUX))
    await server.fakes.wait_submit(1)
    async with server.runtime.begin() as tx:
        await tx.execute(text("delete from public.shots where id = :id"), {"id": shot_id})
    await server.fakes.release()
    answer = await waiting
    assert answer.status_code == 200, answer.json()
    assert await balance(server.runtime, studio.user_id) == 100 - PRICE


async def test_a_trigger_that_refuses_the_asset_stops_nothing(server: GenerateServer) -> None:
    """On an adopted database the studio's tables may be others than ours."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    refuse = """create function pg_temp_refuse() returns trigger language plpgsql as
        $$ begin raise exception 'no assets here'; end $$"""
    trigger = """create trigger refuse before insert on public.project_assets
        for each row execute function pg_temp_refuse()"""
    async with server.runtime.begin() as tx:
        await tx.execute(text(refuse))
        await tx.execute(text(trigger))
    try:
        answer = await ask(server, studio, shot_id, image_model=FLUX)
    finally:
        async with server.runtime.begin() as tx:
            await tx.execute(text("drop function pg_temp_refuse cascade"))
    row = await row_of(server, shot_id)
    assert (answer.status_code, row.image_status, row.image_asset_id) == (200, "completed", None)
    assert row.image_url == answer.json()["image_url"]


async def test_a_foreign_run_is_never_joined(server: GenerateServer) -> None:
    """A stranger who knows the shot's id is told nothing, and pays nothing, while it is being made."""
    studio, stranger = await server.maker(), await server.maker()
    shot_id = await shot_of(server, studio)
    await server.fakes.script(Behaviour(hold="result"))
    waiting = asyncio.create_task(ask(server, studio, shot_id, image_model=FLUX))
    await server.fakes.wait_submit(1)
    refused = await ask(server, stranger, shot_id, image_model=FLUX)
    assert (refused.status_code, refused.json()["error"]) == (404, "Shot not found")
    assert "x-run-id" not in refused.headers
    await server.fakes.release()
    assert (await waiting).status_code == 200


async def test_without_keys_animatic_mode_makes_both_and_says_so(cluster: postgres.Cluster) -> None:
    """Real files for nothing; the reason names the provider whose key is missing."""
    async with open_generate_server(cluster, FAL_KEY="", GMI_CLOUD_API_KEY="") as server:
        studio = await server.maker()
        shot_id = await shot_of(server, studio)
        image = (await ask(server, studio, shot_id)).json()
        assert (image["resolved_model_id"], image["fallback_used"]) == ("animatic/image", True)
        assert image["fallback_reason"] == "no_credentials:gmi-cloud"
        video = (await ask(server, studio, shot_id, VIDEO, image_url=image["image_url"], duration=1)).json()
        assert (video["requested_model_id"], video["resolved_model_id"]) == ("gmi/ltx-fast-i2v", "animatic/video")
        assert video["fallback_reason"] == "no_credentials:gmi-cloud"
        file = await server.client.get(video["video_url"].removeprefix(server.runtime.settings.address))
        assert (file.status_code, file.headers["content-type"]) == (200, "video/mp4")
        assert await balance(server.runtime, studio.user_id) == 100


async def test_with_fals_key_alone_fals_models_make_both(cluster: postgres.Cluster) -> None:
    """Nobody gets a drawing while a key is there that buys a picture."""
    async with open_generate_server(cluster, GMI_CLOUD_API_KEY="") as server:
        studio = await server.maker()
        shot_id = await shot_of(server, studio)
        image = (await ask(server, studio, shot_id)).json()
        assert list(image) == ["success", "image_url", "status"]
        video = (await ask(server, studio, shot_id, VIDEO, image_url=image["image_url"])).json()
        kling = "fal-ai/kling-video/o3/standard/image-to-video"
        assert (video["resolved_model_id"], video["fallback_used"]) == (kling, False)


async def test_where_nothing_may_stand_in_it_says_what_to_do(cluster: postgres.Cluster) -> None:
    """WZRD_OFFLINE=never without a key: 500 in envelope C that names the remedy; no run, the shot as it was."""
    async with open_generate_server(cluster, FAL_KEY="", GMI_CLOUD_API_KEY="", WZRD_OFFLINE="never") as server:
        studio = await server.maker()
        shot_id = await shot_of(server, studio)
        answer = await ask(server, studio, shot_id)
        assert (answer.status_code, answer.json()["success"]) == (500, False)
        assert "WZRD_OFFLINE" in answer.json()["error"]
        assert (await row_of(server, shot_id)).image_status == "prompt_ready"
        assert await server.runs(studio) == []


async def test_a_server_that_leaves_says_so_and_the_work_goes_on(cluster: postgres.Cluster) -> None:
    """503 with Retry-After and the run's id at once; the shot gets its picture."""
    async with open_generate_server(cluster) as server:
        studio = await server.maker()
        shot_id = await shot_of(server, studio)
        await server.fakes.script(Behaviour(hold="result"))
        waiting = asyncio.create_task(ask(server, studio, shot_id, image_model=FLUX))
        await server.fakes.wait_submit(1)
        server.app.state.services.hub.end_streams()
        answer = await waiting
        (run,) = await server.runs(studio)
        assert (answer.status_code, answer.json()["success"]) == (503, False)
        assert int(answer.headers["retry-after"]) > 0
        assert answer.headers["x-run-id"] == str(run.run_id)
        await server.fakes.release()
        await server.ended(str(run.run_id))
        assert (await row_of(server, shot_id)).image_status == "completed"


_values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
_bodies = st.dictionaries(
    st.sampled_from(
        [
            "shot_id",
            "image_url",
            "prompt",
            "request_id",
            "image_model",
            "model_id",
            "duration",
            "fps",
            "resolution",
            "generate_audio",
            "outputConfig",
            "metadata",
            "maxCredits",
            "style_reference_url",
            "camera_motion",
            "referenceAssets",
        ]
    ),
    _values | st.lists(_values, max_size=2) | st.dictionaries(st.text(max_size=3), _values, max_size=2),
)


@pytest.mark.parametrize("path", [IMAGE, VIDEO])
@given(body=_bodies)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_json_is_answered(served: GenerateServer, path: str, body: dict[str, Any]) -> None:
    """400 or 404 in envelope C for whatever a program may send, never a 500."""
    transport = httpx.ASGITransport(served.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://wzrd.test") as client:
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        headers = {"content-type": "application/json", **bearer(uuid.uuid4())}
        response = await client.post(path, content=content, headers=headers)
    assert response.status_code in {400, 404}, response.text
    assert response.json()["success"] is False


@pytest.mark.parametrize(
    "body",
    [
        {"model_id": "x" * 201},
        {"model_id": "a\nb"},
        {"prompt": "p" * 200_001},
        {"duration": 61},
        {"fps": 0},
        {"camera_motion": "c" * 41},
        {"request_id": "r" * 201},
        {"image_url": "file:///etc/passwd"},
        {"image_url": "http://169.254.169.254/latest"},
        {"image_url": "data:text/html;base64,PGh0bWw+"},
        {"image_url": "data:image/png;base64,%%%"},
        {"outputConfig": {"storageBucket": "nobody's"}},
        {"outputConfig": {"storagePathPrefix": "../../etc"}},
    ],
)
async def test_absurd_parameters_name_themselves_and_begin_nothing(
    server: GenerateServer, body: dict[str, Any]
) -> None:
    """A 400 in envelope C; no run, no credit, the shot as it was."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    answer = await ask(server, studio, shot_id, VIDEO, **{"image_url": "https://pictures.test/a.png", **body})
    assert (answer.status_code, answer.json()["success"]) == (400, False), answer.text
    assert await server.runs(studio) == []
    assert await balance(server.runtime, studio.user_id) == 100
    assert (await row_of(server, shot_id)).video_status == "pending"


async def test_a_failed_one_is_retried_by_its_run(server: GenerateServer) -> None:
    """The retry makes the shot's picture, and pays for it once."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    await server.fakes.script(Behaviour(outcome="failure"))
    failed = await ask(server, studio, shot_id, image_model=FLUX)
    run_id = failed.headers["x-run-id"]
    await server.ended(run_id)
    path = f"/functions/v1/runs/{run_id}/retry"
    assert (await server.client.post(path, headers=bearer(studio.user_id))).status_code == 202
    await server.ended(run_id)
    row = await row_of(server, shot_id)
    assert (row.image_status, row.failure_reason) == ("completed", None)
    assert await balance(server.runtime, studio.user_id) == 100 - PRICE


@pytest.mark.parametrize("made_meanwhile", [False, True])
async def test_what_comes_after_a_cancel_is_shown_where_the_shot_has_none(
    server: GenerateServer, *, made_meanwhile: bool
) -> None:
    """Its provider would not stop: the late picture is paid, and takes nobody's place."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    await server.fakes.script(Behaviour(hold="result", cancel="refused"))
    waiting = asyncio.create_task(ask(server, studio, shot_id, image_model=FLUX))
    await server.fakes.wait_submit(1)
    async for _ in looks():
        if (await row_of(server, shot_id)).image_progress != 0:
            break
    (run,) = await server.runs(studio)
    await server.client.post(f"/functions/v1/runs/{run.run_id}/cancel", headers=bearer(studio.user_id))
    server.runtime.leases.cancel(run.run_id)
    assert (await waiting).status_code == 409
    url = None
    if made_meanwhile:
        url = (await ask(server, studio, shot_id, image_model="animatic")).json()["image_url"]
    await server.fakes.release()
    async with asyncio.timeout(60):
        while await balance(server.runtime, studio.user_id) != 100 - PRICE or (await held(server, run.run_id)):
            async with server.runtime.begin() as tx:
                await tx.execute(text("update wzrd.provider_jobs set checked_at = null"))
            await recover(server.runtime)
    row = await row_of(server, shot_id)
    assert row.image_status == "completed"
    assert (row.image_url == url) is made_meanwhile


async def held(server: GenerateServer, run_id: uuid.UUID) -> bool:
    return any(hold.status == "held" for hold in await server.holds(str(run_id)))
