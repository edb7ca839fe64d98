"""Durations and sizes of clips and sounds, read from the files, several at once.

Those of our own store are remembered by content. What is not known in time is left out.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from wzrd.assets.content_cache import cache_key
from wzrd.assets.sources import find_signed
from wzrd.assets.temporary_folder import temporary_folder
from wzrd.db.node_outputs import find_outputs, store_outputs
from wzrd.domain.errors import WzrdError
from wzrd.domain.timeline import IMAGE_MS
from wzrd.domain.wanted_format import lines_of
from wzrd.net.guarded import FetchLimits
from wzrd.runtime.process import Runtime
from wzrd.storage.protocol import StoredFile
from wzrd.storage.signed_urls import BadToken
from wzrd.threads import in_thread

BUDGET_SECONDS = 0.8
FETCH = FetchLimits(max_bytes=32 << 20, seconds=5.0, connect_seconds=2.0)
"""Limits on looking at a file of others for the sake of its price."""
FETCHES_AT_ONCE = 4
STATS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """A clip's milliseconds, and how large it is, in lines of 16:9; 0 where nobody has looked."""

    ms: int
    lines: float = 0.0


async def measure_files(runtime: Runtime, user_id: UUID, urls: Iterable[str]) -> dict[str, float]:
    """Seconds by address, of clips and sounds wherever they lie, as far as `FETCH` lets them be looked at.

    A millisecond more than they are said to have: what is paid by them is not to be more than was told.
    """
    wanted = set(urls)
    ours = await clip_facts(runtime, user_id, wanted, FETCH.seconds)
    found = {url: (facts.ms + 1) / 1000 for url, facts in ours.items()}
    others = [url for url in wanted if url not in found and url[:8].lower().startswith(("http://", "https://"))]
    slots = asyncio.Semaphore(FETCHES_AT_ONCE)

    async def measure(url: str) -> float | None:
        try:
            async with slots, temporary_folder(runtime) as folder:
                async with runtime.fetch.fetch(url, accept=("video", "audio"), limits=FETCH) as fetched:
                    with (folder / "source").open("wb") as file:
                        async for chunk in fetched.chunks:
                            file.write(chunk)
                return ((await in_thread(_read, folder / "source")).ms + 1) / 1000
        except WzrdError:  # out of reach from here, too large or broken: nobody knows
            return None

    lengths = zip(others, await asyncio.gather(*map(measure, others)), strict=True)
    return found | {url: seconds for url, seconds in lengths if seconds is not None}


async def clip_facts(
    runtime: Runtime, user_id: UUID, urls: Iterable[str], seconds: float = BUDGET_SECONDS
) -> dict[str, ClipFacts]:
    """Facts by address, of as many of our own files as can be looked at in so many seconds."""
    files = await _stored(runtime, urls)
    keys = {url: cache_key(user_id, {"tool": "probe", "of": file.sha256}) for url, file in files.items()}
    async with runtime.begin() as tx:
        kept = await find_outputs(tx, list(set(keys.values())))
    known = {url: ClipFacts(**kept[key]) for url, key in keys.items() if key in kept}
    fresh = await _probe_all(runtime, {url: file for url, file in files.items() if url not in known}, seconds)
    if fresh:
        async with runtime.begin() as tx:
            await store_outputs(tx, user_id, {keys[url]: asdict(facts) for url, facts in fresh.items()})
    return known | fresh


async def _stored(runtime: Runtime, urls: Iterable[str]) -> dict[str, StoredFile]:
    """Those of the addresses that name a file of ours."""
    locations = {url: location for url in urls if (location := _locate(runtime, url)) is not None}
    slots = asyncio.Semaphore(STATS_AT_ONCE)

    async def stat(location: tuple[str, str]) -> StoredFile | None:
        async with slots:
            try:
                return await runtime.storage.stat(*location)
            except WzrdError:
                return None

    found = await asyncio.gather(*(stat(location) for location in locations.values()))
    return {url: file for url, file in zip(locations, found, strict=True) if file is not None}


def _locate(runtime: Runtime, url: str) -> tuple[str, str] | None:
    try:
        return runtime.storage.locate(url) or find_signed(runtime, url)
    except BadToken:
        return None


async def _probe_all(runtime: Runtime, files: dict[str, StoredFile], seconds: float) -> dict[str, ClipFacts]:
    tasks = {url: asyncio.create_task(_probe(runtime, file)) for url, file in files.items()}
    if not tasks:
        return {}
    measured, late = await asyncio.wait(tasks.values(), timeout=seconds)
    if not measured:  # a busy host: the next call is to know more than this
        _, late = await asyncio.wait(late, timeout=9 * seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    found = {url: task.result() for url, task in tasks.items() if not task.cancelled()}
    return {url: facts for url, facts in found.items() if facts is not None}


async def _probe(runtime: Runtime, file: StoredFile) -> ClipFacts | None:
    try:
        async with runtime.storage.local(file.bucket, file.path) as path:
            return await in_thread(_read, path)
    except WzrdError:  # broken, or gone meanwhile: the film's own steps report it
        return None


def _read(path: Path) -> ClipFacts:
    from wzrd.media.probe import probe  # who serves no sync need not load the media libraries

    facts = probe(path)
    if facts.still:
        return ClipFacts(IMAGE_MS)
    return ClipFacts(max(1, round(facts.seconds * 1000)), lines_of(facts.width, facts.height))
