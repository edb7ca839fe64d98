"""Homes for a real PostgreSQL."""

import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest


@pytest.fixture
def reachable() -> Generator[Path]:
    """A folder of the test's own that any user of this machine may enter, as a checkout's is."""
    with tempfile.TemporaryDirectory(prefix="wzrd-t", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
