"""For machines that watch: GET /healthz (does this process reach its database?) and GET /metrics (Prometheus)."""

import asyncio
from collections.abc import Iterable, Sequence

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from starlette.responses import Response

from server.api.access import require_access
from server.api.bodies import json_response
from server.api.callers import NOBODY, OPERATOR
from server.api.described import File, described
from server.api.services import ServicesOf
from wzrd.contracts.health import Health
from wzrd.db.connection_check import ping
from wzrd.db.engine import is_outage
from wzrd.db.invariants import BrokenCount, list_broken
from wzrd.db.upkeep import UpkeepCount, list_done
from wzrd.domain.errors import Forbidden, NotFound
from wzrd.runtime.process import Runtime

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


READ_SECONDS = 2.0


class _Upkeep:
    """The counters as Prometheus collects them."""

    def __init__(self, counts: Sequence[UpkeepCount], broken: Sequence[BrokenCount]) -> None:
        self._counts, self._broken = counts, broken

    def collect(self) -> Iterable[Metric]:
        done = CounterMetricFamily("wzrd_upkeep_done", "What upkeep has done in all, by task.", labels=["task"])
        looked = GaugeMetricFamily("wzrd_upkeep_looked_at_seconds", "When upkeep looked last.", labels=["task"])
        for count in self._counts:
            done.add_metric([count.task], count.done)
            looked.add_metric([count.task], count.looked_at.timestamp())
        broken = GaugeMetricFamily(
            "wzrd_money_broken", "Promises about money that upkeep found broken, by name.", labels=["promise"]
        )
        for one in self._broken:
            broken.add_metric([one.name], one.count)
        return [done, looked, broken]


async def stored_metrics(runtime: Runtime) -> bytes:
    """They in Prometheus's text format; nothing while the database is out of reach."""
    try:
        async with asyncio.timeout(READ_SECONDS), runtime.begin() as tx:
            counts, broken = await list_done(tx), await list_broken(tx)
    except Exception as error:
        if not (isinstance(error, TimeoutError) or is_outage(error)):
            raise
        return b""
    registry = CollectorRegistry()
    registry.register(_Upkeep(counts, broken))
    return generate_latest(registry)
