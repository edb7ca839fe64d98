"""The SQL function that the studio's client saves its compute graph with, called as PostgREST calls it."""

import asyncio
import json
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.rows import Studio, make_studio
from wzrd.db import migrations
from wzrd.db.engine import Tx, begin
from wzrd.runtime.process import Runtime

CALL = text("""
    select public.save_compute_graph(p_project_id => :project, p_expected_revision => :revision,
        p_schema_version => '2', p_graph_metadata => '{"title": "G"}', p_view_state => '{"zoom": 2}',
        p_nodes => array(select value from jsonb_array_elements(cast(:nodes as jsonb))),
        p_edges => array(select value from jsonb_array_elements(cast(:edges as jsonb))))
""")
A, B, C = (str(uuid.uuid4()) for _ in range(3))


async def save(
    tx: Tx,
    studio: Studio,
    revision: int | None,
    nodes: Sequence[dict[str, Any]],
    edges: Sequence[dict[str, Any]] = (),
    *,
    claims: object = None,
) -> dict[str, Any]:
    """One call, by the project's owner unless the claims name another."""
    told = json.dumps(claims if claims is not None else {"sub": str(studio.user_id), "role": "authenticated"})
    await tx.execute(text("select set_config('request.jwt.claims', :told, true)"), {"told": told})
    values = {
        "project": studio.project_id,
        "revision": revision,
        "nodes": json.dumps(nodes),
        "edges": json.dumps(edges),
    }
    return await tx.scalar(CALL, values) or {}


async def saved(runtime: Runtime, *arguments: Any, **claims: Any) -> dict[str, Any]:
    """Result of `save` in a transaction of its own."""
    async with runtime.begin() as tx:
        return await save(tx, *arguments, **claims)


async def rows(runtime: Runtime, studio: Studio, table: str) -> dict[str, Any]:
    async with runtime.begin() as tx:
        statement = text(f"select * from public.compute_{table} where project_id = :id")
        found = (await tx.execute(statement, {"id": studio.project_id})).mappings().all()
    return {str(row["id"]): row for row in found}


async def test_a_graph_is_saved_changed_and_emptied(runtime: Runtime) -> None:
    """Nodes and edges come, change and go in one transaction each; every save raises the revision by one."""
    studio = await make_studio(runtime)
    node = {"kind": "Image", "label": "Lamp", "params": {"model": "x"}, "progress": 12.4, "isDirty": True}
    first = await saved(runtime, studio, 7, [{"id": A} | node, {"id": B}], [{"sourceNodeId": A, "targetNodeId": B}])
    assert (first["success"], first["revision"], "updated_at" in first) == (True, 1, True)
    nodes = await rows(runtime, studio, "nodes")
    assert {key: (row["kind"], row["label"], row["progress"], row["is_dirty"]) for key, row in nodes.items()} == {
        A: ("Image", "Lamp", 12, True),
        B: ("Transform", "Untitled Node", 0, False),
    }
    assert {row["user_id"] for row in nodes.values()} == {studio.user_id}
    assert nodes[B]["position"] == {"x": 0, "y": 0}
    (graph,) = (await rows(runtime, studio, "graphs")).values()
    assert (graph["revision"], graph["schema_version"], graph["view_state"]) == (1, "2", {"zoom": 2})

    second = await saved(runtime, studio, 1, [{"id": A, "label": "Lens"}, {"id": C}], [])
    assert second["revision"] == 2
    nodes = await rows(runtime, studio, "nodes")
    assert {key: row["label"] for key, row in nodes.items()} == {A: "Lens", C: "Untitled Node"}
    assert (nodes[A]["kind"], nodes[A]["params"], await rows(runtime, studio, "edges")) == ("Transform", {}, {})

    assert (await saved(runtime, studio, 2, []))["revision"] == 3
    assert await rows(runtime, studio, "nodes") == {}


SPELLINGS: list[dict[str, Any]] = [
    {"source": {"nodeId": A, "portId": "o", "handle": "h"}, "target": {"nodeId": B, "portId": "i", "handle": "k"}},
    {"sourceNodeId": A, "sourcePortId": "o", "sourceHandle": "h", "targetNodeId": B, "targetPortId": "i",
     "targetHandle": "k"},
    {"source_node_id": A, "source_port_id": "o", "source_handle": "h", "target_node_id": B, "target_port_id": "i",
     "target_handle": "k"},
]  # fmt: skip


@pytest.mark.parametrize("edge", SPELLINGS, ids=["nested", "camel", "snake"])
async def test_an_edge_may_be_spelled_in_three_ways(runtime: Runtime, edge: dict[str, Any]) -> None:
    """Nested, camel and snake case say the same; handle and port stand in for each other, then `output`, `input`."""
    studio = await make_studio(runtime)
    ports = ("source_node_id", "target_node_id", "source_port_id", "target_port_id", "source_handle", "target_handle")

    async def stored(edge: dict[str, Any], revision: int) -> list[str]:
        await saved(runtime, studio, revision, [{"id": A}, {"id": B}], [edge])
        (row,) = (await rows(runtime, studio, "edges")).values()
        return [str(row[name]) for name in ports] + [row["data_type"], row["status"]]

    given = edge | {"dataType": "image", "status": "running"}
    assert await stored(given, 0) == [A, B, "o", "i", "h", "k", "image", "running"]
    bare: dict[str, Any] = {
        key: {"nodeId": value["nodeId"], "portId": value["portId"]} if isinstance(value, dict) else value
        for key, value in edge.items()
        if "andle" not in key
    }
    assert await stored(bare, 1) == [A, B, "o", "i", "o", "i", "any", "idle"]
    blank = {"sourceNodeId": A, "targetNodeId": B}
    assert await stored(blank, 2) == [A, B, "output", "input", "output", "input", "any", "idle"]


async def test_what_runs_told_of_a_node_outlasts_a_save(runtime: Runtime) -> None:
    """A node that stays is the same row: its run's events are not swept away with it."""
    studio = await make_studio(runtime)
    await saved(runtime, studio, 0, [{"id": A}, {"id": B}])
    async with runtime.begin() as tx:
        values = {"project": studio.project_id, "user": studio.user_id, "node": A}
        await tx.execute(
            text("""
                with run as (
                    insert into public.compute_runs (project_id, user_id) values (:project, :user) returning id
                )
                insert into public.compute_run_events (run_id, node_id, status) select id, :node, 'succeeded' from run
            """),
            values,
        )
    await saved(runtime, studio, 1, [{"id": A}])
    async with runtime.begin() as tx:
        assert await tx.scalar(text("select count(*) from public.compute_run_events")) == 1


@pytest.mark.parametrize(
    "claims", [{}, {"role": "anon"}, {"sub": None}, {"sub": "auth0|5"}, "nonsense"], ids=json.dumps
)
async def test_nobody_in_particular_saves_nothing(runtime: Runtime, claims: object) -> None:
    """Without a token, or with one that names no user of ours."""
    studio = await make_studio(runtime)
    with pytest.raises(DBAPIError, match="Not authenticated"):
        await saved(runtime, studio, 0, [{"id": A}], claims=claims)
    assert await rows(runtime, studio, "graphs") == {}


async def test_a_stranger_changes_nothing(runtime: Runtime) -> None:
    """Another user's, a deleted and an unknown project are refused alike, and all is as it was."""
    studio = await make_studio(runtime)
    await saved(runtime, studio, 0, [{"id": A}, {"id": B}], [{"sourceNodeId": A, "targetNodeId": B}])
    stranger = {"sub": str(uuid.uuid4())}
    for attempt in ([], [{"id": A, "label": "mine"}]):
        with pytest.raises(DBAPIError, match="Access denied to project"):
            await saved(runtime, studio, 1, attempt, claims=stranger)
    with pytest.raises(DBAPIError, match="Access denied to project"):
        await saved(runtime, Studio(studio.user_id, uuid.uuid4()), 0, [])
    assert {row["label"] for row in (await rows(runtime, studio, "nodes")).values()} == {"Untitled Node"}
    assert len(await rows(runtime, studio, "edges")) == 1
    async with runtime.begin() as tx:
        await tx.execute(text("update public.projects set deleted_at = now()"))
    with pytest.raises(DBAPIError, match="Access denied to project"):
        await saved(runtime, studio, 1, [])


async def test_another_projects_nodes_cannot_be_touched(runtime: Runtime) -> None:
    """Naming their ids as one's own, or drawing an edge to them, is refused as a whole."""
    victim, thief = await make_studio(runtime), await make_studio(runtime)
    await saved(runtime, victim, 0, [{"id": A, "label": "theirs"}])
    with pytest.raises(DBAPIError, match=f"node {A} belongs to another project"):
        await saved(runtime, thief, 0, [{"id": B}, {"id": A, "label": "stolen"}])
    with pytest.raises(DBAPIError, match="leads to a node of another project"):
        await saved(runtime, thief, 0, [{"id": B}], [{"sourceNodeId": B, "targetNodeId": A}])
    with pytest.raises(DBAPIError):
        await saved(runtime, thief, 0, [{"id": B}], [{"sourceNodeId": B, "targetNodeId": C}])
    assert (await rows(runtime, victim, "nodes"))[A]["label"] == "theirs"
    for table in ("nodes", "edges", "graphs"):
        assert await rows(runtime, thief, table) == {}


@pytest.mark.parametrize("revision", [0, 2, None])
async def test_a_stale_save_is_refused_whole(runtime: Runtime, revision: int | None) -> None:
    """Who has not seen the last revision is told so, in the words that the client looks for."""
    studio = await make_studio(runtime)
    await saved(runtime, studio, 0, [{"id": A}])
    with pytest.raises(DBAPIError, match="revision mismatch"):
        await saved(runtime, studio, revision, [])
    assert list(await rows(runtime, studio, "nodes")) == [A]


@pytest.mark.parametrize("there", [False, True], ids=["the first save", "a later one"])
async def test_of_two_at_once_one_wins(runtime: Runtime, *, there: bool) -> None:
    """Both expect the same revision: one is saved, the other is told, and nothing is mixed."""
    studio = await make_studio(runtime)
    if there:
        await saved(runtime, studio, 0, [])
    labels = [f"tab {number}" for number in range(6)]
    results = await asyncio.gather(
        *(saved(runtime, studio, 1 if there else 0, [{"id": A, "label": label}]) for label in labels),
        return_exceptions=True,
    )
    (winner,) = [label for label, result in zip(labels, results, strict=True) if isinstance(result, dict)]
    assert all("revision mismatch" in str(error) for error in results if isinstance(error, Exception))
    assert [row["label"] for row in (await rows(runtime, studio, "nodes")).values()] == [winner]


async def test_auth_uid_decides_where_there_is_one(runtime: Runtime) -> None:
    """On a database with Supabase's function the claims are its business, not ours."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        await tx.execute(text("create schema auth"))
        uid = f"create function auth.uid() returns uuid language sql stable as $$ select '{studio.user_id}'::uuid $$"
        await tx.execute(text(uid.replace(":", r"\:")))
    assert (await saved(runtime, studio, 0, [], claims={"sub": str(uuid.uuid4())}))["revision"] == 1
    async with runtime.begin() as tx:
        await tx.execute(
            text("create or replace function auth.uid() returns uuid language sql as 'select null\\:\\:uuid'")
        )
    with pytest.raises(DBAPIError, match="Not authenticated"):
        await saved(runtime, studio, 1, [])


async def test_policies_go_on_to_hold(runtime: Runtime) -> None:
    """The function has its caller's rights only: a role that may not write nodes does not write them through it."""
    studio = await make_studio(runtime)
    role = f"reader_{uuid.uuid4().hex}"
    async with runtime.begin() as tx:
        await tx.execute(text(f"create role {role}"))
        await tx.execute(text(f"grant select on all tables in schema public to {role}"))
        await tx.execute(text(f"grant insert, update on public.compute_graphs to {role}"))

    async def attempt() -> None:
        async with runtime.begin() as tx:
            await tx.execute(text(f"set local role {role}"))
            await save(tx, studio, 0, [{"id": A}])

    try:
        with pytest.raises(DBAPIError, match="permission denied for table compute_edges"):
            await attempt()
    finally:
        async with runtime.begin() as tx:
            await tx.execute(text(f"drop owned by {role}"))
            await tx.execute(text(f"drop role {role}"))
    assert await rows(runtime, studio, "graphs") == {}


async def test_a_database_keeps_a_function_of_its_own(engine: AsyncEngine) -> None:
    """Whatever its parameters: the migration makes no second one of that name."""
    (path,) = Path(migrations.__file__).parent.glob("*_save_compute_graph.sql")
    count = text("select count(*) from pg_proc where proname = 'save_compute_graph'")
    async with begin(engine) as tx:
        await tx.execute(text("drop function public.save_compute_graph"))
        await tx.execute(
            text("create function public.save_compute_graph() returns text language sql as $$select 'own'$$")
        )
        await tx.exec_driver_sql(path.read_text(encoding="utf-8"))
        assert await tx.scalar(text("select public.save_compute_graph()")) == "own"
        assert await tx.scalar(count) == 1
