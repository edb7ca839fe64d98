"""A film's sound, put together from its segments: the bed and the mix."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from wzrd.animatic.provider import SCORE, compose
from wzrd.assets.content_cache import SOUND, TAKE, make_once
from wzrd.film.cut_list import Cut, timed_cues
from wzrd.film.made_segments import Segment, Segments, placed_sounds
from wzrd.media.ffmpeg import foreign_input, local, run_ffmpeg
from wzrd.media.mix import Placed, mix
from wzrd.runtime.process import Runtime
from wzrd.threads import give_back_memory, stoppable

LAYERS, MIX = "layers-1", "mix-1"
"""Enter the names of what is made here: changed whenever it would become other bytes."""


async def lay_music(runtime: Runtime, user_id: UUID, layers: Sequence[Segment], seconds: float) -> Segment:
    """The project's own music, one on top of the other, as one bed no longer than the film.

    Raises:
        NotFound, MediaFailed, StorageFull.
    """
    cache_inputs = {"tool": "layers", "version": LAYERS, "of": [layer.sha256 for layer in layers], "seconds": seconds}

    async def make(out: Path) -> Mapping[str, Any]:
        async with AsyncExitStack() as stack:
            paths = [await _local(runtime, stack, layer) for layer in layers]
            inputs = [word for path in paths for word in foreign_input(path, seconds)]
            layered = f"amix=inputs={len(paths)}:normalize=0:duration=longest,atrim=end={seconds:.6f}"
            form = ["-ac", "2", "-ar", "48000", "-c:a", "pcm_s16le", "-fflags", "+bitexact", "-f", "wav"]
            await run_ffmpeg("-v", "error", *inputs, "-filter_complex", layered, *form, "-y", local(out))
        return {}

    asset = await make_once(runtime, user_id, cache_inputs, TAKE, make)
    return Segment(asset.bucket, asset.path, asset.sha256, seconds=seconds)


async def compose_bed(runtime: Runtime, user_id: UUID, cut: Cut, lengths: Mapping[int, int]) -> Segment:
    """A bed composed for the film's scenes.

    Raises:
        MediaFailed, StorageFull.
    """
    cues = timed_cues(cut, lengths)
    cache_inputs = {"tool": "score", "version": SCORE, "cues": [asdict(cue) for cue in cues]}

    async def make(out: Path) -> Mapping[str, Any]:
        await give_back_memory()  # of the clips: players and hall need as much
        await stoppable(lambda stop: compose(cues, out, stop=stop))
        return {}

    asset = await make_once(runtime, user_id, cache_inputs, TAKE, make)
    return Segment(asset.bucket, asset.path, asset.sha256, seconds=sum(cue.seconds for cue in cues))


async def mix_film(
    runtime: Runtime, user_id: UUID, cut: Cut, segments: Segments, bed: Segment | None
) -> tuple[Segment, float] | None:
    """The film's sound and its loudness in LUFS; None when there is nothing to be heard.

    Raises:
        NotFound, MediaFailed, StorageFull.
    """
    placed = placed_sounds(cut, segments)
    if not placed and bed is None:
        return None
    cache_inputs = {
        "tool": "mix",
        "version": MIX,
        "placed": [[segment.sha256, start] for segment, start in placed],
        "bed": bed.sha256 if bed else None,
        "seconds": segments.seconds,
    }

    async def make(out: Path) -> Mapping[str, Any]:
        async with AsyncExitStack() as stack:
            voices = [Placed(await _local(runtime, stack, segment), start) for segment, start in placed]
            under = await _local(runtime, stack, bed) if bed else None
            loudness = await mix(voices, under, out, seconds=segments.seconds)
        return {"lufs": loudness.integrated}

    asset = await make_once(runtime, user_id, cache_inputs, SOUND, make)
    segment = Segment(asset.bucket, asset.path, asset.sha256, seconds=segments.seconds)
    return segment, float(asset.facts["lufs"])


async def _local(runtime: Runtime, stack: AsyncExitStack, segment: Segment) -> Path:
    return await stack.enter_async_context(runtime.storage.local(segment.bucket, segment.path))
