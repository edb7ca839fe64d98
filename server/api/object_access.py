"""Whose a stored file is: its first folder names its owner or his project, or he wrote it first.

Whoever may not see a file is told that there is none; who may not put one there is refused as Supabase Storage does.
"""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from server.api.auth import Anonymous, AuthUser
from server.api.services import Services
from wzrd.db.path_owners import PathOwner, find_path_owners
from wzrd.db.projects import find_own_projects
from wzrd.domain.buckets import Bucket, BucketNotFound, find_bucket, path_key
from wzrd.domain.errors import Forbidden, NotFound
from wzrd.domain.ids import parse_uuid
from wzrd.storage.protocol import UnsafePath, check_name, check_new_name

NO_OBJECT = "Object not found"
REFUSED = (
    "new row violates row-level security policy: the first folder must be your user id, or the id of a project of "
    "yours; below uploads/ of workflow-media, the path one that nobody else has written"
)


RESERVED = frozenset({"public", "authenticated", "sign", "upload", "info", "list", "list-v2", "move", "copy"})
"""Words that stand where a bucket's name would: another route's address, asked with a method it has not."""


async def _refuse_reserved(request: Request) -> None:
    if request.path_params.get("bucket") in RESERVED:
        raise HTTPException(405)


NOT_RESERVED = Depends(_refuse_reserved)


async def own_folders(services: Services, user_id: UUID, folders: Iterable[str]) -> frozenset[str]:
    """Those of the first folders that are the user's."""
    named = {found for folder in folders if (found := parse_uuid(folder)) is not None and str(found) == folder}
    projects = frozenset[str]()
    if asked := named - {user_id}:
        async with services.runtime.begin() as tx:
            projects = frozenset(map(str, await find_own_projects(tx, user_id, asked)))
    return projects | ({str(user_id)} if user_id in named else frozenset[str]())


async def find_owners(services: Services, bucket: Bucket, paths: Iterable[str]) -> Mapping[str, PathOwner]:
    """Who has written first, of those paths where that counts and somebody has."""
    keys = {path: path_key(path) for path in paths if bucket.is_first_come(path) and _is_safe(bucket, path)}
    if not keys:
        return {}
    async with services.runtime.begin() as tx:
        owners = await find_path_owners(tx, bucket.name, set(keys.values()))
    return {path: owners[key] for path, key in keys.items() if key in owners}


async def own_paths(services: Services, user_id: UUID, bucket: Bucket, paths: Collection[str]) -> frozenset[str]:
    """Those of the paths where a file is the user's, or would be."""
    owners = await find_owners(services, bucket, paths)
    folders = {path: bucket.owning_folder(path) for path in paths if path not in owners}
    mine = await own_folders(services, user_id, set(folders.values()))
    written = {path for path, owner in owners.items() if owner.user_id == user_id}
    return frozenset(written | {path for path, folder in folders.items() if folder in mine})


async def _is_occupied(services: Services, user_id: UUID, bucket: Bucket, path: str) -> bool:
    """True if a file is there without a known writer, in a folder that is not the user's."""
    if await own_folders(services, user_id, [bucket.owning_folder(path)]):
        return False
    return await is_there(services, bucket.name, path)


async def is_there(services: Services, bucket: str, path: str) -> bool:
    """True if there is a file at the path."""
    try:
        await services.runtime.storage.stat(bucket, path)
    except (NotFound, UnsafePath):
        return False
    return True


async def require_writer(services: Services, user_id: UUID, bucket: str, path: str) -> Bucket:
    """The bucket, if the user may put a file at the path.

    Raises:
        BucketNotFound: there is no such bucket.
        UnsafePath: the path is none that a store takes.
        Forbidden: the folder is not the user's, or somebody else has written the path first.
    """
    found = find_bucket(bucket)
    check_new_name(bucket, path)
    if not await _may_write(services, user_id, found, path):
        raise Forbidden(REFUSED)
    return found


async def _may_write(services: Services, user_id: UUID, bucket: Bucket, path: str) -> bool:
    if not bucket.is_first_come(path):
        return bool(await own_paths(services, user_id, bucket, [path]))
    owner = (await find_owners(services, bucket, [path])).get(path)
    if owner is None:
        return not await _is_occupied(services, user_id, bucket, path)
    return (owner.user_id, owner.path) == (user_id, path)


async def require_owner(services: Services, user_id: UUID, bucket: str, path: str) -> Bucket:
    """The bucket, if a file at the path would be the user's.

    Raises:
        BucketNotFound, UnsafePath: as `require_writer`.
        NotFound: it is somebody else's.
    """
    found = find_bucket(bucket)
    check_name(bucket, path)
    if not await own_paths(services, user_id, found, [path]):
        raise NotFound(NO_OBJECT)
    return found


async def require_reader(services: Services, caller: AuthUser | Anonymous | None, bucket: str, path: str) -> Bucket:
    """The bucket, if the caller may read a file at the path.

    Raises:
        BucketNotFound: there is no such bucket, or it is private and the caller is nobody.
        UnsafePath, NotFound: as `require_owner`.
    """
    found = find_bucket(bucket)
    if found.public:
        check_name(bucket, path)
        return found
    if not isinstance(caller, AuthUser):
        raise BucketNotFound("Bucket not found")
    return await require_owner(services, caller.user_id, bucket, path)


def _is_safe(bucket: Bucket, path: str) -> bool:
    try:
        check_name(bucket.name, path)
    except UnsafePath:
        return False
    return True
