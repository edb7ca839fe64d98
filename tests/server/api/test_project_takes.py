"""Takes and approvals as a client meets them: whose they are, what is chosen, what begins."""

import uuid
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.playing import run_once
from tests.rows import Studio, make_studio
from tests.server.served import bearer, calling
from tests.shots import insert_shot
from wzrd.animatic.provider import Animatic
from wzrd.providers.registry import Providers
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

FIELDS = {
    *("id", "shotId", "sceneNumber", "shotNumber", "media", "number", "url", "chosen", "runId", "model", "credits"),
    *("note", "madeAt", "verdict", "judgedBy", "judgedAt"),
}


@pytest.fixture(scope="module")
def module_runtime(module_runtime: Runtime) -> Runtime:
    """Nothing but the animatic can be asked."""
    module_runtime.providers = Providers([Animatic()])
    return module_runtime


@pytest.fixture(scope="module")
async def server(module_runtime: Runtime) -> AsyncGenerator[tuple[httpx.AsyncClient, FastAPI]]:
    """The application on a loopback port."""
    async with calling(module_runtime) as made:
        yield made


@pytest.fixture
def client(server: tuple[httpx.AsyncClient, FastAPI]) -> httpx.AsyncClient:
    """A client of it."""
    return server[0]


async def two_shots(runtime: Runtime) -> tuple[Studio, list[str]]:
    """A project of two shots; the first has two pictures."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        shots = [
            await insert_shot(tx, studio.project_id, studio.scene_ids[0], number, prompt_idea="The lamp.")
            for number in (1, 2)
        ]
    return studio, [str(shot_id) for shot_id in shots]


async def drawn(client: httpx.AsyncClient, runtime: Runtime) -> tuple[Studio, list[str]]:
    """A project whose two shots have their panels."""
    studio, shots = await two_shots(runtime)
    body = {"project_id": str(studio.project_id), "phase": "images", "image_model": "animatic"}
    assert await run_once(runtime, uuid.UUID(await batch(client, studio, body))) == "succeeded"
    return studio, shots


async def batch(client: httpx.AsyncClient, studio: Studio, body: dict[str, Any]) -> str:
    answer = await client.post("/functions/v1/project-auto-generate", json=body, headers=bearer(studio.user_id))
    assert answer.status_code == 202, answer.text
    return answer.json()["runId"]


def of(studio: Studio, path: str) -> str:
    return f"/functions/v1/projects/{studio.project_id}/{path}"


async def test_takes_are_their_owners(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Listed to the letter, all or one shot's; a stranger's project, an unknown one and no id are 404 alike."""
    studio, shots = await drawn(client, runtime)
    me, stranger = bearer(studio.user_id), bearer(uuid.uuid4())
    takes = (await client.get(of(studio, "takes"), headers=me)).json()["takes"]
    assert [(one["shotId"], one["media"], one["number"], one["chosen"]) for one in takes] == [
        (shots[0], "image", 1, True),
        (shots[1], "image", 1, True),
    ]
    assert {*takes[0]} == FIELDS
    assert (takes[0]["model"], takes[0]["credits"], takes[0]["verdict"]) == ("animatic/image", 0, None)
    one = await client.get(of(studio, "takes"), params={"shot": shots[1]}, headers=me)
    assert [take["shotId"] for take in one.json()["takes"]] == [shots[1]]
    assert (await client.get(of(studio, "takes"), params={"shot": "x"}, headers=me)).status_code == 400
    assert (await client.get(of(studio, "takes"))).status_code == 401
    choose = of(studio, f"takes/{takes[0]['id']}/choose")
    for path in (of(studio, "takes"), f"/functions/v1/projects/{uuid.uuid4()}/takes", "/functions/v1/projects/x/takes"):
        assert (await client.get(path, headers=stranger)).status_code == 404
    assert (await client.post(choose, headers=stranger)).status_code == 404
    approve = await client.post(of(studio, "approvals"), json={"all": True}, headers=stranger)
    assert approve.status_code == 404
    for missing in (uuid.uuid4(), "x"):
        assert (await client.post(of(studio, f"takes/{missing}/choose"), headers=me)).status_code == 404


async def test_a_note_makes_a_take_and_the_former_is_chosen_again(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """The remade panel is another picture; choosing the first shows it again, and it has to be approved anew."""
    studio, shots = await drawn(client, runtime)
    me, body = bearer(studio.user_id), {"project_id": str(studio.project_id), "phase": "images"}
    approved = await client.post(of(studio, "approvals"), json={"all": True}, headers=me)
    assert (approved.json()["approved"], approved.json()["awaiting"], approved.json()["runId"]) == (2, 0, None)
    again = {**body, "image_model": "animatic", "shots": shots[:1], "note": "a man sits on a chair"}
    assert await run_once(runtime, uuid.UUID(await batch(client, studio, again))) == "succeeded"
    first, second = (await client.get(of(studio, "takes"), params={"shot": shots[0]}, headers=me)).json()["takes"]
    assert first["url"] != second["url"]
    assert (first["chosen"], second["chosen"], second["note"], second["verdict"]) == (
        False,
        True,
        "a man sits on a chair",
        None,
    )
    chosen = await client.post(of(studio, f"takes/{first['id']}/choose"), headers=me)
    assert (chosen.status_code, chosen.json()["chosen"], chosen.json()["verdict"]) == (200, True, None)


async def test_an_approval_begins_what_waits(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """A batch that waits is gone on with by an approval, for what is approved; a shot that is locked is left alone."""
    studio, shots = await drawn(client, runtime)
    me, approvals = bearer(studio.user_id), of(studio, "approvals")
    body = {"project_id": str(studio.project_id), "phase": "videos", "video_model": "animatic"}
    waits = await batch(client, studio, {**body, "requireApproval": True})
    assert await run_once(runtime, uuid.UUID(waits)) == "succeeded"
    rejected = await client.post(approvals, json={"shots": shots, "verdict": "rejected"}, headers=me)
    assert (rejected.json()["awaiting"], rejected.json()["runId"]) == (2, None)
    answer = await client.post(approvals, json={"shots": shots[:1]}, headers=me)
    assert answer.headers["x-run-id"] == answer.json()["runId"]
    assert (answer.json()["shots"], answer.json()["approved"], answer.json()["notStarted"]) == (shots[:1], 1, None)
    run = await client.get(f"/functions/v1/runs/{answer.json()['runId']}", headers=me)
    assert [item["id"] for item in run.json()["items"]] == shots[:1]
    locked = await client.post(approvals, json={"shots": shots[1:], "lock": True}, headers=me)
    assert (locked.json()["approved"], locked.json()["runId"]) == (2, None)
    unlocked = await client.post(approvals, json={"shots": shots[1:], "lock": False}, headers=me)
    assert unlocked.json()["runId"] is not None


@pytest.mark.parametrize(
    ("body", "words"),
    [({}, "name shots"), ({"all": True, "shots": [str(uuid.uuid4())]}, "name shots"), ({"verdict": "x"}, "verdict")],
)
async def test_what_is_no_verdict_is_refused(
    client: httpx.AsyncClient, runtime: Runtime, body: dict[str, Any], words: str
) -> None:
    """400, naming the field."""
    studio, _ = await two_shots(runtime)
    answer = await client.post(of(studio, "approvals"), json=body, headers=bearer(studio.user_id))
    assert (answer.status_code, words in answer.json()["error"]) == (400, True)


async def test_a_shot_without_a_picture_is_not_judged(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """It is named, and the others that were named with it stand as they were."""
    studio, shots = await drawn(client, runtime)
    async with runtime.begin() as tx:
        bare = str(await insert_shot(tx, studio.project_id, studio.scene_ids[0], 3))
    answer = await client.post(
        of(studio, "approvals"), json={"shots": [shots[0], bare]}, headers=bearer(studio.user_id)
    )
    assert (answer.status_code, bare in answer.json()["error"]) == (400, True)
    takes = (await client.get(of(studio, "takes"), headers=bearer(studio.user_id))).json()["takes"]
    assert {take["verdict"] for take in takes} == {None}
