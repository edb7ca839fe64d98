"""References on their way to a provider: handed over, or refused before anything is held or sent."""

import base64
import io
import random
import uuid
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import httpx
import pytest
from PIL import Image

from server.fakes import Fakes
from tests.fakes.providers import settings_with
from tests.generation.claimed import FUNDS, QueueRun, asked, open_queue_run
from tests.providers.conformance import png
from wzrd.assets.sources import BadSource, open_source
from wzrd.domain.errors import ProviderUnsent
from wzrd.domain.submission import Target
from wzrd.generation import GenerationRequest
from wzrd.generation.references import ReferenceUnreachable, check_references, show_files, upload_references
from wzrd.net.guarded import GuardedFetch
from wzrd.net.transport import NAMES, callback_address
from wzrd.providers.base import is_queue
from wzrd.providers.fal.storage import INLINE_BYTES
from wzrd.providers.opening import open_providers
from wzrd.runtime.process import Runtime
from wzrd.storage.local import LocalStorage
from wzrd.storage.signed_urls import PREFIX, UrlSigner

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
async def rig(runtime: Runtime, fakes: Fakes) -> AsyncGenerator[QueueRun]:
    async with open_queue_run(runtime, fakes) as made:
        yield made


async def stored(rig: QueueRun, data: bytes = PICTURE, kind: str = "image/png") -> str:
    """The address of a file of our own store."""
    path = f"{rig.studio.user_id}/{uuid.uuid4()}/still.png"
    await rig.runtime.storage.put_bytes("workflow-media", path, data, content_type=kind)
    return rig.runtime.storage.public_url("workflow-media", path)


def with_reference(target: Target, url: str) -> GenerationRequest:
    """A picture after another one."""
    given = {"image": [url]} if target == GMI else {"image_url": url}
    return asked(target, inputs={"prompt": "a lighthouse", **given})


@pytest.mark.parametrize("target", [FAL, GMI], ids=["fal", "gmi"])
async def test_a_file_of_ours_is_uploaded(rig: QueueRun, target: Target) -> None:
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
async def test_how_it_is_uploaded(rig: QueueRun, target: Target, data: bytes, head: str) -> None:
    """Fal by a data URI or its storage, GMI by a data URI; wherever it stands, and each file once."""
    url = await stored(rig, data)
    provider = rig.runtime.providers.find(target.provider, "image")
    assert is_queue(provider)
    inputs = {"prompt": f"see {url}", "image_urls": [url, url], "deep": {"elements": [{"image_url": url}]}, "n": 1}
    sent = await upload_references(rig.runtime, provider, inputs)
    (first, second), third = sent["image_urls"], sent["deep"]["elements"][0]["image_url"]
    assert first.startswith(head)
    assert first == second == third
    assert (sent["prompt"], sent["n"]) == (f"see {url}", 1)
    assert inputs["image_urls"] == [url, url]
    assert await rig.paid() == 0


MEDIA_FIELDS = {
    "image_url": "image", "start_image_url": "image", "end_image_url": "image", "tail_image_url": "image",
    "first_frame": "image", "image_urls": "image", "reference_images": "image", "elements": "image",
    "video_url": "video", "video_urls": "video", "audio_url": "audio", "driving_audio": "audio",
}  # fmt: skip
"""Fields that carry an address of media, and of what; two of them hold lists, one holds lists of objects."""


@pytest.mark.parametrize("field", MEDIA_FIELDS)
async def test_every_field_of_media_is_uploaded(rig: QueueRun, field: str) -> None:
    """Alone, in a list, in an object of a list: a cloud is given no address of this machine."""
    kind = MEDIA_FIELDS[field]
    data, content_type = {
        "image": (PICTURE, "image/png"),
        "video": (await made(rig, "video"), "video/mp4"),
        "audio": (await made(rig, "audio"), "audio/mpeg"),
    }[kind]
    url = await stored(rig, data, content_type)
    value: Any = [url, url] if field.endswith("s") else url
    value = [{"frontal_image_url": url, "reference_image_urls": [url]}] if field == "elements" else value
    provider = rig.runtime.providers.find("fal-ai", "image")
    assert is_queue(provider)
    await check_references(rig.runtime, FAL, "image", {field: value})
    sent = await upload_references(rig.runtime, provider, {"prompt": "x", field: value})
    assert "127.0.0.1" not in str(sent)
    assert f"data:{content_type};base64," in str(sent)


async def made(rig: QueueRun, kind: Literal["video", "audio"]) -> bytes:
    """A small real file of the fakes."""
    ending = {"video": "64x64x0.5/00000001-0.mp4", "audio": "64x64x0.5/00000001-0.mp3"}[kind]
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(f"{rig.fakes.base_url}/files/good/{ending}")).content


OTHER_HOSTS = [
    "http://localhost:8000", "http://127.0.0.1:9999", "http://[::1]:8787", "http://192.168.1.20:5173",
    "http://studio.local", "http://kong:8000", "https://last-week.tunnel.example.net",
]  # fmt: skip
"""Origins of a file of ours: a proxy, yesterday's port, the local network, a container, a tunnel that is gone."""


@pytest.mark.parametrize("host", OTHER_HOSTS)
@pytest.mark.parametrize("target", [FAL, GMI], ids=["fal", "gmi"])
async def test_a_file_of_ours_is_known_by_whatever_host_it_is_called(rig: QueueRun, target: Target, host: str) -> None:
    """A front end reads it through its own proxy, and rows keep the addresses of former days: all are handed over."""
    url = f"{host}{urlsplit(await stored(rig)).path}"
    got = await rig.ask(with_reference(target, url))
    assert got.output.media
    assert await rig.paid() == 1
    shown = await show_files(rig.runtime, {"messages": [{"role": "user", "content": [part(url)]}]})
    assert shown["messages"][0]["content"][0]["image_url"]["url"].startswith("data:image/png;base64,")


def part(url: str) -> dict[str, Any]:
    """Part of a message that shows a chat a picture."""
    return {"type": "image_url", "image_url": {"url": url}}


@pytest.mark.parametrize("host", [*OTHER_HOSTS, "https://studio.example.org"])
async def test_with_a_public_address_a_file_goes_by_it(rig: QueueRun, host: str) -> None:
    """Whatever it was called when its address was noted; nothing is fetched from there, not even by us."""
    rig.runtime.settings = settings_with(rig.runtime.settings, {"WZRD_PUBLIC_URL": "https://studio.example.org"})
    rig.runtime.storage = LocalStorage(rig.runtime.settings.media_folder, rig.runtime.settings.address)
    inside = GuardedFetch(resolver=split_horizon)
    rig.runtime._fetch = inside
    now = await stored(rig)
    provider = rig.runtime.providers.find("fal-ai", "image")
    assert is_queue(provider)
    sent = await upload_references(rig.runtime, provider, {"image_url": f"{host}{urlsplit(now).path}"})
    assert sent["image_url"] == now
    with pytest.raises(BadSource, match="video_url: expected video, found image/png"):
        await upload_references(rig.runtime, provider, {"video_url": now})
    bucket, path = rig.runtime.storage.locate(now) or ("", "")
    await rig.runtime.storage.delete(bucket, path)
    with pytest.raises(BadSource, match="image_url: there is no such file"):
        await upload_references(rig.runtime, provider, {"image_url": now})
    await inside.aclose()


async def split_horizon(host: str, _: int) -> Sequence[str]:
    """Inside an office the server's own public name leads to its private address."""
    return ["10.0.0.5"]


async def test_another_supabases_file_stays_where_it_is(rig: QueueRun) -> None:
    """An address of our form is ours only where the file is."""
    url = "https://abc.supabase.co/storage/v1/object/public/workflow-media/a/b.png"
    rig.runtime._fetch = GuardedFetch(resolver=nobody)
    provider = rig.runtime.providers.find("fal-ai", "image")
    assert is_queue(provider)
    assert (await upload_references(rig.runtime, provider, {"image_url": url}))["image_url"] == url
    await rig.runtime._fetch.aclose()


async def nobody(host: str, _: int) -> Sequence[str]:
    """A name that nobody has."""
    raise OSError(f"{host} is not known")


@pytest.mark.parametrize("target", [FAL, GMI], ids=["fal", "gmi"])
async def test_a_data_uri_is_uploaded_as_a_file(rig: QueueRun, target: Target) -> None:
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
        with pytest.raises(BadSource, match="image"):
            await rig.ask(replace(with_reference(target, bad), item_key="image/2"))
    assert await rig.paid() == 1
    assert await rig.balance() == FUNDS - HELD_BY_RUN - 5


async def signed(rig: QueueRun, *, seconds: int = 60, host: str = "") -> str:
    """The signed address of a file that lies in a bucket of ours which is not public."""
    path, settings = f"{rig.studio.user_id}/still ü.png", rig.runtime.settings
    await rig.runtime.storage.put_bytes("sounds", path, PICTURE, content_type="image/png")
    token = UrlSigner.of(settings, rig.runtime.now).sign("download", "sounds", path, seconds)
    return f"{host or settings.address}{PREFIX}sounds/{quote(path)}?token={token}"


@pytest.mark.parametrize("host", ["", "https://former.example.org"])
@pytest.mark.parametrize("target", [FAL, GMI], ids=["fal", "gmi"])
async def test_a_signed_address_is_leave_to_hand_the_file_over(rig: QueueRun, target: Target, host: str) -> None:
    """Of a private bucket, on a laptop: nobody else could read it, and who has the address may."""
    url = await signed(rig, host=host)
    assert (await rig.ask(with_reference(target, url))).output.media
    assert await rig.paid() == 1
    async with open_source(rig.runtime, url, "image") as path:
        assert path.read_bytes() == PICTURE


async def test_a_signed_address_that_does_not_count_opens_nothing(rig: QueueRun) -> None:
    """Its time is over, it was changed, or it is for another file: refused by its field before anything is held."""
    late, good = await signed(rig, seconds=-1), await signed(rig)
    for url in (late, f"{good}x", good.replace("still", "other"), good.partition("?")[0]):
        with pytest.raises(ReferenceUnreachable, match=r"image_url: The (signed address|signature|token)"):
            await check_references(rig.runtime, FAL, "image", {"image_url": url})
    assert await rig.paid() == 0


async def test_a_signed_address_that_a_vendor_reaches_stays_as_it_is(rig: QueueRun) -> None:
    """With a public address of ours: the vendor reads it by the leave that it carries."""
    rig.runtime.settings = settings_with(rig.runtime.settings, {"WZRD_PUBLIC_URL": "https://studio.example.org"})
    url = await signed(rig, host="https://studio.example.org")
    provider = rig.runtime.providers.find(FAL.provider, "image")
    assert is_queue(provider)
    assert (await upload_references(rig.runtime, provider, {"image_url": url}))["image_url"] == url


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/a.png", "http://localhost/a.png", "https://10.0.0.7/a.png", "http://[::1]/a.png",
        "https://nas.local/a.png", "http://169.254.169.254/latest/meta-data", "http://0x7f000001/a.png",
        "https://user@example.com/a.png", "https://[::ffff:10.0.0.1]/a.png", "http://127.0.0.1:8787/other/a.png",
        "http://example.com:65536/a.png",
    ],
)  # fmt: skip
@pytest.mark.parametrize("target", [FAL, GMI, CHOOSY], ids=str)
async def test_a_private_address_is_never_sent(rig: QueueRun, target: Target, url: str) -> None:
    """Refused by its field, with the remedy, before anything is held, sent or fetched."""
    with pytest.raises(ReferenceUnreachable, match=r"image_url: .*upload the file") as caught:
        await check_references(rig.runtime, target, "image", {"prompt": "x", "image_url": url})
    assert caught.value.code == "reference_unreachable"
    with pytest.raises(ReferenceUnreachable):
        await rig.ask(with_reference(target, url))
    assert await rig.paid() == 0
    assert await rig.balance() == FUNDS - HELD_BY_RUN


@pytest.mark.parametrize("url", ["https://example.com:22/a.png", "https://example.com:65535/a.png"])
async def test_what_is_never_fetched_is_refused_before_the_hold(rig: QueueRun, url: str) -> None:
    """As a private address is; it failed only when it was looked at, as an error of the server's."""
    with pytest.raises(ReferenceUnreachable, match=r"image_url: only https on port 443 is fetched"):
        await check_references(rig.runtime, FAL, "image", {"prompt": "x", "image_url": url})


async def test_what_is_no_address_is_never_sent(rig: QueueRun) -> None:
    """Refused like a private address, by its value."""
    with pytest.raises(ReferenceUnreachable, match=r"image_url: '//10.0.0.7/a.png' is no address; upload the file"):
        await rig.ask(with_reference(FAL, "//10.0.0.7/a.png"))
    assert await rig.paid() == 0


@pytest.fixture
def home_name() -> Iterator[str]:
    """A name that looks public and leads home, as it was resolved."""
    host = "127.0.0.1.nip.io"
    NAMES._keep(host, False)
    yield host
    del NAMES._known[host]


async def test_a_name_that_leads_home_is_never_sent(rig: QueueRun, home_name: str) -> None:
    """However public it looks, over http, in a chat or as our own public address."""
    for url in (f"https://{home_name}/a.png", f"http://{home_name}:8787/a.png"):
        with pytest.raises(ReferenceUnreachable, match=r"image_url: .*upload the file"):
            await check_references(rig.runtime, FAL, "image", {"image_url": url})
        messages = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]
        with pytest.raises(ReferenceUnreachable):
            await show_files(rig.runtime, {"messages": messages})
    settings = settings_with(rig.runtime.settings, {"WZRD_PUBLIC_URL": f"https://{home_name}"})
    assert callback_address("https://queue.fal.run", own=settings.api_url, public=settings.public_url) is None
    rig.runtime.settings = settings
    rig.runtime.storage = LocalStorage(settings.media_folder, settings.address)
    provider = rig.runtime.providers.find(FAL.provider, "image")
    assert is_queue(provider)
    handed = await upload_references(rig.runtime, provider, {"image_url": await stored(rig)})
    assert handed["image_url"].startswith("data:image/png")


async def test_a_model_that_takes_no_files_is_told_before_the_hold(rig: QueueRun) -> None:
    """With what an operator can do: a public address of this server."""
    url = await stored(rig)
    with pytest.raises(ReferenceUnreachable, match=r"kling-v3-omni.*WZRD_PUBLIC_URL") as caught:
        await check_references(rig.runtime, CHOOSY, "video", {"first_frame": url})
    assert caught.value.code == "reference_unreachable"
    assert await rig.paid() == 0


@pytest.mark.parametrize("target", [FAL, GMI, CHOOSY], ids=str)
async def test_with_a_public_address_our_files_stay_where_they_are(rig: QueueRun, target: Target) -> None:
    """Every model can fetch them then: the address goes along, and no bytes."""
    rig.runtime.settings = settings_with(rig.runtime.settings, {"WZRD_PUBLIC_URL": "https://studio.example.org"})
    rig.runtime.storage = LocalStorage(rig.runtime.settings.media_folder, rig.runtime.settings.address)
    url = await stored(rig)
    assert url.startswith("https://studio.example.org/")
    await check_references(rig.runtime, target, "image", {"image_url": url})
    provider = rig.runtime.providers.find(target.provider, "image")
    assert is_queue(provider)
    assert (await upload_references(rig.runtime, provider, {"image_url": url}))["image_url"] == url


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [(b"<html>hello</html>", "image/png", "expected image"), (b"", "image/png", "expected image")],
)
async def test_a_file_of_ours_that_is_no_picture(rig: QueueRun, data: bytes, kind: str, said: str) -> None:
    """A file counts by what it is, not by what it is called."""
    url = await stored(rig, data, kind)
    with pytest.raises(BadSource, match=said):
        await check_references(rig.runtime, FAL, "image", {"image_url": url})


async def test_a_file_of_ours_that_is_gone(rig: QueueRun) -> None:
    """Told by its field."""
    url = await stored(rig)
    bucket, path = rig.runtime.storage.locate(url) or ("", "")
    await rig.runtime.storage.delete(bucket, path)
    with pytest.raises(BadSource, match="image_url: there is no such file"):
        await check_references(rig.runtime, FAL, "image", {"image_url": url})


async def test_a_file_that_was_not_taken_costs_nothing(rig: QueueRun) -> None:
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
