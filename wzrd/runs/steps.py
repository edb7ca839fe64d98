"""One step of a run is one transaction: fence, guarded move, rows, events. It notifies only after the commit."""

import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from wzrd.contracts.events import NewEvent
from wzrd.db.engine import Tx
from wzrd.db.events import append_events
from wzrd.db.items import move_items
from wzrd.db.listen import RUN_EVENTS
from wzrd.db.run_leases import fence
from wzrd.domain.runs import ITEM, Lease, require_transition
from wzrd.faults import fault
from wzrd.runtime.session import RunSession

RunLog: TypeAlias = "logging.Logger | logging.LoggerAdapter[Any]"
"""The log of a run, given by whoever executes it: under Prefect the one of its page."""


@dataclass(slots=True)
class Step:
    """An open step: the run's row is locked and proven ours. Events emitted here are committed with it."""

    tx: Tx
    lease: Lease
    events: list[NewEvent] = field(default_factory=list[NewEvent])

    def emit(self, event: str, data: dict[str, Any]) -> None:
        """Add an event to the step's commit."""
        self.events.append(NewEvent(event, data))

    async def move(
        self,
        keys: Sequence[str],
        *,
        to: str,
        phase: str | None = None,
        from_status: Sequence[str] = ("running",),
        from_phase: str | None = None,
        outputs: Mapping[str, Mapping[str, Any]] | None = None,
        error: str | None = None,
        delivered: bool = False,
    ) -> list[str]:
        """Move items; only those that stood where the step believed move, and only for them may it go on.

        `delivered` marks them as such: the event that this step says carries their content, and they are to be paid.

        Raises:
            Conflict: the table of items has no such step.
        """
        require_transition(ITEM, from_status, to)
        moved = await move_items(
            self.tx,
            self.lease.run_id,
            keys,
            from_status=from_status,
            from_phase=from_phase,
            status=to,
            phase=phase,
            outputs=outputs,
            error=error,
            delivered=delivered,
        )
        return [key for key in keys if key in moved]


@asynccontextmanager
async def step(session: RunSession, lease: Lease, *, check_cancel: bool = True) -> AsyncGenerator[Step]:
    """One fenced transaction of a run.

    Raises:
        LeaseLost: another worker owns the run.
        CancelRequested: the run is to be canceled (unless `check_cancel` is off, for what is made already).
    """
    async with session.begin() as tx:
        await fence(tx, lease, check_cancel=check_cancel)
        current = Step(tx, lease)
        yield current
        await append_events(tx, lease.run_id, current.events)
        await fault("before_step_commit")
    if current.events:
        session.notifier.notify(RUN_EVENTS, lease.run_id)
    await fault("after_step_commit")
