"""The submits of one generation on one target, one after another: the one owner of retries."""

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from wzrd.db.provider_jobs import list_item_jobs
from wzrd.domain.errors import (
    CancelRequested,
    Conflict,
    OverMoney,
    ProviderError,
    ProviderFailed,
    ProviderRejected,
    ProviderUnknown,
    ProviderUnsent,
    ResultUseless,
    WzrdError,
)
from wzrd.domain.refusals import Softened, refusal_of
from wzrd.domain.submission import RetryState, job_events_of, retry_delay
from wzrd.faults import fault
from wzrd.generation.calls import Chunk, despite_cancel, make_request, receive
from wzrd.generation.queue import UNAUTHORIZED, JobFollower
from wzrd.generation.records import (
    keep_answer,
    record,
    record_accepted,
    record_after_end,
    record_canceled,
    release_unsent,
    stop_job,
    stop_sent,
    stop_submitted,
)
from wzrd.generation.references import upload_references
from wzrd.generation.search import JobSearch
from wzrd.generation.softening import softened_before
from wzrd.generation.submissions import (
    ExistingSubmission,
    GenerationJob,
    Submission,
    begin_sending,
    first_submission,
    located,
    prepare,
    spent_error,
)
from wzrd.generation.values import Generated
from wzrd.net.transport import callback_address
from wzrd.providers.base import Accepted, AnyProvider, Delta, Output, Progress, QueueProvider, Request, is_queue
from wzrd.providers.in_flight import InFlightCall
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

STOPPED = 499
"""Status of a job that was stopped because its client asked for that."""
Reply: TypeAlias = Output | Accepted | ProviderError


class Attempts:
    """The submits of one generation, one after another."""

    def __init__(
        self, runtime: Runtime, generation: GenerationJob, provider: AnyProvider, call: InFlightCall[Chunk]
    ) -> None:
        self._runtime = runtime
        self._generation = generation
        self._provider = provider
        self._call = call
        self._clock = asyncio.get_running_loop().time
        self._until = self._clock() + generation.request.deadline
        self._slot = contextlib.AsyncExitStack()
        self._placed = False
        self._softened: Softened | None = None
        self._refused: ProviderError | None = None

    async def run(self) -> Generated:
        """Submit until it is done or final. Each turn starts from what the table says, like a resume does.

        From a submit to the end of its job it has one of the provider's slots; what was accepted before a resume is
        followed without one.

        Raises:
            ProviderError: final.
            LeaseLost, CancelRequested, InsufficientCredits: from `prepare`.
        """
        async with self._slot:
            await self._resume_softened()
            try:
                made = await self._try_targets()
            except ProviderError as error:
                if self._softened is not None:
                    error.details["softened"] = list(self._softened.changes)
                raise
            except OverMoney:
                if self._refused is None:
                    raise
                raise self._refused from None  # there is no room for both in the run's maxUsd: the refusal counts
            return replace(made, softened=self._softened.changes) if self._softened else made

    async def _resume_softened(self) -> None:
        """Words that were refused before, in a former process too, are not sent again where milder ones may be."""
        request, target = self._generation.request, self._generation.target
        if request.soften is None:
            return
        async with self._runtime.begin() as tx:
            jobs = await list_item_jobs(tx, self._generation.lease.run_id, request.item_key)
        if (softened := softened_before(jobs, target, request.inputs, request.soften)) is not None:
            self._take_softened(softened)

    def _take_softened(self, softened: Softened) -> None:
        """From now on these inputs are sent, and are not softened again."""
        request = replace(self._generation.request, inputs=softened.inputs, soften=None)
        self._generation, self._softened = replace(self._generation, request=request), softened

    def _soften(self, reply: Output | ProviderError) -> bool:
        """True if what was refused by its words is to be sent once more in milder ones; whoever follows is told."""
        request = self._generation.request
        if request.soften is None or not isinstance(reply, ProviderError) or (refusal := refusal_of(reply)) is None:
            return False
        if (softened := request.soften(request.inputs, refusal)) is None:
            return False
        self._refused = reply
        self._take_softened(softened)
        self._call.emit(Progress("queued", logs=(f"refused; once more with {'; '.join(softened.changes)}",)))
        return True

    def _changes(self, softer: bool) -> tuple[str, ...]:
        return self._softened.changes if softer and self._softened else ()

    async def _try_targets(self) -> Generated:
        tries = 0
        generation = self._generation
        existing: Submission | ExistingSubmission | Generated | None = generation.begun or first_submission(generation)
        while True:
            try:
                existing = existing or await prepare(self._runtime, self._generation)
            except (CancelRequested, asyncio.CancelledError) as stopped:
                if self._call.canceled or isinstance(stopped, CancelRequested):
                    await despite_cancel(stop_submitted(self._runtime, generation, self._provider))
                raise
            match existing:
                case Generated():
                    return existing
                case ExistingSubmission():
                    made = await self._go_on(existing, is_left=tries == 0 and generation.lease.attempt > 1)
                    if made is not None:
                        return made
                case Submission():
                    self._until = min(self._until, self._clock() + existing.remaining)
                    tries += 1
                    made = await self._try(existing, tries)
                    if made is not None:
                        return made
            existing = None

    async def _try(self, submission: Submission, tries: int) -> Generated | None:
        """One submit and what follows from it; None when there is to be another turn."""
        generation = self._generation
        await fault("after_intent")
        try:
            reply = await self._submit(submission)
        except asyncio.CancelledError:
            if self._call.canceled and is_queue(self._provider):
                await stop_sent(self._runtime, generation, self._provider, submission)
            elif self._call.canceled:
                text = "".join(chunk.text for chunk in self._call.chunks if isinstance(chunk, Delta))
                await record_canceled(self._runtime, generation, submission, text)
            raise
        if reply is None or isinstance(reply, Accepted):
            return None  # something is in the table, and the next turn goes on with it
        reply = await self._with_new_key(reply)
        delay = self._delay(reply, submission, tries)
        await fault("before_record")
        softer = delay is None and self._soften(reply)
        again = softer or delay is not None
        charged = await record(
            self._runtime, generation, submission, reply, again=again, softened=self._changes(softer)
        )
        if isinstance(reply, Output):
            return Generated(reply, generation.target, charged=charged)
        if softer:
            return None
        if isinstance(reply, ProviderUnknown) and generation.recovery != "none":
            return None
        if delay is None:
            raise reply
        log.info("%s: %s; again in %.1f s", generation.target, reply.message, delay)
        await self._leave_slot()
        await asyncio.sleep(delay)
        return None

    async def _with_new_key(self, reply: Output | ProviderError) -> Output | ProviderError:
        """A refused key is read anew; if there is another by now, the next submit goes out with it at once."""
        if not (isinstance(reply, ProviderRejected) and reply.status == UNAUTHORIZED):
            return reply
        provider = self._provider
        if await self._renewed() is provider:
            return reply
        return ProviderRejected(reply.message, status=reply.status, retry_after=0.0)

    async def _renewed(self) -> AnyProvider:
        """The provider with the key that is in force by now; the same object where that has not changed."""
        target, media_type = self._generation.target, self._generation.request.media_type
        await self._runtime.providers.renew()
        if self._runtime.providers.obstacle(target.provider, media_type) is None:
            self._provider = self._runtime.providers.find(target.provider, media_type)
        return self._provider

    def _delay(self, reply: Output | ProviderError, submission: Submission, tries: int) -> float | None:
        if isinstance(reply, Output):
            return None
        generation = self._generation
        lost = submission.lost + ("lost" in job_events_of(reply, generation.recovery))
        streamed = any(isinstance(chunk, Delta) for chunk in self._call.chunks)
        remaining = min(self._until - self._clock(), generation.request.longest_wait)
        state = RetryState(tries, streamed, lost, remaining, generation.queued)
        providers = self._runtime.providers
        return retry_delay(reply, state, providers.retry_policy, providers.jitter())

    async def _submit(self, submission: Submission) -> Reply | None:
        """One submit, inside the provider's limit and under its breaker; None where another stands already.

        Raises:
            ProviderUnsent: it was not even begun: no free slot, or the breaker is open.
            BadSource, ProviderError: a reference could not be handed over; nothing was submitted.
            Conflict: somebody else has begun this very submit.
            LeaseLost, CancelRequested: from the fence.
        """
        generation, began = self._generation, False
        try:
            request = generation.request
            if is_queue(self._provider):
                request = replace(
                    request, inputs=await upload_references(self._runtime, self._provider, request.inputs)
                )
            await self._take_slot()
            seconds = self._until - self._clock()
            longest_wait = min(seconds, request.longest_wait)
            async with self._runtime.providers.admit(generation.target, request.media_type, seconds=longest_wait):
                if is_queue(self._provider):
                    outgoing = make_request(request, generation.target, max(self._until - self._clock(), 1.0))
                    payload = self._provider.payload(outgoing)
                    began = await self._begin(submission, payload)
                    await fault("before_send")
                    return await despite_cancel(self._send(self._provider, outgoing, payload, submission))
                began = submission is generation.begun or await self._begin(submission)
                await fault("before_send")
                outgoing = make_request(request, generation.target, self._listening_seconds())
                try:
                    output = await receive(self._provider, outgoing, self._call)
                except ResultUseless as error:
                    raise spent_error(generation.target, "useless", error.message, refusal_of(error)) from error
            return await keep_answer(self._runtime, generation, submission, output)
        except ProviderError as error:
            if began:
                return error
            if submission is generation.begun:
                await record(self._runtime, generation, submission, ProviderUnsent(error.message), again=False)
            else:
                await release_unsent(self._runtime, generation, error.code)
            raise
        except WzrdError as error:
            if isinstance(error, Conflict) and not submission.noted:
                return None  # raised to here, so that the breaker takes it for no success
            if not began and not isinstance(error, Conflict):
                await release_unsent(self._runtime, generation, error.code)
            raise

    async def _take_slot(self) -> None:
        if not self._placed:
            seconds = min(self._until - self._clock(), self._generation.request.longest_wait)
            slot = self._runtime.providers.place(
                self._generation.target, self._generation.request.media_type, seconds=seconds
            )
            await self._slot.enter_async_context(slot)
            self._placed = True

    async def _leave_slot(self) -> None:
        await self._slot.aclose()
        self._placed = False

    def _listening_seconds(self) -> float:
        """Seconds to wait for one answer: a text has bounds of its own, a sound until the deadline."""
        left = max(self._until - self._clock(), 1.0)
        is_text = self._generation.request.media_type == "text"
        return min(self._runtime.settings.writer_timeout, left) if is_text else left

    async def _begin(self, submission: Submission, payload: Any = None) -> bool:
        generation = self._generation
        if not await begin_sending(self._runtime, generation, submission, payload):
            raise Conflict(f"{generation.target} is already working on {generation.request.item_key}")
        return True

    async def _send(
        self, provider: QueueProvider, outgoing: Request, payload: Mapping[str, Any], submission: Submission
    ) -> Accepted:
        """Submit what is on record as the job, and write down that it was accepted, in one go."""
        webhook = self._webhook(submission) if provider.calls_back else None
        accepted = await provider.submit(outgoing, payload, webhook=webhook)
        log.info(
            "%s: accepted",
            self._generation.target,
            extra={"fields": {"submit": submission.job_id, "request": accepted.request_id}},
        )
        await fault("after_send")
        await record_accepted(self._runtime, submission.job_id, accepted)
        if accepted.output is not None:
            await record(self._runtime, self._generation, submission, accepted.output, again=False)
        await fault("after_ack")
        return accepted

    def _webhook(self, submission: Submission) -> str | None:
        settings = self._runtime.settings
        address = callback_address(settings.fal_queue_url, own=settings.api_url, public=settings.public_url)
        return f"{address}/webhooks/fal/{submission.token}" if address is not None else None

    async def _go_on(self, existing: ExistingSubmission, *, is_left: bool) -> Generated | None:
        """Follow an accepted job to its end, or find out about one that may have been; None for another turn.

        `is_left`: a former attempt sent it, and left it when it was canceled. Stopped there by now, it is sent anew.

        Raises:
            ProviderError: how it ended.
        """
        provider, generation = self._provider, self._generation
        assert is_queue(provider), "only a queue leaves something existing"
        until = self._clock() + max(existing.job.remaining, 0.0)
        if not existing.accepted:
            search = JobSearch(self._runtime, generation, provider, existing.job, until, self._call.emit, self._renewed)
            if not await search.run():
                await record_after_end(self._runtime, generation, existing.job.job_id)
                raise ProviderUnknown(f"{generation.target} may have accepted this, and was not heard of again")
            return None
        submission = Submission(existing.job.job_id, existing.job.submission_no, 0)
        accepted = located(provider, existing.job)
        with self._runtime.providers.listen(generation.lease.run_id) as wake:
            follower = JobFollower(
                self._runtime, provider, generation.target, accepted, until, self._call.emit, wake, self._renewed
            )
            try:
                reply: Output | ProviderError = await follower.run()
            except ProviderError as error:
                reply = error
            except asyncio.CancelledError:
                if self._call.canceled:
                    await stop_job(self._runtime, generation, follower.provider, submission, accepted)
                raise
        await self._leave_slot()  # the job has ended: the next one need not wait until this one is settled
        if isinstance(reply, ResultUseless):
            reply = spent_error(generation.target, "useless", reply.message, refusal_of(reply))
        await fault("before_record")
        softer = self._soften(reply)
        again = softer or (is_left and isinstance(reply, ProviderFailed) and reply.details.get("status") == STOPPED)
        charged = await record(
            self._runtime, generation, submission, reply, again=again, accepted=True, softened=self._changes(softer)
        )
        if isinstance(reply, Output):
            return Generated(reply, generation.target, charged=charged)
        if not again:
            raise reply
        await fault("before_softened")
        return None
