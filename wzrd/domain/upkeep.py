"""The rules of upkeep: what is stale, and what is old enough to be forgotten. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Retention:
    """Retention times: logs of ended runs, Prefect's flow runs, files that no row names."""

    events_days: float = 90
    flow_runs_days: float = 30
    unnoted_hours: float = 24


STALE_HOLD_SECONDS = 3600.0
"""Longest time after its run's end that a hold may stand which no open job explains."""
IGNORED_PAUSE_SECONDS = 60.0
"""Longest time after its lease that a run may lack a worker: every reaper is much quicker."""


@dataclass(frozen=True, slots=True)
class OutstandingHold:
    """A hold that stands, as far as the rule looks at it.

    `run_known`: its run's row is there. `ended_for`: seconds since its run has ended, None while that is open; of a run
    that is gone, since the hold was taken. `job_open`: a queue may still deliver what it is for.
    """

    run_known: bool
    ended_for: float | None
    job_open: bool


def is_stale(hold: OutstandingHold) -> bool:
    """True if nothing can come any more that the hold would pay for: it is given back, never charged.

    Whatever is delivered settles its hold in that very transaction; one that was forgotten is our loss.
    """
    if hold.ended_for is None or hold.ended_for < STALE_HOLD_SECONDS:
        return False
    return not hold.run_known or not hold.job_open


@dataclass(frozen=True, slots=True)
class EndedFlowRun:
    """A flow run of ours that Prefect takes for ended. `run_open`: the run that it executes has not ended here."""

    ended_at: datetime | None
    run_open: bool


def is_forgettable(flow_run: EndedFlowRun, retention: Retention, now: datetime) -> bool:
    """True if Prefect need not show it any longer; an open run of ours keeps its flow run."""
    if flow_run.run_open or flow_run.ended_at is None:
        return False
    return now - flow_run.ended_at > timedelta(days=retention.flow_runs_days)


def summarize(done: dict[str, int]) -> str:
    """Summary of what upkeep did, in a sentence."""
    counted = [f"{count} {task}" for task, count in done.items() if count]
    return ", ".join(counted) if counted else "nothing was to be done"
