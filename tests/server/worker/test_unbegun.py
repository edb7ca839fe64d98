"""Flow runs that nobody begins: when one counts as lost, how often it is taken up, what stays."""

import uuid
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest

from server.dispatch import PrefectApi
from server.stack import postgres
from server.worker.flow_runs import SeenFlowRun
from server.worker.unbegun import BEGUN_LEASES, CRASHED_SECONDS, Unbegun, decide
from tests.fakes.prefect import FakePrefect, FlowRun, prefect_server
from tests.rows import make_studio
from tests.server.served import claimed, opened, shared_runtime
from wzrd.domain.runs import MAX_RESUMES, RESUME_WORDS
from wzrd.runtime.process import Runtime

NOW = datetime(2026, 11, 26, tzinfo=UTC)
LEASE = 10.0


@pytest.mark.parametrize(
    ("state", "pool_type", "unchanged", "due", "verdict"),
    [
        ("PENDING", "warm", 21, 60, "take up"),
        ("PENDING", "process", 31, 60, "take up"),
        ("PENDING", "kubernetes", 3600, 3600, "wait"),  # its container may still be on its way
        ("PENDING", "", 3600, 3600, "wait"),
        ("PENDING", "warm", 19, 60, "wait"),
        ("PENDING", "process", 29, 60, "wait"),
        ("PENDING", "process", 31, -5, "wait"),  # taken before it is due, and waiting for that
        ("PENDING", "process", 31, 29, "wait"),
        ("RUNNING", "kubernetes", 31, 60, "take up"),
        ("RUNNING", "warm", 29, 60, "wait"),
        ("CRASHED", "kubernetes", CRASHED_SECONDS, 60, "take up"),
        ("CRASHED", "process", CRASHED_SECONDS - 1, 60, "wait"),
    ],
)
def test_when_one_is_lost(state: str, pool_type: str, unchanged: float, due: float, verdict: str) -> None:
    """By how long it has stayed as it is, by its pool, and by when it was due."""
    at = NOW - timedelta(seconds=due)
    seen = SeenFlowRun(uuid.uuid4(), state, state.title(), "1", "pool", begun=False, due=at)
    told = decide(seen, unchanged=unchanged, lease=LEASE, pool_type=pool_type, now=NOW)
    assert told == verdict


@pytest.fixture(scope="module")
async def runtime(cluster: postgres.Cluster) -> AsyncGenerator[Runtime]:
    """One database for this module."""
    async with shared_runtime(cluster) as made:
        yield made


@pytest.fixture(scope="module")
async def server() -> AsyncGenerator[FakePrefect]:
    """One Prefect."""
    async with prefect_server() as made:
        yield made


class Looking:
    """The rounds of one worker, whose clock the test turns."""

    def __init__(self, runtime: Runtime, server: FakePrefect) -> None:
        server.flow_runs.clear()
        server.calls.clear()
        server.pool_type = "warm"
        self.now, self.seconds = 0.0, BEGUN_LEASES * runtime.leases.seconds
        self.api = PrefectApi(server.url)
        self.unbegun = Unbegun(runtime, self.api, ["gen-shots"], clock=lambda: self.now)

    async def look(self, *, after: float) -> None:
        """One more round."""
        self.now += after
        await self.unbegun.look()


@pytest.fixture
async def looking(runtime: Runtime, server: FakePrefect) -> AsyncGenerator[Looking]:
    """A worker that has looked at nothing yet."""
    made = Looking(runtime, server)
    yield made
    await made.api.close()


def made_by_a_form(server: FakePrefect, state: str) -> FlowRun:
    """A flow run that was due a while ago and is in this state."""
    flow_run = server.create(f"form {uuid.uuid4()}", "x", {})
    flow_run.states[0]["timestamp"] = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    flow_run.become(state)
    return flow_run


@pytest.mark.parametrize("state", ["PENDING", "RUNNING", "CRASHED"])
async def test_it_is_taken_up_three_times(server: FakePrefect, looking: Looking, state: str) -> None:
    """In our words, and only after it has stayed so; then it is given up, and Prefect shows it crashed."""
    flow_run = made_by_a_form(server, state)
    for number in range(1, MAX_RESUMES + 1):
        await looking.look(after=0)
        assert flow_run.state == state
        await looking.look(after=looking.seconds + 1)
        assert (flow_run.state, server.calls["set_state"]) == ("SCHEDULED", number)
        assert flow_run.states[-1]["message"].startswith(RESUME_WORDS)
        flow_run.become(state)
    for _ in range(3):
        await looking.look(after=looking.seconds + 1)
    assert flow_run.state == "CRASHED"
    assert server.calls["set_state"] == MAX_RESUMES + (state != "CRASHED")


async def test_what_is_left_alone(runtime: Runtime, server: FakePrefect, looking: Looking) -> None:
    """One that has a run row (the rows tell), one that has moved on meanwhile, one that waits, one that has ended."""
    rowed, moved = made_by_a_form(server, "PENDING"), made_by_a_form(server, "PENDING")
    others = [made_by_a_form(server, state) for state in ("SCHEDULED", "PAUSED", "FAILED", "CANCELLED")]
    await claimed(runtime, await opened(runtime, await make_studio(runtime)), rowed.flow_run_id)
    await looking.look(after=0)
    moved.become("RUNNING")
    await looking.look(after=1)
    await looking.look(after=looking.seconds - 1)
    assert server.calls["set_state"] == 0
    assert [one.state for one in (rowed, moved, *others)] == [
        "PENDING",
        "RUNNING",
        "SCHEDULED",
        "PAUSED",
        "FAILED",
        "CANCELLED",
    ]
