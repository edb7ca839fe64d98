"""The warm worker, without Prefect's engine: when it looks into the pool, what it runs apart, what it cancels."""

import asyncio
import uuid
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import anyio
import httpx
import pytest
from sqlalchemy import text

from server.dispatch import PrefectApi
from server.worker import warm
from server.worker.activity import Activity
from server.worker.reconcile import UNLEASED_SECONDS
from server.worker.serve import POLL_SECONDS, take_when_woken
from server.worker.warm import FastWorker, WarmWorker
from server.worker.watch import FlowRunWatch
from tests.fakes.prefect import prefect_server
from tests.playing import opened
from tests.rows import balance, make_studio
from tests.server.served import claimed
from tests.waiting import answer_of, until
from wzrd.db.flow_runs import list_unleased, store_flow_run
from wzrd.db.runs import find_run
from wzrd.domain.runs import MAX_RESUMES
from wzrd.domain.settlement import Outcome
from wzrd.runs.execute import execute
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


class Pool:
    """Stands where Prefect's work pool is read; the first looks fail."""

    def __init__(self, *, failures: int = 0) -> None:
        self.looks, self.failures = 0, failures

    async def get_and_submit_flow_runs(self) -> None:
        self.looks += 1
        if self.looks <= self.failures:
            raise ConnectionError

    def has_looked(self, times: int) -> bool:
        return self.looks >= times


async def test_it_looks_when_woken_and_anyway(runtime: Runtime) -> None:
    """At once after a wake-up, every two seconds without one, and again after Prefect was away."""
    for every, wakes in ((600.0, True), (0.01, False)):
        pool, woken = Pool(failures=1), asyncio.Event()
        taking = asyncio.create_task(take_when_woken(cast("WarmWorker", pool), woken, every=every))
        for looks in (1, 2, 3):
            if wakes:
                woken.set()
            await until(partial(pool.has_looked, looks))
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)
    assert POLL_SECONDS == 2.0


async def test_no_more_is_asked_for_than_there_are_places(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pool is asked for as many as can be taken; not at all while none can; once enough can again, at once."""
    asked, woken, limit = list[int](), list[str](), 32
    worker = FastWorker(runtime, PrefectApi(None), pool="wzrd", limit=limit, on_free=lambda: woken.append("woken"))
    places = anyio.CapacityLimiter(limit)

    async def request(method: str, path: str, *, json: dict[str, Any], **_: object) -> httpx.Response:
        asked.append(json["limit"])
        return httpx.Response(200, json=[])

    monkeypatch.setattr(FastWorker, "client", SimpleNamespace(request=request))
    monkeypatch.setattr(FastWorker, "limiter", places)
    worker._limiter, worker._has_successfully_synced = places, True
    taken = [uuid.uuid4() for _ in range(limit)]
    await worker.get_and_submit_flow_runs()
    for one in taken[:-1]:
        places.acquire_on_behalf_of_nowait(one)
    await worker.get_and_submit_flow_runs()
    places.acquire_on_behalf_of_nowait(taken[-1])
    await worker.get_and_submit_flow_runs()
    assert asked == [limit, 1]
    worker._release_limit_slot(taken[0])
    worker._release_limit_slot(taken[1])
    assert not woken
    worker._release_limit_slot(taken[2])
    assert woken
    await worker.get_and_submit_flow_runs()
    worker._release_limit_slot(taken[3])
    assert (asked, woken) == ([limit, 1, 3], ["woken"])
    worker._submitting_flow_run_ids |= set(taken[:5])  # scheduled again, perhaps, and at the head of what waits
    await worker.get_and_submit_flow_runs()
    assert asked[-1] == 4 + 5


async def test_only_a_run_that_keeps_dying_runs_apart(runtime: Runtime) -> None:
    """Its last resume has a process of its own; others, and flow runs that are none of ours, have not."""
    worker = WarmWorker(runtime, PrefectApi(None), pool="wzrd", limit=4)
    flow_run_id = uuid.uuid4()
    run_id = await opened(runtime, await make_studio(runtime))
    await claimed(runtime, run_id, flow_run_id)
    assert not await worker._keeps_crashing(uuid.uuid4())
    for resumes in range(MAX_RESUMES + 1):
        async with runtime.begin() as tx:
            await tx.execute(text("update wzrd.runs set resumes = :n where id = :id"), {"n": resumes, "id": run_id})
        assert await worker._keeps_crashing(flow_run_id) is (resumes == MAX_RESUMES)


async def test_a_process_that_begins_is_not_dead(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long its start takes, the run is noted as taken until it is claimed."""
    monkeypatch.setattr(warm, "ISOLATED", ("-c", "import signal; signal.pause()"))
    monkeypatch.setattr(warm, "NOTE_SECONDS", 0.02)
    worker, flow_run_id = WarmWorker(runtime, PrefectApi(None), pool="wzrd", limit=4), uuid.uuid4()
    run_id = await opened(runtime, await make_studio(runtime))
    async with runtime.begin() as tx:
        await store_flow_run(tx, run_id, flow_run_id)
        await tx.execute(
            text("update wzrd.runs set updated_at = now() - interval '1 hour' where id = :id"), {"id": run_id}
        )

    async def is_left_alone() -> bool:
        async with runtime.begin() as tx:
            return run_id not in {run.run_id for run in await list_unleased(tx, older_than=UNLEASED_SECONDS)}

    assert not await is_left_alone()
    beginning = asyncio.create_task(worker._run_isolated(flow_run_id))
    await answer_of(is_left_alone)
    beginning.cancel()
    assert isinstance((await asyncio.gather(beginning, return_exceptions=True))[0], asyncio.CancelledError)


async def test_prefects_cancel_button_cancels_the_run(runtime: Runtime) -> None:
    """Executed here: its work is stopped and the flow ends in Prefect; by no process: settled, and Prefect notified."""
    async with prefect_server() as prefect:
        api = PrefectApi(prefect.url)
        studio = await make_studio(runtime)
        idle, busy = await opened(runtime, studio), await opened(runtime, studio)
        flow_runs = {run_id: prefect.create(str(run_id), "x", {}) for run_id in (idle, busy)}
        for run_id, flow_run in flow_runs.items():
            flow_run.become("CANCELLING")
            await claimed(runtime, run_id, flow_run.flow_run_id)
        async with runtime.begin() as tx:
            await tx.execute(
                text("update wzrd.runs set lease_owner = null, lease_until = null where id = :id"), {"id": idle}
            )
        lease = await claimed(runtime, busy, flow_runs[busy].flow_run_id)

        working = asyncio.Event()

        async def work(_: object) -> Outcome:
            working.set()
            await asyncio.Event().wait()
            return Outcome()

        carrying = asyncio.create_task(execute(runtime, lease, work))
        await working.wait()
        await FlowRunWatch(runtime, api, ["gen-shots"], {}, Activity(api, [])).look_for_cancelling()
        async with asyncio.timeout(60):
            assert await carrying == "canceled"
        assert (flow_runs[idle].state, flow_runs[busy].state) == ("CANCELLED", "CANCELLING")
        async with runtime.begin() as tx:
            ended = [await find_run(tx, run_id) for run_id in (idle, busy)]
        assert [run.status for run in ended if run] == ["canceled", "canceled"]
        assert await balance(runtime, studio.user_id) == 100
        await api.close()
