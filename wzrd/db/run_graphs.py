"""The graph that a compute run executes, as it was when the run began: the engine's own copy."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Tx, to_json


async def insert_run_graph(tx: Tx, run_id: UUID, graph: Mapping[str, Any]) -> None:
    """Keep the run's graph (`nodes` and `edges`, spelled as the tables' rows), in the transaction that starts it."""
    statement = text("insert into wzrd.run_graphs (run_id, graph) values (:run_id, cast(:graph as jsonb))")
    await tx.execute(statement, {"run_id": run_id, "graph": to_json(graph)})


async def read_run_graph(tx: Tx, run_id: UUID) -> Mapping[str, Any] | None:
    """The run's graph; None when it has none. It may be large: read it once an attempt."""
    return await tx.scalar(text("select graph from wzrd.run_graphs where run_id = :run_id"), {"run_id": run_id})
