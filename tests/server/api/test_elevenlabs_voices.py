"""elevenlabs-voices over application and fake: the list, a clone, and what is refused before anybody is asked."""

import base64
from typing import Any

import pytest

from server.fakes.media import MediaMaker
from server.fakes.script import Behaviour
from server.fakes.shapes import Shape
from server.stack import postgres
from tests.server.api.text_server import TextServer, open_text_server

VOICES = "/functions/v1/elevenlabs-voices"


async def ask(texts: TextServer, **body: Any) -> Any:
    return await texts.client.post(VOICES, json=body, headers=texts.headers)


async def sample() -> str:
    return base64.b64encode(await MediaMaker().make(Shape("audio", seconds=1.0), "mp3", "00112233")).decode()


async def test_a_list_and_a_clone(texts: TextServer) -> None:
    """The account's voices; a cloned one is among them and can be spoken with."""
    told = (await ask(texts, action="list")).json()
    assert "JBFqnCBsd6RMkjVDRZzb" in [voice["voice_id"] for voice in told["voices"]]
    assert (await ask(texts)).json() == told
    made = await ask(texts, action="clone", name="Mára", audioBase64=await sample(), audioFileName="a.mp3")
    body = made.json()
    assert (made.status_code, body["success"], body["voice"]["name"]) == (200, True, "Mára"), body
    assert body["voice_id"] in [voice["voice_id"] for voice in (await ask(texts, action="list")).json()["voices"]]
    spoken = await texts.ask("/functions/v1/elevenlabs-tts", "Hello.", voiceId=body["voice_id"])
    assert spoken.status_code == 200


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"action": "delete"}, "Unknown action"),
        ({"action": "clone"}, "name is required"),
        ({"action": "clone", "name": "a", "audioFileName": "b"}, "audioBase64 is required"),
        ({"action": "clone", "name": "a", "audioBase64": "AAAA"}, "audioFileName is required"),
        ({"action": "clone", "name": "a", "audioBase64": "?", "audioFileName": "b"}, "no base64"),
        ({"action": "clone", "name": "a", "audioBase64": "PGh0bWw+", "audioFileName": "b"}, "holds no sound"),
        ({"action": 7}, "action"),
    ],
)
async def test_what_is_refused(texts: TextServer, body: dict[str, Any], told: str) -> None:
    """400 in the shared envelope, naming what is wrong."""
    answer = await ask(texts, **body)
    assert (answer.status_code, set(answer.json())) == (400, {"error", "details", "timestamp"})
    assert told in answer.json()["error"]


async def test_errors_of_the_account(texts: TextServer, cluster: postgres.Cluster) -> None:
    """Without a token 401; a key that is refused says which; without a key the documented 500."""
    assert (await texts.client.post(VOICES, json={})).status_code == 401
    async with open_text_server(cluster, ELEVENLABS_API_KEY="") as other:
        answer = await ask(other, action="list")
        assert (answer.status_code, answer.json()["error"]) == (500, "ElevenLabs API key not configured")
        await other.fakes.script(Behaviour())
