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

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from wzrd.db.costs import list_costs
from wzrd.db.engine import Tx, connections_used, is_outage
from wzrd.db.invariants import list_broken
from wzrd.db.measures import MOST, count_holds, list_ended_runs, list_models, list_open_runs
from wzrd.db.upkeep import list_done
from wzrd.runtime.process import Runtime

READ_SECONDS = 2.0
LOOK_SECONDS = 0.5


@dataclass(slots=True, eq=False)
class _ReadMetrics(Collector):
    """Metrics that have been read, as Prometheus collects them."""

    metrics: Iterable[Metric]

    def collect(self) -> Iterable[Metric]:
        """Tell them, as Prometheus's client asks."""
        return self.metrics


def _gauge(name: str, about: str, labels: Sequence[str], values: Iterable[tuple[Sequence[str], float]]) -> Metric:
    made = GaugeMetricFamily(name, about, labels=labels)
    for names, value in values:
        made.add_metric(names, value)
    return made


async def _watched(tx: Tx, _runtime: Runtime) -> list[Metric]:
    """Counts of upkeep."""
    done = CounterMetricFamily("wzrd_upkeep_done", "What upkeep has done in all, by task.", labels=["task"])
    looked = GaugeMetricFamily("wzrd_upkeep_looked_at_seconds", "When upkeep looked last.", labels=["task"])
    for count in await list_done(tx):
        done.add_metric([count.task], count.done)
        looked.add_metric([count.task], count.looked_at.timestamp())
    broken = [([one.name], one.count) for one in await list_broken(tx)]
    about = "Promises about money that upkeep found broken, by name."
    return [done, looked, _gauge("wzrd_money_broken", about, ["promise"], broken)]


async def _counted(tx: Tx, runtime: Runtime) -> list[Metric]:
    """Counts of rows."""
    return [*await _runs(tx), *await _holds(tx), *await _models(tx, runtime)]


async def _runs(tx: Tx) -> Iterable[Metric]:
    by = ["kind", "state"]
    is_open = [([run.kind, run.state], run) for run in await list_open_runs(tx)]
    ended = [([run.kind, run.state], run) for run in await list_ended_runs(tx)]
    since = "Seconds since the oldest of them was asked for."
    until = "Median seconds from the request to the run's begin, of those that ended in the last hour."
    return (
        _gauge("wzrd_runs_open", "Runs not ended.", by, [(of, run.count) for of, run in is_open]),
        _gauge("wzrd_runs_oldest_seconds", since, by, [(of, run.oldest) for of, run in is_open]),
        _gauge("wzrd_runs_ended", "Runs that ended in the last hour.", by, [(of, run.count) for of, run in ended]),
        _gauge("wzrd_runs_begin_seconds", until, by, [(of, run.began) for of, run in ended if run.began is not None]),
    )


async def _holds(tx: Tx) -> Iterable[Metric]:
    holds = await count_holds(tx)
    return (
        _gauge("wzrd_holds", "Holds of credits that are open.", [], [([], holds.count)]),
        _gauge("wzrd_holds_credits", "Credits in open holds.", [], [([], holds.credits)]),
        _gauge("wzrd_holds_oldest_seconds", "Age of the oldest open hold.", [], [([], holds.oldest)]),
    )


async def _models(tx: Tx, runtime: Runtime) -> Iterable[Metric]:
    by = ["provider", "model", "status"]
    models = [([one.provider, one.model, one.status], one) for one in await list_models(tx)]
    costs = (await list_costs(tx, "model", runtime.now() - timedelta(days=1)))[:MOST]
    took = [
        ([*of, quantile], seconds)
        for of, one in models
        for quantile, seconds in (("0.5", one.median), ("0.95", one.p95))
        if seconds is not None
    ]
    about = "Seconds from sending to the end, of submits of the last hour."
    spent = [([one.key], float(one.spent)) for one in costs]
    return (
        _gauge("wzrd_provider_submits", "Submits of the last hour.", by, [(of, one.count) for of, one in models]),
        _gauge("wzrd_provider_seconds", about, [*by, "quantile"], took),
        _gauge("wzrd_spent_usd", "Dollars of the last day.", ["model"], spent),
        _gauge("wzrd_charged", "Credits of the last day.", ["model"], [([one.key], one.charged) for one in costs]),
    )


async def stored_metrics(runtime: Runtime) -> bytes:
    """The rows' metrics in Prometheus's text format; nothing while the database is out of reach.

    What is broken is told also where the counts of a busy day take too long.
    """
    return await _stored(runtime, _watched) + await _stored(runtime, _counted)


async def _stored(runtime: Runtime, read: Callable[[Tx, Runtime], Awaitable[list[Metric]]]) -> bytes:
    try:
        async with asyncio.timeout(READ_SECONDS), runtime.begin() as tx:
            return generate_latest(_ReadMetrics(await read(tx, runtime)))
    except Exception as error:
        if not (isinstance(error, TimeoutError) or is_outage(error)):
            raise
        return b""


class ProcessMetrics(Collector):
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
        return generate_latest() + generate_latest(self)

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
