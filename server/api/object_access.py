"""Whose a stored file is: its first folder names its owner, or a project of his.

Whoever may not see a file is told that there is none; who may not put one there is refused as Supabase Storage does.
"""

from collections.abc import Iterable
from uuid import UUID

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from server.api.auth import Anonymous, AuthUser
from server.api.services import Services
from wzrd.db.projects import find_own_projects
from wzrd.domain.buckets import Bucket, BucketNotFound, find_bucket
from wzrd.domain.errors import Forbidden, NotFound
from wzrd.domain.ids import parse_uuid
from wzrd.storage.protocol import check_name, check_new_name

NO_OBJECT = "Object not found"
REFUSED = (
    "new row violates row-level security policy: the first folder must be your user id, or the id of a project of yours"
)


RESERVED = frozenset({"public", "authenticated", "sign", "upload", "info", "list", "list-v2", "move", "copy"})
"""What stands where a bucket's name would, and is none: another route's address, asked with a method it has not."""


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


async def require_writer(services: Services, user_id: UUID, bucket: str, path: str) -> Bucket:
    """The bucket, if the user may put a file at the path.

    Raises:
        BucketNotFound: there is no such bucket.
        UnsafePath: the path is none that a store takes.
        Forbidden: the folder is not the user's.
    """
    found = find_bucket(bucket)
    check_new_name(bucket, path)
    if not await _is_own(services, user_id, bucket, path):
        raise Forbidden(REFUSED)
    return found


async def require_owner(services: Services, user_id: UUID, bucket: str, path: str) -> Bucket:
    """The bucket, if a file at the path would be the user's.

    Raises:
        BucketNotFound, UnsafePath: as `require_writer`.
        NotFound: it is somebody else's.
    """
    found = find_bucket(bucket)
    if not await _is_own(services, user_id, bucket, path):
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


async def _is_own(services: Services, user_id: UUID, bucket: str, path: str) -> bool:
    first, *below = check_name(bucket, path)
    return bool(below) and bool(await own_folders(services, user_id, [first]))
