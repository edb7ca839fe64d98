"""The client against a served application whose providers are the fakes, for the modules that ask for it."""

from collections.abc import AsyncGenerator

import pytest

from server.stack import postgres
from tests.client.service_site import ClientRig
from tests.server.api.generate_server import open_generate_server


@pytest.fixture(scope="module")
async def served(cluster: postgres.Cluster) -> AsyncGenerator[ClientRig]:
    """One application for a module; every test has a maker of its own."""
    async with open_generate_server(cluster) as made:
        yield ClientRig(made)


@pytest.fixture
async def rig(served: ClientRig) -> ClientRig:
    """The served rig, whose fakes have forgotten what was."""
    await served.server.fakes.reset()
    served.server.player.gate.set()
    return served
