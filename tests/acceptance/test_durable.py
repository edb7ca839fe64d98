"""Runs that Prefect starts are as durable as those that the API starts: killed, stopped, late, canceled, paused."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from server.stack.state import ClientSettings, client_settings
from tests.acceptance.conftest import Stack
from tests.acceptance.test_gated_worker import make_deployment, worker
from tests.acceptance.test_gen_shots import answer
from tests.acceptance.test_prefect import flow_state, prefect, run_of
from tests.fakes.chat import Call, says
from tests.fakes.gate import Gate, gate
from tests.rows import Studio


@dataclass(slots=True)
class Pool:
    """A work pool with a deployment of gen-shots; its worker is whatever a test starts."""

    stack: Stack
    found: ClientSettings
    name: str
    deployment_id: str
    gate: Gate

    def worker(self) -> Any:
        """A worker of ours for it, as a context; what it asks Prefect goes through the gate."""
        return worker(self.stack, self.found, self.name, self.gate.url)

    async def create(self, studio: Studio, *, due: datetime | None = None) -> UUID:
        """What the form of Prefect's UI sends, and what a schedule makes."""
        details = {"scheduled_time": due.isoformat()} if due else {}
        parameters = {"project_id": str(studio.project_id), "shot_count": 1}
        body = {"parameters": parameters, "state": {"type": "SCHEDULED", "state_details": details}}
        made = await prefect(self.stack, "POST", f"/deployments/{self.deployment_id}/create_flow_run", body)
        return UUID(made["id"])

    async def state(self, flow_run_id: UUID) -> str:
        return (await prefect(self.stack, "GET", f"/flow_runs/{flow_run_id}"))["state_name"]

    async def cancel(self, flow_run_id: UUID) -> None:
        """What the UI's cancel button sends."""
        body = {"state": {"type": "CANCELLING"}}
        await prefect(self.stack, "POST", f"/flow_runs/{flow_run_id}/set_state", body)

    def at(self, flow_run_id: UUID, content: str, act: Any) -> Any:
        """Once, when Prefect has answered a worker's setting of a state: act, then let the worker know."""
        return self.gate.at(f"/flow_runs/{flow_run_id}/set_state".encode(), content.encode(), act=act)


@pytest.fixture
async def pool(stack: Stack) -> AsyncGenerator[Pool]:
    """A pool of its own, whose deployment nobody serves yet."""
    stack.chat.otherwise = says(answer(1))
    found = client_settings(stack.home)
    address = httpx.URL(found.prefect_api_url)
    assert address.port is not None
    name, deployment_id = await make_deployment(stack)
    async with gate(address.host, address.port) as made:
        yield Pool(stack, found, name, deployment_id, made)


async def check_ran_once(pool: Pool, studio: Studio, flow_run_id: UUID) -> None:
    """One run, one delivery, one charge; Prefect has seen its body once."""
    run = await run_of(pool.stack, flow_run_id)
    assert run is not None
    assert (run.status, run.attempt, run.request_id) == ("succeeded", 1, f"prefect:{flow_run_id}")
    async with pool.stack.runtime.begin() as tx:
        counted = text("select count(*) from wzrd.runs where project_id = :id")
        assert await tx.scalar(counted, {"id": studio.project_id}) == 1
    assert await pool.stack.balance(studio) == 99
    states = await prefect(pool.stack, "GET", f"/flow_run_states/?flow_run_id={flow_run_id}")
    assert [state["type"] for state in states].count("RUNNING") == 1


async def test_one_that_was_pending_when_its_worker_died_runs_once(stack: Stack, pool: Pool) -> None:
    """Killed between taking the flow run and its body: within 60 s of a worker being up it runs, and is charged once."""
    studio = await stack.studio()
    async with pool.worker() as first:
        flow_run_id = await pool.create(studio)

        async def kill() -> None:
            os.kill(first.pid, signal.SIGKILL)

        pool.at(flow_run_id, '"PENDING"', kill)
        await first.wait()
    assert await pool.state(flow_run_id) == "Pending"
    async with pool.worker():
        await flow_state(stack, flow_run_id, "COMPLETED", seconds=60)
    await check_ran_once(pool, studio, flow_run_id)
