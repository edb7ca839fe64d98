"""The finished film: a picture, joined from clips or made elsewhere, with sound and captions beside it, in the store.

No picture is encoded here, but for HEVC. Who renders stands in wzrd/film/renderers.py.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from wzrd.assets.content_cache import Asset, AssetFormat, make_once
from wzrd.db.engine import Tx
from wzrd.db.runs import RunRow
from wzrd.db.timeline import store_film
from wzrd.domain.film import FPS, H264, Caption, Codec
from wzrd.domain.ids import derive
from wzrd.film.cut_outcome import FILM
from wzrd.film.made_segments import Film, Segment, Segments, captions
from wzrd.media.atomic import folder_beside
from wzrd.runtime.process import Runtime
from wzrd.threads import in_thread, stoppable

FILMS_BUCKET = "final-exports"
JOIN, BESIDE, HEVC = "join-1", "beside-1", "hevc-1"
"""Enter the names of what is made here: changed whenever it would become other bytes."""


async def nobody_waits() -> None:
    """Does nothing: the callback where nobody waits for a stage."""


@dataclass(frozen=True, slots=True)
class FilmRequest:
    """Order for a film of `segments`, with `sound` and captions (None: neither), in this `codec`, below `folder`.

    `joined` is called between the making and the store.
    """

    user_id: UUID
    title: str
    segments: Segments
    sound: Segment | None
    folder: str
    joined: Callable[[], Awaitable[None]] = nobody_waits
    codec: Codec = H264

    @property
    def captions(self) -> list[Caption]:
        """Captions that are read while something is heard."""
        return captions(self.segments) if self.sound else []


async def join_film(runtime: Runtime, order: FilmRequest, clips: Sequence[Segment]) -> Film:
    """The film of house clips, one after the other.

    Raises:
        NotFound, MediaFailed, StorageFull.
    """
    named = {"tool": "join", "version": JOIN, "clips": [clip.sha256 for clip in clips]}

    async def write(stack: AsyncExitStack, out: Path, audio: Path | None) -> Any:
        from wzrd.media.join import join  # who only starts runs need not load the media tools

        paths = [await stack.enter_async_context(runtime.storage.local(clip.bucket, clip.path)) for clip in clips]
        return await in_thread(partial(join, paths, out, audio=audio, captions=order.captions, title=order.title))

    return await _finish(runtime, order, named, write)


async def finish_picture(runtime: Runtime, order: FilmRequest, picture: Asset) -> Film:
    """The film whose picture is there already, as one file.

    Raises:
        NotFound, MediaFailed, StorageFull.
    """
    named = {"tool": "beside", "version": BESIDE, "picture": picture.sha256}

    async def write(stack: AsyncExitStack, out: Path, audio: Path | None) -> Any:
        from wzrd.media.join import add_tracks

        path = await stack.enter_async_context(runtime.storage.local(picture.bucket, picture.path))
        return await in_thread(partial(add_tracks, path, out, audio=audio, captions=order.captions, title=order.title))

    return await _finish(runtime, order, named, write)


async def _finish(
    runtime: Runtime,
    order: FilmRequest,
    named: Mapping[str, Any],
    write: Callable[[AsyncExitStack, Path, Path | None], Awaitable[Any]],
) -> Film:
    cache_inputs = {
        **named,
        "folder": order.folder,
        "sound": order.sound.sha256 if order.sound else None,
        "captions": [[caption.start, caption.end, caption.text] for caption in order.captions],
        "title": order.title,
        **({"codec": order.codec, "hevc": HEVC} if order.codec != H264 else {}),
    }

    async def make(out: Path) -> Mapping[str, Any]:
        async with AsyncExitStack() as stack:
            sound = order.sound
            opened = runtime.storage.local(sound.bucket, sound.path) if sound else None
            audio = await stack.enter_async_context(opened) if opened else None
            facts = await (write(stack, out, audio) if order.codec == H264 else _in_hevc(write, stack, out, audio))
        await order.joined()
        return {"width": facts.width, "height": facts.height, "frames": facts.frames, "fps": float(facts.fps)}

    asset_format = AssetFormat(".mp4", "video/mp4", FILMS_BUCKET, order.folder)
    asset = await make_once(runtime, order.user_id, cache_inputs, asset_format, make)
    facts = asset.facts
    return Film(
        *(asset.bucket, asset.path, asset.url, asset.size),
        width=int(facts["width"]),
        height=int(facts["height"]),
        frames=int(facts["frames"]),
        captions=len(order.captions),
        fps=float(facts.get("fps", FPS)),
    )


async def _in_hevc(
    write: Callable[[AsyncExitStack, Path, Path | None], Awaitable[Any]],
    stack: AsyncExitStack,
    out: Path,
    audio: Path | None,
) -> Any:
    """The film as it is joined, beside, and then its pictures once more."""
    from wzrd.media.hevc import encode_hevc  # who only starts runs need not load the media tools

    joined = stack.enter_context(folder_beside(out)) / "joined.mp4"
    await write(stack, joined, audio)
    return await stoppable(lambda stop: encode_hevc(joined, out, stop=stop))


async def write_film(tx: Tx, run: RunRow, output: Mapping[str, Any], *, missing: int) -> None:
    """Show the film of an item's output among the project's finished files."""
    file, names = output["file"], ("width", "height", "frames", "captions", "seconds", "lufs")
    facts = {name: output[name] for name in names if name in output}
    await store_film(
        tx,
        asset_id=derive(run.run_id, FILM),
        project_id=run.project_id or run.run_id,
        user_id=run.user_id,
        url=output["outputUrl"],
        **file,
        duration_ms=round(output["seconds"] * 1000),
        metadata={"export_job_id": str(run.run_id), "source": "director_cut", "partial_success": missing > 0, **facts},
    )
