"""check-providers: one free call of each provider, the file store and the database: can what is configured be used?"""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from tasks.check_providers import try_keys


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
