"""auto-generate: every shot's picture, or every shot's clip, a few at once; then the contact sheet."""

import asyncio
from functools import partial
from typing import Any, Literal
from uuid import UUID

from prefect import flow
from prefect.client.schemas.objects import State

from flows.hooks import durable
from tasks.artifacts.auto_generate import publish_batch, read_progress
from tasks.artifacts.progress import progress_artifact
from tasks.auto_generate import ShotFailed, list_work, make_shot
from tasks.contact_sheet import make_sheet
from tasks.flow_lifecycle import run_under_lease
from tasks.retrying import ignore_failure
from wzrd.domain.auto_generate import AT_ONCE, Phase
from wzrd.domain.lease import Lease
from wzrd.domain.settlement import Outcome
from wzrd.operations.auto_generate import AutoGenerateParams, start_auto_generate


async def work(phase: Phase, lease: Lease, *, at_once: int | None = None) -> Outcome:
    """Make every shot's picture or clip, `at_once` of them (the phase's number unless given); then the sheet."""
    places = asyncio.Semaphore(at_once or AT_ONCE[phase])

    async def one(key: str, label: str) -> None:
        async with places:
            await ignore_failure(make_shot(lease.run_id, key, label), ShotFailed)

    async with (
        progress_artifact(f"batch-{lease.run_id}", partial(read_progress, lease.run_id)),
        asyncio.TaskGroup() as group,
    ):
        for key, label in await list_work(lease.run_id):
            group.create_task(one(key, label))
    return Outcome(result={"sheetUrl": await make_sheet(lease.run_id)})


@flow(
    name="auto-generate",
    description="Make the picture, or the clip, of every shot of a project that has none yet.",
    **durable,
)
async def auto_generate(
    project_id: UUID,
    phase: Literal["images", "videos"] = "images",
    model: str | None = None,
    request_id: str | None = None,
    run_id: UUID | None = None,
) -> State[Any]:
    """Make what every shot lacks: `images`, or `videos` of those that have their image.

    Args:
        project_id: The project.
        phase: What is made.
        model: A model of the catalog, or `animatic`; empty means the project's own, else the default.
        request_id: An idempotency key of your own; empty means one a flow run.
        run_id: Leave empty. The API fills it in for a run that it has already started.
    """
    params = AutoGenerateParams(
        user_id=None, project_id=str(project_id), phase=phase, model=model or None, request_id=request_id
    )
    return await run_under_lease(run_id, params, start_auto_generate, partial(work, phase), afterwards=publish_batch)
