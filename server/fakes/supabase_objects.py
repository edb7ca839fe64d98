"""The buckets and objects that the fake of Supabase Storage keeps, and the rules of its keys. No HTTP here."""

import hashlib
import re
import secrets
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

from server.fakes.calls import Refused

MAX_KEY = 1024
MAX_OBJECT = 50 << 20
"""Bytes of an object, as a project of Supabase's has it when nobody has raised the limit."""
MAX_BYTES = 256 << 20
"""Bytes of all objects together; the fake takes no more."""
_KEY = re.compile(r"[A-Za-z0-9_/!.*'() &$=@;:+,?-]+")


class StorageRefused(Refused):
    """A refusal: `status` is what the body says, `error` its word; the HTTP status is the fake's to choose."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(status, message)
        self.error = error


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One version of one object."""

    bucket: str
    key: str
    data: bytes
    content_type: str
    cache_control: str
    metadata: Mapping[str, Any]
    object_id: str
    version: str = field(default_factory=lambda: str(uuid.uuid4()))
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="microseconds"))

    @property
    def etag(self) -> str:
        """The tag of its content."""
        return f'"{hashlib.md5(self.data, usedforsecurity=False).hexdigest()}"'

    def described(self) -> dict[str, Any]:
        """Its row."""
        size = len(self.data)
        metadata = {
            "eTag": self.etag,
            "size": size,
            "mimetype": self.content_type,
            "cacheControl": self.cache_control,
            "lastModified": self.at,
            "contentLength": size,
            "httpStatusCode": 200,
        }
        times = dict.fromkeys(("updated_at", "created_at", "last_accessed_at"), self.at)
        return {"name": self.key, "id": self.object_id, **times, "metadata": metadata}


@dataclass(slots=True)
class FakeBucket:
    """One bucket and what is in it."""

    bucket_id: str
    public: bool
    max_bytes: int | None = None
    kinds: list[str] | None = None
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    objects: dict[str, StoredObject] = field(default_factory=dict[str, StoredObject])

    def described(self) -> dict[str, Any]:
        """Its row."""
        return {
            "id": self.bucket_id,
            "name": self.bucket_id,
            "owner": "",
            "public": self.public,
            "type": "STANDARD",
            "file_size_limit": self.max_bytes,
            "allowed_mime_types": self.kinds,
            "created_at": self.at,
            "updated_at": self.at,
        }


@dataclass(slots=True)
class Objects:
    """All of it, and the tokens of signed addresses."""

    buckets: dict[str, FakeBucket] = field(default_factory=dict[str, FakeBucket])
    _signed: dict[str, tuple[str, str, str, float, bool]] = field(
        default_factory=dict[str, tuple[str, str, str, float, bool]]
    )

    def reset(self) -> None:
        """Forget everything."""
        self.buckets.clear()
        self._signed.clear()

    def bucket(self, name: str) -> FakeBucket:
        """A bucket; it raises StorageRefused."""
        if name not in self.buckets:
            raise StorageRefused(404, "Bucket not found", "Bucket not found")
        return self.buckets[name]

    def find(self, bucket: str, key: str) -> StoredObject:
        """An object; it raises StorageRefused."""
        found = self.bucket(bucket).objects.get(key)
        if found is None:
            raise StorageRefused(404, "not_found", "Object not found")
        return found

    def put(self, new: StoredObject, *, upsert: bool) -> StoredObject:
        """Keep an object; it raises StorageRefused. The id stays when it is replaced."""
        bucket = self.bucket(new.bucket)
        if not _KEY.fullmatch(new.key) or len(f"{new.bucket}/{new.key}") > MAX_KEY:
            raise StorageRefused(400, "InvalidKey", f"Invalid key: {new.key}")
        before = bucket.objects.get(new.key)
        if before is not None and not upsert:
            raise StorageRefused(409, "Duplicate", "The resource already exists")
        if len(new.data) > min(MAX_OBJECT, bucket.max_bytes or MAX_OBJECT):
            raise StorageRefused(413, "Payload too large", "The object exceeded the maximum allowed size")
        if bucket.kinds and not any(_fits(new.content_type, kind) for kind in bucket.kinds):
            raise StorageRefused(415, "invalid_mime_type", f"mime type {new.content_type} is not supported")
        if sum(len(kept.data) for each in self.buckets.values() for kept in each.objects.values()) > MAX_BYTES:
            raise StorageRefused(500, "InternalError", "the fake is full: reset it")
        bucket.objects[new.key] = new if before is None else replace(new, object_id=before.object_id)
        return bucket.objects[new.key]

    def sign(self, scope: str, bucket: str, key: str, seconds: float, *, upsert: bool = False) -> str:
        """A token for one object."""
        token = secrets.token_urlsafe(32)
        self._signed[token] = (scope, bucket, key, time.monotonic() + seconds, upsert)
        return token

    def verify(self, scope: str, bucket: str, key: str, token: str) -> bool:
        """True if the token's holder may replace what is there; it raises StorageRefused."""
        found = self._signed.get(token)
        if found is None or found[:1] != (scope,):
            raise StorageRefused(400, "InvalidJWT", "signature verification failed")
        if found[1:3] != (bucket, key):
            raise StorageRefused(400, "InvalidSignature", "Invalid signature")
        if found[3] <= time.monotonic():
            raise StorageRefused(400, "InvalidJWT", '"exp" claim timestamp check failed')
        return found[4]

    def list(self, bucket: str, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        """One page of a folder: folders first, then objects."""
        prefix = str(asked.get("prefix") or "").strip("/")
        start = f"{prefix}/" if prefix else ""
        search = str(asked.get("search") or "").lower()
        inside = {key[len(start) :]: kept for key, kept in self.bucket(bucket).objects.items() if key.startswith(start)}
        shown = {name: kept for name, kept in inside.items() if name.lower().startswith(search)}
        sort = cast("Mapping[str, Any]", asked.get("sortBy") or {})
        column, is_descending = sort.get("column", "name"), sort.get("order") == "desc"
        folders = sorted({name.partition("/")[0] for name in shown if "/" in name})
        if column == "name" and is_descending:
            folders.reverse()
        files = [{**kept.described(), "name": name} for name, kept in shown.items() if "/" not in name]
        files.sort(key=lambda row: str(row[column]), reverse=is_descending)
        nothing = dict.fromkeys(("id", "updated_at", "created_at", "last_accessed_at", "metadata"))
        rows = [*({"name": name, **nothing} for name in folders), *files]
        offset = int(asked.get("offset") or 0)
        return rows[offset : offset + int(asked.get("limit") or 100)]


def _fits(content_type: str, allowed: str) -> bool:
    kind = content_type.partition(";")[0].strip()
    return kind == allowed or (allowed.endswith("/*") and kind.startswith(allowed[:-1]))
