"""The composition root of the API: its providers, their keys from Prefect's blocks over REST, else the environment.

The worker's twin is blocks/resolve.py; Prefect itself is not imported here, and nothing that draws or speaks.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from server.dispatch import PrefectApi, PrefectUnreachable
from wzrd.providers.credentials import Keys, keys_of
from wzrd.providers.global_limits import open_limits
from wzrd.runtime.process import Runtime
from wzrd.runtime.provider_keys import keep_providers

log = logging.getLogger(__name__)

BLOCK_SECONDS = 2.0
GRACE_SECONDS = 1.0
"""Seconds that calls may still take once the API has ended its runs: nobody pays for them any more."""


async def block_keys(prefect: PrefectApi) -> Keys | None:
    """The keys that stand in blocks; none where no Prefect is configured, None where they cannot be read now."""
    if not prefect.configured:
        return {}
    try:
        async with asyncio.timeout(BLOCK_SECONDS):
            return keys_of(await prefect.read_blocks())
    except (PrefectUnreachable, TimeoutError) as error:
        log.info("the blocks cannot be read (%s)", type(error).__name__)
        return None


@asynccontextmanager
async def compose(runtime: Runtime) -> AsyncGenerator[None]:
    """While open, `runtime` has the providers that there are keys for."""
    prefect = PrefectApi.of(runtime.settings)
    try:
        source = partial(block_keys, prefect)
        limits = open_limits(runtime.settings.prefect_api_url, runtime.settings, runtime.note_free_slot)
        async with keep_providers(
            runtime.settings, source, grace=GRACE_SECONDS, everywhere=limits
        ) as runtime.providers:
            yield
    finally:
        await prefect.close()
