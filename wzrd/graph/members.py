"""A JSON value as the object or the list that it is; what is neither has nothing in it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast


def members_of(value: object) -> Mapping[str, Any]:
    """The members of an object; empty for everything else."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def elements_of(value: object) -> Sequence[Any]:
    """The elements of a list; empty for everything else."""
    return cast("Sequence[Any]", value) if isinstance(value, list | tuple) else ()


def first_given(*values: Any) -> Any:
    """The first value that is not None."""
    return next((value for value in values if value is not None), None)
