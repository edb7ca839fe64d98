"""Where a run waits in Prefect: its queue, and whose child its flow run is."""

from dataclasses import dataclass
from uuid import UUID

INTERACTIVE, BATCH = "interactive", "batch"
"""The work queues: of the runs that somebody waits for, and of those that schedules, forms and backfill start."""


@dataclass(frozen=True, slots=True)
class QueuePlacement:
    """The queue of a run, and the task run of another flow run that stands for it there, if there is one."""

    queue: str = INTERACTIVE
    parent: UUID | None = None


IN_FRONT = QueuePlacement()
"""Where runs wait that the API starts."""
