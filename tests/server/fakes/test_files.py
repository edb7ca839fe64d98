"""Files at the address of a result: real media of the shape asked for, or a fault."""

import base64
import io
import json
import struct
import time
from typing import Any

import av
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from server.fakes import Behaviour, Fakes
from server.fakes.calls import SLOW_BYTES, SLOW_SECONDS
from server.fakes.media import MediaMaker
from server.fakes.shapes import Shape, count_of, kind_of, shape_of
from wzrd.net.file_types import SNIFF_BYTES, sniff


async def result(fakes: Fakes, http: httpx.AsyncClient, model: str, **payload: Any) -> Any:
    """Result of a model of fal's for a payload."""
    headers = {"authorization": "Key k"}
    url = f"{fakes.environment()['FAL_QUEUE_URL']}/{model}"
    body = payload if {"image_urls", "audio_url"} & payload.keys() else {"prompt": "a cat", **payload}
    submitted = (await http.post(url, json=body, headers=headers)).json()
    return (await http.get(submitted["response_url"], headers=headers)).json()


async def test_a_picture(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """It has the size that is told, and its type; equal requests give equal bytes, others do not."""
    wide = {"image_size": {"width": 320, "height": 180}, "num_images": 2}
    first, second = (await result(fakes, http, "fal-ai/flux/dev", **wide))["images"]
    answers = [await http.get(url) for url in (first["url"], second["url"], first["url"])]
    assert {answer.headers["content-type"] for answer in answers} == {"image/png"}
    for answer in answers:
        picture = Image.open(io.BytesIO(answer.content))
        picture.load()
        assert picture.size == (first["width"], first["height"]) == (320, 180)
    assert answers[0].content == answers[2].content != answers[1].content
    again = (await result(fakes, http, "fal-ai/flux/dev", **wide))["images"]
    other = (await result(fakes, http, "fal-ai/flux/dev", **wide, seed=2))["images"]
    assert again[0]["url"] == first["url"] != other[0]["url"]


async def test_a_clip_plays(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """Every frame can be decoded; it lasts as long as was asked for."""
    made = await result(
        fakes,
        http,
        "fal-ai/bytedance/seedance/v1/lite/text-to-video",
        duration="2",
        aspect_ratio="9:16",
        resolution="480p",
    )
    answer = await http.get(made["video"]["url"])
    assert answer.headers["content-type"] == "video/mp4"
    with av.open(io.BytesIO(answer.content), "r") as container:
        stream = container.streams.video[0]
        frames = [frame.pts for frame in container.decode(stream)]
        assert (stream.width, stream.height) == (480, 852)
        assert (len(frames), len(set(frames)), stream.average_rate) == (48, 48, 24)


async def test_a_clip_carries_its_first_and_last_picture(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """As its first and last frame, at its size; what lips are moved in begins as that clip does."""
    stills = [a_still((200, 30, 30)), a_still((30, 30, 200))]
    model = "fal-ai/kling-video/v3/pro/image-to-video"
    made = await result(fakes, http, model, start_image_url=stills[0], end_image_url=stills[1], duration="3")
    clip = (await http.get(made["video"]["url"])).content
    frames = frames_of(clip)
    assert len(frames) == 72
    red, middle, blue = (frames[at].mean(axis=(0, 1)) for at in (0, 36, 71))
    assert (np.argmax(red), np.argmax(blue), round(float(np.ptp(middle)))) == (0, 2, 0)
    source = "data:video/mp4;base64," + base64.b64encode(clip).decode()
    sound = base64.b64encode(await MediaMaker().make(Shape("audio", seconds=1.0), "wav", "00000000")).decode()
    moved = await result(fakes, http, "fal-ai/latentsync", video_url=source, audio_url=f"data:audio/wav;base64,{sound}")
    first = frames_of((await http.get(moved["video"]["url"])).content)[0]
    assert np.argmax(first.mean(axis=(0, 1))) == 0


def a_still(colour: tuple[int, int, int]) -> str:
    file = io.BytesIO()
    Image.new("RGB", (320, 180), colour).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def frames_of(clip: bytes) -> list[NDArray[Any]]:
    with av.open(io.BytesIO(clip), "r") as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


@pytest.mark.parametrize("seed", ["00000000", "ffffffff"])
async def test_sounds_play(seed: str) -> None:
    """An MP3 and a WAV last as long as they say, and different seeds are different files."""
    maker = MediaMaker()
    for form in ("mp3", "wav"):
        data = await maker.make(Shape("audio", seconds=1.5), form, seed)
        assert data != await maker.make(Shape("audio", seconds=1.5), form, "12345678")
        with av.open(io.BytesIO(data), "r") as container:
            stream = container.streams.audio[0]
            samples = sum(frame.samples for frame in container.decode(stream))
        assert samples / stream.rate == pytest.approx(1.5, abs=0.06)


async def test_what_one_maker_has_made_another_has() -> None:
    """A process encodes a shape once, however many fakes it opens."""
    shape = Shape("image", 64, 48)
    assert await MediaMaker().make(shape, "black", "00000000") is await MediaMaker().make(shape, "black", "11111111")


@pytest.mark.parametrize(
    ("kind", "payload", "shape"),
    [
        ("image", {}, (1024, 1024, 0)),
        ("image", {"image_size": "landscape_16_9"}, (1024, 576, 0)),
        ("image", {"size": "1280x720"}, (1280, 720, 0)),
        ("image", {"size": "1280*720"}, (1280, 720, 0)),
        ("image", {"aspect_ratio": "16:9", "resolution": "2K"}, (2731, 1536, 0)),
        ("image", {"width": 90_000, "height": 30_000}, (4096, 1365, 0)),
        ("image", {"image_size": {"width": 0, "height": -1}, "aspect_ratio": "0:0"}, (1024, 1024, 0)),
        ("video", {}, (1280, 720, 5)),
        ("video", {"duration": "8s", "resolution": "1080p"}, (1920, 1080, 8)),
        ("video", {"num_frames": 48, "fps": 24, "aspect_ratio": "1:1"}, (720, 720, 2)),
        ("video", {"duration": 1e300}, (1280, 720, 5)),
        ("video", {"duration": "NaN"}, (1280, 720, 5)),
        ("video", {"duration": True}, (1280, 720, 5)),
        ("video", {"duration": 3600}, (1280, 720, 60)),
        ("audio", {"music_length_ms": 10_000}, (0, 0, 10)),
    ],
)
def test_the_shape_that_a_payload_asks_for(kind: Any, payload: dict[str, Any], shape: tuple[int, int, float]) -> None:
    """In each vendor's words; absurd values are brought within what a fake makes."""
    made = shape_of(kind, payload)
    assert (made.width, made.height, made.seconds) == shape


def test_how_many_and_of_what_kind() -> None:
    """Counts are bounded; a model that the catalog has is of its kind, another is judged by its name."""
    values: list[Any] = [3, "2", 0, -1, 1000, None, []]
    assert [count_of({"num_images": value}) for value in values] == [3, 2, 1, 1, 100, 1, 1]
    assert [kind_of(name) for name in ("fal-ai/flux/dev", "fal-ai/new-video", "fal-ai/ffmpeg-api/metadata")] == [
        "image",
        "video",
        "json",
    ]


FATES = [
    ("expired", 403, "application/xml", None),
    ("page", 200, "text/html; charset=utf-8", None),
    ("wrong_type", 200, "{}", None),
    ("other_kind", 200, "{}", "audio/wav"),
]


@pytest.mark.parametrize(("media", "status", "content_type", "really"), FATES)
@pytest.mark.parametrize(
    ("model", "kind"),
    [("fal-ai/flux/dev", "image/png"), ("fal-ai/kling-video/v3/pro/text-to-video", "video/mp4")],
    ids=["picture", "clip"],
)
async def test_media_that_are_not_what_they_should_be(
    fakes: Fakes, http: httpx.AsyncClient, media: Any, status: int, content_type: str, really: str | None, model: str,
    kind: str,
) -> None:  # fmt: skip
    """The job succeeds, and its result is gone, a page, a page that claims to be media, or another kind of media."""
    await fakes.script(Behaviour(media=media))
    made = await result(fakes, http, model)
    answer = await http.get((made.get("video") or made["images"][0])["url"])
    assert answer.status_code == status
    assert answer.headers["content-type"] == content_type.format(kind)
    assert sniff(answer.content[:SNIFF_BYTES]) == really


async def test_a_mesh(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """A GLB with the lengths that it tells, and one triangle inside."""
    mesh = (await result(fakes, http, "fal-ai/trellis/multi", image_urls=["https://cdn.example.org/a.png"]))[
        "model_mesh"
    ]
    answer = await http.get(mesh["url"])
    assert answer.headers["content-type"] == mesh["content_type"] == "model/gltf-binary"
    magic, version, length, text_length, name = struct.unpack_from("<4sIII4s", answer.content)
    assert (magic, version, length, name) == (b"glTF", 2, len(answer.content), b"JSON")
    about = json.loads(answer.content[20 : 20 + text_length])
    assert about["accessors"][0]["count"] == 3
    assert struct.unpack_from("<I4s", answer.content, 20 + text_length) == (36, b"BIN\x00")
    assert length == 20 + text_length + 8 + 36


async def test_a_sound_that_is_a_picture(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """The other kind of a sound."""
    await fakes.script(Behaviour(media="other_kind"))
    made = await result(fakes, http, "fal-ai/stable-audio", seconds_total=2)
    answer = await http.get(made["audio_file"]["url"])
    assert answer.headers["content-type"] == "audio/mpeg"
    assert Image.open(io.BytesIO(answer.content)).size == (64, 64)


async def test_a_file_that_breaks_off(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """The whole length is promised, half of it comes."""
    await fakes.script(Behaviour(media="truncated"))
    url = (await result(fakes, http, "fal-ai/flux/dev"))["images"][0]["url"]
    async with http.stream("GET", url) as answer:
        length = int(answer.headers["content-length"])
        pieces = answer.aiter_bytes()
        assert (await anext(pieces)).startswith(b"\x89PNG")
        with pytest.raises(httpx.RemoteProtocolError, match=f"received {length // 2} bytes, expected {length}"):
            [data async for data in pieces]


async def test_a_file_that_comes_slowly(fakes: Fakes, http: httpx.AsyncClient) -> None:
    """In many small pieces; in the end it is whole."""
    await fakes.script(Behaviour(media="slow"))
    url = (await result(fakes, http, "fal-ai/flux/dev", image_size={"width": 16, "height": 16}))["images"][0]["url"]
    started = time.monotonic()
    data = (await http.get(url)).content
    assert time.monotonic() - started >= len(data) // SLOW_BYTES * SLOW_SECONDS > 5 * SLOW_SECONDS
    assert Image.open(io.BytesIO(data)).size == (16, 16)


@pytest.mark.parametrize(
    "path",
    [
        "/files/good/0x0x0/00000000-0.png",
        "/files/good/9999x9999x0/00000000-0.png",
        "/files/good/64x64x99/00000000-0.mp4",
        "/files/bad/64x64x0/00000000-0.png",
        "/files/good/64x64x0/00000000-0.exe",
        "/files/u/none/a.png",
    ],
)
async def test_an_address_that_nobody_gave_out(fakes: Fakes, http: httpx.AsyncClient, path: str) -> None:
    """404, whatever it asks for."""
    assert (await http.get(f"{fakes.base_url}{path}")).status_code == 404
