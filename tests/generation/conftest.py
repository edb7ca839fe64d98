"""The stage that the tests of generation play on."""

from collections.abc import AsyncGenerator

import pytest

from tests.fakes.chat import chat_server
from tests.generation.stage import Set, open_set, providers_for
from wzrd.runtime.process import Runtime


@pytest.fixture
async def stage(runtime: Runtime) -> AsyncGenerator[Set]:
    """A run whose provider is a scripted server."""
    async with chat_server() as server:
        runtime.providers = providers_for(server)
        yield await open_set(runtime, server)
        await runtime.providers.aclose(grace=0.1)
