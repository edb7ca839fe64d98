"""The flow as Prefect knows it: found by name, every hook in place, a form of business parameters."""

from importlib import import_module

from flows import FLOWS


def test_the_flow_is_what_the_deployment_names() -> None:
    """By module path, so that a worker never loads a second copy; no retries of its own, results kept."""
    flow = FLOWS["gen-shots"]
    assert flow is import_module("flows.gen_shots").gen_shots
    assert (flow.name, flow.retries, flow.persist_result, flow.isasync) == ("gen-shots", 0, True, True)
    for hooks in (
        flow.on_running_hooks,
        flow.on_completion_hooks,
        flow.on_failure_hooks,
        flow.on_crashed_hooks,
        flow.on_cancellation_hooks,
    ):
        assert len(hooks) == 1


def test_the_form_asks_for_business_parameters() -> None:
    """One is required; wrong types are refused before the body runs."""
    flow = FLOWS["gen-shots"]
    assert list(flow.parameters.properties) == ["project_id", "scene_id", "shot_count", "request_id", "run_id"]
    assert flow.parameters.required == ["project_id"]
