"""Applications on a loopback port, for the modules that ask for one; each has the ENVIRONMENT that the module names."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from server.stack import postgres
from tests.server.api.compute_server import ComputeServer, open_compute_server
from tests.server.api.generate_server import GenerateServer, open_generate_server
from tests.server.api.text_server import TextServer, open_text_server


@pytest.fixture(scope="module")
async def served(cluster: postgres.Cluster, environment: Mapping[str, Any]) -> AsyncGenerator[GenerateServer]:
    """One whose generations go to the fakes; every test has a maker of its own."""
    async with open_generate_server(cluster, **environment) as made:
        yield made


@pytest.fixture
async def server(served: GenerateServer) -> GenerateServer:
    """The served application, whose fakes have forgotten what was."""
    await served.fakes.reset()
    served.player.gate.set()
    return served


@pytest.fixture
async def texts(cluster: postgres.Cluster, environment: Mapping[str, Any]) -> AsyncGenerator[TextServer]:
    """One whose texts the fakes write."""
    async with open_text_server(cluster, **environment) as made:
        yield made


@pytest.fixture(scope="module")
async def graphs(cluster: postgres.Cluster, environment: Mapping[str, Any]) -> AsyncGenerator[ComputeServer]:
    """One for compute graphs; every test has a maker of its own."""
    async with open_compute_server(cluster, **environment) as made:
        yield made
