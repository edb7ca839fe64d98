"""A batch's money under cancels: what was stored and never delivered is paid by whoever delivers it, once."""

import asyncio
import uuid

import pytest
from sqlalchemy import text

from tests.generation.claimed import armed
from tests.playing import run_once
from tests.tasks.shot_batch import PRICE, BatchRig, make_batch_rig
from wzrd.db import ledger
from wzrd.domain.errors import InsufficientCredits, ProviderUnsent
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


async def canceled_before_delivery(runtime: Runtime, rig: BatchRig) -> uuid.UUID:
    """A run of one shot that is canceled when its file is stored and its shot does not show it yet."""
    run_id = await rig.queued()
    statement = text("select count(*) from wzrd.node_outputs where user_id = :user and output -> 'facts' ? 'model'")
    async with armed("before_shot=pause:60"):
        playing = asyncio.create_task(run_once(runtime, run_id))
        stored = 0
        async with asyncio.timeout(60):
            while not stored:
                async with runtime.begin() as tx:
                    stored = await tx.scalar(statement, {"user": rig.studio.user_id})
        await cancel(runtime, run_id, rig.studio.user_id)
        runtime.leases.cancel(run_id)
        assert await playing == "canceled"
    return run_id


async def test_what_a_cancel_kept_from_delivery_is_paid_by_the_retry(runtime: Runtime) -> None:
    """Canceled between its file's storing and its delivery: its price stays held, and nothing is got for nothing.

    The same run retried finds the file and pays for it, once. Another request is another picture.
    """
    rig = await make_batch_rig(runtime, "a")
    run_id = await canceled_before_delivery(runtime, rig)
    assert (await rig.left(), rig.images.asked) == (100 - PRICE, ["a"])
    await reopen(runtime, run_id)
    assert await run_once(runtime, run_id) == "succeeded"
    assert (await rig.left(), rig.images.asked) == (100 - PRICE, ["a"])
    assert ((await rig.items(run_id))["a"].output or {})["charged"] == PRICE
    async with runtime.begin() as tx:
        blank = text("update public.shots set image_url = null, image_status = 'prompt_ready' where id = :id")
        await tx.execute(blank, {"id": rig.shots["a"]})
    assert await run_once(runtime, await rig.queued()) == "succeeded"
    assert (await rig.left(), rig.images.asked) == (100 - 2 * PRICE, ["a", "a"])


async def test_what_was_not_delivered_is_paid_with_what_was_held_for_it(runtime: Runtime) -> None:
    """Nobody spends that meanwhile, however much he has: the retry delivers, and pays with it."""
    rig = await make_batch_rig(runtime, "a", funds=PRICE)
    run_id = await canceled_before_delivery(runtime, rig)
    with pytest.raises(InsufficientCredits):
        async with runtime.begin() as tx:
            await ledger.hold(
                tx, rig.studio.user_id, 1, key="x", resource_type="x", reference_type="x", reference_id="x"
            )
    await reopen(runtime, run_id)
    assert await run_once(runtime, run_id) == "succeeded"
    assert (await rig.left(), rig.images.asked) == (0, ["a"])


async def test_a_cancel_that_comes_when_all_is_made_is_too_late(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The flag is up, and its worker has not heard of it: the shot is delivered and charged, and the run succeeded."""

    def unheard(*_: object) -> None:
        runtime.leases._answered = True

    monkeypatch.setattr(runtime.leases, "_hear", unheard)
    rig = await make_batch_rig(runtime, "a")
    run_id = await rig.queued()
    rig.images.gate, begun = asyncio.Event(), asyncio.Event()
    rig.images.on_submit = lambda _: begun.set()
    playing = asyncio.create_task(run_once(runtime, run_id))
    async with asyncio.timeout(60):
        await begun.wait()
        await cancel(runtime, run_id, rig.studio.user_id)
        rig.images.gate.set()
        assert await playing == "succeeded"
    assert (await rig.left(), await rig.statuses()) == (100 - PRICE, {"a": "completed"})


async def test_a_paid_submit_is_repeated_by_generation_alone(runtime: Runtime) -> None:
    """A provider out of reach is asked as often as generation's policy says (twice here), whoever else tries again."""
    rig = await make_batch_rig(runtime, "a")
    rig.images.acts = {"a": [ProviderUnsent() for _ in range(20)]}
    run_id = await rig.queued()
    assert await run_once(runtime, run_id) == "failed"
    assert (rig.images.asked, await rig.left()) == (["a", "a"], 100)
