"""A graph whose models are queues of the fakes: a cancel with an accepted job, what comes late, real progress."""

import asyncio
import uuid
from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import text

from server.fakes import Behaviour, Fakes
from tests.fakes.providers import asking
from tests.generation.claimed import armed
from tests.playing import log_of, run_once
from tests.rows import make_studio
from tests.tasks.graph_project import ComputeRig
from tests.waiting import looks
from wzrd.generation.recovery import recover
from wzrd.runs.execute import Interrupted
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

SPEECH, SPEECH_PRICE = "gmi/elevenlabs-tts-v3", 3
FLUX, FLUX_PRICE = "fal-ai/flux/schnell", 3


@pytest.fixture(scope="module")
async def module_runtime(module_runtime: Runtime, module_fakes: Fakes) -> AsyncGenerator[Runtime]:
    """Its providers are the fakes."""
    async with asking(module_fakes, module_runtime):
        yield module_runtime


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> ComputeRig:
    """A picture by fal, a voice by GMI."""
    await fakes.reset()
    rig = ComputeRig(runtime, await make_studio(runtime, funds=100), None)
    await rig.save(
        [
            rig.image("p", FLUX, prompt="a lamp", image_size={"width": 64, "height": 32}),
            rig.node("v", "Audio", model=SPEECH, prompt="a voice"),
        ]
    )
    return rig


async def statuses(runtime: Runtime, run_id: uuid.UUID) -> dict[str, str]:
    """Statuses of the run's submits, by provider."""
    async with runtime.begin() as tx:
        statement = text("select provider, status from wzrd.provider_jobs where run_id = :id")
        return {row.provider: row.status for row in await tx.execute(statement, {"id": run_id})}


async def test_pictures_and_voices_come_home(runtime: Runtime, rig: ComputeRig, fakes: Fakes) -> None:
    """Each by its own queue, stored with us, paid once, one submit each."""
    run_id, status = await rig.run()
    assert status == "succeeded", [(name, item.error) for name, item in (await rig.items(run_id)).items()]
    for name, kind in (("p", "image"), ("v", "audio")):
        result = await rig.result(run_id, name)
        assert result["type"] == kind
        assert runtime.storage.locate(result["url"]) is not None
    assert await rig.left() == 100 - FLUX_PRICE - SPEECH_PRICE
    assert len(await fakes.paid_submits()) == 2


async def test_what_a_provider_had_accepted_stands_after_the_cancel(
    runtime: Runtime, rig: ComputeRig, fakes: Fakes
) -> None:
    """The finished one is charged, the accepted one held; when it comes it is kept and charged, and not made anew."""
    await fakes.script(Behaviour(provider="gmi-cloud", hold="result", cancel="refused"))
    run_id = await rig.start()
    running = asyncio.create_task(run_once(runtime, run_id))
    async for _ in looks():
        jobs, nodes = await statuses(runtime, run_id), await rig.statuses(run_id)
        if jobs == {"fal-ai": "succeeded", "gmi-cloud": "accepted"} and nodes["p"] == "succeeded":
            break
    await cancel(runtime, run_id, rig.studio.user_id)
    runtime.leases.cancel(run_id)
    assert await running == "canceled"
    assert await rig.holds(run_id) == [
        (FLUX_PRICE + SPEECH_PRICE, "committed", FLUX_PRICE),
        (SPEECH_PRICE, "held", None),
    ]
    await fakes.release()
    async with asyncio.timeout(60):
        while (await rig.statuses(run_id))["v"] != "succeeded":
            async with runtime.begin() as tx:
                await tx.execute(text("update wzrd.provider_jobs set checked_at = null"))
            await recover(runtime)
    assert (await rig.result(run_id, "v"))["type"] == "audio"
    assert await rig.left() == 100 - FLUX_PRICE - SPEECH_PRICE
    assert (await rig.shown())["v"].status == "succeeded"
    await reopen(runtime, run_id)
    assert await run_once(runtime, run_id) == "succeeded"
    assert await rig.left() == 100 - FLUX_PRICE - SPEECH_PRICE
    assert len(await fakes.paid_submits()) == 2


async def test_progress_is_told_while_it_runs_and_never_after(runtime: Runtime, rig: ComputeRig, fakes: Fakes) -> None:
    """A place in the queue, then that it runs; the end of a node is the last that is said of it."""
    await fakes.script(Behaviour(provider="fal-ai", places=2, place_seconds=0.8, seconds=0.8))
    run_id, status = await rig.run()
    assert status == "succeeded"
    said = [(event, data) for event, data in await log_of(runtime, run_id) if data.get("node_id") == rig.id("p")]
    assert [event for event, _ in said].count("node_progress") >= 1
    assert (said[0][1]["status"], said[-1][1]["status"]) == ("running", "succeeded")
    assert all(0 <= data["progress"] <= 99 for event, data in said if event == "node_progress")


@pytest.mark.parametrize("place", ["before_store", "after_store", "before_node"])
async def test_what_was_made_when_the_cancel_came_is_kept_and_charged(
    runtime: Runtime, rig: ComputeRig, fakes: Fakes, place: str
) -> None:
    """The worker died between a model's result and its node, then a cancel: the node has it after all, and pays."""
    run_id = await rig.start()
    async with armed(f"{place}@1=raise"):
        with pytest.raises(Interrupted):
            await run_once(runtime, run_id)
    async with runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set lease_until = now() where id = :id"), {"id": run_id})
    await cancel(runtime, run_id, rig.studio.user_id)
    billed = sum({"fal-ai": FLUX_PRICE, "gmi-cloud": SPEECH_PRICE}[one.provider] for one in await fakes.paid_submits())
    assert billed
    assert await rig.left() == 100 - billed
    async with asyncio.timeout(60):
        while True:
            async with runtime.begin() as tx:
                await tx.execute(text("update wzrd.provider_jobs set checked_at = null"))
            if not await recover(runtime):
                break
    assert "succeeded" in (await rig.statuses(run_id)).values()
    assert await rig.left() == 100 - billed
    await reopen(runtime, run_id)
    assert await run_once(runtime, run_id) == "succeeded"
    assert await rig.left() == 100 - FLUX_PRICE - SPEECH_PRICE
    assert len(await fakes.paid_submits()) == 2
