"""A picture or clip that is ordered: made, paid for and kept once, found again; and what a death leaves."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.assets.test_sources import far_side
from tests.fakes.painter import Painter, picture
from tests.generation.stage import armed
from tests.rows import Studio, balance, make_studio
from wzrd.animatic.provider import Animatic
from wzrd.assets.made_once import PANEL, Render
from wzrd.assets.sources import BadSource
from wzrd.db.run_holds import list_run_holds
from wzrd.db.run_leases import fence
from wzrd.domain.errors import InsufficientCredits, ProviderFailed, ProviderRejected, WzrdError
from wzrd.domain.lease import Lease
from wzrd.domain.media_choice import MediaChoice
from wzrd.domain.submission import Patience, Target
from wzrd.faults import FaultRaised
from wzrd.generation import settle_item
from wzrd.generation.media import MediaOrder, make_media
from wzrd.net.addresses import FetchRefused
from wzrd.net.guarded import FetchFailed, GuardedFetch
from wzrd.operations.auto_generate import AutoGenerateParams, start_auto_generate
from wzrd.providers.base import Accepted, Output, Progress, Request
from wzrd.providers.registry import Providers
from wzrd.runs.execute import claim
from wzrd.runtime.process import Runtime

CHOICE = MediaChoice(Target("fal-ai", "fal-ai/flux/schnell"), 3)


@dataclass(frozen=True, slots=True)
class Made:
    """A delivered file, and what its item has cost."""

    render: Render
    charged: int


@dataclass(slots=True)
class Bench:
    """A claimed run whose pictures are painted for money."""

    runtime: Runtime
    studio: Studio
    lease: Lease
    painter: Painter
    told: list[float]

    async def make(self, prompt: str = "a lamp", *, item: str = "image/1", lease: Lease | None = None) -> Made:
        inputs = {"prompt": prompt, "width": 16, "height": 9}
        order, mine = MediaOrder(item, "image", CHOICE, PANEL, inputs, dict(inputs)), lease or self.lease
        try:
            render = await make_media(self.runtime, mine, order, self.told.append)
        except WzrdError as error:
            await self.settle(mine, item, charge=False, reason=error.code)
            raise
        return Made(render, await self.settle(mine, item, charge=True, output_key=render.key))

    async def settle(
        self, lease: Lease, item: str, *, charge: bool, reason: str = "", output_key: str | None = None
    ) -> int:
        """What the step that ends the item does about its hold."""
        async with self.runtime.begin() as tx:
            await fence(tx, lease)
            return await settle_item(tx, lease, item, charge=charge, reason=reason, output_key=output_key)

    async def resumed(self) -> Lease:
        lease = await claim(self.runtime, self.lease.run_id, flow_run_id=None)
        assert lease is not None
        return lease

    async def spent(self) -> int:
        return 100 - await balance(self.runtime, self.studio.user_id)

    async def holds(self) -> list[tuple[str, str]]:
        async with self.runtime.begin() as tx:
            return [(hold.item_key, hold.status) for hold in await list_run_holds(tx, self.lease.run_id)]

    async def bytes_of(self, made: Made) -> bytes:
        async with self.runtime.storage.open(made.render.bucket, made.render.path) as opened:
            return b"".join([chunk async for chunk in opened.chunks])

    def left(self) -> list[Path]:
        return list(self.runtime.settings.work_folder.iterdir())

    def stored(self) -> list[Path]:
        return list((self.runtime.settings.media_folder / PANEL.bucket).rglob("*.png"))


async def bench_of(runtime: Runtime, *, funds: int = 100) -> Bench:
    studio = await make_studio(runtime, funds=funds)
    wanted = AutoGenerateParams(
        user_id=studio.user_id, project_id=str(studio.project_id), phase="images", request_id=str(uuid.uuid4())
    )
    lease = await claim(runtime, (await start_auto_generate(runtime, wanted)).run_id, flow_run_id=None)
    assert lease is not None
    painter = runtime.providers.find("fal-ai")
    assert isinstance(painter, Painter)
    return Bench(runtime, studio, lease, painter, [])


@pytest.fixture
async def bench(runtime: Runtime) -> AsyncGenerator[Bench]:
    """A painter in the registry, and a run that may ask it."""
    patience = Patience(tries=3, first=0.01, longest=0.02)
    runtime.providers = Providers([Animatic(), Painter()], patience=patience, jitter=lambda: 0.5)
    yield await bench_of(runtime)
    await runtime.providers.aclose(grace=0.1)


async def test_a_picture_is_made_kept_and_paid_for_once(bench: Bench) -> None:
    """The same recipe again is found and free, in this run or another; the working folder is empty."""
    first = await bench.make()
    assert (first.charged, first.render.reused, await bench.spent()) == (3, False, 3)
    assert await bench.bytes_of(first) == picture("a lamp")
    assert first.render.facts == {"model": "fal-ai:fal-ai/flux/schnell", "id": "a lamp"}
    again = await bench.make(item="image/2", lease=await bench.resumed())
    assert (again.charged, again.render.reused, again.render.url) == (0, True, first.render.url)
    assert await bench.holds() == [("image/1", "committed")]
    assert (bench.painter.asked, bench.told, bench.left()) == (["a lamp"], [0.5], [])


async def test_nobody_is_handed_anothers_picture(bench: Bench) -> None:
    """Another user's same recipe is made and paid for anew, under another path."""
    mine, other = await bench.make(), await bench_of(bench.runtime)
    theirs = await other.make()
    assert (theirs.render.reused, theirs.charged, await other.spent()) == (False, 3, 3)
    assert theirs.render.path != mine.render.path
    assert str(other.studio.user_id) in theirs.render.path


async def test_two_at_once_are_both_served(bench: Bench) -> None:
    """Two items of one recipe may both be made; each has its file, each pays once, and the next finds one."""
    both = await asyncio.gather(bench.make(item="image/1"), bench.make(item="image/2"))
    assert [await bench.bytes_of(made) for made in both] == [picture("a lamp")] * 2
    assert await bench.spent() == sum(made.charged for made in both) == 3 * len(bench.painter.asked)
    assert (await bench.make(item="image/3")).render.reused


async def test_an_address_is_fetched_into_the_store(bench: Bench) -> None:
    """What the provider answers with an address is ours afterwards; an address that is refused stores nothing."""
    async with far_side(200, picture("far")) as url, far_side(404, b"") as gone:
        bench.runtime._result_fetch = GuardedFetch(allowed=(url, gone))
        bench.painter.acts = {"a lamp": [f"{url}/1.png"], "gone": [f"{gone}/1.png"], "inner": ["http://127.0.0.1:1/x"]}
        assert await bench.bytes_of(await bench.make()) == picture("far")
        with pytest.raises(FetchFailed):
            await bench.make("gone", item="image/2")
        with pytest.raises(FetchRefused):
            await bench.make("inner", item="image/3")
    assert (len(bench.stored()), bench.left()) == (1, [])


async def test_a_providers_file_address_is_not_followed(bench: Bench) -> None:
    """Only the very file that it was told to write: a far side cannot have our files published."""
    bench.painter.acts = {"a lamp": ["file:///etc/passwd"]}
    with pytest.raises(BadSource):
        await bench.make()
    assert (bench.stored(), bench.left()) == ([], [])


@pytest.mark.parametrize("silence", [Accepted(), Output(text="a lamp")])
async def test_an_answer_without_a_picture_is_a_failure(bench: Bench, silence: Accepted | Output) -> None:
    """An end without a result, and a result without media, are told as what they are."""

    class Silent(Painter):
        async def stream(self, request: Request) -> AsyncGenerator[Accepted | Progress | Output]:
            yield silence

    bench.runtime.providers = Providers([Silent()])
    with pytest.raises(ProviderFailed, match=r"without a result|made no image"):
        await bench.make()
    assert (bench.stored(), bench.left()) == ([], [])


async def test_without_credits_nothing_is_sent(bench: Bench) -> None:
    """The hold is refused first; with credits the same order goes through."""
    poor = await bench_of(bench.runtime, funds=2)
    with pytest.raises(InsufficientCredits) as refused:
        await poor.make()
    assert (refused.value.required, refused.value.available, bench.painter.asked) == (3, 2, [])
    assert (await poor.holds(), poor.left()) == ([], [])


async def test_a_failure_costs_nothing_and_may_come_again(bench: Bench) -> None:
    """A refusal gives the hold back; the next try takes its own."""
    bench.painter.acts = {"a lamp": [ProviderRejected("not this", status=400), ProviderFailed("broke")]}
    for kind in (ProviderRejected, ProviderFailed):
        with pytest.raises(kind):
            await bench.make()
        assert (await bench.spent(), bench.left()) == (0, [])
    assert (await bench.make()).charged == 3
    assert [status for _, status in await bench.holds()] == ["released", "released", "committed"]


PLACES = ["after_intent", "before_send", "after_send", "after_ack", "before_record", "before_store", "after_store"]


@pytest.mark.parametrize("place", PLACES)
async def test_a_death_anywhere_costs_the_user_once(bench: Bench, place: str) -> None:
    """Whatever was lost is made anew, at our expense if it had been paid for; the ledger adds up at every moment."""
    async with armed(f"{place}@1=raise"):
        with pytest.raises(FaultRaised):
            await bench.make()
    await bench.spent()
    made = await bench.make(lease=await bench.resumed())
    assert await bench.bytes_of(made) == picture("a lamp")
    assert await bench.spent() == 3
    assert [status for _, status in await bench.holds()].count("committed") == 1
    assert bench.left() == []


async def test_deaths_in_a_row_before_the_file_is_stored(bench: Bench) -> None:
    """Paid for and lost, again and again: each resume makes it anew, nobody pays twice, and in the end it is there."""
    async with armed("before_store=raise"):
        for _ in range(3):
            with pytest.raises(FaultRaised):
                await bench.make(lease=await bench.resumed())
            assert await bench.spent() == 3
    made = await bench.make(lease=await bench.resumed())
    assert (await bench.bytes_of(made), await bench.spent()) == (picture("a lamp"), 3)
    assert len(bench.painter.asked) == 4


async def test_an_address_is_asked_again_after_a_death(bench: Bench) -> None:
    """A result that lies with the provider is fetched again, not made again."""
    async with far_side(200, picture("far")) as url:
        bench.runtime._result_fetch = GuardedFetch(allowed=(url,))
        bench.painter.acts = {"a lamp": [f"{url}/1.png"]}
        async with armed("before_store@1=raise"):
            with pytest.raises(FaultRaised):
                await bench.make()
        made = await bench.make(lease=await bench.resumed())
    assert (await bench.bytes_of(made), await bench.spent(), len(bench.painter.asked)) == (picture("far"), 3, 1)


async def test_a_vanished_file_is_made_again(bench: Bench) -> None:
    """Found in the table and not in the store: within its run for nothing, else as any new picture."""
    first = await bench.make()
    assert await bench.runtime.storage.delete(first.render.bucket, first.render.path)
    second = await bench.make()
    assert (await bench.bytes_of(second), second.render.reused, await bench.spent()) == (picture("a lamp"), False, 3)
    assert second.render.path != first.render.path
    assert (await bench.make(item="image/2")).render.path == second.render.path


@pytest.mark.parametrize("far", [True, False])
async def test_a_canceled_order_leaves_nothing_in_its_folder(bench: Bench, far: bool) -> None:
    """The caller stops listening, what was sent goes on: its address is used by who comes again, a file made anew."""
    gate, asked = asyncio.Event(), asyncio.Event()
    async with far_side(200, picture("a lamp")) as url:
        bench.runtime._result_fetch = GuardedFetch(allowed=(url,))
        bench.painter.acts = {"a lamp": [f"{url}/1.png"] if far else []}
        bench.painter.gate, bench.painter.told = gate, lambda _: asked.set()
        task = asyncio.create_task(bench.make())
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert bench.left() == []
        gate.set()
        for _, flight in list(bench.runtime.providers.flights.values()):
            await flight.wait()
        made = await bench.make()
    assert await bench.bytes_of(made) == picture("a lamp")
    assert (await bench.spent(), len(bench.painter.asked)) == (3, 1 if far else 2)


async def test_who_comes_again_while_it_is_made_gets_it(bench: Bench) -> None:
    """The former caller's folder is gone and what is written there is lost: made anew, and paid for once."""
    gate, asked = asyncio.Event(), asyncio.Event()
    bench.painter.gate, bench.painter.told = gate, lambda _: asked.set()
    task = asyncio.create_task(bench.make())
    await asked.wait()
    task.cancel()
    await asyncio.wait([task])
    again = asyncio.create_task(bench.make(lease=await bench.resumed()))
    await asyncio.sleep(0.05)
    gate.set()
    assert await bench.bytes_of(await again) == picture("a lamp")
    assert (await bench.spent(), len(bench.painter.asked), bench.left()) == (3, 2, [])


async def test_animatic_work_is_free_and_kept(bench: Bench) -> None:
    """No hold, no record of a submit; the same recipe is found again."""
    free = replace(CHOICE, target=Target("animatic", "animatic"), credits=0)
    order = MediaOrder("image/1", "image", free, PANEL, {"prompt": "x"}, {"prompt": "x"})
    with pytest.raises(ProviderFailed, match="`panel` is missing"):
        await make_media(bench.runtime, bench.lease, order, bench.told.append)
    assert (await bench.holds(), await bench.spent(), bench.left()) == ([], 0, [])
