"""POST /functions/v1/director-cut with paid voices: price and reasons told, 400 and 402 before anything stands."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.api.app import create_app
from server.fakes import open_fakes
from tests.server.api.test_director_cut_fal import PATH, untouched
from tests.server.served import bearer
from tests.tasks.cut_project import FUNDS, FalRig, open_fal_rig
from wzrd.animatic.provider import Animatic
from wzrd.operations.voice_casting import line_price
from wzrd.providers.registry import Adapters
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

SARAH = "EXAVITQu4vr4xnSDxMaL"


@pytest.fixture
async def rig(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[FalRig]:
    """A project of two stills with a line each, and ElevenLabs on a good day."""
    async with open_fakes() as fakes, open_fal_rig(runtime, fakes, tmp_path / "home") as made:
        for shade, words in ((10, "Who is there?"), (60, "Nobody.")):
            await made.cut.shot(image_url=await made.cut.still(shade), dialogue=words)
        yield made


async def create(rig: FalRig, **settings: Any) -> tuple[int, dict[str, Any]]:
    body = {"action": "create", "projectId": str(rig.cut.studio.project_id), "settings": settings}
    transport = httpx.ASGITransport(create_app(rig.runtime))
    async with httpx.AsyncClient(transport=transport, base_url="http://wzrd.test") as client:
        answer = await client.post(PATH, json=body, headers=bearer(rig.cut.studio.user_id))
    return answer.status_code, answer.json()


async def test_the_price_is_told_and_held(rig: FalRig) -> None:
    """A line at the catalog's price; asked again while it runs it is that job, with another voice another."""
    status, reply = await create(rig, voices={"*": SARAH})
    assert (status, reply["estimatedCredits"], reply["fallbackUsed"]) == (200, 2 * line_price(), False)
    assert await rig.credits() == FUNDS - 2 * line_price()
    assert (await create(rig, voices={"*": SARAH}))[1]["jobId"] == reply["jobId"]
    assert (await create(rig, voices={"*": "other"}))[1]["jobId"] != reply["jobId"]
    silent = await create(rig, voices={"*": SARAH}, includeAudio=False)
    assert (silent[0], "estimatedCredits" in silent[1]) == (200, False)


BAD: list[tuple[dict[str, Any], str]] = [
    ({"voices": {"*": "a b"}}, "'a b' is no id"),
    ({"voices": {"": SARAH}}, "'' is no character's name"),
    ({"voices": {"NOBODY": SARAH}}, "nobody in this film is called 'nobody'"),
    ({"voices": {"*": 7}}, "voices"),
    ({"voices": [SARAH]}, "voices"),
    ({"voices": SARAH}, "voices"),
    ({"voices": {"*": SARAH}, "voiceModel": "../v2"}, "settings.voiceModel: '../v2' is no id"),
    ({"voices": {"*": SARAH}, "maxCredits": 1}, "more than settings.maxCredits 1"),
    ({"voices": {"*": SARAH}, "maxCredits": -1}, "axCredits"),
    ({"voices": {str(n): SARAH for n in range(201)}}, "201 voices"),
]


async def test_bad_voices(rig: FalRig) -> None:
    """400 that names the value; nothing is held, no run, no job."""
    for settings, words in BAD:
        status, reply = await create(rig, **settings)
        assert (status, words in reply["error"]) == (400, True), reply
    assert (await untouched(rig), await rig.credits()) == (True, FUNDS)


async def test_without_a_key(rig: FalRig) -> None:
    """The reason is in the answer and in the job; under WZRD_OFFLINE=never 501."""
    rig.runtime.providers.install(Adapters((Animatic(),)))
    rig.runtime.settings = rig.runtime.settings.model_copy(update={"offline": "never"})
    status, reply = await create(rig, voices={"*": SARAH})
    assert (status, reply["error"]) == (501, "ElevenLabs API key not configured")
    assert await untouched(rig)
    rig.runtime.settings = rig.runtime.settings.model_copy(update={"offline": "auto"})
    status, reply = await create(rig, voices={"*": SARAH})
    assert (status, reply["voiceFallbackReason"], "estimatedCredits" in reply) == (
        200,
        "no_credentials:elevenlabs",
        False,
    )
