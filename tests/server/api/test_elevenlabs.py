"""elevenlabs-tts, -sfx and -music over application and fakes: the sound itself, stored, paid once; every error."""

import asyncio
from typing import Any

import httpx
import pytest

from server.fakes.script import Behaviour
from tests.generation.claimed import armed
from tests.rows import Studio, balance
from tests.server.api.generate_server import GenerateServer
from tests.waiting import answer_of
from wzrd.media.mp3 import read_mp3
from wzrd.storage.local import LocalStorage

ENVIRONMENT = {"WZRD_LEASE_SECONDS": 2}

TTS, SFX, MUSIC, VOICES = (f"/functions/v1/elevenlabs-{name}" for name in ("tts", "sfx", "music", "voices"))
NAMES = {TTS: "TTS", SFX: "SFX", MUSIC: "Music"}
SAID = {TTS: {"text": "The lamp is out again."}, SFX: {"prompt": "a door"}, MUSIC: {"prompt": "slow", "duration": 3}}
EACH = pytest.mark.parametrize("path", [TTS, SFX, MUSIC])
INLINE = pytest.mark.parametrize("path", [TTS, SFX])


@pytest.fixture
async def studio(server: GenerateServer) -> Studio:
    return await server.maker()


async def ask(server: GenerateServer, studio: Studio, path: str, **more: Any) -> httpx.Response:
    return await server.post(studio.user_id, {**SAID[path], **more}, path)


async def stored(server: GenerateServer, url: str) -> bytes:
    place = server.runtime.storage.locate(url)
    assert place is not None
    async with server.runtime.storage.open(*place) as opened:
        return b"".join([chunk async for chunk in opened.chunks])


@EACH
async def test_a_sound_to_the_letter(server: GenerateServer, studio: Studio, path: str) -> None:
    """Raw `audio/mpeg`; the same bytes are stored; the run tells all of it; 4 credits, one submit."""
    answer = await ask(server, studio, path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg"), answer.text
    seconds = read_mp3(answer.content).seconds
    view = await server.view(studio.user_id, answer.headers["x-run-id"])
    result = view["result"]
    assert (view["status"], view["credits"]) == ("succeeded", {"held": 0, "charged": 4})
    assert await stored(server, result["storageUrl"]) == answer.content
    assert result["durationSeconds"] == pytest.approx(seconds, abs=0.01)
    assert (result["mediaType"], result["fallbackUsed"]) == ("audio", False)
    assert (result["resolvedModel"], result["credits"]) == (path.rpartition("/")[2], 4)
    assert len(await server.fakes.paid_submits("elevenlabs")) == 1
    assert await balance(server.runtime, studio.user_id) == 96


async def test_words_and_their_times(server: GenerateServer, studio: Studio) -> None:
    """Captions come free: each word with its seconds, in order, within the sound."""
    answer = await ask(server, studio, TTS, voiceId="EXAVITQu4vr4xnSDxMaL", modelId="eleven_flash_v2_5")
    result = (await server.view(studio.user_id, answer.headers["x-run-id"]))["result"]
    words = result["raw"]["words"]
    assert [word["text"] for word in words] == ["The", "lamp", "is", "out", "again."]
    times = [time for word in words for time in (word["start"], word["end"])]
    assert times == sorted(times)
    assert times[-1] <= result["durationSeconds"] + 0.1
    (submit,) = await server.fakes.paid_submits("elevenlabs")
    assert submit.model == "eleven_flash_v2_5"


BAD: list[tuple[str, dict[str, Any], str]] = [
    (TTS, {"text": ""}, "Text is required"),
    (TTS, {"text": "   "}, "Text is required"),
    (SFX, {"prompt": None}, "Prompt is required"),
    (MUSIC, {"prompt": ""}, "Prompt is required"),
    (TTS, {"text": "a" * 10_001}, "10001 characters, and eleven_multilingual_v2 takes 10000"),
    (TTS, {"text": "a" * 5_001, "modelId": "eleven_v3"}, "eleven_v3 takes 5000"),
    (SFX, {"prompt": "a" * 451}, "451 characters, and elevenlabs-sfx takes 450"),
    (MUSIC, {"prompt": "a" * 4_101}, "takes 4100"),
    (MUSIC, {"duration": 0}, "duration is 0: music lasts 3 to 600"),
    (MUSIC, {"duration": 10_000}, "duration is 10000: music lasts 3 to 600"),
    (MUSIC, {"duration": -1}, "duration is -1"),
    (MUSIC, {"duration": "long"}, "duration"),
    (SFX, {"duration": [1]}, "duration"),
    (TTS, {"voiceId": "../../v1/user"}, "voiceId is '../../v1/user'"),
    (TTS, {"voiceId": "a?b=c"}, "voiceId is 'a?b=c'"),
    (TTS, {"modelId": "x/y"}, "modelId is 'x/y'"),
    (TTS, {"text": 7}, "text"),
    (TTS, {"outputConfig": {"storageBucket": "secrets"}}, "secrets"),
    (TTS, {"outputConfig": {"storagePathPrefix": "../.."}}, "path"),
    (TTS, {"maxCredits": 3}, "costs 4 credits here, more than maxCredits 3"),
]


@pytest.mark.parametrize(("path", "body", "told"), BAD)
async def test_bad_input(server: GenerateServer, studio: Studio, path: str, body: dict[str, Any], told: str) -> None:
    """400 in `{error}`, naming value and limit; nothing sent, nothing held, no run."""
    answer = await ask(server, studio, path, **body)
    assert answer.status_code == 400, answer.text
    assert told in answer.json()["error"]
    assert (await server.runs(studio), await server.fakes.paid_submits()) == ([], [])
    assert await balance(server.runtime, studio.user_id) == 100


@pytest.mark.parametrize(("duration", "sent"), [(0, 0.5), (100, 22), (None, 5), (7.5, 7.5)])
async def test_an_effects_length_is_brought_within_bounds(
    server: GenerateServer, studio: Studio, duration: float | None, sent: float
) -> None:
    """0.5 to 22 seconds, as the original did; 5 when nothing is said."""
    answer = await ask(server, studio, SFX, duration=duration)
    assert read_mp3(answer.content).seconds == pytest.approx(sent, abs=0.2)


async def test_a_voice_that_does_not_exist(server: GenerateServer, studio: Studio) -> None:
    """The provider's own status and words; nothing charged, nothing stored."""
    answer = await ask(server, studio, TTS, voiceId="nobody")
    assert answer.status_code == 404
    assert answer.json()["error"].startswith("TTS generation failed: elevenlabs answered 404: A voice")
    view = await server.view(studio.user_id, answer.headers["x-run-id"])
    assert (view["status"], view["credits"]) == ("failed", {"held": 0, "charged": 0})
    assert await balance(server.runtime, studio.user_id) == 100


@EACH
@pytest.mark.parametrize("status", [401, 402, 422, 500])
async def test_a_refusal_has_the_providers_status(
    server: GenerateServer, studio: Studio, path: str, status: int
) -> None:
    """`<what> generation failed: <provider's words>`; a 5xx may have been accepted and is a 504 in the end."""
    await server.fakes.script(Behaviour(status=status, times=0, provider="elevenlabs"))
    answer = await ask(server, studio, path)
    assert answer.status_code == (504 if status == 500 else status), answer.text
    assert answer.json()["error"].startswith(f"{NAMES[path]} generation failed: ")
    assert await balance(server.runtime, studio.user_id) == 100


@INLINE
async def test_two_kinds_of_429(server: GenerateServer, studio: Studio, path: str) -> None:
    """Ours too many at once: fewer go out from then on. Everybody's: only a pause. Both are sent again, paid once."""
    lane = server.runtime.providers._lanes["elevenlabs", "audio"]
    before = lane.limit.count
    await server.fakes.script(Behaviour(status=429, text="system_busy"))
    assert (await ask(server, studio, path)).status_code == 200
    assert lane.limit.count >= before
    lane.limit._halved_at = None
    await server.fakes.script(Behaviour(status=429))
    assert (await ask(server, studio, path)).status_code == 200
    assert lane.limit.count <= max(1, lane.limit._limit, before // 2 + 1)
    assert len(await server.fakes.paid_submits("elevenlabs")) == 2
    assert await balance(server.runtime, studio.user_id) == 92


@EACH
async def test_a_lost_answer_is_sent_again_once(server: GenerateServer, studio: Studio, path: str) -> None:
    """Two submits on record, one charge; lost twice, the documented code and nothing charged."""
    await server.fakes.script(Behaviour(reply="dropped", provider="elevenlabs"))
    assert (await ask(server, studio, path)).status_code == 200
    assert (len(await server.fakes.paid_submits("elevenlabs")), await balance(server.runtime, studio.user_id)) == (
        2,
        96,
    )
    await server.fakes.script(Behaviour(reply="dropped", provider="elevenlabs", times=2))
    answer = await ask(server, studio, path)
    assert (answer.status_code, answer.json()["code"]) == (504, "provider_outcome_unknown")
    assert await balance(server.runtime, studio.user_id) == 96


@EACH
async def test_the_same_id(server: GenerateServer, studio: Studio, path: str) -> None:
    """Five at once and one later: one run, one submit, one charge, the same bytes; other words are refused."""
    answers = await asyncio.gather(*(ask(server, studio, path, requestId="id") for _ in range(5)))
    answers.append(await ask(server, studio, path, requestId="id"))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["x-run-id"] for answer in answers}) == 1
    other = await server.post(studio.user_id, {**SAID[path], "prompt": "x", "text": "y", "requestId": "id"}, path)
    assert other.status_code == 409
    assert (len(await server.fakes.paid_submits("elevenlabs")), await balance(server.runtime, studio.user_id)) == (
        1,
        96,
    )


@EACH
async def test_no_credits(server: GenerateServer, path: str) -> None:
    """The 402 of everywhere; nothing is sent."""
    poor = await server.maker(funds=3)
    answer = await ask(server, poor, path)
    body = answer.json()
    assert (answer.status_code, body["code"], body["required"], body["available"]) == (
        402, "insufficient_credits", 4, 3,
    )  # fmt: skip
    assert await server.fakes.paid_submits() == []


@EACH
async def test_who_is_asked(server: GenerateServer, path: str) -> None:
    """Nobody without a token."""
    answer = await server.client.post(path, json=SAID[path])
    assert (answer.status_code, list(answer.json())) == (401, ["error"])


async def test_a_full_store(server: GenerateServer, studio: Studio) -> None:
    """It was made and there is no room for it: said so, nothing charged, the submit is on record as failed."""
    storage = server.runtime.storage
    assert isinstance(storage, LocalStorage)
    most, storage.max_bytes = storage.max_bytes, 100
    try:
        answer = await ask(server, studio, TTS)
    finally:
        storage.max_bytes = most
    assert answer.status_code in {413, 507}, answer.text
    assert await balance(server.runtime, studio.user_id) == 100


@INLINE
@pytest.mark.parametrize("place", ["before_send", "before_store", "after_store", "before_settle_commit"])
async def test_a_fault_leaves_nothing_behind(server: GenerateServer, studio: Studio, path: str, place: str) -> None:
    """Whatever breaks inside: the run ends as failed by the upkeep, and nothing is charged or held."""
    async with armed(f"{place}=raise"):
        answer = await ask(server, studio, path)
    assert answer.status_code in {500, 503}, answer.text
    view = await answer_of(
        lambda: server.view(studio.user_id, answer.headers["x-run-id"]),
        lambda view: view["status"] != "running",
        every=0.1,
    )
    assert (view["status"], view["credits"]) == ("failed", {"held": 0, "charged": 0})
    assert await balance(server.runtime, studio.user_id) == 100


@pytest.mark.parametrize("place", ["before_send", "after_send", "before_store", "after_store", "before_output"])
async def test_music_is_resumed(server: GenerateServer, studio: Studio, place: str) -> None:
    """A worker that breaks anywhere: resumed, sent again once at most, charged once, and the sound is there."""
    async with armed(f"{place}@1=raise"):
        answer = await ask(server, studio, MUSIC)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg"), answer.text
    assert len(await server.fakes.paid_submits("elevenlabs")) <= 2
    assert await balance(server.runtime, studio.user_id) == 96
