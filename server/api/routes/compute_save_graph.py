"""POST /functions/v1/compute-save-graph: a project's nodes and edges become what the body says, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, parse, read_json
from server.api.callers import PlainUser
from server.api.described import described
from server.api.envelopes import about_node, in_envelope
from server.api.services import ServicesOf
from wzrd.contracts.compute_save_graph import InvalidIds, SaveGraphRequest, find_invalid, invalid_ids, saved
from wzrd.domain.errors import BadRequest, Conflict, Forbidden
from wzrd.net.json_scan import Bounds
from wzrd.operations.compute.graph import save_compute_graph
from wzrd.runtime.gc_tuning import no_collections
from wzrd.slots import working_for
from wzrd.threads import in_reading_thread

router = APIRouter(tags=["film"], dependencies=[in_envelope(about_node)])

MAX_BODY = 16 << 20
BOUNDS = Bounds(structure=1_000_000)
"""Ten thousand nodes as the studio's client saves them, with about a hundred brackets, commas and colons each."""


@router.post("/functions/v1/compute-save-graph")
@described(body=SaveGraphRequest, answers={200: saved, 400: invalid_ids}, raises=(BadRequest, Forbidden, Conflict))
async def compute_save_graph(request: Request, services: ServicesOf, user: PlainUser) -> Response:
    """Save a project's graph whole; with `expectedRevision` only if nobody has saved it since."""
    raw = await read_json(request, max_bytes=MAX_BODY, bounds=BOUNDS)
    if not raw.get("projectId") and not raw.get("project_id"):
        raise BadRequest("projectId is required")
    async with services.runtime.user_locks.of(user.user_id):
        with working_for(user.user_id):
            graph = await in_reading_thread(_read, raw)
    if graph.invalid is not None:
        return json_response(invalid_ids(graph.invalid), 400)
    revision = await save_compute_graph(
        services.runtime,
        graph.body.project_id,
        user.user_id,
        nodes=graph.nodes,
        edges=graph.edges,
        expected_revision=graph.body.expected_revision,
    )
    return json_response(saved(revision))


@dataclass(frozen=True, slots=True)
class _Graph:
    """A body as it was read: its rows, or the ids that are none."""

    body: SaveGraphRequest
    invalid: InvalidIds | None
    nodes: Sequence[Mapping[str, Any]]
    edges: Sequence[Mapping[str, Any]]


def _read(raw: Mapping[str, Any]) -> _Graph:
    """The body with its types, in a thread: thousands of nodes take a second.

    Raises:
        BadRequest: as `parse`.
    """
    with no_collections():
        body = parse(SaveGraphRequest, raw)
        if (invalid := find_invalid(body.nodes, body.edges)) is not None:
            return _Graph(body, invalid, (), ())
        return _Graph(body, None, [node.row() for node in body.nodes], [edge.row() for edge in body.edges])
