"""The staircase of a generation, one concern a step: join a flight, choose a target, try, submit, listen.

Paid work runs in a flight of its own (`wzrd.providers.in_flight`), so that a canceled caller stops listening and
nothing else: what was sent is received and recorded. Work that costs nothing stops with its caller. This is the one
owner of retries.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import TypeAlias

from wzrd.domain.errors import Conflict, LeaseLost, ProviderError, ProviderFailed
from wzrd.domain.lease import Lease
from wzrd.domain.submission import Choice, Target, Tried, choose_target, news_of, retry_delay
from wzrd.faults import fault
from wzrd.generation.records import Order, Ticket, begin_sending, prepare, record, record_canceled, withdraw
from wzrd.generation.values import Generated, GenerationRequest
from wzrd.providers.base import Accepted, Delta, Output, Progress, Request, StreamProvider
from wzrd.providers.in_flight import Flight
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)

Piece: TypeAlias = Delta | Progress | Generated


async def generate(runtime: Runtime, lease: Lease, request: GenerationRequest) -> AsyncGenerator[Piece]:
    """Deltas or progress as they arrive, then exactly one `Generated` with the whole.

    The same paid item and target at once are one flight with several listeners. Deltas are never said twice; a replayed
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
    provider = runtime.providers.find(choice.target.provider)
    if not provider.paid:
        async with aclosing(_make(provider, request, choice)) as pieces:
            async for piece in pieces:
                yield piece
        return
    while True:
        epoch, flight = _board(runtime, lease, request, choice)
        try:
            async with aclosing(flight.follow()) as pieces:
                async for piece in pieces:
                    yield piece
        except LeaseLost:
            if epoch == lease.epoch:
                raise
        else:
            return


async def _make(provider: StreamProvider, request: GenerationRequest, choice: Choice) -> AsyncGenerator[Piece]:
    """Work that costs nothing needs no record: it is made here and now, and again should it be asked for again."""
    async with aclosing(provider.stream(_outgoing(request, choice.target, request.deadline))) as pieces:
        async for piece in pieces:
            match piece:
                case Delta() | Progress():
                    yield piece
                case Output():
                    yield Generated(piece, choice.target, fallback_reason=choice.fallback_reason)
                    return
                case Accepted():
                    pass
    raise ProviderFailed(f"{provider.name} ended without a result")


def _board(runtime: Runtime, lease: Lease, request: GenerationRequest, choice: Choice) -> tuple[int, Flight[Piece]]:
    """The flight of this item and target, started if there is none. Nothing awaits here: two cannot start at once."""
    flights = runtime.providers.flights
    key = (lease.run_id, request.item_key, choice.target)
    if key not in flights:
        flight: Flight[Piece] = Flight()
        flights[key] = (lease.epoch, flight)
        work = _fly(runtime, lease, request, choice, flight)
        flight.start(work, name=f"generate {request.item_key}", landed=lambda: flights.pop(key, None))
    return flights[key]


async def _fly(
    runtime: Runtime, lease: Lease, request: GenerationRequest, choice: Choice, flight: Flight[Piece]
) -> None:
    provider = runtime.providers.find(choice.target.provider)
    order = Order(lease, request, choice.target, provider.recovery)
    made = await _Attempts(runtime, order, provider, flight).run()
    flight.say(replace(made, fallback_reason=choice.fallback_reason))


class _Attempts:
    """The submits of one order, one after another."""

    def __init__(self, runtime: Runtime, order: Order, provider: StreamProvider, flight: Flight[Piece]) -> None:
        self._runtime = runtime
        self._order = order
        self._provider = provider
        self._flight = flight
        self._clock = asyncio.get_running_loop().time
        self._until = self._clock() + order.request.deadline

    async def run(self) -> Generated:
        """Submit until it is done or final. Each turn starts from what the table says, like a resume does."""
        order, tries = self._order, 0
        while True:
            leave = order.request.resubmit_unknown and tries == 0  # the user's leave counts once
            ticket = await prepare(self._runtime, order, resubmit_unknown=leave)
            if isinstance(ticket, Generated):
                return ticket
            await fault("after_intent")
            tries += 1
            try:
                outcome = await self._submit(ticket)
            except asyncio.CancelledError:
                if self._flight.canceled:
                    text = "".join(piece.text for piece in self._flight.pieces if isinstance(piece, Delta))
                    await record_canceled(self._runtime, order, ticket, text)
                raise
            delay = self._delay(outcome, ticket, tries)
            await fault("before_record")
            charged = await record(self._runtime, order, ticket, outcome, again=delay is not None)
            if isinstance(outcome, Output):
                return Generated(outcome, order.target, charged=charged)
            if delay is None:
                raise outcome
            log.info("%s: %s; again in %.1f s", order.target, outcome.message, delay)
            await asyncio.sleep(delay)

    def _delay(self, outcome: Output | ProviderError, ticket: Ticket, tries: int) -> float | None:
        if isinstance(outcome, Output):
            return None
        lost = ticket.lost + ("lost" in news_of(outcome, self._order.recovery))
        spoke = any(isinstance(piece, Delta) for piece in self._flight.pieces)
        tried = Tried(tries, spoke, lost, self._until - self._clock())
        providers = self._runtime.providers
        return retry_delay(outcome, tried, providers.patience, providers.jitter())

    async def _submit(self, ticket: Ticket) -> Output | ProviderError:
        """One submit, inside the provider's limit and under its breaker.

        Raises:
            ProviderUnsent: it was not even begun: no free slot, or the breaker is open.
            Conflict: somebody else has begun this very submit.
            LeaseLost, CancelRequested: from the fence.
        """
        order, began = self._order, False
        try:
            async with self._runtime.providers.admit(order.target, patience=self._until - self._clock()):
                began = await begin_sending(self._runtime, order, ticket)
                if not began:
                    raise Conflict(f"{order.target} is already working on {order.request.item_key}")
                await fault("before_send")
                seconds = min(self._runtime.settings.writer_timeout, max(self._until - self._clock(), 1.0))
                return await _listen(self._provider, _outgoing(order.request, order.target, seconds), self._flight)
        except ProviderError as error:
            if began:
                return error
            await withdraw(self._runtime, order, error)
            raise


async def _listen(provider: StreamProvider, outgoing: Request, flight: Flight[Piece]) -> Output:
    """Pass the deltas on; the output ends it."""
    async with aclosing(provider.stream(outgoing)) as pieces:
        async for piece in pieces:
            match piece:
                case Accepted():
                    await fault("after_send")
                case Delta() | Progress():
                    first = not flight.pieces
                    flight.say(piece)
                    if first:
                        await fault("after_ack")
                case Output():
                    return piece
    raise ProviderFailed(f"{provider.name} ended without a result")


def _outgoing(request: GenerationRequest, target: Target, seconds: float) -> Request:
    return Request(target.model, request.media_type, request.inputs, seconds)
