"""Machines: `wzrd api` and `wzrd worker` as containers start them, on servers that are there, their files in S3.

Each machine is a process group with a folder of its own, and sees nothing of the others' folders.
"""

import asyncio
import dataclasses
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import text
from sqlalchemy.engine import make_url

from server.stack.environment import ROOT
from server.stack.state import client_settings
from tests.acceptance.conftest import Stack, _opened, wzrd
from tests.test_reverse_proxy import free_port
from tests.waiting import answer_of

NAME, KEY = "machines", "a-key-that-nobody-may-see"
NAMES = ("api1", "api2", "worker1", "worker2", "worker3")


@dataclass(slots=True)
class Machine:
    """One machine: a process of ours with a folder and a port of its own."""

    name: str
    environment: dict[str, str]
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        found = self.environment
        return f"http://127.0.0.1:{found.get('WZRD_PROBE_PORT') or found['WZRD_PORT']}"

    async def start(self) -> None:
        kind = self.name.rstrip("0123456789")
        command = [sys.executable, "-m", "server.cli", kind]
        self.process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=self.environment, stderr=asyncio.subprocess.DEVNULL, start_new_session=True
        )

    async def stop(self, number: int) -> int:
        """End it with all that it started; how it ended."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        return await self.process.wait()


class AnyApi(httpx.AsyncBaseTransport):
    """A load balancer: another API answers where one does not."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = [httpx.URL(address) for address in addresses]
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for _ in self._addresses:
            at = self._addresses[0]
            request.url = request.url.copy_with(host=at.host, port=at.port)
            try:
                return await self._inner.handle_async_request(request)
            except httpx.ConnectError:
                self._addresses = [*self._addresses[1:], at]
        raise httpx.ConnectError("no API answers", request=request)

    async def aclose(self) -> None:
        await self._inner.aclose()


async def new_database(stack: Stack, name: str) -> str:
    """An empty one in the stack's PostgreSQL; its address."""
    async with stack.runtime.engine.connect() as connection:
        alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await alone.execute(text(f"create database {name}"))
    return make_url(client_settings(stack.home).database_url).set(database=name).render_as_string(False)


async def prepared(stack: Stack, endpoint: str, folder: Path) -> dict[str, str]:
    """The environment of every machine: a database of their own, prepared twice, and the stack's Prefect."""
    given = client_settings(stack.home)
    shared = stack.environment | {
        "WZRD_HOME": str(folder),
        "WZRD_DATABASE_URL": await new_database(stack, NAME),
        "PREFECT_API_URL": given.prefect_api_url,
        "PREFECT_API_AUTH_STRING": given.prefect_auth,
        "SUPABASE_JWT_SECRET": stack.secret,
        "WZRD_WORK_POOL": NAME,
        "WZRD_STORAGE": "s3",
        "WZRD_S3_BUCKET": "media",
        "WZRD_S3_ENDPOINT": endpoint,
        "WZRD_DEADLINES": "image=120",
        "AWS_ACCESS_KEY_ID": "wzrd",
        "AWS_SECRET_ACCESS_KEY": KEY,
    }
    for _ in range(2):
        ended = await asyncio.to_thread(wzrd, shared, "prepare")
        assert ended.returncode == 0, ended.stderr
    return shared


@asynccontextmanager
async def machines_of(
    stack: Stack,
    shared: Mapping[str, str],
    folder: Path,
    names: Sequence[str] = NAMES,
    **of: Mapping[str, str],
) -> AsyncGenerator[tuple[Stack, list[Machine]]]:
    """Machines that answer, `of` a name what only it has in its environment; ended as a container runtime does."""
    made = list[Machine]()
    for name in names:
        (folder / name).mkdir()
        port = "WZRD_PORT" if name.startswith("api") else "WZRD_PROBE_PORT"
        own = {"WZRD_HOME": str(folder / name), port: str(free_port()), **of.get(name, {})}
        made.append(Machine(name, {**shared, **own}))
    try:
        for one in made:
            await one.start()
        async with seen(stack, shared, [one.url for one in made if one.name.startswith("api")]) as opened:
            yield opened, made
    finally:
        ended = [await one.stop(signal.SIGTERM) for one in made if one.process]
    assert set(ended) <= {0, -signal.SIGTERM}


@asynccontextmanager
async def seen(stack: Stack, shared: Mapping[str, str], apis: Sequence[str]) -> AsyncGenerator[Stack]:
    """These APIs behind a load balancer, once all of them answer, with their database and the stack's model."""
    home, database = Path(shared["WZRD_HOME"]), shared["WZRD_DATABASE_URL"]
    there = dataclasses.replace(client_settings(stack.home), api_url=apis[0], database_url=database)
    async with (
        _opened(there, home, stack.faults, dict(shared), stack.chat) as opened,
        httpx.AsyncClient(transport=AnyApi(apis), base_url=apis[0], timeout=60) as opened.http,
    ):
        for api in apis:
            await answer_of(lambda api=api: is_ready(api, "/healthz"), seconds=300)
        yield opened


async def is_ready(url: str, path: str = "/health/ready") -> bool:
    """True if the machine there takes new work; by another path, if that answers."""
    async with httpx.AsyncClient() as http:
        with suppress(httpx.HTTPError):
            return (await http.get(f"{url}{path}")).is_success
    return False
