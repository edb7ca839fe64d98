"""For machines that watch: GET /healthz (is the database reached?), /health/live, /health/ready, /metrics."""

import asyncio

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from server.api.bodies import json_response
from server.api.callers import NOBODY, OPERATOR
from server.api.described import File, described
from server.api.services import ServicesOf
from server.metrics import stored_metrics
from server.readiness import PING_SECONDS, check_readiness, require_metrics_access
from wzrd.contracts.health import Health, Live, Ready
from wzrd.db.connection_check import ping
from wzrd.db.engine import is_outage
from wzrd.domain.errors import Forbidden, NotFound
from wzrd.slots import work_for

router = APIRouter(tags=["health"])


@router.get("/healthz")
@described(answers={200: Health, 503: Health}, security=(NOBODY,))
async def get_health(services: ServicesOf) -> Response:
    """200 when the database answers within two seconds, else 503; never says where the database is."""
    work_for("probes")  # no turn of theirs stands behind those of users, or of nobody
    try:
        async with asyncio.timeout(PING_SECONDS), services.runtime.begin() as tx:
            await ping(tx)
    except Exception as error:
        if not (isinstance(error, TimeoutError) or is_outage(error)):
            raise
        return json_response(Health(status="unavailable", database="unreachable").wire(), 503, {"retry-after": "5"})
    return json_response(Health(status="ok", database="ok").wire())


@router.get("/health/live")
@described(answers={200: Live}, security=(NOBODY,))
async def get_live() -> Response:
    """200 as long as this process answers at all: else it is to be started anew."""
    return json_response(Live(status="ok").wire())


@router.get("/health/ready")
@described(answers={200: Ready, 503: Ready}, security=(NOBODY,))
async def get_ready(services: ServicesOf) -> Response:
    """200 if new requests may come here, else 503 and why not."""
    found = await check_readiness(services.runtime, closing=services.hub.closing)
    return json_response(found.wire(), 503 if found.reasons else 200)


@router.get("/metrics")
@described(answers={200: File(("text/plain",))}, raises=(Forbidden, NotFound), security=(NOBODY, OPERATOR))
async def get_metrics(request: Request, services: ServicesOf) -> Response:
    """Metrics in Prometheus's text format, for this machine or whoever has the token: this process's, and upkeep's."""
    require_metrics_access(request, services.runtime.settings)
    stored = await stored_metrics(services.runtime)
    return Response(services.metrics.text() + stored, media_type=CONTENT_TYPE_LATEST)
