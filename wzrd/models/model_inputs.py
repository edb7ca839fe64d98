"""Inputs a caller wrote for a model, read by any of a field's names, typed, or refused by name. Pure.

A name stands here in snake_case; the same name in camelCase is read too, since the documented clients write both.
An absent value, null, an empty text and an empty list all mean: not given.
"""

import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, cast

import orjson

from wzrd.domain.errors import BadRequest

LONGEST_SHOWN = 80
"""Characters of a refused value that its error repeats."""
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,15})?", re.ASCII)


def camel_case(name: str) -> str:
    """`aspect_ratio` as `aspectRatio`."""
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


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
    raise BadRequest(f"{field} cannot be {shown}: it must be {remedy}", field=field)


@dataclass(frozen=True, slots=True)
class ModelInputs:
    """The inputs of one generation. Each reader takes a field's names, the one that wins first.

    Raises:
        BadRequest: the value is of a wrong type; each reader may.
    """

    given: Mapping[str, Any]

    def find(self, *names: str) -> tuple[str, Any]:
        """The first name that has a value, and that value; the first name and None when none has."""
        for name in names:
            for spelled in dict.fromkeys((name, camel_case(name))):
                if self.given.get(spelled) not in (None, "", []):
                    return spelled, self.given[spelled]
        return names[0], None

    def text(self, *names: str) -> str | None:
        """A text."""
        field, value = self.find(*names)
        if value is not None and not isinstance(value, str):
            refuse(field, value, "a text")
        return value

    def flag(self, *names: str) -> bool | None:
        """True or false, also as the texts `true` and `false`."""
        field, value = self.find(*names)
        if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
            return value.strip().lower() == "true"
        if value is not None and not isinstance(value, bool):
            refuse(field, value, "true or false")
        return value

    def number(self, *names: str) -> float | None:
        """A finite number, also written as a text (`"5"`, `"5s"`)."""
        field, value = self.find(*names)
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip().removesuffix("s")):
            return float(value.strip().removesuffix("s"))
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
            refuse(field, value, "a number")
        return float(value)

    def seconds(self, *names: str) -> float | None:
        """A duration above 0."""
        value = self.number(*names)
        if value is not None and value <= 0:
            refuse(*self.find(*names), "a number of seconds above 0")
        return value

    def seed(self, *, most: int) -> int | None:
        """A seed from 0 to `most`; -1 means none, as many front ends write it."""
        value = self.number("seed")
        if value is None or value == -1:
            return None
        if value != int(value) or not 0 <= value <= most:
            refuse("seed", self.given["seed"], f"a whole number from 0 to {most}, or absent for a random one")
        return int(value)

    def one_of(self, options: Collection[str], *names: str) -> str | None:
        """A text if it is among `options`, whatever its case and blanks around it; else None."""
        _, value = self.find(*names)
        wanted = str(value).strip().lower()
        return next((option for option in options if option.lower() == wanted), None)

    def addresses(self, *names: str) -> list[str]:
        """The addresses under all of these names, in order, each once; a name may hold one or a list."""
        found: dict[str, None] = {}
        for name in names:
            field, value = self.find(name)
            if value is None:
                continue
            several = cast("Sequence[object]", value) if isinstance(value, list | tuple) else (value,)
            for one in several:
                if not isinstance(one, str):
                    refuse(field, cast("object", value), "an address, or a list of addresses")
                if one.strip():
                    found[one.strip()] = None
        return list(found)

    def address(self, *names: str) -> str | None:
        """The first address."""
        return next(iter(self.addresses(*names)), None)


def check_json(payload: Mapping[str, Any]) -> None:
    """See that a payload can be written as JSON.

    Raises:
        BadRequest: a value cannot be sent (NaN, bytes, half a character, over 64 bits), or is nested too deep.
    """
    for field, value in payload.items():
        try:
            json.dumps(value, allow_nan=False)
            orjson.dumps(value)
        except (TypeError, ValueError, RecursionError):
            refuse(field, value, "plain JSON: texts, finite numbers, true, false, lists, objects")


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond what a float holds
        return False
