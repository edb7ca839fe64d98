"""The names of flow runs in Prefect's UI: ours in place of those that nobody chose.

Prefect's forms propose a name of their own making for every run, and nobody can tell it from one that was typed there:
a run from a form, like one of a schedule, gets ours, and keeps the other as a label. A command or a program that gives
a name means it.
"""

import asyncio
from functools import cache
from typing import Any, cast
from uuid import UUID

from coolname.data import config
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import StateType

from tasks.artifacts.progress import warn
from wzrd.retry import best_effort

NAME_SECONDS = 2.0
REFUSED = " · refused"
_LISTS = cast("dict[str, dict[str, Any]]", config)
LABEL = "name_in_form"
"""The label under which a flow run keeps the name that it had in Prefect's form."""


def refused_name(flow: str) -> str:
    """The name of a flow run that could not begin."""
    return flow + REFUSED


def is_made_up(name: str) -> bool:
    """True if the server made the name, since nobody gave one, or we did for a since mended refusal."""
    words = name.split("-")
    return not name or name.endswith(REFUSED) or (len(words) == 2 and all(word in _server_words() for word in words))


@cache
def _server_words() -> frozenset[str]:
    """The adjectives and animals that Prefect's server makes names of."""
    return frozenset(word for part in _LISTS.values() for word in part.get("words", ()))


async def give_name(flow_run_id: UUID, name: str, better: str) -> None:
    """Rename a flow run whose name nobody chose; best effort, since an outage of Prefect must not stall a run."""
    if name == better:
        return
    with best_effort(warn, "the flow run keeps its name"):
        async with asyncio.timeout(NAME_SECONDS), get_client() as client:
            if is_made_up(name):
                await client.set_flow_run_name(flow_run_id, better)
            elif await _is_of_a_form(client, flow_run_id):
                await client.set_flow_run_name(flow_run_id, better)
                await client.update_flow_run_labels(flow_run_id, {LABEL: name})


async def _is_of_a_form(client: PrefectClient, flow_run_id: UUID) -> bool:
    """True if a form, a quick run or the scheduler made it.

    Each of them sends a message with the first state, if only an empty one; commands and programs send none.
    """
    states = await client.read_flow_run_states(flow_run_id)
    first = min((one for one in states if one.type == StateType.SCHEDULED), key=lambda one: one.timestamp, default=None)
    return first is not None and first.message is not None
