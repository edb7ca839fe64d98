"""POST /functions/v1/compute-execute as clients meet it: refusals to the letter, the stream, joining, interruption."""

import asyncio
import uuid
from typing import Any

import pytest
from sqlalchemy import text

from tests.rows import balance
from tests.server.api.compute_server import EXECUTE, PLAN, PRICE, ComputeServer, Drawn, film
from tests.server.served import with_settings
from wzrd.contracts.compute import STATUSES
from wzrd.db.run_graphs import read_run_graph
from wzrd.domain.settlement import Outcome
from wzrd.graph.reading import read_graph
from wzrd.runs.finish import cancel

PREFLIGHT = "ImageEdit nodes require a materialized preview or output asset before execution."


async def test_the_original_client_sees_its_events_in_their_order(graphs: ComputeServer) -> None:
    """It sends a project alone: `meta` before anything is done, then nodes, then `complete`; one data line an event."""
    graph = film()
    maker = await graphs.maker(graph)
    project = {"projectId": str(maker.project_id)}
    async with graphs.executing(project, maker.user_id) as client:
        assert client.response.headers["content-type"] == "text/event-stream"
        assert client.response.headers["cache-control"] == "no-cache, no-transform"
        ((name, meta),) = await client.read("meta")
        run_id = uuid.UUID(meta["run_id"])
        assert (name, meta) == (
            "meta",
            {"run_id": str(run_id), "project_id": str(maker.project_id), "total_nodes": 4},
        )
        assert client.response.headers["x-run-id"] == str(run_id)
        assert graphs.handed.runs[-1] == run_id
        ids = [graph.ids[name] for name in ("words", "lamp", "lens", "clip")]
        ends = dict(zip(ids, ("succeeded", "succeeded", "failed", "succeeded"), strict=True))
        assert await graphs.play(run_id, ends) == "partial"
        events = await client.read()
    assert [name for name, _ in events] == ["node_status"] * 8 + ["complete"]
    statuses = [(data["node_id"], data["status"]) for name, data in events if name == "node_status"]
    assert statuses == [(one, status) for one, end in ends.items() for status in ("running", end)]
    assert {status for _, status in statuses} <= set(STATUSES)
    outputs = {one: {"type": "image", "url": f"https://example.org/{one}.png"} for one in ids if one != ids[2]}
    assert events[-1] == (
        "complete",
        {
            "run_id": str(run_id),
            "status": "partial",
            "outputs": outputs,
            "completed_nodes": 3,
            "total_nodes": 4,
            "failed_nodes": [ids[2]],
        },
    )


async def test_every_refusal_has_its_documented_status_and_text(graphs: ComputeServer) -> None:
    """In the documented order, as plain bodies; nothing is started or held."""
    maker, stranger = await graphs.maker(), await graphs.maker(film())
    project = str(maker.project_id)
    nobody = 404, {"error": "Project not found or access denied"}
    for body, user, expected in (
        ({"projectId": project}, None, (401, {"error": "Unauthorized"})),
        ({}, maker, (400, {"error": "projectId is required"})),
        (b"", maker, (400, {"error": "projectId is required"})),
        ({"projectId": None}, maker, (400, {"error": "projectId is required"})),
        ({"projectId": ""}, maker, (400, {"error": "projectId is required"})),
        ({"projectId": project}, maker, (400, {"error": "No nodes to execute"})),
        ({"projectId": str(stranger.project_id)}, maker, nobody),
        ({"projectId": str(uuid.uuid4())}, maker, nobody),
        ({"projectId": "not-a-uuid"}, maker, nobody),
        ({"projectId": "' or 1=1 --"}, maker, nobody),
    ):
        response = await graphs.post(EXECUTE, body, user.user_id if user else None)
        assert (response.status_code, response.json()) == expected, body
        assert response.headers["content-type"] == "application/json"
    response = await graphs.post(EXECUTE, {"projectId": project}, None, {"authorization": "Bearer x"})
    assert (response.status_code, response.json()) == (401, {"error": "Unauthorized"})
    await graphs.save(maker, Drawn({"note": {"kind": "comment"}}))
    response = await graphs.post(EXECUTE, {"projectId": project}, maker.user_id)
    assert (response.status_code, response.json()) == (400, {"error": "No executable nodes in graph"})
    response = await graphs.post(EXECUTE, {"projectId": str(stranger.project_id), "nodeIds": ["x"]}, stranger.user_id)
    assert (response.status_code, response.json()) == (400, {"error": "No executable nodes in graph"})
    assert await graphs.runs(maker) == await graphs.runs(stranger) == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "Invalid JSON"),
        (b"[]", "must be a JSON object"),
        ({"nodeIds": "all"}, "nodeIds"),
        ({"nodeIds": [7]}, "nodeIds.0"),
        ({"useCache": "yes"}, "useCache"),
        ({"maxCredits": -1}, "maxCredits"),
        ({"requestId": {}}, "requestId"),
    ],
)
async def test_a_body_of_wrong_shape_is_a_400_that_names_the_field(
    graphs: ComputeServer, body: Any, words: str
) -> None:
    """Where the original answered 500."""
    maker = await graphs.maker()
    sent: Any = body if isinstance(body, bytes) else {"projectId": str(maker.project_id), **body}
    response = await graphs.post(EXECUTE, sent, maker.user_id)
    assert (response.status_code, words in response.json()["error"]) == (400, True), response.text


async def test_an_edit_without_its_picture_is_refused_and_told_in_its_row(graphs: ComputeServer) -> None:
    """The answer has the node's id; the studio shows the node as failed."""
    graph = Drawn({"lamp": {"kind": "Image", "params": {"prompt": "x"}}, "edit": {"kind": "ImageEdit"}})
    maker = await graphs.maker(graph)
    response = await graphs.post(EXECUTE, {"projectId": str(maker.project_id)}, maker.user_id)
    assert (response.status_code, response.json()) == (400, {"error": PREFLIGHT, "nodeId": graph.ids["edit"]})
    rows = {str(row["id"]): row for row in await graphs.rows("compute_nodes", maker)}
    assert (rows[graph.ids["edit"]]["status"], rows[graph.ids["edit"]]["error"]) == ("failed", PREFLIGHT)
    assert rows[graph.ids["lamp"]]["status"] == "idle"
    assert await graphs.runs(maker) == []
    only = {"projectId": str(maker.project_id), "nodeIds": [graph.ids["lamp"]]}
    async with graphs.executing(only, maker.user_id) as client:
        assert (await client.read("meta"))[0][1]["total_nodes"] == 1


async def test_a_cycle_is_refused_by_the_names_of_its_nodes(graphs: ComputeServer) -> None:
    """Nothing is started for what can never be ordered."""
    node = {"kind": "Transform"}
    graph = Drawn({"a": node, "b": node, "c": node}, [("a", "b"), ("b", "c"), ("c", "b")])
    maker = await graphs.maker(graph)
    response = await graphs.post(EXECUTE, {"projectId": str(maker.project_id)}, maker.user_id)
    told = response.json()["error"]
    assert response.status_code == 400
    assert told.startswith("Cycle detected in graph - cannot execute. 2 nodes unreachable.")
    assert [graph.ids[name] in told for name in "abc"] == [False, True, True]


async def test_an_unknown_model_is_refused_with_its_node(graphs: ComputeServer) -> None:
    """Nothing is held for what cannot run; the nearest ids are named."""
    graph = Drawn({"lamp": {"kind": "Image", "params": {"model": "fal-ai/flux/schnel", "prompt": "x"}}})
    maker = await graphs.maker(graph)
    response = await graphs.post(EXECUTE, {"projectId": str(maker.project_id)}, maker.user_id)
    assert (response.status_code, response.json()["nodeId"]) == (400, graph.ids["lamp"])
    assert "fal-ai/flux/schnell" in response.json()["error"]
    assert await graphs.runs(maker) == []


async def test_credits_are_held_with_the_first_commit(graphs: ComputeServer) -> None:
    """The planned sum is held, the rest comes back; without it nothing is started, and the figures are told."""
    graph = film()
    maker = await graphs.maker(graph, funds=1000)
    async with graphs.executing({"projectId": str(maker.project_id)}, maker.user_id) as client:
        ((_, meta),) = await client.read("meta")
        held = 1000 - await balance(graphs.runtime, maker.user_id)
        await graphs.play(uuid.UUID(meta["run_id"]), {graph.ids["words"]: "succeeded", graph.ids["lamp"]: "succeeded"})
    assert held > 2 * PRICE
    assert await balance(graphs.runtime, maker.user_id) == 1000 - PRICE
    poor = await graphs.maker(graph := film(), funds=PRICE)
    response = await graphs.post(EXECUTE, {"projectId": str(poor.project_id)}, poor.user_id)
    assert (response.status_code, response.json()) == (
        402,
        {
            "error": "Insufficient credits",
            "code": "insufficient_credits",
            "required": held,
            "available": PRICE,
            "top_up_url": "/settings/billing",
            "upgrade_url": "/settings/billing#plans",
        },
    )
    assert (await graphs.runs(poor), await graphs.rows("compute_runs", poor)) == ([], [])
    async with graphs.executing(
        {"projectId": str(poor.project_id), "nodeIds": [graph.ids["lamp"]]}, poor.user_id
    ) as client:
        assert (await client.read("meta"))[0][1]["total_nodes"] == 2
    assert await balance(graphs.runtime, poor.user_id) == 0


async def test_max_credits_refuses_before_anything_starts(graphs: ComputeServer) -> None:
    """With both figures; what costs just so much runs."""
    graph = film()
    maker = await graphs.maker(graph)
    asked = {"projectId": str(maker.project_id), "nodeIds": [graph.ids["lamp"], graph.ids["lens"]]}
    response = await graphs.post(EXECUTE, {**asked, "maxCredits": 2 * PRICE - 1}, maker.user_id)
    told = response.json()
    assert (response.status_code, told["code"], told["required"], told["available"]) == (
        402,
        "over_max_credits",
        2 * PRICE,
        2 * PRICE - 1,
    )
    assert ("6 credits" in told["error"], "maxCredits 5" in told["error"]) == (True, True)
    assert (await graphs.runs(maker), await balance(graphs.runtime, maker.user_id)) == ([], 100)
    async with graphs.executing({**asked, "maxCredits": 2 * PRICE}, maker.user_id) as client:
        await client.read("meta")


async def test_the_run_keeps_the_graph_that_it_began_with(graphs: ComputeServer) -> None:
    """A graph that is edited, and deleted, between start and execution changes nothing; its rows may be gone."""
    graph = film()
    maker = await graphs.maker(graph)
    async with graphs.executing({"projectId": str(maker.project_id)}, maker.user_id) as client:
        ((_, meta),) = await client.read("meta")
        run_id = uuid.UUID(meta["run_id"])
        await graphs.save(maker, Drawn({"lamp": {"kind": "Video"}}, ids={"lamp": graph.ids["lamp"]}))
        async with graphs.runtime.begin() as tx:
            kept = await read_run_graph(tx, run_id)
        assert kept is not None
        read = read_graph(kept["nodes"], kept["edges"])
        assert [(node.label, node.kind) for node in read.nodes.values()] == [
            ("words", "Text"), ("lamp", "Image"), ("lens", "Image"), ("clip", "Video")
        ]  # fmt: skip
        assert len(read.edges) == 3
        ends = dict.fromkeys([one for name, one in graph.ids.items() if name != "note"], "succeeded")
        assert await graphs.play(run_id, ends) == "succeeded"
        assert (await client.read())[-1][1]["completed_nodes"] == 4
    (row,) = await graphs.rows("compute_runs", maker)
    assert (row["status"], row["error"], row["finished_at"] is None) == ("succeeded", None, False)
    assert graph.names(row["execution_order"]) == ["words", "lamp", "lens", "clip"]


async def test_a_request_id_joins_its_run_and_resumes(graphs: ComputeServer) -> None:
    """A request id is one run, whatever has become of the graph; the stream goes on where the client was."""
    graph = film()
    maker = await graphs.maker(graph, funds=100)
    body = {"projectId": str(maker.project_id), "requestId": "r1", "nodeIds": [graph.ids["lamp"]]}
    async with graphs.executing(body, maker.user_id) as first:
        ((_, meta),) = await first.read("meta")
    run_id = uuid.UUID(meta["run_id"])
    await graphs.save(maker, Drawn({}))
    await graphs.play(run_id, {graph.ids["words"]: "succeeded", graph.ids["lamp"]: "succeeded"})
    async with graphs.executing(body, maker.user_id) as again:
        events = await again.read()
    assert ([name for name, _ in events], events[0][1]) == (["meta"] + ["node_status"] * 4 + ["complete"], meta)
    seen = again.frames[3].splitlines()[0].removeprefix("id: ")
    async with graphs.executing(body, maker.user_id, {"last-event-id": seen}) as resumed:
        assert await resumed.read() == events[4:]
    assert len(await graphs.runs(maker)) == 1
    for other in ({"useCache": False}, {"nodeIds": [graph.ids["lens"]]}, {"maxCredits": 9}):
        response = await graphs.post(EXECUTE, {**body, **other}, maker.user_id)
        assert (response.status_code, next(iter(other)) in response.json()["error"]) == (409, True), response.text
    assert await balance(graphs.runtime, maker.user_id) == 100 - PRICE


async def test_two_executes_at_once_are_two_runs_and_with_one_id_one(graphs: ComputeServer) -> None:
    """Each pays for itself; of one id only one holds."""
    graph = film()
    maker = await graphs.maker(graph, funds=100)
    asked = {"projectId": str(maker.project_id), "nodeIds": [graph.ids["lamp"]]}

    async def run_of(body: dict[str, Any]) -> str:
        async with graphs.executing(body, maker.user_id) as client:
            return (await client.read("meta"))[0][1]["run_id"]

    assert len(set(await asyncio.gather(*[run_of(asked) for _ in range(4)]))) == 4
    assert await balance(graphs.runtime, maker.user_id) == 100 - 4 * PRICE
    assert len(set(await asyncio.gather(*[run_of({**asked, "requestId": "one"}) for _ in range(4)]))) == 1
    assert await balance(graphs.runtime, maker.user_id) == 100 - 5 * PRICE


async def test_node_ids_are_known_in_any_spelling_and_order(graphs: ComputeServer) -> None:
    """Twice, in capitals, beside unknown ones: what is known counts, and is the same request."""
    graph = film()
    maker = await graphs.maker(graph)
    lamp, lens = graph.ids["lamp"], graph.ids["lens"]
    body = {"projectId": str(maker.project_id).upper(), "requestId": "spelled"}
    async with graphs.executing({**body, "nodeIds": [lamp.upper(), lens, lens]}, maker.user_id) as client:
        ((_, meta),) = await client.read("meta")
    assert (meta["total_nodes"], meta["project_id"]) == (3, str(maker.project_id))
    async with graphs.executing({**body, "nodeIds": [lens, lamp]}, maker.user_id) as client:
        assert (await client.read("meta"))[0][1] == meta


async def test_thousands_of_named_nodes_do_not_swell_the_runs_row(graphs: ComputeServer) -> None:
    """They are known by their hash; with other ones the same id is a conflict."""
    graph = film()
    maker = await graphs.maker(graph)
    many = [str(uuid.uuid4()) for _ in range(500)]
    body = {"projectId": str(maker.project_id), "requestId": "many", "nodeIds": [graph.ids["lamp"], *many]}
    async with graphs.executing(body, maker.user_id) as client:
        await client.read("meta")
    (run,) = await graphs.runs(maker)
    assert (run.params["nodeIds"], len(run.params["nodeIdsHash"])) == (None, 64)
    response = await graphs.post(EXECUTE, {**body, "nodeIds": [graph.ids["lamp"], *many[1:]]}, maker.user_id)
    assert response.status_code == 409


async def test_a_run_that_fails_before_its_nodes_ends_with_error(graphs: ComputeServer) -> None:
    """Nodes that were begun have failed, the others are skipped; the row tells the error. All is given back."""
    graph = film()
    maker = await graphs.maker(graph)
    async with graphs.executing({"projectId": str(maker.project_id)}, maker.user_id) as client:
        ((_, meta),) = await client.read("meta")
        run_id = uuid.UUID(meta["run_id"])
        await graphs.play(run_id, {graph.ids["words"]: "running"}, Outcome(error="The worker was lost"))
        events = await client.read()
    assert events[-1] == ("error", {"run_id": str(run_id), "error": "The worker was lost"})
    told = {data["node_id"]: data["status"] for name, data in events if name == "node_status"}
    assert told == {graph.ids[n]: s for n, s in (("words", "failed"), ("lamp", "skipped"), ("lens", "skipped"),
                                                 ("clip", "skipped"))}  # fmt: skip
    (row,) = await graphs.rows("compute_runs", maker)
    assert (row["status"], row["error"]) == ("failed", "The worker was lost")
    assert await balance(graphs.runtime, maker.user_id) == 100


async def test_a_run_none_of_whose_nodes_was_made_ends_with_complete(graphs: ComputeServer) -> None:
    """Nodes that fail are no error of the run's."""
    graph = Drawn({"lamp": {"kind": "Image", "params": {"prompt": "x"}}})
    maker = await graphs.maker(graph)
    async with graphs.executing({"projectId": str(maker.project_id)}, maker.user_id) as client:
        ((_, meta),) = await client.read("meta")
        await graphs.play(uuid.UUID(meta["run_id"]), {graph.ids["lamp"]: "failed"})
        name, data = (await client.read())[-1]
    assert (name, data["status"], data["outputs"], data["failed_nodes"]) == (
        "complete", "failed", {}, [graph.ids["lamp"]]
    )  # fmt: skip


async def test_a_canceled_run_ends_complete_with_what_was_made(graphs: ComputeServer) -> None:
    """Unfinished nodes are skipped, in the stream and in the studio's rows; outputs that are there are told."""
    graph = film()
    maker = await graphs.maker(graph)
    async with graphs.executing({"projectId": str(maker.project_id)}, maker.user_id) as client:
        ((_, meta),) = await client.read("meta")
        run_id = uuid.UUID(meta["run_id"])
        ends = {graph.ids["words"]: "succeeded", graph.ids["lamp"]: "running"}
        assert await graphs.play(run_id, ends, Outcome(canceled=True)) == "canceled"
        events = await client.read()
    name, data = events[-1]
    assert (name, data["status"], list(data["outputs"]), data["completed_nodes"]) == (
        "complete", "canceled", [graph.ids["words"]], 1
    )  # fmt: skip
    assert sorted(graph.names(data["failed_nodes"])) == ["clip", "lamp", "lens"]
    last = {event["node_id"]: event["status"] for kind, event in events if kind == "node_status"}
    assert sorted(graph.names([one for one, status in last.items() if status == "skipped"])) == ["clip", "lamp", "lens"]
    rows = {row["label"]: row["status"] for row in await graphs.rows("compute_nodes", maker)}
    assert {rows[name] for name in ("lamp", "lens", "clip")} == {"skipped"}
    (row,) = await graphs.rows("compute_runs", maker)
    assert (row["status"], row["error"], row["canceled_at"] is None) == ("canceled", None, False)


async def test_a_deleted_project_stops_no_run(graphs: ComputeServer) -> None:
    """The studio's rows are mirrors: the run ends as it would."""
    graph = film()
    maker = await graphs.maker(graph)
    async with graphs.executing({"projectId": str(maker.project_id)}, maker.user_id) as client:
        ((_, meta),) = await client.read("meta")
        async with graphs.runtime.begin() as tx:
            await tx.execute(text("delete from public.projects where id = :id"), {"id": maker.project_id})
        ends = dict.fromkeys([one for name, one in graph.ids.items() if name != "note"], "succeeded")
        assert await graphs.play(uuid.UUID(meta["run_id"]), ends) == "succeeded"
        assert (await client.read())[-1][0] == "complete"


async def test_a_stream_of_its_greatest_age_says_that_it_is_interrupted(graphs: ComputeServer) -> None:
    """The original client would wait for ever; ours goes on at the run's own stream. The log has no such entry."""
    maker = await graphs.maker(film())
    before = graphs.runtime.settings
    graphs.runtime.settings = before.model_copy(update={"stream_max_age": 0.2})
    try:
        async with graphs.executing({"projectId": str(maker.project_id)}, maker.user_id) as client:
            events = await client.read()
    finally:
        graphs.runtime.settings = before
    run_id = events[0][1]["run_id"]
    assert [name for name, _ in events] == ["meta", "error"]
    assert (events[1][1]["run_id"], events[1][1]["code"]) == (run_id, "stream_interrupted")
    assert "id: " not in client.frames[-1]
    (run,) = await graphs.runs(maker)
    assert (run.last_seq, run.status) == (1, "queued")


async def test_a_server_that_drains_says_so_too(graphs: ComputeServer) -> None:
    """Who resumes what has ended is told the end, and no interruption."""
    graph = Drawn({"lamp": {"kind": "Image", "params": {"prompt": "x"}}})
    maker = await graphs.maker(graph)
    body = {"projectId": str(maker.project_id), "requestId": "drain"}
    async with graphs.executing(body, maker.user_id) as client:
        ((_, meta),) = await client.read("meta")
        graphs.app.state.services.hub.end_streams()
        try:
            ((name, data),) = await client.read()
        finally:
            graphs.app.state.services.hub.closing = False
    assert (name, data["code"]) == ("error", "stream_interrupted")
    await cancel(graphs.runtime, uuid.UUID(meta["run_id"]), maker.user_id)
    async with graphs.executing(body, maker.user_id) as client:
        assert [name for name, _ in await client.read()] == ["meta", "node_status", "complete"]
    last = client.frames[-1].splitlines()[0].removeprefix("id: ")
    async with graphs.executing(body, maker.user_id, {"last-event-id": last}) as client:
        assert await client.read() == []


@pytest.mark.parametrize(("kind", "model"), [("Image", "gmi/seedream-5.0"), ("Text", "gmi/openai-gpt-5.5")])
async def test_never_offline_refuses_what_has_no_key(graphs: ComputeServer, kind: str, model: str) -> None:
    """Before anything starts, by the provider's name; a plan says the same."""
    maker = await graphs.maker(Drawn({"lamp": {"kind": kind, "params": {"model": model, "prompt": "x"}}}))
    before = graphs.runtime.settings
    graphs.runtime.settings = with_settings(graphs.runtime, offline="never").settings
    try:
        response = await graphs.post(EXECUTE, {"projectId": str(maker.project_id)}, maker.user_id)
        plan = (await graphs.post(PLAN, {"projectId": str(maker.project_id)}, maker.user_id)).json()
    finally:
        graphs.runtime.settings = before
    assert response.status_code == 501, response.text
    [node] = plan["nodes"]
    assert (plan["runnable"], node["doing"], node["error"]) == (False, "refused", response.json()["error"])
    assert await graphs.runs(maker) == []
