"""Fakes that a test has for itself, and a bare client with keys."""

from collections.abc import AsyncGenerator

import httpx
import pytest


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=60) as made:
        yield made
