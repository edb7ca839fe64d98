"""A film's pictures and clips by paid models: really run, brought home in the house's format, paid once, told."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from prefect.logging import disable_run_logger
from sqlalchemy import text

from server.fakes import Behaviour, Fakes
from tests.generation.claimed import armed
from tests.playing import log_of, run_once, run_until_ended
from tests.tasks.shot_batch import (
    CLIPS,
    FUNDS,
    IMAGE_PRICE,
    IMAGES,
    PROMPT_PRICE,
    PaidRig,
    open_paid_rig,
    terminal,
)
from wzrd.assets.content_cache import cache_key, find_asset
from wzrd.assets.sources import open_source
from wzrd.contracts.director_cut import CutSettings
from wzrd.db import ledger
from wzrd.db.items import list_items
from wzrd.domain.errors import BadRequest, Conflict, NotConfigured
from wzrd.generation.recovery import recover
from wzrd.generation.references import ReferenceUnreachable
from wzrd.media.conform import CONFORM
from wzrd.media.probe import probe
from wzrd.models.routing import routed_catalog
from wzrd.models.shot_inputs import SECONDS
from wzrd.operations.director_cut.kind import DirectorCutParams, start_director_cut
from wzrd.runs.execute import Interrupted
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime

STYLE = "https://8.8.8.8/style.png"
CLIP_PRICE = routed_catalog().models[CLIPS].credits


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[PaidRig]:
    async with open_paid_rig(runtime, fakes) as made:
        yield made


async def picture_of(runtime: Runtime, url: str) -> Image.Image:
    async with open_source(runtime, url, "image") as path:
        image = Image.open(BytesIO(path.read_bytes()))
        image.load()
        return image


async def shot_events(runtime: Runtime, run_id: uuid.UUID, status: str) -> list[dict[str, Any]]:
    return [data for name, data in await log_of(runtime, run_id) if name == "shot" and data["status"] == status]


async def test_a_film_of_fals_pictures_and_gmis_clips(rig: PaidRig) -> None:
    """Both phases: house files in our store, rows as the studio has them, every shot paid once, the ledger adds up."""
    runtime, batch = rig.runtime, rig.batch
    opened = await rig.open()
    assert opened.answer.estimated_credits == 3 * IMAGE_PRICE
    assert await run_once(runtime, opened.run_id) == "succeeded"
    assert await batch.left() == FUNDS - 3 * IMAGE_PRICE
    for name in "abc":
        assert await rig.sent_as(opened.run_id, name, prompt=name, image_size="landscape_16_9", num_images=1)
    row = await batch.row("a")
    image = await picture_of(runtime, row.image_url)
    assert (image.format, image.size, image.mode) == ("PNG", (1280, 720), "RGB")
    assert (row.image_status, row.image_progress) == ("completed", 100)
    assets = {asset.id: asset for asset in await rig.rows("project_assets")}
    assert len(assets) == 3
    assert (assets[row.image_asset_id].url, assets[row.image_asset_id].type) == (row.image_url, "image")
    prompts = await rig.rows("prompt_versions")
    assert sorted((one.stage, one.text) for one in prompts) == [("shot_image", name) for name in "abc"]
    assert {one.relation_type for one in await rig.rows("asset_lineage")} == {"output"}

    opened = await rig.open("videos")
    assert opened.answer.estimated_credits == 3 * CLIP_PRICE
    assert await run_once(runtime, opened.run_id) == "succeeded"
    assert await batch.left() == FUNDS - 3 * IMAGE_PRICE - 3 * CLIP_PRICE
    assert await rig.sent_as(opened.run_id, "a", "video", duration=6, prompt="a", resolution="1920x1080", fps=25)
    assert "image_uri" in await rig.sent(opened.run_id, "a", "video")
    row = await batch.row("a")
    async with open_source(runtime, row.video_url, "video") as clip:
        facts = probe(clip)
    assert (facts.house, facts.width, facts.height, facts.seconds) == (True, 1920, 1080, SECONDS)
    assert (row.video_status, row.video_asset_id is not None) == ("completed", True)
    inputs = [one for one in await rig.rows("asset_lineage") if one.relation_type == "input"]
    assert (len(inputs), {one.source_asset_id for one in inputs}) == (3, set(assets))
    end = await terminal(runtime, opened.run_id)
    assert (end["spent"], end["completed"], end["phase"]) == (3 * CLIP_PRICE, 3, "complete")
    assert (await rig.paid("fal-ai"), await rig.paid("gmi-cloud")) == (3, 3)


async def test_the_first_cut_joins_what_has_arrived(rig: PaidRig) -> None:
    """In the size of the clips, none is encoded again; in another rate each is made of the file as it was bought."""
    runtime, studio = rig.runtime, rig.batch.studio
    for phase in ("images", "videos"):
        assert await run_once(runtime, (await rig.open(phase)).run_id) == "succeeded"
    row = await rig.batch.row("a")
    shots_file = runtime.storage.locate(row.video_url)
    (asset,) = [one for one in await rig.rows("project_assets") if one.id == row.video_asset_id]
    bought = runtime.storage.locate(asset.metadata["source_url"])
    assert shots_file is not None
    assert bought is not None
    assert bought != shots_file

    async def cut(**settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        params = DirectorCutParams(
            user_id=studio.user_id,
            project_id=str(studio.project_id),
            settings=CutSettings.model_validate({"includeAudio": False, **settings}),
        )
        started = await start_director_cut(runtime, params)
        assert await run_once(runtime, started.run_id) == "succeeded"
        async with runtime.begin() as tx:
            items = {item.key: dict(item.output or {}) for item in await list_items(tx, started.run_id)}
        return items["visual/1"], items["film"]

    joined, film = await cut()
    assert (joined["bucket"], joined["path"]) == shots_file
    assert film["rendered"] == {"width": 1920, "height": 1080, "fps": 24}
    made, film = await cut(fps=25)
    assert film["rendered"] == {"width": 1920, "height": 1080, "fps": 25}
    recipe = {"tool": "conform", "version": CONFORM, "of": (await runtime.storage.stat(*bought)).sha256, "frames": 150}
    key = cache_key(studio.user_id, {**recipe, "frame": {"width": 1920, "height": 1080}, "fps": "25"})
    found = await find_asset(runtime, key)
    assert found is not None
    assert (found.path, made["frames"]) == (made["path"], 150)


async def test_missing_prompts_are_written_by_the_projects_text_model(runtime: Runtime, fakes: Fakes) -> None:
    """They are in the estimate, told, kept with their version, and paid with their delivery; the picture follows."""
    async with open_paid_rig(runtime, fakes, "ab", visual_prompt="", image_status="pending") as rig:
        await fakes.script(Behaviour(provider="gmi-cloud", match="lamp b", text='"Prompt: A second lamp."', times=0))
        await fakes.script(Behaviour(provider="gmi-cloud", match="lamp a", text="A lamp, brass,\n by night.", times=0))
        opened = await rig.open()
        assert opened.answer.estimated_credits == 2 * (IMAGE_PRICE + PROMPT_PRICE)
        assert await run_once(runtime, opened.run_id, at_once=1) == "succeeded"
        assert await rig.batch.left() == FUNDS - 2 * (IMAGE_PRICE + PROMPT_PRICE)
        rows = [await rig.batch.row(name) for name in "ab"]
        assert [row.visual_prompt for row in rows] == ["A lamp, brass, by night.", "A second lamp."]
        asked = await fakes.paid_submits("fal-ai")
        assert [submit.prompt for submit in asked] == ["A lamp, brass, by night.", "A second lamp."]
        told = await shot_events(runtime, opened.run_id, "prompted")
        assert [data["visualPrompt"] for data in told] == ["A lamp, brass, by night.", "A second lamp."]
        stages = [one.stage for one in await rig.rows("prompt_versions")]
        assert sorted(stages) == ["shot_image", "shot_image", "shot_prompt", "shot_prompt"]


async def test_without_a_text_model_prompts_are_written_by_rule_for_nothing(runtime: Runtime, fakes: Fakes) -> None:
    """No key of GMI's: the estimate is the pictures' alone, the reason is told; `never` starts nothing."""
    async with open_paid_rig(runtime, fakes, "a", keys="FAL", visual_prompt="", image_status="pending") as rig:
        runtime.settings = runtime.settings.model_copy(update={"offline": "never"})
        with pytest.raises(NotConfigured, match="gmi-cloud has no API key"):
            await rig.open()
        runtime.settings = runtime.settings.model_copy(update={"offline": "auto"})
        opened = await rig.open()
        assert opened.answer.estimated_credits == IMAGE_PRICE
        assert await run_once(runtime, opened.run_id) == "succeeded"
        (told,) = await shot_events(runtime, opened.run_id, "prompted")
        assert told["fallbackReason"] == "no_credentials:gmi-cloud"
        assert "The lamp a." in told["visualPrompt"]
        assert await rig.batch.left() == FUNDS - IMAGE_PRICE


async def test_a_text_model_that_fails_costs_nothing(runtime: Runtime, fakes: Fakes) -> None:
    """The words come by rule, the reason is told, the picture is made and paid."""
    async with open_paid_rig(runtime, fakes, "a", visual_prompt="", image_status="pending") as rig:
        await fakes.script(Behaviour(provider="gmi-cloud", status=400, times=0))
        run_id = await rig.queued()
        assert await run_once(runtime, run_id) == "succeeded"
        (told,) = await shot_events(runtime, run_id, "prompted")
        assert told["fallbackReason"] == "provider_rejected"
        assert await rig.batch.left() == FUNDS - IMAGE_PRICE


PLACES = [
    "after_intent",
    "before_send",
    "after_ack",
    "before_record",
    "before_store",
    "after_store",
    "before_shot",
    "before_step_commit",
    "after_step_commit",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("nth", [1, 2])
async def test_a_death_anywhere_pays_each_picture_once(rig: PaidRig, place: str, nth: int) -> None:
    """Resumed, every shot is there, submitted and charged once; nothing is left `generating`."""
    if place == "before_send":  # nobody can know that it never left
        await rig.fakes.script(Behaviour(on="list", status=403, times=0))
    run_id = await rig.queued()
    async with armed(f"{place}@{nth}=raise"):
        status, _ = await run_until_ended(rig.runtime, run_id)
    expected = {"before_send": ("partial", 2)}.get(place, ("succeeded", 3))
    statuses = (await rig.batch.statuses()).values()
    assert (status, sum(one == "completed" for one in statuses)) == expected
    assert "generating" not in statuses
    assert await rig.paid("fal-ai") == expected[1]
    assert await rig.batch.left() == FUNDS - expected[1] * IMAGE_PRICE


async def test_a_402_in_the_middle_stops_its_shot(runtime: Runtime, fakes: Fakes) -> None:
    """Two are paid, the third is refused by the ledger and says so; with credits `onlyFailed` makes it."""
    async with open_paid_rig(runtime, fakes, "abc", funds=2 * IMAGE_PRICE + 1) as rig:
        run_id = await rig.queued()
        assert await run_once(runtime, run_id, at_once=1) == "partial"
        (failed,) = await shot_events(runtime, run_id, "failed")
        assert (failed["code"], failed["error"]) == (
            "insufficient_credits",
            "Insufficient credits. Required 3 / available 1.",
        )
        assert (await rig.batch.left(), await rig.paid("fal-ai")) == (1, 2)
        async with runtime.begin() as tx:
            await ledger.grant(tx, rig.batch.studio.user_id, 10, kind="grant", description="more", key="more")
        again = await rig.open(only_failed=True)
        assert again.answer.queued == 1
        assert await run_once(runtime, again.run_id) == "succeeded"
        assert set((await rig.batch.statuses()).values()) == {"completed"}
        assert await rig.batch.left() == 1 + 10 - IMAGE_PRICE


async def test_only_failed_leaves_what_was_never_tried(rig: PaidRig) -> None:
    """The request works on the failed shot alone, at its price."""
    await rig.set("shots", "id", rig.batch.shots["b"], image_status="failed")
    plan = await rig.plan(only_failed=True)
    assert (plan.queued, plan.skipped, plan.waiting, plan.estimated_credits) == (1, 2, 2, IMAGE_PRICE)
    assert await run_once(rig.runtime, await rig.queued(only_failed=True)) == "succeeded"
    assert await rig.batch.statuses() == {"a": "prompt_ready", "b": "completed", "c": "prompt_ready"}


async def test_a_dry_run_tells_work_and_price_and_does_nothing(rig: PaidRig) -> None:
    """The list, the model, the sum; no run, no hold, no submit. For clips nothing is there to begin from yet."""
    plan = await rig.plan()
    assert [item.shot_id for item in plan.items] == [rig.batch.shots[name] for name in "abc"]
    assert {item.credits for item in plan.items} == {IMAGE_PRICE}
    assert (plan.model, plan.estimated_credits, plan.available_credits) == (IMAGES, 3 * IMAGE_PRICE, FUNDS)
    clips = await rig.plan("videos")
    assert (clips.queued, clips.waiting, clips.credits, clips.estimated_credits) == (0, 3, CLIP_PRICE, 0)
    async with rig.runtime.begin() as tx:
        assert await tx.scalar(text("select count(*) from wzrd.runs")) == 0
        assert await tx.scalar(text("select count(*) from public.credit_holds")) == 0
    assert (await rig.paid(), await rig.batch.left()) == (0, FUNDS)


async def test_max_credits_refuses_before_anything_begins(rig: PaidRig) -> None:
    """Both numbers are named; what fits runs; a batch under way that costs more is not joined."""
    with pytest.raises(BadRequest, match=r"may cost 9 credits with fal-ai/flux/schnell, more than maxCredits 8"):
        await rig.open(max_credits=8)
    assert (await rig.plan(max_credits=8)).estimated_credits == 9
    opened = await rig.open(max_credits=9)
    with pytest.raises(Conflict, match="may cost 9 credits, more than maxCredits 5"):
        await rig.open(max_credits=5)
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    assert await rig.batch.left() == FUNDS - 9


@pytest.mark.parametrize(
    ("phase", "model", "words"),
    [
        ("images", "fal-ai/flux/schnel", "the nearest are fal-ai/flux/schnell"),
        ("videos", "wan2.7-i2v", "means several models: name one of gmi/wan2.7-i2v, gmi/wan-2.7-i2v"),
        ("images", "fal-ai/nano-banana-2/edit", "give the project a style reference"),
    ],
)
async def test_what_is_no_model_for_this_is_refused(rig: PaidRig, phase: Any, model: str, words: str) -> None:
    """Unknown, ambiguous, or in want of a picture: told with the way out; nothing is started or held."""
    for ask in (rig.open, rig.plan):
        with pytest.raises(BadRequest, match=words):
            await ask(phase, model=model)
    async with rig.runtime.begin() as tx:
        assert await tx.scalar(text("select count(*) from wzrd.runs")) == 0


async def test_twice_at_once_is_one_run_and_one_submit_a_shot(rig: PaidRig) -> None:
    """Two clicks, and two processes that both believe the run theirs: each shot is submitted and charged once."""
    first, second = await asyncio.gather(rig.open(), rig.open())
    assert first.run_id == second.run_id
    with disable_run_logger():  # of two at once, the one that ends first would end it for both
        async with armed("after_ack=pause:0.2"):
            results = await asyncio.gather(
                run_once(rig.runtime, first.run_id), run_once(rig.runtime, first.run_id), return_exceptions=True
            )
    assert "succeeded" in results
    assert (await rig.paid("fal-ai"), await rig.batch.left()) == (3, FUNDS - 3 * IMAGE_PRICE)


async def test_two_batches_with_keys_of_their_own_never_charge_a_shot_that_is_there(rig: PaidRig) -> None:
    """The second finds what the first has made."""
    runs = [await rig.queued(request_id=key) for key in ("one", "two")]
    assert await run_once(rig.runtime, runs[0]) == "succeeded"
    assert await run_once(rig.runtime, runs[1]) == "succeeded"
    assert (await rig.paid("fal-ai"), await rig.batch.left()) == (3, FUNDS - 3 * IMAGE_PRICE)
    assert (await terminal(rig.runtime, runs[1]))["reused"] == 3


async def test_a_cancel_stops_what_waits_and_pays_what_is_made(rig: PaidRig) -> None:
    """The job in fal's queue is stopped, its hold comes back, and no shot is left `generating`."""
    await rig.fakes.script(Behaviour(match="b", places=3, place_seconds=60))
    run_id = await rig.queued()
    playing = asyncio.create_task(run_once(rig.runtime, run_id, at_once=1))
    await rig.fakes.wait_submit(2, provider="fal-ai")
    await cancel(rig.runtime, run_id, rig.batch.studio.user_id)
    rig.runtime.leases.cancel(run_id)
    async with asyncio.timeout(60):
        assert await playing == "canceled"
    assert (await rig.batch.statuses())["a"] == "completed"
    assert "generating" not in (await rig.batch.statuses()).values()
    assert await rig.batch.left() == FUNDS - IMAGE_PRICE
    assert await rig.paid("fal-ai") == 2


async def test_what_cannot_be_stopped_is_kept_and_charged_when_it_comes(rig: PaidRig) -> None:
    """Its price stays held after the cancel; the late picture is the shot's, in the house's format, charged once."""
    runtime = rig.runtime
    await rig.fakes.script(Behaviour(match="a", hold="result", cancel="refused"))
    run_id = await rig.queued()
    playing = asyncio.create_task(run_once(runtime, run_id, at_once=1))
    await rig.fakes.wait_submit(1, provider="fal-ai")
    await cancel(runtime, run_id, rig.batch.studio.user_id)
    runtime.leases.cancel(run_id)
    async with asyncio.timeout(60):
        assert await playing == "canceled"
    assert (await rig.batch.left(), (await rig.batch.row("a")).image_status) == (FUNDS - IMAGE_PRICE, "prompt_ready")
    assert (await rig.plan()).unknown == 1, "another batch does not send it again"
    await rig.fakes.release()
    async with asyncio.timeout(60):
        while (await rig.batch.row("a")).image_status != "completed":
            async with runtime.begin() as tx:
                await tx.execute(text("update wzrd.provider_jobs set checked_at = null"))
            await recover(runtime)
    row = await rig.batch.row("a")
    assert (await picture_of(runtime, row.image_url)).size == (1280, 720)
    assert row.image_asset_id is not None
    assert (await rig.batch.left(), await rig.paid("fal-ai")) == (FUNDS - IMAGE_PRICE, 1)
    assert ((await rig.batch.items(run_id))["a"].output or {})["charged"] == IMAGE_PRICE


async def look_after(runtime: Runtime) -> int:
    """One look after what ended runs have left, as if the last had been long ago."""
    async with runtime.begin() as tx:
        await tx.execute(text("update wzrd.provider_jobs set checked_at = null"))
    return await recover(runtime)


@pytest.mark.parametrize("place", ["before_store", "after_store", "before_shot"])
async def test_what_was_made_when_the_cancel_came_is_shown_and_paid(rig: PaidRig, place: str) -> None:
    """Its worker died between fal's result and the shot, then a cancel: the shot gets its picture, which is paid."""
    runtime = rig.runtime
    run_id = await rig.queued()
    async with armed(f"{place}@1=raise"):
        with pytest.raises(Interrupted):
            await run_once(runtime, run_id, at_once=1)
    async with runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set lease_until = now() where id = :id"), {"id": run_id})
    await cancel(runtime, run_id, rig.batch.studio.user_id)
    paid = await rig.paid("fal-ai")
    assert await rig.batch.left() == FUNDS - paid * IMAGE_PRICE
    async with asyncio.timeout(60):
        while await look_after(runtime):
            pass
    assert (await rig.batch.row("a")).image_status == "completed"
    charged = [(item.output or {}).get("charged", 0) for item in (await rig.batch.items(run_id)).values()]
    assert (sum(charged), await rig.batch.left()) == (paid * IMAGE_PRICE, FUNDS - paid * IMAGE_PRICE)
    await reopen(runtime, run_id)
    assert await run_once(runtime, run_id) == "succeeded"
    assert (await rig.paid("fal-ai"), await rig.batch.left()) == (3, FUNDS - 3 * IMAGE_PRICE)


@pytest.mark.parametrize("place", ["before_store", "after_ack"])
async def test_a_shot_that_is_deleted_is_paid_where_it_was_made(rig: PaidRig, place: str) -> None:
    """Deleted while its worker was dead, with its picture at fal or on the way home: it is kept, and charged once."""
    runtime = rig.runtime
    run_id = await rig.queued()
    async with armed(f"{place}@1=raise"):
        with pytest.raises(Interrupted):
            await run_once(runtime, run_id, at_once=1)
    await rig.batch.delete("shots", id=rig.batch.shots["a"])
    assert await run_once(runtime, run_id) == "partial"
    assert await rig.batch.left() == FUNDS - 3 * IMAGE_PRICE, "its price stands"
    async with asyncio.timeout(60):
        while await look_after(runtime):
            pass
    item = (await rig.batch.items(run_id))["a"]
    assert (item.status, (item.output or {})["charged"]) == ("succeeded", IMAGE_PRICE)
    assert (await rig.paid("fal-ai"), await rig.batch.left()) == (3, FUNDS - 3 * IMAGE_PRICE)


@pytest.mark.parametrize(
    ("media", "code", "words"),
    [
        ("expired", "result_expired", "can no longer be fetched"),
        ("page", "result_useless", "is not what was asked for"),
    ],
)
async def test_what_was_made_for_nothing_is_told_apart(rig: PaidRig, media: Any, code: str, words: str) -> None:
    """Gone, or a page: a retry skips it with that reason and sends nothing; a new batch does not send it either."""
    runtime = rig.runtime
    await rig.fakes.script(Behaviour(match="b", media=media))
    run_id = await rig.queued()
    assert await run_once(runtime, run_id) == "partial"
    await reopen(runtime, run_id)
    assert await run_once(runtime, run_id) == "partial"
    (told,) = await shot_events(runtime, run_id, "skipped")
    assert (told["code"], words in told["error"]) == (code, True)
    assert (await rig.plan()).unknown == 1
    assert (await rig.paid("fal-ai"), await rig.batch.left()) == (3, FUNDS - 2 * IMAGE_PRICE)
    await reopen(runtime, run_id, resubmit_unknown=True)
    assert await run_once(runtime, run_id) == "succeeded"
    assert (await rig.paid("fal-ai"), await rig.batch.left()) == (4, FUNDS - 3 * IMAGE_PRICE)


async def test_what_may_have_been_made_is_not_sent_again_without_leave(rig: PaidRig) -> None:
    """A lost answer that no list tells: the shot fails unpaid, is skipped from then on, and sent with leave."""
    runtime = rig.runtime
    await rig.fakes.script(Behaviour(match="b", reply="dropped"), Behaviour(on="list", status=403, times=0))
    run_id = await rig.queued()
    assert await run_once(runtime, run_id) == "partial"
    assert (await rig.batch.items(run_id))["b"].status == "failed"
    assert (await rig.paid("fal-ai"), await rig.batch.left()) == (3, FUNDS - 2 * IMAGE_PRICE)

    await reopen(runtime, run_id)
    assert await run_once(runtime, run_id) == "partial"
    item = (await rig.batch.items(run_id))["b"]
    assert (item.status, "resubmitUnknown" in (item.error or "")) == ("skipped", True)
    (told,) = await shot_events(runtime, run_id, "skipped")
    assert told["code"] == "provider_outcome_unknown"
    other = await rig.open()
    assert (other.answer.queued, other.answer.skipped) == (0, 3)
    assert await run_once(runtime, other.run_id) == "succeeded"
    assert (await rig.paid("fal-ai"), await rig.batch.left()) == (3, FUNDS - 2 * IMAGE_PRICE)

    await reopen(runtime, run_id, resubmit_unknown=True)
    assert await run_once(runtime, run_id) == "succeeded"
    assert (await rig.paid("fal-ai"), await rig.batch.left()) == (4, FUNDS - 3 * IMAGE_PRICE)


async def test_a_new_batch_may_be_given_leave(rig: PaidRig) -> None:
    """`resubmitUnknown` of the request itself."""
    await rig.fakes.script(Behaviour(match="b", reply="dropped"), Behaviour(on="list", status=403, times=0))
    assert await run_once(rig.runtime, await rig.queued()) == "partial"
    allowed = await rig.open(resubmit_unknown=True)
    assert allowed.answer.queued == 1
    assert await run_once(rig.runtime, allowed.run_id) == "succeeded"
    assert set((await rig.batch.statuses()).values()) == {"completed"}


async def test_queues_money_and_time_are_told(rig: PaidRig) -> None:
    """Places while a shot waits; held, spent and left add up to the estimate; time left once three are known."""
    await rig.fakes.script(Behaviour(match="a", places=3, place_seconds=0.8))
    run_id = await rig.queued()
    assert await run_once(rig.runtime, run_id, at_once=1) == "succeeded"
    log = await log_of(rig.runtime, run_id)
    waiting = [data for name, data in log if name == "shot" and "queuePosition" in data]
    assert waiting
    assert {data["shotId"] for data in waiting} == {str(rig.batch.shots["a"])}
    assert all(0 <= data["progress"] <= 1 for data in waiting)
    counted = [data for name, data in log if name == "progress"]
    assert any(data.get("queue") for data in counted)
    for data in counted:
        money = data["credits"]
        assert money["held"] + money["spent"] + money["left"] == 3 * IMAGE_PRICE
    assert counted[-1]["credits"] == {"held": 0, "spent": 3 * IMAGE_PRICE, "left": 0}
    assert all("secondsLeft" not in data for data in counted), "of fewer than three nobody draws a median"
    for name in "abc":
        await rig.set("shots", "id", rig.batch.shots[name], image_status="prompt_ready", image_url=None)
    run_id = await rig.queued()
    assert await run_once(rig.runtime, run_id, at_once=1) == "succeeded"
    left = [data["secondsLeft"] for name, data in await log_of(rig.runtime, run_id) if name == "progress"]
    assert left[-1] == 0
    assert left == sorted(left, reverse=True)


async def test_an_unclear_answer_is_told(rig: PaidRig) -> None:
    """A provider that drops its answer may have taken the shot: its event says what is awaited."""
    await rig.fakes.script(Behaviour(match="b", reply="dropped"), Behaviour(on="list", wait=2.5))
    run_id = await rig.queued(model="gmi/z-image-turbo")
    assert await run_once(rig.runtime, run_id) == "succeeded"
    told = [data for name, data in await log_of(rig.runtime, run_id) if name == "shot" and "message" in data]
    assert len({data["shotId"] for data in told}) == 1
    assert "may have taken this" in told[0]["message"]


async def test_a_style_reference_and_the_picture_before_are_shown_to_the_model(runtime: Runtime, fakes: Fakes) -> None:
    """A style reference goes as it is; without one the scene's picture before it; a stranger's is not used."""
    model = "gmi/seedream-5.0-lite"
    async with open_paid_rig(runtime, fakes, "ab") as rig:
        run_id = await rig.queued(model=model)
        assert await run_once(runtime, run_id, at_once=1) == "succeeded"
        assert ["image" in await rig.sent(run_id, name) for name in "ab"] == [False, True]
        relations = [one.relation_type for one in await rig.rows("asset_lineage")]
        assert sorted(relations) == ["output", "output", "reference"]
        style, studio = uuid.uuid4(), rig.batch.studio
        async with runtime.begin() as tx:
            add = text("insert into public.media_items (id, user_id, url) values (:id, :user, :url)")
            await tx.execute(add, {"id": style, "user": studio.user_id, "url": STYLE})
        await rig.set("projects", "id", studio.project_id, style_reference_asset_id=style)
        await rig.set("shots", "project_id", studio.project_id, image_status="pending", image_url=None)
        run_id = await rig.queued(model=model)
        assert await run_once(runtime, run_id, at_once=1) == "succeeded"
        assert [await rig.sent_as(run_id, name, image=[STYLE]) for name in "ab"] == [True, True]
        await rig.set("media_items", "id", style, user_id=uuid.uuid4())
        await rig.set("shots", "project_id", studio.project_id, image_status="pending", image_url=None)
        run_id = await rig.queued(model=model)
        assert await run_once(runtime, run_id, at_once=1) == "succeeded"
        assert ["image" in await rig.sent(run_id, name) for name in "ab"] == [False, True]


async def test_a_reference_that_the_model_cannot_read_is_left_out_and_told(rig: PaidRig) -> None:
    """It helps, and is no condition."""
    model = "gmi/gemini-3.1-flash-image-preview"
    run_id = await rig.queued(model=model)
    assert await run_once(rig.runtime, run_id, at_once=1) == "succeeded"
    told = [data.get("referenceLeftOut", "") for data in await shot_events(rig.runtime, run_id, "completed")]
    assert [("WZRD_PUBLIC_URL" in reason) for reason in told] == [False, True, True]


async def test_a_clip_model_that_cannot_read_our_pictures_is_refused_at_once(rig: PaidRig) -> None:
    """Before anything is held, with the remedy."""
    assert await run_once(rig.runtime, await rig.queued()) == "succeeded"
    with pytest.raises(ReferenceUnreachable, match="WZRD_PUBLIC_URL"):
        await rig.open("videos", model="gmi/kling-image2video-v2-1-pro")
    assert await rig.batch.left() == FUNDS - 3 * IMAGE_PRICE


@pytest.mark.parametrize("media", ["expired", "wrong_type", "truncated"])
async def test_what_cannot_be_brought_home_is_not_paid(rig: PaidRig, media: Any) -> None:
    """The shot fails with the reason, unpaid; the others are there."""
    await rig.fakes.script(Behaviour(match="b", media=media))
    run_id = await rig.queued()
    assert await run_once(rig.runtime, run_id) == "partial"
    row = await rig.batch.row("b")
    assert (row.image_status, row.image_progress, bool(row.failure_reason)) == ("failed", 0, True)
    assert await rig.batch.left() == FUNDS - 2 * IMAGE_PRICE


async def test_a_key_that_goes_away_lets_animatic_mode_stand_in(rig: PaidRig) -> None:
    """A batch that was priced at the start is free then, and the reason is told."""
    run_id = await rig.queued()
    runtime = rig.runtime
    paid, free = runtime.providers, runtime.providers.find("animatic", "image")
    runtime.providers = type(paid)([free])
    assert await run_once(runtime, run_id) == "succeeded"
    runtime.providers = paid
    end = await terminal(runtime, run_id)
    assert (end["fallbackReason"], end["spent"]) == ("no_credentials:fal-ai", 0)
    assert (await rig.batch.left(), await rig.paid()) == (FUNDS, 0)
