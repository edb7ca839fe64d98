"""Suite that every store must pass. A store's test file subclasses StorageConformance and gives a `store` fixture."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.waiting import let_others_run
from wzrd.domain.errors import Conflict, NotFound
from wzrd.storage.protocol import (
    MAX_PATH_BYTES,
    MAX_SEGMENT_BYTES,
    MAX_SEGMENTS,
    AlreadyStored,
    BadContentType,
    FolderPage,
    RangeNotSatisfiable,
    Storage,
    StoredFile,
    TooLarge,
    UnsafePath,
)

BUCKET = "workflow-media"
EARLIEST = datetime.min.replace(tzinfo=UTC)
CAP = 8 << 20  # the fixture's store takes no more

UNSAFE_PATHS = [
    "",
    "/",
    "/etc/passwd",
    "..",
    "../x",
    "a/../b",
    "a/./b",
    "a//b",
    "a/",
    "a/..",
    ".hidden",
    "a/.meta/b",
    "a\x00b",
    "a\nb",
    "a\\..\\b",
    "C:/x",
    "a/b:stream",
    "a/con",
    "a/NUL.txt",
    "lpt1",
    "a /b",
    " a",
    "a./b",
    "a/b.",
    "a/\u202egnp.exe",  # a right-to-left override
    "a/e\u0301",  # not in normal form C
    "a/\ud800",
    "x" * (MAX_SEGMENT_BYTES + 1),
    "/".join(["abcd"] * 300),
]
UNSAFE_BUCKETS = ["", "a", ".meta", ".tmp", "..", "a/b", "A-bucket", "-ab", "a" * 64, "a\x00b", "a b"]


async def read(store: Storage, path: str, *, start: int = 0, stop: int | None = None) -> bytes:
    """The bytes of a file, or of a part of it."""
    async with store.open(BUCKET, path, start=start, stop=stop) as opened:
        data = b"".join([chunk async for chunk in opened.chunks])
        assert len(data) == opened.stop - opened.start
        return data


async def _drip(*chunks: bytes, then: BaseException | None = None) -> AsyncIterator[bytes]:
    for chunk in chunks:
        await let_others_run()
        yield chunk
    if then is not None:
        raise then


class StorageConformance:
    """The promises of wzrd.storage.protocol.Storage."""

    async def test_what_is_put_is_read(self, store: Storage) -> None:
        """A put returns what stat says: size, sha256 and content type; open gives the bytes."""
        data = os.urandom(3_000_001)
        put = await store.put_bytes(BUCKET, "shots/1/a b.png", data, content_type="Image/PNG")
        assert put == StoredFile(BUCKET, "shots/1/a b.png", len(data), hashlib.sha256(data).hexdigest(), "image/png")
        assert await store.stat(BUCKET, "shots/1/a b.png") == put
        assert await read(store, "shots/1/a b.png") == data

    async def test_streams_and_files_are_like_bytes(self, store: Storage, tmp_path: Path) -> None:
        """However a file comes in, it is the same file; chunks may be tiny, empty or huge."""
        data = os.urandom(2_500_000)
        source = tmp_path / "source.bin"
        source.write_bytes(data)
        one = await store.put_bytes(BUCKET, "f", data, content_type="video/mp4")
        chunks = _drip(data[:1], b"", data[1:1000], data[1000:])
        assert await store.put_stream(BUCKET, "f", chunks, content_type="video/mp4") == one
        assert await store.put_file(BUCKET, "f", source, content_type="video/mp4") == one

    async def test_an_empty_file_is_a_file(self, store: Storage) -> None:
        """Zero bytes can be stored, read and described; no byte of them can be asked for."""
        put = await store.put_bytes(BUCKET, "empty", b"", content_type="text/plain; charset=utf-8")
        assert (put.size, put.content_type) == (0, "text/plain; charset=utf-8")
        assert await read(store, "empty") == b""
        with pytest.raises(RangeNotSatisfiable):
            await read(store, "empty", start=1)

    @pytest.mark.parametrize(
        ("start", "stop", "expected"),
        [
            (0, None, b"0123456789"),
            (0, 1, b"0"),
            (9, 10, b"9"),
            (9, None, b"9"),
            (3, 7, b"3456"),
            (0, 10_000, b"0123456789"),
            (4, 4, b""),
            (10, None, b""),
        ],
    )
    async def test_ranges(self, store: Storage, start: int, stop: int | None, expected: bytes) -> None:
        """The part from start up to, not including, stop; beyond the end means the end."""
        await store.put_bytes(BUCKET, "digits", b"0123456789", content_type="text/plain")
        assert await read(store, "digits", start=start, stop=stop) == expected

    async def test_a_range_across_chunks(self, store: Storage) -> None:
        """A part that begins and ends anywhere in a large file is exact."""
        data = os.urandom(4 << 20)
        await store.put_bytes(BUCKET, "large", data, content_type="video/mp4")
        assert await read(store, "large", start=1_048_575, stop=3_145_729) == data[1_048_575:3_145_729]

    @pytest.mark.parametrize(("start", "stop"), [(-1, None), (11, None), (5, 4), (0, -1)])
    async def test_impossible_ranges(self, store: Storage, start: int, stop: int | None) -> None:
        """A part that is nowhere in the file is refused, with the file's size."""
        await store.put_bytes(BUCKET, "digits", b"0123456789", content_type="text/plain")
        with pytest.raises(RangeNotSatisfiable) as caught:
            await read(store, "digits", start=start, stop=stop)
        assert caught.value.details["size"] == 10

    async def test_what_is_not_there(self, store: Storage) -> None:
        """An absent file, a folder, and a path below a file are all not found."""
        await store.put_bytes(BUCKET, "dir/file", b"x", content_type="text/plain")
        for path in ("absent", "dir", "dir/file/below", "dir/absent"):
            with pytest.raises(NotFound):
                await store.stat(BUCKET, path)
            with pytest.raises(NotFound):
                await read(store, path)
            assert await store.delete(BUCKET, path) is False
        with pytest.raises(NotFound):
            await store.stat("other-bucket", "dir/file")

    async def test_delete(self, store: Storage) -> None:
        """A deleted file is gone; deleting again says that nothing was there; a new put has no memory of the old."""
        await store.put_bytes(BUCKET, "a/b", b"x", content_type="text/plain")
        assert await store.delete(BUCKET, "a/b") is True
        assert await store.delete(BUCKET, "a/b") is False
        with pytest.raises(NotFound):
            await store.stat(BUCKET, "a/b")
        await store.put_bytes(BUCKET, "a/b", b"y", content_type="image/png")
        assert (await store.stat(BUCKET, "a/b")).content_type == "image/png"

    @pytest.mark.parametrize("path", UNSAFE_PATHS)
    async def test_unsafe_paths(self, store: Storage, path: str) -> None:
        """Every method refuses a path that could leave the bucket, hide, or mean two things."""
        with pytest.raises(UnsafePath):
            await store.put_bytes(BUCKET, path, b"x", content_type="text/plain")
        with pytest.raises(UnsafePath):
            await store.stat(BUCKET, path)
        with pytest.raises(UnsafePath):
            await read(store, path)
        with pytest.raises(UnsafePath):
            await store.delete(BUCKET, path)
        with pytest.raises(UnsafePath):
            store.public_url(BUCKET, path)

    @pytest.mark.parametrize("bucket", UNSAFE_BUCKETS)
    async def test_unsafe_buckets(self, store: Storage, bucket: str) -> None:
        """A bucket's name that is unsafe is refused."""
        with pytest.raises(UnsafePath):
            await store.put_bytes(bucket, "x", b"x", content_type="text/plain")
        with pytest.raises(UnsafePath):
            store.public_url(bucket, "x")

    async def test_long_and_foreign_names(self, store: Storage) -> None:
        """The longest allowed path and any script work."""
        long = "/".join(["é" * (MAX_SEGMENT_BYTES // 2)] * 5)
        assert len(long.encode()) <= MAX_PATH_BYTES
        for path in (long, "映画/第一場.mp4", "a'b%20c&d=e+f#g.png", "コン/con-artist.png"):
            await store.put_bytes(BUCKET, path, path.encode(), content_type="text/plain")
            assert await read(store, path) == path.encode()

    @pytest.mark.parametrize(
        "kind", ["", "image", "image/", "a/b\r\nX: y", "a/b;", "text/html,a/b", "a b/c", "a" * 300]
    )
    async def test_bad_content_types(self, store: Storage, kind: str) -> None:
        """A content type that could smuggle a header is refused before anything is written."""
        with pytest.raises(BadContentType):
            await store.put_bytes(BUCKET, "x", b"x", content_type=kind)
        with pytest.raises(NotFound):
            await store.stat(BUCKET, "x")

    async def test_a_file_over_the_cap(self, store: Storage) -> None:
        """Exactly the cap is taken; one byte more is refused and what was there stays."""
        await store.put_bytes(BUCKET, "big", b"x" * CAP, content_type="video/mp4")
        with pytest.raises(TooLarge):
            await store.put_stream(BUCKET, "big", _drip(b"y" * CAP, b"y"), content_type="video/webm")
        assert (await store.stat(BUCKET, "big")).content_type == "video/mp4"
        assert await read(store, "big", start=CAP - 1) == b"x"

    async def test_a_stream_that_breaks_leaves_what_was_there(self, store: Storage) -> None:
        """The stream's own error comes out, also one of the operating system; no half file is ever seen."""
        for error in (ConnectionResetError("gone"), OSError(28, "not our disk"), RuntimeError("x")):
            with pytest.raises(type(error)) as caught:
                await store.put_stream(BUCKET, "s", _drip(b"half" * 500_000, then=error), content_type="video/mp4")
            assert caught.value is error
            with pytest.raises(NotFound):
                await store.stat(BUCKET, "s")
        await store.put_bytes(BUCKET, "s", b"whole", content_type="text/plain")
        with pytest.raises(RuntimeError):
            await store.put_stream(BUCKET, "s", _drip(b"half", then=RuntimeError()), content_type="video/mp4")
        assert await read(store, "s") == b"whole"

    async def test_a_cancelled_put_leaves_what_was_there(self, store: Storage) -> None:
        """Cancelling in mid-stream is like a stream that breaks."""
        started = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 300_000
                started.set()
                await let_others_run()

        task = asyncio.create_task(store.put_stream(BUCKET, "c", endless(), content_type="video/mp4"))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(NotFound):
            await store.stat(BUCKET, "c")

    async def test_a_path_is_a_file_or_a_folder(self, store: Storage) -> None:
        """A store that has folders says so when the two collide, and leaves both as they were."""
        await store.put_bytes(BUCKET, "a", b"file", content_type="text/plain")
        try:
            await store.put_bytes(BUCKET, "a/b", b"below", content_type="text/plain")
        except Conflict:
            assert await read(store, "a") == b"file"
        await store.put_bytes(BUCKET, "d/e", b"below", content_type="text/plain")
        try:
            await store.put_bytes(BUCKET, "d", b"file", content_type="text/plain")
        except Conflict:
            assert await read(store, "d/e") == b"below"

    async def test_a_put_that_does_not_replace(self, store: Storage) -> None:
        """Of several at once one is stored, the others are told; what is there stays, and nothing is left behind."""

        async def put(data: bytes) -> StoredFile | None:
            try:
                return await store.put_stream(BUCKET, "n/x", _drip(data), content_type="video/mp4", replace=False)
            except AlreadyStored:
                return None

        stored = await asyncio.gather(*(put(bytes([n]) * 1000) for n in range(8)))
        (won,) = [one for one in stored if one is not None]
        assert await store.stat(BUCKET, "n/x") == won
        assert hashlib.sha256(await read(store, "n/x")).hexdigest() == won.sha256
        await store.delete(BUCKET, "n/x")
        assert await put(b"again") is not None

    async def test_a_folder_is_listed(self, store: Storage) -> None:
        """Folders first, then files as stat knows them; pages, order and beginnings; what is empty is not there."""
        for path in ("f/b.png", "f/a.png", "f/映画 1.mp4", "f/deep/x/1", "f/zz/2", "g/3"):
            await store.put_bytes(BUCKET, path, path.encode(), content_type="image/png")
        await store.put_bytes(BUCKET, "f/gone/1", b"x", content_type="image/png")
        await store.delete(BUCKET, "f/gone/1")

        async def names(folder: str, page: FolderPage | None = None) -> list[str]:
            return [entry.name for entry in await store.list_folder(BUCKET, folder, page or FolderPage())]

        listed = await store.list_folder(BUCKET, "f/", FolderPage())
        assert sorted(entry.name for entry in listed[2:]) == ["a.png", "b.png", "映画 1.mp4"]
        assert [(entry.name, entry.file) for entry in listed[:2]] == [("deep", None), ("zz", None)]
        for entry in listed[2:]:
            assert entry.file is not None
            assert entry.file == await store.stat(BUCKET, f"f/{entry.name}")
            assert entry.file.modified is not None
        assert await names("f", FolderPage(limit=2, offset=1)) == (await names("f"))[1:3]
        assert await names("f", FolderPage(search="A")) == ["a.png"]
        assert (await names("f", FolderPage(descending=True)))[:2] == ["zz", "deep"]
        times = [(entry.file.modified or EARLIEST, entry.name) for entry in listed if entry.file is not None]
        newest = await names("f", FolderPage(sort="updated_at", descending=True))
        assert newest[2:] == [name for _, name in sorted(times, reverse=True)], "a store may know whole seconds"
        assert await names("f/deep") == ["x"]
        assert await names("nothing") == await names("f/a.png") == []
        assert {"f", "g"} <= set(await names(""))
        for folder in ("..", "f/../f", "/f", "f//x", ".meta"):
            with pytest.raises(UnsafePath):
                await store.list_folder(BUCKET, folder, FolderPage())

    async def test_how_deep_a_file_may_lie(self, store: Storage) -> None:
        """Thirty-two names are taken and listed; one more is refused by every put."""
        deepest = "/".join(["k"] * MAX_SEGMENTS)
        await store.put_bytes(BUCKET, deepest, b"x", content_type="text/plain")
        assert [entry.name for entry in await store.list_folder(BUCKET, "k", FolderPage())] == ["k"]
        assert (await store.list_folder(BUCKET, deepest.removesuffix("/k"), FolderPage()))[0].file is not None
        for deep in (f"{deepest}/k", "/".join(["m"] * 480)):
            with pytest.raises(UnsafePath, match=f"{MAX_SEGMENTS} names deep at most, not {deep.count('/') + 1}"):
                await store.put_bytes(BUCKET, deep, b"x", content_type="text/plain")
            with pytest.raises(UnsafePath):
                await store.put_stream(BUCKET, deep, _drip(b"x"), content_type="text/plain")
            with pytest.raises(NotFound):
                await store.stat(BUCKET, deep)
            assert await store.delete(BUCKET, deep) is False
            assert await store.list_folder(BUCKET, deep, FolderPage()) == []

    async def test_folders_go_with_their_last_file(self, store: Storage) -> None:
        """Deleted to the last file, a folder is a name like any other; one that holds a file yet stays."""
        for path in ("e/f/g/1", "e/f/g/2", "e/2"):
            await store.put_bytes(BUCKET, path, b"x", content_type="text/plain")
        for path in ("e/f/g/1", "e/f/g/2"):
            assert await store.delete(BUCKET, path) is True
        assert [entry.name for entry in await store.list_folder(BUCKET, "e", FolderPage())] == ["2"]
        await store.put_bytes(BUCKET, "e/f", b"a file", content_type="image/png")
        assert await read(store, "e/f") == b"a file"
        for path in ("e/f", "e/2"):
            assert await store.delete(BUCKET, path) is True
        await store.put_bytes(BUCKET, "e", b"a file", content_type="image/png")
        assert (await store.stat(BUCKET, "e")).content_type == "image/png"

    async def test_puts_while_their_folder_goes(self, store: Storage) -> None:
        """A put into a folder whose last file is being deleted is stored all the same."""

        async def come_and_go(n: int) -> None:
            for turn in range(20):
                path = f"q/r/s/{n}"
                await store.put_bytes(BUCKET, path, bytes([n, turn]), content_type="text/plain")
                assert await read(store, path) == bytes([n, turn])
                assert await store.delete(BUCKET, path) is True

        await asyncio.gather(*map(come_and_go, range(6)))
        assert await store.list_folder(BUCKET, "q", FolderPage()) == []

    async def test_many_puts_of_one_path(self, store: Storage) -> None:
        """The file is one of them, whole, with the content type and sum of that one."""
        versions = [bytes([n]) * (50_000 + n) for n in range(16)]
        puts = (
            store.put_stream(BUCKET, "p/x", _drip(data[:7], data[7:]), content_type=f"video/v{n}")
            for n, data in enumerate(versions)
        )
        stored = await asyncio.gather(*puts)
        data, found = await read(store, "p/x"), await store.stat(BUCKET, "p/x")
        assert data in versions
        assert found in stored
        assert found.content_type == f"video/v{data[0]}"
        assert found.sha256 == hashlib.sha256(data).hexdigest()

    async def test_a_reader_sees_one_version(self, store: Storage) -> None:
        """While a file is overwritten and deleted, whoever has it open reads the version that was opened."""
        old, new = b"o" * (3 << 20), b"n" * (2 << 20)
        await store.put_bytes(BUCKET, "r", old, content_type="video/old")
        async with store.open(BUCKET, "r") as opened:
            first = await anext(opened.chunks)
            await store.put_bytes(BUCKET, "r", new, content_type="video/new")
            async with store.open(BUCKET, "r") as second:
                assert second.file.content_type == "video/new"
            await store.delete(BUCKET, "r")
            rest = b"".join([chunk async for chunk in opened.chunks])
        assert first + rest == old
        assert opened.file.content_type == "video/old"

    async def test_readers_during_a_storm_of_puts(self, store: Storage) -> None:
        """The bytes read always fit their description: size, type and sum belong to the same bytes."""
        versions = [bytes([n]) * (20_000 + n) for n in range(8)]
        await store.put_bytes(BUCKET, "storm", versions[0], content_type="video/v0")

        async def write() -> None:
            for n, data in list(enumerate(versions)) * 3:
                await store.put_bytes(BUCKET, "storm", data, content_type=f"video/v{n}")

        async def look() -> None:
            for _ in range(30):
                async with store.open(BUCKET, "storm") as opened:
                    data = b"".join([chunk async for chunk in opened.chunks])
                assert hashlib.sha256(data).hexdigest() == opened.file.sha256
                assert opened.file.content_type == f"video/v{data[0]}"
                assert opened.file.size == len(data)
                async with store.open(BUCKET, "storm", start=19_000) as opened:
                    data = b"".join([chunk async for chunk in opened.chunks])
                assert opened.file.content_type == f"video/v{data[0]}"
                assert len(data) == opened.file.size - 19_000

        await asyncio.gather(write(), write(), look(), look())

    async def test_a_file_for_tools_of_this_machine(self, store: Storage) -> None:
        """While it is open, a path whose bytes are the file's, for several readers at once; it is there afterwards."""
        data = os.urandom(1_500_000)
        put = await store.put_bytes(BUCKET, "clips/映画 1.mp4", data, content_type="video/mp4")
        async with store.local(BUCKET, put.path) as one, store.local(BUCKET, put.path) as two:
            assert one.read_bytes() == two.read_bytes() == data
            assert one.suffix == ".mp4", "tools go by it"
        assert await store.stat(BUCKET, put.path) == put
        await store.put_bytes(BUCKET, "empty", b"", content_type="text/plain")
        async with store.local(BUCKET, "empty") as nothing:
            assert nothing.read_bytes() == b""

    async def test_no_file_for_tools(self, store: Storage) -> None:
        """Absent files, folders and unsafe names give no path; what goes wrong while it is open passes through."""
        await store.put_bytes(BUCKET, "dir/file", b"x", content_type="text/plain")
        for path in ("absent", "dir", "dir/file/below"):
            with pytest.raises(NotFound):
                async with store.local(BUCKET, path):
                    pytest.fail("opened")
        for path in UNSAFE_PATHS:
            with pytest.raises(UnsafePath):
                async with store.local(BUCKET, path):
                    pytest.fail("opened")
        with pytest.raises(ZeroDivisionError):
            async with store.local(BUCKET, "dir/file"):
                raise ZeroDivisionError
        assert await read(store, "dir/file") == b"x"

    async def test_an_address_leads_back_to_its_place(self, store: Storage) -> None:
        """The address of any file, on whatever host and with whatever query, names its bucket and path."""
        for path in ("x", "shots/1/a b#c&é.png", "映画/第一場.mp4", "50%25/a'b+c;d=e!.png", "a/~b.png"):
            address = store.public_url(BUCKET, path)
            assert store.locate(address) == (BUCKET, path)
            assert store.locate(f"{address}?download=x#t=3") == (BUCKET, path)
            elsewhere = "https://moved.example.org:8443/storage/" + address.partition("/storage/")[2]
            assert store.locate(elsewhere) == (BUCKET, path)

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "x",
            "https://h/film.mp4",
            "https://h/storage/v1/object/public/",
            "https://h/storage/v1/object/public/workflow-media",
            "https://h/storage/v1/object/public/workflow-media/",
            "https://h/storage/v1/object/public/workflow-media/a//b",
            "https://h/storage/v1/object/public/workflow-media/../x",
            "https://h/storage/v1/object/public/workflow-media/%2e%2e/x",
            "https://h/storage/v1/object/public/workflow-media/a%2Fb",
            "https://h/storage/v1/object/public/workflow-media%2Fa",
            "https://h/storage/v1/object/public/workflow-media/a%00",
            "https://h/storage/v1/object/public/workflow-media/%ff",
            "https://h/storage/v1/object/sign/workflow-media/a",
            "https://h/x/storage/v1/object/public/workflow-media/a",
            "https://h/?u=/storage/v1/object/public/workflow-media/a",
            "https://[h/storage/v1/object/public/workflow-media/a",
            "data:image/png;base64,AAAA",
            "\ud800",
        ],
    )
    async def test_other_addresses_lead_nowhere(self, store: Storage, address: str) -> None:
        """Malformed, of another route, or spelled otherwise than `public_url` spells it: no place, and no error."""
        assert store.locate(address) is None

    async def test_public_addresses(self, store: Storage) -> None:
        """The documented address, with the path quoted so that no character of it means something else."""
        address = store.public_url(BUCKET, "shots/a b#c&é.png")
        assert address.endswith("/storage/v1/object/public/workflow-media/shots/a%20b%23c%26%C3%A9.png")
