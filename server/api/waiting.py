"""Answers that wait for their run's end, for minutes if need be; a client that hangs up leaves it going.

`Prefer: respond-async` (RFC 7240): such a call is answered 202 once its run stands. It works where a route names its
run (`envelopes.name_run`) before it answers: to the route it looks as if the client had hung up then, which changes
nothing about the run. A call that is answered sooner is answered as ever.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import aclosing
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request
from pydantic import Field
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api.bodies import json_response
from server.api.described import Parameters
from server.api.envelopes import NAMED, run_of
from server.api.services import Services
from server.api.sse import until_gone
from wzrd.contracts.encoders import plain
from wzrd.contracts.runs import pending
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.errors import NotFound, Unavailable
from wzrd.domain.runs import TERMINAL_RUN

_APPLIED = {"preference-applied": "respond-async"}


class PreferHeaders(Parameters):
    """Headers that say how an answer is preferred."""

    prefer: str | None = Field(default=None, alias="Prefer", description="`respond-async`: 202 once the run stands.")


class RespondAsync:
    """The middleware; it stands inside the error boundary, which puts the run's name into the answer's head."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; what was asked for asynchronously is answered as soon as its run is named."""
        if scope["type"] != "http" or not _is_preferred(scope):
            await self.app(scope, receive, send)
            return
        named: asyncio.Event = scope.setdefault("state", {}).setdefault(NAMED, asyncio.Event())
        answer = _FirstAnswer(send)
        serving = asyncio.ensure_future(self.app(scope, _until(named, receive), answer.take))
        naming = asyncio.ensure_future(named.wait())
        try:
            await asyncio.wait({serving, naming}, return_when=asyncio.FIRST_COMPLETED)
            if not serving.done() and not answer.begun:
                answer.over = True
                await json_response(pending(UUID(run_of(scope))), 202, _APPLIED)(scope, receive, send)
            await serving
        except ClientDisconnect:
            if not answer.over:
                raise
        finally:
            for task in (serving, naming):
                task.cancel()
            await asyncio.gather(serving, naming, return_exceptions=True)


class _FirstAnswer:
    """Passes an answer on, unless there has been another one already."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.begun = self.over = False

    async def take(self, message: Message) -> None:
        """One message of the route's own answer."""
        if not self.over:
            self.begun = True
            await self._send(message)


def _is_preferred(scope: Scope) -> bool:
    wanted = [value.decode("latin-1") for name, value in scope["headers"] if name == b"prefer"]
    words = (word.partition(";")[0].strip().lower() for value in wanted for word in value.split(","))
    return "respond-async" in words


def _until(named: asyncio.Event, receive: Receive) -> Receive:
    """Receives what the client sends; once the run is named, the client has gone as far as the route sees."""

    async def receive_until() -> Message:
        if named.is_set():
            return {"type": "http.disconnect"}
        message: asyncio.Future[Any] = asyncio.ensure_future(receive())
        naming = asyncio.ensure_future(named.wait())
        try:
            await asyncio.wait({message, naming}, return_when=asyncio.FIRST_COMPLETED)
            return message.result() if message.done() else {"type": "http.disconnect"}
        finally:
            message.cancel()
            naming.cancel()

    return receive_until


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


async def while_connected(request: Request, waiting: Awaitable[Answer]) -> Answer:
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
