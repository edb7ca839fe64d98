"""A JSON value as the object or the list that it is; what is neither has nothing in it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, cast

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def members_of(value: object) -> Mapping[str, Any]:
    """The members of an object; empty for everything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else _NOTHING


def elements_of(value: object) -> Sequence[Any]:
    """The elements of a list; empty for everything else."""
    return cast("list[Any]", value) if isinstance(value, list) else ()


def made_by(result: Mapping[str, Any]) -> str:
    """The model that made a result: what stood in, else the one that was asked for; empty where none did."""
    return str(result.get("endpoint_model") or result.get("model") or "")


def first_given(*values: Any) -> Any:
    """The first value that is not None."""
    for value in values:
        if value is not None:
            return value
    return None
