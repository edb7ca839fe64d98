"""The steps of gen-shots: place the rows, have the scene written, finish each shot that is drafted."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from uuid import UUID

from prefect.cache_policies import NO_CACHE

from blocks.resolve import runtime_for_process
from tasks.retrying import FinishedStep, step_log, step_task
from wzrd.storyboard import scene_shots
from wzrd.storyboard.scene_shots import DraftedShot, DraftQueue


@step_task(name="place rows", cache_policy=NO_CACHE)
async def place_rows(run_id: UUID) -> str:
    """Insert the run's blank shots, numbered under the scene's lock, in one transaction; returns how many, in words."""
    return f"{await scene_shots.place_rows(await runtime_for_process(), run_id)} shots placed"


async def drafts(run_id: UUID, placed: FinishedStep[str] | None = None) -> AsyncGenerator[DraftedShot]:
    """Have the scene written, and yield each shot as soon as it can go on.

    The writing is drawn below `placed`.

    Raises:
        NotConfigured, ProviderError: as `write_scene`.
    """
    objects = (await runtime_for_process()).leases.objects(run_id)
    with objects.keeping(DraftQueue()) as ready:
        writing = asyncio.create_task(write_scene.after(placed)(run_id), name="write scene")
        writing.add_done_callback(lambda _: ready.put(None))
        try:
            while (drafted := await ready.get()) is not None:
                yield drafted
            await writing
        finally:
            writing.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await writing


@step_task(name="write scene", cache_policy=NO_CACHE)
async def write_scene(run_id: UUID) -> None:
    """Have the missing shots written, and draft each as it arrives; `drafts` yields each one that can go on."""
    await scene_shots.write_scene(await runtime_for_process(), run_id, step_log())


@step_task(name="finish shot", task_run_name="{label}", persist_result=True)
async def finish_shot(run_id: UUID, key: str, label: str) -> str:
    """Enrich a drafted shot and make it ready; returns its id."""
    shot_id = await scene_shots.finish_shot(await runtime_for_process(), run_id, key)
    step_log().info("%s: ready", label)
    return str(shot_id)
