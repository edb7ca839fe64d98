"""Runs that Prefect starts are as durable as those that the API starts: killed, stopped, late, canceled, paused."""

import asyncio
import os
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from server.stack.state import ClientSettings, client_settings
from tests.acceptance.conftest import Stack, shot_rows
from tests.acceptance.test_gated_worker import Process, make_deployment, suspend, worker
from tests.acceptance.test_gen_shots import IDEAS, answer
from tests.acceptance.test_prefect import prefect, run_of
from tests.fakes.chat import Act, Call, delta, finish, says
from tests.fakes.gate import Gate, Rule, gate
from tests.rows import Studio
from wzrd.db.runs import RunRow

WORKER = ("-m", "server.cli", "worker")
Hook = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Pool:
    """A work pool with a deployment of gen-shots; its worker is whatever a test starts."""

    stack: Stack
    found: ClientSettings
    name: str
    deployment_id: str
    gate: Gate

    def worker(self, *command: str) -> AbstractAsyncContextManager[Process]:
        """A worker, of ours unless a command is given; what it asks Prefect goes through the gate."""
        return worker(self.stack, self.found, self.name, self.gate.url, command or WORKER)

    async def create(self, studio: Studio, *, due: datetime | None = None, count: int = 1) -> UUID:
        """What the form of Prefect's UI sends, and what a schedule makes."""
        details = {"scheduled_time": due.isoformat()} if due else {}
        parameters = {"project_id": str(studio.project_id), "shot_count": count}
        body = {"parameters": parameters, "state": {"type": "SCHEDULED", "state_details": details}}
        made = await prefect(self.stack, "POST", f"/deployments/{self.deployment_id}/create_flow_run", body)
        return UUID(made["id"])

    async def set_state(self, flow_run_id: UUID, kind: str, **more: Any) -> None:
        """What a worker or a button says."""
        body = {"state": {"type": kind, **more}}
        await prefect(self.stack, "POST", f"/flow_runs/{flow_run_id}/set_state", body)

    async def shows(self, flow_run_id: UUID, *names: str, seconds: float = 60) -> str:
        """Wait until Prefect shows the flow run so."""
        name = ""
        try:
            async with asyncio.timeout(seconds):
                while name not in names:
                    await asyncio.sleep(0.1)
                    name = (await prefect(self.stack, "GET", f"/flow_runs/{flow_run_id}"))["state_name"]
        except TimeoutError:
            raise AssertionError(f"{flow_run_id} is {name} after {seconds} s, not {' or '.join(names)}") from None
        return name

    async def run(self, flow_run_id: UUID, *statuses: str, seconds: float = 60) -> RunRow:
        """Wait until the flow run's run is so."""
        async with asyncio.timeout(seconds):
            while (run := await run_of(self.stack, flow_run_id)) is None or run.status not in statuses:
                await asyncio.sleep(0.05)
        return run

    def at(self, flow_run_id: UUID, content: str, act: Hook) -> Rule:
        """Once, when Prefect has answered a worker about this flow run: act, then pass the answer on."""
        return self.gate.at(f"/flow_runs/{flow_run_id}".encode(), content.encode(), act=act)


@asynccontextmanager
async def open_pool(stack: Stack, **more: Any) -> AsyncGenerator[Pool]:
    """A pool of its own that nobody serves yet."""
    stack.chat.otherwise = says(answer(1))
    found = client_settings(stack.home)
    address = httpx.URL(found.prefect_api_url)
    assert address.port is not None
    name, deployment_id = await make_deployment(stack, **more)
    async with gate(address.host, address.port) as made:
        yield Pool(stack, found, name, deployment_id, made)


async def check_ran_once(pool: Pool, studio: Studio, flow_run_id: UUID, *, bodies: int = 1) -> None:
    """One run, one delivery, one charge; Prefect has seen its body begin so often."""
    run = await run_of(pool.stack, flow_run_id)
    assert run is not None
    assert (run.status, run.attempt, run.request_id) == ("succeeded", 1, f"prefect:{flow_run_id}")
    async with pool.stack.runtime.begin() as tx:
        counted = text("select count(*) from wzrd.runs where project_id = :id")
        assert await tx.scalar(counted, {"id": studio.project_id}) == 1
    assert await pool.stack.balance(studio) == 99
    states = await prefect(pool.stack, "GET", f"/flow_run_states/?flow_run_id={flow_run_id}")
    assert [state["type"] for state in states].count("RUNNING") == bodies


async def check_nothing_happened(pool: Pool, studio: Studio, flow_run_id: UUID) -> None:
    """No run, no hold, no charge."""
    assert await run_of(pool.stack, flow_run_id) is None
    assert await pool.stack.balance(studio) == 100
    assert await shot_rows(pool.stack, studio) == []


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
            assert await asyncio.wait_for(stopped.wait(), 90) == 0
        async with pool.worker() as killed:

            async def kill() -> None:
                os.kill(killed.pid, signal.SIGKILL)

            pool.at(flow_run_id, '"PENDING"', kill)
            await asyncio.wait_for(killed.wait(), 90)
        await pool.shows(flow_run_id, "Pending", "Scheduled")
        async with pool.worker():
            await pool.shows(flow_run_id, "Completed", seconds=90)
        await check_ran_once(pool, studio, flow_run_id)


async def test_late_then_canceled_then_paused(stack: Stack) -> None:
    """What a person does and a clock does to one worker's flow runs, as Prefect's UI shows it."""
    async with open_pool(stack) as pool:
        late_studio = await stack.studio()
        late = await pool.create(late_studio, due=datetime.now(UTC) - timedelta(seconds=30))
        await pool.shows(late, "Late")
        async with pool.worker():
            await pool.shows(late, "Completed", seconds=90)
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
    await asyncio.wait_for(rule.acted.wait(), 30)
    for flow_run_id in (future, orphan):
        await pool.set_state(flow_run_id, "CANCELLING")
    for flow_run_id, studio in zip((future, orphan, held), studios, strict=True):
        await pool.shows(flow_run_id, "Cancelled", seconds=15)
        await check_nothing_happened(pool, studio, flow_run_id)


def slow_writer(reached: asyncio.Event, go_on: asyncio.Event) -> Act:
    """Writes one shot of three, and the others when it may."""

    async def act(call: Call) -> None:
        told = answer(3)
        cut = told.index(IDEAS[1]) + 5
        await call.head()
        await call.event(delta(told[:cut]))
        reached.set()
        await go_on.wait()
        await call.event(delta(told[cut:]))
        await call.event(finish())
        await call.event("[DONE]")

    return act


async def check_pause(pool: Pool) -> None:
    """No new step; what a provider was asked for is received; the resume goes on with it, in the same run."""
    stack, studio = pool.stack, await pool.stack.studio()
    reached, go_on = asyncio.Event(), asyncio.Event()
    stack.chat.otherwise = slow_writer(reached, go_on)
    submits = stack.chat.submits
    flow_run_id = await pool.create(studio, count=3)
    await asyncio.wait_for(reached.wait(), 30)
    await suspend(stack, flow_run_id)
    run = await pool.run(flow_run_id, "paused", seconds=15)
    go_on.set()
    await reconciled(pool, run)
    assert await pool.shows(flow_run_id, "Suspended", "Running") == "Suspended"
    assert (await pool.run(flow_run_id, "paused")).resumes == 0
    assert [number for number, prompt in await shot_rows(stack, studio) if prompt] in ([], [1])
    await prefect(stack, "POST", f"/flow_runs/{flow_run_id}/resume", {})
    await pool.shows(flow_run_id, "Completed", seconds=30)
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
    await asyncio.wait_for(reached.wait(), 30)
    await suspend(stack, flow_run_id, seconds=2)
    run = await pool.run(flow_run_id, "paused", seconds=15)
    await pool.shows(flow_run_id, "Failed", seconds=30)
    await reconciled(pool, run)
    after = await pool.run(flow_run_id, "partial", seconds=15)  # one shot was written, and is paid
    assert after.error == "The flow was paused and never resumed."
    go_on.set()


async def reconciled(pool: Pool, run: RunRow) -> None:
    """Return when a reconciler has looked at the run, as if nothing had happened to it for a minute."""
    async with pool.stack.runtime.begin() as tx:
        aged = text("update wzrd.runs set updated_at = updated_at - interval '1 minute' where id = :id")
        await tx.execute(aged, {"id": run.run_id})
    looked = text("select updated_at > clock_timestamp() - interval '30 seconds' from wzrd.runs where id = :id")
    async with asyncio.timeout(30):
        while True:
            async with pool.stack.runtime.begin() as tx:
                if await tx.scalar(looked, {"id": run.run_id}):
                    return
            await asyncio.sleep(0.1)


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
            assert await asyncio.wait_for(stopped.wait(), 90) == 0
        async with pool.worker("-m", "tests.fakes.newer_prefect"):
            await pool.shows(flow_run_id, "Completed", seconds=90)
        states = await prefect(stack, "GET", f"/flow_run_states/?flow_run_id={flow_run_id}")
        assert "Submitting" in [state["name"] for state in states]  # the fast path has no such state
        await check_ran_once(pool, studio, flow_run_id, bodies=2)
