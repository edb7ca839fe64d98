"""`wzrd up --detach` and `status` with everything real: what a newcomer finds, and what may befall it."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import psycopg

from server.stack.bootstrap import FIRST_USER_CREDITS, FIRST_USER_EMAIL
from server.stack.state import SECRET_FILE, ClientSettings, client_settings, read_state
from tests.acceptance.conftest import Stack, living, up, wzrd
from tests.acceptance.test_prefect import prefect

PARTS = {"postgres", "prefect", "api", "worker"}


async def status(stack: Stack) -> dict[str, dict[str, Any]]:
    """Every part's condition by name."""
    ended = await asyncio.to_thread(wzrd, stack.environment, "status", "--json")
    return {one["name"]: one for one in map(json.loads, ended.stdout.splitlines())}


def check_privacy(home: Path) -> None:
    """Nobody else enters the home or reads anything in it; as root, the server's group may pass to its own data."""
    for path in (home, *home.iterdir()):
        passable = os.geteuid() == 0 and path in {home, home / "postgres"}
        wanted = 0o710 if passable else 0o700 if path.is_dir() else 0o600
        assert path.stat().st_mode & 0o777 == wanted, path
    assert {SECRET_FILE, "pgpass", "state.json"} <= {path.name for path in home.iterdir()}


async def check_first_user(found: ClientSettings) -> None:
    """The embedded first user was given their credits, once, however often one starts."""
    async with await psycopg.AsyncConnection.connect(found.database_url) as connection:
        rows = await (
            await connection.execute(
                "select c.total_credits from wzrd.users u "
                "join public.user_credits c on c.user_id = u.id where u.email = %s",
                [FIRST_USER_EMAIL],
            )
        ).fetchall()
    assert rows == [(FIRST_USER_CREDITS,)]


FORM = "/deployments/name/gen-shots/write-shots"


async def check_deployment(stack: Stack) -> None:
    """The pool is warm, and the form has the flow's parameters."""
    assert (await prefect(stack, "GET", "/work_pools/wzrd"))["type"] == "warm"
    made = await prefect(stack, "GET", FORM)
    assert {"project", "scene_id", "shot_count"} <= set(made["parameter_openapi_schema"]["properties"])
    assert made["parameter_openapi_schema"]["required"] == ["project"]
    assert (made["entrypoint"], made["pull_steps"]) == ("flows.gen_shots.gen_shots", [])


async def set_in_the_ui(stack: Stack) -> dict[str, Any]:
    """An operator pauses the deployment and puts a schedule on it; returns it as it is then."""
    path = f"/deployments/{(await prefect(stack, 'GET', FORM))['id']}"
    await prefect(stack, "PATCH", path, {"paused": True})
    await prefect(stack, "POST", f"{path}/schedules", [{"schedule": {"cron": "0 6 * * *"}, "active": True}])
    return await prefect(stack, "GET", path)


async def check_kept(stack: Stack, before: dict[str, Any]) -> None:
    """A new start keeps what the operator has set, who then undoes it."""
    after = await prefect(stack, "GET", FORM)
    kept = ("id", "paused", "schedules")
    assert [after[name] for name in kept] == [before[name] for name in kept]
    assert after["paused"]
    path = f"/deployments/{after['id']}"
    for schedule in after["schedules"]:
        await prefect(stack, "DELETE", f"{path}/schedules/{schedule['id']}")
    await prefect(stack, "PATCH", path, {"paused": False})


async def check_restart(stack: Stack) -> None:
    """Kill -9 of the API: it answers again, at the same address."""
    before = (await status(stack))["api"]
    await stack.kill("api")
    async with httpx.AsyncClient(timeout=60) as fresh:  # the others' connections have died with the process
        response = await fresh.get(f"{stack.api_url}/healthz")  # it waits in the supervisor's queue meanwhile
    assert response.status_code == 200
    await stack.healthy()
    after = (await status(stack))["api"]
    assert after["healthy"]
    assert (after["restarts"], after["pid"] != before["pid"]) == (before["restarts"] + 1, True)


async def test_up_and_status(stack: Stack) -> None:
    """Up, used, a part killed, the supervisor killed, up again with the data kept."""
    found = client_settings(stack.home)
    parts = await status(stack)
    assert set(parts) == PARTS
    assert all(one["healthy"] and one["pid"] and one["uptime"] is not None for one in parts.values())
    if sys.platform == "linux":
        assert b"worker" in Path(f"/proc/{stack.pid('worker')}/cmdline").read_bytes()
    check_privacy(stack.home)
    await check_first_user(found)
    await check_deployment(stack)
    again = await asyncio.to_thread(wzrd, stack.environment, "up", "--detach")
    assert (again.returncode, "already running" in again.stderr) == (0, True)
    await check_restart(stack)
    deployment = await set_in_the_ui(stack)

    before = read_state(stack.home)
    assert before is not None
    assert before.supervisor is not None
    os.kill(before.supervisor.pid, signal.SIGKILL)
    assert (await asyncio.to_thread(wzrd, stack.environment, "status")).returncode == 1
    exported = {"PREFECT_API_URL": before.prefect_api_url, "PREFECT_API_AUTH_STRING": before.prefect_auth}
    anew = await up({**stack.environment, **exported})  # from a shell that has called `prefect`: docs/tasks.md
    assert living(before) == []
    after = read_state(stack.home)
    assert after is not None
    assert set(after.parts) == PARTS
    assert (anew.api_url, anew.prefect_api_url) == (found.api_url, found.prefect_api_url)
    await check_first_user(anew)
    await check_kept(stack, deployment)
