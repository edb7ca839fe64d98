"""The public mirrors of compute runs: their rows, where their nodes stand, and what is noted of them."""

import uuid
from typing import Any

from sqlalchemy import text

from tests.db.test_compute_graphs import node, save
from tests.rows import Studio, make_studio
from wzrd.db import compute_runs
from wzrd.db.compute_runs import NodeNews, insert_run_graph, mirror_nodes, read_run_graph
from wzrd.runtime.process import Runtime


async def rows(runtime: Runtime, table: str) -> list[dict[str, Any]]:
    async with runtime.begin() as tx:
        found = (await tx.execute(text(f"select * from public.{table} order by created_at"))).mappings().all()
    return [dict(row) for row in found]


async def begun(runtime: Runtime, studio: Studio, order: list[str]) -> uuid.UUID:
    run_id = uuid.uuid4()
    async with runtime.begin() as tx:
        await compute_runs.insert_compute_run(
            tx, run_id, project_id=studio.project_id, user_id=studio.user_id, execution_order=order
        )
    return run_id


async def test_a_run_is_pending_running_ended_and_pending_again(runtime: Runtime) -> None:
    """Each step leaves the columns that the client reads; a canceled one has its time."""
    studio = await make_studio(runtime)
    run_id = await begun(runtime, studio, ["a", "b"])
    (row,) = await rows(runtime, "compute_runs")
    assert (row["id"], row["status"], row["execution_order"]) == (run_id, "pending", ["a", "b"])
    one = uuid.uuid4()
    for status, shown in (("skipped", "pending"), ("running", "running")):
        async with runtime.begin() as tx:
            await mirror_nodes(tx, run_id, studio.project_id, [NodeNews(one, status)])
        (row,) = await rows(runtime, "compute_runs")
        assert row["status"] == shown
    assert (row["status"], row["started_at"] is None, row["finished_at"]) == ("running", False, None)
    async with runtime.begin() as tx:
        await compute_runs.end_compute_run(tx, run_id, "canceled", error="Canceled")
    (row,) = await rows(runtime, "compute_runs")
    assert (row["status"], row["error"], row["canceled_at"] is None) == ("canceled", "Canceled", False)
    async with runtime.begin() as tx:
        await compute_runs.reopen_compute_run(tx, run_id)
        await compute_runs.end_compute_run(tx, run_id, "succeeded")
    (row,) = await rows(runtime, "compute_runs")
    assert (row["status"], row["error"], row["canceled_at"]) == ("succeeded", None, None)


async def test_a_run_of_a_project_that_is_gone_has_no_row(runtime: Runtime) -> None:
    """Nothing is written, and nothing fails."""
    await begun(runtime, Studio(uuid.uuid4(), uuid.uuid4()), [])
    assert await rows(runtime, "compute_runs") == []


async def test_news_of_nodes_are_their_state_and_the_runs_events(runtime: Runtime) -> None:
    """Many in one statement; an error goes when a node runs again or succeeds; a failed one keeps its preview."""
    studio = await make_studio(runtime)
    a, b, c = ids = [uuid.uuid4() for _ in range(3)]
    await save(runtime, studio, [node(one, error="old", preview={"url": "old"}) for one in ids])
    run_id = await begun(runtime, studio, [])
    made = {"type": "image", "url": "new"}
    news = [
        NodeNews(a, "running", label="Lamp"),
        NodeNews(b, "running", label="Lens"),
        NodeNews(a, "succeeded", output=made),
        NodeNews(b, "failed", error="no"),
        NodeNews(c, "skipped", error="Upstream dependency failed"),
        NodeNews(uuid.uuid4(), "running"),
    ]
    async with runtime.begin() as tx:
        await mirror_nodes(tx, run_id, studio.project_id, news[:2])
    first = {row["id"]: row for row in await rows(runtime, "compute_nodes")}
    assert (first[a]["status"], first[a]["error"], first[a]["progress"]) == ("running", None, 0)
    async with runtime.begin() as tx:
        await mirror_nodes(tx, run_id, studio.project_id, news[2:])
        await mirror_nodes(tx, run_id, studio.project_id, [])
    stands = {row["id"]: row for row in await rows(runtime, "compute_nodes")}
    told = {one: (stands[one]["status"], stands[one]["error"], stands[one]["preview"]) for one in ids}
    assert told == {
        a: ("succeeded", None, made),
        b: ("failed", "no", {"url": "old"}),
        c: ("skipped", "Upstream dependency failed", {"url": "old"}),
    }
    assert stands[a]["progress"] == 100
    events = await rows(runtime, "compute_run_events")
    assert [(row["node_id"], row["status"], row["progress"], row["message"], row["artifacts"]) for row in events] == [
        (a, "running", 0, "Executing Lamp", []),
        (b, "running", 0, "Executing Lens", []),
        (a, "succeeded", 100, None, made),
        (b, "failed", 0, "no", []),
        (c, "skipped", 0, "Skipped due to upstream failure", []),
    ]


async def test_several_news_of_a_node_end_with_the_last(runtime: Runtime) -> None:
    """One that has begun and ended within one step stands where it ended."""
    studio, one = await make_studio(runtime), uuid.uuid4()
    await save(runtime, studio, [node(one)])
    run_id = await begun(runtime, studio, [])
    async with runtime.begin() as tx:
        await mirror_nodes(tx, run_id, studio.project_id, [NodeNews(one, "running"), NodeNews(one, "succeeded")])
    (row,) = await rows(runtime, "compute_nodes")
    assert (row["status"], row["preview"], len(await rows(runtime, "compute_run_events"))) == ("succeeded", None, 2)


async def test_a_node_of_another_project_is_not_touched(runtime: Runtime) -> None:
    """Whoever moves a node's id into another project has it left alone there."""
    mine, theirs = await make_studio(runtime), await make_studio(runtime)
    one = uuid.uuid4()
    await save(runtime, theirs, [node(one)])
    run_id = await begun(runtime, mine, [])
    async with runtime.begin() as tx:
        await mirror_nodes(tx, run_id, mine.project_id, [NodeNews(one, "succeeded", output={"url": "x"})])
    (row,) = await rows(runtime, "compute_nodes")
    assert (row["status"], row["preview"], await rows(runtime, "compute_run_events")) == ("idle", None, [])


async def test_a_runs_graph_is_kept_and_goes_with_it(runtime: Runtime) -> None:
    """It is read back as it was; a run without one has None."""
    graph = {"nodes": [{"id": "a", "params": {"prompt": "a lamp"}}], "edges": []}
    run_id = uuid.uuid4()
    async with runtime.begin() as tx:
        await tx.execute(
            text("""insert into wzrd.runs (id, kind, user_id, request_id, params, params_hash)
                values (:id, 'compute', :id, 'r', '{}', 'h')"""),
            {"id": run_id},
        )
        await insert_run_graph(tx, run_id, graph)
        assert await read_run_graph(tx, run_id) == graph
        await tx.execute(text("delete from wzrd.runs where id = :id"), {"id": run_id})
        assert await read_run_graph(tx, run_id) is None
