"""A flow run meets its run row: whose it is, whether claimed, reopened or left alone, and what Prefect shows."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from prefect.client.schemas.objects import StateType
from prefect.exceptions import Pause
from prefect.utilities.names import generate_slug
from sqlalchemy import text

from server.dispatch import PrefectApi
from tasks.flow_lifecycle import FlowRunFacts, _claim, _ended_state, _run_of, pausable
from tasks.flow_names import LABEL, give_name
from tasks.flow_states import refusal_state, state_of
from tests.fakes.prefect import FakePrefect, FlowRun
from tests.playing import opened
from tests.rows import balance, make_studio
from tests.server.served import claimed, deliver, ended
from wzrd.db.runs import find_run
from wzrd.domain.errors import BadRequest, Conflict, InsufficientCredits, NotFound, Suspended
from wzrd.domain.ids import RunId
from wzrd.domain.lease import Lease
from wzrd.domain.settlement import Outcome
from wzrd.domain.work_queues import BATCH, QueuePlacement
from wzrd.runs.execute import Interrupted, execute
from wzrd.runs.finish import cancel, reopen
from wzrd.runs.start import RunParams, StartResult
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")


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
    asked = RunParams(user_id=None, project_id=None)
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
    assert found == [replace(asked, request_id=key, flow_run_id=stranger.flow_run_id, placement=QueuePlacement(BATCH))]
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
    shown = {name: state_of(name, "told", {"status": name}) for name in ("succeeded", "canceled", "partial", "failed")}
    assert [(state.type.value, state.name) for state in shown.values()] == [
        ("COMPLETED", "Completed"),
        ("CANCELLED", "Cancelled"),
        ("FAILED", "Partial"),
        ("FAILED", "Failed"),
    ]
    assert {name: await state.aresult(raise_on_failure=False) for name, state in shown.items()} == {
        name: {"status": name} for name in shown
    }
    lease, _ = await begun(runtime, prefect)
    await ended(runtime, lease, Outcome(error="The model fell asleep"))
    state = await _ended_state(runtime, lease.run_id)
    assert state.message == "0 of 3 shots · 3 failed: The model fell asleep · free"
    assert await state.aresult(raise_on_failure=False) == {
        "run_id": str(lease.run_id),
        "kind": "gen-shots",
        "status": "failed",
        "total": 3,
        "succeeded": 0,
        "failed": 3,
        "skipped": 0,
        "urls": [],
        "credits": 0,
        "error": "The model fell asleep",
        "error_code": "incomplete",
    }
    await reopen(runtime, lease.run_id)
    with pytest.raises(Interrupted):
        await _ended_state(runtime, lease.run_id)


async def test_the_project_of_a_form(runtime: Runtime) -> None:
    """Its id, however it is written, the beginning of its id, its title in any case; several and none are refused."""
    started: list[str | None] = []

    async def start(_: Runtime, params: RunParams) -> StartResult[None]:
        started.append(params.project_id)
        return StartResult(RunId(uuid.uuid4()), created=True, answer=None)

    async def begin(typed: str) -> None:
        flow_run = FlowRunFacts(uuid.uuid4(), 1, None)
        await _run_of(runtime, None, flow_run, RunParams(user_id=None, project_id=typed), start)

    studio, other = await make_studio(runtime), await make_studio(runtime)
    wanted = str(studio.project_id)
    title = f"The Café {uuid.uuid4().hex}"
    async with runtime.begin() as tx:
        await tx.execute(
            text("update public.projects set title = :title where id = :id"), {"title": title, "id": studio.project_id}
        )
    spellings = (wanted, wanted.upper(), wanted.replace("-", ""), wanted[:23], f"  {title.upper()} ")
    for typed in spellings:
        await begin(typed)
    assert started == [wanted] * len(spellings)
    async with runtime.begin() as tx:
        await tx.execute(
            text("update public.projects set title = :title where id = :id"), {"title": title, "id": other.project_id}
        )
    with pytest.raises(BadRequest, match="any of 2 projects; give an id") as refused:
        await begin(title)
    assert {wanted, str(other.project_id)} <= set(refused.value.message.replace(",", "").split())
    for typed in (str(uuid.uuid4()), "no such film", wanted[:3], "%", "\0", "\ud800", "x" * 500, "' or 1=1 --"):
        with pytest.raises(NotFound, match="no project has the id or the title"):
            await begin(typed)
    assert len(started) == len(spellings)


PROPOSED = ("kappa299-preenos-shift", "eta3-wold-v", "omicron4-quarra", "Refined-Quail", "Night run")
"""Names that Prefect's two forms propose, and one that was typed over them."""


async def named(prefect: FakePrefect, name: str, *, message: str | None) -> FlowRun:
    """A flow run of this name, whose maker sent this message with its first state, once its run has begun."""
    flow_run = prefect.create(str(uuid.uuid4()), name, {})
    flow_run.states[0]["message"] = message
    flow_run.become("PENDING")
    flow_run.become("RUNNING", message="")
    await give_name(flow_run.flow_run_id, name, "The Light · gen-shots 0a1b2c3d")
    return flow_run


@pytest.mark.parametrize("name", PROPOSED)
async def test_a_run_from_a_form_gets_our_name(prefect: FakePrefect, name: str) -> None:
    """A form proposes a name for every run, and sends a message, if only an empty one; its name stays as a label."""
    for message in ("", "Run from the Prefect UI", "please"):
        flow_run = await named(prefect, name, message=message)
        assert (flow_run.name, flow_run.labels) == ("The Light · gen-shots 0a1b2c3d", {LABEL: name})


@pytest.mark.parametrize("name", [*PROPOSED, "night-run", "night-run-7", "my-test", "Magnetic-Otter"])
async def test_who_gives_a_name_by_a_command_keeps_it(prefect: FakePrefect, name: str) -> None:
    """A command or a program sends no message: whatever the name looks like, it was meant."""
    flow_run = await named(prefect, name, message=None)
    assert (flow_run.name, flow_run.labels) == (name, {})


async def test_a_name_that_nobody_gave_is_replaced(prefect: FakePrefect) -> None:
    """The server's own, of a schedule or a command without one; and that of a refusal that was mended since."""
    for name in (*(generate_slug(2) for _ in range(20)), "gen-shots · refused"):
        flow_run = await named(prefect, name, message=None)
        assert (flow_run.name, flow_run.labels) == ("The Light · gen-shots 0a1b2c3d", {})


async def test_what_prefect_shows_of_a_refusal() -> None:
    """One sentence; the result says that there is no run, and why, with numbers where they are known."""
    state = refusal_state("gen-shots", NotFound("no project has the id or the title 'x'"))
    assert (state.type.value, state.message) == ("FAILED", "no project has the id or the title 'x'")
    result: Any = await state.aresult(raise_on_failure=False)
    assert (result["run_id"], result["status"], result["error_code"]) == (None, "refused", "not_found")
    poor = refusal_state("compute", InsufficientCredits(5, 2))
    assert poor.message == "Insufficient credits. Required 5 / available 2."
