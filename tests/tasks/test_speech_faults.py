"""Voices and lips when something goes wrong: paid once through kills, retries and cancels, and nothing is lost."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from server.fakes import Behaviour, Fakes
from tests.generation.claimed import armed
from tests.playing import run_once, run_until_ended
from tests.rows import broken_promises
from tests.tasks.bible_project import open_processes
from tests.tasks.speech_project import (
    ANNA,
    CLIPS,
    FUNDS,
    LINES,
    LIPS,
    MIKE,
    SHOTS,
    SpeechRig,
    open_speech_rig,
)
from tests.tasks.test_speech import ASKED, CLIP, LINE, MOVED, lips_tone, lips_tones, played, tone
from wzrd.db.items import Item, list_items
from wzrd.db.takes import judge_stills, list_speaking, list_takes
from wzrd.domain.errors import BadRequest, Conflict, OverMoney
from wzrd.domain.money import MoneyBound
from wzrd.generation.recovery import recover
from wzrd.operations.auto_generate.kind import start_approved
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime

PAIR = "fal-ai/longcat-multi-avatar/image-audio-to-video"
TALKING = 20
"""Credits of the cheapest picture that speaks."""
ALL = 5 * CLIP + 5 * LINE + 2 * MOVED


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[SpeechRig]:
    async with open_speech_rig(runtime, fakes) as made:
        yield made


async def models_paid(rig: SpeechRig) -> dict[str, int]:
    """Number of times that each model was paid."""
    found = [one.model for one in await rig.fakes.paid_submits()]
    return {model: found.count(model) for model in sorted(set(found))}


ONCE = {CLIPS: 5, LIPS: 2, "eleven_multilingual_v2": 5}


@pytest.mark.parametrize("place", ["before_voice", "before_shot", "before_lips", "before_store", "after_store"])
async def test_a_fault_anywhere_pays_everything_once(rig: SpeechRig, place: str) -> None:
    """The process stops there; the next one goes on with what was made, and the user pays once.

    A line whose answer was on its way may be said once more, at our expense: ElevenLabs keeps no queue.
    """
    opened = await rig.open(**ASKED)
    async with armed(f"{place}@2=raise"):
        assert await run_until_ended(rig.runtime, opened.run_id) == ("succeeded", 1)
    said = [one.prompt for one in await rig.fakes.paid_submits("elevenlabs")]
    assert {**await models_paid(rig), "eleven_multilingual_v2": len(set(said))} == ONCE
    assert await rig.batch.left() == FUNDS - ALL
    assert await broken_promises(rig.runtime) == []


async def test_processes_that_are_killed_pay_each_voice_clip_and_mouth_once(
    runtime: Runtime, database_url: str, tmp_path: Path
) -> None:
    """Kill -9 at places of its own, again and again; the next process goes on."""
    async with open_processes(runtime, database_url, tmp_path / "home", open_speech_rig) as (rig, forked):
        run_id = (await rig.open(**ASKED)).run_id
        for fault in ("before_voice@1", "after_store@3", "before_shot@1", "before_lips@1"):
            assert await forked.execute(run_id, f"{fault}=kill", deadline=60) == -9, fault
        assert await forked.execute(run_id, deadline=90) == 0
        async with runtime.begin() as tx:
            items = await list_items(tx, run_id)
        told = [one for item in items for one in (item.output or {}).get("fallbacks", ())]
        # a kill between a line's asking and its answer: the scratch voice has it, which is told, and costs nothing
        assert [one["fallbackReason"] for one in told] == ["provider_outcome_unknown"] * len(told)
        # one between a clip's note and its submit: nobody knows, it is looked for in vain, fails, and costs nothing
        lost = [item for item in items if (item.output or {}).get("code") == "provider_outcome_unknown"]
        assert {item.entity_type for item in lost} <= {"shot_video"}
        quiet = {item.key.partition("/")[2] for item in items if item in lost or (item.output or {}).get("fallbacks")}
        unmoved = {item.key: item.status for item in items if item.status != "succeeded" and item not in lost}
        lips = {item.key for item in items if item.key.startswith("lips/")}
        # what is not spoken, or has no clip, moves no mouth, and no other mouth is still
        assert unmoved == dict.fromkeys(lips & {f"lips/{shot}" for shot in quiet}, "skipped")
        submits = await models_paid(rig)
        spoken = submits["eleven_multilingual_v2"]  # nobody can ask what it has said: a line may be said again, unpaid
        moved = {LIPS: ONCE[LIPS] - len(unmoved)} if len(unmoved) < ONCE[LIPS] else {}
        assert submits == {CLIPS: ONCE[CLIPS] - len(lost), "eleven_multilingual_v2": spoken} | moved
        assert 5 <= spoken <= 5 + 4
        assert await rig.batch.left() == FUNDS - ALL + LINE * len(told) + MOVED * len(unmoved) + CLIP * len(lost)
        assert await broken_promises(runtime) == []


async def test_a_picture_that_speaks_is_bought_in_place_of_a_clip(rig: SpeechRig) -> None:
    """The still face of one person is cheaper so; who moves gets a clip and lips. The plan is the charge."""
    asked: dict[str, Any] = {**ASKED, "lips": ("auto",)}
    plan = await rig.plan(**asked)
    assert {one.route: one.lines for one in plan.speech} == {"voice": 3, "talking": 1, "lips": 1}
    assert plan.estimated_credits == 4 * CLIP + TALKING + 5 * LINE + MOVED
    await played(rig, lips=("auto",))
    assert await rig.batch.left() == FUNDS - plan.estimated_credits
    assert (await lips_tone(rig, "face"), await lips_tone(rig, "moving")) == (tone("MIKE"), tone("ANNA"))
    async with rig.runtime.begin() as tx:
        speaking = await list_speaking(tx, rig.batch.studio.project_id)
    assert speaking == {rig.batch.shots["face"], rig.batch.shots["moving"]}


async def test_clips_that_are_there_get_voices_and_lips_alone(rig: SpeechRig) -> None:
    """A film that was bought silent is made to speak: its clips are not bought again, and a third time is free."""
    await played(rig, voices={}, lips=())
    assert (await rig.plan(**ASKED, only_failed=True)).estimated_credits == 0
    plan = await rig.plan(**ASKED)
    assert (plan.queued, plan.estimated_credits) == (0, 2 * (LINE + MOVED))
    run_id = await played(rig)
    assert await rig.item_states(run_id) == {
        f"{kind} {name}": "succeeded" for name in ("face", "moving") for kind in ("voice", "lips")
    }
    assert await rig.batch.left() == FUNDS - 5 * CLIP - 2 * (LINE + MOVED)
    assert (await lips_tone(rig, "face"), await lips_tone(rig, "moving")) == (tone("MIKE"), tone("ANNA"))
    assert (await rig.plan(**ASKED)).estimated_credits == 0


async def test_a_line_that_is_not_spoken_moves_no_mouth(rig: SpeechRig) -> None:
    """The scratch voice has it; its clip is made, its lips are not, and what was held for both goes back."""
    await rig.fakes.script(Behaviour(match=LINES[0], status=400, text="voice_not_found"))
    opened = await rig.open(**ASKED)
    assert await run_once(rig.runtime, opened.run_id) == "partial"
    states = await rig.item_states(opened.run_id)
    assert (states["voice face"], states["video face"], states["lips face"]) == ("succeeded", "succeeded", "skipped")
    assert await rig.batch.left() == FUNDS - ALL + LINE + MOVED


async def test_lips_that_failed_are_tried_again_alone(rig: SpeechRig) -> None:
    """A retry pays them, and nothing else once more."""
    await rig.fakes.script(Behaviour(match=LIPS, outcome="failure"))
    opened = await rig.open(**ASKED)
    assert await run_once(rig.runtime, opened.run_id) == "partial"
    assert await rig.batch.left() == FUNDS - ALL + MOVED
    await reopen(rig.runtime, opened.run_id, user_id=rig.batch.studio.user_id)
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    assert await rig.batch.left() == FUNDS - ALL
    assert (await models_paid(rig))[CLIPS] == 5


async def test_lips_that_come_after_a_cancel_are_kept_and_paid_once(rig: SpeechRig) -> None:
    """They are a take of the shot, which goes on showing its clip; nobody asks for them again before they come."""
    await rig.fakes.script(Behaviour(match=LIPS, hold="result", cancel="refused"))
    run_id = (await rig.open(**ASKED)).run_id
    playing = asyncio.create_task(run_once(rig.runtime, run_id))
    submits = 1
    while LIPS not in await models_paid(rig):
        await rig.fakes.wait_submit(submits := submits + 1, provider="fal-ai")
    await cancel(rig.runtime, run_id, rig.batch.studio.user_id)
    rig.runtime.leases.cancel(run_id)
    async with asyncio.timeout(60):
        assert await playing == "canceled"
    await rig.fakes.release()
    async with asyncio.timeout(60):
        while not (late := [one for one in await lips_items(rig, run_id) if one.output and "url" in one.output]):
            async with rig.runtime.begin() as tx:
                await tx.execute(text("update wzrd.provider_jobs set checked_at = null"))
            await recover(rig.runtime)
    output = late[0].output or {}
    assert (output["speech"], output["charged"]) == ("lips", MOVED)
    paid, spent = await models_paid(rig), FUNDS - await rig.batch.left()
    assert spent == paid[CLIPS] * CLIP + paid["eleven_multilingual_v2"] * LINE + paid[LIPS] * MOVED
    assert await broken_promises(rig.runtime) == []


async def lips_items(rig: SpeechRig, run_id: uuid.UUID) -> list[Item]:
    async with rig.runtime.begin() as tx:
        return [one for one in await list_items(tx, run_id) if one.entity_type == "shot_lips"]


async def test_a_still_that_is_not_approved_is_not_spoken_for(rig: SpeechRig) -> None:
    """With the gate nothing is bought for it, neither voice nor clip nor lips; approving starts all three."""
    opened = await rig.open(**ASKED, require_approval=True)
    assert opened.answer.queued == 0
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"
    assert await models_paid(rig) == {}
    face, studio = rig.batch.shots["face"], rig.batch.studio
    async with rig.runtime.begin() as tx:
        await judge_stills(tx, studio.project_id, [face], "approved", user_id=studio.user_id)
    started = await start_approved(rig.runtime, studio.user_id, studio.project_id)
    assert started is not None
    assert await run_once(rig.runtime, started.run_id) == "succeeded"
    assert await models_paid(rig) == {CLIPS: 1, LIPS: 1, "eleven_multilingual_v2": 1}
    assert await lips_tone(rig, "face") == tone("MIKE")


async def test_other_voices_are_another_request(rig: SpeechRig) -> None:
    """A batch under way is joined by the same request alone, and told of."""
    first = await rig.open(**ASKED)
    assert (await rig.open(**ASKED)).run_id == first.run_id
    others: dict[str, Any] = {**ASKED, "lips": ("auto",)}
    with pytest.raises(Conflict, match="other voices, lips or sound"):
        await rig.open(**others)


async def test_bounds_hold_for_all_of_it(rig: SpeechRig) -> None:
    """`maxCredits` counts voices and lips, and the refusal names both numbers."""
    with pytest.raises(BadRequest, match=f"may cost {ALL} credits"):
        await rig.open(**ASKED, max_credits=ALL - 1)
    assert (await rig.open(**ASKED, max_credits=ALL)).answer.estimated_credits == ALL


async def test_two_batches_at_once_pay_lips_once(rig: SpeechRig) -> None:
    """With keys of their own, of clips that are there; the second waits for what the first makes."""
    await played(rig, voices={}, lips=())
    await rig.fakes.script(Behaviour(match=LIPS, hold="result", times=2))
    runs = [(await rig.open(**ASKED, request_id=key)).run_id for key in "xy"]
    playing = [asyncio.create_task(run_once(rig.runtime, run_id)) for run_id in runs]
    await rig.fakes.wait_submit(7, provider="fal-ai")
    await rig.fakes.release()
    async with asyncio.timeout(60):
        assert await asyncio.gather(*playing) == ["succeeded", "succeeded"]
    assert await models_paid(rig) == {**ONCE, "eleven_multilingual_v2": 2}
    assert await rig.batch.left() == FUNDS - 5 * CLIP - 2 * (LINE + MOVED)


async def test_a_clip_that_somebody_chose_meanwhile_stays(rig: SpeechRig) -> None:
    """Lips that were moved in the former one are a take, and are not shown."""
    await rig.fakes.script(Behaviour(match=LIPS, hold="result", times=2))
    run_id = (await rig.open(**ASKED)).run_id
    playing = asyncio.create_task(run_once(rig.runtime, run_id))
    await rig.fakes.wait_submit(4, provider="fal-ai")  # two clips, and their lips
    await rig.set("shots", "id", rig.batch.shots["face"], video_url="https://example.com/mine.mp4")
    await rig.fakes.release()
    async with asyncio.timeout(60):
        assert await playing == "succeeded"
    assert (await rig.batch.row("face")).video_url == "https://example.com/mine.mp4"
    assert await lips_tone(rig, "moving") == tone("ANNA")
    async with rig.runtime.begin() as tx:
        takes = await list_takes(tx, rig.batch.studio.project_id, shot_id=rig.batch.shots["face"])
    assert [(take.model, take.chosen) for take in takes if take.made == "video"] == [
        (CLIPS, False), ("", True), (LIPS, False),
    ]  # fmt: skip


async def test_its_dollars_bound_a_film_that_speaks(rig: SpeechRig) -> None:
    """The dollars of its plan are enough for all of it; a cent less is refused, and the clips alone are cheaper."""
    asked: list[dict[str, Any]] = [{"phase": "videos", "model": CLIPS}, ASKED]
    silent, most = [Decimal(str((await rig.plan(**one)).estimated_cost["most"])) for one in asked]
    assert most - silent >= 2 * Decimal("0.2")
    with pytest.raises(OverMoney):
        await rig.open(**ASKED, money=MoneyBound(most - Decimal("0.01")))
    opened = await rig.open(**ASKED, money=MoneyBound(most))
    assert await run_once(rig.runtime, opened.run_id) == "succeeded"


async def test_two_who_speak_in_one_picture_are_moved_by_a_model_for_two(runtime: Runtime, fakes: Fakes) -> None:
    """Each mouth has its own sound, the left one first; the clip is one submit, in place of another."""
    shots = {
        "both": {"size": "medium", "brief": {"subjects": [ANNA, MIKE], "lines": [0, 1]}},
        "told": SHOTS["told"],
        "far": {**SHOTS["far"], "brief": {"subjects": [MIKE, ANNA], "lines": [3, 4]}},
    }
    async with open_speech_rig(runtime, fakes, shots=shots) as rig:
        asked: dict[str, Any] = {**ASKED, "lips": (PAIR,)}
        plan = await rig.plan(**asked)
        assert [(one.route, one.lines) for one in plan.speech][1:] == [("pair", 2)]
        await played(rig, lips=(PAIR,))
        assert await rig.batch.left() == FUNDS - plan.estimated_credits
        assert await lips_tones(rig, "both") == [tone("MIKE"), tone("ANNA")]
        assert await models_paid(rig) == {CLIPS: 2, PAIR: 1, "eleven_multilingual_v2": 5}


async def test_a_clip_with_moved_lips_is_made_again_by_the_clips_model(rig: SpeechRig) -> None:
    """Remade by name it is a clip like the one before, with voices and lips as they are asked for."""
    await played(rig)
    face = (rig.batch.shots["face"],)
    assert (await rig.plan(phase="videos", model=None, shots=face)).model == CLIPS
    asked: dict[str, Any] = {**ASKED, "model": None, "shots": face}
    plan = await rig.plan(**asked)
    assert (plan.model, plan.estimated_credits) == (CLIPS, CLIP + MOVED), "its line has been paid"
    before = await rig.batch.left()
    await played(rig, model=None, shots=face)
    assert before - await rig.batch.left() == CLIP, "the fake films the very same: lips of that are found"
    assert await lips_tone(rig, "face") == tone("MIKE")
