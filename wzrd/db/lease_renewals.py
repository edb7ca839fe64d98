"""Renewing a process's leases over a blocking connection of its own: no step of the event loop keeps it waiting."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from wzrd.db.engine import Engine, open_blocking_engine
from wzrd.domain.lease import Lease

# One statement renews every run of a process. What does not come back is no longer ours; what comes back canceled
# is to be stopped. The epochs travel beside the ids, so that a run claimed elsewhere in between is not renewed. A row
# that a transaction holds is left out instead of waited for (a blocked loop may hold it open): no run costs the others
# their leases, and no reaper takes a row that is held.
_RENEW = text("""
    with ours as (
        select r.id, r.cancel_requested_at is not null as cancel_requested from wzrd.runs r
        join unnest(cast(:ids as uuid[]), cast(:epochs as int[])) as mine(id, epoch)
            on r.id = mine.id and r.lease_epoch = mine.epoch
        where r.status = 'running' and r.lease_owner = :owner
    ), free as (
        select r.id from wzrd.runs r
        join unnest(cast(:ids as uuid[]), cast(:epochs as int[])) as mine(id, epoch)
            on r.id = mine.id and r.lease_epoch = mine.epoch
        where r.status = 'running' and r.lease_owner = :owner
        for no key update of r skip locked
    ), renewed as (
        update wzrd.runs r set lease_until = clock_timestamp() + make_interval(secs => :seconds)
        from free where r.id = free.id
        returning r.id
    )
    select ours.id, ours.cancel_requested, renewed.id is not null as renewed from ours left join renewed using (id)
""")


@dataclass(frozen=True, slots=True)
class Renewal:
    """A run that is still ours. Not `renewed`: somebody is writing it; to be tried again soon."""

    cancel_requested: bool
    renewed: bool


class LeaseRenewals:
    """Renews the leases of one owner. Blocking: for a thread, not for an event loop."""

    def __init__(self, engine: Engine, owner: str, *, seconds: float) -> None:
        self._owner = owner
        self._seconds = seconds
        self._engine = open_blocking_engine(engine, application="wzrd-leases", silence=seconds)

    def renew(self, leases: Sequence[Lease]) -> dict[UUID, Renewal]:
        """Give each its whole time again, in one statement; returns the runs that are still ours."""
        values = {
            "owner": self._owner,
            "ids": [lease.run_id for lease in leases],
            "epochs": [lease.epoch for lease in leases],
            "seconds": self._seconds,
        }
        with self._engine.connect() as connection:
            rows = connection.execute(_RENEW, values)
            return {row.id: Renewal(row.cancel_requested, row.renewed) for row in rows}

    def close(self) -> None:
        """End the connection; the next renewal opens another."""
        self._engine.dispose()
