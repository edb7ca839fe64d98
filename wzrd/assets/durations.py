"""Durations and sizes of the clips in our own store: read from the files, several at once, remembered by content.

Others' files are never fetched for this: what is not known in time is left out.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from wzrd.assets.content_cache import cache_key
from wzrd.db.node_outputs import find_outputs, store_outputs
from wzrd.domain.errors import WzrdError
from wzrd.domain.timeline import IMAGE_MS
from wzrd.domain.wanted_format import lines_of
from wzrd.runtime.process import Runtime
from wzrd.storage.protocol import StoredFile
from wzrd.threads import in_thread

BUDGET_SECONDS = 0.8
STATS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """A clip's milliseconds, and how large it is, in lines of 16:9; 0 where nobody has looked."""

    ms: int
    lines: float = 0.0


async def clip_facts(runtime: Runtime, user_id: UUID, urls: Iterable[str]) -> dict[str, ClipFacts]:
    """Facts by address, of as many of our own files as can be looked at in about a second."""
    files = await _stored(runtime, urls)
    keys = {url: cache_key(user_id, {"tool": "probe", "of": file.sha256}) for url, file in files.items()}
    async with runtime.begin() as tx:
        kept = await find_outputs(tx, list(set(keys.values())))
    known = {url: ClipFacts(**kept[key]) for url, key in keys.items() if key in kept}
    fresh = await _probe_all(runtime, {url: file for url, file in files.items() if url not in known})
    if fresh:
        async with runtime.begin() as tx:
            await store_outputs(tx, user_id, {keys[url]: asdict(facts) for url, facts in fresh.items()})
    return known | fresh


async def _stored(runtime: Runtime, urls: Iterable[str]) -> dict[str, StoredFile]:
    """Those of the addresses that name a file of ours."""
    locations = {url: location for url in urls if (location := runtime.storage.locate(url)) is not None}
    slots = asyncio.Semaphore(STATS_AT_ONCE)

    async def stat(location: tuple[str, str]) -> StoredFile | None:
        async with slots:
            try:
                return await runtime.storage.stat(*location)
            except WzrdError:
                return None

    found = await asyncio.gather(*(stat(location) for location in locations.values()))
    return {url: file for url, file in zip(locations, found, strict=True) if file is not None}


async def _probe_all(runtime: Runtime, files: dict[str, StoredFile]) -> dict[str, ClipFacts]:
    tasks = {url: asyncio.create_task(_probe(runtime, file)) for url, file in files.items()}
    if not tasks:
        return {}
    _, late = await asyncio.wait(tasks.values(), timeout=BUDGET_SECONDS)
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
