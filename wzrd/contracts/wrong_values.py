"""Values that do not fit, in words: of requests, and of the environment."""

from collections.abc import Mapping, Sequence
from typing import Any

from wzrd.contracts.wire import dumps

_SHOWN_ERRORS = 3
_SHOWN_CHARACTERS = 60
_PLACES = frozenset({"query", "path", "header"})
_REASONS = {
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "must be an object"),
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "must be a whole number"),
    **dict.fromkeys(("float_type", "float_parsing"), "must be a number"),
}
"""Reasons by pydantic's word for them, where its own sentence speaks of Python."""


def describe(errors: Sequence[Mapping[str, Any]]) -> str:
    """Validation errors as one sentence each, `field: reason (got value)`; the first three of them."""
    messages = [_describe_one(error) for error in errors[:_SHOWN_ERRORS]]
    more = len(errors) - len(messages)
    return "; ".join(messages) + (f"; and {more} more" if more else "")


def _describe_one(error: Mapping[str, Any]) -> str:
    field = ".".join(str(part) for part in error["loc"] if part not in _PLACES) or "body"
    if error["type"] == "missing":
        return f"{field}: is required"
    reason = _REASONS.get(error["type"]) or str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    got = f" (got {_shown(error['input'])})" if "input" in error else ""
    return f"{field}: {reason[:1].lower()}{reason[1:]}{got}"


def _shown(value: object) -> str:
    text = dumps(value).decode() if isinstance(value, str | int | float | bool | None) else type(value).__name__
    names = {"dict": "an object", "list": "an array"}
    shown = names.get(text, text)
    return shown if len(shown) <= _SHOWN_CHARACTERS else shown[:_SHOWN_CHARACTERS] + "…"
