"""Requests to Supabase Storage and its answers, as our values and errors; its keys.

Keys are plain ASCII and at most 1,024 bytes long behind its own prefix. A path of plain characters is its own key; in
others each byte that no key takes is `=` and two hex digits. One that would be too long is a digest in its first
folder: it is found by its path, and no list can tell its name.

Source: its public repository (src/http/routes/object, src/internal/errors) and the storage3 client. Errors are
`{statusCode, error, message}`; the HTTP status is 400 for most of them, `statusCode` is what counts.
"""

import base64
import hashlib
import re
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NoReturn, cast

import httpx
import orjson

from wzrd.domain.buckets import BucketNotFound
from wzrd.domain.errors import NotConfigured, NotFound, Unavailable
from wzrd.storage.protocol import (
    READ_BYTES,
    AlreadyStored,
    BadContentType,
    FolderEntry,
    StoredFile,
    TooLarge,
    check_content_type,
)

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Described:
    """A file as Supabase knows it; `etag` names the version. Its sum is empty where nobody has told it."""

    file: StoredFile
    etag: str

    def with_sum(self, sha256: str) -> "Described":
        """Copy with the file's checksum."""
        return replace(self, file=replace(self.file, sha256=sha256))

    def is_of(self, answer: httpx.Response) -> bool:
        """True if the bytes of an answer are this version's."""
        return answer.headers.get("etag", "").removeprefix("W/") == self.etag


def upload_headers(size: int, content_type: str, sha256: str, path: str, *, replace: bool) -> dict[str, str]:
    """The headers of an upload with its sum, and with its path, which its key may not spell."""
    metadata = base64.b64encode(orjson.dumps({"sha256": sha256, "path": path})).decode()
    return {
        "content-length": str(size),
        "content-type": content_type,
        "cache-control": "max-age=3600",
        "x-upsert": "true" if replace else "false",
        "x-metadata": metadata,
    }


def described_of(payload: Mapping[str, Any], bucket: str, path: str) -> Described:
    """A file's description, from the answer of `info`."""
    metadata = payload.get("metadata")
    claimed = cast("dict[str, object]", metadata).get("sha256") if isinstance(metadata, dict) else None
    sha256 = claimed if isinstance(claimed, str) and _SHA256.fullmatch(claimed) else ""
    kind, modified = _kind(payload.get("content_type")), _time(payload.get("last_modified"))
    file = StoredFile(bucket, path, int(payload.get("size") or 0), sha256, kind, modified)
    return Described(file, str(payload.get("etag") or "").removeprefix("W/"))


def entry_of(row: Mapping[str, Any], name: str, bucket: str, path: str, sha256: str) -> FolderEntry:
    """One name in a list."""
    if row["id"] is None:
        return FolderEntry(name, None)
    metadata: Mapping[str, Any] = row.get("metadata") or {}
    kind, modified = _kind(metadata.get("mimetype")), _time(row.get("updated_at"))
    return FolderEntry(name, StoredFile(bucket, path, int(metadata.get("size") or 0), sha256, kind, modified))


def raise_refusal(answer: httpx.Response, bucket: str, path: str) -> NoReturn:
    """Raise the error that a refusal means here. Neither the key nor the address is told.

    Raises:
        BucketNotFound, NotFound, AlreadyStored, TooLarge, BadContentType: as Supabase tells.
        NotConfigured: the key is not the project's service key.
        Unavailable: whatever else is wrong there.
    """
    status, error, message = _refusal(answer)
    where = f"{bucket}/{path}" if path else bucket
    if status == 404:
        raise BucketNotFound(f"no bucket {bucket}") if "bucket" in error.lower() else NotFound(f"no file {where}")
    if status == 409:
        raise AlreadyStored(f"{where} is there already")
    if status == 413:
        raise TooLarge(f"Supabase Storage takes no file as large as {where}: raise its upload limit")
    if status == 415:
        raise BadContentType(f"Supabase Storage does not take {where}: {message[:200]}", field="content_type")
    if status in {401, 403}:
        raise NotConfigured("Supabase Storage refuses the key: set SUPABASE_SERVICE_ROLE_KEY to the service key")
    raise Unavailable(f"Supabase Storage answers {status} for {where}: {message[:200]}", retry_after=2)


def _refusal(answer: httpx.Response) -> tuple[int, str, str]:
    try:
        payload: object = orjson.loads(answer.content)
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        return answer.status_code, "", ""
    body = cast("dict[str, object]", payload)
    code = str(body.get("statusCode", ""))
    status = int(code) if re.fullmatch(r"[0-9]{3}", code) else answer.status_code
    return status, str(body.get("error", "")), str(body.get("message", ""))


@contextmanager
def translated() -> Generator[None]:
    """Errors of the connection as ours.

    Raises:
        Unavailable: it cannot be reached, or breaks off.
    """
    try:
        yield
    except httpx.HTTPError as error:
        raise Unavailable(f"Supabase Storage cannot be reached ({type(error).__name__})", retry_after=2) from error


def _kind(value: object) -> str:
    try:
        return check_content_type(value) if isinstance(value, str) else "application/octet-stream"
    except BadContentType:
        return "application/octet-stream"


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


async def body_chunks(answer: httpx.Response, length: int) -> AsyncGenerator[bytes]:
    """The body of an answer.

    Raises:
        Unavailable: it breaks off, or is not `length` bytes long.
    """
    with translated():
        async for chunk in answer.aiter_raw(READ_BYTES):
            length -= len(chunk)
            yield chunk
    if length:
        raise Unavailable("Supabase Storage sent a file that is cut off", retry_after=1)


MAX_KEY = 800
MAX_SEGMENT = 240
"""Bytes of one segment of a key: below what file systems take, with room for what Supabase adds."""
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_!.'() &$@;+,/-]")
_ESCAPE = re.compile(rb"=([0-9A-F]{2})")
_DIGEST = "=x"


def key_of(path: str) -> str:
    """The key of the file at a safe path; equal only for equal paths."""
    key = _NOT_PLAIN.sub(lambda found: "".join(f"={byte:02X}" for byte in found[0].encode()), path)
    segments = key.split("/")
    if len(key) <= MAX_KEY and all(len(segment) <= MAX_SEGMENT for segment in segments):
        return key
    digest = _DIGEST + hashlib.sha256(path.encode()).hexdigest()
    return f"{segments[0]}/{digest}" if len(segments) > 1 and len(segments[0]) <= MAX_SEGMENT else digest


def name_of(name: str) -> str | None:
    """The name in a list that one segment of a key stands for; None for a digest."""
    if name.startswith(_DIGEST):
        return None
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), name.encode()).decode(errors="replace")
