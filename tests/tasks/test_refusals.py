"""Refusals by content: which part of the shot it was, softened once and paid once, never a stand-in."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from server.fakes import Behaviour, Fakes
from tests.generation.claimed import armed
from tests.playing import log_of, run_once, run_until_ended
from tests.rows import broken_promises
from tests.tasks.bible_project import EDIT, FUNDS, open_bible_rig, open_processes
from tests.tasks.shot_batch import CLIPS, PaidRig
from tests.tasks.test_bible import COLOURS, a_picture, give
from wzrd.db.ledger import read_balance
from wzrd.domain.money import MoneyBound, read_usd
from wzrd.domain.submission import fingerprint
from wzrd.generation.recovery import recover
from wzrd.models.routing import routed_catalog
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime

PICTURE = routed_catalog().models[EDIT].credits
GUN = "Mike lifts a gun from the table."
MILD = "Mike lifts a dark metal object from the table."
CHANGE = "gun → dark metal object"
FACE = "InputImageSensitiveContentDetected.PrivacyInformation: the input image may contain real person."
"""ByteDance's words (docs.byteplus.com/en/docs/ModelArk/1299023)."""


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes, tmp_path: Path) -> AsyncGenerator[PaidRig]:
    """A film whose people have sheets, and a shot `a` with a gun."""
    async with open_bible_rig(runtime, fakes) as made:
        for (kind, name), colour in COLOURS.items():
            if kind == "person":
                await give(made, kind, name, a_picture(tmp_path, colour))
        await made.set("shots", "id", made.batch.shots["a"], prompt_idea=GUN, visual_prompt=GUN)
        yield made


def refusing(**more: Any) -> Behaviour:
    """A filter that refuses whatever has a gun, however often it is asked."""
    wanted: dict[str, Any] = {"match": "gun", "times": 0, "outcome": "refusal", **more}
    return Behaviour(**wanted)


async def made_of_a(rig: PaidRig, **more: Any) -> tuple[uuid.UUID, str | None]:
    run_id = await rig.queued(model=EDIT, shots=(rig.batch.shots["a"],), request_id=uuid.uuid4().hex, **more)
    return run_id, await run_once(rig.runtime, run_id)


async def item_of_a(rig: PaidRig, run_id: uuid.UUID) -> Any:
    return (await rig.batch.items(run_id))["a"]


async def last_event(rig: PaidRig, run_id: uuid.UUID) -> dict[str, Any]:
    return [data for name, data in await log_of(rig.runtime, run_id) if name == "shot"][-1]


async def prompts(rig: PaidRig, run_id: uuid.UUID, media: str = "image") -> list[str]:
    """Words of each submit, in order: as written, or milder."""
    known = {fingerprint({"prompt": words})["prompt"]: words for words in await sent_words(rig, media)}
    jobs = await rig.jobs(run_id, f"{media}/{rig.batch.shots['a']}")
    return [known.get(job.fingerprint.get("prompt", ""), "?") for job in jobs]


async def sent_words(rig: PaidRig, media: str) -> list[str]:
    return [one.prompt for one in await rig.fakes.paid_submits()]


async def test_words_that_are_refused_are_softened_once_paid_once_and_told(rig: PaidRig) -> None:
    """A gun is refused; milder words are sent once, the picture costs its price, and item, row and stream say so."""
    await rig.fakes.script(refusing())
    run_id, status = await made_of_a(rig, soften=True)
    assert status == "succeeded"
    first, second = await prompts(rig, run_id)
    assert ("gun" in first, "gun" in second, "dark metal object" in second) == (True, False, True)
    item, event = await item_of_a(rig, run_id), await last_event(rig, run_id)
    assert item.output["softened"] == event["softened"] == [CHANGE]
    assert (item.output["charged"], await rig.batch.left()) == (PICTURE, FUNDS - PICTURE)
    assert [one.status for one in await rig.jobs(run_id, item.key)] == ["failed", "succeeded"]
    told = [one.text for one in await rig.rows("prompt_versions")]
    assert [MILD in one or "dark metal object" in one for one in told] == [True]
    assert (await rig.batch.row("a")).visual_prompt == GUN, "the shot keeps its own words"
    assert await broken_promises(rig.runtime) == []


async def test_who_did_not_ask_is_told_and_nothing_more_is_sent(rig: PaidRig) -> None:
    """Without `soften` one submit, its price given back, and the refusal an end of its own, caused by the brief."""
    await rig.fakes.script(refusing(categories=("violence",)))
    run_id, status = await made_of_a(rig)
    assert status == "failed"
    item, event = await item_of_a(rig, run_id), await last_event(rig, run_id)
    assert (item.output["code"], event["code"]) == ("content_refused", "content_refused")
    wanted = {"causes": ["brief"], "fields": ["prompt"], "categories": ["violence"], "words": ["gun"]}
    assert item.output["refusal"] == event["refusal"] == wanted
    assert len(await prompts(rig, run_id)) == 1
    assert await rig.batch.left() == FUNDS
    assert (await rig.batch.row("a")).image_url is None, "no picture stands in"


async def test_words_that_are_not_the_shots_are_the_prompts(rig: PaidRig) -> None:
    """Somebody wrote the gun into the prompt alone: what the shot shows has none."""
    await rig.set("shots", "id", rig.batch.shots["a"], prompt_idea="Mike lifts something.")
    await rig.fakes.script(refusing())
    run_id, _ = await made_of_a(rig)
    assert (await item_of_a(rig, run_id)).output["refusal"]["causes"] == ["prompt"]


@pytest.mark.parametrize(
    ("blames", "sheets"), [(("image_urls.0",), ["person/MIKE"]), (("image_urls",), ["person/MIKE"])]
)
async def test_a_sheet_that_is_refused_is_named(rig: PaidRig, blames: tuple[str, ...], sheets: list[str]) -> None:
    """The field that the vendor names is a place of the model's, and what stood there is Mike's sheet: not softened."""
    await rig.fakes.script(refusing(blames=blames))
    run_id, _ = await made_of_a(rig, soften=True)
    refusal = (await item_of_a(rig, run_id)).output["refusal"]
    assert (refusal["causes"], refusal["sheets"]) == (["sheet"], ["person/MIKE"])
    assert len(await prompts(rig, run_id)) == 1


async def test_words_and_a_sheet_together_are_not_softened(rig: PaidRig) -> None:
    """Milder words would meet the same refused picture: nothing more is sent, and both causes are told."""
    await rig.fakes.script(refusing(blames=("prompt", "image_urls.0")))
    run_id, _ = await made_of_a(rig, soften=True)
    refusal = (await item_of_a(rig, run_id)).output["refusal"]
    assert (refusal["causes"], refusal["sheets"]) == (["brief", "sheet"], ["person/MIKE"])
    assert len(await prompts(rig, run_id)) == 1


async def test_what_was_made_and_held_back_is_not_softened(rig: PaidRig) -> None:
    """A filter's black picture: something was made and may be billed, so that nothing is sent again by itself."""
    await rig.fakes.script(refusing(outcome="filtered"))
    run_id, _ = await made_of_a(rig, soften=True)
    item = await item_of_a(rig, run_id)
    assert (item.output["code"], item.output["refusal"]["causes"]) == ("content_refused", ["result"])
    assert len(await prompts(rig, run_id)) == 1
    assert await rig.batch.left() == FUNDS


async def test_milder_words_that_are_refused_too_are_the_end(rig: PaidRig) -> None:
    """Two submits and no third, the hold back; a retry sends the milder words alone, once."""
    await rig.fakes.script(Behaviour(match="table", times=0, outcome="refusal"))
    run_id, status = await made_of_a(rig, soften=True)
    assert status == "failed"
    sent = await prompts(rig, run_id)
    assert ["gun" in one for one in sent] == [True, False]
    assert (await item_of_a(rig, run_id)).output["refusal"]["softened"] == [CHANGE]
    assert await rig.batch.left() == FUNDS
    await reopen(rig.runtime, run_id)
    assert await run_once(rig.runtime, run_id) == "failed"
    assert ["gun" in one for one in await prompts(rig, run_id)] == [True, False, False]
    assert await rig.batch.left() == FUNDS


PLACES = ["after_intent", "after_send", "after_ack", "before_record", "before_softened"]


@pytest.mark.parametrize("place", [f"{place}@{nth}" for place in PLACES for nth in (1, 2)][:-1])
async def test_a_death_anywhere_softens_once_and_pays_once(rig: PaidRig, place: str) -> None:
    """Interrupted around refusal and softened submit, a resume goes on: refused words are not sent a second time."""
    await rig.fakes.script(refusing())
    run_id = await rig.queued(model=EDIT, shots=(rig.batch.shots["a"],), request_id=uuid.uuid4().hex, soften=True)
    async with armed(f"{place}=raise"):
        status, interruptions = await run_until_ended(rig.runtime, run_id)
    assert (status, interruptions) == ("succeeded", 1)
    item = await item_of_a(rig, run_id)
    assert item.output["softened"] == [CHANGE]
    assert await rig.batch.left() == FUNDS - PICTURE
    words = [one.prompt for one in await rig.fakes.paid_submits()]
    assert ["gun" in one for one in words] == [True, False]
    assert await broken_promises(rig.runtime) == []


async def test_kill_9_after_the_refusal_softens_once_and_pays_once(
    runtime: Runtime, database_url: str, tmp_path: Path
) -> None:
    """A process dies between refusal and milder submit, and again when that is accepted: two submits, one price."""
    async with open_processes(runtime, database_url, tmp_path / "home", open_bible_rig) as (rig, forked):
        await rig.set("shots", "id", rig.batch.shots["a"], prompt_idea=GUN, visual_prompt=GUN)
        await give(rig, "person", "MIKE", a_picture(tmp_path, COLOURS["person", "MIKE"]))
        await rig.fakes.script(refusing())
        shots = (rig.batch.shots["a"],)
        run_id = (await rig.open(model=EDIT, shots=shots, request_id="k", soften=True)).run_id
        for fault in ("before_record@1", "before_softened@1", "after_ack@1", "before_store@1"):
            assert await forked.execute(run_id, f"{fault}=kill", deadline=60) == -9, fault
        assert await forked.execute(run_id, deadline=60) == 0
        assert ["gun" in one.prompt for one in await rig.fakes.paid_submits()] == [True, False]
        assert (await item_of_a(rig, run_id)).output["softened"] == [CHANGE]
        assert await rig.batch.left() == FUNDS - PICTURE
        assert await broken_promises(runtime) == []


async def test_milder_words_whose_picture_comes_after_a_cancel_are_told_and_paid_once(rig: PaidRig) -> None:
    """Canceled while the milder submit is at its vendor: what comes is kept, says what was softened, and is paid."""
    await rig.fakes.script(refusing(), Behaviour(match="dark metal object", hold="result", cancel="refused"))
    run_id = await rig.queued(model=EDIT, shots=(rig.batch.shots["a"],), request_id="late", soften=True)
    playing = asyncio.create_task(run_once(rig.runtime, run_id))
    await rig.fakes.wait_submit(2, provider="fal-ai")
    await cancel(rig.runtime, run_id, rig.batch.studio.user_id)
    rig.runtime.leases.cancel(run_id)
    async with asyncio.timeout(60):
        assert await playing == "canceled"
    await rig.fakes.release()
    async with asyncio.timeout(60):
        while (item := await item_of_a(rig, run_id)).status != "succeeded":
            async with rig.runtime.begin() as tx:
                await tx.execute(text("update wzrd.provider_jobs set checked_at = null"))
            await recover(rig.runtime)
    assert item.output["softened"] == [CHANGE]
    assert (await rig.batch.left(), len(await rig.fakes.paid_submits())) == (FUNDS - PICTURE, 2)


async def test_without_room_for_both_the_refusal_is_the_end(rig: PaidRig) -> None:
    """A refused submit may be billed (fal's FAQ), so it counts against `maxUsd` until its bill says otherwise."""
    await rig.fakes.script(refusing())
    plan = await rig.plan(model=EDIT, shots=(rig.batch.shots["a"],))
    bound = MoneyBound(read_usd(plan.estimated_cost["most"]))
    run_id, status = await made_of_a(rig, soften=True, money=bound)
    assert status == "failed"
    item = await item_of_a(rig, run_id)
    assert (item.output["code"], len(await prompts(rig, run_id))) == ("content_refused", 2)
    assert len(await rig.fakes.paid_submits()) == 1
    assert await rig.batch.left() == FUNDS


@pytest.mark.parametrize(
    ("said", "causes", "softened"),
    [(None, ["brief"], True), (FACE, ["still"], False)],
)
async def test_a_clip_that_is_refused_in_its_makers_words(
    rig: PaidRig, said: str | None, causes: list[str], softened: bool
) -> None:
    """Vendors that name no input say what it was: the text, or the face in the picture that a clip begins with."""
    run_id, status = await made_of_a(rig)
    assert status == "succeeded"
    await rig.fakes.script(refusing(**({"text": said} if said else {})))
    run_id = await rig.queued("videos", model=CLIPS, shots=(rig.batch.shots["a"],), request_id="v", soften=True)
    status = await run_once(rig.runtime, run_id)
    item = await item_of_a(rig, run_id)
    assert status == ("succeeded" if softened else "failed")
    if not softened:
        assert item.output["refusal"]["causes"] == causes
        assert item.output["refusal"]["about"] == "face"
    assert len(await rig.jobs(run_id, item.key)) == (2 if softened else 1)


async def test_balances_add_up(rig: PaidRig) -> None:
    """Ten at once, half of them refused for good: each made one is paid, no other."""
    await rig.fakes.script(refusing(blames=("image_urls.0",)))
    runs = await asyncio.gather(*(made_of_a(rig, soften=True) for _ in range(2)))
    assert {status for _, status in runs} == {"failed"}
    async with rig.runtime.begin() as tx:
        assert await read_balance(tx, rig.batch.studio.user_id) == FUNDS
