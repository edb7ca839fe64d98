"""A stream as an HTTP response: frames from a generator, nothing else. A client that stops reading is dropped."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Coroutine, Mapping
from typing import Any, Protocol

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

log = logging.getLogger(__name__)

HEADERS: Mapping[str, str] = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache, no-transform",
    "connection": "keep-alive",
    "x-accel-buffering": "no",
}
ABORT = "wzrd.abort"
"""Where the scope keeps the way to cut the connection (see `Abortable`)."""


class Abortable:
    """The outermost ASGI layer: it notes in the scope how to cut a connection whose client has stopped reading.

    ASGI has no word for this, and closing politely would wait for that very client. uvicorn's `send` is a method of
    an object that holds the transport; with another server the connection is closed politely.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on with `ABORT` in its scope."""
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        if transport is not None:
            scope[ABORT] = transport.abort
        await self._app(scope, receive, send)


class Closable(Protocol):
    """Resource that the stream gives back when it ends."""

    def close(self) -> None:
        """Give it back."""
        ...


class EventStream(Response):
    """Streams frames until the generator ends or the client goes away; `admission` is held meanwhile."""

    def __init__(
        self,
        frames: AsyncGenerator[bytes],
        *,
        admission: Closable,
        send_timeout: float,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status_code = 200
        self.background = None
        self._frames = frames
        self._admission = admission
        self._send_timeout = send_timeout
        self.init_headers({**HEADERS, **(headers or {})})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the frames end or the client is gone."""
        with contextlib.closing(self._admission):
            async with contextlib.aclosing(self._frames):
                sending = self._pass_on(send, head=scope["method"] == "HEAD")
                await send_while_connected(sending, scope, receive, label="a stream")

    async def _pass_on(self, send: Send, *, head: bool) -> None:
        await self._send(send, {"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        if not head:
            async for frame in self._frames:
                await self._send(send, {"type": "http.response.body", "body": frame, "more_body": True})
        await self._send(send, {"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Send, message: Message) -> None:
        async with asyncio.timeout(self._send_timeout):
            await send(message)


async def send_while_connected(
    sending: Coroutine[Any, Any, None], scope: Scope, receive: Receive, *, label: str
) -> None:
    """Send until that is done or the client is gone; a connection that takes nothing more, or too little, is cut."""
    gone = asyncio.ensure_future(until_gone(receive))
    flow = asyncio.ensure_future(sending)
    try:
        await asyncio.wait({gone, flow}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (gone, flow):
            task.cancel()
        await asyncio.gather(gone, flow, return_exceptions=True)
    if flow.cancelled() or (error := flow.exception()) is None:
        return
    if not isinstance(error, TimeoutError):
        log.error("%s could not be sent to its end", label, exc_info=error)
    if abort := scope.get(ABORT):
        abort()
        await asyncio.sleep(0)  # the server learns of it before it sees that the response is not whole


async def until_gone(receive: Receive) -> None:
    """Return when the client has hung up; the request's body must have been read."""
    while (await receive())["type"] != "http.disconnect":
        pass
