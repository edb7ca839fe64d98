"""The sound of a cut: score and mix. What was made is kept by its item and found again."""

import math
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from wzrd.animatic.provider import SCORE, compose
from wzrd.assets.content_cache import SOUND, TAKE, make_once
from wzrd.db.items import find_item
from wzrd.domain.errors import RunStopped, WzrdError
from wzrd.domain.film import LOUDNESS, seconds_of
from wzrd.faults import fault
from wzrd.film.cut.items import CutRun, begin_item, complete_item, count_visuals_left, read_segments, with_retries
from wzrd.film.cut_list import Cut, starts, timed_cues
from wzrd.film.made_segments import Segment, Segments, placed_sounds, segment_from_json
from wzrd.film.segments import LONGEST_MUSIC, make_sound
from wzrd.media.ffmpeg import foreign_input, local, run_ffmpeg
from wzrd.media.mix import Placed
from wzrd.media.mix import mix as mix_sounds
from wzrd.media.wav import PlacedSound, level_gain, place_sounds
from wzrd.runtime.process import Runtime
from wzrd.threads import give_back_memory, in_thread, stoppable

LEVEL, MOST_GAIN = -26.0, 12.0
"""Decibels of full scale that a clip's own sound has in the mean, and by how many it is changed at most."""


async def score(of: CutRun) -> int:
    """Have the bed ready: the project's own music, else one composed for the scenes; returns how many pieces it has.

    Music that cannot be had is left out and recorded. Raises NoVisuals when there is nothing to be scored.
    """
    runtime, cut, user_id = of.runtime, of.cut, of.run.user_id
    await count_visuals_left(of)
    async with runtime.begin() as tx:
        item = await find_item(tx, of.run_id, "score")
    if item is None or item.status == "succeeded":
        return int((item.output or {}).get("layers", 0)) if item else 0
    await begin_item(of, "score")
    segments = await read_segments(of)
    layers, lost = await _music(of, segments.seconds)
    bed = None
    try:
        if layers:
            bed = await with_retries(of.log, "music", lambda: lay_music(runtime, user_id, layers, segments.seconds))
        elif not cut.music:
            bed = await with_retries(of.log, "score", lambda: compose_bed(runtime, user_id, cut, segments.lengths))
    except RunStopped:
        raise
    except WzrdError as error:
        lost.append({"assetId": None, "orderIndex": 0, "reason": error.message})
    if sounds := await _own_sounds(of, segments, lost):
        bed = await with_retries(of.log, "clips' sounds", lambda: lay_sounds(runtime, user_id, sounds, bed, segments))
    kept = {"bed": bed.to_json() if bed else None, "layers": len(layers), "failures": lost}
    await complete_item(of, "score", "score", kept)
    return len(layers)


async def _music(of: CutRun, seconds: float) -> tuple[list[Segment], list[dict[str, Any]]]:
    """The project's music as far as it can be had, no longer than the film; and what of it can't."""
    longest = float(min(LONGEST_MUSIC, math.ceil(seconds)))  # whole seconds: a film of nearly that length finds it
    layers: list[Segment] = []
    lost: list[dict[str, Any]] = []
    for sound in of.cut.music:
        make = partial(make_sound, of.runtime, of.run.user_id, sound.url, channels=2, longest=longest)
        try:
            layers.append(await with_retries(of.log, "music", make))
        except RunStopped:
            raise
        except WzrdError as error:
            of.log.warning("music %s is left out: %s", sound.asset_id, error.message)
            lost.append({"assetId": str(sound.asset_id), "orderIndex": sound.order, "reason": error.message})
    return layers, lost


async def mix(of: CutRun) -> float | None:
    """Have the film's sound ready; returns its loudness in LUFS (None: silent)."""
    async with of.runtime.begin() as tx:
        item, scored = await find_item(tx, of.run_id, "mix"), await find_item(tx, of.run_id, "score")
    if item is None or item.status == "succeeded":
        return (item.output or {}).get("lufs") if item else None
    await begin_item(of, "mix")
    await fault("before_mix")
    kept = (scored.output or {}).get("bed") if scored else None
    bed = segment_from_json(kept) if kept else None
    segments = await read_segments(of)
    mixed = await with_retries(of.log, "mix", lambda: mix_film(of.runtime, of.run.user_id, of.cut, segments, bed))
    lufs = mixed[1] if mixed else None
    await complete_item(of, "mix", "mix", {"sound": mixed[0].to_json() if mixed else None, "lufs": lufs})
    return lufs


async def _own_sounds(of: CutRun, segments: Segments, lost: list[dict[str, Any]]) -> list[tuple[Segment, float, float]]:
    """The sounds that clips came with, each with its second in the film and how long its clip is seen."""
    found: list[tuple[Segment, float, float]] = []
    begins, fps = starts(segments.lengths), of.cut.fps
    for shot in of.cut.shots:
        if not shot.sound or shot.number not in segments.clips:
            continue
        make = partial(make_sound, of.runtime, of.run.user_id, shot.sound, channels=2)
        try:
            sound = await with_retries(of.log, f"sound of {shot.name}", make)
        except RunStopped:
            raise
        except WzrdError as error:
            of.log.warning("sound of %s is left out: %s", shot.name, error.message)
            lost.append({"assetId": str(shot.asset_id), "orderIndex": shot.order, "reason": error.message})
            continue
        seen = seconds_of(segments.lengths[shot.number], fps)
        found.append((sound, seconds_of(begins[shot.number], fps), seen))
    return found


LAYERS, MIX, SOUNDS = "layers-1", "mix-1", "sounds-1"
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


async def lay_sounds(
    runtime: Runtime,
    user_id: UUID,
    sounds: Sequence[tuple[Segment, float, float]],
    bed: Segment | None,
    segments: Segments,
) -> Segment:
    """The bed with the sounds that clips came with, each levelled: all of it is ducked under voices.

    Raises:
        NotFound, MediaFailed, StorageFull.
    """
    placed = [[one.sha256, start, seconds] for one, start, seconds in sounds]
    cache_inputs = {
        "tool": "sounds", "version": SOUNDS, "of": placed, "bed": bed.sha256 if bed else None,
        "seconds": segments.seconds,
    }  # fmt: skip

    async def make(out: Path) -> Mapping[str, Any]:
        async with AsyncExitStack() as stack:
            parts = [PlacedSound(await _local(runtime, stack, bed), 0.0)] if bed else []
            for one, start, seconds in sounds:
                path = await _local(runtime, stack, one)
                gain = await in_thread(level_gain, path, LEVEL, MOST_GAIN)
                parts.append(PlacedSound(path, start, seconds, gain))
            await in_thread(partial(place_sounds, parts, segments.seconds, out, channels=2))
        return {}

    asset = await make_once(runtime, user_id, cache_inputs, TAKE, make)
    return Segment(asset.bucket, asset.path, asset.sha256, seconds=segments.seconds)


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
        "tool": "mix", "version": MIX, "placed": [[segment.sha256, start] for segment, start in placed],
        "bed": bed.sha256 if bed else None, "seconds": segments.seconds,
        **({"lufs": lufs} if (lufs := cut.delivery.loudness) != LOUDNESS else {}),
    }  # fmt: skip

    async def make(out: Path) -> Mapping[str, Any]:
        async with AsyncExitStack() as stack:
            voices = [Placed(await _local(runtime, stack, segment), start) for segment, start in placed]
            under = await _local(runtime, stack, bed) if bed else None
            loudness = await mix_sounds(voices, under, out, seconds=segments.seconds, lufs=lufs)
        return {"lufs": loudness.integrated}

    asset = await make_once(runtime, user_id, cache_inputs, SOUND, make)
    segment = Segment(asset.bucket, asset.path, asset.sha256, seconds=segments.seconds)
    return segment, float(asset.facts["lufs"])


async def _local(runtime: Runtime, stack: AsyncExitStack, segment: Segment) -> Path:
    return await stack.enter_async_context(runtime.storage.local(segment.bucket, segment.path))
