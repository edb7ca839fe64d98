"""The sound of Director's Cut: score and mix. What was made is kept by its item and found again."""

import math
from functools import partial
from typing import Any
from uuid import UUID

from prefect import get_run_logger
from prefect.cache_policies import NO_CACHE

from tasks.director_cut_items import (
    begin_item,
    complete_item,
    count_visuals_left,
    load_run,
    read_segments,
    with_retries,
)
from tasks.retrying import step_task
from wzrd.db.items import find_item
from wzrd.db.runs import RunRow
from wzrd.domain.errors import RunStopped, WzrdError
from wzrd.faults import fault
from wzrd.film.assembly import compose_bed, lay_music, mix_film
from wzrd.film.cut_list import Cut
from wzrd.film.made_segments import Segment, segment_from_json
from wzrd.film.segments import LONGEST_MUSIC, make_sound
from wzrd.runtime.process import Runtime


@step_task(name="score", cache_policy=NO_CACHE)
async def score(run_id: UUID) -> str:
    """Have the bed ready: the project's own music, else one composed for the scenes; returns what is in it.

    Music that cannot be had is left out and recorded. Raises NoVisuals when there is nothing to be scored.
    """
    runtime, run, cut = await load_run(run_id)
    await count_visuals_left(runtime, run_id, cut)
    async with runtime.begin() as tx:
        item = await find_item(tx, run_id, "score")
    if item is None or item.status == "succeeded":
        return _layers(int((item.output or {}).get("layers", 0)) if item else 0)
    await begin_item(runtime, run_id, "score")
    segments = await read_segments(runtime, run_id)
    layers, lost = await _music(runtime, run, cut, segments.seconds)
    bed = None
    try:
        if layers:
            bed = await with_retries("music", lambda: lay_music(runtime, run.user_id, layers, segments.seconds))
        elif not cut.music:
            bed = await with_retries("score", lambda: compose_bed(runtime, run.user_id, cut, segments.lengths))
    except RunStopped:
        raise
    except WzrdError as error:
        lost.append({"assetId": None, "orderIndex": 0, "reason": error.message})
    kept = {"bed": bed.to_json() if bed else None, "layers": len(layers), "failures": lost}
    await complete_item(runtime, run_id, "score", "score", kept)
    return _layers(len(layers))


def _layers(count: int) -> str:
    return f"{count} pieces of the project's music"


async def _music(runtime: Runtime, run: RunRow, cut: Cut, seconds: float) -> tuple[list[Segment], list[dict[str, Any]]]:
    """The project's music as far as it can be had, no longer than the film; and what of it can't."""
    longest = float(min(LONGEST_MUSIC, math.ceil(seconds)))  # whole seconds: a film of nearly that length finds it
    layers: list[Segment] = []
    lost: list[dict[str, Any]] = []
    for sound in cut.music:
        try:
            layers.append(
                await with_retries(
                    "music", partial(make_sound, runtime, run.user_id, sound.url, channels=2, longest=longest)
                )
            )
        except RunStopped:
            raise
        except WzrdError as error:
            get_run_logger().warning("music %s is left out: %s", sound.asset_id, error.message)
            lost.append({"assetId": str(sound.asset_id), "orderIndex": sound.order, "reason": error.message})
    return layers, lost


@step_task(name="mix", cache_policy=NO_CACHE)
async def mix(run_id: UUID) -> str:
    """Have the film's sound ready; returns its loudness in words."""
    runtime, run, cut = await load_run(run_id)
    async with runtime.begin() as tx:
        item, scored = await find_item(tx, run_id, "mix"), await find_item(tx, run_id, "score")
    if item is None or item.status == "succeeded":
        return _loudness((item.output or {}).get("lufs") if item else None)
    await begin_item(runtime, run_id, "mix")
    await fault("before_mix")
    kept = (scored.output or {}).get("bed") if scored else None
    bed = segment_from_json(kept) if kept else None
    segments = await read_segments(runtime, run_id)
    mixed = await with_retries("mix", lambda: mix_film(runtime, run.user_id, cut, segments, bed))
    lufs = mixed[1] if mixed else None
    await complete_item(runtime, run_id, "mix", "mix", {"sound": mixed[0].to_json() if mixed else None, "lufs": lufs})
    return _loudness(lufs)


def _loudness(lufs: float | None) -> str:
    return "silent" if lufs is None else f"{lufs} LUFS"
