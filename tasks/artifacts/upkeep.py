"""Upkeep on its page in Prefect: what its tasks have done, and what is wrong with the money."""

from collections.abc import Mapping, Sequence

from prefect.artifacts import acreate_table_artifact

from tasks.artifacts.progress import best_effort
from wzrd.contracts.spending import CostReport

KEY = "upkeep"
"""One artifact, a version each time."""


MONEY_KEY = "money"
"""Artifact key for broken promises about the money, a version each time."""


async def publish_money(violations: Sequence[Mapping[str, str | int]]) -> None:
    """Show them: promise, user, run, amount, what to do; an empty table is good news."""
    async with best_effort("table of money"):
        message = (
            f"{len(violations)} promises about money are broken" if violations else "Every promise about money holds"
        )
        await acreate_table_artifact(table=[dict(one) for one in violations], key=MONEY_KEY, description=f"{message}.")


COSTS_KEY = "costs"
"""Artifact key for the costs of the last days by model, a version each time."""


async def publish_costs(report: CostReport) -> None:
    """Show what generations cost: planned, charged, billed, a line a model."""
    async with best_effort("table of costs"):
        total = report.total
        message = f"Since {report.since[:10]}: ${total['spentUsd']} at vendors, {total['credits']} credits charged."
        lines = [line.wire() for line in report.lines]
        await acreate_table_artifact(table=lines, key=COSTS_KEY, description=message)


async def publish_upkeep(done: Mapping[str, int], summary: str) -> None:
    """Show the counts."""
    async with best_effort("table of upkeep"):
        lines = [{"task": task, "done": count} for task, count in done.items()]
        await acreate_table_artifact(table=lines, key=KEY, description=f"What upkeep did: {summary}.")
