"""Every flow as Prefect knows it: its name, its hooks, and its form with what that refuses."""

from collections.abc import Callable
from importlib import import_module
from inspect import signature
from types import SimpleNamespace
from typing import Any

import pytest
from prefect import Task
from prefect.serializers import JSONSerializer
from prefect.server.schemas.actions import DeploymentCreate
from prefect.utilities.schema_tools import ValidationError, validate

from flows import FLOWS
from flows.compute import make_node
from server.worker.flow_schemas import describe
from tasks.auto_generate import make_shot
from wzrd.operations import KINDS

FIELDS = {
    "gen-shots": ["scene_id", "shot_count", "scene_shots", "only_missing"],
    "breakdown": ["model", "max_credits", "max_usd"],
    "auto-generate": [
        "phase",
        "model",
        "max_credits",
        "max_usd",
        "only_failed",
        "resubmit_unknown",
        "require_approval",
        "sheets",
        "voices",
        "voice_model",
        "lips",
        "native_sound",
        "soften",
        "dry_run",
    ],
    "compute": ["node_ids", "use_cache", "max_credits", "max_usd"],
    "director-cut": ["resolution", "fps", "loudness", "codec", "include_audio", "provider", "voices", "voice_model"],
    "generate": ["model", "prompt", "parameters", "references"],
}
"""Fields between the project and the two last ones, by flow."""


def schema_of(name: str) -> dict[str, Any]:
    return describe(f"flows.{name.replace('-', '_')}.{name.replace('-', '_')}")["parameter_openapi_schema"]


@pytest.mark.parametrize("name", KINDS)
def test_the_flow_is_what_the_deployment_names(name: str) -> None:
    """By module path, so that a worker never loads a second copy; no retries of its own; results kept as JSON."""
    flow, module = FLOWS[name], name.replace("-", "_")
    assert flow is getattr(import_module(f"flows.{module}"), module)
    assert (flow.name, flow.retries, flow.persist_result, flow.isasync) == (name, 0, True, True)
    assert flow.result_serializer == "json"
    for hooks in (
        flow.on_running_hooks,
        flow.on_completion_hooks,
        flow.on_failure_hooks,
        flow.on_crashed_hooks,
        flow.on_cancellation_hooks,
    ):
        assert len(hooks) == 1


@pytest.mark.parametrize("name", FIELDS)
def test_the_form_asks_for_business_parameters(name: str) -> None:
    """The project first, what is internal last and called so; each field has a title and a sentence for people."""
    form = schema_of(name)
    assert list(form["properties"]) == ["project", *FIELDS[name], "request_id", "run_id"]
    assert form.get("required", []) == ["project"], "whoever opens a form pays by naming whose work it is"
    fields = form["properties"].values()
    assert [field["position"] for field in fields] == list(range(len(fields)))
    assert all(field["description"] and "_" not in field["title"] for field in fields)
    assert form["properties"]["run_id"]["title"].startswith("Internal")


PROJECT = {"project": "Dead Air"}


@pytest.mark.parametrize(
    ("name", "parameters", "path"),
    [
        ("gen-shots", {}, "project"),
        ("gen-shots", {"project": ""}, "project"),
        ("gen-shots", {"project": "x" * 201}, "project"),
        ("gen-shots", {**PROJECT, "shot_count": 0}, "shot_count"),
        ("gen-shots", {**PROJECT, "shot_count": 7}, "shot_count"),
        ("gen-shots", {**PROJECT, "shot_count": 2.5}, "shot_count"),
        ("gen-shots", {**PROJECT, "run_id": 7}, "run_id"),
        ("auto-generate", {**PROJECT, "phase": "everything"}, "phase"),
        ("auto-generate", {**PROJECT, "max_credits": -1}, "max_credits"),
        ("auto-generate", {**PROJECT, "max_credits": 2**31}, "max_credits"),
        ("compute", {**PROJECT, "max_credits": -1}, "max_credits"),
        ("compute", {**PROJECT, "max_usd": -1}, "max_usd"),
        ("compute", {**PROJECT, "node_ids": "all"}, "node_ids"),
        ("director-cut", {**PROJECT, "resolution": "large"}, "resolution"),
        ("director-cut", {**PROJECT, "resolution": "1280x721"}, "resolution"),
        ("director-cut", {**PROJECT, "codec": "prores"}, "codec"),
        ("director-cut", {**PROJECT, "provider": "editframe"}, "provider"),
        ("director-cut", {**PROJECT, "voices": ["a"]}, "voices"),
        ("generate", {**PROJECT, "references": [""]}, "references"),
        ("generate", {**PROJECT, "model": ""}, "model"),
        ("generate", {}, "project"),
        ("generate", {"project": ""}, "project"),
    ],
)
def test_what_the_schema_can_refuse(name: str, parameters: dict[str, Any], path: str) -> None:
    """Prefect's server refuses by the schema, and the flow itself refuses the same, whoever has switched that off."""
    form = schema_of(name)
    with pytest.raises(ValidationError, match=path):
        validate(parameters, form, raise_on_error=True)
    with pytest.raises(Exception, match=path):
        FLOWS[name].validate_parameters(parameters)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("gen-shots", {**PROJECT, "shot_count": 6}),
        ("auto-generate", {**PROJECT, "phase": "videos", "model": "animatic", "max_credits": 0}),
        ("compute", {**PROJECT, "use_cache": False, "node_ids": ["a"]}),
        ("director-cut", {**PROJECT, "resolution": "1280x720", "voices": {"*": "v"}}),
        ("generate", {**PROJECT, "prompt": "a lamp", "parameters": {"seed": 1}, "references": ["https://x/1.png"]}),
    ],
)
def test_what_fits(name: str, parameters: dict[str, Any]) -> None:
    """A deployment with these as defaults is accepted, and so is a run."""
    form = schema_of(name)
    validate(parameters, form, raise_on_error=True)
    FLOWS[name].validate_parameters(parameters)
    DeploymentCreate.model_validate(
        {"name": "x", "flow_id": "0" * 32, "parameters": parameters, "parameter_openapi_schema": form}
    )


def test_a_run_of_the_api_may_have_no_project() -> None:
    """Its caller pays: what the API hands over is no form, and nobody holds it against the form's rules."""
    FLOWS["generate"].validate_parameters({"project": None, "prompt": "a lamp"})


@pytest.mark.parametrize(
    ("step", "parameters", "named", "kept"),
    [
        (make_shot, ["run_id", "key", "label"], {"label": "shot\u202e\n1"}, True),
        (make_node, ["node"], {"node": SimpleNamespace(label="shot\x1b 1")}, False),
    ],
)
def test_a_step_is_a_task(
    step: Callable[..., Any], parameters: list[str], named: dict[str, Any], *, kept: bool
) -> None:
    """Named for people, in one plain line; ids and a name go in, neither lease nor attempt; JSON comes out.

    It is retried for outages only.
    A node's end is its item's: it is not asked for again, and Prefect keeps none of it.
    """
    task: Task[..., object] = vars(step)["task"]
    name: Any = task.task_run_name
    assert (task.persist_result, name(parameters=named)) == (kept, "shot 1")
    assert isinstance(task.result_serializer, JSONSerializer)
    assert task.retries
    assert task.retry_condition_fn is not None
    assert list(signature(step).parameters) == parameters
