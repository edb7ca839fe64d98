"""/functions/v1/projects as a client meets it: imported once, found, read; and nobody else's."""

import base64
import uuid
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.pdfs import written
from tests.rows import Studio, make_studio
from tests.server.served import bearer, calling
from tests.shots import insert_shot
from wzrd.db.storyboards import read_storyboard
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

PROJECTS = "/functions/v1/projects"
SCRIPT = """Title: The Lamp

INT. LIGHTHOUSE - NIGHT

MARA wipes the great lens.

MARA
It is late.

EXT. SEA - DAY

Waves.
"""


@pytest.fixture(scope="module")
async def client(module_runtime: Runtime) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the application on a loopback port."""
    async with calling(module_runtime) as made:
        yield made[0]


def body(script: str | bytes = SCRIPT, **more: Any) -> dict[str, Any]:
    content = script.encode() if isinstance(script, str) else script
    return {"file": base64.b64encode(content).decode(), "fileName": "the-lamp.fountain", **more}


async def imported(client: httpx.AsyncClient, user_id: uuid.UUID, **more: Any) -> dict[str, Any]:
    answer = await client.post(PROJECTS, json=body(**more), headers=bearer(user_id))
    assert answer.is_success, answer.text
    return answer.json()


async def test_a_screenplay_is_imported_once(client: httpx.AsyncClient) -> None:
    """201, then 200 with the same id; another user, or another request, has a project of its own."""
    me, other, asked = uuid.uuid4(), uuid.uuid4(), {"requestId": "film/1"}
    first = await client.post(PROJECTS, json=body(**asked), headers=bearer(me))
    again = await client.post(PROJECTS, json=body(**asked), headers=bearer(me))
    assert (first.status_code, again.status_code) == (201, 200)
    made = first.json()
    assert made == {"projectId": made["projectId"], "title": "The Lamp", "created": True, "keptScenes": 0}
    assert again.json() == {**made, "created": False}
    ids = {made["projectId"], (await imported(client, other, **asked))["projectId"]}
    ids |= {(await imported(client, me))["projectId"], (await imported(client, me))["projectId"]}
    assert len(ids) == 4


@pytest.mark.parametrize(
    "sent", [base64.encodebytes(SCRIPT.encode()), b"data:text/plain;base64," + base64.b64encode(SCRIPT.encode())]
)
async def test_base64_is_read_as_its_encoders_write_it(client: httpx.AsyncClient, sent: bytes) -> None:
    """In lines of 76 letters, or as the `data:` address that a browser's reader of files makes."""
    answer = await client.post(PROJECTS, json={**body(), "file": sent.decode()}, headers=bearer(uuid.uuid4()))
    made = answer.json()
    assert (made["title"], made["created"]) == ("The Lamp", True)


async def test_projects_are_found(client: httpx.AsyncClient) -> None:
    """By id, however written, its beginning, or title, in which nothing commands a terminal; else all, newest first."""
    me = uuid.uuid4()
    made = [await imported(client, me, title=title) for title in ("Über\x1b\x9b Land", "Second")]
    ids = [one["projectId"] for one in made]

    async def found(**query: Any) -> list[str]:
        answer = await client.get(PROJECTS, params=query, headers=bearer(me))
        return [one["id"] for one in answer.json()["projects"]]

    assert await found() == ids[::-1]
    assert await found(limit=1) == ids[1:]
    for named in (ids[0], ids[0].upper(), ids[0].replace("-", ""), ids[0][:8], " über land ", "Über\u202e \tLand"):
        assert await found(named=named) == ids[:1], named
    assert await found(named="nothing") == []


async def test_scenes_and_storyboard_say_what_the_tables_have(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Scenes with ids and numbers of their shots; the storyboard whole, as the library reads it."""
    me = uuid.uuid4()
    made = await imported(client, me)
    path = f"{PROJECTS}/{made['projectId']}"
    first, second = (await client.get(f"{path}/scenes", headers=bearer(me))).json()["scenes"]
    assert (first["number"], first["shots"], second["number"]) == (1, [], 2)
    async with runtime.begin() as tx:
        ids = [
            await insert_shot(tx, uuid.UUID(made["projectId"]), uuid.UUID(first["id"]), n, prompt_idea="The lamp.")
            for n in (2, 1)
        ]
        known = await read_storyboard(tx, uuid.UUID(made["projectId"]))
    listed = (await client.get(f"{path}/scenes", headers=bearer(me))).json()
    assert [shot["id"] for shot in listed["scenes"][0]["shots"]] == [str(one) for one in ids[::-1]]
    told = (await client.get(f"{path}/storyboard", headers=bearer(me))).json()
    assert known is not None
    assert (told["title"], told["userId"]) == ("The Lamp", str(me))
    brief = told["scenes"][0]["brief"]
    assert [line["text"] for line in brief["dialogue"]] == [one.text for one in known.scenes[0].brief.dialogue]
    assert [shot["promptIdea"] for shot in told["scenes"][0]["shots"]] == ["The lamp."] * 2


async def test_a_scene_of_a_megabyte_is_told(client: httpx.AsyncClient) -> None:
    """The storyboard has no bound that the importer has not."""
    me = uuid.uuid4()
    made = await imported(client, me, script="INT. ROOM\n\n" + "word " * 200_000)
    told = await client.get(f"{PROJECTS}/{made['projectId']}/storyboard", headers=bearer(me))
    assert (told.status_code, len(told.text) > 1_000_000) == (200, True)


async def test_another_breakdown_counts_once(client: httpx.AsyncClient) -> None:
    """It is the new project's; who edits it afterwards is not undone by the same import."""
    me = uuid.uuid4()
    read = (await imported(client, me))["projectId"]
    path = f"{PROJECTS}/{read}/breakdown"
    brought = (await client.get(path, headers=bearer(me))).json()["breakdown"]
    brought["scenes"][1]["beats"][0]["seconds"] = 9.0
    asked = {"requestId": "film/2", "breakdown": brought}
    project = (await imported(client, me, **asked))["projectId"]
    path = f"{PROJECTS}/{project}/breakdown"
    now = (await client.get(path, headers=bearer(me))).json()
    assert (now["version"], now["editedScenes"]) == (1, [2])
    now["breakdown"]["scenes"][1]["beats"][0]["seconds"] = 5.0
    edit = {"version": 1, "breakdown": now["breakdown"]}
    assert (await client.put(path, json=edit, headers=bearer(me))).status_code == 200
    await imported(client, me, **asked)
    now = (await client.get(path, headers=bearer(me))).json()
    assert (now["version"], now["breakdown"]["scenes"][1]["beats"][0]["seconds"]) == (2, 5.0)


async def test_shots_of_a_former_film_are_kept(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Only where it is asked for, and only of the caller's own projects."""
    me, other = uuid.uuid4(), uuid.uuid4()
    former = await imported(client, me)
    scene = (await client.get(f"{PROJECTS}/{former['projectId']}/scenes", headers=bearer(me))).json()["scenes"][0]
    async with runtime.begin() as tx:
        await insert_shot(tx, uuid.UUID(former["projectId"]), uuid.UUID(scene["id"]), 1, prompt_idea="The lamp.")
    assert (await imported(client, me, requestId="a"))["keptScenes"] == 0
    assert (await imported(client, me, requestId="a", keepShots=True, shotCount=2))["keptScenes"] == 0
    assert (await imported(client, me, requestId="a", keepShots=True, shotCount=1))["keptScenes"] == 1
    assert (await imported(client, me, requestId="a", keepShots=True))["keptScenes"] == 0
    assert (await imported(client, other, keepShots=True))["keptScenes"] == 0


async def test_the_format_of_its_films(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Fields that are said are kept, others stay."""
    me = uuid.uuid4()
    made = await imported(client, me, requestId="a", delivery={"fps": 25, "loudness": -23})
    await imported(client, me, requestId="a", delivery={"fps": 30})
    async with runtime.begin() as tx:
        known = await read_storyboard(tx, uuid.UUID(made["projectId"]))
    assert known is not None
    assert known.delivery == {"fps": 30, "loudness": -23}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "send file, a screenplay as base64, or title"),
        ({"file": "no base64!"}, "file: "),
        ({**body(b"%PDF-1.7"), "fileName": "x.pdf"}, "a PDF that cannot be opened; export the screenplay as Fountain"),
        ({**body('{"scenes": 3}'), "fileName": "x.json"}, "line 1"),
        ({**body(), "delivery": {"fps": 12}}, "delivery.fps: 12.0 is none of"),
        ({**body(), "title": "x" * 501}, "title: "),
        ({**body(), "breakdown": {"scenes": [{"number": 1, "beats": [{"span": "nobody wrote that"}]}]}}, "scenes"),
        ({"title": "x", "breakdown": {}}, "breakdown needs a file"),
    ],
)
async def test_what_is_wrong_is_named(client: httpx.AsyncClient, asked: dict[str, Any], words: str) -> None:
    """400, and nothing was made."""
    me = uuid.uuid4()
    answer = await client.post(PROJECTS, json=asked, headers=bearer(me))
    assert (answer.status_code, words in answer.json()["error"]) == (400, True), answer.text
    assert (await client.get(PROJECTS, headers=bearer(me))).json() == {"projects": []}


async def test_a_pdf_is_a_screenplay(client: httpx.AsyncClient) -> None:
    me = uuid.uuid4()
    file = written([(108, "INT. LIGHTHOUSE - NIGHT"), (0, ""), (108, "Ann lights the lamp.")])
    made = await imported(client, me, **{**body(file), "fileName": "the-lamp.pdf"})
    assert made["title"] == "The lamp"
    scenes = (await client.get(f"{PROJECTS}/{made['projectId']}/scenes", headers=bearer(me))).json()["scenes"]
    assert [one["title"] for one in scenes] == ["Lighthouse, night"]


async def test_a_body_has_bounds(client: httpx.AsyncClient) -> None:
    """413 beyond 32 MiB, before all of it is read."""
    answer = await client.post(PROJECTS, content=b"{" + b" " * (33 << 20), headers=bearer(uuid.uuid4()))
    assert answer.status_code == 413


async def test_a_graph_is_read_as_it_was_saved(client: httpx.AsyncClient) -> None:
    """An empty project has an empty graph; what is saved there comes back under its ids."""
    me, node = uuid.uuid4(), str(uuid.uuid4())
    made = (await client.post(PROJECTS, json={"title": "Graph", "requestId": "graph/x"}, headers=bearer(me))).json()
    path = f"{PROJECTS}/{made['projectId']}/graph"
    empty: dict[str, Any] = {"projectId": made["projectId"], "title": "Graph", "nodes": [], "edges": []}
    assert (await client.get(path, headers=bearer(me))).json() == empty
    nodes = [{"id": node, "kind": "Text", "label": "A", "params": {"text": "hello"}}]
    saved = {"projectId": made["projectId"], "nodes": nodes, "edges": []}
    assert (await client.post("/functions/v1/compute-save-graph", json=saved, headers=bearer(me))).is_success
    (found,) = (await client.get(path, headers=bearer(me))).json()["nodes"]
    assert (found["id"], found["label"], found["params"]) == (node, "A", {"text": "hello"})


async def reached(client: httpx.AsyncClient, studio: Studio, headers: dict[str, str]) -> list[httpx.Response]:
    """The answer of every route that reads a project."""
    path = f"{PROJECTS}/{studio.project_id}"
    plan = {"action": "plan", "projectId": str(studio.project_id), "settings": {"voices": {"*": "animatic"}}}
    return [
        await client.get(f"{path}/scenes", headers=headers),
        await client.get(f"{path}/storyboard", headers=headers),
        await client.get(f"{path}/graph", headers=headers),
        await client.post("/functions/v1/director-cut", json=plan, headers=headers),
    ]


async def test_a_project_is_its_owners(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """Every route that reads one: the owner reads it, a stranger finds none, and without a token nobody is heard."""
    studio = await make_studio(runtime)
    assert {one.status_code for one in await reached(client, studio, bearer(studio.user_id))} == {200}
    for answer in await reached(client, studio, bearer(uuid.uuid4())):
        assert (answer.status_code, "not found" in answer.json()["error"]) == (404, True)
    assert {one.status_code for one in await reached(client, studio, {})} == {401}
    assert (await client.get(f"{PROJECTS}/nonsense/scenes", headers=bearer(studio.user_id))).status_code == 404
    listed = await client.get(PROJECTS, params={"named": str(studio.project_id)}, headers=bearer(uuid.uuid4()))
    assert listed.json() == {"projects": []}
    assert {(await client.request(how, PROJECTS)).status_code for how in ("GET", "POST")} == {401}


async def test_an_import_reaches_no_other_users_project(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """A request id of somebody else, and even a project's id as one, make a project of the caller's own."""
    studio, me = await make_studio(runtime), uuid.uuid4()
    for request_id in (str(studio.project_id), f"film/{studio.project_id}"):
        made = await imported(client, me, requestId=request_id, delivery={"fps": 25}, keepShots=True)
        assert (made["projectId"] != str(studio.project_id), made["created"]) == (True, True)
    async with runtime.begin() as tx:
        theirs = await read_storyboard(tx, studio.project_id, user_id=studio.user_id)
    assert theirs is not None
    assert theirs.delivery == {}


async def test_a_deleted_project_is_not_made_again(client: httpx.AsyncClient, runtime: Runtime) -> None:
    """409, with the way out: its rows stand under that id."""
    me = uuid.uuid4()
    made = await imported(client, me, requestId="a")
    async with runtime.begin() as tx:
        await tx.execute(
            text("update public.projects set deleted_at = now() where id = :id"), {"id": made["projectId"]}
        )
    answer = await client.post(PROJECTS, json=body(requestId="a"), headers=bearer(me))
    assert (answer.status_code, "another" in answer.json()["error"]) == (409, True)
    assert (await client.get(PROJECTS, headers=bearer(me))).json() == {"projects": []}
