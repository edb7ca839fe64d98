"""Work without end: one user's runs wait their turn, nobody else's wait for them, and waiting has an end."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import text

from server.dispatch import Dispatcher, PrefectApi
from server.stack import postgres
from server.worker.activity import Activity
from server.worker.reconcile import Reconciler
from server.worker.serve import listen_handlers
from tests.fakes.prefect import FakePrefect, FlowRun, prefect_server
from tests.playing import opened
from tests.rows import Studio, balance, make_studio
from tests.server.served import bearer, calling, claimed, shared_runtime, with_settings
from tests.waiting import until
from wzrd.contracts.events import NewEvent
from wzrd.db.listen import Listener
from wzrd.db.queue import OPEN_RUNS_RETRY_SECONDS
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.errors import TooMany
from wzrd.domain.runs import NewItem
from wzrd.domain.settlement import Outcome
from wzrd.runs.finish import cancel, finish, reopen
from wzrd.runs.start import Inline, NewRun, start
from wzrd.runtime.process import Runtime

PATH = "/functions/v1/gen-shots"
AT_PREFECT, OPEN = 16, 200


@pytest.fixture
async def prefect() -> AsyncGenerator[FakePrefect]:
    """A Prefect of the test's own."""
    async with prefect_server() as made:
        yield made


@pytest.fixture
async def runtime(cluster: postgres.Cluster, prefect: FakePrefect) -> AsyncGenerator[Runtime]:
    """A database of the test's own, and the address of its Prefect."""
    async with shared_runtime(cluster, PREFECT_API_URL=prefect.url) as made:
        yield made


@asynccontextmanager
async def worker(runtime: Runtime, prefect: FakePrefect) -> AsyncGenerator[Dispatcher]:
    """Worker that does what it is notified of; its relay does not run."""
    api = PrefectApi(prefect.url)
    dispatcher = Dispatcher(runtime, api)
    handlers = listen_handlers(runtime, dispatcher, asyncio.Event(), Activity(api, []))
    listener = Listener(runtime.settings.require_database_url(), handlers)
    await listener.start()
    async with asyncio.timeout(60):
        await listener.connected.wait()
    yield dispatcher
    await listener.close()
    await dispatcher.close()
    await api.close()


async def post(client: httpx.AsyncClient, studio: Studio, request_id: str) -> httpx.Response:
    """Ask for one shot and leave with the first news of it; a refusal is read."""
    body = {"projectId": str(studio.project_id), "shotCount": 1, "requestId": request_id}
    async with client.stream("POST", PATH, json=body, headers=bearer(studio.user_id)) as response:
        if response.status_code == 200:
            await anext(response.aiter_bytes())
        else:
            await response.aread()
    return response


async def row(runtime: Runtime, run_id: uuid.UUID) -> RunRow:
    async with runtime.begin() as tx:
        found = await find_run(tx, run_id)
    assert found is not None
    return found


async def work(runtime: Runtime, flow_run: FlowRun, outcome: Outcome) -> None:
    """Ends a flow run's run as a worker does, in short."""
    run_id = uuid.UUID(flow_run.parameters["run_id"])
    lease = await claimed(runtime, run_id, flow_run.flow_run_id)
    await finish(runtime, run_id, outcome, lease=lease)


async def test_forty_runs_of_one_user_make_nobody_else_wait(runtime: Runtime, prefect: FakePrefect) -> None:
    """A's sixteen are at Prefect, B's goes there at once, and with each end of A's the next of A's follows."""
    ada, bob = await make_studio(runtime), await make_studio(runtime)

    def of(studio: Studio) -> list[FlowRun]:
        return [run for run in prefect.flow_runs.values() if run.parameters["project"] == str(studio.project_id)]

    async with calling(runtime) as (client, app), worker(runtime, prefect):
        for number in range(40):
            assert (await post(client, ada, f"a{number}")).status_code == 200
        assert (await post(client, bob, "b")).status_code == 200
        await app.state.services.dispatcher.close()
        assert (len(of(ada)), len(of(bob))) == (AT_PREFECT, 1)
        for ended in range(40):
            await work(runtime, of(ada)[ended], Outcome(error="no") if ended % 3 else Outcome(canceled=True))
            there = min(40, AT_PREFECT + ended + 1)
            await until(lambda there=there: len(of(ada)) >= there)
            assert len(of(ada)) == there, "more were handed over than have ended"
    assert [run.parameters["run_id"] for run in of(ada)] == [str(i) for i in await in_order(runtime, ada)]
    assert await balance(runtime, ada.user_id) == 100


async def in_order(runtime: Runtime, studio: Studio) -> list[uuid.UUID]:
    """The user's runs as they were asked for."""
    async with runtime.begin() as tx:
        statement = text("select id from wzrd.runs where user_id = :user order by created_at")
        return list(await tx.scalars(statement, {"user": studio.user_id}))


async def test_a_canceled_one_makes_room_as_well(runtime: Runtime, prefect: FakePrefect) -> None:
    """Canceled before any worker took it, through the API: the next is handed over; a waiting one just ends."""
    ada = await make_studio(runtime)
    few = with_settings(runtime, runs_at_prefect_per_user=1)
    async with calling(few) as (client, app), worker(few, prefect):
        for name in "abc":
            await post(client, ada, name)
        await app.state.services.dispatcher.close()
        first, second, third = await in_order(runtime, ada)
        assert [run.key for run in prefect.flow_runs.values()] == [str(first)]
        for run_id in (second, first):
            answered = await client.post(f"/functions/v1/runs/{run_id}/cancel", headers=bearer(ada.user_id))
            assert answered.json()["status"] == "canceled"
        await until(lambda: len(prefect.flow_runs) == 2)
        assert [run.key for run in prefect.flow_runs.values()] == [str(first), str(third)]


async def test_the_two_hundred_and_first_is_refused(runtime: Runtime) -> None:
    """However many come at once exactly 200 get in; the next hears 429 and when to come back, and pays nothing."""
    ada = await make_studio(runtime, funds=1000)
    ends = await asyncio.gather(*(opened(runtime, ada, count=1) for _ in range(OPEN + 20)), return_exceptions=True)
    assert sum(isinstance(end, uuid.UUID) for end in ends) == OPEN
    assert {type(end) for end in ends if not isinstance(end, uuid.UUID)} == {TooMany}
    assert await balance(runtime, ada.user_id) == 1000 - OPEN
    async with calling(runtime) as (client, _):
        refused = await post(client, ada, "one more")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, str(OPEN_RUNS_RETRY_SECONDS))
        assert "200 of your runs are still open" in refused.json()["error"]
        known = await row(runtime, (await in_order(runtime, ada))[-1])
        assert (await post(client, ada, known.request_id)).status_code == 200, (
            "a known request is joined, never refused"
        )
        assert (await post(client, await make_studio(runtime), "b")).status_code == 200
        await cancel(runtime, known.run_id, ada.user_id)
        assert (await post(client, ada, "one more")).status_code == 200
        again = await client.post(f"/functions/v1/runs/{known.run_id}/retry", headers=bearer(ada.user_id))
        assert (again.status_code, (await row(runtime, known.run_id)).status) == (429, "canceled")
    assert await balance(runtime, ada.user_id) == 1000 - OPEN


async def age(runtime: Runtime) -> None:
    """As if nothing had happened for a minute."""
    async with runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set updated_at = updated_at - interval '1 minute'"))


async def test_who_waits_is_not_lost(runtime: Runtime, prefect: FakePrefect) -> None:
    """Relays, reaper and reconciler, several and again, leave waiting runs alone; with room a relay hands them over."""
    ada = await make_studio(runtime)
    few = with_settings(runtime, runs_at_prefect_per_user=2)
    for _ in range(5):
        await opened(few, ada, count=1)
    api = PrefectApi(prefect.url)
    upkeeps = [Reconciler(few, api, Dispatcher(few, api)) for _ in range(3)]
    for _ in range(3):
        await age(few)
        await asyncio.gather(*(act() for one in upkeeps for act in (one.relay, one.reap, one.reconcile)))
    first, second, third, *_ = await in_order(runtime, ada)
    assert {run.key for run in prefect.flow_runs.values()} == {str(first), str(second)}
    assert not prefect.calls["set_state"]
    await cancel(few, first, ada.user_id)
    await asyncio.gather(*(one.relay() for one in upkeeps))
    assert {run.key for run in prefect.flow_runs.values()} == {str(first), str(second), str(third)}
    await api.close()


async def test_handed_over_while_prefect_is_away(runtime: Runtime, prefect: FakePrefect) -> None:
    """Its turn came and Prefect did not answer: it keeps its turn, and a later relay sends it."""
    ada = await make_studio(runtime)
    few = with_settings(runtime, runs_at_prefect_per_user=1)
    first, second = [await opened(few, ada, count=1) for _ in range(2)]
    await cancel(few, first, ada.user_id)
    api = PrefectApi(prefect.url)
    reconciler = Reconciler(few, api, Dispatcher(few, api))
    prefect.failures = [500]
    await reconciler.relay()
    assert ((await row(few, second)).dispatched, len(prefect.flow_runs)) == (True, 0)
    await age(few)
    await reconciler.relay()
    assert [run.key for run in prefect.flow_runs.values()] == [str(second)]
    await api.close()


async def test_inline_runs_are_not_affected(runtime: Runtime) -> None:
    """A run that no worker executes neither waits nor is refused, and takes no place of those that workers execute."""
    ada = await make_studio(runtime)
    few = with_settings(runtime, runs_at_prefect_per_user=1, open_runs_per_user=1)
    for number in range(3):
        new = NewRun(
            kind="gen-shots",
            user_id=ada.user_id,
            project_id=ada.project_id,
            request_id=f"inline {number}",
            identity={},
            extra={},
            items=lambda _: [NewItem("output", 1, "text", None)],
            first_event=lambda: NewEvent("meta", {}),
            reference_id="",
            inline=Inline(None, 60.0),
        )
        started = await start(few, new)
        assert not (await row(few, started.run_id)).dispatched
    assert (await row(few, await opened(few, ada, count=1))).dispatched


async def test_a_retried_run_waits_its_turn_too(runtime: Runtime, prefect: FakePrefect) -> None:
    """A retry is one more run at Prefect; retried by Prefect's own button it is there already."""
    ada = await make_studio(runtime)
    few = with_settings(runtime, runs_at_prefect_per_user=1)
    run_id = await opened(few, ada, count=1)
    await finish(few, run_id, Outcome(error="no"))
    await opened(few, ada, count=1)
    assert not (await reopen(few, run_id)).dispatched
    await finish(few, run_id, Outcome(error="no"))
    assert (await reopen(few, run_id, flow_run_id=uuid.uuid4())).dispatched
    assert not prefect.flow_runs
