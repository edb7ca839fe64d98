"""Reading a provider's JSON: what is an object, a moment, and the provider's own words in an error. No I/O."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

import orjson

from wzrd.net.json_scan import Bounds, is_within

_BOM = b"\xef\xbb\xbf"
_MARKUP = b"<"
_EPOCH_MILLISECONDS = 1e11
_WORDS = 300
"""Bytes of an error's plain text that are passed on."""
_BOUNDS = Bounds(structure=500_000, depth=250)
"""Bounds of an answer: speech with the times of all its letters is the largest, and orjson writes 254 levels."""
_INTEGER_DIGITS = 20  # of the largest of 64 bits
_SECOND = 1 << 18
"""Bytes of an answer that is read a second time, by Python's slower and more lenient reader."""


def parse_json(body: bytes) -> object:
    """The JSON in `body` (a BOM before it counts not), or None. With too many values, or too deep, it is none."""
    return writable(read_json(body.removeprefix(_BOM), _BOUNDS))


def writable(value: object) -> object:
    """JSON that `read_json` has read, as it can be written: half a surrogate pair is a replacement character.

    A number of more than 64 bits is a fraction.
    """
    try:
        orjson.dumps(value)
    except TypeError:
        text = json.dumps(value, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
        return read_json(text.decode("utf-16-le", "replace").encode(), _BOUNDS)
    return value


def read_json(raw: bytes, bounds: Bounds) -> object:
    """The JSON in `raw`, or None. What vendors write beside JSON costs no answer that is paid.

    NaN and Infinity (Python's) count as null, bytes that are no UTF-8 as replacement characters, and half a surrogate
    pair (JavaScript's) stays as it is.
    """
    if not is_within(raw, bounds):
        return None
    try:
        return orjson.loads(raw)
    except ValueError:
        if len(raw) > _SECOND or raw.lstrip()[:1] not in {b"{", b"["}:
            return None
    try:
        return json.loads(raw.decode("utf-8", "replace"), parse_constant=lambda _: None, parse_int=_integer)
    except (ValueError, RecursionError):
        return None


def _integer(digits: str) -> int | float:
    """Integers of more than 64 bits, which nothing can write, are fractions; an infinite one is written as null."""
    number = int(digits) if len(digits) <= _INTEGER_DIGITS else None
    return number if number is not None and -(2**63) <= number < 2**64 else float(digits)


def members_of(value: object) -> Mapping[str, Any] | None:
    """The members of a JSON object; None when it is something else."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else None


def read_time(value: object) -> datetime | None:
    """A moment: ISO 8601 (without a zone it is UTC), or Unix time in seconds or milliseconds, also as a text."""
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value.strip())
            return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            return _epoch(value)
    return _epoch(value)


def _epoch(value: object) -> datetime | None:
    try:
        seconds = math.nan if isinstance(value, bool) else float(cast("Any", value))
        seconds = seconds / 1000 if seconds >= _EPOCH_MILLISECONDS else seconds
        return datetime.fromtimestamp(seconds, UTC) if math.isfinite(seconds) and seconds > 0 else None
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def reason_of(value: object) -> str:
    """A provider's own words in an error's body: `detail` (FastAPI's list of fields too), `error`, `message`."""
    if isinstance(value, str):
        return value or "no reason given"
    body = members_of(value) or {}
    for name in ("detail", "error", "message", "reason", "errors", "error_message", "msg", "title"):
        reason = body.get(name)
        if isinstance(reason, list):
            reason = "; ".join(_field_error(entry) for entry in cast("list[object]", reason)[:3])
        if isinstance(reason, dict):
            reason = reason_of(cast("object", reason))
        if isinstance(reason, str) and reason.strip():
            return reason.strip()
    return "no reason given"


def words_of(value: object) -> str:
    """A provider's own words in an error's body, and the codes beside them: some tell errors apart by these alone."""
    if isinstance(value, list):  # Google wraps an error in a list
        value = next(iter(cast("list[object]", value)), None)
    body = members_of(value) or {}
    inner = members_of(body.get("detail")) or members_of(body.get("error")) or body
    codes = (inner.get(name) for name in ("status", "code", "type"))
    return " ".join([reason_of(value), *(code for code in codes if isinstance(code, str))])


def refusal_reason(value: object, body: bytes, *, location: str | None = None) -> str:
    """A provider's own words in an error: of its JSON, or the plain text that it sent instead; no web page.

    `location`: where the answer would lead to. Nothing paid follows it.
    """
    words = body.strip()
    if location:
        return f"it leads to {location[:_WORDS]}: set its address to that"
    if value is not None or not words or words.startswith(_MARKUP):
        return reason_of(value)
    return " ".join(words[:_WORDS].decode("utf-8", "ignore").split()) or reason_of(None)


def _field_error(entry: object) -> str:
    """One of FastAPI's validation errors, as `field: what is wrong`."""
    about = members_of(entry)
    if about is None:
        return str(entry)
    loc = about.get("loc")
    parts = [str(part) for part in cast("list[object]", loc)] if isinstance(loc, list) else []
    field = ".".join(parts[1:] if parts[:1] == ["body"] and len(parts) > 1 else parts)
    said = str(about.get("msg") or about.get("message") or about.get("type") or "is not valid")
    return f"{field}: {said}" if field else said
