"""The steps of Director's Cut: look at the sources, have each voice and each visual made, score, mix, join.

Every step may be repeated: what it made is kept by its item, and found again by its recipe when even that was lost.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from blocks.resolve import runtime_for_process
from tasks.cut_notes import begin, cut_of, keep, lose, pieces_of, tell
from tasks.retrying import on_outage
from wzrd.assembly import Film, compose_bed, join_film, lay_music, mix_film
from wzrd.db.engine import mirrored
from wzrd.db.items import find_item, list_items
from wzrd.db.runs import RunRow, find_run
from wzrd.db.timeline import store_film
from wzrd.domain.cut_list import Cut
from wzrd.domain.cut_settings import RENDERER
from wzrd.domain.errors import NotFound, RunStopped, WzrdError
from wzrd.domain.film import FPS, seconds_of
from wzrd.domain.ids import derive
from wzrd.faults import fault
from wzrd.media.ffmpeg import MediaFailed
from wzrd.runs.cut_jobs import FILM
from wzrd.runs.steps import step
from wzrd.runtime import Runtime
from wzrd.segments import LONGEST_MUSIC, Piece, make_clip, make_sound, make_voice, piece_from_json
from wzrd.sources import check_source

TRIES = 3
FIRST_PAUSE = 0.4

T = TypeVar("T")


class AssetLost(WzrdError):
    """An asset of the film could not be had; the film goes on without it."""

    code = "asset_lost"


class NoVisuals(WzrdError):
    """No visual assets available for export"""  # noqa: D415 - the wire's own text

    code = "no_visuals"


async def _found(run_id: UUID) -> tuple[Runtime, RunRow, Cut]:
    runtime = await runtime_for_process()
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id)
    if run is None or run.project_id is None:
        raise NotFound(f"no run {run_id}")
    return runtime, run, await cut_of(runtime, run_id)


@task(name="preflight", cache_policy=NO_CACHE, **on_outage)
async def preflight(run_id: UUID) -> int:
    """Lose the visuals whose address cannot be good, before anything is made; returns how many are left.

    Raises:
        NoVisuals: none is left.
    """
    runtime, _, cut = await _found(run_id)
    await tell(runtime, run_id, 10, "submitting_to_provider")
    await tell(runtime, run_id, 15, "preflighting_assets", renderer="url_preflight", totalAssets=cut.assets)
    for shot in cut.shots:
        try:
            await check_source(runtime, shot.url)
        except WzrdError as error:
            await lose(runtime, run_id, f"visual/{shot.number}", shot.name, order=shot.order, reason=error.message)
    left = await _left(runtime, run_id, cut)
    await tell(runtime, run_id, 15, "provider_processing", renderer=RENDERER)
    return left


async def _left(runtime: Runtime, run_id: UUID, cut: Cut) -> int:
    """How many visuals are, or may still be, in the film.

    Raises:
        NoVisuals: none.
    """
    async with runtime.begin() as tx:
        items = await list_items(tx, run_id)
    left = sum(item.key.startswith("visual/") and item.status != "failed" for item in items)
    if not left:
        raise NoVisuals(f"All {len(cut.shots)} visual assets failed preflight" if cut.shots else None)
    return left


@task(name="voice", task_run_name="voice of {label}", persist_result=True, **on_outage)
async def record_voice(run_id: UUID, number: int, label: str) -> float:
    """Have what is heard in a visual ready; returns its seconds.

    Raises:
        AssetLost: it could not be had.
    """
    runtime, run, cut = await _found(run_id)
    shot = cut.shots[number - 1]
    make = partial(make_voice, runtime, run.user_id, cut, shot)
    return (await _made(runtime, run_id, f"voice/{number}", f"voice of {label}", shot.order, make)).seconds


@task(name="effect", task_run_name="effect {number}", persist_result=True, **on_outage)
async def fetch_effect(run_id: UUID, number: int) -> float:
    """Have an effect ready; returns its seconds.

    Raises:
        AssetLost: it could not be had.
    """
    runtime, run, cut = await _found(run_id)
    effect = cut.effects[number - 1]
    make = partial(make_sound, runtime, run.user_id, effect.url)
    return (await _made(runtime, run_id, f"effect/{number}", f"effect {number}", effect.order, make)).seconds


@task(name="visual", task_run_name="{label}", persist_result=True, **on_outage)
async def cut_visual(run_id: UUID, number: int, label: str) -> int:
    """Have a visual ready as a house clip, long enough for its voice; returns its frames.

    Raises:
        AssetLost: it could not be had, and is out of the film.
    """
    runtime, run, cut = await _found(run_id)
    shot = cut.shots[number - 1]
    async with runtime.begin() as tx:
        voice = await find_item(tx, run_id, f"voice/{number}")
    spoken = piece_from_json(voice.output).seconds if voice and voice.status == "succeeded" and voice.output else None
    make = partial(make_clip, runtime, run.user_id, cut, shot, spoken)
    piece = await _made(runtime, run_id, f"visual/{number}", label, shot.order, make)
    await fault("after_visual")
    return piece.frames


async def _made(
    runtime: Runtime, run_id: UUID, key: str, label: str, order: int, make: Callable[[], Awaitable[Piece]]
) -> Piece:
    """The item's piece: kept before, or made now.

    Raises:
        AssetLost: it could not be had; item, job and log say why.
    """
    async with runtime.begin() as tx:
        item = await find_item(tx, run_id, key)
    if item is None or item.status in {"failed", "skipped", "canceled"}:
        raise AssetLost(f"{label}: {item.error if item else 'not in this film'}")
    if item.status == "succeeded" and item.output:
        return piece_from_json(item.output)
    await begin(runtime, run_id, key)
    try:
        piece = await _tried(label, make)
    except RunStopped:
        raise
    except WzrdError as error:
        await lose(runtime, run_id, key, label, order=order, reason=error.message)
        raise AssetLost(f"{label}: {error.message}") from error
    await keep(runtime, run_id, key, label, piece.to_json())
    return piece


async def _tried(label: str, make: Callable[[], Awaitable[T]]) -> T:
    """Make it; what may pass (a program that was killed, a host that does not answer) is tried again."""
    for attempt in range(1, TRIES + 1):
        try:
            return await make()
        except (WzrdError, OSError) as error:
            told = error if isinstance(error, WzrdError) else MediaFailed(f"{error.strerror}", retryable=True)
            if not told.retryable or attempt == TRIES:
                raise told from error
            get_run_logger().warning("%s: %s; again", label, told.message)
            await asyncio.sleep(FIRST_PAUSE * 2 ** (attempt - 1))
    raise AssertionError("the last try returns or raises")


@task(name="score", cache_policy=NO_CACHE, **on_outage)
async def score(run_id: UUID) -> int:
    """Have the bed ready: the project's own music, else one composed for the scenes; returns how many are in it.

    Music that cannot be had is left out and told of. Raises NoVisuals when there is nothing to be scored.
    """
    runtime, run, cut = await _found(run_id)
    await _left(runtime, run_id, cut)
    async with runtime.begin() as tx:
        item = await find_item(tx, run_id, "score")
    if item is None or item.status == "succeeded":
        return int((item.output or {}).get("layers", 0)) if item else 0
    await begin(runtime, run_id, "score")
    layers, lost = await _music(runtime, run, cut)
    pieces = await pieces_of(runtime, run_id)
    bed = None
    try:
        if layers:
            bed = await _tried("music", lambda: lay_music(runtime, run.user_id, layers, pieces.seconds))
        elif not cut.music:
            bed = await _tried("score", lambda: compose_bed(runtime, run.user_id, cut, pieces.lengths))
    except RunStopped:
        raise
    except WzrdError as error:
        lost.append({"assetId": None, "orderIndex": 0, "reason": error.message})
    kept = {"bed": bed.to_json() if bed else None, "layers": len(layers), "failures": lost}
    await keep(runtime, run_id, "score", "score", kept)
    return len(layers)


async def _music(runtime: Runtime, run: RunRow, cut: Cut) -> tuple[list[Piece], list[dict[str, Any]]]:
    """The project's music as far as it can be had, and what of it can't."""
    layers: list[Piece] = []
    lost: list[dict[str, Any]] = []
    for sound in cut.music:
        try:
            layers.append(
                await _tried(
                    "music", partial(make_sound, runtime, run.user_id, sound.url, channels=2, longest=LONGEST_MUSIC)
                )
            )
        except RunStopped:
            raise
        except WzrdError as error:
            get_run_logger().warning("music %s is left out: %s", sound.asset_id, error.message)
            lost.append({"assetId": str(sound.asset_id), "orderIndex": sound.order, "reason": error.message})
    return layers, lost


@task(name="mix", cache_policy=NO_CACHE, **on_outage)
async def mix(run_id: UUID) -> float | None:
    """Have the film's sound ready; returns its loudness in LUFS, None when there is nothing to be heard."""
    runtime, run, cut = await _found(run_id)
    async with runtime.begin() as tx:
        item, scored = await find_item(tx, run_id, "mix"), await find_item(tx, run_id, "score")
    if item is None or item.status == "succeeded":
        return (item.output or {}).get("lufs") if item else None
    await begin(runtime, run_id, "mix")
    await fault("before_mix")
    kept = (scored.output or {}).get("bed") if scored else None
    bed = piece_from_json(kept) if kept else None
    pieces = await pieces_of(runtime, run_id)
    mixed = await _tried("mix", lambda: mix_film(runtime, run.user_id, cut, pieces, bed))
    lufs = mixed[1] if mixed else None
    await keep(runtime, run_id, "mix", "mix", {"sound": mixed[0].to_json() if mixed else None, "lufs": lufs})
    return lufs


@task(name="film", cache_policy=NO_CACHE, **on_outage)
async def join(run_id: UUID) -> str:
    """Join the clips and lay the sound beside them; returns the film's address.

    Raises:
        NoVisuals: there is nothing to be joined.
    """
    runtime, run, cut = await _found(run_id)
    await _left(runtime, run_id, cut)
    async with runtime.begin() as tx:
        item, mixed = await find_item(tx, run_id, FILM), await find_item(tx, run_id, "mix")
    if item is not None and item.status == "succeeded" and item.output:
        return str(item.output["outputUrl"])
    await tell(runtime, run_id, 85, "downloading_assets")
    await begin(runtime, run_id, FILM)
    await fault("before_film")
    output = (mixed.output or {}) if mixed else {}
    sound = piece_from_json(output["sound"]) if output.get("sound") else None
    pieces = await pieces_of(runtime, run_id)
    made = partial(
        join_film,
        *(runtime, run.user_id, cut, pieces, sound),
        folder=f"{run.project_id}/{run_id}",
        joined=partial(tell, runtime, run_id, 90, "uploading_final_video"),
    )
    film = await _tried("film", made)
    await _deliver(runtime, run, film, lufs=output.get("lufs"), missing=len(cut.shots) - len(pieces.clips))
    await fault("after_film")
    return film.url


async def _deliver(runtime: Runtime, run: RunRow, film: Film, *, lufs: float | None, missing: int) -> None:
    """The film is there: item, project file, job and event."""
    run_id, seconds = run.run_id, seconds_of(film.frames)
    async with runtime.begin() as tx:
        scored = await find_item(tx, run_id, "score")
    facts = {name: value for name, value in asdict(film).items() if name not in {"bucket", "path", "url", "size"}}
    facts |= {"seconds": round(seconds, 3)} | ({"lufs": round(lufs, 1)} if lufs is not None else {})
    rendered = {"width": film.width, "height": film.height, "fps": FPS}
    lost = ((scored.output or {}) if scored else {}).get("failures", [])
    output = {"outputUrl": film.url, **facts, "rendered": rendered, "failures": lost}
    async with step(runtime, runtime.leases.current(run_id)) as current:
        if not await current.move([FILM], came_from=("pending", "running"), to="succeeded", outputs={FILM: output}):
            return
        async with mirrored(current.tx):
            await store_film(
                current.tx,
                asset_id=derive(run_id, FILM),
                project_id=run.project_id or run_id,
                user_id=run.user_id,
                url=film.url,
                bucket=film.bucket,
                path=film.path,
                size=film.size,
                duration_ms=round(seconds * 1000),
                metadata={
                    "export_job_id": str(run_id),
                    "source": "director_cut",
                    "partial_success": missing > 0,
                    **facts,
                },
            )
    await tell(runtime, run_id, 95, "completed", partialSuccess=missing > 0, rendered=rendered)
