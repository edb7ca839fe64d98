"""Ends of runs become events in Prefect: read from the rows, sent, then noted, so an outage loses none.

Whoever ended a run (its worker, the API, a hook, the reaper) does nothing for this. Several workers may send the same
event: its id is derived, and Prefect takes it once.
"""

import logging
from collections.abc import Sequence
from typing import Any

from server.dispatch import PrefectApi, PrefectRefused
from wzrd.db.announcements import list_unannounced, note_announced, sum_charged
from wzrd.domain.announcements import run_event, spend_event
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

BATCH = 100
UNFIT = frozenset({400, 413, 422})
"""Statuses by which Prefect's server says that the events themselves are at fault."""


async def announce(runtime: Runtime, prefect: PrefectApi) -> None:
    """Announce all ends that nobody has announced yet.

    Raises:
        PrefectUnreachable: Prefect does not take them now; they wait.
    """
    full = True
    while full:
        async with runtime.begin() as tx:
            ended = await list_unannounced(tx, limit=BATCH)
            events = [run_event(run) for run in ended]
            if ended:
                now = max(run.finished_at for run in ended)
                midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
                spent = await sum_charged(tx, since=midnight)
                events += filter(None, [spend_event(ended, spent, runtime.settings.spend_alert)])
        if not ended:
            return
        await _send(prefect, events)
        async with runtime.begin() as tx:
            await note_announced(tx, ended)
        full = len(ended) == BATCH


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
