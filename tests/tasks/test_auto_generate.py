"""The steps of auto-generate: each shot for itself, paid for once, told in log and rows, whatever happens."""

import uuid
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import text

from blocks.resolve import serving
from tests.playing import log_of, run_once
from tests.server.served import with_settings as under
from tests.tasks.shot_batch import FLUX, PRICE, BatchRig, all_completed, make_batch_rig, shot_statuses, terminal
from wzrd.assets.sources import open_source
from wzrd.db import ledger
from wzrd.domain.errors import BadRequest, NotConfigured, ProviderFailed
from wzrd.domain.film import seconds_of
from wzrd.domain.pacing import LEAST, VOICE_LEAD, VOICE_TAIL
from wzrd.media.probe import probe
from wzrd.operations.auto_generate.kind import AutoGenerateParams, start_auto_generate
from wzrd.providers.registry import Providers
from wzrd.runs.finish import reopen
from wzrd.runtime.process import Runtime
from wzrd.storyboard.batch.items import list_chains

pytestmark = pytest.mark.usefixtures("module_runtime")


async def file_of(runtime: Runtime, url: str) -> bytes:
    async with open_source(runtime, url, "image") as path:
        return path.read_bytes()


async def test_pictures_then_clips_in_animatic_mode(runtime: Runtime) -> None:
    """Rows, files, events, the sheet, takes: the whole of both phases, for nothing."""
    rig = await make_batch_rig(runtime, "ab")
    async with runtime.begin() as tx:
        for name, words in (
            ("a", "It is his hand, I would know it anywhere, even after all these years."),
            ("b", "No."),
        ):
            spoken = text("update public.shots set dialogue = :words where id = :id")
            await tx.execute(spoken, {"words": words, "id": rig.shots[name]})
        own = text("update public.shots set audio_url = 'http://x/own.mp3' where id = :id")
        await tx.execute(own, {"id": rig.shots["b"]})
    run_id = await rig.queued(model="animatic")
    assert await run_once(runtime, run_id) == "succeeded"
    assert await shot_statuses(runtime, run_id, rig) == all_completed("ab")
    row = await rig.row("a")
    with Image.open(BytesIO(await file_of(runtime, row.image_url))) as panel:
        assert (panel.format, panel.info.get("wzrd:slate", "").isdecimal()) == ("PNG", True)
    assert (row.image_status, row.failure_reason, row.video_status) == ("completed", None, "pending")
    end = await terminal(runtime, run_id)
    assert (end["status"], end["completed"], end["failed"], end["phase"], end["total"]) == (
        "succeeded",
        2,
        0,
        "videos",
        2,
    )
    assert "fallbackUsed" not in end
    assert (await file_of(runtime, end["sheetUrl"])).startswith(b"\x89PNG")

    run_id = await rig.queued("videos", model="animatic")
    assert await run_once(runtime, run_id) == "succeeded"
    assert (await terminal(runtime, run_id))["phase"] == "complete"
    assert await shot_statuses(runtime, run_id, rig) == all_completed("ab")
    rows = {name: await rig.row(name) for name in "ab"}
    assert {row.video_status for row in rows.values()} == {"completed"}
    assert rows["b"].audio_url == "http://x/own.mp3"
    assert rows["a"].audio_status == "completed"
    async with (
        open_source(runtime, rows["a"].video_url, "video") as clip,
        open_source(runtime, rows["a"].audio_url, "audio") as take,
    ):
        facts, sound = probe(clip), probe(take)
    assert (facts.house, facts.fps) == (True, 24)
    assert facts.frames == ((await rig.items(run_id))["a"].output or {})["frames"]
    assert sound.seconds > LEAST["medium"], "the take alone makes the clip this long"
    assert seconds_of(facts.frames) >= VOICE_LEAD + sound.seconds + VOICE_TAIL - 1e-6
    assert await rig.left() == 100


async def test_a_paid_batch_is_told_and_charged_shot_by_shot(runtime: Runtime) -> None:
    """Each at the catalog's price; progress counts up; items keep what became of them."""
    rig = await make_batch_rig(runtime)
    opened = await rig.open()
    assert (opened.answer.queued, opened.answer.estimated_credits) == (3, 3 * PRICE)
    run_id = opened.run_id
    assert await run_once(runtime, run_id, at_once=1) == "succeeded"
    assert await shot_statuses(runtime, run_id, rig) == all_completed("abc")
    counted = [data for event, data in await log_of(runtime, run_id) if event == "progress"]
    assert [(data["completed"], data["percent"]) for data in counted] == [(1, 33), (2, 66), (3, 100)]
    for name, item in (await rig.items(run_id)).items():
        url = (await rig.row(name)).image_url
        made_by = {"model": f"fal-ai:{FLUX}", "resolvedModel": FLUX}
        bought = (item.output or {})["sourceUrl"]
        assert item.output == {"url": url, **made_by, "reused": False, "charged": PRICE, "sourceUrl": bought}
    assert rig.images.asked == ["a", "b", "c"]
    assert await rig.left() == 100 - 3 * PRICE


async def test_what_fails_fails_alone_and_a_retry_makes_only_that(runtime: Runtime) -> None:
    """The run is partial, the row says why; the retry charges for what it makes, and for nothing twice."""
    rig = await make_batch_rig(runtime)
    rig.images.acts = {"b": [ProviderFailed("the brush broke")]}
    run_id = await rig.queued()
    assert await run_once(runtime, run_id) == "partial"
    assert await shot_statuses(runtime, run_id, rig) == all_completed("ac") | {"b": ["generating", "failed"]}
    row = await rig.row("b")
    assert (row.image_status, row.failure_reason, row.image_url) == ("failed", "the brush broke", None)
    end = await terminal(runtime, run_id)
    assert (end["status"], end["completed"], end["failed"]) == ("partial", 2, 1)
    assert end["errors"] == [{"shotId": str(rig.shots["b"]), "error": "the brush broke"}]
    assert await rig.left() == 100 - 2 * PRICE
    await reopen(runtime, run_id)
    async with serving(runtime):
        assert [[key for key, _ in one] for one in await list_chains(runtime, run_id)] == [[f"image/{rig.shots['b']}"]]
    assert await run_once(runtime, run_id) == "succeeded"
    row = await rig.row("b")
    assert (row.image_status, row.failure_reason) == ("completed", None)
    assert sorted(rig.images.asked) == ["a", "b", "b", "c"]
    assert await rig.left() == 100 - 3 * PRICE


async def test_a_402_stops_its_shot_and_no_other(runtime: Runtime) -> None:
    """In the documented words; with more credits a retry makes the rest."""
    rig = await make_batch_rig(runtime, "abcd", funds=7)
    run_id = await rig.queued()
    assert await run_once(runtime, run_id, at_once=1) == "partial"
    words = "Insufficient credits. Required 3 / available 1."
    assert {name: item.error for name, item in (await rig.items(run_id)).items()} == {
        "a": None,
        "b": None,
        "c": words,
        "d": words,
    }
    assert (await rig.row("c")).failure_reason == words
    failed = [data for event, data in await log_of(runtime, run_id) if event == "shot" and data["status"] == "failed"]
    assert {(data["error"], data["code"]) for data in failed} == {(words, "insufficient_credits")}
    assert (rig.images.asked, await rig.left()) == (["a", "b"], 1)
    async with runtime.begin() as tx:
        await ledger.grant(tx, rig.studio.user_id, 5, kind="grant", description="test", key="more")
    await reopen(runtime, run_id)
    assert await run_once(runtime, run_id) == "succeeded"
    assert (sorted(rig.images.asked), await rig.left()) == (["a", "b", "c", "d"], 0)


async def test_nothing_at_all_can_be_made(runtime: Runtime) -> None:
    """Every shot failed: the run failed, and `complete` still lists why."""
    rig = await make_batch_rig(runtime, "ab", funds=0)
    run_id = await rig.queued()
    assert await run_once(runtime, run_id) == "failed"
    end = await terminal(runtime, run_id)
    assert (end["status"], end["failed"], len(end["errors"])) == ("failed", 2, 2)


async def test_an_empty_batch_succeeds_at_once(runtime: Runtime) -> None:
    """No shots, or none that lacks anything: a run with a `complete` and nothing else."""
    done = {"image_status": "completed", "image_url": "http://x/a.png"}
    for rig in (await make_batch_rig(runtime, ""), await make_batch_rig(runtime, "ab", 100, **done)):
        run_id = await rig.queued()
        assert await run_once(runtime, run_id) == "succeeded"
        assert [event for event, _ in await log_of(runtime, run_id)] == ["meta", "complete"]
        assert (await terminal(runtime, run_id))["total"] == 0


@pytest.mark.parametrize("model", ["animatic", FLUX])
async def test_only_what_was_free_is_found_again(runtime: Runtime, model: str) -> None:
    """Equal panels in another project of the user: animatic's are reused and told so, a paid model's made anew."""
    rig = await make_batch_rig(runtime, "ab")
    assert await run_once(runtime, await rig.queued(model=model)) == "succeeded"
    second = await make_batch_rig(runtime, "ab", funds=0)
    async with runtime.begin() as tx:
        own = text("update public.projects set user_id = :user where id = :id")
        await tx.execute(own, {"user": rig.studio.user_id, "id": second.studio.project_id})
    wanted = AutoGenerateParams(
        user_id=rig.studio.user_id, project_id=str(second.studio.project_id), phase="images", model=model
    )
    run_id = (await start_auto_generate(runtime, wanted)).run_id
    assert await run_once(runtime, run_id) == "succeeded"
    free = model == "animatic"
    end = await terminal(runtime, run_id)
    assert (end["reused"], await rig.left()) == ((2, 100) if free else (0, 100 - 4 * PRICE))
    assert sorted(second.images.asked) == ([] if free else ["a", "b"])
    assert ((await second.row("a")).image_url == (await rig.row("a")).image_url) is free


async def test_without_its_provider_animatic_stands_in_and_says_so(runtime: Runtime) -> None:
    """No key of fal here: drawn for nothing, with the reason in events and end; `never` starts nothing at all."""
    rig = await make_batch_rig(runtime, "a")
    runtime.providers = Providers([runtime.providers.find("animatic", "image")])
    opened = await rig.open(model=FLUX)
    assert opened.answer.estimated_credits == 0
    assert await run_once(runtime, opened.run_id) == "succeeded"
    completed = [data for _, data in await log_of(runtime, opened.run_id) if "url" in data]
    assert [data["fallbackReason"] for data in completed] == ["no_credentials:fal-ai"]
    end = await terminal(runtime, opened.run_id)
    assert (end["fallbackUsed"], end["fallbackReason"], await rig.left()) == (True, "no_credentials:fal-ai", 100)
    with pytest.raises(BadRequest, match="no model is called 'nobody/knows'"):
        await rig.open(model="nobody/knows")
    never = under(runtime, offline="never")
    never.providers = runtime.providers
    with pytest.raises(NotConfigured, match="fal-ai"):
        await BatchRig(never, rig.studio, rig.shots, rig.images).open("videos", model=None)


async def test_the_sheet_is_a_service_and_not_the_product(runtime: Runtime, tmp_path: Path) -> None:
    """A picture that cannot be read, or is gone, fails no run; without any picture there is no sheet."""
    broken = await runtime.storage.put_bytes(
        "workflow-media", "u/broken.png", b"\x89PNG\r\n\x1a\n", content_type="image/png"
    )
    for url in (
        runtime.storage.public_url("workflow-media", broken.path),
        runtime.storage.public_url("workflow-media", "u/gone.png"),
        "http://127.0.0.1:1/x.png",
        "http://[",
    ):
        rig = await make_batch_rig(runtime, "a", image_status="completed", image_url=url)
        run_id = await rig.queued()
        assert await run_once(runtime, run_id) == "succeeded"
    nowhere = under(runtime, home=tmp_path)
    nowhere.providers = runtime.providers
    (tmp_path / "work").write_text("a file where the working folder should be")
    run_id = await rig.queued()
    assert await run_once(nowhere, run_id) == "succeeded"
    assert "sheetUrl" not in await terminal(runtime, run_id)
    rig = await make_batch_rig(runtime, "")
    run_id = await rig.queued()
    assert await run_once(runtime, run_id) == "succeeded"
    assert "sheetUrl" not in await terminal(runtime, run_id)


@pytest.mark.parametrize("url", ["http://[", "file:///etc/passwd", "data:image/png;base64,xx", "ours"])
async def test_a_clip_of_a_picture_that_cannot_be_had_fails_alone(runtime: Runtime, url: str) -> None:
    """Rows are the client's to write: one bad address is one failed shot."""
    gone = runtime.storage.public_url("workflow-media", "u/gone.png")
    rig = await make_batch_rig(runtime, "a", image_status="completed", image_url=gone if url == "ours" else url)
    run_id = await rig.queued("videos", model="animatic")
    assert await run_once(runtime, run_id) == "failed"
    row = await rig.row("a")
    assert (row.video_status, row.image_status) == ("failed", "failed" if url == "ours" else "completed")
    assert row.failure_reason


async def test_work_is_listed_in_order_with_names_for_people(runtime: Runtime) -> None:
    """By shot number; a shot that is gone has no number; an unknown run has no work."""
    rig = await make_batch_rig(runtime, "ab")
    run_id = await rig.queued()
    await rig.delete("shots", id=rig.shots["a"])
    async with serving(runtime):
        assert await list_chains(runtime, run_id) == [
            [(f"image/{rig.shots['a']}", "a deleted shot")],
            [(f"image/{rig.shots['b']}", "scene 1, shot 2")],
        ]
        assert await list_chains(runtime, uuid.uuid4()) == []


async def test_a_picture_that_is_gone_is_made_again_by_the_next_images(runtime: Runtime) -> None:
    """Its clip fails and says why; its row no longer says that it is there; images, then videos, and all is well."""
    rig = await make_batch_rig(runtime, "a")
    assert await run_once(runtime, await rig.queued(model="animatic")) == "succeeded"
    place = runtime.storage.locate((await rig.row("a")).image_url)
    assert place is not None
    assert await runtime.storage.delete(*place)
    assert await run_once(runtime, await rig.queued("videos", model="animatic")) == "failed"
    assert await rig.statuses() == {"a": "failed"}
    for phase in ("images", "videos"):
        assert await run_once(runtime, await rig.queued(phase, model="animatic")) == "succeeded"
    assert await rig.statuses("video") == {"a": "completed"}
