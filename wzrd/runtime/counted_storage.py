"""A file store whose files are counted in the database, for the quota of users."""

from collections.abc import AsyncIterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from wzrd.db.engine import Engine
from wzrd.db.stored_bytes import forget_bytes, note_bytes
from wzrd.storage.protocol import FolderEntry, FolderPage, OpenedFile, Storage, StoredFile


@dataclass(slots=True)
class CountedStorage:
    """`store`, and a row for each file that is put into it."""

    store: Storage
    engine: Engine

    async def put_bytes(self, bucket: str, path: str, data: bytes, *, content_type: str) -> StoredFile:
        """See Storage."""
        return await self._counted(await self.store.put_bytes(bucket, path, data, content_type=content_type))

    async def put_stream(
        self, bucket: str, path: str, chunks: AsyncIterable[bytes], *, content_type: str, replace: bool = True
    ) -> StoredFile:
        """See Storage."""
        stored = await self.store.put_stream(bucket, path, chunks, content_type=content_type, replace=replace)
        return await self._counted(stored)

    async def put_file(self, bucket: str, path: str, source: Path, *, content_type: str) -> StoredFile:
        """See Storage."""
        return await self._counted(await self.store.put_file(bucket, path, source, content_type=content_type))

    async def _counted(self, stored: StoredFile) -> StoredFile:
        async with self.engine.begin() as tx:
            await note_bytes(tx, stored.bucket, stored.path, stored.size)
        return stored

    async def delete(self, bucket: str, path: str) -> bool:
        """See Storage."""
        gone = await self.store.delete(bucket, path)
        async with self.engine.begin() as tx:
            await forget_bytes(tx, bucket, path)
        return gone

    def open(
        self, bucket: str, path: str, *, start: int = 0, stop: int | None = None
    ) -> AbstractAsyncContextManager[OpenedFile]:
        """See Storage."""
        return self.store.open(bucket, path, start=start, stop=stop)

    def local(self, bucket: str, path: str) -> AbstractAsyncContextManager[Path]:
        """See Storage."""
        return self.store.local(bucket, path)

    async def stat(self, bucket: str, path: str) -> StoredFile:
        """See Storage."""
        return await self.store.stat(bucket, path)

    async def list_folder(self, bucket: str, folder: str, page: FolderPage) -> Sequence[FolderEntry]:
        """See Storage."""
        return await self.store.list_folder(bucket, folder, page)

    async def aclose(self) -> None:
        """See Storage."""
        await self.store.aclose()

    def public_url(self, bucket: str, path: str) -> str:
        """See Storage."""
        return self.store.public_url(bucket, path)

    def locate(self, url: str) -> tuple[str, str] | None:
        """See Storage."""
        return self.store.locate(url)
