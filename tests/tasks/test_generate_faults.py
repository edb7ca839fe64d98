"""Troubles that a direct generation survives: faults at every point, ten at once, cancels, other processes."""

import asyncio
import random
import uuid
from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest

from server.fakes import Fakes
from server.fakes.script import Behaviour
from tests.fakes.providers import asking
from tests.generation.claimed import armed
from tests.playing import asked, log_of, row, run_until_ended
from tests.rows import Studio, balance, make_studio
from tests.waiting import any_moment
from wzrd.db.items import list_items
from wzrd.db.run_holds import list_run_holds
from wzrd.domain.errors import RunStopped
from wzrd.runs.finish import cancel
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

FLUX, SEEDREAM, PRICE = "fal-ai/flux/schnell", "gmi/seedream-5.0", 3
INPUTS = {"prompt": "a lamp", "image_size": {"width": 64, "height": 32}}

PLACES = [
    *("after_claim", "after_intent", "before_send", "after_send", "after_ack", "before_record"),
    *("before_store", "after_store", "before_output", "before_settle_commit", "after_settle_commit"),
    *(f"before_step_commit@{number}" for number in (1, 2, 3)),
    *(f"after_step_commit@{number}" for number in (1, 2, 3)),
]


@pytest.fixture(scope="module")
async def module_runtime(module_runtime: Runtime, module_fakes: Fakes) -> AsyncGenerator[Runtime]:
    """Its providers are the fakes."""
    async with asking(module_fakes, module_runtime, tries=4):
        yield module_runtime


@pytest.fixture(autouse=True)
async def _forget(fakes: Fakes) -> None:
    """Every test begins with fakes that have forgotten what was."""
    await fakes.reset()


async def open_holds(runtime: Runtime, run_id: uuid.UUID) -> list[str]:
    """The purposes of what the run still holds."""
    async with runtime.begin() as tx:
        return [hold.purpose for hold in await list_run_holds(tx, run_id) if hold.status == "held"]


async def check_whole(runtime: Runtime, studio: Studio, run_id: uuid.UUID) -> None:
    """It succeeded, was paid once, told once, and left nothing behind."""
    assert await balance(runtime, studio.user_id) == 100 - PRICE
    async with runtime.begin() as tx:
        (item,) = await list_items(tx, run_id)
    assert (item.status, (item.output or {})["charged"]) == ("succeeded", PRICE)
    events = [event for event, _ in await log_of(runtime, run_id)]
    assert (events[0], events[-1], events.count("done")) == ("meta", "done", 1)
    assert await open_holds(runtime, run_id) == []
    assert list(runtime.settings.work_folder.iterdir()) == []


CASES = [(model, place) for model in (FLUX, SEEDREAM) for place in PLACES if place != "before_send"]


@pytest.mark.parametrize(("model", "place"), CASES)
async def test_interrupted_anywhere_it_is_submitted_and_paid_for_once(
    runtime: Runtime, fakes: Fakes, model: str, place: str
) -> None:
    """Resumed, it goes on with the very job."""
    studio = await make_studio(runtime)
    run_id = await asked(runtime, studio, model, inputs=INPUTS)
    async with armed(f"{place}{'' if '@' in place else '@1'}=raise"):
        status, interruptions = await run_until_ended(runtime, run_id)
    assert interruptions <= 1
    assert status == ("succeeded" if place != "after_settle_commit" else None), (await row(runtime, run_id)).error
    await check_whole(runtime, studio, run_id)
    assert len(await fakes.paid_submits()) == 1


@pytest.mark.parametrize("behaviour", [Behaviour(places=2, place_seconds=0.05), Behaviour(accepted_status=500)])
async def test_canceled_at_any_moment_nothing_is_left_generating(
    runtime: Runtime, fakes: Fakes, behaviour: Behaviour
) -> None:
    """At 15 moments drawn by lot: the run has ended, and what is held is only what a provider may still deliver."""
    rng = random.Random(1)
    for trial in range(15):
        await fakes.reset()
        await fakes.script(behaviour)
        studio = await make_studio(runtime)
        run_id = await asked(runtime, studio, SEEDREAM if trial % 2 else FLUX, inputs=INPUTS)
        play = asyncio.create_task(run_until_ended(runtime, run_id))
        await any_moment(rng, 0.4)
        await cancel(runtime, run_id, studio.user_id)
        runtime.leases.cancel(run_id)
        with suppress(RunStopped):
            await play
        run = await row(runtime, run_id)
        assert run.status in {"canceled", "succeeded", "failed"}, run.status
        async with runtime.begin() as tx:
            (item,) = await list_items(tx, run_id)
        assert item.status in {"canceled", "succeeded", "failed"}
        assert set(await open_holds(runtime, run_id)) <= {"outstanding"}
        held = PRICE if await open_holds(runtime, run_id) else 0
        charged = PRICE if item.status == "succeeded" else 0
        assert await balance(runtime, studio.user_id) == 100 - held - charged
        assert len(await fakes.paid_submits()) <= 1


async def test_what_never_left_and_no_list_tells_of(own_runtime: Runtime, fakes: Fakes) -> None:
    """Killed before the bytes leave, with a key that may not read the list: it fails, unpaid, unrepeated."""
    await fakes.script(Behaviour(on="list", status=403, times=0))
    async with asking(fakes, own_runtime, tries=4) as runtime:
        studio = await make_studio(runtime)
        run_id = await asked(runtime, studio, FLUX, inputs=INPUTS)
        async with armed("before_send@1=raise"):
            status, _ = await run_until_ended(runtime, run_id)
        assert (status, (await row(runtime, run_id)).error_code) == ("failed", "provider_outcome_unknown")
        assert await balance(runtime, studio.user_id) == 100
        assert await open_holds(runtime, run_id) == []
    assert await fakes.paid_submits() == []
