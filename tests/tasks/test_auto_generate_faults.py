"""Troubles that auto-generate survives: faults at every point, broken tools, deletions, cancels, failed runs."""

import asyncio

import pytest
from prefect.logging import disable_run_logger
from sqlalchemy import text

from blocks.resolve import serving
from tasks.auto_generate import make_shot
from tests.assets.test_sources import media_server
from tests.fakes.images import picture
from tests.generation.claimed import armed
from tests.playing import log_of, run_once, run_until_ended
from tests.tasks.shot_batch import PRICE, all_completed, make_batch_rig, shot_statuses, terminal
from tests.waiting import until
from wzrd.domain.errors import ProviderFailed
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.net.guarded import GuardedFetch
from wzrd.runs.execute import claim, execute
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime
from wzrd.storage.local import LocalStorage
from wzrd.storyboard.batch.ends import ShotFailed

pytestmark = pytest.mark.usefixtures("module_runtime")

PLACES = [
    *("after_claim", "after_intent", "before_send", "after_send", "after_ack", "before_record"),
    *("before_store", "after_store", "before_shot", "before_settle_commit"),
    *(f"before_step_commit@{number}" for number in (1, 2, 3, 4)),
    *(f"after_step_commit@{number}" for number in (1, 2, 3, 4)),
]


@pytest.mark.parametrize("place", PLACES)
async def test_a_batch_interrupted_anywhere_ends_whole_and_is_paid_for_once(runtime: Runtime, place: str) -> None:
    """Whatever was under way at the fault is taken up again; the user pays each shot once and sees it once."""
    rig = await make_batch_rig(runtime, "ab")
    run_id = await rig.queued()
    nth = "" if "@" in place else "@1"
    async with armed(f"{place}{nth}=raise"):
        status, interruptions = await run_until_ended(runtime, run_id)
    assert status == "succeeded"
    # on a busy machine steps that end together are committed together, twice at least
    assert interruptions == 1 or (place.endswith(("@3", "@4")) and interruptions == 0)
    assert await shot_statuses(runtime, run_id, rig) == all_completed("ab")
    assert await rig.statuses() == {"a": "completed", "b": "completed"}
    assert await rig.left() == 100 - 2 * PRICE
    assert {item.output["charged"] for item in (await rig.items(run_id)).values() if item.output} == {PRICE}
    assert [event for event, _ in await log_of(runtime, run_id)].count("complete") == 1
    assert list(runtime.settings.work_folder.iterdir()) == []


async def test_a_step_that_is_repeated_after_its_end_does_nothing(runtime: Runtime) -> None:
    """A commit that came through although it looked lost: the same address, the same failure, no second submit."""
    rig = await make_batch_rig(runtime, "ab")
    rig.images.acts = {"b": [ProviderFailed("the brush broke")]}
    run_id = await rig.queued()
    lease = await claim(runtime, run_id, flow_run_id=None)
    assert lease is not None

    async def work(lease: Lease) -> Outcome:
        good, bad = (f"image/{rig.shots[name]}" for name in "ab")
        url = await make_shot(lease.run_id, good, "a")
        place = runtime.storage.locate(url)
        assert place is not None
        assert await runtime.storage.delete(*place)
        assert await make_shot(lease.run_id, good, "a") == url == (await rig.row("a")).image_url
        for _ in range(3):
            with pytest.raises(ShotFailed, match="the brush broke"):
                await make_shot(lease.run_id, bad, "b")
        return Outcome()

    async with serving(runtime):
        with disable_run_logger():
            assert await execute(runtime, lease, work) == "partial"
    assert rig.images.asked == ["a", "b"]
    assert await shot_statuses(runtime, run_id, rig) == all_completed("a") | {"b": ["generating", "failed"]}
    assert await rig.left() == 100 - PRICE


@pytest.mark.parametrize("error", [RuntimeError("a bug"), OSError(28, "no space left"), ProviderFailed("bad\0 words")])
async def test_whatever_breaks_one_shot_breaks_no_other(runtime: Runtime, error: Exception) -> None:
    """A bug, a full disk, words that no database takes: the shot failed, the others are made, holds are given back."""
    rig = await make_batch_rig(runtime)
    rig.images.acts = {"a": [error]}
    run_id = await rig.queued()
    assert await run_once(runtime, run_id, at_once=1) == "partial"
    assert await rig.statuses() == {"a": "failed", "b": "completed", "c": "completed"}
    reason = (await rig.row("a")).failure_reason
    assert reason == ("bad words" if isinstance(error, ProviderFailed) else "Something went wrong on our side")
    assert await rig.left() == 100 - 2 * PRICE


async def test_what_may_pass_is_tried_again(runtime: Runtime) -> None:
    """The provider's address did not answer at first: the same result is fetched again, and paid for once."""
    rig = await make_batch_rig(runtime, "a")
    async with media_server(200, picture("a"), ill=1) as url:
        runtime._result_fetch = GuardedFetch(allowed=(url,))
        rig.images.acts = {"a": [f"{url}/a.png"]}
        run_id = await rig.queued()
        assert await run_once(runtime, run_id) == "succeeded"
        runtime._result_fetch = None
    assert (rig.images.asked, await rig.left()) == (["a"], 100 - PRICE)
    assert ((await rig.items(run_id))["a"].output or {})["charged"] == PRICE


async def test_a_shot_that_is_deleted_before_its_turn(runtime: Runtime) -> None:
    """Nothing is made and nothing charged; the log and the count say so; the others are made."""
    rig = await make_batch_rig(runtime)
    run_id = await rig.queued()
    await rig.delete("shots", id=rig.shots["b"])
    assert await run_once(runtime, run_id, at_once=1) == "partial"
    assert (await rig.items(run_id))["b"].error == "the shot was deleted meanwhile"
    assert await shot_statuses(runtime, run_id, rig) == all_completed("ac") | {"b": ["failed"]}
    counted = [data for event, data in await log_of(runtime, run_id) if event == "progress"]
    assert (counted[-1]["failed"], counted[-1]["percent"]) == (1, 100)
    assert (rig.images.asked, await rig.left()) == (["a", "c"], 100 - 2 * PRICE)


@pytest.mark.parametrize("table", ["shots", "scenes", "projects"])
async def test_what_its_owner_deletes_while_it_is_made(runtime: Runtime, table: str) -> None:
    """A shot under way is finished and charged, one not begun is not; run and mirrors end in order."""
    rig = await make_batch_rig(runtime)
    run_id = await rig.queued()
    gate = rig.images.gate = asyncio.Event()
    begun = asyncio.Event()
    rig.images.on_submit = lambda _: begun.set()
    playing = asyncio.create_task(run_once(runtime, run_id, at_once=1))
    await begun.wait()
    column = {"shots": "project_id", "scenes": "project_id", "projects": "id"}[table]
    await rig.delete(table, **{column: rig.studio.project_id})
    gate.set()
    assert await playing == "partial"
    statuses = {name: item.status for name, item in (await rig.items(run_id)).items()}
    assert statuses == {"a": "succeeded", "b": "failed", "c": "failed"}
    assert (await terminal(runtime, run_id))["status"] == "partial"
    assert (await rig.statuses(), await rig.left()) == ({}, 100 - PRICE)


async def test_a_canceled_batch_leaves_no_shot_generating(runtime: Runtime) -> None:
    """In mid-work: rows stand where they stood, holds are given back, what was done is kept and charged."""
    rig = await make_batch_rig(runtime, "abcd")
    run_id = await rig.queued()
    gate = asyncio.Event()
    waiting = asyncio.Event()

    def on_submit(prompt: str) -> None:
        if prompt == "b":
            rig.images.gate = gate
            waiting.set()

    rig.images.on_submit = on_submit
    playing = asyncio.create_task(run_once(runtime, run_id, at_once=1))
    await waiting.wait()
    assert (await rig.statuses())["b"] == "generating"
    await cancel(runtime, run_id, rig.studio.user_id)
    runtime.leases.cancel(run_id)
    assert await playing == "canceled"
    gate.set()
    assert await rig.statuses() == {"a": "completed", "b": "prompt_ready", "c": "prompt_ready", "d": "prompt_ready"}
    assert {name: item.status for name, item in (await rig.items(run_id)).items()} == {
        "a": "succeeded",
        "b": "canceled",
        "c": "canceled",
        "d": "canceled",
    }
    end = await terminal(runtime, run_id)
    assert (end["status"], end["completed"]) == ("canceled", 1)
    assert await rig.left() == 100 - PRICE
    rig.images.gate = None
    await reopen(runtime, run_id)
    assert await run_once(runtime, run_id) == "succeeded"
    assert await rig.left() == 100 - 4 * PRICE


async def test_a_filming_is_stopped_within_a_moment(runtime: Runtime) -> None:
    """A cancel in the middle of a clip: the row waits again, nothing is left in the working folder."""
    rig = await make_batch_rig(runtime, "a")
    run_id = await rig.queued(model="animatic")
    assert await run_once(runtime, run_id) == "succeeded"
    run_id = await rig.queued("videos", model="animatic")
    playing = asyncio.create_task(run_once(runtime, run_id))
    await until(lambda: list(runtime.settings.work_folder.rglob("*.part")))
    await cancel(runtime, run_id, rig.studio.user_id)
    runtime.leases.cancel(run_id)
    async with asyncio.timeout(60):
        assert await playing == "canceled"
    row = await rig.row("a")
    assert (row.video_status, row.video_url, row.image_status) == ("pending", None, "completed")
    assert list(runtime.settings.work_folder.iterdir()) == []


async def test_a_failed_run_fails_no_shot_that_another_has_made(runtime: Runtime) -> None:
    """Two runs of a project, one dies for good: what the other completed stays completed."""
    rig = await make_batch_rig(runtime, "ab")
    slow = (await rig.open(request_id="slow")).run_id
    quick = (await rig.open(request_id="quick")).run_id
    assert slow != quick
    lease = await claim(runtime, slow, flow_run_id=None)
    assert lease is not None
    assert await run_once(runtime, quick) == "succeeded"

    async def work(lease: Lease) -> Outcome:
        return Outcome(error="the machine burned down")

    assert await execute(runtime, lease, work) == "failed"
    assert await rig.statuses() == {"a": "completed", "b": "completed"}
    assert await rig.left() == 100 - 2 * PRICE


async def test_a_run_that_fails_as_a_whole_says_so_in_its_rows(runtime: Runtime) -> None:
    """Shots that were never made are failed, with the reason, and not generating for ever."""
    rig = await make_batch_rig(runtime, "ab")
    run_id = await rig.queued()
    lease = await claim(runtime, run_id, flow_run_id=None)
    assert lease is not None

    async def work(lease: Lease) -> Outcome:
        return Outcome(error="the machine burned down", error_code="fire")

    assert await execute(runtime, lease, work) == "failed"
    assert await rig.statuses() == {"a": "failed", "b": "failed"}
    assert (await rig.row("a")).failure_reason == "the machine burned down"
    event, data = (await log_of(runtime, run_id))[-1]
    assert (event, data["error"]) == ("error", "the machine burned down")


async def test_what_could_not_be_stored_is_not_paid_for(runtime: Runtime) -> None:
    """The provider had made it, the store would not take it: the shot fails and costs nothing; its retry pays once."""
    rig, kept = await make_batch_rig(runtime, "a"), runtime.storage
    run_id = await rig.queued()
    runtime.storage = LocalStorage(runtime.settings.media_folder, max_bytes=8)
    try:
        assert await run_once(runtime, run_id) == "failed"
    finally:
        runtime.storage = kept
    assert (await rig.left(), rig.images.asked) == (100, ["a"])
    await reopen(runtime, run_id)
    assert await run_once(runtime, run_id) == "succeeded"
    assert await rig.left() == 100 - PRICE
    assert ((await rig.items(run_id))["a"].output or {})["charged"] == PRICE


async def test_two_requests_for_the_same_shots_are_paid_for_once(runtime: Runtime) -> None:
    """Two keys, two runs, one project: the second finds what the first has made, and neither submits nor charges.

    The prompts changed in between, so it is not the cache key that is found again.
    """
    rig = await make_batch_rig(runtime, "ab")
    runs = [(await rig.open(request_id=key)).run_id for key in ("one", "two")]
    assert runs[0] != runs[1]
    for run_id in runs:
        assert await run_once(runtime, run_id) == "succeeded"
        assert (await rig.left(), sorted(rig.images.asked)) == (100 - 2 * PRICE, ["a", "b"])
        async with runtime.begin() as tx:
            changed = text("update public.shots set visual_prompt = visual_prompt || '!' where project_id = :id")
            await tx.execute(changed, {"id": rig.studio.project_id})
    assert (await terminal(runtime, runs[1]))["reused"] == 2
