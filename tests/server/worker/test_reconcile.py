"""The reconciler: whatever dies between two steps, some worker finds the run and does what is right by it, once."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from datetime import datetime

import pytest
from sqlalchemy import text

from server.dispatch import Dispatcher, PrefectApi, PrefectRefused
from server.worker.reconcile import EXHAUSTED, Reconciler
from tests.fakes.prefect import FakePrefect, FlowRun, prefect_server
from tests.playing import opened
from tests.rows import Studio, balance, make_studio
from tests.server.served import claimed, deliver
from tests.waiting import looks, until
from wzrd.db.engine import Tx
from wzrd.db.flow_runs import note_taken, touch_run
from wzrd.db.run_leases import count_resume, undo_resume
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.lease import Lease
from wzrd.domain.runs import MAX_RESUMES, RESUME_WORDS
from wzrd.domain.settlement import Outcome
from wzrd.runs.execute import claim
from wzrd.runs.finish import cancel, finish, reopen
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


@pytest.fixture(scope="module")
async def server() -> AsyncGenerator[FakePrefect]:
    """One Prefect."""
    async with prefect_server() as made:
        yield made


@pytest.fixture
async def prefect(server: FakePrefect, runtime: Runtime) -> FakePrefect:
    """Prefect and the table of runs, both empty."""
    server.flow_runs.clear()
    server.calls.clear()
    server.failures.clear()
    server.pool_type, server.workers = "warm", []
    server.deployments = {"gen-shots/write-shots": str(uuid.uuid4())}
    async with runtime.begin() as tx:
        await tx.execute(text("delete from wzrd.runs"))
    return server


@pytest.fixture
async def reconciler(runtime: Runtime, prefect: FakePrefect) -> AsyncGenerator[Reconciler]:
    """A worker's reconciler; the tests call its rounds themselves."""
    api = PrefectApi(prefect.url)
    yield Reconciler(runtime, api, Dispatcher(runtime, api))
    await api.close()


async def row(runtime: Runtime, run_id: uuid.UUID) -> RunRow:
    async with runtime.begin() as tx:
        found = await find_run(tx, run_id)
    assert found is not None
    return found


async def age(runtime: Runtime, *, seconds: float = 60) -> None:
    """As if nothing had happened for so long: leases run out, updates lie back."""
    async with runtime.begin() as tx:
        await tx.execute(
            text("""update wzrd.runs set updated_at = updated_at - make_interval(secs => :s),
                lease_until = lease_until - make_interval(secs => :s) where finished_at is null"""),
            {"s": seconds},
        )


async def executing_run(runtime: Runtime, prefect: FakePrefect) -> tuple[Studio, Lease, FlowRun]:
    """A run that a worker has begun, and its flow run."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    flow_run = prefect.create(str(run_id), "x", {})
    flow_run.become("RUNNING")
    return studio, await claimed(runtime, run_id, flow_run.flow_run_id), flow_run


async def test_a_run_is_resumed_three_times_and_then_given_up(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler
) -> None:
    """Each death tells Prefect to retry, in our words; the fourth ends the run, frees its hold and tells Prefect."""
    studio, lease, flow_run = await executing_run(runtime, prefect)
    for number in range(1, MAX_RESUMES + 1):
        await reconciler.reap()
        assert flow_run.state == "RUNNING"
        await age(runtime)
        await asyncio.gather(reconciler.reap(), reconciler.reap())
        assert prefect.calls["set_state"] == number
        assert flow_run.states[-1]["name"] == "AwaitingRetry"
        assert flow_run.states[-1]["message"].startswith(RESUME_WORDS)
        flow_run.become("RUNNING")
        assert await claim(runtime, lease.run_id, flow_run_id=flow_run.flow_run_id) is not None
    await age(runtime)
    await reconciler.reap()
    run = await row(runtime, lease.run_id)
    assert (run.status, run.error_code, flow_run.state) == ("failed", "interrupted_too_often", "FAILED")
    assert await balance(runtime, studio.user_id) == 100


async def dispatched(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler
) -> tuple[Studio, uuid.UUID, FlowRun]:
    """A run that has a flow run, and that no worker has claimed yet."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    await age(runtime)
    await reconciler.relay()
    (flow_run,) = [found for found in prefect.flow_runs.values() if found.key == str(run_id)]
    return studio, run_id, flow_run


@pytest.mark.parametrize("state", ["RUNNING", "CRASHED"])
async def test_a_run_that_dies_before_each_claim_is_given_up_as_well(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler, state: str
) -> None:
    """Three resumes, each counted once however many workers look (by that count the third runs alone); then the end."""
    studio, run_id, flow_run = await dispatched(runtime, prefect, reconciler)
    for number in range(1, MAX_RESUMES + 1):
        flow_run.become(state)
        await age(runtime)
        await asyncio.gather(*(reconciler.reconcile() for _ in range(3)))
        assert (flow_run.state, (await row(runtime, run_id)).resumes) == ("SCHEDULED", number)
        assert flow_run.states[-1]["message"].startswith(RESUME_WORDS)
        assert prefect.calls["set_state"] == number
    flow_run.become(state)
    await age(runtime)
    await reconciler.reconcile()
    run = await row(runtime, run_id)
    assert (run.status, run.error, run.error_code) == ("failed", EXHAUSTED, "interrupted_too_often")
    assert (flow_run.state, await balance(runtime, studio.user_id)) == ("FAILED", 100)


async def test_a_stock_pool_may_take_its_time_to_claim(runtime: Runtime, prefect: FakePrefect) -> None:
    """Begun, and a minute later not claimed, while its worker's heartbeats go on: nobody executes it a second time."""
    api, now = PrefectApi(prefect.url), [0.0]
    reconciler = Reconciler(runtime, api, Dispatcher(runtime, api), clock=lambda: now[0])
    _, run_id, flow_run = await dispatched(runtime, prefect, reconciler)
    prefect.pool_type = "process"
    for state in ("PENDING", "RUNNING"):
        flow_run.become(state)
        for _ in range(3):
            await age(runtime)
            await reconciler.reconcile()
            now[0] += 60
    assert (flow_run.state, (await row(runtime, run_id)).resumes) == ("RUNNING", 0)
    prefect.workers = [{"name": "p", "status": "OFFLINE", "last_heartbeat_time": "2099-01-01T00:00:00+00:00"}]
    await age(runtime)
    await reconciler.reconcile()
    assert (flow_run.state, (await row(runtime, run_id)).resumes) == ("SCHEDULED", 1)
    await api.close()


async def test_deaths_before_and_after_the_claim_have_one_bound(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler
) -> None:
    """Reaped once, crashed before the next claim twice: the fourth death ends the run, whichever it is."""
    _, lease, flow_run = await executing_run(runtime, prefect)
    await age(runtime)
    await reconciler.reap()
    for _ in range(2):
        flow_run.become("CRASHED")
        await age(runtime)
        await reconciler.reconcile()
    assert (flow_run.state, (await row(runtime, lease.run_id)).resumes) == ("SCHEDULED", MAX_RESUMES)
    flow_run.become("RUNNING")
    assert await claim(runtime, lease.run_id, flow_run_id=flow_run.flow_run_id) is not None
    await age(runtime)
    await reconciler.reap()
    assert ((await row(runtime, lease.run_id)).status, flow_run.state) == ("failed", "FAILED")


@pytest.mark.parametrize("when", ["reap", "reconcile"])
async def test_an_outage_of_prefect_uses_no_resume_up(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler, when: str
) -> None:
    """Refused ten times over, by a Prefect that answers questions and takes no orders, the run is resumed once."""
    if when == "reap":
        _, lease, flow_run = await executing_run(runtime, prefect)
        run_id = uuid.UUID(str(lease.run_id))
        await age(runtime)
        prefect.failures = [500]
        await reconciler.reap()
    else:
        _, run_id, flow_run = await dispatched(runtime, prefect, reconciler)
    flow_run.become("RUNNING")
    for _ in range(10):
        prefect.failures = [None, None, 500]
        await age(runtime)
        await reconciler.reconcile()
        assert (await row(runtime, run_id)).resumes == 0
    await age(runtime)
    await reconciler.reconcile()
    assert (flow_run.state, (await row(runtime, run_id)).resumes) == ("SCHEDULED", 1)


async def changed(tx: Tx, run_id: uuid.UUID) -> datetime:
    found: datetime | None = await tx.scalar(text("select updated_at from wzrd.runs where id = :id"), {"id": run_id})
    assert found is not None
    return found


async def test_a_resume_is_counted_only_while_nobody_has_claimed(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler
) -> None:
    """A worker that claims while Prefect is being asked is neither resumed nor counted; nor is its count taken back."""
    _, run_id, flow_run = await dispatched(runtime, prefect, reconciler)
    epoch = (await row(runtime, run_id)).lease_epoch
    async with runtime.begin() as tx:
        counted = await count_resume(tx, run_id, epoch=epoch, seen=await changed(tx, run_id))
    assert counted is not None
    await claimed(runtime, run_id, flow_run.flow_run_id)
    async with runtime.begin() as tx:
        await undo_resume(tx, counted)
        seen = await changed(tx, run_id)
        assert await count_resume(tx, run_id, epoch=epoch, seen=seen) is None
        assert await count_resume(tx, run_id, epoch=epoch + 1, seen=seen) is None
    assert (await row(runtime, run_id)).resumes == 1


async def end_unheard(
    runtime: Runtime, prefect: FakePrefect, *, deliver_first: int = 0, outcome: Outcome | None = None
) -> tuple[Studio, Lease, FlowRun]:
    """A run that ended a minute ago, of which Prefect was not told."""
    studio, lease, flow_run = await executing_run(runtime, prefect)
    await deliver(runtime, lease, deliver_first)
    await finish(runtime, lease.run_id, outcome or Outcome(), lease=lease)
    async with runtime.begin() as tx:
        await tx.execute(
            text("update wzrd.runs set finished_at = finished_at - interval '1 minute' where id = :id"),
            {"id": lease.run_id},
        )
    return studio, lease, flow_run


@pytest.mark.parametrize(
    ("delivered", "outcome", "status", "there", "name"),
    [
        (3, Outcome(), "succeeded", "COMPLETED", "Completed"),
        (1, Outcome(error="the lamp broke", error_code="x"), "partial", "FAILED", "Partial"),
        (0, Outcome(error="the lamp broke", error_code="x"), "failed", "FAILED", "Failed"),
        (1, Outcome(canceled=True), "canceled", "CANCELLED", "Cancelled"),
    ],
)
async def test_what_prefect_missed_is_told_again(
    runtime: Runtime,
    prefect: FakePrefect,
    reconciler: Reconciler,
    delivered: int,
    outcome: Outcome,
    status: str,
    there: str,
    name: str,
) -> None:
    """Ended while Prefect was away: two rounds after it is back it shows what the run shows, then all is quiet."""
    _, lease, flow_run = await end_unheard(runtime, prefect, deliver_first=delivered, outcome=outcome)
    assert (await row(runtime, lease.run_id)).status == status
    prefect.failures = [503]
    with pytest.raises(PrefectRefused):
        await reconciler.report_ended()
    await reconciler.report_ended()
    assert flow_run.state == "RUNNING", "whoever ended it may be about to say so"
    await reconciler.report_ended()
    assert (flow_run.state, flow_run.states[-1]["name"]) == (there, name)
    assert str(lease.run_id) in flow_run.states[-1]["message"]
    for _ in range(3):
        await reconciler.report_ended()
    assert prefect.calls["set_state"] == 1


async def test_a_run_given_up_while_prefect_is_away(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler
) -> None:
    """Exhausted at the reaper, with Prefect down: the run ends, and Prefect hears of it later."""
    _, lease, flow_run = await executing_run(runtime, prefect)
    async with runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set resumes = :n"), {"n": MAX_RESUMES})
    await age(runtime)
    prefect.failures = [500]
    await reconciler.reap()
    assert ((await row(runtime, lease.run_id)).status, flow_run.state) == ("failed", "RUNNING")
    await reconciler.report_ended()
    await reconciler.report_ended()
    assert flow_run.state == "RUNNING", "not yet half a minute"
    async with runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set finished_at = finished_at - interval '1 minute'"))
    await reconciler.report_ended()
    assert flow_run.state == "FAILED"


async def test_who_is_not_told_anything(runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler) -> None:
    """Flow runs that go on, that just began again, whose run was reopened, that are none of ours, that have ended."""
    _, _, going_on = await executing_run(runtime, prefect)
    _, _, restless = await end_unheard(runtime, prefect)
    _, retried, reopened = await end_unheard(runtime, prefect)
    _, _, over = await end_unheard(runtime, prefect)
    over.become("COMPLETED")
    foreign = prefect.create("of somebody else", "x", {})
    foreign.become("RUNNING")
    await reconciler.report_ended()
    restless.become("RUNNING")
    await reopen(runtime, retried.run_id, flow_run_id=reopened.flow_run_id)
    await reconciler.report_ended()
    assert prefect.calls["set_state"] == 0
    assert [one.state for one in (going_on, restless, reopened, foreign)] == ["RUNNING"] * 4


async def test_one_that_prefect_refuses_to_hear_of_is_told_later(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler
) -> None:
    """The rest is told in the same round, that one in the next."""
    runs = [await end_unheard(runtime, prefect) for _ in range(3)]
    await reconciler.report_ended()
    prefect.failures = [None, 500]
    await reconciler.report_ended()
    assert sorted(flow_run.state for _, _, flow_run in runs) == ["FAILED", "FAILED", "RUNNING"]
    await reconciler.report_ended()
    assert all(flow_run.state == "FAILED" for _, _, flow_run in runs)


async def test_a_cancel_comes_before_a_resume(runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler) -> None:
    """The worker died while it was stopping: what it had delivered is kept and charged, the run is canceled."""
    studio, lease, flow_run = await executing_run(runtime, prefect)
    await deliver(runtime, lease, 1)
    await cancel(runtime, lease.run_id, studio.user_id)
    await age(runtime)
    await reconciler.reap()
    assert ((await row(runtime, lease.run_id)).status, flow_run.state) == ("canceled", "CANCELLED")
    assert await balance(runtime, studio.user_id) == 99


@pytest.mark.parametrize("end", ["resume", "cancel", "exhausted"])
async def test_a_reaper_that_died_before_it_told_prefect(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler, end: str
) -> None:
    """Prefect was out of reach right after the reaping: half a minute later the reconciler makes up for it."""
    studio, lease, flow_run = await executing_run(runtime, prefect)
    if end == "cancel":
        await cancel(runtime, lease.run_id, studio.user_id)
    await age(runtime)
    async with runtime.begin() as tx:  # reaped, and nothing after it
        await tx.execute(
            text("""update wzrd.runs set lease_owner = null, lease_until = null, lease_epoch = lease_epoch + 1,
                resumes = :resumes where id = :id"""),
            {"id": lease.run_id, "resumes": MAX_RESUMES + 1 if end == "exhausted" else 1},
        )
    await reconciler.reconcile()
    expected = {
        "resume": ("running", "SCHEDULED"),
        "cancel": ("canceled", "CANCELLED"),
        "exhausted": ("failed", "FAILED"),
    }
    assert ((await row(runtime, lease.run_id)).status, flow_run.state) == expected[end]


async def test_one_run_that_prefect_refuses_does_not_stand_in_the_way_of_others(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler
) -> None:
    """Reaping and relaying: errors for some, the rest is served in the same round, the others in a later one."""
    runs = [await executing_run(runtime, prefect) for _ in range(4)]
    await age(runtime)
    prefect.failures = [500, "page"]
    await reconciler.reap()
    assert sorted(flow_run.state for _, _, flow_run in runs) == ["RUNNING", "RUNNING", "SCHEDULED", "SCHEDULED"]
    await age(runtime)
    await reconciler.reconcile()
    assert all(flow_run.state == "SCHEDULED" for _, _, flow_run in runs)
    strange = await opened(runtime, await make_studio(runtime))
    async with runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set kind = 'undeployed' where id = :id"), {"id": strange})
    known = await opened(runtime, await make_studio(runtime))
    await age(runtime)
    await reconciler.relay()
    assert (await row(runtime, strange)).flow_run_id is None
    assert (await row(runtime, known)).flow_run_id is not None


async def test_prefect_away_at_first_and_several_relays_then(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler
) -> None:
    """The relay sends a run that the API could not send, as one flow run; young runs are the API's."""
    run_id = await opened(runtime, await make_studio(runtime))
    await reconciler.relay()
    assert not prefect.flow_runs
    await age(runtime)
    prefect.failures = [503]
    await reconciler.relay()
    assert (await row(runtime, run_id)).status == "queued"
    await age(runtime)
    await asyncio.gather(*(reconciler.relay() for _ in range(5)))
    assert (len(prefect.flow_runs), prefect.calls["create"]) == (1, 1)
    assert (await row(runtime, run_id)).flow_run_id in prefect.flow_runs


async def test_a_paused_run_whose_worker_dies_stays_paused(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler
) -> None:
    """However often one looks, nobody resumes it but the person who paused it, and no resume of ours is used up."""
    studio, lease, flow_run = await executing_run(runtime, prefect)
    flow_run.become("PAUSED", name="Suspended")
    await age(runtime)
    await asyncio.gather(reconciler.reap(), reconciler.reap())
    for _ in range(MAX_RESUMES + 1):
        await age(runtime)
        for look in (reconciler.reap, reconciler.relay, reconciler.reconcile):
            await look()
    run = await row(runtime, lease.run_id)
    assert (run.status, run.resumes, flow_run.state, prefect.calls["set_state"]) == ("paused", 0, "PAUSED", 0)
    assert await claim(runtime, lease.run_id, flow_run_id=flow_run.flow_run_id) is not None
    await cancel(runtime, lease.run_id, studio.user_id)
    await age(runtime)
    await reconciler.reap()
    assert ((await row(runtime, lease.run_id)).status, flow_run.state) == ("canceled", "CANCELLED")
    assert await balance(runtime, studio.user_id) == 100


async def test_a_paused_flow_run_whose_run_has_ended_shows_the_end(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler
) -> None:
    """Canceled through the API while it was paused: Prefect does not wait for a resume that can do nothing."""
    _, _, flow_run = await end_unheard(runtime, prefect, outcome=Outcome(canceled=True))
    flow_run.become("PAUSED", name="Suspended")
    await reconciler.report_ended()
    await reconciler.report_ended()
    assert flow_run.state == "CANCELLED"


@pytest.mark.parametrize("when", ["reap", "reconcile"])
async def test_a_running_run_whose_flow_run_is_gone_goes_on_in_another(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler, when: str
) -> None:
    """Its worker died and Prefect lost it as well: it is not stuck; its work so far is kept."""
    studio, lease, flow_run = await executing_run(runtime, prefect)
    await deliver(runtime, lease, 2)
    prefect.lose(flow_run.flow_run_id)
    await age(runtime)
    if when == "reconcile":
        async with runtime.begin() as tx:
            await tx.execute(text("update wzrd.runs set lease_owner = null, lease_until = null"))
    await (reconciler.reap() if when == "reap" else reconciler.reconcile())
    (fresh,) = prefect.flow_runs.values()
    run = await row(runtime, lease.run_id)
    assert (run.status, run.flow_run_id, fresh.key) == ("running", fresh.flow_run_id, f"{lease.run_id}:1")
    assert await claim(runtime, lease.run_id, flow_run_id=fresh.flow_run_id) is not None
    assert await balance(runtime, studio.user_id) == 98


async def test_a_dispatcher_that_died_between_forgetting_and_creating(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler
) -> None:
    """The run is running, no process executes it, and it has no flow run: the relay gives it one."""
    _, lease, flow_run = await executing_run(runtime, prefect)
    prefect.lose(flow_run.flow_run_id)
    await age(runtime)
    prefect.failures = []
    async with runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set lease_owner = null, lease_until = null, flow_run_id = null"))
    await reconciler.relay()
    assert (await row(runtime, lease.run_id)).flow_run_id in prefect.flow_runs


@pytest.mark.parametrize(
    ("state", "message", "run", "there"),
    [
        ("FAILED", "no such file", ("failed", "no such file"), "FAILED"),
        ("FAILED", "", ("failed", "The flow run ended failed"), "FAILED"),
        ("COMPLETED", "", ("failed", "The flow run ended completed"), "COMPLETED"),
        ("CANCELLED", "", ("canceled", "Canceled"), "CANCELLED"),
        ("CANCELLING", "", ("canceled", "Canceled"), "CANCELLED"),
        ("CRASHED", "", ("queued", None), "SCHEDULED"),
        ("RUNNING", "", ("queued", None), "SCHEDULED"),
        ("SCHEDULED", "", ("queued", None), "SCHEDULED"),
        ("PENDING", "", ("queued", None), "SCHEDULED"),
        ("PAUSED", "", ("paused", None), "PAUSED"),
        ("UNHEARD_OF", "", ("queued", None), "UNHEARD_OF"),
    ],
)
async def test_what_prefect_says_of_a_run_that_nobody_carries(
    runtime: Runtime,
    prefect: FakePrefect,
    reconciler: Reconciler,
    state: str,
    message: str,
    run: tuple[str, str | None],
    there: str,
) -> None:
    """Ended there is ended here, with its hold released; dead is resumed; waiting (a paused pool) is left alone."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    await age(runtime)
    await reconciler.relay()
    (flow_run,) = prefect.flow_runs.values()
    flow_run.become(state, message=message)
    await reconciler.reconcile()
    assert (await row(runtime, run_id)).status == "queued"  # not yet half a minute
    await age(runtime)
    changes = prefect.calls["set_state"]
    await asyncio.gather(reconciler.reconcile(), reconciler.reconcile())
    after = await row(runtime, run_id)
    assert ((after.status, after.error), flow_run.state) == (run, there)
    assert prefect.calls["set_state"] - changes <= 1
    assert await balance(runtime, studio.user_id) == (98 if after.status in {"queued", "paused"} else 100)


async def test_what_a_dead_worker_had_taken_is_begun_by_another(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler
) -> None:
    """Taken by one of our workers and not begun within half a minute: resumed, and counted.

    Elsewhere it may be that a container is being started: left alone.
    """
    run_id = await opened(runtime, await make_studio(runtime))
    await age(runtime)
    await reconciler.relay()
    (flow_run,) = prefect.flow_runs.values()
    flow_run.become("PENDING")
    await age(runtime)
    prefect.pool_type = "warm"
    await reconciler.reconcile()
    after = await row(runtime, run_id)
    assert (flow_run.state, after.status, after.resumes) == ("SCHEDULED", "queued", 1)


async def test_what_a_worker_is_about_to_begin_is_not_dead(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler
) -> None:
    """It waited long at Prefect and was taken just now: left alone, even if it was being looked at that moment."""
    _, run_id, flow_run = await dispatched(runtime, prefect, reconciler)
    epoch = (await row(runtime, run_id)).lease_epoch
    await age(runtime)
    async with runtime.begin() as tx:
        seen = await touch_run(tx, run_id, older_than=30)
        assert seen is not None
    async with runtime.begin() as tx:
        await note_taken(tx, flow_run.flow_run_id)
    async with runtime.begin() as tx:
        assert await count_resume(tx, run_id, epoch=epoch, seen=seen) is None
    await age(runtime)
    prefect.pool_type = "warm"
    flow_run.become("PENDING")
    async with runtime.begin() as tx:
        await note_taken(tx, flow_run.flow_run_id)
    await reconciler.reconcile()
    assert (flow_run.state, (await row(runtime, run_id)).resumes) == ("PENDING", 0)
    await age(runtime)
    await reconciler.reconcile()
    assert (flow_run.state, (await row(runtime, run_id)).resumes) == ("SCHEDULED", 1)


async def test_a_run_being_executed_is_nobody_elses_business(
    runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler
) -> None:
    """While its lease holds, no round touches it, whatever Prefect says."""
    _, lease, flow_run = await executing_run(runtime, prefect)
    flow_run.become("FAILED", message="a stranger's opinion")
    async with runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set updated_at = updated_at - interval '1 hour'"))
    for work in (reconciler.reap, reconciler.relay, reconciler.reconcile):
        await work()
    assert (await row(runtime, lease.run_id)).status == "running"
    assert prefect.calls["set_state"] == 0


async def test_the_rounds_go_on_by_themselves(runtime: Runtime, prefect: FakePrefect, reconciler: Reconciler) -> None:
    """Started, a dead run is resumed within seconds although the first attempt to tell Prefect fails; closing stops."""
    _, _, flow_run = await executing_run(runtime, prefect)
    queued = await opened(runtime, await make_studio(runtime))
    await age(runtime)
    prefect.failures = [500, 500]
    reconciler.start()
    await until(lambda: not prefect.failures)  # the first attempts
    async for _ in looks(every=0.1):
        if flow_run.state == "SCHEDULED" and (await row(runtime, queued)).flow_run_id is not None:
            break
        await age(runtime)
    await reconciler.close()
    assert not [
        task for task in asyncio.all_tasks() if task.get_name() in {"reap", "relay", "reconcile", "report_ended"}
    ]
