"""Made once, used again: cache keys, vanished files, faults."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from wzrd.assets.content_cache import PANEL, Asset, make_once
from wzrd.domain.errors import WzrdError
from wzrd.runtime.process import Runtime

USER = uuid.uuid4()


def maker(content: bytes, made: list[bytes]) -> Callable[[Path], Awaitable[Mapping[str, Any]]]:
    async def make(path: Path) -> Mapping[str, Any]:
        await asyncio.to_thread(path.write_bytes, content)
        made.append(content)
        return {"bytes": len(content)}

    return make


async def content_of(runtime: Runtime, asset: Asset) -> bytes:
    async with runtime.storage.open(asset.bucket, asset.path) as opened:
        return b"".join([chunk async for chunk in opened.chunks])


async def test_the_same_inputs_are_made_once(store: Runtime) -> None:
    """Equal inputs give one file; other inputs or another user get another."""
    made: list[bytes] = []
    first = await make_once(store, USER, {"a": 1, "b": [2]}, PANEL, maker(b"one", made))
    again = await make_once(store, USER, {"b": [2], "a": 1}, PANEL, maker(b"never", made))
    other = await make_once(store, USER, {"a": 2}, PANEL, maker(b"two", made))
    stranger = await make_once(store, uuid.uuid4(), {"a": 1, "b": [2]}, PANEL, maker(b"three", made))
    assert made == [b"one", b"two", b"three"]
    assert (first.path, first.sha256, first.facts) == (again.path, again.sha256, {"bytes": 3})
    assert (first.reused, again.reused) == (False, True)
    assert len({first.path, other.path, stranger.path}) == 3
    assert await content_of(store, again) == b"one"


async def test_two_who_ask_at_once_get_one_file(store: Runtime) -> None:
    """It is made once; who waits finds it. One who fails leaves the making to the next."""
    made: list[bytes] = []
    both = await asyncio.gather(
        *(make_once(store, USER, {"a": 1}, PANEL, maker(text, made)) for text in (b"one", b"two"))
    )
    assert (len(made), both[0].path, [asset.reused for asset in both]) == (1, both[1].path, [False, True])

    async def fail(_: Path) -> Mapping[str, Any]:
        raise WzrdError("broken")

    first, second = await asyncio.gather(
        make_once(store, USER, {"b": 1}, PANEL, fail),
        make_once(store, USER, {"b": 1}, PANEL, maker(b"made", made)),
        return_exceptions=True,
    )
    assert isinstance(first, WzrdError)
    assert isinstance(second, Asset)


async def test_a_file_that_vanished_or_changed_is_made_again(store: Runtime) -> None:
    """The table is believed only as far as the store agrees."""
    made: list[bytes] = []
    first = await make_once(store, USER, {"a": 1}, PANEL, maker(b"one", made))
    await store.storage.delete(first.bucket, first.path)
    second = await make_once(store, USER, {"a": 1}, PANEL, maker(b"one", made))
    await store.storage.put_bytes(second.bucket, second.path, b"tampered", content_type="image/png")
    third = await make_once(store, USER, {"a": 1}, PANEL, maker(b"one", made))
    assert len(made) == 3
    assert await content_of(store, third) == b"one"
    assert (await make_once(store, USER, {"a": 1}, PANEL, maker(b"one", made))).path == third.path


async def test_what_fails_leaves_nothing(store: Runtime) -> None:
    """A maker that raises leaves no row, no stored file and no working folder."""

    async def fail(path: Path) -> Mapping[str, Any]:
        await asyncio.to_thread(path.write_bytes, b"half")
        raise WzrdError("broken")

    with pytest.raises(WzrdError, match="broken"):
        await make_once(store, USER, {"a": 1}, PANEL, fail)
    assert list(store.settings.work_folder.iterdir()) == []
    assert not [file for file in store.settings.media_folder.rglob("*") if file.is_file()]
    made: list[bytes] = []
    await make_once(store, USER, {"a": 1}, PANEL, maker(b"one", made))
    assert made == [b"one"]


async def test_an_address_follows_the_server(store: Runtime) -> None:
    """The address of what was made before is that of the server as it is now, and old addresses are understood."""
    made: list[bytes] = []
    first = await make_once(store, USER, {"a": 1}, PANEL, maker(b"one", made))
    store.settings = store.settings.model_copy(update={"public_url": "https://studio.example"})
    store.__post_init__()
    again = await make_once(store, USER, {"a": 1}, PANEL, maker(b"one", made))
    assert again.url == f"https://studio.example/storage/v1/object/public/{first.bucket}/{first.path}"
    assert store.storage.locate(first.url) == store.storage.locate(again.url) == (first.bucket, first.path)
    assert store.storage.locate("https://elsewhere.example/a.png") is None
    assert store.storage.locate("https://x/storage/v1/object/public/bucket/../../etc/passwd") is None
