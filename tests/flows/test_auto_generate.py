"""Which failures stop a batch."""

import asyncio

import pytest

from tasks.retrying import ignore_failure
from wzrd.domain.errors import LeaseLost
from wzrd.storyboard.batch.ends import ShotFailed


async def _ending(error: BaseException | None) -> str:
    if error is not None:
        raise error
    return "http://x/1.png"


async def test_a_shot_that_failed_stops_nobody() -> None:
    """It is passed over; so is one that was made."""
    await ignore_failure(_ending(None), ShotFailed)
    await ignore_failure(_ending(ShotFailed("the brush broke")), ShotFailed)


@pytest.mark.parametrize("error", [LeaseLost(run_id="x"), RuntimeError("a bug"), asyncio.CancelledError()])
async def test_what_is_more_than_a_shots_failure_stops_the_batch(error: BaseException) -> None:
    """A lost lease, a bug and a cancel reach the flow."""
    with pytest.raises(type(error)):
        await ignore_failure(_ending(error), ShotFailed)
