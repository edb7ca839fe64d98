"""A child's program: Prefect's own API server and UI on a socket that the supervisor opened, within the API's limits.

Prefect accepts every socket and takes its first message for a login: that message is small and soon here, or the
connection is cut. The server is started before its database: importing it takes longer than making a PostgreSQL, so
the two overlap.
"""

import asyncio
import gc
import os
import socket
import sys
import time
from datetime import timedelta
from functools import partial
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from server.api.connection import Config
from server.api.limits import allow_connections
from server.api.sse import ABORT, Abortable
from server.stack.health import answers_postgres
from wzrd.models.checked_settings import load
from wzrd.runtime.gc_tuning import no_collections
from wzrd.settings import Settings


class PrefectSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket with bounds on its first message."""

    def __init__(self, config: Config, **rest: Any) -> None:
        super().__init__(config, **rest)
        self._settings = config.settings
        self._idle = config.idle
        self._deadline: asyncio.TimerHandle | None = None
        self.conn.max_message_size = min(config.ws_max_size, config.settings.max_headers)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first message."""
        super().connection_made(transport)
        self._idle[self] = None
        self._deadline = self.loop.call_later(self._settings.header_seconds, self.transport.abort)

    def send_receive_event_to_app(self) -> None:
        """Pass a message on; after the first one the client may take its time."""
        self._end_wait()
        super().send_receive_event_to_app()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._end_wait()
        super().connection_lost(exc)

    def _end_wait(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
            self._idle.pop(self, None)
            self.conn.max_message_size = cast("Config", self.config).ws_max_size


DATABASE_SECONDS = 120.0
GRACE_SECONDS = 3
LOOK = timedelta(seconds=1)


class SendDeadline:
    """An ASGI layer that cuts a client who takes nothing of its answer for so many seconds."""

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what the application says of the cut is no error of its own."""
        was_cut = False

        async def send_soon(message: Message) -> None:
            nonlocal was_cut
            try:
                async with asyncio.timeout(self._seconds):
                    await send(message)
            except TimeoutError:
                was_cut = True
                scope[ABORT]()
                await asyncio.sleep(0)  # the server learns of it before it sees that the answer is not whole
                raise

        try:
            await self._app(scope, receive, send_soon if scope["type"] == "http" and ABORT in scope else send)
        except Exception:
            if not was_cut:
                raise


def serving(app: Any, settings: Settings, **more: Any) -> Config:
    """Configuration that serves an application to this machine's users within the limits of our API."""
    settings = settings.model_copy(update={"connections": allow_connections(settings.connections)})
    return Config(
        Abortable(SendDeadline(app, settings.stream_send_timeout)),
        settings,
        ws=PrefectSocket,
        refused={},
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        **more,
    )


def calm_docket(background: Any) -> None:
    """Have the docket of Prefect's server look for what is due once a second, four times less than its own default.

    It asks its own memory only; what is to be done at once it is told. A docket that we do not know stays as it is.
    """
    import docket

    if getattr(background, "Worker", None) is docket.Worker:
        background.Worker = partial(docket.Worker, minimum_check_interval=LOOK, scheduling_resolution=LOOK)


async def _await_database(url: str) -> None:
    deadline = time.monotonic() + DATABASE_SECONDS
    while not await answers_postgres(url):
        if time.monotonic() > deadline:
            raise TimeoutError("Prefect's database does not answer")
        await asyncio.sleep(0.05)


def main(descriptor: int) -> None:
    """Serve until SIGTERM, as `prefect server start` would: the same application, with its services and sockets."""
    with no_collections():
        from prefect.server.api import background_workers
        from prefect.server.api.server import create_app
        from prefect.settings import get_current_settings  # noqa: PLC0415 - seconds, and only here

        calm_docket(background_workers)
        app = create_app(final=True)
        gc.freeze()  # what has been made until here lives as long as the process, and is looked through no more
    api = get_current_settings().server.api
    asyncio.run(_await_database(os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"]))
    config = serving(
        app,
        load(),
        timeout_keep_alive=api.keepalive_timeout,
        ws_ping_interval=api.websocket_ping_interval,
        ws_ping_timeout=api.websocket_ping_timeout,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
