"""A batch's claim to a shot, which waits where another run is making the same thing."""

import asyncio

from wzrd.db.engine import mirrored
from wzrd.db.shot_work import look_before_work
from wzrd.db.shots import mark_generating
from wzrd.domain.errors import Conflict, NotFound
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime
from wzrd.storyboard.batch.items import ItemContext

RIVAL_SECONDS = 1.0
"""Seconds between two checks by a batch that another run's work on its shot has ended."""


async def begin_shot(runtime: Runtime, context: ItemContext) -> str:
    """Begin the item, with its event, or return the address of the shot's image or video that is there by now.

    While another run works on it this one waits: the same thing is not paid twice. What was begun before this process
    was there goes on.

    Raises:
        NotFound: the shot was deleted meanwhile.
        Conflict: it was locked meanwhile.
        AwaitingApproval: its still has to be approved first.
        LeaseLost, CancelRequested: the run may not go on here.
    """
    run_id, item, made, gate = context.run.run_id, context.item, context.made, context.gate
    project_id, shot_id = context.film.storyboard.project_id, context.shot.shot_id
    while True:
        async with step(runtime, runtime.leases.current(run_id)) as current:
            claim = await look_before_work(current.tx, project_id, shot_id, made, run_id=run_id)
            if claim.gone:
                raise NotFound(f"shot {shot_id} was deleted meanwhile")
            if claim.made and not context.again:
                return claim.made
            if claim.locked and not context.again:
                raise Conflict("the shot is locked", code="locked")
            if gate is not None:
                await gate(current.tx)
            if claim.concurrent is None or item.status == "running":
                if await current.move([item.key], from_status=("pending",), to="running", phase="generating"):
                    if not claim.made:  # what it has is shown until there is another take
                        async with mirrored(current.tx):
                            await mark_generating(current.tx, shot_id, made)
                    current.emit("shot", context.event("generating"))
                return ""
        await asyncio.sleep(RIVAL_SECONDS)
