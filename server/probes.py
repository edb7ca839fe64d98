"""Probes of a process: live, ready, metrics; on a worker's own port, too."""

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.api import errors
from server.api.connection import Config
from server.metrics import ProcessMetrics
from server.readiness import check_readiness, require_metrics_access
from wzrd.contracts.health import Live
from wzrd.domain.errors import WzrdError
from wzrd.runtime.process import Runtime

log = logging.getLogger(__name__)


def probe_app(runtime: Runtime, metrics: ProcessMetrics, closing: Callable[[], bool]) -> Starlette:
    """The probes alone, for a process that serves nothing else."""

    async def live(_request: Request) -> Response:
        return JSONResponse(Live(status="ok").wire())

    async def ready(_request: Request) -> Response:
        found = await check_readiness(runtime, closing=closing())
        return JSONResponse(found.wire(), 503 if found.reasons else 200)

    async def measured(request: Request) -> Response:
        try:
            require_metrics_access(request, runtime.settings)
        except WzrdError as error:
            return errors.answer(error, request.scope)
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", measured)])


@asynccontextmanager
async def probed(runtime: Runtime, *, closing: Callable[[], bool]) -> AsyncGenerator[None]:
    """Answer probes on WZRD_PROBE_HOST and WZRD_PROBE_PORT as long as the block lasts; without a port nobody does.

    Of the workers of one machine the first has the port; the others go on without.
    """
    settings, metrics = runtime.settings, ProcessMetrics(runtime)
    listening = settings.probe_port is not None and _listen(settings.probe_host, settings.probe_port)
    if not listening:
        yield
        return
    server = uvicorn.Server(
        Config(
            probe_app(runtime, metrics, closing),
            settings.model_copy(update={"connections": 32}),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
    )
    metrics.start()
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="probes")
    try:
        yield
    finally:
        server.should_exit = True
        metrics.close()
        await asyncio.wait({serving})


def _listen(host: str, port: int) -> socket.socket | None:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        log.warning("no probes are answered here: %s:%d: %s", host, port, error.strerror)
        return None
