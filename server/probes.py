"""Probes of a process: live, ready, metrics; on a worker's own port, too."""

import asyncio
import logging
import shutil
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
from server.api.access import require_access
from server.api.connection import Config
from server.api.limits import ConnectionLimits
from server.metrics import ProcessMetrics, existing
from wzrd.contracts.health import Live, Ready
from wzrd.db.engine import is_outage, lacks_migrations
from wzrd.domain.errors import WzrdError
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings

log = logging.getLogger(__name__)

PING_SECONDS = 2.0
LEAST_DISK = 100 << 20
"""Bytes: with less on the disk of WZRD_HOME nothing can be made here."""


async def check_readiness(runtime: Runtime, *, closing: bool = False) -> Ready:
    """Readiness for new work, and reasons against it. The database's address is not among them."""
    reasons = ["this process is ending"] if closing else []
    try:
        async with asyncio.timeout(PING_SECONDS), runtime.begin() as tx:
            if await lacks_migrations(tx):
                reasons.append("the database's schema is older than this version: run `wzrd prepare`")
    except Exception as error:
        if not (isinstance(error, TimeoutError) or is_outage(error)):
            raise
        reasons.append("the database does not answer")
    if shutil.disk_usage(existing(runtime.settings.home)).free < LEAST_DISK:
        reasons.append("the disk of WZRD_HOME is full")
    return Ready(status="unavailable" if reasons else "ok", reasons=reasons)


def require_metrics_access(request: Request, settings: Settings) -> None:
    """Let whoever may read the metrics in, as WZRD_METRICS says.

    Raises:
        NotFound, Unauthenticated, Forbidden: as `require_access`.
    """
    proxies, token = settings.trusted_proxies, settings.metrics_token
    require_access(request, settings.metrics, setting="WZRD_METRICS", proxies=proxies, token=token)


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
            ConnectionLimits.of(settings.model_copy(update={"connections": 32})),
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
