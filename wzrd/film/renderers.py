"""Who makes a film of its visuals: `local_ffmpeg` on this machine, or `fal_remote`, behind one protocol.

A visual's length is settled before anybody renders, so that the sound fits whoever does.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

from wzrd.domain.cut_settings import FAL_REMOTE, LOCAL_FFMPEG
from wzrd.domain.runs import Lease
from wzrd.film.cut_list import Cut, CutShot
from wzrd.film.film_picture import order_picture, render_picture
from wzrd.film.finished_film import FilmRequest, finish_picture, join_film, nobody_waits
from wzrd.film.made_segments import Film, Segment
from wzrd.film.segments import clip_of, make_visual
from wzrd.providers.base import Progress
from wzrd.runs.execute import run_together
from wzrd.runtime.process import Runtime
from wzrd.threads import CORES

CLIPS_AT_ONCE = CORES + 1
"""Clips that are made at once where all are missing: one for each core, and one that is being fetched."""


class Renderer(Protocol):
    """Makes films. `name` is what `export_jobs.provider` calls it."""

    @property
    def name(self) -> str:
        """Its name on the wire."""
        ...

    async def prepare(self, cut: Cut, shot: CutShot, voice: Segment | None) -> Segment:
        """One visual ready to be rendered, long enough for its voice (None: nobody speaks).

        Raises:
            as `wzrd.film.segments.make_visual`.
        """
        ...

    async def render(self, cut: Cut, order: FilmRequest) -> Film:
        """The film, stored.

        Raises:
            NotFound, BadSource, FetchRefused, FetchFailed, MediaFailed, StorageFull: a file could not be had or kept.
            InsufficientCredits, ReferenceUnreachable, ProviderError: only where it is paid for.
            LeaseLost, CancelRequested: the run may not go on here.
        """
        ...


@dataclass(frozen=True, slots=True)
class LocalFfmpeg:
    """Visuals become house clips here, and are joined without being encoded again."""

    runtime: Runtime
    user_id: UUID
    name: str = LOCAL_FFMPEG

    async def prepare(self, cut: Cut, shot: CutShot, voice: Segment | None) -> Segment:
        """See `Renderer.prepare`."""
        return await make_visual(self.runtime, self.user_id, cut, shot, voice)

    async def render(self, cut: Cut, order: FilmRequest) -> Film:
        """See `Renderer.render`. Visuals that were only measured, for another renderer, are made into clips first."""
        slots, segments = asyncio.Semaphore(CLIPS_AT_ONCE), order.segments

        async def clip(number: int) -> Segment:
            async with slots:
                return await clip_of(self.runtime, self.user_id, cut, cut.shots[number - 1], segments.clips[number])

        clips = await run_together(clip(number) for number in sorted(segments.clips))
        return await join_film(self.runtime, order, clips)


@dataclass(frozen=True, slots=True)
class FalRemote:
    """fal's ffmpeg renders the picture of the visuals where they lie; sound and captions are laid beside it here.

    `item_key` is what its submit is known by. `watch` hears which model runs and how far it is, `arrived` that the
    picture is here.
    """

    runtime: Runtime
    lease: Lease
    item_key: str
    price: int
    watch: Callable[[str, Progress], None] = lambda _model, _news: None
    arrived: Callable[[], Awaitable[None]] = nobody_waits
    name: str = FAL_REMOTE

    async def prepare(self, cut: Cut, shot: CutShot, voice: Segment | None) -> Segment:
        """See `Renderer.prepare`: what fal can show by itself is only measured."""
        return await make_visual(self.runtime, self.lease.user_id, cut, shot, voice, elsewhere=True)

    async def render(self, cut: Cut, order: FilmRequest) -> Film:
        """See `Renderer.render`. One silent clip is the film already: nothing is sent, and nothing paid."""
        wanted = order_picture(self.runtime, cut, order.segments.clips, heard=order.sound is not None)
        if wanted is None:
            return await LocalFfmpeg(self.runtime, self.lease.user_id).render(cut, order)

        def watch(news: Progress) -> None:
            self.watch(wanted.model.id, news)

        watch(Progress("queued", 0.0))
        picture = await render_picture(self.runtime, self.lease, self.item_key, wanted, cut.delivery, self.price, watch)
        await self.arrived()
        return replace(await finish_picture(self.runtime, order, picture), paid_by=picture.key)
