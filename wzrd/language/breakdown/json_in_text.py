"""The JSON object in a text: behind prose and fences, with a comma too many, or cut off. Pure."""

import json
import re
from typing import Any, cast

MAX_TEXT = 400_000
_COMMA = re.compile(r",(\s*[}\]])")
_TRIES = 20
_CLOSERS = {"{": "}", "[": "]"}


def find_object(text: str, *keys: str) -> tuple[dict[str, Any] | None, bool]:
    """The first object of a text that has one of these keys, and True if it was cut off; None where there is none.

    Of one that was cut off there is what had come whole: its last list ends behind the last object in it.
    """
    *_, text = text[:MAX_TEXT].rpartition("</think>")  # of thoughts that a template has begun, only the end comes
    starts = [found.start() for found in re.finditer(r"[{\[]", text)][:_TRIES]
    for start in starts:
        if (found := _with_keys(_parsed(text[start:]), keys)) is not None:
            return found, False
    for start in starts:
        if (found := _with_keys(_parsed(_closed(text[start:])), keys)) is not None:
            return found, True
    return None, False


def _parsed(text: str) -> object:
    for attempt in (text, _COMMA.sub(r"\1", text)):
        try:
            return json.JSONDecoder(strict=False).raw_decode(attempt)[0]
        except (ValueError, RecursionError):
            continue
    return None


def _with_keys(value: object, keys: tuple[str, ...]) -> dict[str, Any] | None:
    """The object itself, or the first one of a list."""
    if isinstance(value, list) and value:
        value = cast("list[object]", value)[0]
    found = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    return found if any(key in found for key in keys) else None


def _closed(text: str) -> str:
    """A text that broke off, closed behind the last whole object of a list; empty where there is none."""
    open_ones: list[str] = []
    whole = ""
    quoted = escaped = False
    for at, char in enumerate(text):
        if quoted:
            quoted, escaped = (char != '"' or escaped), (char == "\\" and not escaped)
        elif char == '"':
            quoted = True
        elif char in _CLOSERS:
            open_ones.append(_CLOSERS[char])
        elif open_ones and char == open_ones[-1]:
            open_ones.pop()
            if char == "}" and open_ones[-1:] == ["]"]:
                whole = text[: at + 1] + "".join(reversed(open_ones))
    return whole
