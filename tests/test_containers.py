"""Dockerfile, compose.yaml and kubernetes/: names in them exist, and every pod gets the same."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.cli import COMMANDS
from wzrd.settings import Settings

ROOT = Path(__file__).parents[1]
VARIABLES = {str(one.alias) for one in Settings.model_fields.values() if one.alias}


def manifests() -> dict[str, dict[str, Any]]:
    """The manifests by `Kind/name`."""
    read = yaml.safe_load_all((ROOT / "kubernetes/wzrd.yaml").read_text())
    return {f"{one['kind']}/{one['metadata']['name']}": one for one in read}


def pods() -> dict[str, dict[str, Any]]:
    """The pods that the manifests and the work pool's template start."""
    found = {
        name: one["spec"]["template"]["spec"] for name, one in manifests().items() if "template" in one.get("spec", {})
    }
    pool = json.loads((ROOT / "kubernetes/work-pool.json").read_text())
    return {**found, "pool": pool["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]}


def services() -> dict[str, dict[str, Any]]:
    """The services of the Compose file that run our image."""
    read = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return {name: one for name, one in read.items() if one.get("image") == "wzrd:local"}


def test_commands_and_variables_exist() -> None:
    """A command that was renamed, or a variable that nobody reads, would be found when a container starts."""
    names = {name for name, _, _ in COMMANDS}
    started = [one["command"].split() for one in services().values()]
    started += [
        container["args"] for pod in pods().values() for container in pod["containers"] if "{{" not in container["args"]
    ]
    started.append(json.loads(re.findall(r"^CMD (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)[-1]))
    assert len(started) == 7
    assert all(words[0] == "wzrd" and words[1] in names for words in started), started
    given = {name for one in services().values() for name in one["environment"]} | set(
        manifests()["ConfigMap/wzrd"]["data"]
    )
    assert given - VARIABLES == set()


def test_every_pod_has_the_same_user_and_environment() -> None:
    """Nobody runs as root, and a flow run in a pod of its own has the same database, store and keys."""
    for name, pod in pods().items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        (container,) = pod["containers"]
        assert container["envFrom"] == [{"configMapRef": {"name": "wzrd"}}, {"secretRef": {"name": "wzrd"}}], name
    assert "USER 10001" in (ROOT / "Dockerfile").read_text()


def test_the_pools_template_names_its_variables() -> None:
    """Prefect fills `{{ name }}` from the variables: each is declared, and each that is declared is used."""
    text = (ROOT / "kubernetes/work-pool.json").read_text()
    declared = set(json.loads(text)["variables"]["properties"])
    assert set(re.findall(r"\{\{ (\w+) \}\}", text)) == declared


@pytest.mark.parametrize("name", ["SUPABASE_JWT_SECRET", "AWS_SECRET_ACCESS_KEY"])
def test_no_secret_stands_in_a_manifest(name: str) -> None:
    """They come from the Secret, by name."""
    assert name not in (ROOT / "kubernetes/wzrd.yaml").read_text()
