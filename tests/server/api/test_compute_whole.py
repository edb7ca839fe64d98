"""compute-execute from the first byte to the last, with the flow's own work behind it and fal's fake beside it."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from server.fakes import Behaviour, Fakes, open_fakes
from server.stack import postgres
from tests.playing import run_once
from tests.rows import balance
from tests.server.api.compute_server import CANCEL, IMAGE, PLAN, PRICE, ComputeServer, Drawn, open_compute_server
from wzrd.contracts.compute import STATUSES

Server = tuple[ComputeServer, Fakes]


@pytest.fixture(scope="module")
async def served(cluster: postgres.Cluster) -> AsyncGenerator[Server]:
    """One application whose pictures come from the fake of fal."""
    async with open_fakes() as fakes, open_compute_server(cluster, **fakes.environment()) as made:
        yield made, fakes


@pytest.fixture
async def server(served: Server) -> Server:
    """The served application, whose fakes have forgotten what was."""
    await served[1].reset()
    return served


def lamp() -> Drawn:
    """A text, a picture of it, the picture turned, and beside them what nobody here can do and what needs that."""
    return Drawn(
        {
            "words": {"kind": "Text", "params": {"actionId": "text.enter", "text": "a lamp at night"}},
            "lamp": {"kind": "Image", "params": {"actionId": "image.generate", "model": IMAGE, "prompt": "{{input}}"}},
            "turned": {"kind": "Transform", "params": {"actionId": "image.rotate", "angle": 90}},
            "depth": {"kind": "Transform", "params": {"actionId": "image.depth-map"}},
            "after": {"kind": "Output"},
        },
        [("words", "lamp"), ("lamp", "turned"), ("lamp", "depth"), ("depth", "after")],
    )


@asynccontextmanager
async def working(server: ComputeServer, run_id: str) -> AsyncGenerator[asyncio.Task[str | None]]:
    """The flow's own work on the run, at the same time."""
    task = asyncio.create_task(run_once(server.runtime, uuid.UUID(run_id)))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def executed(server: ComputeServer, user: uuid.UUID, body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """All events of a run as the original client reads them."""
    async with server.executing(body, user) as client:
        first = await client.read("meta")
        async with working(server, first[0][1]["run_id"]):
            return first + await client.read()


def ways(graph: Drawn, events: list[tuple[str, dict[str, Any]]]) -> dict[str, list[str]]:
    """The statuses of each node, in their order."""
    found: dict[str, list[str]] = {}
    for name, data in events:
        if name == "node_status":
            found.setdefault(graph.names([data["node_id"]])[0], []).append(data["status"])
    return found


async def test_a_graph_is_executed_and_then_found(server: Server) -> None:
    """Real files, real money; the second time nothing is sent and nothing is paid."""
    api, fakes = server
    graph = lamp()
    maker = await api.maker(graph)
    body = {"projectId": str(maker.project_id)}
    events = await executed(api, maker.user_id, body)
    done = ["running", "succeeded"]
    told = ways(graph, events)
    assert {name: told[name] for name in ("lamp", "turned", "after")} == {
        "lamp": done,
        "turned": done,
        "after": ["skipped"],
    }
    assert (told["depth"][-1], told["words"][-1]) == ("failed", "succeeded")
    assert {status for way in told.values() for status in way} <= set(STATUSES)
    name, end = events[-1]
    assert (name, end["status"], end["completed_nodes"], end["total_nodes"]) == ("complete", "partial", 3, 5)
    assert sorted(graph.names(end["failed_nodes"])) == ["after", "depth"]
    picture = end["outputs"][graph.ids["lamp"]]
    assert (picture["type"], picture["model"], picture["prompt"]) == ("image", IMAGE, "a lamp at night")
    for node in ("lamp", "turned"):
        url = end["outputs"][graph.ids[node]]["url"]
        stored = await api.client.get(httpx.URL(url).path)
        assert (stored.status_code, stored.headers["content-type"]) == (200, "image/png")
    ended = dict[str, str]()
    for name, data in events:
        assert name != "node_progress" or ended.get(data["node_id"]) in {None, "running"}, "progress after the end"
        if name == "node_status":
            ended[data["node_id"]] = data["status"]
    assert await balance(api.runtime, maker.user_id) == 100 - PRICE
    (row,) = await api.rows("compute_runs", maker)
    assert (row["status"], row["started_at"] is None, row["error"]) == ("partial", False, None)
    rows = {one["label"]: one for one in await api.rows("compute_nodes", maker)}
    assert (rows["lamp"]["status"], rows["lamp"]["preview"], rows["lamp"]["error"]) == ("succeeded", picture, None)

    plan = (await api.post(PLAN, body, maker.user_id)).json()
    doing = {one["label"]: one["doing"] for one in plan["nodes"]}
    assert doing == {"words": "inline", "lamp": "cached", "turned": "cached", "depth": "fails", "after": "skipped"}
    submits = len(await fakes.paid_submits())
    again = await executed(api, maker.user_id, body)
    cached = {graph.names([data["node_id"]])[0] for _, data in again if data.get("cached")}
    assert cached >= {"lamp", "turned"}
    assert again[-1][1]["outputs"][graph.ids["lamp"]]["url"] == picture["url"]
    assert len(await fakes.paid_submits()) == submits == 1
    assert await balance(api.runtime, maker.user_id) == 100 - PRICE


async def test_a_cancel_stops_what_the_provider_is_at(server: Server) -> None:
    """204, then `complete` with status `canceled`; the credits come back, and nothing more is submitted."""
    api, fakes = server
    graph = Drawn(
        {
            name: {"kind": "Image", "params": {"actionId": "image.generate", "model": IMAGE, "prompt": name}}
            for name in "ab"
        },
        [("a", "b")],
    )
    maker = await api.maker(graph)
    await fakes.script(Behaviour(provider="fal-ai", places=1000))
    async with api.executing({"projectId": str(maker.project_id)}, maker.user_id) as client:
        run_id = (await client.read("meta"))[0][1]["run_id"]
        async with working(api, run_id) as work:
            await client.read("node_progress")
            asked = {"runId": run_id, "projectId": str(maker.project_id)}
            assert (await api.post(CANCEL, asked, maker.user_id)).status_code == 204
            api.runtime.leases.cancel(uuid.UUID(run_id))
            name, end = (await client.read())[-1]
            assert await work == "canceled"
    assert (name, end["status"], end["outputs"]) == ("complete", "canceled", {})
    assert sorted(graph.names(end["failed_nodes"])) == ["a", "b"]
    assert len(await fakes.paid_submits()) == 1
    assert await balance(api.runtime, maker.user_id) == 100
    assert {row["status"] for row in await api.rows("compute_nodes", maker)} == {"skipped"}


async def test_two_executes_of_one_graph_at_once_make_it_once(server: Server) -> None:
    """Both end with the same picture; one pays."""
    api, fakes = server
    graph = lamp()
    maker = await api.maker(graph)
    body = {"projectId": str(maker.project_id), "nodeIds": [graph.ids["turned"]], "useCache": True}
    first, second = await asyncio.gather(*[executed(api, maker.user_id, body) for _ in range(2)])
    ends = [events[-1][1] for events in (first, second)]
    assert [end["status"] for end in ends] == ["succeeded"] * 2
    assert ends[0]["outputs"][graph.ids["lamp"]]["url"] == ends[1]["outputs"][graph.ids["lamp"]]["url"]
    assert len(await fakes.paid_submits()) == 1
    assert await balance(api.runtime, maker.user_id) == 100 - PRICE
