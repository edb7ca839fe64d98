"""Upkeep on its page in Prefect: what each of its tasks has done."""

from collections.abc import Mapping

from prefect.artifacts import acreate_table_artifact

from tasks.artifacts.progress import best_effort

KEY = "upkeep"
"""One artifact, a version each time."""


async def publish_upkeep(done: Mapping[str, int], summary: str) -> None:
    """Show the counts."""
    async with best_effort("table of upkeep"):
        lines = [{"task": task, "done": count} for task, count in done.items()]
        await acreate_table_artifact(table=lines, key=KEY, description=f"What upkeep did: {summary}.")
