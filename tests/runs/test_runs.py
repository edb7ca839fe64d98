"""A run's life in the database: start, join, fence, finish, cancel, reopen, reap; and what each costs."""

import asyncio
import uuid

import pytest
from sqlalchemy import text

from tests.rows import Studio, balance, make_studio
from tests.waiting import let_others_run
from wzrd.db.events import read_events
from wzrd.db.items import list_items
from wzrd.db.run_holds import list_run_holds
from wzrd.db.run_leases import LeaseRenewals, Renewal, reap_expired
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.errors import CancelRequested, Conflict, InsufficientCredits, LeaseLost, NotFound
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.faults import FaultRaised, arm
from wzrd.operations import KINDS
from wzrd.operations.gen_shots import GenShotsParams, start_gen_shots
from wzrd.runs.execute import Interrupted, claim, execute
from wzrd.runs.finish import cancel, finish, reopen
from wzrd.runs.start import StartResult
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime, make_runtime
from wzrd.slots import LoopSlots


async def open_run(runtime: Runtime, studio: Studio, *, count: float = 3, request: str = "r1") -> StartResult[None]:
    wanted = GenShotsParams(
        user_id=studio.user_id, project_id=str(studio.project_id), shot_count=count, request_id=request
    )
    return await start_gen_shots(runtime, wanted, latency=lambda: 7)


async def claimed(runtime: Runtime, run_id: uuid.UUID) -> Lease:
    lease = await claim(runtime, run_id, flow_run_id=None)
    assert lease is not None
    return lease


async def row(runtime: Runtime, run_id: uuid.UUID) -> RunRow:
    async with runtime.begin() as tx:
        found = await find_run(tx, run_id)
    assert found is not None
    return found


async def deliver(runtime: Runtime, lease: Lease, *keys: str) -> None:
    async with step(runtime, lease) as current:
        if moved := await current.move(list(keys), from_status=("pending",), to="succeeded"):
            current.emit("shot", {"keys": moved})


async def events(runtime: Runtime, run_id: uuid.UUID) -> list[tuple[int, str]]:
    async with runtime.begin() as tx:
        return [(e.event.seq, e.event.event) for e in await read_events(tx, run_id, 0)]


async def test_a_start_is_row_items_hold_and_meta_in_one_commit(runtime: Runtime) -> None:
    """After a start everything stands; the log begins with `meta` as number 1."""
    studio = await make_studio(runtime)
    opened = await open_run(runtime, studio)
    run = await row(runtime, opened.run_id)
    async with runtime.begin() as tx:
        items = await list_items(tx, run.run_id)
        entries = await read_events(tx, run.run_id, 0)
    assert (run.status, run.last_seq, len(items)) == ("queued", 1, 3)
    assert entries[0].event.data == {
        "requestId": "r1",
        "projectId": str(studio.project_id),
        "sceneId": str(studio.scene_ids[0]),
        "latency": 7,
    }
    assert await balance(runtime, studio.user_id) == 98


async def test_a_refused_hold_leaves_nothing(runtime: Runtime) -> None:
    """402 rolls row, items and event back, and the same request id may come again with money."""
    studio = await make_studio(runtime, funds=1)
    with pytest.raises(InsufficientCredits) as refused:
        await open_run(runtime, studio)
    assert (refused.value.required, refused.value.available) == (2, 1)
    async with runtime.begin() as tx:
        assert await tx.scalar(text("select count(*) from wzrd.runs")) == 0
        assert await tx.scalar(text("select count(*) from wzrd.run_events")) == 0


async def test_ten_identical_requests_at_once_are_one_run_and_one_hold(runtime: Runtime) -> None:
    """One inserts, nine join; one hold is taken."""
    studio = await make_studio(runtime)
    opened = await asyncio.gather(*(open_run(runtime, studio) for _ in range(10)))
    assert sum(o.created for o in opened) == 1
    assert len({o.run_id for o in opened}) == 1
    assert await balance(runtime, studio.user_id) == 98


async def test_the_same_request_id_with_another_count_names_the_field(runtime: Runtime) -> None:
    """409 says which parameter differs; another user's same id is another run."""
    studio, other = await make_studio(runtime), await make_studio(runtime)
    await open_run(runtime, studio)
    with pytest.raises(Conflict, match="shotCount was 3, now 4"):
        await open_run(runtime, studio, count=4)
    assert (await open_run(runtime, other, count=4)).created


@pytest.mark.parametrize("crash", ["before_start_commit", "before_step_commit", "before_settle_commit"])
async def test_a_crash_before_a_commit_leaves_no_trace(runtime: Runtime, crash: str) -> None:
    """Whatever dies before its commit can be repeated, and the money and log are as if it had happened once."""
    studio = await make_studio(runtime)

    async def life() -> None:
        lease = await claimed(runtime, (await open_run(runtime, studio)).run_id)
        await deliver(runtime, lease, "shot/1", "shot/2", "shot/3")
        await finish(runtime, lease.run_id, Outcome(), lease=lease)

    arm(f"{crash}@1=raise")
    try:
        with pytest.raises(FaultRaised):
            await life()
    finally:
        arm("")
    await life()
    run_id = (await open_run(runtime, studio)).run_id
    assert [name for _, name in await events(runtime, run_id)] == ["meta", "shot", "done"]
    assert await balance(runtime, studio.user_id) == 98


async def test_a_later_claim_shuts_the_former_owner_out(runtime: Runtime) -> None:
    """A sleeper that wakes is refused by every write: step and settlement alike."""
    studio = await make_studio(runtime)
    run_id = (await open_run(runtime, studio)).run_id
    sleeper = await claimed(runtime, run_id)
    owner = await claimed(runtime, run_id)
    with pytest.raises(LeaseLost):
        await deliver(runtime, sleeper, "shot/1")
    with pytest.raises(LeaseLost):
        await finish(runtime, run_id, Outcome(), lease=sleeper)
    await deliver(runtime, owner, "shot/1")
    assert await renew(runtime, sleeper) == {}
    assert await renew(runtime, owner) == {run_id: Renewal(cancel_requested=False, renewed=True)}


async def renew(runtime: Runtime, lease: Lease) -> dict[uuid.UUID, Renewal]:
    renewals = LeaseRenewals(runtime.engine, lease.owner, seconds=10)
    try:
        return await asyncio.to_thread(renewals.renew, [lease])
    finally:
        renewals.close()


async def test_reaping_raises_the_epoch_before_anybody_claims(runtime: Runtime) -> None:
    """A stopped worker that wakes after its lease ran out writes nothing, though nobody has taken over yet."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, (await open_run(runtime, studio)).run_id)
    async with runtime.begin() as tx:
        assert await reap_expired(tx) == []
        await tx.execute(text("update wzrd.runs set lease_until = now() - interval '1 second'"))
        (reaped,) = await reap_expired(tx)
    assert (reaped.run_id, reaped.resumes, reaped.exhausted) == (lease.run_id, 1, False)
    with pytest.raises(LeaseLost):
        await deliver(runtime, lease, "shot/1")


async def test_a_step_repeated_does_nothing(runtime: Runtime) -> None:
    """The guard on the item's status lets a step through once, however often and however concurrently it comes."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, (await open_run(runtime, studio)).run_id)

    async def once() -> int:
        async with step(runtime, lease) as current:
            moved = await current.move(["shot/1"], from_status=("pending",), to="running", phase="creating")
            for key in moved:
                current.emit("shot", {"key": key})
        return len(moved)

    assert sum(await asyncio.gather(*(once() for _ in range(8)))) == 1
    assert [name for _, name in await events(runtime, lease.run_id)] == ["meta", "shot"]


async def test_six_shots_in_two_attempts_cost_three_credits(runtime: Runtime) -> None:
    """Three delivered and charged, then three more after a reopening: what six cost, and two holds in all."""
    studio = await make_studio(runtime)
    run_id = (await open_run(runtime, studio, count=6)).run_id
    lease = await claimed(runtime, run_id)
    await deliver(runtime, lease, "shot/1", "shot/2", "shot/3")
    assert await finish(runtime, run_id, Outcome(error="the model failed"), lease=lease) == "partial"
    assert await balance(runtime, studio.user_id) == 98
    again = await reopen(runtime, run_id, user_id=studio.user_id)
    assert (again.status, again.attempt) == ("queued", 2)
    assert await balance(runtime, studio.user_id) == 97
    lease = await claimed(runtime, run_id)
    await deliver(runtime, lease, "shot/4", "shot/5", "shot/6")
    assert await finish(runtime, run_id, Outcome(), lease=lease) == "succeeded"
    assert await balance(runtime, studio.user_id) == 97
    async with runtime.begin() as tx:
        assert [h.committed for h in await list_run_holds(tx, run_id)] == [2, 1]


async def test_a_reopening_without_money_leaves_the_run_as_it_was(runtime: Runtime) -> None:
    """402 on retry: still failed, same attempt, its log untouched."""
    studio = await make_studio(runtime, funds=3)
    run_id = (await open_run(runtime, studio, count=6)).run_id
    lease = await claimed(runtime, run_id)
    await finish(runtime, run_id, Outcome(error="no"), lease=lease)
    await open_run(runtime, studio, count=4, request="spends it")
    before = await events(runtime, run_id)
    with pytest.raises(InsufficientCredits):
        await reopen(runtime, run_id)
    run = await row(runtime, run_id)
    assert (run.status, run.attempt, await events(runtime, run_id)) == ("failed", 1, before)


async def test_only_an_ended_run_that_lacks_something_reopens(runtime: Runtime) -> None:
    """Open and succeeded runs refuse, and a stranger's run is not found."""
    studio = await make_studio(runtime)
    run_id = (await open_run(runtime, studio, count=1)).run_id
    with pytest.raises(Conflict):
        await reopen(runtime, run_id)
    lease = await claimed(runtime, run_id)
    await deliver(runtime, lease, "shot/1")
    await finish(runtime, run_id, Outcome(), lease=lease)
    with pytest.raises(Conflict):
        await reopen(runtime, run_id)
    with pytest.raises(NotFound):
        await reopen(runtime, run_id, user_id=uuid.uuid4())


async def test_a_queued_run_is_canceled_at_once_and_free(runtime: Runtime) -> None:
    """Cancel before any worker came: ended, hold returned, one terminal event; canceling again changes nothing."""
    studio = await make_studio(runtime)
    run_id = (await open_run(runtime, studio)).run_id
    for _ in range(2):
        assert (await cancel(runtime, run_id, studio.user_id)).status == "canceled"
    assert [name for _, name in await events(runtime, run_id)] == ["meta", "error"]
    assert await balance(runtime, studio.user_id) == 100
    assert await claim(runtime, run_id, flow_run_id=None) is None
    with pytest.raises(NotFound):
        await cancel(runtime, run_id, uuid.uuid4())


async def test_canceling_a_run_stops_its_work_and_charges_what_was_delivered(runtime: Runtime) -> None:
    """The flag stops the next step; the run's process settles: one of four shots is kept and costs one credit."""
    studio = await make_studio(runtime)
    run_id = (await open_run(runtime, studio, count=4)).run_id
    lease = await claimed(runtime, run_id)

    async def work(lease: Lease) -> Outcome:
        await deliver(runtime, lease, "shot/1")
        assert (await cancel(runtime, run_id, studio.user_id)).status == "running"
        with pytest.raises(CancelRequested):
            await deliver(runtime, lease, "shot/2")
        raise CancelRequested

    assert await execute(runtime, lease, work) == "canceled"
    assert await balance(runtime, studio.user_id) == 99
    assert (await events(runtime, run_id))[-1][1] == "error"


async def test_a_cancel_reaches_work_that_is_waiting(runtime: Runtime) -> None:
    """Work that only waits is stopped by the keeper, without any step noticing."""
    studio = await make_studio(runtime)
    run_id = (await open_run(runtime, studio)).run_id
    lease = await claimed(runtime, run_id)
    waiting = asyncio.Event()

    async def work(_: Lease) -> Outcome:
        waiting.set()
        await asyncio.Event().wait()
        return Outcome()

    carrying = asyncio.create_task(execute(runtime, lease, work))
    await waiting.wait()
    await cancel(runtime, run_id, studio.user_id)
    await asyncio.to_thread(runtime.leases.renew, asyncio.get_running_loop())
    assert await carrying == "canceled"
    assert await balance(runtime, studio.user_id) == 100


async def test_a_draining_worker_hands_its_run_over(runtime: Runtime) -> None:
    """Cancelled from outside, the process expires its lease at once; nothing is settled, and the next one resumes."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, (await open_run(runtime, studio)).run_id)
    waiting = asyncio.Event()

    async def work(_: Lease) -> Outcome:
        waiting.set()
        await asyncio.Event().wait()
        return Outcome()

    carrying = asyncio.create_task(execute(runtime, lease, work))
    await waiting.wait()
    carrying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await carrying
    async with runtime.begin() as tx:
        assert [r.run_id for r in await reap_expired(tx)] == [lease.run_id]


async def test_a_process_that_lost_its_lease_writes_nothing(runtime: Runtime) -> None:
    """The keeper stops it, and it raises LeaseLost instead of settling."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, (await open_run(runtime, studio)).run_id)
    other = make_runtime(runtime.settings, runtime.engine, KINDS)

    async def work(_: Lease) -> Outcome:
        await claimed(other, lease.run_id)
        await asyncio.to_thread(runtime.leases.renew, asyncio.get_running_loop())
        await asyncio.Event().wait()
        return Outcome()

    with pytest.raises(LeaseLost):
        await execute(runtime, lease, work)
    assert (await row(runtime, lease.run_id)).status == "running"


async def test_an_outage_is_no_verdict(runtime: Runtime) -> None:
    """Work that stops for want of infrastructure ends nothing: the run is resumed later."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, (await open_run(runtime, studio)).run_id)

    async def work(_: Lease) -> Outcome:
        raise FaultRaised("the database went away")

    with pytest.raises(Interrupted):
        await execute(runtime, lease, work)
    assert (await row(runtime, lease.run_id)).status == "running"


async def test_a_bug_s_own_words_are_in_the_log_alone(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    """Its user reads that it is our side's; an operator reads where it stood."""
    studio = await make_studio(runtime)
    lease = await claimed(runtime, (await open_run(runtime, studio)).run_id)

    async def work(_: Lease) -> Outcome:
        raise KeyError("a bug")

    assert await execute(runtime, lease, work) == "failed"
    assert (await row(runtime, lease.run_id)).error == "Something went wrong on our side"
    assert "KeyError: 'a bug'" in caplog.text


async def test_a_hook_ends_nothing_that_somebody_carries(runtime: Runtime) -> None:
    """Without a lease, finish acts only on a run that nobody holds."""
    studio = await make_studio(runtime)
    run_id = (await open_run(runtime, studio)).run_id
    await claimed(runtime, run_id)
    assert await finish(runtime, run_id, Outcome(error="late hook")) is None
    assert (await row(runtime, run_id)).status == "running"


async def test_a_copied_run_id_is_refused(runtime: Runtime) -> None:
    """A run that belongs to one flow run cannot be claimed by another."""
    studio = await make_studio(runtime)
    run_id = (await open_run(runtime, studio)).run_id
    mine = uuid.uuid4()
    assert await claim(runtime, run_id, flow_run_id=mine) is not None
    with pytest.raises(Conflict, match="belongs to flow run"):
        await claim(runtime, run_id, flow_run_id=uuid.uuid4())


async def test_everything_delivered_is_success_whatever_came_late(runtime: Runtime) -> None:
    """A cancel or an error after the last shot cannot take back what is whole."""
    studio = await make_studio(runtime)
    run_id = (await open_run(runtime, studio, count=2)).run_id
    lease = await claimed(runtime, run_id)
    await deliver(runtime, lease, "shot/1", "shot/2")
    assert await finish(runtime, run_id, Outcome(canceled=True), lease=lease) == "succeeded"


@pytest.mark.parametrize("wrong", ["not-a-uuid", "0b0e7a52-7a1f-4c55-9a53-2f3a5c1d7e11", "x' or 1=1 --"])
async def test_foreign_and_absent_places_look_alike(runtime: Runtime, wrong: str) -> None:
    """Absent project, stranger's project and malformed id: one error; the same for scenes."""
    studio, other = await make_studio(runtime), await make_studio(runtime)
    for project in (wrong, str(other.project_id)):
        with pytest.raises(NotFound, match="Project not found or access denied"):
            await start_gen_shots(
                runtime, GenShotsParams(user_id=studio.user_id, project_id=project), latency=lambda: 0
            )
    for scene in (wrong, str(other.scene_ids[0])):
        wanted = GenShotsParams(user_id=studio.user_id, project_id=str(studio.project_id), scene_id=scene)
        with pytest.raises(NotFound, match="Scene not found or access denied"):
            await start_gen_shots(runtime, wanted, latency=lambda: 0)


async def test_a_run_asks_for_slots_in_its_user_s_name(runtime: Runtime) -> None:
    """One user's run asks for five while another's asks for one: that one is next, though it came last."""
    busy, other = await make_studio(runtime), await make_studio(runtime)
    slots, order, asked = LoopSlots(1), list[str](), asyncio.Event()

    async def use(name: str) -> None:
        async with slots.slot():
            order.append(name)

    async def many(_lease: Lease) -> Outcome:
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(use("busy"))
            await let_others_run()
            asked.set()
        return Outcome()

    async def one(_lease: Lease) -> Outcome:
        await use("other")
        return Outcome()

    leases = [await claimed(runtime, (await open_run(runtime, studio)).run_id) for studio in (busy, other)]
    async with slots.slot():
        first = asyncio.create_task(execute(runtime, leases[0], many))
        await asyncio.wait_for(asked.wait(), 60)
        second = asyncio.create_task(execute(runtime, leases[1], one))
        await let_others_run(5)
    await asyncio.gather(first, second)
    assert order == ["busy", "other", *["busy"] * 4]
