"""Questions of an idle worker to Prefect's server: one small question, until something goes on."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from typing import cast

import pytest

from server.dispatch import Dispatcher, PrefectApi, PrefectUnreachable
from server.worker.activity import ACTIVE_SECONDS, ASK_SECONDS, SELDOM_SECONDS, Activity
from server.worker.serve import listen_handlers, take_when_woken
from server.worker.warm import WarmWorker
from server.worker.watch import FlowRunWatch
from tests.fakes.prefect import FakePrefect, prefect_server
from tests.waiting import let_others_run, until
from wzrd.db.listen import RUN_WAKE
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

FLOWS = ["gen-shots"]


class Rig:
    """An activity on a clock that the test turns."""

    def __init__(self, prefect: FakePrefect) -> None:
        self.now, self.begun = 0.0, 0
        self.prefect = prefect
        self.api = PrefectApi(prefect.url)
        self.activity = Activity(self.api, FLOWS, begun=self._begin, clock=lambda: self.now)

    def _begin(self) -> None:
        self.begun += 1

    def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
async def rig() -> AsyncGenerator[Rig]:
    async with prefect_server() as prefect:
        made = Rig(prefect)
        yield made
        await made.api.close()


async def test_it_becomes_quiet_and_wakes_at_the_first_flow_run(rig: Rig) -> None:
    """A form's run that is due is seen by the next look, which has the pool read at once; once, not at every look."""
    assert await rig.activity.look()
    rig.wait(ACTIVE_SECONDS + 1)
    assert not await rig.activity.look()
    rig.prefect.create("a form's", "x", {})
    assert await rig.activity.look()
    assert await rig.activity.look()
    assert (rig.begun, rig.activity.is_quiet) == (1, False)


@pytest.mark.parametrize("state", ["PENDING", "RUNNING", "PAUSED", "CANCELLING"])
async def test_what_is_open_at_prefect_keeps_it_awake(rig: Rig, state: str) -> None:
    """Whoever executes it: its process may die, its user may cancel it."""
    made = rig.prefect.create("k", "x", {})
    made.become(state)
    for _ in range(5):
        rig.wait(ACTIVE_SECONDS - 1)
        assert await rig.activity.look()
    made.become("COMPLETED")
    rig.wait(ACTIVE_SECONDS + 1)
    assert not await rig.activity.look()


async def test_an_active_worker_asks_seldom_a_quiet_one_each_time(rig: Rig) -> None:
    """Activity that is known anyway is not asked for again."""
    for _ in range(10):
        await rig.activity.look()
    assert rig.prefect.calls["count"] == 1
    rig.wait(ASK_SECONDS)
    await rig.activity.look()
    rig.wait(ACTIVE_SECONDS + 1)
    for _ in range(3):
        await rig.activity.look()
    assert rig.prefect.calls["count"] == 5


async def test_an_outage_of_prefect_is_no_work(rig: Rig) -> None:
    """The look says so, and the next one asks again."""
    rig.wait(ACTIVE_SECONDS + 1)
    rig.prefect.failures = [503]
    with pytest.raises(PrefectUnreachable):
        await rig.activity.look()
    assert not await rig.activity.look()


async def test_seldom_is_never_too_seldom(rig: Rig) -> None:
    """As often as ever while something goes on; every half minute else; a round that failed is repeated."""
    looks, failing = 0, False

    async def look() -> None:
        nonlocal looks
        looks += 1
        if failing:
            raise PrefectUnreachable

    seldom = rig.activity.seldom(look)
    for _ in range(3):
        await seldom()
    assert (looks, seldom.__name__) == (3, "look")
    rig.wait(ACTIVE_SECONDS + 1)
    failing = True
    for _ in range(2):
        with pytest.raises(PrefectUnreachable):
            await seldom()
    failing = False
    for _ in range(3):
        await seldom()
    assert looks == 6
    rig.wait(SELDOM_SECONDS)
    await seldom()
    assert looks == 7


def quiet(rig: Rig) -> Activity:
    rig.wait(ACTIVE_SECONDS + 1)
    return rig.activity


async def test_a_quiet_watch_asks_only_whether_anything_goes_on(rig: Rig, runtime: Runtime) -> None:
    """Then it looks for buttons in the same round; what this process executes needs no question."""
    watch = FlowRunWatch(runtime, rig.api, FLOWS, {}, quiet(rig))
    await watch.round()
    assert (rig.prefect.calls["count"], rig.prefect.calls["filter"]) == (1, 0)
    rig.prefect.create("k", "x", {}).become("CANCELLING")
    await watch.round()
    assert (rig.prefect.calls["count"], rig.prefect.calls["filter"]) == (2, 1)
    held = {uuid.uuid4(): asyncio.create_task(let_others_run())}
    await FlowRunWatch(runtime, rig.api, FLOWS, held, quiet(rig)).round()
    assert rig.prefect.calls["count"] == 2
    assert not rig.activity.is_quiet


class Pool:
    """Stands where Prefect's work pool is read."""

    def __init__(self) -> None:
        self.looks = 0

    async def get_and_submit_flow_runs(self) -> None:
        self.looks += 1


async def test_a_quiet_worker_reads_its_pool_when_it_is_woken(rig: Rig, runtime: Runtime) -> None:
    """A notification wakes it, and it is quiet no more; until then its pool is left to Prefect's own slow look."""
    activity, pool, woken, asked = quiet(rig), Pool(), asyncio.Event(), asyncio.Event()

    def is_quiet() -> bool:
        asked.set()
        return activity.is_quiet

    taking = asyncio.create_task(take_when_woken(cast("WarmWorker", pool), woken, every=0.01, is_quiet=is_quiet))
    async with asyncio.timeout(60):
        for _ in range(3):
            asked.clear()
            await asked.wait()
        assert pool.looks == 0
        handlers = listen_handlers(runtime, Dispatcher(runtime, rig.api), woken, activity)
        handlers[RUN_WAKE]("a run")
        await until(lambda: pool.looks >= 3)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    assert not activity.is_quiet
