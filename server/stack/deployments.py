"""The work pool and the deployments of prefect.yaml, put into Prefect by its REST; what an operator set there stays."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from server.stack.deployment_merge import Kept, changes_to, kept_of, wanted_of
from server.stack.errors import StackError
from server.stack.prefect_file import Deployment
from server.stack.prefect_rest import PrefectRest
from server.stack.process import Command, tie
from server.stack.queue_limits import ensure_limits, ensure_queues

POOL_TYPE = "warm"
POOL_DESCRIPTION = "Flows run in warm worker processes of WZRD."


async def describe_flows(entrypoints: Sequence[str], command: Command) -> Mapping[str, Any]:
    """Describes each entrypoint's flow (name, description, parameter schema), by a child that imports them.

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


def new_pool(name: str) -> dict[str, Any]:
    """A work pool of our own workers. The job template stays empty: the first worker fills in its own."""
    return {"name": name, "type": POOL_TYPE, "description": POOL_DESCRIPTION, "base_job_template": {}}


async def _deploy(rest: PrefectRest, deployment: Deployment, flow: Mapping[str, Any], *, reset: bool) -> Kept | None:
    """Create or update one deployment; returns what of an existing one is not as the file has it, and stays."""
    full = wanted_of(deployment, flow)
    name = f"{flow['flow_name']}/{deployment.name}"
    status, found = await rest.call("GET", f"/deployments/name/{name}", fine=[404])
    if status == 404 or reset:
        _, owner = await rest.call("POST", "/flows/", {"name": flow["flow_name"]})
        await rest.call("POST", "/deployments/", {**full, "name": deployment.name, "flow_id": owner["id"]})
        return None
    if changes := changes_to(found, full):
        path = f"/deployments/{found['id']}"
        status, answer = await rest.call("PATCH", path, changes, fine=[409])
        if status == 409:
            message = f"{name} as it is set in Prefect does not fit this version: {answer}"
            raise StackError(message, remedy="change it there, or start once with `wzrd up --reset-deployments`")
    fields = kept_of(found, full)
    return Kept(name, fields) if fields else None


async def apply(
    url: str,
    deployments: Sequence[Deployment],
    flows: Mapping[str, Any],
    *,
    pool: str,
    auth: str = "",
    reset: bool = False,
    slots: int,
) -> list[Kept]:
    """Pool and queues first, then one deployment after another: a server on SQLite answers 503 to writes at once.

    What an operator has set in Prefect stays, and is returned; `reset` puts the file's in its place. `slots`: what
    a worker takes at once.

    Raises:
        StackError: Prefect refused something.
    """
    async with PrefectRest(url, auth=auth) as rest:
        await rest.call("POST", "/work_pools/", new_pool(pool), fine=[409])  # one that is there stays as it is
        await ensure_queues(rest, pool=pool, slots=slots)
        await ensure_limits(rest)
        kept = [await _deploy(rest, one, flows[one.entrypoint], reset=reset) for one in deployments]
    return [one for one in kept if one is not None]
