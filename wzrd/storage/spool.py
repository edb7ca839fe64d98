"""Base of the stores elsewhere: a put is gathered on this machine first, and tools read a copy.

So the sum of a put is known before it is sent, and a stream that breaks has sent nothing. Copies are kept by the
file's name and sum, up to a number of bytes; the one that nobody has asked for longest goes first. All processes of a
machine share them. A sum may be its uploader's claim: it leads to no copy of another file.
"""

import hashlib
import os
from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from wzrd.domain.errors import Unavailable
from wzrd.domain.submission import RetryPolicy, backoff
from wzrd.folders import make_private
from wzrd.storage import disk
from wzrd.storage.protocol import Storage, StoredFile, StoredRecords, check_content_type, check_name, check_new_name
from wzrd.threads import in_file_thread

CHUNK_BYTES = 1 << 20
DEFAULT_MAX_BYTES = 2 << 30
_LOOKS = RetryPolicy(tries=40, first=0.001, longest=0.15)


async def nothing() -> AsyncGenerator[bytes]:
    """No bytes at all."""
    return
    yield


def waits_for_a_version(bucket: str, path: str) -> Iterator[float]:
    """Seconds to wait before each look at a file that may be replaced between its description and its bytes.

    Raises:
        Unavailable: it was at each of them, for some seconds.
    """
    yield 0
    for tries in range(1, _LOOKS.tries):
        yield backoff(_LOOKS, tries, 1)
    raise Unavailable(f"{bucket}/{path} is being replaced, try again", retry_after=1)


@dataclass(slots=True)
class SpooledStorage(Storage):
    """A store elsewhere; `spool` is a folder for files on their way, and for copies of `cache_bytes` in all."""

    spool: Path
    base_url: str = "http://127.0.0.1:8787"
    max_bytes: int = DEFAULT_MAX_BYTES
    cache_bytes: int = 0
    records: StoredRecords | None = field(default=None, init=False)
    _ready: bool = field(default=False, init=False)

    @abstractmethod
    async def _upload(self, stored: StoredFile, source: Path, *, replace: bool) -> None:
        """Send a gathered file.

        Raises:
            AlreadyStored: not `replace`, and there is one.
        """

    async def put_stream(
        self, bucket: str, path: str, chunks: AsyncIterable[bytes], *, content_type: str, replace: bool = True
    ) -> StoredFile:
        """See Storage."""
        kind = check_content_type(content_type)
        check_new_name(bucket, path)
        async with self._incoming() as incoming:
            await self._gather(incoming, bucket, path, chunks)
            spooled, size, sha256 = incoming.close()
            stored = StoredFile(bucket, path, size, sha256, kind)
            await self._upload(stored, spooled, replace=replace)
            if self.cache_bytes:  # what was made here is often read here
                await in_file_thread(self._keep, spooled, stored)
            return await self._recorded(stored)

    @asynccontextmanager
    async def local(self, bucket: str, path: str) -> AsyncGenerator[Path]:
        """See Storage. It is a copy with the file's own extension; its name is gone afterwards."""
        suffix = Path(check_name(bucket, path)[-1]).suffix
        async with self._incoming(suffix) as incoming:
            stored = await self.stat(bucket, path) if self.cache_bytes else None
            if stored is not None and await in_file_thread(self._link, stored, incoming.path):
                yield incoming.path
                return
            async with self.open(bucket, path) as opened:
                await self._gather(incoming, bucket, path, opened.chunks)
            copy, _, sha256 = incoming.close()
            if sha256 != opened.file.sha256:
                raise Unavailable(f"{bucket}/{path} came with other bytes than it has there", retry_after=1)
            if self.cache_bytes:
                await in_file_thread(self._keep, copy, opened.file)
            yield copy

    @asynccontextmanager
    async def _incoming(self, suffix: str = "") -> AsyncGenerator[disk.Incoming]:
        if not self._ready:
            await in_file_thread(make_private, self.spool / ".tmp")
            await in_file_thread(make_private, self._cache)
            await in_file_thread(disk.sweep, self.spool, disk.LEFTOVER_SECONDS)
            self._ready = True
        incoming = disk.Incoming(self.spool, self.max_bytes, suffix=suffix)
        try:
            yield incoming
        finally:
            await in_file_thread(incoming.discard)

    async def _gather(self, incoming: disk.Incoming, bucket: str, path: str, chunks: AsyncIterable[bytes]) -> None:
        waiting = bytearray()
        async for chunk in chunks:
            waiting += chunk
            if len(waiting) >= CHUNK_BYTES:
                await self._write(incoming, bucket, path, bytes(waiting))
                waiting.clear()
        await self._write(incoming, bucket, path, bytes(waiting))

    async def _write(self, incoming: disk.Incoming, bucket: str, path: str, data: bytes) -> None:
        with disk.translated(bucket, path):
            await in_file_thread(incoming.write, data)

    # Copies: a name for whoever reads one is a hard link, so that a copy may go while it is read

    @property
    def _cache(self) -> Path:
        return self.spool / "copies"

    def _copy_of(self, stored: StoredFile) -> Path:
        named = f"{stored.bucket}/{stored.path}\0{stored.sha256}"
        return self._cache / hashlib.sha256(named.encode()).hexdigest()

    def _link(self, stored: StoredFile, to: Path) -> bool:
        """Give the copy of this version of a file the name `to`; False where there is none."""
        kept = self._copy_of(stored)
        try:
            os.utime(kept)
            os.link(kept, to)
        except FileNotFoundError:
            return False
        return True

    def _keep(self, copy: Path, stored: StoredFile) -> None:
        """Keep a copy; those that nobody has asked for longest make room for it."""
        if copy.stat().st_size > self.cache_bytes:
            return
        with suppress(FileExistsError):
            os.link(copy, self._copy_of(stored))
        found = [(status.st_mtime, status.st_size, one) for one in self._cache.iterdir() if (status := _stat(one))]
        total = sum(size for _, size, _ in found)
        for _, size, one in sorted(found, key=lambda kept: kept[0]):
            if total <= self.cache_bytes:
                return
            one.unlink(missing_ok=True)
            total -= size


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
