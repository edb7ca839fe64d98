"""Entity tags: a strong one of some bytes, and whether a request already has what a tag stands for."""

import hashlib
from collections.abc import Iterable

from pydantic import Field

from server.api.described import Parameters


class CacheHeaders(Parameters):
    """Headers in which a request names what it has."""

    if_none_match: str | None = Field(default=None, alias="If-None-Match")


def tag_of(content: bytes) -> str:
    """A strong tag: equal for equal bytes, and for no others."""
    return f'"{hashlib.sha256(content).hexdigest()}"'


def names_tag(fields: Iterable[str], etag: str) -> bool:
    """True if If-None-Match names the tag, weak or not (our tags hold no comma); `*` names any."""
    tags = [tag.strip().removeprefix("W/") for field in fields for tag in field.split(",")]
    return etag in tags or tags == ["*"]
