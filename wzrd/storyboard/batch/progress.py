"""The progress of a batch as its followers read it: how far each shot is, places in queues, money, time."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from wzrd.contracts.auto_generate import progress
from wzrd.contracts.generate import fraction_of
from wzrd.db.engine import Tx, mirrored
from wzrd.db.items import count_items
from wzrd.db.provider_jobs import median_seconds
from wzrd.db.run_holds import sum_holds
from wzrd.db.shots import note_image_progress
from wzrd.domain.auto_generate import Phase, seconds_left
from wzrd.domain.submission import Target
from wzrd.providers.base import Progress
from wzrd.runs.steps import step
from wzrd.runtime.process import Runtime

REPORT_SECONDS = 1.0
MEDIAN_SECONDS = 10.0
"""Seconds for which a model's known pace stays good."""


@dataclass(slots=True)
class _ShotNews:
    """A shot that is being made: its event without what changes, and the latest of its progress."""

    event: Mapping[str, Any]
    shot_id: UUID
    latest: Progress | None = None
    reported: Progress | None = None


@dataclass(slots=True)
class BatchProgress:
    """A batch of this process under way. `target`: the model whose pace tells how long the rest takes."""

    run_id: UUID
    phase: Phase
    target: Target
    at_once: int
    _shots: dict[str, _ShotNews] = field(default_factory=dict[str, _ShotNews])
    _queue: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _median: float | None = None
    _median_at: float | None = None

    def begin(self, key: str, shot_id: UUID, event: Mapping[str, Any]) -> None:
        """A shot is being made."""
        self._shots[key] = _ShotNews(event, shot_id)

    def note(self, key: str, news: Progress) -> None:
        """Stores the latest progress of a shot."""
        if (shot := self._shots.get(key)) is not None:
            shot.latest = news

    def end(self, key: str) -> None:
        """It is not being made any more."""
        self._shots.pop(key, None)

    def take_news(self) -> list[_ShotNews]:
        """The shots of which there is something new to tell; from now on it is reported."""
        fresh = [shot for shot in self._shots.values() if shot.latest is not None and shot.latest != shot.reported]
        for shot in fresh:
            shot.reported = shot.latest
        return fresh

    def places(self) -> list[dict[str, Any]]:
        """The shots that wait at their provider, each with its place, the foremost first."""
        waiting = [
            {"shotId": str(shot.shot_id), "position": shot.latest.position}
            for shot in self._shots.values()
            if shot.latest is not None and shot.latest.position is not None
        ]
        return sorted(waiting, key=lambda one: one["position"])

    def queue_changed(self) -> bool:
        """True if places have changed since this was last asked."""
        before, self._queue = self._queue, self.places()
        return before != self._queue

    async def median(self, tx: Tx) -> float | None:
        """Median seconds of the model's latest calls, as known a moment ago."""
        now = asyncio.get_running_loop().time()
        if self._median_at is None or now - self._median_at > MEDIAN_SECONDS:
            self._median, self._median_at = await median_seconds(tx, self.target), now
        return self._median


@asynccontextmanager
async def reporting(runtime: Runtime, batch: BatchProgress) -> AsyncGenerator[None]:
    """While inside, the run's followers are reported once a second what is new."""
    with runtime.leases.objects(batch.run_id).keeping(batch):
        ticking = asyncio.create_task(_report(runtime, batch), name="report progress")
        try:
            yield
        finally:
            ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await ticking


async def _report(runtime: Runtime, batch: BatchProgress) -> None:
    while True:
        await asyncio.sleep(REPORT_SECONDS)
        await report_news(runtime, batch)


async def report_news(runtime: Runtime, batch: BatchProgress) -> None:
    """Report what is new, if anything is, in one step."""
    news, moved = batch.take_news(), batch.queue_changed()
    if not news and not moved:
        return
    async with step(runtime, runtime.leases.current(batch.run_id)) as current:
        for shot in news:
            current.emit("shot", {**shot.event, **_fields(shot.latest)})
        if moved:
            current.emit("progress", await read_progress(current.tx, batch))
        if batch.phase == "images":
            percents = {shot.shot_id: round(100 * _fraction(shot.latest)) for shot in news if shot.latest}
            async with mirrored(current.tx):
                await note_image_progress(current.tx, percents)


def _fields(news: Progress | None) -> dict[str, Any]:
    if news is None:
        return {}
    place = {"queuePosition": news.position} if news.position is not None else {}
    message = {"message": news.logs[-1]} if news.logs else {}
    return {"progress": round(_fraction(news), 3), **place, **message}


def _fraction(news: Progress) -> float:
    return fraction_of(news.phase, news.fraction, news.position)


async def read_progress(tx: Tx, batch: BatchProgress) -> dict[str, Any]:
    """Progress of the whole batch: counts, money, time, places in queues."""
    counts, (held, spent) = await count_items(tx, batch.run_id), await sum_holds(tx, batch.run_id)
    return progress(
        phase=batch.phase,
        completed=counts.succeeded,
        failed=counts.failed,
        skipped=counts.skipped,
        total=counts.total,
        money={"held": held, "spent": spent, "left": max(0, counts.price_left - held)},
        seconds_left=seconds_left(await batch.median(tx), counts.open, batch.at_once),
        queue=batch.places(),
    )
