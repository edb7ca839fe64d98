"""A project read by a model: each scene is asked and paid once, whatever interrupts it."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from sqlalchemy import text

from server.fakes.chat_text import answer_text
from tests.fakes.chat import Call, ChatServer, chat_server, refuses, says
from tests.generation.claimed import armed, providers_for
from tests.playing import log_of, opened, run_once, run_until_ended
from tests.rows import Studio, balance, broken_promises, make_studio
from tests.server.served import with_settings
from tests.waiting import looks
from wzrd.assets.breakdowns import keep_edits, open_breakdown
from wzrd.contracts.breakdown import Beat, Breakdown, SceneBreakdown
from wzrd.db.items import list_items
from wzrd.domain.errors import BadRequest, NotConfigured
from wzrd.operations.breakdown import ReadingParams, plan_reading, start_reading
from wzrd.providers.registry import Providers
from wzrd.runs.finish import reopen
from wzrd.runtime.process import Runtime
from wzrd.storyboard import model_reading

pytestmark = pytest.mark.usefixtures("module_runtime")


@pytest.fixture(scope="module")
async def chat() -> AsyncGenerator[ChatServer]:
    """One scripted model."""
    async with chat_server() as made:
        yield made


@pytest.fixture(scope="module")
async def module_runtime(module_runtime: Runtime, chat: ChatServer) -> AsyncGenerator[Runtime]:
    """With the model's key."""
    module_runtime.providers = providers_for(chat)
    yield module_runtime
    await module_runtime.providers.aclose(grace=0.1)


async def reads(call: Call) -> None:
    """Answer with the scene that the question holds, a beat a paragraph."""
    await says(answer_text(call.body["messages"], json=True))(call)


@pytest.fixture(autouse=True)
def _clean(chat: ChatServer) -> None:
    chat.script.clear()
    chat.calls.clear()
    chat.seen.clear()
    chat.otherwise = reads


async def film(runtime: Runtime, scenes: int = 3) -> Studio:
    """A project whose scenes read differently."""
    studio = await make_studio(runtime, scenes=scenes)
    for number, scene_id in enumerate(studio.scene_ids, 1):
        await rewrite(runtime, scene_id, f"MARA counts to {number}. She sits.")
    return studio


async def rewrite(runtime: Runtime, scene_id: uuid.UUID, words: str) -> None:
    async with runtime.begin() as tx:
        await tx.execute(
            text("update public.scenes set description = :words where id = :id"), {"words": words, "id": scene_id}
        )


def params(studio: Studio, **more: Any) -> ReadingParams:
    return ReadingParams(user_id=studio.user_id, project_id=str(studio.project_id), **more)


async def read(runtime: Runtime, studio: Studio, **more: Any) -> tuple[uuid.UUID, str | None]:
    started = await start_reading(runtime, params(studio, **more))
    return started.run_id, await run_once(runtime, started.run_id)


async def test_each_scene_is_asked_and_paid_once(runtime: Runtime, chat: ChatServer) -> None:
    """The plan's price is the charge; what was read counts; read again nothing is asked, and of an edit only it."""
    studio = await film(runtime)
    plan = await plan_reading(runtime, params(studio))
    assert (plan.total, plan.queued, plan.estimated_credits) == (3, 3, 3 * plan.credits)
    before = await balance(runtime, studio.user_id)
    run_id, status = await read(runtime, studio)
    assert (status, len(chat.calls)) == ("succeeded", 3)
    assert before - await balance(runtime, studio.user_id) == plan.estimated_credits > 0
    found = await open_breakdown(runtime, studio.project_id)
    assert (found.edits.version, found.edits.reader) == (1, plan.model)
    assert [[beat.span for beat in scene.beats] for scene in found.whole.scenes] == [
        [f"MARA counts to {number}.", "She sits."] for number in (1, 2, 3)
    ]
    assert (await log_of(runtime, run_id))[-1][1] == {
        "runId": str(run_id), "status": "succeeded", "completed": 3, "total": 3, "failed": 0, "mended": 0,
        "spent": plan.estimated_credits,
    }  # fmt: skip
    assert (await plan_reading(runtime, params(studio))).queued == 0
    await rewrite(runtime, studio.scene_ids[1], "MARA waits.")
    assert (await plan_reading(runtime, params(studio))).queued == 1
    await read(runtime, studio)
    assert len(chat.calls) == 4
    assert (await open_breakdown(runtime, studio.project_id)).whole.scenes[1].beats[0].span == "MARA waits."
    assert await broken_promises(runtime) == []


async def test_the_question_has_schema_people_and_text(runtime: Runtime, chat: ChatServer) -> None:
    """Strict JSON by schema; whoever is known so far; the scene as material."""
    studio = await film(runtime, 1)
    await read(runtime, studio)
    (call,) = chat.calls
    form = call.body["response_format"]
    assert (form["type"], form["json_schema"]["strict"]) == ("json_schema", True)
    asked = call.body["messages"][-1]["content"]
    assert "MARA: Mara" in asked
    assert "MARA counts to 1." in asked.partition("<scene>")[2]


async def test_a_faulty_answer_is_asked_for_once_more(runtime: Runtime, chat: ChatServer) -> None:
    """The better one counts, at one price; what it lacks the rules fill, and it is told."""
    studio = await film(runtime, 1)
    beats = [{"span": "Bob flies.", "who": ["BOB"]}, {"span": "MARA counts to 1.", "who": ["MARA"], "act": "speak"}]
    strange = json.dumps({"scene": {"number": 1, "beats": beats}})
    chat.script.extend([says("I cannot."), says(strange)])
    before = await balance(runtime, studio.user_id)
    run_id, status = await read(runtime, studio)
    assert (status, len(chat.calls), before - await balance(runtime, studio.user_id)) == ("succeeded", 2, 1)
    (told,) = [data for _, data in await log_of(runtime, run_id) if data.get("status") == "completed"]
    assert any("Bob flies." in fault for fault in told["faults"])
    found = await open_breakdown(runtime, studio.project_id)
    assert [beat.act for beat in found.whole.scenes[0].beats] == ["speak", "sit"]  # the second as the rules have it
    assert (await plan_reading(runtime, params(studio))).queued == 0


@pytest.mark.parametrize("place", ["before_step_commit", "after_step_commit", "before_shot", "after_store"])
async def test_an_interrupted_reading_goes_on(runtime: Runtime, chat: ChatServer, place: str) -> None:
    """Wherever it is interrupted, no scene is asked or paid twice."""
    for number in range(1, 5):
        chat.calls.clear()
        studio = await make_studio(runtime, scenes=2)
        for at, scene_id in enumerate(studio.scene_ids):
            await rewrite(runtime, scene_id, f"MARA counts to {uuid.uuid4()} and {at}.")
        before = await balance(runtime, studio.user_id)
        started = await start_reading(runtime, params(studio))
        async with armed(f"{place}@{number}=raise"):
            status, _ = await run_until_ended(runtime, started.run_id)
        assert (status, len(chat.calls)) == ("succeeded", 2)
        assert before - await balance(runtime, studio.user_id) == 2
        assert (await open_breakdown(runtime, studio.project_id)).edits.reader
    assert await broken_promises(runtime) == []


async def test_a_refused_scene_is_read_by_rule(runtime: Runtime, chat: ChatServer) -> None:
    """It fails alone, costs nothing, and its run can be tried again; the others count."""
    studio = await film(runtime, 2)
    chat.script.extend([refuses(400), reads])
    before = await balance(runtime, studio.user_id)
    run_id, status = await read(runtime, studio)
    assert (status, before - await balance(runtime, studio.user_id)) == ("partial", 1)
    assert (await plan_reading(runtime, params(studio))).queued == 1
    await reopen(runtime, run_id, user_id=studio.user_id)
    assert await run_once(runtime, run_id) == "succeeded"
    assert before - await balance(runtime, studio.user_id) == 2


async def test_shots_are_written_from_what_was_read(runtime: Runtime, chat: ChatServer) -> None:
    """By nobody else, at gen-shots' own count and price; a scene that is read by rule the model writes, as ever."""
    studio = await film(runtime, 1)
    await read(runtime, studio)
    before, asked = await balance(runtime, studio.user_id), len(chat.calls)
    run_id = await opened(runtime, studio)
    assert await run_once(runtime, run_id) == "succeeded"
    assert (len(chat.calls) - asked, before - await balance(runtime, studio.user_id)) == (0, 2)
    done = (await log_of(runtime, run_id))[-1][1]
    assert (done["total"], "fallbackUsed" in done) == (3, False)
    async with runtime.begin() as tx:
        statement = text("select shot_packet from public.shots where project_id = :id")
        packets = (await tx.execute(statement, {"id": studio.project_id})).scalars().all()
    assert all(packet["shot"]["brief"] for packet in packets)
    await rewrite(runtime, studio.scene_ids[0], "MARA waits.")
    await run_once(runtime, await opened(runtime, studio))
    assert len(chat.calls) > asked


async def test_an_edit_stands_over_a_later_reading(runtime: Runtime, chat: ChatServer) -> None:
    """The edited scene is not asked for, and nobody edits from what was before the reading."""
    studio = await film(runtime, 2)
    now = await open_breakdown(runtime, studio.project_id)
    own = SceneBreakdown(number=1, beats=(Beat(span="She sits.", act="kneel_beside"),))
    async with runtime.begin() as tx:
        await keep_edits(tx, now, Breakdown(scenes=(own,)), version=0)
    await read(runtime, studio)
    assert len(chat.calls) == 1
    found = await open_breakdown(runtime, studio.project_id)
    assert (found.edits.version, found.edited) == (2, [1])
    assert [beat.act for beat in found.whole.scenes[0].beats] == ["kneel_beside"]
    assert found.whole.scenes[1].beats[0].weight == "decisive"  # the model's


async def test_two_requests_at_once_are_one_run(runtime: Runtime, chat: ChatServer) -> None:
    """The second joins what is under way; beyond its credits nothing begins."""
    studio = await film(runtime, 2)
    with pytest.raises(BadRequest, match="costs 2 credits, more than maxCredits 1"):
        await start_reading(runtime, params(studio, max_credits=1))
    first, second = await start_reading(runtime, params(studio)), await start_reading(runtime, params(studio))
    assert (first.run_id, second.created) == (second.run_id, False)
    await run_once(runtime, first.run_id)
    assert len(chat.calls) == 2


async def test_two_processes_ask_once(runtime: Runtime, chat: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two requests of their own keys, each with locks of its own: a scene is asked by one, and paid once."""

    def own_lock(_key: str) -> asyncio.Lock:
        return asyncio.Lock()

    monkeypatch.setattr(model_reading, "turn", own_lock)
    studio = await film(runtime, 2)
    before = await balance(runtime, studio.user_id)
    starts = [await start_reading(runtime, params(studio, request_id=str(uuid.uuid4()))) for _ in range(2)]

    async def reads_when_both_read(call: Call) -> None:
        async for _ in looks(every=0.02):
            async with runtime.begin() as tx:
                items = [await list_items(tx, one.run_id) for one in starts]
            if all(any(item.status != "pending" for item in of_run) for of_run in items):
                break
        await reads(call)

    chat.otherwise = reads_when_both_read
    ends = await asyncio.gather(*(run_once(runtime, one.run_id) for one in starts))
    assert (ends, len(chat.calls)) == (["succeeded", "succeeded"], 2)
    assert before - await balance(runtime, studio.user_id) == 2
    assert await broken_promises(runtime) == []


async def test_a_deleted_scene_is_no_failure_of_the_others(runtime: Runtime, chat: ChatServer) -> None:
    """Its item ends, unpaid."""
    studio = await film(runtime, 2)
    started = await start_reading(runtime, params(studio))
    async with runtime.begin() as tx:
        await tx.execute(text("delete from public.scenes where id = :id"), {"id": studio.scene_ids[0]})
    assert await run_once(runtime, started.run_id) == "partial"
    assert len(chat.calls) == 1
    assert await broken_promises(runtime) == []


async def test_without_a_key_it_is_told(runtime: Runtime) -> None:
    """Before anything begins; the rules need none."""
    studio = await film(runtime, 1)
    keyless = with_settings(runtime)
    keyless.providers = Providers([])
    with pytest.raises(NotConfigured, match="the rules read without a key"):
        await start_reading(keyless, params(studio))
