"""Which addresses in a payload a provider's machines could not fetch. No I/O: names are judged, never resolved."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

import httpx

from wzrd.net.addresses import is_public, parse_address

_URL = re.compile(r"\s*([a-zA-Z][a-zA-Z0-9+.-]*):(//|[^\s/])")
_SCHEMES = frozenset({"http", "https"})
_WEB = frozenset({"file", "ftp", "blob", "s3", "gs", "gopher", "ws", "wss"})
"""Schemes that make a text an address even without slashes that follow."""
_TEXTS = frozenset({"prompt", "negative_prompt", "text", "content", "lyrics", "script"})
"""Fields that hold words for people: an address in them is not fetched."""
_PRIVATE_ENDS = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".test", ".invalid", ".example")


def unreachable(payload: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each address in the payload that a cloud cannot reach: its place, and why. Text fields are not addresses."""
    pending: list[tuple[tuple[str | int, ...], Any]] = [((), payload)]
    while pending:
        loc, value = pending.pop()
        if isinstance(value, Mapping):
            for name, inner in cast("Mapping[str, Any]", value).items():
                if not (isinstance(inner, str) and name in _TEXTS):
                    pending.append(((*loc, name), inner))
        elif isinstance(value, str):
            if problem := _problem(value):
                yield loc, problem
        elif isinstance(value, Sequence):
            pending += [((*loc, at), inner) for at, inner in enumerate(cast("Sequence[Any]", value))]


def _problem(text: str) -> str | None:
    found = _URL.match(text[:64])
    scheme = found[1].lower() if found else ""
    if not found or scheme == "data" or (found[2] != "//" and scheme not in _SCHEMES | _WEB):
        return None
    if scheme not in _SCHEMES:
        return f"the scheme {scheme} is not supported"
    try:
        host = httpx.URL(text.strip()).raw_host.decode("ascii").lower().rstrip(".")
    except (httpx.InvalidURL, ValueError, TypeError):
        return "the address cannot be read"
    return None if _is_reachable(host) else f"the host {host or '(none)'} cannot be reached"


def _is_reachable(host: str) -> bool:
    if address := parse_address(host.strip("[]")):
        return is_public(address)
    last = host.rpartition(".")[2]
    return "." in host and not last[:1].isdigit() and not host.endswith(_PRIVATE_ENDS)
