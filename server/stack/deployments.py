"""The work pool and the deployments of prefect.yaml, put into Prefect by its REST; what an operator set there stays.

How a flow is found and called is ours, and follows the code. The rest is the operator's from its creation on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from server.stack.errors import StackError
from server.stack.prefect.file import Deployment
from server.stack.prefect.rest import PrefectRest
from wzrd.domain.work_queues import BATCH, INTERACTIVE
from wzrd.providers.credentials import CREDENTIALS
from wzrd.providers.global_limits import PREFIX

INTERACTIVE_PRIORITY, BATCH_PRIORITY = 1, 10
PROVIDER_LIMIT = 64
"""Calls to a provider that all processes make at once, until an operator sets what their account allows."""


def batch_limit(slots: int) -> int:
    """Runs of the batch queue at once where a worker has so many places: three of four, so that one stays free.

    Priorities count for free places only. Two are the least: a backfill waits for the runs that it starts.
    """
    return max(2, slots * 3 // 4)


def queues_for(slots: int) -> list[dict[str, Any]]:
    """The queue of the API's runs, and the one of schedules and backfill, which leaves places free."""
    interactive = {"name": INTERACTIVE, "priority": INTERACTIVE_PRIORITY, "description": "Runs that the API starts"}
    batch = {"name": BATCH, "priority": BATCH_PRIORITY, "description": "Schedules, forms and backfill"}
    return [interactive, {**batch, "concurrency_limit": batch_limit(slots)}]


async def ensure_queues(rest: PrefectRest, *, pool: str, slots: int) -> None:
    """The pool's queues, for workers that take so many runs at once.

    Raises:
        StackError: Prefect refused something.
    """
    for queue in queues_for(slots):
        await rest.call("POST", f"/work_pools/{pool}/queues", queue, fine=[409])


async def ensure_limits(rest: PrefectRest) -> None:
    """A global concurrency limit for each provider.

    Raises:
        StackError: Prefect refused something.
    """
    for name in (PREFIX + provider for provider in CREDENTIALS):
        status, _ = await rest.call("GET", f"/v2/concurrency_limits/{name}", fine=[404])
        if status == 404:  # for one that is there its server's log would have a traceback
            limit = {"name": name, "limit": PROVIDER_LIMIT, "active": True}
            await rest.call("POST", "/v2/concurrency_limits/", limit, fine=[409])


OURS = ("entrypoint", "parameter_openapi_schema", "pull_steps", "enforce_parameter_schema", "version")
"""Written at every start. The pool too, where it is another one: with it Prefect would reset the queue."""
THEIRS: Mapping[str, Any] = {
    "description": None,
    "tags": [],
    "parameters": {},
    "job_variables": {},
    "concurrency_limit": None,
    "concurrency_options": None,
    "schedules": [],
    "paused": False,
    "work_queue_name": None,
}
"""Written when a deployment is made or reset, with what it is where the file says nothing."""
_RULES = ("cron", "rrule", "interval", "timezone")
_DEFAULT_ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Kept:
    """A deployment's fields that an operator has set otherwise than the file."""

    deployment: str
    fields: Sequence[str]

    def __str__(self) -> str:
        return f"{self.deployment} ({', '.join(self.fields)})"


def wanted_of(deployment: Deployment, flow: Mapping[str, Any]) -> dict[str, Any]:
    """All that the file and its flow say of the deployment, in the words of Prefect's REST."""
    return {
        **THEIRS,
        "description": flow.get("description"),
        "enforce_parameter_schema": True,
        **deployment.fields,
        "parameter_openapi_schema": flow["parameter_openapi_schema"],
        "pull_steps": [],
    }


def changes_to(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Changes that a start makes to an existing deployment; nothing where it is as it should be."""
    changes = {name: wanted[name] for name in OURS if name in wanted and found.get(name) != wanted[name]}
    if found.get("work_pool_name") != wanted["work_pool_name"]:
        queue = wanted["work_queue_name"]
        changes |= {"work_pool_name": wanted["work_pool_name"], **({"work_queue_name": queue} if queue else {})}
    return changes


def kept_of(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """The operator's fields that are not as the file has them."""
    theirs, ours = _comparable(found), _comparable(wanted)
    return [name for name in ours if theirs[name] != ours[name]]


def _comparable(deployment: Mapping[str, Any]) -> dict[str, Any]:
    limit: Mapping[str, Any] = deployment.get("global_concurrency_limit") or {}
    return {
        "description": deployment["description"],
        "tags": sorted(deployment["tags"]),
        "parameters": deployment["parameters"],
        "job_variables": deployment["job_variables"] or {},
        "concurrency_limit": limit.get("limit", deployment["concurrency_limit"]),
        "schedules": sorted(_schedule(one) for one in deployment["schedules"]),
        "paused": deployment["paused"],
    }


def _schedule(schedule: Mapping[str, Any]) -> str:
    rule = cast("Mapping[str, Any]", schedule["schedule"])
    words = [f"{name} {_plain(rule[name])}" for name in _RULES if rule.get(name) not in {None, _DEFAULT_ZONE}]
    return ", ".join([*words, "active" if schedule.get("active", True) else "inactive"])


def _plain(value: Any) -> str:
    """A number as Prefect tells it back."""
    return str(float(value)) if isinstance(value, int | float) else str(value)


POOL_TYPE = "warm"
POOL_DESCRIPTION = "Flows run in warm worker processes of WZRD."


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
