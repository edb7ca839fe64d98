"""A Prefect of the test's own that Prefect's own client asks."""

from collections.abc import AsyncGenerator, Generator

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from tests.fakes.prefect import FakePrefect, prefect_server


@pytest.fixture
async def served_prefect() -> AsyncGenerator[FakePrefect]:
    """One Prefect."""
    async with prefect_server() as made:
        yield made


@pytest.fixture
def prefect(served_prefect: FakePrefect) -> Generator[FakePrefect]:
    """One Prefect, which Prefect's own client asks."""
    with temporary_settings({PREFECT_API_URL: served_prefect.url}):
        yield served_prefect
