"""Who writes a run's shots: the model, the model again, then the offline writer; an answer is used once."""

import asyncio
import uuid
from collections.abc import AsyncGenerator

import pytest

from tests.fakes.chat import Act, ChatServer, breaks_off, chat_server, hangs, refuses, says
from tests.generation.claimed import armed, providers_for
from tests.playing import log_of, opened, run_once, run_until_ended
from tests.rows import Studio, balance, make_studio
from tests.server.served import with_settings
from tests.tasks.written_shots import answer, check_whole, rows_of
from tests.waiting import looks
from wzrd.db.runs import find_run
from wzrd.runs.finish import cancel, reopen
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

IDEAS = [
    "Wide shot of the lamp room at night, rain streaking the glass.",
    "Close-up of Mara's hand wiping the great lens.",
    "Insert of a folded letter under the lamp.",
    "Over-the-shoulder on Mara as the door opens.",
]


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


@pytest.fixture(autouse=True)
def _clean(chat: ChatServer) -> None:
    chat.script.clear()
    chat.calls.clear()
    chat.seen.clear()
    chat.otherwise = None


async def written(runtime: Runtime, studio: Studio) -> list[str]:
    return [row.prompt_idea for row in await rows_of(runtime, studio)]


async def done(runtime: Runtime, run_id: uuid.UUID) -> tuple[bool, str | None]:
    last = (await log_of(runtime, run_id))[-1][1]
    return last.get("fallbackUsed", False), last.get("fallbackReason")


@pytest.mark.parametrize(
    ("script", "submits", "by_model", "reason"),
    [
        ([says(answer(*IDEAS[:3]))], 1, 3, None),
        ([says(answer(*IDEAS))], 1, 3, None),
        ([says(answer(*IDEAS[:1])), says(answer(*IDEAS[1:3]))], 2, 3, None),
        ([says(answer(*IDEAS[:1] * 3)), says(answer(*IDEAS[:3]))], 2, 3, None),
        ([breaks_off(answer(*IDEAS[:3])[:80]), says(answer(*IDEAS[1:3]))], 2, 3, None),
        ([says(answer(*IDEAS[:1])), says(answer(IDEAS[0]))], 2, 1, "short_answer"),
        ([says("I cannot."), says("")], 2, 0, "short_answer"),
        ([refuses(400), refuses(400)], 2, 0, "provider_rejected"),
    ],
)
async def test_exactly_the_wanted_shots_whatever_the_model_says(
    runtime: Runtime, chat: ChatServer, script: list[Act], submits: int, by_model: int, reason: str | None
) -> None:
    """Too few are asked for once more, too many are left out, the rest the offline writer writes and `done` says so."""
    chat.script.extend(script)
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    assert await run_once(runtime, run_id) == "succeeded"
    await check_whole(runtime, run_id, 3)
    ideas = await written(runtime, studio)
    assert ideas[:by_model] == IDEAS[:by_model]
    assert len(set(ideas)) == 3
    assert (chat.submits, await done(runtime, run_id)) == (submits, (reason is not None, reason))
    assert await balance(runtime, studio.user_id) == 98


async def test_a_second_run_knows_the_shots_of_the_first(runtime: Runtime, chat: ChatServer) -> None:
    """Continuity: what stands in the scene, and what this run has drafted, is in the question."""
    chat.script += [says(answer(*IDEAS[:1])), says(answer(IDEAS[1])), says(answer(IDEAS[2]))]
    studio = await make_studio(runtime)
    await run_once(runtime, await opened(runtime, studio, count=1))
    await run_once(runtime, await opened(runtime, studio, count=2))
    questions = [str(call.body["messages"]) for call in chat.calls]
    assert [IDEAS[0] in question for question in questions] == [False, True, True]
    assert [IDEAS[1] in question for question in questions] == [False, False, True]


async def test_offline_always_asks_nobody(runtime: Runtime, chat: ChatServer) -> None:
    """Although a key is there."""
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    assert await run_once(with_settings(runtime, offline="always"), run_id) == "succeeded"
    assert (chat.submits, await done(runtime, run_id)) == (0, (True, "offline_always"))


async def test_without_a_key_and_without_leave_to_fall_back(runtime: Runtime) -> None:
    """WZRD_OFFLINE=never: an error that names the provider, no shots left behind, the hold released."""
    async with chat_server() as nobody:
        bare = with_settings(runtime, offline="never")
        bare.providers = type(runtime.providers)()
        studio = await make_studio(runtime)
        run_id = await opened(runtime, studio)
        assert await run_once(bare, run_id) == "failed"
        assert nobody.submits == 0
    name, data = (await log_of(runtime, run_id))[-1]
    assert (name, data["error"]) == ("error", "groq has no API key here")
    assert await rows_of(runtime, studio) == []
    assert await balance(runtime, studio.user_id) == 100


async def test_a_retry_after_bad_answers_asks_anew(runtime: Runtime, chat: ChatServer) -> None:
    """Falling back is forbidden: what was drafted is kept and charged, and the retry is not told the same nonsense."""
    strict = with_settings(runtime, offline="never")
    chat.script += [says("No."), says(answer(IDEAS[0])), says(answer(*IDEAS[1:3]))]
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    assert await run_once(strict, run_id) == "partial"
    async with runtime.begin() as tx:
        run = await find_run(tx, run_id)
    assert run is not None
    assert (run.error or "").startswith("groq did not write 2 of the shots")
    await reopen(runtime, run_id)
    assert await run_once(strict, run_id) == "succeeded"
    assert chat.submits == 3
    assert sorted(await written(runtime, studio)) == sorted(IDEAS[:3])
    assert await balance(runtime, studio.user_id) == 98


@pytest.mark.parametrize("step", range(1, 11))
async def test_an_answer_heard_again_after_a_resume_is_used_once(runtime: Runtime, chat: ChatServer, step: int) -> None:
    """Interrupted at any step of two questions: no third submit, no idea twice, none left out."""
    chat.script += [says(answer(*IDEAS[:2])), says(answer(*IDEAS[1:3]))]
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio)
    async with armed(f"before_step_commit@{step}=raise"):
        status, interrupted = await run_until_ended(runtime, run_id)
    assert (status, interrupted) == ("succeeded", 1)
    await check_whole(runtime, run_id, 3)
    assert await written(runtime, studio) == IDEAS[:3]
    assert (chat.submits, await done(runtime, run_id)) == (2, (False, None))
    assert await balance(runtime, studio.user_id) == 98


async def test_a_cancel_while_the_model_writes(runtime: Runtime, chat: ChatServer) -> None:
    """Shots that were delivered stay and are charged; blank rows go; the model is hung up on."""
    whole = answer(*IDEAS)
    chat.script.append(hangs(after=[whole[: whole.index(IDEAS[1]) + 5]]))
    studio = await make_studio(runtime)
    run_id = await opened(runtime, studio, count=4)
    playing = asyncio.create_task(run_once(runtime, run_id))
    async for _ in looks():
        if any(data.get("status") == "ready" for _, data in await log_of(runtime, run_id)):
            break
    await cancel(runtime, run_id, studio.user_id)
    runtime.leases.cancel(run_id)
    assert await playing == "canceled"
    assert await written(runtime, studio) == IDEAS[:1]
    assert await balance(runtime, studio.user_id) == 99
    assert not runtime.providers.in_flight
