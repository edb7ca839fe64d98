"""State hooks end what no process executes and hand over what died; lost or doubled, they do no harm."""

import uuid
from collections.abc import AsyncGenerator

import pytest
from prefect.client.schemas.objects import FlowRun
from prefect.states import Cancelled, Completed, Crashed, Failed, Running

from blocks.resolve import serving
from flows import FLOWS, hooks
from tests.playing import opened
from tests.rows import balance, make_studio
from tests.server.served import claimed, deliver, ended
from wzrd.db.events import read_events
from wzrd.db.run_leases import reap_expired
from wzrd.db.runs import RunRow, find_run
from wzrd.domain.lease import Lease
from wzrd.domain.settlement import Outcome
from wzrd.operations import KINDS
from wzrd.runs.finish import reopen
from wzrd.runtime.process import Runtime, make_runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

FLOW = FLOWS["gen-shots"]


@pytest.fixture(scope="module")
async def module_runtime(module_runtime: Runtime) -> AsyncGenerator[Runtime]:
    """The hooks find this runtime."""
    async with serving(module_runtime):
        yield module_runtime


async def row(runtime: Runtime, run_id: uuid.UUID) -> RunRow:
    async with runtime.begin() as tx:
        found = await find_run(tx, run_id)
    assert found is not None
    return found


async def begun(runtime: Runtime) -> tuple[Lease, FlowRun]:
    """A run, executed by this process, and its flow run."""
    flow_run = FlowRun(id=uuid.uuid4(), flow_id=uuid.uuid4(), run_count=1)
    run_id = await opened(runtime, await make_studio(runtime))
    return await claimed(runtime, run_id, flow_run.id), flow_run


async def dead(runtime: Runtime, lease: Lease) -> None:
    """Its worker is gone, and the reaper has been there."""
    async with runtime.begin() as tx:
        await tx.exec_driver_sql(
            "update wzrd.runs set lease_until = now() - interval '1 s' where lease_until is not null"
        )
        assert lease.run_id in [reaped.run_id for reaped in await reap_expired(tx)]


async def test_a_failure_ends_a_run_that_nobody_carries(runtime: Runtime) -> None:
    """With the state's words and the hold released; a second call changes nothing; a running one is left alone."""
    lease, flow_run = await begun(runtime)
    await hooks.on_failure(FLOW, flow_run, Failed(message="parameters"))
    assert (await row(runtime, lease.run_id)).status == "running"
    await dead(runtime, lease)
    for _ in range(2):
        await hooks.on_failure(FLOW, flow_run, Failed(message="parameters\0 \ud800"))
    run = await row(runtime, lease.run_id)
    assert (run.status, (run.error or "").startswith("parameters"), run.error_code) == ("failed", True, "flow_failed")
    assert await balance(runtime, lease.user_id) == 100


async def test_completion_and_cancellation_are_nets(runtime: Runtime) -> None:
    """Completed but not ended: by what was delivered. Cancelled: canceled, and what was delivered is charged."""
    for hook, state, delivered, status, left in (
        (hooks.on_completion, Completed(), 3, "succeeded", 98),
        (hooks.on_completion, Completed(), 1, "partial", 99),
        (hooks.on_cancellation, Cancelled(), 1, "canceled", 99),
        (hooks.on_cancellation, Cancelled(), 0, "canceled", 100),
    ):
        lease, flow_run = await begun(runtime)
        if delivered:
            await deliver(runtime, lease, delivered)
        await dead(runtime, lease)
        await hook(FLOW, flow_run, state)
        assert (await row(runtime, lease.run_id)).status == status
        assert await balance(runtime, lease.user_id) == left


async def test_a_crash_hands_over_what_this_process_executed(runtime: Runtime) -> None:
    """The lease runs out at once, nothing ends; another process's run is none of ours."""
    lease, flow_run = await begun(runtime)
    await hooks.on_crashed(FLOW, flow_run, Crashed())
    async with runtime.begin() as tx:
        assert [reaped.run_id for reaped in await reap_expired(tx)] == [lease.run_id]
    other = make_runtime(runtime.settings, runtime.engine, KINDS)
    lease, flow_run = await begun(runtime)
    await claimed(other, lease.run_id, flow_run.id)
    await hooks.on_crashed(FLOW, flow_run, Crashed())
    async with runtime.begin() as tx:
        assert await reap_expired(tx) == []


async def test_late_hooks_of_a_former_flow_run_do_not_touch_the_next_attempt(runtime: Runtime) -> None:
    """The run failed and was reopened before its old flow run had left: none of its hooks ends the retry."""
    lease, flow_run = await begun(runtime)
    await ended(runtime, lease, Outcome(error="no"))
    await reopen(runtime, lease.run_id)
    for hook, state in (
        (hooks.on_completion, Completed()),
        (hooks.on_failure, Failed(message="x")),
        (hooks.on_cancellation, Cancelled()),
        (hooks.on_crashed, Crashed()),
    ):
        await hook(FLOW, flow_run, state)
    run = await row(runtime, lease.run_id)
    assert (run.status, run.attempt) == ("queued", 2)


async def test_taken_up_again_is_told_to_those_who_follow(runtime: Runtime) -> None:
    """The first time needs no words; after the end nothing is said; a flow run that is none of ours is ignored."""
    lease, flow_run = await begun(runtime)
    again = flow_run.model_copy(update={"run_count": 2})
    await hooks.on_running(FLOW, flow_run, Running())
    await hooks.on_running(FLOW, again, Running())
    await ended(runtime, lease, Outcome(canceled=True))
    await hooks.on_running(FLOW, again, Running())
    async with runtime.begin() as tx:
        found = [entry.event.event for entry in await read_events(tx, lease.run_id, 0)]
    assert found == ["meta", "progress", "error"]
    stranger = FlowRun(id=uuid.uuid4(), flow_id=uuid.uuid4(), run_count=2)
    for hook in (hooks.on_running, hooks.on_completion, hooks.on_crashed, hooks.on_cancellation, hooks.on_failure):
        await hook(FLOW, stranger, Failed())
