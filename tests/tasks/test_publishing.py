"""Pages of ended runs: whoever comes next writes what a busy Prefect did not take, once."""

import uuid
from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import text

from blocks.resolve import serving
from server.dispatch import Dispatcher, PrefectApi
from server.worker.reconcile import Reconciler
from tasks.artifacts.publishing import publish, publish_due
from tests.fakes.prefect import FakePrefect, FlowRun
from tests.playing import opened
from tests.rows import make_studio
from tests.server.served import claimed, deliver, ended
from wzrd.domain.lease import Lease
from wzrd.domain.settlement import Outcome
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


@pytest.fixture
async def runtime(runtime: Runtime) -> AsyncGenerator[Runtime]:
    """The worker's runtime; no page is owed yet."""
    async with runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set page_due_at = null"))
    async with serving(runtime):
        yield runtime


async def over(runtime: Runtime, prefect: FakePrefect) -> tuple[Lease, FlowRun]:
    """A run that has ended well, and of which its page says nothing yet."""
    run_id = await opened(runtime, await make_studio(runtime))
    flow_run = prefect.create(str(run_id), "x", {})
    flow_run.become("RUNNING")
    lease = await claimed(runtime, run_id, flow_run.flow_run_id)
    await deliver(runtime, lease, 3)
    assert await ended(runtime, lease) == "succeeded"
    return lease, flow_run


async def pass_by(runtime: Runtime, *, seconds: float = 90) -> None:
    """As if so much time had passed."""
    async with runtime.begin() as tx:
        statement = text("""update wzrd.runs set page_due_at = page_due_at - make_interval(secs => :s),
            finished_at = finished_at - make_interval(secs => :s)""")
        await tx.execute(statement, {"s": seconds})


async def is_owed(runtime: Runtime, run_id: uuid.UUID) -> bool:
    async with runtime.begin() as tx:
        return bool(
            await tx.scalar(text("select page_due_at is not null from wzrd.runs where id = :id"), {"id": run_id})
        )


async def test_what_its_own_flow_has_written_is_written_by_nobody_else(runtime: Runtime, prefect: FakePrefect) -> None:
    """One version, under the flow run that executed it, however often others look."""
    lease, flow_run = await over(runtime, prefect)
    assert await is_owed(runtime, lease.run_id), "its flow may die before it has written anything"
    await publish(lease.run_id)
    assert [one["flow_run_id"] for one in prefect.artifacts] == [str(flow_run.flow_run_id)]
    await pass_by(runtime)
    assert (await publish_due(), len(prefect.artifacts)) == (0, 1)


async def test_a_busy_prefect_gets_it_later(runtime: Runtime, prefect: FakePrefect) -> None:
    """Refused to its flow and to the first who comes by: the next one writes it, and then all is quiet."""
    lease, flow_run = await over(runtime, prefect)
    prefect.failures = [None, 500]
    await publish(lease.run_id)
    api = PrefectApi(prefect.url)
    worker = Reconciler(runtime, api, Dispatcher(runtime, api))
    await worker.write_pages()
    assert not prefect.artifacts, "its flow may still be about to"
    await pass_by(runtime)
    prefect.failures = [500, 500]
    await worker.write_pages()
    await worker.write_pages()
    assert not prefect.artifacts, "not before its next time"
    for _ in range(3):
        await pass_by(runtime, seconds=7200)
        await worker.write_pages()
    (one,) = prefect.artifacts
    assert (one["flow_run_id"], "3 of 3 shots" in one["description"]) == (str(flow_run.flow_run_id), True)
    await api.close()


async def test_what_stands_is_not_written_again(runtime: Runtime, prefect: FakePrefect) -> None:
    """The server had taken it after all, and its flow never heard."""
    lease, _ = await over(runtime, prefect)
    await publish(lease.run_id)
    async with runtime.begin() as tx:
        await tx.execute(
            text("update wzrd.runs set page_due_at = clock_timestamp() where id = :id"), {"id": lease.run_id}
        )
    assert await publish_due() == 1
    assert (len(prefect.artifacts), await is_owed(runtime, lease.run_id)) == (1, False)


async def test_a_run_that_nobody_carried_has_its_outcome(runtime: Runtime, prefect: FakePrefect) -> None:
    """Canceled while it waited at Prefect: no flow of its own was there to tell."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    flow_run = prefect.create(str(run_id), "x", {})
    async with runtime.begin() as tx:
        values = {"flow": flow_run.flow_run_id, "id": run_id}
        await tx.execute(text("update wzrd.runs set flow_run_id = :flow where id = :id"), values)
    await cancel(runtime, run_id, studio.user_id)
    await pass_by(runtime)
    assert await publish_due() == 1
    assert "canceled" in prefect.artifacts[0]["description"]


async def test_a_page_is_not_owed_for_ever(runtime: Runtime, prefect: FakePrefect) -> None:
    """Not after a day, not of a flow run that is gone, not of an attempt that a retry has reopened."""
    old, _ = await over(runtime, prefect)
    prefect.failures = [None, 500]
    await publish(old.run_id)
    await pass_by(runtime, seconds=90_000)
    prefect.failures = [500]
    assert await publish_due() == 1
    assert not await is_owed(runtime, old.run_id)
    prefect.failures = []
    gone, flow_run = await over(runtime, prefect)
    prefect.lose(flow_run.flow_run_id)
    await pass_by(runtime)
    assert (await publish_due(), await is_owed(runtime, gone.run_id)) == (1, False)
    run_id = await opened(runtime, await make_studio(runtime))
    lease = await claimed(runtime, run_id, prefect.create(str(run_id), "x", {}).flow_run_id)
    await ended(runtime, lease, Outcome(error="the lamp broke"))
    await reopen(runtime, run_id)
    await pass_by(runtime)
    assert (await publish_due(), prefect.artifacts) == (0, [])
