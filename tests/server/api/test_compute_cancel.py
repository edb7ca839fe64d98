"""POST /functions/v1/compute-cancel: 204 without a body, and the run really stops; strangers stop nothing."""

import uuid
from typing import Any

import pytest

from tests.playing import opened
from tests.rows import balance
from tests.server.api.compute_server import CANCEL, ComputeServer, film
from tests.server.served import bearer, claimed
from wzrd.db.runs import find_run
from wzrd.domain.errors import CancelRequested
from wzrd.domain.settlement import Outcome
from wzrd.runs.finish import finish
from wzrd.runs.steps import step


async def test_a_queued_run_ends_at_once_and_its_credits_come_back(graphs: ComputeServer) -> None:
    """The answer has no body; the stream that its client still reads ends with `complete`."""
    graph = film()
    maker = await graphs.maker(graph)
    async with graphs.executing({"projectId": str(maker.project_id)}, maker.user_id) as client:
        ((_, meta),) = await client.read("meta")
        assert await balance(graphs.runtime, maker.user_id) < 100
        asked = {"runId": meta["run_id"], "projectId": str(maker.project_id)}
        response = await graphs.post(CANCEL, asked, maker.user_id)
        assert (response.status_code, response.content) == (204, b"")
        assert response.headers["access-control-allow-origin"] == "*"
        name, data = (await client.read())[-1]
    assert (name, data["status"], data["completed_nodes"], len(data["failed_nodes"])) == ("complete", "canceled", 0, 4)
    assert await balance(graphs.runtime, maker.user_id) == 100
    (row,) = await graphs.rows("compute_runs", maker)
    assert (row["status"], row["canceled_at"] is None) == ("canceled", False)
    again = await graphs.post(CANCEL, asked, maker.user_id)
    assert (again.status_code, again.content) == (204, b"")


async def test_nothing_is_begun_after_the_answer(graphs: ComputeServer) -> None:
    """Whoever works on the run is refused its next step; what was made before is kept and charged."""
    graph = film()
    maker = await graphs.maker(graph)
    async with graphs.executing({"projectId": str(maker.project_id)}, maker.user_id) as client:
        ((_, meta),) = await client.read("meta")
        run_id = uuid.UUID(meta["run_id"])
        lease = await claimed(graphs.runtime, run_id)
        async with step(graphs.runtime, lease) as current:
            output = {"result": {"type": "image", "url": "https://example.org/a.png"}}
            await current.move([graph.ids["lamp"]], from_status=("pending",), to="running")
            await current.move([graph.ids["lamp"]], to="succeeded", outputs={graph.ids["lamp"]: output})
        asked = {"runId": meta["run_id"], "projectId": str(maker.project_id)}
        assert (await graphs.post(CANCEL, asked, maker.user_id)).status_code == 204
        with pytest.raises(CancelRequested):
            async with step(graphs.runtime, lease):
                raise AssertionError("a step was begun")
        assert await finish(graphs.runtime, run_id, Outcome(canceled=True), lease=lease) == "canceled"
        name, data = (await client.read())[-1]
    assert (name, data["outputs"]) == ("complete", {graph.ids["lamp"]: output["result"]})
    assert await balance(graphs.runtime, maker.user_id) == 97


async def test_every_refusal_has_its_documented_status_and_text(graphs: ComputeServer) -> None:
    """A stranger's project is 403, whatever the run; an unknown run of one's own is none to stop."""
    graph = film()
    maker, stranger = await graphs.maker(graph), await graphs.maker()
    async with graphs.executing({"projectId": str(maker.project_id)}, maker.user_id) as client:
        ((_, meta),) = await client.read("meta")
    run_id, project = meta["run_id"], str(maker.project_id)
    other = str(await opened(graphs.runtime, maker))
    needed, nobody, done = (
        (400, {"error": "runId and projectId are required"}),
        (403, {"error": "Forbidden"}),
        (204, None),
    )
    cases: list[tuple[Any, Any, tuple[int, Any]]] = [
        ({"runId": run_id, "projectId": project}, None, (401, {"error": "Unauthorized"})),
        ({}, maker, needed),
        (b"{", maker, needed),
        (b"[]", maker, needed),
        (b"", maker, needed),
        ({"runId": run_id}, maker, needed),
        ({"projectId": project}, maker, needed),
        ({"runId": 7, "projectId": project}, maker, needed),
        ({"runId": run_id, "projectId": None}, maker, needed),
        ({"runId": run_id, "projectId": project}, stranger, nobody),
        ({"runId": run_id, "projectId": str(uuid.uuid4())}, stranger, nobody),
        ({"runId": run_id, "projectId": "x"}, stranger, nobody),
        ({"runId": run_id, "projectId": "x"}, maker, nobody),
        ({"runId": run_id, "projectId": str(stranger.project_id)}, stranger, done),
        ({"runId": str(uuid.uuid4()), "projectId": project}, maker, done),
        ({"runId": "' or 1=1 --", "projectId": project}, maker, done),
        ({"runId": other, "projectId": project}, maker, done),
    ]
    for body, user, (status, told) in cases:
        response = await graphs.post(CANCEL, body, user.user_id if user else None)
        assert (response.status_code, response.json() if response.content else None) == (status, told), body
    async with graphs.runtime.begin() as tx:
        for one in (run_id, other):
            run = await find_run(tx, uuid.UUID(one))
            assert run is not None
            assert (run.status, run.cancel_requested_at) == ("queued", None)


async def test_other_methods_are_refused(graphs: ComputeServer) -> None:
    """In the documented words; OPTIONS is answered for pages."""
    maker = await graphs.maker()
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        response = await graphs.client.request(method, CANCEL, headers=bearer(maker.user_id))
        assert (response.status_code, response.json()) == (405, {"error": "Method not allowed"})
    response = await graphs.client.options(CANCEL)
    assert (response.status_code, response.text) == (200, "ok")
