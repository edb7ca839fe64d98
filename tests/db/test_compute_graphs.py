"""A project's graph in the studio's tables: read at one moment, saved whole or not at all."""

import asyncio
import uuid
from typing import Any

import pytest
from sqlalchemy import text

from tests.rows import Studio, make_studio
from wzrd.contracts.compute_save_graph import GraphEdge, GraphNode
from wzrd.db.compute_graphs import SavedGraph, read_saved_graph, save_graph
from wzrd.db.projects import lock_project
from wzrd.domain.errors import BadRequest, Conflict, Forbidden
from wzrd.runtime.process import Runtime


def node(node_id: uuid.UUID, **more: Any) -> dict[str, Any]:
    return GraphNode.model_validate({"id": str(node_id), **more}).row()


def edge(source: uuid.UUID, target: uuid.UUID, **more: Any) -> dict[str, Any]:
    ends = {"id": str(uuid.uuid4()), "sourceNodeId": str(source), "targetNodeId": str(target)}
    return GraphEdge.model_validate({**ends, **more}).row()


async def save(
    runtime: Runtime,
    studio: Studio,
    nodes: list[dict[str, Any]],
    edges: list[dict[str, Any]] | None = None,
    *,
    expected: int | None = None,
) -> int:
    async with runtime.begin() as tx:
        assert await lock_project(tx, studio.project_id, user_id=studio.user_id)
        return await save_graph(
            tx, studio.project_id, studio.user_id, nodes=nodes, edges=edges or [], expected_revision=expected
        )


async def saved(runtime: Runtime, studio: Studio, user: uuid.UUID | None = None) -> SavedGraph | None:
    async with runtime.begin() as tx:
        return await read_saved_graph(tx, studio.project_id, user_id=user or studio.user_id)


async def stored(runtime: Runtime, studio: Studio) -> SavedGraph:
    graph = await saved(runtime, studio)
    assert graph is not None
    return graph


async def test_a_graph_comes_back_in_the_order_in_which_it_was_sent(runtime: Runtime) -> None:
    """Nodes and edges keep their order over saves, whatever their ids are; nobody else reads them."""
    studio = await make_studio(runtime)
    assert (await stored(runtime, studio)).nodes == []
    ids = [uuid.uuid4() for _ in range(20)]
    edges = [edge(ids[0], one) for one in ids[1:]]
    assert await save(runtime, studio, [node(one) for one in ids], edges) == 1
    graph = await stored(runtime, studio)
    assert [one["id"] for one in graph.nodes] == [str(one) for one in ids]
    assert [one["id"] for one in graph.edges] == [one["id"] for one in edges]
    assert (graph.user_id, graph.title) == (studio.user_id, "The Light")
    ids.reverse()
    assert await save(runtime, studio, [node(one) for one in ids], edges[::-1]) == 2
    graph = await stored(runtime, studio)
    assert [one["id"] for one in graph.nodes] == [str(one) for one in ids]
    assert [one["id"] for one in graph.edges] == [one["id"] for one in reversed(edges)]
    assert await saved(runtime, studio, uuid.uuid4()) is None


async def test_edges_that_were_saved_together_come_from_the_top(runtime: Runtime) -> None:
    """The studio's own save makes all edges at one time: then the canvas tells which comes first."""
    studio = await make_studio(runtime)
    ids = [uuid.uuid4() for _ in range(6)]
    places = [node(one, position={"x": at % 2, "y": -at // 2}) for at, one in enumerate(ids)]
    edges = [edge(one, ids[0]) for one in ids[1:]]
    await save(runtime, studio, places, edges)
    async with runtime.begin() as tx:
        await tx.execute(text("update public.compute_edges set created_at = now()"))
    order = [one["source_node_id"] for one in (await stored(runtime, studio)).edges]
    place = {one["id"]: (one["position"]["y"], one["position"]["x"]) for one in places}
    assert order == sorted(order, key=place.__getitem__)


async def test_what_stays_keeps_what_its_runs_told(runtime: Runtime) -> None:
    """A node that is saved again is the same row: its events stay. One that is not in the graph any more goes."""
    studio = await make_studio(runtime)
    stays, goes, run_id = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    await save(runtime, studio, [node(stays), node(goes)])
    async with runtime.begin() as tx:
        values = {"run": run_id, "project": studio.project_id, "user": studio.user_id}
        await tx.execute(
            text("insert into public.compute_runs (id, project_id, user_id) values (:run, :project, :user)"), values
        )
        for one in (stays, goes):
            statement = text("insert into public.compute_run_events (run_id, node_id, status) values (:r, :n, 'x')")
            await tx.execute(statement, {"r": run_id, "n": one})
    await save(runtime, studio, [node(stays, label="Lens")])
    async with runtime.begin() as tx:
        left = (await tx.execute(text("select node_id from public.compute_run_events"))).scalars().all()
        label = await tx.scalar(text("select label from public.compute_nodes where id = :id"), {"id": stays})
    assert (left, label) == ([stays], "Lens")


async def test_a_revision_that_was_not_expected_changes_nothing(runtime: Runtime) -> None:
    """Of two that save at once at the same revision one is refused; who expects nothing always saves."""
    studio = await make_studio(runtime)
    first, second = uuid.uuid4(), uuid.uuid4()
    assert await save(runtime, studio, [node(first)], expected=7) == 1
    both = [save(runtime, studio, [node(one)], expected=1) for one in (first, second)]
    results = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["Conflict", "int"]
    with pytest.raises(Conflict, match="revision mismatch"):
        await save(runtime, studio, [], expected=1)
    assert len((await stored(runtime, studio)).nodes) == 1
    assert await save(runtime, studio, []) == 3
    assert (await stored(runtime, studio)).nodes == []


async def test_ids_of_another_project_are_refused_and_nothing_is_changed(runtime: Runtime) -> None:
    """Neither its nodes nor its edges can be taken over, and a refused save leaves both graphs as they were."""
    mine, theirs = await make_studio(runtime), await make_studio(runtime)
    a, b = uuid.uuid4(), uuid.uuid4()
    their_edge = edge(a, b)
    await save(runtime, theirs, [node(a, label="Theirs"), node(b)], [their_edge])
    own, other = uuid.uuid4(), uuid.uuid4()
    await save(runtime, mine, [node(own)])
    with pytest.raises(Forbidden, match="nodes from another project"):
        await save(runtime, mine, [node(other), node(a, label="Mine")])
    with pytest.raises(Forbidden, match="edges from another project"):
        await save(runtime, mine, [node(own), node(other)], [{**edge(own, other), "id": their_edge["id"]}])
    assert [one["id"] for one in (await stored(runtime, mine)).nodes] == [str(own)]
    graph = await stored(runtime, theirs)
    assert ([one["label"] for one in graph.nodes], len(graph.edges)) == (["Theirs", "Untitled Node"], 1)


async def test_what_the_tables_refuse_is_told(runtime: Runtime) -> None:
    """Two edges of the same ports cannot both stand; the message is the database's, without what the user wrote."""
    studio = await make_studio(runtime)
    a, b = uuid.uuid4(), uuid.uuid4()
    with pytest.raises(BadRequest, match="does not fit the studio's tables: duplicate key"):
        await save(runtime, studio, [node(a), node(b)], [edge(a, b), edge(a, b)])
    assert (await stored(runtime, studio)).nodes == []
