"""Readiness of a process for new work, and who may read its metrics."""

import asyncio
import shutil

from fastapi import Request

from server.api.access import require_access
from server.metrics import existing
from wzrd.contracts.health import Ready
from wzrd.db.engine import is_outage, lacks_migrations
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings
from wzrd.slots import work_for

PING_SECONDS = 2.0
LEAST_DISK = 100 << 20
"""Bytes: with less on the disk of WZRD_HOME nothing can be made here."""


async def check_readiness(runtime: Runtime, *, closing: bool = False) -> Ready:
    """Readiness for new work, and reasons against it. The database's address is not among them."""
    reasons = ["this process is ending"] if closing else []
    work_for("probes")
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
