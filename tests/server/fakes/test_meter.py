"""Plans against bills: what a price card plans, and what the fake's meter bills for the files that it delivered."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import httpx
import pytest

from server.fakes import Fakes
from server.fakes.meter import bill
from wzrd.models.bodies import make_body
from wzrd.models.body_prices import price_inputs
from wzrd.models.catalog import Model, load_catalog
from wzrd.models.price_cards import load_cards
from wzrd.models.sounds import translate

HERE, THERE = "https://1.1.1.1/a.png", "https://1.1.1.1/b.png"
ROLES: Mapping[str, Any] = {"prompt": "a lamp", "first_frame": HERE, "last_frame": THERE, "image": HERE, "seconds": 6,
                            "shape": "16:9"}  # fmt: skip
MORE: Mapping[str, Mapping[str, Any]] = {
    "fal-ai/flux/schnell": {"image_size": "square_hd", "num_images": 2},
    "fal-ai/flux/dev": {"image_size": {"width": 1920, "height": 1080}},
    "fal-ai/flux-2-pro": {"image_size": {"width": 1536, "height": 1024}},
    "fal-ai/nano-banana-2": {"resolution": "0.5K", "aspect_ratio": "4:1", "num_images": 3},
    "fal-ai/nano-banana-2/edit": {"resolution": "4K"},
    "fal-ai/nano-banana-pro": {"enable_web_search": True},
    "fal-ai/veo3.1": {"generate_audio": True, "duration": "8s"},
    "fal-ai/kling-video/v3/pro/image-to-video": {
        "generate_audio": True,
        "elements": [{"voice_id": "v", "frontal_image_url": THERE}],
    },
    "fal-ai/wan/v2.7/image-to-video": {"resolution": "1080p"},
    "bytedance/seedance-2.0/image-to-video": {"resolution": "1080p"},
    "elevenlabs-tts": {"text": "The lamp goes out. " * 7},
    "elevenlabs-music": {"duration": 31},
    "gmi/pixverse-v5-5-i2v": {"quality": "540p"},
    "gmi/kling-v3-omni": {"mode": "pro", "sound": "on", "duration": "7"},
    "gmi/gemini-3-pro-image-preview": {"image_size": "2K"},
    "gmi/seedream-5.0-lite": {"max_images": 2, "sequential_image_generation": "auto"},
    "gmi/ltx-fast-i2v": {"resolution": "1920x1080"},
}
"""Settings by which some of them cost something else than usual."""
OWN_LENGTH = {"fal-ai/longcat-multi-avatar/image-audio-to-video"}
"""Models that tell nobody before how long a clip they make."""
UNMEASURED = {"token", "compute second"}
"""Units that no file shows."""


def _priced() -> list[Model]:
    """The models whose card counts what a file shows, and no file that is handed in."""
    cards = [card for card in load_cards().values() if not card.open_end]
    rows = [card for card in cards if card.unit not in UNMEASURED and not any(rate.counted for rate in card.rates)]
    models = [load_catalog().models[card.model_id] for card in rows]
    return [one for one in models if one.media_type != "text" and one.id not in OWN_LENGTH]


def _body(model: Model) -> dict[str, Any]:
    """The body as a film's shot would have it."""
    return make_body(model, dict(MORE.get(model.id, {})), roles=ROLES).inputs


async def _until(http: httpx.AsyncClient, url: str, headers: Mapping[str, str], done: str) -> dict[str, Any]:
    """The answer of a queue that says that it is done."""
    async with asyncio.timeout(30):
        while (told := (await http.get(url, headers=headers)).json())["status"] != done:
            pass
    return told


async def _by_fal(fakes: Fakes, http: httpx.AsyncClient, endpoint: str, body: Mapping[str, Any]) -> list[bytes]:
    """The files that fal's queue delivers for a body."""
    queue, headers = fakes.environment()["FAL_QUEUE_URL"], {"authorization": "Key k:s"}
    submitted = await http.post(f"{queue}/{endpoint}", json=dict(body), headers=headers)
    assert submitted.status_code == 200, submitted.text
    await _until(http, submitted.json()["status_url"], headers, "COMPLETED")
    output = (await http.get(submitted.json()["response_url"], headers=headers)).json()
    found = output.get("images") or [output.get("video") or output.get("audio") or output.get("model_mesh")]
    return [(await http.get(one["url"])).content for one in found]


async def _by_gmi(fakes: Fakes, http: httpx.AsyncClient, endpoint: str, body: Mapping[str, Any]) -> list[bytes]:
    """The files that GMI Cloud's queue delivers, by the answer to the submit or to a question."""
    queue, headers = fakes.environment()["GMI_QUEUE_URL"], {"authorization": "Bearer k"}
    asked = {"model": endpoint, "payload": dict(body)}
    submitted = await http.post(f"{queue}/requests", json=asked, headers=headers)
    assert submitted.status_code == 200, submitted.text
    told = await _until(http, f"{queue}/requests/{submitted.json()['request_id']}", headers, "success")
    return [(await http.get(one["url"])).content for one in told["outcome"]["media_urls"]]


async def _by_elevenlabs(fakes: Fakes, http: httpx.AsyncClient, model: str, body: Mapping[str, Any]) -> list[bytes]:
    """The sound that ElevenLabs answers."""
    call = translate(model, body)
    address = fakes.environment()["ELEVENLABS_BASE_URL"] + call.path.replace("/with-timestamps", "")
    answer = await http.post(address, json=call.body, headers={"xi-api-key": "k"})
    assert answer.status_code == 200, answer.text
    return [answer.content]


MAKE = {"fal-ai": _by_fal, "gmi-cloud": _by_gmi, "elevenlabs": _by_elevenlabs}


@pytest.mark.parametrize("model", _priced(), ids=lambda one: one.id)
async def test_a_plan_is_what_is_billed(model: Model, fakes: Fakes, http: httpx.AsyncClient) -> None:
    """The plan's upper end is the bill of what was delivered, or up to a twentieth more; never less."""
    body = _body(model)
    plan = price_inputs(model.provider, model.endpoint_id, body)
    made = await MAKE[model.provider](fakes, http, model.endpoint_id, body)
    sent = translate(model.id, body).body if model.provider == "elevenlabs" else body
    billed = bill(model.provider, model.endpoint_id, sent, made)
    assert billed, "nothing was billed"
    assert plan.most is not None
    assert Decimal(1) <= plan.most / billed <= Decimal("1.05")


def test_most_cards_are_metered() -> None:
    """The cards of this page are all that a file can show."""
    counted = Counter(one.provider for one in _priced())
    assert counted["fal-ai"] >= 30
    assert counted["gmi-cloud"] >= 25
    assert counted["elevenlabs"] == 3
