"""The flow as Prefect knows it: its name, its hooks, a form for which a project is enough."""

from importlib import import_module
from inspect import signature

import pytest
from prefect import Task

from flows import FLOWS
from tasks.compute import make_node


def test_the_flow_is_what_the_deployment_names() -> None:
    """By module path, so that a worker never loads a second copy; no retries of its own, results kept."""
    flow = FLOWS["compute"]
    assert flow is import_module("flows.compute").compute
    assert (flow.name, flow.retries, flow.persist_result, flow.isasync) == ("compute", 0, True, True)
    for hooks in (
        flow.on_running_hooks,
        flow.on_completion_hooks,
        flow.on_failure_hooks,
        flow.on_crashed_hooks,
        flow.on_cancellation_hooks,
    ):
        assert len(hooks) == 1


def test_a_project_alone_starts_it() -> None:
    """The rest is optional; wrong values are refused before the body runs."""
    flow = FLOWS["compute"]
    names = ["project_id", "node_ids", "use_cache", "max_credits", "request_id", "run_id"]
    assert list(flow.parameters.properties) == names
    assert flow.parameters.required == ["project_id"]
    with pytest.raises(Exception, match="max_credits"):
        flow.validate_parameters({"project_id": "0" * 32, "max_credits": -1})


def test_a_node_is_a_task_named_by_its_label() -> None:
    """Its item has its result, Prefect none; tried again for outages only; neither lease nor attempt is in it."""
    task: Task[..., object] = vars(make_node)["task"]
    assert (task.persist_result, task.cache_result_in_memory, task.task_run_name) == (False, False, "{label}")
    assert task.retries
    assert task.retry_condition_fn is not None
    assert list(signature(make_node).parameters) == ["run_id", "node_id", "label", "after"]
