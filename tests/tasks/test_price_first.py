"""Prices of batches on their pages, before anything is sent; a dry run does nothing else."""

import json
from collections.abc import AsyncGenerator

import pytest

from blocks.resolve import serving
from server.fakes import Fakes, open_fakes
from tasks.artifacts.auto_generate import publish_plan, publish_price
from tasks.flow_states import describe_beginning
from tests.fakes.prefect import FakePrefect
from tests.playing import run_once
from tests.tasks.shot_batch import IMAGE_PRICE, PaidRig, open_paid_rig
from wzrd.db.runs import list_runs
from wzrd.runtime.process import Runtime


@pytest.fixture
async def rig(runtime: Runtime) -> AsyncGenerator[PaidRig]:
    """A project with two shots, at providers that count what they are sent."""
    fakes: Fakes
    async with open_fakes() as fakes, open_paid_rig(runtime, fakes, "bd") as made, serving(runtime):
        yield made


async def test_the_price_of_a_batch(rig: PaidRig, prefect: FakePrefect) -> None:
    """A line for each shot and the sum, in the log's first line too; of a retry, what is left; of nothing, nothing."""
    run_id = await rig.queued()
    told = f"2 pictures to make · {2 * IMAGE_PRICE} credits at most"
    assert await describe_beginning(rig.runtime, run_id) == told
    await publish_price(run_id)
    (shown,) = prefect.artifacts
    assert (shown["key"].endswith("-price"), shown["description"].endswith(told)) == (True, True)
    assert json.loads(shown["data"]) == [
        {"shot": "scene 1, shot 1", "credits": IMAGE_PRICE},
        {"shot": "scene 1, shot 2", "credits": IMAGE_PRICE},
    ]
    assert await rig.paid() == 0
    assert await run_once(rig.runtime, run_id) == "succeeded"
    await publish_price(run_id)
    assert len(prefect.artifacts) == 1


async def test_a_dry_run(rig: PaidRig, prefect: FakePrefect) -> None:
    """A dry run shows the table and a sentence; no run, no hold, no submit."""
    studio = rig.batch.studio
    told = await publish_plan(await rig.plan(), studio.project_id, "The Light")
    assert told.startswith("2 of 2 shots with ")
    assert f": {2 * IMAGE_PRICE} credits at most · 1000 credits are there" in told
    (shown,) = prefect.artifacts
    assert (len(json.loads(shown["data"])), "dry run, nothing was sent" in shown["description"]) == (2, True)
    async with rig.runtime.begin() as tx:
        assert await list_runs(tx, studio.user_id) == []
    assert await rig.paid() == 0
