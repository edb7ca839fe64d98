"""Supabase Storage: buckets, uploads, reads, signed addresses, lists, deletes. Source: supabase/storage, storage3 2.34.

As there, the HTTP status of a refusal is 400 (500 for 500), and its body says the true one in `statusCode`. Any bearer
token is a service key's: policies are a database's business, and this has none.
"""

import base64
import binascii
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from server.api.multipart import BadForm, FileBegins, FileData, FormReader, boundary_of
from server.fakes.calls import Answer, Call, json_answer
from server.fakes.script import Reply
from server.fakes.state import FakeState, Refused
from server.fakes.supabase_objects import FakeBucket, StorageRefused, StoredObject
from wzrd.contracts.wire import loads, members_of

PROVIDER = "supabase"
ROOT = "/storage/v1"
UPLOAD_SECONDS = 7200
NOT_SIGNED = "Either the object does not exist or you do not have access to it"


async def answer(call: Call, state: FakeState) -> Answer:
    """One call; it raises `Refused`."""
    if not call.path.startswith(f"{ROOT}/"):
        raise StorageRefused(404, "Not Found", f"Route {call.method}:{call.path[:100]} not found")
    first, _, rest = call.path.removeprefix(f"{ROOT}/").partition("/")
    if first == "bucket":
        _authorize(call)
        if call.method == "GET" and not rest:
            await state.ask("check", PROVIDER, "", "")
        return _bucket(call, state, rest)
    if first == "object":
        return await _object(call, state, rest)
    raise StorageRefused(404, "Not Found", f"Route {call.method}:{call.path[:100]} not found")


def refuse(refused: Refused) -> Answer:
    """An error, as Supabase Storage spells one."""
    error = refused.error if isinstance(refused, StorageRefused) else "InternalError"
    payload = {"statusCode": str(refused.status), "error": error, "message": refused.message}
    if isinstance(refused, StorageRefused):
        return json_answer(payload, 500 if refused.status == 500 else 400)
    return json_answer(payload, refused.status, refused.headers)  # what a script wants, as a gateway would answer


def _authorize(call: Call) -> None:
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if not token:
        raise StorageRefused(400, "Error", "headers must have required property 'authorization'")
    if scheme.lower() != "bearer" or len(token) < 8 or " " in token:
        raise StorageRefused(403, "Unauthorized", "Invalid Compact JWS")


def _bucket(call: Call, state: FakeState, name: str) -> Answer:
    buckets = state.objects.buckets
    match call.method, name:
        case "GET", "":
            return json_answer([bucket.described() for bucket in buckets.values()])
        case "POST", "":
            asked = call.object() or {}
            made = str(asked.get("id") or asked.get("name") or "")
            if not made:
                raise StorageRefused(400, "Error", "body must have required property 'name'")
            if made in buckets:
                raise StorageRefused(409, "Duplicate", "The resource already exists")
            limit = asked.get("file_size_limit")
            buckets[made] = FakeBucket(made, bool(asked.get("public")), limit, asked.get("allowed_mime_types"))
            return json_answer({"name": made})
        case "GET", _:
            return json_answer(state.objects.bucket(name).described())
        case "POST", _ if name.endswith("/empty"):
            state.objects.bucket(name.removesuffix("/empty")).objects.clear()
            return json_answer({"message": "Empty bucket has been queued. Completion may take up to an hour."})
        case "DELETE", _:
            if state.objects.bucket(name).objects:
                raise StorageRefused(409, "InvalidRequest", "The bucket you tried to delete is not empty")
            del buckets[name]
            return json_answer({"message": "Successfully deleted"})
        case _:
            raise StorageRefused(404, "Not Found", f"Route {call.method}:/bucket/{name[:100]} not found")


async def _object(call: Call, state: FakeState, rest: str) -> Answer:
    """One call below `/object/`: a word of its own, else a bucket."""
    word, _, location = rest.partition("/")
    bucket, _, key = location.partition("/")
    is_read = call.method in {"GET", "HEAD"}
    if rest.startswith("upload/sign/"):
        return await _signed_upload(call, state, *rest.removeprefix("upload/sign/").partition("/")[::2])
    if word == "sign" and is_read:
        state.objects.verify("download", bucket, key, call.query.get("token", ""))
        return await _read(call, state, bucket, key)
    if is_read and (word == "public" or "authorization" not in call.headers):
        return await _read_publicly(call, state, rest.removeprefix("public/"))
    _authorize(call)
    if (call.method, word) in _WORDS:
        return _WORDS[call.method, word](call, state, location)
    if word == "authenticated" and is_read:
        return await _read(call, state, bucket, key)
    return await _in_bucket(call, state, word, location)


async def _read_publicly(call: Call, state: FakeState, location: str) -> Answer:
    bucket, _, key = location.partition("/")
    if not state.objects.bucket(bucket).public:
        raise StorageRefused(404, "Bucket not found", "Bucket not found")
    return await _read(call, state, bucket, key)


async def _in_bucket(call: Call, state: FakeState, bucket: str, key: str) -> Answer:
    match call.method:
        case "GET" | "HEAD":
            return await _read(call, state, bucket, key)
        case "POST" | "PUT":
            upsert = call.method == "PUT" or call.headers.get("x-upsert") == "true"
            return await _upload(call, state, bucket, key, upsert=upsert)
        case "DELETE" if key:
            del state.objects.bucket(bucket).objects[state.objects.find(bucket, key).key]
            return json_answer({"message": "Successfully deleted"})
        case "DELETE":
            return _delete(call, state, bucket)
        case _:
            raise StorageRefused(404, "Not Found", f"Route {call.method}:/object/{bucket[:100]} not found")


async def _upload(call: Call, state: FakeState, bucket: str, key: str, *, upsert: bool) -> Answer:
    reply = await state.ask("upload", PROVIDER, bucket, key)
    kept = state.objects.put(received(call, bucket, key), upsert=upsert)
    return json_answer({"Id": kept.object_id, "Key": f"{bucket}/{kept.key}"}, reply=reply)


async def _signed_upload(call: Call, state: FakeState, bucket: str, key: str) -> Answer:
    if call.method == "PUT":
        upsert = state.objects.verify("upload", bucket, key, call.query.get("token", ""))
        await _upload(call, state, bucket, key, upsert=upsert)
        return json_answer({"Key": f"{bucket}/{key}"})
    _authorize(call)
    upsert = call.headers.get("x-upsert") == "true"
    if key in state.objects.bucket(bucket).objects and not upsert:
        raise StorageRefused(409, "Duplicate", "The resource already exists")
    token = state.objects.sign("upload", bucket, key, UPLOAD_SECONDS, upsert=upsert)
    return json_answer({"url": f"/object/upload/sign/{bucket}/{quote(key)}?token={token}", "token": token})


async def _read(call: Call, state: FakeState, bucket: str, key: str) -> Answer:
    found = state.objects.find(bucket, key)
    reply: Reply = await state.ask("result", PROVIDER, bucket, key)
    headers = {
        "accept-ranges": "bytes",
        "etag": found.etag,
        "cache-control": found.cache_control,
        "last-modified": format_datetime(datetime.fromisoformat(found.at), usegmt=True),
        "x-robots-tag": "none",
    }
    if "download" in call.query:
        name = quote(call.query["download"])
        headers["content-disposition"] = (
            f"attachment; filename={name}; filename*=UTF-8''{name}" if name else "attachment;"
        )
    kind = "text/plain" if "text/html" in found.content_type else found.content_type
    if call.headers.get("if-none-match") == found.etag:
        return Answer(304, kind=kind, headers=headers)
    part = _range(call.headers.get("range"), len(found.data))
    if part is None:
        return Answer(200, found.data, kind, headers, reply=reply)
    start, stop = part
    headers["content-range"] = f"bytes {start}-{stop - 1}/{len(found.data)}"
    return Answer(206, found.data[start:stop], kind, headers, reply=reply)


def _range(header: str | None, size: int) -> tuple[int, int] | None:
    """One range of bytes, as the object store behind Supabase reads it."""
    first, _, last = (header or "").removeprefix("bytes=").partition("-")
    if not header or not (first or last) or not (first + last).isdecimal():
        return None
    start = int(first) if first else max(0, size - int(last))
    stop = min(size, int(last) + 1) if first and last else size
    if start >= stop:
        raise StorageRefused(416, "InvalidRange", "The requested range is not satisfiable")
    return start, stop


def _info(_call: Call, state: FakeState, location: str) -> Answer:
    bucket, _, key = location.removeprefix("authenticated/").partition("/")
    found = state.objects.find(bucket, key)
    return json_answer(
        {
            "id": found.object_id,
            "name": found.key,
            "version": found.version,
            "bucket_id": found.bucket,
            "size": len(found.data),
            "content_type": found.content_type,
            "cache_control": found.cache_control,
            "etag": found.etag,
            "metadata": found.metadata,
            "last_modified": found.at,
            "created_at": found.at,
        }
    )


def _list(call: Call, state: FakeState, location: str) -> Answer:
    return json_answer(state.objects.list(location, call.object() or {}))


def _sign(call: Call, state: FakeState, location: str) -> Answer:
    bucket, _, key = location.partition("/")
    asked = call.object() or {}
    try:
        seconds = int(asked.get("expiresIn", 0))
    except (TypeError, ValueError):
        seconds = 0
    if seconds < 1:
        raise StorageRefused(400, "Error", "body/expiresIn must be >= 1")
    if key:
        state.objects.find(bucket, key)
        return json_answer({"signedURL": _signed(state, bucket, key, seconds)})
    there = state.objects.bucket(bucket).objects
    rows = [
        {
            "error": None if path in there else NOT_SIGNED,
            "path": path,
            "signedURL": _signed(state, bucket, path, seconds) if path in there else None,
        }
        for path in asked.get("paths", [])
    ]
    return json_answer(rows)


def _signed(state: FakeState, bucket: str, key: str, seconds: int) -> str:
    return f"/object/sign/{bucket}/{quote(key)}?token={state.objects.sign('download', bucket, key, seconds)}"


def _copy(call: Call, state: FakeState, _: str, *, is_move: bool = False) -> Answer:
    asked = call.object() or {}
    source = state.objects.find(str(asked.get("bucketId")), str(asked.get("sourceKey")))
    bucket = str(asked.get("destinationBucket") or source.bucket)
    new = replace(source, bucket=bucket, key=str(asked.get("destinationKey")), object_id=str(uuid.uuid4()))
    kept = state.objects.put(new, upsert=not is_move and call.headers.get("x-upsert") == "true")
    if not is_move:
        return json_answer({"Id": kept.object_id, "Key": f"{bucket}/{kept.key}", **kept.described()})
    del state.objects.bucket(source.bucket).objects[source.key]
    return json_answer({"message": "Successfully moved", "Id": kept.object_id, "Key": kept.key})


def _delete(call: Call, state: FakeState, bucket: str) -> Answer:
    there = state.objects.bucket(bucket).objects
    gone = [there.pop(path) for path in (call.object() or {}).get("prefixes", []) if path in there]
    return json_answer([{**each.described(), "bucket_id": bucket} for each in gone])


_WORDS: Mapping[tuple[str, str], Callable[[Call, FakeState, str], Answer]] = {
    ("GET", "info"): _info,
    ("POST", "list"): _list,
    ("POST", "sign"): _sign,
    ("POST", "copy"): _copy,
    ("POST", "move"): partial(_copy, is_move=True),
}
"""Words that stand where a bucket's name would."""


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
        return members_of(loads(text))
    except ValueError:
        return {}
