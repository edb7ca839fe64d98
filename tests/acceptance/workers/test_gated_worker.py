"""A real worker behind a gate to Prefect's server: frozen, it costs no lease; a pause ends no other run."""

import asyncio
import contextlib
import os
import signal
import sys
import uuid
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from server.stack.state import ClientSettings, client_settings
from tests.acceptance.conftest import ROOT, Stack
from tests.acceptance.test_gen_shots import answer
from tests.acceptance.test_prefect import flow_state, prefect, run_of
from tests.fakes.chat import Call, says
from tests.fakes.gate import Gate, gate
from tests.playing import opened
from tests.rows import Studio
from tests.waiting import until
from wzrd.db.flow_runs import store_flow_run
from wzrd.domain.runs import MAX_RESUMES

FROZEN_SECONDS = 5.0
RENEWALS = 4  # six or seven are due; a worker that stands still for half of the time makes three


@dataclass(slots=True)
class Gated:
    """A worker of a pool of its own, the gate through which it sees Prefect, and the chat that its runs wait for."""

    stack: Stack
    gate: Gate
    deployment_id: str
    worker: Process
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def create(self, *, key: str = "", run_id: UUID | None = None, studio: Studio | None = None) -> UUID:
        """A flow run that no worker takes yet."""
        studio = studio or await self.stack.studio()
        parameters: dict[str, Any] = {"project": str(studio.project_id), "shot_count": 1}
        body = {
            "parameters": parameters | ({"run_id": str(run_id)} if run_id else {}),
            "state": {"type": "PAUSED"},
            **({"idempotency_key": key} if key else {}),
        }
        made = await prefect(self.stack, "POST", f"/deployments/{self.deployment_id}/create_flow_run", body)
        return UUID(made["id"])

    async def let_start(self, flow_run_id: UUID) -> None:
        """The worker may take it now."""
        scheduled = {"state": {"type": "SCHEDULED"}, "force": True}
        await prefect(self.stack, "POST", f"/flow_runs/{flow_run_id}/set_state", scheduled)

    async def start_waiting(self, count: int) -> list[UUID]:
        """Flow runs whose runs are leased and wait for the chat."""
        flow_runs = [await self.create() for _ in range(count)]
        for flow_run_id in flow_runs:
            await self.let_start(flow_run_id)
        await until(lambda: self.stack.chat.submits >= count, seconds=120)
        return flow_runs


async def make_deployment(stack: Stack, *, pool_type: str = "warm", **more: Any) -> tuple[str, str]:
    """A pool and a deployment of gen-shots in it: the pool's name and the deployment's id."""
    pool = f"gated-{uuid.uuid4().hex[:8]}"
    await prefect(stack, "POST", "/work_pools/", {"name": pool, "type": pool_type, "base_job_template": {}})
    flow = await prefect(stack, "POST", "/flows/", {"name": "gen-shots"})
    made = await prefect(
        stack,
        "POST",
        "/deployments/",
        {"name": pool, "flow_id": flow["id"], "work_pool_name": pool, "entrypoint": "flows.gen_shots.gen_shots"} | more,
    )
    return pool, made["id"]


@asynccontextmanager
async def worker(
    stack: Stack,
    found: ClientSettings,
    pool: str,
    url: str,
    command: Sequence[str] = ("-m", "server.cli", "worker"),
    output: int = asyncio.subprocess.DEVNULL,
    end: int = signal.SIGTERM,
    **more: str,
) -> AsyncGenerator[Process]:
    """`wzrd worker` for the pool, with Prefect behind `url`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=ROOT,
        env=stack.environment
        | {
            "WZRD_WORK_POOL": pool,
            "WZRD_DATABASE_URL": found.database_url,
            "PREFECT_API_URL": f"{url}/api",
            "PREFECT_API_AUTH_STRING": found.prefect_auth,
            "PREFECT_HOME": str(stack.home / "prefect"),
            "PYTHONPATH": str(ROOT),
        }
        | more,
        stdout=output,
        stderr=output,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(end)
        await process.wait()


@pytest.fixture(scope="module")
async def served(stack: Stack) -> AsyncGenerator[Gated]:
    """A worker of its own, started once: a start takes seconds."""
    found = client_settings(stack.home)
    pool, deployment_id = await make_deployment(stack)
    address = httpx.URL(found.prefect_api_url)
    assert address.port is not None
    async with gate(address.host, address.port) as made, worker(stack, found, pool, made.url) as process:
        yield Gated(stack, made, deployment_id, process)


@pytest.fixture
async def gated(served: Gated) -> AsyncGenerator[Gated]:
    """The worker; what its runs ask the chat is answered when `answered` is set."""
    made = replace(served, answered=asyncio.Event())

    async def act(call: Call) -> None:
        await made.answered.wait()
        await says(answer(1))(call)

    made.stack.chat.otherwise = act
    yield made
    made.answered.set()


async def renewals(stack: Stack, flow_runs: list[UUID], seconds: float) -> dict[UUID, set[Any]]:
    """Every lease end that each flow run's run had within the time; fails where a lease ran out or changed hands."""
    statement = text("""select flow_run_id, lease_epoch, lease_until, lease_until > clock_timestamp() as holds
        from wzrd.runs where flow_run_id = any(:ids)""")
    seen: dict[UUID, set[Any]] = {flow_run_id: set() for flow_run_id in flow_runs}
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while loop.time() < until:
        async with stack.runtime.begin() as tx:
            rows = (await tx.execute(statement, {"ids": flow_runs})).all()
        assert [(row.lease_epoch, row.holds) for row in rows] == [(1, True)] * len(flow_runs)
        for row in rows:
            seen[row.flow_run_id].add(row.lease_until)
        await asyncio.sleep(0.1)  # how often it is looked at
    return seen


@pytest.mark.parametrize(
    ("request_line", "content"),
    [
        ("/flow_runs/{}/set_state", '"PENDING"'),
        ("PATCH /api/flow_runs/{}", ""),
        ("/flow_runs/{}/set_state", '"RUNNING"'),
        ("GET /api/flow_runs/{}", ""),
        ("/flow_runs/{}/set_state", '"COMPLETED"'),
    ],
    ids=["taken", "updated", "running", "read", "completed"],
)
async def test_a_frozen_server_costs_no_lease(gated: Gated, request_line: str, content: str) -> None:
    """Prefect's server freezes while a run starts, or ends: every other lease of the worker is renewed on time."""
    waiting, late = await gated.start_waiting(3), await gated.create()
    gated.stack.chat.otherwise = says(answer(1))
    pid = gated.stack.pid("prefect")

    async def freeze() -> None:
        os.kill(pid, signal.SIGSTOP)

    rule = gated.gate.at(request_line.format(late).encode(), content.encode(), act=freeze)
    try:
        await gated.let_start(late)
        async with asyncio.timeout(120):
            await rule.acted.wait()
        seen = await renewals(gated.stack, waiting, FROZEN_SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert all(len(ends) >= RENEWALS for ends in seen.values()), seen
    gated.answered.set()
    for flow_run_id in (*waiting, late):
        await flow_state(gated.stack, flow_run_id, "COMPLETED", seconds=120)


async def suspend(stack: Stack, flow_run_id: UUID, *, seconds: float = 300) -> None:
    """Pauses a flow run as the UI's button does."""
    until = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
    details = {"pause_reschedule": True, "pause_timeout": until}
    state = {"type": "PAUSED", "name": "Suspended", "state_details": details}
    await prefect(stack, "POST", f"/flow_runs/{flow_run_id}/set_state", {"state": state, "force": True})


async def poisonous(gated: Gated) -> UUID:
    """A flow run whose run has had all its resumes but the last one: it runs in a process of its own."""
    runtime, studio = gated.stack.runtime, await gated.stack.studio()
    run_id = await opened(runtime, studio)
    flow_run_id = await gated.create(key=str(run_id), run_id=run_id, studio=studio)
    async with runtime.begin() as tx:
        await store_flow_run(tx, run_id, flow_run_id)
        await tx.execute(text("update wzrd.runs set resumes = :n where id = :id"), {"n": MAX_RESUMES, "id": run_id})
    return flow_run_id


@pytest.mark.parametrize("alone", [False, True], ids=["in-the-worker", "in-its-own-process"])
async def test_a_pause_ends_no_other_run(gated: Gated, *, alone: bool) -> None:
    """Paused just as it begins, a run stays paused until it is resumed; the others of its worker go on to their end."""
    stack, (busy, other) = gated.stack, await gated.start_waiting(2)
    paused = await (poisonous(gated) if alone else gated.create())
    line = f"/flow_runs/{paused}/set_state".encode()
    rule = gated.gate.at(line, b'"RUNNING"', act=lambda: suspend(stack, paused))
    await gated.let_start(paused)
    async with asyncio.timeout(120):
        await rule.acted.wait()
    gated.answered.set()
    for flow_run_id in (busy, other):
        await flow_state(stack, flow_run_id, "COMPLETED")
    assert gated.worker.returncode is None
    assert (await prefect(stack, "GET", f"/flow_runs/{paused}"))["state_name"] == "Suspended"
    await prefect(stack, "POST", f"/flow_runs/{paused}/resume", {})
    await flow_state(stack, paused, "COMPLETED")
    run = await run_of(stack, paused)
    assert run is not None
    assert (run.status, run.attempt) == ("succeeded", 1)
