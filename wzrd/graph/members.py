"""The one meant of several things that a result or a node says."""

from collections.abc import Mapping
from typing import Any


def made_by(result: Mapping[str, Any]) -> str:
    """The model that made a result: what stood in, else the one that was asked for; empty where none did."""
    return str(result.get("endpoint_model") or result.get("model") or "")


def first_given(*values: Any) -> Any:
    """The first value that is not None."""
    for value in values:
        if value is not None:
            return value
    return None
