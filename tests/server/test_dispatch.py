"""From a committed run to one flow run, whatever fails in between and whoever else tries at the same time."""

import asyncio
import socket
import uuid
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from sqlalchemy import text

from server import dispatch
from server.dispatch import CREATED_AT_ONCE, Dispatcher, PrefectApi, PrefectRefused, PrefectUnreachable
from tests.fakes.prefect import FakePrefect, prefect_server
from tests.playing import opened
from tests.rows import make_studio
from tests.server.served import claimed, ended
from tests.waiting import looks
from wzrd.db.flow_runs import list_undispatched
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.ids import RunId
from wzrd.domain.settlement import Outcome
from wzrd.domain.work_queues import BATCH, IN_FRONT, QueuePlacement
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


@pytest.fixture
async def prefect() -> AsyncGenerator[FakePrefect]:
    """A Prefect of the test's own."""
    async with prefect_server() as made:
        yield made


@pytest.fixture
async def api(prefect: FakePrefect) -> AsyncGenerator[PrefectApi]:
    """A client of it."""
    made = PrefectApi(prefect.url)
    yield made
    await made.close()


@pytest.fixture
def dispatcher(runtime: Runtime, api: PrefectApi) -> Dispatcher:
    """A dispatcher of it."""
    return Dispatcher(runtime, api)


async def row(runtime: Runtime, run_id: uuid.UUID) -> RunRow:
    async with runtime.begin() as tx:
        found = await find_run(tx, run_id)
    assert found is not None
    return found


async def fresh(runtime: Runtime) -> RunRow:
    return await row(runtime, await opened(runtime, await make_studio(runtime)))


async def test_a_run_dispatched_by_many_at_once_has_one_flow_run(
    runtime: Runtime, prefect: FakePrefect, dispatcher: Dispatcher
) -> None:
    """API and relays alike: one flow run under the run's id, stored once; it has the business parameters."""
    run = await fresh(runtime)
    await asyncio.gather(*(dispatcher.send(run) for _ in range(8)))
    (made,) = prefect.flow_runs.values()
    assert made.key == str(run.run_id)
    assert made.parameters == {
        "project": str(run.project_id),
        "scene_id": run.params["sceneId"],
        "shot_count": 3,
        "run_id": str(run.run_id),
    }
    after = await row(runtime, run.run_id)
    assert (after.flow_run_id, after.flow_runs) == (made.flow_run_id, 1)


class HeldPrefect(PrefectApi):
    """Creates flow runs when it is told to; it remembers for whom it was asked, and how many waited at once."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.asked = list[str]()
        self.at_once = self._waiting = 0
        self.full, self.let_go = asyncio.Event(), asyncio.Event()

    async def create_flow_run(
        self, deployment: str, *, key: str, name: str, parameters: dict[str, Any], placement: QueuePlacement = IN_FRONT
    ) -> uuid.UUID:
        self.asked.append(key)
        self._waiting += 1
        self.at_once = max(self.at_once, self._waiting)
        if self._waiting == CREATED_AT_ONCE:
            self.full.set()
        await self.let_go.wait()
        self._waiting -= 1
        return await super().create_flow_run(deployment, key=key, name=name, parameters=parameters, placement=placement)


async def test_many_runs_at_once_are_no_crowd_at_prefect(runtime: Runtime, prefect: FakePrefect) -> None:
    """A few are created at a time; one that a worker has claimed meanwhile is not asked for again."""
    runs = [await fresh(runtime) for _ in range(3 * CREATED_AT_ONCE)]
    held = HeldPrefect(prefect.url)
    dispatcher = Dispatcher(runtime, held)
    sending = [asyncio.create_task(dispatcher.send(run)) for run in runs]
    await held.full.wait()
    claimed_elsewhere = runs[-1]
    quick = prefect.create(str(claimed_elsewhere.run_id), "x", {})
    await claimed(runtime, claimed_elsewhere.run_id, quick.flow_run_id)
    held.let_go.set()
    await asyncio.gather(*sending)
    await held.close()
    assert held.at_once == CREATED_AT_ONCE
    assert sorted(held.asked) == sorted(str(run.run_id) for run in runs[:-1])
    assert len({(await row(runtime, run.run_id)).flow_run_id for run in runs} - {None}) == len(runs)


async def test_what_waits_for_prefect_is_no_relays_business(
    runtime: Runtime, prefect: FakePrefect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long Prefect's server takes, nobody else makes the flow run as well; who is gone keeps nothing."""
    monkeypatch.setattr(dispatch, "HOLD_SECONDS", 0.01)
    runs = {run.run_id: run for run in [await fresh(runtime) for _ in range(CREATED_AT_ONCE + 2)]}
    held = HeldPrefect(prefect.url)
    dispatcher = Dispatcher(runtime, held)

    async def lost() -> set[RunId]:
        async with runtime.begin() as tx:
            found = await list_undispatched(tx, older_than=60.0, limit=1000)
        return {run.run_id for run in found} & set(runs)

    async def grow_old() -> None:
        statement = "update wzrd.runs set updated_at = updated_at - interval '1 hour' where id = any(:ids)"
        async with runtime.begin() as tx:
            await tx.execute(text(statement), {"ids": list(runs)})

    await grow_old()
    assert await lost() == set(runs)
    sending = [asyncio.create_task(dispatcher.send(run)) for run in runs.values()]
    await held.full.wait()

    async for _ in looks():
        if not await lost():
            break
    for one in sending:
        one.cancel()
    await asyncio.gather(*sending, return_exceptions=True)
    await dispatcher.close()
    await held.close()
    await grow_old()
    assert await lost() == set(runs)


async def test_the_queue_comes_from_the_runs_own_row(
    runtime: Runtime, prefect: FakePrefect, dispatcher: Dispatcher
) -> None:
    """In front, or, tried again by a backfill, behind and under its step; it stays so if Prefect loses its flow run."""
    studio = await make_studio(runtime)
    run_id, step = await opened(runtime, studio), uuid.uuid4()
    for placement in (IN_FRONT, QueuePlacement(BATCH, step), QueuePlacement(BATCH)):
        if placement is not IN_FRONT:
            await ended(runtime, await claimed(runtime, run_id), Outcome(error="the lamp broke"))
            await reopen(runtime, run_id, placement=placement)
        await dispatcher.send(await row(runtime, run_id))
        for _ in range(2):
            flow_run_id = (await row(runtime, run_id)).flow_run_id
            assert flow_run_id is not None
            asked = prefect.flow_runs[flow_run_id].asked
            assert asked["work_queue_name"] == placement.queue
            assert asked.get("parent_task_run_id") == (str(placement.parent) if placement.parent else None)
            prefect.lose(flow_run_id)
            await dispatcher.redispatch(run_id, flow_run_id)


async def test_a_worker_quicker_than_the_dispatcher_counts_the_flow_run(
    runtime: Runtime, prefect: FakePrefect, dispatcher: Dispatcher
) -> None:
    """It stores the flow run with its claim; a retry of that run then gets a flow run under another key."""
    run = await fresh(runtime)
    quick = prefect.create(str(run.run_id), "x", {})
    lease = await claimed(runtime, run.run_id, quick.flow_run_id)
    await dispatcher.send(run)
    after = await row(runtime, run.run_id)
    assert (after.flow_run_id, after.flow_runs) == (quick.flow_run_id, 1)
    await ended(runtime, lease, Outcome(error="no"))
    quick.become("FAILED")
    await dispatcher.send(await reopen(runtime, run.run_id))
    again = await row(runtime, run.run_id)
    assert again.flow_run_id not in {None, quick.flow_run_id}
    assert [made.key for made in prefect.flow_runs.values()] == [str(run.run_id), f"{run.run_id}:1"]


@pytest.mark.parametrize("taken_by_worker", [False, True])
async def test_a_flow_run_that_is_gone_is_replaced_under_a_key_that_was_never_used(
    runtime: Runtime, prefect: FakePrefect, dispatcher: Dispatcher, taken_by_worker: bool
) -> None:
    """However often Prefect loses it, and whoever stored it; repeated at once it is one more flow run each time."""
    run = await fresh(runtime)
    if taken_by_worker:
        made = prefect.create(str(run.run_id), "x", {})
        async with runtime.begin() as tx:
            await tx.execute(
                text("update wzrd.runs set flow_run_id = :flow where id = :id"),
                {"flow": made.flow_run_id, "id": run.run_id},
            )
    else:
        await dispatcher.send(run)
    seen = list[uuid.UUID | None]()
    for _ in range(3):
        gone = (await row(runtime, run.run_id)).flow_run_id
        assert gone is not None
        prefect.lose(gone)
        await asyncio.gather(*(dispatcher.redispatch(run.run_id, gone) for _ in range(4)))
        seen.append(gone)
        after = await row(runtime, run.run_id)
        assert after.flow_run_id not in seen
        assert set(prefect.flow_runs) == {after.flow_run_id}


async def test_nothing_is_made_for_a_run_that_has_ended_or_is_executed(
    runtime: Runtime, prefect: FakePrefect, dispatcher: Dispatcher
) -> None:
    """A cancel that came first, and a worker that is at it."""
    run = await fresh(runtime)
    await cancel(runtime, run.run_id, run.user_id)
    carried = await fresh(runtime)
    await claimed(runtime, carried.run_id)
    for one in (run, carried):
        await dispatcher.send(await row(runtime, one.run_id))
    assert not prefect.flow_runs


async def test_a_failure_leaves_the_run_queued_and_raises_nothing(
    runtime: Runtime, prefect: FakePrefect, dispatcher: Dispatcher, caplog: pytest.LogCaptureFixture
) -> None:
    """Errors of Prefect's, a proxy's page, a deployment that is not there: told in the log, tried again later."""
    run = await fresh(runtime)
    for failures in ([500], [503, 500], ["page"], [422]):
        prefect.failures = list[int | str | None](failures)
        dispatcher.send_soon(run.run_id)
        await dispatcher.close()
        assert (await row(runtime, run.run_id)).flow_run_id is None
    prefect.failures.clear()
    known, prefect.deployments = prefect.deployments, {}
    dispatcher.send_soon(run.run_id)
    await dispatcher.close()
    prefect.deployments = known
    dispatcher.send_soon(run.run_id)
    await dispatcher.close()
    assert (await row(runtime, run.run_id)).flow_run_id is not None
    found = [record for record in caplog.records if record.name == "server.dispatch"]
    assert all("stays queued" in record.message for record in found)
    assert any("wzrd up" in record.message for record in found)


async def test_a_deployment_made_anew_is_found_again(
    runtime: Runtime, prefect: FakePrefect, dispatcher: Dispatcher, api: PrefectApi
) -> None:
    """`prefect deploy` after a reset gives another id; the remembered one is dropped with its first failure."""
    await dispatcher.send(await fresh(runtime))
    prefect.deployments["gen-shots/write-shots"] = str(uuid.uuid4())
    run = await fresh(runtime)
    with pytest.raises(PrefectRefused):
        await dispatcher.send(run)
    await dispatcher.send(run)
    assert len(prefect.flow_runs) == 2
    del prefect.deployments["gen-shots/write-shots"]
    assert await api.deployment_id("gen-shots/write-shots")


async def test_prefect_out_of_reach_is_one_error(runtime: Runtime) -> None:
    """No address, nobody listening, an address that is none."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = await fresh(runtime)
    for url in (None, "", f"http://127.0.0.1:{port}/api", "nonsense"):
        api = PrefectApi(url)
        with pytest.raises(PrefectUnreachable):
            await Dispatcher(runtime, api).send(run)
        await api.close()


async def test_the_auth_string_is_sent(prefect: FakePrefect) -> None:
    """`name:password` as Prefect's own client sends it; a password may hold a colon."""
    api = PrefectApi(prefect.url, auth="admin:pa:ss")
    await api.deployment_id("gen-shots/write-shots")
    await api.close()
    assert prefect.authorizations == {"Basic YWRtaW46cGE6c3M="}
