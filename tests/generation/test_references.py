"""References on their way to a provider: handed over, or refused before anything is held or sent."""

import base64
import io
import random
import uuid
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from PIL import Image

from server.fakes import Fakes
from tests.generation.queue_rig import FUNDS, QueueRig, asked, open_queue_rig, settings_with
from tests.providers.conformance import png
from wzrd.assets.sources import BadSource
from wzrd.domain.errors import ProviderUnsent
from wzrd.domain.submission import Target
from wzrd.generation import GenerationRequest
from wzrd.generation.references import ReferenceUnreachable, check_references, hand_over
from wzrd.providers.base import is_queue
from wzrd.providers.fal_storage import INLINE_BYTES
from wzrd.providers.opening import open_providers
from wzrd.runtime.process import Runtime
from wzrd.storage.local import LocalStorage

FAL = Target("fal-ai", "fal-ai/flux/dev/image-to-image")
GMI = Target("gmi-cloud", "seedream-5.0-lite")
CHOOSY = Target("gmi-cloud", "kling-v3-omni")
"""A model that fetches its references itself: no data URI is documented for it."""
HELD_BY_RUN = 2
PICTURE = png()


def noise() -> bytes:
    """A picture that is too large for a data URI."""
    made = Image.frombytes("RGB", (400, 400), random.Random(1).randbytes(400 * 400 * 3))
    with io.BytesIO() as file:
        made.save(file, "PNG")
        assert file.tell() > INLINE_BYTES
        return file.getvalue()


LARGE = noise()


@pytest.fixture
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[QueueRig]:
    async with open_queue_rig(runtime, fakes) as made:
        yield made


async def stored(rig: QueueRig, data: bytes = PICTURE, kind: str = "image/png") -> str:
    """The address of a file of our own store."""
    path = f"{rig.studio.user_id}/{uuid.uuid4()}/still.png"
    await rig.runtime.storage.put_bytes("workflow-media", path, data, content_type=kind)
    return rig.runtime.storage.public_url("workflow-media", path)


def with_reference(target: Target, url: str) -> GenerationRequest:
    """A picture after another one."""
    return asked(target, inputs={"prompt": "a lighthouse", "image_url": url})


@pytest.mark.parametrize("target", [FAL, GMI], ids=["fal", "gmi"])
async def test_a_file_of_ours_is_handed_over(rig: QueueRig, target: Target) -> None:
    """The fake, which refuses every address that a cloud cannot reach, takes it: one submit, one price."""
    url = await stored(rig)
    assert url.startswith("http://127.0.0.1")
    made = await rig.ask(with_reference(target, url))
    assert made.output.media
    assert await rig.paid() == 1
    assert await rig.balance() == FUNDS - HELD_BY_RUN - 5


@pytest.mark.parametrize(
    ("target", "data", "head"),
    [
        (FAL, PICTURE, "data:image/png;base64,"),
        (FAL, LARGE, "https://v3.fal.media/files/"),
        (GMI, PICTURE, "data:image/png;base64,"),
    ],
    ids=["fal, small", "fal, large", "gmi"],
)
async def test_how_it_is_handed_over(rig: QueueRig, target: Target, data: bytes, head: str) -> None:
    """Fal by a data URI or its storage, GMI by a data URI; wherever it stands, and each file once."""
    url = await stored(rig, data)
    provider = rig.runtime.providers.find(target.provider, "image")
    assert is_queue(provider)
    inputs = {"prompt": f"see {url}", "image_urls": [url, url], "deep": {"elements": [{"image_url": url}]}, "n": 1}
    sent = await hand_over(rig.runtime, provider, inputs)
    (first, second), third = sent["image_urls"], sent["deep"]["elements"][0]["image_url"]
    assert first.startswith(head)
    assert first == second == third
    assert (sent["prompt"], sent["n"]) == (f"see {url}", 1)
    assert inputs["image_urls"] == [url, url]
    assert await rig.paid() == 0


@pytest.mark.parametrize("target", [FAL, GMI], ids=["fal", "gmi"])
async def test_a_data_uri_is_handed_over_as_a_file(rig: QueueRig, target: Target) -> None:
    """Checked for what it is: a picture goes on, something else is refused with nothing paid."""
    uri = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"
    made = await rig.ask(with_reference(target, uri))
    assert made.output.media
    for bad in (
        "data:text/html;base64,PGh0bWw+",
        "data:image/png;base64,PGh0bWw+",
        "data:image/png;base64,",
        "data:,x",
    ):
        with pytest.raises(BadSource, match="image_url"):
            await check_references(rig.runtime, target, "image", {"image_url": bad})
        with pytest.raises(BadSource, match="image_url"):
            await rig.ask(replace(with_reference(target, bad), item_key="image/2"))
    assert await rig.paid() == 1
    assert await rig.balance() == FUNDS - HELD_BY_RUN - 5


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/a.png", "http://localhost/a.png", "https://10.0.0.7/a.png", "http://[::1]/a.png",
        "https://nas.local/a.png", "http://169.254.169.254/latest/meta-data", "http://0x7f000001/a.png",
        "https://user@example.com/a.png", "https://[::ffff:10.0.0.1]/a.png", "http://127.0.0.1:8787/other/a.png",
    ],
)  # fmt: skip
@pytest.mark.parametrize("target", [FAL, GMI, CHOOSY], ids=str)
async def test_a_private_address_is_never_sent(rig: QueueRig, target: Target, url: str) -> None:
    """Refused by its field, with the remedy, before anything is held, sent or fetched."""
    with pytest.raises(ReferenceUnreachable, match=r"image_url: .*upload the file") as caught:
        await check_references(rig.runtime, target, "image", {"prompt": "x", "image_url": url})
    assert caught.value.code == "reference_unreachable"
    with pytest.raises(ReferenceUnreachable):
        await rig.ask(with_reference(target, url))
    assert await rig.paid() == 0
    assert await rig.balance() == FUNDS - HELD_BY_RUN


async def test_a_model_that_takes_no_files_is_told_before_the_hold(rig: QueueRig) -> None:
    """With what an operator can do: a public address of this server."""
    url = await stored(rig)
    with pytest.raises(ReferenceUnreachable, match=r"kling-v3-omni.*WZRD_PUBLIC_URL") as caught:
        await check_references(rig.runtime, CHOOSY, "video", {"first_frame": url})
    assert caught.value.code == "reference_unreachable"
    assert await rig.paid() == 0


@pytest.mark.parametrize("target", [FAL, GMI, CHOOSY], ids=str)
async def test_with_a_public_address_our_files_stay_where_they_are(rig: QueueRig, target: Target) -> None:
    """Every model can fetch them then: the address goes along, and no bytes."""
    rig.runtime.settings = settings_with(rig.runtime.settings, {"WZRD_PUBLIC_URL": "https://studio.example.org"})
    rig.runtime.storage = LocalStorage(rig.runtime.settings.media_folder, rig.runtime.settings.address)
    url = await stored(rig)
    assert url.startswith("https://studio.example.org/")
    await check_references(rig.runtime, target, "image", {"image_url": url})
    provider = rig.runtime.providers.find(target.provider, "image")
    assert is_queue(provider)
    assert (await hand_over(rig.runtime, provider, {"image_url": url}))["image_url"] == url


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [(b"<html>hello</html>", "image/png", "expected image"), (b"", "image/png", "expected image")],
)
async def test_a_file_of_ours_that_is_no_picture(rig: QueueRig, data: bytes, kind: str, said: str) -> None:
    """What it is counts, not what it is called."""
    url = await stored(rig, data, kind)
    with pytest.raises(BadSource, match=said):
        await check_references(rig.runtime, FAL, "image", {"image_url": url})


async def test_a_file_of_ours_that_is_gone(rig: QueueRig) -> None:
    """Told by its field."""
    url = await stored(rig)
    bucket, path = rig.runtime.storage.find_place(url) or ("", "")
    await rig.runtime.storage.delete(bucket, path)
    with pytest.raises(BadSource, match="image_url: there is no such file"):
        await check_references(rig.runtime, FAL, "image", {"image_url": url})


async def test_a_file_that_was_not_taken_costs_nothing(rig: QueueRig) -> None:
    """The provider's storage is away: the generation ends unsent, unpaid, its hold given back."""
    rest = settings_with(rig.runtime.settings, {"FAL_REST_URL": "http://127.0.0.1:1"})
    rig.runtime.settings = rest
    await rig.runtime.providers.aclose(grace=0.1)
    rig.runtime.providers = open_providers(rest)
    url = await stored(rig, LARGE)
    with pytest.raises(ProviderUnsent, match="did not take the file"):
        await rig.ask(with_reference(FAL, url))
    assert await rig.paid() == 0
    assert await rig.balance() == FUNDS - HELD_BY_RUN
