"""breakdown: a project's scenes read by a model, a few at once; then what was read counts."""

import asyncio
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.resolve import runtime_for_process
from flows.forms import MaxCredits, MaxUsd, Model, Project, RequestId, RunId
from flows.hooks import durable
from tasks.breakdown import keep_reader, read_scene
from tasks.flow_lifecycle import run_under_lease
from tasks.retrying import FinishedStep, ignore_failure
from wzrd.domain.money import read_money
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.operations.breakdown import ReadingParams, start_reading
from wzrd.storyboard.model_reading import AT_ONCE, SceneUnread, list_unread


async def work(lease: Lease) -> Outcome:
    """Read every scene, a few at once; then have it count."""
    left = iter(await list_unread(await runtime_for_process(), lease.run_id))
    made = list[FinishedStep[str] | None]()

    async def one_after_another() -> None:
        for key, label in left:
            made.append(await ignore_failure(read_scene.run(lease.run_id, key, label), SceneUnread))

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(one_after_another())
    await keep_reader.after(*made)(lease.run_id)
    return Outcome()


@flow(
    name="breakdown",
    description="Have a model read a project's scenes: who does what to whom with what, beat by beat.",
    **durable,
)
async def breakdown(
    project: Project,
    model: Model = None,
    max_credits: MaxCredits = None,
    max_usd: MaxUsd = None,
    request_id: RequestId = None,
    run_id: RunId = None,
) -> State[Any]:
    """Read the scenes that the model has not read as they are now; each answer is checked against the text.

    Args:
        project: Its id, the beginning of its id (four letters or more), or its title.
        model: A text model of the catalog; empty means the server's writer.
        max_credits: The most that it may cost. Empty means any price.
        max_usd: The most that its vendor may ask, in US dollars; what nobody knows the price of is refused then.
        request_id: An idempotency key of your own; empty means one a flow run.
        run_id: Leave empty. The API fills it in for a run that it has already started.
    """
    params = ReadingParams(
        user_id=None,
        project_id=project,
        model=model or None,
        max_credits=max_credits,
        money=read_money(max_usd),
        request_id=request_id,
    )
    return await run_under_lease(run_id, params, start_reading, work)
