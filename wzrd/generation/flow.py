"""A generation, one concern a function: join the call under way, choose a target, try, submit, receive.

Paid work runs in a call of its own (`wzrd.providers.in_flight`), so that a canceled caller stops listening and
nothing else: what was sent is received and recorded. Work that costs nothing stops with its caller. This is the one
owner of retries.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from wzrd.db.provider_jobs import list_item_jobs
from wzrd.domain.errors import LeaseLost, ProviderError, ProviderFailed
from wzrd.domain.offline import Choice, choose_target
from wzrd.domain.runs import Lease
from wzrd.domain.submission import continues_at, may_fall_back
from wzrd.generation.attempts import Attempts
from wzrd.generation.calls import Chunk, make_request
from wzrd.generation.dollars import ask_dollars
from wzrd.generation.submissions import GenerationJob, Submission
from wzrd.generation.values import Fallback, FallbackTarget, Generated, GenerationRequest, deadline_of
from wzrd.providers.base import Accepted, Delta, Output, Progress, StreamProvider, is_queue
from wzrd.providers.in_flight import InFlightCall
from wzrd.runtime.process import Runtime


async def generate(
    runtime: Runtime, lease: Lease, request: GenerationRequest, *, begun: Submission | None = None
) -> AsyncGenerator[Chunk]:
    """Deltas or progress as they arrive, then exactly one `Generated` with the whole.

    The same paid item and target at once are one call with several listeners. Deltas are never repeated; a replayed
    result comes without any. `begun`: its first submit, which the run's own first commit has noted as being sent.

    Raises:
        LeaseLost, CancelRequested: the run may not go on here (checked before every submit).
        NotConfigured: the target cannot be asked from here and WZRD_OFFLINE forbids to fall back.
        InsufficientCredits: the generation's own hold was refused.
        ProviderError: final: it was tried as often as was allowed. `details["partial"]` has the text that came.
    """
    if not request.deadline:
        request = replace(request, deadline=deadline_of(request.media_type, runtime.settings.deadlines))
    choice = choose_target(
        request.target,
        offline=runtime.settings.offline,
        obstacle=runtime.providers.obstacle(request.target.provider, request.media_type),
    )
    provider = runtime.providers.find(choice.target.provider, request.media_type)
    if not provider.paid and not is_queue(provider):
        async with aclosing(_run_unpaid(provider, request, choice)) as chunks:
            async for chunk in chunks:
                yield chunk
        return
    while True:
        epoch, call = _join_or_start(runtime, lease, request, choice, begun)
        try:
            async with aclosing(call.follow()) as chunks:
                async for chunk in chunks:
                    yield chunk
        except LeaseLost:
            if epoch == lease.epoch:
                raise
        else:
            return


async def generate_whole(
    runtime: Runtime, lease: Lease, request: GenerationRequest, on_chunk: Callable[[Chunk], None] = lambda _chunk: None
) -> Generated:
    """The whole of a generation; `on_chunk` gets what comes before it.

    Raises:
        as `generate`; ProviderFailed too where it ended without a result.
    """
    async with aclosing(generate(runtime, lease, request)) as chunks:
        async for chunk in chunks:
            if isinstance(chunk, Generated):
                return chunk
            on_chunk(chunk)
    raise ProviderFailed(f"{request.target} ended without a result")


async def _run_unpaid(provider: StreamProvider, request: GenerationRequest, choice: Choice) -> AsyncGenerator[Chunk]:
    """Work that costs nothing needs no record: it is made here and now, and again should it be asked for again."""
    async with aclosing(provider.stream(make_request(request, choice.target, request.deadline))) as chunks:
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
    runtime: Runtime, lease: Lease, request: GenerationRequest, choice: Choice, begun: Submission | None
) -> tuple[int, InFlightCall[Chunk]]:
    """The call of this item and target, started if there is none. Nothing awaits here: two cannot start at once."""
    in_flight = runtime.providers.in_flight
    key = (lease.run_id, request.item_key, choice.target)
    if key not in in_flight:
        call: InFlightCall[Chunk] = InFlightCall()
        in_flight[key] = (lease.epoch, call)
        work = _run(runtime, lease, request, choice, call, begun)
        call.start(work, name=f"generate {request.item_key}", on_done=lambda: in_flight.pop(key, None))
    return in_flight[key]


async def _run(
    runtime: Runtime,
    lease: Lease,
    request: GenerationRequest,
    choice: Choice,
    call: InFlightCall[Chunk],
    begun: Submission | None,
) -> None:
    """The chosen target, then what may be asked instead, until one delivers."""
    ways = [FallbackTarget(choice.target, str(choice.target), request.funding), *_usable(runtime, request)]
    at = 0 if begun else await _continues_at(runtime, lease, request, ways)
    reason = choice.fallback_reason if at == 0 else f"runtime_failure:{ways[0].name}"
    while True:
        way = ways[at]
        own = replace(request, target=way.target, funding=way.funding, inputs=way.inputs or request.inputs)
        provider = runtime.providers.find(way.target.provider, request.media_type)
        generation = GenerationJob(
            lease,
            own,
            way.target,
            provider.recovery,
            queued=is_queue(provider),
            begun=begun if at == 0 else None,
            asked=await ask_dollars(runtime, lease.user_id, way.target, own.inputs),
        )
        try:
            made = await Attempts(runtime, generation, provider, call).run()
        except ProviderError as error:
            if at + 1 == len(ways) or not may_fall_back(error, request.fall_back_on) or _has_text(call):
                raise
            at += 1
            reason = f"runtime_failure:{ways[0].name}"
            call.emit(Fallback(ways[at].name, error.message))
        else:
            call.emit(replace(made, fallback_reason=reason))
            return


def _usable(runtime: Runtime, request: GenerationRequest) -> list[FallbackTarget]:
    """The fallbacks that can be asked from here."""
    obstacle = runtime.providers.obstacle
    return [way for way in request.fallbacks if obstacle(way.target.provider, request.media_type) is None]


async def _continues_at(
    runtime: Runtime, lease: Lease, request: GenerationRequest, ways: Sequence[FallbackTarget]
) -> int:
    if len(ways) == 1:
        return 0
    async with runtime.begin() as tx:
        jobs = await list_item_jobs(tx, lease.run_id, request.item_key)
    return continues_at([job.submission for job in jobs], [way.target for way in ways])


def _has_text(call: InFlightCall[Chunk]) -> bool:
    return any(isinstance(chunk, Delta) for chunk in call.chunks)
