"""Answers that wait for their run's end, for minutes if need be; a client that hangs up leaves it going."""

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request
from starlette.requests import ClientDisconnect

from server.api.services import Services
from server.api.sse import until_gone
from wzrd.contracts.encoders import plain
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.errors import NotFound, Unavailable
from wzrd.domain.runs import TERMINAL_RUN

T = TypeVar("T")


async def wait_for_end(request: Request, services: Services, run_id: UUID) -> RunRow:
    """The run, once it has ended. The request's body must have been read; nothing pooled is held meanwhile.

    A place under the caps is the caller's to take: `with closing(services.hub.admit(user_id))`.

    Raises:
        ClientDisconnect: nobody listens any more.
        Unavailable: this process is draining, or has waited as long as a stream may last; the run goes on, and the
            same request id joins it.
    """
    return await while_listening(request, _follow(services, run_id))


async def while_listening(request: Request, waiting: Coroutine[Any, Any, T]) -> T:
    """What `waiting` comes to, as long as the client is there; the request's body must have been read.

    Raises:
        ClientDisconnect: nobody listens any more, and the waiting has ended.
    """
    gone = asyncio.ensure_future(until_gone(request.receive))
    ending = asyncio.ensure_future(waiting)
    try:
        await asyncio.wait({gone, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not ending.done():
            raise ClientDisconnect
        return await ending
    finally:
        for task in (gone, ending):
            task.cancel()
        await asyncio.gather(gone, ending, return_exceptions=True)


async def _follow(services: Services, run_id: UUID) -> RunRow:
    async with aclosing(services.hub.follow(run_id, 0, plain)) as frames:
        async for _ in frames:
            pass
    async with services.runtime.begin() as tx:
        run = await find_run(tx, run_id)
    if run is None:
        raise NotFound("Run not found")
    if run.status not in TERMINAL_RUN:
        raise Unavailable(f"run {run_id} goes on: ask again with the same request id, or look at /functions/v1/runs")
    return run
