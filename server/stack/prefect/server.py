"""A child's program: Prefect's own API server and UI on a socket that the supervisor opened, within the API's limits.

It is started before its database: importing it takes longer than making a PostgreSQL, so the two overlap.
"""

import asyncio
import gc
import os
import socket
import sys
import time
from datetime import timedelta
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api.connection import Config
from server.api.limits import ConnectionLimits, allow_connections
from server.api.sse import ABORT, Abortable
from server.stack.health import answers_postgres
from server.stack.prefect.socket import PrefectSocket
from wzrd.models.checked_settings import load
from wzrd.runtime.gc_tuning import no_collections
from wzrd.settings import Settings

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
    limits = ConnectionLimits.of(settings.model_copy(update={"connections": allow_connections(settings.connections)}))
    return Config(
        Abortable(SendDeadline(app, limits.flush_seconds)),
        limits,
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
