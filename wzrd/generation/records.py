"""The transactions of a generation: prepare a submit, begin it, end it. Each gathers, asks the rules, applies."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from wzrd.db.engine import Tx, is_outage
from wzrd.db.provider_jobs import ProviderJob, advance_job, insert_intent, list_item_jobs
from wzrd.db.run_leases import fence
from wzrd.domain.errors import LeaseLost, ProviderError, ProviderUnknown
from wzrd.domain.lease import Lease
from wzrd.domain.settlement import storable
from wzrd.domain.submission import (
    Recovery,
    RetryPolicy,
    SubmissionPlan,
    Target,
    fingerprint,
    job_events_of,
    plan_submission,
)
from wzrd.generation.holds import hold_item, item_holds, settle_generation
from wzrd.generation.values import Generated, GenerationRequest, Own, pack, unpack
from wzrd.providers.base import Accepted, Output, QueueProvider
from wzrd.retry import retry
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

RECORDING = RetryPolicy(tries=8, first=0.2, longest=6.0)
"""How long a result is tried to be recorded while the database is out of reach (9 to 18 s): it was paid for."""


@dataclass(frozen=True, slots=True)
class Submission:
    """One submit that may be made: its row, its number, how many of the item were lost before it, its webhook token."""

    job_id: UUID
    submission_no: int
    lost: int
    token: str | None = None


Conclude: TypeAlias = Callable[[Tx, UUID, Output, Target], Awaitable[int | None]]
"""Records a submit's result and ends the run with it; returns the credits charged, None where it has not done so."""


@dataclass(frozen=True, slots=True)
class WithinRun:
    """A generation that is all of its run, so that the two share their first commit and their last.

    The first has noted the submit `begun` as being sent; the last records the result and concludes the run.
    """

    begun: Submission
    conclude: Conclude


@dataclass(frozen=True, slots=True)
class GenerationJob:
    """A generation with its target chosen, on behalf of a run.

    `queued`: its provider is a queue. `begun`: its first submit, noted as being sent already.
    """

    lease: Lease
    request: GenerationRequest
    target: Target
    recovery: Recovery
    queued: bool = False
    begun: Submission | None = None
    conclude: Conclude | None = None

    async def settle(self, tx: Tx, *, charge: bool, reason: str) -> int:
        """Charge or give back its own hold; returns what was charged."""
        item, funding = self.request.item_key, self.request.funding
        return await settle_generation(tx, self.lease, item, funding, charge=charge, reason=reason)


@dataclass(frozen=True, slots=True)
class Standing:
    """A submit of a former turn: with its provider (`accepted`), or not known to be."""

    job: ProviderJob
    accepted: bool


async def prepare(runtime: Runtime, generation: GenerationJob) -> Submission | Standing | Generated:
    """Find or write the intent, with its hold; or what stands of a former one, or its result.

    Raises:
        LeaseLost, CancelRequested: from the fence.
        InsufficientCredits: the hold was refused; nothing was written.
        ProviderUnknown: something may have been accepted, and it may not be sent again unasked.
    """
    async with runtime.begin() as tx:
        await fence(tx, generation.lease)
        jobs = await list_item_jobs(tx, generation.lease.run_id, generation.request.item_key)
        records = [job.submission for job in jobs]
        plan = plan_submission(records, generation.target, recovery=generation.recovery, queued=generation.queued)
        await _mark_lost(tx, plan)
        lost = sum(job.status == "lost" for job in jobs) + len(plan.mark_lost)
        job = next((job for job in jobs if plan.job is not None and job.job_id == plan.job.job_id), None)
        match plan.act:
            case "replay" if job is not None:
                return await _replay(tx, generation, job)
            case "follow" | "recover" if job is not None:
                await hold_item(tx, generation.lease, generation.request.item_key, generation.request.funding)
                return await _standing(tx, job)
            case "insert" | "send":
                await hold_item(tx, generation.lease, generation.request.item_key, generation.request.funding)
                return await _submission_of(tx, generation, plan, job, lost)
            case _:
                await generation.settle(tx, charge=False, reason=ProviderUnknown.code)
    raise ProviderUnknown(f"{generation.target} may have accepted this already, and its answer was lost")


async def _standing(tx: Tx, job: ProviderJob) -> Standing:
    if job.status == "sending":
        await advance_job(tx, job.job_id, "unknown", error="the process that sent it is gone")
    return Standing(job, accepted=job.status == "accepted")


def accepted_of(job: ProviderJob) -> Accepted:
    """What its provider said when it took the submit; without addresses where only its own call told us."""
    return Accepted(job.request_id, {name: str(url) for name, url in job.urls.items()})


def located(provider: QueueProvider, job: ProviderJob) -> Accepted:
    """The job with the addresses to ask about it.

    Raises:
        ProviderError: the provider has no ids like the one that was noted.
    """
    accepted = accepted_of(job)
    return accepted if accepted.urls else provider.locate(job.target.model, accepted.request_id or "")


async def _mark_lost(tx: Tx, plan: SubmissionPlan) -> None:
    for job in plan.mark_lost:
        if job.status == "sending":
            await advance_job(tx, job.job_id, "unknown", error="the process that sent it is gone")
        await advance_job(tx, job.job_id, "lost")


async def _submission_of(
    tx: Tx, generation: GenerationJob, plan: SubmissionPlan, job: ProviderJob | None, lost: int
) -> Submission:
    if job is not None:
        return Submission(job.job_id, job.submission_no, lost, job.token)
    token = secrets.token_urlsafe(32) if generation.queued else None
    job_id = await _insert_intent(tx, generation, plan.submission_no, token)
    assert job_id is not None, "the run's lock is held: nobody else can have written this intent"
    return Submission(job_id, plan.submission_no, lost, token)


async def _insert_intent(tx: Tx, generation: GenerationJob, submission_no: int, token: str | None) -> UUID | None:
    return await insert_intent(
        tx,
        run_id=generation.lease.run_id,
        item_key=generation.request.item_key,
        target=generation.target,
        submission_no=submission_no,
        seconds=generation.request.deadline,
        media_type=generation.request.media_type,
        token=token,
    )


async def _replay(tx: Tx, generation: GenerationJob, job: ProviderJob) -> Generated:
    """A result that exists is used, and pays the hold that may still stand for it.

    Deferred, its hold may have been given back since: the item could not be delivered then. It takes a new one, unless
    it has been paid for before.
    """
    own = generation.request.funding
    holds = await item_holds(tx, generation.lease, generation.request.item_key)
    paid = any(hold.status == "committed" for hold in holds)
    if isinstance(own, Own) and own.deferred and not paid:
        await hold_item(tx, generation.lease, generation.request.item_key, own)
    charged = await generation.settle(tx, charge=True, reason="replayed")
    cost = float(job.cost_usd) if job.cost_usd is not None else None
    return Generated(unpack(job.output or {}, cost), job.target, replayed=True, charged=charged)


async def begin_sending(
    runtime: Runtime, generation: GenerationJob, submission: Submission, payload: Mapping[str, Any] | None = None
) -> bool:
    """The commit right before the bytes leave; False when somebody else has begun. Of a `payload` hashes are kept.

    Raises:
        LeaseLost, CancelRequested: from the fence: no submit without the run, and none after a cancel.
    """
    known_by = fingerprint(payload) if payload is not None else None
    async with runtime.begin() as tx:
        await fence(tx, generation.lease)
        return await advance_job(tx, submission.job_id, "sending", fingerprint=known_by)


async def record_accepted(runtime: Runtime, job_id: UUID, accepted: Accepted) -> None:
    """Write down that a queue took the submit, before anything else is done with it, whoever owns the run by now.

    Its own call to us may have been quicker: then it is written already.
    """

    async def once() -> None:
        async with runtime.begin() as tx:
            await advance_job(tx, job_id, "accepted", request_id=accepted.request_id, urls=accepted.urls)

    await retry(RECORDING, once, retryable=is_outage, on_retry=_warn)


async def release_unsent(runtime: Runtime, generation: GenerationJob, reason: str) -> None:
    """Nothing was sent and nothing will be for now: the hold goes back, the intent stays for the next submit."""
    async with runtime.begin() as tx:
        if await _owns(tx, generation.lease):
            await generation.settle(tx, charge=False, reason=reason)


async def record(
    runtime: Runtime,
    generation: GenerationJob,
    submission: Submission,
    reply: Output | ProviderError,
    *,
    again: bool,
    accepted: bool = False,
) -> int:
    """Write down how a submit ended, and settle its own hold; returns the credits charged.

    `again`: the same transaction notes the intent of the next submit, and the hold stays. `accepted`: its provider had
    taken it. A submit whose end is not known but can be found out leaves its hold as it is.
    A database out of reach is tried again for some seconds. What the provider did is recorded even when this process
    has lost the run (the state table guards it), but then it moves no money: that is for the run's owner.
    """
    once = partial(_record_once, runtime, generation, submission, reply, again=again, accepted=accepted)
    return await retry(RECORDING, once, retryable=is_outage, on_retry=_warn)


def _warn(error: Exception, _delay: float) -> None:
    log.warning("what a provider did is not recorded yet: %s", type(error).__name__)


async def _record_once(
    runtime: Runtime,
    generation: GenerationJob,
    submission: Submission,
    reply: Output | ProviderError,
    *,
    again: bool,
    accepted: bool,
) -> int:
    async with runtime.begin() as tx:
        if isinstance(reply, Output) and generation.conclude is not None:
            charged = await generation.conclude(tx, submission.job_id, reply, generation.target)
            if charged is not None:
                return charged
        ours = await _owns(tx, generation.lease)
        if isinstance(reply, Output):
            await advance_job(tx, submission.job_id, "succeeded", output=pack(reply), cost_usd=reply.cost_usd)
            return await generation.settle(tx, charge=True, reason="") if ours else 0
        events = job_events_of(reply, generation.recovery, accepted=accepted)
        moved = await _record_failure(tx, submission, reply, events)
        if ours and again and moved:
            token = secrets.token_urlsafe(32) if generation.queued else None
            await _insert_intent(tx, generation, submission.submission_no + 1, token)
        elif ours and not again and events != ("unknown",):
            await generation.settle(tx, charge=False, reason=reply.code)
    return 0


async def _record_failure(tx: Tx, submission: Submission, error: ProviderError, events: tuple[str, ...]) -> bool:
    partial = error.details.get("partial")
    output = {"text": partial, "partial": True} if partial else None
    moved = True
    for event in events:
        moved = moved and await advance_job(
            tx,
            submission.job_id,
            event,
            error=storable(error.message),
            output=output,
            cost_usd=error.details.get("cost"),
        )
    return moved


async def record_canceled(runtime: Runtime, generation: GenerationJob, submission: Submission, partial: str) -> None:
    """Write down that the call was hung up on; what had come is kept beside it, and its own hold goes back."""
    output = {"text": partial, "partial": True} if partial else None
    async with runtime.begin() as tx:
        ours = await _owns(tx, generation.lease)
        await advance_job(tx, submission.job_id, "canceled", error="the run was canceled", output=output)
        if ours:
            await generation.settle(tx, charge=False, reason="canceled")


async def record_late(runtime: Runtime, generation: GenerationJob, job_id: UUID) -> None:
    """Whether a submit was accepted could not be found out in time: it counts as lost, and its hold goes back."""
    async with runtime.begin() as tx:
        ours = await _owns(tx, generation.lease)
        await advance_job(tx, job_id, "lost", error="its provider was not heard of in time")
        if ours:
            await generation.settle(tx, charge=False, reason=ProviderUnknown.code)


async def _owns(tx: Tx, lease: Lease) -> bool:
    try:
        await fence(tx, lease, check_cancel=False)
    except LeaseLost:
        return False
    return True
