"""How many outputs a request asks for, however it is spelled. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import orjson

from wzrd.domain.errors import BadRequest
from wzrd.domain.model_inputs import camel_case

MAX_COUNT = 100
"""The most outputs that one request may ask for."""
_OUTPUTS = (
    "count", "num_images", "num_outputs", "num_samples", "num_videos", "number_of_images", "number_of_videos",
    "sample_count", "batch_size", "n",
)  # fmt: skip
_OF_EACH = ("max_images",)
"""How many pictures each of these outputs may become: Seedream makes as many, and is paid for each."""


def _spelled(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(spelled for name in names for spelled in (name, camel_case(name))))


OUTPUT_NAMES, _EACH_NAMES = _spelled(_OUTPUTS), _spelled(_OF_EACH)
COUNTS = (*OUTPUT_NAMES, *_EACH_NAMES)
NESTED = ("settings", "settings_override")
"""Where the number of outputs is said: under these names, in the parameters or in one of these."""


def count_outputs(parameters: Mapping[str, Any]) -> int:
    """How many outputs the parameters ask for, `settings` and `settings_override` (objects or JSON) included.

    The largest number counts: whatever a provider reads, no more is made than was paid for. Pictures of each output
    multiply it.

    Raises:
        BadRequest: one is no whole number from 1 to MAX_COUNT, or all together are more; the message names it.
    """
    rooms = [parameters, *(_read_nested(parameters[name]) for name in NESTED if parameters.get(name))]
    count = _largest(rooms, OUTPUT_NAMES) * _largest(rooms, _EACH_NAMES)
    if count > MAX_COUNT:
        raise BadRequest(f"{count} outputs of one request are more than {MAX_COUNT}: ask for fewer", field="count")
    return count


def _largest(rooms: Iterable[Mapping[str, Any]], names: Iterable[str]) -> int:
    given = [(name, room[name]) for room in rooms for name in names if name in room and room[name] is not None]
    return max((_read_count(name, value) for name, value in given), default=1)


def _read_nested(value: object) -> Mapping[str, Any]:
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except ValueError:
            return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _read_count(name: str, value: object) -> int:
    number = value
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        number = int(value[:6])
    elif isinstance(value, float) and value.is_integer():
        number = int(value)
    if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= MAX_COUNT:
        return number
    raise BadRequest(f"{name} must be a whole number from 1 to {MAX_COUNT}, not {str(value)[:40]!r}", field=name)
