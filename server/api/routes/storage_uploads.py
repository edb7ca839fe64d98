"""POST and PUT /storage/v1/object/{bucket}/{path}, and the signed addresses that files are put to without a token."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from server.api.bodies import announced_bytes, json_response
from server.api.callers import NOBODY, CurrentUser
from server.api.described import Parameters, UploadBody, described
from server.api.envelopes import in_envelope, storage
from server.api.first_come import put_file
from server.api.object_access import NOT_RESERVED, is_there, require_writer
from server.api.services import Services, ServicesOf, signer_of
from server.api.uploads import open_upload, storage_room
from wzrd.contracts.storage import signed_upload, stored, stored_signed
from wzrd.domain.buckets import Bucket, BucketNotFound
from wzrd.domain.errors import Forbidden, NotConfigured
from wzrd.storage.protocol import AlreadyStored, StoredFile, UnsafePath
from wzrd.storage.signed_urls import UPLOAD_SECONDS, BadToken

PREFIX = "/storage/v1/object"
DUPLICATE = "The resource already exists"
PLACE_ERRORS = (BucketNotFound, UnsafePath, Forbidden, AlreadyStored)
"""Errors that a place may be refused with."""
LOCATION = {"Content-Location": "Where the file is read without a token, if its bucket is public."}


class UpsertHeaders(Parameters):
    """Header that has a file that is there replaced: `true`, else it stays."""

    upsert: str | None = Field(default=None, alias="X-Upsert")


router = APIRouter(prefix=PREFIX, tags=["files"], dependencies=[in_envelope(storage), NOT_RESERVED])
signed_router = APIRouter(prefix=f"{PREFIX}/upload/sign", tags=["files"], dependencies=[in_envelope(storage)])


async def store_upload(
    request: Request, services: Services, user_id: UUID, bucket: Bucket, path: str, *, replace: bool
) -> StoredFile:
    """The request's file, stored for the user at a place that he may write to.

    Raises:
        Forbidden: somebody else was sooner there.
        AlreadyStored: not `replace`, and there is one; told before the body is read where it can be.
        QuotaExceeded: it is more than its sender may store.
        BadRequest: as `server.api.uploads.open_upload`; nothing is stored then.
    """
    cap = services.runtime.settings.max_upload
    if not replace:
        await refuse_duplicate(services, bucket.name, path)
    most = min(cap, bucket.max_bytes or cap)
    async with (
        storage_room(services, user_id, most, announced=announced_bytes(request)) as room,
        open_upload(request, max_bytes=room, kinds=bucket.kinds) as upload,
    ):
        try:
            kind = upload.content_type
            return await put_file(services, user_id, bucket, path, upload.chunks, content_type=kind, replace=replace)
        except AlreadyStored:
            raise AlreadyStored(DUPLICATE) from None


async def refuse_duplicate(services: Services, bucket: str, path: str) -> None:
    """Refuse to write where a file is.

    Raises:
        AlreadyStored: there is one.
    """
    if await is_there(services, bucket, path):
        raise AlreadyStored(DUPLICATE)


def _stored(services: Services, file: StoredFile) -> Response:
    """Supabase's answer; where the file is read without a token, in this server's own spelling, is in the head."""
    return json_response(
        stored(file.bucket, file.path),
        headers={"content-location": services.runtime.storage.public_url(file.bucket, file.path)},
    )


def is_upsert(request: Request) -> bool:
    """True if the request replaces what is there."""
    return request.headers.get("x-upsert", "").strip().lower() == "true"


@router.post("/{bucket}/{path:path}")
@described(body=UploadBody(), headers=UpsertHeaders, answers={200: stored}, raises=PLACE_ERRORS, sent_headers=LOCATION)
async def post_object(request: Request, services: ServicesOf, user: CurrentUser, bucket: str, path: str) -> Response:
    """Store a file, raw or as the file of a multipart form; one that is there stays, unless `x-upsert: true`."""
    found = await require_writer(services, user.user_id, bucket, path)
    file = await store_upload(request, services, user.user_id, found, path, replace=is_upsert(request))
    return _stored(services, file)


@router.put("/{bucket}/{path:path}")
@described(body=UploadBody(), answers={200: stored}, raises=PLACE_ERRORS, sent_headers=LOCATION)
async def put_object(request: Request, services: ServicesOf, user: CurrentUser, bucket: str, path: str) -> Response:
    """Store a file in place of the one that is there."""
    found = await require_writer(services, user.user_id, bucket, path)
    return _stored(services, await store_upload(request, services, user.user_id, found, path, replace=True))


@signed_router.post("/{bucket}/{path:path}")
@described(headers=UpsertHeaders, answers={200: signed_upload}, raises=(*PLACE_ERRORS, NotConfigured))
async def sign_upload(request: Request, services: ServicesOf, user: CurrentUser, bucket: str, path: str) -> Response:
    """An address, good for two hours, to which whoever has it may put this one file."""
    await require_writer(services, user.user_id, bucket, path)
    replace = is_upsert(request)
    if not replace:
        await refuse_duplicate(services, bucket, path)
    claims: dict[str, Any] = {"owner": str(user.user_id), "upsert": replace}
    token = signer_of(services).sign("upload", bucket, path, UPLOAD_SECONDS, **claims)
    return json_response(signed_upload(f"/object/upload/sign/{bucket}/{quote(path)}?token={token}", token))


@signed_router.put("/{bucket}/{path:path}")
@described(
    body=UploadBody(), answers={200: stored_signed}, raises=(*PLACE_ERRORS, BadToken, NotConfigured), security=(NOBODY,)
)
async def put_signed_object(
    request: Request, services: ServicesOf, bucket: str, path: str, token: str = ""
) -> Response:
    """Store a file at an address that was signed for it; what its signer may no longer do is refused."""
    claims = signer_of(services).verify("upload", bucket, path, token)
    bucket, _, path = str(claims["url"]).partition("/")
    owner = UUID(claims["owner"])
    found = await require_writer(services, owner, bucket, path)
    file = await store_upload(request, services, owner, found, path, replace=claims["upsert"] is True)
    return json_response(stored_signed(file.bucket, file.path))
