"""One call of a model for a node, or for an element of its batch, brought home."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias
from uuid import UUID

from wzrd.db.engine import is_outage
from wzrd.db.joined_jobs import SubmitResult
from wzrd.domain.submission import Target
from wzrd.faults import FaultRaised
from wzrd.generation.calls import Chunk
from wzrd.generation.outputs import OutputJob, describe_text, make_output
from wzrd.generation.records import result_of
from wzrd.graph.execution.generation import MadeNode, NodeCall, finish_call, job_of
from wzrd.graph.execution.scheduler import Scheduler
from wzrd.providers.base import Output, Progress
from wzrd.storyboard.prompt_media import animatic_inputs

Close: TypeAlias = Callable[[MadeNode, SubmitResult], asyncio.Task[None]]
"""Ends what a call was made for, together with the record of its answer; a WzrdError where that is no result for it."""


async def make_call(
    scheduler: Scheduler, call: NodeCall, priced: int, note: Callable[[Progress], None], close: Close
) -> MadeNode:
    """One call of a model, brought home; its hold is the run's."""
    run = scheduler.state.run

    def take(chunk: Chunk) -> None:
        if isinstance(chunk, Progress):
            note(chunk)

    job, concluding = job_of(run, call, priced), _Concluding(call, close)
    if call.media_type == "text":
        job = replace(job, request=replace(job.request, conclude=concluding.conclude))
    async with _asked(scheduler, call, job) as asked:
        made = await make_output(scheduler.runtime, scheduler.runtime.leases.current(run.run_id), asked, take)
    return concluding.made or finish_call(call, made)


@dataclass(slots=True)
class _Concluding:
    """A text needs nothing brought home: its record and the end of what it was made for are one commit."""

    call: NodeCall
    close: Close
    made: MadeNode | None = None

    async def conclude(self, job_id: UUID, output: Output, target: Target) -> int | None:
        """As `wzrd.generation.values.Conclude`."""
        result = describe_text(output, target)
        if result is None:
            return None
        made = finish_call(self.call, result)
        try:
            await asyncio.shield(self.close(made, result_of(job_id, output)))
        except Exception as error:  # no result for it, or no run of ours any more: who asked for it hears that
            if isinstance(error, FaultRaised) or is_outage(error):
                raise
            return None
        self.made = made
        return 0


@asynccontextmanager
async def _asked(scheduler: Scheduler, call: NodeCall, job: OutputJob) -> AsyncGenerator[OutputJob]:
    """The job as its provider takes it: animatic mode draws from inputs of its own."""
    if not call.drawn:
        yield job
        return
    async with animatic_inputs(scheduler.runtime, call.media_type, job.request.inputs, call.wanted) as inputs:
        yield replace(job, request=replace(job.request, inputs=inputs))
