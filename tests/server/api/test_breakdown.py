"""Breakdown and brief over the wire: read, edited by version, its owner's alone; a brief says where it comes from."""

import asyncio
import json
import threading
import uuid
from collections.abc import AsyncGenerator
from dataclasses import asdict
from typing import Any

import httpx
import pytest

from tests.rows import Studio, make_studio
from tests.server.served import bearer, calling
from tests.shots import insert_shot
from wzrd.animatic.provider import write_shots
from wzrd.assets.breakdowns import ProjectBreakdown, StoredBreakdown, find_stored, open_breakdown
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


@pytest.fixture(scope="module")
async def client(module_runtime: Runtime) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the application on a loopback port."""
    async with calling(module_runtime) as (made, _):
        yield made


async def call(client: httpx.AsyncClient, studio: Studio, body: Any = None) -> tuple[int, dict[str, Any]]:
    """Read the project's breakdown, or put one."""
    path, headers = f"/functions/v1/projects/{studio.project_id}/breakdown", bearer(studio.user_id)
    method = "GET" if body is None else "PUT"
    response = await client.request(method, path, json=body, headers=headers)
    return response.status_code, response.json()


async def test_a_breakdown_is_read_edited_and_read_again(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """The answer to an edit is what counts from then on; what was brought back unchanged is as it is read."""
    studio = await make_studio(runtime, scenes=2)
    status, read = await call(client, studio)
    assert (status, read["version"], read["editedScenes"]) == (200, 0, [])
    assert read["breakdown"]["scenes"][0]["beats"][0]["span"] == "MARA wipes the great lens."
    edited = json.loads(json.dumps(read["breakdown"]))
    edited["scenes"][1]["beats"][0]["act"] = "cut"
    status, put = await call(client, studio, {"version": 0, "breakdown": edited})
    assert (status, put["version"], put["editedScenes"], put["breakdown"]) == (200, 1, [2], edited)
    assert await call(client, studio) == (200, put)


async def test_a_stale_edit_is_refused(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """409 with both versions; nothing is kept of it."""
    studio = await make_studio(runtime)
    _, read = await call(client, studio)
    body = {"version": 0, "breakdown": read["breakdown"]}
    assert (await call(client, studio, body))[0] == 200
    status, refused = await call(client, studio, body)
    assert status == 409
    assert "at version 1 by now, not 0" in refused["error"]
    assert (await call(client, studio))[1]["version"] == 1


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"version": 0}, "breakdown"),
        ({"breakdown": {}}, "version"),
        ({"version": "0", "breakdown": {}}, "version"),
        ({"version": 0, "breakdown": {"version": 2}}, "breakdown.version"),
        ({"version": 0, "breakdown": {"scenes": [{"number": 9}]}}, "no scene 9"),
        ({"version": 0, "breakdown": {"scenes": [{"number": 1, "beats": [{"span": "He flies."}]}]}}, "He flies."),
        ({"version": 0, "breakdown": {"scenes": [{"number": 1, "present": ["MARIA"]}]}}, "MARIA"),
    ],
)
async def test_what_does_not_fit_is_named(
    client: httpx.AsyncClient, runtime: Runtime, body: dict[str, Any], told: str
) -> None:
    """400 with the place and the value."""
    status, refused = await call(client, await make_studio(runtime), body)
    assert (status, told in refused["error"]) == (400, True), refused


async def test_a_breakdown_is_its_owners(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """To everybody else it is not there, and neither is a shot's brief; nobody at all is asked to sign in."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        shot_id = await insert_shot(tx, studio.project_id, studio.scene_ids[0], 1, prompt_idea="Mara waits.")
    stranger = bearer(uuid.uuid4())
    for path in (f"projects/{studio.project_id}/breakdown", f"shots/{shot_id}/brief", "projects/x/breakdown"):
        url = f"/functions/v1/{path}"
        assert (await client.get(url, headers=stranger)).status_code == 404
        assert (await client.get(url)).status_code == 401
    url = f"/functions/v1/projects/{studio.project_id}/breakdown"
    refused = await client.put(url, json={"version": 0, "breakdown": {}}, headers=stranger)
    assert refused.status_code == 404


async def test_breakdowns_are_read_one_at_a_time(runtime: Runtime) -> None:
    """Eight long screenplays beside each other would leave the interpreter to nobody else."""
    both, studio = threading.Barrier(2), await make_studio(runtime)
    async with runtime.begin() as tx:
        stored = await find_stored(tx, studio.project_id)
    assert stored is not None

    class Meeting(StoredBreakdown):
        def assemble(self) -> ProjectBreakdown:
            with pytest.raises(threading.BrokenBarrierError):
                both.wait(0.05)
            return super().assemble()

    await asyncio.gather(*(Meeting(stored.storyboard, stored.edits, {}).read() for _ in range(2)))


async def test_the_brief_of_a_shot_from_beats(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """As the writer kept it, with camera and setting."""
    studio = await make_studio(runtime)
    found = await open_breakdown(runtime, studio.project_id)
    (scene,) = found.storyboard.scenes
    idea = write_shots(scene.brief, 3, breakdown=found.whole.scenes[0], film=found.whole)[1]
    assert idea.brief is not None
    async with runtime.begin() as tx:
        packet = json.dumps({"shot": asdict(idea)})
        columns = {"prompt_idea": idea.idea, "dialogue": idea.dialogue, "shot_packet": packet}
        shot_id = await insert_shot(tx, studio.project_id, scene.scene_id, 2, **columns)
    told = (await client.get(f"/functions/v1/shots/{shot_id}/brief", headers=bearer(studio.user_id))).json()
    assert (told["derived"], told["shotId"], told["size"]) == (False, str(shot_id), idea.size)
    assert tuple(told["beats"]) == idea.brief.beats
    assert [one["name"] for one in told["subjects"]] == [one.name for one in idea.brief.subjects]
    assert (told["time"], told["lensMm"]) == ("Night", idea.lens_mm)


async def test_a_brief_without_beats_is_derived(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """From the shot's own words, by the beats of its scene: who does what with what. Strange words tell nothing."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        ideas = ("Close-up: Mara as she wipes the great lens.", "Clouds.")
        made = [
            await insert_shot(tx, studio.project_id, studio.scene_ids[0], at, prompt_idea=idea)
            for at, idea in enumerate(ideas, 1)
        ]
    headers = bearer(studio.user_id)
    told, nothing = [(await client.get(f"/functions/v1/shots/{one}/brief", headers=headers)).json() for one in made]
    assert (told["derived"], told["beats"], told["size"]) == (True, [0], "close_up")
    assert told["subjects"][0]["name"] == "Mara"
    assert (nothing["derived"], nothing["beats"], nothing["subjects"]) == (True, [], [])
