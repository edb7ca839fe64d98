"""A run's pause: no process executes it, its holds stand, and whoever resumes its flow run has it go on."""

from uuid import UUID

from wzrd.contracts.events import NewEvent, paused
from wzrd.db.events import append_events
from wzrd.db.listen import RUN_EVENTS
from wzrd.db.run_leases import fence, pause_run
from wzrd.domain.errors import CancelRequested
from wzrd.domain.lease import Lease
from wzrd.runtime.session import RunSession


async def pause(session: RunSession, run_id: UUID, *, lease: Lease | None = None) -> bool:
    """Pause an open run; False when it is paused already, has ended, or was asked to cancel.

    Its process gives its lease, which ends with this. Others give none, and pause only what no process executes.

    Raises:
        LeaseLost: the lease is no longer the run's.
    """
    async with session.begin() as tx:
        try:
            if lease is not None:
                await fence(tx, lease)
        except CancelRequested:
            return False
        attempt = await pause_run(tx, run_id, leased=lease is not None)
        if attempt is None:
            return False
        await append_events(tx, run_id, [NewEvent("progress", paused(attempt))])
    session.notifier.notify(RUN_EVENTS, run_id)
    return True
