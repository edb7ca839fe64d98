"""prefect.yaml: our own, and other people's edits of it."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.stack import automations
from server.stack.environment import ROOT
from server.stack.errors import StackError
from server.stack.prefect.file import read_deployments
from wzrd.operations import KINDS

ONE: dict[str, Any] = {"name": "default", "entrypoint": "flows.gen_shots.gen_shots"}


def write(folder: Path, *deployments: object) -> Path:
    path = folder / "prefect.yaml"
    path.write_text(yaml.safe_dump({"deployments": list(deployments)}))
    return path


def test_our_own_file() -> None:
    """Every kind's deployment, of the kind's flow; `wzrd` and one tag of its own each; on our pool, described."""
    found = read_deployments(ROOT / "prefect.yaml", pool="mine")
    named = {(one.entrypoint, one.name) for one in found}
    served = {
        (f"flows.{kind.module}.{kind.module}", kind.deployment_of(phase).partition("/")[2])
        for kind in KINDS.values()
        for phase in ({"phase": "images"}, {"phase": "videos"})
    }
    upkeep = {("flows.reconcile.reconcile", "upkeep"), ("flows.check_providers.check_providers", "credentials")}
    differ = named ^ (served | upkeep)
    assert not differ, f"prefect.yaml and KINDS of wzrd/operations/__init__.py differ in {differ}"
    assert KINDS["backfill"].deployment_of({}) == automations.BACKFILL
    for one in found:
        first, tag = one.fields["tags"]
        assert (first, tag.isalpha()) == ("wzrd", True)
        assert one.fields["work_pool_name"] == "mine"
        assert one.fields["description"]


def test_operators_are_told_of_every_deployment() -> None:
    """docs/operating/workers.md lists the deployments of the file, each with its tags."""
    rows: dict[str, list[str]] = {}
    page = (ROOT / "docs" / "operating" / "workers.md").read_text()
    for line in page.partition("| deployment | what")[2].splitlines()[2:]:
        if not line.startswith("|"):
            break
        names, _, tags = line.strip("|").split("|")
        rows |= {name: re.findall("`([^`]+)`", tags) for name in re.findall("`([^`]+)`", names)}
    found = read_deployments(ROOT / "prefect.yaml")
    flows = {f"flows.{kind.module}.{kind.module}": kind.name for kind in KINDS.values()}
    names = {
        f"{flows.get(one.entrypoint, one.entrypoint.split('.')[1].replace('_', '-'))}/{one.name}": one for one in found
    }
    assert rows.keys() == names.keys(), f"docs/operating/workers.md differs in {rows.keys() ^ names.keys()}"
    assert all(set(one.fields["tags"]) <= set(rows[name]) for name, one in names.items())


def test_another_pool_stays(tmp_path: Path) -> None:
    """WZRD_WORK_POOL stands in for the pool `wzrd` only; a heavy kind may be on a pool of its own."""
    path = write(
        tmp_path, ONE, {**ONE, "name": "heavy", "work_pool": {"name": "kubernetes", "job_variables": {"cpu": 2}}}
    )
    ours, theirs = read_deployments(path, pool="mine")
    assert ours.fields["work_pool_name"] == "mine"
    assert (theirs.fields["work_pool_name"], theirs.fields["job_variables"]) == ("kubernetes", {"cpu": 2})


def test_schedules_and_limits(tmp_path: Path) -> None:
    """Flat in the file, nested in the REST; a limit is a number or a number with a strategy."""
    path = write(
        tmp_path,
        {
            **ONE,
            "schedules": [
                {"cron": "0 6 * * *", "timezone": "Europe/Vienna", "slug": "dawn"},
                {"interval": 60, "anchor_date": date(2026, 1, 1)},
                {"rrule": '{"rrule": "FREQ=DAILY"}'},
            ],
            "concurrency_limit": {"limit": 3, "collision_strategy": "ENQUEUE"},
            "paused": True,
        },
    )
    (found,) = read_deployments(path)
    assert found.fields["schedules"] == [
        {"schedule": {"cron": "0 6 * * *", "timezone": "Europe/Vienna"}, "slug": "dawn"},
        {"schedule": {"interval": 60, "anchor_date": "2026-01-01"}},
        {"schedule": {"rrule": "FREQ=DAILY"}},
    ]
    assert found.fields["concurrency_limit"] == 3
    assert found.fields["concurrency_options"] == {"collision_strategy": "ENQUEUE"}
    assert found.fields["paused"] is True


@pytest.mark.parametrize(
    ("deployment", "says"),
    [
        ({**ONE, "entrypoint": "flows/gen_shots.py:gen_shots"}, "module path"),
        ({"name": "default"}, "entrypoint"),
        ({**ONE, "triggers": []}, "does not apply triggers of a deployment: make an automation"),
        ({**ONE, "sla": []}, "does not apply sla"),
        ({**ONE, "schedule": {"cron": "* * * * *"}}, "use schedules"),
        ({**ONE, "version_type": "prefect:simple"}, "version_type"),
        ({**ONE, "pull": [{"prefect.deployments.steps.git_clone": None}]}, "does not apply pull"),
        ({**ONE, "tag": ["x"]}, "has no tag: is tags meant"),
        ({**ONE, "work_pool": {"name": "wzrd", "work_queue": "batch"}}, "is work_queue_name meant"),
        ({**ONE, "concurrency_limit": {"limit": 1, "strategy": "ENQUEUE"}}, "strategy"),
        ({**ONE, "schedules": [{"cron": "* * * * *", "replaces": "dawn"}]}, "does not apply replaces"),
        ({**ONE, "parameters": {"project": "{{ prefect.variables.project }}"}}, "does not fill in"),
        ({**ONE, "schedules": [{"cron": "* * * * *", "interval": 3}]}, "one of"),
        ({**ONE, "schedules": [7]}, "deployment 1"),
        ({**ONE, "work_pool": "wzrd"}, "deployment 1"),
        (7, "deployment 1"),
    ],
)
def test_what_we_do_not_apply_is_refused(tmp_path: Path, deployment: object, says: str) -> None:
    """Nothing in the file is passed over in silence: the error names the deployment and the matter."""
    with pytest.raises(StackError, match=says):
        read_deployments(write(tmp_path, deployment))


def test_one_deployment_is_there_once(tmp_path: Path) -> None:
    """A copied paragraph whose name was forgotten; steps that nobody would run."""
    with pytest.raises(StackError, match=r"deployment 2: default of .* is there twice"):
        read_deployments(write(tmp_path, ONE, ONE))
    path = write(tmp_path, ONE)
    path.write_text(path.read_text() + "pull: []\nbuild:\n- {step: {}}\n")
    with pytest.raises(StackError, match="does not apply build of the file"):
        read_deployments(path)


@pytest.mark.parametrize("content", ["", "[]", "deployments: 3", "deployments: []", "a: [", "\x00", "\udcff"])
def test_a_file_that_is_none(tmp_path: Path, content: str) -> None:
    """A file that says nothing, or is no YAML, is an error of ours with its path."""
    path = tmp_path / "prefect.yaml"
    path.write_text(content, errors="surrogateescape")
    with pytest.raises(StackError, match=r"prefect\.yaml"):
        read_deployments(path)


def test_an_absent_file(tmp_path: Path) -> None:
    """So is an absent one."""
    with pytest.raises(StackError, match=r"absent\.yaml"):
        read_deployments(tmp_path / "absent.yaml")
