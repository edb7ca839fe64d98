"""A backfill on its page in Prefect: what would be done, or what became of each run."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from prefect.artifacts import TableArtifact, acreate_table_artifact

from blocks.resolve import runtime_for_process
from tasks.artifacts.page import Page
from tasks.artifacts.progress import best_effort
from wzrd.db.items import count_items
from wzrd.domain.artifact_keys import plain
from wzrd.operations.backfill import BackfillPlan, tell

KEY = "backfill"
"""One artifact, a version each time."""


async def publish_plan(plan: BackfillPlan) -> None:
    """Show what would be done."""
    async with best_effort("table of runs"):
        told = f"Dry run. {plan.summary()}. Nothing was changed."
        await acreate_table_artifact(table=[tell(one) for one in plan.planned], key=KEY, description=told)


async def publish_backfill(page: Page) -> None:
    """Show what was planned, and what became of it, after the backfill has ended."""
    run, items = page.run, page.items
    outcomes = {str(item.entity_id): item for item in items}
    lines: list[dict[str, Any]] = []
    for line in run.params["plan"]:
        item = outcomes.get(line["run"])
        output: Mapping[str, Any] = (item.output or {}) if item else {}
        told = {"outcome": output.get("status", item.status if item else ""), "charged": output.get("charged", 0)}
        lines.append({**line, **told, "error": plain(item.error or "") if item else ""})
    async with page.best_effort("table of runs"):
        about = page.describe("What became of each run.")
        await page.write(TableArtifact(table=lines, key=KEY, description=about))


async def read_progress(run_id: UUID) -> tuple[float, str]:
    """How far the backfill is, and how many of its runs have ended."""
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        counts = await count_items(tx, run_id)
    ended = counts.total - counts.open
    return (100.0 * ended / counts.total if counts.total else 100.0), f"{ended} of {counts.total} runs"
