"""All files of one store, copied to another.

A file that is there with the same bytes and type is left, so that a copy may be resumed.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from wzrd.domain.buckets import BUCKETS
from wzrd.domain.errors import NotFound, WzrdError
from wzrd.storage.protocol import FolderPage, Storage, StoredFile

AT_ONCE = 8
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Copied:
    """Outcome of one file: `sent`, or there before; `error` says why neither."""

    file: StoredFile
    sent: bool = False
    error: str = ""


async def copy_files(source: Storage, target: Storage) -> AsyncIterator[Copied]:
    """Copy what is not there yet, and yield the outcome of each file. `source` stays as it is."""
    waiting = set[asyncio.Task[Copied]]()
    try:
        async for file in _files(source):
            waiting.add(asyncio.create_task(_copy(source, target, file)))
            if len(waiting) < AT_ONCE:
                continue
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                yield one.result()
        for one in asyncio.as_completed(waiting):
            yield await one
    finally:
        for one in waiting:
            one.cancel()


async def _files(store: Storage) -> AsyncIterator[StoredFile]:
    folders = [(bucket, "") for bucket in BUCKETS]
    while folders:
        bucket, folder = folders.pop()
        offset = 0
        while entries := await store.list_folder(bucket, folder, FolderPage(limit=_PAGE, offset=offset)):
            offset += _PAGE
            for entry in entries:
                if entry.file is not None:
                    yield entry.file
                else:
                    folders.append((bucket, f"{folder}/{entry.name}".removeprefix("/")))


async def _copy(source: Storage, target: Storage, file: StoredFile) -> Copied:
    bucket, path = file.bucket, file.path
    try:
        try:
            if await target.stat(bucket, path) == file:
                return Copied(file)
        except NotFound:
            pass
        async with source.open(bucket, path) as opened:
            kind = opened.file.content_type
            stored = await target.put_stream(bucket, path, opened.chunks, content_type=kind)
        if stored.sha256 != opened.file.sha256:
            return Copied(file, error="its bytes are others than when it was stored: the file is damaged")
        return Copied(stored, sent=True)
    except WzrdError as error:
        return Copied(file, error=error.message)
