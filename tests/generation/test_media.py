"""A picture or clip that is ordered: made, paid for and kept once, found again; and what a death leaves."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.assets.test_sources import media_server
from tests.fakes.images import FakeImages, picture
from tests.generation.claimed import armed
from tests.rows import Studio, balance, make_studio
from wzrd.animatic.provider import Animatic
from wzrd.assets.content_cache import PANEL, Asset
from wzrd.db.run_holds import list_run_holds
from wzrd.db.run_leases import fence
from wzrd.domain.errors import (
    InsufficientCredits,
    ProviderFailed,
    ProviderRejected,
    ResultExpired,
    ResultUseless,
    WzrdError,
)
from wzrd.domain.film import Frame
from wzrd.domain.runs import Lease
from wzrd.domain.submission import RetryPolicy, Target
from wzrd.domain.wanted_format import WantedFormat
from wzrd.faults import FaultRaised
from wzrd.generation.media import MediaJob, keep_after_end, make_media
from wzrd.models.media_choice import MediaChoice
from wzrd.net.guarded import GuardedFetch
from wzrd.operations.auto_generate.kind import AutoGenerateParams, start_auto_generate
from wzrd.providers.base import Accepted, Output, Progress, Request
from wzrd.providers.registry import Providers
from wzrd.runs.attempt_holds import settle_item
from wzrd.runs.execute import claim
from wzrd.runtime.process import Runtime

WANTED = WantedFormat(size=Frame(16, 9))
CHOICE = MediaChoice(Target("fal-ai", "fal-ai/flux/schnell"), 3)


def pixels(data: bytes) -> bytes:
    """Pixels of a picture: its file is written anew when it arrives."""
    with Image.open(BytesIO(data)) as image:
        assert (image.format, image.mode) == ("PNG", "RGB")
        return image.tobytes()


@dataclass(frozen=True, slots=True)
class Made:
    """A delivered file, and what its item has cost."""

    asset: Asset
    charged: int


@dataclass(slots=True)
class MediaRig:
    """A claimed run whose pictures are painted for money."""

    runtime: Runtime
    studio: Studio
    lease: Lease
    images: FakeImages
    progress: list[Progress]

    async def make(self, prompt: str = "a lamp", *, item: str = "image/1", lease: Lease | None = None) -> Made:
        job, mine = MediaJob(item, "image", CHOICE, PANEL, {"prompt": prompt}, WANTED), lease or self.lease
        try:
            asset = await make_media(self.runtime, mine, job, self.progress.append)
        except WzrdError as error:
            await self.settle(mine, item, charge=False, reason=error.code)
            raise
        return Made(asset, await self.settle(mine, item, charge=True, output_key=asset.key))

    async def settle(
        self, lease: Lease, item: str, *, charge: bool, reason: str = "", output_key: str | None = None
    ) -> int:
        """Settles the item's hold as the step that ends the item does."""
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

    async def pixels_of(self, made: Made) -> bytes:
        async with self.runtime.storage.open(made.asset.bucket, made.asset.path) as opened:
            return pixels(b"".join([chunk async for chunk in opened.chunks]))

    def left(self) -> list[Path]:
        return list(self.runtime.settings.work_folder.iterdir())

    def stored(self) -> list[Path]:
        return list((self.runtime.settings.media_folder / PANEL.bucket).rglob("*.png"))


async def open_media_rig(runtime: Runtime, *, funds: int = 100) -> MediaRig:
    studio = await make_studio(runtime, funds=funds)
    wanted = AutoGenerateParams(
        user_id=studio.user_id, project_id=str(studio.project_id), phase="images", request_id=str(uuid.uuid4())
    )
    lease = await claim(runtime, (await start_auto_generate(runtime, wanted)).run_id, flow_run_id=None)
    assert lease is not None
    painter = runtime.providers.find("fal-ai", "image")
    assert isinstance(painter, FakeImages)
    return MediaRig(runtime, studio, lease, painter, [])


@pytest.fixture
async def rig(runtime: Runtime) -> AsyncGenerator[MediaRig]:
    """An image provider in the registry, and a run that may ask it."""
    policy = RetryPolicy(tries=3, first=0.01, longest=0.02)
    runtime.providers = Providers([Animatic(), FakeImages()], retry_policy=policy, jitter=lambda: 0.5)
    yield await open_media_rig(runtime)
    await runtime.providers.aclose(grace=0.1)


async def test_a_picture_is_made_kept_and_paid_for_once(rig: MediaRig) -> None:
    """An item asked for again, after a resume too, finds its picture and pays nothing; the working folder is empty."""
    first = await rig.make()
    assert (first.charged, first.asset.reused, await rig.spent()) == (3, False, 3)
    assert await rig.pixels_of(first) == pixels(picture("a lamp"))
    bought = first.asset.facts["bought"]
    assert first.asset.facts == {"model": "fal-ai:fal-ai/flux/schnell", "came": [16, 9], "bought": bought}
    again = await rig.make(lease=await rig.resumed())
    assert (again.charged, again.asset.reused, again.asset.url) == (3, True, first.asset.url)
    assert (await rig.holds(), await rig.spent()) == ([("image/1", "committed")], 3)
    assert (rig.images.asked, rig.progress, rig.left()) == (["a lamp"], [Progress("running", 0.5)], [])


async def test_what_was_stored_late_is_not_free_to_a_retry(rig: MediaRig) -> None:
    """Somebody stores what came after the run's end, and the run is reopened in that moment: it pays all the same."""
    async with media_server(200, picture("a lamp")) as url:
        rig.runtime._result_fetch = GuardedFetch(allowed=(url,))
        job = MediaJob("image/1", "image", CHOICE, PANEL, {"prompt": "a lamp"}, WANTED)
        output = Output(media=(f"{url}/1.png",))
        await keep_after_end(rig.runtime, rig.lease.user_id, rig.lease.run_id, job, CHOICE.target, output)
        rig.images.acts = {"a lamp": [f"{url}/1.png"]}
        made = await rig.make()
    assert (made.charged, await rig.spent()) == (3, 3)


async def test_what_is_paid_is_never_answered_from_what_another_item_made(rig: MediaRig) -> None:
    """Equal words for another shot are another picture: who pays for one gets one."""
    first, second = await rig.make(), await rig.make(item="image/2")
    assert first.asset.path != second.asset.path
    assert (rig.images.asked, await rig.spent()) == (["a lamp", "a lamp"], 6)


async def test_nobody_is_handed_anothers_picture(rig: MediaRig) -> None:
    """Equal inputs of another user are made and paid for anew, under another path."""
    mine, other = await rig.make(), await open_media_rig(rig.runtime)
    theirs = await other.make()
    assert (theirs.asset.reused, theirs.charged, await other.spent()) == (False, 3, 3)
    assert theirs.asset.path != mine.asset.path
    assert str(other.studio.user_id) in theirs.asset.path


async def test_two_at_once_are_both_served(rig: MediaRig) -> None:
    """Two items of the same inputs are both made, each has its file, each pays."""
    both = await asyncio.gather(rig.make(item="image/1"), rig.make(item="image/2"))
    assert [await rig.pixels_of(made) for made in both] == [pixels(picture("a lamp"))] * 2
    assert await rig.spent() == sum(made.charged for made in both) == 3 * len(rig.images.asked) == 6


async def test_an_address_is_fetched_into_the_store(rig: MediaRig) -> None:
    """A file that the provider answers by its address is ours afterwards; a refused address stores nothing."""
    async with media_server(200, picture("far")) as url, media_server(404, b"") as gone:
        rig.runtime._result_fetch = GuardedFetch(allowed=(url, gone))
        rig.images.acts = {"a lamp": [f"{url}/1.png"], "gone": [f"{gone}/1.png"], "inner": ["http://127.0.0.1:1/x"]}
        assert await rig.pixels_of(await rig.make()) == pixels(picture("far"))
        with pytest.raises(ResultExpired, match="404"):
            await rig.make("gone", item="image/2")
        with pytest.raises(ResultUseless, match="only https"):
            await rig.make("inner", item="image/3")
    assert (len(rig.stored()), rig.left()) == (2, []), "what came, and what was fitted of it"


async def test_a_providers_file_address_is_not_followed(rig: MediaRig) -> None:
    """Only the very file that it was told to write: a provider cannot have our files published."""
    rig.images.acts = {"a lamp": ["file:///etc/passwd"]}
    with pytest.raises(ResultUseless, match="must be http"):
        await rig.make()
    assert (rig.stored(), rig.left()) == ([], [])


@pytest.mark.parametrize("silence", [Accepted(), Output(text="a lamp")])
async def test_an_answer_without_a_picture_is_a_failure(rig: MediaRig, silence: Accepted | Output) -> None:
    """An end without a result, and a result without media, are told as what they are."""

    class Silent(FakeImages):
        async def stream(self, request: Request) -> AsyncGenerator[Accepted | Progress | Output]:
            yield silence

    rig.runtime.providers = Providers([Silent()])
    with pytest.raises((ProviderFailed, ResultUseless), match=r"without a result|made no image"):
        await rig.make()
    assert (rig.stored(), rig.left()) == ([], [])


async def test_without_credits_nothing_is_sent(rig: MediaRig) -> None:
    """The hold is refused first; with credits the same order goes through."""
    poor = await open_media_rig(rig.runtime, funds=2)
    with pytest.raises(InsufficientCredits) as refused:
        await poor.make()
    assert (refused.value.required, refused.value.available, rig.images.asked) == (3, 2, [])
    assert (await poor.holds(), poor.left()) == ([], [])


async def test_a_failure_costs_nothing_and_may_come_again(rig: MediaRig) -> None:
    """A refusal gives the hold back; the next try takes its own."""
    rig.images.acts = {"a lamp": [ProviderRejected("not this", status=400), ProviderFailed("broke")]}
    for kind in (ProviderRejected, ProviderFailed):
        with pytest.raises(kind):
            await rig.make()
        assert (await rig.spent(), rig.left()) == (0, [])
    assert (await rig.make()).charged == 3
    assert [status for _, status in await rig.holds()] == ["released", "released", "committed"]


PLACES = ["after_intent", "before_send", "after_send", "after_ack", "before_record", "before_store", "after_store"]


@pytest.mark.parametrize("place", PLACES)
async def test_a_death_anywhere_costs_the_user_once(rig: MediaRig, place: str) -> None:
    """Whatever was lost is made anew, at our expense if it had been paid for; the ledger adds up at every moment."""
    async with armed(f"{place}@1=raise"):
        with pytest.raises(FaultRaised):
            await rig.make()
    await rig.spent()
    made = await rig.make(lease=await rig.resumed())
    assert await rig.pixels_of(made) == pixels(picture("a lamp"))
    assert await rig.spent() == 3
    assert [status for _, status in await rig.holds()].count("committed") == 1
    assert rig.left() == []


async def test_deaths_in_a_row_before_the_file_is_stored(rig: MediaRig) -> None:
    """Paid for and lost, again and again: each resume makes it anew, nobody pays twice, and in the end it is there."""
    async with armed("before_store=raise"):
        for _ in range(3):
            with pytest.raises(FaultRaised):
                await rig.make(lease=await rig.resumed())
            assert await rig.spent() == 3
    made = await rig.make(lease=await rig.resumed())
    assert (await rig.pixels_of(made), await rig.spent()) == (pixels(picture("a lamp")), 3)
    assert len(rig.images.asked) == 4


async def test_an_address_is_asked_again_after_a_death(rig: MediaRig) -> None:
    """A result that lies with the provider is fetched again, not made again."""
    async with media_server(200, picture("far")) as url:
        rig.runtime._result_fetch = GuardedFetch(allowed=(url,))
        rig.images.acts = {"a lamp": [f"{url}/1.png"]}
        async with armed("before_store@1=raise"):
            with pytest.raises(FaultRaised):
                await rig.make()
        made = await rig.make(lease=await rig.resumed())
    assert (await rig.pixels_of(made), await rig.spent(), len(rig.images.asked)) == (pixels(picture("far")), 3, 1)


async def test_a_vanished_file_is_made_again(rig: MediaRig) -> None:
    """Found in the table and not in the store: within its run it is made anew, for nothing."""
    first = await rig.make()
    assert await rig.runtime.storage.delete(first.asset.bucket, first.asset.path)
    second = await rig.make()
    assert (await rig.pixels_of(second), second.asset.reused, await rig.spent()) == (
        pixels(picture("a lamp")),
        False,
        3,
    )
    assert second.asset.path != first.asset.path


@pytest.mark.parametrize("far", [True, False])
async def test_a_canceled_job_leaves_nothing_in_its_folder(rig: MediaRig, far: bool) -> None:
    """The caller stops listening, what was sent goes on: its address is used by who comes again, a file made anew."""
    gate, asked = asyncio.Event(), asyncio.Event()
    async with media_server(200, picture("a lamp")) as url:
        rig.runtime._result_fetch = GuardedFetch(allowed=(url,))
        rig.images.acts = {"a lamp": [f"{url}/1.png"] if far else []}
        rig.images.gate, rig.images.on_submit = gate, lambda _: asked.set()
        task = asyncio.create_task(rig.make())
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert rig.left() == []
        gate.set()
        for _, call in list(rig.runtime.providers.in_flight.values()):
            await call.wait()
        made = await rig.make()
    assert await rig.pixels_of(made) == pixels(picture("a lamp"))
    assert (await rig.spent(), len(rig.images.asked)) == (3, 1 if far else 2)


async def test_who_comes_again_while_it_is_made_gets_it(rig: MediaRig) -> None:
    """The former caller's folder is gone and what is written there is lost: made anew, and paid for once."""
    gate, asked = asyncio.Event(), asyncio.Event()
    rig.images.gate, rig.images.on_submit = gate, lambda _: asked.set()
    task = asyncio.create_task(rig.make())
    await asked.wait()
    task.cancel()
    await asyncio.wait([task])
    again = asyncio.create_task(rig.make(lease=await rig.resumed()))
    await asyncio.sleep(0.05)  # whoever comes again joins what is being made, and tells nobody
    gate.set()
    assert await rig.pixels_of(await again) == pixels(picture("a lamp"))
    assert (await rig.spent(), len(rig.images.asked), rig.left()) == (3, 2, [])


async def test_animatic_work_is_free_and_kept(rig: MediaRig) -> None:
    """No hold, no record of a submit; the same inputs are found again."""
    free = replace(CHOICE, target=Target("animatic", "animatic"), credits=0)
    job = MediaJob("image/1", "image", free, PANEL, {"prompt": "x"}, WANTED, {"prompt": "x"})
    with pytest.raises(ProviderFailed, match="`panel` is missing"):
        await make_media(rig.runtime, rig.lease, job, rig.progress.append)
    assert (await rig.holds(), await rig.spent(), rig.left()) == ([], 0, [])
