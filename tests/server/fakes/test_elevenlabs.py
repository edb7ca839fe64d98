"""The fake of ElevenLabs asked by its own client, unmodified; and what that client does not show.

The client is heavy to import, so it is imported by the fixture alone.
"""

import base64
from typing import Any

import httpx
import pytest

from server.fakes import Behaviour, Fakes
from server.fakes.elevenlabs import VOICES
from wzrd.media.mp3 import read_mp3
from wzrd.models.sounds import DEFAULT_VOICE


@pytest.fixture
def client(fakes: Fakes) -> Any:
    """The vendor's asynchronous client with nothing but key and address; it repeats nothing."""
    from elevenlabs.client import AsyncElevenLabs

    env = fakes.environment()
    return AsyncElevenLabs(api_key=env["ELEVENLABS_API_KEY"], base_url=env["ELEVENLABS_BASE_URL"])


async def whole(pieces: Any) -> bytes:
    return b"".join([piece async for piece in pieces])


async def test_the_vendors_own_client(fakes: Fakes, client: Any) -> None:
    """Speech raw and with its times, effects, music, voices and a clone: each parsed by the client, each paid once."""
    raw = await whole(client.text_to_speech.convert(DEFAULT_VOICE, text="Hello there."))
    timed = await client.text_to_speech.convert_with_timestamps(DEFAULT_VOICE, text="Hello there.")
    assert read_mp3(base64.b64decode(timed.audio_base_64)).seconds == read_mp3(raw).seconds
    assert "".join(timed.alignment.characters) == "Hello there."
    assert len(timed.alignment.character_end_times_seconds) == 12
    effect = await whole(client.text_to_sound_effects.convert(text="a door", duration_seconds=2.0))
    assert read_mp3(effect).seconds == pytest.approx(2.0, abs=0.2)
    music = await whole(client.music.compose(prompt="slow", music_length_ms=4_000))
    assert read_mp3(music).seconds == pytest.approx(4.0, abs=0.2)
    assert len(await fakes.paid_submits("elevenlabs")) == 4
    voices = (await client.voices.get_all()).voices
    assert DEFAULT_VOICE in [voice.voice_id for voice in voices]
    assert voices[0].labels["accent"] == "british"
    labels = {"accent", "description", "age", "gender", "use_case"}
    assert all(set(voice.labels) == labels and all(voice.labels.values()) for voice in voices)
    made = await client.voices.ivc.create(name="Mára", files=[("a.mp3", raw)])
    assert (await client.voices.get(made.voice_id)).name == "Mára"


async def test_the_rest_of_its_routes(fakes: Fakes, client: Any) -> None:
    """Times as a stream, another voice for what was said, music as a stream; voices by words and pages, and gone."""
    timed = [one async for one in client.text_to_speech.stream_with_timestamps(DEFAULT_VOICE, text="Hello there.")]
    assert "".join(timed[0].alignment.characters) == "Hello there."
    said = await whole(client.speech_to_speech.convert(DEFAULT_VOICE, audio=("a.mp3", b"said")))
    assert read_mp3(said).seconds > 1
    assert read_mp3(await whole(client.music.stream(prompt="slow", music_length_ms=4_000))).seconds > 3
    assert len(await fakes.paid_submits("elevenlabs")) == 3
    assert [one.name for one in (await client.voices.search(search="george")).voices] == ["George"]
    page = await client.voices.search(page_size=4)
    rest = await client.voices.search(page_size=4, next_page_token=page.next_page_token)
    assert (len(page.voices), len(rest.voices), page.has_more, rest.has_more) == (4, len(VOICES) - 4, True, False)
    made = await client.voices.ivc.create(name="Mára", files=[("a.mp3", b"x")])
    await client.voices.delete(made.voice_id)
    assert len((await client.voices.get_all()).voices) == len(VOICES)


async def test_every_voice_has_a_preview_that_plays(fakes: Fakes, client: Any, http: httpx.AsyncClient) -> None:
    """An address that anybody may read, without the key; another sound for each voice, a cloned one included."""
    sample = await whole(client.text_to_speech.convert(DEFAULT_VOICE, text="Hello there."))
    await client.voices.ivc.create(name="Mára", files=[("a.mp3", sample)])
    voices = (await client.voices.get_all()).voices
    previews = [await http.get(voice.preview_url) for voice in voices]
    assert {(answer.status_code, answer.headers["content-type"]) for answer in previews} == {(200, "audio/mpeg")}
    assert {round(read_mp3(answer.content).seconds) for answer in previews} == {2}
    assert len({answer.content for answer in previews}) == len(voices) == len(VOICES) + 1
    under_its_name = {"host": "api.elevenlabs.io", "xi-api-key": "k"}
    told = (await http.get(f"{fakes.base_url}/v1/voices", headers=under_its_name)).json()["voices"]
    assert all(voice["preview_url"].startswith("https://storage.googleapis.com/") for voice in told)


@pytest.mark.parametrize(
    ("status", "said", "detail"),
    [
        (429, None, "too_many_concurrent_requests"),
        (429, "system_busy", "system_busy"),
        (401, "quota_exceeded", "quota_exceeded"),
        (401, None, "invalid_api_key"),
    ],
)
async def test_refusals(fakes: Fakes, client: Any, status: int, said: str | None, detail: str) -> None:
    """The client's own error has the status, and which kind of it stands in the body; nothing was paid."""
    from elevenlabs.core.api_error import ApiError

    await fakes.script(Behaviour(status=status, text=said, times=0))
    with pytest.raises(ApiError) as caught:
        await client.text_to_speech.convert_with_timestamps(
            DEFAULT_VOICE, text="Hello.", request_options={"max_retries": 0}
        )
    assert (caught.value.status_code, caught.value.body["detail"]["status"]) == (status, detail)
    assert await fakes.paid_submits() == []


async def test_what_is_wrong_with_a_request(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """No key, no words, no such voice, lengths that there are none of, paths that nobody has: refused, unpaid."""
    base, key = fakes.environment()["ELEVENLABS_BASE_URL"], {"xi-api-key": "k"}
    speech = f"{base}/v1/text-to-speech/{DEFAULT_VOICE}"
    tried: list[tuple[str, object, dict[str, str], int]] = [
        (speech, {"text": "a"}, {}, 401),
        (speech, {"text": " "}, key, 422),
        (speech, [], key, 422),
        (f"{base}/v1/text-to-speech/nobody", {"text": "a"}, key, 404),
        (f"{base}/v1/music", {"prompt": "a", "music_length_ms": 10}, key, 422),
        (f"{base}/v1/sound-generation", {"text": "a", "duration_seconds": 31}, key, 422),
        (f"{base}/v1/nothing", {}, key, 404),
        (speech, {"text": "a"}, {"xi-api-key": "wrong"}, 401),
        (f"{speech}?output_format=flac", {"text": "a"}, key, 422),
        (f"{speech}?output_format=pcm_16000", {"text": "a"}, key, 400),
        (speech, {"text": "a" * 5_001, "model_id": "eleven_v3"}, key, 400),
        (speech, {"text": "a", "model_id": "eleven_multilingual_sts_v2"}, key, 400),
        (speech, {"text": "a", "voice_settings": {"speed": 1.5}}, key, 422),
        (speech, {"text": "a", "model_id": "eleven_v3", "voice_settings": {"stability": 0.6}}, key, 400),
        (speech, {"text": "a", "model_id": "eleven_v3", "previous_text": "b"}, key, 400),
        (speech, {"text": "a"}, {**key, "content-type": "text/plain"}, 422),
        (f"{base}/v1/music", {"prompt": "a" * 4_101}, key, 400),
        (f"{base}/v1/music", {"prompt": "a", "seed": 7}, key, 422),
        (f"{base}/v1/music", {"prompt": "a", "composition_plan": {"chunks": []}}, key, 422),
    ]
    for path, body, headers, status in tried:
        answer = await http.post(path, json=body, headers=headers)
        assert answer.status_code == status, path
        assert "message" in answer.text or "msg" in answer.text
    assert await fakes.paid_submits() == []
