"""The rig of the tests of generation."""

from collections.abc import AsyncGenerator

import pytest

from tests.fakes.chat import chat_server
from tests.generation.claimed import TextRun, open_text_run, providers_for
from wzrd.runtime.process import Runtime


@pytest.fixture
async def rig(runtime: Runtime) -> AsyncGenerator[TextRun]:
    """A run whose provider is a scripted server."""
    async with chat_server() as server:
        runtime.providers = providers_for(server)
        yield await open_text_run(runtime, server)
        await runtime.providers.aclose(grace=0.1)
