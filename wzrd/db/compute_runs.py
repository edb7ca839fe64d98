"""`compute_runs`, `compute_run_events` and how nodes stand: the public mirrors of compute runs. A run has its id here.

The graph that a run executes, as it was when the run began, is the engine's own copy.

All of it is written under `wzrd.db.engine.mirrored`: a graph may be edited, and a project deleted, in mid-run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from wzrd.contracts.compute import UPSTREAM_FAILED
from wzrd.db.engine import Tx, to_json

SKIPPED_MESSAGE = "Skipped due to upstream failure"

# WHERE EXISTS: the project may be gone by now.
_INSERT = text("""
    insert into public.compute_runs (id, project_id, user_id, status, execution_order)
    select :id, :project_id, :user_id, 'pending', cast(:execution_order as jsonb)
    where exists (select 1 from public.projects where id = :project_id)
    on conflict (id) do nothing
""")


async def insert_compute_run(
    tx: Tx, run_id: UUID, *, project_id: UUID, user_id: UUID, execution_order: Sequence[str]
) -> None:
    """The row of a run that has just been started."""
    values = {"project_id": project_id, "user_id": user_id, "execution_order": to_json(list(execution_order))}
    await tx.execute(_INSERT, {"id": run_id, **values})


async def end_compute_run(tx: Tx, run_id: UUID, status: str, *, error: str | None = None) -> None:
    """The run has ended; `error` only where it could not be executed."""
    statement = text("""
        update public.compute_runs set status = :status, error = :error, finished_at = clock_timestamp(),
            canceled_at = case when cast(:status as text) = 'canceled' then clock_timestamp() end
        where id = :id
    """)
    await tx.execute(statement, {"id": run_id, "status": status, "error": error})


async def reopen_compute_run(tx: Tx, run_id: UUID) -> None:
    """The run has been given its next attempt."""
    statement = text("""
        update public.compute_runs set status = 'pending', error = null, finished_at = null, canceled_at = null
        where id = :id
    """)
    await tx.execute(statement, {"id": run_id})


@dataclass(frozen=True, slots=True)
class NodeNews:
    """Where a node stands now. `output` of one that has succeeded, `error` of one that has failed or was skipped."""

    node_id: UUID
    status: str
    label: str = ""
    output: Mapping[str, Any] | None = None
    error: str | None = None

    def row(self, at: int) -> dict[str, Any]:
        """Row as the statement takes it."""
        return {
            "at": at,
            "id": str(self.node_id),
            "status": self.status,
            "output": self.output,
            "error": None if self.status == "succeeded" else self.error,
            "message": self.message,
        }

    @property
    def message(self) -> str | None:
        """The documented words of its event."""
        match self.status:
            case "running":
                return f"Executing {self.label}"
            case "skipped" if self.error in {None, UPSTREAM_FAILED}:
                return SKIPPED_MESSAGE
            case _:
                return self.error


_NEWS = text("select wzrd.mirror_nodes(:run_id, :project_id, cast(:news as jsonb))")


async def mirror_nodes(tx: Tx, run_id: UUID, project_id: UUID, news: Sequence[NodeNews]) -> None:
    """Show where nodes of a run stand, and note it as the run's events: one statement, however many.

    A node that is under way again, or has succeeded, has no error any more; its preview is what it made last.
    """
    if news:
        rows = to_json([one.row(at) for at, one in enumerate(news)])
        await tx.execute(_NEWS, {"run_id": run_id, "project_id": project_id, "news": rows})


_PROGRESS = text("""
    update public.compute_nodes node set progress = told.percent, updated_at = clock_timestamp()
    from jsonb_to_recordset(cast(:news as jsonb)) as told(id uuid, percent int)
    where node.id = told.id and node.project_id = :project_id and node.status = 'running'
""")


async def show_progress(tx: Tx, project_id: UUID, percents: Mapping[UUID, int]) -> None:
    """Show how far running nodes are."""
    if percents:
        news = to_json([{"id": str(node_id), "percent": percent} for node_id, percent in sorted(percents.items())])
        await tx.execute(_PROGRESS, {"project_id": project_id, "news": news})


async def insert_run_graph(tx: Tx, run_id: UUID, graph: Mapping[str, Any]) -> None:
    """Keep the run's graph (`nodes` and `edges`, spelled as the tables' rows), in the transaction that starts it."""
    statement = text("insert into wzrd.run_graphs (run_id, graph) values (:run_id, cast(:graph as jsonb))")
    await tx.execute(statement, {"run_id": run_id, "graph": to_json(graph)})


async def read_run_graph(tx: Tx, run_id: UUID) -> Mapping[str, Any] | None:
    """The run's graph; None when it has none. It may be large: read it once an attempt."""
    return await tx.scalar(text("select graph from wzrd.run_graphs where run_id = :run_id"), {"run_id": run_id})
