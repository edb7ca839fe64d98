"""Interface of every file store, and the rules common to all: safe names, ranges, capabilities.

A file is named by a bucket and a path, as in Supabase Storage. A put is atomic: a reader sees the old file or the new
one, whole, with its own content type; a put that fails leaves nothing.
"""

import re
import secrets
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from io import FileIO
from pathlib import Path
from typing import Literal, Protocol, TypeAlias
from urllib.parse import quote, unquote, urlsplit

from wzrd.domain.buckets import PUBLIC_BUCKETS
from wzrd.domain.errors import BadRequest, Conflict, WzrdError
from wzrd.threads import in_file_thread

PUBLIC_ROUTE = "/storage/v1/object/public/"
READ_BYTES = 1 << 18  # what a reader who has stopped reading holds in memory
MAX_PATH_BYTES = 1024
MAX_SEGMENT_BYTES = 200  # below every file system's 255, with room for what a store adds
MAX_SEGMENTS = 32
"""Most path segments of a new file; deeper files from former times are still read, listed and deleted."""

_BUCKET = re.compile(r"[a-z0-9][a-z0-9_-]{1,62}")
_WORD = r"[A-Za-z0-9!#$&^_.+-]{1,127}"
_CONTENT_TYPE = re.compile(rf"{_WORD}/{_WORD}(?:; ?{_WORD}={_WORD})*")
_EXTENSION = re.compile(r"\.[a-z0-9]{1,8}")
_RANGE = re.compile(r"bytes=([0-9]{0,19})-([0-9]{0,19})", re.IGNORECASE)
_UNSAFE = frozenset('\\:*?"<>|')
_DEVICES = frozenset(["con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))])


class UnsafePath(BadRequest):
    """The bucket or path is not allowed."""

    code = "unsafe_path"


class BadContentType(BadRequest):
    """The content type is not valid."""

    code = "bad_content_type"


class TooLarge(BadRequest):
    """The file is larger than this store takes."""

    code = "too_large"


class AlreadyStored(Conflict):
    """There is a file of this name already."""

    code = "already_stored"


class RangeNotSatisfiable(BadRequest):
    """The range lies outside the file."""

    code = "range_not_satisfiable"


class StorageFull(WzrdError):
    """The file store has no room left."""

    code = "storage_full"
    retryable = True


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One stored file. `size` in bytes; `sha256` of its content, in hex; `modified` is no part of what it is."""

    bucket: str
    path: str
    size: int
    sha256: str
    content_type: str
    modified: datetime | None = field(default=None, compare=False)


SortColumn: TypeAlias = Literal["name", "updated_at", "created_at", "last_accessed_at"]
"""Column that a folder is sorted by. A put makes a new file, so the three times are one."""


@dataclass(frozen=True, slots=True)
class FolderPage:
    """Which part of a folder is listed, in which order; `search` is what names begin with, in any case."""

    limit: int = 100
    offset: int = 0
    sort: SortColumn = "name"
    descending: bool = False
    search: str = ""

    def matches(self, name: str) -> bool:
        """True if the name begins as is searched for."""
        return name.casefold().startswith(self.search.casefold())

    def select(self, folders: Iterable[str], files: Iterable[tuple[str, float]]) -> list[str]:
        """The names of this page, folders first; `files` with their times, of any unit."""
        by_time = self.sort != "name"
        inner = sorted(folders, reverse=self.descending and not by_time)
        found = sorted(files, key=lambda one: (one[1], one[0]) if by_time else (0, one[0]), reverse=self.descending)
        return [*inner, *(name for name, _ in found)][self.offset : self.offset + self.limit]


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """One name in a folder: a file, or (`file` None) a folder with files somewhere below it."""

    name: str
    file: StoredFile | None


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """A file being read: bytes `start` up to, not including, `stop` come out of `chunks`, once."""

    file: StoredFile
    start: int
    stop: int
    chunks: AsyncIterator[bytes]


class StoredRecords(Protocol):
    """Rows beside a store: one for each file that is put into it."""

    async def note(self, stored: StoredFile) -> None:
        """The file is there."""
        ...

    async def forget(self, bucket: str, path: str) -> None:
        """It is there no more."""
        ...


class Storage(ABC):
    """A store of files. Every method raises UnsafePath for a name that `check_name` refuses.

    `put*` raise it for one that `check_new_name` refuses, and BadContentType, TooLarge, StorageFull, and Conflict where
    the path collides with a folder;
    `open`, `local`, `stat` raise NotFound; `open` raises RangeNotSatisfiable for a range that starts beyond the end.
    `base_url`: where this server serves its public files. `records`: rows that follow each put and each deletion.
    """

    __slots__ = ()
    base_url: str
    records: StoredRecords | None

    async def put_bytes(self, bucket: str, path: str, data: bytes, *, content_type: str) -> StoredFile:
        """Store `data`, replacing what is there."""

        async def once() -> AsyncIterator[bytes]:
            yield data

        return await self.put_stream(bucket, path, once(), content_type=content_type)

    @abstractmethod
    async def put_stream(
        self, bucket: str, path: str, chunks: AsyncIterable[bytes], *, content_type: str, replace: bool = True
    ) -> StoredFile:
        """Store what `chunks` yields, replacing what is there once all of it has come; its errors pass through.

        Raises:
            AlreadyStored: not `replace`, and there is a file by then; it stays.
        """

    async def put_file(self, bucket: str, path: str, source: Path, *, content_type: str) -> StoredFile:
        """Store a copy of the local file `source`, replacing what is there."""
        file = await in_file_thread(FileIO, source, "rb")
        try:
            return await self.put_stream(bucket, path, file_chunks(file), content_type=content_type)
        finally:
            file.close()

    async def _recorded(self, stored: StoredFile) -> StoredFile:
        """The file that has been put, once its row stands."""
        if self.records is not None:
            await self.records.note(stored)
        return stored

    @abstractmethod
    def open(
        self, bucket: str, path: str, *, start: int = 0, stop: int | None = None
    ) -> AbstractAsyncContextManager[OpenedFile]:
        """Read bytes `start` up to `stop` (exclusive; beyond the end means the end), of one version of the file."""

    @abstractmethod
    def local(self, bucket: str, path: str) -> AbstractAsyncContextManager[Path]:
        """The file as a path on this machine, for tools that read no streams; only read it, and only while open."""

    @abstractmethod
    async def stat(self, bucket: str, path: str) -> StoredFile:
        """Facts of the stored file."""

    async def delete(self, bucket: str, path: str) -> bool:
        """Remove the file and the folders that it leaves empty; False when there was none. An open reader reads on."""
        gone = await self._delete(bucket, path)
        if self.records is not None:
            await self.records.forget(bucket, path)
        return gone

    @abstractmethod
    async def _delete(self, bucket: str, path: str) -> bool:
        """`delete`, without its row."""

    @abstractmethod
    async def list_folder(self, bucket: str, folder: str, page: FolderPage) -> Sequence[FolderEntry]:
        """Entries directly in a folder (empty: in the bucket), folders first; none for one that is not there."""

    async def aclose(self) -> None:  # noqa: B027 - most keep nothing open
        """Let go of what is open."""

    def public_url(self, bucket: str, path: str) -> str:
        """The address anyone may read the file at: a capability, so the path must be unguessable."""
        return public_address(self.base_url, bucket, path)

    def locate(self, url: str) -> tuple[str, str] | None:
        """Bucket and path that a public address names, whatever its host; None when it is no such address."""
        return location_of_address(url)


async def file_chunks(file: FileIO, length: int | None = None) -> AsyncGenerator[bytes]:
    """The next `length` bytes of a file of this machine (None: to its end), piece by piece."""
    left = length
    while left is None or left > 0:
        data = await in_file_thread(file.read, READ_BYTES if left is None else min(left, READ_BYTES))
        if not data:
            return
        left = None if left is None else left - len(data)
        yield data


def check_name(bucket: str, path: str) -> tuple[str, ...]:
    """The segments of a path that is safe on every store and file system.

    Raises:
        UnsafePath: it could leave the bucket, hide, mean a device, mean two things, or be cut off somewhere.
    """
    if not _BUCKET.fullmatch(bucket):
        raise UnsafePath("a bucket is 2 to 63 of a-z, 0-9, - and _, not starting with - or _", field="bucket")
    try:
        length = len(path.encode())
    except UnicodeEncodeError:
        raise UnsafePath("a path must be valid Unicode", field="path") from None
    if not 0 < length <= MAX_PATH_BYTES:
        raise UnsafePath(f"a path is 1 to {MAX_PATH_BYTES} bytes long, not {length}", field="path")
    segments = tuple(path.split("/"))
    for segment in segments:
        if problem := _segment_problem(segment):
            raise UnsafePath(f"a path segment {problem}: {segment[:80]!a}", field="path")
    return segments


def check_new_name(bucket: str, path: str) -> tuple[str, ...]:
    """The segments of a path that a file may be put at.

    Raises:
        UnsafePath: as `check_name`, or it is too deep, or was sent in bytes that are no UTF-8: two names would be one.
    """
    segments = check_name(bucket, path)
    if "\N{REPLACEMENT CHARACTER}" in path:
        raise UnsafePath("a path must be valid UTF-8", field="path")
    if len(segments) > MAX_SEGMENTS:
        raise UnsafePath(f"a path is {MAX_SEGMENTS} names deep at most, not {len(segments)}", field="path")
    return segments


def check_folder(bucket: str, folder: str) -> tuple[str, ...]:
    """The segments of a folder in a bucket, none for the bucket itself; a slash at its end means nothing.

    Raises:
        UnsafePath: as `check_name`.
    """
    trimmed = folder.removesuffix("/")
    return check_name(bucket, f"{trimmed}/x")[:-1] if trimmed else check_name(bucket, "x")[:-1]


def _segment_problem(segment: str) -> str | None:
    if not segment or segment.startswith("."):
        return "may not be empty or start with a dot"  # covers . and .., a leading, trailing or double slash
    if segment[-1] in ". " or segment[0] == " ":
        return "may not start or end with a space or end with a dot"
    if len(segment.encode()) > MAX_SEGMENT_BYTES:
        return f"may be {MAX_SEGMENT_BYTES} bytes long at most"
    if any(char in _UNSAFE or unicodedata.category(char)[0] == "C" for char in segment):
        return "holds a character that is not allowed"
    if not unicodedata.is_normalized("NFC", segment):
        return "must be in Unicode normal form C"
    return "is a device's name" if segment.split(".", 1)[0].rstrip().lower() in _DEVICES else None


def check_content_type(content_type: str) -> str:
    """The content type, lower case.

    Raises:
        BadContentType: it is none, or could smuggle a header.
    """
    if len(content_type) > 200 or not _CONTENT_TYPE.fullmatch(content_type):
        raise BadContentType(f"not a content type: {content_type[:80]!a}", field="content_type")
    return content_type.lower()


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The bytes (start, stop) that a Range header asks of a file of `size` bytes; None means the whole file.

    As RFC 9110 allows, a header that is absent, malformed or asks for several ranges is ignored.

    Raises:
        RangeNotSatisfiable: well-formed, but nothing of it lies inside the file.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return None
    if start >= stop:
        raise RangeNotSatisfiable(f"the file has {size} bytes", size=size)
    return start, stop


def clip_range(size: int, start: int, stop: int | None) -> tuple[int, int]:
    """`start` and `stop` inside a file of `size` bytes.

    Raises:
        RangeNotSatisfiable: `start` is negative or beyond the end, or `stop` comes before it.
    """
    end = size if stop is None else min(stop, size)
    if not 0 <= start <= end:
        raise RangeNotSatisfiable(f"{start}-{stop} of {size} bytes", size=size)
    return start, end


def unguessable_path(prefix: str, extension: str) -> str:
    """A path below `prefix` that cannot be guessed: `prefix/<32 hex digits><extension>`, for a public file.

    Raises:
        UnsafePath: the extension is not a dot and 1 to 8 of a-z and 0-9.
    """
    if not _EXTENSION.fullmatch(extension):
        raise UnsafePath(f"not an extension: {extension[:20]!a}", field="extension")
    return f"{prefix}/{secrets.token_hex(16)}{extension}"


def public_address(base_url: str, bucket: str, path: str) -> str:
    """The documented address of a public file below `base_url`."""
    check_name(bucket, path)
    return f"{base_url.rstrip('/')}{PUBLIC_ROUTE}{bucket}/{quote(path)}"


def location_of_address(address: str) -> tuple[str, str] | None:
    """The bucket and path that a public address names, whatever its host: a server may have moved since it was made.

    None when it is no such address, or of a private bucket. Whether the file is in this store is for `stat` to say.
    """
    try:
        named = urlsplit(address).path
        bucket, _, path = unquote(named.removeprefix(PUBLIC_ROUTE)).partition("/")
        check_name(bucket, path)
    except (UnsafePath, ValueError):  # urlsplit refuses some hosts
        return None
    ours = bucket in PUBLIC_BUCKETS and named == f"{PUBLIC_ROUTE}{bucket}/{quote(path)}"
    return (bucket, path) if ours else None
