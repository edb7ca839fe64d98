"""Metrics that stand in the database instead of in a process: what upkeep has done and found."""

import asyncio
from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from wzrd.db.engine import is_outage
from wzrd.db.invariants import BrokenCount, list_broken
from wzrd.db.upkeep import UpkeepCount, list_done
from wzrd.runtime.process import Runtime

READ_SECONDS = 2.0


class _Upkeep:
    """The counters as Prometheus collects them."""

    def __init__(self, counts: Sequence[UpkeepCount], broken: Sequence[BrokenCount]) -> None:
        self._counts, self._broken = counts, broken

    def collect(self) -> Iterable[Metric]:
        done = CounterMetricFamily("wzrd_upkeep_done", "What upkeep has done in all, by task.", labels=["task"])
        looked = GaugeMetricFamily("wzrd_upkeep_looked_at_seconds", "When upkeep looked last.", labels=["task"])
        for count in self._counts:
            done.add_metric([count.task], count.done)
            looked.add_metric([count.task], count.looked_at.timestamp())
        broken = GaugeMetricFamily(
            "wzrd_money_broken", "Promises about money that upkeep found broken, by name.", labels=["promise"]
        )
        for one in self._broken:
            broken.add_metric([one.name], one.count)
        return [done, looked, broken]


async def stored_metrics(runtime: Runtime) -> bytes:
    """They in Prometheus's text format; nothing while the database is out of reach."""
    try:
        async with asyncio.timeout(READ_SECONDS), runtime.begin() as tx:
            counts, broken = await list_done(tx), await list_broken(tx)
    except Exception as error:
        if not (isinstance(error, TimeoutError) or is_outage(error)):
            raise
        return b""
    registry = CollectorRegistry()
    registry.register(_Upkeep(counts, broken))
    return generate_latest(registry)
