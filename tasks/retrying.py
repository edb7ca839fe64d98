"""Which faults a task repeats, and which its flow passes over.

Only infrastructure is tried again here: a provider's errors are final when they leave wzrd.generation.
"""

import contextlib
from collections.abc import Awaitable
from typing import Any

from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from wzrd.db.engine import is_outage
from wzrd.domain.errors import WzrdError


async def lost_infrastructure(_task: "Task[..., Any]", _run: TaskRun, state: State[Any]) -> bool:
    """Whether the step failed because its database was out of reach."""
    try:
        await state.aresult(raise_on_failure=True)
    except Exception as error:  # noqa: BLE001 - the verdict is about whatever was raised
        return is_outage(error)
    return False


on_outage: dict[str, Any] = {
    "retries": 6,
    "retry_delay_seconds": [0.2, 0.5, 1, 2, 4, 8],
    "retry_condition_fn": lost_infrastructure,
}
"""A step is guarded by its rows, so it may be repeated after an ambiguous commit too."""


async def heed(made: Awaitable[Any], lost: type[WzrdError]) -> None:
    """Await one step of many: that it lost its piece (`lost`) is there for all to see, and the others go on."""
    with contextlib.suppress(lost):
        await made
