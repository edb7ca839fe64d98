"""A front end calls our files by its proxy's address: every route hands them to the vendor.

The fakes refuse every address that a cloud could not reach, wherever it stands in a request.
"""

import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from tests.providers.conformance import png
from tests.server.api.generate_server import GMI_EXECUTE, GenerateServer
from tests.server.api.test_shot_functions import IMAGE, VIDEO, make, row_of, shot_of
from wzrd.domain.results import replace_urls

PROXY, STILL = "http://localhost:8000", "https://still"
I2V, EDGES, ELEMENTS = (
    "fal-ai/kling-video/v3/pro/image-to-video",
    "fal-ai/kling-video/o1/image-to-video",
    "fal-ai/kling-video/o3/standard/reference-to-video",
)


async def still_of(server: GenerateServer, user: uuid.UUID) -> str:
    """A picture of our store, under the front end's address."""
    storage, path = server.runtime.storage, f"{user}/{uuid.uuid4()}/still.png"
    await storage.put_bytes("project-assets", path, png(), content_type="image/png")
    return PROXY + urlsplit(storage.public_url("project-assets", path)).path


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (I2V, {"image_url": STILL}),
        (EDGES, {"start_image_url": STILL, "end_image_url": STILL}),
        (ELEMENTS, {"image_urls": [STILL, STILL], "elements": [{"frontal_image_url": STILL}]}),
    ],
    ids=["a frame", "two frames", "lists and objects"],
)
async def test_fal_stream(server: GenerateServer, model: str, fields: dict[str, Any]) -> None:
    """One submit, done, and charged."""
    studio = await server.maker(funds=1000)
    inputs = replace_urls({"prompt": "rain", **fields}, {STILL: await still_of(server, studio.user_id)})
    frames = await server.stream(studio.user_id, {"modelId": model, "inputs": inputs})
    assert frames[-1]["type"] == "done", frames[-1]


async def test_a_reference_asset(server: GenerateServer) -> None:
    """A reference beside the inputs is handed over as well."""
    studio = await server.maker(funds=1000)
    references = [{"type": "image", "url": await still_of(server, studio.user_id)}]
    body = {"modelId": I2V, "inputs": {"prompt": "rain"}, "referenceAssets": references}
    frames = await server.stream(studio.user_id, body)
    assert frames[-1]["type"] == "done", frames[-1]


async def test_gmi_execute(server: GenerateServer) -> None:
    """The model takes a picture, and gets it."""
    studio = await server.maker(funds=1000)
    inputs = {"prompt": "rain", "image_url": await still_of(server, studio.user_id)}
    told = (await server.post(studio.user_id, {"modelId": "gmi/ltx-fast-i2v", "inputs": inputs}, GMI_EXECUTE)).json()
    await server.ended(told["requestId"])
    assert (await server.view(studio.user_id, told["requestId"]))["status"] == "succeeded"


@pytest.mark.parametrize("model", [None, I2V, "gmi/ltx-fast-i2v"])
async def test_a_shots_clip(server: GenerateServer, model: str | None) -> None:
    """The picture of the shot's own row, as the front end sends it."""
    studio = await server.maker(funds=1000)
    shot_id, still = await shot_of(server, studio), await still_of(server, studio.user_id)
    named = {"model_id": model} if model else {}
    answer = await make(server, studio, shot_id, VIDEO, image_url=still, prompt="Rain.", **named)
    assert (answer.status_code, answer.json().get("success")) == (200, True), answer.text
    assert (await row_of(server, shot_id)).video_status == "completed"


async def test_a_pictures_style(server: GenerateServer) -> None:
    """Sent with the call, or standing in the project's row."""
    studio = await server.maker(funds=1000)
    model, style = "gmi/seedream-5.0-lite", await still_of(server, studio.user_id)
    shot_id = await shot_of(server, studio)
    answer = await make(server, studio, shot_id, IMAGE, image_model=model, style_reference_url=style)
    assert answer.status_code == 200, answer.text
    async with server.runtime.begin() as tx:
        ids = {"id": uuid.uuid4(), "user": studio.user_id, "url": style, "project": studio.project_id}
        await tx.execute(text("insert into public.media_items (id, user_id, url) values (:id, :user, :url)"), ids)
        await tx.execute(text("update public.projects set style_reference_asset_id = :id where id = :project"), ids)
    answer = await make(server, studio, await shot_of(server, studio, 2), IMAGE, image_model=model)
    assert answer.status_code == 200, answer.text
