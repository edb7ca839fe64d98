"""Questions of the reconciler and the watch to Prefect about flow runs of ours, by its REST."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, Self
from uuid import UUID

from server.dispatch import WARM, PrefectApi
from wzrd.db.flow_runs import list_leased
from wzrd.domain.runs import RESUME_WORDS
from wzrd.runtime.process import Runtime

MOST = 200
"""Flow runs that one question answers, the server's own limit."""
STARTS = 5
"""Number of a pool's last starts that are looked at."""
BEAT_SECONDS = 30.0
"""Prefect's own period of heartbeats, for a worker that tells none."""
RECENT = timedelta(days=1)
"""Age within which a crashed flow run that never began is taken up: an operator has seen older ones."""


@dataclass(frozen=True, slots=True)
class SeenFlowRun:
    """A flow run as Prefect tells it. `begun`: its body has run at some time. `due`: when it was to begin.

    `since`: when it entered its state, `message`: why. `pid`: its process, where its worker has told.
    """

    flow_run_id: UUID
    state: str
    state_name: str
    state_id: str
    pool: str
    begun: bool
    due: datetime | None
    since: datetime | None = None
    pid: str = ""
    message: str = ""

    @classmethod
    def of(cls, found: dict[str, Any]) -> Self:
        """Read an answer of Prefect's."""
        state: dict[str, Any] = found.get("state") or {}
        return cls(
            UUID(found["id"]),
            str(found["state_type"]),
            str(found.get("state_name") or ""),
            str(found["state_id"]),
            str(found.get("work_pool_name") or ""),
            bool(found.get("run_count")),
            _moment(found.get("expected_start_time")),
            _moment(state.get("timestamp")),
            str(found.get("infrastructure_pid") or ""),
            str(state.get("message") or ""),
        )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


async def _filter(prefect: PrefectApi, flows: Iterable[str], sort: str, **wanted: Any) -> list[SeenFlowRun]:
    body = {"flows": {"name": {"any_": list(flows)}}, "flow_runs": wanted, "sort": sort, "limit": MOST}
    return [SeenFlowRun.of(found) for found in await prefect.call("POST", "/flow_runs/filter", body)]


_DEPLOYED = {"is_null_": False}
"""A flow run without a deployment was begun by whoever made it, and no worker would take it."""


def _in_state(*kinds: str) -> dict[str, Any]:
    return {"type": {"any_": list(kinds)}}


async def count_active(prefect: PrefectApi, flows: Iterable[str], *, due: datetime) -> int:
    """Number of these flows' runs that somebody has to look after: taken, begun, paused, being canceled, or due."""
    wanted = {
        "operator": "or_",
        "state": _in_state("PENDING", "RUNNING", "PAUSED", "CANCELLING"),
        "next_scheduled_start_time": {"before_": due.isoformat()},
    }
    body = {"flows": {"name": {"any_": list(flows)}}, "flow_runs": wanted}
    return int(await prefect.call("POST", "/flow_runs/count", body))


async def list_cancelling(prefect: PrefectApi, flows: Iterable[str]) -> list[SeenFlowRun]:
    """The flow runs of these flows that somebody has told Prefect to cancel and that have not left yet."""
    return await _filter(prefect, flows, "EXPECTED_START_TIME_ASC", state=_in_state("CANCELLING"))


async def list_paused(prefect: PrefectApi, flows: Iterable[str], flow_run_ids: Collection[UUID]) -> list[SeenFlowRun]:
    """Those of these flow runs that somebody has paused."""
    if not flow_run_ids:
        return []
    ids = {"any_": [str(flow_run_id) for flow_run_id in flow_run_ids]}
    return await _filter(prefect, flows, "EXPECTED_START_TIME_ASC", id=ids, state=_in_state("PAUSED"))


async def list_taken(prefect: PrefectApi, flows: Iterable[str]) -> list[SeenFlowRun]:
    """The flow runs that a worker has taken and not begun: pending ones, and those that crashed within a day."""
    taken = await _filter(
        prefect, flows, "EXPECTED_START_TIME_ASC", deployment_id=_DEPLOYED, state=_in_state("PENDING")
    )
    since = {"after_": (datetime.now(UTC) - RECENT).isoformat()}
    return taken + await _filter(
        prefect, flows, "END_TIME_DESC", deployment_id=_DEPLOYED, state=_in_state("CRASHED"), end_time=since
    )


async def list_running(prefect: PrefectApi, flows: Iterable[str]) -> list[SeenFlowRun]:
    """The flow runs that Prefect takes for running, the oldest ones."""
    return await _filter(prefect, flows, "START_TIME_ASC", deployment_id=_DEPLOYED, state=_in_state("RUNNING"))


async def list_open(prefect: PrefectApi, flows: Iterable[str]) -> list[SeenFlowRun]:
    """The flow runs that Prefect takes for begun, paused ones too: the oldest ones."""
    return await _filter(prefect, flows, "START_TIME_ASC", state=_in_state("PENDING", "RUNNING", "PAUSED"))


async def find(prefect: PrefectApi, flow_run_id: UUID) -> SeenFlowRun | None:
    """The flow run; None when Prefect no longer knows it."""
    found = await prefect.call("GET", f"/flow_runs/{flow_run_id}", absent_ok=True)
    return SeenFlowRun.of(found) if found else None


async def list_starts(prefect: PrefectApi, pool: str) -> list[float]:
    """Seconds that the pool's workers took, the last times, from taking a flow run to its body."""
    body = {
        "flow_runs": {"start_time": {"is_null_": False}},
        "work_pools": {"name": {"any_": [pool]}},
        "sort": "START_TIME_DESC",
        "limit": STARTS,
    }
    begun = await prefect.call("POST", "/flow_runs/filter", body)
    histories = [await _states(prefect, UUID(found["id"])) for found in begun]
    return [seconds for states in histories if (seconds := _start_of(states)) is not None]


def _start_of(states: Sequence[dict[str, Any]]) -> float | None:
    """Seconds between the first body's begin and the taking that came before it."""
    taken: datetime | None = None
    for state in sorted(states, key=itemgetter("timestamp")):
        if state["type"] == "PENDING":
            taken = _moment(state["timestamp"])
        elif state["type"] == "RUNNING" and taken is not None:
            return (datetime.fromisoformat(state["timestamp"]) - taken).total_seconds()
    return None


async def has_lost_worker(prefect: PrefectApi, pool: str, *, since: datetime | None) -> bool:
    """True if a worker of the pool that was there at this moment has fallen silent, by its own heartbeats."""
    workers = await prefect.call("POST", f"/work_pools/{pool}/workers/filter", {"limit": MOST}, absent_ok=True)
    return any(_fell_silent(worker, since) for worker in workers or ())


def _fell_silent(worker: dict[str, Any], since: datetime | None) -> bool:
    last = _moment(worker.get("last_heartbeat_time"))
    if worker.get("status") != "OFFLINE" or last is None:
        return False
    beat = timedelta(seconds=worker.get("heartbeat_interval_seconds") or BEAT_SECONDS)
    return since is None or last >= since - 2 * beat


async def count_reschedules(prefect: PrefectApi, flow_run_id: UUID) -> int:
    """Number of times that we have had the flow run taken up again."""
    states = await _states(prefect, flow_run_id)
    return sum(str(state.get("message") or "").startswith(RESUME_WORDS) for state in states)


async def _states(prefect: PrefectApi, flow_run_id: UUID) -> list[dict[str, Any]]:
    return await prefect.call("GET", f"/flow_run_states/?flow_run_id={flow_run_id}")


async def reschedule(prefect: PrefectApi, flow_run_id: UUID, why: str) -> None:
    """Have a flow run that never began taken again: the same one, by Prefect's rules, which give its slot back."""
    await prefect.set_state(flow_run_id, "SCHEDULED", message=RESUME_WORDS + why, force=False)


log = logging.getLogger(__name__)

REFUSAL = "it cannot be paused where it is now: its work goes on"


def decide(seen: SeenFlowRun, pool_type: str) -> bool:
    """True if a pause that stood for a round, over a run that a process executes, is to be undone.

    Where Prefect's own engine obeys a `Suspended`, it does so between two steps, and a step may be long.
    """
    return pool_type == WARM or seen.state_name != "Suspended"


class IgnoredPauses:
    """Looks for them, in every worker."""

    def __init__(self, runtime: Runtime, prefect: PrefectApi, flows: Collection[str]) -> None:
        self._runtime = runtime
        self._prefect = prefect
        self._flows = flows
        self._before: set[str] = set()
        """The ids of the states that stood a round ago."""

    async def look(self) -> None:
        """One round."""
        async with self._runtime.begin() as tx:
            leased = await list_leased(tx)
        found = await list_paused(self._prefect, self._flows, leased)
        before, self._before = self._before, {one.state_id for one in found}
        for one in found:
            if one.state_id in before and decide(one, await self._prefect.pool_type(one.pool)):
                log.warning("flow run %s is shown paused, and its work goes on", one.flow_run_id)
                await self._prefect.set_state(one.flow_run_id, "RUNNING", message=REFUSAL)
