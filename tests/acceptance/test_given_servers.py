"""`wzrd prepare`, `api` and `worker` against given servers, as containers start them."""

import asyncio
import dataclasses
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from sqlalchemy import text
from sqlalchemy.engine import make_url

from server.stack.environment import ROOT
from server.stack.state import client_settings
from tests.acceptance.conftest import Stack, _opened, open_stack, watch, wzrd
from tests.test_reverse_proxy import free_port
from tests.waiting import looks

NAME = "containers"


@asynccontextmanager
async def part(environment: dict[str, str], name: str) -> AsyncGenerator[None]:
    """One of our processes, ended by the signal that a container runtime sends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.cli", name, cwd=ROOT, env=environment, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield
    finally:
        process.terminate()
        assert await process.wait() in {0, -signal.SIGTERM}, name


async def test_three_commands_make_a_studio_of_given_servers(tmp_path: Path) -> None:
    """A database and a Prefect server that are there: prepared twice, and shots are written and streamed.

    In a stack of its own: deployments that are put on another pool are no longer on the former one.
    """
    async with open_stack() as stack:
        await check_given(stack, tmp_path)


async def check_given(stack: Stack, tmp_path: Path) -> None:
    given = client_settings(stack.home)
    async with stack.runtime.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(
            text(f"create database {NAME}")
        )
    port = free_port()
    environment = stack.environment | {
        "WZRD_HOME": str(tmp_path),
        "WZRD_DATABASE_URL": make_url(given.database_url).set(database=NAME).render_as_string(False),
        "PREFECT_API_URL": given.prefect_api_url,
        "PREFECT_API_AUTH_STRING": given.prefect_auth,
        "SUPABASE_JWT_SECRET": stack.secret,
        "WZRD_WORK_POOL": NAME,
        "WZRD_PORT": str(port),
    }
    for _ in range(2):
        ended = await asyncio.to_thread(wzrd, environment, "prepare")
        assert ended.returncode == 0, ended.stderr
    added = await asyncio.to_thread(wzrd, environment, "user", "add", "maker@example.org")
    token = await asyncio.to_thread(wzrd, environment, "user", "token", "maker@example.org")
    assert (added.returncode, token.returncode) == (0, 0), added.stderr + token.stderr
    async with part(environment, "api"), part(environment, "worker"):
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url) as http:
            async for _ in looks(seconds=60, every=0.1):
                try:
                    if (await http.get("/healthz")).is_success:
                        break
                except httpx.HTTPError:
                    continue
            bearer = {"authorization": f"Bearer {token.stdout.strip()}"}
            assert (await http.get("/functions/v1/runs", headers=bearer)).json()["runs"] == []
        there = dataclasses.replace(given, api_url=url, database_url=environment["WZRD_DATABASE_URL"])
        async with _opened(there, tmp_path, stack.faults, environment, stack.chat) as made:
            watcher = await watch(made, await made.studio()).to_the_end()
        watcher.check_whole(3)
