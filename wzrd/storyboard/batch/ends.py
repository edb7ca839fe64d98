"""Ends of a batch's items, each with its event and the count of the whole batch."""

from typing import Any
from uuid import UUID

from wzrd.db.runs import RunRow, find_run
from wzrd.domain.auto_generate import AT_ONCE, Phase, read_phase
from wzrd.domain.errors import WzrdError
from wzrd.runs.attempt_holds import settle_item
from wzrd.runs.item_ends import ItemEnd, Mirror, end_item
from wzrd.runs.steps import Step
from wzrd.runtime.process import Runtime
from wzrd.storyboard.batch.items import choice_of
from wzrd.storyboard.batch.progress import BatchProgress, read_progress

GENERATING = ("running", "generating")
UNFINISHED = (("pending", None), GENERATING)


class ShotFailed(WzrdError):
    """The shot could not be made."""

    code = "shot_failed"


async def start_progress(runtime: Runtime, run_id: UUID, phase: Phase, at_once: int | None) -> BatchProgress:
    """The progress of a run whose shots are about to be made, `at_once` together (None: as many as is usual)."""
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id)
    assert run is not None, "it has been claimed"
    return _new_progress(runtime, run, phase, at_once)


def _new_progress(runtime: Runtime, run: RunRow, phase: Phase, at_once: int | None = None) -> BatchProgress:
    return BatchProgress(run.run_id, phase, choice_of(runtime, run, phase).target, at_once or AT_ONCE[phase])


def progress_of(runtime: Runtime, run: RunRow) -> BatchProgress:
    """The progress that is being reported; one of its own where only this shot is made."""
    reported = runtime.leases.objects(run.run_id).find(BatchProgress)
    return reported or _new_progress(runtime, run, read_phase(run.params["phase"]))


async def end_batch_item(
    runtime: Runtime,
    run: RunRow,
    end: ItemEnd,
    event: dict[str, Any],
    *mirrors: Mirror,
    ignore_cancel: bool = False,
    give_back: str = "",
) -> None:
    """End the item; after its event comes the count of the whole batch. `give_back`: another hold that it had taken.

    An event that tells a `step` is one of speech, any other is its shot's.
    """
    batch = progress_of(runtime, run)

    async def emit(current: Step) -> None:
        if give_back:
            await settle_item(current.tx, current.lease, give_back, charge=False, reason="not_delivered")
        current.emit("speech" if "step" in event else "shot", event)
        current.emit("progress", await read_progress(current.tx, batch))

    await end_item(runtime, run.run_id, end, *mirrors, emit=emit, ignore_cancel=ignore_cancel)
