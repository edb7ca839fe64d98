"""Speech, effects and music without a key: real files, free, and said to be so."""

from typing import Any

import httpx
import pytest

from server.stack import postgres
from tests.rows import balance
from tests.server.api.generate_server import GenerateServer, open_generate_server
from wzrd.media.mp3 import read_mp3

ENVIRONMENT = {"ELEVENLABS_API_KEY": ""}

TTS, SFX, MUSIC = (f"/functions/v1/elevenlabs-{name}" for name in ("tts", "sfx", "music"))
SAID = {TTS: {"text": "Hello there."}, SFX: {"prompt": "a door slams"}, MUSIC: {"prompt": "calm", "duration": 4}}


async def ask(server: GenerateServer, user: Any, path: str, **more: Any) -> httpx.Response:
    return await server.post(user, {**SAID[path], **more}, path)


@pytest.mark.parametrize("path", [TTS, SFX, MUSIC])
async def test_a_stand_in(server: GenerateServer, path: str) -> None:
    """A real MP3, for nothing, and the run says that it is one and why; the same request again is the same bytes."""
    studio = await server.maker(funds=0)
    answer = await ask(server, studio.user_id, path, requestId="id")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg"), answer.text
    seconds = read_mp3(answer.content).seconds
    assert seconds == pytest.approx({TTS: 0.8, SFX: 5.0, MUSIC: 4.0}[path], abs=0.6)
    view = await server.view(studio.user_id, answer.headers["x-run-id"])
    result = view["result"]
    assert (result["fallbackUsed"], result["fallbackReason"]) == (True, "no_credentials:elevenlabs")
    assert (result["resolvedModel"], result["durationSeconds"]) == ("animatic/audio", pytest.approx(seconds, abs=0.1))
    if path == TTS:
        assert [word["text"] for word in result["raw"]["words"]] == ["Hello", "there."]
    assert (await ask(server, studio.user_id, path, requestId="id")).content == answer.content
    assert await balance(server.runtime, studio.user_id) == 0
    assert await server.fakes.paid_submits() == []


async def test_voices_can_be_told_apart(server: GenerateServer) -> None:
    """Two voices say the same in two ways, each always in its own."""
    studio = await server.maker()
    first, second, third = [
        (await ask(server, studio.user_id, TTS, voiceId=voice)).content for voice in ("abc", "xyz", "abc")
    ]
    assert first == third != second


async def test_never(cluster: postgres.Cluster) -> None:
    """WZRD_OFFLINE=never: the documented 500, and nothing stands in."""
    async with open_generate_server(cluster, ELEVENLABS_API_KEY="", WZRD_OFFLINE="never") as server:
        studio = await server.maker()
        for path in SAID:
            answer = await ask(server, studio.user_id, path)
            told = {"error": "ElevenLabs API key not configured"}
            assert (answer.status_code, answer.json()) == (500, told)
        assert await server.runs(studio) == []


async def test_by_fal_stream(server: GenerateServer) -> None:
    """The stand-in can be asked for by its name, and streams as any other model."""
    studio = await server.maker()
    body = {"modelId": "animatic/audio", "inputs": {"prompt": "Hello there."}}
    assert (await server.stream(studio.user_id, body))[-1]["type"] == "done"
