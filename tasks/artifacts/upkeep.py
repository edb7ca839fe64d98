"""Upkeep on its page in Prefect: what its tasks have done, and what is wrong with the money."""

from collections.abc import Mapping, Sequence

from tasks.artifacts.progress import show_table
from wzrd.contracts.spending import CostReport

KEY = "upkeep"
"""One artifact, a version each time."""
MONEY_KEY = "money"
"""Artifact key for broken promises about the money, a version each time."""
COSTS_KEY = "costs"
"""Artifact key for the costs of the last days by model, a version each time."""


async def publish_money(violations: Sequence[Mapping[str, str | int]]) -> None:
    """Show them: promise, user, run, amount, what to do; an empty table is good news."""
    broken = f"{len(violations)} promises about money are broken."
    await show_table(
        "table of money", MONEY_KEY, violations, broken if violations else "Every promise about money holds."
    )


async def publish_costs(report: CostReport) -> None:
    """Show what generations cost: planned, charged, billed, a line a model."""
    total = report.total
    message = f"Since {report.since[:10]}: ${total['spentUsd']} at vendors, {total['credits']} credits charged."
    await show_table("table of costs", COSTS_KEY, [line.wire() for line in report.lines], message)


async def publish_upkeep(done: Mapping[str, int], summary: str) -> None:
    """Show the counts."""
    lines = [{"task": task, "done": count} for task, count in done.items()]
    await show_table("table of upkeep", KEY, lines, f"What upkeep did: {summary}.")
