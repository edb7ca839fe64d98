"""The steps of a reading by a model: each scene, then that what was read counts."""

from uuid import UUID

from prefect.cache_policies import NO_CACHE

from blocks.resolve import runtime_for_process
from tasks.retrying import step_log, step_task
from wzrd.storyboard import model_reading


@step_task(name="read scene", task_run_name="{label}", persist_result=True)
async def read_scene(run_id: UUID, key: str, label: str) -> str:
    """Read the item's scene; returns in words what came of it.

    Raises:
        SceneUnread: the model did not; item and log say why, and the others go on.
    """
    log = step_log()
    told = await model_reading.read_scene(await runtime_for_process(), run_id, key, log)
    log.info("%s: %s", label, told)
    return told


@step_task(name="keep reader", cache_policy=NO_CACHE)
async def keep_reader(run_id: UUID) -> str:
    """Have what was read count from now on; returns the breakdown's version, in words."""
    return f"version {await model_reading.keep_reader(await runtime_for_process(), run_id)}"
