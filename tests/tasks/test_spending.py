"""A film's spending by scene: lines add up to the plan, and afterwards to the ledger and the bill."""

import uuid
from collections.abc import AsyncGenerator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from server.fakes import Behaviour, Fakes
from tests.playing import run_once
from tests.tasks.bible_project import EDIT, FUNDS, open_bible_rig
from tests.tasks.shot_batch import IMAGES, PaidRig
from tests.tasks.speech_project import CLIPS, LIPS, VOICES, SpeechRig, open_speech_rig
from tests.tasks.speech_project import FUNDS as SPEECH_FUNDS
from tests.tasks.test_bible import COLOURS, PICTURE, SHEET, a_picture, give
from wzrd.contracts.auto_generate import AutoGeneratePlan
from wzrd.contracts.director_cut import CutSettings
from wzrd.contracts.spending import SpendingLine
from wzrd.domain.errors import NotFound
from wzrd.domain.money import FREE, add_up, read_cost
from wzrd.operations.director_cut.kind import DirectorCutParams, start_director_cut
from wzrd.operations.spending import report_spending
from wzrd.operations.upkeep import note_bills
from wzrd.runtime.process import Runtime

ASKED: dict[str, Any] = {"phase": "videos", "model": CLIPS, "voices": VOICES, "lips": (LIPS,)}


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[PaidRig]:
    async with open_bible_rig(runtime, fakes) as made:
        yield made


@pytest.fixture
async def speech(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[SpeechRig]:
    async with open_speech_rig(runtime, fakes) as made:
        yield made


def check_sums(plan: AutoGeneratePlan) -> None:
    """The lines are all of the plan, and nothing else."""
    assert sum(line.credits for line in plan.spending) == plan.estimated_credits
    cost = add_up(read_cost(line.cost) or FREE for line in plan.spending)
    whole = read_cost(plan.estimated_cost)
    assert whole is not None
    assert (cost.least, cost.most) == (whole.least, whole.most)


async def came_to(rig: PaidRig, *runs: uuid.UUID) -> list[SpendingLine]:
    studio = rig.batch.studio
    return await report_spending(rig.runtime, studio.user_id, str(studio.project_id), runs)


def told(lines: list[SpendingLine]) -> list[tuple[int | None, str, int]]:
    return [(line.scene, line.what, line.count) for line in lines]


async def bill(rig: PaidRig) -> Decimal:
    """Dollars that the fakes have billed, noted beside the submits."""
    async with rig.runtime.begin() as tx:
        await tx.execute(text("update wzrd.provider_jobs set finished_at = finished_at - interval '10 minutes'"))
    await note_bills(rig.runtime)
    async with rig.runtime.begin() as tx:
        return Decimal(await tx.scalar(text("select coalesce(sum(cost_usd), 0) from wzrd.provider_jobs")))


async def test_a_plan_by_scene_is_what_it_comes_to(rig: PaidRig) -> None:
    """Sheets, then pictures scene by scene; the same lines afterwards beside the charge of the ledger and the bill."""
    plan = await rig.plan(model=EDIT, sheets="all")
    check_sums(plan)
    assert told(plan.spending) == [(None, "sheets", 4), (1, "stills", 3), (2, "stills", 2)]
    run_id = (await rig.open(model=EDIT, sheets="all")).run_id
    assert await run_once(rig.runtime, run_id) == "succeeded"
    billed = await bill(rig)
    lines = await came_to(rig, run_id)
    assert told(lines) == told(plan.spending)
    assert [line.credits for line in lines] == [line.credits for line in plan.spending]
    assert [line.charged for line in lines] == [4 * SHEET, 3 * PICTURE, 2 * PICTURE]
    assert FUNDS - await rig.batch.left() == sum(line.charged or 0 for line in lines)
    assert (sum(line.made or 0 for line in lines), sum(line.bills or 0 for line in lines)) == (9, 9)
    assert abs(sum(Decimal(str(line.billed_usd)) for line in lines) - billed) < Decimal("0.00001") * len(lines)
    planned = add_up(read_cost(line.cost) or FREE for line in lines).most
    assert planned is not None
    assert billed > 0
    assert Decimal(1) <= planned / billed <= Decimal("1.05"), (planned, billed)
    again = await rig.plan(model=EDIT, sheets="all")
    assert [(line.scene, line.what, line.count, line.cached) for line in again.spending] == [
        (1, "stills", 0, 3),
        (2, "stills", 0, 2),
    ]


async def test_voices_clips_and_lips_have_lines_of_their_own(speech: SpeechRig) -> None:
    """Each way of a line is in its scene's table, by whom and how long; a line that was paid is found for nothing."""
    plan = await speech.plan(**ASKED)
    check_sums(plan)
    assert [(line.what, line.count) for line in plan.spending] == [("clips", 5), ("voices", 5), ("lips", 2)]
    assert all(line.seconds > 0 for line in plan.spending)
    run_id = (await speech.open(**ASKED)).run_id
    assert await run_once(speech.runtime, run_id) == "succeeded"
    lines = await came_to(speech, run_id)
    assert {line.what: line.charged for line in lines} == {line.what: line.credits for line in plan.spending}
    assert [line.what for line in lines] == ["voices", "clips", "lips"]
    assert all(line.seconds > 0 for line in lines)
    (voices,) = [line for line in (await speech.plan(**ASKED, shots=tuple(speech.batch.shots.values()))).spending
                 if line.what == "voices"]  # fmt: skip
    assert (voices.count, voices.cached, voices.credits) == (0, 5, 0)


async def test_a_cut_that_pays_its_voices_is_a_line(speech: SpeechRig) -> None:
    """All that a cut has had spoken, charged to the credit as the ledger has it."""
    run_id = await speech.queued("videos", model="animatic")
    assert await run_once(speech.runtime, run_id) == "succeeded"
    studio = speech.batch.studio
    settings = CutSettings.model_validate({"voices": VOICES})
    params = DirectorCutParams(user_id=studio.user_id, project_id=str(studio.project_id), settings=settings)
    cut = await start_director_cut(speech.runtime, params)
    assert await run_once(speech.runtime, cut.run_id) == "succeeded"
    lines = await came_to(speech, run_id, cut.run_id)
    assert [line.what for line in lines] == ["cut", "clips"]
    assert lines[0].charged == SPEECH_FUNDS - await speech.batch.left() > 0


async def test_what_has_no_place_for_its_references_is_told(rig: PaidRig, tmp_path: Path) -> None:
    """A model with fewer places than a shot shows people and things: which shot, whom, why."""
    for (kind, name), colour in COLOURS.items():
        await give(rig, kind, name, a_picture(tmp_path, colour))
    (first, _) = (await rig.plan(model=IMAGES)).spending
    assert "scene 1, shot 2: Mike: the model takes no reference pictures" in first.without


async def test_a_refusal_costs_no_credits_and_what_is_billed_for_it_is_told(rig: PaidRig) -> None:
    """One refused for good, one made in milder words: counted apart; the refused submits stand in dollars."""
    for name, words in (("a", "Mike lifts a gun."), ("b", "Mike lifts a knife.")):
        await rig.set("shots", "id", rig.batch.shots[name], prompt_idea=words, visual_prompt=words)
    await rig.fakes.script(
        Behaviour(match="gun", times=0, outcome="refusal"),
        Behaviour(match="knife", times=0, outcome="refusal", blames=("image_urls",)),
    )
    shots = (rig.batch.shots["a"], rig.batch.shots["b"])
    run_id = (await rig.open(shots=shots, request_id="r", soften=True)).run_id
    assert await run_once(rig.runtime, run_id) == "partial"
    (line,) = await came_to(rig, run_id)
    assert (line.count, line.made, line.refused, line.failed, line.charged) == (2, 1, 1, 0, 3)
    assert (line.credits, FUNDS - await rig.batch.left()) == (6, 3)
    cost = read_cost(line.cost)
    assert cost is not None
    assert cost.most == 3 * Decimal("0.003"), "three submits may be billed, two of them refused"


async def test_another_users_project_is_nobodys(rig: PaidRig) -> None:
    """A project of somebody else is not there; runs of another project are no lines of this one."""
    with pytest.raises(NotFound):
        await report_spending(rig.runtime, uuid.uuid4(), str(rig.batch.studio.project_id), [])
    assert await came_to(rig, uuid.uuid4()) == []
