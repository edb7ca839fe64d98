"""Files and their facts, read by whoever knows the path, with a token or by a signed address."""

from functools import partial
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.bodies import json_response, parse, read_json
from server.api.callers import NOBODY, CurrentUser, OptionalCaller
from server.api.described import Description, described
from server.api.envelopes import in_envelope, storage
from server.api.object_access import NOT_RESERVED, is_there, own_paths, require_owner, require_reader
from server.api.services import Services, ServicesOf, signer_of
from server.api.stored_files import (
    FILE_ANSWERS,
    PRIVATE_CACHE,
    PUBLIC_CACHE,
    ReadHeaders,
    SaveQuery,
    StoredFileResponse,
    refusal,
)
from wzrd.contracts.storage import SignManyRequest, SignRequest, info, signed, signed_several
from wzrd.domain.buckets import PUBLIC_BUCKETS, BucketNotFound, find_bucket
from wzrd.domain.errors import NotConfigured, NotFound
from wzrd.storage.protocol import RangeNotSatisfiable, StoredFile, UnsafePath, check_name
from wzrd.storage.signed_urls import BadToken, UrlSigner

PREFIX = "/storage/v1/object"
MAX_PATHS_BODY = 2 << 20
"""Bytes of a call that names many files."""
NOT_SIGNED = "Either the object does not exist or you do not have access to it"
READ_ERRORS = (BucketNotFound, NotFound, UnsafePath)
"""Errors that a reader may be refused with."""
_described = partial(Description, answers=FILE_ANSWERS, query=SaveQuery, headers=ReadHeaders)

router = APIRouter(prefix=PREFIX, tags=["files"], dependencies=[in_envelope(storage), NOT_RESERVED])
reserved_router = APIRouter(prefix=PREFIX, tags=["files"], dependencies=[in_envelope(storage)])


def _answer(request: Request, services: Services, bucket: str, path: str, cache: str) -> Response:
    runtime = services.runtime
    timeout = runtime.settings.stream_send_timeout
    return StoredFileResponse(request, runtime.storage, bucket, path, send_timeout=timeout, cache=cache)


@reserved_router.get("/public/{bucket}/{path:path}")
@_described(raises=(UnsafePath, NotFound, RangeNotSatisfiable), security=(NOBODY,))
async def get_public_object(request: Request, services: ServicesOf, bucket: str, path: str) -> Response:
    """A stored file, for whoever knows its path; `Range` for a part of it, `?download[=name]` to save it."""
    if bucket not in PUBLIC_BUCKETS:
        return refusal(NotFound())
    return _answer(request, services, bucket, path, PUBLIC_CACHE)


@reserved_router.get("/authenticated/{bucket}/{path:path}")
@_described(raises=(*READ_ERRORS, RangeNotSatisfiable))
async def get_authenticated_object(
    request: Request, services: ServicesOf, user: CurrentUser, bucket: str, path: str
) -> Response:
    """A file, for whom it belongs to; one of a public bucket for every signed-in user who knows its path."""
    await require_reader(services, user, bucket, path)
    return _answer(request, services, bucket, path, PRIVATE_CACHE)


@router.get("/{bucket}/{path:path}")
@_described(raises=(*READ_ERRORS, RangeNotSatisfiable))
async def get_object(
    request: Request, services: ServicesOf, caller: OptionalCaller, bucket: str, path: str
) -> Response:
    """A file, for whom it belongs to; one of a public bucket needs no token."""
    found = await require_reader(services, caller, bucket, path)
    return _answer(request, services, bucket, path, PUBLIC_CACHE if found.public else PRIVATE_CACHE)


@reserved_router.get("/sign/{bucket}/{path:path}")
@_described(raises=(*READ_ERRORS, RangeNotSatisfiable, BadToken, NotConfigured), security=(NOBODY,))
async def get_signed_object(
    request: Request, services: ServicesOf, bucket: str, path: str, token: str = ""
) -> Response:
    """The file that an address was signed for, until it expires."""
    claims = signer_of(services).verify("download", bucket, path, token)
    bucket, _, path = str(claims["url"]).partition("/")
    check_name(bucket, path)
    return _answer(request, services, bucket, path, PRIVATE_CACHE)


@reserved_router.post("/sign/{bucket}/{path:path}")
@described(body=SignRequest, answers={200: signed}, raises=(*READ_ERRORS, NotConfigured))
async def sign_object(request: Request, services: ServicesOf, user: CurrentUser, bucket: str, path: str) -> Response:
    """An address by which whoever has it may read the file for `expiresIn` seconds."""
    asked = parse(SignRequest, await read_json(request, max_bytes=services.runtime.settings.max_body))
    await require_owner(services, user.user_id, bucket, path)
    await services.runtime.storage.stat(bucket, path)
    return json_response(signed(_signed(signer_of(services), bucket, path, asked.expires_in)))


@reserved_router.post("/sign/{bucket}")
@described(body=SignManyRequest, answers={200: signed_several}, raises=(BucketNotFound, NotConfigured))
async def sign_objects(request: Request, services: ServicesOf, user: CurrentUser, bucket: str) -> Response:
    """Addresses by which several files may be read; those that cannot be read are told one by one."""
    asked = parse(SignManyRequest, await read_json(request, max_bytes=MAX_PATHS_BODY))
    found = find_bucket(bucket)
    signer = signer_of(services)
    mine = await own_paths(services, user.user_id, found, asked.paths)
    rows = list[dict[str, str | None]]()
    for path in asked.paths:
        url = None
        if path in mine and await is_there(services, bucket, path):
            url = _signed(signer, bucket, path, asked.expires_in)
        rows.append({"error": None if url else NOT_SIGNED, "path": path, "signedURL": url})
    return json_response(signed_several(rows))


@reserved_router.get("/info/authenticated/{bucket}/{path:path}", include_in_schema=False)
@reserved_router.get("/info/public/{bucket}/{path:path}", include_in_schema=False)
@reserved_router.get("/info/{bucket}/{path:path}")
@described(answers={200: info}, raises=READ_ERRORS)
async def get_object_info(services: ServicesOf, caller: OptionalCaller, bucket: str, path: str) -> Response:
    """Facts about a file: size, content type, tag, times."""
    await require_reader(services, caller, bucket, path)
    return json_response(_info(await services.runtime.storage.stat(bucket, path)))


def _info(stored: StoredFile) -> dict[str, Any]:
    return info(
        stored.bucket,
        stored.path,
        size=stored.size,
        content_type=stored.content_type,
        sha256=stored.sha256,
        modified=stored.modified,
    )


def _signed(signer: UrlSigner, bucket: str, path: str, seconds: int) -> str:
    return f"/object/sign/{bucket}/{quote(path)}?token={signer.sign('download', bucket, path, seconds)}"
