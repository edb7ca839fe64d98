"""The film of a cut: rendered by whom it was asked of, else here; delivered.

A render that another has been paid for is never asked for twice: its result, and that it failed, are kept.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from wzrd.assets.sources import BadSource, look_at_result
from wzrd.db.engine import mirrored
from wzrd.db.export_jobs import name_renderer, read_progress
from wzrd.db.items import Item, find_item
from wzrd.db.provider_jobs import list_item_jobs
from wzrd.db.run_holds import list_run_holds
from wzrd.domain.cut_settings import FAL_REMOTE, LOCAL_FFMPEG
from wzrd.domain.errors import NotConfigured, ProviderError, WzrdError, error_code, error_message
from wzrd.faults import fault
from wzrd.film.cut.items import (
    LAST_BEFORE_REMOTE,
    UNFINISHED,
    CutRun,
    advance_film,
    count_visuals_left,
    read_segments,
    report_progress,
    with_retries,
)
from wzrd.film.cut_outcome import FILM, film_output
from wzrd.film.film_picture import pick_renderer
from wzrd.film.finished_film import FilmRequest, write_film
from wzrd.film.made_segments import Film, segment_from_json
from wzrd.film.renderers import FalRemote, LocalFfmpeg
from wzrd.generation.expiry import bring
from wzrd.generation.values import unpack
from wzrd.net.guarded import FetchFailed, FetchRefused
from wzrd.providers.base import Output, Progress
from wzrd.runs.attempt_holds import settle_former
from wzrd.runs.item_ends import ItemEnd, ItemSettlement, end_item
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime
from wzrd.runtime.stops import stops_the_run

REPORT_SECONDS = 2.0
"""Seconds between two reports of how far a renderer elsewhere is."""
FELL_BACK, RENDERED = 50, 85
"""Percent of the film when a renderer elsewhere has failed, and when the picture is there."""


@dataclass(frozen=True, slots=True)
class _FilmStep:
    """The film that is to be rendered. `key`: what its submit and hold are known by."""

    of: CutRun
    item: Item
    key: str
    lufs: float | None
    missing: int


async def render_film(of: CutRun) -> str:
    """Have the film rendered, with its sound and captions; returns its address.

    Raises:
        NoVisuals: there is nothing to be rendered.
    """
    run, cut = of.run, of.cut
    await count_visuals_left(of)
    item, key = await _begin(of)
    if item.status == "succeeded" and item.output:
        return str(item.output["outputUrl"])
    await fault("before_film")
    async with of.runtime.begin() as tx:
        mixed = await find_item(tx, of.run_id, "mix")
    output = (mixed.output or {}) if mixed else {}
    sound = segment_from_json(output["sound"]) if output.get("sound") else None
    segments = await read_segments(of)
    missing = len(cut.shots) - len(segments.clips)
    film_step = _FilmStep(of, item, key, output.get("lufs"), missing)
    joined = partial(report_progress, of, 90, "uploading_final_video")
    order = FilmRequest(
        run.user_id, cut.title, segments, sound, f"{run.project_id}/{of.run_id}", joined, codec=cut.delivery.codec
    )
    film = await _render(film_step, order)
    await fault("after_film")
    return film.url


async def _begin(of: CutRun) -> tuple[Item, str]:
    """The film's item, begun, and the key of its render.

    An attempt that begins when there is a result of a former one wants another: the visuals may be others by now.
    """
    await _look_at_former(of)
    async with step(of.runtime, of.lease) as current:
        item = await find_item(current.tx, of.run_id, FILM)
        assert item is not None, "every cut has it"
        if item.status != "pending":
            return item, str((item.output or {}).get("render", FILM))
        key, number = FILM, 0
        while any(job.status == "succeeded" for job in await list_item_jobs(current.tx, of.run_id, key)):
            await settle_former(current.tx, current.lease, key, reason="rendered_anew")
            number += 1
            key = f"{FILM}~{number}"
        await current.move([FILM], from_status=("pending",), to="running", outputs={FILM: {"render": key}})
    return item, key


async def _look_at_former(of: CutRun) -> None:
    """Look at a film that was made elsewhere for a former attempt, before it is charged: for a page nobody pays.

    One that cannot be looked at now has been made, as far as anybody knows.
    """
    async with of.runtime.begin() as tx:
        holds = [one for one in await list_run_holds(tx, of.run_id) if one.attempt < of.lease.attempt]
        keys = {one.item_key for one in holds if one.status == "held" and one.item_key.partition("~")[0] == FILM}
        jobs = [(key, job) for key in keys for job in await list_item_jobs(tx, of.run_id, key)]
    for key, job in jobs:
        if job.status == "succeeded" and (job.output or {}).get("media"):
            with suppress(ProviderError, FetchFailed, FetchRefused, BadSource):
                look = partial(_see_film, of.runtime)
                await bring(of.runtime, of.lease, key, job.target, unpack(job.output or {}, None), look)


async def _see_film(runtime: Runtime, output: Output) -> None:
    await look_at_result(runtime, output, 0, "video")


async def _render(film_step: _FilmStep, order: FilmRequest) -> Film:
    """The film by the renderer that was chosen, else by this machine; delivered."""
    of, settlement = film_step.of, None
    if of.cut.renderer == FAL_REMOTE:
        reason = await _known_failure(of)
        if reason is None:
            try:
                return await _render_remotely(film_step, order)
            except Exception as error:
                if stops_the_run(error):
                    raise
                reason = await _fall_back(film_step, error)
        settlement = ItemSettlement(reason=reason, hold_of=film_step.key)
    await report_progress(of, RENDERED, "downloading_assets")
    film = await with_retries(of.log, "film", partial(LocalFfmpeg(of.runtime, of.run.user_id).render, of.cut, order))
    await _deliver(film_step, film, LOCAL_FFMPEG, settlement)
    return film


async def _known_failure(of: CutRun) -> str | None:
    """Why the renderer was given up in this attempt already, before its process died."""
    async with of.runtime.begin() as tx:
        progress = await read_progress(tx, of.run_id)
    reason = progress.payload.get("fallbackReason") if progress else None
    return str(reason) if reason else None


async def _render_remotely(film_step: _FilmStep, order: FilmRequest) -> Film:
    """The film by fal, delivered and paid.

    Raises:
        as `Renderer.render`; NotConfigured: it can no longer be asked from here.
    """
    of = film_step.of
    if reason := pick_renderer(of.runtime, "fal").fallback_reason:
        raise NotConfigured(f"fal can no longer be asked from here: {reason}")
    watch = _RenderReport()

    async def arrived() -> None:
        await _report_remote(
            film_step, RENDERED, {"stage": "downloading_assets", "renderer": watch.model, "providerPhase": "completed"}
        )

    renderer = FalRemote(of.runtime, of.lease, film_step.key, film_step.item.price, watch.take, arrived)
    async with _reporting(film_step, watch):
        film = await with_retries(of.log, "film", partial(renderer.render, of.cut, order))
    settlement = ItemSettlement(output_key=film.paid_by, reason="nothing_to_render", hold_of=film_step.key)
    await fault("before_film_delivery")
    await _deliver(film_step, film, FAL_REMOTE, settlement)
    return film


async def _request_id(film_step: _FilmStep) -> str | None:
    """The id that the renderer's latest job has there."""
    of = film_step.of
    async with of.runtime.begin() as tx:
        jobs = await list_item_jobs(tx, of.run_id, film_step.key)
    return next((job.request_id for job in reversed(jobs) if job.request_id), None)


async def _report_remote(film_step: _FilmStep, progress: int, payload: dict[str, Any]) -> None:
    """Reports how far the renderer elsewhere is, and under which id it works."""
    of, request_id = film_step.of, await _request_id(film_step)
    named = {"providerJobId": request_id} if request_id else {}
    async with step(of.runtime, of.lease) as current:
        await advance_film(current, progress, payload | named, {})
        async with mirrored(current.tx):
            await name_renderer(current.tx, of.run_id, FAL_REMOTE, provider_job_id=request_id)


async def _fall_back(film_step: _FilmStep, error: Exception) -> str:
    """The renderer has failed: rows and followers are told before this machine takes over. Returns the reason."""
    of, reason, message = film_step.of, error_code(error), error_message(error)
    if isinstance(error, NotConfigured):
        reason = pick_renderer(of.runtime, "fal").fallback_reason or reason
    of.log.warning("fal: %s; rendered here", message, exc_info=not isinstance(error, WzrdError))
    request_id = await _request_id(film_step)
    payload = {
        "stage": "fallback_processing",
        "renderer": LOCAL_FFMPEG,
        "fallbackReason": reason,
        "fallbackStatus": "rendering",
        "falError": message,
        **({"falRequestId": request_id} if request_id else {}),
    }
    async with step(of.runtime, of.lease) as current:
        event = {"fallbackReason": reason, "falError": message}
        await advance_film(current, FELL_BACK, payload, event)
        async with mirrored(current.tx):
            await name_renderer(current.tx, of.run_id, LOCAL_FFMPEG, fallback_used=True)
    await fault("after_fallback")
    return reason


async def _deliver(film_step: _FilmStep, film: Film, renderer: str, settlement: ItemSettlement | None) -> None:
    """The film is there: item, charge, project file, job and event. A cancel comes too late for what is paid."""
    of, run, missing = film_step.of, film_step.of.run, film_step.missing
    async with of.runtime.begin() as tx:
        scored = await find_item(tx, run.run_id, "score")
    output = film_output(film, renderer, lufs=film_step.lufs)
    lost = ((scored.output or {}) if scored else {}).get("failures", [])
    payload = {"stage": "completed", "partialSuccess": missing > 0, "rendered": output["rendered"]}
    if settlement is not None and renderer == LOCAL_FFMPEG:
        payload["fallbackStatus"] = "completed"
    end = ItemEnd(FILM, "succeeded", UNFINISHED, output={**output, "failures": lost}, settlement=settlement)
    await end_item(
        of.runtime,
        run.run_id,
        end,
        lambda tx: write_film(tx, run, output, missing=missing),
        emit=partial(advance_film, progress=95, payload=payload, event={}),
        ignore_cancel=film.paid_by is not None,
    )


class _RenderReport:
    """Latest report of a renderer: how far it is, and which model it is of."""

    def __init__(self) -> None:
        self.model = "direct_video"
        self.ended = asyncio.Event()
        self._latest: Progress | None = None
        self._reported: tuple[str, int] | None = None

    def take(self, model: str, news: Progress) -> None:
        """Note it."""
        self.model, self._latest = model, news

    def news(self) -> tuple[int, str] | None:
        """The percent of the film and the renderer's phase, where they are not told yet."""
        if self._latest is None:
            return None
        share = (RENDERED - LAST_BEFORE_REMOTE) * (self._latest.fraction or 0.0)
        now = self._latest.phase, LAST_BEFORE_REMOTE + int(share)
        if now == self._reported:
            return None
        self._reported = now
        return now[1], now[0]


@asynccontextmanager
async def _reporting(film_step: _FilmStep, watch: _RenderReport) -> AsyncGenerator[None]:
    """Followers are told how far the renderer is, while inside."""
    reporting = asyncio.create_task(_report(film_step, watch), name="report the render")
    try:
        yield
    finally:
        watch.ended.set()
        with suppress(Exception):
            await reporting


async def _report(film_step: _FilmStep, watch: _RenderReport) -> None:
    while not watch.ended.is_set():
        if (news := watch.news()) is not None:
            payload = {"stage": "provider_processing", "renderer": watch.model, "providerPhase": news[1]}
            await _report_remote(film_step, news[0], payload)
        with suppress(TimeoutError):
            async with asyncio.timeout(REPORT_SECONDS):
                await watch.ended.wait()
