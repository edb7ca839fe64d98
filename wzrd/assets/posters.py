"""One picture of a film or clip, for pages that show no film and for what goes on from it."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from wzrd.assets.content_cache import PANEL, Asset, AssetFormat, make_once
from wzrd.assets.sources import find_own, open_source
from wzrd.runtime.process import Runtime

POSTER = AssetFormat(".jpg", "image/jpeg", folder="posters")
WIDTH = 960
LATEST_SECONDS = 8.0
"""A later picture would have the film decoded up to it."""
LONGEST_FILM = 24 * 3600.0


async def make_poster(runtime: Runtime, user_id: UUID, film_url: str) -> Asset:
    """A picture of the film, a third into it and not later than 8 s, 960 pixels wide.

    Raises:
        NotFound, MediaFailed, StorageFull: the film is gone or cannot be read, or there is no room.
    """

    async def make(out: Path) -> Mapping[str, Any]:
        from wzrd.media.clip_output import open_clip  # who only starts runs loads no media tools
        from wzrd.media.frames import take_frames

        async with open_source(runtime, film_url, "video") as path:
            clip = await open_clip(path, longest=LONGEST_FILM)
            number = min(clip.frames(clip.seconds) // 3, int(LATEST_SECONDS * float(clip.rate)))
            [file] = await take_frames(clip, [number], out.parent, picture_format="jpg", width=WIDTH)
            await asyncio.to_thread(file.replace, out)
        return {"frame": number}

    return await make_once(runtime, user_id, {"poster": "1", "film": await _known(runtime, film_url)}, POSTER, make)


async def take_last_frame(runtime: Runtime, user_id: UUID, clip_url: str) -> Asset:
    """The last picture of a clip, in its own size.

    Raises:
        as `make_poster`.
    """

    async def make(out: Path) -> Mapping[str, Any]:
        from wzrd.media.clip_output import open_clip  # who only starts runs loads no media tools
        from wzrd.media.frames import take_frames

        async with open_source(runtime, clip_url, "video") as path:
            clip = await open_clip(path)
            [file] = await take_frames(clip, [clip.frames(clip.seconds) - 1], out.parent)
            await asyncio.to_thread(file.replace, out)
        return {}

    cache_inputs = {"tool": "last frame", "version": "1", "of": await _known(runtime, clip_url)}
    return await make_once(runtime, user_id, cache_inputs, PANEL, make)


async def _known(runtime: Runtime, url: str) -> str:
    """The hash of a file of ours; of another's its address."""
    location = await find_own(runtime, url)
    return (await runtime.storage.stat(*location)).sha256 if location else url
