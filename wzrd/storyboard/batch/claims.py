"""A batch's claim to a shot, which waits where another run is making the same thing."""

import asyncio
from uuid import UUID

from wzrd.db.engine import mirrored
from wzrd.db.items import Item
from wzrd.db.shot_work import look_before_work
from wzrd.db.shots import mark_generating
from wzrd.domain.errors import NotFound
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime

RIVAL_SECONDS = 1.0
"""Seconds between two checks by a batch that another run's work on its shot has ended."""


async def begin_shot(
    runtime: Runtime, run_id: UUID, project_id: UUID, item: Item, made: str, event: dict[str, object]
) -> str:
    """Begin the item, with its `event`, or return the address of the shot's image or video that is there by now.

    While another run works on it this one waits: the same thing is not paid twice. What was begun before this process
    was there goes on.

    Raises:
        NotFound: the shot was deleted meanwhile.
        LeaseLost, CancelRequested: the run may not go on here.
    """
    shot_id = item.entity_id
    assert shot_id is not None, "an item of a batch is about a shot"
    while True:
        async with step(runtime, runtime.leases.current(run_id)) as current:
            claim = await look_before_work(current.tx, project_id, shot_id, made, run_id=run_id)
            if claim.gone:
                raise NotFound(f"shot {shot_id} was deleted meanwhile")
            if claim.made:
                return claim.made
            if claim.concurrent is None or item.status == "running":
                if await current.move([item.key], from_status=("pending",), to="running", phase="generating"):
                    async with mirrored(current.tx):
                        await mark_generating(current.tx, shot_id, made)
                    current.emit("shot", event)
                return ""
        await asyncio.sleep(RIVAL_SECONDS)
