"""auto-generate: every shot's picture, or every shot's clip, a few at once; then the contact sheet."""

import asyncio
from functools import partial
from typing import Annotated, Any, Literal

from prefect import flow
from prefect.client.schemas.objects import State

from flows.forms import MaxCredits, Model, Project, RequestId, RunId, titled
from flows.hooks import durable
from tasks.artifacts.auto_generate import read_progress
from tasks.auto_generate import ShotFailed, make_shot
from tasks.auto_generate_items import list_work, open_board
from tasks.auto_generate_progress import reporting
from tasks.contact_sheet import make_sheet
from tasks.flow_lifecycle import run_under_lease
from tasks.retrying import following, ignore_failure
from wzrd.domain.auto_generate import Phase
from wzrd.domain.lease import Lease
from wzrd.domain.settlement import Outcome
from wzrd.operations.auto_generate import AutoGenerateParams, start_auto_generate


async def work(phase: Phase, lease: Lease, *, at_once: int | None = None) -> Outcome:
    """Make every shot's picture or clip, `at_once` of them (the phase's number unless given); then the sheet."""
    board = await open_board(lease.run_id, phase, at_once)
    left, made = iter(await list_work(lease.run_id)), list[str | None]()

    async def one_after_another() -> None:
        for key, label in left:
            made.append(await ignore_failure(make_shot(lease.run_id, key, label), ShotFailed))

    async with (
        reporting(board),
        asyncio.TaskGroup() as group,
    ):
        for _ in range(board.at_once):
            group.create_task(one_after_another())
    return Outcome(result={"sheetUrl": await following(make_sheet, *made)(lease.run_id)})


@flow(
    name="auto-generate",
    description="Make the picture, or the clip, of every shot of a project that has none yet.",
    **durable,
)
async def auto_generate(
    project: Project,
    phase: Annotated[Literal["images", "videos"], titled("Pictures or clips")] = "images",
    model: Model = None,
    max_credits: MaxCredits = None,
    only_failed: Annotated[bool, titled("Only what failed")] = False,
    resubmit_unknown: Annotated[bool, titled("Send once more what may have been made")] = False,
    request_id: RequestId = None,
    run_id: RunId = None,
) -> State[Any]:
    """Make what every shot lacks: `images`, or `videos` of those that have their image.

    Args:
        project: Its id, the beginning of its id (four letters or more), or its title.
        phase: What is made.
        model: A model of the catalog, or `animatic`; empty means the project's own, else the default.
        max_credits: The most that it may cost; a batch that may cost more is refused. Empty means any price.
        only_failed: Work on nothing but what was tried and failed.
        resubmit_unknown: Send once more what a provider may have accepted before, though nobody knows how that ended.
        request_id: An idempotency key of your own; empty means one a flow run.
        run_id: Leave empty. The API fills it in for a run that it has already started.
    """
    params = AutoGenerateParams(
        user_id=None,
        project_id=project,
        phase=phase,
        model=model or None,
        max_credits=max_credits,
        only_failed=only_failed,
        resubmit_unknown=resubmit_unknown,
        request_id=request_id,
    )
    return await run_under_lease(run_id, params, start_auto_generate, partial(work, phase), progress=read_progress)
