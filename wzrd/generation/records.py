"""The transactions after a submit: what its provider did is written down, its hold settled, a canceled job stopped."""

import logging
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from wzrd.assets.sources import is_useless
from wzrd.db.engine import Tx, is_outage, to_json
from wzrd.db.job_money import release_money
from wzrd.db.joined_jobs import SubmitResult, succeed_jobs
from wzrd.db.provider_jobs import advance_job, find_job, list_item_jobs
from wzrd.db.run_leases import fence
from wzrd.db.runs import lock_run
from wzrd.domain.errors import LeaseLost, ProviderError, ProviderFailed, ProviderUnknown, WzrdError, storable
from wzrd.domain.refusals import SOFTENED, refusal_of, refused
from wzrd.domain.runs import TERMINAL_RUN, Lease
from wzrd.domain.submission import RetryPolicy, job_events_of
from wzrd.generation.calls import despite_cancel
from wzrd.generation.queue import stop
from wzrd.generation.submissions import GenerationJob, Submission, insert_submission, located, spent_error
from wzrd.generation.values import Covered, pack
from wzrd.providers.base import Accepted, AnyProvider, Output, QueueProvider, is_queue
from wzrd.retry import retry
from wzrd.runs.attempt_holds import settle_left
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

RECORDING = RetryPolicy(tries=8, first=0.2, longest=6.0)
"""Retries of recording a result while the database is out of reach (9 to 18 s): it was paid for."""


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
            await release_money(tx, generation.lease.run_id, generation.request.item_key)
            await generation.settle(tx, charge=False, reason=reason)


async def record(
    runtime: Runtime,
    generation: GenerationJob,
    submission: Submission,
    reply: Output | ProviderError,
    *,
    again: bool,
    accepted: bool = False,
    softened: Sequence[str] = (),
) -> int:
    """Write down how a submit ended, and settle its own hold; returns the credits charged.

    `again`: the same transaction notes the intent of the next submit, and the hold stays; `softened`: what that has
    otherwise, where this one was refused. `accepted`: its provider had taken it. A submit whose end is not known but
    can be found out leaves its hold as it is.
    It is done even if the caller is canceled meanwhile, who stops afterwards. A database out of reach is tried again
    for some seconds. What the provider did is recorded even when this process has lost the run (the state table guards
    it), but then it moves no money: that is for the run's owner.
    """
    request = generation.request
    if isinstance(reply, Output):
        if request.conclude is not None:
            concluding = partial(request.conclude, submission.job_id, reply, generation.target)
            charged = await despite_cancel(retry(RECORDING, concluding, retryable=is_outage, on_retry=_warn))
            if charged is not None:
                return charged
        if isinstance(request.funding, Covered):
            result = result_of(submission.job_id, reply)
            return await runtime.batches.add("record", result, partial(_record_results, runtime))
    once = partial(
        _record_once, runtime, generation, submission, reply, again=again, accepted=accepted, softened=softened
    )
    return await despite_cancel(retry(RECORDING, once, retryable=is_outage, on_retry=_warn))


def result_of(job_id: UUID, output: Output) -> SubmitResult:
    """Result of a submit, as its row keeps it."""
    return SubmitResult(job_id, to_json(pack(output)), output.cost_usd)


async def _record_results(runtime: Runtime, results: Sequence[SubmitResult]) -> list[int]:
    """Results that move no money here, of any run, in one statement; what each has charged: nothing."""

    async def once() -> None:
        async with runtime.autocommit() as tx:
            await succeed_jobs(tx, results)

    await retry(RECORDING, once, retryable=is_outage, on_retry=_warn)
    return [0] * len(results)


async def keep_answer(runtime: Runtime, generation: GenerationJob, submission: Submission, output: Output) -> Output:
    """Store what came inside an answer before it is recorded; return the output to record.

    Where there is no room for it the submit is recorded as failed: it was made, and nobody will have it.

    Raises:
        ResultUseless: it is not what was asked for; that is to be recorded.
        WzrdError: why it could not be kept; nothing is charged.
    """
    if generation.request.keep is None:
        return output
    try:
        return await despite_cancel(generation.request.keep(generation.target, output))
    except WzrdError as error:
        if is_useless(error):
            raise spent_error(generation.target, "useless", error.message) from error
        lost = ProviderFailed(f"{generation.target} made it, and it could not be kept: {error.message}")
        await record(runtime, generation, submission, lost, again=False)
        raise


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
    softened: Sequence[str],
) -> int:
    async with runtime.begin() as tx:
        ours = await _owns(tx, generation.lease)
        if isinstance(reply, Output):
            if not ours and generation.queued and await _has_ended(tx, generation.lease):
                return await _leave(tx, generation, submission, reply)
            await advance_job(tx, submission.job_id, "succeeded", output=pack(reply), cost_usd=reply.cost_usd)
            return await generation.settle(tx, charge=True, reason="") if ours else 0
        events = job_events_of(reply, generation.recovery, accepted=accepted)
        moved = await _record_failure(tx, submission, reply, events, softened)
        if ours and again and moved:
            await insert_submission(tx, generation, submission.submission_no + 1)
        elif ours and not again and events != ("unknown",):
            await generation.settle(tx, charge=False, reason=reply.code, text=reply.details.get("partial") or "")
    return 0


async def _leave(tx: Tx, generation: GenerationJob, submission: Submission, output: Output) -> int:
    """The run ended before its queue answered with the result: recovery asks for it, keeps it and has it paid.

    One that its provider gave no name cannot be asked for: nobody will have it, and nobody pays.
    """
    job = await find_job(tx, submission.job_id)
    if job is not None and job.request_id is not None:
        return 0
    await advance_job(tx, submission.job_id, "succeeded", output=pack(output), cost_usd=output.cost_usd)
    run_id, item = generation.lease.run_id, generation.request.item_key
    return await settle_left(tx, run_id, item, delivered=False, reason="nothing_delivered")


async def _record_failure(
    tx: Tx, submission: Submission, error: ProviderError, events: tuple[str, ...], softened: Sequence[str]
) -> bool:
    partial = error.details.get("partial")
    told = {**refused(refusal_of(error)), **({SOFTENED: list(softened)} if softened else {})}
    output = {"text": partial, "partial": True} if partial else told or None
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
    """Write down that the call was hung up on; what had come is kept beside it, and its own hold is settled."""
    output = {"text": partial, "partial": True} if partial else None
    async with runtime.begin() as tx:
        ours = await _owns(tx, generation.lease)
        await advance_job(tx, submission.job_id, "canceled", error="the run was canceled", output=output)
        if ours:
            await generation.settle(tx, charge=False, reason="canceled", text=partial)
        elif generation.queued and await _has_ended(tx, generation.lease):
            item = generation.request.item_key
            await settle_left(tx, generation.lease.run_id, item, delivered=False, reason="canceled")


async def record_after_end(runtime: Runtime, generation: GenerationJob, job_id: UUID) -> None:
    """Record as lost a submit of which nobody learned in time if it was accepted; its hold is released."""
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


async def _has_ended(tx: Tx, lease: Lease) -> bool:
    """True if the run has ended; its row is locked from here on."""
    run = await lock_run(tx, lease.run_id)
    return run is not None and run.status in TERMINAL_RUN


async def stop_sent(
    runtime: Runtime, generation: GenerationJob, provider: QueueProvider, submission: Submission
) -> None:
    """The run was canceled while a job was being submitted: it is known by now whether it was accepted."""
    async with runtime.begin() as tx:
        job = await find_job(tx, submission.job_id)
    if job is not None and job.status == "accepted":
        await stop_job(runtime, generation, provider, submission, located(provider, job))


async def stop_submitted(runtime: Runtime, generation: GenerationJob, provider: AnyProvider) -> None:
    """The run was canceled right after a job had been accepted, before anybody followed it."""
    if not is_queue(provider):
        return
    async with runtime.begin() as tx:
        jobs = await list_item_jobs(tx, generation.lease.run_id, generation.request.item_key)
    for job in jobs:
        if job.status == "accepted" and job.target == generation.target:
            submission = Submission(job.job_id, job.submission_no, 0)
            await stop_job(runtime, generation, provider, submission, located(provider, job))


async def stop_job(
    runtime: Runtime, generation: GenerationJob, provider: QueueProvider, submission: Submission, accepted: Accepted
) -> None:
    """Have the provider stop a job. What it may still deliver keeps its hold (see runs.finish)."""
    if await stop(provider, accepted) == "stopped":
        await record_canceled(runtime, generation, submission, "")
