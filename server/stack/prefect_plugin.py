"""Prefect's start-up hook: `prefect deploy` finds pool and queues of prefect.yaml, and waits for a busy server.

Every program that imports Prefect in a checkout passes here, so nothing is imported before it is known to be that one.
What goes wrong is Prefect's to tell, which looks for the pool next.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from prefect.plugins import SetupResult, register_hook

RETRIES = {"PREFECT_CLIENT_MAX_RETRIES": "8"}
"""Prefect's five end after a minute: too soon on a stock server (SQLite) whose clients write without a pause."""
NO_PLUGINS = {"PREFECT_PLUGINS_ENABLED": "false"}
POOL_SECONDS = 240.0
"""Seconds that pool and queues may take; less than Prefect gives the hook (pyproject.toml)."""


def is_deploying(command: Sequence[str]) -> bool:
    """True if a command line is `prefect deploy`, as a script or a module, whatever options stand before."""
    return "deploy" in _words_of_prefect(command)


def is_working(command: Sequence[str]) -> bool:
    """True if it is `prefect worker`, in the same ways."""
    return "worker" in _words_of_prefect(command) and not is_deploying(command)


def _words_of_prefect(command: Sequence[str]) -> Sequence[str]:
    """Words that follow the program's name; none where it is another program."""
    names = [Path(word).stem for word in command]
    return command[names.index("prefect") + 1 :] if "prefect" in names else ()


def client_timeouts(environment: Mapping[str, str]) -> dict[str, str]:
    """Variables to add for `prefect deploy`; none where somebody has set a number of retries."""
    return {} if environment.keys() & RETRIES.keys() else dict(RETRIES)


@register_hook
async def setup_environment(*, ctx: Any) -> SetupResult | None:
    """Make pool and queues where they are missing. `ctx` is Prefect's: what it knows before its command begins.

    A worker's processes get no plugins: one for a hook imports Prefect inside a running loop, where it fails to call
    them, and its traceback lands in the worker's log.
    """
    if is_working(sys.orig_argv) and not os.environ.keys() & NO_PLUGINS.keys():
        return SetupResult(env=dict(NO_PLUGINS))
    if not (ctx.api_url and is_deploying(sys.orig_argv)):
        return None
    with contextlib.suppress(TimeoutError):  # the command is to be patient whatever became of this
        async with asyncio.timeout(POOL_SECONDS):
            await _ensure_pool()
    return SetupResult(env=client_timeouts(os.environ))


async def _ensure_pool() -> None:
    """By Prefect's client, which knows a server of Prefect's Cloud too; asked as often as `wzrd up` asks."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415 - only `prefect deploy` pays for it
    from prefect.client.schemas.actions import WorkPoolCreate  # noqa: PLC0415
    from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound  # noqa: PLC0415
    from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings  # noqa: PLC0415

    from server.stack.deployments import new_pool  # noqa: PLC0415
    from server.stack.prefect_file import DEFAULT_POOL  # noqa: PLC0415
    from server.stack.queue_limits import queues_for  # noqa: PLC0415
    from wzrd.models.checked_settings import load  # noqa: PLC0415

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
    import httpx  # noqa: PLC0415

    from server.stack.prefect_rest import BUSY, BUSY_STATUS  # noqa: PLC0415
    from wzrd.retry import retry  # noqa: PLC0415

    def is_busy(error: Exception) -> bool:
        if isinstance(error, httpx.HTTPStatusError):
            return error.response.status_code in BUSY_STATUS
        return isinstance(error, httpx.TransportError)

    await retry(BUSY, call, retryable=is_busy, on_retry=lambda _error, _delay: None)
