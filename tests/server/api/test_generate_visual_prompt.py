"""generate-visual-prompt: a shot's words, by the project's text model or by rule, written into its row, paid once."""

import asyncio
import uuid
from typing import Any

import httpx
from sqlalchemy import text

from server.fakes.script import Behaviour
from server.stack import postgres
from tests.rows import make_studio, somebody_waits
from tests.server.api.text_server import TextServer, open_text_server
from tests.server.served import bearer
from wzrd.db import ledger
from wzrd.db.shots import mark_generating

PATH = "/functions/v1/generate-visual-prompt"


async def make_shot(texts: TextServer, idea: str = "Mara wipes the great lens.") -> uuid.UUID:
    """A shot of the studio's first scene."""
    shot_id = uuid.uuid4()
    async with texts.runtime.begin() as tx:
        await tx.execute(
            text("""insert into public.shots (id, project_id, scene_id, shot_number, prompt_idea, image_status)
                values (:id, :project, :scene, 1, :idea, 'pending')"""),
            {"id": shot_id, "project": texts.studio.project_id, "scene": texts.studio.scene_ids[0], "idea": idea},
        )
    return shot_id


async def ask(texts: TextServer, shot_id: object, **body: Any) -> httpx.Response:
    return await texts.client.post(PATH, json={"shot_id": str(shot_id), **body}, headers=texts.headers)


async def shot_row(texts: TextServer, shot_id: uuid.UUID) -> dict[str, Any]:
    async with texts.runtime.begin() as tx:
        told = await tx.execute(text("select * from public.shots where id = :id"), {"id": shot_id})
        return dict(told.mappings().one())


async def prompts(texts: TextServer) -> list[tuple[str, str]]:
    async with texts.runtime.begin() as tx:
        told = await tx.execute(text("select stage, text from public.prompt_versions order by created_at"))
        return [(row.stage, row.text) for row in told]


async def test_a_prompt_is_written(texts: TextServer) -> None:
    """The answer, the row ready for its picture, the project's prompts, and one charge at the model's price."""
    shot_id = await make_shot(texts)
    await texts.fakes.script(Behaviour(text='"Close-up of a lens, rain beyond."'))
    answer = await ask(texts, shot_id)
    assert answer.json() == {
        "success": True,
        "visual_prompt": "Close-up of a lens, rain beyond.",
        "shot_id": str(shot_id),
    }
    row = await shot_row(texts, shot_id)
    assert (row["visual_prompt"], row["image_status"], row["failure_reason"]) == (
        "Close-up of a lens, rain beyond.",
        "prompt_ready",
        None,
    )
    assert await prompts(texts) == [("shot_prompt", "Close-up of a lens, rain beyond.")]
    (submit,) = await texts.fakes.paid_submits()
    assert (submit.provider, submit.model) == ("gmi-cloud", "google/gemini-3.1-flash-lite-preview")
    view = await texts.view(answer.headers["x-run-id"])
    assert (view["result"]["raw"]["text"], view["credits"]["charged"]) == ('"Close-up of a lens, rain beyond."', 1)


async def test_the_projects_own_model(texts: TextServer) -> None:
    """`storyline_text_model` of its settings."""
    shot_id = await make_shot(texts)
    async with texts.runtime.begin() as tx:
        await tx.execute(
            text("""insert into public.project_settings (project_id, storyline_text_model)
                values (:id, 'llama-3.3-70b-versatile')"""),
            {"id": texts.studio.project_id},
        )
    await ask(texts, shot_id)
    assert (await texts.fakes.paid_submits())[0].provider == "groq"


async def test_without_a_key_it_is_written_by_rule(cluster: postgres.Cluster) -> None:
    """For nothing, offline, and the run says so; WZRD_OFFLINE=never refuses."""
    async with open_text_server(cluster, GMI_CLOUD_API_KEY="") as texts:
        shot_id = await make_shot(texts)
        answer = await ask(texts, shot_id)
        assert answer.json()["visual_prompt"].startswith("Mara wipes the great lens.")
        assert (await shot_row(texts, shot_id))["visual_prompt"] == answer.json()["visual_prompt"]
        result = (await texts.view(answer.headers["x-run-id"]))["result"]
        assert (result["fallbackReason"], result["credits"]) == ("no_credentials:gmi-cloud", 0)
        assert (await texts.balance(), await texts.fakes.paid_submits()) == (100, [])
    async with open_text_server(cluster, GMI_CLOUD_API_KEY="", WZRD_OFFLINE="never") as texts:
        refused = await ask(texts, await make_shot(texts))
        assert (refused.status_code, refused.json()["success"]) == (501, False)


async def test_two_at_once_are_one(texts: TextServer) -> None:
    """Without a request id a call joins the shot's open work; once that has ended a call is a new run."""
    shot_id = await make_shot(texts)
    await texts.fakes.script(Behaviour(text="Rain.", seconds=0.3), Behaviour(text="Sun."))
    answers = await asyncio.gather(*(ask(texts, shot_id) for _ in range(5)))
    assert {answer.json()["visual_prompt"] for answer in answers} == {"Rain."}
    assert len({answer.headers["x-run-id"] for answer in answers}) == 1
    assert (await ask(texts, shot_id)).json()["visual_prompt"] == "Sun."
    assert (len(await texts.fakes.paid_submits()), await texts.balance()) == (2, 98)


async def test_who_pays_and_then_shows_a_shot_is_in_nobodys_way(texts: TextServer) -> None:
    """A step that holds its user's account writes the shot's row next: the two never wait for each other."""
    shot_id = await make_shot(texts)
    async with texts.runtime.begin() as tx:
        await ledger.lock_account(tx, texts.studio.user_id)
        asking = asyncio.create_task(ask(texts, shot_id))
        await somebody_waits(texts.runtime)
        await mark_generating(tx, shot_id, "video")
    assert (await asking).status_code == 200


async def test_the_same_id_after_the_storyboard_has_changed(texts: TextServer) -> None:
    """It is the same request: the recorded prompt, and no conflict about words that its caller never sent."""
    shot_id = await make_shot(texts)
    first = await ask(texts, shot_id, request_id="one")
    async with texts.runtime.begin() as tx:
        await tx.execute(text("update public.shots set prompt_idea = 'Another idea.' where id = :id"), {"id": shot_id})
    again = await ask(texts, shot_id, request_id="one")
    assert (again.status_code, again.json()) == (200, first.json())
    assert len(await texts.fakes.paid_submits()) == 1


async def test_whose_shot_it_is(texts: TextServer) -> None:
    """The documented words in the flagged envelope; a stranger's shot is not there."""
    missing = await texts.client.post(PATH, json={}, headers=texts.headers)
    assert (missing.status_code, missing.json()) == (
        400,
        {"success": False, "error": "Missing shot ID", "code": "bad_request"},
    )
    stranger = await make_studio(texts.runtime)
    shot_id = await make_shot(texts)
    for wanted, headers in ((shot_id, bearer(stranger.user_id)), (uuid.uuid4(), texts.headers), ("x", texts.headers)):
        answer = await texts.client.post(PATH, json={"shot_id": str(wanted)}, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (404, "Shot not found")
    assert (await texts.client.post(PATH, json={"shot_id": str(shot_id)})).json()["success"] is False
    assert await texts.fakes.paid_submits() == []


async def test_a_shot_that_is_deleted_meanwhile(texts: TextServer) -> None:
    """Words that were paid for are delivered all the same: the row that is gone is simply not written."""
    shot_id = await make_shot(texts)
    await texts.fakes.script(Behaviour(text="Rain.", hold="result"))
    asking = asyncio.create_task(ask(texts, shot_id))
    await texts.fakes.wait_submit()
    async with texts.runtime.begin() as tx:
        await tx.execute(text("delete from public.shots where id = :id"), {"id": shot_id})
    await texts.fakes.release()
    assert (await asking).json()["visual_prompt"] == "Rain."
    assert await texts.balance() == 99


async def test_a_model_that_fails(texts: TextServer) -> None:
    """The shot stays as it was, the credits come back, and the caller is told."""
    shot_id = await make_shot(texts)
    await texts.fakes.script(Behaviour(status=403))
    answer = await ask(texts, shot_id)
    assert (answer.status_code, answer.json()["success"]) == (502, False)
    assert (await shot_row(texts, shot_id))["image_status"] == "pending"
    assert await texts.balance() == 100
