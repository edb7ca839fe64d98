"""Patience with a flow run's worker: by its state, its pool, the pool's last starts, and signs of life."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from server.worker.flow_runs import SeenFlowRun
from server.worker.queue_timeout import CRASHED_SECONDS, MOST_SECONDS, UNTOLD, Signs, is_lost

NOW = datetime(2026, 11, 26, tzinfo=UTC)
LEASE = 10.0
WARM = Signs("warm")
SILENT = Signs("process", worker_lost=True)
"""A process pool, one of whose workers has fallen silent since."""
UNKNOWN = Signs("process")


@pytest.mark.parametrize(
    ("state", "signs", "unchanged", "due", "lost"),
    [
        ("PENDING", WARM, 21, 60, True),
        ("PENDING", WARM, 19, 60, False),
        ("PENDING", Signs("warm", slowest_start=15), 29, 60, False),
        ("PENDING", Signs("warm", slowest_start=15), 31, 60, True),
        ("PENDING", SILENT, 59, 600, False),
        ("PENDING", SILENT, 61, 600, True),
        ("PENDING", Signs("process", slowest_start=45, worker_lost=True), 89, 600, False),
        ("PENDING", Signs("process", slowest_start=45, worker_lost=True), 91, 600, True),
        ("PENDING", Signs("process", slowest_start=9e9, worker_lost=True), MOST_SECONDS + 1, 9999, True),
        ("PENDING", UNKNOWN, 61, 600, False),
        ("PENDING", UNKNOWN, UNTOLD * 60 + 1, 600, True),
        ("PENDING", Signs("process", worker_lost=True, process_lives=True), 9999, 9999, False),
        ("PENDING", Signs("kubernetes", worker_lost=True), 9999, 9999, False),  # its container may be on its way
        ("PENDING", Signs(""), 9999, 9999, False),
        ("PENDING", SILENT, 61, -5, False),  # taken before it is due, and waiting for that
        ("PENDING", SILENT, 61, 59, False),
        ("RUNNING", WARM, 29, 60, False),
        ("RUNNING", WARM, 31, 60, True),
        ("RUNNING", SILENT, 59, 60, False),
        ("RUNNING", SILENT, 61, 60, True),
        ("RUNNING", UNKNOWN, 61, 60, False),
        ("RUNNING", Signs("kubernetes", worker_lost=True), 61, 60, False),  # it outlives its worker
        ("RUNNING", Signs("kubernetes"), UNTOLD * 60 + 1, 600, True),
        ("CRASHED", Signs("kubernetes"), UNTOLD * CRASHED_SECONDS, 60, True),
        ("CRASHED", UNKNOWN, CRASHED_SECONDS, 60, True),
        ("CRASHED", UNKNOWN, CRASHED_SECONDS - 1, 60, False),
    ],
)
def test_when_one_is_lost(state: str, signs: Signs, unchanged: float, due: float, lost: bool) -> None:
    """A stock pool has a minute or more, and five times that while its workers' heartbeats go on."""
    at = NOW - timedelta(seconds=due)
    seen = SeenFlowRun(uuid.uuid4(), state, state.title(), "1", "pool", begun=False, due=at)
    assert is_lost(seen, signs, unchanged=unchanged, lease=LEASE, now=NOW) == lost
