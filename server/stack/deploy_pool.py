"""The work pool and the queues of prefect.yaml, made by Prefect's own client for `prefect deploy`.

That client knows a server of Prefect's Cloud too; it asks as often as `wzrd up` asks.
"""

import contextlib
from collections.abc import Awaitable, Callable
from functools import partial

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from server.stack.deployments import new_pool, queues_for
from server.stack.prefect.file import DEFAULT_POOL
from server.stack.prefect.rest import BUSY, BUSY_STATUS
from wzrd.models.checked_settings import load
from wzrd.retry import retry


async def ensure_pool() -> None:
    """Make pool and queues where they are missing."""
    pool = WorkPoolCreate(**new_pool(DEFAULT_POOL))
    with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
        async with get_client() as client:
            try:
                await _ask(lambda: client.read_work_pool(DEFAULT_POOL))
            except ObjectNotFound:
                with contextlib.suppress(ObjectAlreadyExists):
                    await _ask(lambda: client.create_work_pool(pool))
            for queue in queues_for(load().worker_concurrency):
                with contextlib.suppress(ObjectAlreadyExists):
                    await _ask(partial(client.create_work_queue, **queue, work_pool_name=DEFAULT_POOL))


async def _ask(call: Callable[[], Awaitable[object]]) -> None:
    """One call, repeated while the server is busy."""

    def is_busy(error: Exception) -> bool:
        if isinstance(error, httpx.HTTPStatusError):
            return error.response.status_code in BUSY_STATUS
        return isinstance(error, httpx.TransportError)

    await retry(BUSY, call, retryable=is_busy, on_retry=lambda _error, _delay: None)
