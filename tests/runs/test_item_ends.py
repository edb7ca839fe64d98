"""The end of an item is one transaction: money, item, public rows and events, once or not at all."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import text

from tests.generation.claimed import armed
from tests.playing import log_of, run_once
from tests.server.served import claimed
from tests.tasks.shot_batch import PRICE, BatchRig, make_batch_rig
from wzrd.db.engine import Tx
from wzrd.db.items import Item
from wzrd.db.run_holds import list_run_holds
from wzrd.domain.errors import CancelRequested
from wzrd.faults import FaultRaised
from wzrd.runs.execute import Interrupted
from wzrd.runs.finish import cancel
from wzrd.runs.item_ends import Emit, ItemEnd, ItemSettlement, Mirror, end_item
from wzrd.runs.steps import Step
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


@dataclass(frozen=True, slots=True)
class Stage:
    """A run in our hands, whose one picture is made and stored: its hold stands, its item has not ended."""

    film: BatchRig
    run_id: uuid.UUID
    end: ItemEnd

    async def run(self, end: ItemEnd | None = None, *mirrors: Mirror, emit: Emit, ignore_cancel: bool = False) -> bool:
        runtime = self.film.runtime
        return await end_item(runtime, self.run_id, end or self.end, *mirrors, emit=emit, ignore_cancel=ignore_cancel)

    async def item(self) -> Item:
        return (await self.film.items(self.run_id))["a"]

    async def holds(self) -> list[tuple[str, int | None]]:
        async with self.film.runtime.begin() as tx:
            return [(hold.status, hold.committed) for hold in await list_run_holds(tx, self.run_id)]

    async def events(self) -> int:
        return [event for event, _ in await log_of(self.film.runtime, self.run_id)].count("ended")

    async def check_untouched(self) -> None:
        item = await self.item()
        assert (item.status, item.phase, item.delivered) == ("running", "generating", False)
        assert (await self.holds(), await self.film.left(), await self.events()) == ([("held", None)], 100 - PRICE, 0)


async def emit(current: Step) -> None:
    current.emit("ended", {})


@asynccontextmanager
async def staged(runtime: Runtime) -> AsyncGenerator[Stage]:
    """The run as a death right before the delivery leaves it, taken over again."""
    rig = await make_batch_rig(runtime, "a")
    run_id = await rig.queued()
    async with armed("before_shot=raise"):
        with suppress(Interrupted):
            await run_once(runtime, run_id)
    async with runtime.begin() as tx:
        of_user = text("select cache_key from wzrd.node_outputs where user_id = :user and output -> 'facts' ? 'model'")
        output_key = str(await tx.scalar(of_user, {"user": rig.studio.user_id}))
    lease = await claimed(runtime, run_id)
    key = f"image/{rig.shots['a']}"
    end = ItemEnd(
        key,
        "succeeded",
        (("running", "generating"),),
        phase="completed",
        output={"url": "https://x.test/a.png"},
        settlement=ItemSettlement(output_key=output_key),
    )
    idle = asyncio.create_task(asyncio.Event().wait())
    try:
        with runtime.leases.watch(lease, idle):
            stage = Stage(rig, run_id, end)
            await stage.check_untouched()
            yield stage
    finally:
        idle.cancel()


async def test_an_end_is_charged_once_however_often_it_is_repeated(runtime: Runtime) -> None:
    """The first end charges, moves and is told; a repeated one, with whatever outcome, does nothing."""
    async with staged(runtime) as stage:
        assert await stage.run(emit=emit)
        lost = replace(stage.end, status="failed", settlement=ItemSettlement(reason="late"))
        assert not await stage.run(emit=emit)
        assert not await stage.run(lost, emit=emit)
        item = await stage.item()
        assert (item.status, item.phase, item.delivered) == ("succeeded", "completed", True)
        assert item.output == {"url": "https://x.test/a.png", "charged": PRICE}
        assert (await stage.holds(), await stage.film.left()) == ([("committed", PRICE)], 100 - PRICE)
        assert await stage.events() == 1


async def test_a_failure_gives_the_hold_back(runtime: Runtime) -> None:
    """Nobody pays for what was not delivered, and a delivery that comes afterwards charges nothing."""
    async with staged(runtime) as stage:
        settlement = ItemSettlement(reason="shot_failed")
        failed = replace(stage.end, status="failed", phase="failed", output=None, error="no", settlement=settlement)
        assert await stage.run(failed, emit=emit)
        assert not await stage.run(emit=emit)
        item = await stage.item()
        assert (item.status, item.error, item.delivered) == ("failed", "no", False)
        assert (await stage.holds(), await stage.film.left()) == ([("released", None)], 100)
        assert await stage.events() == 1


@pytest.mark.parametrize("place", [("pending", None), ("running", None), ("running", "drafting"), ("succeeded", None)])
async def test_an_end_from_elsewhere_moves_no_money(runtime: Runtime, place: tuple[str, str | None]) -> None:
    """The guard comes before the settlement: an item that stands elsewhere keeps its hold, and nothing is told."""
    async with staged(runtime) as stage:
        assert not await stage.run(replace(stage.end, came_from=(place,)), emit=emit)
        assert not await stage.run(replace(stage.end, key="image/none"), emit=emit)
        await stage.check_untouched()


async def test_an_end_that_breaks_has_not_begun(runtime: Runtime) -> None:
    """A death after money, item and mirror and before the commit undoes them all; the next try ends it whole."""
    async with staged(runtime) as stage:
        async with armed("before_step_commit=raise"):
            with pytest.raises(FaultRaised):
                await stage.run(emit=emit)
        await stage.check_untouched()

        async def broken(_: Step) -> None:
            raise RuntimeError("a bug in an event")

        with pytest.raises(RuntimeError, match="a bug"):
            await stage.run(emit=broken)
        await stage.check_untouched()
        assert await stage.run(emit=emit)
        assert (await stage.holds(), await stage.events()) == ([("committed", PRICE)], 1)


async def test_a_mirror_that_fails_takes_only_itself_along(runtime: Runtime) -> None:
    """A foreign trigger's refusal undoes that row's write; the other mirror, the charge and the event stand."""

    async def refused(tx: Tx) -> None:
        await tx.execute(text("update public.shots set failure_reason = 'half' where id = :id"), {"id": shot_id})
        await tx.execute(text("select 1 / 0"))

    async def written(tx: Tx) -> None:
        await tx.execute(text("update public.shots set prompt_idea = 'whole' where id = :id"), {"id": shot_id})

    async with staged(runtime) as stage:
        shot_id = stage.film.shots["a"]
        assert await stage.run(None, refused, written, emit=emit)
        row = await stage.film.row("a")
        assert (row.failure_reason, row.prompt_idea) == (None, "whole")
        assert (await stage.holds(), await stage.events()) == ([("committed", PRICE)], 1)


async def test_a_cancel_stops_an_end_unless_it_delivers(runtime: Runtime) -> None:
    """Canceled, an end is refused and nothing moves; one that ignores the cancel delivers what is there and charges."""
    async with staged(runtime) as stage:
        await cancel(runtime, stage.run_id, stage.film.studio.user_id)
        with pytest.raises(CancelRequested):
            await stage.run(emit=emit)
        await stage.check_untouched()
        assert await stage.run(emit=emit, ignore_cancel=True)
        assert (await stage.holds(), await stage.film.left()) == ([("committed", PRICE)], 100 - PRICE)
