"""Supabase Storage's requests, and the rows it answers with."""

from typing import Any, Literal
from uuid import UUID, uuid5

from pydantic import Field

from wzrd.contracts.wire import WireModel

MAX_PATHS = 1000
"""Files of one call that deletes or signs several."""
_OBJECTS = UUID("6f1d4c9e-3a0b-5b52-9a7e-0d5a2f6f3c11")


class SortBy(WireModel):
    """What a list is sorted by."""

    column: Literal["name", "updated_at", "created_at", "last_accessed_at"] = "name"
    order: Literal["asc", "desc"] = "asc"


class ListRequest(WireModel):
    """Which part of a folder is listed; `search` is what names begin with."""

    prefix: str
    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=1_000_000)
    sort_by: SortBy = SortBy()
    search: str = ""


class PathsRequest(WireModel):
    """Several files of a bucket, to be deleted."""

    prefixes: list[str] = Field(min_length=1, max_length=MAX_PATHS)


class SignRequest(WireModel):
    """How long, in seconds, a signed address is good."""

    expires_in: int = Field(ge=1, le=10 * 366 * 86_400)


class SignManyRequest(SignRequest):
    """The same for several files."""

    paths: list[str] = Field(min_length=1, max_length=MAX_PATHS)


class MoveRequest(WireModel):
    """From where to where; without `destinationBucket` within one bucket."""

    bucket_id: str
    source_key: str
    destination_key: str
    destination_bucket: str | None = None


def object_id(bucket: str, path: str) -> str:
    """The id of the file at a place, the same whenever it is asked for."""
    return str(uuid5(_OBJECTS, f"{bucket}/{path}"))


def version_id(sha256: str) -> str:
    """The id of a file's content."""
    return str(uuid5(_OBJECTS, sha256))


def object_row(
    name: str, bucket: str, path: str, *, size: int, content_type: str, sha256: str, modified: str
) -> dict[str, Any]:
    """A file in a list; `modified` is an ISO time."""
    metadata = {
        "eTag": f'"{sha256}"',
        "size": size,
        "mimetype": content_type,
        "cacheControl": "max-age=3600",
        "lastModified": modified,
        "contentLength": size,
        "httpStatusCode": 200,
    }
    times = dict.fromkeys(("updated_at", "created_at", "last_accessed_at"), modified)
    return {"name": name, "id": object_id(bucket, path), **times, "metadata": metadata}


def folder_row(name: str) -> dict[str, Any]:
    """A folder in a list: a name and nothing else."""
    return {"name": name, **dict.fromkeys(("id", "updated_at", "created_at", "last_accessed_at", "metadata"))}
