"""The store in S3, against moto's server: the conformance suite, and faults of a far side."""

import hashlib
import logging
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import obstore
import pytest
from moto.server import ThreadedMotoServer

from tests.storage.conformance import BUCKET, CAP, StorageConformance, read
from wzrd.domain.errors import NotConfigured, Unavailable
from wzrd.domain.submission import RetryPolicy
from wzrd.runtime.checks import check_store
from wzrd.runtime.process import make_storage
from wzrd.settings import Settings
from wzrd.storage import s3, spool
from wzrd.storage.copying import copy_files
from wzrd.storage.s3 import S3Storage, open_bucket
from wzrd.storage.spool import SpooledStorage

KEY = "a-key-that-nobody-may-see"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """The address of an S3 on this machine."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def settings(endpoint: str, tmp_path: Path) -> Settings:
    """Settings that name it, with an empty bucket."""
    urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")).close()
    urlopen(Request(f"{endpoint}/media", method="PUT")).close()
    return settings_of(endpoint, tmp_path)


def settings_of(endpoint: str, home: Path, **more: object) -> Settings:
    values: dict[str, object] = {
        "WZRD_HOME": home,
        "WZRD_STORAGE": "s3",
        "WZRD_S3_BUCKET": "media",
        "WZRD_S3_ENDPOINT": endpoint,
        "AWS_ACCESS_KEY_ID": "wzrd",
        "AWS_SECRET_ACCESS_KEY": KEY,
    }
    return Settings.model_validate(values | more)


def files_of(store: SpooledStorage) -> list[Path]:
    return [path for path in store.spool.rglob("*") if path.is_file()]


@pytest.fixture
async def store(settings: Settings, tmp_path: Path) -> AsyncGenerator[S3Storage]:
    """A store without copies in an empty bucket."""
    made = S3Storage(s3=open_bucket(settings), spool=tmp_path / "spool", max_bytes=CAP)
    yield made
    assert files_of(made) == [], "nothing stays on this machine"


class TestS3Storage(StorageConformance):
    """The promises of every store, kept by S3."""


async def test_a_file_that_is_replaced_at_each_look(store: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole one is asked for once, so it is read; a part when somebody pauses, and else it is told after a while."""
    await store.put_bytes(BUCKET, "busy", b"0123456789", content_type="text/plain")
    get, pauses = S3Storage._get, 30

    async def replaced(self: S3Storage, bucket: str, path: str, options: Any) -> Any:
        nonlocal pauses
        if "if_match" in options and (pauses := pauses - 1) >= 0:
            options = options | {"if_match": "another"}
        return await get(self, bucket, path, options)

    monkeypatch.setattr(S3Storage, "_get", replaced)
    assert await read(store, "busy") == b"0123456789"
    assert pauses == 30
    assert await read(store, "busy", start=3, stop=5) == b"34"
    pauses = 1_000
    monkeypatch.setattr(spool, "_LOOKS", RetryPolicy(tries=40, first=0, longest=0))
    with pytest.raises(Unavailable, match="busy is being replaced, try again"):
        await read(store, "busy", start=3)


async def test_a_file_that_somebody_else_has_put_there(store: S3Storage) -> None:
    """It says no sum of itself: it is read, and is like any other; a type that is none is no type."""
    await obstore.put_async(store.s3, f"{BUCKET}/theirs", b"0123456789", attributes={"Content-Type": "a/b; c"})
    stored = await store.stat(BUCKET, "theirs")
    assert (stored.size, stored.sha256) == (10, hashlib.sha256(b"0123456789").hexdigest())
    assert stored.content_type == "application/octet-stream"
    assert await read(store, "theirs", start=3, stop=5) == b"34"


async def test_large_files_go_in_parts(store: S3Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts come together, with type and sum."""
    monkeypatch.setattr(s3, "PART_BYTES", 5 << 20)  # the least that S3 takes
    data = bytes(range(256)) * (28 << 10)
    stored = await store.put_bytes(BUCKET, "film.mp4", data, content_type="video/mp4")
    assert await store.stat(BUCKET, "film.mp4") == stored
    meta = await obstore.head_async(store.s3, f"{BUCKET}/film.mp4")
    assert (meta["e_tag"] or "").endswith('-2"'), "an object of two parts"
    assert await read(store, "film.mp4") == data


async def test_copies_are_kept_up_to_a_size(settings: Settings, store: S3Storage) -> None:
    """A tool's file is fetched once; whoever was not asked for longest goes, while a reader of it reads on."""
    made = S3Storage(s3=store.s3, spool=settings.work_folder / "s3", cache_bytes=2_500)
    for name in "abc":
        await store.put_bytes(BUCKET, f"{name}.mp4", name.encode() * 1000, content_type="video/mp4")
    async with made.local(BUCKET, "a.mp4") as first:
        async with made.local(BUCKET, "b.mp4"), made.local(BUCKET, "c.mp4"):
            pass
        assert first.read_bytes() == b"a" * 1000
        assert sorted(one.read_bytes()[:1] for one in (made.spool / "copies").iterdir()) == [b"b", b"c"]
    await made.put_bytes(BUCKET, "d.mp4", b"d" * 1000, content_type="video/mp4")
    async with made.local(BUCKET, "d.mp4") as again:
        assert again.suffix == ".mp4"
        assert again.stat().st_nlink == 2, "what was put from here is not fetched"
    assert len(files_of(made)) == 2


async def test_a_claimed_sum_leads_to_no_other_file(settings: Settings, store: S3Storage) -> None:
    """Whoever puts a file there himself may claim any sum: it gives him nobody's copy, and spoils none."""
    made = S3Storage(s3=store.s3, spool=settings.work_folder / "s3", cache_bytes=1 << 20)
    own = await made.put_bytes(BUCKET, "own/private.mp4", b"a secret", content_type="video/mp4")
    await obstore.put_async(store.s3, f"{BUCKET}/other/claim.mp4", b"mine", attributes={"sha256": own.sha256})
    with pytest.raises(Unavailable, match="other bytes"):
        async with made.local(BUCKET, "other/claim.mp4"):
            pytest.fail("opened")
    async with made.local(BUCKET, "own/private.mp4") as path:
        assert path.read_bytes() == b"a secret"


async def test_what_is_wrong_there(endpoint: str, settings: Settings, tmp_path: Path) -> None:
    """No bucket, no answer, half a key: named, with the remedy, and without the key."""
    assert (await check_store(settings)).verdict == "valid"
    nowhere = settings_of(endpoint, tmp_path, WZRD_S3_BUCKET="elsewhere")
    silent = settings_of("http://127.0.0.1:9", tmp_path)
    for one, verdict in ((nowhere, "refused"), (silent, "unreachable")):
        found = await check_store(one)
        assert found.verdict == verdict
        assert KEY not in found.detail
    with pytest.raises(NotConfigured, match="WZRD_S3_BUCKET"):
        await make_storage(nowhere).put_bytes(BUCKET, "x", b"x", content_type="text/plain")
    with pytest.raises(Unavailable):
        await make_storage(silent).stat(BUCKET, "x")
    with pytest.raises(NotConfigured, match="go together"):
        make_storage(settings_of(endpoint, tmp_path, AWS_SECRET_ACCESS_KEY=None))


async def test_files_move_from_this_machine(settings: Settings, tmp_path: Path) -> None:
    """Copied once, whole, with type and address; a damaged one is told, and another call does the rest."""
    here, there = make_storage(settings.model_copy(update={"storage": "local"})), make_storage(settings)
    for path in ("a.png", "deep/er/b.png", "映画/c.png"):
        await here.put_bytes(BUCKET, path, path.encode(), content_type="image/png")
    (tmp_path / "media" / BUCKET / "a.png").write_bytes(b"A.PNG")
    found = {one.file.path: one async for one in copy_files(here, there)}
    assert {path: one.sent for path, one in found.items()} == {"a.png": True, "deep/er/b.png": True, "映画/c.png": True}
    again = [one async for one in copy_files(here, there)]
    assert [one.sent for one in again] == [False, False, False]
    for path in found:
        assert await there.stat(BUCKET, path) == await here.stat(BUCKET, path)
        assert there.locate(here.public_url(BUCKET, path)) == (BUCKET, path), "old addresses keep answering"
    await here.put_bytes(BUCKET, "a.png", b"other", content_type="image/png")
    assert [one.file.path async for one in copy_files(here, there) if one.sent] == ["a.png"]
