"""The service's calls about compute graphs: save one, ask what it would cost, execute it."""

import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from wzrd.client.connection import Connection
from wzrd.client.errors import ask_as
from wzrd.client.references import upload_references
from wzrd.client.stream import Event, StreamPosition
from wzrd.contracts.compute import ComputePlan, ComputeRequest
from wzrd.contracts.generate import ReferenceAsset
from wzrd.contracts.money import Dollars

_EXECUTE, _PLAN, _SAVE = (f"/functions/v1/compute-{name}" for name in ("execute", "plan", "save-graph"))


class ComputeCalls:
    """The calls of the service about graphs; `_connection` is there while it is open."""

    _connection: Connection

    async def save_graph(
        self,
        project_id: UUID | str,
        nodes: Sequence[Mapping[str, Any]],
        edges: Sequence[Mapping[str, Any]],
        *,
        expected_revision: int | None = None,
    ) -> int:
        """Make these the project's graph, as the studio spells them; returns its revision.

        Raises:
            GenerationError: refused; saved by somebody else since the expected revision (status 409).
        """
        body = {"projectId": str(project_id), "nodes": nodes, "edges": edges, "expectedRevision": expected_revision}
        answer = await self._connection.call_again("POST", _SAVE, {k: v for k, v in body.items() if v is not None})
        return int(answer.get("revision") or 0)

    async def plan_compute(
        self, project_id: UUID | str, *, node_ids: Sequence[str] | None = None, use_cache: bool | None = None
    ) -> ComputePlan:
        """Plan what executing the saved graph would run, take from the cache, and cost; nothing is started or held.

        Raises:
            GenerationError: it would be refused.
        """
        return await self._connection.ask(ComputePlan, "POST", _PLAN, _asked(project_id, node_ids, use_cache))

    def open_compute(
        self,
        project_id: UUID | str,
        *,
        node_ids: Sequence[str] | None = None,
        use_cache: bool | None = None,
        max_credits: int | None = None,
        max_usd: Dollars | None = None,
        allow_unpriced: Sequence[str] = (),
        request_id: str | None = None,
    ) -> AsyncGenerator[Event]:
        """Execute the saved graph, or these nodes and what they need, and follow it to `complete` or `error`.

        Leaving the iteration early leaves the run going: `cancel` ends it. The same `request_id` joins the same run.

        Raises:
            InsufficientCreditsError: nothing was started.
            GenerationError: refused, or out of reach for too long (stream_error).
        """
        more: dict[str, Any] = {"maxCredits": max_credits, "maxUsd": max_usd}
        more |= {"allowUnpriced": list(allow_unpriced) or None, "requestId": request_id or str(uuid.uuid4())}
        body = {**_asked(project_id, node_ids, use_cache), **{k: v for k, v in more.items() if v is not None}}
        return self._connection.events(StreamPosition(path=_EXECUTE), body)

    async def upload_file(self, path: Path | str) -> str:
        """Store a local file below the caller's folder, under its content's hash; returns its address.

        Raises:
            GenerationError: refused.
            OSError: it cannot be read.
        """
        [stored] = await upload_references(self._connection, [ReferenceAsset(url=str(path), type="image")], None)
        return stored.url


def _asked(project_id: UUID | str, node_ids: Sequence[str] | None, use_cache: bool | None) -> dict[str, Any]:
    asked = ask_as(
        ComputeRequest,
        project_id=str(project_id),
        node_ids=None if node_ids is None else list(node_ids),
        use_cache=use_cache,
        max_credits=None,
        request_id=None,
    )
    return {name: value for name, value in asked.wire().items() if value is not None}
