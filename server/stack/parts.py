"""The four parts and how each is started, asked whether it is up, and stopped."""

import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from dataclasses import replace

from server.stack import postgres
from server.stack.environment import prefect_server_environment
from server.stack.errors import StackError
from server.stack.health import wait_http
from server.stack.listener import BoundSocket
from server.stack.plan import StackPlan
from server.stack.process import Command, spawn
from server.stack.standby import StandbyWorker
from server.stack.supervisor import StackPart
from server.stack.worker_ready import read_heartbeats, wait_heartbeat

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
    command = _server_command(plan, "server.stack.prefect_server", listener, extra)
    # asyncpg would prefer somebody's PGPASSWORD to the home's own
    command = replace(command, environment={k: v for k, v in command.environment.items() if not k.startswith("PG")})
    log = plan.log("prefect")

    async def start() -> Process:
        return await spawn(command, log)

    async def ready() -> None:
        await wait_http(f"{plan.prefect_api_url}/health", seconds=120.0)

    return StackPart("prefect", plan.prefect_api_url, log, start, ready, ready_seconds=120.0, stop_seconds=6.0)


def api_part(plan: StackPlan) -> StackPart:
    """The API; up when it and its database answer."""
    command = _server_command(plan, "server.api.serve", plan.api, {})
    log = plan.log("api")

    async def start() -> Process:
        return await spawn(command, log)

    async def ready() -> None:
        await wait_http(f"{plan.api.url}/healthz", seconds=60.0)

    return StackPart("api", plan.api.url, log, start, ready, stop_seconds=8.0)


def worker_part(plan: StackPlan) -> StackPart:
    """The worker, with another one that waits to take its place; up when Prefect has heard its heartbeat."""
    command = Command([sys.executable, "-m", "server.worker"], plan.environment, plan.home)
    log, url, pool, auth = plan.log("worker"), plan.prefect_api_url, plan.settings.work_pool, plan.prefect_auth
    standby = StandbyWorker(command, log, plan.settings.standby_worker)
    before: Mapping[str, str] | None = None

    async def start() -> Process:
        nonlocal before
        before = await read_heartbeats(url, pool, auth=auth) if standby.pid else None
        return await standby.take()

    async def ready() -> None:
        await wait_heartbeat(url, pool, auth=auth, before=before)

    address = f"work pool {pool}"
    return StackPart("worker", address, log, start, ready, ready_seconds=180.0, stop_seconds=20.0, close=standby.close)
