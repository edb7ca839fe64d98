"""Prefect's start-up hook: `prefect deploy` finds pool and queues of prefect.yaml, and waits for a busy server.

Every program that imports Prefect in a checkout passes here, so nothing is imported before it is known to be that one.
What goes wrong is Prefect's to tell, which looks for the pool next.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
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
    from server.stack.deploy_pool import ensure_pool  # only `prefect deploy` pays for it

    await ensure_pool()
