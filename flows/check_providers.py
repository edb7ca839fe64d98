"""check-providers: one free call of each provider, the file store and the database: can what is configured be used?"""

from typing import Any

from prefect import flow
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from blocks.resolve import block_keys, runtime_for_process
from tasks.artifacts.progress import best_effort
from tasks.retrying import step_task
from wzrd.domain.shown import plain
from wzrd.runtime.checks import check_services


@flow(
    name="check-providers",
    description="Try the key of each provider by one free call, the file store and the database.",
    retries=0,
    persist_result=True,
    result_serializer="json",
)
async def check_providers() -> State[Any]:
    """Try what is configured; Failed where something of it cannot be used. Nothing is generated or changed."""
    lines = await try_keys()
    bad = [line for line in lines if line["verdict"] not in {"valid", "not configured"}]
    valid = sum(line["verdict"] == "valid" for line in lines)
    payload = {"checks": lines}
    if bad:
        words = ", ".join(f"{line['name']}: {line['verdict']}" for line in bad)
        return Failed(message=f"{words} · {valid} can be used", data=payload)
    return Completed(message=f"{valid} can be used", data=payload)


KEY = "wzrd-providers"
"""One artifact, a version each time."""


@step_task(name="try every key", cache_policy=NO_CACHE)
async def try_keys() -> list[dict[str, str]]:
    """Look at all of them at once, and show a table of it; a line each."""
    settings = (await runtime_for_process()).settings
    checks = await check_services(settings, await block_keys() or {})
    lines = [
        {"name": one.name, "verdict": one.verdict or "not configured", "detail": plain(one.detail)} for one in checks
    ]
    async with best_effort("table of providers"):
        message = "Whether what is configured can be used: one free call each."
        await acreate_table_artifact(table=lines, key=KEY, description=message)
    return lines
