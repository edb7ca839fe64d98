"""Voice and lips of one shot of a batch: lines spoken before the clip, lips moved after it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from wzrd.assets.content_cache import CLIP, Asset, make_once
from wzrd.assets.sources import hash_file, open_source
from wzrd.db.items import find_item
from wzrd.db.shots import write_instead
from wzrd.db.takes import keep_take, list_clip_sounds
from wzrd.domain.auto_generate import has_video, item_key
from wzrd.domain.errors import AwaitingApproval, Conflict, NotFound, WzrdError, error_code, error_message
from wzrd.domain.film import Frame
from wzrd.domain.pacing import shot_frames
from wzrd.domain.runs import AWAITS
from wzrd.domain.speech import OWN_SOUND, PARTS, SAID, SPEECH, voice_item_key
from wzrd.domain.storyboard import idea_of
from wzrd.faults import fault
from wzrd.generation.media import MediaJob, hold_media, make_media
from wzrd.models.routing import routed_catalog
from wzrd.models.speech_routes import SpeechFiles, speech_body
from wzrd.models.voices import PaidVoices
from wzrd.retry import retry_local_work
from wzrd.runs.item_ends import ItemEnd, ItemSettlement, Mirror
from wzrd.runs.steps import RunLog, step
from wzrd.runtime.process import Runtime
from wzrd.runtime.stops import stops_the_run
from wzrd.storyboard.batch.ends import GENERATING, UNFINISHED, ShotFailed, end_batch_item
from wzrd.storyboard.batch.items import ItemContext, find_bar, find_context, find_shot_item
from wzrd.storyboard.refusals import Sent, explained, refusal_told
from wzrd.storyboard.shot_media import join_clips
from wzrd.storyboard.speaking import (
    CannotSpeak,
    ShotVoice,
    check_speech,
    cut_track,
    keep_voice,
    make_tracks,
    part_frames,
    read_voice,
)
from wzrd.storyboard.spoken_shots import LinesToSpeak, Spoken, fallback_reason, speak_lines
from wzrd.threads import in_thread


@dataclass(frozen=True, slots=True)
class _Clip:
    """A shot's clip; `parts`: the consecutive ones that it was joined of, if it was."""

    url: str
    parts: tuple[str, ...] = ()


LIPS = 1
"""Version of what moved lips are made of: enters their name in the cache."""


async def speak_shot(runtime: Runtime, run_id: UUID, key: str, label: str, log: RunLog) -> str:
    """Have the shot's lines spoken, each by its voice; returns the address of the take.

    Raises:
        ShotFailed: they could not be; item and log say why, and the batch goes on.
    """
    context = await _find(runtime, run_id, key, label)
    if isinstance(context, str):
        return context
    try:
        speech = _speech_of(context)
        await _begin(runtime, context, "voice", {SAID: speech.voices.lines_of(speech.lines)})
        spoken = await speak_lines(runtime, runtime.leases.current(run_id), speech)
    except Exception as error:
        raise await _end_unmade(runtime, context, "voice", error, log) from error
    await fault("before_voice")
    return await _deliver_voice(runtime, context, spoken)


async def move_lips(runtime: Runtime, run_id: UUID, key: str, label: str, log: RunLog) -> str:
    """Have the lips of the shot's clip moved to its voice; returns the address of the new clip, which is shown.

    Raises:
        ShotFailed: they could not be, or there is nothing to move; item and log say why, and the batch goes on.
    """
    context = await _find(runtime, run_id, key, label)
    if isinstance(context, str):
        return context
    try:
        await _check_bar(runtime, context)
        await _begin(runtime, context, "lips")
        clip, sound = await _find_clip(runtime, context)
        jobs = await _lips_jobs(runtime, context, clip)
        made = await _make_lips(runtime, context, jobs, log)
        asset = made[0] if len(made) == 1 else await join_clips(runtime, context.run.user_id, made)
    except Exception as error:
        raise await _end_unmade(runtime, context, "lips", error, log) from error
    await fault("before_lips")
    output = {"url": asset.url, "frames": asset.facts.get("frames"), "reused": all(one.reused for one in made)}
    output |= {OWN_SOUND: True, "soundUrl": sound} if sound else {}
    return await _deliver_lips(runtime, context, output, [one.key for one in made], clip.url)


async def _make_lips(runtime: Runtime, context: ItemContext, jobs: Sequence[MediaJob], log: RunLog) -> list[Asset]:
    """The clip with moved lips; of consecutive ones each, out of one hold."""
    lease = runtime.leases.current(context.run.run_id)
    if len(jobs) > 1:
        await hold_media(runtime, lease, jobs)

    async def make(job: MediaJob) -> Asset:
        with explained(Sent(routed_catalog().models[job.choice.model_id], job.inputs)):
            return await make_media(runtime, lease, job, lambda _: None)

    return [await retry_local_work(log, context.label, partial(make, job)) for job in jobs]


async def _check_bar(runtime: Runtime, context: ItemContext) -> None:
    """See that nothing is sent twice.

    Raises:
        CannotSpeak: a former attempt's submit may have been accepted.
    """
    if (bar := await find_bar(runtime, context)) is not None:
        raise CannotSpeak(bar.message)


async def _find(runtime: Runtime, run_id: UUID, key: str, label: str) -> ItemContext | str:
    """The item with its shot, or the address of what it has made already.

    Raises:
        ShotFailed: it has ended without.
    """
    run, item = await find_shot_item(runtime, run_id, key)
    if item.status == "succeeded":
        return str((item.output or {})["url"])
    if item.status in {"failed", "skipped"}:
        raise ShotFailed(f"{label}: {item.error}")
    context = await find_context(runtime, run, item)
    if context is not None:
        return context
    message = "the shot was deleted meanwhile"
    settlement = ItemSettlement(reason=NotFound.code, stands=True)
    end = ItemEnd(key, "failed", UNFINISHED, phase="failed", error=message, settlement=settlement)
    event = {"shotId": str(item.entity_id), "step": key.partition("/")[0], "status": "failed", "error": message}
    await end_batch_item(runtime, run, end, event)
    raise ShotFailed(f"{label}: {message}")


async def _begin(runtime: Runtime, context: ItemContext, name: str, output: Mapping[str, Any] | None = None) -> None:
    """The item is being worked on, unless its still waits for an approval; `output`: what it keeps meanwhile.

    Raises:
        AwaitingApproval: it does.
        Conflict: the shot is locked.
    """
    async with step(runtime, runtime.leases.current(context.run.run_id)) as current:
        if context.gate is not None:
            await context.gate(current.tx)
        if context.shot.locked and not context.again:
            raise Conflict("the shot is locked", code="locked")
        key, kept = context.item.key, {context.item.key: output} if output else None
        if await current.move([key], from_status=("pending",), to="running", phase="generating", outputs=kept):
            current.emit("speech", context.speech_event(name, "generating"))


def _speech_of(context: ItemContext) -> LinesToSpeak:
    kept = context.run.params[SPEECH]["voices"]
    voices = PaidVoices(kept["byName"], kept["model"], kept["price"])
    return LinesToSpeak(context.lines, voices, context.film.dialogue.cast, context.item.key)


async def find_voice(runtime: Runtime, run_id: UUID, shot_id: UUID) -> ShotVoice | None:
    """The voice of a shot in this run; None: nothing was spoken, or it failed."""
    async with runtime.begin() as tx:
        item = await find_item(tx, run_id, voice_item_key(shot_id))
    return read_voice(item.output) if item and item.status == "succeeded" and item.output else None


async def _lips_jobs(runtime: Runtime, context: ItemContext, clip: _Clip) -> list[MediaJob]:
    """The clip and the voice as a job for the model that was priced; of two batches that want the same one makes it.

    Of consecutive clips each is a job with its own part of the voice.

    Raises:
        CannotSpeak: there is no voice for it, or its provider cannot be asked any more.
    """
    route, shot, user_id = context.route, context.shot, context.run.user_id
    assert route is not None, "its item was planned by it"
    if context.choice.drawn:
        raise CannotSpeak(f"{route.model} cannot be asked any more")
    voice = await find_voice(runtime, context.run.run_id, shot.shot_id)
    delivery, wanted = context.film.delivery, context.film.storyboard.wanted
    parts = part_frames(route, voice, delivery.fps) if clip.parts else ()
    model = check_speech(route, voice, len(context.lines), parts)
    assert voice is not None, "it has been checked"
    frames = sum(parts) or shot_frames(idea_of(shot), voice.seconds, delivery.fps)
    [track, *_] = tracks = await make_tracks(runtime, user_id, route, voice, frames, delivery.fps)
    if parts:
        sounds = await cut_track(runtime, user_id, track, parts, delivery.fps)
        moved = enumerate(zip(sounds, clip.parts, parts, strict=True), start=1)
        return [
            MediaJob(
                context.item.key, "video", context.choice, CLIP,
                speech_body(model, SpeechFiles([sound.url], video=url)).inputs, wanted,
                frames=count, gate=context.gate, part=part,
            )
            for part, (sound, url, count) in moved
        ]  # fmt: skip
    exact, digest = await _exact_clip(runtime, user_id, clip.url, frames, delivery.fps)
    body = speech_body(model, SpeechFiles([one.url for one in tracks], video=exact))
    recipe = {"lips": LIPS, "of": digest, "frames": frames, "tracks": [one.sha256 for one in tracks]}
    return [MediaJob(
        context.item.key, "video", context.choice, CLIP, body.inputs, wanted, recipe,
        frames=frames, gate=context.gate, is_shared=True,
    )]  # fmt: skip


async def _find_clip(runtime: Runtime, context: ItemContext) -> tuple[_Clip, str]:
    """The clip of this run, else the one that the shot has; and the address of its own sound, if it has one.

    Raises:
        CannotSpeak: there is none.
    """
    async with runtime.begin() as tx:
        item = await find_item(tx, context.run.run_id, item_key("videos", context.shot.shot_id))
        sounds = await list_clip_sounds(tx, context.film.storyboard.project_id) if item is None else {}
    if item is not None and item.status == "succeeded" and item.output:
        parts = tuple(str(one["url"]) for one in item.output.get(PARTS, ()))
        sound = str(item.output.get("sourceUrl", "")) if item.output.get(OWN_SOUND) else ""
        return _Clip(str(item.output["url"]), parts), sound
    if item is not None or not has_video(context.shot):
        raise CannotSpeak("its clip was not made")
    return _Clip(context.shot.video_url), sounds.get(context.shot.shot_id, "")


async def _exact_clip(runtime: Runtime, user_id: UUID, url: str, frames: int, fps: Fraction) -> tuple[str, str]:
    """Address and hash of the clip of just so many frames: as it is, or cut, or holding its last picture."""
    # who only starts runs need not load the media tools
    from wzrd.media.conform import CONFORM, conform_clip
    from wzrd.media.probe import probe

    async with open_source(runtime, url, "video") as source:
        facts, digest = await in_thread(probe, source), await in_thread(hash_file, source)
        if facts.frames == frames and facts.fps == fps:
            return url, digest
        frame = Frame(facts.width, facts.height)

        async def make(out: Path) -> Mapping[str, Any]:
            made = await conform_clip(source, out, frame=frame, fps=fps, frames=frames)
            return {"frames": made.frames, "width": made.width, "height": made.height}

        recipe = {"tool": "exact", "version": CONFORM, "of": digest, "frames": frames, "fps": str(fps)}
        exact = await make_once(runtime, user_id, recipe, CLIP, make)
        return exact.url, exact.sha256


async def _deliver_voice(runtime: Runtime, context: ItemContext, spoken: Spoken) -> str:
    """Take, item, charge, row and event in one commit. A sound that somebody has given the shot meanwhile stays."""
    before, shot_id, url = context.shot.audio_url, context.shot.shot_id, spoken.asset.url
    failed = [
        {"line": at, "character": context.lines[at].character, **fallback_reason(error)}
        for at, error in spoken.failed.items()
    ]
    output = {**keep_voice(spoken), **({"fallbacks": failed} if failed else {})}
    settlement = ItemSettlement(parts=spoken.keys, reason="paid_before" if spoken.keys else "voice_failed")
    event = context.speech_event("voice", "completed", url=url, seconds=spoken.seconds)
    await _end(
        runtime, context, output, settlement, event,
        lambda tx: keep_take(tx, shot_id=shot_id, made="audio", url=url, run_id=context.run.run_id,
                             item_key=context.item.key),
        lambda tx: write_instead(tx, shot_id, "audio", url, instead_of=before),
    )  # fmt: skip
    return url


async def _deliver_lips(
    runtime: Runtime, context: ItemContext, output: dict[str, Any], keys: Sequence[str], clip: str
) -> str:
    """As `_deliver_voice`: the shot shows it in place of the clip whose lips were moved."""
    shot_id, url, choice = context.shot.shot_id, str(output["url"]), context.choice
    output |= {SPEECH: "lips", "model": str(choice.target), "resolvedModel": choice.model_id}
    event = context.speech_event("lips", "completed", url=url, reused=bool(output["reused"]))
    parts = ItemSettlement(parts=tuple(keys), reason="paid_before")
    await _end(
        runtime, context, output, parts if len(keys) > 1 else ItemSettlement(output_key=keys[0]), event,
        lambda tx: keep_take(tx, shot_id=shot_id, made="video", url=url, run_id=context.run.run_id,
                             item_key=context.item.key),
        lambda tx: write_instead(tx, shot_id, "video", url, instead_of=clip),
    )  # fmt: skip
    return url


async def _end(
    runtime: Runtime,
    context: ItemContext,
    output: dict[str, Any],
    settlement: ItemSettlement,
    event: dict[str, Any],
    *mirrors: Mirror,
) -> None:
    end = ItemEnd(context.item.key, "succeeded", (GENERATING,), phase="completed", output=output, settlement=settlement)
    await end_batch_item(runtime, context.run, end, event, *mirrors, ignore_cancel=True)


async def _end_unmade(runtime: Runtime, context: ItemContext, name: str, error: Exception, log: RunLog) -> ShotFailed:
    """End the item of what cannot be (`skipped`), or has failed; what was held goes back, and the batch goes on."""
    if stops_the_run(error):
        raise error
    if not isinstance(error, WzrdError):
        log.error("%s: %s", context.label, type(error).__name__, exc_info=error)
    is_skipped = isinstance(error, CannotSpeak | AwaitingApproval | Conflict)
    message, code = error_message(error), error_code(error)
    phase = AWAITS if isinstance(error, AwaitingApproval) else "failed"
    told = refusal_told(error)
    said = {SAID: _speech_of(context).voices.lines_of(context.lines)} if name == "voice" else {}
    status = "skipped" if is_skipped else "failed"
    end = ItemEnd(
        context.item.key, status, UNFINISHED, phase=phase, output={**said, "code": code, **told}, error=message,
        settlement=ItemSettlement(reason=code),
    )  # fmt: skip
    event = context.speech_event(name, status, error=message, code=code, **told)
    await end_batch_item(runtime, context.run, end, event)
    return ShotFailed(f"{context.label}: {message}")
