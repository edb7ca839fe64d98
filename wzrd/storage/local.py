"""The store in a folder of this machine: the async half, which asks threads; disk.py is the other."""

import asyncio
import os
import stat
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from wzrd.domain.errors import NotFound
from wzrd.folders import make_private
from wzrd.storage import disk
from wzrd.storage.disk import ABSENT, find_file, open_folder
from wzrd.storage.protocol import (
    FolderEntry,
    FolderPage,
    OpenedFile,
    Storage,
    StoredFile,
    StoredRecords,
    check_content_type,
    check_folder,
    check_name,
    check_new_name,
    clip_range,
    file_chunks,
)
from wzrd.threads import in_file_thread

CHUNK_BYTES = 1 << 20
MIN_PIECE = 64  # what a smaller piece counts as: it costs an object
DEFAULT_MAX_BYTES = 2 << 30
T = TypeVar("T")


@dataclass(slots=True)
class LocalStorage(Storage):
    """A store in the folder `root`, which is made. `base_url` is where its public files are served."""

    root: Path
    base_url: str = "http://127.0.0.1:8787"
    max_bytes: int = DEFAULT_MAX_BYTES
    records: StoredRecords | None = field(default=None, init=False)
    _ready: bool = field(default=False, init=False)

    async def put_bytes(self, bucket: str, path: str, data: bytes, *, content_type: str) -> StoredFile:
        """See Storage."""
        segments, kind = check_new_name(bucket, path), check_content_type(content_type)
        with disk.translated(bucket, path):
            stored = await in_file_thread(self._put_bytes, bucket, segments, data, kind)
        return await self._recorded(stored)

    async def put_stream(
        self, bucket: str, path: str, chunks: AsyncIterable[bytes], *, content_type: str, replace: bool = True
    ) -> StoredFile:
        """See Storage. Small chunks are gathered, so that the disk and a thread are asked once a mebibyte."""
        segments, kind = check_new_name(bucket, path), check_content_type(content_type)

        async def on_disk(function: Callable[..., T], *args: object) -> T:
            with disk.translated(bucket, path):
                return await in_file_thread(function, *args)

        await on_disk(self._prepare)
        incoming = disk.Incoming(self.root, self.max_bytes)
        try:
            waiting, size = list[bytes](), 0
            writing = asyncio.create_task(on_disk(incoming.write))
            try:
                async for chunk in chunks:  # while one piece is written the next one comes
                    waiting.append(chunk)
                    size += max(len(chunk), MIN_PIECE)
                    if size >= CHUNK_BYTES:
                        await writing
                        writing = asyncio.create_task(on_disk(incoming.write, *waiting))
                        waiting, size = list[bytes](), 0
                await writing
            finally:
                await asyncio.gather(writing, return_exceptions=True)  # no thread writes into what is discarded
            await on_disk(incoming.write, *waiting)
            stored = await on_disk(partial(incoming.publish, bucket, segments, kind, replace=replace))
            return await self._recorded(stored)
        finally:
            await in_file_thread(incoming.discard)

    @asynccontextmanager
    async def open(
        self, bucket: str, path: str, *, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[OpenedFile]:
        """See Storage."""
        file, stored = await in_file_thread(disk.find_file, self.root, bucket, check_name(bucket, path))
        try:
            first, end = clip_range(stored.size, start, stop)
            file.seek(first)
            yield OpenedFile(stored, first, end, file_chunks(file, end - first))
        finally:
            file.close()

    @asynccontextmanager
    async def local(self, bucket: str, path: str) -> AsyncGenerator[Path]:
        """See Storage. It is the stored file itself: nothing is copied."""
        await self.stat(bucket, path)
        yield self.root.joinpath(bucket, *check_name(bucket, path))

    async def stat(self, bucket: str, path: str) -> StoredFile:
        """See Storage."""
        file, stored = await in_file_thread(disk.find_file, self.root, bucket, check_name(bucket, path))
        file.close()
        return stored

    async def _delete(self, bucket: str, path: str) -> bool:
        return await in_file_thread(disk.delete_file, self.root, bucket, check_name(bucket, path))

    async def list_folder(self, bucket: str, folder: str, page: FolderPage) -> Sequence[FolderEntry]:
        """See Storage."""
        return await in_file_thread(list_folder, self.root, bucket, check_folder(bucket, folder), page)

    def _put_bytes(self, bucket: str, segments: tuple[str, ...], data: bytes, kind: str) -> StoredFile:
        self._prepare()
        incoming = disk.Incoming(self.root, self.max_bytes)
        try:
            incoming.write(data)
            return incoming.publish(bucket, segments, kind, replace=True)
        finally:
            incoming.discard()

    def _prepare(self) -> None:
        if not self._ready:
            make_private(self.root / ".tmp")
            disk.sweep(self.root, disk.LEFTOVER_SECONDS)
            self._ready = True


def list_folder(root: Path, bucket: str, segments: tuple[str, ...], page: FolderPage) -> list[FolderEntry]:
    """One page of a folder; only its files are described. Folders without a file are not told."""
    try:
        folders, files = _names(root, (bucket, *segments), page)
    except OSError as error:
        if error.errno in ABSENT:
            return []
        raise
    known, entries = set(folders), list[FolderEntry]()
    for name in page.select(folders, files):
        if name in known:
            entries.append(FolderEntry(name, None))
            continue
        with suppress(NotFound):  # deleted meanwhile
            file, stored = find_file(root, bucket, (*segments, name))
            file.close()
            entries.append(FolderEntry(name, stored))
    return entries


def _names(root: Path, segments: tuple[str, ...], page: FolderPage) -> tuple[list[str], list[tuple[str, int]]]:
    """The names of folders, and of files with their times."""
    with open_folder(root, segments, make=False) as folder:
        found = [(name, status) for name, status in _visible(folder) if page.matches(name)]
    files = [(name, status.st_mtime_ns) for name, status in found if stat.S_ISREG(status.st_mode)]
    inner = [name for name, status in found if stat.S_ISDIR(status.st_mode)]
    return [name for name in inner if _has_file(root, (*segments, name))], files


def _visible(folder: int) -> Iterator[tuple[str, os.stat_result]]:
    """The files and folders of a folder; neither symlinks nor what begins with a dot."""
    for name in os.listdir(folder):
        if name.startswith("."):
            continue
        with suppress(OSError):
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
                yield name, status


def _has_file(root: Path, segments: tuple[str, ...]) -> bool:
    """True if a file lies anywhere below the folder, however deep."""
    waiting = [segments]
    while waiting:
        here = waiting.pop()
        with suppress(OSError), open_folder(root, here, make=False) as folder:
            for name, status in _visible(folder):
                if stat.S_ISREG(status.st_mode):
                    return True
                waiting.append((*here, name))
    return False
