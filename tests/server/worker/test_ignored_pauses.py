"""A pause that nothing obeys is taken back after a round; one that something obeys stands."""

import uuid
from collections.abc import AsyncGenerator

import pytest

from server.dispatch import PrefectApi
from server.worker.ignored_pauses import REFUSAL, IgnoredPauses
from tests.fakes.prefect import FakePrefect, FlowRun, prefect_server
from tests.playing import opened
from tests.rows import make_studio
from tests.server.served import claimed
from wzrd.db.run_leases import expire_lease
from wzrd.domain.lease import Lease
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


@pytest.fixture
async def server() -> AsyncGenerator[FakePrefect]:
    """A Prefect with a warm pool."""
    async with prefect_server() as made:
        made.pool_type = "warm"
        yield made


@pytest.fixture
async def looking(runtime: Runtime, server: FakePrefect) -> AsyncGenerator[IgnoredPauses]:
    """A worker that has looked at nothing yet."""
    api = PrefectApi(server.url)
    yield IgnoredPauses(runtime, api, ["gen-shots"])
    await api.close()


async def executed(runtime: Runtime, server: FakePrefect) -> tuple[FlowRun, Lease]:
    """A flow run whose run a process executes now."""
    flow_run = server.create(f"form {uuid.uuid4()}", "x", {})
    flow_run.become("RUNNING")
    return flow_run, await claimed(runtime, await opened(runtime, await make_studio(runtime)), flow_run.flow_run_id)


@pytest.mark.parametrize(
    ("pool_type", "name", "stands"),
    [
        ("warm", "Suspended", False),
        ("warm", "Paused", False),
        ("process", "Paused", False),
        ("process", "Suspended", True),  # Prefect's own engine obeys it, after the step that is under way
    ],
)
async def test_work_goes_on_under_a_pause(
    runtime: Runtime, server: FakePrefect, looking: IgnoredPauses, pool_type: str, name: str, *, stands: bool
) -> None:
    """It has one round's time to be obeyed; then Prefect shows what is true, with a reason."""
    server.pool_type = pool_type
    flow_run, _ = await executed(runtime, server)
    flow_run.become("PAUSED", name=name)
    await looking.look()
    assert flow_run.state == "PAUSED"
    await looking.look()
    assert (flow_run.state, flow_run.states[-1]["message"]) == (("PAUSED", "") if stands else ("RUNNING", REFUSAL))


async def test_a_pause_that_was_obeyed_stands(runtime: Runtime, server: FakePrefect, looking: IgnoredPauses) -> None:
    """No process executes the run any more: the flow run stays as its person wants it."""
    flow_run, lease = await executed(runtime, server)
    flow_run.become("PAUSED", name="Suspended")
    await looking.look()
    async with runtime.begin() as tx:
        await expire_lease(tx, lease)
    for _ in range(3):
        await looking.look()
    assert (flow_run.state, server.calls["set_state"]) == ("PAUSED", 0)


async def test_another_pause_has_a_round_of_its_own(
    runtime: Runtime, server: FakePrefect, looking: IgnoredPauses
) -> None:
    """Resumed and paused again between two rounds, it is a new state, and is not taken back at once."""
    flow_run, _ = await executed(runtime, server)
    flow_run.become("PAUSED", name="Suspended")
    await looking.look()
    flow_run.become("RUNNING")
    flow_run.become("PAUSED", name="Suspended")
    await looking.look()
    assert (flow_run.state, server.calls["set_state"]) == ("PAUSED", 0)
