"""prefect.yaml as `wzrd up` reads it: the part of Prefect's format that we apply, checked. Prefect is not imported.

Nothing is passed over in silence: what Prefect knows and we do not apply is refused by its name.
"""

import json
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

import yaml

from server.stack.errors import StackError
from wzrd.contracts.wire import members_of

DEFAULT_POOL = "wzrd"
_PLAIN = ("description", "tags", "parameters", "enforce_parameter_schema", "version", "paused")
_APPLIED = {*_PLAIN, "name", "entrypoint", "work_pool", "concurrency_limit", "schedules"}
_STEPS = {"build", "push", "pull"}
_PREFECTS = {*_STEPS, "triggers", "sla", "schedule", "flow_name", "version_type"}
"""Keys that `prefect deploy` applies and we do not; of these an empty step is nothing to be done."""
_POOL = {"name", "work_queue_name", "job_variables"}
_LIMIT = {"limit", "collision_strategy", "grace_period_seconds"}
_KINDS = ("cron", "interval", "rrule")
_RULE = {*_KINDS, "timezone", "day_or", "anchor_date"}
_SCHEDULE = {*_RULE, "active", "parameters", "slug"}
_INSTEAD = {"schedule": "use schedules", "triggers": "make an automation", "replaces": "remove the old one"}


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment: `fields` are what the file says of it, in the words of Prefect's REST."""

    name: str
    entrypoint: str
    fields: Mapping[str, Any]


def _check_keys(
    where: str, found: Iterable[str], applied: AbstractSet[str], prefects: AbstractSet[str] = frozenset()
) -> None:
    """See that we apply every key.

    Raises:
        ValueError: one is Prefect's and not applied, or nobody's.
    """
    for key in sorted(set(found) - applied, key=str):
        if key in prefects:
            instead = _INSTEAD.get(key, "`prefect deploy` does")
            raise ValueError(f"`wzrd up` does not apply {key} of {where}: {instead}")
        close = get_close_matches(str(key), applied, n=1)
        raise ValueError(f"{where} has no {key}" + (f": is {close[0]} meant?" if close else ""))


def _check_steps(where: str, raw: Mapping[str, Any]) -> None:
    for step in sorted(_STEPS):
        if raw.get(step):
            raise ValueError(f"`wzrd up` does not apply {step} of {where}: flows are used as they are installed")


def _check_templates(value: Any) -> None:
    """See that nothing is left to be filled in; `prefect deploy` fills templates in, and we would pass them on."""
    match value:
        case str():
            if "{{" in value:
                raise ValueError(f"`wzrd up` does not fill in {value!r}: write the value itself")
        case Mapping():
            for one in cast("Mapping[str, Any]", value).values():
                _check_templates(one)
        case list():
            for one in cast("list[Any]", value):
                _check_templates(one)
        case _:
            pass


def _plain(value: Any) -> Any:
    """A value of YAML as JSON has it: a date is its text."""
    return value.isoformat() if isinstance(value, date) else value


def _rrule(rule: dict[str, Any]) -> dict[str, Any]:
    """Prefect lets a recurrence rule be the JSON of a whole schedule."""
    text = rule.get("rrule")
    if isinstance(text, str) and text.lstrip().startswith("{"):
        return {**rule, **json.loads(text)}
    return rule


def _schedule(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A schedule of the file (flat) as the REST has it (nested)."""
    _check_keys("a schedule", raw, _SCHEDULE, {"replaces"})
    rule = {key: _plain(raw[key]) for key in sorted(_RULE) if raw.get(key) is not None}
    if sum(kind in rule for kind in _KINDS) != 1:
        raise ValueError(f"a schedule has one of {', '.join(_KINDS)}")
    rest = {key: raw[key] for key in ("active", "parameters", "slug") if raw.get(key) is not None}
    return {"schedule": _rrule(rule), **rest}


def _concurrency(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        return {"concurrency_limit": raw}
    limit = cast("Mapping[str, Any]", raw)
    _check_keys("concurrency_limit", limit, _LIMIT)
    options = {key: limit[key] for key in ("collision_strategy", "grace_period_seconds") if limit.get(key) is not None}
    return {"concurrency_limit": limit.get("limit"), "concurrency_options": options or None}


def _place(raw: Mapping[str, Any], pool: str) -> dict[str, Any]:
    """Where its runs go."""
    _check_keys("work_pool", raw, _POOL)
    named = raw.get("name", DEFAULT_POOL)
    more = {key: raw[key] for key in ("work_queue_name", "job_variables") if raw.get(key)}
    return {"work_pool_name": pool if named == DEFAULT_POOL else named, **more}


def _deployment(raw: Mapping[str, Any], pool: str) -> Deployment:
    _check_steps("a deployment", raw)
    _check_keys("a deployment", raw, _APPLIED | _STEPS, _PREFECTS)
    _check_templates(raw)
    name, entrypoint = raw.get("name"), raw.get("entrypoint")
    if not isinstance(name, str) or not isinstance(entrypoint, str) or ":" in entrypoint:
        raise ValueError("a deployment has a name, and an entrypoint by module path (flows.gen_shots.gen_shots)")
    fields: dict[str, Any] = {key: raw[key] for key in _PLAIN if raw.get(key) is not None}
    fields |= {"entrypoint": entrypoint, **_place(raw.get("work_pool") or {}, pool)}
    if "concurrency_limit" in raw:
        fields |= _concurrency(raw["concurrency_limit"])
    if raw.get("schedules") is not None:
        fields["schedules"] = [_schedule(one) for one in raw["schedules"]]
    return Deployment(name, entrypoint, fields)


def read_deployments(path: Path, *, pool: str = DEFAULT_POOL) -> list[Deployment]:
    """The file's deployments; those on the pool `wzrd` are put on `pool`.

    Raises:
        StackError: the file is absent or not what we understand, with the place.
    """
    try:
        content: Any = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StackError(f"{path} cannot be read: {error}") from error
    whole: Mapping[str, Any] = members_of(content)
    listed: Any = whole.get("deployments")
    if not isinstance(listed, list) or not listed:
        raise StackError(f"{path} lists no deployments")
    found: dict[tuple[str, str], Deployment] = {}
    where = ""
    try:
        _check_steps("the file", whole)
        for number, raw in enumerate(cast("list[Any]", listed), 1):
            where = f", deployment {number}"
            one = _deployment(raw, pool)
            _check_new(one, found)
            found[one.entrypoint, one.name] = one
    except (ValueError, TypeError, AttributeError) as error:
        raise StackError(f"{path}{where}: {error}") from error
    return list(found.values())


def _check_new(one: Deployment, found: Mapping[tuple[str, str], Deployment]) -> None:
    if (one.entrypoint, one.name) in found:
        raise ValueError(f"{one.name} of {one.entrypoint} is there twice")
