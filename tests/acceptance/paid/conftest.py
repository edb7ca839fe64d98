"""The stack of this folder, whose providers are the fakes: it pays. A folder shares one process and one stack."""

from collections.abc import AsyncGenerator

import pytest

from server.fakes import Fakes, open_fakes
from tests.acceptance.conftest import Stack, open_stack


@pytest.fixture(scope="package")
async def fakes() -> AsyncGenerator[Fakes]:
    """Every provider, on loopback."""
    async with open_fakes() as made:
        yield made


@pytest.fixture(scope="package")
async def stack(fakes: Fakes) -> AsyncGenerator[Stack]:
    """Started once; every test uses users and projects of its own."""
    async with open_stack(**fakes.environment()) as made:
        yield made


@pytest.fixture(autouse=True)
async def _forget(fakes: Fakes) -> None:
    """Every test begins with fakes that have forgotten what was."""
    await fakes.reset()
