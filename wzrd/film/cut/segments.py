"""The parts of a cut before its film: sources looked at, each voice, effect and visual made ready.

All of it may be repeated: what it made is kept by its item, and found again by its cache key when even that was lost.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from wzrd.assets.sources import check_source
from wzrd.db.items import find_item
from wzrd.domain.cut_settings import FAL_REMOTE
from wzrd.domain.errors import RunStopped, WzrdError
from wzrd.faults import fault
from wzrd.film.cut.items import (
    CutRun,
    begin_item,
    complete_item,
    count_visuals_left,
    fail_item,
    report_progress,
    with_retries,
)
from wzrd.film.cut_list import CutShot
from wzrd.film.cut_outcome import FILM
from wzrd.film.made_segments import Segment, segment_from_json
from wzrd.film.renderers import FalRemote, LocalFfmpeg, Renderer
from wzrd.film.segments import make_sound, make_voice
from wzrd.runs.item_ends import ItemSettlement
from wzrd.storyboard.spoken_shots import LinesToSpeak, Spoken, fallback_reason, speak_lines


class AssetLost(WzrdError):
    """An asset of the film could not be had; the film goes on without it."""

    code = "asset_lost"


async def preflight(of: CutRun) -> int:
    """Lose the visuals whose address cannot be good, before anything is made; returns how many are left.

    Raises:
        NoVisuals: none is left.
    """
    await report_progress(of, 10, "submitting_to_provider")
    await report_progress(of, 15, "preflighting_assets", renderer="url_preflight", totalAssets=of.cut.assets)
    for shot in of.cut.shots:
        try:
            await check_source(of.runtime, shot.url)
        except WzrdError as error:
            await fail_item(of, f"visual/{shot.number}", shot.name, order=shot.order, reason=error.message)
    left = await count_visuals_left(of)
    await report_progress(of, 15, "provider_processing", renderer=of.cut.renderer)
    return left


async def record_voice(of: CutRun, number: int, label: str) -> Segment:
    """Have what is heard in a visual ready.

    Raises:
        AssetLost: it could not be had.
    """
    shot, key = of.cut.shots[number - 1], f"voice/{number}"
    own = of.runtime, of.run.user_id, of.cut, shot
    make = partial(_record_paid, of, shot, key) if any(of.cut.paid_lines(shot)) else partial(make_voice, *own)
    return await _made(of, key, f"voice of {label}", shot.order, make)


async def _record_paid(of: CutRun, shot: CutShot, key: str) -> Spoken:
    spoken = await speak_lines(of.runtime, of.lease, LinesToSpeak(shot.lines, of.cut.paid, of.cut.cast, key))
    await fault("before_voice_delivery")
    return spoken


async def fetch_effect(of: CutRun, number: int) -> Segment:
    """Have an effect ready.

    Raises:
        AssetLost: it could not be had.
    """
    effect = of.cut.effects[number - 1]
    make = partial(make_sound, of.runtime, of.run.user_id, effect.url)
    return await _made(of, f"effect/{number}", f"effect {number}", effect.order, make)


async def cut_visual(of: CutRun, number: int, label: str) -> Segment:
    """Have a visual ready as a house clip, long enough for its voice.

    Raises:
        AssetLost: it could not be had, and is out of the film.
    """
    shot = of.cut.shots[number - 1]
    async with of.runtime.begin() as tx:
        item = await find_item(tx, of.run_id, f"voice/{number}")
    voice = segment_from_json(item.output) if item and item.status == "succeeded" and item.output else None
    make = partial(_renderer(of).prepare, of.cut, shot, voice)
    segment = await _made(of, f"visual/{number}", label, shot.order, make)
    await fault("after_visual")
    return segment


def _renderer(of: CutRun) -> Renderer:
    """The renderer that was chosen says what a visual must be; one that was not begun by a failed one is as good."""
    if of.cut.renderer == FAL_REMOTE:
        return FalRemote(of.runtime, of.lease, FILM, 0)
    return LocalFfmpeg(of.runtime, of.run.user_id)


async def _made(
    of: CutRun, key: str, label: str, order: int, make: Callable[[], Awaitable[Segment | Spoken]]
) -> Segment:
    """The item's segment: kept before, or made now.

    Raises:
        AssetLost: it could not be had; item, job and log say why.
    """
    async with of.runtime.begin() as tx:
        item = await find_item(tx, of.run_id, key)
    if item is None or item.status in {"failed", "skipped", "canceled"}:
        raise AssetLost(f"{label}: {item.error if item else 'not in this film'}")
    if item.status == "succeeded" and item.output:
        return segment_from_json(item.output)
    await begin_item(of, key)
    try:
        made = await with_retries(of.log, label, make)
    except RunStopped:
        raise
    except WzrdError as error:
        await fail_item(of, key, label, order=order, reason=error.message)
        raise AssetLost(f"{label}: {error.message}") from error
    if isinstance(made, Segment):
        await complete_item(of, key, label, made.to_json())
        return made
    segment = Segment(
        made.asset.bucket, made.asset.path, made.asset.sha256, seconds=made.seconds, captions=made.captions
    )
    fallbacks = _fallbacks(of, of.cut.shots[int(key.rpartition("/")[2]) - 1], made)
    output = {**segment.to_json(), **({"fallbacks": fallbacks} if fallbacks else {})}
    settlement = ItemSettlement(parts=made.keys, reason="paid_before" if made.keys else "voice_failed")
    await complete_item(of, key, label, output, settlement)
    return segment


def _fallbacks(of: CutRun, shot: CutShot, spoken: Spoken) -> list[dict[str, Any]]:
    """Lines that the scratch voice has instead: who, whose voice, a code as `wzrd.domain.offline` has it, and words."""
    wanted = of.cut.paid_lines(shot)
    return [
        {
            "orderIndex": shot.order,
            "character": shot.lines[at].character,
            "voice": (wanted[at] or {}).get("voiceId", ""),
            **fallback_reason(error),
        }
        for at, error in spoken.failed.items()
    ]
