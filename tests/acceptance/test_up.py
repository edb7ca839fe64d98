"""`wzrd up --detach`, `status`, `down` with everything real: what a newcomer types, and what may befall it."""

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from server.stack.bootstrap import FIRST_USER_CREDITS, FIRST_USER_EMAIL
from server.stack.deployments import apply, describe_flows, describing
from server.stack.environment import ROOT, common_environment
from server.stack.prefect_file import read_deployments
from server.stack.process import is_alive
from server.stack.state import SECRET_FILE, ClientSettings, StackState, client_settings, read_state
from tests.waiting import answer_of
from wzrd.models.checked_settings import load

PARTS = {"postgres", "prefect", "api", "worker"}
NOT_OURS = ("WZRD_DATABASE_URL", "PREFECT_API_URL", "SUPABASE_JWT_SECRET", "SUPABASE_JWKS_URL", "WZRD_PORT")


@pytest.fixture
def home() -> Generator[Path]:
    """A state folder that the unprivileged database server may enter."""
    with tempfile.TemporaryDirectory(prefix="wzrd-t", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "home"


async def wzrd(*arguments: str, home: Path, **more: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of one command line, through pipes that it must let go of."""
    kept = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server.cli",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**kept, "PYTHONPATH": str(ROOT), "WZRD_HOME": str(home), **more},
    )
    async with asyncio.timeout(180):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def up(home: Path, **more: str) -> tuple[StackState, ClientSettings]:
    """Everything up and healthy, and where."""
    code, out, err = await wzrd("up", "--detach", home=home, **more)
    assert code == 0, err
    found = client_settings(home, load())
    assert found.api_url in out
    assert found.prefect_ui_url in out
    state = read_state(home)
    assert state is not None
    return state, found


async def status(home: Path) -> dict[str, dict[str, Any]]:
    """Every part's condition by name."""
    _, out, _ = await wzrd("status", "--json", home=home)
    return {one["name"]: one for one in map(json.loads, out.splitlines())}


def check_privacy(home: Path) -> None:
    """Nobody else enters the home or reads anything in it; as root, the server's group may pass to its own data."""
    for path in (home, *home.iterdir()):
        passable = os.geteuid() == 0 and path in {home, home / "postgres"}
        wanted = 0o710 if passable else 0o700 if path.is_dir() else 0o600
        assert path.stat().st_mode & 0o777 == wanted, path
    assert {SECRET_FILE, "pgpass", "state.json"} <= {path.name for path in home.iterdir()}


async def check_first_user(found: ClientSettings) -> None:
    """The embedded first user has their credits, once, however often one starts."""
    async with await psycopg.AsyncConnection.connect(found.database_url) as connection:
        rows = await (
            await connection.execute(
                "select c.total_credits - c.used_credits from wzrd.users u "
                "join public.user_credits c on c.user_id = u.id where u.email = %s",
                [FIRST_USER_EMAIL],
            )
        ).fetchall()
    assert rows == [(FIRST_USER_CREDITS,)]


async def check_deployment(home: Path, found: ClientSettings) -> None:
    """The pool is warm, the form has the flow's parameters, and a new start keeps what an operator set in the UI."""
    name, _, password = found.prefect_auth.partition(":")
    async with httpx.AsyncClient(
        base_url=found.prefect_api_url + "/", auth=(name, password), timeout=20, trust_env=False
    ) as prefect:
        assert (await prefect.get("work_pools/wzrd")).json()["type"] == "warm"
        path = "deployments/name/gen-shots/write-shots"
        made = (await prefect.get(path)).json()
        properties = made["parameter_openapi_schema"]["properties"]
        assert {"project", "scene_id", "shot_count"} <= set(properties)
        assert made["parameter_openapi_schema"]["required"] == ["project"]
        assert (made["entrypoint"], made["pull_steps"]) == ("flows.gen_shots.gen_shots", [])
        await prefect.patch(f"deployments/{made['id']}", json={"paused": True})
        daily = [{"schedule": {"cron": "0 6 * * *"}, "active": True}]
        (await prefect.post(f"deployments/{made['id']}/schedules", json=daily)).raise_for_status()
        listed = read_deployments(ROOT / "prefect.yaml")
        children = common_environment(os.environ, home, prefect_given=False)
        flows = await describe_flows([one.entrypoint for one in listed], describing(children, home))
        await apply(found.prefect_api_url, listed, flows, pool="wzrd", auth=found.prefect_auth, slots=8)
        again = (await prefect.get(path)).json()
    assert (again["id"], again["paused"], len(again["schedules"])) == (made["id"], True, 1)


async def check_restart(home: Path, state: StackState) -> None:
    """Kill -9 of the API: it answers again, at the same address."""
    process = state.parts["api"].process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        response = await client.get(f"{state.api_url}/healthz")  # it waits in the supervisor's queue meanwhile
    assert response.status_code == 200
    api = (await answer_of(lambda: status(home), lambda parts: parts["api"]["healthy"], every=0.2))["api"]
    assert (api["restarts"], api["pid"] != process.pid) == (1, True)


def processes(state: StackState) -> list[Any]:
    """Every process that a state records."""
    return [state.supervisor, *(part.process for part in state.parts.values())]


async def test_up_status_down(home: Path) -> None:
    """One whole life: up, used, a part killed, the supervisor killed, up again with the data kept, down."""
    state, found = await up(home)
    parts = await status(home)
    assert set(parts) == PARTS
    assert all(one["healthy"] and one["pid"] and one["uptime"] is not None for one in parts.values())
    worker = state.parts["worker"].process
    assert worker is not None
    if sys.platform == "linux":
        assert b"worker" in Path(f"/proc/{worker.pid}/cmdline").read_bytes()
    check_privacy(home)
    await check_first_user(found)
    await check_deployment(home, found)
    code, _, err = await wzrd("up", "--detach", home=home)
    assert (code, "already running" in err) == (0, True)
    await check_restart(home, state)

    before = read_state(home)
    assert before is not None
    assert before.supervisor is not None
    os.kill(before.supervisor.pid, signal.SIGKILL)
    assert (await wzrd("status", home=home))[0] == 1
    exported = {"PREFECT_API_URL": before.prefect_api_url, "PREFECT_API_AUTH_STRING": before.prefect_auth}
    state, found = await up(home, **exported)  # from a shell that has called `prefect`, as docs/tasks.md says
    assert not [one for one in processes(before) if one and is_alive(one)]
    assert set(state.parts) == PARTS
    assert found.prefect_api_url == before.prefect_api_url
    await check_first_user(found)

    assert (await wzrd("down", home=home))[0] == 0
    assert not [one for one in processes(state) if one and is_alive(one)]
    assert (await wzrd("status", home=home))[0] == 1
