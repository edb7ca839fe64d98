"""Steps as Prefect's tasks: their edges, and what is logged of many."""

import logging
import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from prefect.utilities.collections import visit_collection
from prefect.utilities.engine import collect_task_run_inputs_sync, resolve_to_final_result

from flows.compute import make_node
from tasks.retrying import FinishedStep, ignore_failure, step_task
from wzrd.domain.errors import NotFound


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
    assert make_node.task.name == "make node"
    assert bool(logging.getLogger("prefect.task_runs").filter(record(level, said, **more))) is kept


def test_an_edge_is_the_task_run_that_is_waited_for() -> None:
    """Two steps that have returned one and the same text are two edges; waiting for what is over asks nobody."""
    ids, made = [uuid.uuid4(), uuid.uuid4()], "the same"
    finished = tuple(FinishedStep(one, made) for one in ids)
    assert {one.id for one in collect_task_run_inputs_sync(finished)} == set(ids)
    visit_collection(finished, visit_fn=resolve_to_final_result, return_data=False, context={})
    assert [one.result() for one in finished] == [made, made]


@step_task(name="halve")
async def halve(number: int) -> int:
    """Half of an even number; no other has one."""
    if number % 2:
        raise NotFound(f"{number} has no half")
    return number // 2


async def test_a_step_is_its_function_outside_of_a_flow_run() -> None:
    """Alone, below others, and as something to wait for; what is lost is passed over."""
    two = await halve.run(4)
    assert (two.result(), await halve(6), await halve.after(two, None)(8)) == (2, 3, 4)
    assert await ignore_failure(halve.run(5), NotFound) is None
    with pytest.raises(NotFound, match="5 has no half"):
        await halve(5)
