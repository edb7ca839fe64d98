"""Runs that Prefect starts are as durable as those that the API starts: killed, stopped, late, canceled, paused."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.acceptance.conftest import Stack, shot_rows
from tests.acceptance.test_prefect import PATIENCE, prefect
from tests.acceptance.workers.pool_rig import (
    WORKER,
    Pool,
    check_nothing_happened,
    check_ran_once,
    open_pool,
    reconciled,
    slow_writer,
)
from tests.acceptance.workers.test_gated_worker import suspend


async def test_stopped_and_then_killed_before_its_body_it_runs_once(stack: Stack) -> None:
    """Its first worker is stopped while the run is Pending, its second one killed there; the third one runs it."""
    studio = await stack.studio()
    async with open_pool(stack) as pool:
        async with pool.worker() as stopped:
            flow_run_id = await pool.create(studio)

            async def stop() -> None:
                stopped.terminate()
                await pool.shows(flow_run_id, "Scheduled")

            pool.at(flow_run_id, "PATCH /api/flow_runs", stop)
            assert await asyncio.wait_for(stopped.wait(), PATIENCE) == 0
        async with pool.worker() as killed:

            async def kill() -> None:
                os.kill(killed.pid, signal.SIGKILL)

            pool.at(flow_run_id, '"PENDING"', kill)
            await asyncio.wait_for(killed.wait(), PATIENCE)
        await pool.shows(flow_run_id, "Pending", "Scheduled")
        async with pool.worker():
            await pool.shows(flow_run_id, "Completed")
        await check_ran_once(pool, studio, flow_run_id)


async def test_late_then_canceled_then_paused(stack: Stack) -> None:
    """Late, canceled and paused flow runs of one worker are shown so by Prefect's UI."""
    async with open_pool(stack) as pool:
        late_studio = await stack.studio()
        late = await pool.create(late_studio, due=datetime.now(UTC) - timedelta(minutes=5))
        await pool.shows(late, "Late")
        async with pool.worker():
            await pool.shows(late, "Completed")
            await check_ran_once(pool, late_studio, late)
            await check_cancel(pool)
            await check_pause(pool)
            await check_pause_runs_out(pool)


async def check_cancel(pool: Pool) -> None:
    """Before its body: in a living worker's hands, in a dead one's, and before anybody took it."""
    studios = [await pool.stack.studio() for _ in range(3)]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    future, orphan = await pool.create(studios[0], due=tomorrow), await pool.create(studios[1], due=tomorrow)
    await pool.set_state(orphan, "PENDING")
    held = await pool.create(studios[2])
    rule = pool.at(held, '"PENDING"', lambda: pool.set_state(held, "CANCELLING"))
    await asyncio.wait_for(rule.acted.wait(), 60)
    for flow_run_id in (future, orphan):
        await pool.set_state(flow_run_id, "CANCELLING")
    for flow_run_id, studio in zip((future, orphan, held), studios, strict=True):
        await pool.shows(flow_run_id, "Cancelled", seconds=60)
        await check_nothing_happened(pool, studio, flow_run_id)


async def check_pause(pool: Pool) -> None:
    """No new step; what a provider was asked for is received; the resume goes on with it, in the same run."""
    stack, studio = pool.stack, await pool.stack.studio()
    reached, go_on = asyncio.Event(), asyncio.Event()
    stack.chat.otherwise = slow_writer(reached, go_on)
    submits = stack.chat.submits
    flow_run_id = await pool.create(studio, count=3)
    await asyncio.wait_for(reached.wait(), 60)
    await suspend(stack, flow_run_id)
    run = await pool.run(flow_run_id, "paused", seconds=60)
    go_on.set()
    await reconciled(pool, run)
    assert await pool.shows(flow_run_id, "Suspended", "Running") == "Suspended"
    assert (await pool.run(flow_run_id, "paused")).resumes == 0
    assert [number for number, prompt in await shot_rows(stack, studio) if prompt] in ([], [1])
    await prefect(stack, "POST", f"/flow_runs/{flow_run_id}/resume", {})
    await pool.shows(flow_run_id, "Completed", seconds=60)
    after = await pool.run(flow_run_id, "succeeded")
    assert (after.run_id, after.attempt, await stack.balance(studio)) == (run.run_id, 1, 98)
    assert [number for number, prompt in await shot_rows(stack, studio) if prompt] == [1, 2, 3]
    assert stack.chat.submits - submits == 1


async def check_pause_runs_out(pool: Pool) -> None:
    """Never resumed within the time that the UI sends: Prefect fails the flow run, and its reason is the run's."""
    stack, studio = pool.stack, await pool.stack.studio()
    reached, go_on = asyncio.Event(), asyncio.Event()
    stack.chat.otherwise = slow_writer(reached, go_on)
    flow_run_id = await pool.create(studio, count=3)
    await asyncio.wait_for(reached.wait(), 60)
    await suspend(stack, flow_run_id, seconds=10)  # a busy worker notices it meanwhile
    run = await pool.run(flow_run_id, "paused", seconds=60)
    await pool.shows(flow_run_id, "Failed", seconds=60)
    await reconciled(pool, run)
    after = await pool.run(flow_run_id, "partial", seconds=60)  # one shot was written, and is paid
    assert after.error == "The flow was paused and never resumed."
    go_on.set()


async def test_a_prefect_that_is_new_to_us(stack: Stack) -> None:
    """One name that the fast path uses takes something else now: the worker says so, and takes runs by Prefect's way.

    There, too, a run that is stopped before its body is given back, and runs once.
    """
    studio = await stack.studio()
    async with open_pool(stack) as pool:
        async with pool.worker("-m", "tests.fakes.newer_prefect") as stopped:
            flow_run_id = await pool.create(studio)

            async def stop() -> None:
                stopped.terminate()
                await pool.shows(flow_run_id, "Scheduled")

            pool.at(flow_run_id, '"RUNNING"', stop)
            assert await asyncio.wait_for(stopped.wait(), PATIENCE) == 0
        async with pool.worker("-m", "tests.fakes.newer_prefect"):
            await pool.shows(flow_run_id, "Completed")
        states = await prefect(stack, "GET", f"/flow_run_states/?flow_run_id={flow_run_id}")
        assert "Submitting" in [state["name"] for state in states]  # the fast path has no such state
        await check_ran_once(pool, studio, flow_run_id, bodies=2)


@asynccontextmanager
async def stopped_worker(stack: Stack) -> AsyncGenerator[None]:
    """The stack's own worker stands still for as long as the block lasts: nobody else reconciles."""
    pid = stack.pid("worker")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_a_stock_process_pool(stack: Stack, tmp_path: Path) -> None:
    """Its flow process is killed, and the run goes on in another one; no process ends with a traceback.

    Others are canceled before their body. Who sees to all this is a supervisor that takes no runs itself.
    """
    reached, go_on = asyncio.Event(), asyncio.Event()
    studio = await stack.studio()
    log = tmp_path / "worker.log"
    with log.open("w") as output:
        async with stopped_worker(stack), open_pool(stack, pool_type="process") as pool:
            stock = ("-m", "prefect", "worker", "start", "--type", "process", "--pool", pool.name)
            # a flow's process starts within 60 s here: three leases
            looking_after = pool.worker(*WORKER, "--reconcile-only", WZRD_LEASE_SECONDS="20")
            async with pool.worker(*stock, output=output.fileno(), end=signal.SIGKILL), looking_after:
                stack.chat.script.append(slow_writer(reached, go_on))
                flow_run_id = await pool.create(studio)
                await asyncio.wait_for(reached.wait(), 120)
                owner = (await pool.run(flow_run_id, "running")).lease_owner
                os.kill(int(str(owner).split(":")[1]), signal.SIGKILL)
                await pool.shows(flow_run_id, "Completed", seconds=120)
                run = await pool.run(flow_run_id, "succeeded")
                assert (run.attempt, await stack.balance(studio)) == (1, 99)
                assert 1 <= run.resumes <= 2  # with leases as short as here, its worker's second Crashed comes later
                go_on.set()
                await check_cancel(pool)
    assert "initialize plugins" not in log.read_text()
    said = log.read_text().partition("Finished in state Completed('")[2]  # before it Prefect tells of the kill
    assert said
    assert "Traceback" not in said, said
    assert "Error" not in said, said


async def slots_taken(pool: Pool) -> int:
    """Number of the deployment's slots that Prefect takes for occupied."""
    found = await prefect(pool.stack, "GET", f"/deployments/{pool.deployment_id}")
    limit = await prefect(pool.stack, "GET", f"/v2/concurrency_limits/{found['global_concurrency_limit']['id']}")
    return limit["active_slots"]


async def test_a_slot_survives_restarts(stack: Stack) -> None:
    """One run has the deployment's only slot, another waits for it; Prefect's server dies, the worker is stopped.

    Both run once, one after the other, and the slot is free again.
    """
    reached, go_on = asyncio.Event(), asyncio.Event()
    studios = [await stack.studio() for _ in range(2)]
    async with open_pool(stack, concurrency_limit=1) as pool:
        async with pool.worker() as stopped:
            stack.chat.script.append(slow_writer(reached, go_on))
            holder = await pool.create(studios[0])
            await asyncio.wait_for(reached.wait(), PATIENCE)
            waiting = await pool.create(studios[1])
            await pool.shows(waiting, "AwaitingConcurrencySlot")
            await stack.kill("prefect")
            await stack.healthy(seconds=120)
            assert await slots_taken(pool) == 1
            assert list((stack.home / "prefect" / "concurrency_leases").glob("*-*.json"))
            stopped.terminate()
            go_on.set()
            assert await asyncio.wait_for(stopped.wait(), 60) == 0
        async with pool.worker():
            for flow_run_id in (holder, waiting):
                await pool.shows(flow_run_id, "Completed", seconds=120)
        assert await slots_taken(pool) == 0
        await check_ran_once(pool, studios[1], waiting)
        run = await pool.run(holder, "succeeded")
        assert (run.attempt, await stack.balance(studios[0])) == (1, 99)
