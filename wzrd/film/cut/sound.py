"""The sound of a cut: score and mix. What was made is kept by its item and found again."""

import math
from functools import partial
from typing import Any

from wzrd.db.items import find_item
from wzrd.domain.errors import RunStopped, WzrdError
from wzrd.faults import fault
from wzrd.film.assembly import compose_bed, lay_music, mix_film
from wzrd.film.cut.items import CutRun, begin_item, complete_item, count_visuals_left, read_segments, with_retries
from wzrd.film.made_segments import Segment, segment_from_json
from wzrd.film.segments import LONGEST_MUSIC, make_sound


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
