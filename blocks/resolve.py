"""The composition root of workers and flows: a runtime, its providers' keys from Prefect blocks, else the environment.

The API's is server/api/compose.py. Blocks that can't be read in two seconds change nothing: an outage of Prefect's
server must not stop a run.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from prefect.client.orchestration import get_client
from prefect.context import TaskRunContext
from prefect.settings import get_current_settings

from blocks.stores import fill_settings
from wzrd.animatic.provider import Animatic
from wzrd.models.checked_settings import load
from wzrd.operations import KINDS
from wzrd.providers.credentials import Keys, blocks_query, fields_of, keys_of
from wzrd.providers.global_limits import open_limits
from wzrd.runtime.process import Runtime, open_runtime
from wzrd.runtime.provider_keys import keep_providers
from wzrd.settings import Settings

log = logging.getLogger(__name__)

BLOCK_SECONDS = 2.0

_Loop = asyncio.AbstractEventLoop
_serving: WeakKeyDictionary[_Loop, list[Runtime]] = WeakKeyDictionary()
"""Who serves each loop, the latest last: several may come and go in any order."""
_lifetimes: "WeakKeyDictionary[_Loop, _Lifetime]" = WeakKeyDictionary()


async def read_blocks() -> Mapping[str, Mapping[str, Any]] | None:
    """The fields of our blocks (the documents `wzrd`), by type; None where they cannot be read now.

    Only a Prefect server that Prefect itself is configured for is asked: without one, it would start its own.
    """
    if not get_current_settings().api.url:
        return {}
    try:
        async with asyncio.timeout(BLOCK_SECONDS), get_client() as client:
            answer = await client.request("POST", "/block_documents/filter", json=blocks_query())
            return fields_of(answer.json())
    except Exception as error:  # noqa: BLE001 - unreadable, too slow, no server
        log.info("the blocks cannot be read (%s)", type(error).__name__)
        return None


async def block_keys() -> Keys | None:
    """The keys that stand in blocks; None where they cannot be read now."""
    blocks = await read_blocks()
    return None if blocks is None else keys_of(blocks)


async def settings_of_process() -> Settings:
    """Settings of the environment; where it names no database, its blocks' settings for database and files fill in."""
    settings = load()
    return settings if settings.database_url else fill_settings(settings, await read_blocks() or {})


@asynccontextmanager
async def resolve_runtime(settings: Settings, *, application: str) -> AsyncGenerator[Runtime]:
    """The runtime of a long-lived process; while it is open, `runtime_for_process` in this loop answers with it."""
    async with (
        open_runtime(settings, KINDS, application=application) as runtime,
        keep_providers(
            settings,
            block_keys,
            local=[Animatic()],
            everywhere=open_limits(get_current_settings().api.url, settings, runtime.note_free_slot),
            on_ask=tag_step,
        ) as runtime.providers,
        serving(runtime),
    ):
        yield runtime


def tag_step(provider: str) -> None:
    """Let the Prefect task that asks a provider carry its tag from its next state on; outside a task nothing.

    Not before: a task that begins with tags first asks Prefect's server for a slot of each, and hangs while it does.
    """
    running, tag = TaskRunContext.get(), f"provider:{provider}"
    if running is not None and tag not in running.task_run.tags:
        running.task_run.tags.append(tag)


@asynccontextmanager
async def serving(runtime: Runtime) -> AsyncGenerator[None]:
    """Let flows and tasks of this event loop use `runtime`; on leaving, the latest of those that still serve."""
    here = _serving.setdefault(asyncio.get_running_loop(), [])
    here.append(runtime)
    try:
        yield
    finally:
        del here[max(at for at, other in enumerate(here) if other is runtime)]


async def runtime_for_process() -> Runtime:
    """The runtime of this event loop: its worker's, or (in a pool of another type) one made from the environment.

    One that is made here lives until the end of the loop. Ten callers at once make one.
    """
    loop = asyncio.get_running_loop()
    if here := _serving.get(loop):
        return here[-1]
    if loop not in _lifetimes:
        _lifetimes[loop] = _Lifetime(loop)
    return await asyncio.shield(_lifetimes[loop].opened)


class _Lifetime:
    """A runtime in a task of its own: the end of the event loop cancels the task, which then closes the runtime.

    What is left to the loop's own closing of generators would be closed from several sides at once.
    """

    def __init__(self, loop: _Loop) -> None:
        self.opened: asyncio.Future[Runtime] = loop.create_future()
        self.task = asyncio.create_task(self._live(loop), name="runtime")

    async def _live(self, loop: _Loop) -> None:
        try:
            async with resolve_runtime(await settings_of_process(), application="wzrd-flow") as runtime:
                self.opened.set_result(runtime)
                await asyncio.Event().wait()
        except Exception as error:
            if self.opened.done():
                raise
            self.opened.set_exception(error)
        finally:
            _lifetimes.pop(loop, None)
