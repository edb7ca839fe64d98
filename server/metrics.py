"""Prometheus metrics: of this process (loop, pool, disk, providers), and of all of them, counted from the rows.

Counts of rows are the same from every process: one API that is scraped is enough for them. A worker tells of itself
alone, on WZRD_PROBE_PORT.
"""

import asyncio
import shutil
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from wzrd.db.costs import CostLine, list_costs
from wzrd.db.engine import Tx, connections_used, is_outage
from wzrd.db.invariants import BrokenCount, list_broken
from wzrd.db.measures import (
    MOST,
    EndedRuns,
    ModelMeasure,
    OpenHolds,
    OpenRuns,
    count_holds,
    list_ended_runs,
    list_models,
    list_open_runs,
)
from wzrd.db.upkeep import UpkeepCount, list_done
from wzrd.runtime.process import Runtime

READ_SECONDS = 2.0
LOOK_SECONDS = 0.5


@dataclass(slots=True, eq=False)
class _Watched:
    """Counts of upkeep, as Prometheus collects them."""

    upkeep: Sequence[UpkeepCount]
    broken: Sequence[BrokenCount]

    def collect(self) -> Iterable[Metric]:
        """Tell it, as Prometheus's client asks."""
        done = CounterMetricFamily("wzrd_upkeep_done", "What upkeep has done in all, by task.", labels=["task"])
        looked = GaugeMetricFamily("wzrd_upkeep_looked_at_seconds", "When upkeep looked last.", labels=["task"])
        for count in self.upkeep:
            done.add_metric([count.task], count.done)
            looked.add_metric([count.task], count.looked_at.timestamp())
        yield from (done, looked)
        yield _gauge(
            "wzrd_money_broken",
            "Promises about money that upkeep found broken, by name.",
            ["promise"],
            (([one.name], one.count) for one in self.broken),
        )


@dataclass(slots=True, eq=False)
class _Rows:
    """Counts of rows, as Prometheus collects them."""

    open_runs: Sequence[OpenRuns]
    ended_runs: Sequence[EndedRuns]
    holds: OpenHolds
    models: Sequence[ModelMeasure]
    costs: Sequence[CostLine]

    def collect(self) -> Iterable[Metric]:
        """Tell them, as Prometheus's client asks."""
        yield from self._runs()
        yield _gauge("wzrd_holds", "Holds of credits that are open.", [], [([], self.holds.count)])
        yield _gauge("wzrd_holds_credits", "Credits in open holds.", [], [([], self.holds.credits)])
        yield _gauge("wzrd_holds_oldest_seconds", "Age of the oldest open hold.", [], [([], self.holds.oldest)])
        yield from self._models()

    def _runs(self) -> Iterable[Metric]:
        by = ["kind", "state"]
        of_open, of_ended = self.open_runs, self.ended_runs
        yield _gauge("wzrd_runs_open", "Runs not ended.", by, (([r.kind, r.state], r.count) for r in of_open))
        yield _gauge(
            "wzrd_runs_oldest_seconds",
            "Seconds since the oldest of them was asked for.",
            by,
            (([run.kind, run.state], run.oldest) for run in of_open),
        )
        yield _gauge(
            "wzrd_runs_ended", "Runs that ended in the last hour.", by, (([r.kind, r.state], r.count) for r in of_ended)
        )
        yield _gauge(
            "wzrd_runs_begin_seconds",
            "Median seconds from the request to the run's begin, of those that ended in the last hour.",
            by,
            (([run.kind, run.state], run.began) for run in of_ended if run.began is not None),
        )

    def _models(self) -> Iterable[Metric]:
        by, models = ["provider", "model", "status"], self.models
        yield _gauge(
            "wzrd_provider_submits",
            "Submits of the last hour.",
            by,
            (([one.provider, one.model, one.status], one.count) for one in models),
        )
        yield _gauge(
            "wzrd_provider_seconds",
            "Seconds from sending to the end, of submits of the last hour.",
            [*by, "quantile"],
            (
                ([one.provider, one.model, one.status, quantile], seconds)
                for one in models
                for quantile, seconds in (("0.5", one.median), ("0.95", one.p95))
                if seconds is not None
            ),
        )
        costs = self.costs
        yield _gauge(
            "wzrd_spent_usd", "Dollars of the last day.", ["model"], (([c.key], float(c.spent)) for c in costs)
        )
        yield _gauge("wzrd_charged", "Credits of the last day.", ["model"], (([c.key], c.charged) for c in costs))


def _gauge(name: str, about: str, labels: Sequence[str], values: Iterable[tuple[Sequence[str], float]]) -> Metric:
    made = GaugeMetricFamily(name, about, labels=labels)
    for names, value in values:
        made.add_metric(names, value)
    return made


async def _read_watched(tx: Tx, _runtime: Runtime) -> _Watched:
    return _Watched(await list_done(tx), await list_broken(tx))


async def _read_rows(tx: Tx, runtime: Runtime) -> _Rows:
    return _Rows(
        await list_open_runs(tx),
        await list_ended_runs(tx),
        await count_holds(tx),
        await list_models(tx),
        (await list_costs(tx, "model", runtime.now() - timedelta(days=1)))[:MOST],
    )


async def stored_metrics(runtime: Runtime) -> bytes:
    """The rows' metrics in Prometheus's text format; nothing while the database is out of reach.

    What is broken is told also where the counts of a busy day take too long.
    """
    return await _stored(runtime, _read_watched) + await _stored(runtime, _read_rows)


async def _stored(runtime: Runtime, read: Callable[[Tx, Runtime], Awaitable[_Watched | _Rows]]) -> bytes:
    try:
        async with asyncio.timeout(READ_SECONDS), runtime.begin() as tx:
            return _text(await read(tx, runtime))
    except Exception as error:
        if not (isinstance(error, TimeoutError) or is_outage(error)):
            raise
        return b""


def _text(collector: object) -> bytes:
    registry = CollectorRegistry()
    registry.register(cast("Collector", collector))
    return generate_latest(registry)


class ProcessMetrics:
    """Loop, pool, disk and providers of this process, from `start` on."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._late = deque[float](maxlen=round(60 / LOOK_SECONDS))
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to watch the loop."""
        self._watching = asyncio.create_task(self._watch(), name="loop-lag")

    def close(self) -> None:
        """Watch it no more."""
        if self._watching is not None:
            self._watching.cancel()

    def text(self) -> bytes:
        """They in Prometheus's text format, with those that modules keep for themselves."""
        return generate_latest() + _text(self)

    async def _watch(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            begun = clock()
            await asyncio.sleep(LOOK_SECONDS)
            self._late.append(clock() - begun - LOOK_SECONDS)

    def collect(self) -> Iterable[Metric]:
        """Look at them, as Prometheus's client asks."""
        settings = self._runtime.settings
        late = max(0.0, *self._late, 0.0)
        yield _gauge("wzrd_loop_lag_seconds", "How late the loop was at most, of the last minute.", [], [([], late)])
        pool = [(["used"], connections_used(self._runtime.engine)), (["most"], settings.pool_size)]
        yield _gauge("wzrd_pool_connections", "Connections to the database.", ["what"], pool)
        disk = shutil.disk_usage(existing(settings.home))
        sizes = [(["free"], disk.free), (["total"], disk.total)]
        yield _gauge("wzrd_disk_bytes", "Disk of WZRD_HOME.", ["what"], sizes)
        lanes = self._runtime.providers.measures()
        yield _gauge(
            "wzrd_provider_calls",
            "Calls to a provider that are out or wait for a place, and how many may be out.",
            ["provider", "makes", "what"],
            (([one.name, one.makes, what], count) for one in lanes for what, count in one.calls.items()),
        )
        yield _gauge(
            "wzrd_breaker_open",
            "1 for each model that failed too often and rests.",
            ["provider", "model"],
            (([one.name, model], 1) for one in lanes for model in one.resting),
        )


def existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(one for one in (folder.resolve(), *folder.resolve().parents) if one.exists())
