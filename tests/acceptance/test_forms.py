"""Prefect's forms on a real stack: what they take and refuse, what a run shows and returns."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from prefect.client.orchestration import get_client
from prefect.filesystems import LocalFileSystem
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_URL,
    PREFECT_DEFAULT_RESULT_STORAGE_BLOCK,
    PREFECT_HOME,
    temporary_settings,
)
from sqlalchemy import text

from blocks.resolve import resolve_runtime
from flows import FLOWS
from server.stack.health import open_client
from server.stack.state import client_settings
from server.worker.execute import DefaultStorage, execute
from tests.acceptance.conftest import Stack
from tests.acceptance.test_gen_shots import answer
from tests.acceptance.test_prefect import flow_state, prefect, run_of
from tests.fakes.chat import says
from tests.rows import Studio


async def ask(stack: Stack, deployment: str, parameters: dict[str, Any], **more: Any) -> tuple[int, Any]:
    """Submits a form as Prefect's UI does; returns the status and the answer."""
    found = client_settings(stack.home)
    known = await prefect(stack, "GET", f"/deployments/name/{deployment}")
    body = {"parameters": parameters, "state": {"type": "SCHEDULED"}, **more}
    path = f"{found.prefect_api_url}/deployments/{known['id']}/create_flow_run"
    async with open_client(found.prefect_api_url, auth=found.prefect_auth, seconds=60) as http:
        response = await http.post(path, json=body)
    return response.status_code, response.json()


async def play(stack: Stack, deployment: str, parameters: dict[str, Any], ends: str, **more: Any) -> dict[str, Any]:
    """The flow run of a form, when it has ended so."""
    status, made = await ask(stack, deployment, parameters, **more)
    assert status == 201, made
    await flow_state(stack, UUID(made["id"]), ends, seconds=180)
    return await prefect(stack, "GET", f"/flow_runs/{made['id']}")


async def edges(stack: Stack, flow_run_id: str) -> dict[str, set[str]]:
    """The run graph as the UI draws it: the name of each step, and of those right above it."""
    graph = await prefect(stack, "GET", f"/flow_runs/{flow_run_id}/graph-v2")
    names = {identity: _plain(node["label"]) for identity, node in graph["nodes"]}
    return {names[identity]: {names[one["id"]] for one in node["parents"]} for identity, node in graph["nodes"]}


def _plain(label: str) -> str:
    """A step's name; Prefect puts some letters after one that nobody named."""
    return re.sub(r"-[0-9a-f]{3}$", "", label)


async def say_project(stack: Stack, studio: Studio) -> str:
    """The project's title, made its own."""
    title = f"Dead Air {studio.project_id}"
    async with stack.runtime.begin() as tx:
        values = {"title": title, "id": studio.project_id}
        await tx.execute(text("update public.projects set title = :title where id = :id"), values)
    return title


async def test_a_film_by_forms(stack: Stack) -> None:
    """Shots, pictures, film, each by its form: named, tagged, told in a line, and drawn with its edges."""
    stack.chat.otherwise = says(answer(2))
    studio = await stack.studio()
    title, prefix = await say_project(stack, studio), str(studio.project_id)[:13]
    written = await play(stack, "gen-shots/write-shots", {"project": title, "shot_count": 2}, "COMPLETED")
    run = await run_of(stack, UUID(written["id"]))
    assert run is not None
    assert written["name"] == f"{title[:60]}, scene 1 · gen-shots {str(run.run_id)[:8]}"
    assert set(written["tags"]) == {"wzrd", "shots"}
    assert written["state"]["message"] == "2 of 2 shots · 1 credit"
    shots = {"scene 1, shot 1", "scene 1, shot 2"}
    assert await edges(stack, written["id"]) == {
        "place rows": set(),
        "write scene": {"place rows"},
        **{shot: {"place rows"} for shot in shots},
    }
    drawn = await play(stack, "auto-generate/images", {"project": prefix}, "COMPLETED", name="Night run")
    assert (drawn["name"], set(drawn["tags"])) == ("Night run", {"wzrd", "images"})
    assert drawn["state"]["message"] == "2 of 2 pictures · free"
    assert await edges(stack, drawn["id"]) == {**{shot: set[str]() for shot in shots}, "contact sheet": shots}
    cut = await play(
        stack, "director-cut/film", {"project": str(studio.project_id), "resolution": "256x144"}, "COMPLETED"
    )
    assert cut["state"]["message"] == "2 of 2 shots · free"
    graph = await edges(stack, cut["id"])
    assert graph["film"] == {*shots, "mix"}
    assert graph["score"] == shots
    assert "score" in graph["mix"]
    for shot in shots:
        voice = f"voice of {shot}"
        assert graph[shot] == ({"preflight", voice} if voice in graph else {"preflight"})
    assert graph["preflight"] == set()
    assert sum(label in graph for label in (*shots, "film", "mix", "score", "preflight")) == 6


@pytest.mark.parametrize(
    ("deployment", "parameters", "told"),
    [
        ("gen-shots/write-shots", {"project": "no such film"}, "no project has the id or the title 'no such film'"),
        ("auto-generate/images", {"model": "fluxx"}, "fluxx"),
        ("generate/one", {"model": "nope", "prompt": "a lamp"}, "nope"),
        ("director-cut/film", {}, "No ordered shots are available"),
    ],
)
async def test_what_only_our_tables_can_refuse(
    stack: Stack, deployment: str, parameters: dict[str, Any], told: str
) -> None:
    """Failed with one sentence, no traceback, named as refused; no run, nothing held; a typed name stays."""
    studio = await stack.studio()
    whole = {name: value for name, value in ({"project": str(studio.project_id)} | parameters).items() if value}
    ended = await play(stack, deployment, whole, "FAILED")
    state = ended["state"]
    assert (state["name"], ended["name"]) == ("Failed", f"{deployment.partition('/')[0]} · refused")
    assert told in state["message"]
    assert "\n" not in state["message"]
    assert await run_of(stack, UUID(ended["id"])) is None
    assert await stack.balance(studio) == 100
    wanted = {"logs": {"flow_run_id": {"any_": [ended["id"]]}}}
    logs = await prefect(stack, "POST", "/logs/filter", wanted)
    assert not [line["message"] for line in logs if "Traceback" in line["message"]]


async def test_what_the_schema_can_refuse(stack: Stack) -> None:
    """409 with the field's name, and no flow run."""
    studio = await stack.studio()
    project = {"project": str(studio.project_id)}
    before = await prefect(stack, "POST", "/flow_runs/count", {})
    for deployment, parameters, told in (
        ("gen-shots/write-shots", {**project, "shot_count": 7}, "shot_count"),
        ("gen-shots/write-shots", {}, "project"),
        ("generate/one", {"prompt": "a lamp"}, "project"),
        ("auto-generate/videos", {**project, "max_credits": -1}, "max_credits"),
        ("director-cut/film", {**project, "resolution": "huge"}, "resolution"),
    ):
        status, answered = await ask(stack, deployment, parameters)
        assert (status, told in json.dumps(answered)) == (409, True), answered
    assert await prefect(stack, "POST", "/flow_runs/count", {}) == before


async def test_another_machine_reads_the_result(stack: Stack, tmp_path: Path) -> None:
    """With a storage for results: a dictionary of JSON, of a refusal too; what is stored is JSON, and no code."""
    found, studio = client_settings(stack.home), await stack.studio()
    pool = f"here-{studio.project_id}"
    await prefect(stack, "POST", "/work_pools/", {"name": pool, "type": "warm", "base_job_template": {}})
    flow = await prefect(stack, "POST", "/flows/", {"name": "generate"})
    body = {"name": pool, "flow_id": flow["id"], "work_pool_name": pool, "entrypoint": "flows.generate.generate"}
    deployment = await prefect(stack, "POST", "/deployments/", body)
    common = {PREFECT_API_URL: found.prefect_api_url, PREFECT_API_AUTH_STRING: found.prefect_auth}
    settings = stack.runtime.settings.model_copy(update={"home": stack.home})
    ours = tmp_path / "results"
    with temporary_settings({**common, PREFECT_HOME: tmp_path / "here"}):
        await LocalFileSystem(basepath=str(ours)).asave(f"results-{studio.project_id}")
        block = f"local-file-system/results-{studio.project_id}"
        with temporary_settings({PREFECT_DEFAULT_RESULT_STORAGE_BLOCK: block}):
            async with get_client() as client, resolve_runtime(settings, application="test"):
                flow_runs = [
                    await client.create_flow_run_from_deployment(
                        UUID(deployment["id"]), parameters={"project": project, "prompt": "a lamp"}
                    )
                    for project in (str(studio.project_id), "no such film")
                ]
                for flow_run in flow_runs:
                    await execute(FLOWS["generate"], flow_run, DefaultStorage())
    with temporary_settings({**common, PREFECT_HOME: tmp_path / "there"}):
        async with get_client() as client:
            states = [(await client.read_flow_run(flow_run.id)).state for flow_run in flow_runs]
        results: list[Any] = [await state.aresult(raise_on_failure=False) for state in states if state]
    made, refused = json.loads(json.dumps(results))
    assert (made["status"], made["succeeded"], made["total"], made["credits"]) == ("succeeded", 1, 1, 0)
    assert [url.rpartition(".")[2] for url in made["urls"]] == ["png"]
    assert (refused["status"], refused["run_id"], refused["error_code"]) == ("refused", None, "not_found")
    kept = [json.loads(path.read_text()) for path in ours.rglob("*") if path.is_file()]
    assert sorted(one["status"] for one in kept) == ["refused", "succeeded"]
