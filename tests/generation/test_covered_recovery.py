"""Items that the run's own hold pays for, left with a provider at a cancel; to the credit."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import pytest
from sqlalchemy import text

from server.fakes import Behaviour, Fakes, open_fakes
from tests.fakes.providers import settings_with
from tests.generation.claimed import GMI
from tests.rows import Studio, balance, make_studio
from tests.waiting import looks
from wzrd.animatic.provider import Animatic
from wzrd.contracts import encoders
from wzrd.contracts.events import NewEvent
from wzrd.db.items import Item, find_item
from wzrd.db.joined_jobs import succeed_jobs
from wzrd.db.ledger import hold as take_hold
from wzrd.db.provider_jobs import ProviderJob, list_item_jobs
from wzrd.db.run_holds import list_run_holds
from wzrd.db.runs import RunRow
from wzrd.domain.errors import RunStopped
from wzrd.domain.runs import Lease, NewItem, PricedItem
from wzrd.domain.settlement import Outcome
from wzrd.generation import COVERED, GenerationRequest, generate
from wzrd.generation.records import result_of
from wzrd.generation.recovery import recover
from wzrd.providers.base import Output
from wzrd.providers.opening import open_providers
from wzrd.runs.execute import claim
from wzrd.runs.finish import finish, reopen
from wzrd.runs.start import NewRun, start
from wzrd.runs.steps import step
from wzrd.runs.top_up import raise_price
from wzrd.runtime.kind import Kind
from wzrd.runtime.process import Runtime

FUNDS = 100
PRICES = {"1": 20, "2": 20, "3": 4}


async def _keep(_runtime: Runtime, _run: RunRow, _item: Item, _job: ProviderJob, output: Output) -> Mapping[str, Any]:
    return {"url": output.media[0]}


def _sum(items: Sequence[PricedItem]) -> int:
    return sum(item.price for item in items)


GRAPH = Kind(
    name="compute",
    route=None,
    resource_type="generation",
    reference_type="compute",
    parameters={},
    price=_sum,
    events={},
    encoder=encoders.fal_stream,
    deployment="graph",
    terminal=lambda ending: NewEvent("complete", {"status": ending.status}),
    keep_after_end=_keep,
)


class Rig:
    """A claimed run of three nodes, 44 credits held, the first two delivered and the third accepted at GMI."""

    def __init__(self, runtime: Runtime, fakes: Fakes, studio: Studio, lease: Lease) -> None:
        self.runtime, self.fakes, self.studio, self.lease = runtime, fakes, studio, lease

    async def balance(self) -> int:
        return await balance(self.runtime, self.studio.user_id)

    async def deliver(self, *keys: str) -> None:
        async with step(self.runtime, self.lease) as current:
            await current.move(keys, from_status=("pending",), to="succeeded")

    async def generate(self) -> None:
        """Ask for the third node's picture."""
        request = GenerationRequest("3", GMI, {"prompt": "a lighthouse"}, COVERED, media_type="image", deadline=20.0)
        async with aclosing(generate(self.runtime, self.lease, request)) as chunks:
            async for _ in chunks:
                pass

    async def jobs(self) -> list[ProviderJob]:
        async with self.runtime.begin() as tx:
            return await list_item_jobs(tx, self.lease.run_id, "3")

    async def holds(self) -> list[tuple[str, int, str]]:
        async with self.runtime.begin() as tx:
            return [(one.item_key, one.amount, one.status) for one in await list_run_holds(tx, self.lease.run_id)]

    async def cancel_with_one_accepted(self) -> None:
        """Two nodes are delivered; the third is at its provider when the run is canceled."""
        await self.fakes.script(Behaviour(hold="result"))
        await self.deliver("1", "2")
        task = asyncio.create_task(self.generate())
        async for _ in looks():
            if [job.status for job in await self.jobs()] == ["accepted"]:
                break
        await self.runtime.providers.cancel(self.lease.run_id)
        with pytest.raises(RunStopped):
            await task
        await finish(self.runtime, self.lease.run_id, Outcome(canceled=True), lease=self.lease)

    async def arrive(self) -> None:
        """The provider delivers, and somebody looks."""
        await self.fakes.release()
        async with asyncio.timeout(60):
            while (await self.jobs())[-1].status != "succeeded":
                async with self.runtime.begin() as tx:
                    await tx.execute(text("update wzrd.provider_jobs set checked_at = null"))
                await recover(self.runtime)

    async def reopened(self) -> None:
        await reopen(self.runtime, self.lease.run_id)
        lease = await claim(self.runtime, self.lease.run_id, flow_run_id=None)
        assert lease is not None
        self.lease = lease


@pytest.fixture
async def rig(runtime: Runtime) -> AsyncGenerator[Rig]:
    async with open_fakes() as fakes:
        runtime.settings = settings_with(runtime.settings, fakes.environment())
        runtime.providers = open_providers(runtime.settings, local=[Animatic()])
        runtime.kinds = {**runtime.kinds, GRAPH.name: GRAPH}
        studio = await make_studio(runtime, funds=FUNDS)
        new = NewRun(
            kind=GRAPH.name,
            user_id=studio.user_id,
            project_id=studio.project_id,
            request_id=str(uuid.uuid4()),
            identity={},
            extra={},
            items=lambda _: [NewItem(key, int(key), "node", None, price=price) for key, price in PRICES.items()],
            first_event=lambda: NewEvent("meta", {}),
            reference_id="graph",
        )
        started = await start(runtime, new)
        lease = await claim(runtime, started.run_id, flow_run_id=None)
        assert lease is not None
        yield Rig(runtime, fakes, studio, lease)
        await runtime.providers.aclose(grace=0.1)


async def test_forty_at_the_cancel_and_four_when_it_came(rig: Rig) -> None:
    """44 were held: 40 are charged with the cancel, 4 stand for what may come, and are charged when it has come."""
    assert await rig.balance() == FUNDS - 44
    await rig.cancel_with_one_accepted()
    assert await rig.holds() == [("", 44, "committed"), ("3", 4, "held")]
    assert await rig.balance() == FUNDS - 44
    await rig.arrive()
    assert await rig.holds() == [("", 44, "committed"), ("3", 4, "committed")]
    assert await rig.balance() == FUNDS - 44
    async with rig.runtime.begin() as tx:
        item = await find_item(tx, rig.lease.run_id, "3")
    assert item is not None
    assert (item.status, item.delivered) == ("succeeded", True)
    await rig.reopened()
    await finish(rig.runtime, rig.lease.run_id, Outcome(), lease=rig.lease)
    assert await rig.balance() == FUNDS - 44, "a retry finds all of it made, and paid"


async def test_a_result_that_is_written_as_the_run_ends_is_brought_home(rig: Rig) -> None:
    """A process that has not heard of the end writes the result down after it: delivered and charged all the same."""
    await rig.cancel_with_one_accepted()
    (job,) = await rig.jobs()
    made = Output(media=("https://vendor.example/made.png",))
    async with rig.runtime.begin() as tx:
        await succeed_jobs(tx, [result_of(job.job_id, made)])
    assert await recover(rig.runtime) == 1
    assert await rig.holds() == [("", 44, "committed"), ("3", 4, "committed")]
    assert await rig.balance() == FUNDS - 44
    assert await recover(rig.runtime) == 0


async def test_what_came_too_late_to_be_paid_is_not_paid_by_a_retry(rig: Rig) -> None:
    """Its hold went back at its deadline: what comes then is a present, and stays one in the run's next attempt."""
    await rig.cancel_with_one_accepted()
    async with rig.runtime.begin() as tx:
        await tx.execute(text("update wzrd.provider_jobs set deadline = clock_timestamp() - interval '5 s'"))
        await tx.execute(text("update wzrd.provider_jobs set checked_at = null"))
    await recover(rig.runtime)
    assert [hold[2] for hold in await rig.holds()] == ["committed", "released"]
    await rig.arrive()
    assert await rig.balance() == FUNDS - 40
    await rig.reopened()
    assert await rig.balance() == FUNDS - 40, "nothing is left to be paid"
    await finish(rig.runtime, rig.lease.run_id, Outcome(), lease=rig.lease)
    assert await rig.balance() == FUNDS - 40


async def test_a_dearer_node_is_topped_up_before_the_cancel(rig: Rig) -> None:
    """44 were held, the first node fell back to 30: +10. Canceled, 50 are charged and 4 stand; late, it is 54."""
    async with step(rig.runtime, rig.lease) as current:
        await raise_price(rig.runtime, current.tx, rig.lease, "1", 30)
    assert await rig.holds() == [("", 44, "held"), ("", 10, "held")]
    await rig.cancel_with_one_accepted()
    assert await rig.holds() == [("", 44, "committed"), ("", 10, "committed"), ("3", 4, "held")]
    assert await rig.balance() == FUNDS - 54
    await rig.arrive()
    assert await rig.balance() == FUNDS - 54
    await rig.reopened()
    assert await rig.balance() == FUNDS - 54, "the next attempt holds what is left: nothing"


async def test_a_retry_before_it_came_holds_four_once(rig: Rig) -> None:
    """The hold that stood for it comes back, is held with the attempt, and costs 4 at its end, submitted once."""
    await rig.cancel_with_one_accepted()
    await rig.reopened()
    assert await rig.balance() == FUNDS - 44
    task = asyncio.create_task(rig.generate())
    await rig.fakes.release()
    await task
    await rig.deliver("3")
    await finish(rig.runtime, rig.lease.run_id, Outcome(), lease=rig.lease)
    assert (await rig.balance(), len(await rig.fakes.paid_submits())) == (FUNDS - 44, 1)


async def test_canceled_twice_stands_twice(rig: Rig) -> None:
    """Retried and canceled again while it is still under way: 4 stand, under the new attempt's key."""
    await rig.cancel_with_one_accepted()
    await rig.reopened()
    await finish(rig.runtime, rig.lease.run_id, Outcome(canceled=True), lease=rig.lease)
    assert [hold for hold in await rig.holds() if hold[2] == "held"] == [("3", 4, "held")]
    assert await rig.balance() == FUNDS - 44
    await rig.arrive()
    assert await rig.balance() == FUNDS - 44


async def test_who_has_nothing_left_ends_all_the_same(rig: Rig) -> None:
    """The end of a run does not hang on credits: without any to hold, what comes late is a present."""
    async with rig.runtime.begin() as tx:
        await take_hold(
            tx,
            rig.studio.user_id,
            FUNDS - 44,
            key="elsewhere",
            resource_type="x",
            reference_type="x",
            reference_id="x",
        )
        # somebody else's statement takes, in the moment of the end, what it gives back
        await tx.execute(
            text("update public.user_credits set used_credits = total_credits + 44 where user_id = :user_id"),
            {"user_id": rig.studio.user_id},
        )
    await rig.cancel_with_one_accepted()
    assert [hold[2] for hold in await rig.holds()] == ["committed"]
