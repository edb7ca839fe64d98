"""The application whose generations go to the fakes, for the modules that ask for it."""

from collections.abc import AsyncGenerator

import pytest

from server.stack import postgres
from tests.server.api.generate_rig import GenerateServer, open_generate_server


@pytest.fixture(scope="module")
async def served(cluster: postgres.Cluster) -> AsyncGenerator[GenerateServer]:
    """One application for a module; every test has a maker of its own."""
    async with open_generate_server(cluster) as made:
        yield made


@pytest.fixture
async def server(served: GenerateServer) -> GenerateServer:
    """The served application, whose fakes have forgotten what was."""
    await served.fakes.reset()
    served.player.gate.set()
    return served
