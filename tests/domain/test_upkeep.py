"""Rules by which upkeep takes rows for stale, and for old enough."""

from datetime import UTC, datetime, timedelta

import pytest

from wzrd.domain.upkeep import (
    STALE_HOLD_SECONDS,
    EndedFlowRun,
    OutstandingHold,
    Retention,
    is_forgettable,
    is_stale,
    summarize,
)

LONG, NOW = STALE_HOLD_SECONDS + 1, datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "ended_for", "job_open", "stale"),
    [
        (True, LONG, False, True),
        (True, LONG, True, False),  # its provider may still deliver
        (True, STALE_HOLD_SECONDS - 1, False, False),
        (True, None, False, False),  # its run is open
        (False, LONG, False, True),  # its run is gone
        (False, LONG, True, True),
        (False, 1.0, False, False),
    ],
)
def test_stale_holds(known: bool, ended_for: float | None, job_open: bool, stale: bool) -> None:
    """Long after the end, with nothing under way that it would pay for."""
    assert is_stale(OutstandingHold(known, ended_for, job_open)) is stale


@pytest.mark.parametrize(
    ("days", "run_open", "forgotten"), [(31, False, True), (31, True, False), (29, False, False), (None, False, False)]
)
def test_old_flow_runs(days: int | None, run_open: bool, forgotten: bool) -> None:
    """Ended long ago, and its run as well."""
    ended = NOW - timedelta(days=days) if days is not None else None
    assert is_forgettable(EndedFlowRun(ended, run_open), Retention(flow_runs_days=30), NOW) is forgotten


def test_the_summary() -> None:
    """Only what was done."""
    assert summarize({"holds given back": 2, "runs ended": 0, "files cleared away": 1}) == (
        "2 holds given back, 1 files cleared away"
    )
    assert summarize({"holds given back": 0}) == "nothing was to be done"
