"""Fakes that a test has for itself, and a bare client with keys."""

from collections.abc import AsyncGenerator

import httpx
import pytest

from server.fakes import Fakes, open_fakes


@pytest.fixture
async def fakes() -> AsyncGenerator[Fakes]:
    async with open_fakes() as made:
        yield made


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as made:
        yield made
