"""Schedules on every deployment, and upkeep: what a real Prefect server starts by itself."""

import asyncio
import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from server.stack.health import open_client
from server.stack.prefect.file import read_deployments
from server.stack.state import client_settings
from tests.acceptance.conftest import ROOT, Stack, shot_rows
from tests.acceptance.paid.test_backfill import begin, table_of
from tests.acceptance.test_prefect import flow_state, prefect
from tests.waiting import answer_of
from wzrd.db.engine import open_engine
from wzrd.db.runs import list_runs

OURS = [
    f"{one.entrypoint.split('.')[1].replace('_', '-')}/{one.name}" for one in read_deployments(ROOT / "prefect.yaml")
]
ENDED = ["COMPLETED", "FAILED"]
NINE_LOOK = 1.0
"""Seconds between looks at Prefect where all deployments are waited for at once."""


async def schedule(stack: Stack, deployment: str, rule: dict[str, Any], parameters: dict[str, Any]) -> str:
    """Put a schedule on a deployment, as its page does; returns the deployment's id."""
    found = await prefect(stack, "GET", f"/deployments/name/{deployment}")
    takes = found["parameter_openapi_schema"]["properties"]
    given = {name: value for name, value in parameters.items() if name in takes}
    body = [{"active": True, "schedule": rule, "parameters": given}]
    await prefect(stack, "POST", f"/deployments/{found['id']}/schedules", body)
    return str(found["id"])


async def scheduled_runs(
    stack: Stack, deployment_id: str, states: list[str], *, least: int = 1, due: str = ""
) -> list[dict[str, Any]]:
    """The flow runs that a deployment's schedules have made, in these states, due then, when there are so many."""
    wanted = {
        "flow_runs": {"deployment_id": {"any_": [deployment_id]}, "state": {"type": {"any_": states}}},
        "sort": "EXPECTED_START_TIME_DESC",
    }

    async def mine() -> list[dict[str, Any]]:
        every = await prefect(stack, "POST", "/flow_runs/filter", wanted)
        return [one for one in every if one["auto_scheduled"] and one["expected_start_time"].startswith(due)]

    return await answer_of(mine, lambda found: len(found) >= least, seconds=90, every=NINE_LOOK)


async def unschedule(stack: Stack, deployment_id: str) -> None:
    """Take the schedules off that this test has put on."""
    for one in await prefect(stack, "GET", f"/deployments/{deployment_id}/schedules"):
        if one["slug"] is None:
            await delete(stack, f"/deployments/{deployment_id}/schedules/{one['id']}")


async def delete(stack: Stack, path: str) -> None:
    found = client_settings(stack.home)
    async with open_client(found.prefect_api_url, auth=found.prefect_auth, seconds=60) as http:
        assert (await http.delete(found.prefect_api_url + path)).is_success


async def test_a_second_tick_of_only_missing_costs_nothing(stack: Stack) -> None:
    """An interval: the first tick writes the scene, the next ones find it written: no run, no row, no credit."""
    studio = await stack.studio()
    project = str(studio.project_id)
    rule = {"interval": 3, "anchor_date": datetime.now(UTC).isoformat()}
    parameters = {"project_id": project, "project": project, "shot_count": 2, "only_missing": True}
    deployment_id = await schedule(stack, "gen-shots/write-shots", rule, parameters)
    try:
        found = await scheduled_runs(stack, deployment_id, ENDED, least=3)
    finally:
        await unschedule(stack, deployment_id)
    messages = [one["state"]["message"] for one in found]
    assert [one["state_type"] for one in found] == ["COMPLETED"] * len(found), messages
    assert (
        sum("it has 2 shots" in message or "is writing its shots" in message for message in messages) == len(found) - 1
    )
    async with stack.runtime.begin() as tx:
        assert len(await list_runs(tx, studio.user_id)) == 1
    assert (await stack.balance(studio), len(await shot_rows(stack, studio))) == (99, 2)


async def test_every_deployment_takes_a_cron_schedule(stack: Stack) -> None:
    """A flow run that a cron has made ready is run with the schedule's own parameters, of whatever kind."""
    studio = await stack.studio()
    project = str(studio.project_id)
    common = {"project_id": project, "project": project, "model": "animatic", "prompt": "a lamp", "only_missing": True}
    due = datetime.now(UTC) + timedelta(days=40)

    async def one(deployment: str) -> tuple[str, str]:
        given = common if deployment != "breakdown/read-scenes" else {"project_id": project, "project": project}
        deployment_id = await schedule(stack, deployment, {"cron": f"5 4 {due.day} {due.month} *"}, given)
        try:
            mine, *_ = await scheduled_runs(stack, deployment_id, ["SCHEDULED"], due=f"{due:%Y-%m-%d}T04:05")
            state = {"type": "SCHEDULED", "state_details": {"scheduled_time": datetime.now(UTC).isoformat()}}
            await prefect(stack, "POST", f"/flow_runs/{mine['id']}/set_state", {"state": state, "force": True})
            path = f"/flow_runs/{mine['id']}"
            run = await answer_of(
                lambda: prefect(stack, "GET", path), lambda run: run["state_type"] in ENDED, seconds=90, every=NINE_LOOK
            )
        finally:
            await unschedule(stack, deployment_id)
        return deployment, f"{run['state_type']} {run['state']['message']}"

    ends = dict(await asyncio.gather(*(one(deployment) for deployment in OURS)))
    nothing_to_show = {name for name, end in ends.items() if end.startswith("FAILED")}
    assert nothing_to_show <= {"compute/execute", "director-cut/film"}, ends  # an empty graph, shots without pictures


async def test_nightly_backfill_ships_paused_and_upkeep_hourly(stack: Stack) -> None:
    """The one costs money, so somebody turns it on; the other is always on."""
    found = await prefect(stack, "GET", "/deployments/name/backfill/failed-generations")
    (nightly,) = found["schedules"]
    assert (nightly["active"], nightly["slug"], nightly["parameters"]) == (
        False, "nightly", {"since": "2d", "dry_run": False},
    )  # fmt: skip
    (hourly,) = (await prefect(stack, "GET", "/deployments/name/reconcile/upkeep"))["schedules"]
    assert (hourly["active"], hourly["slug"]) == (True, "hourly")


async def test_upkeep_clears_away_what_a_killed_process_left(stack: Stack) -> None:
    """A worker dies between storing a picture and noting it: the file goes; the picture that was made anew stays."""
    studio = await stack.studio()
    stack.arm("after_store", "kill")
    project = str(studio.project_id)
    flow_run = await begin(stack, "generate/one", **await takes(stack, "generate/one", project), prompt="a lamp")
    await stack.wait_for_fault("after_store", seconds=60)
    await stack.healthy()
    await flow_state(stack, flow_run, "COMPLETED")
    assert len(files(stack, studio.user_id)) == 2
    async with stack.runtime.begin() as tx:
        await tx.execute(text("update wzrd.unnoted_files set stored_at = stored_at - interval '2 days'"))
        wrong = "update public.user_credits set total_credits = total_credits + 7 where user_id = :user"
        await tx.execute(text(wrong), {"user": studio.user_id})
    old = await an_old_flow_run(stack)
    upkeep = await begin(stack, "reconcile/upkeep")
    await flow_state(stack, upkeep, "COMPLETED")
    assert len(files(stack, studio.user_id)) == 1
    done = {line["task"]: line["done"] for line in await table_of(stack, upkeep, "upkeep")}
    assert (done["files cleared away"], done["flow runs deleted"], done["runs without a worker"]) == (1, 1, 0)
    wanted = {"flow_runs": {"id": {"any_": [old]}}}
    assert await prefect(stack, "POST", "/flow_runs/filter", wanted) == []
    (broken,) = await table_of(stack, upkeep, "money")
    assert (broken["promise"], broken["user"], broken["amount"]) == ("balance", str(studio.user_id), -7)
    assert broken["remedy"]
    metrics = (await stack.http.get("/metrics")).text
    assert 'wzrd_upkeep_done_total{task="files cleared away"} 1.0' in metrics
    assert 'wzrd_money_broken{promise="balance"} 1.0' in metrics


async def takes(stack: Stack, deployment: str, project: str) -> dict[str, str]:
    """The project under the name that the form gives it."""
    found = await prefect(stack, "GET", f"/deployments/name/{deployment}")
    known = found["parameter_openapi_schema"]["properties"]
    return {name: project for name in ("project", "project_id") if name in known}


def files(stack: Stack, user_id: uuid.UUID) -> list[Any]:
    media = stack.home / "media"
    return [path for path in media.glob(f"*/{user_id}/**/*") if path.is_file() and ".meta" not in path.parts]


async def an_old_flow_run(stack: Stack) -> str:
    """One of ours that ended two months ago: Prefect takes no such time from anybody, so its row is told."""
    flow = await prefect(stack, "POST", "/flows/", {"name": "gen-shots"})
    body = {"flow_id": flow["id"], "name": "old", "state": {"type": "COMPLETED"}}
    made = str((await prefect(stack, "POST", "/flow_runs/", body))["id"])
    engine = open_engine(re.sub(r"/wzrd(?=\?|$)", "/prefect", client_settings(stack.home).database_url))
    async with engine.begin() as tx:
        statement = text("update flow_run set end_time = now() - interval '60 days' where id = cast(:id as uuid)")
        assert (await tx.execute(statement, {"id": made})).rowcount == 1
    await engine.dispose()
    return made
