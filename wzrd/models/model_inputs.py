"""Names of what callers write for a model, and the refusal of a value, by its name. Pure."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import orjson

from wzrd.domain.errors import BadRequest

_PLAIN = "plain JSON: texts, finite numbers, true, false, lists, objects"
LONGEST_SHOWN = 80
"""Characters of a refused value that its error repeats."""


def snake_case(name: str) -> str:
    """`aspectRatio` as `aspect_ratio`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def refuse(field: str, value: object, remedy: str) -> NoReturn:
    """Refuse a value.

    Raises:
        BadRequest: always; it names the field and the value, and `remedy` completes "it must be …".
    """
    try:
        shown = repr(value)
    except RecursionError:
        shown = "something that deeply nested"
    shown = shown if len(shown) <= LONGEST_SHOWN else shown[:LONGEST_SHOWN] + "…"
    field = field[:LONGEST_SHOWN]
    raise BadRequest(f"{field} cannot be {shown}: it must be {remedy}", field=field)


def refuse_unknown(model: str, name: str, known: Iterable[str]) -> NoReturn:
    """Refuse a field that a model has not got, or an object in one (`loras.0.weight`); the nearest name is told.

    Raises:
        BadRequest: always.
    """
    names = [*known]
    near = difflib.get_close_matches(snake_case(name.rpartition(".")[2]), names, n=1, cutoff=0.5)
    hint = f"the nearest is {near[0]}" if near else f"there are {', '.join(names)}"
    raise BadRequest(f"{model} has no input {name[:60]!r}: {hint}", field=name[:60])


def check_json(payload: Mapping[str, Any]) -> None:
    """See that a payload can be written as JSON.

    Raises:
        BadRequest: a value cannot be sent (NaN, bytes, half a character, over 64 bits), or is nested too deep.
    """
    for field, value in payload.items():
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            refuse(field, value, _PLAIN)
        check_writable(field, value)


def check_writable(field: str, value: object) -> None:
    """See that a value can be written at all, so that whoever looks into it meets no end that it has not.

    Raises:
        BadRequest: it has half a character, bytes, a number over 64 bits, or is nested too deep.
    """
    try:
        orjson.dumps(value)
    except TypeError:
        refuse(field, value, _PLAIN)
