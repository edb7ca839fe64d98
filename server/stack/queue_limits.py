"""Who gets how much: work queues and providers' concurrency limits, made where missing, never changed afterwards."""

from typing import Any

from server.stack.prefect_rest import PrefectRest
from wzrd.domain.work_queues import BATCH, INTERACTIVE
from wzrd.providers.credentials import CREDENTIALS
from wzrd.providers.global_limits import PREFIX

INTERACTIVE_PRIORITY, BATCH_PRIORITY = 1, 10
PROVIDER_LIMIT = 64
"""Calls to a provider that all processes make at once, until an operator sets what their account allows."""


def batch_limit(slots: int) -> int:
    """Runs of the batch queue at once where a worker has so many places: three of four, so that one stays free.

    Priorities count for free places only. Two are the least: a backfill waits for the runs that it starts.
    """
    return max(2, slots * 3 // 4)


def queues_for(slots: int) -> list[dict[str, Any]]:
    """The queue of the API's runs, and the one of schedules and backfill, which leaves places free."""
    interactive = {"name": INTERACTIVE, "priority": INTERACTIVE_PRIORITY, "description": "Runs that the API starts"}
    batch = {"name": BATCH, "priority": BATCH_PRIORITY, "description": "Schedules, forms and backfill"}
    return [interactive, {**batch, "concurrency_limit": batch_limit(slots)}]


async def ensure_queues(rest: PrefectRest, *, pool: str, slots: int) -> None:
    """The pool's queues, for workers that take so many runs at once.

    Raises:
        StackError: Prefect refused something.
    """
    for queue in queues_for(slots):
        await rest.call("POST", f"/work_pools/{pool}/queues", queue, fine=[409])


async def ensure_limits(rest: PrefectRest) -> None:
    """A global concurrency limit for each provider.

    Raises:
        StackError: Prefect refused something.
    """
    for provider in CREDENTIALS:
        limit = {"name": PREFIX + provider, "limit": PROVIDER_LIMIT, "active": True}
        await rest.call("POST", "/v2/concurrency_limits/", limit, fine=[409])
