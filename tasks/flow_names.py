"""The names of flow runs in Prefect's UI: ours in place of generated ones, never of one that somebody typed."""

import asyncio
import re
from uuid import UUID

from prefect import get_run_logger
from prefect.client.orchestration import get_client

NAME_SECONDS = 2.0
REFUSED = " · refused"
_GENERATED = re.compile(r"[a-z]+[0-9]*-[a-z]+")
"""Prefect's own: an adjective and an animal; its form's: a star and a planet (omicron4-quarra)."""


def refused_name(flow: str) -> str:
    """The name of a flow run that could not begin."""
    return flow + REFUSED


def is_typed(name: str) -> bool:
    """Whether a person chose the name. What was refused may have been mended and begun again."""
    return bool(name) and not _GENERATED.fullmatch(name) and not name.endswith(REFUSED)


async def give_name(flow_run_id: UUID, name: str, better: str) -> None:
    """Rename a flow run whose name nobody chose; best effort, since an outage of Prefect must not stall a run."""
    if is_typed(name) or name == better:
        return
    try:
        async with asyncio.timeout(NAME_SECONDS), get_client() as client:
            await client.set_flow_run_name(flow_run_id, better)
    except Exception as error:  # noqa: BLE001 - an outage of Prefect's server must not stall a run
        get_run_logger().warning("the flow run keeps its name: %s", type(error).__name__)
