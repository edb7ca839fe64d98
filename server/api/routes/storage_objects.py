"""The files of a bucket as Supabase Storage manages them: list, delete, move, copy; and the buckets themselves."""

from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from server.api.auth import AuthUser
from server.api.bodies import json_response, parse, read_json
from server.api.callers import CurrentUser
from server.api.described import described
from server.api.envelopes import in_envelope, storage
from server.api.first_come import list_own_files, put_file
from server.api.object_access import (
    NO_OBJECT,
    NOT_RESERVED,
    find_owners,
    own_folders,
    own_paths,
    require_owner,
    require_writer,
)
from server.api.routes.storage_uploads import DUPLICATE, UpsertHeaders, is_upsert, refuse_duplicate
from server.api.services import Services, ServicesOf
from server.api.uploads import storage_room
from wzrd.contracts.storage import (
    ListRequest,
    MoveRequest,
    PathsRequest,
    bucket_list,
    bucket_row,
    copied,
    deleted,
    deleted_one,
    folder_row,
    listed,
    moved,
    object_row,
)
from wzrd.db.path_owners import note_deleted
from wzrd.db.projects import list_projects
from wzrd.domain.buckets import BUCKETS, Bucket, BucketNotFound, find_bucket
from wzrd.domain.errors import Forbidden, NotFound
from wzrd.net.file_types import WrongType
from wzrd.storage.protocol import AlreadyStored, FolderEntry, FolderPage, StorageFull, StoredFile, TooLarge, UnsafePath

MAX_PATHS_BODY = 2 << 20
"""Bytes of a call that names many files."""
_SINCE = datetime(2025, 1, 1, tzinfo=UTC).isoformat()
"""Buckets are fixed: they have no time of their own, and clients insist on one."""
COPY_ERRORS = (BucketNotFound, NotFound, UnsafePath, Forbidden, AlreadyStored, WrongType, TooLarge, StorageFull)
"""Errors that a copy may be refused with."""

router = APIRouter(prefix="/storage/v1/object", tags=["files"], dependencies=[in_envelope(storage), NOT_RESERVED])
reserved_router = APIRouter(prefix="/storage/v1/object", tags=["files"], dependencies=[in_envelope(storage)])
bucket_router = APIRouter(prefix="/storage/v1/bucket", tags=["files"], dependencies=[in_envelope(storage)])


@reserved_router.post("/list/{bucket}")
@described(body=ListRequest, answers={200: listed}, raises=(BucketNotFound, UnsafePath))
async def list_objects(request: Request, services: ServicesOf, user: CurrentUser, bucket: str) -> Response:
    """One page of a folder of the caller's; without a prefix, which folders of the caller's there are."""
    asked = parse(ListRequest, await read_json(request, max_bytes=services.runtime.settings.max_body))
    found = find_bucket(bucket)
    folder = asked.prefix.strip("/")
    is_descending = asked.sort_by.order == "desc"
    page = FolderPage(asked.limit, asked.offset, asked.sort_by.column, is_descending, asked.search)
    if not folder:
        return json_response(listed([folder_row(name) for name in await _first_folders(services, user, found, page)]))
    if found.is_first_come(f"{folder}/"):
        return json_response(listed(_rows(await list_own_files(services, user.user_id, found, folder, page))))
    if not await own_folders(services, user.user_id, [folder.partition("/")[0]]):
        return json_response(listed([]))
    return json_response(listed(_rows(await services.runtime.storage.list_folder(bucket, folder, page))))


def _rows(entries: Sequence[FolderEntry]) -> list[dict[str, Any]]:
    return [folder_row(entry.name) if entry.file is None else _row(entry.name, entry.file) for entry in entries]


def _row(name: str, stored: StoredFile) -> dict[str, Any]:
    return object_row(
        name,
        stored.bucket,
        stored.path,
        size=stored.size,
        content_type=stored.content_type,
        sha256=stored.sha256,
        modified=(stored.modified or datetime.now(UTC)).isoformat(),
    )


async def _first_folders(services: Services, user: AuthUser, bucket: Bucket, page: FolderPage) -> list[str]:
    async with services.runtime.begin() as tx:
        projects = [str(project_id) for project_id, _ in await list_projects(tx, user.user_id)]
    first_come = bucket.first_come
    has_written = await list_own_files(services, user.user_id, bucket, first_come, FolderPage(limit=1))
    shared = {first_come} if has_written else set[str]()
    names = sorted({str(user.user_id), *projects, *shared}, reverse=page.descending and page.sort == "name")
    wanted = [name for name in names if name.startswith(page.search.lower())]
    files, one = services.runtime.storage, FolderPage(limit=1)
    there = [name for name in wanted if name in shared or await files.list_folder(bucket.name, name, one)]
    return there[page.offset : page.offset + page.limit]


@router.delete("/{bucket}")
@described(body=PathsRequest, answers={200: deleted}, raises=(BucketNotFound,))
async def delete_objects(request: Request, services: ServicesOf, user: CurrentUser, bucket: str) -> Response:
    """Delete several files of the caller's; the answer names those that were there."""
    asked = parse(PathsRequest, await read_json(request, max_bytes=MAX_PATHS_BODY))
    found = find_bucket(bucket)
    mine = await own_paths(services, user.user_id, found, asked.prefixes)
    gone = list[dict[str, Any]]()
    for path in dict.fromkeys(asked.prefixes):
        if path in mine and (stored := await _delete(services, found, path)):
            gone.append(_row(path, stored))
    return json_response(deleted(gone, bucket))


@router.delete("/{bucket}/{path:path}")
@described(answers={200: deleted_one}, raises=(BucketNotFound, NotFound, UnsafePath))
async def delete_object(services: ServicesOf, user: CurrentUser, bucket: str, path: str) -> Response:
    """Delete one file of the caller's."""
    found = await require_owner(services, user.user_id, bucket, path)
    if await _delete(services, found, path) is None:
        raise NotFound(NO_OBJECT)
    return json_response(deleted_one())


async def _delete(services: Services, bucket: Bucket, path: str) -> StoredFile | None:
    """Deletes a file and returns what it was; None: there was none. Whose the path is stays."""
    files = services.runtime.storage
    owner = (await find_owners(services, bucket, [path])).get(path)
    try:
        stored = await files.stat(bucket.name, path)
    except (NotFound, UnsafePath):
        return None
    if not await files.delete(bucket.name, path):
        return None
    if owner is not None:
        async with services.runtime.begin() as tx:
            await note_deleted(tx, bucket.name, owner)
    return stored


@reserved_router.post("/move")
@described(body=MoveRequest, answers={200: moved}, raises=COPY_ERRORS)
async def move_object(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Give a file of the caller's another name; what has that name already stays, and the file does too."""
    asked = parse(MoveRequest, await read_json(request, max_bytes=services.runtime.settings.max_body))
    stored = await _copy(services, user, asked, replace=False, is_move=True)
    await _delete(services, find_bucket(asked.bucket_id), asked.source_key)
    return json_response(moved(stored.bucket, stored.path))


@reserved_router.post("/copy")
@described(body=MoveRequest, headers=UpsertHeaders, answers={200: copied}, raises=COPY_ERRORS)
async def copy_object(request: Request, services: ServicesOf, user: CurrentUser) -> Response:
    """Store a file of the caller's under another name too; `x-upsert: true` replaces what is there."""
    asked = parse(MoveRequest, await read_json(request, max_bytes=services.runtime.settings.max_body))
    stored = await _copy(services, user, asked, replace=is_upsert(request))
    return json_response(copied(_row(stored.path, stored), stored.bucket, stored.path))


async def _copy(
    services: Services, user: AuthUser, asked: MoveRequest, *, replace: bool, is_move: bool = False
) -> StoredFile:
    files, target = services.runtime.storage, asked.destination_bucket or asked.bucket_id
    await require_owner(services, user.user_id, asked.bucket_id, asked.source_key)
    bucket = await require_writer(services, user.user_id, target, asked.destination_key)
    if not replace:
        await refuse_duplicate(services, target, asked.destination_key)
    size = 0 if is_move else (await files.stat(asked.bucket_id, asked.source_key)).size
    async with (
        storage_room(services, user.user_id, size, announced=size) if size else nullcontext(),
        files.open(asked.bucket_id, asked.source_key) as opened,
    ):
        _check_fits(opened.file, bucket)
        kind = opened.file.content_type
        try:
            path, chunks = asked.destination_key, opened.chunks
            return await put_file(services, user.user_id, bucket, path, chunks, content_type=kind, replace=replace)
        except AlreadyStored:
            raise AlreadyStored(DUPLICATE) from None


def _check_fits(stored: StoredFile, bucket: Bucket) -> None:
    if bucket.kinds is not None and stored.content_type.partition("/")[0] not in bucket.kinds:
        raise WrongType(f"mime type {stored.content_type} is not supported in {bucket.name}", field="destinationBucket")
    if bucket.max_bytes is not None and stored.size > bucket.max_bytes:
        raise TooLarge(f"The object exceeded the maximum allowed size of {bucket.name}: {bucket.max_bytes} bytes")


@bucket_router.get("")
@described(answers={200: bucket_list})
async def list_buckets(services: ServicesOf, _: CurrentUser) -> Response:
    """The buckets that there are."""
    return json_response(bucket_list([_bucket(bucket, services) for bucket in BUCKETS.values()]))


@bucket_router.get("/{bucket}")
@described(answers={200: bucket_row}, raises=(BucketNotFound,))
async def get_bucket(services: ServicesOf, _: CurrentUser, bucket: str) -> Response:
    """One of them."""
    return json_response(bucket_row(_bucket(find_bucket(bucket), services)))


def _bucket(bucket: Bucket, services: Services) -> dict[str, Any]:
    cap = services.runtime.settings.max_upload
    return {
        "id": bucket.name,
        "name": bucket.name,
        "owner": "",
        "public": bucket.public,
        "type": "STANDARD",
        "file_size_limit": min(cap, bucket.max_bytes or cap),
        "allowed_mime_types": None if bucket.kinds is None else [f"{kind}/*" for kind in sorted(bucket.kinds)],
        "created_at": _SINCE,
        "updated_at": _SINCE,
    }
