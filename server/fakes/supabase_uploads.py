"""Content of an upload to the fake: the file of a form, or a raw body with its headers."""

import base64
import binascii
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from server.api.multipart import BadForm, FileBegins, FileData, FormReader, boundary_of
from server.fakes.calls import Call
from server.fakes.supabase_objects import StorageRefused, StoredObject
from wzrd.contracts.wire import loads


def received(call: Call, bucket: str, key: str) -> StoredObject:
    """The uploaded object: the file of a form, or the raw body with its headers."""
    content_type = call.headers.get("content-type", "application/octet-stream")
    new = StoredObject(bucket, key, call.body, content_type, call.headers.get("cache-control", "no-cache"), {}, "")
    new = replace(new, object_id=str(uuid.uuid4()))
    try:
        boundary = boundary_of(content_type)
        if boundary is None:
            return replace(new, metadata=_metadata(_unpacked(call.headers.get("x-metadata", ""))))
        reader = FormReader(boundary)
        events = reader.feed(call.body)
        reader.finish()
    except BadForm as error:
        raise StorageRefused(400, "InvalidRequest", error.message) from None
    begun = next((event for event in events if isinstance(event, FileBegins)), None)
    if begun is None:
        raise StorageRefused(400, "InvalidRequest", "No content provided")
    data = b"".join(event.data for event in events if isinstance(event, FileData))
    fields = reader.fields
    seconds = fields.get("cacheControl")
    return replace(
        new,
        data=data,
        content_type=fields.get("contentType") or begun.content_type or "application/octet-stream",
        cache_control=f"max-age={seconds}" if seconds else "no-cache",
        metadata=_metadata(fields.get("metadata", "")),
    )


def _unpacked(text: str) -> str:
    try:
        return base64.b64decode(text).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _metadata(text: str) -> Mapping[str, Any]:
    try:
        value: object = loads(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
