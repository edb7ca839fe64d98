"""A step is a Prefect task, tried again when its database was away; elsewhere it is the plain function.

Only infrastructure is tried again here: a provider's errors are final when they leave wzrd.generation.
"""

import contextlib
import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, ParamSpec, TypeVar

from prefect import task
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext
from prefect.serializers import JSONSerializer
from prefect.tasks import Task

from wzrd.db.engine import is_outage
from wzrd.domain.errors import WzrdError
from wzrd.domain.shown import shown_line

P = ParamSpec("P")
R = TypeVar("R")

StepFunction = Callable[P, Coroutine[Any, Any, R]]


async def lost_infrastructure(_task: "Task[..., Any]", _run: TaskRun, state: State[Any]) -> bool:
    """Whether the step failed because its database was out of reach."""
    try:
        await state.aresult(raise_on_failure=True)
    except Exception as error:  # noqa: BLE001 - the verdict is about whatever was raised
        return is_outage(error)
    return False


_step: dict[str, Any] = {
    "result_serializer": JSONSerializer(),
    "retries": 6,
    "retry_delay_seconds": [0.2, 0.5, 1, 2, 4, 8],
    "retry_condition_fn": lost_infrastructure,
}
"""A step is guarded by its rows, so it may be repeated after an ambiguous commit too. Its result is JSON, not code."""


_unremarked: set[str] = set()
"""Names of tasks of which a run has so many that nobody wants to read that each has finished."""


def _is_remarkable(record: logging.LogRecord) -> bool:
    """Whether a line of Prefect's says more than that one of many tasks has done its work: its state says that."""
    said = record.levelno <= logging.INFO and str(record.msg).startswith("Finished in state ")
    return not said or getattr(record, "task_name", None) not in _unremarked


logging.getLogger("prefect.task_runs").addFilter(_is_remarkable)


def step_task(*, many: bool = False, **options: Any) -> Callable[[StepFunction[P, R]], StepFunction[P, R]]:
    """Make a step of a function: a Prefect task (with these options) inside a flow run, the function itself outside.

    So a flow's work runs as it is wherever it is called, under Prefect's engine or without. The task itself is the
    step's attribute `task`. Where a run has `many` of them, none logs that it has finished; printing and sending that
    costs a fifth of a task. A step whose runs have no name of their own is called as it is: Prefect would put letters
    behind (score-43b).
    """
    pattern = options.get("task_run_name")
    options["task_run_name"] = _named(pattern) if pattern else options.get("name")

    def wrap(function: StepFunction[P, R]) -> StepFunction[P, R]:
        under_prefect = task(**_step, **options)(function)
        if many:
            _unremarked.add(under_prefect.name)

        @functools.wraps(function)
        async def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if FlowRunContext.get() is None:
                return await function(*args, **kwargs)
            return await under_prefect(*args, **kwargs)

        vars(call)["task"] = under_prefect
        return call

    return wrap


def _named(pattern: str) -> Callable[..., str]:
    """How a task run is called, by the step's parameters: some of them are words of users."""

    def name_task_run(parameters: Mapping[str, Any]) -> str:
        return shown_line(pattern.format(**parameters))

    return name_task_run


def following(step: StepFunction[P, R], *made: object) -> StepFunction[P, R]:
    """The same step, which Prefect draws below the steps that have returned these very objects.

    Prefect knows a result by its identity: only a text that was made for it will do, and as long as somebody holds it,
    since what is freed may give its identity to another. None stands for a step that has made nothing.
    """

    async def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if FlowRunContext.get() is None:
            return await step(*args, **kwargs)
        return await vars(step)["task"](*args, **kwargs, wait_for=[one for one in made if one is not None])

    return call


async def ignore_failure(made: Awaitable[R], lost: type[WzrdError]) -> R | None:
    """Await one step of many: its failure (`lost`) is recorded already, and the others go on."""
    with contextlib.suppress(lost):
        return await made
    return None
