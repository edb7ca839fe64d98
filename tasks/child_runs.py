"""Children of a step on Prefect's page: one task run stands for each other run that the step has begun."""

from typing import TypeAlias
from uuid import UUID

from prefect import Task
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import Constant, FlowRunResult, Parameter, TaskRunResult
from prefect.context import FlowRunContext, TaskRunContext
from prefect.states import Pending

from tasks.artifacts.progress import best_effort

TaskInputs: TypeAlias = dict[str, list[TaskRunResult | FlowRunResult | Parameter | Constant]]


async def _nothing() -> None:
    """What a task run that stands for a child would do: its state is the child's."""


async def stand_in_for(child: UUID, name: str) -> UUID | None:
    """The task run of the running flow run that stands for a child, made or found; the child is created under it.

    Best effort: without a page, or while Prefect's server is away, there is none, and the child is nobody's.
    """
    flow_run, step = FlowRunContext.get(), TaskRunContext.get()
    if flow_run is None or flow_run.flow_run is None:
        return None
    parents: TaskInputs = {"__parents__": [TaskRunResult(id=step.task_run.id)]} if step is not None else {}
    stand_ins: list[UUID] = []
    async with best_effort("link to a child"), get_client() as client:
        made = await client.create_task_run(
            Task(_nothing, name=name),
            flow_run.flow_run.id,
            dynamic_key=str(child),
            name=name,
            task_inputs=parents,
            state=Pending(),
        )
        stand_ins.append(made.id)
    return stand_ins[0] if stand_ins else None
