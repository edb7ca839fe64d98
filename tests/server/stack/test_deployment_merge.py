"""Changes of a start to a deployment that is there: what is ours, never what an operator set."""

from typing import Any

import pytest

from server.stack.deployments import changes_to, kept_of, wanted_of
from server.stack.prefect.file import Deployment

FLOW: dict[str, Any] = {
    "flow_name": "gen-shots",
    "description": "Of the flow.",
    "parameter_openapi_schema": {"properties": {}},
}
FILE = Deployment(
    "write-shots",
    "flows.gen_shots.gen_shots",
    {
        "entrypoint": "flows.gen_shots.gen_shots",
        "work_pool_name": "wzrd",
        "tags": ["wzrd", "shots"],
        "schedules": [{"schedule": {"cron": "0 3 * * *"}, "active": False}, {"schedule": {"interval": 60}}],
    },
)
WANTED = wanted_of(FILE, FLOW)


def found(**changed: Any) -> dict[str, Any]:
    """The deployment as Prefect tells it back, with what somebody changed."""
    limit = changed.pop("limit", None)
    return {
        **WANTED,
        "concurrency_limit": None,
        "global_concurrency_limit": {"limit": limit} if limit else None,
        "work_queue_name": "default",
        "schedules": [
            {"schedule": {"interval": 60.0, "timezone": "UTC"}, "active": True},
            {"schedule": {"cron": "0 3 * * *", "timezone": None}, "active": False},
        ],
        **changed,
    }


def test_as_it_is_wanted_nothing_is_written() -> None:
    """A write would also remove the runs that Prefect's scheduler has planned."""
    assert changes_to(found(), WANTED) == {}
    assert kept_of(found(), WANTED) == []
    assert WANTED["description"] == "Of the flow."


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("description", "Ours", "description"),
        ("tags", ["wzrd", "shots", "night"], "tags"),
        ("parameters", {"shot_count": 5}, "parameters"),
        ("job_variables", {"cpu": 2}, "job_variables"),
        ("limit", 2, "concurrency_limit"),
        ("paused", True, "paused"),
        ("schedules", [], "schedules"),
        ("work_queue_name", "night", None),
    ],
)
def test_what_an_operator_set_stays(field: str, value: object, told: str | None) -> None:
    """It is told, and not written."""
    assert changes_to(found(**{field: value}), WANTED) == {}
    assert kept_of(found(**{field: value}), WANTED) == ([told] if told else [])


@pytest.mark.parametrize(
    ("field", "value"),
    [("entrypoint", "flows.old.flow"), ("parameter_openapi_schema", {}), ("enforce_parameter_schema", False)],
)
def test_what_is_ours_follows_the_code(field: str, value: object) -> None:
    """That field alone is written."""
    assert changes_to(found(**{field: value}), WANTED) == {field: WANTED[field]}


def test_another_pool_is_written_with_its_queue() -> None:
    """WZRD_WORK_POOL was changed; a queue goes along where the file names one."""
    assert changes_to(found(work_pool_name="old"), WANTED) == {"work_pool_name": "wzrd"}
    queued = {**WANTED, "work_queue_name": "batch"}
    assert changes_to(found(work_pool_name="old"), queued) == {"work_pool_name": "wzrd", "work_queue_name": "batch"}
