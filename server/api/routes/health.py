"""For machines that watch: GET /healthz (does this process reach its database?) and GET /metrics (Prometheus)."""

import asyncio

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from server.api.access import require_access
from server.api.bodies import json_response
from server.api.services import ServicesOf
from wzrd.db.engine import is_outage
from wzrd.db.health import ping

PING_SECONDS = 2.0
router = APIRouter(tags=["health"])


@router.get("/healthz")
async def get_health(services: ServicesOf) -> Response:
    """200 when the database answers within two seconds, else 503; never says where the database is."""
    try:
        async with asyncio.timeout(PING_SECONDS), services.runtime.begin() as tx:
            await ping(tx)
    except Exception as error:
        if not (isinstance(error, TimeoutError) or is_outage(error)):
            raise
        return json_response({"status": "unavailable", "database": "unreachable"}, 503, {"retry-after": "5"})
    return json_response({"status": "ok", "database": "ok"})


@router.get("/metrics")
async def get_metrics(request: Request, services: ServicesOf) -> Response:
    """Every metric of this process in Prometheus's text format, for this machine or whoever has the token."""
    settings = services.runtime.settings
    require_access(request, settings.metrics, setting="WZRD_METRICS", token=settings.metrics_token)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
