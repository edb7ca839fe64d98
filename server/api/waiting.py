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

Answer = TypeVar("Answer")


async def wait_for_end(request: Request, services: Services, run_id: UUID) -> RunRow:
    """The run, once it has ended. The request's body must have been read; nothing pooled is held meanwhile.

    A place under the caps is the caller's to take: `with closing(services.hub.admit(user_id))`.

    Raises:
        ClientDisconnect: nobody listens any more.
        Unavailable: this process is draining, or has waited as long as a stream may last; the run goes on, and the
            same request id joins it.
    """
    return await while_connected(request, _follow(services, run_id))


async def while_connected(request: Request, waiting: Coroutine[Any, Any, Answer]) -> Answer:
    """Result of `waiting`, unless the client hangs up first. The request's body must have been read.

    Raises:
        ClientDisconnect: nobody listens any more.
    """
    gone = asyncio.ensure_future(until_gone(request.receive))
    answer = asyncio.ensure_future(waiting)
    try:
        await asyncio.wait({gone, answer}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ClientDisconnect
        return await answer
    finally:
        for task in (gone, answer):
            task.cancel()
        await asyncio.gather(gone, answer, return_exceptions=True)


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
