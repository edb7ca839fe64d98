"""A lost submit to fal, on a laptop that nobody can call: looked for in the list of requests."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import pytest

from server.fakes import Behaviour, Fakes
from tests.generation.claimed import FAL, FUNDS, GMI, QueueRun, armed, asked, open_queue_run, with_fallback
from tests.waiting import answer_of
from wzrd.db.provider_jobs import list_item_jobs
from wzrd.domain.errors import ProviderUnknown, RunStopped
from wzrd.domain.settlement import Outcome
from wzrd.faults import FaultRaised
from wzrd.generation import attempts
from wzrd.generation.calls import Chunk
from wzrd.generation.recovery import note_call, recover
from wzrd.providers.base import Progress
from wzrd.providers.global_limits import GlobalLimits
from wzrd.providers.registry import Providers
from wzrd.runs.finish import cancel, finish
from wzrd.runtime.process import Runtime

HELD_BY_RUN, PRICE = 2, 5
LEFT = FUNDS - HELD_BY_RUN
DROPPED = Behaviour(reply="dropped")
LOST = pytest.mark.parametrize(
    "behaviour",
    [DROPPED, Behaviour(accepted_status=500), Behaviour(reply="malformed"), Behaviour(reply="truncated")],
    ids=["dropped", "500 after accepting", "malformed", "truncated"],
)


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[QueueRun]:
    async with open_queue_run(runtime, fakes) as made:
        yield made


class OnePlace:
    """The one place that all processes together have at a provider."""

    def __init__(self) -> None:
        self.taken = asyncio.Lock()

    @asynccontextmanager
    async def slot(self, name: str, *, seconds: float, alone: bool) -> AsyncGenerator[None]:
        del name, seconds, alone
        async with self.taken:
            yield

    async def aclose(self) -> None:
        """Nothing of it is open."""


def only_place(rig: QueueRun) -> OnePlace:
    """The provider has one place, and it is free."""
    place, former = OnePlace(), rig.runtime.providers
    adapters = [former.find(target.provider, "image") for target in (FAL, GMI)]
    rig.runtime.providers = Providers(adapters, everywhere=cast("GlobalLimits", place), close=former.aclose)
    return place


def told(heard: list[Chunk]) -> list[str]:
    return [line for chunk in heard if isinstance(chunk, Progress) for line in chunk.logs]


async def unknown(rig: QueueRun) -> None:
    await answer_of(rig.statuses, lambda found: found == [(0, "unknown")])


@LOST
async def test_it_is_found_and_charged_once(rig: QueueRun, behaviour: Behaviour) -> None:
    """By model, payload and time; whoever waits hears what for; the result comes from the queue."""
    await rig.ask(asked(item_key="image/9"))  # another of the same payload, which is claimed already
    await rig.fakes.script(behaviour)
    heard = await rig.chunks(with_fallback(asked(), GMI, 3))
    assert told(heard)[0].startswith(f"{FAL} may have taken this (")
    assert "looked for among its requests" in told(heard)[0]
    assert (await rig.statuses(), await rig.paid()) == ([(0, "succeeded")], 2)
    assert {job.request_id for job in await rig.jobs()} < {one.request_id for one in await rig.fakes.paid_submits()}
    assert await rig.balance() == LEFT - 2 * PRICE


async def test_while_it_runs_it_keeps_its_hold_and_its_place(rig: QueueRun) -> None:
    """Only what has ended is listed: until then nobody knows, and nothing is given up or sent to another."""
    place = only_place(rig)
    await rig.fakes.script(Behaviour(reply="dropped", hold="result"))
    work = asyncio.create_task(rig.chunks(with_fallback(asked(), GMI, 3)))
    await unknown(rig)
    assert place.taken.locked()
    assert ([hold.status for hold in await rig.holds()], await rig.balance()) == (["held"], LEFT - PRICE)
    await rig.fakes.release()
    await work
    assert (await rig.statuses(), await rig.paid(), await rig.balance()) == ([(0, "succeeded")], 1, LEFT - PRICE)
    assert not place.taken.locked()


async def test_its_place_goes_back_when_the_job_has_ended(rig: QueueRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when it is settled: the provider's next job need not wait for our books."""
    place, written, taken = only_place(rig), attempts.record, list[bool]()

    async def record(*words: Any, **more: Any) -> int:
        taken.append(place.taken.locked())
        return await written(*words, **more)

    monkeypatch.setattr(attempts, "record", record)
    await rig.ask(asked())
    assert (await rig.statuses(), taken) == ([(0, "succeeded")], [False])


async def test_a_list_that_lags_is_asked_again(rig: QueueRun) -> None:
    """It has ended and is not there yet: found when it is."""
    await rig.fakes.script(Behaviour(reply="dropped", list_seconds=2.5))
    await rig.ask(asked(deadline=60.0))
    assert (await rig.statuses(), await rig.balance()) == ([(0, "succeeded")], LEFT - PRICE)


async def test_a_list_that_is_away_is_asked_again(rig: QueueRun) -> None:
    """No answer, an error, one of another shape: none of them says anything of the submit."""
    ways = (Behaviour(reply="dropped"), Behaviour(status=503), Behaviour(reply="misshapen"))
    await rig.fakes.script(DROPPED, *(replace(one, on="list") for one in ways))
    await rig.ask(asked(deadline=60.0))
    assert (await rig.statuses(), await rig.balance()) == ([(0, "succeeded")], LEFT - PRICE)


async def test_at_its_deadline_it_is_given_up(rig: QueueRun) -> None:
    """Never accepted, or never listed: the outcome is unknown, the hold goes back, and nothing is sent again."""
    await rig.fakes.script(Behaviour(reply="dropped", list_seconds=3600))
    for _ in range(2):
        with pytest.raises(ProviderUnknown):
            await rig.ask(with_fallback(asked(deadline=2.0), GMI, 3))
    assert (await rig.statuses(), await rig.paid(), await rig.balance()) == ([(0, "lost")], 1, LEFT)


@LOST
async def test_a_key_that_may_not_read_the_list(rig: QueueRun, behaviour: Behaviour) -> None:
    """As before there was one: lost at once, unpaid. The list is not asked a second time for the next one."""
    await rig.fakes.script(behaviour, Behaviour(on="list", status=403))
    with pytest.raises(ProviderUnknown):
        await rig.ask(asked(deadline=3600.0))
    await rig.fakes.script(behaviour)
    with pytest.raises(ProviderUnknown):
        await rig.ask(asked(item_key="image/2", deadline=3600.0))
    assert (await rig.statuses(), await rig.statuses("image/2")) == ([(0, "lost")], [(0, "lost")])
    assert await rig.balance() == LEFT


async def test_a_list_of_another_shape(rig: QueueRun) -> None:
    """Five times in a row it is believed: lost, as before there was one, long before the deadline."""
    await rig.fakes.script(DROPPED, Behaviour(on="list", reply="misshapen", times=0))
    with pytest.raises(ProviderUnknown):
        await rig.ask(asked(deadline=3600.0))
    assert (await rig.statuses(), await rig.balance()) == ([(0, "lost")], LEFT)


async def test_a_death_after_sending(rig: QueueRun) -> None:
    """The process that sent it is gone: whoever takes the run over finds it, and submits nothing."""
    async with armed("after_send=raise"):
        with pytest.raises(FaultRaised):
            await rig.ask(asked())
    await rig.ask(asked(), lease=await rig.resumed())
    assert (await rig.statuses(), await rig.paid()) == ([(0, "succeeded")], 1)
    assert await rig.balance() == LEFT - PRICE


async def test_equal_ones_are_told_apart(rig: QueueRun) -> None:
    """Equal words five times at once, all answers lost: each has a request of its own, charged once; it is told."""
    keys = [f"image/{number}" for number in range(5)]
    await rig.fakes.script(replace(DROPPED, times=5))
    heard = await asyncio.gather(*(rig.chunks(asked(item_key=key)) for key in keys))
    assert any("told apart by the order of their sending" in line for one in heard for line in told(one))
    async with rig.runtime.begin() as tx:
        jobs = [job for key in keys for job in await list_item_jobs(tx, rig.lease.run_id, key)]
    assert [job.status for job in jobs] == ["succeeded"] * 5
    assert {job.request_id for job in jobs} == {one.request_id for one in await rig.fakes.paid_submits()}
    by_sending = sorted(jobs, key=lambda job: str(job.sent_at))
    accepted = [one.request_id for one in sorted(await rig.fakes.paid_submits(), key=lambda one: one.at)]
    assert len({job.request_id for job in by_sending}) == len(accepted)
    assert await rig.balance() == LEFT - 5 * PRICE


@pytest.mark.parametrize("readable", [True, False], ids=["listed", "not to be read"])
async def test_a_cancel_ends_the_wait(rig: QueueRun, readable: bool) -> None:
    """At once. What may still come stands held: found, it is paid; where nobody can know, it goes back."""
    lag = Behaviour(reply="dropped", hold="result")
    await rig.fakes.script(lag)
    task = asyncio.create_task(rig.ask(asked(deadline=3600.0)))
    await unknown(rig)
    await cancel(rig.runtime, rig.lease.run_id, rig.studio.user_id)
    await rig.runtime.providers.cancel(rig.lease.run_id)
    with pytest.raises(RunStopped):
        await task
    await finish(rig.runtime, rig.lease.run_id, Outcome(canceled=True), lease=rig.lease)
    assert [(hold.status, hold.purpose) for hold in await rig.holds()] == [("held", "outstanding")]
    if not readable:
        await rig.fakes.script(Behaviour(on="list", status=403))
    await recover(rig.runtime)
    assert await rig.statuses() == [(0, "unknown" if readable else "lost")]
    assert [hold.status for hold in await rig.holds()] == ["held" if readable else "released"]
    await rig.fakes.release()


async def test_a_call_about_a_request_that_another_has(rig: QueueRun) -> None:
    """Of two equal ones the list gave ours away: the call changes nothing, and what is left is found as ours."""
    await rig.fakes.script(replace(DROPPED, times=2, list_seconds=3600))
    work = [asyncio.create_task(rig.ask(asked(item_key=key, deadline=60.0))) for key in ("image/1", "image/2")]
    for key in ("image/1", "image/2"):
        await answer_of(lambda key=key: rig.statuses(key), lambda found: found == [(0, "unknown")])
    (first,), (second,) = await rig.jobs("image/1"), await rig.jobs("image/2")
    one, two = [paid.request_id for paid in await rig.fakes.paid_submits()]
    assert first.token is not None
    assert second.token is not None
    assert await note_call(rig.runtime, first.token, one) == "noted"
    assert await note_call(rig.runtime, second.token, one) == "noted"
    assert await rig.statuses("image/2") == [(0, "unknown")]
    assert await note_call(rig.runtime, second.token, two) == "repeated"
    await asyncio.gather(*work)
    jobs = [*await rig.jobs("image/1"), *await rig.jobs("image/2")]
    assert [(job.status, job.request_id) for job in jobs] == [("succeeded", one), ("succeeded", two)]
    assert await rig.balance() == LEFT - 2 * PRICE
