"""A work pool of its own on the shared stack, with whatever worker a test starts for it."""

import asyncio
import signal
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from server.stack.state import ClientSettings, client_settings
from tests.acceptance.conftest import Stack, shot_rows
from tests.acceptance.test_gen_shots import IDEAS, answer
from tests.acceptance.test_prefect import LOOK, PATIENCE, prefect, run_of
from tests.acceptance.workers.test_gated_worker import Process, make_deployment, worker
from tests.fakes.chat import Act, Call, delta, finish, says
from tests.fakes.gate import Gate, Rule, gate
from tests.rows import Studio
from tests.waiting import answer_of, looks
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

    def worker(
        self, *command: str, output: int = DEVNULL, end: int = signal.SIGTERM, **more: str
    ) -> AbstractAsyncContextManager[Process]:
        """A worker, of ours unless a command is given; what it asks Prefect goes through the gate."""
        return worker(self.stack, self.found, self.name, self.gate.url, command or WORKER, output, end, **more)

    async def create(self, studio: Studio, *, due: datetime | None = None, count: int = 1) -> UUID:
        """Creates a flow run as the form of Prefect's UI or a schedule does; returns its id."""
        details = {"scheduled_time": due.isoformat()} if due else {}
        parameters = {"project": str(studio.project_id), "shot_count": count}
        body = {"parameters": parameters, "state": {"type": "SCHEDULED", "state_details": details}}
        made = await prefect(self.stack, "POST", f"/deployments/{self.deployment_id}/create_flow_run", body)
        return UUID(made["id"])

    async def set_state(self, flow_run_id: UUID, kind: str, **more: Any) -> None:
        """Sets the flow run's state as a worker or a button does."""
        body = {"state": {"type": kind, **more}}
        await prefect(self.stack, "POST", f"/flow_runs/{flow_run_id}/set_state", body)

    async def shows(self, flow_run_id: UUID, *names: str, seconds: float = PATIENCE) -> str:
        """Wait until Prefect shows the flow run so."""
        name = ""
        try:
            async for _ in looks(seconds=seconds, every=LOOK):
                name = (await prefect(self.stack, "GET", f"/flow_runs/{flow_run_id}"))["state_name"]
                if name in names:
                    break
        except TimeoutError:
            raise AssertionError(f"{flow_run_id} is {name} after {seconds} s, not {' or '.join(names)}") from None
        return name

    async def run(self, flow_run_id: UUID, *statuses: str, seconds: float = PATIENCE) -> RunRow:
        """Wait until the flow run's run is so."""
        run = await answer_of(
            lambda: run_of(self.stack, flow_run_id),
            lambda run: run and run.status in statuses,
            seconds=seconds,
            every=0.1,
        )
        assert run is not None
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


async def reconciled(pool: Pool, run: RunRow) -> None:
    """Return when a reconciler has looked at the run, as if nothing had happened to it for a minute."""
    async with pool.stack.runtime.begin() as tx:
        aged = text("update wzrd.runs set updated_at = updated_at - interval '1 minute' where id = :id")
        await tx.execute(aged, {"id": run.run_id})
    looked = text("select updated_at > clock_timestamp() - interval '30 seconds' from wzrd.runs where id = :id")
    async for _ in looks(every=0.1):
        async with pool.stack.runtime.begin() as tx:
            if await tx.scalar(looked, {"id": run.run_id}):
                return
