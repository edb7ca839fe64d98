"""Patience with workers that have taken a flow run, and the signs that one of them lives or has died.

A process pool starts an interpreter for each flow run, on a busy machine for a minute; what is called dead too early is
executed twice. So the pool's own last starts set the measure, and signs of life come before any clock.
"""

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from server.dispatch import WARM, PrefectApi
from server.worker import flow_runs
from server.worker.flow_runs import SeenFlowRun
from wzrd.db.flow_runs import list_known
from wzrd.db.listen import RUN_WAKE
from wzrd.domain.runs import MAX_RESUMES
from wzrd.runtime.process import Runtime

PROCESS = "process"
WARM_LEASES = 2
"""Leases that a warm worker may take from taking a flow run to its run's row."""
BEGUN_LEASES = 3
"""Leases that a worker of any pool may take from the body's begin."""
OTHERS_SECONDS = 60.0
"""The least for the workers of Prefect's own, which start a process first."""
MOST_SECONDS = 900.0
"""The most that slow starts of a pool make of it."""
SLOWER = 2.0
"""Factor by which a start may be slower than the slowest of its pool's last ones."""
UNTOLD = 5.0
"""Factor for a start whose worker has not fallen silent: it would tell of a process that has ended."""
CRASHED_SECONDS = 5.0
"""A worker of Prefect's own writes a second Crashed moments after the first."""
FORGET_SECONDS = 14_400.0
"""Seconds that a state is remembered that nobody asks about any more."""
STARTS_SECONDS = 60.0
"""Seconds that the last starts of a pool are remembered."""


@dataclass(frozen=True, slots=True)
class Signs:
    """Signs of the worker of a flow run.

    `slowest_start`: seconds of its pool's last starts. `process_lives`: its process is on this machine. `worker_lost`:
    a worker that was there when it was taken has fallen silent since.
    """

    pool_type: str
    slowest_start: float = 0.0
    process_lives: bool = False
    worker_lost: bool = False

    @property
    def certain(self) -> bool:
        """True if its silence means that it is dead: nobody else would tell, or that one is gone."""
        return self.pool_type == WARM or (self.pool_type == PROCESS and self.worker_lost)


def queue_timeout_of(state: str, signs: Signs, *, lease: float) -> float | None:
    """Seconds that a flow run may stay in a state before its worker counts as dead; None: nobody can tell."""
    match state:
        case "CRASHED":
            return CRASHED_SECONDS  # told by whoever saw it end
        case "PENDING" if signs.pool_type not in {WARM, PROCESS}:
            return None  # its container may still be on its way
        case "PENDING" if signs.pool_type == WARM:
            least = WARM_LEASES * lease
        case _ if signs.pool_type == WARM:
            least = BEGUN_LEASES * lease
        case _:
            least = max(BEGUN_LEASES * lease, OTHERS_SECONDS)
    measured = max(least, min(SLOWER * signs.slowest_start, MOST_SECONDS))
    return measured if signs.certain else UNTOLD * measured


def is_lost(seen: SeenFlowRun, signs: Signs, *, unchanged: float, lease: float, now: datetime) -> bool:
    """True if a flow run, unchanged for `unchanged` seconds and without a run of its own, has lost its worker.

    `unchanged` is by our own clock: that of whoever wrote its state may be another machine's.
    """
    seconds = queue_timeout_of(seen.state, signs, lease=lease)
    if seconds is None or unchanged < seconds or signs.process_lives:
        return False
    taken_early = seen.state == "PENDING" and seen.due is not None and seen.due > now - timedelta(seconds=seconds)
    return not taken_early  # it waits until it is due


class Watchman:
    """Remembers how long flow runs have stayed as they are, and gathers the signs when that is long."""

    def __init__(self, prefect: PrefectApi, *, lease: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._prefect = prefect
        self._lease = lease
        self._clock = clock
        self._seen: dict[str, tuple[float, float]] = {}
        """When each state was first and last seen, by the state's id."""
        self._starts: dict[str, tuple[float, float]] = {}
        """The slowest of each pool's last starts, and when that was read."""

    async def find_death(self, seen: SeenFlowRun) -> Signs | None:
        """The signs by which its worker has died; None as long as it may still begin."""
        unchanged = self._unchanged(seen.state_id)
        pool_type = await self._prefect.pool_type(seen.pool) if seen.pool else ""
        soonest = Signs(pool_type, worker_lost=True)
        if not self._is_lost(seen, soonest, unchanged):
            return None  # whatever the signs may be
        signs = await self._read_signs(seen, pool_type)
        return signs if self._is_lost(seen, signs, unchanged) else None

    def _is_lost(self, seen: SeenFlowRun, signs: Signs, unchanged: float) -> bool:
        return is_lost(seen, signs, unchanged=unchanged, lease=self._lease, now=datetime.now(UTC))

    def _unchanged(self, state_id: str) -> float:
        now = self._clock()
        first, _ = self._seen.get(state_id, (now, now))
        kept = {known: times for known, times in self._seen.items() if now - times[1] < FORGET_SECONDS}
        self._seen = kept | {state_id: (first, now)}
        return now - first

    async def _read_signs(self, seen: SeenFlowRun, pool_type: str) -> Signs:
        if seen.state == "CRASHED":
            return Signs(pool_type)
        slowest = await self._slowest_start(seen.pool) if seen.pool else 0.0
        if pool_type == WARM:
            return Signs(pool_type, slowest)
        lost = bool(seen.pool) and await flow_runs.has_lost_worker(self._prefect, seen.pool, since=seen.since)
        return Signs(pool_type, slowest, is_process_of(seen.pid, seen.flow_run_id), lost)

    async def _slowest_start(self, pool: str) -> float:
        now = self._clock()
        slowest, read = self._starts.get(pool, (0.0, now - STARTS_SECONDS))
        if now - read >= STARTS_SECONDS:
            slowest = max(await flow_runs.list_starts(self._prefect, pool), default=0.0)
            self._starts[pool] = slowest, now
        return slowest


def is_process_of(pid: str, flow_run_id: UUID) -> bool:
    """True if this process is on this machine and executes the flow run, by its environment."""
    if not pid.isdecimal():
        return False
    try:
        environment = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:  # another machine's, or no Linux
        return False
    return f"PREFECT__FLOW_RUN_ID={flow_run_id}".encode() in environment.split(b"\0")


log = logging.getLogger(__name__)


class UnstartedRuns:
    """Looks for them, in every worker."""

    def __init__(
        self,
        runtime: Runtime,
        prefect: PrefectApi,
        flows: Collection[str],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._runtime = runtime
        self._prefect = prefect
        self._flows = flows
        self._watchman = Watchman(prefect, lease=runtime.leases.seconds, clock=clock)
        self._given_up: set[str] = set()

    async def look(self) -> None:
        """One round."""
        found = await flow_runs.list_taken(self._prefect, self._flows)
        found += await flow_runs.list_running(self._prefect, self._runtime.kinds)
        async with self._runtime.begin() as tx:
            known = await list_known(tx, [one.flow_run_id for one in found])
        for one in found:
            if one.flow_run_id not in known and one.state_id not in self._given_up:
                signs = await self._watchman.find_death(one)
                if signs is not None:
                    await self._take_up(one, signs)

    async def _take_up(self, seen: SeenFlowRun, signs: Signs) -> None:
        times = await flow_runs.count_reschedules(self._prefect, seen.flow_run_id)
        now = await flow_runs.find(self._prefect, seen.flow_run_id)
        if now is None or now.state_id != seen.state_id:
            return  # somebody was quicker, or it has begun
        if times >= MAX_RESUMES:
            self._given_up.add(seen.state_id)
            log.error("flow run %s never begins: it was taken up %d times", seen.flow_run_id, times)
            if seen.state != "CRASHED" and signs.certain:  # else it may still begin: a person decides
                message = f"taken up {times} times, and its worker died each time before it began"
                await self._prefect.set_state(seen.flow_run_id, "CRASHED", message=message)
            return
        log.warning("flow run %s (%s) lost its worker before it began", seen.flow_run_id, seen.state)
        await flow_runs.reschedule(self._prefect, seen.flow_run_id, "its worker died before it began")
        self._runtime.notifier.notify(RUN_WAKE, seen.flow_run_id)
