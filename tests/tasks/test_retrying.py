"""Steps as Prefect's tasks: what is logged of many."""

import logging
from collections.abc import Mapping
from typing import Any

import pytest

from tasks.compute import make_node


def record(level: int, said: str, **more: Any) -> logging.LogRecord:
    made = logging.LogRecord("prefect.task_runs", level, __file__, 1, said, None, None)
    vars(made).update(more)
    return made


@pytest.mark.parametrize(
    ("level", "said", "more", "kept"),
    [
        (logging.INFO, "Finished in state Completed()", {"task_name": "make node"}, False),
        (logging.ERROR, "Finished in state Failed('no')", {"task_name": "make node"}, True),
        (logging.INFO, "it says something", {"task_name": "make node"}, True),
        (logging.INFO, "Finished in state Completed()", {"task_name": "another"}, True),
        (logging.INFO, "Finished in state Completed()", {}, True),
    ],
)
def test_that_one_of_many_is_done_is_not_logged(level: int, said: str, more: Mapping[str, Any], *, kept: bool) -> None:
    """Its state says so. Failures are, and what a step says itself, and all that other tasks say."""
    assert vars(make_node)["task"].name == "make node"
    assert bool(logging.getLogger("prefect.task_runs").filter(record(level, said, **more))) is kept
