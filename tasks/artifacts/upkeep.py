"""Upkeep on its page in Prefect: what its tasks have done, and what is wrong with the money."""

from collections.abc import Mapping, Sequence

from prefect.artifacts import acreate_table_artifact

from tasks.artifacts.progress import best_effort

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


async def publish_upkeep(done: Mapping[str, int], summary: str) -> None:
    """Show the counts."""
    async with best_effort("table of upkeep"):
        lines = [{"task": task, "done": count} for task, count in done.items()]
        await acreate_table_artifact(table=lines, key=KEY, description=f"What upkeep did: {summary}.")
