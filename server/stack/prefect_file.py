"""prefect.yaml as `wzrd up` reads it: the part of Prefect's format that we apply, checked. Prefect is not imported."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import yaml

from server.stack.errors import StackError

DEFAULT_POOL = "wzrd"
_KNOWN = {
    "name", "entrypoint", "description", "tags", "parameters", "work_pool", "concurrency_limit",
    "enforce_parameter_schema", "schedules", "version",
}  # fmt: skip
_PLAIN = ("description", "tags", "parameters", "enforce_parameter_schema", "version")


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment: `fields` in the words of Prefect's REST, `schedules` None where the file says nothing."""

    name: str
    entrypoint: str
    fields: Mapping[str, Any]
    schedules: list[dict[str, Any]] | None = field(default=None)


def _schedule(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A schedule of the file (flat) as the REST has it (nested)."""
    kinds = ("cron", "interval", "rrule")
    rule = {key: raw[key] for key in (*kinds, "timezone", "day_or", "anchor_date") if raw.get(key) is not None}
    if sum(kind in rule for kind in kinds) != 1:
        raise ValueError(f"a schedule has one of {', '.join(kinds)}")
    rest = {key: raw[key] for key in ("active", "parameters", "slug") if raw.get(key) is not None}
    return {"schedule": rule, **rest}


def _concurrency(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        return {"concurrency_limit": raw}
    limit = cast("Mapping[str, Any]", raw)
    options = {key: limit[key] for key in ("collision_strategy", "grace_period_seconds") if limit.get(key) is not None}
    return {"concurrency_limit": limit.get("limit"), "concurrency_options": options or None}


def _deployment(raw: Mapping[str, Any], pool: str) -> Deployment:
    if unknown := sorted(set(raw) - _KNOWN):
        raise ValueError(f"`wzrd up` does not know {', '.join(unknown)}")
    name, entrypoint = raw.get("name"), raw.get("entrypoint")
    if not isinstance(name, str) or not isinstance(entrypoint, str) or ":" in entrypoint:
        raise ValueError("a deployment has a name, and an entrypoint by module path (flows.gen_shots.gen_shots)")
    work_pool: Mapping[str, Any] = raw.get("work_pool") or {}
    named = work_pool.get("name", DEFAULT_POOL)
    fields: dict[str, Any] = {key: raw[key] for key in _PLAIN if raw.get(key) is not None}
    fields |= {"work_pool_name": pool if named == DEFAULT_POOL else named, "entrypoint": entrypoint}
    if work_pool.get("work_queue_name"):
        fields["work_queue_name"] = work_pool["work_queue_name"]
    if work_pool.get("job_variables"):
        fields["job_variables"] = work_pool["job_variables"]
    if "concurrency_limit" in raw:
        fields |= _concurrency(raw["concurrency_limit"])
    schedules = raw.get("schedules")
    return Deployment(name, entrypoint, fields, None if schedules is None else [_schedule(one) for one in schedules])


def read_deployments(path: Path, *, pool: str = DEFAULT_POOL) -> list[Deployment]:
    """The file's deployments; those on the pool `wzrd` are put on `pool`.

    Raises:
        StackError: the file is absent or not what we understand, with the place.
    """
    try:
        content: Any = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StackError(f"{path} cannot be read: {error}") from error
    listed: Any = cast("Mapping[str, Any]", content).get("deployments") if isinstance(content, Mapping) else None
    if not isinstance(listed, list) or not listed:
        raise StackError(f"{path} lists no deployments")
    found: list[Deployment] = []
    for number, raw in enumerate(cast("list[Any]", listed), 1):
        try:
            found.append(_deployment(raw, pool))
        except (ValueError, TypeError, AttributeError) as error:
            raise StackError(f"{path}, deployment {number}: {error}") from error
    return found
