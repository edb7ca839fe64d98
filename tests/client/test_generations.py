"""Generations by the client: every route's metadata, statuses, request ids, broken streams, the blocking twin."""

import asyncio
import inspect
import random
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from server.fakes import Behaviour
from tests.client.proxies import proxied
from tests.client.service_site import ClientRig
from tests.media.bombs import png
from wzrd.client import (
    BlockingGenerationService,
    GenerationError,
    GenerationInput,
    GenerationMetadata,
    GenerationProgress,
    GenerationResult,
    OutputConfig,
    ReferenceAsset,
    UnifiedGenerationService,
)

FLUX, SEEDREAM, LLAMA = "fal-ai/flux/schnell", "gmi/seedream-5.0-lite", "llama-3.3-70b-versatile"
KLING = "fal-ai/kling-video/o3/standard/text-to-video"
EDIT = "fal-ai/nano-banana-2/edit"
SMALL = {"image_size": {"width": 64, "height": 32}}


@pytest.mark.parametrize(
    ("model", "parameters", "kind", "known"),
    [
        (FLUX, SMALL, "image", {"storage_url", "width", "height"}),
        (KLING, {"duration": 3}, "video", {"storage_url", "width", "height", "duration_seconds"}),
        ("fal-ai/elevenlabs/tts/turbo-v2.5", {}, "audio", {"storage_url", "duration_seconds"}),
        (SEEDREAM, {"size": "640x320"}, "image", {"storage_url", "width", "height"}),
        ("gmi/deepseek-r1", {}, "text", set[str]()),
        (LLAMA, {"max_tokens": 20}, "text", set[str]()),
        ("openai/gpt-5-mini", {}, "text", set[str]()),
        (LLAMA, {"_edgeFunction": "groq-stream"}, "text", set[str]()),
        ("elevenlabs-tts", {"voice_id": "JBFqnCBsd6RMkjVDRZzb"}, "audio", {"storage_url", "duration_seconds"}),
        ("elevenlabs-sfx", {"duration": 1}, "audio", {"storage_url", "duration_seconds"}),
        ("elevenlabs-music", {"duration": 10}, "audio", {"storage_url", "duration_seconds"}),
    ],
)
async def test_the_metadata_of_every_route(
    rig: ClientRig, model: str, parameters: dict[str, Any], kind: str, known: set[str]
) -> None:
    """All that is documented and means something is there, and what it cost is what was charged."""
    studio = await rig.maker()
    async with rig.service(studio) as service:
        request = GenerationInput(model=model, prompt="a lamp", parameters=parameters)
        route = await service.route(request)
        made = await service.generate(request)
        again = await service.result(made.metadata.generation_id)
    metadata = made.metadata
    assert (made.status, metadata.media_type, metadata.requested_model) == ("completed", kind, model)
    assert (metadata.resolved_model, metadata.credits) == (route.resolved_model, route.credits)
    assert await rig.balance(studio) == 100 - (metadata.credits or 0) < 100
    told = {name for name in ("storage_url", "width", "height", "duration_seconds") if getattr(metadata, name)}
    assert told == known
    assert made.url == (metadata.storage_url or "")
    assert bool(metadata.raw.get("text")) == (kind == "text")
    assert (again.url, again.metadata.raw) == (made.url, metadata.raw)


async def test_the_wire_has_the_documented_names(rig: ClientRig) -> None:
    """An input may come as JSON, and a result goes as JSON, both in camelCase."""
    request = GenerationInput.model_validate(
        {
            "model": FLUX,
            "prompt": "a lamp",
            "parameters": SMALL,
            "referenceAssets": None,
            "outputConfig": {"count": 2, "autoStore": True, "storagePathPrefix": "lamps"},
            "metadata": {"source": "studio", "projectId": "p", "entityId": "node-1", "custom": {"a": 1}},
        }
    )
    async with rig.service(await rig.maker()) as service:
        made = await service.generate(request)
    wire = made.wire()
    assert set(wire) == {"url", "metadata", "status"}
    assert {"generationId", "resolvedModel", "requestedModel", "fallbackUsed", "mediaType", "storageUrl"} <= set(
        wire["metadata"]
    )
    assert "/lamps/" in made.url
    assert (made.metadata.credits, len(made.metadata.raw["images"])) == (6, 2)
    assert GenerationInput.model_validate(request.wire()) == request
    assert OutputConfig().auto_store is True
    with pytest.raises(ValueError, match="source"):
        GenerationMetadata.model_validate({"source": "elsewhere"})


async def test_a_clip_from_a_picture_runs_on_a_model_that_takes_one(rig: ClientRig) -> None:
    """The documented upgrade, decided by the server: the result says so."""
    async with rig.service(await rig.maker()) as service:
        picture = await service.generate_image("a lamp", parameters=SMALL)
        reference = ReferenceAsset(url=picture.url, type="image", role="input_image")
        clip = await service.generate_video("it glows", parameters={"duration": 3}, reference_assets=[reference])
    assert clip.metadata.requested_model == KLING
    assert clip.metadata.resolved_model == "fal-ai/kling-video/o3/standard/image-to-video"
    assert (clip.metadata.fallback_used, clip.status) == (True, "completed")
    assert str(clip.metadata.fallback_reason).startswith("incompatible_with_reference_input:text-to-video")


@pytest.mark.parametrize("model", [FLUX, SEEDREAM, LLAMA, "elevenlabs-sfx", "elevenlabs-music"])
async def test_pending_running_completed(rig: ClientRig, model: str) -> None:
    """`wait=False` returns as soon as the run stands; `result` tells how it stands, and follows it to its end."""
    studio = await rig.maker()
    await rig.script(Behaviour(hold="reply"))
    async with rig.service(studio) as service:
        request = GenerationInput(model=model, prompt="a lamp", parameters=SMALL if model == FLUX else {})
        begun = await service.generate(request, wait=False)
        assert (begun.status, begun.url, begun.metadata.resolved_model) == ("pending", "", model)
        await rig.server.fakes.wait_submit()
        now = await service.result(begun.metadata.generation_id, wait=False)
        assert (now.status, now.metadata.requested_model, now.metadata.resolved_model) == ("running", model, model)
        await rig.server.fakes.release()
        made = await service.result(str(begun.metadata.generation_id))
        assert made.status == "completed"
        assert (await service.result(made.metadata.generation_id, wait=False)) == made
    assert await rig.submits() == 1


async def test_failed_is_a_status_where_nobody_waits(rig: ClientRig) -> None:
    """`result` raises as `generate` would; without waiting it says `failed`, and why."""
    async with rig.service(await rig.maker()) as service:
        begun = await service.generate_image("a lamp [fake: fail]", wait=False)
        with pytest.raises(GenerationError) as raised:
            await service.result(begun.metadata.generation_id)
        assert (raised.value.code, raised.value.generation_id) == ("provider_error", begun.metadata.generation_id)
        ended = await service.result(begun.metadata.generation_id, wait=False)
    assert (ended.status, ended.url, ended.metadata.credits) == ("failed", "", 0)
    assert ended.metadata.raw["code"] == "provider_failed"


@pytest.mark.parametrize("generation", ["no id", str(uuid.UUID(int=7))])
@pytest.mark.parametrize("wait", [True, False])
async def test_no_such_generation(rig: ClientRig, generation: str, wait: bool) -> None:
    """404, be it no id or another user's."""
    async with rig.service(await rig.maker()) as service:
        with pytest.raises(GenerationError) as raised:
            await service.result(generation, wait=wait)
    assert (raised.value.code, raised.value.status) == ("edge_function_error", 404)


@pytest.mark.parametrize("model", [FLUX, SEEDREAM, LLAMA, "elevenlabs-tts"])
async def test_the_same_request_id_is_one_generation(rig: ClientRig, model: str) -> None:
    """Twice at once and once more afterwards: one run, one submit, one charge; other words under it are refused."""
    studio = await rig.maker()
    async with rig.service(studio) as service:
        request = GenerationInput(model=model, prompt="a lamp", parameters=SMALL if model == FLUX else {})
        both = await asyncio.gather(*(service.generate(request, request_id="mine") for _ in range(2)))
        third = await service.generate(request, request_id="mine")
        with pytest.raises(GenerationError) as raised:
            await service.generate(request.model_copy(update={"prompt": "another"}), request_id="mine")
    assert len({made.metadata.generation_id for made in (*both, third)}) == 1
    assert (await rig.submits(), raised.value.status) == (1, 409)
    assert await rig.balance(studio) == 100 - (third.metadata.credits or 0)


@pytest.mark.parametrize("seed", range(3))
async def test_a_broken_stream_is_resumed(rig: ClientRig, seed: int) -> None:
    """Cut at random bytes many times, by a proxy between: one run, one result, percent never falls."""
    studio, dice = await rig.maker(), random.Random(seed)
    told = list[GenerationProgress]()
    await rig.script(Behaviour(places=6, seconds=None))
    async with (
        proxied(rig.url, cuts=[dice.randint(0, 400) for _ in range(8)]) as proxy,
        rig.service(studio, proxy.url, reconnects=50) as service,
    ):
        made = await service.generate_image("a lamp", parameters=SMALL, on_progress=told.append)
    assert made.status == "completed"
    assert proxy.asked.count("POST /functions/v1/fal-stream") == 1
    assert any("/events" in line for line in proxy.asked)
    assert [one.percent for one in told] == sorted(one.percent for one in told)
    assert await rig.submits() == 1


async def test_a_dear_model_is_refused_by_max_credits(rig: ClientRig) -> None:
    """Both numbers are told; nothing is held."""
    studio = await rig.maker()
    async with rig.service(studio) as service:
        with pytest.raises(GenerationError, match="more than maxCredits 2") as raised:
            await service.generate_image("a lamp", max_credits=2)
    assert (raised.value.code, await rig.balance(studio)) == ("stream_error", 100)


async def test_an_option_that_is_none_is_refused(rig: ClientRig, tmp_path: Path) -> None:
    """A slip of the pen is not passed over, and nothing is paid; None means what is not said."""
    studio = await rig.maker()
    none: dict[str, Any] = dict.fromkeys(("model", "parameters", "metadata", "reference_assets", "output_config"))
    async with rig.service(studio) as service:
        with pytest.raises(TypeError, match=r"no option is called 'image_size'; there are model, .* in parameters"):
            await service.generate_image("a lamp", **dict[str, Any](image_size="square"))
        assert await rig.balance(studio) == 100
        made = await service.generate_image("a lamp", project_id="p", **none)
        assert (made.status, made.metadata.requested_model) == ("completed", FLUX)
        assert await service.download(made.url, str(tmp_path / "lamp.png")) > 0


async def test_a_parameter_that_json_has_no_word_for_is_named(rig: ClientRig) -> None:
    """Bytes, at whatever depth: nothing is started, and the message says which parameter, and what to give instead."""
    studio = await rig.maker()
    async with rig.service(studio) as service:
        for value in (b"PNG", [{"deep": b"PNG"}], {1, 2}):
            with pytest.raises(TypeError, match=r"parameters\['mask'\] cannot be sent as JSON .* reference_assets"):
                await service.generate_image("a lamp", parameters={"seed": 1, "mask": value})
        assert await rig.balance(studio) == 100


async def test_what_on_progress_raises_is_raised(rig: ClientRig) -> None:
    """A mistake of the caller's is the caller's; the run goes on, and is not lost."""
    studio = await rig.maker()

    def fall(progress: GenerationProgress) -> None:
        if progress.percent:
            raise ZeroDivisionError

    async with rig.service(studio) as service:
        with pytest.raises(ZeroDivisionError):
            await service.generate_image("a lamp", fall, parameters=SMALL)
        (run,) = await service.runs()
        assert (await service.result(run.id)).status == "completed"


async def test_the_blocking_twin(rig: ClientRig) -> None:
    """The client works in a program without an event loop: results, errors, streams and callbacks."""
    studio = await rig.maker()
    token, told = rig.service(studio).token, list[GenerationProgress]()

    def program() -> tuple[GenerationResult, GenerationResult, list[str]]:
        with BlockingGenerationService(rig.url, token, first_delay=0.01) as service:
            image = service.generate_image("a lamp", told.append, model=FLUX, parameters=SMALL)
            begun = service.generate_text("a word", model=LLAMA, wait=False)
            text = service.result(begun.metadata.generation_id)
            with pytest.raises(GenerationError, match="no model is called"):
                service.generate_image("a lamp", model="acme/none")
            names = [event.name for event in service.follow(image.metadata.generation_id)]
            for event in service.follow(image.metadata.generation_id):
                assert event.seq
                break
            assert len(service.runs(limit=10)) == 2
        with pytest.raises(RuntimeError, match="not open"):
            service.runs()
        return image, text, names

    image, text, names = await asyncio.to_thread(program)
    assert (image.status, text.metadata.media_type, bool(text.metadata.raw["text"])) == ("completed", "text", True)
    assert (names[0], names[-1]) == ("meta", "done")
    assert (told[0].percent, told[-1].percent) == (0, 100)


def test_the_twin_has_all_that_the_async_one_has() -> None:
    """Every public method, with its words; so that none is forgotten."""
    public = {
        name: method
        for name, method in inspect.getmembers(UnifiedGenerationService, inspect.isfunction)
        if not name.startswith("_")
    }
    for name, method in public.items():
        twin = inspect.getattr_static(BlockingGenerationService, name)
        assert (twin.method, twin.__doc__) == (method, method.__doc__)
    ours = inspect.signature(BlockingGenerationService).parameters
    theirs = inspect.signature(UnifiedGenerationService).parameters
    assert [(one.name, one.default) for one in ours.values()] == [(one.name, one.default) for one in theirs.values()]


async def test_a_local_file_is_uploaded_once_and_first(rig: ClientRig, tmp_path: Path) -> None:
    """Its bytes lie below the user's folder, the generation names their address; again, it is the same request."""
    studio, picture = await rig.maker(), tmp_path / "a lamp.PNG"
    picture.write_bytes(png(64, 64))
    spelled: list[Any] = [str(picture), picture, bytes(picture), picture.as_uri(), f"file:{quote(str(picture))}"]
    given = [ReferenceAsset(url=one, type="image") for one in spelled]
    async with proxied(rig.url) as proxy, rig.service(studio, proxy.url) as service:
        for _ in range(2):
            made = await service.generate_image("like this", reference_assets=given, request_id="mine", model=EDIT)
            assert made.status == "completed"
        with pytest.raises(FileNotFoundError):
            await service.generate_image("x", reference_assets=[ReferenceAsset(url="nowhere.png", type="image")])
    uploads = [line.split()[1] for line in proxy.asked if line.startswith("POST /storage/")]
    assert len(uploads) == 2
    assert len(set(uploads)) == 1
    assert uploads[0].startswith(f"/storage/v1/object/project-assets/{studio.user_id}/references/")
    stored = await rig.server.client.get(uploads[0].replace("/object/", "/object/public/"))
    assert (stored.content, stored.headers["content-type"]) == (picture.read_bytes(), "image/png")
    assert await rig.submits() == 1


async def test_a_file_that_is_not_what_it_says(rig: ClientRig, tmp_path: Path) -> None:
    """The server refuses it while it is uploaded: nothing is started, nothing is charged."""
    studio, page = await rig.maker(), tmp_path / "page.png"
    page.write_text("<html><script>alert(1)</script></html>")
    async with rig.service(studio) as service:
        with pytest.raises(GenerationError) as raised:
            await service.generate_image("x", reference_assets=[ReferenceAsset(url=str(page), type="image")])
        assert await service.runs() == []
    assert raised.value.code == "edge_function_error"
    assert await rig.balance(studio) == 100
