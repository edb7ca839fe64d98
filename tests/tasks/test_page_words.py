"""Tables on pages in Prefect say what people say: `scene 1, shot 2`, and neither keys nor made-up letters."""

import json
import uuid
from collections.abc import AsyncGenerator, Generator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from prefect.settings import PREFECT_UI_URL, temporary_settings
from sqlalchemy import text

from blocks.resolve import serving
from tasks.artifacts.backfill import publish_plan
from tasks.artifacts.director_cut import name_item
from tasks.artifacts.publishing import publish
from tasks.director_cut import score
from tasks.gen_shots import place_rows
from tests.fakes.prefect import FakePrefect
from tests.playing import opened
from tests.rows import make_studio
from tests.server.served import claimed, deliver, ended
from tests.shots import insert_shot
from wzrd.domain.settlement import Outcome
from wzrd.film.cut_list import Cut
from wzrd.operations.auto_generate.kind import AutoGenerateParams, start_auto_generate
from wzrd.operations.backfill import BackfillParams, plan_backfill
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

UI = "http://prefect.example:4200"


@pytest.fixture
async def runtime(runtime: Runtime) -> AsyncGenerator[Runtime]:
    """Runtime that flows find."""
    async with serving(runtime):
        yield runtime


@pytest.fixture(autouse=True)
def _links() -> Generator[None]:
    with temporary_settings({PREFECT_UI_URL: UI}):
        yield


async def failed_run(runtime: Runtime, prefect: FakePrefect) -> tuple[uuid.UUID, uuid.UUID]:
    """A run of which one shot of three was made, and its flow run."""
    run_id = await opened(runtime, await make_studio(runtime))
    flow_run = prefect.create(str(run_id), "x", {})
    lease = await claimed(runtime, run_id, flow_run.flow_run_id)
    await deliver(runtime, lease, 1)
    await ended(runtime, lease, Outcome(error="the lamp broke"))
    return run_id, flow_run.flow_run_id


async def test_shots_by_scene_and_number(runtime: Runtime, prefect: FakePrefect) -> None:
    """Of what was made, and of what was not."""
    run_id, _ = await failed_run(runtime, prefect)
    await publish(run_id)
    (shown,) = prefect.artifacts
    assert [line["shot"] for line in json.loads(shown["data"])] == [f"scene 1, shot {number}" for number in (1, 2, 3)]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("visual/2", "scene 1, shot 2"),
        ("voice/1", "voice of scene 1, shot 1"),
        ("effect/3", "effect 3"),
        ("visual/9", "shot 9"),
        ("mix", "mix"),
        ("film", "film"),
    ],
)
def test_the_items_of_a_film(key: str, told: str) -> None:
    """By the name that its shot has in the cut."""
    shots = [SimpleNamespace(name=f"scene 1, shot {number}") for number in (1, 2)]
    assert name_item(cast("Cut", SimpleNamespace(shots=shots)), key) == told


async def test_a_backfill_says_first_what_it_does(runtime: Runtime, prefect: FakePrefect) -> None:
    """Action and reason, then the run, which is a link to its page."""
    run_id, flow_run_id = await failed_run(runtime, prefect)
    plan = await plan_backfill(runtime, BackfillParams(user_id=None, project_id=None))
    await publish_plan(replace(plan, planned=[one for one in plan.planned if one.failure.run_id == run_id]))
    ((line,),) = [json.loads(shown["data"]) for shown in prefect.artifacts]
    assert list(line)[:3] == ["action", "reason", "run"]
    assert line["run"] == f"[{str(run_id)[:8]}]({UI}/runs/flow-run/{flow_run_id})"
    assert line["run_id"] == str(run_id)


@pytest.mark.parametrize(("step", "name"), [(place_rows, "place rows"), (score, "score")])
def test_a_step_has_no_letters_behind_its_name(step: Any, name: str) -> None:
    """Prefect puts some behind what nobody has named (score-43b)."""
    assert step.task.task_run_name == name


async def test_what_waits_says_where_one_approves(runtime: Runtime, prefect: FakePrefect) -> None:
    """The contact sheet, the pictures that wait, the command and the address."""
    studio = await make_studio(runtime)
    async with runtime.begin() as tx:
        still = {"image_status": "completed", "image_url": "http://x/1.png"}
        await insert_shot(tx, studio.project_id, studio.scene_ids[0], 1, **still)
    wanted = AutoGenerateParams(
        user_id=studio.user_id,
        project_id=str(studio.project_id),
        phase="videos",
        model="animatic",
        require_approval=True,
    )
    run_id = (await start_auto_generate(runtime, wanted)).run_id
    flow_run = prefect.create(str(run_id), "x", {})
    await ended(runtime, await claimed(runtime, run_id, flow_run.flow_run_id), Outcome())
    sheet = runtime.storage.public_url("workflow-media", "sheet.png")
    async with runtime.begin() as tx:
        told = text("update wzrd.runs set result = result || jsonb_build_object('sheetUrl', cast(:url as text))")
        await tx.execute(told, {"url": sheet})
    await publish(run_id)
    (shown,) = [one for one in prefect.artifacts if one["key"].endswith("-approval")]
    assert "1 clip awaits approval" in shown["description"]
    for words in (
        f"![contact sheet]({sheet})",
        f"wzrd approve {studio.project_id} --all",
        f"/projects/{studio.project_id}/approvals",
        "scene 1, shot 1",
    ):
        assert words in shown["data"]
