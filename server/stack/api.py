"""A process's program: the API over a runtime of its own, on a socket that the supervisor opened or on WZRD_PORT."""

import asyncio
import socket
import sys

import uvicorn

from server.app import create_app
from wzrd.runtime import open_runtime
from wzrd.settings import load

GRACE_SECONDS = 5
"""How long open requests and streams may take to end after SIGTERM."""


async def serve(descriptor: int | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    settings = load()
    async with open_runtime(settings, application="wzrd-api") as runtime:
        config = uvicorn.Config(
            create_app(runtime),
            host=settings.host,
            port=settings.port,
            http="httptools",
            ws="none",
            lifespan="on",
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        given = None if descriptor is None else [socket.socket(fileno=descriptor)]
        await uvicorn.Server(config).serve(sockets=given)


def main(descriptor: int | None = None) -> None:
    """The same, on uvloop where there is one."""
    if sys.platform == "win32":
        asyncio.run(serve(descriptor))
        return
    import uvloop  # noqa: PLC0415 - not on Windows

    uvloop.run(serve(descriptor))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
