"""Entity tags: a strong one of some bytes, and whether a request already has what a tag stands for."""

import hashlib
from collections.abc import Iterable

from pydantic import Field

from server.api.described import Parameters


class CacheHeaders(Parameters):
    """What a request says of what it has."""

    if_none_match: str | None = Field(default=None, alias="If-None-Match")


def tag_of(content: bytes) -> str:
    """A strong tag: equal for equal bytes, and for no others."""
    return f'"{hashlib.sha256(content).hexdigest()}"'


def names_tag(fields: Iterable[str], etag: str) -> bool:
    """Whether If-None-Match names the tag, weak or not (our tags hold no comma); `*` names whatever is there."""
    tags = [tag.strip().removeprefix("W/") for field in fields for tag in field.split(",")]
    return etag in tags or tags == ["*"]
