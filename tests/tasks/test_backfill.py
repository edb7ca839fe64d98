"""A backfill's money and its repeats: no run is tried twice for one decision, nobody pays twice."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from decimal import Decimal
from math import inf
from typing import Any

import pytest
from prefect.logging import disable_run_logger
from sqlalchemy import text

from blocks.resolve import serving
from flows.backfill import work
from server.fakes import Behaviour, Fakes
from tests.generation.claimed import armed
from tests.playing import run_once
from tests.rows import balance
from tests.tasks.shot_batch import IMAGE_PRICE, PaidRig, open_paid_rig
from tests.waiting import looks
from wzrd.db import ledger
from wzrd.db.events import find_latest
from wzrd.db.items import Item, list_items
from wzrd.db.runs import RunRow, find_run, list_runs
from wzrd.domain.ids import OPERATOR
from wzrd.domain.money import MoneyBound
from wzrd.operations.backfill import BackfillParams, BackfillPlan, plan_backfill, start_backfill
from wzrd.runs.execute import Interrupted, claim, execute
from wzrd.runs.finish import reopen
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_fakes")

NAMES = "bd"
"""Letters that no model's name has: the fakes' script goes by them."""


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[PaidRig]:
    """A project with two shots; nothing has ended before, and the fakes have forgotten what was."""
    await fakes.reset()
    async with runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set finished_at = finished_at - interval '1 year'"))
    async with open_paid_rig(runtime, fakes, NAMES) as made:
        yield made


async def refuse(rig: PaidRig, *names: str) -> None:
    """The provider refuses the next submit of each of these shots."""
    for name in names:
        await rig.fakes.script(Behaviour(match=name, status=422))


async def failed(rig: PaidRig, *names: str) -> uuid.UUID:
    """A batch of which these shots failed."""
    await refuse(rig, *names)
    run_id = await rig.queued()
    assert await run_once(rig.runtime, run_id) in {"partial", "failed"}
    return run_id


async def plan(rig: PaidRig, **more: Any) -> BackfillPlan:
    return await plan_backfill(rig.runtime, BackfillParams(user_id=None, project_id=None, **more))


def told(planned: BackfillPlan) -> list[tuple[str, str]]:
    return [(one.decision.action, one.decision.reason) for one in planned.planned]


async def opened(runtime: Runtime, **more: Any) -> uuid.UUID:
    wanted = BackfillParams(user_id=None, project_id=None, request_id=str(uuid.uuid4()), **more)
    return (await start_backfill(runtime, wanted)).run_id


@asynccontextmanager
async def a_worker(runtime: Runtime) -> AsyncGenerator[None]:
    """Whoever executes the batches that are queued meanwhile."""

    async def play() -> None:
        async for _ in looks(seconds=inf, every=0.02):
            async with runtime.begin() as tx:
                statement = text("select id from wzrd.runs where status = 'queued' and kind = 'auto-generate'")
                queued = list((await tx.scalars(statement)).all())
            for run_id in queued:
                await run_once(runtime, run_id)

    playing = asyncio.create_task(play())
    try:
        yield
    finally:
        playing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await playing


async def executed(runtime: Runtime, run_id: uuid.UUID) -> str | None:
    """Do the backfill's own work under its lease."""
    lease = await claim(runtime, run_id, flow_run_id=None)
    assert lease is not None
    async with serving(runtime):
        with disable_run_logger():
            return await execute(runtime, lease, work)


async def backfilled(runtime: Runtime, **more: Any) -> tuple[str | None, uuid.UUID]:
    run_id = await opened(runtime, **more)
    async with a_worker(runtime):
        return await executed(runtime, run_id), run_id


async def row(runtime: Runtime, run_id: uuid.UUID) -> RunRow:
    async with runtime.begin() as tx:
        found = await find_run(tx, run_id)
    assert found is not None
    return found


async def items(runtime: Runtime, run_id: uuid.UUID) -> list[Item]:
    async with runtime.begin() as tx:
        return await list_items(tx, run_id)


async def spent(rig: PaidRig) -> int:
    return 1000 - await balance(rig.runtime, rig.batch.studio.user_id)


async def test_what_is_missing_is_made_and_paid_once(rig: PaidRig) -> None:
    """One of two failed: the same run makes it; the counts stand in the backfill's own end."""
    run_id = await failed(rig, "b")
    planned = await plan(rig)
    assert (told(planned), planned.credits) == ([("retry", "")], IMAGE_PRICE)
    status, backfill = await backfilled(rig.runtime)
    after = await row(rig.runtime, run_id)
    assert (status, after.status, after.attempt) == ("succeeded", "succeeded", 2)
    assert after.work_queue == "batch", "somebody who waits goes before it, whatever Prefect could be told in time"
    assert (await spent(rig), await rig.paid()) == (2 * IMAGE_PRICE, 2)
    async with rig.runtime.begin() as tx:
        end = await find_latest(tx, backfill, "complete")
    assert end == {
        "status": "succeeded", "completed": 1, "runs": 1, "failed": 0, "skipped": 0, "credits": IMAGE_PRICE,
    }  # fmt: skip
    assert told(await plan(rig)) == []


async def test_what_fails_again_is_counted_and_may_be_retried(rig: PaidRig) -> None:
    """The backfill ends failed, the run is as it was but for its attempt; the backfill's own retry tries it again."""
    run_id = await failed(rig, "b")
    await refuse(rig, "b")
    status, backfill = await backfilled(rig.runtime)
    assert (status, (await row(rig.runtime, run_id)).attempt) == ("failed", 2)
    (item,) = await items(rig.runtime, backfill)
    assert (item.status, (item.output or {})["charged"]) == ("failed", 0)
    await reopen(rig.runtime, backfill)
    async with a_worker(rig.runtime):
        assert await executed(rig.runtime, backfill) == "succeeded"
    assert ((await row(rig.runtime, run_id)).attempt, await spent(rig)) == (3, 2 * IMAGE_PRICE)


async def test_what_a_provider_may_have_made_needs_leave(rig: PaidRig) -> None:
    """Its submit was lost: without leave nothing is sent; with it once more, and its user pays once."""
    await rig.fakes.script(Behaviour(match="b", reply="dropped"), Behaviour(on="list", status=403, times=0))
    await failed(rig)
    sent = await rig.paid()
    assert told(await plan(rig)) == [("skip", "its provider may have made it: resubmit_unknown sends it once more")]
    assert (await backfilled(rig.runtime))[0] == "succeeded"
    assert await rig.paid() == sent
    assert [action for action, _ in told(await plan(rig, resubmit_unknown=True))] == ["retry"]
    assert (await backfilled(rig.runtime, resubmit_unknown=True))[0] == "succeeded"
    assert (await rig.paid(), await spent(rig)) == (sent + 1, 2 * IMAGE_PRICE)


@pytest.mark.parametrize(
    ("media", "why"), [("expired", "can no longer be fetched"), ("page", "is not what was asked for")]
)
async def test_what_was_made_for_nothing_needs_leave(rig: PaidRig, media: Any, why: str) -> None:
    """It came as a page, or is gone: told apart, sent once more with leave alone, and paid once."""
    await rig.fakes.script(Behaviour(match="b", media=media))
    await failed(rig)
    sent = await rig.paid()
    assert told(await plan(rig)) == [("skip", f"what was made {why}: resubmit_unknown has it made once more")]
    assert (await backfilled(rig.runtime, resubmit_unknown=True))[0] == "succeeded"
    assert (await rig.paid(), await spent(rig)) == (sent + 1, 2 * IMAGE_PRICE)


async def test_what_others_have_made_since_is_left_alone(rig: PaidRig) -> None:
    """Another batch has the picture by now, before the plan or between the plan and the try: nothing is touched."""
    run_id = await failed(rig, "b")
    backfill = await opened(rig.runtime)
    assert await run_once(rig.runtime, await rig.queued()) == "succeeded"
    assert told(await plan(rig)) == [("skip", "made since")]
    assert await executed(rig.runtime, backfill) == "succeeded"
    (item,) = await items(rig.runtime, backfill)
    assert (item.output or {})["status"] == "made since"
    assert ((await row(rig.runtime, run_id)).attempt, await spent(rig)) == (1, 2 * IMAGE_PRICE)


async def test_what_another_run_is_making_is_left_alone(rig: PaidRig) -> None:
    """Of two batches that lack the same picture only the later is tried; while one is open, none."""
    first = await failed(rig, "b")
    second = await failed(rig, "b")
    assert [action for action, _ in told(await plan(rig))] == ["skip", "retry"]
    await reopen(rig.runtime, second)
    assert told(await plan(rig)) == [("skip", "under way in another run or at its provider")]
    assert (await row(rig.runtime, first)).attempt == 1
    assert await run_once(rig.runtime, second) == "succeeded"


async def test_a_run_that_has_had_all_its_attempts_is_begun_anew_once(rig: PaidRig) -> None:
    """For what is missing, at no more than was planned; a third run is never begun."""
    runtime = rig.runtime
    whole = runtime.settings
    runtime.settings = whole.model_copy(update={"max_attempts": 1})
    try:
        run_id = await failed(rig, "b")
        await refuse(rig, "b")
        planned = await plan(rig)
        assert (told(planned), planned.credits) == ([("new run", "")], IMAGE_PRICE)
        assert (await backfilled(runtime))[0] == "failed"
        async with runtime.begin() as tx:
            anew, old = await list_runs(tx, rig.batch.studio.user_id)
        assert (old.run_id, old.attempt, anew.asked_id) == (run_id, 1, f"backfill:{run_id}")
        assert (old.work_queue, anew.work_queue) == ("interactive", "batch")
        assert [item.status for item in await items(runtime, anew.run_id)] == ["failed"]
        actions = told(await plan(rig))
        assert [action for action, _ in actions] == ["skip", "skip"]
        assert actions[1][1].startswith("all its 1 attempts are used, as were those")
        assert await spent(rig) == IMAGE_PRICE
    finally:
        runtime.settings = whole


async def test_owners_and_limits_are_respected(rig: PaidRig, runtime: Runtime, fakes: Fakes) -> None:
    """Who cannot pay is skipped, others are not; and nothing is begun beyond max_credits."""
    await failed(rig, "b")
    rich = rig.batch.studio.user_id
    async with open_paid_rig(runtime, fakes, NAMES, funds=2 * IMAGE_PRICE) as poor:
        await failed(poor, "d")
        await spend(poor, IMAGE_PRICE - 1)
        planned = await plan(rig)
        assert [one.failure.user_id == rich for one in planned.acting] == [True]
        assert told(planned)[1] == ("skip", f"costs {IMAGE_PRICE} credits, and its owner has 1")
        assert (await plan(rig, max_credits=IMAGE_PRICE - 1)).acting == []
        assert (await backfilled(runtime, max_credits=IMAGE_PRICE))[0] == "succeeded"
        assert await balance(runtime, poor.batch.studio.user_id) == 1
        assert await spent(rig) == 2 * IMAGE_PRICE


async def test_dollars_bound_what_is_tried_again(rig: PaidRig) -> None:
    """A run has its share of the backfill's dollars while that goes on: it sends nothing beyond, and fails again."""
    run_id = await failed(rig, "b")
    status, bounded = await backfilled(rig.runtime, money=MoneyBound(Decimal("0.001")))
    (item,) = await items(rig.runtime, bounded)
    assert (status, item.status, Decimal((item.output or {})["usd"])) == ("failed", "failed", 0)
    why = [one.error for one in await items(rig.runtime, run_id) if one.error]
    assert len(why) == 1
    assert "its maxUsd leaves $0.0005" in why[0], "of two that may go on at once each has a half"
    status, paid = await backfilled(rig.runtime, money=MoneyBound(Decimal("0.5")))
    (item,) = await items(rig.runtime, paid)
    assert (status, item.status, (await row(rig.runtime, run_id)).status) == ("succeeded", "succeeded", "succeeded")
    assert Decimal(0) < Decimal((item.output or {})["usd"]) <= Decimal("0.5")


async def test_nothing_is_begun_without_dollars_left(rig: PaidRig) -> None:
    """With none, or with those of others gone, a run is skipped, and the reason told."""
    await failed(rig, "b")
    _, none = await backfilled(rig.runtime, money=MoneyBound(Decimal(0)))
    (item,) = await items(rig.runtime, none)
    assert (item.status, item.error) == ("skipped", "nothing is left of the $0.00 of max_usd")


async def spend(rig: PaidRig, amount: int) -> None:
    """Its owner has spent so much on something else."""
    about: dict[str, Any] = {"resource_type": "x", "reference_type": "x", "reference_id": "x"}
    async with rig.runtime.begin() as tx:
        await ledger.hold(tx, rig.batch.studio.user_id, amount, key="else", **about)


async def test_a_backfill_that_died_follows_what_it_had_begun(rig: PaidRig) -> None:
    """Between the reopening and anything noted of it: the run has one more attempt, not two."""
    run_id = await failed(rig, "b")
    backfill = await opened(rig.runtime)
    async with armed("after_reopen=raise"):
        with contextlib.suppress(Interrupted):
            await executed(rig.runtime, backfill)
    assert (await row(rig.runtime, run_id)).attempt == 2
    async with a_worker(rig.runtime):
        assert await executed(rig.runtime, backfill) == "succeeded"
    assert ((await row(rig.runtime, run_id)).attempt, await spent(rig)) == (2, 2 * IMAGE_PRICE)


async def test_two_backfills_at_once_try_a_run_once(rig: PaidRig) -> None:
    """Each run has one more attempt, whoever of the two gave it."""
    run_ids = [await failed(rig, "b")]
    both = [await opened(rig.runtime) for _ in range(2)]
    async with a_worker(rig.runtime):
        ends = await asyncio.gather(*(executed(rig.runtime, run_id) for run_id in both))
    assert ends == ["succeeded", "succeeded"]
    assert [(await row(rig.runtime, run_id)).attempt for run_id in run_ids] == [2]
    assert (await spent(rig), await rig.paid()) == (2 * IMAGE_PRICE, 2)
    told = [(await row(rig.runtime, run_id)).result or {} for run_id in both]
    assert sorted(one["credits"] for one in told) == [0, IMAGE_PRICE]


async def test_a_backfill_is_the_operators(rig: PaidRig) -> None:
    """Its run belongs to nobody who could sign in, and moves no credits of its own."""
    await failed(rig, "b")
    _, backfill = await backfilled(rig.runtime)
    run = await row(rig.runtime, backfill)
    assert (run.user_id, run.project_id) == (OPERATOR, None)
    async with rig.runtime.begin() as tx:
        assert await tx.scalar(text("select count(*) from wzrd.run_holds where run_id = :id"), {"id": backfill}) == 0
