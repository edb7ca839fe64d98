"""director-cut: every shot's voice and visual, a few at once; then score and mix, and the film rendered."""

import asyncio
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from prefect import flow
from prefect.client.schemas.objects import State

from blocks.resolve import runtime_for_process
from flows.forms import Project, RequestId, Resolution, RunId, VoiceModel, titled
from flows.hooks import durable
from tasks.artifacts.director_cut import read_stage
from tasks.director_cut import cut_visual, fetch_effect, mix, preflight, record_voice, render_film, score
from tasks.flow_lifecycle import run_under_lease
from tasks.retrying import FinishedStep, ignore_failure
from wzrd.contracts.director_cut import CutSettings
from wzrd.domain.runs import Lease
from wzrd.domain.settlement import Outcome
from wzrd.film.cut.items import load_cut
from wzrd.film.cut.segments import AssetLost
from wzrd.film.cut_list import CutShot
from wzrd.operations.director_cut.kind import DirectorCutParams, start_director_cut
from wzrd.threads import CORES

AT_ONCE = CORES + 2
"""Shots under way at once: a core for each clip that is made, and some that wait for what is fetched."""
Made: TypeAlias = FinishedStep[str] | None
"""A step that has made its part, if it did."""


async def work(lease: Lease) -> Outcome:
    """Make the film."""
    await _make(lease.run_id)
    return Outcome()


@flow(
    name="director-cut",
    description="Make the film of a project: its clips and stills in order, with voices, music and captions.",
    **durable,
)
async def director_cut(
    project: Project,
    resolution: Resolution = None,
    fps: Annotated[float | None, titled("Frames a second")] = None,
    loudness: Annotated[float | None, titled("Loudness")] = None,
    codec: Annotated[Literal["h264", "hevc"] | None, titled("Codec")] = None,
    include_audio: Annotated[bool, titled("Sound")] = True,
    provider: Annotated[Literal["auto", "local", "fal"], titled("Rendered by")] = "auto",
    voices: Annotated[dict[str, str] | None, titled("Voices")] = None,
    voice_model: VoiceModel = None,
    request_id: RequestId = None,
    run_id: RunId = None,
) -> State[Any]:
    """Make the film of a project from its shots as they are now.

    Args:
        project: Its id, the beginning of its id (four letters or more), or its title.
        resolution: 720p, 1080p, 4k, such as 1920x1080, or source; empty means the project's, else that of most clips.
        fps: 23.976, 24, 25, 29.97, 30, 50 or 60; empty means the project's, else 24.
        loudness: -14, -16, -23 or -24 LUFS; empty means the project's, else -16.
        codec: h264 or hevc; empty means the project's, else h264.
        include_audio: Whether there is anything to be heard.
        provider: Who renders: auto and local mean this machine, fal its ffmpeg, at the price of the catalog.
        voices: Voice ids of ElevenLabs by character, at the catalog's price a line; * is everybody else.
        voice_model: The model that speaks; empty means eleven_multilingual_v2.
        request_id: An idempotency key of your own; empty means one a flow run.
        run_id: Leave empty. The API fills it in for a run that it has already started.
    """
    settings = CutSettings(
        resolution=resolution,
        fps=fps,
        loudness=loudness,
        codec=codec,
        include_audio=include_audio,
        provider=provider,
        voices=voices,
        voice_model=voice_model,
    )
    params = DirectorCutParams(
        user_id=None, project_id=project, settings=settings, raw_settings=settings.wire(), request_id=request_id
    )
    return await run_under_lease(run_id, params, start_director_cut, work, progress=read_stage)


async def _make(run_id: UUID) -> None:
    cut, slots = await load_cut(await runtime_for_process(), run_id), asyncio.Semaphore(AT_ONCE)
    checked, visuals, sounds = await preflight.run(run_id), list[Made](), list[Made]()

    async def shoot(shot: CutShot) -> None:
        async with slots:
            voice = None
            if cut.audio and shot.heard:
                record = record_voice.after(checked)
                voice = await ignore_failure(record.run(run_id, shot.number, shot.name), AssetLost)
            cut_shot = cut_visual.after(checked, voice)
            visuals.append(await ignore_failure(cut_shot.run(run_id, shot.number, shot.name), AssetLost))
            sounds.append(voice)

    async def sound(number: int) -> None:
        async with slots:
            sounds.append(await ignore_failure(fetch_effect.after(checked).run(run_id, number), AssetLost))

    async with asyncio.TaskGroup() as group:
        for shot in cut.shots:
            group.create_task(shoot(shot))
        for effect in cut.effects:
            group.create_task(sound(effect.number))
    if cut.audio:
        sounds.append(await score.after(*visuals).run(run_id))
        visuals.append(await mix.after(*sounds).run(run_id))
    await render_film.after(*visuals)(run_id)
