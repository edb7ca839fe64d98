"""One call to a provider: the request as sent, the answer as it comes, what no cancel may interrupt."""

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any, TypeAlias, TypeVar

from wzrd.domain.errors import ProviderFailed
from wzrd.domain.submission import Target
from wzrd.faults import fault
from wzrd.generation.values import Fallback, Generated, GenerationRequest
from wzrd.providers.base import Accepted, Delta, Output, Progress, Request, StreamProvider
from wzrd.providers.in_flight import InFlightCall

Chunk: TypeAlias = Delta | Progress | Fallback | Generated
T = TypeVar("T")


async def despite_cancel(work: Coroutine[Any, Any, T]) -> T:
    """Finish `work` even if the caller is cancelled meanwhile, who then stops: what was sent is to be written down."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()
        raise


async def receive(provider: StreamProvider, outgoing: Request, call: InFlightCall[Chunk]) -> Output:
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


def make_request(request: GenerationRequest, target: Target, seconds: float) -> Request:
    """A generation as its provider gets it."""
    return Request(target.model, request.media_type, request.inputs, seconds)
