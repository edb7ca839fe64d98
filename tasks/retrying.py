"""A step is a Prefect task, tried again when its database was away; elsewhere it is the plain function.

Only infrastructure is tried again here: a provider's errors are final when they leave wzrd.generation.
"""

import contextlib
import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Generic, ParamSpec, TypeVar, cast
from uuid import UUID

from prefect import get_run_logger, task
from prefect.client.schemas.objects import State, StateType, TaskRun
from prefect.context import FlowRunContext
from prefect.exceptions import MissingContextError
from prefect.futures import PrefectFuture
from prefect.serializers import JSONSerializer
from prefect.tasks import Task
from typing_extensions import override

from wzrd.db.engine import is_outage
from wzrd.domain.errors import WzrdError
from wzrd.domain.shown import shown_line
from wzrd.domain.submission import RetryPolicy, backoff
from wzrd.runs.steps import RunLog

P = ParamSpec("P")
R = TypeVar("R")

StepFunction = Callable[P, Coroutine[Any, Any, R]]
_NOBODY = UUID(int=0)
"""The task run of a step outside of Prefect."""


async def lost_infrastructure(_task: "Task[..., Any]", _run: TaskRun, state: State[Any]) -> bool:
    """Tell whether the step failed because its database was out of reach."""
    result = await state.aresult(raise_on_failure=False)
    return isinstance(result, Exception) and is_outage(result)


OUTAGE = RetryPolicy(tries=7, first=0.2, longest=8.0)
"""Of a step whose database is out of reach: a quarter of a minute, then the run is given to another process."""


def report_outage(log: RunLog, error: Exception, delay: float) -> None:
    """Tell that a step waits for its database."""
    log.warning("the database is out of reach (%s); again in %.1f s", type(error).__name__, delay)


_step: dict[str, Any] = {
    "result_serializer": JSONSerializer(),
    "retries": OUTAGE.tries - 1,
    "retry_delay_seconds": [backoff(OUTAGE, tries, 1) for tries in range(1, OUTAGE.tries)],
    "retry_condition_fn": lost_infrastructure,
}
"""A step is guarded by its rows, so it may be repeated after an ambiguous commit too. Its result is JSON, not code."""


_unremarked: set[str] = set()
"""Names of tasks of which a run has so many that nobody wants to read that each has finished."""


def _is_remarkable(record: logging.LogRecord) -> bool:
    """Tell whether a line of Prefect's says more than that one of many tasks has done its work: its state says that."""
    said = record.levelno <= logging.INFO and str(record.msg).startswith("Finished in state ")
    return not said or getattr(record, "task_name", None) not in _unremarked


logging.getLogger("prefect.task_runs").addFilter(_is_remarkable)


class FinishedStep(PrefectFuture[R]):
    """A step that is over, well: what later ones wait for, so that Prefect draws them below it.

    Waiting asks a state for its result, which costs a thread's turn each time where the state is Prefect's own.
    """

    def __init__(self, task_run_id: UUID, result: R) -> None:
        self._task_run_id = task_run_id
        self._result = result

    @property
    def task_run_id(self) -> UUID:
        """The task run that it was."""
        return self._task_run_id

    @property
    def state(self) -> State[Any]:
        """Completed; for its result this is asked."""
        return _OVER

    def wait(self, timeout: float | None = None) -> None:
        """Nothing is left to wait for."""

    @override
    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """The step's own result."""
        return self._result

    def add_done_callback(self, fn: Callable[[PrefectFuture[R]], None]) -> None:
        """Call it now."""
        fn(self)


class _Over(State[None]):
    """The state of what is over, without a result of its own."""

    def result(self, *_args: Any, **_options: Any) -> Any:
        """None."""


_OVER = _Over(type=StateType.COMPLETED, name="Completed")


class StepTask(Generic[P, R]):
    """A step: a Prefect task (`task`) inside of a flow run, the plain function outside.

    So a flow's work runs as it is wherever it is called, under Prefect's engine or without.
    """

    def __init__(
        self, function: StepFunction[P, R], under_prefect: "Task[P, Any]", upstream: tuple[FinishedStep[Any], ...] = ()
    ) -> None:
        functools.update_wrapper(self, function)
        self.task = under_prefect
        self._function = function
        self._upstream = upstream

    def after(self, *upstream: FinishedStep[Any] | None) -> "StepTask[P, R]":
        """The step below these others; None stands for one that has made nothing."""
        return StepTask(self._function, self.task, tuple(one for one in upstream if one is not None))

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it; returns what the function returns, and raises what it raises."""
        if FlowRunContext.get() is None:
            return await self._function(*args, **kwargs)
        return await cast("Any", self.task)(*args, wait_for=self._upstream, **kwargs)

    async def run(self, *args: P.args, **kwargs: P.kwargs) -> FinishedStep[R]:
        """Run it; returns what later steps can wait for, and raises what the function raises."""
        if FlowRunContext.get() is None:
            return FinishedStep(_NOBODY, await self._function(*args, **kwargs))
        state = await cast("Any", self.task)(*args, wait_for=self._upstream, return_state=True, **kwargs)
        return FinishedStep(state.state_details.task_run_id, await state.aresult())


def step_task(*, many: bool = False, **options: Any) -> Callable[[StepFunction[P, R]], StepTask[P, R]]:
    """Make a step of a function, with these options of a Prefect task.

    Where a run has `many` of them, none logs that it has finished; printing and sending that costs a fifth of a task.
    A step whose runs have no name of their own is called as it is: Prefect would put letters behind (score-43b).
    """
    pattern = options.get("task_run_name")
    options["task_run_name"] = _named(pattern) if pattern else options.get("name")

    def wrap(function: StepFunction[P, R]) -> StepTask[P, R]:
        under_prefect = task(**_step, **options)(function)
        if many:
            _unremarked.add(under_prefect.name)
        return StepTask(function, under_prefect)

    return wrap


def _named(pattern: str) -> Callable[..., str]:
    """The name of a task run, by the step's parameters: some of them are words of users."""

    def name_task_run(parameters: Mapping[str, Any]) -> str:
        return shown_line(pattern.format(**parameters))

    return name_task_run


async def ignore_failure(made: Awaitable[R], lost: type[WzrdError]) -> R | None:
    """Await one step of many: its failure (`lost`) is recorded already, and the others go on."""
    with contextlib.suppress(lost):
        return await made
    return None


def step_log() -> RunLog:
    """The log of the running step; outside of a flow run, the process's."""
    try:
        return get_run_logger()
    except MissingContextError:
        return logging.getLogger(__name__)
