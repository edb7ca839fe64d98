"""A run's end, its cancel and its reopening: settlement, status and terminal event in one commit."""

import logging
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from wzrd.contracts.events import NewEvent, retrying
from wzrd.db import ledger
from wzrd.db.engine import Tx, mirrored
from wzrd.db.events import append_events
from wzrd.db.items import Item, end_open_items, list_items, reopen_items
from wzrd.db.left_jobs import leave_results, list_open_items, take_results_over
from wzrd.db.listen import RUN_CANCEL, RUN_ENDED, RUN_EVENTS
from wzrd.db.queue import lock_queue, take_queue_slot
from wzrd.db.run_holds import OUTSTANDING, RunHold, list_run_holds, set_purpose, settle_run_hold
from wzrd.db.run_leases import fence
from wzrd.db.runs import RunRow, end_run, find_run, lock_run, reopen_run, request_cancel
from wzrd.domain.errors import Conflict, InsufficientCredits, NotFound
from wzrd.domain.runs import AWAITS, RUN, TERMINAL_RUN, Lease, next_status
from wzrd.domain.settlement import Outcome, Settlement, settle
from wzrd.domain.work_queues import IN_FRONT, QueuePlacement
from wzrd.faults import fault
from wzrd.runs.attempt_holds import hold_attempt, hold_for_attempt
from wzrd.runs.start import queue_limits
from wzrd.runs.top_up import paid
from wzrd.runtime.kind import Kind
from wzrd.runtime.session import RunSession

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Facts:
    run: RunRow
    items: list[Item]
    holds: list[RunHold]

    @property
    def own_holds(self) -> list[RunHold]:
        """Standing holds of the run itself: the first of its attempt, and those that topped it up."""
        return [hold for hold in self.holds if hold.status == "held" and hold.item_key == ""]

    @property
    def left_holds(self) -> list[RunHold]:
        """Holds of single items that nobody settled: their worker died, or never came back to them."""
        return [hold for hold in self.holds if hold.status == "held" and hold.item_key != ""]


async def finish(session: RunSession, run_id: UUID, outcome: Outcome, *, lease: Lease | None = None) -> str | None:
    """End the run. Its process gives its lease; hooks and reaper give none and end only what no process executes.

    Returns the status it ended with, or None when it had already ended.

    Raises:
        LeaseLost: the lease is no longer the run's.
    """
    async with session.begin() as tx:
        if lease is not None:
            await fence(tx, lease, check_cancel=False)
        ended = await settle_in(session, tx, run_id, outcome, by_lease_holder=lease is not None)
        await fault("before_settle_commit")
    if ended is not None:
        _notify_end(session, ended.run)
    await fault("after_settle_commit")
    return ended.status if ended is not None else None


@dataclass(frozen=True, slots=True)
class Ended:
    """A run as it was before its end, and the status that it ended with."""

    run: RunRow
    status: str


def _notify_end(session: RunSession, run: RunRow) -> None:
    """Whoever follows reads the log's end; a worker hands the user's next run over."""
    session.notifier.notify(RUN_EVENTS, run.run_id)
    session.notifier.notify(RUN_ENDED, run.user_id)


async def settle_in(
    session: RunSession, tx: Tx, run_id: UUID, outcome: Outcome, *, by_lease_holder: bool
) -> Ended | None:
    """Settle within the caller's transaction. Gather under the run's lock, decide, apply in the lock order."""
    run = await lock_run(tx, run_id)
    if run is None or run.status in TERMINAL_RUN or (run.leased and not by_lease_holder):
        return None
    kind = session.kind(run.kind)
    facts = _Facts(run, await list_items(tx, run_id), await list_run_holds(tx, run_id))
    result = {**kind.sum_up(run, facts.items), **(outcome.result or {})}
    outcome = replace(outcome, result=result or None)
    decision = settle(
        kind,
        outcome,
        run_id=str(run_id),
        request_id=run.request_id,
        items=[item for item in facts.items if item.phase != AWAITS],
        committed=paid(kind, facts.holds),
        held=sum(hold.amount for hold in facts.own_holds),
    )
    next_status(RUN, run.status, decision.status)
    await _apply(tx, kind, facts, decision, outcome)
    return Ended(run, decision.status)


async def _apply(tx: Tx, kind: Kind, facts: _Facts, decision: Settlement, outcome: Outcome) -> None:
    run_id = facts.run.run_id
    reason = decision.error_code or "nothing_delivered"
    if kind.keep_after_end:
        await leave_results(tx, run_id)
    await _close_own_holds(tx, facts, decision.charge, reason)
    await _close_item_holds(tx, kind, facts, reason)
    open_items = await end_open_items(tx, run_id, decision.open_items_become, decision.error)
    if kind.on_end:
        async with mirrored(tx):
            await kind.on_end(tx, facts.run, decision, open_items)
    await append_events(tx, run_id, [decision.terminal])
    result = kind.kept(outcome.result) if outcome.result is not None else None
    await end_run(tx, run_id, decision.status, error=decision.error, error_code=decision.error_code, result=result)


async def _close_own_holds(tx: Tx, facts: _Facts, charge: int, reason: str) -> None:
    """The charge is taken from the first hold, then from what has topped it up; the rest goes back."""
    for hold in facts.own_holds:
        part = min(charge, hold.amount)
        await _close_hold(tx, facts.run.run_id, hold, part, reason)
        charge -= part


async def _close_item_holds(tx: Tx, kind: Kind, facts: _Facts, reason: str) -> None:
    """Settle what items still hold: what was delivered is charged, whatever ended it since; the rest goes back.

    Where a provider may still deliver, or has and nobody took it over, it stays until that is settled.

    An item that the run's own hold paid for takes a hold of its own for that: what the run held has just come back.
    """
    run, waiting = facts.run, await list_open_items(tx, facts.run.run_id)
    delivered = {item.key for item in facts.items if item.delivered}
    for hold in facts.left_holds:
        if hold.item in waiting - delivered:
            await set_purpose(tx, hold.key, OUTSTANDING)
        else:
            await _close_hold(tx, run.run_id, hold, hold.amount if hold.item in delivered else 0, reason)
    outstanding = {hold.item for hold in facts.left_holds}
    for item in facts.items if kind.covers else ():
        if item.key in waiting and item.key not in outstanding and item.price > 0 and not item.delivered:
            await _hold_outstanding(tx, kind, run, item)


async def _hold_outstanding(tx: Tx, kind: Kind, run: RunRow, item: Item) -> None:
    """Who has spent meanwhile what came back gets what comes late for nothing: a run's end waits for no credits."""
    try:
        await hold_for_attempt(
            tx,
            kind,
            run_id=run.run_id,
            user_id=run.user_id,
            attempt=run.attempt,
            amount=item.price,
            reference_id=str(run.params.get("referenceId", run.run_id)),
            item_key=item.key,
            purpose=OUTSTANDING,
        )
    except InsufficientCredits as error:
        log.warning("run %s ends, and %s is not held for what may still come: %s", run.run_id, item.key, error)


async def _close_hold(tx: Tx, run_id: UUID, hold: RunHold, charge: int, reason: str) -> None:
    """Charge the hold, or give it back whole. A run ends even if its hold was settled behind our back.

    On an adopted database the original's functions settle any hold; what they did stands, and is noted.
    """
    committed = None
    try:
        if charge > 0:
            committed = await ledger.commit(tx, hold.hold_id, charge, run_id=run_id, metadata={"run_id": str(run_id)})
        else:
            await ledger.release(tx, hold.hold_id, reason, run_id=run_id)
    except (Conflict, NotFound) as error:
        log.warning("run %s ends with a hold that somebody else settled: %s", run_id, error.message)
        committed = await ledger.read_charge(tx, hold.hold_id)
    await settle_run_hold(tx, hold.key, committed=committed)


async def cancel(session: RunSession, run_id: UUID, user_id: UUID) -> RunRow:
    """Ask a run to stop. One that no process executes is settled at once, another by its process; an ended one stays.

    Raises:
        NotFound: no such run of this user.
    """
    async with session.begin() as tx:
        run = await lock_run(tx, run_id)
        if run is None or run.user_id != user_id:
            raise NotFound("Run not found")
        if run.status not in TERMINAL_RUN:
            await request_cancel(tx, run_id)
            await settle_in(session, tx, run_id, Outcome(canceled=True), by_lease_holder=False)
        await fault("before_cancel_commit")
        after = await find_run(tx, run_id)
    session.notifier.notify(RUN_CANCEL, run_id)
    _notify_end(session, run)
    assert after is not None
    return after


async def reopen(
    session: RunSession,
    run_id: UUID,
    *,
    user_id: UUID | None = None,
    flow_run_id: UUID | None = None,
    resubmit_unknown: bool = False,
    ended_attempt: int | None = None,
    placement: QueuePlacement = IN_FRONT,
) -> RunRow:
    """Give an ended run its next attempt: a new hold for what is left; finished items are kept.

    Retried in Prefect's UI, it goes on in the same `flow_run_id`; otherwise it gets a new one, since the former flow
    run may still be leaving and its last state would overwrite ours. `resubmit_unknown`: its user accepts that what a
    provider may have accepted before is sent, and paid by us, once more. `ended_attempt`: the attempt that the caller
    saw; another's retry since then is not repeated. `place`: where a new flow run waits.

    Raises:
        NotFound: no such run of this user.
        Conflict: it has not ended, or everything in it succeeded, or it has had another attempt since;
            `attempts_exhausted`: it has had all its attempts.
        InsufficientCredits, TooMany: the hold, or one more open run, was refused; the run stays as it was.
    """
    async with session.begin() as tx:
        run = await lock_run(tx, run_id)
        if run is None or (user_id is not None and run.user_id != user_id):
            raise NotFound("Run not found")
        next_status(RUN, run.status, "reopened")
        if ended_attempt is not None and run.attempt != ended_attempt:
            raise Conflict(f"run {run_id} has had attempt {run.attempt} since", attempts=run.attempt)
        _check_attempts(run, session.settings.max_attempts)
        await _reopen(session, tx, run, flow_run_id, placement, resubmit_unknown=resubmit_unknown)
        after = await find_run(tx, run_id)
    session.notifier.notify(RUN_EVENTS, run_id)
    assert after is not None
    return after


def _check_attempts(run: RunRow, most: int) -> None:
    """Each attempt may cost us what its user does not pay (a text that was never delivered): not without end."""
    if run.attempt >= most:
        message = f"run {run.run_id} has had all its {most} attempts: ask for what is missing with a new request"
        raise Conflict(message, code="attempts_exhausted", attempts=run.attempt)


async def append_progress(session: RunSession, run_id: UUID, data: dict[str, Any]) -> None:
    """Append a `progress` event that changes no state, while the run is open."""
    async with session.begin() as tx:
        run = await lock_run(tx, run_id)
        if run is None or run.status in TERMINAL_RUN:
            return
        await append_events(tx, run_id, [NewEvent("progress", data)])
    session.notifier.notify(RUN_EVENTS, run_id)


async def _reopen(
    session: RunSession,
    tx: Tx,
    run: RunRow,
    flow_run_id: UUID | None,
    placement: QueuePlacement,
    *,
    resubmit_unknown: bool,
) -> None:
    kind = session.kind(run.kind)
    items, holds = await list_items(tx, run.run_id), await list_run_holds(tx, run.run_id)
    outstanding = await _outstanding_items(tx, kind, run, holds)
    attempt = await reopen_run(
        tx, run.run_id, flow_run_id=flow_run_id, resubmit_unknown=resubmit_unknown, placement=placement
    )
    await lock_queue(tx, run.user_id)
    await take_queue_slot(tx, run.run_id, run.user_id, queue_limits(session.settings))
    await hold_attempt(
        tx,
        kind,
        [item for item in items if _is_unpaid(item) and item.key not in outstanding] if kind.upfront else items,
        run_id=run.run_id,
        user_id=run.user_id,
        attempt=attempt,
        reference_id=str(run.params.get("referenceId", run.run_id)),
        committed=paid(kind, holds),
    )
    await reopen_items(tx, run.run_id)
    await take_results_over(tx, run.run_id)
    if kind.on_reopen:
        async with mirrored(tx):
            await kind.on_reopen(tx, run)
    await append_events(tx, run.run_id, [NewEvent("progress", retrying(attempt))])


def _is_unpaid(item: Item) -> bool:
    """True if an item that pays for itself has yet to; one that was delivered is completed for nothing."""
    return item.status != "succeeded" and not item.delivered


async def _outstanding_items(tx: Tx, kind: Kind, run: RunRow, holds: list[RunHold]) -> set[str]:
    """The items whose own holds still stand: a provider may deliver them, and the next attempt pays with these holds.

    Where the run's hold pays for its items, they come back: the next attempt holds all anew.
    """
    outstanding = [hold for hold in holds if hold.status == "held"]
    if not kind.covers:
        return {hold.item for hold in outstanding}
    for hold in outstanding:
        await _close_hold(tx, run.run_id, hold, 0, "reopened")
    return set()
