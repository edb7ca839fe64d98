"""Saving a project's compute graph: what no graph can be is refused, and the rest is one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from wzrd.db.compute_graphs import save_graph
from wzrd.db.projects import lock_project
from wzrd.domain.errors import Forbidden
from wzrd.domain.ids import parse_uuid
from wzrd.domain.project_choice import NO_PROJECT
from wzrd.graph.reading import check_repeated, read_graph
from wzrd.runtime.process import Runtime
from wzrd.slots import working_for
from wzrd.threads import in_reading_thread


async def save_compute_graph(
    runtime: Runtime,
    project_id: str | None,
    user_id: UUID,
    *,
    nodes: Sequence[Mapping[str, Any]],
    edges: Sequence[Mapping[str, Any]],
    expected_revision: int | None = None,
) -> int:
    """Make these rows the project's graph; returns its revision.

    Raises:
        BadGraph: as `wzrd.graph.reading.read_graph`, `check_repeated`.
        Forbidden: the project, or a node or edge of these ids, is not the user's.
        Conflict, BadRequest: as `wzrd.db.compute_graphs.save_graph`.
    """
    with working_for(user_id):
        await in_reading_thread(_check, nodes, edges)  # thousands of nodes are looked at
    found = parse_uuid(project_id)
    async with runtime.begin() as tx:
        if found is None or await lock_project(tx, found, user_id=user_id) is None:
            raise Forbidden(NO_PROJECT)
        return await save_graph(tx, found, user_id, nodes=nodes, edges=edges, expected_revision=expected_revision)


def _check(nodes: Sequence[Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]) -> None:
    check_repeated(read_graph(nodes, edges))
