"""The steps of Director's Cut before the film: look at the sources, have each voice, effect and visual ready.

Every step may be repeated: what it made is kept by its item, and found again by its cache key when even that was lost.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

from prefect.cache_policies import NO_CACHE

from tasks.director_cut_items import (
    begin_item,
    complete_item,
    count_visuals_left,
    fail_item,
    load_run,
    report_progress,
    with_retries,
)
from tasks.retrying import step_task
from wzrd.assets.sources import check_source
from wzrd.db.items import find_item
from wzrd.domain.cut_settings import FAL_REMOTE
from wzrd.domain.errors import RunStopped, WzrdError
from wzrd.domain.lease import Lease
from wzrd.faults import fault
from wzrd.film.cut_list import Cut, CutShot
from wzrd.film.made_segments import Segment, segment_from_json
from wzrd.film.paid_voices import Spoken, speak_shot
from wzrd.film.renderers import FalRemote, LocalFfmpeg, Renderer
from wzrd.film.segments import make_sound, make_voice
from wzrd.operations.export_jobs import FILM
from wzrd.runs.item_ends import ItemSettlement
from wzrd.runtime.process import Runtime


class AssetLost(WzrdError):
    """An asset of the film could not be had; the film goes on without it."""

    code = "asset_lost"


@step_task(name="preflight", cache_policy=NO_CACHE)
async def preflight(run_id: UUID) -> str:
    """Lose the visuals whose address cannot be good, before anything is made; returns how many are left, in words.

    Raises:
        NoVisuals: none is left.
    """
    runtime, _, cut = await load_run(run_id)
    await report_progress(runtime, run_id, 10, "submitting_to_provider")
    await report_progress(runtime, run_id, 15, "preflighting_assets", renderer="url_preflight", totalAssets=cut.assets)
    for shot in cut.shots:
        try:
            await check_source(runtime, shot.url)
        except WzrdError as error:
            await fail_item(runtime, run_id, f"visual/{shot.number}", shot.name, order=shot.order, reason=error.message)
    left = await count_visuals_left(runtime, run_id, cut)
    await report_progress(runtime, run_id, 15, "provider_processing", renderer=cut.renderer)
    return f"{left} shots left"


@step_task(name="voice", task_run_name="voice of {label}", persist_result=True)
async def record_voice(run_id: UUID, number: int, label: str) -> str:
    """Have what is heard in a visual ready; returns its length in words.

    Raises:
        AssetLost: it could not be had.
    """
    runtime, _, cut = await load_run(run_id)
    shot = cut.shots[number - 1]
    key, lease = f"voice/{number}", runtime.leases.current(run_id)
    is_paid = any(cut.paid_lines(shot))
    make = (
        partial(_record_paid, runtime, lease, cut, shot, key)
        if is_paid
        else partial(_record, runtime, lease, cut, shot)
    )
    return _length(await _made(runtime, run_id, key, f"voice of {label}", shot.order, make))


async def _record(runtime: Runtime, lease: Lease, cut: Cut, shot: CutShot) -> Segment:
    return await make_voice(runtime, lease.user_id, cut, shot)


async def _record_paid(runtime: Runtime, lease: Lease, cut: Cut, shot: CutShot, key: str) -> Spoken:
    spoken = await speak_shot(runtime, lease, cut, shot, key)
    await fault("before_voice_delivery")
    return spoken


@step_task(name="effect", task_run_name="effect {number}", persist_result=True)
async def fetch_effect(run_id: UUID, number: int) -> str:
    """Have an effect ready; returns its length in words.

    Raises:
        AssetLost: it could not be had.
    """
    runtime, run, cut = await load_run(run_id)
    effect = cut.effects[number - 1]
    make = partial(make_sound, runtime, run.user_id, effect.url)
    return _length(await _made(runtime, run_id, f"effect/{number}", f"effect {number}", effect.order, make))


@step_task(name="visual", task_run_name="{label}", persist_result=True)
async def cut_visual(run_id: UUID, number: int, label: str) -> str:
    """Have a visual ready as a house clip, long enough for its voice; returns its length in words.

    Raises:
        AssetLost: it could not be had, and is out of the film.
    """
    runtime, _, cut = await load_run(run_id)
    shot = cut.shots[number - 1]
    async with runtime.begin() as tx:
        item = await find_item(tx, run_id, f"voice/{number}")
    voice = segment_from_json(item.output) if item and item.status == "succeeded" and item.output else None
    make = partial(_renderer(runtime, run_id, cut).prepare, cut, shot, voice)
    segment = await _made(runtime, run_id, f"visual/{number}", label, shot.order, make)
    await fault("after_visual")
    return _length(segment)


def _length(segment: Segment) -> str:
    return f"{segment.seconds:.2f} s"


def _renderer(runtime: Runtime, run_id: UUID, cut: Cut) -> Renderer:
    """Whoever was chosen says what a visual must be; one that was not begun by a failed renderer is as good."""
    lease = runtime.leases.current(run_id)
    if cut.renderer == FAL_REMOTE:
        return FalRemote(runtime, lease, FILM, 0)
    return LocalFfmpeg(runtime, lease.user_id)


async def _made(
    runtime: Runtime, run_id: UUID, key: str, label: str, order: int, make: Callable[[], Awaitable[Segment | Spoken]]
) -> Segment:
    """The item's segment: kept before, or made now.

    Raises:
        AssetLost: it could not be had; item, job and log say why.
    """
    async with runtime.begin() as tx:
        item = await find_item(tx, run_id, key)
    if item is None or item.status in {"failed", "skipped", "canceled"}:
        raise AssetLost(f"{label}: {item.error if item else 'not in this film'}")
    if item.status == "succeeded" and item.output:
        return segment_from_json(item.output)
    await begin_item(runtime, run_id, key)
    try:
        made = await with_retries(label, make)
    except RunStopped:
        raise
    except WzrdError as error:
        await fail_item(runtime, run_id, key, label, order=order, reason=error.message)
        raise AssetLost(f"{label}: {error.message}") from error
    if isinstance(made, Segment):
        await complete_item(runtime, run_id, key, label, made.to_json())
        return made
    output = {**made.segment.to_json(), **({"fallbacks": list(made.fallbacks)} if made.fallbacks else {})}
    settlement = ItemSettlement(parts=made.keys, reason="paid_before" if made.keys else "voice_failed")
    await complete_item(runtime, run_id, key, label, output, settlement)
    return made.segment
