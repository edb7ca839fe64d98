"""fal's ffmpeg-api as its own client asks for it: real films of the real inputs, and the vendor's refusals."""

import io
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import av
import fal_client
import httpx
import pytest
from fal_client import FalClientHTTPError
from PIL import Image

from server.fakes import Behaviour, Fakes
from tests.server.fakes.test_fal import HOSTS
from tests.server.fakes.tls_proxy import open_tls_proxy

COMPOSE, MERGE = "fal-ai/ffmpeg-api/compose", "fal-ai/ffmpeg-api/merge-videos"


@pytest.fixture
async def client(fakes: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Any]:
    """Fal's own client, led to the fakes by proxy and certificate."""
    async with open_tls_proxy(fakes.base_url, HOSTS, tmp_path) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(proxy.certificate))
        yield fal_client.AsyncClient(key="k:s")


def picture(colour: str, size: tuple[int, int] = (64, 48)) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG")
    return data.getvalue()


def keyframe(url: str, start: float, lasts: float) -> dict[str, Any]:
    return {"timestamp": start, "duration": lasts, "url": url}


def track(name: str, kind: str, *keyframes: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "type": kind, "keyframes": list(keyframes)}


async def shown(url: str, fakes: Fakes) -> tuple[list[int], tuple[int, int], float]:
    """The brightness of each frame, the size, and the rate."""
    async with httpx.AsyncClient(base_url=fakes.base_url, trust_env=False) as http:
        answer = await http.get("/" + url.split("/", 3)[3])
    assert answer.headers["content-type"] == "video/mp4"
    with av.open(io.BytesIO(answer.content), "r") as film:
        stream = film.streams.video[0]
        levels = [round(float(frame.to_ndarray(format="gray").mean())) for frame in film.decode(stream)]
        return levels, (stream.codec_context.width, stream.codec_context.height), float(stream.average_rate or 0)


async def test_compose_shows_what_it_was_given(client: Any, fakes: Fakes) -> None:
    """An uploaded still, a gap, another one on top of the rest: each for its milliseconds, at 25 a second."""
    white, grey = await client.upload(picture("white"), "image/png"), await client.upload(picture("#555"), "image/png")
    tracks = [track("a", "image", keyframe(white, 0, 400), keyframe(white, 800, 400))]
    tracks.append(track("b", "image", keyframe(grey, 1000, 400)))
    told = await client.subscribe(COMPOSE, {"tracks": tracks})
    assert set(told) == {"video_url", "thumbnail_url"}
    levels, size, rate = await shown(told["video_url"], fakes)
    assert (len(levels), size, rate) == (35, (64, 48), 25.0)
    assert min(levels[:10]) > 240
    assert max(levels[10:20]) < 120
    assert min(levels[20:25]) > 240
    assert max(levels[25:]) < 120


async def test_merge_joins_the_films_of_before(client: Any, fakes: Fakes) -> None:
    """Of the rate and the size that were asked for, as long as its clips together."""
    still = await client.upload(picture("white"), "image/png")
    film = await client.subscribe(COMPOSE, {"tracks": [track("a", "image", keyframe(still, 0, 1000))]})
    levels, _, _ = await shown(film["video_url"], fakes)
    async with httpx.AsyncClient(base_url=fakes.base_url, trust_env=False) as http:
        data = (await http.get("/" + film["video_url"].split("/", 3)[3])).content
    clip = await client.upload(data, "video/mp4")
    wanted = {"video_urls": [clip, clip], "target_fps": 30, "resolution": {"width": 512, "height": 512}}
    told = await client.subscribe(MERGE, wanted)
    assert (told["video"]["content_type"], told["metadata"]) == ("video/mp4", {})
    merged, size, rate = await shown(told["video"]["url"], fakes)
    assert (len(levels), len(merged), size, rate) == (25, 60, (512, 512), 30.0)
    assert min(merged) > 240


@pytest.mark.parametrize(
    ("model", "body", "place"),
    [
        (COMPOSE, {}, ["tracks"]),
        (COMPOSE, {"tracks": []}, ["tracks"]),
        (COMPOSE, {"tracks": [{"type": "image"}]}, ["tracks", 0, "id"]),
        (COMPOSE, {"tracks": [track("a", "caption", keyframe("https://x.org/a", 0, 1))]}, ["tracks", 0, "type"]),
        (COMPOSE, {"tracks": [track("a", "image")]}, ["tracks", 0, "keyframes"]),
        (
            COMPOSE,
            {"tracks": [track("a", "image", keyframe("https://x.org/a", -1, 1))]},
            ["tracks", 0, "keyframes", 0, "timestamp"],
        ),
        (
            COMPOSE,
            {"tracks": [track("a", "image", keyframe("https://x.org/a", 0, 0))]},
            ["tracks", 0, "keyframes", 0, "duration"],
        ),
        (
            COMPOSE,
            {"tracks": [track("a", "image", keyframe("file:///etc/passwd", 0, 1))]},
            ["tracks", 0, "keyframes", 0, "url"],
        ),
        (COMPOSE, {"tracks": [track("a", "audio", keyframe("https://x.org/a", 0, 1))]}, ["tracks"]),
        (MERGE, {"video_urls": ["https://x.org/a"]}, ["video_urls"]),
        (MERGE, {"video_urls": ["https://x.org/a"] * 2, "target_fps": 61}, ["target_fps"]),
        (
            MERGE,
            {"video_urls": ["https://x.org/a"] * 2, "resolution": {"width": 256, "height": 512}},
            ["resolution", "width"],
        ),
        (MERGE, {"video_urls": ["http://127.0.0.1/a", "https://x.org/a"]}, ["video_urls", 0]),
    ],
)
async def test_what_the_vendors_types_do_not_have_is_refused(
    fakes: Fakes, model: str, body: dict[str, Any], place: list[Any]
) -> None:
    """422 with the place, and nothing paid."""
    async with httpx.AsyncClient(base_url=fakes.base_url, trust_env=False) as http:
        answer = await http.post(f"/fal/queue/{model}", json=body, headers={"authorization": "Key k"})
    assert (answer.status_code, answer.json()["detail"][0]["loc"]) == (422, ["body", *place])
    assert await fakes.paid_submits() == []


async def test_a_job_that_fails(client: Any, fakes: Fakes) -> None:
    """As any job of the queue."""
    await fakes.script(Behaviour(outcome="failure"))
    tracks = [track("a", "image", keyframe("https://x.org/a.png", 0, 400))]
    with pytest.raises(FalClientHTTPError):
        await client.subscribe(COMPOSE, {"tracks": tracks})


async def test_a_film_of_the_wrong_length(client: Any, fakes: Fakes) -> None:
    """Half of it, when the fake is told so; what it cannot have shows as an even grey."""
    await fakes.script(Behaviour(media="wrong_length"))
    tracks = [track("a", "image", keyframe("https://x.org/a.png", 0, 2000))]
    told = await client.subscribe(COMPOSE, {"tracks": tracks})
    levels, size, _ = await shown(told["video_url"], fakes)
    assert (len(levels), size, len(set(levels))) == (25, (640, 360), 1)
