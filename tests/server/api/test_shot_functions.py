"""generate-shot-image and generate-video-from-image over application and fakes: what a client gets, and pays."""

import asyncio
import base64
import json
import uuid
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from server.fakes.script import Behaviour
from tests.rows import Studio, balance
from tests.server.api.generate_server import GenerateServer
from tests.server.served import bearer
from tests.shots import insert_shot
from tests.waiting import looks, until

IMAGE = "/functions/v1/generate-shot-image"
VIDEO = "/functions/v1/generate-video-from-image"
FLUX = "fal-ai/flux/schnell"
SMALL = {"aspect_ratio": "3:1"}


async def shot_of(server: GenerateServer, studio: Studio, number: int = 1, **columns: Any) -> uuid.UUID:
    """A shot with its words."""
    words = {"visual_prompt": f"A lamp {uuid.uuid4()}", "image_status": "prompt_ready", **columns}
    async with server.runtime.begin() as tx:
        return await insert_shot(tx, studio.project_id, studio.scene_ids[0], number, **words)


async def row_of(server: GenerateServer, shot_id: uuid.UUID) -> Any:
    async with server.runtime.begin() as tx:
        return (await tx.execute(text("select * from public.shots where id = :id"), {"id": shot_id})).one()


async def count_of(server: GenerateServer, table: str, project_id: uuid.UUID) -> list[Any]:
    async with server.runtime.begin() as tx:
        statement = text(f"select * from public.{table} where project_id = :id")
        return list(await tx.execute(statement, {"id": project_id}))


async def make(
    server: GenerateServer, studio: Studio, shot_id: uuid.UUID, path: str = IMAGE, **body: Any
) -> httpx.Response:
    return await server.post(studio.user_id, {"shot_id": str(shot_id), **body}, path)


@pytest.mark.parametrize(
    ("model", "provider", "price"),
    [(FLUX, "fal-ai", 3), (None, "gmi-cloud", 4), ("gmi/seedream-5.0-lite", "gmi-cloud", None)],
)
async def test_a_picture_to_the_letter(
    server: GenerateServer, model: str | None, provider: str, price: int | None
) -> None:
    """The documented body alone; the shot, its asset, prompt and lineage are there; one submit, one charge."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    response = await make(server, studio, shot_id, **({"image_model": model} if model else {}))
    body = response.json()
    assert (response.status_code, list(body)) == (200, ["success", "image_url", "status"]), body
    assert (body["success"], body["status"]) == (True, "completed")
    row = await row_of(server, shot_id)
    assert (row.image_status, row.image_progress, row.image_url) == ("completed", 100, body["image_url"])
    assert row.failure_reason is None
    (asset,) = await count_of(server, "project_assets", studio.project_id)
    (prompt,) = await count_of(server, "prompt_versions", studio.project_id)
    (lineage,) = await count_of(server, "asset_lineage", studio.project_id)
    assert (row.image_asset_id, asset.url, asset.type) == (asset.id, body["image_url"], "image")
    assert asset.size > 0
    assert (prompt.stage, prompt.text, prompt.source_entity_id) == ("shot_image", row.visual_prompt, shot_id)
    assert (lineage.output_asset_id, lineage.prompt_version_id, lineage.shot_id) == (asset.id, prompt.id, shot_id)
    (submit,) = await server.fakes.paid_submits(match=row.visual_prompt)
    assert submit.provider == provider
    view = await server.view(studio.user_id, response.headers["x-run-id"])
    assert (view["status"], view["credits"]["held"]) == ("succeeded", 0)
    charged = view["credits"]["charged"]
    assert await balance(server.runtime, studio.user_id) == 100 - charged
    assert price is None or charged == price


async def test_a_clip_to_the_letter(server: GenerateServer) -> None:
    """The documented body; the clip is the shot's; the original client's own words are taken."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    still = (await make(server, studio, shot_id, image_model=FLUX)).json()["image_url"]
    asked = {"image_url": still, "prompt": "Rain.", "duration": 6, "resolution": "1920x1080", "fps": 25}
    response = await make(server, studio, shot_id, VIDEO, **asked, generate_audio=True)
    body = response.json()
    assert response.status_code == 200, body
    ltx = "gmi/ltx-fast-i2v"
    named = {"requested_model_id": ltx, "resolved_model_id": ltx, "fallback_used": False}
    assert body == {"success": True, "video_url": body["video_url"], **named}
    row = await row_of(server, shot_id)
    assert (row.video_status, row.video_url) == ("completed", body["video_url"])
    assert row.video_asset_id is not None
    (submit,) = await server.fakes.paid_submits("gmi-cloud")  # which refuse an address that no cloud could reach
    assert (submit.model, submit.prompt) == ("ltx-2-fast-image-to-video", "Rain.")
    assert await balance(server.runtime, studio.user_id) == 100 - 3 - 5


@pytest.mark.parametrize(
    ("asked", "resolved", "reason"),
    [
        ("nobody/knows-it", "gmi/ltx-fast-i2v", "unknown_model:nobody/knows-it->default:gmi/ltx-fast-i2v"),
        (FLUX, "gmi/ltx-fast-i2v", "unsupported_provider:fal-ai->default:gmi/ltx-fast-i2v"),
        (
            "gmi/seedance-2.0-t2v",
            "gmi/seedance-2.0-i2v",
            "incompatible_with_image_input:text-to-video->same_family:gmi/seedance-2.0-i2v",
        ),
        (
            "gmi/kling-v3-omni",
            "gmi/ltx-fast-i2v",
            "incompatible_with_image_input:text-to-video->default:gmi/ltx-fast-i2v",
        ),
    ],
)
async def test_the_rule_of_a_clips_model(server: GenerateServer, asked: str, resolved: str, reason: str) -> None:
    """Another model than was asked for runs, is named, and its own price is paid."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    still = (await make(server, studio, shot_id, image_model="animatic")).json()["image_url"]
    body = (await make(server, studio, shot_id, VIDEO, image_url=still, model_id=asked)).json()
    told = (body["requested_model_id"], body["resolved_model_id"], body["fallback_used"], body["fallback_reason"])
    assert told == (asked, resolved, True, reason)
    price = {"gmi/ltx-fast-i2v": 5, "gmi/seedance-2.0-i2v": 30}[resolved]
    assert await balance(server.runtime, studio.user_id) == 100 - price


async def test_an_unknown_picture_model_runs_the_media_default_and_says_so(server: GenerateServer) -> None:
    """The default is paid as itself."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    body = (await make(server, studio, shot_id, image_model="nobody/knows-it")).json()
    assert body["resolved_model_id"] == FLUX
    assert (body["fallback_used"], body["fallback_reason"]) == (True, "unknown_model:nobody/knows-it")
    assert await balance(server.runtime, studio.user_id) == 97


async def test_the_projects_own_model(server: GenerateServer) -> None:
    """It counts where the caller names none."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    async with server.runtime.begin() as tx:
        statement = text("insert into public.project_settings (project_id, base_image_model) values (:id, :model)")
        await tx.execute(statement, {"id": studio.project_id, "model": FLUX})
    assert (await make(server, studio, shot_id)).status_code == 200
    (submit,) = await server.fakes.paid_submits()
    assert submit.model == FLUX


async def test_refusals_to_the_letter(server: GenerateServer) -> None:
    """Envelope C with the function's own words; nothing begins, and a stranger's shot is not told from none."""
    studio, stranger = await server.maker(), await server.maker()
    shot_id, wordless = await shot_of(server, studio), await shot_of(server, studio, 2, visual_prompt=" ")
    foreign = await shot_of(server, stranger)
    for path, body, status, words in (
        (IMAGE, {}, 400, "Missing shot ID"),
        (IMAGE, {"shot_id": ""}, 400, "Missing shot ID"),
        (IMAGE, {"shot_id": str(foreign)}, 404, "Shot not found"),
        (IMAGE, {"shot_id": str(uuid.uuid4())}, 404, "Shot not found"),
        (IMAGE, {"shot_id": "nonsense"}, 404, "Shot not found"),
        (IMAGE, {"shot_id": str(wordless)}, 400, "Shot doesn't have a visual prompt"),
        (IMAGE, {"shot_id": str(shot_id), "image_model": "gmi/ltx-fast-i2v"}, 400, "makes video, not image"),
        (IMAGE, {"shot_id": 7}, 400, "shot_id"),
        (IMAGE, {"shot_id": str(shot_id), "maxCredits": 1}, 400, "maxCredits"),
        (VIDEO, {"shot_id": str(shot_id)}, 400, "Missing shot ID or image URL"),
        (VIDEO, {"image_url": "https://x.test/a.png"}, 400, "Missing shot ID or image URL"),
        (VIDEO, {"shot_id": str(foreign), "image_url": "https://x.test/a.png"}, 404, "Shot not found"),
        (VIDEO, {"shot_id": str(shot_id), "image_url": "http://127.0.0.1/a.png"}, 400, "image"),
        (VIDEO, {"shot_id": str(shot_id), "image_url": "https://x.test/a.png", "duration": "long"}, 400, "duration"),
        (VIDEO, {"shot_id": str(shot_id), "image_url": "https://x.test/a.png", "duration": -1}, 400, "duration"),
        (VIDEO, {"shot_id": str(shot_id), "image_url": "https://x.test/a.png", "fps": 1e9}, 400, "fps"),
    ):
        response = await server.post(studio.user_id, body, path)
        told = response.json()
        assert (response.status_code, told["success"], words in told["error"]) == (status, False, True), (body, told)
        assert set(told) <= {"success", "error", "code"}
    for path, headers, words in (
        (IMAGE, {}, "Missing authorization"),
        (IMAGE, {"authorization": "Bearer x.y.z"}, "Invalid or expired token"),
        (VIDEO, {}, "User not authenticated"),
    ):
        response = await server.client.post(path, content=b"nonsense", headers=headers)
        assert (response.status_code, response.json()["success"], response.json()["error"]) == (401, False, words)
    assert await server.runs(studio) == []
    assert (await row_of(server, shot_id)).image_status == "prompt_ready"


@pytest.mark.parametrize("path", [IMAGE, VIDEO])
async def test_without_credits(server: GenerateServer, path: str) -> None:
    """402 as everywhere; the shot has failed and says why; no run is left."""
    studio = await server.maker(funds=1)
    shot_id = await shot_of(server, studio)
    still = (await make(server, studio, shot_id, image_model="animatic")).json()["image_url"]
    await shot_of(server, studio, 2)
    response = await make(server, studio, shot_id, path, image_url=still)
    assert response.status_code == 402
    price = 4 if path == IMAGE else 5
    told = response.json()
    assert (told["error"], told["code"]) == ("Insufficient credits", "insufficient_credits")
    assert (told["required"], told["available"]) == (price, 1)
    row = await row_of(server, shot_id)
    status = row.image_status if path == IMAGE else row.video_status
    assert (status, row.failure_reason) == ("failed", "Insufficient credits")
    assert len(await server.runs(studio)) == 1, "the animatic's own"


async def test_a_providers_failure(server: GenerateServer) -> None:
    """500 with the documented words of each; the shot says the real ones; nothing is paid."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    still = (await make(server, studio, shot_id, image_model="animatic")).json()["image_url"]
    await server.fakes.script(Behaviour(outcome="failure"))
    image = await make(server, studio, shot_id, image_model=FLUX)
    assert (image.status_code, image.json()["error"]) == (500, "Image generation failed. Please try again.")
    assert image.json()["success"] is False
    row = await row_of(server, shot_id)
    assert (row.image_status, row.image_progress) == ("failed", 0)
    assert "out of memory" in row.failure_reason or "fail" in row.failure_reason
    await server.fakes.script(Behaviour(outcome="failure"))
    video = await make(server, studio, shot_id, VIDEO, image_url=still)
    assert (video.status_code, "out of memory" in video.json()["error"]) == (500, True), video.json()
    assert (await row_of(server, shot_id)).video_status == "failed"
    assert await balance(server.runtime, studio.user_id) == 100


async def test_ten_calls_at_once_are_one_picture(server: GenerateServer) -> None:
    """One run, one submit, one charge; everybody gets the same answer."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    answers = await asyncio.gather(*(make(server, studio, shot_id, image_model=FLUX) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["image_url"] for answer in answers}) == 1
    assert len({answer.headers["x-run-id"] for answer in answers}) == 1
    assert len(await server.fakes.paid_submits()) == 1
    assert await balance(server.runtime, studio.user_id) == 97
    again = await make(server, studio, shot_id, image_model=FLUX)
    assert again.json()["image_url"] != answers[0].json()["image_url"], "what has ended is made anew"


async def test_a_request_id_is_one_run_for_ever(server: GenerateServer) -> None:
    """It replays its own answer, joins nothing else, and other parameters under it are a 409."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    await server.fakes.script(Behaviour(hold="result"), Behaviour(hold="result"))
    bare = asyncio.create_task(make(server, studio, shot_id, image_model=FLUX))
    await server.fakes.wait_submit(1)
    keyed = [asyncio.create_task(make(server, studio, shot_id, image_model=FLUX, request_id="k")) for _ in range(2)]
    await server.fakes.wait_submit(2)
    await server.fakes.release()
    first, second, third = await asyncio.gather(bare, *keyed)
    assert second.json() == third.json() != first.json()
    assert (await make(server, studio, shot_id, image_model=FLUX, request_id="k")).json() == second.json()
    conflict = await make(server, studio, shot_id, image_model="gmi/seedream-5.0-lite", request_id="k")
    assert (conflict.status_code, conflict.json()["success"]) == (409, False)
    assert len(await server.fakes.paid_submits()) == 2


async def test_a_client_that_hangs_up_leaves_the_run_going(server: GenerateServer) -> None:
    """Its place is given back, the shot gets its picture, and who asks meanwhile gets it too."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    await server.fakes.script(Behaviour(hold="result"))
    leaving = asyncio.create_task(make(server, studio, shot_id, image_model=FLUX))
    await server.fakes.wait_submit(1)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    hub = server.app.state.services.hub
    await until(lambda: not hub._by_user[studio.user_id])
    staying = asyncio.create_task(make(server, studio, shot_id, image_model=FLUX))
    (run,) = await server.runs(studio)
    await server.fakes.release()
    answer = await staying
    assert (answer.status_code, answer.headers["x-run-id"]) == (200, str(run.run_id))
    assert (await row_of(server, shot_id)).image_url == answer.json()["image_url"]
    assert len(await server.fakes.paid_submits()) == 1


async def test_a_cancel_midway(server: GenerateServer) -> None:
    """Who waits is told 409, the shot waits for its picture as before, and nothing is paid."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    await server.fakes.script(Behaviour(hold="result"))
    waiting = asyncio.create_task(make(server, studio, shot_id, image_model=FLUX))
    await server.fakes.wait_submit(1)
    assert (await row_of(server, shot_id)).image_status == "generating"
    (run,) = await server.runs(studio)
    await server.client.post(f"/functions/v1/runs/{run.run_id}/cancel", headers=bearer(studio.user_id))
    server.runtime.leases.cancel(run.run_id)
    answer = await waiting
    assert (answer.status_code, answer.json()) == (409, {"success": False, "error": "Canceled", "code": "canceled"})
    row = await row_of(server, shot_id)
    assert (row.image_status, row.image_progress) == ("prompt_ready", 0)


async def test_progress_stands_in_the_row(server: GenerateServer) -> None:
    """A page that reads rows sees how far the picture is."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    await server.fakes.script(Behaviour(hold="result"))
    waiting = asyncio.create_task(make(server, studio, shot_id, image_model=FLUX))
    await server.fakes.wait_submit(1)
    async for _ in looks():
        if (await row_of(server, shot_id)).image_progress:
            break
    assert (await row_of(server, shot_id)).image_progress in {10, 50}
    await server.fakes.release()
    assert (await waiting).status_code == 200


async def test_a_picture_in_the_body_becomes_a_file_of_ours(server: GenerateServer) -> None:
    """No run keeps a file in its parameters."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    still = (await make(server, studio, shot_id, image_model="animatic")).json()["image_url"]
    file = await server.client.get(still.removeprefix(server.runtime.settings.address))
    uri = "data:image/png;base64," + base64.b64encode(file.content).decode()
    answer = await make(server, studio, shot_id, VIDEO, image_url=uri, model_id="animatic", duration=1)
    assert answer.status_code == 200, answer.json()
    assert "data:" not in json.dumps([dict(run.params) for run in await server.runs(studio)])


async def test_a_model_that_is_switched_off_gives_way_to_the_next(server: GenerateServer) -> None:
    """In the catalog's order among those that can read the picture; its price is paid, the reason names both."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    still = (await make(server, studio, shot_id, image_model="animatic")).json()["image_url"]
    await server.fakes.script(
        Behaviour(provider="gmi-cloud", match="ltx", status=400, text="the model is inactive"),
        Behaviour(provider="gmi-cloud", match="seedance-2-0-260128", status=404, text="model x does not exist"),
    )
    body = (await make(server, studio, shot_id, VIDEO, image_url=still)).json()
    first, instead = "gmi/ltx-fast-i2v", "gmi/seedance-2.0-fast-i2v"
    assert (body["requested_model_id"], body["resolved_model_id"]) == (first, instead)
    assert (body["fallback_used"], body["fallback_reason"]) == (True, f"inactive_model:{first}->fallback:{instead}")
    (submit,) = await server.fakes.paid_submits("gmi-cloud")
    assert submit.model == "seedance-2-0-fast-260128"
    assert await balance(server.runtime, studio.user_id) == 100 - 20


async def test_a_failure_that_is_none_of_the_models_being_off_is_final(server: GenerateServer) -> None:
    """A job that fails, or a request that is refused, is not tried with another model."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    await server.fakes.script(Behaviour(provider="gmi-cloud", status=400, text="invalid payload parameters"))
    assert (await make(server, studio, shot_id)).status_code == 500
    assert await server.fakes.paid_submits() == []
    assert await balance(server.runtime, studio.user_id) == 100


async def test_a_dearer_model_instead_that_cannot_be_paid(server: GenerateServer) -> None:
    """402 with its own price; the shot says so; nothing is left held."""
    studio = await server.maker(funds=10)
    shot_id = await shot_of(server, studio)
    still = (await make(server, studio, shot_id, image_model="animatic")).json()["image_url"]
    await server.fakes.script(Behaviour(provider="gmi-cloud", match="ltx", status=400, text="the model is inactive"))
    answer = await make(server, studio, shot_id, VIDEO, image_url=still)
    assert (answer.status_code, answer.json()["code"]) == (402, "insufficient_credits")
    assert (answer.json()["required"], answer.json()["available"]) == (30, 10)
    row = await row_of(server, shot_id)
    assert (row.video_status, row.failure_reason) == ("failed", "Insufficient credits")
    assert await balance(server.runtime, studio.user_id) == 10


async def test_a_format_that_the_model_has_no_place_for_is_left_out(server: GenerateServer) -> None:
    """The documented `outputConfig` goes with every model."""
    studio = await server.maker()
    response = await make(server, studio, await shot_of(server, studio), outputConfig={"format": "png"})
    assert response.status_code == 200, response.text


async def test_a_clip_waits_where_its_project_asks_for_approval(server: GenerateServer) -> None:
    """409 before anything is held or sent; once its still is approved, it is made; of another picture it is not."""
    studio = await server.maker()
    shot_id = await shot_of(server, studio)
    assert (await make(server, studio, shot_id, image_model=FLUX)).status_code == 200
    still = (await row_of(server, shot_id)).image_url
    async with server.runtime.begin() as tx:
        setting = text("insert into public.project_settings (project_id, require_approval) values (:id, true)")
        await tx.execute(setting, {"id": studio.project_id})
    left = await balance(server.runtime, studio.user_id)
    refused = await make(server, studio, shot_id, VIDEO, image_url=still)
    assert (refused.status_code, refused.json()["code"]) == (409, "awaiting_approval"), refused.text
    assert await balance(server.runtime, studio.user_id) == left
    assert (await row_of(server, shot_id)).video_status == "pending"
    approvals = f"/functions/v1/projects/{studio.project_id}/approvals"
    assert (await server.post(studio.user_id, {"all": True}, approvals)).status_code == 200
    another = await make(server, studio, shot_id, VIDEO, image_url="https://8.8.8.8/other.png")
    assert another.status_code == 409
    made = await make(server, studio, shot_id, VIDEO, image_url=still)
    assert made.status_code == 200, made.text
    takes = await server.client.get(approvals.replace("approvals", "takes"), headers=bearer(studio.user_id))
    picture, clip = takes.json()["takes"]
    assert (picture["verdict"], clip["media"], clip["chosen"], clip["credits"] > 0) == ("approved", "video", True, True)
