"""Changes that a start makes to a deployment that Prefect has already. Pure.

How a flow is found and called is ours, and follows the code. The rest is the operator's from its creation on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from server.stack.prefect_file import Deployment

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
