"""Made once, used again: a media file named by what it was made of, stored, and found again.

The cache inputs are everything that the bytes depend on, the tool's own version included. Equal inputs give the same
file; a file that has vanished from the store is made again. Cache keys are a user's own: nobody gets another's file.
"""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

from wzrd.assets.temporary_folder import temporary_folder
from wzrd.contracts.wire import canonical
from wzrd.db.engine import Tx
from wzrd.db.node_outputs import claim_keys, drop_claim, find_output, store_file_output
from wzrd.db.orphan_files import expect_file
from wzrd.db.run_leases import fence
from wzrd.domain.errors import NotFound, RunStopped, WzrdError
from wzrd.domain.runs import Lease
from wzrd.faults import fault
from wzrd.runtime.process import Runtime
from wzrd.storage.protocol import StoredFile, unguessable_path

log = logging.getLogger(__name__)

MEDIA_BUCKET = "workflow-media"

T = TypeVar("T")

CLAIM_PAUSE = 0.5
"""Seconds until one who waits for another process's file looks again."""

_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""Locks of the files that this process is making."""

Make: TypeAlias = Callable[[Path], Awaitable[Mapping[str, Any]]]
"""Makes the file at this path; what it returns (fit for JSON) is kept beside it as its facts."""


@dataclass(frozen=True, slots=True)
class Maker:
    """The running item of a run that makes what costs: while it runs, no other process makes the same."""

    lease: Lease
    item_key: str


class FileCleared(WzrdError):
    """It took so long from the store to its row that the file was cleared away."""

    code = "file_cleared"
    retryable = True


@dataclass(frozen=True, slots=True)
class AssetFormat:
    """Format of a made file: its extension with the dot, its content type, the bucket that it goes to.

    `folder` is where in the user's own part of the bucket it lies.
    """

    extension: str
    content_type: str
    bucket: str = MEDIA_BUCKET
    folder: str = ""


PANEL = AssetFormat(".png", "image/png")
CLIP = AssetFormat(".mp4", "video/mp4")
TAKE = AssetFormat(".wav", "audio/wav")
SOUND = AssetFormat(".m4a", "audio/mp4")


@dataclass(frozen=True, slots=True)
class Asset:
    """A stored file. `facts`: what its maker said; `key`: its recipe's name; `reused`: it had been made before."""

    bucket: str
    path: str
    url: str
    size: int
    sha256: str
    facts: Mapping[str, Any]
    key: str
    reused: bool = False


def cache_key(user_id: UUID, cache_inputs: Mapping[str, Any]) -> str:
    """The cache key of what these inputs make for a user."""
    return hashlib.sha256(canonical({"user": str(user_id), "recipe": dict(cache_inputs)})).hexdigest()


async def make_once(
    runtime: Runtime,
    user_id: UUID,
    cache_inputs: Mapping[str, Any],
    asset_format: AssetFormat,
    make: Make,
    *,
    owed: int = 0,
    maker: Maker | None = None,
) -> Asset:
    """The file of these inputs: found, or made and stored. A second caller waits while it is being made here.

    `owed`: what the first delivery of a file that is made now is to pay (see `wzrd.db.node_outputs`). With a `maker` a
    caller in another process waits as well, as for a graph's nodes (see `wzrd.db.node_outputs`): for what costs.

    Raises:
        StorageFull: there is no room for it; and whatever `make` raises. Nothing is left behind then.
        LeaseLost, CancelRequested: the maker's run may not go on here.
    """
    key = cache_key(user_id, cache_inputs)
    async with turn(key):
        found = await find_asset(runtime, key)
        if found is None and maker is not None:
            found = await claim(runtime, key, maker, partial(find_asset, runtime, key))
        try:
            return found or await _make(runtime, user_id, key, asset_format, make, owed)
        except RunStopped:
            raise
        except WzrdError as error:
            if maker is not None and not error.retryable:  # else it is tried again here, with what was paid for
                await _drop_claim(runtime, key, maker)
            raise


async def claim(runtime: Runtime, key: str, maker: Maker, find: Callable[[], Awaitable[T | None]]) -> T | None:
    """Wait until this maker has the claim, or what it would make is there: another has made it meanwhile.

    Raises:
        LeaseLost, CancelRequested: as `make_once`.
    """
    while True:
        async with runtime.begin() as tx:
            await fence(tx, maker.lease)
            lease = maker.lease
            claimed = bool(await claim_keys(tx, lease.run_id, lease.user_id, {maker.item_key: key}))
        found = await find()
        if claimed or found is not None:
            return found
        await asyncio.sleep(CLAIM_PAUSE)


async def _drop_claim(runtime: Runtime, key: str, maker: Maker) -> None:
    """Let others try. The item may wait for what they make of its other parts: each would wait for the other's end."""
    with contextlib.suppress(RunStopped):
        async with runtime.begin() as tx:
            await fence(tx, maker.lease, check_cancel=False)
            await drop_claim(tx, maker.lease.run_id, maker.item_key, key)


def turn(key: str) -> asyncio.Lock:
    """The lock that whoever makes what this key names holds, in this process."""
    return _locks.setdefault(key, asyncio.Lock())


async def _make(runtime: Runtime, user_id: UUID, key: str, asset_format: AssetFormat, make: Make, owed: int) -> Asset:
    async with temporary_folder(runtime) as folder:
        made = folder / f"made{asset_format.extension}"
        facts = await make(made)
        return await keep_file(runtime, user_id, key, made, asset_format, facts, owed=owed)


async def keep_file(
    runtime: Runtime,
    user_id: UUID,
    key: str,
    made: Path,
    asset_format: AssetFormat,
    facts: Mapping[str, Any],
    *,
    owed: int = 0,
) -> Asset:
    """Store the file `made` under an unguessable path of the user's, and note it and its facts under `key`.

    Raises:
        StorageFull: there is no room for it.
        FileCleared: noting it took so long that upkeep has taken it for lost.
    """
    await fault("before_store")
    path = await expect_path(runtime, user_id, asset_format)
    stored = await runtime.storage.put_file(asset_format.bucket, path, made, content_type=asset_format.content_type)
    kept = _kept(stored, facts)
    await fault("after_store")
    async with runtime.begin() as tx:
        await _note(tx, key, user_id, kept, owed=owed)
    return _asset_of(runtime, key, kept, reused=False)


async def store_bytes(
    runtime: Runtime, path: str, key: str, data: bytes, asset_format: AssetFormat, facts: Mapping[str, Any]
) -> Asset:
    """Store a file that is in memory at a path of `expect_path`; who has a transaction notes it there (`note_asset`).

    Raises:
        StorageFull: there is no room for it.
    """
    await fault("before_store")
    stored = await runtime.storage.put_bytes(asset_format.bucket, path, data, content_type=asset_format.content_type)
    await fault("after_store")
    return _asset_of(runtime, key, _kept(stored, facts), reused=False)


async def note_asset(tx: Tx, user_id: UUID, asset: Asset) -> None:
    """Have a stored file found again under its key."""
    kept = {
        "bucket": asset.bucket, "path": asset.path, "size": asset.size, "sha256": asset.sha256, "facts": asset.facts,
    }  # fmt: skip
    await _note(tx, asset.key, user_id, kept)


async def expect_path(runtime: Runtime, user_id: UUID, asset_format: AssetFormat) -> str:
    """A new path for a file, known before the file is there: one that is never noted is cleared away some day."""
    path = unguessable_path("/".join(filter(None, (str(user_id), asset_format.folder))), asset_format.extension)
    async with runtime.begin() as tx:
        await expect_file(tx, asset_format.bucket, path, user_id)
    return path


async def _note(tx: Tx, key: str, user_id: UUID, kept: Mapping[str, Any], *, owed: int = 0) -> None:
    if not await store_file_output(tx, key, user_id, kept, owed=owed):
        raise FileCleared(bucket=kept["bucket"], path=kept["path"])


def _kept(stored: StoredFile, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"bucket": stored.bucket, "path": stored.path, "size": stored.size, "sha256": stored.sha256, "facts": facts}


async def find_asset(runtime: Runtime, key: str) -> Asset | None:
    """Asset made under this key, if its file is still there."""
    async with runtime.begin() as tx:
        kept = await find_output(tx, key)
    if kept is None:
        return None
    asset = _asset_of(runtime, key, kept, reused=True)
    try:
        stored = await runtime.storage.stat(asset.bucket, asset.path)
    except NotFound:
        log.warning("%s/%s is gone from the store and is made again", asset.bucket, asset.path)
        return None
    return asset if stored.sha256 == asset.sha256 else None


def _asset_of(runtime: Runtime, key: str, kept: Mapping[str, Any], *, reused: bool) -> Asset:
    """The address is made now: the server may have moved since the file was stored."""
    bucket, path = str(kept["bucket"]), str(kept["path"])
    url = runtime.storage.public_url(bucket, path)
    return Asset(bucket, path, url, int(kept["size"]), str(kept["sha256"]), kept["facts"], key, reused)
