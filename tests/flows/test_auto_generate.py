"""The flow as Prefect knows it: found by name, every hook in place, its form; and which failures stop a batch."""

import uuid
from importlib import import_module
from inspect import signature
from typing import Any

import pytest
from prefect.states import Cancelled, Completed, Crashed, Failed

from flows import FLOWS
from tasks.batch import heed
from tasks.shot_media import ShotFailed, make_shot
from wzrd.domain.errors import LeaseLost


def test_the_flow_is_what_the_deployment_names() -> None:
    """By module path, so that a worker never loads a second copy; no retries of its own, results kept."""
    flow = FLOWS["auto-generate"]
    assert flow is import_module("flows.auto_generate").auto_generate
    assert (flow.name, flow.retries, flow.persist_result, flow.isasync) == ("auto-generate", 0, True, True)
    for hooks in (
        flow.on_running_hooks,
        flow.on_completion_hooks,
        flow.on_failure_hooks,
        flow.on_crashed_hooks,
        flow.on_cancellation_hooks,
    ):
        assert len(hooks) == 1


def test_the_form_asks_for_business_parameters() -> None:
    """One is required, the phase is one of two; wrong types are refused before the body runs."""
    flow = FLOWS["auto-generate"]
    assert list(flow.parameters.properties) == ["project_id", "phase", "model", "request_id", "run_id"]
    assert flow.parameters.required == ["project_id"]
    assert flow.parameters.properties["phase"]["enum"] == ["images", "videos"]
    with pytest.raises(Exception, match="phase"):
        flow.validate_parameters({"project_id": str(uuid.uuid4()), "phase": "everything"})


def test_a_shot_is_a_task_whose_result_is_kept() -> None:
    """Named for people; its parameters are ids and a name, neither lease nor attempt; retried for outages only."""
    assert make_shot.persist_result
    assert make_shot.task_run_name == "{label}"
    assert make_shot.retries
    assert make_shot.retry_condition_fn is not None
    assert list(signature(make_shot.fn).parameters) == ["run_id", "key", "label"]


async def test_a_shot_that_failed_stops_nobody() -> None:
    """It is passed over; so is one that was made."""
    await heed(Completed(data="http://x/1.png"))
    await heed(Failed(data=ShotFailed("the brush broke")))


@pytest.mark.parametrize(
    "state",
    [
        Failed(data=LeaseLost(run_id="x")),
        Failed(data=RuntimeError("a bug")),
        Crashed(message="the process died"),
        Cancelled(message="somebody stopped it"),
    ],
)
async def test_what_stops_the_run_is_raised(state: Any) -> None:
    """A lost lease, a bug of ours, a crash, a cancel: not one shot's affair."""
    with pytest.raises(Exception, match=r".") as raised:
        await heed(state)
    assert not isinstance(raised.value, ShotFailed)
