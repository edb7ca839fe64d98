"""gen-shots: place the rows, have the scene written, finish each shot as soon as it is drafted."""

import asyncio
from contextlib import aclosing
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.forms import OnlyMissing, Project, RequestId, RunId, Scene, SceneShots, ShotCount
from flows.hooks import durable
from tasks.flow_lifecycle import run_under_lease
from tasks.gen_shots import drafts, finish_shot, place_rows
from wzrd.domain.errors import ProviderError
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.operations.gen_shots import GenShotsParams, start_meant_shots


async def work(lease: Lease) -> Outcome:
    """Place the rows, have them written, finish each as soon as it is drafted."""
    placed = await place_rows.run(lease.run_id)
    failure = None
    async with asyncio.TaskGroup() as group:
        try:
            async with aclosing(drafts(lease.run_id, placed)) as drafted:
                async for shot in drafted:
                    group.create_task(finish_shot.after(placed)(lease.run_id, shot.key, shot.label))
        except ProviderError as error:  # what is drafted already is finished all the same
            failure = error
    if failure is not None:
        raise failure
    return Outcome()


@flow(
    name="gen-shots",
    description="Write shots for one scene of a screenplay, each streamed as it is written.",
    **durable,
)
async def gen_shots(
    project: Project,
    scene_id: Scene = None,
    shot_count: ShotCount = 3,
    scene_shots: SceneShots = 0,
    only_missing: OnlyMissing = False,
    request_id: RequestId = None,
    run_id: RunId = None,
) -> State[Any]:
    """Write `shot_count` (1 to 6) shots for a scene, the project's first one unless `scene_id` is given.

    Args:
        project: Its id, the beginning of its id (four letters or more), or its title.
        scene_id: The scene: its number, its heading or its id; empty means the first.
        shot_count: How many shots.
        scene_shots: How many the scene is to have in all, where several runs write them one after another; else 0.
        only_missing: Only if the scene has no shots yet; what a schedule wants. Else nothing is written or paid.
        request_id: An idempotency key of your own; empty means one a flow run.
        run_id: Leave empty. The API fills it in for a run that it has already started.
    """
    params = GenShotsParams(
        user_id=None,
        project_id=project,
        scene_id=scene_id or None,
        shot_count=shot_count,
        only_missing=only_missing,
        scene_shots=scene_shots,
        request_id=request_id,
    )
    return await run_under_lease(run_id, params, start_meant_shots, work)
