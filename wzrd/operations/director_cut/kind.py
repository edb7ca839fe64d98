"""Run of a director-cut request: a timeline, and the making of its film. Asked by route, flow and CLI."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from wzrd.assets.durations import ClipFacts, clip_facts
from wzrd.contracts import encoders
from wzrd.contracts.director_cut import EVENTS, CutSettings, JobView, Summary, began
from wzrd.contracts.events import NewEvent
from wzrd.db.engine import Tx, mirrored
from wzrd.db.export_jobs import find_job, insert_cut, insert_job
from wzrd.db.projects import lock_project
from wzrd.db.runs import RunRow, find_request, find_run, list_open_runs
from wzrd.db.storyboards import read_storyboard
from wzrd.db.takes import list_clip_sounds, list_speaking, list_voice_captions
from wzrd.db.timeline import list_final_audio, list_timeline, replace_timeline
from wzrd.domain.cut_settings import RendererChoice
from wzrd.domain.errors import Conflict, NotFound
from wzrd.domain.film import FPS, H264, LINES, LOUDNESS, DeliveryFormat
from wzrd.domain.ids import parse_uuid
from wzrd.domain.money import kept_bound, read_money
from wzrd.domain.project_choice import found_in_project, project_id_of
from wzrd.domain.storyboard import Storyboard
from wzrd.domain.timeline import build_timeline, readiness
from wzrd.domain.wanted_format import read_wanted
from wzrd.film.cut_list import Cut, ShotSpeech, cut_list, cut_to_json, fingerprint
from wzrd.film.film_picture import pick_renderer
from wzrd.operations.director_cut.film_after_end import keep_film_after_end, mirror_film_after_end
from wzrd.operations.director_cut.items import CutPrice, CutTimeline, counts_of, items_of
from wzrd.operations.director_cut.voices import (
    VoiceChoice,
    check_reach,
    give_voices,
    pick_voices,
    price_film,
    price_voices,
)
from wzrd.operations.export_jobs import end_job, film_event, film_result, find_view, first_payload, job_view, reopen_cut
from wzrd.operations.voice_casting import settle_voices
from wzrd.runs.start import NewRun, RunParams, StartResult, start_in
from wzrd.runtime.kind import Kind, Replacement, free, same_names
from wzrd.runtime.process import Runtime

KIND = "director-cut"
MAX_TITLE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectorCutParams(RunParams):
    """A film of a project. `sync` off makes it of the timeline's rows as they stand.

    `raw_settings` are as the caller spelled them.
    """

    settings: CutSettings = field(default_factory=CutSettings)
    raw_settings: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)
    sync: bool = True


Started = StartResult[JobView]


class NotReady(Conflict):
    """Something keeps the film from being made."""

    code = "not_ready"

    def __init__(self, summary: Summary) -> None:
        super().__init__(summary.blocking_reason)
        self.summary = summary


async def sync_timeline(runtime: Runtime, project_id: str, *, user_id: UUID) -> Summary:
    """Rebuild the project's timeline from its shots.

    Raises:
        NotFound: no such project of this user.
    """
    found = project_id_of(project_id)
    clips = await _clips(runtime, found, user_id)
    async with runtime.begin() as tx:
        return (await _sync(tx, await _lock_storyboard(tx, found, user_id), clips)).summary


async def start_director_cut(runtime: Runtime, params: DirectorCutParams) -> Started:
    """Start the run that makes the film, or join the one that makes just this film already.

    Raises:
        NotFound: no such project, or not the caller's.
        NotReady: a shot has nothing to show; nothing was started.
        BadRequest, NotConfigured: the settings ask for what cannot be had here, or for less than it costs.
        ReferenceUnreachable: fal was asked for, and could not read one of the visuals.
        InsufficientCredits: renderer or voices are paid for, and a hold was refused; nothing was started.
        TooMany: the user has too many open runs.
    """
    settled = await settle_voices(runtime, params.project_id, params.settings.voices, user_id=params.user_id)
    params = replace(params, settings=params.settings.model_copy(update={"voices": settled.by_name}))
    renderer, voices = pick_renderer(runtime, params.settings.provider), pick_voices(runtime, params.settings)
    project_id = project_id_of(params.project_id)
    read_wanted(params.settings.model_dump(), None)  # what is wrong is told before anything is looked at
    clips = await _clips(runtime, project_id, params.user_id)
    async with runtime.begin() as tx:
        storyboard = await _lock_storyboard(tx, project_id, params.user_id)
        if params.request_id and (run := await find_request(tx, storyboard.user_id, KIND, params.request_id)):
            return await _join_result(tx, run)
        timeline = await _sync(tx, storyboard, clips) if params.sync else await _read_timeline(tx, storyboard)
        if timeline.ready.blocking_reason is None:
            delivery = _delivery(params.settings, storyboard, clips)
            audio = params.settings.include_audio
            speech = ShotSpeech(
                await list_speaking(tx, project_id),
                await list_voice_captions(tx, project_id),
                await list_clip_sounds(tx, project_id) if audio else {},
                await list_speaking(tx, project_id, natively=True),
            )
            cut = cut_list(timeline.rows, storyboard, delivery=delivery, audio=audio, speech=speech)
            cut = await give_voices(tx, runtime, storyboard.user_id, replace(cut, renderer=renderer.name), voices)
            check_reach(runtime, cut)
            return await _start(tx, runtime, params, storyboard, cut, _Choice(renderer, voices))
    raise NotReady(timeline.summary)  # after the commit: the timeline is synced all the same


async def read_job(runtime: Runtime, job_id: str, *, user_id: UUID) -> JobView:
    """The job as it stands.

    Raises:
        NotFound: no such job of this user.
    """
    found = parse_uuid(job_id)
    view = None
    if found is not None:
        async with runtime.begin() as tx:
            run = await find_run(tx, found, user_id=user_id)
            cut_run = run if run is not None and run.kind == KIND else None
            view = await job_view(tx, cut_run, await find_job(tx, found, user_id))
    if view is None:
        raise NotFound("Job not found")
    return view


async def _lock_storyboard(tx: Tx, project_id: UUID, user_id: UUID | None) -> Storyboard:
    """The storyboard under the project's lock: two syncs, or two cuts, take turns."""
    found_in_project(await lock_project(tx, project_id, user_id=user_id))
    return found_in_project(await read_storyboard(tx, project_id))


def _delivery(settings: CutSettings, storyboard: Storyboard, clips: Mapping[str, ClipFacts]) -> DeliveryFormat:
    """The film's format: as asked for, else as its project has it, else the size that most seconds of clips have.

    Of two equal ones the larger. What nobody asks for is the house's: 24 frames a second, -16 LUFS, 720 lines where
    there are no clips.

    Raises:
        BadRequest: as `read_wanted`.
    """
    asked = read_wanted(settings.model_dump(), storyboard.aspect_ratio)
    seconds: dict[float, int] = {}
    for _, shot in storyboard:
        if (clip := clips.get(shot.video_url)) is not None and clip.lines:
            lines = max(LINES, clip.lines)
            seconds[lines] = seconds.get(lines, 0) + clip.ms
    usual = max(seconds, key=lambda lines: (seconds[lines], lines), default=LINES)
    return asked.over(storyboard.read_wanted()).delivery(usual)


async def _clips(runtime: Runtime, project_id: UUID, user_id: UUID | None) -> dict[str, ClipFacts]:
    """Facts of the clips by address, read from their files before any lock is taken."""
    async with runtime.begin() as tx:
        storyboard = found_in_project(await read_storyboard(tx, project_id, user_id=user_id))
    return await clip_facts(runtime, storyboard.user_id, [shot.video_url for _, shot in storyboard if shot.video_url])


async def _sync(tx: Tx, storyboard: Storyboard, clips: Mapping[str, ClipFacts]) -> CutTimeline:
    lengths = {url: clip.ms for url, clip in clips.items()}
    rows = build_timeline(storyboard, await list_final_audio(tx, storyboard.project_id, storyboard.user_id), lengths)
    await replace_timeline(tx, storyboard.project_id, storyboard.user_id, rows)
    sounds = sum(row.asset_type == "audio" for row in rows)
    return CutTimeline(rows, readiness(storyboard, audio=sounds), len(rows))


async def _read_timeline(tx: Tx, storyboard: Storyboard) -> CutTimeline:
    """The rows that somebody synced, and may have edited, before."""
    rows = await list_timeline(tx, storyboard.project_id, storyboard.user_id)
    sounds = sum(row.asset_type == "audio" for row in rows)
    visuals = sum(row.role == "visual" for row in rows)
    stale = visuals == 0 or visuals < readiness(storyboard).ready
    ready = readiness(storyboard, audio=sounds, stale=stale)
    return CutTimeline(rows, ready, len(rows) if stale and not ready.missing else 0)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Who renders, and who speaks."""

    renderer: RendererChoice
    voices: VoiceChoice

    @property
    def fallback_reasons(self) -> dict[str, str]:
        """Why somebody stands in, as the run keeps it."""
        reason = self.renderer.fallback_reason
        return {**({"fallbackReason": reason} if reason else {}), **self.voices.fallback_reasons}


async def _start(
    tx: Tx, runtime: Runtime, params: DirectorCutParams, storyboard: Storyboard, cut: Cut, choice: _Choice
) -> Started:
    renderer, voices = choice.renderer, choice.voices
    identity = {
        "projectId": str(storyboard.project_id),
        "resolution": f"{cut.frame.width}x{cut.frame.height}",
        **({"fps": float(cut.fps)} if cut.fps != FPS else {}),
        **({"loudness": loudness} if (loudness := cut.delivery.loudness) != LOUDNESS else {}),
        **({"codec": codec} if (codec := cut.delivery.codec) != H264 else {}),
        "includeAudio": cut.audio,
        "provider": renderer.asked,
        "voices": dict(voices.asked.by_name),
        "voiceModel": voices.asked.model,
        "cut": fingerprint(cut),
        **kept_bound(read_money(params.settings.max_usd, params.settings.allow_unpriced)),
    }
    if params.request_id is None:
        for run in await list_open_runs(tx, storyboard.user_id, KIND, storyboard.project_id):
            if all(run.params.get(name) == value for name, value in identity.items()):
                return await _join_result(tx, run)
    price = CutPrice(price_film(runtime, cut), await price_voices(tx, storyboard.user_id, cut))
    price.check(params.settings.max_credits)
    started = await start_in(runtime, tx, _new_run(params, storyboard, cut, identity, choice, price))
    assert started.row is not None, "its request id was looked up under the project's lock"
    payload = {**first_payload(renderer.name, choice.fallback_reasons, price.total), **counts_of(cut)}
    await insert_cut(tx, started.run_id, cut_to_json(cut), payload)
    async with mirrored(tx):
        await insert_job(
            tx,
            started.run_id,
            project_id=storyboard.project_id,
            user_id=storyboard.user_id,
            settings=params.raw_settings,
            provider=renderer.name,
            fallback_used=renderer.fallback_reason is not None,
            payload=payload,
        )
    return started.answering(await find_view(tx, started.row))


async def _join_result(tx: Tx, run: RunRow) -> Started:
    return StartResult(run.run_id, created=False, answer=await find_view(tx, run), status=run.status)


def _new_run(
    params: DirectorCutParams,
    storyboard: Storyboard,
    cut: Cut,
    identity: Mapping[str, Any],
    choice: _Choice,
    price: CutPrice,
) -> NewRun:
    request_id = params.request_id or str(uuid.uuid4())
    return NewRun(
        kind=KIND,
        user_id=storyboard.user_id,
        project_id=storyboard.project_id,
        request_id=request_id,
        identity=identity,
        extra={"label": storyboard.title[:MAX_TITLE] or "Untitled", **choice.fallback_reasons},
        items=items_of(cut, price),
        first_event=lambda: NewEvent("progress", began()),
        reference_id=str(storyboard.project_id),
        asked=params,
    )


SETTINGS = ("resolution", "fps", "loudness", "codec", "includeAudio", "provider", "voices", "voiceModel")
"""The settings of a cut that its run's parameters keep."""


async def _replace(runtime: Runtime, wanted: Replacement) -> object:
    """The film of the project as it is now, with the same settings."""
    params = wanted.replaced.params
    raw = {name: params.get(name) for name in SETTINGS} | {"maxCredits": wanted.max_credits}
    raw |= kept_bound(wanted.common()["money"])
    settings = CutSettings.model_validate(raw)
    again = DirectorCutParams(**wanted.common(), settings=settings, raw_settings=raw)
    return await start_director_cut(runtime, again)


DIRECTOR_CUT = Kind(
    name=KIND,
    route="/functions/v1/director-cut",
    resource_type="video",
    reference_type="director_cut",
    parameters={
        "projectId": "project",
        **same_names(*SETTINGS),
        "cut": None,
        "maxUsd": None,
        "allowUnpriced": None,
    },
    price=free,
    events=EVENTS,
    encoder=encoders.plain,
    terminal=film_event,
    deployment="film",
    sum_up=lambda run, items: film_result(items, run.params.get("voiceFallbackReason")),
    on_end=end_job,
    on_reopen=reopen_cut,
    upfront=True,
    keep_after_end=keep_film_after_end,
    on_result_after_end=mirror_film_after_end,
    duplicate_key=("projectId", *SETTINGS),
    replace=_replace,
)
