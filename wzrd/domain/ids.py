"""Identifiers: their types, and how ids of made things are derived so that a repeated step makes the same row."""

import uuid
from typing import NewType

RunId = NewType("RunId", uuid.UUID)
UserId = NewType("UserId", uuid.UUID)
ProjectId = NewType("ProjectId", uuid.UUID)
HoldId = NewType("HoldId", uuid.UUID)


OPERATOR = UserId(uuid.UUID(int=0))
"""Whose runs those of the operator are, such as backfills: nobody signs in as this, and it pays for nothing."""


def derive(parent: uuid.UUID, *path: str | int) -> uuid.UUID:
    """The id of the thing at `path` below `parent`: the same arguments give the same UUIDv5, always."""
    return uuid.uuid5(parent, "/".join(str(part) for part in path))


def parse_uuid(text: str | None) -> uuid.UUID | None:
    """The UUID in `text`, or None when it is none (a malformed id is somebody else's id: it finds nothing)."""
    try:
        return uuid.UUID(text) if text and text.isascii() else None  # Python reads digits of every script
    except ValueError:
        return None
