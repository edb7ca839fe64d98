"""Every usage example of the documentation, in Python, against a served application with the fakes behind it."""

import httpx
import pytest

from tests.client.service_site import ClientRig
from wzrd.client import (
    GenerationError,
    GenerationInput,
    GenerationProgress,
    InsufficientCreditsError,
    ReferenceAsset,
)


async def test_generate_an_image(rig: ClientRig, capsys: pytest.CaptureFixture[str]) -> None:
    """The first example: a picture in our store, its address printed."""
    async with rig.service(await rig.maker()) as unified_generation_service:
        image = await unified_generation_service.generate_image(
            "A cinematic wide shot of a futuristic city at sunset",
            model="fal-ai/flux/schnell",
            parameters={"image_size": "landscape_16_9"},
            project_id="my-project-id",
            auto_store=True,
        )
        print(image.url)  # noqa: T201 - as the documentation does
    assert capsys.readouterr().out.strip() == image.url == image.metadata.storage_url
    assert "/storage/v1/object/public/project-assets/" in image.url
    async with httpx.AsyncClient() as http:
        path = image.url.partition("/storage/")[2]
        assert (await http.get(f"{rig.url}/storage/{path}")).content[:4] == b"\x89PNG"
    known = image.metadata
    assert (image.status, known.media_type, known.requested_model) == ("completed", "image", "fal-ai/flux/schnell")
    assert (known.resolved_model, known.fallback_used, known.credits) == ("fal-ai/flux/schnell", False, 3)
    assert known.width
    assert known.height


async def test_generate_a_video_with_progress(rig: ClientRig) -> None:
    """The second: percent and message, from 0 to 100 and never back; seconds and pixels in the metadata."""
    told: list[GenerationProgress] = []
    async with rig.service(await rig.maker()) as unified_generation_service:
        video = await unified_generation_service.generate_video(
            "A drone flyover of a tropical island, golden hour",
            model="fal-ai/kling-video/o3/standard/text-to-video",
            parameters={"duration": "5", "aspect_ratio": "16:9", "generate_audio": True},
            project_id="my-project-id",
            on_progress=told.append,
        )
    lines = [f"{progress.percent}% — {progress.message}" for progress in told]
    assert (lines[0], lines[-1]) == ("0% — Starting generation...", "100% — Completed")
    assert [one.percent for one in told] == sorted(one.percent for one in told)
    assert (video.status, video.metadata.media_type) == ("completed", "video")
    assert video.metadata.duration_seconds == pytest.approx(5, abs=0.3)
    assert video.metadata.width


async def test_generate_a_text(rig: ClientRig) -> None:
    """The third: `raw["text"]`."""
    async with rig.service(await rig.maker()) as unified_generation_service:
        result = await unified_generation_service.generate_text(
            "Write a 3-sentence storyline for a sci-fi short film.",
            model="google/gemini-2.5-flash",
        )
    text = result.metadata.raw["text"]
    assert text
    assert (result.url, result.status, result.metadata.media_type) == ("", "completed", "text")


async def test_errors(rig: ClientRig, capsys: pytest.CaptureFixture[str]) -> None:
    """The fourth: too few credits, with both numbers and where to get more; anything else with its code."""
    inputs = [
        GenerationInput(model="fal-ai/flux/schnell", prompt="a lamp"),
        GenerationInput(
            model="fal-ai/flux/dev/image-to-image",
            prompt="a lamp",
            reference_assets=[ReferenceAsset(url="https://192.168.0.1/a.png", type="image")],
        ),
    ]
    async with rig.service(await rig.maker(funds=2)) as unified_generation_service:
        for request in inputs:
            try:
                await unified_generation_service.generate(request)
            except InsufficientCreditsError as error:
                print(f"Need {error.required} credits, have {error.available}: {error.top_up_url}")  # noqa: T201
            except GenerationError as error:
                print(f"[{error.code}] {error.message}")  # noqa: T201
    first, second = capsys.readouterr().out.splitlines()
    assert first == "Need 3 credits, have 2: /settings/billing"
    assert second.startswith("[stream_error] ")
    assert "only this machine or its network can reach" in second
