"""generate-shot-audio over application and fakes: the shot's words spoken once, found again, joined, refused."""

import asyncio
import uuid
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from server.fakes.script import Behaviour
from tests.rows import Studio, balance
from tests.server.api.generate_server import GenerateServer
from tests.shots import insert_shot
from tests.waiting import looks
from wzrd.db.node_outputs import store_output
from wzrd.db.projects import lock_project
from wzrd.media.mp3 import read_mp3

AUDIO = "/functions/v1/generate-shot-audio"
SARAH = "EXAVITQu4vr4xnSDxMaL"


@pytest.fixture
async def studio(server: GenerateServer) -> Studio:
    return await server.maker()


async def shot_of(server: GenerateServer, studio: Studio, number: int = 1, **columns: Any) -> uuid.UUID:
    words = {"dialogue": "I kept it lit.", **columns}
    async with server.runtime.begin() as tx:
        return await insert_shot(tx, studio.project_id, studio.scene_ids[0], number, **words)


async def row_of(server: GenerateServer, shot_id: uuid.UUID) -> Any:
    async with server.runtime.begin() as tx:
        return (await tx.execute(text("select * from public.shots where id = :id"), {"id": shot_id})).one()


async def ask(server: GenerateServer, studio: Studio, shot_id: object, **body: Any) -> httpx.Response:
    return await server.post(studio.user_id, {"shot_id": str(shot_id), **body}, AUDIO)


async def paid(server: GenerateServer) -> list[str]:
    return [one.prompt for one in await server.fakes.paid_submits("elevenlabs")]


async def test_spoken_and_found_again(server: GenerateServer, studio: Studio) -> None:
    """The shot's sound is there and paid; the same again is free, from another shot too; another voice is not."""
    shot_id = await shot_of(server, studio)
    answer = await ask(server, studio, shot_id)
    body = answer.json()
    assert (answer.status_code, list(body)) == (200, ["message", "shot_id", "audio_url"]), body
    row = await row_of(server, shot_id)
    assert (row.audio_status, row.audio_url) == ("completed", body["audio_url"])
    sound = await server.client.get(body["audio_url"].partition("8787")[2])
    assert read_mp3(sound.content).seconds > 0.5
    view = await server.view(studio.user_id, answer.headers["x-run-id"])
    assert (view["status"], view["credits"]) == ("succeeded", {"held": 0, "charged": 4})
    other = await shot_of(server, studio, 2)
    for one in (shot_id, other):
        again = (await ask(server, studio, one)).json()
        assert (again["audio_url"], again["from_cache"]) == (body["audio_url"], True)
        assert again["message"] == "Audio retrieved from cache"
    assert (await row_of(server, other)).audio_url == body["audio_url"]
    assert (await paid(server), await balance(server.runtime, studio.user_id)) == (["I kept it lit."], 96)
    for more in ({"voice_id": SARAH}, {"model_id": "eleven_v3"}):
        assert "from_cache" not in (await ask(server, studio, shot_id, **more)).json()
    assert await balance(server.runtime, studio.user_id) == 88


async def test_the_whole_text_counts(server: GenerateServer, studio: Studio) -> None:
    """Two long texts that differ at their end alone are two sounds; a stranger's cache is a stranger's."""
    start = "The same beginning of a line. " * 4
    shots = [await shot_of(server, studio, at, dialogue=start + end) for at, end in ((1, "A"), (2, "B"))]
    urls = {(await ask(server, studio, one)).json()["audio_url"] for one in shots}
    assert len(urls) == 2
    other = await server.maker()
    theirs = await shot_of(server, other, dialogue=start + "A")
    assert "from_cache" not in (await ask(server, other, theirs)).json()


async def test_what_the_words_are(server: GenerateServer, studio: Studio) -> None:
    """The dialogue, else the idea; of neither there is nothing to say, for nothing."""
    idea = await shot_of(server, studio, dialogue=" ", prompt_idea="Rain on the lens.")
    silent = await shot_of(server, studio, 2, dialogue="", prompt_idea=None)
    assert (await ask(server, studio, idea)).status_code == 200
    told = (await ask(server, studio, silent)).json()
    assert told == {"message": "No text found for TTS.", "shot_id": str(silent), "audio_url": None}
    assert (await row_of(server, silent)).audio_status == "completed"
    assert await paid(server) == ["Rain on the lens."]


async def test_at_once(server: GenerateServer, studio: Studio) -> None:
    """Five calls at once are one run and one charge; another voice meanwhile is another run."""
    shot_id = await shot_of(server, studio)
    await server.fakes.script(Behaviour(seconds=0.3, provider="elevenlabs", times=2))
    answers = await asyncio.gather(
        *(ask(server, studio, shot_id) for _ in range(5)), ask(server, studio, shot_id, voice_id=SARAH)
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["audio_url"] for answer in answers}) == 2
    assert len(await paid(server)) == 2
    assert await balance(server.runtime, studio.user_id) == 92


async def test_spoken_while_a_call_waits_for_its_turn(server: GenerateServer, studio: Studio) -> None:
    """A call that found nothing, and no open run either, since that had just ended: the words are not spoken again."""
    first, second = await shot_of(server, studio), await shot_of(server, studio, 2)
    spoken = (await ask(server, studio, first)).json()["audio_url"]
    runtime = server.runtime
    async with runtime.begin() as tx:
        taken = text("delete from wzrd.node_outputs where user_id = :id returning cache_key, output")
        noted = (await tx.execute(taken, {"id": studio.user_id})).all()
    async with runtime.begin() as turn:
        await lock_project(turn, studio.project_id, user_id=None)
        calling = asyncio.create_task(ask(server, studio, second))
        waiting = text("""select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'""")
        async for _ in looks():
            if await turn.scalar(waiting):
                break
            await turn.execute(text("select pg_stat_clear_snapshot()"))
        async with runtime.begin() as tx:
            for row in noted:
                await store_output(tx, row.cache_key, studio.user_id, row.output)
    answer = (await calling).json()
    assert (answer["audio_url"], answer["from_cache"]) == (spoken, True)
    assert (len(await paid(server)), await balance(runtime, studio.user_id)) == (1, 96)


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"shot_id": ""}, 400, "shot_id is required"),
        ({"shot_id": str(uuid.uuid4())}, 404, "Shot not found"),
        ({"shot_id": "x"}, 404, "Shot not found"),
        ({"voice_id": "../v1"}, 400, "voiceId is '../v1'"),
        ({"maxCredits": 1}, 400, "costs 4 credits"),
        ({"voice_id": 7}, 400, "voice_id"),
    ],
)
async def test_what_is_refused(
    server: GenerateServer, studio: Studio, body: dict[str, Any], status: int, told: str
) -> None:
    """The shared envelope with the documented status; nothing sent, held or written."""
    shot_id = await shot_of(server, studio)
    answer = await server.post(studio.user_id, {"shot_id": str(shot_id), **body}, AUDIO)
    assert (answer.status_code, set(answer.json())) == (status, {"error", "details", "timestamp"}), answer.text
    assert told in answer.json()["error"]
    assert (await server.runs(studio), await paid(server)) == ([], [])


async def test_a_text_over_the_limit(server: GenerateServer, studio: Studio) -> None:
    """Named with the limit, before anything is held."""
    shot_id = await shot_of(server, studio, dialogue="a" * 10_001)
    answer = await ask(server, studio, shot_id)
    assert (answer.status_code, "takes 10000 at most" in answer.json()["error"]) == (400, True)
    assert await balance(server.runtime, studio.user_id) == 100


async def test_failures(server: GenerateServer, studio: Studio) -> None:
    """A provider's no is a 500 with its words, the shot says so, the hold is back; without credits a 402."""
    shot_id = await shot_of(server, studio)
    answer = await ask(server, studio, shot_id, voice_id="nobody")
    assert (answer.status_code, "was not found" in answer.json()["error"]) == (500, True), answer.text
    row = await row_of(server, shot_id)
    assert (row.audio_status, "was not found" in row.failure_reason) == ("failed", True)
    assert await balance(server.runtime, studio.user_id) == 100
    poor = await server.maker(funds=1)
    theirs = await shot_of(server, poor)
    refused = await ask(server, poor, theirs)
    assert (refused.status_code, refused.json()["code"]) == (402, "insufficient_credits")
    assert (await row_of(server, theirs)).audio_status == "failed"


async def test_a_strangers_shot(server: GenerateServer, studio: Studio) -> None:
    """Is not there."""
    other = await server.maker()
    assert (await ask(server, other, await shot_of(server, studio))).status_code == 404
