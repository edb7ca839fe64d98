"""Supabase Storage's requests, and what it answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, TypedDict
from uuid import UUID, uuid5

from pydantic import Field

from wzrd.contracts.wire import WireModel

MAX_PATHS = 1000
"""Files of one call that deletes or signs several."""
_OBJECTS = UUID("6f1d4c9e-3a0b-5b52-9a7e-0d5a2f6f3c11")


class SortBy(WireModel):
    """Column and direction that a list is sorted by."""

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
    """Request for a signed address; `expires_in` is how long it is good, in seconds."""

    expires_in: int = Field(ge=1, le=10 * 366 * 86_400)


class SignManyRequest(SignRequest):
    """Request for signed addresses of several files."""

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


class FileMetadata(TypedDict):
    """Facts that a list tells of a file; `size` in bytes."""

    eTag: str
    size: int
    mimetype: str
    cacheControl: str
    lastModified: datetime
    contentLength: int
    httpStatusCode: int


class FileRow(TypedDict):
    """A file in a list."""

    name: str
    id: UUID
    updated_at: datetime
    created_at: datetime
    last_accessed_at: datetime
    metadata: FileMetadata


class FolderRow(TypedDict):
    """A folder in a list."""

    name: str
    id: None
    updated_at: None
    created_at: None
    last_accessed_at: None
    metadata: None


class BucketRow(TypedDict):
    """A bucket; `file_size_limit` in bytes, None for the types: any."""

    id: str
    name: str
    owner: str
    public: bool
    type: str
    file_size_limit: int
    allowed_mime_types: list[str] | None
    created_at: datetime
    updated_at: datetime


class SignedRow(TypedDict):
    """One of several signed addresses, or why there is none."""

    error: str | None
    path: str
    signedURL: str | None


def listed(rows: Annotated[Sequence[Mapping[str, Any]], list[FileRow | FolderRow]]) -> list[Mapping[str, Any]]:
    """One page of a folder."""
    return list(rows)


def deleted(files: Annotated[Sequence[Mapping[str, Any]], list[FileRow]], bucket: str) -> list[dict[str, Any]]:
    """Those files that were there."""
    return [{**row, "bucket_id": bucket, "user_metadata": {}} for row in files]


def deleted_one() -> dict[str, Any]:
    """The file is gone."""
    return {"message": "Successfully deleted"}


def moved(bucket: str, path: str) -> dict[str, Any]:
    """The file has its other name."""
    return {"message": "Successfully moved", "Id": object_id(bucket, path), "Key": path}


def copied(row: Annotated[Mapping[str, Any], FileRow], bucket: str, path: str) -> dict[str, Any]:
    """The new file."""
    return {"Id": row["id"], "Key": f"{bucket}/{path}", **row, "bucket_id": bucket}


def stored(bucket: str, path: str) -> dict[str, Any]:
    """The file is there."""
    return {"Id": object_id(bucket, path), "Key": f"{bucket}/{path}"}


def stored_signed(bucket: str, path: str) -> dict[str, Any]:
    """The file is there, at its signed address."""
    return {"Key": f"{bucket}/{path}"}


def signed(url: str) -> dict[str, Any]:
    """An address to read a file by, below `/storage/v1`."""
    return {"signedURL": url}


def signed_several(rows: Annotated[Sequence[Mapping[str, Any]], list[SignedRow]]) -> list[Mapping[str, Any]]:
    """Rows of several files, each with its address or with what is wrong."""
    return list(rows)


def signed_upload(url: str, token: str) -> dict[str, Any]:
    """An address to put a file to, below `/storage/v1`, and its token alone."""
    return {"url": url, "token": token}


def info(
    bucket: str, path: str, *, size: int, content_type: str, sha256: str, modified: datetime | None
) -> dict[str, Any]:
    """Facts that are known of a file."""
    at = modified.isoformat() if modified else None
    return {
        "id": object_id(bucket, path),
        "name": path,
        "version": version_id(sha256),
        "bucket_id": bucket,
        "size": size,
        "content_type": content_type,
        "cache_control": "max-age=3600",
        "etag": f'"{sha256}"',
        "metadata": {},
        "last_modified": at,
        "created_at": at,
    }


def bucket_row(row: Annotated[Mapping[str, Any], BucketRow]) -> Mapping[str, Any]:
    """One bucket."""
    return row


def bucket_list(rows: Annotated[Sequence[Mapping[str, Any]], list[BucketRow]]) -> list[Mapping[str, Any]]:
    """The buckets that there are."""
    return list(rows)
