"""A run's `maxUsd`: counted before every submit, in one place, and never exceeded."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.assets.test_sources import media_server
from tests.fakes.chat import refuses, says
from tests.generation.claimed import ASKED, FAL, TARGET, TextRun
from tests.media.clips import counting_clip
from wzrd.db.engine import to_json
from wzrd.db.provider_jobs import advance_job
from wzrd.domain.errors import OverMoney, UnknownPrice
from wzrd.domain.money import AskedPrice
from wzrd.domain.submission import Target
from wzrd.generation import GenerationRequest
from wzrd.generation.dollars import ask_dollars
from wzrd.generation.records import release_unsent
from wzrd.generation.submissions import GenerationJob, Submission, prepare
from wzrd.models.body_prices import ask_price
from wzrd.net.guarded import GuardedFetch

PICTURE = GenerationRequest("image/0", FAL, {"prompt": "a lamp", "image_size": "landscape_16_9"}, media_type="image")
EACH = Decimal("0.025")
"""Dollars of one such picture, by the model's price card."""
LLAMA = Target("groq", "llama-3.3-70b-versatile")


async def bound(rig: TextRun, dollars: str, *allowed: str) -> None:
    """Give the run a bound, as if it had begun with it."""
    more = {"maxUsd": dollars, "allowUnpriced": list(allowed)}
    async with rig.runtime.begin() as tx:
        statement = text("update wzrd.runs set params = params || cast(:more as jsonb) where id = :id")
        await tx.execute(statement, {"id": rig.lease.run_id, "more": to_json(more)})


def price(request: GenerationRequest) -> AskedPrice:
    return ask_price(request.target, request.inputs)


async def begin(rig: TextRun, request: GenerationRequest) -> Submission:
    """The transaction before a submit to a queue."""
    job = GenerationJob(rig.lease, request, request.target, "list", queued=True, asked=price(request))
    begun = await prepare(rig.runtime, job)
    assert isinstance(begun, Submission)
    return begun


async def planned(rig: TextRun) -> Decimal:
    """Dollars that the run's submits may cost in all."""
    async with rig.runtime.begin() as tx:
        statement = text("select coalesce(sum(planned_usd), 0) from wzrd.provider_jobs where run_id = :id")
        return await tx.scalar(statement, {"id": rig.lease.run_id})


def items(number: int) -> list[GenerationRequest]:
    return [replace(PICTURE, item_key=f"image/{at}") for at in range(number)]


async def test_two_hundred_at_once_stay_within_it(rig: TextRun) -> None:
    """Of 200 submits that begin at the same moment exactly as many do as there are dollars for; no cent more."""
    assert price(PICTURE).planned == EACH
    await bound(rig, "1.01")
    ended = await asyncio.gather(*(begin(rig, one) for one in items(200)), return_exceptions=True)
    assert [type(one) for one in ended if isinstance(one, BaseException)] == [OverMoney] * 160
    assert await planned(rig) == 40 * EACH == Decimal("1.000")
    refused = next(one for one in ended if isinstance(one, OverMoney))
    assert refused.details == {"requiredUsd": "0.025", "availableUsd": "0.01"}
    assert refused.code == "over_max_usd"


async def test_what_is_not_paid_makes_room(rig: TextRun) -> None:
    """A queue's failure and a refusal cost nothing; what was lost may have been paid, and a bill says what was."""
    await bound(rig, "0.05")
    one, two = [await begin(rig, request) for request in items(2)]
    with pytest.raises(OverMoney):
        await begin(rig, replace(PICTURE, item_key="third"))
    async with rig.runtime.begin() as tx:
        await advance_job(tx, one.job_id, "sending")
        await advance_job(tx, one.job_id, "rejected")
    await begin(rig, replace(PICTURE, item_key="third"))  # the first one's place
    async with rig.runtime.begin() as tx:
        await advance_job(tx, two.job_id, "sending")
        await advance_job(tx, two.job_id, "unknown")
        await advance_job(tx, two.job_id, "lost")
    with pytest.raises(OverMoney):
        await begin(rig, replace(PICTURE, item_key="fourth"))


async def test_a_bill_takes_the_place_of_the_plan(rig: TextRun) -> None:
    """The bill counts in the place of the plan, be it less or more."""
    await bound(rig, "0.05")
    for at, billed in enumerate((0.02, 0.03)):
        begun = await begin(rig, replace(PICTURE, item_key=f"image/{at}"))
        async with rig.runtime.begin() as tx:
            await advance_job(tx, begun.job_id, "sending")
            await advance_job(tx, begun.job_id, "accepted", request_id=f"{begun.job_id}")
            await advance_job(tx, begun.job_id, "succeeded", output={}, cost_usd=billed)
    with pytest.raises(OverMoney, match=r"its maxUsd leaves \$0\.00"):
        await begin(rig, replace(PICTURE, item_key="third"))


async def test_what_was_never_sent_holds_nothing(rig: TextRun) -> None:
    """An intent whose submit was given up before anything was sent leaves its dollars to others, and asks again."""
    await bound(rig, "0.025")
    await begin(rig, PICTURE)
    job = GenerationJob(rig.lease, PICTURE, FAL, "list", queued=True)
    await release_unsent(rig.runtime, job, "no_place")
    other = replace(PICTURE, item_key="other")
    await begin(rig, other)
    with pytest.raises(OverMoney):
        await begin(rig, PICTURE)


async def test_an_unknown_price_runs_only_by_name(rig: TextRun) -> None:
    """Nobody knows what it may cost: refused with the remedy, and run outside the bound where it is allowed."""
    sonic = replace(PICTURE, target=Target("fal-ai", "fal-ai/sonic"), media_type="video", inputs={"image_url": "u"})
    await bound(rig, "5")
    with pytest.raises(UnknownPrice, match=r"--unpriced fal-ai/sonic") as refused:
        await begin(rig, sonic)
    assert refused.value.code == "unknown_price"
    await bound(rig, "0", "fal-ai/sonic")
    await begin(rig, sonic)
    assert await planned(rig) == 0
    with pytest.raises(OverMoney):
        await begin(rig, replace(PICTURE, item_key="image/1"))


async def test_without_a_bound_the_plan_is_noted_all_the_same(rig: TextRun) -> None:
    """The plan is written beside each submit; of one without a price nothing is."""
    await begin(rig, PICTURE)
    assert (await rig.jobs("image/0"))[0].planned_usd == EACH
    await begin(rig, replace(PICTURE, item_key="x", target=Target("fal-ai", "fal-ai/sonic")))
    assert (await rig.jobs("x"))[0].planned_usd is None


async def test_a_text_counts_too(rig: TextRun) -> None:
    """A text that its run pays for takes no short cut past the bound; its tokens are bounded by what is allowed."""
    rig.server.script = [says("one"), refuses(401)]
    asked = replace(ASKED, target=LLAMA, inputs={**ASKED.inputs, "max_tokens": 1000})
    most = price(asked).planned
    assert most is not None
    await bound(rig, str(most))
    assert (await rig.ask(asked))[0] == "one"
    assert [job.planned_usd is not None for job in await rig.jobs("writer/1")] == [True]
    with pytest.raises(OverMoney):
        await rig.ask(replace(asked, item_key="writer/2"))
    with pytest.raises(UnknownPrice):
        await rig.ask(replace(ASKED, target=TARGET, item_key="writer/3"))
    assert rig.server.submits == 1


LIPS = Target("fal-ai", "fal-ai/sync-lipsync/v3")
"""Paid by its clip's length: $8 a minute."""
TWO_SECONDS = Decimal("0.266800")
"""Dollars of two seconds and the millisecond that is counted more."""


async def _clip(folder: Path, seconds: int = 2) -> bytes:
    return (await asyncio.to_thread(counting_clip, folder / "clip.mp4", frames=24 * seconds)).read_bytes()


async def test_a_file_of_ours_is_paid_by_its_length(rig: TextRun, tmp_path: Path) -> None:
    """A clip in our store is measured, so that lip-sync has a price; one that is gone leaves it unknown."""
    path = f"{rig.studio.project_id}/clip.mp4"
    kept = await rig.runtime.storage.put_bytes("workflow-media", path, await _clip(tmp_path), content_type="video/mp4")
    url = rig.runtime.storage.public_url(kept.bucket, kept.path)
    inputs = {"video_url": url, "audio_url": "https://127.0.0.1:9/a.mp3"}
    asked, again = [await ask_dollars(rig.runtime, rig.lease.user_id, LIPS, inputs) for _ in range(2)]
    assert asked.planned == again.planned == TWO_SECONDS, "read, and remembered"
    await bound(rig, "0.3")
    request = GenerationRequest("lips", LIPS, inputs, media_type="video")
    job = GenerationJob(rig.lease, request, LIPS, "list", queued=True, asked=asked)
    assert isinstance(await prepare(rig.runtime, job), Submission)
    with pytest.raises(OverMoney):
        await prepare(rig.runtime, replace(job, request=replace(request, item_key="again")))
    await rig.runtime.storage.delete(kept.bucket, kept.path)
    assert (await ask_dollars(rig.runtime, rig.lease.user_id, LIPS, inputs)).planned is None


async def test_a_file_of_others_is_measured_where_the_guard_lets_it(rig: TextRun, tmp_path: Path) -> None:
    """Fetched within its limits and measured; what is private, a page or out of reach leaves the price unknown."""
    inputs: dict[str, object] = {"audio_url": "https://127.0.0.1:9/a.mp3"}
    async with media_server(200, await _clip(tmp_path)) as url, media_server(200, b"<html>" * 20) as page:
        asked = [{**inputs, "video_url": f"{one}/a.mp4"} for one in (url, page)]
        assert (await ask_dollars(rig.runtime, rig.lease.user_id, LIPS, asked[0])).planned is None, "a private address"
        await rig.runtime.fetch.aclose()
        rig.runtime._fetch = GuardedFetch(allowed=(url, page))
        found = [(await ask_dollars(rig.runtime, rig.lease.user_id, LIPS, one)).planned for one in asked]
    assert found == [TWO_SECONDS, None]
