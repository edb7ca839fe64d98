"""The flow as Prefect knows it: its name, every hook, its form; and which failures stop a batch."""

import asyncio
import uuid
from importlib import import_module
from inspect import signature

import pytest
from prefect import Task

from flows import FLOWS
from tasks.auto_generate import ShotFailed, make_shot
from tasks.retrying import ignore_failure
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
    assert list(flow.parameters.properties) == [
        "project_id",
        "phase",
        "model",
        "max_credits",
        "only_failed",
        "resubmit_unknown",
        "request_id",
        "run_id",
    ]
    assert flow.parameters.required == ["project_id"]
    assert flow.parameters.properties["phase"]["enum"] == ["images", "videos"]
    with pytest.raises(Exception, match="phase"):
        flow.validate_parameters({"project_id": str(uuid.uuid4()), "phase": "everything"})


def test_a_shot_is_a_task_whose_result_is_kept() -> None:
    """Named for people; its parameters are ids and a name, neither lease nor attempt; retried for outages only."""
    task: Task[..., object] = vars(make_shot)["task"]
    assert task.persist_result
    assert task.task_run_name == "{label}"
    assert task.retries
    assert task.retry_condition_fn is not None
    assert list(signature(make_shot).parameters) == ["run_id", "key", "label"]


async def _ending(error: BaseException | None) -> str:
    if error is not None:
        raise error
    return "http://x/1.png"


async def test_a_shot_that_failed_stops_nobody() -> None:
    """It is passed over; so is one that was made."""
    await ignore_failure(_ending(None), ShotFailed)
    await ignore_failure(_ending(ShotFailed("the brush broke")), ShotFailed)


@pytest.mark.parametrize("error", [LeaseLost(run_id="x"), RuntimeError("a bug"), asyncio.CancelledError()])
async def test_what_is_more_than_a_shots_failure_stops_the_batch(error: BaseException) -> None:
    """A lost lease, a bug and a cancel reach the flow."""
    with pytest.raises(type(error)):
        await ignore_failure(_ending(error), ShotFailed)
