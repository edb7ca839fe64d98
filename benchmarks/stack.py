"""The whole stack, as a newcomer starts it: `wzrd up --detach` in its own home, `wzrd down` at the end."""

import asyncio
import sys
import time
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.ground import ROOT, free_port, plain_environment, running, runtime_on, token
from server.stack.state import client_settings
from tests.rows import Studio, make_studio
from wzrd.runtime.process import Runtime
from wzrd.settings import Settings

SERVED = "bench"
"""The name of a deployment that a stock server serves."""


@dataclass(frozen=True, slots=True)
class Stack:
    """The running stack and a maker with a project of one scene and a valid token."""

    api_url: str
    prefect_api_url: str
    database_url: str
    runtime: Runtime
    studio: Studio
    environment: Mapping[str, str]
    prefect_auth: str
    jwt_secret: str = field(repr=False)

    def request(self) -> dict[str, object]:
        """A gen-shots request that nobody has made before."""
        return {"projectId": str(self.studio.project_id), "shotCount": 1, "requestId": str(uuid.uuid4())}

    @property
    def prefect_credentials(self) -> httpx.BasicAuth:
        """Who asks Prefect's server."""
        name, _, password = self.prefect_auth.partition(":")
        return httpx.BasicAuth(name, password)

    @property
    def worker_environment(self) -> dict[str, str]:
        """Environment that tells a process beside the stack's own where database, API and Prefect's server are."""
        return {
            **self.environment,
            "WZRD_DATABASE_URL": self.database_url,
            "WZRD_API_URL": self.api_url,
            "PREFECT_API_URL": self.prefect_api_url,
            "PREFECT_API_AUTH_STRING": self.prefect_auth,
            "DO_NOT_TRACK": "1",
        }

    @property
    def headers(self) -> dict[str, str]:
        """Who asks: the maker."""
        return self.headers_of(self.studio.user_id)

    def headers_of(self, user_id: uuid.UUID) -> dict[str, str]:
        """Another user who asks."""
        return {"authorization": f"Bearer {token(user_id, self.jwt_secret)}"}


async def wzrd(environment: Mapping[str, str], *words: str, checkout: Path = ROOT) -> None:
    """Run a command of ours (of another checkout's) to its end.

    Raises:
        RuntimeError: it failed; the message is what it wrote.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server.cli",
        *words,
        cwd=checkout,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"wzrd {' '.join(words)} failed:\n{said.decode(errors='replace')}")


@asynccontextmanager
async def whole_stack(home: Path, **more: str) -> AsyncGenerator[Stack]:
    """Up when the block begins, down when it ends, `more` in its environment.

    Without that it is offline (no key): the writer takes no time worth measuring.
    """
    own = {"WZRD_HOME": str(home / "home"), "WZRD_PORT": str(free_port())}
    environment = plain_environment() | own | more
    await wzrd(environment, "up", "--detach")
    try:
        given = client_settings(home / "home", Settings.model_validate({}))
        assert given.jwt_secret is not None
        async with runtime_on(given.database_url) as runtime:
            yield Stack(
                given.api_url,
                given.prefect_api_url,
                given.database_url,
                runtime,
                await make_studio(runtime, funds=10_000),
                environment,
                given.prefect_auth,
                given.jwt_secret,
            )
    finally:
        await wzrd(environment, "down")


@asynccontextmanager
async def served_flow(stack: Stack, http: httpx.AsyncClient, home: Path) -> AsyncGenerator[str]:
    """The id of the deployment that `peers/served_flow.py` serves with stock `flow.serve()` while it lasts."""
    environment = {
        **stack.worker_environment,
        "PREFECT_HOME": str(home / "prefect"),
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(home / "pycache"),
    }
    async with running("benchmarks/peers/served_flow.py", SERVED, environment=environment):
        async with asyncio.timeout(60):
            path = f"/deployments/name/stamp/{SERVED}"
            while (found := await http.get(path)).status_code != 200:
                await asyncio.sleep(0.2)
        yield found.json()["id"]


async def shoot(http: httpx.AsyncClient, stack: Stack) -> tuple[str, list[float]]:
    """One gen-shots request read to its end: the run's id, and when (perf_counter) each piece of the stream came."""
    async with http.stream("POST", "/functions/v1/gen-shots", json=stack.request(), headers=stack.headers) as answer:
        return answer.headers["x-run-id"], await _pieces(answer)


async def read_pieces(http: httpx.AsyncClient, path: str, stack: Stack) -> list[float]:
    """Send the stack's request to a route; return when (perf_counter) each piece of its answer came."""
    async with http.stream("POST", path, json=stack.request(), headers=stack.headers) as answer:
        return await _pieces(answer)


async def _pieces(answer: httpx.Response) -> list[float]:
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.url.path} answered {answer.status_code}: {(await answer.aread()).decode()}")
    return [time.perf_counter() async for _ in answer.aiter_bytes()]
