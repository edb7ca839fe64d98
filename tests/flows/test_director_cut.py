"""The flow as Prefect knows it: found by name, every hook in place, a form of business parameters."""

from importlib import import_module

from flows import FLOWS


def test_the_flow_is_what_the_deployment_names() -> None:
    """By module path, so that a worker never loads a second copy; no retries of its own, results kept."""
    flow = FLOWS["director-cut"]
    assert flow is import_module("flows.director_cut").director_cut
    assert (flow.name, flow.retries, flow.persist_result, flow.isasync) == ("director-cut", 0, True, True)
    for hooks in (
        flow.on_running_hooks,
        flow.on_completion_hooks,
        flow.on_failure_hooks,
        flow.on_crashed_hooks,
        flow.on_cancellation_hooks,
    ):
        assert len(hooks) == 1


def test_the_form_asks_for_business_parameters() -> None:
    """One is required; the rest are the film's settings."""
    flow = FLOWS["director-cut"]
    names = ["project_id", "resolution", "include_audio", "provider", "voices", "voice_model", "request_id", "run_id"]
    assert list(flow.parameters.properties) == names
    assert flow.parameters.required == ["project_id"]
