"""The runtime that tests of made files use."""

from pathlib import Path

import pytest

from wzrd.runtime.process import Runtime


@pytest.fixture
def store(runtime: Runtime, tmp_path: Path) -> Runtime:
    """A runtime whose files lie in the test's own folder."""
    runtime.settings = runtime.settings.model_copy(update={"home": tmp_path})
    runtime.__post_init__()
    return runtime
