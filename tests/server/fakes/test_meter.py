"""Plans against bills: what a price card plans, and what the fake's meter bills for the files that it delivered."""

import asyncio
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

KEYS = {"authorization": "Key k:s"}
HERE, THERE = "https://1.1.1.1/a.png", "https://1.1.1.1/b.png"
ROLES: Mapping[str, Any] = {"prompt": "a lamp", "first_frame": HERE, "last_frame": THERE, "image": HERE, "seconds": 6,
                            "shape": "16:9"}  # fmt: skip
MORE: Mapping[str, Mapping[str, Any]] = {
    "fal-ai/flux/schnell": {"image_size": "square_hd", "num_images": 2},
    "fal-ai/flux/dev": {"image_size": {"width": 1920, "height": 1080}},
    "fal-ai/flux-2-pro": {"image_size": {"width": 1536, "height": 1024}},
    "fal-ai/nano-banana-2": {"resolution": "2K", "num_images": 3},
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
}
"""Settings by which some of them cost something else than usual."""
UNMEASURED = {"token", "compute second"}
"""Units that no file shows."""


def _priced() -> list[Model]:
    """The models whose card counts what a file shows, and no file that is handed in."""
    cards = load_cards().values()
    rows = [card for card in cards if card.unit not in UNMEASURED and not any(rate.counted for rate in card.rates)]
    return [load_catalog().models[card.model_id] for card in rows]


def _body(model: Model) -> dict[str, Any]:
    """The body as a film's shot would have it."""
    return make_body(model, dict(MORE.get(model.id, {})), roles=ROLES).inputs


async def _make(fakes: Fakes, http: httpx.AsyncClient, endpoint: str, body: Mapping[str, Any]) -> list[bytes]:
    """The files that fal's queue delivers for a body."""
    queue = fakes.environment()["FAL_QUEUE_URL"]
    submitted = await http.post(f"{queue}/{endpoint}", json=dict(body), headers=KEYS)
    assert submitted.status_code == 200, submitted.text
    async with asyncio.timeout(30):
        while (await http.get(submitted.json()["status_url"], headers=KEYS)).json()["status"] != "COMPLETED":
            pass
    output = (await http.get(submitted.json()["response_url"], headers=KEYS)).json()
    found = output.get("images") or [output.get("video") or output.get("audio") or output.get("model_mesh")]
    return [(await http.get(one["url"])).content for one in found]


@pytest.mark.parametrize("model", [one for one in _priced() if one.provider == "fal-ai"], ids=lambda one: one.id)
async def test_a_plan_is_what_is_billed(model: Model, fakes: Fakes, http: httpx.AsyncClient) -> None:
    """The plan's upper end is the bill of what was delivered, or up to a twentieth more; never less."""
    body = _body(model)
    plan = price_inputs(model.provider, model.endpoint_id, body)
    billed = bill(model.provider, model.endpoint_id, body, await _make(fakes, http, model.endpoint_id, body))
    assert billed, "nothing was billed"
    assert plan.most is not None
    assert Decimal(1) <= plan.most / billed <= Decimal("1.05")


def test_thirty_cards_are_metered() -> None:
    """The cards of this page are most of those that a file can show."""
    assert len([one for one in _priced() if one.provider == "fal-ai"]) >= 30
