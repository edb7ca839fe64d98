"""Upkeep of our own rows and files: what nobody else comes by to do.

Each task may be repeated, and run twice at once. Resuming runs of dead workers is no part of it: the reconciler does,
every second (server/worker/reconcile.py).
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from wzrd.db import ledger
from wzrd.db.costs import UnbilledJob, list_unbilled, note_bill
from wzrd.db.invariants import Violation, list_violations, note_broken
from wzrd.db.left_jobs import list_open_items
from wzrd.db.orphan_files import forget_unnoted, take_unnoted
from wzrd.db.run_holds import list_run_holds, settle_run_hold
from wzrd.db.runs import lock_run
from wzrd.db.upkeep import HeldHold, count_ignored_pauses, forget_events, forget_expired, list_held
from wzrd.domain.errors import Conflict, NotFound, ProviderError
from wzrd.domain.runs import TERMINAL_RUN
from wzrd.domain.upkeep import IGNORED_PAUSE_SECONDS, STALE_HOLD_SECONDS, OutstandingHold, Retention, is_stale
from wzrd.generation.recovery import AT_ONCE, recover
from wzrd.providers.base import BillingProvider
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

BATCH = 500
"""Rows that one transaction takes."""
ROUNDS = 200
"""Transactions that one task makes at most; what is left is the next upkeep's."""
STALE = "stale"
BILLED_AFTER, BILLED_WITHIN, BILLS = 300.0, 3 * 86_400.0, 500
"""Seconds after its end from which on a submit's bill is asked for, and until which; how many at most."""
DAY = 86_400.0


async def count_waiting_for_a_worker(runtime: Runtime) -> int:
    """Number of runs waiting to be taken from a dead worker: above 0, no worker and no supervisor is up."""
    async with runtime.begin() as tx:
        return await count_ignored_pauses(tx, older_than=IGNORED_PAUSE_SECONDS)


async def look_after_jobs(runtime: Runtime) -> int:
    """Ask providers about what they still work on though its run has ended; returns how many were asked about."""

    async def once() -> tuple[int, bool]:
        asked = await recover(runtime)
        return asked, asked >= AT_ONCE

    return await _until_few(once)


async def note_bills(runtime: Runtime) -> int:
    """Write what vendors have billed beside the submits, where a key may read it; returns how many are new."""
    async with runtime.begin() as tx:
        jobs = await list_unbilled(tx, after=BILLED_AFTER, within=BILLED_WITHIN, most=BILLS)
    by_provider: dict[str, list[UnbilledJob]] = {}
    for job in jobs:
        by_provider.setdefault(job.provider, []).append(job)
    return sum([await _note_bills(runtime, name, found) for name, found in by_provider.items()])


async def _note_bills(runtime: Runtime, name: str, jobs: Sequence[UnbilledJob]) -> int:
    media_type = jobs[0].media_type
    if runtime.providers.obstacle(name, media_type) is not None:
        return 0
    provider = runtime.providers.find(name, media_type)
    if not isinstance(provider, BillingProvider):
        return 0
    since = min(job.created_at for job in jobs)
    try:
        billed = await provider.read_bills([job.request_id for job in jobs], since)
    except ProviderError as error:
        log.info("%s: its bills cannot be read now: %s", name, error.message)
        return 0
    async with runtime.begin() as tx:
        told = sorted((job for job in jobs if job.request_id in billed), key=lambda job: job.job_id)
        return sum([await note_bill(tx, job.job_id, billed[job.request_id]) for job in told])


async def release_stale_holds(runtime: Runtime) -> int:
    """Give back holds that nothing can be delivered for any more; returns how many."""
    async with runtime.begin() as tx:
        held = await list_held(tx, older_than=STALE_HOLD_SECONDS, limit=BATCH)
    stale = [hold for hold in held if is_stale(OutstandingHold(hold.run_known, hold.ended_for, hold.job_open))]
    return sum([await _release(runtime, hold) for hold in stale])


async def _release(runtime: Runtime, hold: HeldHold) -> bool:
    """Give it back under its run's lock, if it is still as it was: a retry may have taken it over."""
    if hold.run_id is None or hold.key is None:
        return await _release_lost(runtime, hold.hold_id)
    async with runtime.begin() as tx:
        run = await lock_run(tx, hold.run_id)
        if run is None or run.status not in TERMINAL_RUN:
            return False
        outstanding = next((one for one in await list_run_holds(tx, run.run_id) if one.key == hold.key), None)
        open_items = await list_open_items(tx, run.run_id)
        if outstanding is None or outstanding.status != "held" or outstanding.item in open_items:
            return False
        if not outstanding.item and open_items:
            return False
        committed = None
        try:
            await ledger.release(tx, hold.hold_id, STALE, run_id=run.run_id)
        except (Conflict, NotFound):  # settled behind our back: what was done stands
            committed = await ledger.read_charge(tx, hold.hold_id)
        await settle_run_hold(tx, hold.key, committed=committed)
    log.warning("run %s had ended, and its hold %s still stood: given back", hold.run_id, hold.key)
    return True


async def _release_lost(runtime: Runtime, hold_id: UUID) -> bool:
    """Give back a hold whose run is gone with all its rows."""
    async with runtime.begin() as tx:
        released = await ledger.release(tx, hold_id, STALE)
    log.warning("hold %s stood for a run that is gone: given back", hold_id)
    return released > 0


async def check_money(runtime: Runtime) -> list[Violation]:
    """Violations of invariants about money, over all users; their counts are kept for the metrics."""
    async with runtime.begin() as tx:
        violations = await list_violations(tx)
        await note_broken(tx, violations)
    for one in violations:
        log.error("%s: %s (user %s, run %s, %s)", one.invariant.name, one.invariant.broken, *one.where)
    return violations


async def forget_spent(runtime: Runtime) -> int:
    """Forget expired tickets, sessions, signatures, nonces and counters; returns how many."""

    async def once() -> tuple[int, bool]:
        async with runtime.begin() as tx:
            forgotten = (await forget_expired(tx, limit=BATCH)).values()
        return sum(forgotten), max(forgotten) >= BATCH

    return await _until_few(once)


async def forget_old_events(runtime: Runtime, retention: Retention) -> int:
    """Forget the logs of runs that ended long ago, but for their two ends; returns how many events."""

    async def once() -> tuple[int, bool]:
        async with runtime.begin() as tx:
            runs, events = await forget_events(tx, older_than=retention.events_days * DAY, limit=BATCH)
        return events, runs >= BATCH

    return await _until_few(once)


async def clear_unnoted_files(runtime: Runtime, retention: Retention) -> int:
    """Remove files that were put into the store and never noted in a row; returns how many were there.

    Taken first, so that nobody can note one that is being removed; forgotten last, so that one whose removal was
    interrupted is removed the next time.
    """

    async def once() -> tuple[int, bool]:
        async with runtime.begin() as tx:
            taken = await take_unnoted(tx, older_than=retention.unnoted_hours * 3600.0, limit=BATCH)
        removed = 0
        for bucket, path in taken:
            removed += await runtime.storage.delete(bucket, path)
            async with runtime.begin() as tx:
                await forget_unnoted(tx, bucket, path)
        return removed, len(taken) >= BATCH

    return await _until_few(once)


async def _until_few(once: Callable[[], Awaitable[tuple[int, bool]]]) -> int:
    """Repeat while a round says that it was full; returns the sum of what the rounds have done."""
    total = 0
    for _ in range(ROUNDS):
        done, full = await once()
        total += done
        if not full:
            break
    return total
