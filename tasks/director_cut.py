"""The last steps of Director's Cut: score, mix, join. What was made is kept by its item and found again."""

import math
from dataclasses import asdict
from functools import partial
from typing import Any
from uuid import UUID

from prefect import get_run_logger
from prefect.cache_policies import NO_CACHE

from tasks.director_cut_items import (
    UNFINISHED,
    advance_film,
    begin_item,
    complete_item,
    count_visuals_left,
    load_run,
    report_progress,
    segments_of,
    with_retries,
)
from tasks.item_end import ItemEnd, end_item
from tasks.retrying import step_task
from wzrd.db.engine import Tx
from wzrd.db.items import find_item
from wzrd.db.runs import RunRow
from wzrd.db.timeline import store_film
from wzrd.domain.cut_list import Cut
from wzrd.domain.errors import RunStopped, WzrdError
from wzrd.domain.film import FPS, seconds_of
from wzrd.domain.ids import derive
from wzrd.faults import fault
from wzrd.film.assembly import Film, compose_bed, join_film, lay_music, mix_film
from wzrd.film.segments import LONGEST_MUSIC, Segment, make_sound, segment_from_json
from wzrd.operations.export_jobs import FILM
from wzrd.runtime.process import Runtime


@step_task(name="score", cache_policy=NO_CACHE)
async def score(run_id: UUID) -> int:
    """Have the bed ready: the project's own music, else one composed for the scenes; returns how many are in it.

    Music that cannot be had is left out and recorded. Raises NoVisuals when there is nothing to be scored.
    """
    runtime, run, cut = await load_run(run_id)
    await count_visuals_left(runtime, run_id, cut)
    async with runtime.begin() as tx:
        item = await find_item(tx, run_id, "score")
    if item is None or item.status == "succeeded":
        return int((item.output or {}).get("layers", 0)) if item else 0
    await begin_item(runtime, run_id, "score")
    segments = await segments_of(runtime, run_id)
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
    return len(layers)


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
async def mix(run_id: UUID) -> float | None:
    """Have the film's sound ready; returns its loudness in LUFS, None when there is nothing to be heard."""
    runtime, run, cut = await load_run(run_id)
    async with runtime.begin() as tx:
        item, scored = await find_item(tx, run_id, "mix"), await find_item(tx, run_id, "score")
    if item is None or item.status == "succeeded":
        return (item.output or {}).get("lufs") if item else None
    await begin_item(runtime, run_id, "mix")
    await fault("before_mix")
    kept = (scored.output or {}).get("bed") if scored else None
    bed = segment_from_json(kept) if kept else None
    segments = await segments_of(runtime, run_id)
    mixed = await with_retries("mix", lambda: mix_film(runtime, run.user_id, cut, segments, bed))
    lufs = mixed[1] if mixed else None
    await complete_item(runtime, run_id, "mix", "mix", {"sound": mixed[0].to_json() if mixed else None, "lufs": lufs})
    return lufs


@step_task(name="film", cache_policy=NO_CACHE)
async def join(run_id: UUID) -> str:
    """Join the clips and lay the sound beside them; returns the film's address.

    Raises:
        NoVisuals: there is nothing to be joined.
    """
    runtime, run, cut = await load_run(run_id)
    await count_visuals_left(runtime, run_id, cut)
    async with runtime.begin() as tx:
        item, mixed = await find_item(tx, run_id, FILM), await find_item(tx, run_id, "mix")
    if item is not None and item.status == "succeeded" and item.output:
        return str(item.output["outputUrl"])
    await report_progress(runtime, run_id, 85, "downloading_assets")
    await begin_item(runtime, run_id, FILM)
    await fault("before_film")
    output = (mixed.output or {}) if mixed else {}
    sound = segment_from_json(output["sound"]) if output.get("sound") else None
    segments = await segments_of(runtime, run_id)
    made = partial(
        join_film,
        *(runtime, run.user_id, cut, segments, sound),
        folder=f"{run.project_id}/{run_id}",
        joined=partial(report_progress, runtime, run_id, 90, "uploading_final_video"),
    )
    film = await with_retries("film", made)
    await _deliver(runtime, run, film, lufs=output.get("lufs"), missing=len(cut.shots) - len(segments.clips))
    await fault("after_film")
    return film.url


async def _deliver(runtime: Runtime, run: RunRow, film: Film, *, lufs: float | None, missing: int) -> None:
    """The film is there: item, project file, job and event."""
    run_id, seconds = run.run_id, seconds_of(film.frames)
    async with runtime.begin() as tx:
        scored = await find_item(tx, run_id, "score")
    facts = _facts_of(film, lufs)
    rendered = {"width": film.width, "height": film.height, "fps": FPS}
    lost = ((scored.output or {}) if scored else {}).get("failures", [])
    output = {"outputUrl": film.url, **facts, "rendered": rendered, "failures": lost}

    async def store(tx: Tx) -> None:
        await store_film(
            tx,
            asset_id=derive(run_id, FILM),
            project_id=run.project_id or run_id,
            user_id=run.user_id,
            url=film.url,
            bucket=film.bucket,
            path=film.path,
            size=film.size,
            duration_ms=round(seconds * 1000),
            metadata={"export_job_id": str(run_id), "source": "director_cut", "partial_success": missing > 0, **facts},
        )

    payload = {"stage": "completed", "partialSuccess": missing > 0, "rendered": rendered}
    emit = partial(advance_film, progress=95, payload=payload, event={})
    await end_item(runtime, run_id, ItemEnd(FILM, "succeeded", UNFINISHED, output=output), store, emit=emit)


def _facts_of(film: Film, lufs: float | None) -> dict[str, Any]:
    """What is known of the film: frame size, frames, captions, seconds, loudness in LUFS where something is heard."""
    facts = {name: value for name, value in asdict(film).items() if name not in {"bucket", "path", "url", "size"}}
    loudness = {} if lufs is None else {"lufs": round(lufs, 1)}
    return {**facts, "seconds": round(seconds_of(film.frames), 3), **loudness}
