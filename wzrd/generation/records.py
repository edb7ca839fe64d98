"""The transactions of a generation: prepare a submit, begin it, end it. Each gathers, asks the rules, applies."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from wzrd.db import ledger
from wzrd.db.engine import Tx, is_outage
from wzrd.db.node_outputs import pay_output, read_owed
from wzrd.db.provider_jobs import ProviderJob, advance_job, insert_intent, list_item_jobs
from wzrd.db.run_holds import RunHold, hold_key, insert_run_hold, list_run_holds, settle_run_hold
from wzrd.db.run_leases import fence
from wzrd.domain.errors import LeaseLost, ProviderError, ProviderUnknown
from wzrd.domain.lease import Lease
from wzrd.domain.settlement import storable
from wzrd.domain.submission import Recovery, RetryPolicy, SubmissionPlan, Target, job_events_of, plan_submission
from wzrd.generation.values import Generated, GenerationRequest, Own, pack, unpack
from wzrd.providers.base import Output
from wzrd.retry import retry
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

RECORDING = RetryPolicy(tries=8, first=0.2, longest=6.0)
"""How long a result is tried to be recorded while the database is out of reach (9 to 18 s): it was paid for."""


@dataclass(frozen=True, slots=True)
class GenerationJob:
    """A generation with its target chosen, on behalf of a run."""

    lease: Lease
    request: GenerationRequest
    target: Target
    recovery: Recovery


@dataclass(frozen=True, slots=True)
class Submission:
    """One submit that may be made: its row, its number, and how many submits of the item were lost before it."""

    job_id: UUID
    submission_no: int
    lost: int


async def prepare(runtime: Runtime, generation: GenerationJob, *, resubmit_unknown: bool) -> Submission | Generated:
    """Find or write the intent, with its hold; or the result, when it was made before.

    Raises:
        LeaseLost, CancelRequested: from the fence.
        InsufficientCredits: the hold was refused; nothing was written.
        ProviderUnknown: something may have been accepted, and it may not be sent again unasked.
    """
    async with runtime.begin() as tx:
        await fence(tx, generation.lease)
        jobs = await list_item_jobs(tx, generation.lease.run_id, generation.request.item_key)
        plan = plan_submission(
            [job.submission for job in jobs],
            generation.target,
            recovery=generation.recovery,
            resubmit_unknown=resubmit_unknown,
        )
        await _mark_lost(tx, plan)
        lost = sum(job.status == "lost" for job in jobs) + len(plan.mark_lost)
        match plan.act:
            case "replay":
                return await _replay(tx, generation, next(job for job in jobs if job.submission == plan.job))
            case "insert" | "send":
                await _ensure_hold(tx, generation)
                return await _submission_of(tx, generation, plan, lost)
            case _:
                await _settle(tx, generation, charge=False, reason=ProviderUnknown.code)
    raise ProviderUnknown(f"{generation.target} may have accepted this already, and its answer was lost")


async def _mark_lost(tx: Tx, plan: SubmissionPlan) -> None:
    for job in plan.mark_lost:
        if job.status == "sending":
            await advance_job(tx, job.job_id, "unknown", error="the process that sent it is gone")
        await advance_job(tx, job.job_id, "lost")


async def _submission_of(tx: Tx, generation: GenerationJob, plan: SubmissionPlan, lost: int) -> Submission:
    if plan.job is not None:
        return Submission(plan.job.job_id, plan.job.submission_no, lost)
    job_id = await _insert_intent(tx, generation, plan.submission_no)
    assert job_id is not None, "the run's lock is held: nobody else can have written this intent"
    return Submission(job_id, plan.submission_no, lost)


async def _insert_intent(tx: Tx, generation: GenerationJob, submission_no: int) -> UUID | None:
    return await insert_intent(
        tx,
        run_id=generation.lease.run_id,
        item_key=generation.request.item_key,
        target=generation.target,
        submission_no=submission_no,
        seconds=generation.request.deadline,
    )


async def _replay(tx: Tx, generation: GenerationJob, job: ProviderJob) -> Generated:
    """A result that exists is used, and pays the hold that may still stand for it.

    Deferred, its hold may have been given back since: the item could not be delivered then. It takes a new one, unless
    it has been paid for before.
    """
    own = generation.request.funding
    holds = await _item_holds(tx, generation.lease, generation.request.item_key)
    paid = any(hold.status == "committed" for hold in holds)
    if isinstance(own, Own) and own.deferred and not paid:
        await _ensure_hold(tx, generation)
    charged = await _settle(tx, generation, charge=True, reason="replayed")
    cost = float(job.cost_usd) if job.cost_usd is not None else None
    return Generated(unpack(job.output or {}, cost), job.target, replayed=True, charged=charged)


async def begin_sending(runtime: Runtime, generation: GenerationJob, submission: Submission) -> bool:
    """The commit right before the bytes leave; False when somebody else has begun.

    Raises:
        LeaseLost, CancelRequested: from the fence: no submit without the run, and none after a cancel.
    """
    async with runtime.begin() as tx:
        await fence(tx, generation.lease)
        return await advance_job(tx, submission.job_id, "sending")


async def release_unsent(runtime: Runtime, generation: GenerationJob, error: ProviderError) -> None:
    """Nothing was sent and nothing will be for now: the hold goes back, the intent stays for the next submit."""
    async with runtime.begin() as tx:
        if await _owns(tx, generation.lease):
            await _settle(tx, generation, charge=False, reason=error.code)


async def record(
    runtime: Runtime, generation: GenerationJob, submission: Submission, reply: Output | ProviderError, *, again: bool
) -> int:
    """Write down how a submit ended, and settle its own hold; returns the credits charged.

    `again`: the same transaction notes the intent of the next submit, and the hold stays.
    A database out of reach is tried again for some seconds. What the provider did is recorded even when this process
    has lost the run (the state table guards it), but then it moves no money: that is for the run's owner.
    """

    def warn(error: Exception, _delay: float) -> None:
        log.warning(
            "%s of %s is not recorded yet: %s", generation.request.item_key, generation.target, type(error).__name__
        )

    once = partial(_record_once, runtime, generation, submission, reply, again=again)
    return await retry(RECORDING, once, retryable=is_outage, on_retry=warn)


async def record_canceled(runtime: Runtime, generation: GenerationJob, submission: Submission, partial: str) -> None:
    """Write down that the call was hung up on; what had come is kept beside it, and its own hold goes back."""
    output = {"text": partial, "partial": True} if partial else None
    async with runtime.begin() as tx:
        ours = await _owns(tx, generation.lease)
        await advance_job(tx, submission.job_id, "canceled", error="the run was canceled", output=output)
        if ours:
            await _settle(tx, generation, charge=False, reason="canceled")


async def _record_once(
    runtime: Runtime, generation: GenerationJob, submission: Submission, reply: Output | ProviderError, *, again: bool
) -> int:
    async with runtime.begin() as tx:
        ours = await _owns(tx, generation.lease)
        if isinstance(reply, Output):
            await advance_job(tx, submission.job_id, "succeeded", output=pack(reply), cost_usd=reply.cost_usd)
            return await _settle(tx, generation, charge=True, reason="") if ours else 0
        moved = await _record_failure(tx, generation, submission, reply)
        if ours and again and moved:
            await _insert_intent(tx, generation, submission.submission_no + 1)
        elif ours and not again:
            await _settle(tx, generation, charge=False, reason=reply.code)
    return 0


async def _record_failure(tx: Tx, generation: GenerationJob, submission: Submission, error: ProviderError) -> bool:
    partial = error.details.get("partial")
    output = {"text": partial, "partial": True} if partial else None
    moved = True
    for event in job_events_of(error, generation.recovery):
        message = storable(error.message)
        moved = moved and await advance_job(tx, submission.job_id, event, error=message, output=output)
    return moved


async def _owns(tx: Tx, lease: Lease) -> bool:
    try:
        await fence(tx, lease, check_cancel=False)
    except LeaseLost:
        return False
    return True


async def _item_holds(tx: Tx, lease: Lease, item_key: str) -> list[RunHold]:
    """The holds that this item has taken, settled ones too."""
    return [hold for hold in await list_run_holds(tx, lease.run_id) if hold.item_key.partition("#")[0] == item_key]


async def hold_found(runtime: Runtime, lease: Lease, item_key: str, output_key: str, media_type: str) -> None:
    """What an item found, and nobody has paid yet (its maker's item was never delivered), is held as if made now.

    Raises:
        InsufficientCredits: the hold was refused.
        LeaseLost, CancelRequested: from the fence.
    """
    async with runtime.begin() as tx:
        await fence(tx, lease)
        if owed := await read_owed(tx, output_key):
            await _hold_item(tx, lease, item_key, Own(owed, media_type, deferred=True))


async def _ensure_hold(tx: Tx, generation: GenerationJob) -> None:
    own = generation.request.funding
    if isinstance(own, Own) and own.credits > 0:
        await _hold_item(tx, generation.lease, generation.request.item_key, own)


async def _hold_item(tx: Tx, lease: Lease, item_key: str, own: Own) -> None:
    """An item that pays its own has exactly one open hold, of the right amount, before anything is sent.

    A resume finds the hold it had; another target's price replaces it; after a release the next one has a new key.
    """
    holds = await _item_holds(tx, lease, item_key)
    for hold in [hold for hold in holds if hold.status == "held"]:
        if hold.amount == own.credits:
            return
        await ledger.release(tx, hold.hold_id, "another_target", run_id=lease.run_id)
        await settle_run_hold(tx, hold.key, committed=None)
    held_under = f"{item_key}#{len(holds)}" if holds else item_key
    made = await ledger.hold(
        tx,
        lease.user_id,
        own.credits,
        key=hold_key(lease.run_id, held_under, lease.attempt),
        resource_type=own.resource_type,
        reference_type="generation",
        reference_id=str(lease.run_id),
        metadata={"run_id": str(lease.run_id), "item": item_key},
    )
    await insert_run_hold(
        tx,
        run_id=lease.run_id,
        item_key=held_under,
        attempt=lease.attempt,
        purpose="generation",
        hold_id=made.hold_id,
        user_id=lease.user_id,
        amount=own.credits,
    )


async def _settle(tx: Tx, generation: GenerationJob, *, charge: bool, reason: str) -> int:
    """Charge or give back the item's open hold, if it pays its own and one stands; returns what was charged.

    A deferred one is charged by `settle_item`, and until then it stands.
    """
    own = generation.request.funding
    if not isinstance(own, Own) or (charge and own.deferred):
        return 0
    holds = await _item_holds(tx, generation.lease, generation.request.item_key)
    return await _close_holds(tx, generation.lease, holds, charge=charge, reason=reason)


async def settle_item(
    tx: Tx, lease: Lease, item_key: str, *, charge: bool, reason: str = "", output_key: str | None = None
) -> int:
    """Settle a deferred generation with its item, in the step that ends the item; returns all the item has cost.

    `output_key` names the file that is delivered: it is paid by its first delivery, and free from there on.
    The caller holds the run's fence. Where no hold stands (it was free, or found), nothing moves.
    """
    if charge and output_key is not None and not await pay_output(tx, output_key):
        charge, reason = False, "paid_before"
    holds = await _item_holds(tx, lease, item_key)
    charged = await _close_holds(tx, lease, holds, charge=charge, reason=reason)
    return charged + sum(hold.committed or 0 for hold in holds)


async def _close_holds(tx: Tx, lease: Lease, holds: Sequence[RunHold], *, charge: bool, reason: str) -> int:
    charged = 0
    for hold in holds:
        if hold.status != "held":
            continue
        if charge:
            charged += await ledger.commit(tx, hold.hold_id, hold.amount, run_id=lease.run_id)
        else:
            await ledger.release(tx, hold.hold_id, reason, run_id=lease.run_id)
        await settle_run_hold(tx, hold.key, committed=hold.amount if charge else None)
    return charged
