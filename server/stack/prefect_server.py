"""A child's program: Prefect's own API server and UI on a socket that the supervisor opened.

It is started before its database: importing it takes longer than making a PostgreSQL, so the two overlap.
"""

import asyncio
import os
import socket
import sys
import time

import uvicorn

from server.stack.health import answers_postgres

DATABASE_SECONDS = 120.0
GRACE_SECONDS = 3


async def _await_database(url: str) -> None:
    deadline = time.monotonic() + DATABASE_SECONDS
    while not await answers_postgres(url):
        if time.monotonic() > deadline:
            raise TimeoutError("Prefect's database does not answer")
        await asyncio.sleep(0.05)


def main(descriptor: int) -> None:
    """Serve until SIGTERM."""
    from prefect.server.api.server import create_app  # noqa: PLC0415 - seconds, and only here
    from prefect.settings import get_current_settings  # noqa: PLC0415

    app = create_app(final=True)
    api = get_current_settings().server.api
    asyncio.run(_await_database(os.environ["PREFECT_SERVER_DATABASE_CONNECTION_URL"]))
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=api.keepalive_timeout,
        ws_ping_interval=api.websocket_ping_interval,
        ws_ping_timeout=api.websocket_ping_timeout,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
