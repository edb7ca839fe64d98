"""A direct generation from its start to its end: what is made, stored, told and paid."""

import uuid
from io import BytesIO

import pytest
from PIL import Image

from tests.fakes.images import FakeImages
from tests.playing import asked, log_of, row, run_once
from tests.rows import balance, make_studio
from wzrd.animatic.provider import Animatic
from wzrd.domain.errors import ProviderFailed
from wzrd.providers.registry import Providers
from wzrd.runtime.process import Runtime

FLUX = "fal-ai/flux/schnell"
PRICE = 3


@pytest.fixture
def images(runtime: Runtime) -> FakeImages:
    """A runtime with a paid image provider and animatic mode."""
    made = FakeImages()
    runtime.providers = Providers([Animatic(), made])
    return made


async def stored_bytes(runtime: Runtime, url: str) -> bytes:
    """The file at one of our addresses."""
    place = runtime.storage.locate(url)
    assert place is not None, url
    async with runtime.storage.local(*place) as path:
        return path.read_bytes()


async def test_a_picture_of_a_paid_model(runtime: Runtime, images: FakeImages) -> None:
    """Stored in the project's folder, charged once with its price, told with our address, pixels and model."""
    studio = await make_studio(runtime)
    run_id = await asked(runtime, studio, FLUX, inputs={"prompt": "a lamp"}, request_id="r", function="fal-stream")
    assert await balance(runtime, studio.user_id) == 100 - PRICE, "held with the start"
    assert await run_once(runtime, run_id) == "succeeded"
    assert (images.asked, await balance(runtime, studio.user_id)) == (["a lamp"], 100 - PRICE)
    log = await log_of(runtime, run_id)
    assert log[0] == (
        "meta",
        {
            "requested_model": FLUX,
            "normalized_requested_model": FLUX,
            "resolved_model": FLUX,
            "media_type": "image",
            "fallback_used": False,
            "requestId": "r",
            "runId": str(run_id),
        },
    )
    event, done = log[-1]
    assert (event, done["model"], done["fallback_used"], done["credits"]) == ("done", FLUX, False, PRICE)
    (image,) = done["result"]["images"]
    assert (image["width"], image["height"], image["content_type"]) == (16, 9, "image/png")
    assert image["url"] == done["url"] == done["storageUrl"]
    assert f"/project-assets/{studio.user_id}/{studio.project_id}/" in done["url"]
    assert Image.open(BytesIO(await stored_bytes(runtime, done["url"]))).size == (16, 9)
    result = (await row(runtime, run_id)).result
    assert result is not None
    known = {key: result[key] for key in ("generationId", "resolvedModel", "requestedModel", "mediaType", "credits")}
    assert known == {
        "generationId": str(run_id),
        "resolvedModel": FLUX,
        "requestedModel": FLUX,
        "mediaType": "image",
        "credits": PRICE,
    }


@pytest.mark.parametrize("number", ["num_images", "max_images"])
async def test_what_was_ordered_and_did_not_come_is_not_paid(runtime: Runtime, images: FakeImages, number: str) -> None:
    """Four are held, the provider makes one: it is charged alone, and the rest of the hold comes back."""
    studio = await make_studio(runtime)
    run_id = await asked(runtime, studio, FLUX, inputs={"prompt": "a lamp", number: 4})
    assert await balance(runtime, studio.user_id) == 100 - 4 * PRICE
    assert await run_once(runtime, run_id) == "succeeded"
    assert await balance(runtime, studio.user_id) == 100 - PRICE
    assert (await log_of(runtime, run_id))[-1][1]["credits"] == PRICE


@pytest.mark.parametrize(
    ("inputs", "size"),
    [({}, (1600, 900)), ({"aspect_ratio": "9:16"}, (900, 1600)), ({"image_size": "square_hd"}, (900, 900))],
)
async def test_animatic_mode_draws_what_a_prompt_says(
    runtime: Runtime, images: FakeImages, inputs: dict[str, str], size: tuple[int, int]
) -> None:
    """A real picture in the wanted shape, for nothing; without a project it lies in `unfiled`."""
    studio = await make_studio(runtime)
    run_id = await asked(runtime, studio, project_id=None, inputs={"prompt": "A lighthouse at night.", **inputs})
    assert await run_once(runtime, run_id) == "succeeded"
    result = (await row(runtime, run_id)).result or {}
    assert f"/project-assets/{studio.user_id}/unfiled/" in result["url"]
    assert Image.open(BytesIO(await stored_bytes(runtime, result["url"]))).size == size
    assert (result["width"], result["height"], result["credits"]) == (*size, 0)
    assert (await balance(runtime, studio.user_id), images.asked) == (100, [])


async def test_animatic_mode_films_a_prompt_and_a_picture(runtime: Runtime, images: FakeImages) -> None:
    """A clip of the asked length, from the prompt alone, then from our own picture."""
    studio = await make_studio(runtime)
    panel = await asked(runtime, studio)
    assert await run_once(runtime, panel) == "succeeded"
    still = ((await row(runtime, panel)).result or {})["url"]
    for number, more in enumerate(({}, {"image_url": still})):
        run_id = await asked(
            runtime,
            studio,
            media_type="video",
            request_id=str(number),
            inputs={"prompt": "Slow push in on the lamp.", "duration": "1", "aspect_ratio": "3:1", **more},
        )
        assert await run_once(runtime, run_id) == "succeeded", (await row(runtime, run_id)).error
        result = (await row(runtime, run_id)).result or {}
        assert (result["durationSeconds"], result["width"], result["mediaType"]) == (1.0, 1280, "video")
        assert result["raw"]["video"]["url"] == result["url"]


async def test_a_failure_costs_nothing_and_tells_its_code(runtime: Runtime, images: FakeImages) -> None:
    """The hold goes back, the log ends with the provider's words and code, the item has failed."""
    studio = await make_studio(runtime)
    images.acts = {"a lamp": [ProviderFailed("the lamp broke")]}
    run_id = await asked(runtime, studio, FLUX, inputs={"prompt": "a lamp"})
    assert await run_once(runtime, run_id) == "failed"
    assert await balance(runtime, studio.user_id) == 100
    event, error = (await log_of(runtime, run_id))[-1]
    assert (event, error["error"], error["code"]) == ("error", "the lamp broke", "provider_failed")
    assert error["reason"] == "primary_failed_no_fallback"
    assert uuid.UUID(error["runId"]) == run_id
