"""PREFECT_API_URL as docs/tasks.md has it exported: the home's own server is no given one."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from server.cli.up import stack_environment
from server.stack.process import identify
from server.stack.state import (
    PartState,
    StackState,
    client_settings,
    ensure_auth,
    read_state,
    without_own_prefect,
    write_state,
)
from server.stack.stored_credentials import with_prefect
from tests.server.stack.test_plan import planned
from wzrd.settings import Settings

OWN = "http://127.0.0.1:40123/api"
STOPPED = StackState(None, "http://a", "postgresql://d", OWN, OWN.removesuffix("/api"), prefect_auth="wzrd:mine")


def recorded(home: Path, phase: str = "stopped") -> None:
    """A home whose stack has ended; `phase` is what its record says of Prefect's server."""
    part = PartState(OWN, "given" if phase == "given" else "stopped")
    write_state(home, STOPPED.with_part("prefect", part))


def settings(home: Path, url: str, auth: str = "") -> Settings:
    return Settings.model_validate({"WZRD_HOME": home, "PREFECT_API_URL": url, "PREFECT_API_AUTH_STRING": auth or None})


@pytest.mark.parametrize("url", [OWN, OWN + "/", OWN.replace("127.0.0.1", "localhost")])
def test_up_after_down_in_the_same_shell_starts_the_own_server(tmp_path: Path, url: str) -> None:
    """The plan starts Prefect's server and its PostgreSQL, on the port of last time; its parts get the new address."""
    recorded(tmp_path)
    auth = ensure_auth(tmp_path)
    made = planned(tmp_path, {"PREFECT_API_URL": url, "PREFECT_API_AUTH_STRING": auth})
    assert made.prefect is not None
    assert made.cluster is not None
    assert made.environment["PREFECT_API_URL"] == made.prefect_api_url == f"{made.prefect.url}/api"
    assert made.prefect_auth == auth


def test_a_former_address_is_known_by_the_homes_own_string(tmp_path: Path) -> None:
    """Where the port was taken meanwhile, the record has the newer one; the shell still has both of the older."""
    recorded(tmp_path)
    former = "http://127.0.0.1:40999/api"
    assert planned(tmp_path, {"PREFECT_API_URL": former, "PREFECT_API_AUTH_STRING": ensure_auth(tmp_path)}).prefect
    assert planned(tmp_path, {"PREFECT_API_URL": former, "PREFECT_API_AUTH_STRING": "me:other"}).prefect is None


def test_a_proxy_before_the_running_server_is_asked(tmp_path: Path) -> None:
    """A worker that is told to go through another port here goes there, with the home's own string."""
    recorded(tmp_path)
    told = settings(tmp_path, "http://127.0.0.1:40999/api", ensure_auth(tmp_path))
    assert without_own_prefect(told, tmp_path) == told


@pytest.mark.parametrize("url", ["https://prefect.example/api", "http://127.0.0.1:40124/api", "http://127.0.0.1:40123"])
def test_any_other_address_is_a_given_server(tmp_path: Path, url: str) -> None:
    """Another host, another port, another path."""
    recorded(tmp_path)
    assert planned(tmp_path, {"PREFECT_API_URL": url}).prefect is None


def test_a_given_server_stays_given(tmp_path: Path) -> None:
    """A server on loopback that this home was given last time is not ours to start."""
    recorded(tmp_path, "given")
    assert planned(tmp_path, {"PREFECT_API_URL": OWN}).prefect is None
    assert without_own_prefect(settings(tmp_path, OWN), tmp_path).prefect_api_url == OWN


def test_other_commands_ask_the_running_server(tmp_path: Path) -> None:
    """A worker of the same shell, and commands that read keys, get address and string of the stack that runs."""
    recorded(tmp_path)
    state = read_state(tmp_path)
    assert state is not None
    running = replace(state, ready=True, supervisor=identify(os.getpid()))
    write_state(tmp_path, running)
    exported = settings(tmp_path, OWN)
    asked = with_prefect(exported, tmp_path)
    assert asked.prefect_auth_string is not None
    assert asked.prefect_auth_string.get_secret_value() == "wzrd:mine"
    given = stack_environment(without_own_prefect(exported, tmp_path), client_settings(tmp_path, exported))
    assert (given["PREFECT_API_URL"], given["PREFECT_API_AUTH_STRING"]) == (OWN, "wzrd:mine")
