"""The blocking half of the local store: descriptors, renames, descriptions. Called from threads only.

    root/<bucket>/<path>                            the file itself, readable by any tool of its owner's
    root/.meta/<bucket>/<path>/<inode>-<mtime>      what is known of that very version: content type, sha256
    root/.tmp/<random>                              a put on its way

A version is named by inode and modification time, which a rename keeps: so a file and its description change in one
step, the rename, without a lock between processes. Folders are walked by descriptors that follow no symlink. All of it
is its owner's alone (0700, 0600).
"""

import errno
import hashlib
import mimetypes
import os
import secrets
import stat
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path

import orjson

from wzrd.domain.errors import Conflict, NotFound
from wzrd.folders import PRIVATE
from wzrd.storage.protocol import AlreadyStored, StorageFull, StoredFile, TooLarge
from wzrd.threads import CORES

SUMMED_BESIDE = 1 << 18  # so many bytes are summed by another thread while they are written
MAX_PIECES = 256  # written by one call of the system; it takes 1,024 at most
LEFTOVER_SECONDS = 3600  # a temporary file untouched for so long belongs to nobody
TRIES = 100  # a put whose folder goes with its last file makes it anew, so often

_sums = ThreadPoolExecutor(CORES, thread_name_prefix="sums")

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_COLLISION = frozenset({errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ELOOP})
ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})
_TYPES = mimetypes.MimeTypes(filenames=())


@contextmanager
def translated(bucket: str, path: str) -> Generator[None]:
    """The operating system's errors as ours: StorageFull, Conflict."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(f"no room for {bucket}/{path}: {error.strerror}") from error
        if error.errno in _COLLISION:
            raise Conflict(f"{bucket}/{path} collides with a folder or file that is there") from error
        raise


@contextmanager
def open_folder(root: Path, segments: tuple[str, ...], *, make: bool) -> Generator[int]:
    """A descriptor of root/segments…, none of which may be a symlink; made where missing if asked."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for segment in segments:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(segment, PRIVATE, dir_fd=descriptor)
                    os.fsync(descriptor)
            inner = os.open(segment, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor
    finally:
        os.close(descriptor)


def _prune(root: Path, segments: tuple[str, ...], *, kept: int) -> None:
    """Remove the folders root/segments… that are empty, from the innermost; the first `kept` stay."""
    with suppress(OSError):  # the first that is not empty ends it
        for depth in range(len(segments), kept, -1):
            with open_folder(root, segments[: depth - 1], make=False) as parent:
                os.rmdir(segments[depth - 1], dir_fd=parent)


def _version(status: os.stat_result) -> str:
    return f"{status.st_ino}-{status.st_mtime_ns}"


def _modified(status: os.stat_result) -> datetime:
    return datetime.fromtimestamp(status.st_mtime, UTC)


def _write_new(folder: int, name: str, data: bytes) -> None:
    with os.fdopen(os.open(name, _WRITE, 0o600, dir_fd=folder), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.fsync(folder)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _forget_old_versions(folder: int, *, keep: str) -> None:
    """Remove descriptions of former versions; a young one may belong to a put that is just about to rename."""
    for name in os.listdir(folder):
        with suppress(OSError):
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if name != keep and stat.S_ISREG(status.st_mode) and status.st_mtime < time.time() - LEFTOVER_SECONDS:
                os.unlink(name, dir_fd=folder)


class Incoming:
    """A put on its way: a temporary file at `path` that becomes the file in one rename, or nothing."""

    def __init__(self, root: Path, max_bytes: int, *, suffix: str = "") -> None:
        self._root = root
        self.path = root / ".tmp" / f"{secrets.token_hex(16)}{suffix}"
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()
        self._size = 0
        self._file: FileIO | None = None

    def write(self, *pieces: bytes) -> None:
        """Append the pieces; the first call makes the temporary file, even when there is nothing to write.

        Raises:
            TooLarge: the file would exceed the store's cap.
        """
        size = sum(map(len, pieces))
        self._size += size
        if self._size > self._max_bytes:
            raise TooLarge(f"more than {self._max_bytes} bytes", limit=self._max_bytes)
        if self._file is None:
            self._file = FileIO(self.path, "xb", opener=_open_private)
        if size < SUMMED_BESIDE:
            self._sum(pieces)
            self._append(pieces, size)
            return
        summing = _sums.submit(self._sum, pieces)
        try:
            self._append(pieces, size)
        finally:
            summing.result()

    def _sum(self, pieces: tuple[bytes, ...]) -> None:
        for piece in pieces:
            self._hash.update(piece)

    def _append(self, pieces: tuple[bytes, ...], size: int) -> None:
        assert self._file is not None, "it was opened"
        if 1 < len(pieces) <= MAX_PIECES and os.writev(self._file.fileno(), pieces) == size:
            return  # together, without a copy; what is written in part is written again from where it began
        self._file.seek(self._size - size)
        view = memoryview(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        while view:
            view = view[self._file.write(view) :]

    def close(self) -> tuple[Path, int, str]:
        """Close the file and return it for a store that sends it elsewhere: temporary path, bytes and sha256."""
        assert self._file is not None, "nothing was written"
        self._file.close()
        return self.path, self._size, self._hash.hexdigest()

    def publish(self, bucket: str, segments: tuple[str, ...], content_type: str, *, replace: bool) -> StoredFile:
        """Make what was written the file: durable first, described second, visible last.

        Raises:
            AlreadyStored: not `replace`, and somebody else was sooner.
        """
        assert self._file is not None, "nothing was written"
        os.fsync(self._file.fileno())
        status = os.fstat(self._file.fileno())
        path = "/".join(segments)
        stored = StoredFile(bucket, path, self._size, self._hash.hexdigest(), content_type, _modified(status))
        for left in reversed(range(TRIES)):
            try:
                self._place(stored, segments, _version(status), replace=replace)
                break
            except OSError as error:
                if error.errno != errno.ENOENT or not left:
                    _prune_folder(self._root, bucket, segments)
                    raise
        return stored

    def _place(self, stored: StoredFile, segments: tuple[str, ...], version: str, *, replace: bool) -> None:
        """Describe it, then give it its name. FileNotFoundError: a folder was removed in between."""
        bucket = stored.bucket
        row = orjson.dumps({"size": stored.size, "sha256": stored.sha256, "content_type": stored.content_type})
        with (
            open_folder(self._root, (bucket, *segments[:-1]), make=True) as folder,
            open_folder(self._root, (".meta", bucket, *segments), make=True) as meta,
        ):
            try:
                _write_new(meta, version, row)
                if replace:
                    os.rename(self.path, segments[-1], dst_dir_fd=folder)
                else:  # a link takes no name that is taken; the other name goes when this is discarded
                    os.link(self.path, segments[-1], dst_dir_fd=folder)
            except OSError as error:
                with suppress(OSError):
                    os.unlink(version, dir_fd=meta)
                if not replace and error.errno == errno.EEXIST:
                    raise AlreadyStored(f"{bucket}/{stored.path} is there already") from None
                raise
            os.fsync(folder)
            _forget_old_versions(meta, keep=version)

    def discard(self) -> None:
        """Close, and remove what was not published."""
        if self._file is not None:
            self._file.close()
        self.path.unlink(missing_ok=True)


def open_file(root: Path, bucket: str, segments: tuple[str, ...]) -> FileIO:
    """The file for reading, never through a symlink, never a device, pipe or folder.

    Raises:
        NotFound: there is no such file.
    """
    try:
        with open_folder(root, (bucket, *segments[:-1]), make=False) as folder:
            file = os.fdopen(os.open(segments[-1], _READ, dir_fd=folder), "rb", buffering=0)
    except OSError as error:
        if error.errno in ABSENT or error.errno in {errno.EISDIR, errno.ENXIO}:
            raise NotFound(f"no file {bucket}/{'/'.join(segments)}") from None
        raise
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise NotFound(f"no file {bucket}/{'/'.join(segments)}")
    return file


def _description(root: Path, bucket: str, segments: tuple[str, ...], file: FileIO) -> StoredFile | None:
    status = os.fstat(file.fileno())
    try:
        with open_folder(root, (".meta", bucket, *segments), make=False) as folder:
            described = os.fdopen(os.open(_version(status), _READ, dir_fd=folder), "rb")
        with described:
            row = orjson.loads(described.read())
        if row["size"] != status.st_size:
            return None  # changed in place by somebody else: nothing we wrote of it holds
        sha256, kind = str(row["sha256"]), str(row["content_type"])
        return StoredFile(bucket, "/".join(segments), status.st_size, sha256, kind, _modified(status))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _guess(bucket: str, segments: tuple[str, ...], file: FileIO) -> StoredFile:
    """Facts of a file that no put has left here (copied in by hand), from its bytes and its name."""
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size = file.seek(0, os.SEEK_CUR)
    file.seek(0)
    kind = _TYPES.guess_type(segments[-1])[0] or "application/octet-stream"
    return StoredFile(bucket, "/".join(segments), size, sha256, kind, _modified(os.fstat(file.fileno())))


def find_file(root: Path, bucket: str, segments: tuple[str, ...]) -> tuple[FileIO, StoredFile]:
    """One version of the file, open, and what is known of that version.

    Raises:
        NotFound: there is no such file.
    """
    seen = None
    while True:
        file = open_file(root, bucket, segments)
        version = _version(os.fstat(file.fileno()))
        if stored := _description(root, bucket, segments, file):
            return file, stored
        if version == seen:  # not overwritten while we looked: it really has no description
            return file, _guess(bucket, segments, file)
        seen = version
        file.close()


def delete_file(root: Path, bucket: str, segments: tuple[str, ...]) -> bool:
    """Remove the file, its description, and the folders that hold nothing then; False when there was none."""
    try:
        with open_file(root, bucket, segments) as file:
            version = _version(os.fstat(file.fileno()))
        with open_folder(root, (bucket, *segments[:-1]), make=False) as folder:
            os.unlink(segments[-1], dir_fd=folder)
    except (NotFound, FileNotFoundError):
        return False
    with suppress(OSError), open_folder(root, (".meta", bucket, *segments), make=False) as folder:
        os.unlink(version, dir_fd=folder)
    _prune_folder(root, bucket, segments)
    return True


def _prune_folder(root: Path, bucket: str, segments: tuple[str, ...]) -> None:
    """Remove what is empty of the folders of a file and of its description."""
    _prune(root, (bucket, *segments[:-1]), kept=1)
    _prune(root, (".meta", bucket, *segments), kept=2)


def sweep(root: Path, older_than: float) -> int:
    """Remove temporary files untouched for `older_than` seconds; returns how many."""
    removed = 0
    for leftover in root.glob(".tmp/*"):
        with suppress(OSError):
            if leftover.lstat().st_mtime <= time.time() - older_than:
                leftover.unlink()
                removed += 1
    return removed
