"""The step that tries every key, the file store and the database; no key is in its answer."""

from typing import Any

from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE

from blocks.resolve import block_keys, runtime_for_process
from tasks.artifacts.progress import best_effort
from tasks.retrying import step_task
from wzrd.domain.artifact_keys import plain
from wzrd.domain.checks import Check
from wzrd.runtime.checks import check_services

KEY = "wzrd-providers"
"""One artifact, a version each time."""


@step_task(name="try every key", cache_policy=NO_CACHE)
async def try_keys() -> list[dict[str, str]]:
    """Look at all of them at once, and show a table of it; a line each."""
    settings = (await runtime_for_process()).settings
    checks = await check_services(settings, await block_keys() or {})
    lines = [_line(one) for one in checks]
    async with best_effort("table of providers"):
        message = "Whether what is configured can be used: one free call each."
        await acreate_table_artifact(table=lines, key=KEY, description=message)
    return lines


def _line(check: Check) -> dict[str, Any]:
    return {"name": check.name, "verdict": check.verdict or "not configured", "detail": plain(check.detail)}
