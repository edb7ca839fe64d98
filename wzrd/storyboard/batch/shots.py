"""One shot of a batch: its picture or clip made, stored, paid and shown in the studio's tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from wzrd.assets.bible_references import Bible
from wzrd.contracts.auto_generate import shot
from wzrd.db.engine import Tx
from wzrd.db.items import Item
from wzrd.db.runs import RunRow
from wzrd.db.shot_assets import MadeAsset, write_asset
from wzrd.db.shots import drop_take, link_asset, mark_failed, mark_image_lost, mark_waiting, write_instead, write_made
from wzrd.db.takes import keep_take
from wzrd.domain.auto_generate import made_before, prompt_key, read_phase
from wzrd.domain.errors import (
    AwaitingApproval,
    Conflict,
    InsufficientCredits,
    NotFound,
    WzrdError,
    error_code,
    error_message,
)
from wzrd.domain.runs import AWAITS
from wzrd.domain.speech import NATIVE, OWN_SOUND, PARTS, SPEECH, speech_of
from wzrd.faults import fault
from wzrd.providers.base import Progress
from wzrd.retry import retry_local_work
from wzrd.runs.item_ends import ItemEnd, ItemSettlement, Mirror
from wzrd.runs.steps import RunLog
from wzrd.runtime.process import Runtime
from wzrd.runtime.stops import stops_the_run
from wzrd.storyboard.batch.bible import find_bible
from wzrd.storyboard.batch.ends import GENERATING, UNFINISHED, ShotFailed, end_batch_item, progress_of
from wzrd.storyboard.batch.items import ItemContext, begin_shot, find_bar, find_context, find_shot_item
from wzrd.storyboard.batch.progress import BatchProgress
from wzrd.storyboard.batch.prompts import with_prompt
from wzrd.storyboard.batch.speech import find_voice
from wzrd.storyboard.refusals import refusal_told
from wzrd.storyboard.shot_media import ShotJob, ShotMedia, make_clip, make_picture


@dataclass(frozen=True, slots=True)
class MadeShot:
    """The address of a shot's picture or clip, and whether it was there before."""

    url: str
    reused: bool = False


async def make_shot(runtime: Runtime, run_id: UUID, key: str, label: str, log: RunLog) -> MadeShot:
    """Make the item's picture or clip.

    Raises:
        ShotFailed: it could not be made; item, row and log say why, and the batch goes on.
    """
    run, item = await find_shot_item(runtime, run_id, key)
    if item.status == "succeeded":  # an earlier try's commit came through after all
        return MadeShot(str((item.output or {})["url"]), reused=True)
    if item.status in {"failed", "skipped"}:
        raise ShotFailed(f"{label}: {item.error}")
    context = await find_context(runtime, run, item)
    if context is None:
        raise await _end_deleted_shot(runtime, run, item)
    if not context.again and (
        url := made_before(context.shot, context.phase)
    ):  # by another run, since this one was asked for
        return await _keep_existing(runtime, context, url)
    if (bar := await find_bar(runtime, context)) is not None:
        raise await _skip(runtime, context, bar)
    try:
        if url := await begin_shot(runtime, context):
            return await _keep_existing(runtime, context, url)
    except (AwaitingApproval, Conflict) as bar:
        raise await _skip(runtime, context, bar) from bar
    except NotFound as gone:
        raise await _end_deleted_shot(runtime, run, item) from gone
    return await _make_begun(runtime, context, log)


async def _make_begun(runtime: Runtime, context: ItemContext, log: RunLog) -> MadeShot:
    """Make what has begun, and deliver it."""
    try:
        context = await with_prompt(runtime, context)
        made = await _make_with_retries(runtime, context, log)
    except AwaitingApproval as bar:  # its still was replaced or rejected since it began: nothing was sent
        raise await _skip(runtime, context, bar, begun=True) from bar
    except Exception as error:  # whatever a tool of one shot may raise, the others go on
        if stops_the_run(error):
            raise
        if not isinstance(error, WzrdError):
            log.exception("%s: %s", context.label, type(error).__name__)
        await _fail_shot(runtime, context, error)
        raise ShotFailed(f"{context.label}: {error_message(error)}") from error
    await fault("before_shot")
    output = await _deliver(runtime, context, made)
    return MadeShot(str(output["url"]), bool(output["reused"]))


async def _skip(runtime: Runtime, context: ItemContext, bar: WzrdError, *, begun: bool = False) -> ShotFailed:
    """It stays as it is, and the batch goes on: it may be paid twice, its still is not approved, or it is locked."""
    message, settlement = bar.message, ItemSettlement(reason=bar.code)
    phase = AWAITS if isinstance(bar, AwaitingApproval) else "failed"
    end = ItemEnd(context.item.key, "skipped", UNFINISHED, phase=phase, error=message, settlement=settlement)
    event, shot_id = context.event("skipped", error=message, code=bar.code), context.shot.shot_id
    rows: list[Mirror] = [lambda tx: mark_waiting(tx, [shot_id], context.made)] if begun else []
    await end_batch_item(runtime, context.run, end, event, *rows)
    return ShotFailed(message)


async def _end_deleted_shot(runtime: Runtime, run: RunRow, item: Item) -> ShotFailed:
    """Somebody deleted the shot meanwhile: its item ends, and nothing is made but what a provider works on already."""
    assert item.entity_id is not None, "find_shot_item refused it otherwise"
    message, phase = "the shot was deleted meanwhile", read_phase(run.params["phase"])
    event = shot(shot_id=item.entity_id, scene_id=None, shot_number=None, phase=phase, status="failed", error=message)
    settlement = ItemSettlement(reason=NotFound.code, stands=True)
    end = ItemEnd(item.key, "failed", UNFINISHED, phase="failed", error=message, settlement=settlement)
    await end_batch_item(runtime, run, end, {**event, "code": NotFound.code})
    return ShotFailed(message)


async def _keep_existing(runtime: Runtime, context: ItemContext, url: str) -> MadeShot:
    """Nothing is to be made: the item has what is there, and costs nothing."""
    output = {"url": url, "model": "", "reused": True, "charged": 0}
    settlement = ItemSettlement(reason="made_by_another_run")
    end = ItemEnd(context.item.key, "succeeded", UNFINISHED, phase="completed", output=output, settlement=settlement)
    await end_batch_item(runtime, context.run, end, context.event("completed", url=url, reused=True))
    return MadeShot(url, reused=True)


async def _make_with_retries(runtime: Runtime, context: ItemContext, log: RunLog) -> ShotMedia:
    """Make it; what may pass (a tool that was killed, an address that does not answer) is tried again."""
    progress, key = progress_of(runtime, context.run), context.item.key

    async def once() -> ShotMedia:
        progress.begin(key, context.shot.shot_id, context.event("generating"))
        try:
            return await _make(runtime, context, progress)
        finally:
            progress.end(key)

    return await retry_local_work(log, context.label, once)


async def _make(runtime: Runtime, context: ItemContext, progress: BatchProgress) -> ShotMedia:
    def note(news: Progress) -> None:
        progress.note(context.item.key, news)

    lease = runtime.leases.current(context.run.run_id)
    bible = Bible() if context.choice.drawn else await find_bible(runtime, context)
    voice = await find_voice(runtime, context.run.run_id, context.shot.shot_id) if context.route else None
    sound, soften = bool(context.run.params.get("nativeSound")), bool(context.run.params.get("soften"))
    job = ShotJob(
        runtime, lease, context.item.key, context.choice, context.film, bible, context.route, voice, sound, soften
    )
    if context.phase == "images":
        return await make_picture(job, context.scene, context.shot, note)
    return await make_clip(job, context.scene, context.shot, note, context.gate)


async def _deliver(runtime: Runtime, context: ItemContext, made: ShotMedia) -> Mapping[str, Any]:
    """Item, charge, row and event in one commit; a repeated step finds the item delivered and does nothing.

    A cancel that comes now is too late for this shot: it is made, so it is delivered and paid.
    """
    output, shot_id, kind = _output(runtime, context, made), context.shot.shot_id, context.made
    note = str(context.run.params.get("note") or "")
    origin: dict[str, Any] = {"run_id": context.run.run_id, "item_key": context.item.key, "note": note}
    mirrors: list[Mirror] = [
        lambda tx: keep_take(tx, shot_id=shot_id, made=kind, url=output["url"], **origin),
        lambda tx: write_made(tx, shot_id, kind, output["url"]),
    ]
    if made.take is not None:
        take_url = made.take.url  # it is the sound of a shot that has none, whoever gave it one meanwhile
        mirrors.append(lambda tx: write_instead(tx, shot_id, "audio", take_url, instead_of=""))
    if output.get(SPEECH) == NATIVE and (before := context.shot.audio_url):  # a sound of somebody's is not spoken over
        mirrors.append(lambda tx: drop_take(tx, shot_id, before))
    mirrors.append(lambda tx: _write_asset(tx, context, made, output.get("sourceUrl")))
    keys = tuple(one.key for one in made.parts)
    settlement = ItemSettlement(parts=keys, reason="paid_before") if keys else ItemSettlement(output_key=made.asset.key)
    end = ItemEnd(context.item.key, "succeeded", (GENERATING,), phase="completed", output=output, settlement=settlement)
    more = {
        name: output[name]
        for name in ("url", "sourceUrl", "reused", "fallbackReason", "referenceLeftOut", "softened", "unheard")
        if name in output
    }
    await end_batch_item(runtime, context.run, end, context.event("completed", **more), *mirrors, ignore_cancel=True)
    return output


def _output(runtime: Runtime, context: ItemContext, made: ShotMedia) -> dict[str, Any]:
    """The result as the item keeps it."""
    output: dict[str, Any] = {"fallbackReason": context.choice.fallback_reason, "referenceLeftOut": made.left_out}
    output |= {"sourceUrl": made.bought_url(runtime), "sheets": dict(made.sheets)}
    output |= {"unheard": made.unheard}
    output |= {"softened": (*made.parts, made.asset)[0].facts.get("softened")}
    output |= {PARTS: [{"url": one.url, "frames": one.facts["frames"]} for one in made.parts]}
    facts: dict[str, Any] = {"frames": made.asset.facts.get("frames")} if context.phase == "videos" else {}
    if not context.choice.drawn:
        spoken = speech_of(context.run.params, context.shot.shot_id, context.item.entity_type)
        is_heard = context.run.params.get("nativeSound") and made.asset.facts.get("sound") and not spoken
        route = context.route.route if context.route else None
        is_native = route == NATIVE and is_heard and not made.unheard
        facts |= spoken | ({OWN_SOUND: True} if is_heard else {}) | ({SPEECH: NATIVE} if is_native else {})
    return {
        "url": made.asset.url,
        "model": str(context.choice.target),
        "resolvedModel": context.choice.model_id,
        "reused": made.asset.reused,
        **{name: value for name, value in output.items() if value},
        **facts,
    }


async def _write_asset(tx: Tx, context: ItemContext, made: ShotMedia, source_url: str | None) -> None:
    """The studio's tables of assets, prompts and their origin."""
    asset = MadeAsset(
        run_id=context.run.run_id,
        item_key=context.item.key,
        project_id=context.film.storyboard.project_id,
        scene_id=context.scene.scene_id,
        shot_id=context.shot.shot_id,
        made=context.made,
        url=made.asset.url,
        size=made.asset.size,
        name=f"Scene {context.scene.number or 0}, shot {context.shot.number or 0}",
        prompt=made.prompt,
        sources=made.sources,
        metadata={"model": str(context.choice.target), **({"source_url": source_url} if source_url else {})},
    )
    await link_asset(tx, asset.shot_id, asset.made, asset.url, await write_asset(tx, asset))


async def _fail_shot(runtime: Runtime, context: ItemContext, error: Exception) -> None:
    """This shot stops, the others go on."""
    message, code = error_message(error), error_code(error)
    told = refusal_told(error)

    async def mark(tx: Tx) -> None:
        await mark_failed(tx, [context.shot.shot_id], context.made, message)
        if context.phase == "videos" and isinstance(error, NotFound):
            await mark_image_lost(tx, context.shot.shot_id, context.shot.image_url, message)

    settlement = ItemSettlement(reason=code)
    details = {"code": code, **told, **(error.details if isinstance(error, InsufficientCredits) else {})}
    end = ItemEnd(
        context.item.key, "failed", (GENERATING,), phase="failed", output=details, error=message, settlement=settlement
    )
    words = prompt_key(context.shot.shot_id)
    await end_batch_item(
        runtime, context.run, end, context.event("failed", error=message, code=code, **told), mark, give_back=words
    )
