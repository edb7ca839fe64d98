"""Flow runs that nobody begins: when one counts as lost, how often it is taken up, what stays."""

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest

from server.dispatch import PrefectApi
from server.worker.queue_timeout import BEGUN_LEASES
from server.worker.unstarted_runs import UnstartedRuns
from tests.fakes.prefect import FakePrefect, FlowRun, prefect_server
from tests.playing import opened
from tests.rows import make_studio
from tests.server.served import claimed
from wzrd.domain.runs import MAX_RESUMES, RESUME_WORDS
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


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
        server.workers = []
        self.now, self.seconds = 0.0, BEGUN_LEASES * runtime.leases.seconds
        self.api = PrefectApi(server.url)
        self.unstarted = UnstartedRuns(runtime, self.api, ["gen-shots"], clock=lambda: self.now)

    async def look(self, *, after: float) -> None:
        """One more round."""
        self.now += after
        await self.unstarted.look()


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


LOST = {"name": "p1", "status": "OFFLINE", "last_heartbeat_time": "2099-01-01T00:00:00+00:00"}
LIVING = {**LOST, "name": "p2", "status": "ONLINE"}


async def test_a_slow_start_in_a_stock_pool_is_no_death(server: FakePrefect, looking: Looking) -> None:
    """A minute passes before its first line; its worker's heartbeats go on: it is left alone, and called nothing."""
    server.pool_type, server.workers = "process", [LIVING]
    slow = [made_by_a_form(server, state) for state in ("PENDING", "RUNNING")]
    await looking.look(after=0)
    for _ in range(5):
        await looking.look(after=31)
    assert [one.state for one in slow] == ["PENDING", "RUNNING"]
    assert server.calls["set_state"] == 0


async def test_a_silent_worker_of_a_stock_pool(server: FakePrefect, looking: Looking) -> None:
    """Its heartbeats have stopped since it took the flow run: after a minute another worker gets it."""
    server.pool_type, server.workers = "process", [LIVING, LOST]
    flow_run = made_by_a_form(server, "PENDING")
    await looking.look(after=0)
    await looking.look(after=59)
    assert flow_run.state == "PENDING"
    await looking.look(after=2)
    assert flow_run.state == "SCHEDULED"


async def test_a_pool_that_starts_slowly_is_waited_for(server: FakePrefect, looking: Looking) -> None:
    """Twice the slowest of its last starts, though a worker has fallen silent."""
    server.pool_type, server.workers = "process", [LOST]
    begun = made_by_a_form(server, "PENDING")
    begun.become("RUNNING")
    begun.become("COMPLETED")
    taken = datetime.now(UTC) - timedelta(minutes=5)
    for state, seconds in zip(begun.states[1:], (0, 50, 90), strict=True):
        state["timestamp"] = (taken + timedelta(seconds=seconds)).isoformat()
    flow_run = made_by_a_form(server, "PENDING")
    await looking.look(after=0)
    await looking.look(after=99)
    assert flow_run.state == "PENDING"
    await looking.look(after=2)
    assert flow_run.state == "SCHEDULED"


async def test_what_may_still_begin_is_never_called_crashed(server: FakePrefect, looking: Looking) -> None:
    """Taken up three times without a sign that its worker died, it stays as it is."""
    server.pool_type, server.workers = "process", [LIVING]
    flow_run = made_by_a_form(server, "PENDING")
    for _ in range(MAX_RESUMES):
        await looking.look(after=0)
        await looking.look(after=3600)
        assert flow_run.state == "SCHEDULED"
        flow_run.become("PENDING")
    await looking.look(after=0)
    await looking.look(after=3600)
    await looking.look(after=3600)
    assert (flow_run.state, server.calls["set_state"]) == ("PENDING", MAX_RESUMES)


async def test_a_process_that_is_here_lives(server: FakePrefect, looking: Looking) -> None:
    """By the process id that its worker has told and by its environment; a stranger under the same id is none."""
    server.pool_type, server.workers = "process", [LOST]
    flow_run, strange = made_by_a_form(server, "PENDING"), made_by_a_form(server, "PENDING")
    environment = {**os.environ, "PREFECT__FLOW_RUN_ID": str(flow_run.flow_run_id)}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=-1, env=environment)
    try:
        flow_run.pid = strange.pid = str(process.pid)
        await looking.look(after=0)
        await looking.look(after=3600)
        assert (flow_run.state, strange.state) == ("PENDING", "SCHEDULED")
    finally:
        await process.communicate(b"\n")
    await looking.look(after=1)
    assert flow_run.state == "SCHEDULED"
