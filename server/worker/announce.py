"""Ends of runs become events in Prefect: read from the rows, sent, then noted, so an outage loses none.

Whoever ended a run (its worker, the API, a hook, the reaper) does nothing for this. Several workers may send the same
event: its id is derived, and Prefect takes it once.
"""

import logging
from collections.abc import Sequence
from datetime import UTC, date
from typing import Any

from server.dispatch import PrefectApi, PrefectRefused
from wzrd.db.announcements import list_unannounced, note_announced, sum_charged
from wzrd.db.engine import Tx
from wzrd.domain.announcements import EndedRun, run_event, spend_event
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

BATCH = 100
UNFIT = frozenset({400, 413, 422})
"""Statuses by which Prefect's server says that the events themselves are at fault."""


class Announcer:
    """Announces for one process."""

    def __init__(self, runtime: Runtime, prefect: PrefectApi) -> None:
        self._runtime = runtime
        self._prefect = prefect
        self._passed: date | None = None
        """The day whose spend is known to have passed the limit: it is summed up no more."""

    async def announce(self) -> None:
        """Announce all ends that nobody has announced yet.

        Raises:
            PrefectUnreachable: Prefect does not take them now; they wait.
        """
        full = True
        while full:
            async with self._runtime.begin() as tx:
                ended = await list_unannounced(tx, limit=BATCH)
                events = [*map(run_event, ended), *await self._spend(tx, ended)]
            if not ended:
                return
            await _send(self._prefect, events)
            async with self._runtime.begin() as tx:
                await note_announced(tx, ended)
            full = len(ended) == BATCH

    async def _spend(self, tx: Tx, ended: Sequence[EndedRun]) -> list[dict[str, Any]]:
        limit = self._runtime.settings.spend_alert
        paid = [run.finished_at.astimezone(UTC) for run in ended if run.credits]
        if not limit or not paid or (latest := max(paid)).date() == self._passed:
            return []
        spent = await sum_charged(tx, since=latest.replace(hour=0, minute=0, second=0, microsecond=0))
        event = spend_event(ended, spent, limit)
        self._passed = latest.date() if spent >= limit and event is None else self._passed
        return [event] if event else []


async def _send(prefect: PrefectApi, events: Sequence[dict[str, Any]]) -> None:
    """Send them together; where one is unfit for Prefect, the others are sent without it."""
    try:
        await prefect.emit(events)
    except PrefectRefused as error:
        if error.status not in UNFIT:
            raise
        if len(events) == 1:
            log.warning("%s of %s is left out: %s", events[0]["event"], events[0]["resource"], error)
            return
        for event in events:
            await _send(prefect, [event])
