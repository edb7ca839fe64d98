"""The local store: the conformance suite, and what only a folder can suffer."""

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.storage.conformance import BUCKET, CAP, StorageConformance, read
from wzrd.domain.errors import Conflict, NotFound
from wzrd.storage.local import LocalStorage
from wzrd.storage.protocol import (
    PUBLIC_ROUTE,
    FolderPage,
    RangeNotSatisfiable,
    StorageFull,
    UnsafePath,
    location_of_address,
    parse_range,
    public_address,
    unguessable_path,
)


@pytest.fixture
def store(tmp_path: Path) -> LocalStorage:
    """A store in a folder that does not exist yet."""
    return LocalStorage(tmp_path / "files" / "deep", max_bytes=CAP)


def _leftovers(store: LocalStorage) -> list[str]:
    return [path.name for path in store.root.glob(".tmp/*")]


def _descriptions(store: LocalStorage) -> list[str]:
    return [str(path) for path in store.root.glob(".meta/**/*") if path.is_file()]


class TestLocalStorage(StorageConformance):
    """The promises of every store, kept by a folder."""


async def test_a_chain_of_folders_from_former_times(store: LocalStorage) -> None:
    """Deeper than Python recurses, with a file at its end or without one: it is listed, read and deleted."""
    chain = store.root / BUCKET / "old"
    await store.put_bytes(BUCKET, "old/1", b"x", content_type="text/plain")
    folder = os.open(chain, os.O_RDONLY)
    for _ in range(480):
        os.mkdir("k", dir_fd=folder)
        folder, outer = os.open("k", os.O_RDONLY, dir_fd=folder), folder
        os.close(outer)
    assert [entry.name for entry in await store.list_folder(BUCKET, "old", FolderPage())] == ["1"]
    os.close(os.open("file", os.O_CREAT, dir_fd=folder))
    os.close(folder)
    path = "/".join(["old", *["k"] * 480, "file"])
    assert [entry.name for entry in await store.list_folder(BUCKET, "old", FolderPage())] == ["k", "1"]
    assert [entry.name for entry in await store.list_folder(BUCKET, path.removesuffix("/file"), FolderPage())] == [
        "file"
    ]
    assert await store.delete(BUCKET, path) is True
    assert sorted(os.listdir(chain)) == ["1"]  # noqa: PTH208 - names


async def test_what_deleted_files_leave(store: LocalStorage) -> None:
    """No folder, neither of files nor of descriptions; the bucket stays."""
    await store.put_bytes(BUCKET, "a/b/c/d", b"x", content_type="text/plain")
    await store.delete(BUCKET, "a/b/c/d")
    left = sorted(str(path.relative_to(store.root)) for path in store.root.rglob("*"))
    assert left == [".meta", f".meta/{BUCKET}", ".tmp", BUCKET]


async def test_a_failed_put_leaves_nothing(store: LocalStorage) -> None:
    """Neither a temporary file nor a description stays behind, whatever went wrong."""
    await store.put_bytes(BUCKET, "d/e", b"x", content_type="text/plain")
    known = _descriptions(store)
    with pytest.raises(Conflict):
        await store.put_bytes(BUCKET, "d", b"x", content_type="text/plain")
    with pytest.raises(Conflict):
        await store.put_bytes(BUCKET, "d/e/f", b"x", content_type="text/plain")
    with pytest.raises(FileNotFoundError):
        await store.put_file(BUCKET, "x", store.root / "absent", content_type="text/plain")
    assert _leftovers(store) == []
    assert _descriptions(store) == known


async def test_files_lie_where_any_tool_finds_them(store: LocalStorage) -> None:
    """The file is at root/bucket/path with just its own bytes: ffmpeg and people can open it."""
    await store.put_bytes(BUCKET, "shots/1.png", b"png", content_type="image/png")
    assert (store.root / BUCKET / "shots" / "1.png").read_bytes() == b"png"


async def test_a_file_copied_in_by_hand_is_served(store: LocalStorage) -> None:
    """Its type is guessed from its name, its sum computed; an unknown name is plain bytes."""
    folder = store.root / BUCKET
    folder.mkdir(parents=True)
    (folder / "a.mp4").write_bytes(b"film")
    (folder / "b").write_bytes(b"what")
    assert (await store.stat(BUCKET, "a.mp4")).content_type == "video/mp4"
    assert (await store.stat(BUCKET, "b")).content_type == "application/octet-stream"
    assert await read(store, "a.mp4", start=1) == b"ilm"


async def test_a_damaged_description_does_not_hide_the_file(store: LocalStorage) -> None:
    """Rubbish beside a file costs its content type, not its bytes."""
    await store.put_bytes(BUCKET, "a.png", b"png", content_type="image/x")
    for description in _descriptions(store):
        Path(description).write_bytes(b"{")
    assert (await store.stat(BUCKET, "a.png")).content_type == "image/png"
    assert await read(store, "a.png") == b"png"


async def test_symlinks_are_not_followed(store: LocalStorage, tmp_path: Path) -> None:
    """Neither a linked file nor a linked folder leads out of the store, for reading, writing or deleting."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("s3cret")
    folder = store.root / BUCKET
    folder.mkdir(parents=True)
    (folder / "file").symlink_to(outside / "secret")
    (folder / "dir").symlink_to(outside)
    for path in ("file", "dir/secret"):
        with pytest.raises(NotFound):
            await read(store, path)
        assert await store.delete(BUCKET, path) is False
    with pytest.raises(Conflict):
        await store.put_bytes(BUCKET, "dir/new", b"x", content_type="text/plain")
    await store.put_bytes(BUCKET, "file", b"mine", content_type="text/plain")
    assert (outside / "secret").read_text() == "s3cret"
    assert sorted(path.name for path in outside.iterdir()) == ["secret"]
    assert await read(store, "file") == b"mine"


async def test_pipes_and_folders_are_no_files(store: LocalStorage) -> None:
    """A named pipe does not block a reader for ever: it is not there."""
    folder = store.root / BUCKET
    folder.mkdir(parents=True)
    os.mkfifo(folder / "pipe")
    async with asyncio.timeout(60):
        with pytest.raises(NotFound):
            await store.stat(BUCKET, "pipe")


WRITER = """
import asyncio, os, sys
from pathlib import Path
from wzrd.storage.local import LocalStorage

async def main():
    store = LocalStorage(Path(sys.argv[1]))
    async def half():
        yield b"h" * (2 << 20)
        os._exit(9)
    if sys.argv[2] == "half":
        await store.put_stream("bucket", "x", half(), content_type="video/mp4")
    n = 0
    while True:
        n += 1
        await store.put_bytes("bucket", "x", bytes([n % 251]) * 200_000, content_type=f"video/v{n % 251}")
        if n == 1:
            print("there", flush=True)

asyncio.run(main())
"""


async def test_a_writer_that_dies_in_mid_put_leaves_no_file(store: LocalStorage) -> None:
    """Its temporary file is never seen as a file, and is swept once it is old."""
    done = subprocess.run([sys.executable, "-c", WRITER, store.root, "half"], check=False)  # noqa: ASYNC221
    assert done.returncode == 9
    with pytest.raises(NotFound):
        await store.stat("bucket", "x")
    (leftover,) = _leftovers(store)
    await LocalStorage(store.root).put_bytes("bucket", "y", b"y", content_type="text/plain")
    assert _leftovers(store) == [leftover], "a young one may still be written"
    old = time.time() - 7200
    os.utime(store.root / ".tmp" / leftover, (old, old))
    await store.put_bytes("bucket", "y", b"y", content_type="text/plain")
    assert _leftovers(store) == [], "the first put of a process sweeps"


async def test_a_writer_killed_anywhere_leaves_a_whole_file(store: LocalStorage) -> None:
    """Kill -9 at any moment of a storm of puts: the file is one version, described as that version."""
    for pause in (0.0, 0.003, 0.007, 0.013, 0.021):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, store.root, "on"], stdout=subprocess.PIPE)  # noqa: ASYNC220
        assert writer.stdout is not None
        await asyncio.to_thread(writer.stdout.readline)
        await asyncio.sleep(0.05 + pause)  # any moment
        writer.send_signal(signal.SIGKILL)
        await asyncio.to_thread(writer.wait)
        writer.stdout.close()
        async with store.open("bucket", "x") as opened:
            data = b"".join([chunk async for chunk in opened.chunks])
        assert data == bytes([data[0]]) * 200_000
        assert opened.file.content_type == f"video/v{data[0]}"


async def test_two_processes_writing_one_path(store: LocalStorage) -> None:
    """No lock is needed between processes: what is read always belongs together."""
    command = [sys.executable, "-c", WRITER, store.root, "on"]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]  # noqa: ASYNC220
    try:
        for writer in writers:
            assert writer.stdout is not None
            await asyncio.to_thread(writer.stdout.readline)
        await asyncio.sleep(0.1)  # both have written often by then
        for _ in range(50):
            async with store.open("bucket", "x") as opened:
                data = b"".join([chunk async for chunk in opened.chunks])
            assert data == bytes([data[0]]) * 200_000
            assert opened.file.content_type == f"video/v{data[0]}"
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
            assert writer.stdout is not None
            writer.stdout.close()


async def test_old_descriptions_are_forgotten(store: LocalStorage) -> None:
    """A path that is overwritten for years does not gather a description for each version."""
    for n in range(5):
        await store.put_bytes(BUCKET, "x", bytes([n]), content_type="text/plain")
        for description in _descriptions(store):
            os.utime(description, (1, 1))
    assert len(_descriptions(store)) == 1
    await store.delete(BUCKET, "x")
    assert _descriptions(store) == []


FULL = """
import asyncio, resource, signal, sys
from pathlib import Path
from wzrd.storage.local import LocalStorage
from wzrd.storage.protocol import StorageFull

async def main():
    store = LocalStorage(Path(sys.argv[1]))
    await store.put_bytes("bucket", "x", b"old", content_type="text/plain")
    if sys.argv[2] == "limit":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
    try:
        await store.put_bytes("bucket", "x", b"n" * (4 << 20), content_type="video/mp4")
    except StorageFull as error:
        assert error.retryable and "no room for bucket/x" in error.message, error.message
        assert not list(store.root.glob(".tmp/*"))
        async with store.open("bucket", "x") as opened:
            assert [chunk async for chunk in opened.chunks] == [b"old"]
            assert opened.file.content_type == "text/plain"
        await store.put_bytes("bucket", "x", b"small", content_type="text/plain")
        print("ok")

asyncio.run(main())
"""


async def test_a_file_size_limit_is_like_a_full_disk(store: LocalStorage) -> None:
    """StorageFull, no leftover, the former file whole, and the next small put works."""
    command = [sys.executable, "-c", FULL, store.root, "limit"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: ASYNC221
    assert done.stdout == "ok\n", done.stderr


async def test_a_full_disk(tmp_path: Path) -> None:
    """A put on a file system of one mebibyte that really is full fails as by a size limit."""
    root = tmp_path / "small"
    root.mkdir()
    script = 'mount -t tmpfs -o size=1m tmpfs "$1" && touch "$1/mounted" && exec "$2" -c "$3" "$1" disk'
    command = ["unshare", "-rm", "sh", "-c", script, "sh", str(root), sys.executable, FULL]
    done = None
    with contextlib.suppress(FileNotFoundError):
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: ASYNC221
    if done is None or ("Traceback" not in done.stderr and not done.stdout):
        pytest.skip("this machine lets nobody mount a small file system")
    assert done.stdout == "ok\n", done.stderr


def test_a_full_store_may_be_tried_again() -> None:
    """Room can be made, so the error says that a retry makes sense."""
    assert StorageFull().retryable
    assert StorageFull().message == "The file store has no room left."


async def test_tools_get_the_stored_file_itself(store: LocalStorage) -> None:
    """Nothing is copied: a film of any size is there at once."""
    await store.put_bytes(BUCKET, "shots/1.png", b"png", content_type="image/png")
    async with store.local(BUCKET, "shots/1.png") as path:
        assert path.samefile(store.root / BUCKET / "shots" / "1.png")


@given(st.text() | st.text().map(lambda path: f"http://h{PUBLIC_ROUTE}{BUCKET}/{path}"))
def test_any_text_is_an_address_or_none(text: str) -> None:
    """No address raises; one that leads somewhere is the very address that its place has."""
    place = location_of_address(text)
    if place is not None:
        assert urlsplit(public_address("http://h", *place)).path == urlsplit(text).path


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("", None),
        ("bytes=0-0", (0, 1)),
        ("bytes=0-", (0, 10)),
        ("bytes=9-", (9, 10)),
        ("bytes=3-6", (3, 7)),
        ("bytes=0-99999999999999999", (0, 10)),
        ("bytes=-1", (9, 10)),
        ("bytes=-99", (0, 10)),
        (" bytes=1-2 ", (1, 3)),
        ("Bytes=1-2", (1, 3)),
        ("bytes=6-3", None),
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes=0-1,3-4", None),
        ("bytes=a-b", None),
        ("bytes=\u0661-", None),  # a digit, but none of HTTP's
        ("bytes=--1", None),
        ("bytes=+1-2", None),
        ("items=0-1", None),
        ("bytes=" + "9" * 40 + "-", None),
    ],
)
def test_range_headers(header: str | None, expected: tuple[int, int] | None) -> None:
    """One range of bytes, exclusive at its end; whatever else a header says means the whole file."""
    assert parse_range(header, 10) == expected


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=-0", 10), ("bytes=0-", 0), ("bytes=50-60", 10)]
)
def test_ranges_beyond_the_end(header: str, size: int) -> None:
    """A well-formed range without a byte in the file is refused, with the size."""
    with pytest.raises(RangeNotSatisfiable) as caught:
        parse_range(header, size)
    assert caught.value.details["size"] == size


async def test_public_paths_cannot_be_guessed(store: LocalStorage) -> None:
    """Each is another, of 32 hex digits; what is no extension is refused."""
    paths = {unguessable_path("shots", ".png") for _ in range(100)}
    assert len(paths) == 100
    path = paths.pop()
    assert re.fullmatch(r"shots/[0-9a-f]{32}\.png", path)
    await store.put_bytes(BUCKET, path, b"x", content_type="image/png")
    for extension in ("png", ".", ".p/ng", ".PNG", "../x", ".verylongone"):
        with pytest.raises(UnsafePath):
            unguessable_path("shots", extension)
