"""A generation, one concern a function: join the call under way, choose a target, try, submit, receive.

Paid work runs in a call of its own (`wzrd.providers.in_flight`), so that a canceled caller stops listening and
nothing else: what was sent is received and recorded. Work that costs nothing stops with its caller. This is the one
owner of retries.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import TypeAlias, cast

from wzrd.domain.errors import Conflict, LeaseLost, ProviderError, ProviderFailed
from wzrd.domain.lease import Lease
from wzrd.domain.submission import Choice, RetryState, Target, choose_target, job_events_of, retry_delay
from wzrd.faults import fault
from wzrd.generation.records import (
    GenerationJob,
    Submission,
    begin_sending,
    prepare,
    record,
    record_canceled,
    release_unsent,
)
from wzrd.generation.values import Generated, GenerationRequest
from wzrd.providers.base import Accepted, Delta, Output, Progress, Request, StreamProvider
from wzrd.providers.in_flight import InFlightCall
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

Chunk: TypeAlias = Delta | Progress | Generated


async def generate(runtime: Runtime, lease: Lease, request: GenerationRequest) -> AsyncGenerator[Chunk]:
    """Deltas or progress as they arrive, then exactly one `Generated` with the whole.

    The same paid item and target at once are one call with several listeners. Deltas are never repeated; a replayed
    result comes without any.

    Raises:
        LeaseLost, CancelRequested: the run may not go on here (checked before every submit).
        NotConfigured: the target cannot be asked from here and WZRD_OFFLINE forbids to fall back.
        InsufficientCredits: the generation's own hold was refused.
        ProviderError: final: it was tried as often as was allowed. `details["partial"]` has the text that came.
    """
    choice = choose_target(
        request.target,
        offline=runtime.settings.offline,
        obstacle=runtime.providers.obstacle(request.target.provider, request.media_type),
    )
    provider = cast("StreamProvider", runtime.providers.find(choice.target.provider, request.media_type))
    if not provider.paid:
        async with aclosing(_run_unpaid(provider, request, choice)) as chunks:
            async for chunk in chunks:
                yield chunk
        return
    while True:
        epoch, call = _join_or_start(runtime, lease, request, choice)
        try:
            async with aclosing(call.follow()) as chunks:
                async for chunk in chunks:
                    yield chunk
        except LeaseLost:
            if epoch == lease.epoch:
                raise
        else:
            return


async def _run_unpaid(provider: StreamProvider, request: GenerationRequest, choice: Choice) -> AsyncGenerator[Chunk]:
    """Work that costs nothing needs no record: it is made here and now, and again should it be asked for again."""
    async with aclosing(provider.stream(_outgoing(request, choice.target, request.deadline))) as chunks:
        async for chunk in chunks:
            match chunk:
                case Delta() | Progress():
                    yield chunk
                case Output():
                    yield Generated(chunk, choice.target, fallback_reason=choice.fallback_reason)
                    return
                case Accepted():
                    pass
    raise ProviderFailed(f"{provider.name} ended without a result")


def _join_or_start(
    runtime: Runtime, lease: Lease, request: GenerationRequest, choice: Choice
) -> tuple[int, InFlightCall[Chunk]]:
    """The call of this item and target, started if there is none. Nothing awaits here: two cannot start at once."""
    in_flight = runtime.providers.in_flight
    key = (lease.run_id, request.item_key, choice.target)
    if key not in in_flight:
        call: InFlightCall[Chunk] = InFlightCall()
        in_flight[key] = (lease.epoch, call)
        work = _run(runtime, lease, request, choice, call)
        call.start(work, name=f"generate {request.item_key}", on_done=lambda: in_flight.pop(key, None))
    return in_flight[key]


async def _run(
    runtime: Runtime, lease: Lease, request: GenerationRequest, choice: Choice, call: InFlightCall[Chunk]
) -> None:
    provider = cast("StreamProvider", runtime.providers.find(choice.target.provider, request.media_type))
    generation = GenerationJob(lease, request, choice.target, provider.recovery)
    made = await _Attempts(runtime, generation, provider, call).run()
    call.emit(replace(made, fallback_reason=choice.fallback_reason))


class _Attempts:
    """The submits of one generation, one after another."""

    def __init__(
        self, runtime: Runtime, generation: GenerationJob, provider: StreamProvider, call: InFlightCall[Chunk]
    ) -> None:
        self._runtime = runtime
        self._generation = generation
        self._provider = provider
        self._call = call
        self._clock = asyncio.get_running_loop().time
        self._until = self._clock() + generation.request.deadline

    async def run(self) -> Generated:
        """Submit until it is done or final. Each turn starts from what the table says, like a resume does."""
        generation, tries = self._generation, 0
        while True:
            resubmit_unknown = generation.request.resubmit_unknown and tries == 0  # the user's leave counts once
            submission = await prepare(self._runtime, generation, resubmit_unknown=resubmit_unknown)
            if isinstance(submission, Generated):
                return submission
            await fault("after_intent")
            tries += 1
            try:
                reply = await self._submit(submission)
            except asyncio.CancelledError:
                if self._call.canceled:
                    text = "".join(chunk.text for chunk in self._call.chunks if isinstance(chunk, Delta))
                    await record_canceled(self._runtime, generation, submission, text)
                raise
            delay = self._delay(reply, submission, tries)
            await fault("before_record")
            charged = await record(self._runtime, generation, submission, reply, again=delay is not None)
            if isinstance(reply, Output):
                return Generated(reply, generation.target, charged=charged)
            if delay is None:
                raise reply
            log.info("%s: %s; again in %.1f s", generation.target, reply.message, delay)
            await asyncio.sleep(delay)

    def _delay(self, reply: Output | ProviderError, submission: Submission, tries: int) -> float | None:
        if isinstance(reply, Output):
            return None
        lost = submission.lost + ("lost" in job_events_of(reply, self._generation.recovery))
        streamed = any(isinstance(chunk, Delta) for chunk in self._call.chunks)
        state = RetryState(tries, streamed, lost, self._until - self._clock())
        providers = self._runtime.providers
        return retry_delay(reply, state, providers.retry_policy, providers.jitter())

    async def _submit(self, submission: Submission) -> Output | ProviderError:
        """One submit, inside the provider's limit and under its breaker.

        Raises:
            ProviderUnsent: it was not even begun: no free slot, or the breaker is open.
            Conflict: somebody else has begun this very submit.
            LeaseLost, CancelRequested: from the fence.
        """
        generation, began = self._generation, False
        try:
            async with self._runtime.providers.admit(
                generation.target, generation.request.media_type, seconds=self._until - self._clock()
            ):
                began = await begin_sending(self._runtime, generation, submission)
                if not began:
                    raise Conflict(f"{generation.target} is already working on {generation.request.item_key}")
                await fault("before_send")
                seconds = min(self._runtime.settings.writer_timeout, max(self._until - self._clock(), 1.0))
                return await _receive(
                    self._provider, _outgoing(generation.request, generation.target, seconds), self._call
                )
        except ProviderError as error:
            if began:
                return error
            await release_unsent(self._runtime, generation, error)
            raise


async def _receive(provider: StreamProvider, outgoing: Request, call: InFlightCall[Chunk]) -> Output:
    """Pass the deltas on; the output ends it."""
    async with aclosing(provider.stream(outgoing)) as chunks:
        async for chunk in chunks:
            match chunk:
                case Accepted():
                    await fault("after_send")
                case Delta() | Progress():
                    first = not call.chunks
                    call.emit(chunk)
                    if first:
                        await fault("after_ack")
                case Output():
                    return chunk
    raise ProviderFailed(f"{provider.name} ended without a result")


def _outgoing(request: GenerationRequest, target: Target, seconds: float) -> Request:
    return Request(target.model, request.media_type, request.inputs, seconds)
