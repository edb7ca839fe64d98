"""generation-route: a client learns where a generation goes, what it costs and whether it can run; nothing is done."""

from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from server.api.app import create_app
from tests.server.served import with_settings
from wzrd.models.bodies import make_body
from wzrd.models.body_prices import price_inputs
from wzrd.models.catalog import load_catalog
from wzrd.models.routing import KLING_I2V, KLING_T2V
from wzrd.providers.base import AnyProvider
from wzrd.providers.registry import Providers
from wzrd.runtime.process import Runtime

PATH = "/functions/v1/generation-route"
FLUX = "fal-ai/flux/schnell"
MODELS = load_catalog().models


class Adapter:
    """A provider that can be asked for everything."""

    recovery = "none"
    media_types = frozenset({"text", "image", "video", "audio"})
    paid = True

    def __init__(self, name: str) -> None:
        self.name = name

    def stream(self, request: Any) -> Any:
        raise AssertionError("telling a route sends nothing")


@pytest.fixture
def app(runtime: Runtime) -> FastAPI:
    """An application with fal's and GMI's adapters."""
    adapters = [cast("AnyProvider", Adapter(name)) for name in ("fal-ai", "gmi-cloud")]
    runtime.providers = Providers(adapters, keyed={"elevenlabs"})
    return create_app(runtime)


async def ask(client: httpx.AsyncClient, headers: dict[str, str], model: str, **body: Any) -> dict[str, Any]:
    """The answer to a request that is right."""
    response = await client.post(PATH, json={"model": model, **body}, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_model_that_can_run(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    """All of the answer, and no key that has nothing to say."""
    assert await ask(client, bearer, FLUX, parameters={"num_images": 4}, referenceAssets=[]) == {
        "route": "fal-stream",
        "function": "fal-stream",
        "resolvedModel": FLUX,
        "mediaType": "image",
        "fallbackUsed": False,
        "credits": 4 * MODELS[FLUX].credits,
        "cost": {"least": 0.012, "most": 0.012, "currency": "USD"},
        "runnable": True,
        "verified": True,
    }


async def test_the_documented_count_is_priced(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    """As `fal-stream` charges it; the wished format decides nothing, and null is none."""
    told = await ask(client, bearer, FLUX, outputConfig={"count": 3, "format": "tiff"}, metadata=None)
    assert (told["credits"], told["cost"]["most"]) == (3 * MODELS[FLUX].credits, 0.009)
    assert (await ask(client, bearer, FLUX, outputConfig=None))["credits"] == MODELS[FLUX].credits


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"guidance_skale": 3}, "has no input 'guidance_skale': the nearest is guidance_scale"),
        ({"seed": "soon"}, "seed cannot be 'soon': it must be a whole number"),
    ],
)
async def test_a_parameter_that_the_model_has_not_is_refused(
    client: httpx.AsyncClient, bearer: dict[str, str], parameters: dict[str, Any], told: str
) -> None:
    """Who asks here writes for this one model."""
    response = await client.post(PATH, json={"model": FLUX, "parameters": parameters}, headers=bearer)
    assert (response.status_code, told in response.json()["error"]) == (400, True), response.text


async def test_references_change_the_model(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    """As the generation would: by the references' types, or an address among the parameters; the price follows."""
    for body in (
        {"referenceAssets": [{"url": "https://x.test/a.png", "type": "image", "role": "input_image"}]},
        {"parameters": {"image_url": "https://x.test/a.png"}},
    ):
        told = await ask(client, bearer, KLING_T2V, **body)
        assert (told["resolvedModel"], told["credits"]) == (KLING_I2V, MODELS[KLING_I2V].credits)
        assert told["fallbackReason"] == f"incompatible_with_reference_input:text-to-video->default:{KLING_I2V}"
        assert (told["fallbackUsed"], told["runnable"]) == (True, True)


@pytest.mark.parametrize(
    ("model", "route", "function"),
    [
        ("gmi/seedream-5.0-lite", "gmi-cloud", "gmi-execute"),
        ("groq/llama-3.1-8b-instant", "groq-text", "groq-chat"),
        ("google/gemini-2.5-flash", "gemini-text", "gemini-text-generation"),
        ("elevenlabs-tts", "elevenlabs-tts", "elevenlabs-tts"),
        ("elevenlabs-sfx", "elevenlabs-sfx", "elevenlabs-sfx"),
        ("elevenlabs-music", "elevenlabs-music", "elevenlabs-music"),
        ("animatic/video", "fal-stream", "fal-stream"),
    ],
)
async def test_every_documented_route(
    client: httpx.AsyncClient, bearer: dict[str, str], model: str, route: str, function: str
) -> None:
    """The route's name and the function to call."""
    told = await ask(client, bearer, model)
    assert (told["route"], told["function"]) == (route, function)


async def test_a_named_function(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    """`_edgeFunction`: ours by its name; what is none, foreign, or cannot make it is 400 naming the field."""
    told = await ask(client, bearer, FLUX, parameters={"_edgeFunction": "generate-shot-image"})
    assert (told["route"], told["function"], told["resolvedModel"]) == ("edge-function", "generate-shot-image", FLUX)
    for name in ("../admin", "Groq", "", "admin-add-credits", "wallet-auth", "groq-chat", "x" * 100_000):
        refused = await client.post(PATH, json={"model": FLUX, "parameters": {"_edgeFunction": name}}, headers=bearer)
        assert refused.status_code == 400
        assert "_edgeFunction" in refused.json()["error"]
        assert len(refused.json()["error"]) < 400


async def test_what_stands_in_is_told(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    """A model that animatic mode cannot replace cannot run, with the reason; one that it can is told as free."""
    chat = await ask(client, bearer, "google/gemini-2.5-pro")
    assert (chat["resolvedModel"], chat["credits"], chat["runnable"]) == ("google/gemini-2.5-pro", 5, False)
    assert chat["reason"] == "google/gemini-2.5-pro: lovable-ai has no API key here; set its key, or ask for another"
    music = await ask(client, bearer, "elevenlabs-music")
    assert (music["resolvedModel"], music["credits"], music["runnable"]) == ("animatic/audio", 0, True)
    assert music["fallbackReason"] == "unsupported_provider:elevenlabs"


@pytest.mark.parametrize("model", [FLUX, KLING_T2V, "fal-ai/veo3.1", "fal-ai/sora-2/text-to-video"])
async def test_the_cost_is_that_of_the_body_that_is_sent(
    client: httpx.AsyncClient, bearer: dict[str, str], model: str
) -> None:
    """Whose words are yet to come; a clip's own sound, which nobody asks for, is not in it."""
    told = (await ask(client, bearer, model))["cost"]
    sent = make_body(MODELS[model], {"prompt": "A fox"}).inputs
    assert told == price_inputs("fal-ai", MODELS[model].endpoint_id, sent).wire()


async def test_what_costs_nothing_here_is_told(runtime: Runtime, bearer: dict[str, str]) -> None:
    """A function that WZRD_FREE_ROUTES lists is free, and others are not."""
    app = create_app(with_settings(runtime, free_routes=("fal-stream",)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://wzrd.test") as client:
        assert (await ask(client, bearer, FLUX))["credits"] == 0
        assert (await ask(client, bearer, "gmi/deepseek-r1"))["credits"] > 0


async def test_an_unknown_model(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    """The default of its kind, priced as itself; the caller's `mediaType` says which kind."""
    told = await ask(client, bearer, "nobody/knows", mediaType="video")
    assert (told["resolvedModel"], told["credits"]) == (KLING_T2V, MODELS[KLING_T2V].credits)
    assert told["fallbackReason"] == "unknown_model:nobody/knows"


@pytest.mark.parametrize("offline", ["always", "never"])
async def test_offline_decides(runtime: Runtime, bearer: dict[str, str], offline: str) -> None:
    """`always`: animatic mode, key or no key. `never`: what has no key cannot run, at its price."""
    app = create_app(with_settings(runtime, offline=offline))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://wzrd.test") as client:
        told = await ask(client, bearer, "fal-ai/flux/dev")
    if offline == "always":
        assert (told["resolvedModel"], told["fallbackReason"]) == ("animatic/image", "offline_always")
        return
    assert (told["runnable"], told["credits"]) == (False, MODELS["fal-ai/flux/dev"].credits)
    assert "WZRD_OFFLINE=auto" in told["reason"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "model: is required"),
        ({"model": ""}, "model must be 1 to 200"),
        ({"model": "x" * 201}, "model must be 1 to 200"),
        ({"model": "a\nb"}, "model must be 1 to 200"),
        ({"model": 7}, "model: "),
        ({"model": FLUX, "parameters": []}, "parameters: "),
        ({"model": FLUX, "parameters": {"num_images": 0}}, "num_images must be a whole number from 1 to 100"),
        ({"model": FLUX, "parameters": {"count": 1e9}}, "count must be a whole number"),
        ({"model": FLUX, "referenceAssets": [{"url": "x"}]}, "referenceAssets.0.type"),
        ({"model": FLUX, "referenceAssets": [{"url": "x", "type": "smell"}]}, "referenceAssets.0.type"),
        ({"model": FLUX, "referenceAssets": [{"type": "image"}] * 65}, "referenceAssets: "),
        ({"model": FLUX, "mediaType": "film"}, "mediaType: "),
        ({"model": FLUX, "parameters": {"_edgeFunction": "groq-chat\n"}}, "_edgeFunction must be a function's name"),
        ({"model": "gmi/seedream-5.0", "parameters": {"_edgeFunction": "evil"}}, "_edgeFunction: no function 'evil'"),
        ({"model": "animatic", "mediaType": "3d"}, "animatic makes no 3d"),
    ],
)
async def test_what_cannot_be_is_refused(
    client: httpx.AsyncClient, bearer: dict[str, str], body: dict[str, Any], told: str
) -> None:
    """400 that names the field and the value."""
    response = await client.post(PATH, json=body, headers=bearer)
    assert response.status_code == 400
    assert told in response.json()["error"]


async def test_every_model_of_the_catalog_has_an_answer(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    """The price that the catalog shows is the price that is told, for whatever runs itself."""
    for model in MODELS.values():
        references = [{"url": "https://x.test/a", "type": kind} for kind in model.requires_assets]
        told = await ask(client, bearer, model.id, referenceAssets=references)
        assert told["credits"] == MODELS[told["resolvedModel"]].credits
        assert told["fallbackUsed"] == ("fallbackReason" in told)
        assert told["runnable"] != ("reason" in told)


async def test_users_only(client: httpx.AsyncClient) -> None:
    """401 without a token."""
    assert (await client.post(PATH, json={"model": FLUX})).status_code == 401
