"""POST /functions/v1/asset-upload: a file in base64 becomes an asset of a project. Never whole in memory.

The JSON is read as it arrives: the base64 goes decoded into a temporary file, the rest is a small request.
"""

import secrets
import uuid
from collections.abc import AsyncGenerator
from io import FileIO
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import Response

from server.api.auth import AuthUser
from server.api.base64_field import Base64Field
from server.api.bodies import BodyTooLarge, announced_bytes, decode_object, describe, json_response
from server.api.callers import PlainUser
from server.api.described import described
from server.api.envelopes import flagged, in_envelope
from server.api.object_access import own_folders
from server.api.routes.upload import plain_name
from server.api.services import Services, ServicesOf
from server.api.uploads import QuotaExceeded, arriving, storage_room
from wzrd.assets.temporary_folder import temporary_folder
from wzrd.contracts.asset_upload import MAIN_TYPES, MAX_MIB, AssetUploadRequest, asset_refused, asset_uploaded
from wzrd.db.orphan_files import expect_file, note_file
from wzrd.db.projects import ProjectAsset, insert_asset
from wzrd.domain.buckets import UNFILED
from wzrd.domain.errors import BadRequest
from wzrd.net.file_types import HEAD_BYTES, settle_type
from wzrd.slots import next_round
from wzrd.storage.protocol import StorageFull, StoredFile, TooLarge
from wzrd.threads import in_file_thread

router = APIRouter(tags=["files"], dependencies=[in_envelope(flagged)])

BUCKET = "project-assets"
MOST = max(MAX_MIB.values()) << 20
"""Bytes of the largest file that there may be."""
LOOKED_AT = 1 << 14
"""Bytes of a body that are looked at without a pause."""
GATHERED = 1 << 20
"""Bytes that are written to disk at once."""


@router.post("/functions/v1/asset-upload")
@described(
    body=AssetUploadRequest, answers={201: asset_uploaded, 400: asset_refused}, raises=(StorageFull, QuotaExceeded)
)
async def post_asset_upload(request: Request, services: ServicesOf, user: PlainUser) -> Response:
    """Store `file`, and note it in `project_assets`; what is wrong is told field by field."""
    runtime, announced = services.runtime, announced_bytes(request)
    room = storage_room(services, user.user_id, MOST, announced=None if announced is None else announced * 3 // 4)
    async with room as most, temporary_folder(runtime) as folder:
        path = folder / "asset"
        try:
            asked = _read(await _receive(request, services, path, most))
            kind = await _check(services, user, asked, path)
        except QuotaExceeded:
            raise
        except BadRequest as error:
            return _refused(str(error.details.get("field") or "body"), error.message)
        location = _place(services, user, asked)
        async with runtime.begin() as tx:
            await expect_file(tx, BUCKET, location, user.user_id)
        stored = await runtime.storage.put_file(BUCKET, location, path, content_type=kind)
    asset = _asset(services, user, asked, stored)
    async with runtime.begin() as tx:
        noted = asked.project_id is None or await insert_asset(tx, ProjectAsset(**asset), user_id=user.user_id)
        if noted:
            await note_file(tx, BUCKET, location)
    if not noted:  # it goes at once; what upkeep finds of it then is only its name
        await runtime.storage.delete(BUCKET, location)
        return _refused("projectId", "Project not found or access denied")
    return json_response(asset_uploaded(_wire(asset)), 201)


def _refused(field: str, message: str) -> Response:
    return json_response(asset_refused(field, message), 400)


async def _receive(request: Request, services: Services, path: Path, most: int) -> bytes:
    """The request without its base64, which lies decoded in the file `path`."""
    small = services.runtime.settings.max_body
    reader, waiting, size = Base64Field(), bytearray(), 0
    file = await in_file_thread(FileIO, path, "xb")
    try:
        async for piece in _paced(request):
            waiting += (found := reader.feed(piece))
            size += len(found)
            if size > MOST:
                raise TooLarge(f"the file is larger than {MOST >> 20} MB", field="file.size")
            if size > most:
                raise QuotaExceeded(limit=most)
            if len(reader.rest) > small:
                raise BodyTooLarge(f"The request without its file is larger than {small} bytes", field="body")
            if len(waiting) >= GATHERED:
                await in_file_thread(file.write, bytes(waiting))
                waiting.clear()
        await in_file_thread(file.write, bytes(waiting))
    finally:
        file.close()
    return bytes(reader.rest)


async def _paced(request: Request) -> AsyncGenerator[bytes]:
    """The body in pieces that are looked at in a moment; between them others have their turn."""
    async for chunk in arriving(request):
        for at in range(0, len(chunk), LOOKED_AT):
            yield chunk[at : at + LOOKED_AT]
            await next_round()


def _read(body: bytes) -> AssetUploadRequest:
    try:
        return AssetUploadRequest.model_validate(decode_object(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(map(str, first["loc"])) or "body"
        raise BadRequest(describe([first]).removeprefix(f"{field}: "), field=field) from None


async def _check(services: Services, user: AuthUser, asked: AssetUploadRequest, path: Path) -> str:
    """The file's content type, if it is what it says, small enough, and for a project of the caller's."""
    size, head = await in_file_thread(_look_at, path)
    most = MAX_MIB[asked.asset_type]
    if size > most << 20:
        raise TooLarge(f"a file of type {asked.asset_type} may have {most} MB at most", field="file.size")
    if not size:
        raise BadRequest("the file is empty", field="file.base64")
    if asked.file.size is not None and asked.file.size != size:
        raise BadRequest(f"says {asked.file.size} bytes, and the file has {size}", field="file.size")
    kind = settle_type(asked.file.type or None, head, kinds=MAIN_TYPES[asked.asset_type])
    if asked.project_id is not None and not await own_folders(services, user.user_id, [asked.project_id]) - {
        str(user.user_id)
    }:
        raise BadRequest("Project not found or access denied", field="projectId")
    return kind


def _look_at(path: Path) -> tuple[int, bytes]:
    """The file's length and beginning."""
    with path.open("rb") as file:
        return path.stat().st_size, file.read(HEAD_BYTES)


def _place(services: Services, user: AuthUser, asked: AssetUploadRequest) -> str:
    at = int(services.runtime.now().timestamp() * 1000)
    name = f"{at}_{secrets.token_hex(16)}_{plain_name(asked.file.name)}"
    return f"{user.user_id}/{asked.project_id or UNFILED}/{asked.asset_type}/{name}"


def _asset(services: Services, user: AuthUser, asked: AssetUploadRequest, stored: StoredFile) -> dict[str, Any]:
    metadata = {
        "asset_category": asked.asset_category,
        "visibility": asked.visibility,
        "mime_type": stored.content_type,
        "storage_bucket": stored.bucket,
        "storage_path": stored.path,
        "sha256": stored.sha256,
        "user_id": str(user.user_id),
    }
    return {
        "asset_id": uuid.uuid4(),
        "project_id": None if asked.project_id is None else uuid.UUID(asked.project_id),
        "name": asked.file.name,
        "url": services.runtime.storage.public_url(stored.bucket, stored.path),
        "type": asked.asset_type,
        "size": stored.size,
        "metadata": metadata,
    }


def _wire(asset: dict[str, Any]) -> dict[str, Any]:
    """The asset's row as tables spell it."""
    row = {**asset, "id": str(asset["asset_id"]), "thumbnail_url": asset["url"] if asset["type"] == "image" else None}
    del row["asset_id"]
    return {**row, "project_id": asset["project_id"] and str(asset["project_id"])}
