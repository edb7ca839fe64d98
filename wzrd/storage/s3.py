"""The store in one bucket of S3, or of whatever speaks its protocol (R2, MinIO, Garage …), by obstore.

A file lies at `<bucket>/<path>`; its type and sum are the object's own, so that one answer tells of one version. One
that somebody else has put there is summed by reading. Strangers read through this server: the bucket stays private.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import S3Store

from wzrd.domain.errors import NotConfigured, NotFound, Unavailable
from wzrd.settings import Settings
from wzrd.storage.protocol import (
    READ_BYTES,
    AlreadyStored,
    BadContentType,
    FolderEntry,
    FolderPage,
    OpenedFile,
    StoredFile,
    check_content_type,
    check_folder,
    check_name,
    clip_range,
)
from wzrd.storage.spool import SpooledStorage, nothing, waits_for_a_version

if TYPE_CHECKING:
    from obstore import GetOptions, GetResult, ObjectMeta
    from obstore.store import RetryConfig, S3Config

PART_BYTES, PARTS_AT_ONCE = 16 << 20, 4
"""A larger file is sent in parts of so many bytes. A bucket's own rule should forget parts that nobody completed."""
HEADS_AT_ONCE = 8
"""Files of a list that are asked for at once: a list tells neither types nor sums."""
_ANY_KIND = "application/octet-stream"


def open_bucket(settings: Settings) -> S3Store:
    """The bucket that the environment names; nothing is connected to yet. Without keys AWS is asked for the machine's.

    Raises:
        NotConfigured: WZRD_STORAGE=s3 without a bucket, or half a key.
    """
    if not settings.s3_bucket:
        raise NotConfigured("WZRD_STORAGE=s3 needs WZRD_S3_BUCKET")
    if (settings.s3_key_id is None) != (settings.s3_key is None):
        raise NotConfigured("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together")
    config: S3Config = {"region": settings.s3_region}
    if settings.s3_endpoint:
        config["endpoint"] = settings.s3_endpoint
    if settings.s3_key_id and settings.s3_key:
        config |= {"access_key_id": settings.s3_key_id, "secret_access_key": settings.s3_key.get_secret_value()}
    plain = (settings.s3_endpoint or "").startswith("http://")
    retries: RetryConfig = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
    return S3Store(settings.s3_bucket, config=config, client_options={"allow_http": plain}, retry_config=retries)


@dataclass(slots=True, kw_only=True)
class S3Storage(SpooledStorage):
    """A store in the bucket of `s3`."""

    s3: S3Store

    async def _upload(self, stored: StoredFile, source: Path, *, replace: bool) -> None:
        attributes = {"Content-Type": stored.content_type, "sha256": stored.sha256}
        key = _key(stored.bucket, stored.path)
        with _translated(stored.bucket, stored.path):
            if replace and stored.size > PART_BYTES:
                await obstore.put_async(
                    self.s3, key, source, attributes=attributes, chunk_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
                )
                return
            mode = "overwrite" if replace else "create"
            await obstore.put_async(self.s3, key, source, attributes=attributes, mode=mode, use_multipart=False)

    async def stat(self, bucket: str, path: str) -> StoredFile:
        """See Storage."""
        return (await self._describe(bucket, path))[0]

    @asynccontextmanager
    async def open(
        self, bucket: str, path: str, *, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[OpenedFile]:
        """See Storage."""
        waits = waits_for_a_version(bucket, path)
        while True:
            await asyncio.sleep(next(waits))
            with suppress(PreconditionError), _translated(bucket, path):
                file, first, end, answer = await self._begin(bucket, path, start, stop)
                break
        yield OpenedFile(file, first, end, nothing() if answer is None else _chunks(answer, bucket, path))

    async def _begin(
        self, bucket: str, path: str, start: int, stop: int | None
    ) -> tuple[StoredFile, int, int, "GetResult | None"]:
        """A file, where the range begins and ends in it, and the answer with its bytes, if there are any.

        The answer to a whole one describes it too.

        Raises:
            PreconditionError: the file was replaced between its description and its bytes.
        """
        if not start and stop is None:
            answer = await self._get(bucket, path, {})
            if sha256 := answer.attributes.get("sha256"):
                file, _ = _described(answer.meta, answer, bucket, path, sha256)
                return file, 0, file.size, answer
        file, version = await self._describe(bucket, path)
        first, end = clip_range(file.size, start, stop)
        if first == end:
            return file, first, end, None
        return file, first, end, await self._get(bucket, path, {"range": (first, end), "if_match": version})

    async def _delete(self, bucket: str, path: str) -> bool:
        try:
            with _translated(bucket, path):
                await self._get(bucket, path, {"head": True})
                await obstore.delete_async(self.s3, _key(bucket, path))
        except NotFound:
            return False
        return True

    async def list_folder(self, bucket: str, folder: str, page: FolderPage) -> Sequence[FolderEntry]:
        """See Storage."""
        segments = check_folder(bucket, folder)
        prefix = "/".join((bucket, *segments))
        with _translated(bucket, folder):
            listed = await obstore.list_with_delimiter_async(  # pyright: ignore[reportUnknownMemberType]
                self.s3, prefix
            )
        folders = {name for one in listed["common_prefixes"] if page.matches(name := _name(one))}
        files = [(_name(one["path"]), one["last_modified"].timestamp()) for one in listed["objects"]]
        slots = asyncio.Semaphore(HEADS_AT_ONCE)

        async def entry(name: str) -> FolderEntry | None:
            if name in folders:
                return FolderEntry(name, None)
            async with slots:
                with suppress(NotFound):  # deleted meanwhile
                    return FolderEntry(name, await self.stat(bucket, "/".join((*segments, name))))
            return None

        wanted = page.select(folders, (one for one in files if page.matches(one[0])))
        return [one for one in await asyncio.gather(*map(entry, wanted)) if one is not None]

    async def check(self) -> None:
        """See that the bucket is there and the key may read it.

        Raises:
            NotConfigured, Unavailable: it is not, or may not.
        """
        with suppress(NotFound), _translated("the bucket", "check"):
            await obstore.get_async(self.s3, "no-such-file")

    async def _get(self, bucket: str, path: str, options: "GetOptions") -> "GetResult":
        return await obstore.get_async(self.s3, _key(bucket, path), options=options)

    async def _describe(self, bucket: str, path: str) -> tuple[StoredFile, str]:
        """The file and the name of its version."""
        with _translated(bucket, path):
            answer = await self._get(bucket, path, {"head": True})
            if not answer.attributes.get("sha256"):
                answer = await self._get(bucket, path, {})
                sha256 = hashlib.sha256()
                async for chunk in answer.stream(READ_BYTES):
                    sha256.update(chunk)
                return _described(answer.meta, answer, bucket, path, sha256.hexdigest())
            return _described(answer.meta, answer, bucket, path, answer.attributes["sha256"])


def _described(meta: "ObjectMeta", answer: "GetResult", bucket: str, path: str, sha256: str) -> tuple[StoredFile, str]:
    try:
        kind = check_content_type(answer.attributes.get("Content-Type", _ANY_KIND))
    except BadContentType:
        kind = _ANY_KIND
    return StoredFile(bucket, path, meta["size"], sha256, kind, meta["last_modified"]), meta["e_tag"] or ""


async def _chunks(answer: "GetResult", bucket: str, path: str) -> AsyncIterator[bytes]:
    with _translated(bucket, path):
        async for chunk in answer.stream(READ_BYTES):
            yield bytes(chunk)


def _key(bucket: str, path: str) -> str:
    return "/".join((bucket, *check_name(bucket, path)))


def _name(key: str) -> str:
    return key.rpartition("/")[2]


@contextmanager
def _translated(bucket: str, path: str) -> Generator[None]:
    """Refusals and trouble as ours. Neither keys nor the address are told.

    Raises:
        NotFound, AlreadyStored: as S3 tells.
        NotConfigured: the key may not, or there is no such bucket.
        Unavailable: whatever else is wrong there.
    """
    try:
        yield
    except FileNotFoundError as error:
        if "NoSuchBucket" in str(error):
            raise NotConfigured("S3 has no such bucket: make it, or set WZRD_S3_BUCKET") from None
        raise NotFound(f"no file {bucket}/{path}") from None
    except AlreadyExistsError:
        raise AlreadyStored(f"{bucket}/{path} is there already") from None
    except (PermissionDeniedError, UnauthenticatedError):
        raise NotConfigured("S3 refuses the key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY") from None
    except PreconditionError:
        raise
    except BaseError as error:
        raise Unavailable(f"S3 has trouble with {bucket}/{path} ({type(error).__name__})", retry_after=2) from error
