"""prefect.yaml: our own, and other people's edits of it."""

from pathlib import Path

import pytest
import yaml

from server.dispatch import DEPLOYMENT, DEPLOYMENTS
from server.stack.environment import ROOT
from server.stack.errors import StackError
from server.stack.prefect_file import read_deployments

ONE = {"name": "default", "entrypoint": "flows.gen_shots.gen_shots"}


def write(folder: Path, *deployments: object) -> Path:
    path = folder / "prefect.yaml"
    path.write_text(yaml.safe_dump({"deployments": list(deployments)}))
    return path


def test_our_own_file() -> None:
    """The repository's file names every flow by module path, under the name that is asked for, on our pool."""
    found = read_deployments(ROOT / "prefect.yaml", pool="mine")
    assert "flows.gen_shots.gen_shots" in {one.entrypoint for one in found}
    for one in found:
        assert one.name == DEPLOYMENTS.get(one.entrypoint.split(".")[1].replace("_", "-"), DEPLOYMENT)
        assert one.fields["work_pool_name"] == "mine"
        assert one.fields["description"]
        assert one.schedules is None


def test_another_pool_stays(tmp_path: Path) -> None:
    """WZRD_WORK_POOL stands in for the pool `wzrd` only; a heavy kind may be on a pool of its own."""
    path = write(tmp_path, ONE, {**ONE, "work_pool": {"name": "kubernetes", "job_variables": {"cpu": 2}}})
    ours, theirs = read_deployments(path, pool="mine")
    assert ours.fields["work_pool_name"] == "mine"
    assert (theirs.fields["work_pool_name"], theirs.fields["job_variables"]) == ("kubernetes", {"cpu": 2})


def test_schedules_and_limits(tmp_path: Path) -> None:
    """Flat in the file, nested in the REST; a limit is a number or a number with a strategy."""
    path = write(
        tmp_path,
        {
            **ONE,
            "schedules": [{"cron": "0 6 * * *", "timezone": "Europe/Vienna", "slug": "dawn"}, {"interval": 60}],
            "concurrency_limit": {"limit": 3, "collision_strategy": "ENQUEUE"},
        },
    )
    (found,) = read_deployments(path)
    assert found.schedules == [
        {"schedule": {"cron": "0 6 * * *", "timezone": "Europe/Vienna"}, "slug": "dawn"},
        {"schedule": {"interval": 60}},
    ]
    assert found.fields["concurrency_limit"] == 3
    assert found.fields["concurrency_options"] == {"collision_strategy": "ENQUEUE"}


@pytest.mark.parametrize(
    ("deployment", "says"),
    [
        ({**ONE, "entrypoint": "flows/gen_shots.py:gen_shots"}, "module path"),
        ({"name": "default"}, "entrypoint"),
        ({**ONE, "triggers": []}, "triggers"),
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
