"""Clips of approved stills alone, and one more take of a shot: what is made, sent, paid and kept."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from server.fakes import Behaviour, Fakes
from tests.playing import run_once
from tests.tasks.shot_batch import CLIPS, FUNDS, IMAGE_PRICE, PaidRig, open_paid_rig, terminal
from tests.waiting import until
from wzrd.db.takes import ShotTake, choose_take, judge_stills, list_takes, lock_shots
from wzrd.domain.errors import BadRequest, Conflict
from wzrd.faults import arm
from wzrd.models.routing import routed_catalog
from wzrd.operations.auto_generate.kind import start_approved
from wzrd.runtime.process import Runtime

CLIP_PRICE = routed_catalog().models[CLIPS].credits


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[PaidRig]:
    """Three shots whose stills a model has made."""
    async with open_paid_rig(runtime, fakes) as made:
        assert await run_once(runtime, await made.queued()) == "succeeded"
        yield made


async def judge(rig: PaidRig, names: str, verdict: Any = "approved") -> None:
    studio = rig.batch.studio
    async with rig.runtime.begin() as tx:
        shots = [rig.batch.shots[name] for name in names]
        await judge_stills(tx, studio.project_id, shots, verdict, user_id=studio.user_id)


async def takes(rig: PaidRig, name: str, made: str = "image") -> list[ShotTake]:
    async with rig.runtime.begin() as tx:
        found = await list_takes(tx, rig.batch.studio.project_id, shot_id=rig.batch.shots[name])
    return [take for take in found if take.made == made]


async def approved_clips(rig: PaidRig) -> uuid.UUID | None:
    started = await start_approved(rig.runtime, rig.batch.studio.user_id, rig.batch.studio.project_id)
    return started.run_id if started else None


async def test_what_a_batch_makes_is_a_take(rig: PaidRig) -> None:
    """Chosen, with its model, its price and its run; unapproved."""
    (take,) = await takes(rig, "a")
    assert (take.number, take.chosen, take.model, take.credits) == (1, True, "fal-ai/flux/schnell", IMAGE_PRICE)
    assert (take.run_id is not None, take.verdict) == (True, None)


async def test_clips_wait_for_their_stills(rig: PaidRig) -> None:
    """Nothing approved: the run succeeds with the count. Approved ones are made, no others; then nothing is left."""
    opened = await rig.open("videos", require_approval=True)
    assert (opened.answer.queued, opened.answer.awaiting_approval) == (0, 3)
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    assert (await terminal(rig.runtime, opened.run_id))["awaitingApproval"] == 3
    assert await approved_clips(rig) is None
    await judge(rig, "ac")
    run_id = await approved_clips(rig)
    assert run_id is not None
    assert await approved_clips(rig) is None, "they are being made"
    assert await run_once(rig.runtime, run_id) == "succeeded"
    end = await terminal(rig.runtime, run_id)
    assert (end["completed"], end["awaitingApproval"]) == (2, 1)
    assert await rig.batch.statuses("video") == {"a": "completed", "b": "pending", "c": "completed"}
    assert await rig.paid("gmi-cloud") == 2
    assert [take.chosen for take in await takes(rig, "a", "video")] == [True]
    assert await approved_clips(rig) is None
    plan = await rig.plan("videos", require_approval=True)
    assert (plan.done, plan.awaiting_approval, plan.waiting, plan.queued) == (2, 1, 0, 0)


async def test_approval_is_asked_by_request_or_setting(rig: PaidRig) -> None:
    """`phase: videos` alone asks for none; the project's setting does; pictures have nothing to wait for."""
    assert (await rig.plan("videos")).awaiting_approval is None
    with pytest.raises(BadRequest, match="phase videos"):
        await rig.open("images", require_approval=True)
    async with rig.runtime.begin() as tx:
        setting = text("insert into public.project_settings (project_id, require_approval) values (:id, true)")
        await tx.execute(setting, {"id": rig.batch.studio.project_id})
    assert (await rig.plan("videos")).awaiting_approval == 3
    assert (await rig.plan("images")).awaiting_approval is None


async def test_a_batch_that_asks_for_none_is_not_joined(rig: PaidRig) -> None:
    """Who wants approval is not answered with clips that nobody approves."""
    await rig.open("videos")
    with pytest.raises(Conflict, match="asks for no approval"):
        await rig.open("videos", require_approval=True)


@pytest.mark.parametrize("how", ["rejected", "replaced"])
async def test_a_still_that_loses_its_approval_is_not_sent(rig: PaidRig, how: str) -> None:
    """After the run was planned, and before its clip leaves: nothing is sent or held, and its run has not failed."""
    await judge(rig, "ab")
    run_id = await rig.queued("videos", require_approval=True)
    if how == "rejected":
        await judge(rig, "b", "rejected")
    else:
        await rig.set("shots", "id", rig.batch.shots["b"], image_url=(await rig.batch.row("a")).image_url)
    assert await run_once(rig.runtime, run_id) == "succeeded"
    assert await rig.batch.statuses("video") == {"a": "completed", "b": "pending", "c": "pending"}
    item = (await rig.batch.items(run_id))["b"]
    assert (item.status, item.phase) == ("skipped", "awaiting_approval")
    assert (await terminal(rig.runtime, run_id))["awaitingApproval"] == 2
    assert await rig.batch.left() == FUNDS - 3 * IMAGE_PRICE - CLIP_PRICE
    await judge(rig, "b")
    again = await approved_clips(rig)
    assert again is not None
    assert await run_once(rig.runtime, again) == "succeeded"
    assert (await rig.batch.statuses("video"))["b"] == "completed"


async def test_an_approval_lost_before_the_last_moment_stops_the_submit(rig: PaidRig, tmp_path: Path) -> None:
    """Its intent is noted and its credits are held when it is rejected: nothing is sent, and they are back."""
    await judge(rig, "a")
    run_id = await rig.queued("videos", require_approval=True)
    held = tmp_path / "after_intent.held"
    arm("after_intent=hold", tmp_path)
    try:
        playing = asyncio.create_task(run_once(rig.runtime, run_id))
        await until(held.exists)
        await judge(rig, "a", "rejected")
        held.unlink()
        assert await playing == "succeeded"
    finally:
        arm("")
    assert ((await rig.batch.items(run_id))["a"].phase, await rig.paid("gmi-cloud")) == ("awaiting_approval", 0)
    assert await rig.batch.left() == FUNDS - 3 * IMAGE_PRICE
    assert (await rig.batch.statuses("video"))["a"] == "pending"
    await judge(rig, "a")
    again = await approved_clips(rig)
    assert again is not None
    assert await run_once(rig.runtime, again) == "succeeded"
    assert await rig.paid("gmi-cloud") == 1


async def test_what_waits_is_bounded_by_what_is_left(rig: PaidRig) -> None:
    """The bound of the batch that waited counts for all that goes on with it."""
    await judge(rig, "a")
    opened = await rig.open("videos", require_approval=True, max_credits=2 * CLIP_PRICE)
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    await judge(rig, "bc")
    with pytest.raises(BadRequest, match=f"more than maxCredits {CLIP_PRICE}"):
        await approved_clips(rig)
    await judge(rig, "c", "rejected")
    assert await approved_clips(rig) is not None


async def test_a_locked_shot_is_no_batchs(rig: PaidRig) -> None:
    """Neither planned nor made, before the run begins or after."""
    shots = rig.batch.shots
    async with rig.runtime.begin() as tx:
        await lock_shots(tx, [shots["a"]], locked=True)
    opened = await rig.open("videos")
    assert (opened.answer.queued, (await rig.plan("videos")).locked) == (2, 1)
    async with rig.runtime.begin() as tx:
        await lock_shots(tx, [shots["b"]], locked=True)
    assert await run_once(rig.runtime, opened.run_id) == "partial"
    assert await rig.batch.statuses("video") == {"a": "pending", "b": "pending", "c": "completed"}


async def test_one_more_take(rig: PaidRig) -> None:
    """A named shot is made again by its note, though it is there; the former take is kept, and is chosen again."""
    opened = await rig.open(shots=(rig.batch.shots["b"],), note="she holds the crayon")
    assert (opened.answer.queued, opened.answer.estimated_credits) == (1, IMAGE_PRICE)
    assert (await rig.batch.statuses())["b"] == "completed", "what it has is shown meanwhile"
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    first, second = await takes(rig, "b")
    assert (first.chosen, second.chosen, second.note) == (False, True, "she holds the crayon")
    row = await rig.batch.row("b")
    assert (row.image_url, row.visual_prompt) == (second.url, "b. She holds the crayon.")
    assert (row.prompt_idea, row.shot_packet["shot"]["idea"]) == (row.prompt_idea, row.prompt_idea)
    assert row.prompt_idea == "The lamp b. She holds the crayon."
    assert await rig.sent_as(opened.run_id, "b", prompt="b. She holds the crayon.")
    assert (await rig.paid("fal-ai"), len(await takes(rig, "a"))) == (4, 1)
    async with rig.runtime.begin() as tx:
        await choose_take(tx, first)
    assert ((await rig.batch.row("b")).image_url, [one.chosen for one in await takes(rig, "b")]) == (
        first.url,
        [True, False],
    )


async def test_a_remake_that_is_posted_twice_is_one(rig: PaidRig) -> None:
    """Without a requestId the same wish is one take, under way and a moment after; another wish is another."""
    wish: dict[str, Any] = {"shots": (rig.batch.shots["b"],), "note": "she holds the crayon"}
    paid, left = await rig.paid("fal-ai"), await rig.batch.left()
    first, second = await asyncio.gather(rig.open(**wish), rig.open(**wish))
    assert first.run_id == second.run_id
    assert {first.created, second.created} == {True, False}
    assert first.answer.queued == second.answer.queued == 1
    assert await run_once(rig.runtime, first.run_id) == "succeeded"
    assert (await rig.open(**wish)).run_id == first.run_id, "a click that came late"
    assert (await rig.paid("fal-ai") - paid, left - await rig.batch.left()) == (1, IMAGE_PRICE)
    assert len(await takes(rig, "b")) == 2
    others: list[dict[str, Any]] = [{**wish, "note": "by night"}, {**wish, "request_id": "again"}]
    for other in others:
        begun = await rig.open(**other)
        assert begun.created
        assert await run_once(rig.runtime, begun.run_id) == "succeeded"
    assert len(await takes(rig, "b")) == 4


async def test_a_take_that_fails_changes_nothing(rig: PaidRig) -> None:
    """The shot shows what it has, finished, and no batch makes it again."""
    await rig.fakes.script(Behaviour(match="b", media="expired"))
    run_id = (await rig.open(shots=(rig.batch.shots["b"],))).run_id
    assert await run_once(rig.runtime, run_id) == "failed"
    assert (await rig.batch.statuses(), (await rig.plan()).queued) == (dict.fromkeys("abc", "completed"), 0)


async def test_what_cannot_be_made_again_is_refused(rig: PaidRig) -> None:
    """A shot of nobody's, a note on no shot, a clip without a still: named, and nothing is begun."""
    with pytest.raises(BadRequest, match="no shot"):
        await rig.open(shots=(uuid.uuid4(),))
    with pytest.raises(BadRequest, match="give shots"):
        await rig.open(note="by night")
    await rig.set("shots", "id", rig.batch.shots["b"], image_status="pending", image_url=None)
    with pytest.raises(BadRequest, match="scene 1, shot 2 has no picture yet"):
        await rig.open("videos", shots=(rig.batch.shots["b"],))


async def test_a_gated_clip_is_made_once_by_two_that_approve(rig: PaidRig) -> None:
    """Two approve at the same moment: one batch begins, and each clip is paid once."""
    await run_once(rig.runtime, await rig.queued("videos", require_approval=True))
    await judge(rig, "abc")
    runs = await asyncio.gather(approved_clips(rig), approved_clips(rig))
    (run_id,) = [one for one in runs if one is not None]
    assert await run_once(rig.runtime, run_id) == "succeeded"
    assert (await rig.paid("gmi-cloud"), await rig.batch.left()) == (3, FUNDS - 3 * (IMAGE_PRICE + CLIP_PRICE))
