"""The studio's saved graphs: `compute_nodes`, `compute_edges` and `compute_graphs` of a project, as a whole."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError

from wzrd.db.engine import Tx, read_first, to_json
from wzrd.domain.errors import BadRequest, Conflict, Forbidden


@dataclass(frozen=True, slots=True)
class SavedGraph:
    """A project's graph: its rows as the tables have them, in an order that stays the same."""

    project_id: UUID
    user_id: UUID
    title: str
    nodes: Sequence[Mapping[str, Any]]
    edges: Sequence[Mapping[str, Any]]


# One statement, so that nodes and edges are of one moment. Edges that were saved together come in the order in which
# their sources stand on the canvas, from the top: where several lead to one handle, that is the order of its list.
_READ = text("""
    select p.id as project_id, p.user_id, coalesce(p.title, '') as title, coalesce((
        select jsonb_agg(jsonb_build_object('id', n.id, 'kind', n.kind, 'label', n.label, 'position', n.position,
            'inputs', n.inputs, 'outputs', n.outputs, 'params', n.params, 'metadata', n.metadata)
            order by n.created_at, n.id)
        from public.compute_nodes n where n.project_id = p.id), '[]') as nodes, coalesce((
        select jsonb_agg(jsonb_build_object('id', e.id, 'source_node_id', e.source_node_id,
            'target_node_id', e.target_node_id, 'source_port_id', e.source_port_id,
            'target_port_id', e.target_port_id, 'source_handle', e.source_handle,
            'target_handle', e.target_handle, 'data_type', e.data_type)
            order by e.created_at, s.position -> 'y', s.position -> 'x', e.id)
        from public.compute_edges e left join public.compute_nodes s on s.id = e.source_node_id
        where e.project_id = p.id), '[]') as edges
    from public.projects p
    where p.id = :project_id and p.deleted_at is null
        and (cast(:user_id as uuid) is null or p.user_id = cast(:user_id as uuid))
""")


async def read_saved_graph(tx: Tx, project_id: UUID, *, user_id: UUID | None) -> SavedGraph | None:
    """The project's graph, empty if it has none; None when there is no such project (of `user_id`)."""
    return read_first(SavedGraph, await tx.execute(_READ, {"project_id": project_id, "user_id": user_id}))


async def fail_node(tx: Tx, project_id: UUID, node_id: UUID, error: str) -> None:
    """A node that cannot be executed as it is says so."""
    statement = text("""
        update public.compute_nodes set status = 'failed', error = :error, updated_at = clock_timestamp()
        where id = :id and project_id = :project_id
    """)
    await tx.execute(statement, {"id": node_id, "project_id": project_id, "error": error})


# One statement compares and raises the revision under the row's lock: of two that save at once the second waits, and
# finds another revision than it expected. Without an expectation the last one wins.
_RAISE_REVISION = text("""
    insert into public.compute_graphs as graph (project_id, revision, updated_at)
    values (:project_id, 1, clock_timestamp())
    on conflict (project_id) do update set revision = graph.revision + 1, updated_at = clock_timestamp()
        where cast(:expected as int) is null or graph.revision = cast(:expected as int)
    returning revision
""")

# Rows that stay keep their identity, so that what their runs told of them stays as well.
_DELETE_NODES = text("""
    delete from public.compute_nodes where project_id = :project_id and id <> all(cast(:ids as uuid[]))
""")

# Times that ascend keep the order in which the nodes were sent.
_SAVE_NODES = text("""
    insert into public.compute_nodes as known (id, project_id, user_id, kind, label, version, position, size, inputs,
        outputs, params, metadata, preview, status, progress, error, is_dirty, created_at)
    select node.id, :project_id, :user_id, node.kind, node.label, node.version, node.position, node.size, node.inputs,
        node.outputs, node.params, node.metadata, nullif(node.preview, 'null'), node.status, node.progress, node.error,
        node.is_dirty, now() + node.at * interval '1 microsecond'
    from jsonb_to_recordset(cast(:nodes as jsonb)) as node (at int, id uuid, kind text, label text, version text,
        position jsonb, size jsonb, inputs jsonb, outputs jsonb, params jsonb, metadata jsonb, preview jsonb,
        status text, progress int, error text, is_dirty boolean)
    order by node.id
    on conflict (id) do update set user_id = excluded.user_id, kind = excluded.kind, label = excluded.label,
        version = excluded.version, position = excluded.position, size = excluded.size, inputs = excluded.inputs,
        outputs = excluded.outputs, params = excluded.params, metadata = excluded.metadata, preview = excluded.preview,
        status = excluded.status, progress = excluded.progress, error = excluded.error, is_dirty = excluded.is_dirty,
        updated_at = clock_timestamp(), created_at = excluded.created_at
    where known.project_id = excluded.project_id
    returning id
""")
_SAVE_EDGES = text("""
    insert into public.compute_edges (id, project_id, source_node_id, target_node_id, source_port_id, target_port_id,
        source_handle, target_handle, data_type, status, metadata, created_at)
    select edge.id, :project_id, edge.source_node_id, edge.target_node_id, edge.source_port_id, edge.target_port_id,
        edge.source_handle, edge.target_handle, edge.data_type, edge.status, edge.metadata,
        now() + edge.at * interval '1 microsecond'
    from jsonb_to_recordset(cast(:edges as jsonb)) as edge (at int, id uuid, source_node_id uuid, target_node_id uuid,
        source_port_id text, target_port_id text, source_handle text, target_handle text, data_type text, status text,
        metadata jsonb)
    on conflict (id) do nothing
    returning id
""")


async def save_graph(
    tx: Tx,
    project_id: UUID,
    user_id: UUID,
    *,
    nodes: Sequence[Mapping[str, Any]],
    edges: Sequence[Mapping[str, Any]],
    expected_revision: int | None = None,
) -> int:
    """Make these the project's nodes and edges, as the tables spell them; returns the graph's revision.

    The caller holds the project's lock, and has seen that ids are unique and edges lead to `nodes`.

    Raises:
        Conflict: the graph has another revision than was expected.
        Forbidden: an id is that of another project's node or edge.
        BadRequest: the studio's tables do not take it, and say why.
    """
    values = {"project_id": project_id, "expected": expected_revision}
    revision = await tx.scalar(_RAISE_REVISION, values)
    if revision is None:
        message = f"revision mismatch: the graph has been saved since revision {expected_revision}; load it again"
        raise Conflict(message, code="revision_mismatch")
    try:
        await _replace(tx, project_id, user_id, nodes, edges)
    except (IntegrityError, DataError) as error:
        raise BadRequest(f"The graph does not fit the studio's tables: {_reason(error)}") from error
    return int(revision)


async def _replace(
    tx: Tx, project_id: UUID, user_id: UUID, nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]
) -> None:
    await tx.execute(text("delete from public.compute_edges where project_id = :id"), {"id": project_id})
    await tx.execute(_DELETE_NODES, {"project_id": project_id, "ids": [node["id"] for node in nodes]})
    owner = {"project_id": project_id, "user_id": user_id}
    saved = (await tx.execute(_SAVE_NODES, {**owner, "nodes": await _as_json(nodes)})).rowcount
    if saved < len(nodes):
        raise Forbidden("Graph references nodes from another project")
    made = (await tx.execute(_SAVE_EDGES, {"project_id": project_id, "edges": await _as_json(edges)})).rowcount
    if made < len(edges):
        raise Forbidden("Graph references edges from another project")


async def _as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows, numbered, as one json parameter; a row at a time in a thread, so that others have their turn."""
    numbered = ({**row, "at": at} for at, row in enumerate(rows))
    return f"[{await asyncio.to_thread(','.join, map(to_json, numbered))}]"


def _reason(error: IntegrityError | DataError) -> str:
    """The database's own words in a line, without what a user wrote."""
    diagnostics: Any = getattr(error.orig, "diag", None)
    return str(getattr(diagnostics, "message_primary", None) or type(error.orig).__name__)
