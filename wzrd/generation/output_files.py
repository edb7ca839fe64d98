"""The files of an output: brought, checked, stored, and found again by the job that made them, by nobody else.

A sound that came inside an answer is stored before the answer is recorded (`keep_sound`): no provider has it any more.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from wzrd.assets.content_cache import Asset, AssetFormat, cache_key, expect_path, find_asset, keep_file, store_bytes
from wzrd.assets.sources import fetch_result, look_at_result, read_data_url
from wzrd.domain.buckets import StorageLocation
from wzrd.domain.results import media_urls
from wzrd.domain.submission import Target
from wzrd.media.ffmpeg import MediaFailed
from wzrd.media.mp3 import read_mp3
from wzrd.models.generation_inputs import is_data_uri
from wzrd.net.file_types import ANY, EXTENSIONS, SNIFF_BYTES, kind_told, sniff
from wzrd.net.guarded import FetchFailed, MediaKind
from wzrd.providers.base import Output
from wzrd.retry import LOCAL_WORK, retry
from wzrd.runs.execute import run_together
from wzrd.runtime.process import Runtime
from wzrd.threads import in_thread

log = logging.getLogger(__name__)

MANY = 2
FILES_AT_ONCE = 4
"""Files of one generation that are brought at once."""

LEFT: Mapping[str, str] = {"image": "made.png", "video": "made.mp4", "audio": "made.mp3"}
"""The files that a provider of this machine may leave in a job's folder: a picture, a clip, a sound."""
KEPT = "kept:"
"""Prefix of the address of a sound that was stored before its answer was recorded; its key follows."""

KINDS: Mapping[str, MediaKind] = {"image": "image", "video": "video", "audio": "audio", "3d": "model"}
_ANY: tuple[MediaKind, ...] = ("image", "video", "audio", "model")


@dataclass(frozen=True, slots=True)
class Destination:
    """Whose output it is, of which kind, and where its files go.

    Run and item are part of what a stored file is found again by. `store` false: the provider's addresses are
    passed on.
    """

    user_id: UUID
    run_id: UUID
    item_key: str
    media_type: str
    location: StorageLocation
    store: bool = True


@dataclass(frozen=True, slots=True)
class OutputFile:
    """One file of the result; pixels, seconds and bytes, None where they are not known or mean nothing.

    `sha256` None: it was not stored.
    """

    url: str
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    content_type: str | None = None
    sha256: str | None = None
    size: int | None = None


def main_first(output: Output, media_type: str) -> Output:
    """The output with files behind the others of which its vendor says that they are of another kind."""
    if len(output.media) < MANY or media_type not in KINDS:
        return output
    told, fits = _told(output), {"", KINDS[media_type]}
    return replace(output, media=tuple(sorted(output.media, key=lambda url: kind_told(url, told.get(url)) not in fits)))


def _told(output: Output) -> Mapping[str, str | None]:
    return {one.url: one.content_type for one in media_urls(dict(output.raw))}


def _left_there(output: Output) -> Mapping[int, OutputFile]:
    """The files beside the main one that their vendor calls no media (an archive, a caption), by their numbers.

    They stay at its address: what is kept here are media, and a clip is not lost for an archive.
    """
    told = _told(output) if len(output.media) >= MANY else dict[str, str | None]()
    others = ((number, url) for number, url in enumerate(output.media) if number)
    return {
        number: OutputFile(url, content_type=told.get(url) or ANY)
        for number, url in others
        if kind_told(url, told.get(url)) not in ("", *_ANY)
    }


async def store_all(
    runtime: Runtime, destination: Destination, target: Target, output: Output, folder: Path
) -> tuple[OutputFile, ...]:
    """The files in our store, in order; the first is of the kind that was asked for."""
    slots, left = asyncio.Semaphore(FILES_AT_ONCE), _left_there(output)

    async def one(number: int) -> OutputFile:
        if number in left:
            return left[number]
        async with slots:
            once = partial(_store, runtime, destination, target, output, number, folder)
            return await retry(LOCAL_WORK, once, on_retry=_warn)

    return tuple(await run_together(one(number) for number in range(len(output.media))))


async def look_at_all(runtime: Runtime, destination: Destination, output: Output) -> None:
    """See that the files that stay at their provider's are there: what nobody can fetch is not delivered.

    Raises:
        BadSource, FetchRefused, FetchFailed: one is not.
    """
    left = _left_there(output)
    for number in range(len(output.media)):
        if number in left:
            continue
        kinds = _kinds_of(destination.media_type, number)
        await retry(LOCAL_WORK, partial(look_at_result, runtime, output, number, *kinds), on_retry=_warn)


def _kinds_of(media_type: str, number: int) -> tuple[MediaKind, ...]:
    return (KINDS[media_type],) if number == 0 and media_type in KINDS else _ANY


def _warn(error: Exception, delay: float) -> None:
    log.info("a result could not be brought: %s; again in %.1f s", type(error).__name__, delay)


async def _store(
    runtime: Runtime, destination: Destination, target: Target, output: Output, number: int, folder: Path
) -> OutputFile:
    """One file: as this job has stored it before its process died, or brought, checked and stored now."""
    url, media_type, location = output.media[number], destination.media_type, destination.location
    key = _key_of(destination, target, number, url)
    if known := await find_asset(runtime, key):
        return _stored(known)
    if url.startswith(KEPT):
        raise FetchFailed(f"what {target} made is gone from the store", status=410)
    path = await _bring(runtime, output, number, folder, *_kinds_of(media_type, number))
    seen = await in_thread(_examine, path)
    asset_format = AssetFormat(EXTENSIONS[seen["content_type"]], seen["content_type"], location.bucket, location.folder)
    return _stored(await keep_file(runtime, destination.user_id, key, path, asset_format, seen))


async def _bring(runtime: Runtime, output: Output, number: int, folder: Path, *kinds: MediaKind) -> Path:
    """The file on this machine: a provider of this machine left it in our folder, another's is fetched."""
    url, path = output.media[number], folder / f"file-{number}"
    if is_data_uri(url):
        await asyncio.to_thread(path.write_bytes, read_data_url(url, *kinds))
        return path
    for left in (folder / name for name in LEFT.values()):
        if left.as_uri() == url:
            return left
    await fetch_result(runtime, output, number, path, *kinds)
    return path


def _examine(path: Path) -> dict[str, Any]:
    """Content type by the first bytes, pixels and seconds as they are: no claim of the provider's counts.

    Raises:
        MediaFailed, MediaRefused: it is not what its first bytes say, or larger than what is worked on.
    """
    from wzrd.media.probe import probe  # who only starts generations need not load the media libraries

    with path.open("rb") as file:
        content_type = sniff(file.read(SNIFF_BYTES))
    if content_type is None or content_type not in EXTENSIONS:
        raise MediaFailed(f"the result is no media of a kind that is stored: {content_type or 'unknown'}")
    kind = content_type.partition("/")[0]
    if kind == "model":
        return {"content_type": content_type}
    found = probe(path)
    if (kind == "audio") != (found.frames == 0):
        raise MediaFailed(f"the result says {content_type} and holds {'sound' if found.frames == 0 else 'a picture'}")
    sides = {"width": found.width, "height": found.height} if found.frames else {}
    length = {"seconds": round(found.seconds, 3)} if kind != "image" else {}
    return {"content_type": content_type, **sides, **length}


def _key_of(destination: Destination, target: Target, number: int, url: str) -> str:
    """Cache key of the file. Where it lay counts, unless it came with the answer or was made here."""
    bare = is_local(url) or url.startswith(KEPT)
    facts = {
        "run": str(destination.run_id),
        "item": destination.item_key,
        "target": str(target),
        "number": number,
        "of": "" if bare else hashlib.sha256(url.encode()).hexdigest(),
    }
    return cache_key(destination.user_id, facts)


@dataclass(frozen=True, slots=True)
class KeptSound:
    """A sound that lies in our store: the output as it is recorded, the file, which is to be noted, and its bytes."""

    output: Output
    asset: Asset
    data: bytes

    @property
    def file(self) -> OutputFile:
        """The file as a result tells it."""
        return _stored(self.asset)


async def expect_sound(runtime: Runtime, destination: Destination) -> str:
    """A path for a sound that will come inside an answer; it may be asked for while the answer is awaited."""
    return await expect_path(runtime, destination.user_id, _sound_format(destination))


async def keep_sound(
    runtime: Runtime, destination: Destination, target: Target, output: Output, path: Awaitable[str] | None = None
) -> KeptSound | None:
    """Store the sound that came inside an answer, as a `data:` URI; None where none did.

    `path`: one of `expect_sound`. Whoever records the output notes the file in the same transaction, or before
    (`note_asset`).

    Raises:
        BadSource, MediaFailed: it is no MP3, or silent.
        StorageFull: there is no room for it.
    """
    if destination.media_type != "audio" or len(output.media) != 1 or not is_data_uri(output.media[0]):
        return None
    data = read_data_url(output.media[0], "audio")
    sound = read_mp3(data)
    if sound.silent:
        raise MediaFailed("the sound is silent from its beginning to its end")
    key, asset_format = _key_of(destination, target, 0, KEPT), _sound_format(destination)
    facts = {"content_type": asset_format.content_type, "seconds": round(sound.seconds, 3)}
    where = await (path or expect_sound(runtime, destination))
    asset = await retry(
        LOCAL_WORK, partial(store_bytes, runtime, where, key, data, asset_format, facts), on_retry=_warn
    )
    return KeptSound(replace(output, media=(f"{KEPT}{key}",)), asset, data)


def _sound_format(destination: Destination) -> AssetFormat:
    location = destination.location
    return AssetFormat(EXTENSIONS["audio/mpeg"], "audio/mpeg", location.bucket, location.folder)


def is_local(url: str) -> bool:
    """True if a provider on this machine has left the file."""
    return url.startswith("file:")


def _stored(asset: Asset) -> OutputFile:
    facts = asset.facts
    return OutputFile(
        asset.url,
        facts.get("width"),
        facts.get("height"),
        facts.get("seconds"),
        facts.get("content_type"),
        asset.sha256,
        asset.size,
    )
