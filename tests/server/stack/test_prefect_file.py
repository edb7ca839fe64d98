"""prefect.yaml: our own, and other people's edits of it."""

from pathlib import Path

import pytest
import yaml

from server.stack.environment import ROOT
from server.stack.errors import StackError
from server.stack.prefect_file import read_deployments
from wzrd.operations import KINDS

ONE = {"name": "default", "entrypoint": "flows.gen_shots.gen_shots"}


def write(folder: Path, *deployments: object) -> Path:
    path = folder / "prefect.yaml"
    path.write_text(yaml.safe_dump({"deployments": list(deployments)}))
    return path


def test_our_own_file() -> None:
    """Names that say what is done; `wzrd` and one tag of its own each; by module path, on our pool, described."""
    found = read_deployments(ROOT / "prefect.yaml", pool="mine")
    named = {f"{one.entrypoint.split('.')[1].replace('_', '-')}/{one.name}": one for one in found}
    assert len(named) == len(found)
    served = {kind.deployment_of({"phase": phase}) for kind in KINDS.values() for phase in ("images", "videos")}
    assert served == {
        "gen-shots/write-shots",
        "auto-generate/images",
        "auto-generate/videos",
        "compute/execute",
        "director-cut/film",
        "generate/one",
        "backfill/failed-generations",
    }
    assert served <= set(named)
    for one in found:
        first, tag = one.fields["tags"]
        assert first == "wzrd"
        assert tag in {"shots", "images", "videos", "graph", "film", "generation", "backfill", "upkeep"}
        assert one.fields["work_pool_name"] == "mine"
        assert one.fields["description"]


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
