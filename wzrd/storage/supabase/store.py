"""The store in Supabase Storage, over HTTP with the service key; wire.py reads what it answers.

The sum of a file goes along as the object's own metadata; one that somebody else has put there is summed by reading.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from wzrd.domain.buckets import PUBLIC_BUCKETS, BucketNotFound
from wzrd.domain.errors import NotFound, Unavailable
from wzrd.storage.protocol import (
    FolderEntry,
    FolderPage,
    OpenedFile,
    StoredFile,
    check_folder,
    check_name,
    clip_range,
    file_chunks,
    location_of_address,
    public_address,
)
from wzrd.storage.spool import SpooledStorage, nothing, waits_for_a_version
from wzrd.storage.supabase.wire import (
    Described,
    body_chunks,
    described_of,
    entry_of,
    key_of,
    name_of,
    raise_refusal,
    translated,
    upload_headers,
)
from wzrd.threads import in_file_thread

SUMS_AT_ONCE = 8
"""Files of a list whose sums are asked for at once: a list of Supabase's does not tell them."""


@dataclass(slots=True, kw_only=True)
class SupabaseStorage(SpooledStorage):
    """A store at `url` (the project's, without `/storage/v1`).

    `http` is closed with it; `base_url` is where this server serves what Supabase's own address cannot spell, and
    everything where strangers reach this server but not Supabase (`is_inside`).
    """

    url: str
    key: SecretStr
    http: httpx.AsyncClient
    is_inside: bool = False

    async def _upload(self, stored: StoredFile, source: Path, *, replace: bool) -> None:
        """Send a gathered file; the bucket is made where there is none yet."""
        bucket, path = stored.bucket, stored.path
        headers = upload_headers(stored.size, stored.content_type, stored.sha256, path, replace=replace)
        for _ in range(2):
            file = await in_file_thread(FileIO, source, "rb")
            try:
                location = self._object(bucket, path)
                await self._call("POST", location, bucket, path, content=file_chunks(file), headers=headers)
            except BucketNotFound:
                await self._make_bucket(bucket)
            else:
                return
            finally:
                file.close()
        raise Unavailable(f"the bucket {bucket} was made, and is not there", retry_after=1)

    @asynccontextmanager
    async def open(
        self, bucket: str, path: str, *, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[OpenedFile]:
        """See Storage."""
        waits = waits_for_a_version(bucket, path)
        while True:
            await asyncio.sleep(next(waits))
            described = await self._describe(bucket, path)
            first, end = clip_range(described.file.size, start, stop)
            if first == end:
                yield OpenedFile(described.file, first, end, nothing())
                return
            async with self._reading(bucket, path, described, first, end) as chunks:
                if chunks is not None:
                    yield OpenedFile(described.file, first, end, chunks)
                    return

    async def stat(self, bucket: str, path: str) -> StoredFile:
        """See Storage."""
        return (await self._describe(bucket, path)).file

    async def _delete(self, bucket: str, path: str) -> bool:
        try:
            await self._call("DELETE", self._object(bucket, path), bucket, path)
        except NotFound:
            return False
        return True

    async def list_folder(self, bucket: str, folder: str, page: FolderPage) -> Sequence[FolderEntry]:
        """See Storage. Files that are stored under a digest are left out."""
        segments = check_folder(bucket, folder)
        body = {
            "prefix": key_of("/".join(segments)) if segments else "",
            "limit": page.limit,
            "offset": page.offset,
            "search": key_of(page.search) if page.search else "",
            "sortBy": {"column": page.sort, "order": "desc" if page.descending else "asc"},
        }
        try:
            answer = await self._call("POST", f"list/{bucket}", bucket, folder, json=body)
        except NotFound:
            return []
        rows: list[dict[str, Any]] = answer.json()
        found = ((row, name_of(str(row["name"]))) for row in rows)
        named = ((row, name, "/".join((*segments, name))) for row, name in found if name is not None)
        slots = asyncio.Semaphore(SUMS_AT_ONCE)

        async def entry(row: dict[str, Any], name: str, path: str) -> FolderEntry | None:
            if row["id"] is None:
                return entry_of(row, name, bucket, path, "")
            async with slots:
                with suppress(NotFound):  # deleted meanwhile
                    return entry_of(row, name, bucket, path, (await self.stat(bucket, path)).sha256)
            return None

        entries = await asyncio.gather(*(entry(*one) for one in named))
        return [one for one in entries if one is not None]

    def public_url(self, bucket: str, path: str) -> str:
        """See Storage. Supabase's own address; where it spells the path otherwise, or lies inside, this server's."""
        check_name(bucket, path)
        is_theirs = key_of(path) == path and not self.is_inside
        return public_address(self.url if is_theirs else self.base_url, bucket, path)

    def locate(self, url: str) -> tuple[str, str] | None:
        """See Storage. The project's address may have a path of its own."""
        return location_of_address(url.removeprefix(self.url) if url.startswith(f"{self.url}/") else url)

    async def aclose(self) -> None:
        """See Storage."""
        await self.http.aclose()

    # Talking to it

    @property
    def _headers(self) -> dict[str, str]:
        key = self.key.get_secret_value()
        return {"authorization": f"Bearer {key}", "apikey": key}

    def _object(self, bucket: str, path: str) -> str:
        check_name(bucket, path)
        return f"{bucket}/{quote(key_of(path))}"

    async def _call(self, method: str, location: str, bucket: str, path: str, **more: Any) -> httpx.Response:
        """One request below `/object/` and its whole answer.

        Raises:
            NotFound, AlreadyStored, TooLarge, BadContentType, NotConfigured, Unavailable: as it is refused.
        """
        headers = {**self._headers, **more.pop("headers", {})}
        with translated():
            answer = await self.http.request(
                method, f"{self.url}/storage/v1/object/{location}", headers=headers, **more
            )
        if not answer.is_success:
            raise_refusal(answer, bucket, path)
        return answer

    async def _make_bucket(self, bucket: str) -> None:
        body = {"id": bucket, "name": bucket, "public": bucket in PUBLIC_BUCKETS}
        with translated():
            answer = await self.http.post(f"{self.url}/storage/v1/bucket", json=body, headers=self._headers)
        if not answer.is_success and "Duplicate" not in answer.text:  # another process has made it meanwhile
            raise_refusal(answer, bucket, "")

    async def _describe(self, bucket: str, path: str) -> Described:
        answer = await self._call("GET", f"info/{self._object(bucket, path)}", bucket, path)
        described = described_of(answer.json(), bucket, path)
        return described if described.file.sha256 else await self._sum(bucket, path)

    async def _sum(self, bucket: str, path: str) -> Described:
        """Describe a file that has no checksum in its metadata: it is read for one."""
        waits = waits_for_a_version(bucket, path)
        while True:
            await asyncio.sleep(next(waits))
            answer = await self._call("GET", f"info/{self._object(bucket, path)}", bucket, path)
            described = described_of(answer.json(), bucket, path)
            async with self._reading(bucket, path, described, 0, described.file.size) as chunks:
                if chunks is not None:
                    found = hashlib.sha256()
                    async for chunk in chunks:
                        found.update(chunk)
                    return described.with_sum(found.hexdigest())

    @asynccontextmanager
    async def _reading(
        self, bucket: str, path: str, described: Described, first: int, end: int
    ) -> AsyncGenerator[AsyncIterator[bytes] | None]:
        """The bytes `first` up to `end` of the version that is described; None: it is not that one any more."""
        url = f"{self.url}/storage/v1/object/{self._object(bucket, path)}"
        asked = {} if (first, end) == (0, described.file.size) else {"range": f"bytes={first}-{end - 1}"}
        request = self.http.build_request("GET", url, headers={**self._headers, **asked})
        with translated():
            answer = await self.http.send(request, stream=True)
        try:
            if not answer.is_success:
                with translated():
                    await answer.aread()
                if "416" in answer.text:
                    yield None
                    return
                raise_refusal(answer, bucket, path)
            yield body_chunks(answer, end - first) if described.is_of(answer) else None
        finally:
            await answer.aclose()
