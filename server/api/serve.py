"""A process's program: the API over its own runtime, on a socket that the supervisor opened or on WZRD_PORT."""

import asyncio
import socket
import sys

from wzrd.runtime.gc_tuning import collect_when_idle, no_collections

with no_collections():
    import uvicorn
    from fastapi import FastAPI
    from uvicorn.config import LOGGING_CONFIG

    from server.api.app import create_app
    from server.api.compose import compose
    from server.api.connection import Config
    from server.api.limits import allow_connections
    from server.api.services import services_of
    from server.api.sse import Abortable
    from server.logs import log_json
    from server.token_secret import check_secret
    from wzrd.domain.errors import NotConfigured
    from wzrd.models.checked_settings import load
    from wzrd.operations import KINDS
    from wzrd.runtime.process import open_runtime

SWITCH_SECONDS = 0.001
"""Seconds that a thread that reads a large graph keeps the loop waiting, each time that it goes round."""
GRACE_SECONDS = 5
"""Seconds that open requests and streams may take to end after SIGTERM."""


class Server(uvicorn.Server):
    """uvicorn, which ends the streams before it waits for open connections, and can cut one that does not read."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self._app = app
        settings = services_of(app).runtime.settings
        config = Config(
            Abortable(app),
            settings,
            host=host,
            port=port,
            timeout_keep_alive=settings.keep_alive,
            lifespan="on",
            log_level="warning",
            log_config=None if settings.logs == "json" else LOGGING_CONFIG,
            access_log=False,
            proxy_headers=False,  # else any local caller chooses its address; WZRD_TRUSTED_PROXIES says who may
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        super().__init__(config)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain: streams end now and are resumed elsewhere; other requests may take their time.

        What is executed here gets a moment less, so that whoever waits for it is answered.
        """
        services = services_of(self._app)
        services.hub.end_streams()
        ending = asyncio.create_task(services.inline.close(), name="end-inline-runs")
        await super().shutdown(sockets)
        await ending


async def serve(descriptor: int | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    loaded = load()
    check_secret(loaded.jwt_secret)
    if loaded.logs == "json":
        log_json()
    settings = loaded.model_copy(update={"connections": allow_connections(loaded.connections)})
    async with open_runtime(settings, KINDS, application="wzrd-api") as runtime, compose(runtime):
        given = None if descriptor is None else [socket.socket(fileno=descriptor)]
        server = Server(create_app(runtime), settings.host, settings.port)
        async with collect_when_idle(lambda: not server.server_state.tasks):
            await server.serve(sockets=given)


def main(descriptor: int | None = None) -> None:
    """Serve, on uvloop where there is one. What an operator has to set right is told in a line."""
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        if sys.platform == "win32":
            asyncio.run(serve(descriptor))
            return
        import uvloop

        uvloop.run(serve(descriptor))
    except NotConfigured as error:
        sys.exit("; ".join(filter(None, (f"error: {error.message}", error.details.get("remedy", "")))))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
