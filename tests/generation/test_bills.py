"""Bills: dollars that a vendor has charged is written beside the submit, where its key may read that."""

import pytest
from sqlalchemy import text

from server.fakes import Behaviour, Fakes
from tests.generation.claimed import ITEM, QueueRun, asked, open_queue_run
from wzrd.operations.upkeep import note_bills
from wzrd.runtime.process import Runtime

SIZED = {"prompt": "a lighthouse", "image_size": "square_hd"}
"""One megapixel of `fal-ai/flux/dev`: $0.025."""


async def _grow_old(run: QueueRun, minutes: int = 10) -> None:
    """As if its submits had ended some minutes ago: bills come late."""
    async with run.runtime.begin() as tx:
        statement = text("update wzrd.provider_jobs set finished_at = finished_at - make_interval(mins => :minutes)")
        await tx.execute(statement, {"minutes": minutes})


async def test_a_bill_is_written_beside_the_plan(runtime: Runtime, fakes: Fakes) -> None:
    """Planned, then billed by the fake's meter: asked for minutes after the end, once."""
    async with open_queue_run(runtime, fakes) as run:
        await run.ask(asked(inputs=SIZED))
        assert await note_bills(runtime) == 0, "it has only just ended"
        await _grow_old(run)
        assert await note_bills(runtime) == 1
        (job,) = await run.jobs(ITEM)
        assert (str(job.planned_usd), str(job.cost_usd)) == ("0.025000", "0.025000")
        assert await note_bills(runtime) == 0


@pytest.mark.parametrize(
    ("behaviour", "told_at_last"),
    [
        (Behaviour(on="bills", status=403), 0),
        (Behaviour(on="bills", status=500), 1),
        (Behaviour(on="bills", reply="misshapen"), 1),
        (Behaviour(on="bills", reply="malformed"), 1),
    ],
    ids=lambda one: str(one.status or one.reply) if isinstance(one, Behaviour) else "",
)
async def test_without_bills_the_plan_stands(
    runtime: Runtime, fakes: Fakes, behaviour: Behaviour, told_at_last: int
) -> None:
    """A key without that right is not asked again for a day, after a fault it is; the plan stands in meanwhile."""
    async with open_queue_run(runtime, fakes) as run:
        await run.ask(asked(inputs=SIZED))
        await _grow_old(run)
        await fakes.script(behaviour)
        assert await note_bills(runtime) == 0
        assert (await run.jobs(ITEM))[0].cost_usd is None
        assert await note_bills(runtime) == told_at_last
