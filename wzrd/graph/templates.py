"""`{{key}}` in a prompt, replaced by what the key stands for.

Keys are literal, and what was put in is not read again.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from wzrd.domain.errors import BadRequest
from wzrd.domain.generation_inputs import MAX_TEXT


def fill(template: str, values: Mapping[str, Any]) -> str:
    """The template with every `{{ key }}` of a known key replaced; what is unknown stays as it stands.

    Raises:
        BadRequest: the result would have more characters than a prompt may.
    """
    *pieces, tail = template.split("}}")
    filled: list[str] = []
    room = MAX_TEXT
    for piece in pieces:
        start = piece.rfind("{{")
        key = piece[start + 2 :].strip() if start >= 0 else ""
        known = start >= 0 and key in values
        text = f"{piece[:start]}{text_of(values[key])}" if known else f"{piece}}}}}"
        room -= len(text)
        _check(room)
        filled.append(text)
    _check(room - len(tail))
    return "".join(filled) + tail


def names_key(template: str, keys: Mapping[str, Any]) -> bool:
    """Whether the template names one of the keys."""
    return any(piece[piece.rfind("{{") + 2 :].strip() in keys for piece in template.split("}}")[:-1] if "{{" in piece)


def text_of(value: object) -> str:
    """A value as it stands in a prompt: a text as it is, numbers plainly, everything else as JSON (`null` for none)."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except (TypeError, ValueError, RecursionError):
        return str(type(value).__name__)


def _check(room: int) -> None:
    if room < 0:
        raise BadRequest(f"the filled prompt has more than {MAX_TEXT:,} characters: put less into it", field="prompt")
