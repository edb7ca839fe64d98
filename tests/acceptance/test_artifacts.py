"""Artifacts on a real server: keys by project, a version a run; whatever ended has its outcome."""

import asyncio
import json
import uuid
from typing import Any
from uuid import UUID

from sqlalchemy import text

from tests.acceptance.conftest import Stack, watch
from tests.acceptance.test_gen_shots import answer, wait_for
from tests.acceptance.test_prefect import flow_state, half_written, prefect
from tests.fakes.chat import says
from tests.rows import Studio
from wzrd.db.runs import find_run


async def versions(stack: Stack, key: str) -> list[dict[str, Any]]:
    """The versions of an artifact, the first one first."""
    wanted = {"artifacts": {"key": {"any_": [key]}}, "sort": "CREATED_DESC"}
    return list(reversed(await prefect(stack, "POST", "/artifacts/filter", wanted)))


async def call_it(stack: Stack, studio: Studio, title: str) -> None:
    async with stack.runtime.begin() as tx:
        statement = text("update public.projects set title = :title where id = :id")
        await tx.execute(statement, {"title": title, "id": studio.project_id})


async def left_prefect(stack: Stack, run_id: str, state: str) -> None:
    """Its flow run has ended: what its page shows is there."""
    async with stack.runtime.begin() as tx:
        run = await find_run(tx, UUID(run_id))
    assert run is not None
    assert run.flow_run_id is not None
    await flow_state(stack, run.flow_run_id, state)


async def test_runs_of_a_project_are_versions_of_one_artifact(stack: Stack) -> None:
    """The second, canceled after its first shot, tells its outcome too; a namesake's project has keys of its own."""
    stack.chat.otherwise = says(answer())
    name = uuid.uuid4().hex[:6]
    studio, namesake = await stack.studio(), await stack.studio()
    for one in (studio, namesake):
        await call_it(stack, one, f"Dead Air {name}")
    first = await watch(stack, studio).to_the_end()
    await left_prefect(stack, first.run_id, "COMPLETED")
    await half_written(stack)
    second = watch(stack, studio, count=4)
    reading = asyncio.create_task(second.to_the_end())
    await wait_for(second, "ready")
    await stack.http.post(f"/functions/v1/runs/{second.run_id}/cancel", headers=stack.headers(studio))
    await reading
    await left_prefect(stack, second.run_id, "CANCELLED")
    done, stopped = await versions(stack, f"dead-air-{name}-outcome")
    assert f"Dead Air {name} · gen-shots {first.run_id[:8]} · succeeded · 2" in done["description"]
    assert f"gen-shots {second.run_id[:8]} · canceled" in stopped["description"]
    assert "1 of 4 shots" in stopped["description"]
    lines = json.loads(stopped["data"])
    assert len(lines) == 4
    assert {line["status"] for line in lines} >= {"ready", "canceled"}
    other = await watch(stack, namesake).to_the_end()
    await left_prefect(stack, other.run_id, "COMPLETED")
    assert len(await versions(stack, f"dead-air-{name}-outcome")) == 2
    assert len(await versions(stack, f"dead-air-{name}-{str(namesake.project_id)[:8]}-outcome")) == 1
