"""Files where a path belongs to who wrote it first.

It is claimed once all bytes have come, and before they are seen: so of two who write a new path at once one wins and
the other leaves nothing. A put that fails for sure gives the path back, unless the owner has another one under way. One
whose end is not known (a store out of reach, a process that died) keeps it: the file may be there.
"""

import logging
from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from contextlib import suppress
from uuid import UUID

from server.api.object_access import REFUSED, is_there, require_writer
from server.api.services import Services
from wzrd.db.engine import is_outage
from wzrd.db.path_owners import OwnedName, claim_path, end_put, list_owned_names
from wzrd.domain.buckets import Bucket, path_key
from wzrd.domain.errors import BadRequest, Conflict, Forbidden, NotConfigured, NotFound
from wzrd.generation.calls import despite_cancel
from wzrd.storage.protocol import FolderEntry, FolderPage, StorageFull, StoredFile, check_folder

log = logging.getLogger(__name__)

LEFT_NOTHING = (BadRequest, Conflict, NotConfigured, StorageFull)
"""Errors that a store raises for a put that it has refused."""


async def put_file(
    services: Services,
    user_id: UUID,
    bucket: Bucket,
    path: str,
    chunks: AsyncIterable[bytes],
    *,
    content_type: str,
    replace: bool,
) -> StoredFile:
    """Store a file of the user's, who was seen to be allowed to.

    Raises:
        Forbidden: the path has become somebody else's meanwhile; nothing is stored.
        AlreadyStored: not `replace`, and there is a file.
    """
    files = services.runtime.storage
    if not bucket.is_first_come(path):
        return await files.put_stream(bucket.name, path, chunks, content_type=content_type, replace=replace)
    claim = _Claim(services, user_id, bucket, path)
    try:
        claimed = claim.made_at_end_of(chunks)
        stored = await files.put_stream(bucket.name, path, claimed, content_type=content_type, replace=replace)
    except BaseException as error:
        await _give_back(claim, error)
        raise
    await despite_cancel(claim.end(stored=True))
    return stored


async def list_own_files(
    services: Services, user_id: UUID, bucket: Bucket, folder: str, page: FolderPage
) -> Sequence[FolderEntry]:
    """One page of what lies right in the folder of files that the user has written first, folders first."""
    if not bucket.is_first_come(f"{folder}/"):
        return []
    check_folder(bucket.name, folder)
    async with services.runtime.begin() as tx:
        names = await list_owned_names(tx, bucket.name, folder, user_id)
    entries = list[FolderEntry]()
    for name, is_file in _page_of(names, page):
        if not is_file:
            entries.append(FolderEntry(name, None))
            continue
        with suppress(NotFound):  # deleted behind our back
            entries.append(FolderEntry(name, await services.runtime.storage.stat(bucket.name, f"{folder}/{name}")))
    return entries


def _page_of(names: Sequence[OwnedName], page: FolderPage) -> list[tuple[str, bool]]:
    """The names that are asked for, in order, and whether each is a file."""
    wanted = [one for one in names if one.name.casefold().startswith(page.search.casefold())]
    folders = sorted((one.name for one in wanted if one.is_folder), reverse=page.descending and page.sort == "name")
    dated = [(one.name, one.stored_at) for one in wanted if one.stored_at is not None]
    dated.sort(key=lambda one: one if page.sort == "name" else (one[1], one[0]), reverse=page.descending)
    both = [*((name, False) for name in folders), *((name, True) for name, _ in dated)]
    return both[page.offset : page.offset + page.limit]


async def _give_back(claim: "_Claim", error: BaseException) -> None:
    """End the claim of a put that failed; where the database is away, it stands."""
    try:
        await despite_cancel(claim.give_back(error))
    except Exception as outage:
        if not is_outage(outage):
            raise
        log.warning("a claimed path stays its uploader's: the database is away")


class _Claim:
    """One put's claim on a path; `end` counts it out."""

    def __init__(self, services: Services, user_id: UUID, bucket: Bucket, path: str) -> None:
        self._services = services
        self._user_id = user_id
        self._bucket = bucket
        self._path = path
        self._key = path_key(path)
        self._stands = False
        self._is_whole = False  # from here on the store may show the file

    async def made_at_end_of(self, chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
        """The chunks; then it is made, if the user may still write there.

        Raises:
            Forbidden: the path is somebody else's.
        """
        async for chunk in chunks:
            yield chunk
        await require_writer(self._services, self._user_id, self._bucket.name, self._path)
        async with self._services.runtime.begin() as tx:
            self._stands = await claim_path(tx, self._bucket.name, self._path, self._key, self._user_id)
        if not self._stands:
            raise Forbidden(REFUSED)
        self._is_whole = True

    async def give_back(self, error: BaseException) -> None:
        """End it, as far as the failed put has left nothing."""
        if self._stands:
            left_nothing, where = isinstance(error, LEFT_NOTHING), (self._services, self._bucket.name, self._path)
            may_be_there = self._is_whole and (not left_nothing or await is_there(*where))
            await self.end(stored=may_be_there)

    async def end(self, *, stored: bool) -> None:
        """The put is over."""
        self._stands = False
        async with self._services.runtime.begin() as tx:
            await end_put(tx, self._bucket.name, self._key, stored=stored)
