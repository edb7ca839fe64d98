"""The transactions before a submit: find what stands, hold, note the intent, begin to send."""

import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from wzrd.db.engine import Tx
from wzrd.db.joined_jobs import ItemSubmit, insert_sending
from wzrd.db.provider_jobs import ProviderJob, advance_job, insert_intent, list_item_jobs
from wzrd.db.run_holds import list_item_holds
from wzrd.db.run_leases import fence
from wzrd.domain.errors import ProviderUnknown, ResultExpired, ResultUseless
from wzrd.domain.money import UNKNOWN, AskedPrice
from wzrd.domain.refusals import ContentRefusal, refused
from wzrd.domain.runs import Lease
from wzrd.domain.submission import Recovery, Spent, SubmissionPlan, Target, fingerprint, plan_submission
from wzrd.generation.holds import hold_dollars, hold_item, settle_generation
from wzrd.generation.values import COVERED, Generated, GenerationRequest, Own, unpack
from wzrd.providers.base import Accepted, QueueProvider
from wzrd.runs.top_up import raise_price
from wzrd.runtime.process import Runtime


@dataclass(frozen=True, slots=True)
class Submission:
    """One submit that may be made: its row, its number, how many of the item were lost before it, its webhook token.

    `noted`: its intent has been written; else it is with its sending. `remaining`: seconds until its deadline, where it
    was noted by a process that is gone.
    """

    job_id: UUID
    submission_no: int
    lost: int
    token: str | None = None
    noted: bool = True
    remaining: float = math.inf


UNKNOWN_PRICE = AskedPrice(UNKNOWN)


@dataclass(frozen=True, slots=True)
class GenerationJob:
    """A generation with its target chosen, on behalf of a run.

    `queued`: its provider is a queue. `begun`: its first submit, noted as being sent already. `asked`: its price in
    money.
    """

    lease: Lease
    request: GenerationRequest
    target: Target
    recovery: Recovery
    queued: bool = False
    begun: Submission | None = None
    asked: AskedPrice = UNKNOWN_PRICE

    async def settle(self, tx: Tx, *, charge: bool, reason: str, text: str = "") -> int:
        """Charge or give back its own hold; returns what was charged.

        `text` is what had come of an answer that did not end: of one that is shown as it comes it may be in its run's
        log by now, or be written there next, so that the hold stands until item or run ends.
        """
        item, funding = self.request.item_key, self.request.funding
        if text and self.request.shown:
            return 0
        return await settle_generation(tx, self.lease, item, funding, charge=charge, reason=reason)


@dataclass(frozen=True, slots=True)
class ExistingSubmission:
    """A submit of a former turn: with its provider (`accepted`), or not known to be."""

    job: ProviderJob
    accepted: bool


def first_submission(generation: GenerationJob) -> Submission | None:
    """The first submit of what is paid for already, where one commit notes it whole: no queue, no hold of its own.

    Whether something stands already is found out by that commit. A run that was taken up again looks before it waits
    for a place: what it had made needs none.
    """
    gated = generation.request.gate is not None
    if gated or generation.queued or generation.request.funding != COVERED or generation.lease.epoch > 1:
        return None
    return Submission(_first_submit(generation).job_id(generation.lease.run_id), 0, 0, noted=False)


def spent_error(
    target: Target, spent: Spent, why: str = "", refusal: ContentRefusal | None = None
) -> ResultExpired | ResultUseless:
    """The error for a result that was made for nothing, with the remedy.

    `why` is what was seen of it; `refusal`: a filter has put something else in its place.
    """
    lost, seen = f"what {target} made", f" ({why})" if why else ""
    remedy = f"a retry with resubmitUnknown has it made once more{seen}"
    if spent == "expired":
        return ResultExpired(f"{lost} can no longer be fetched: {remedy}")
    return ResultUseless(f"{lost} is not what was asked for, and costs nothing: {remedy}", **refused(refusal))


def _first_submit(generation: GenerationJob) -> ItemSubmit:
    request = generation.request
    texts = {name: value for name, value in request.inputs.items() if isinstance(value, str)}
    known_by = fingerprint(texts) if request.media_type == "audio" else {}
    planned = generation.asked.planned
    return ItemSubmit(request.item_key, generation.target, request.media_type, request.deadline, known_by, planned)


async def prepare(runtime: Runtime, generation: GenerationJob) -> Submission | ExistingSubmission | Generated:
    """Find or write the intent, with its hold; or what stands of a former one, or its result.

    Raises:
        LeaseLost, CancelRequested: from the fence.
        InsufficientCredits: the hold was refused; nothing was written.
        OverMoney: likewise, by what the run may cost in money; or nobody knows what it may cost.
        ProviderUnknown: something may have been accepted, and it may not be sent again unasked.
        ResultExpired, ResultUseless: it was made, and nobody can fetch it any more, or use it; likewise.
        as the request's `gate`; nothing was written.
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
                await _fund(runtime, tx, generation)
                return await _existing(tx, job)
            case "insert" | "send":
                await _pass_gate(tx, generation)
                await _fund(runtime, tx, generation)
                submission = await _submission_of(tx, generation, plan, job, lost)
                await hold_dollars(tx, generation.asked, submission.job_id)
                return submission
            case _:
                spent = spent_error(generation.target, plan.spent) if plan.spent else None
                await generation.settle(tx, charge=False, reason=(spent or ProviderUnknown).code)
    if spent is not None:
        raise spent
    raise ProviderUnknown(f"{generation.target} may have accepted this already, and its answer was lost")


async def _pass_gate(tx: Tx, generation: GenerationJob) -> None:
    if generation.request.gate is not None:
        await generation.request.gate(tx)


async def _fund(runtime: Runtime, tx: Tx, generation: GenerationJob) -> None:
    """Hold the price of the generation: by itself, or by its run."""
    lease, item, funding = generation.lease, generation.request.item_key, generation.request.funding
    if isinstance(funding, Own):
        await hold_item(tx, lease, item, funding)
    elif funding.credits is not None:
        await raise_price(runtime, tx, lease, item, funding.credits)


async def _existing(tx: Tx, job: ProviderJob) -> ExistingSubmission:
    if job.status == "sending":
        await advance_job(tx, job.job_id, "unknown", error="the process that sent it is gone")
    return ExistingSubmission(job, accepted=job.status == "accepted")


def accepted_of(job: ProviderJob) -> Accepted:
    """Provider's answer when it took the submit; without addresses where only its own call told us."""
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
        return Submission(job.job_id, job.submission_no, lost, job.token, remaining=job.remaining)
    return await insert_submission(tx, generation, plan.submission_no, lost)


async def insert_submission(tx: Tx, generation: GenerationJob, submission_no: int, lost: int = 0) -> Submission:
    """Note the intent of a submit, with the token by which a queue may call us about it. The run's lock is held."""
    token = secrets.token_urlsafe(32) if generation.queued else None
    job_id = await insert_intent(
        tx,
        run_id=generation.lease.run_id,
        item_key=generation.request.item_key,
        target=generation.target,
        submission_no=submission_no,
        seconds=generation.request.deadline,
        media_type=generation.request.media_type,
        outputs=generation.request.outputs,
        token=token,
    )
    assert job_id is not None, "the run's lock is held: nobody else can have written this intent"
    return Submission(job_id, submission_no, lost, token)


async def _replay(tx: Tx, generation: GenerationJob, job: ProviderJob) -> Generated:
    """A result that exists is used, and pays the hold that may still stand for it.

    Deferred, its hold may have been given back since: the item could not be delivered then. It takes a new one, unless
    it has been paid for before.
    """
    own = generation.request.funding
    holds = await list_item_holds(tx, generation.lease.run_id, generation.request.item_key)
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
        as the request's `gate`.
    """
    if not submission.noted:
        return await _note_sending(runtime, generation)
    known_by = fingerprint(payload) if payload is not None else None
    async with runtime.begin() as tx:
        await fence(tx, generation.lease)
        await _pass_gate(tx, generation)
        return await advance_job(tx, submission.job_id, "sending", fingerprint=known_by)


async def _note_sending(runtime: Runtime, generation: GenerationJob) -> bool:
    """Intent and sending in one, in one statement with those of the run's other items that begin now."""
    lease = generation.lease

    async def write(submits: Sequence[ItemSubmit]) -> list[bool]:
        async with runtime.autocommit() as tx:
            noted = await insert_sending(tx, lease, submits)
        return [one.job_id(lease.run_id) in noted for one in submits]

    return await runtime.batches.add(("send", lease.run_id, lease.epoch), _first_submit(generation), write)
