"""The step of a direct generation: its one item made, stored and paid."""

from uuid import UUID

from blocks.resolve import runtime_for_process
from tasks.retrying import step_log, step_task
from wzrd.operations import output_making


@step_task(name="make output", persist_result=True)
async def make_one(run_id: UUID) -> str:
    """Make the run's output; returns its address (empty for text).

    Raises:
        OutputFailed: it could not be made; item and hold have ended, `cause` is the error's code.
    """
    return await output_making.make_one(await runtime_for_process(), run_id, step_log())
