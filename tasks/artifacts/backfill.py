"""A backfill on its page in Prefect: what would be done, or what became of each run."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from prefect.artifacts import TableArtifact, acreate_table_artifact
from prefect.utilities.urls import url_for

from blocks.resolve import runtime_for_process
from tasks.artifacts.page import RunPage
from tasks.artifacts.progress import best_effort
from wzrd.db.flow_runs import list_executing
from wzrd.domain.backfill import NAMED
from wzrd.domain.shown import plain
from wzrd.operations.backfill import BackfillPlan, describe_planned

KEY = "backfill"
"""One artifact, a version each time."""


async def publish_plan(plan: BackfillPlan) -> None:
    """Show what would be done."""
    async with best_effort("table of runs"):
        message = f"Dry run. {plan.summary()}. Nothing was changed."
        lines = await _shown([describe_planned(one) for one in plan.planned])
        await acreate_table_artifact(table=lines, key=KEY, description=message)


async def publish(page: RunPage) -> None:
    """Show what was planned, and what became of it, after the backfill has ended."""
    run, items = page.run, page.items
    outcomes = {str(item.entity_id): item for item in items}
    lines: list[dict[str, Any]] = []
    for line in run.params["plan"]:
        item = outcomes.get(line["run"])
        output: Mapping[str, Any] = (item.output or {}) if item else {}
        end = {"outcome": output.get("status", item.status if item else ""), "charged": output.get("charged", 0)}
        lines.append({**line, **end, "error": plain(item.error or "") if item else ""})
    async with page.best_effort("table of runs"):
        about = page.describe("What became of each run.")
        await page.write(TableArtifact(table=await _shown(lines), key=KEY, description=about))


async def _shown(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines as a person reads them: what is done and why before all else, and each run a link to its page."""
    async with (await runtime_for_process()).begin() as tx:
        flow_runs = await list_executing(tx, [UUID(line["run"]) for line in lines])
    first = ("action", "reason", "outcome", "charged", "error")
    return [
        {
            **{name: line[name] for name in first if name in line},
            "run": _link(line["run"], flow_runs.get(UUID(line["run"]))),
            **{name: value for name, value in line.items() if name not in {*first, "run"}},
            "run_id": line["run"],
        }
        for line in lines
    ]


def _link(run_id: str, flow_run_id: UUID | None) -> str:
    url = url_for("flow-run", obj_id=flow_run_id) if flow_run_id else None
    return f"[{run_id[:NAMED]}]({url})" if url else run_id[:NAMED]
