"""A flow run meets its run row: whose it is, whether claimed, reopened or left alone, and what Prefect shows."""

import uuid
from collections.abc import AsyncGenerator, Generator
from dataclasses import replace

import pytest
from prefect.client.schemas.objects import StateType
from prefect.exceptions import Pause
from prefect.settings import PREFECT_API_URL, temporary_settings

from server.dispatch import PrefectApi
from server.stack import postgres
from tasks.flow_lifecycle import FlowRunFacts, _claim, _ended_state, _run_of, _state, pausable
from tests.fakes.prefect import FakePrefect, FlowRun, prefect_server
from tests.rows import balance, make_studio
from tests.server.served import claimed, deliver, ended, opened, shared_runtime
from wzrd.db.runs import find_run
from wzrd.domain.errors import Conflict, NotFound, Suspended
from wzrd.domain.ids import RunId
from wzrd.domain.lease import Lease
from wzrd.domain.settlement import Outcome
from wzrd.runs.execute import Interrupted, execute
from wzrd.runs.finish import cancel, reopen
from wzrd.runs.start import RunParams, StartResult
from wzrd.runtime.process import Runtime


@pytest.fixture(scope="module")
async def runtime(cluster: postgres.Cluster) -> AsyncGenerator[Runtime]:
    """One database for this module; every test has makers of its own."""
    async with shared_runtime(cluster) as made:
        yield made


@pytest.fixture(scope="module")
async def prefect() -> AsyncGenerator[FakePrefect]:
    """One Prefect."""
    async with prefect_server() as made:
        yield made


@pytest.fixture(autouse=True)
def _configured(prefect: FakePrefect) -> Generator[None]:
    """Prefect's own client asks this server."""
    with temporary_settings({PREFECT_API_URL: prefect.url}):
        yield


async def begun(runtime: Runtime, prefect: FakePrefect) -> tuple[Lease, FlowRun]:
    """A run that a flow run executes."""
    run_id = await opened(runtime, await make_studio(runtime))
    flow_run = prefect.create(str(run_id), "x", {})
    flow_run.become("RUNNING")
    return await claimed(runtime, run_id, flow_run.flow_run_id), flow_run


def facts(flow_run: FlowRun, run_count: int) -> FlowRunFacts:
    return FlowRunFacts(flow_run.flow_run_id, run_count, flow_run.key)


async def status(runtime: Runtime, run_id: uuid.UUID) -> tuple[str, int]:
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id)
    assert run is not None
    return run.status, run.attempt


async def test_a_run_canceled_while_it_waited_for_our_resume_stays_canceled(
    runtime: Runtime, prefect: FakePrefect
) -> None:
    """Its worker died, Prefect was told to retry, and then its owner canceled: nobody reopens and charges it."""
    lease, flow_run = await begun(runtime, prefect)
    api = PrefectApi(prefect.url)
    await api.await_retry(flow_run.flow_run_id, "its worker died")
    await api.close()
    await ended(runtime, lease, Outcome(canceled=True))
    flow_run.become("PENDING")
    flow_run.become("RUNNING")
    assert await _claim(runtime, lease.run_id, facts(flow_run, 2)) is None
    assert await status(runtime, lease.run_id) == ("canceled", 1)
    assert await balance(runtime, lease.user_id) == 100


@pytest.mark.parametrize("how", [Outcome(canceled=True), Outcome(error="no")])
async def test_a_persons_retry_reopens_the_run(runtime: Runtime, prefect: FakePrefect, how: Outcome) -> None:
    """The button in Prefect's UI: the next attempt, in the same flow run, though we had resumed it before."""
    lease, flow_run = await begun(runtime, prefect)
    api = PrefectApi(prefect.url)
    await api.await_retry(flow_run.flow_run_id, "its worker died")
    await api.close()
    await ended(runtime, lease, how)
    for kind, name, message in (
        ("FAILED", "", ""),
        ("SCHEDULED", "AwaitingRetry", "Retry from the Prefect UI"),
        ("PENDING", "", ""),
        ("RUNNING", "", ""),
    ):
        flow_run.become(kind, name=name, message=message)
    again = await _claim(runtime, lease.run_id, facts(flow_run, 3))
    assert again is not None
    assert (again.attempt, await status(runtime, lease.run_id)) == (2, ("running", 2))


async def test_what_ended_and_is_run_for_the_first_time_is_left_alone(runtime: Runtime, prefect: FakePrefect) -> None:
    """Canceled while queued; and a run that succeeded has nothing to retry."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    flow_run = prefect.create(str(run_id), "x", {})
    await cancel(runtime, run_id, studio.user_id)
    assert await _claim(runtime, run_id, facts(flow_run, 1)) is None
    assert await _claim(runtime, run_id, facts(flow_run, 2)) is None
    lease, flow_run = await begun(runtime, prefect)
    await deliver(runtime, lease, 3)
    await ended(runtime, lease)
    flow_run.become("SCHEDULED", message="Retry from the Prefect UI")
    assert await _claim(runtime, lease.run_id, facts(flow_run, 2)) is None
    assert (await _ended_state(runtime, lease.run_id)).type == StateType.COMPLETED


async def test_a_run_belongs_to_one_flow_run(runtime: Runtime, prefect: FakePrefect) -> None:
    """Its own, or, before that is stored, one that was made under its key; a copied parameter is refused."""
    asked = RunParams(user_id=None, project_id="a project")
    found: list[RunParams] = []

    async def start(_: Runtime, params: RunParams) -> StartResult[None]:
        found.append(params)
        return StartResult(RunId(uuid.uuid5(uuid.NAMESPACE_URL, str(params.request_id))), created=True, answer=None)

    lease, flow_run = await begun(runtime, prefect)
    assert await _run_of(runtime, lease.run_id, facts(flow_run, 1), asked, start) == lease.run_id
    stranger = FlowRunFacts(uuid.uuid4(), 1, None)
    with pytest.raises(Conflict, match="belongs to another flow run"):
        await _run_of(runtime, lease.run_id, stranger, asked, start)
    with pytest.raises(NotFound, match="leave run_id empty"):
        await _run_of(runtime, uuid.uuid4(), stranger, asked, start)
    own = await _run_of(runtime, None, stranger, asked, start)
    key = f"prefect:{stranger.flow_run_id}"
    assert found == [replace(asked, request_id=key, flow_run_id=stranger.flow_run_id)]
    assert own == uuid.uuid5(uuid.NAMESPACE_URL, key)
    queued = await opened(runtime, await make_studio(runtime))
    for key, welcome in (
        (str(queued), True),
        (f"{queued}:3", True),
        (str(uuid.uuid4()), False),
        ("", False),
        (None, False),
    ):
        mine = FlowRunFacts(uuid.uuid4(), 1, key)
        if welcome:
            assert await _run_of(runtime, queued, mine, asked, start) == queued
        else:
            with pytest.raises(Conflict):
                await _run_of(runtime, queued, mine, asked, start)


@pytest.mark.parametrize("error", [Pause(), BaseExceptionGroup("steps", [ValueError(), Pause()])])
async def test_a_pause_stops_a_run_and_does_not_fail_it(
    runtime: Runtime, prefect: FakePrefect, error: BaseException
) -> None:
    """A step that Prefect pauses: the run stays open with its hold, for whoever claims it after the resume."""

    async def work(_: Lease) -> Outcome:
        raise error

    lease, flow_run = await begun(runtime, prefect)
    with pytest.raises(Suspended):
        await execute(runtime, lease, pausable(work))
    assert await status(runtime, lease.run_id) == ("paused", 1)
    assert await balance(runtime, lease.user_id) == 98
    assert await _claim(runtime, lease.run_id, facts(flow_run, 2)) is not None


async def test_what_prefect_shows(runtime: Runtime, prefect: FakePrefect) -> None:
    """The run's end in Prefect's words; a run that was reopened meanwhile says nothing here."""
    shown = {name: _state(name, uuid.uuid4(), None) for name in ("succeeded", "canceled", "partial", "failed")}
    assert [(state.type.value, state.name) for state in shown.values()] == [
        ("COMPLETED", "Completed"),
        ("CANCELLED", "Cancelled"),
        ("FAILED", "Partial"),
        ("FAILED", "Failed"),
    ]
    lease, _ = await begun(runtime, prefect)
    await ended(runtime, lease, Outcome(error="The model fell asleep"))
    assert "The model fell asleep" in str((await _ended_state(runtime, lease.run_id)).message)
    await reopen(runtime, lease.run_id)
    with pytest.raises(Interrupted):
        await _ended_state(runtime, lease.run_id)
