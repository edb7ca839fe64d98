"""A backfill through every process: what it would do, what it does, whoever dies meanwhile; nobody pays twice."""

import asyncio
import json
import subprocess
import sys
import uuid
from typing import Any

import pytest
from sqlalchemy import text

from server.fakes import Fakes
from server.fakes.script import Behaviour
from server.stack.state import client_settings
from tests.acceptance.conftest import Stack, wzrd
from tests.acceptance.test_prefect import flow_state, prefect, run_of
from tests.rows import Studio
from tests.shots import insert_shot
from tests.waiting import answer_of
from wzrd.db.items import list_items
from wzrd.db.runs import RunRow, find_run

FLUX, PRICE = "fal-ai/flux/schnell", 3
BACKFILL = "backfill/failed-generations"


@pytest.fixture(autouse=True)
async def _forget_ended_runs(stack: Stack) -> None:
    """Every test begins without ended runs."""
    async with stack.runtime.begin() as tx:
        await tx.execute(text("update wzrd.runs set finished_at = finished_at - interval '1 year'"))


async def begin(stack: Stack, deployment: str, **parameters: Any) -> uuid.UUID:
    """Start a deployment as its form does; returns the flow run."""
    found = await prefect(stack, "GET", f"/deployments/name/{deployment}")
    body = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
    return uuid.UUID((await prefect(stack, "POST", f"/deployments/{found['id']}/create_flow_run", body))["id"])


async def studio_with_shots(stack: Stack, names: str, **more: Any) -> tuple[Studio, dict[str, uuid.UUID]]:
    """A project whose shots have their prompts, `lamp-a`, `lamp-b`, …, and nothing else."""
    studio = await stack.studio(**more)
    async with stack.runtime.begin() as tx:
        shots = {
            name: await insert_shot(
                *(tx, studio.project_id, studio.scene_ids[0], number),
                image_status="prompt_ready",
                prompt_idea=name,
                visual_prompt=f"lamp-{name}",
            )
            for number, name in enumerate(names, 1)
        }
    return studio, shots


async def failed_batch(stack: Stack, fakes: Fakes, names: str = "abc", fail: str = "b") -> tuple[Studio, RunRow]:
    """A batch of pictures of which one was refused."""
    studio, _ = await studio_with_shots(stack, names)
    for name in fail:
        await fakes.script(Behaviour(match=f"lamp-{name}", status=422))
    flow_run = await begin(stack, "auto-generate/images", project=str(studio.project_id), model=FLUX)
    await flow_state(stack, flow_run, "FAILED")
    run = await run_of(stack, flow_run)
    assert run is not None
    assert (run.status, run.attempt) == ("partial", 1)
    return studio, run


async def row(stack: Stack, run_id: uuid.UUID) -> RunRow:
    async with stack.runtime.begin() as tx:
        found = await find_run(tx, run_id)
    assert found is not None
    return found


async def everything(stack: Stack) -> list[Any]:
    """All that stands in the tables of runs and money, but for whether an end has been announced: others note that."""
    tables = ("wzrd.runs", "wzrd.run_items", "wzrd.run_holds", "wzrd.run_events", "wzrd.provider_jobs")
    money = ("public.user_credits", "public.credit_holds", "public.credit_transactions", "public.shots")
    async with stack.runtime.begin() as tx:
        return [
            (await tx.execute(text(f"select to_jsonb(t) - 'announced_attempt' as row from {name} t order by 1"))).all()
            for name in (*tables, *money)
        ]


async def table_of(stack: Stack, flow_run: uuid.UUID, key: str = "") -> list[dict[str, Any]]:
    """The table on a flow run's page; of several that with this key."""
    known = {"key": {"any_": [key]}} if key else {}
    wanted = {"artifacts": {"flow_run_id": {"any_": [str(flow_run)]}, "type": {"any_": ["table"]}, **known}}
    (found,) = await prefect(stack, "POST", "/artifacts/filter", wanted)
    return json.loads(found["data"])


async def test_what_failed_is_planned_and_then_made(stack: Stack, fakes: Fakes) -> None:
    """A dry run tells and changes nothing; a real one makes what is missing, in the same run, paid once; then none."""
    studio, run = await failed_batch(stack, fakes)
    before = await everything(stack)
    dry = await begin(stack, BACKFILL, since="1h")
    await flow_state(stack, dry, "COMPLETED")
    assert await everything(stack) == before
    shown = await prefect(stack, "GET", f"/flow_runs/{dry}")
    assert shown["name"] == "ended runs: 1 · dry run"
    (line,) = await table_of(stack, dry)
    assert (line["run_id"], line["project"], line["missing"]) == (str(run.run_id), "The Light", "1 of 3")
    assert list(line)[:2] == ["action", "reason"]
    assert line["run"].startswith(f"[{str(run.run_id)[:8]}](http")
    assert line["run"].endswith(f"{run.flow_run_id})")
    assert (line["credits"], line["action"], line["reason"]) == (PRICE, "retry", "")
    assert "lamp" not in line["failed"]
    assert line["failed"]

    real = await begin(stack, BACKFILL, since="1h", dry_run=False)
    await flow_state(stack, real, "COMPLETED")
    after = await row(stack, run.run_id)
    assert (after.status, after.attempt) == ("succeeded", 2)
    assert await stack.balance(studio) == 100 - 3 * PRICE
    assert len(await fakes.paid_submits()) == 3
    (line,) = await table_of(stack, real)
    assert (line["outcome"], line["charged"]) == ("succeeded", PRICE)
    await is_child(stack, after, real)

    again = await begin(stack, BACKFILL, since="1h", dry_run=False)
    await flow_state(stack, again, "COMPLETED")
    assert await table_of(stack, again) == []
    assert (await row(stack, run.run_id)).attempt == 2


async def is_child(stack: Stack, run: RunRow, parent: uuid.UUID) -> None:
    """Prefect shows the run's flow run below a step of the backfill's; our row of it names the run."""
    child = await prefect(stack, "GET", f"/flow_runs/{run.flow_run_id}")
    step = await prefect(stack, "GET", f"/task_runs/{child['parent_task_run_id']}")
    assert step["flow_run_id"] == str(parent)
    assert step["state_type"] == "COMPLETED"
    backfill = await run_of(stack, parent)
    assert backfill is not None
    async with stack.runtime.begin() as tx:
        assert run.run_id in {item.entity_id for item in await list_items(tx, backfill.run_id)}


async def test_a_worker_killed_while_a_backfill_runs(stack: Stack, fakes: Fakes) -> None:
    """Killed when the run is reopened, and again while its provider works: both go on; one more attempt, paid once."""
    studio, run = await failed_batch(stack, fakes)
    await fakes.script(Behaviour(match="lamp-b", hold="result"))
    stack.arm("after_reopen", "kill")
    real = await begin(stack, BACKFILL, since="1h", dry_run=False)
    await stack.wait_for_fault("after_reopen", seconds=60)
    await stack.healthy()
    await fakes.wait_submit(match="lamp-b", seconds=60)
    await stack.kill("worker")
    await stack.healthy()
    await fakes.release()
    await flow_state(stack, real, "COMPLETED")
    after = await row(stack, run.run_id)
    assert (after.status, after.attempt) == ("succeeded", 2)
    assert await stack.balance(studio) == 100 - 3 * PRICE
    assert len(await fakes.paid_submits()) == 3


async def test_the_command_is_the_same(stack: Stack, fakes: Fakes) -> None:
    """`wzrd backfill`: a dry run unless told otherwise, a line a run, the sums; what is no moment is refused."""
    studio, run = await failed_batch(stack, fakes)
    dry = await command(stack, "backfill", "--since", "1h", "--project", str(studio.project_id)[:8], "--json")
    assert dry.returncode == 0, dry.stderr
    (line,) = map(json.loads, dry.stdout.splitlines())
    assert (line["run"], line["action"], line["credits"]) == (str(run.run_id), "retry", PRICE)
    assert "1 to retry" in dry.stderr
    assert (await row(stack, run.run_id)).attempt == 1
    real = await command(stack, "backfill", "--since", "1h", "--no-dry-run", "--max-credits", str(PRICE))
    assert real.returncode == 0, real.stderr
    assert real.stdout.split()[0] == str(run.run_id)[:8]
    assert (await row(stack, run.run_id)).status == "succeeded"
    wrong = await command(stack, "backfill", "--since", "yesterday")
    assert wrong.returncode == 2
    assert "since" in wrong.stderr


async def command(stack: Stack, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The command as a person calls it."""
    return await asyncio.to_thread(wzrd, {**stack.environment, **more}, *words)


async def press_button(stack: Stack, run: RunRow) -> None:
    """Asks for a retry as Prefect's UI does."""
    state = {"type": "SCHEDULED", "name": "AwaitingRetry", "message": "Retry from the Prefect UI"}
    await prefect(stack, "POST", f"/flow_runs/{run.flow_run_id}/set_state", {"state": state, "force": True})


async def call_prefect(stack: Stack, run: RunRow) -> None:
    """`prefect flow-run retry`."""
    found = client_settings(stack.home)
    where = {"PREFECT_API_URL": found.prefect_api_url, "PREFECT_API_AUTH_STRING": found.prefect_auth}
    words = [sys.executable, "-m", "prefect", "flow-run", "retry", str(run.flow_run_id)]
    environment = {**stack.environment, **where, "PREFECT_HOME": str(stack.home / "prefect")}
    done = await asyncio.to_thread(
        subprocess.run, words, env=environment, text=True, capture_output=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


async def call_wzrd(stack: Stack, run: RunRow) -> None:
    """`wzrd retry`, by the run's owner."""
    done = await command(stack, "retry", str(run.run_id), WZRD_TOKEN=stack.token(run.user_id))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("retry", [press_button, call_prefect, call_wzrd])
async def test_every_way_to_retry_is_the_same(stack: Stack, fakes: Fakes, retry: Any) -> None:
    """A retry is the next attempt of its run; what was delivered is neither made nor charged again."""
    studio, run = await failed_batch(stack, fakes)
    await retry(stack, run)
    after = await answer_of(lambda: row(stack, run.run_id), lambda run: run.status == "succeeded", every=0.1)
    assert after.attempt == 2
    assert await stack.balance(studio) == 100 - 3 * PRICE
    assert len(await fakes.paid_submits()) == 3
    assert (after.flow_run_id == run.flow_run_id) is (retry is not call_wzrd)
    assert after.flow_run_id is not None
    await flow_state(stack, after.flow_run_id, "COMPLETED")
