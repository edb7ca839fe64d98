"""The four parts and how each is started, asked whether it is up, and stopped."""

import asyncio
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import httpx

from server.stack import postgres
from server.stack.deployments import POOL_TYPE
from server.stack.environment import prefect_server_environment
from server.stack.errors import StackError
from server.stack.health import open_client, wait_http
from server.stack.listener import BoundSocket
from server.stack.plan import StackPlan
from server.stack.process import Command, spawn
from server.stack.supervisor import StackPart
from server.stack.template import ForkedWorker, WorkerTemplate

POLL_SECONDS = 0.1


async def serves_itself(prefect_api_url: str, pool: str, *, auth: str = "") -> bool:
    """True if other workers serve pools of this type: ours takes none of its runs, and sends no heartbeat."""
    try:
        async with open_client(prefect_api_url, auth=auth, seconds=10.0) as client:
            response = await client.get(f"{prefect_api_url}/work_pools/{pool}")
            return response.is_success and response.json()["type"] != POOL_TYPE
    except (httpx.HTTPError, ValueError):
        return False


async def read_heartbeats(prefect_api_url: str, pool: str, *, auth: str = "") -> Mapping[str, str] | None:
    """The last heartbeat of every worker of the pool, by name; None when Prefect does not answer."""
    try:
        async with open_client(prefect_api_url, auth=auth, seconds=10.0) as client:
            response = await client.post(f"{prefect_api_url}/work_pools/{pool}/workers/filter", json={})
            if response.status_code == 404:  # nobody has made the pool yet
                return {}
            workers: list[dict[str, Any]] = response.raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return None
    return {str(worker["name"]): str(worker.get("last_heartbeat_time")) for worker in workers}


async def wait_heartbeat(
    prefect_api_url: str, pool: str, *, auth: str = "", before: Mapping[str, str] | None = None
) -> None:
    """Return when a worker of the pool is heard that was not heard by the first look; at once where ours takes nothing.

    To be called as soon as the worker is started: it needs seconds before it can be heard, the look does not; where it
    is heard sooner, `before` is a look of before. (No clocks are compared: a given server's may differ from ours.)
    """
    while True:
        heard = await read_heartbeats(prefect_api_url, pool, auth=auth)
        if before is None:
            before = heard
        elif (heard and set(heard.items()) - set(before.items())) or await serves_itself(
            prefect_api_url, pool, auth=auth
        ):
            return
        await asyncio.sleep(POLL_SECONDS)


ORDER = ("postgres", "prefect", "api", "worker")


def postgres_part(plan: StackPlan) -> StackPart:
    """The embedded PostgreSQL, with Prefect's database and, unless one is given, ours."""
    cluster = plan.cluster
    if cluster is None:
        raise StackError("both servers are given: no PostgreSQL is started")
    log = plan.log("postgres")

    async def start() -> Process:
        await postgres.clear(cluster)
        return await postgres.start(cluster, log)

    async def ready() -> None:
        await postgres.wait(cluster)
        for database in ("prefect", "wzrd"):
            await postgres.ensure_database(cluster, database)

    return StackPart("postgres", cluster.url("wzrd"), log, start, ready, signal.SIGINT, ready_seconds=60.0, attempts=3)


def _server_command(plan: StackPlan, program: str, listener: BoundSocket, extra: dict[str, str]) -> Command:
    descriptor = listener.socket.fileno()
    arguments = [sys.executable, "-m", program, str(descriptor)]
    return Command(arguments, {**plan.environment, **extra}, plan.home, [descriptor])


def prefect_part(plan: StackPlan, listener: BoundSocket) -> StackPart:
    """Prefect's server on loopback. It waits for its database by itself, so it may be started before it."""
    if plan.cluster is None:
        raise StackError("Prefect's server needs the embedded PostgreSQL")
    database = plan.cluster.url("prefect", driver="postgresql+asyncpg")
    extra = prefect_server_environment(
        plan.environment, plan.home, database, plan.prefect_api_url, auth=plan.prefect_auth
    )
    command = _server_command(plan, "server.stack.prefect.server", listener, extra)
    # asyncpg would prefer somebody's PGPASSWORD to the home's own
    command = replace(command, environment={k: v for k, v in command.environment.items() if not k.startswith("PG")})
    log = plan.log("prefect")
    start, ready = partial(spawn, command, log), partial(wait_http, f"{plan.prefect_api_url}/health", seconds=120.0)
    return StackPart("prefect", plan.prefect_api_url, log, start, ready, ready_seconds=120.0, stop_seconds=6.0)


def api_part(plan: StackPlan) -> StackPart:
    """The API; up when it and its database answer."""
    command = _server_command(plan, "server.api.serve", plan.api, {})
    log = plan.log("api")
    start, ready = partial(spawn, command, log), partial(wait_http, f"{plan.api.url}/healthz", seconds=60.0)
    return StackPart("api", plan.api.url, log, start, ready, stop_seconds=8.0)


def worker_template(plan: StackPlan, entrypoints: Sequence[str]) -> WorkerTemplate:
    """The process that workers are forked from; it describes the flows of these entrypoints."""
    command = Command([sys.executable, "-m", "server.worker"], plan.environment, plan.home)
    return WorkerTemplate(command, plan.log("worker"), entrypoints)


def worker_part(plan: StackPlan, template: WorkerTemplate) -> StackPart:
    """The worker, a fork of the template; up when Prefect has heard its heartbeat."""
    url, pool, auth = plan.prefect_api_url, plan.settings.work_pool, plan.prefect_auth
    before: Mapping[str, str] | None = None

    async def start() -> ForkedWorker:
        nonlocal before
        before = await read_heartbeats(url, pool, auth=auth)
        return await template.fork()

    async def ready() -> None:
        await wait_heartbeat(url, pool, auth=auth, before=before)

    address, log = f"work pool {pool}", plan.log("worker")
    return StackPart("worker", address, log, start, ready, ready_seconds=180.0, stop_seconds=20.0)
