"""Task runs that stand for children of a running flow run, so that the pages of both show the link."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TypeAlias
from uuid import UUID

from prefect import Task, get_run_logger
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import Constant, FlowRunResult, Parameter, TaskRunResult
from prefect.context import FlowRunContext, TaskRunContext
from prefect.exceptions import PrefectHTTPStatusError
from prefect.states import Pending

from tasks.artifacts.progress import best_effort, warn
from wzrd import retry
from wzrd.db.runs import find_run
from wzrd.domain.work_queues import BATCH, QueuePlacement
from wzrd.runtime.process import Runtime

TaskInputs: TypeAlias = dict[str, list[TaskRunResult | FlowRunResult | Parameter | Constant]]

LINK_SECONDS = 30.0
"""Seconds that Prefect's server may take for one link before it is asked again."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
"""Seconds before it is asked again: twice as many each time."""
REFUSALS = frozenset({400, 401, 403, 404, 409, 422})
"""Statuses by which it refuses for good: its own flow run is gone, say."""


async def _nothing() -> None:
    """Does nothing: a task run that stands for a child, whose state is the child's."""


async def stand_in_for(child: UUID, name: str) -> UUID | None:
    """The task run of the running flow run that stands for a child, made or found; the child is created under it.

    Asked for until it stands: a child could not be handed over either while Prefect is away. Without a page, or where
    Prefect refuses, there is none, and the child is nobody's.
    """
    flow_run, step = FlowRunContext.get(), TaskRunContext.get()
    if flow_run is None or flow_run.flow_run is None:
        return None
    parents: TaskInputs = {"__parents__": [TaskRunResult(id=step.task_run.id)]} if step is not None else {}
    pause = FIRST_PAUSE
    while True:
        with retry.best_effort(warn, "no link to %s yet", name):
            try:
                return await _create(flow_run.flow_run.id, child, name, parents)
            except PrefectHTTPStatusError as error:
                if error.response.status_code in REFUSALS:
                    get_run_logger().warning("no link to %s: Prefect answers %d", name, error.response.status_code)
                    return None
                raise
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def _create(flow_run_id: UUID, child: UUID, name: str, parents: TaskInputs) -> UUID:
    """Creates the task run of a child; asked for again, it returns the same one."""
    async with asyncio.timeout(LINK_SECONDS), get_client() as client:
        made = await client.create_task_run(
            Task(_nothing, name=name),
            flow_run_id,
            dynamic_key=str(child),
            name=name,
            task_inputs=parents,
            state=Pending(),
        )
        return made.id


async def remove_stand_in(stand_in: UUID) -> None:
    """Take it off the page again, best effort: what it was to stand for was not begun under it."""
    async with best_effort("link removed"), get_client() as client:
        await client.delete_task_run(stand_in)


@asynccontextmanager
async def linked(runtime: Runtime, child: UUID, name: str) -> AsyncGenerator[QueuePlacement]:
    """Where a child of the running flow run waits; its link goes if it was refused, or has another parent."""
    stand_in = await stand_in_for(child, name)
    try:
        yield QueuePlacement(BATCH, stand_in)
    finally:
        async with runtime.begin() as tx:
            run = await find_run(tx, child)
        if stand_in is not None and (run is None or run.parent_task_run_id != stand_in):
            await remove_stand_in(stand_in)
