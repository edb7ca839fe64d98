"""The work pool and the deployments of prefect.yaml, put into Prefect by its REST."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Self

import httpx

from server.stack.errors import StackError
from server.stack.health import open_client
from server.stack.prefect_file import Deployment
from server.stack.process import Command, tie

POOL_TYPE = "warm"
POOL_DESCRIPTION = "Flows run in warm worker processes of WZRD."


async def describe_flows(entrypoints: Sequence[str], command: Command) -> Mapping[str, Any]:
    """What each entrypoint's flow says of itself (name, description, parameter schema), by a child that imports them.

    Raises:
        StackError: a flow cannot be imported, with the child's last words.
    """
    process = await asyncio.create_subprocess_exec(
        *tie(signal.SIGKILL, *command.arguments, *entrypoints),
        env=dict(command.environment),
        cwd=command.folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        last = "\n".join(complaint.decode(errors="replace").splitlines()[-6:])
        raise StackError(f"the flows of prefect.yaml cannot be loaded:\n{last}")
    return json.loads(output.splitlines()[-1])


def describing(environment: Mapping[str, str], folder: Any) -> Command:
    """The child that `describe_flows` starts."""
    return Command([sys.executable, "-m", "server.stack.flow_schemas"], environment, folder)


class PrefectRest:
    """Prefect's REST as far as deploying needs it; every refusal is a StackError that tells what was refused."""

    def __init__(self, url: str, *, auth: str = "") -> None:
        self._url = url.rstrip("/")
        self._client = open_client(self._url, auth=auth, seconds=30.0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def call(self, method: str, path: str, body: Any = None, *, fine: Sequence[int] = ()) -> tuple[int, Any]:
        """One request: its status and JSON. `fine` are error statuses that the caller expects.

        Raises:
            StackError: any other error.
        """
        try:
            response = await self._client.request(method, self._url + path, json=body)
        except httpx.HTTPError as error:
            raise StackError(f"Prefect's server at {self._url} does not answer: {error!r}") from error
        if response.is_error and response.status_code not in fine:
            remedy = "set PREFECT_API_AUTH_STRING" if response.status_code == 401 else ""
            raise StackError(f"Prefect refused {path} ({response.status_code}): {response.text[:400]}", remedy=remedy)
        return response.status_code, response.json() if response.content else None

    async def ensure_pool(self, name: str) -> None:
        """Create the work pool where it is missing; an existing one keeps its type and settings.

        The job template stays empty: the first worker fills in its own.
        """
        pool: dict[str, Any] = {
            "name": name,
            "type": POOL_TYPE,
            "description": POOL_DESCRIPTION,
            "base_job_template": {},
        }
        await self.call("POST", "/work_pools/", pool, fine=[409])

    async def deploy(self, deployment: Deployment, flow: Mapping[str, Any]) -> str:
        """Create or update one deployment, and return its id.

        What an operator did in Prefect's UI stays: whether it is paused, and its schedules unless the file has some.
        """
        body: dict[str, Any] = {
            "description": flow.get("description"),
            **deployment.fields,
            "parameter_openapi_schema": flow["parameter_openapi_schema"],
            "pull_steps": [],
        }
        path = f"/deployments/name/{flow['flow_name']}/{deployment.name}"
        status, found = await self.call("GET", path, fine=[404])
        if status != 404 and deployment.schedules is None:
            await self.call("PATCH", f"/deployments/{found['id']}", body)
            return str(found["id"])
        _, owner = await self.call("POST", "/flows/", {"name": flow["flow_name"]})
        body |= {"name": deployment.name, "flow_id": owner["id"], "schedules": deployment.schedules or []}
        _, made = await self.call("POST", "/deployments/", body)
        return str(made["id"])


async def apply(
    url: str, deployments: Sequence[Deployment], flows: Mapping[str, Any], *, pool: str, auth: str = ""
) -> None:
    """Pool first, then every deployment at once.

    Raises:
        StackError: Prefect refused something.
    """
    async with PrefectRest(url, auth=auth) as rest:
        await rest.ensure_pool(pool)
        await asyncio.gather(*(rest.deploy(one, flows[one.entrypoint]) for one in deployments))
