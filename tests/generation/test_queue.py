"""Jobs in a provider's queue: one paid submit, whatever breaks between the submit and the result."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from sqlalchemy import text

from server.fakes import Behaviour, Fakes
from tests.generation.claimed import AT_ONCE, FAL, FUNDS, GMI, QueueRun, armed, asked, open_queue_run, with_fallback
from tests.waiting import let_others_run, looks
from wzrd.db.provider_jobs import list_item_jobs
from wzrd.domain.errors import (
    CancelRequested,
    ProviderError,
    ProviderFailed,
    ProviderRejected,
    ProviderUnknown,
    RunStopped,
)
from wzrd.domain.settlement import Outcome
from wzrd.domain.submission import Target
from wzrd.faults import FaultRaised
from wzrd.generation import Fallback, Generated, Own
from wzrd.generation.queue import pause_before_poll
from wzrd.providers.base import Progress
from wzrd.providers.opening import open_providers
from wzrd.runs.finish import cancel, finish
from wzrd.runtime.process import Runtime

HELD_BY_RUN = 2
BOTH = pytest.mark.parametrize("target", [FAL, GMI], ids=["fal", "gmi"])


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[QueueRun]:
    async with open_queue_run(runtime, fakes) as made:
        yield made


@BOTH
async def test_a_job_is_followed_to_its_result(rig: QueueRun, target: Target) -> None:
    """Places in the queue are told, the result comes, its own hold is charged; asked again, it is there."""
    await rig.fakes.script(Behaviour(places=2, seconds=None))
    *news, made = await rig.chunks(asked(target))
    assert all(isinstance(one, Progress) for one in news)
    assert news
    assert isinstance(made, Generated)
    assert made.output.media[0].startswith(rig.fakes.base_url)
    assert await rig.statuses() == [(0, "succeeded")]
    assert await rig.balance() == FUNDS - HELD_BY_RUN - 5
    again = await rig.ask(asked(target))
    assert (again.replayed, again.output.media) == (True, made.output.media)
    assert (await rig.paid(), await rig.balance()) == (1, FUNDS - HELD_BY_RUN - 5)


async def test_a_result_may_come_with_the_submit(rig: QueueRun) -> None:
    """Nothing is asked about afterwards; a death right after it finds the result."""
    async with armed("after_ack=raise"):
        with pytest.raises(FaultRaised):
            await rig.ask(asked(AT_ONCE))
    made = await rig.ask(asked(AT_ONCE), lease=await rig.resumed())
    assert made.output.media
    assert (await rig.statuses(), await rig.paid()) == ([(0, "succeeded")], 1)
    assert await rig.balance() == FUNDS - HELD_BY_RUN - 5


async def test_a_queue_has_all_the_time_that_is_left(rig: QueueRun) -> None:
    """The queue is told when it need not begin any more: at our deadline, which a resume does not put off."""
    await rig.ask(asked(FAL, deadline=600.0))
    (first,) = await rig.fakes.paid_submits()
    assert first.start_seconds is not None
    assert 500 < first.start_seconds <= 600
    later = asked(FAL, "a harbour", item_key="image/2", deadline=600.0)
    async with armed("after_intent=raise"):
        with pytest.raises(FaultRaised):
            await rig.ask(later)
    async with rig.runtime.begin() as tx:
        await tx.execute(text("update wzrd.provider_jobs set deadline = clock_timestamp() + interval '90 seconds'"))
    await rig.ask(later, lease=await rig.resumed())
    (_, second) = await rig.fakes.paid_submits()
    assert second.start_seconds is not None
    assert 0 < second.start_seconds <= 90


@BOTH
async def test_ten_at_once_are_one_submit(rig: QueueRun, target: Target) -> None:
    """An item asked for by ten callers is paid once, and all of them get it."""
    made = await asyncio.gather(*(rig.ask(asked(target)) for _ in range(10)))
    assert len({one.output.media for one in made}) == 1
    assert (await rig.paid(), await rig.statuses()) == (1, [(0, "succeeded")])


@BOTH
async def test_a_refusal_that_says_when_is_sent_again(rig: QueueRun, target: Target) -> None:
    """429 is not accepted: the next submit has the next number, and one is paid."""
    await rig.fakes.script(Behaviour(status=429, retry_after="0"), Behaviour(status=429))
    await rig.ask(asked(target))
    assert await rig.statuses() == [(0, "rejected"), (1, "rejected"), (2, "succeeded")]
    assert await rig.paid() == 1


@BOTH
async def test_a_final_refusal_gives_the_hold_back(rig: QueueRun, target: Target) -> None:
    """402 is the operator's account: never sent again, nothing charged."""
    await rig.fakes.script(Behaviour(status=402))
    with pytest.raises(ProviderRejected):
        await rig.ask(asked(target))
    assert (await rig.statuses(), await rig.paid()) == ([(0, "rejected")], 0)
    assert await rig.balance() == FUNDS - HELD_BY_RUN


@BOTH
async def test_a_job_that_fails_costs_nothing(rig: QueueRun, target: Target) -> None:
    """The provider took it and failed: no second submit, the hold goes back."""
    await rig.fakes.script(Behaviour(outcome="failure"))
    with pytest.raises(ProviderFailed):
        await rig.ask(asked(target))
    assert (await rig.statuses(), await rig.paid()) == ([(0, "failed")], 1)
    assert await rig.balance() == FUNDS - HELD_BY_RUN


LOST = [
    Behaviour(accepted_status=500),
    Behaviour(reply="dropped"),
    Behaviour(reply="malformed"),
]


async def test_two_lost_answers_are_two_jobs(rig: QueueRun) -> None:
    """Equal words twice at once, both answers lost: each finds a job of its own and is charged once."""
    await rig.fakes.script(Behaviour(reply="dropped"), Behaviour(reply="dropped"))
    await asyncio.gather(rig.ask(asked(GMI)), rig.ask(asked(GMI, item_key="image/2")))
    async with rig.runtime.begin() as tx:
        jobs = [*await list_item_jobs(tx, rig.lease.run_id, "image/2"), *await rig.jobs()]
    assert [job.status for job in jobs] == ["succeeded", "succeeded"]
    assert {job.request_id for job in jobs} == {one.request_id for one in await rig.fakes.paid_submits()}
    assert (await rig.paid(), await rig.balance()) == (2, FUNDS - HELD_BY_RUN - 10)


@pytest.mark.parametrize("behaviour", LOST, ids=["500 after accepting", "dropped", "malformed"])
async def test_a_lost_answer_is_found_in_the_list(rig: QueueRun, behaviour: Behaviour) -> None:
    """GMI lists its requests: ours is known by model, payload and time, and followed. One is paid, one is charged."""
    await rig.ask(asked(GMI, item_key="image/9"))  # another of the same payload, which is claimed already
    await rig.fakes.script(behaviour)
    heard = await rig.chunks(asked(GMI))
    told = [line for chunk in heard if isinstance(chunk, Progress) for line in chunk.logs]
    assert f"{GMI} may have taken this (" in told[0], "whoever waits hears what for"
    assert (await rig.statuses(), await rig.paid()) == ([(0, "succeeded")], 2)
    assert await rig.balance() == FUNDS - HELD_BY_RUN - 10


@pytest.mark.parametrize("behaviour", LOST, ids=["500 after accepting", "dropped", "malformed"])
async def test_a_lost_answer_without_recovery_is_never_sent_again(rig: QueueRun, behaviour: Behaviour) -> None:
    """A key that may not read fal's list, on a laptop: lost, unpaid, and refused until the user allows another."""
    await rig.fakes.script(behaviour, Behaviour(on="list", status=403, times=0))
    for _ in range(2):
        with pytest.raises(ProviderUnknown):
            await rig.ask(with_fallback(asked(), GMI, 3))
    assert (await rig.statuses(), await rig.paid()) == ([(0, "lost")], 1)
    assert await rig.balance() == FUNDS - HELD_BY_RUN
    async with rig.runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set resubmit_at = clock_timestamp()"))
    await rig.ask(asked())
    assert (await rig.statuses(), await rig.paid()) == ([(0, "lost"), (1, "succeeded")], 2)
    assert await rig.balance() == FUNDS - HELD_BY_RUN - 5


async def test_a_refused_spelling_is_no_paid_submit(rig: QueueRun) -> None:
    """GMI wants LTX's payload otherwise: one that it refused, on record, and one that is taken and paid."""
    ltx = Target("gmi-cloud", "ltx-2-fast-image-to-video")
    inputs = {
        "prompt": "a lighthouse",
        "image_uri": "https://example.com/a.png",
        "duration": 6,
        "resolution": "1920x1080",
    }
    await rig.fakes.script(Behaviour(status=400, text="Invalid payload parameters: duration"))
    await rig.ask(asked(ltx, media_type="video", inputs=inputs))
    assert (await rig.statuses(), await rig.paid()) == ([(0, "rejected"), (1, "succeeded")], 1)
    assert await rig.balance() == FUNDS - HELD_BY_RUN - 5


@BOTH
@pytest.mark.parametrize("point", ["after_intent", "before_send", "after_send", "after_ack", "before_record"])
async def test_a_death_at_any_point_pays_once(rig: QueueRun, target: Target, point: str) -> None:
    """A process dies there and the run is resumed elsewhere: one submit, paid; or none, and nobody can know it."""
    async with armed(f"{point}=raise"):
        with pytest.raises(FaultRaised):
            await rig.ask(asked(target, deadline=3.0))
    lease = await rig.resumed()
    try:
        await rig.ask(asked(target, deadline=3.0), lease=lease)
        charged = 5
    except ProviderUnknown:
        charged = 0
    # before_send: the commit before the bytes leave stands, and nobody knows that they never did
    sent = point != "before_send"
    assert charged == (5 if sent else 0)
    assert await rig.paid() == (1 if sent else 0)
    assert await rig.balance() == FUNDS - HELD_BY_RUN - charged


@BOTH
@pytest.mark.parametrize("point", ["after_send", "after_ack", "before_record"])
async def test_what_was_made_while_nobody_asked_is_had_after_its_deadline(
    rig: QueueRun, target: Target, point: str
) -> None:
    """Its process died, and the next one begins when its time is over: it asks once, and the vendor has it."""
    async with armed(f"{point}=raise"):
        with pytest.raises(FaultRaised):
            await rig.ask(asked(target))
    async with rig.runtime.begin() as tx:
        await tx.execute(text("update wzrd.provider_jobs set deadline = clock_timestamp() - interval '1 hour'"))
    await rig.ask(asked(target), lease=await rig.resumed())
    assert (await rig.statuses(), await rig.paid()) == ([(0, "succeeded")], 1)
    assert await rig.balance() == FUNDS - HELD_BY_RUN - 5


async def test_a_resume_follows_what_was_accepted(rig: QueueRun) -> None:
    """The first process goes while the job waits; the second asks about the same request, and submits nothing."""
    await rig.fakes.script(Behaviour(hold="result"))
    first = asyncio.create_task(rig.ask(asked()))
    await rig.fakes.wait_submit()
    async for _ in looks(every=0):
        if [status for _, status in await rig.statuses()] == ["accepted"]:
            break
    for _, call in list(rig.runtime.providers.in_flight.values()):
        call.abandon()
        await call.wait()
    with pytest.raises(RunStopped):
        await first
    lease = await rig.resumed()
    second = asyncio.create_task(rig.ask(asked(), lease=lease))
    await rig.fakes.release()
    assert (await second).output.media
    assert (await rig.statuses(), await rig.paid()) == ([(0, "succeeded")], 1)


async def _accepted(rig: QueueRun) -> None:
    async for _ in looks(every=0):
        if [status for _, status in await rig.statuses()][-1:] == ["accepted"]:
            break


async def test_a_cancel_stops_what_the_provider_can_stop(rig: QueueRun) -> None:
    """A queued job at fal is stopped there: it is canceled, and its hold goes back with the run's end."""
    await rig.fakes.script(Behaviour(places=1, place_seconds=600))
    task = asyncio.create_task(rig.ask(asked()))
    await _accepted(rig)
    await cancel(rig.runtime, rig.lease.run_id, rig.studio.user_id)
    await rig.runtime.providers.cancel(rig.lease.run_id)
    with pytest.raises(RunStopped):
        await task
    await finish(rig.runtime, rig.lease.run_id, Outcome(canceled=True), lease=rig.lease)
    assert await rig.statuses() == [(0, "canceled")]
    assert [hold.status for hold in await rig.holds()] == ["released"]
    assert await rig.balance() == FUNDS


async def test_a_cancel_that_is_answered_late_stops_it(rig: QueueRun) -> None:
    """The run ends without waiting for a slow answer, canceled once more meanwhile; the answer frees the hold."""
    await rig.fakes.script(Behaviour(places=1, place_seconds=600), Behaviour(on="cancel", hold="reply"))
    task = asyncio.create_task(rig.ask(asked()))
    await _accepted(rig)
    ((_, call),) = rig.runtime.providers.in_flight.values()
    while not call.chunks:  # it is being followed
        await let_others_run()
    await rig.runtime.providers.cancel(rig.lease.run_id, seconds=0.01)
    await rig.runtime.providers.cancel(rig.lease.run_id, seconds=0.01)
    await finish(rig.runtime, rig.lease.run_id, Outcome(canceled=True), lease=rig.lease)
    assert await rig.statuses() == [(0, "accepted")]
    assert [(hold.status, hold.purpose) for hold in await rig.holds()] == [("held", "outstanding")]
    async for _ in looks(every=0):
        if await rig.fakes.release():
            break
    with pytest.raises(RunStopped):
        await task
    assert await rig.statuses() == [(0, "canceled")]
    assert [hold.status for hold in await rig.holds()] == ["released"]
    assert await rig.balance() == FUNDS


@pytest.mark.parametrize(
    ("target", "behaviour"),
    [(GMI, Behaviour(hold="result")), (FAL, Behaviour(hold="result", cancel="refused"))],
    ids=["no cancel there", "it goes on"],
)
async def test_what_may_still_be_delivered_keeps_its_price(rig: QueueRun, target: Target, behaviour: Behaviour) -> None:
    """Canceled while the provider works on and cannot be stopped: the run ends, the item's hold stays outstanding."""
    await rig.fakes.script(behaviour)
    task = asyncio.create_task(rig.ask(asked(target)))
    await _accepted(rig)
    await rig.runtime.providers.cancel(rig.lease.run_id)
    with pytest.raises(RunStopped):
        await task
    await finish(rig.runtime, rig.lease.run_id, Outcome(canceled=True), lease=rig.lease)
    assert await rig.statuses() == [(0, "accepted")]
    assert [(hold.status, hold.purpose) for hold in await rig.holds()] == [("held", "outstanding")]
    assert await rig.balance() == FUNDS - 5


async def test_no_submit_after_a_cancel(rig: QueueRun) -> None:
    """The flag is looked at before every submit."""
    async with rig.runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set cancel_requested_at = now()"))
    with pytest.raises(CancelRequested):
        await rig.ask(asked())
    assert await rig.paid() == 0


async def test_another_model_is_asked_after_a_failure(rig: QueueRun) -> None:
    """The price of the one that stands in is held anew; what the failed one held goes back first."""
    await rig.fakes.script(Behaviour(outcome="failure"))
    told, *_, made = await rig.chunks(with_fallback(asked(), GMI, 3))
    assert isinstance(told, Fallback) or any(isinstance(one, Fallback) for one in [told, *_])
    assert isinstance(made, Generated)
    assert (made.target, made.fallback_reason) == (GMI, f"runtime_failure:{FAL}")
    assert await rig.balance() == FUNDS - HELD_BY_RUN - 3
    assert sorted((hold.amount, hold.status) for hold in await rig.holds()) == [(3, "committed"), (5, "released")]


async def test_a_resume_after_a_fallback_goes_on_with_it(rig: QueueRun) -> None:
    """The first model failed and was left before the process died: it is not paid again."""
    await rig.fakes.script(Behaviour(outcome="failure", provider="fal-ai"))
    request = with_fallback(asked(), GMI, 3)
    async with armed("before_record@2=raise"):
        with pytest.raises(FaultRaised):
            await rig.ask(request)
    made = await rig.ask(request, lease=await rig.resumed())
    assert made.target == GMI
    assert (await rig.paid("fal-ai"), await rig.paid("gmi-cloud")) == (1, 1)
    assert await rig.balance() == FUNDS - HELD_BY_RUN - 3


@pytest.mark.parametrize("status", [400, 401, 402, 422])
async def test_what_is_not_the_providers_failure_falls_back_to_nobody(rig: QueueRun, status: int) -> None:
    """A request that is wrong, or an account that is, would be so elsewhere, or has to be told."""
    await rig.fakes.script(Behaviour(status=status))
    with pytest.raises(ProviderError):
        await rig.ask(with_fallback(asked(), GMI, 3))
    assert await rig.paid() == 0


async def test_a_job_that_never_ends_is_given_up_at_its_deadline(rig: QueueRun) -> None:
    """It had begun and may still finish: nothing is charged, no other is asked; what comes late is kept."""
    await rig.fakes.script(Behaviour(hold="result", cancel="refused"))
    with pytest.raises(ProviderUnknown, match="not finished in time"):
        await rig.ask(with_fallback(asked(deadline=1.0), GMI, 3))
    assert (await rig.statuses(), await rig.paid()) == ([(0, "lost")], 1)
    assert await rig.balance() == FUNDS - HELD_BY_RUN


async def test_a_deadline_holds_across_a_resume(rig: QueueRun) -> None:
    """It counts from when the submit was first meant, not from each resume."""
    await rig.fakes.script(Behaviour(hold="result", cancel="refused"))
    task = asyncio.create_task(rig.ask(asked()))
    await _accepted(rig)
    for _, call in list(rig.runtime.providers.in_flight.values()):
        call.abandon()
        await call.wait()
    with pytest.raises(RunStopped):
        await task
    async with rig.runtime.begin() as tx:
        await tx.execute(text("update wzrd.provider_jobs set deadline = clock_timestamp()"))
    with pytest.raises(ProviderUnknown):
        await rig.ask(asked(), lease=await rig.resumed())


async def test_an_own_hold_that_is_refused_sends_nothing(rig: QueueRun) -> None:
    """Too dear: nothing is submitted, and the error has the numbers."""
    with pytest.raises(Exception, match="Insufficient credits"):
        await rig.ask(replace(asked(), funding=Own(FUNDS + 1, "image")))
    assert (await rig.paid(), await rig.statuses()) == (0, [])


def test_a_job_is_asked_about_at_a_share_of_its_age() -> None:
    """Never more often than ten times a second, never more seldom than every twelve seconds."""
    ages = [0.0, 0.1, 1.0, 5.0, 60.0, 600.0, 86_400.0]
    pauses = [pause_before_poll(age, 0.5) for age in ages]
    assert pauses == sorted(pauses)
    assert all(0.079 <= pause_before_poll(age, jitter) <= 12.001 for age in ages for jitter in (0.0, 1.0))


async def test_unknown_ids_are_unique(rig: QueueRun) -> None:
    """Each submit to a queue has a token of its own, which nobody can guess."""
    await rig.ask(asked())
    await rig.ask(asked(item_key=str(uuid.uuid4())))
    async with rig.runtime.begin() as tx:
        tokens = (await tx.scalars(text("select token from wzrd.provider_jobs"))).all()
    assert len(set(tokens)) == len(tokens) == 2
    assert all(len(token) >= 43 for token in tokens)


@BOTH
async def test_a_question_that_is_refused_for_now_waits_as_told(rig: QueueRun, target: Target) -> None:
    """429 on the way: the next question comes when its provider said, not at once; the job is followed to its end."""
    await rig.fakes.script(
        Behaviour(seconds=0.01), Behaviour(on="status", status=429, retry_after="0.6"), Behaviour(on="status")
    )
    clock = asyncio.get_running_loop().time
    began = clock()
    await rig.ask(asked(target))
    assert clock() - began >= 0.6
    assert (await rig.statuses(), await rig.paid()) == ([(0, "succeeded")], 1)


@BOTH
async def test_a_key_that_changes_while_a_job_is_followed(rig: QueueRun, target: Target) -> None:
    """A job that was paid for under the former key is asked for with the new one, and comes."""
    renewed: list[bool] = []
    former = rig.runtime.providers

    async def renew() -> None:
        renewed.append(True)
        former._lanes.update(fresh._lanes)

    fresh = open_providers(rig.runtime.settings)
    former._renew = renew
    stale = former.find(target.provider, "image")
    await rig.fakes.script(Behaviour(seconds=0.01), Behaviour(on="status", status=401))
    await rig.ask(asked(target))
    assert renewed == [True]
    assert former.find(target.provider, "image") is not stale
    assert (await rig.statuses(), await rig.paid()) == ([(0, "succeeded")], 1)
    await fresh.aclose(grace=0.1)
