"""For machines that watch: GET /healthz (does this process reach its database?) and GET /metrics (Prometheus)."""

import asyncio

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from server.api.access import require_access
from server.api.bodies import json_response
from server.api.callers import NOBODY, OPERATOR
from server.api.described import File, described
from server.api.metrics import stored_metrics
from server.api.services import ServicesOf
from wzrd.contracts.health import Health
from wzrd.db.engine import is_outage
from wzrd.db.health import ping
from wzrd.domain.errors import Forbidden, NotFound

PING_SECONDS = 2.0
router = APIRouter(tags=["health"])


@router.get("/healthz")
@described(answers={200: Health, 503: Health}, security=(NOBODY,))
async def get_health(services: ServicesOf) -> Response:
    """200 when the database answers within two seconds, else 503; never says where the database is."""
    try:
        async with asyncio.timeout(PING_SECONDS), services.runtime.begin() as tx:
            await ping(tx)
    except Exception as error:
        if not (isinstance(error, TimeoutError) or is_outage(error)):
            raise
        return json_response(Health(status="unavailable", database="unreachable").wire(), 503, {"retry-after": "5"})
    return json_response(Health(status="ok", database="ok").wire())


@router.get("/metrics")
@described(answers={200: File(("text/plain",))}, raises=(Forbidden, NotFound), security=(NOBODY, OPERATOR))
async def get_metrics(request: Request, services: ServicesOf) -> Response:
    """Metrics in Prometheus's text format, for this machine or whoever has the token: this process's, and upkeep's."""
    settings = services.runtime.settings
    require_access(
        request,
        settings.metrics,
        setting="WZRD_METRICS",
        proxies=settings.trusted_proxies,
        token=settings.metrics_token,
    )
    stored = await stored_metrics(services.runtime)
    return Response(generate_latest() + stored, media_type=CONTENT_TYPE_LATEST)
