"""`{{key}}` in a prompt, replaced by what the key stands for.

Keys are literal, or the name of an input in another spelling; what was put in is not read again.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from wzrd.domain.errors import BadRequest
from wzrd.graph.binding import is_bookkeeping, normalise_handle
from wzrd.models.generation_inputs import MAX_TEXT


def fill(template: str, values: Mapping[str, Any]) -> str:
    """The template with every `{{ key }}` of a known key replaced; what is unknown stays as it stands.

    What only tells about another input (`style_asset` beside `style`) is not known.

    Raises:
        BadRequest: the result would have more characters than a prompt may.
    """
    *pieces, tail = template.split("}}")
    filled: list[str] = []
    room = MAX_TEXT
    for piece in pieces:
        start = piece.rfind("{{")
        key = _known(piece[start + 2 :], values) if start >= 0 else None
        text = f"{piece}}}}}" if key is None else f"{piece[:start]}{text_of(values[key])}"
        room -= len(text)
        _check(room)
        filled.append(text)
    _check(room - len(tail))
    return "".join(filled) + tail


def _known(text: str, values: Mapping[str, Any]) -> str | None:
    """The key that is meant: as it stands, else as an input of that name is called (`{{First Frame}}`)."""
    key = text.strip()
    if key in values and not is_bookkeeping(key, values):
        return key
    name = normalise_handle(key)
    return name if name and name in values and not is_bookkeeping(name, values) else None


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
