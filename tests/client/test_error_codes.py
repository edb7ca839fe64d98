"""Each documented error code, raised by a real situation: a served application, the fakes' faults, a bad proxy."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, get_args

import pytest

from server.fakes import Behaviour
from server.stack import postgres
from tests.client.proxies import proxied
from tests.client.service_site import ClientRig
from tests.providers.conformance import png
from tests.server.api.generate_server import open_generate_server
from wzrd.client import (
    ErrorCode,
    GenerationError,
    GenerationInput,
    GenerationMetadata,
    GenerationProgress,
    InsufficientCreditsError,
    UnifiedGenerationService,
)

FLUX, SEEDREAM, LLAMA = "fal-ai/flux/schnell", "gmi/seedream-5.0-lite", "llama-3.3-70b-versatile"
SEEN = set[str]()


def asked(model: str = FLUX, prompt: str = "a lamp", **parameters: Any) -> GenerationInput:
    return GenerationInput(model=model, prompt=prompt, parameters=parameters)


async def refused(service: UnifiedGenerationService, request: GenerationInput, **more: Any) -> GenerationError:
    """The error that this generation ends with."""
    async with service:
        with pytest.raises(GenerationError) as raised:
            await service.generate(request, **more)
    SEEN.add(raised.value.code)
    return raised.value


async def test_insufficient_credits(rig: ClientRig) -> None:
    """402 on every kind of route: both numbers, where to get more; nothing is sent."""
    for model in (FLUX, SEEDREAM, LLAMA):
        error = await refused(rig.service(await rig.maker(funds=0)), asked(model))
        assert isinstance(error, InsufficientCreditsError)
        assert (error.available, error.top_up_url, error.status) == (0, "/settings/billing", 402)
        assert error.required > 0
    assert await rig.submits() == 0


async def test_stream_error(rig: ClientRig) -> None:
    """fal-stream refuses the request: its words, its status; nothing is charged."""
    studio = await rig.maker()
    error = await refused(rig.service(studio), asked(image_size={"width": 5, "height": 64}))
    assert (error.code, error.status) == ("stream_error", 400)
    assert "image_size" in error.message
    assert await rig.balance(studio) == 100


async def test_no_body(rig: ClientRig) -> None:
    """A proxy in between answers for the stream with an empty body."""

    def empty(request: bytes, _: bytes) -> bytes | None:
        return b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n" if b"/fal-stream" in request else None

    async with proxied(rig.url, empty) as proxy:
        error = await refused(rig.service(await rig.maker(), proxy.url), asked())
    assert error.code == "no_body"


async def test_no_result(rig: ClientRig) -> None:
    """The run is canceled from elsewhere while its client waits: there is no result, and nothing to pay."""
    studio = await rig.maker()
    rig.server.player.gate.clear()
    begun = asyncio.Event()

    def notice(told: GenerationProgress) -> None:
        if told.percent:
            begun.set()

    async def cancel() -> None:
        await begun.wait()
        async with rig.service(studio) as other:
            (run,) = await other.runs()
            await other.cancel(run.id)

    canceling = asyncio.create_task(cancel())
    error = await refused(rig.service(studio), asked(), on_progress=notice)
    await canceling
    assert (error.code, error.reason) == ("no_result", "canceled")
    assert await rig.balance(studio) == 100


async def test_provider_error(rig: ClientRig) -> None:
    """The model fails at its provider: the stream's error event."""
    studio = await rig.maker()
    error = await refused(rig.service(studio), asked(prompt="a lamp [fake: fail]"))
    assert (error.code, error.reason) == ("provider_error", "provider_failed")
    assert error.generation_id is not None
    assert await rig.balance(studio) == 100


@pytest.mark.parametrize(
    ("model", "code"),
    [("google/gemini-2.5-flash", "text_error"), (LLAMA, "groq_error"), ("gmi/deepseek-r1", "gmi_error")],
)
async def test_a_text_models_provider_refuses(rig: ClientRig, model: str, code: str) -> None:
    """text_error, groq_error, gmi_error: each route's own, the run named; once, not again and again."""
    studio = await rig.maker()
    error = await refused(rig.service(studio), asked(model, "[fake: 400] a word"))
    assert (error.code, error.reason) == (code, "provider_rejected")
    async with rig.service(studio) as service:
        assert [run.id for run in await service.runs()] == [error.generation_id]
    assert await rig.balance(studio) == 100


async def test_gmi_error(rig: ClientRig) -> None:
    """A picture's job fails at GMI Cloud."""
    error = await refused(rig.service(await rig.maker()), asked(SEEDREAM, "a lamp [fake: fail]"))
    assert (error.code, error.reason) == ("gmi_error", "provider_failed")


async def test_gmi_timeout(rig: ClientRig) -> None:
    """GMI Cloud takes longer than the client waits; the run goes on, and its result can be had later."""
    studio = await rig.maker()
    await rig.script(Behaviour(hold="result"))
    error = await refused(rig.service(studio, gmi_timeout=0.3), asked(SEEDREAM))
    assert error.code == "gmi_timeout"
    assert error.generation_id is not None
    await rig.server.fakes.wait_submit()  # the client may give up before it was sent
    await rig.server.fakes.release()
    async with rig.service(studio) as service:
        assert (await service.result(error.generation_id)).status == "completed"


async def test_edge_function_error(rig: ClientRig) -> None:
    """A function that the caller names refuses: there is no such shot."""
    request = GenerationInput(
        model=FLUX,
        prompt="a lamp",
        parameters={"_edgeFunction": "generate-shot-image"},
        metadata=GenerationMetadata(entity_id="2e7d3c6e-0000-4000-8000-000000000000"),
    )
    error = await refused(rig.service(await rig.maker()), request)
    assert (error.code, error.message, error.status) == ("edge_function_error", "Shot not found", 404)


@pytest.mark.parametrize(
    ("model", "function", "told"),
    [
        ("fal-ai/flux/shnell", None, "no model is called 'fal-ai/flux/shnell': the nearest are fal-ai/flux/schnell"),
        ("acme/no-such-video", None, "no model is called"),
        (FLUX, "delete-everything", "no function 'delete-everything' generates here"),
        ("", None, "model must be 1 to 200 printable characters"),
    ],
)
async def test_unknown_route(rig: ClientRig, model: str, function: str | None, told: str) -> None:
    """No model and no function of that name: refused before anything is held, the nearest ids named."""
    studio = await rig.maker()
    error = await refused(rig.service(studio), asked(model, **({"_edgeFunction": function} if function else {})))
    assert error.code == "unknown_route"
    assert told in error.message
    async with rig.service(studio) as service:
        assert await service.runs() == []


@pytest.fixture(scope="module")
async def unkeyed(cluster: postgres.Cluster) -> AsyncGenerator[ClientRig]:
    """Rig of a server without keys, where nothing may stand in."""
    keys = {"ELEVENLABS_API_KEY": "", "GROQ_API_KEY": "", "FAL_KEY": "", "GMI_CLOUD_API_KEY": ""}
    async with open_generate_server(cluster, WZRD_OFFLINE="never", **keys) as made:
        yield ClientRig(made)


@pytest.mark.parametrize(
    ("model", "code"),
    [("elevenlabs-tts", "audio_error"), (LLAMA, "groq_error"), (FLUX, "stream_error"), (SEEDREAM, "gmi_error")],
)
async def test_a_server_without_the_key(unkeyed: ClientRig, model: str, code: str) -> None:
    """The documented 500 or 502 becomes its route's code; nothing is charged, nor tried for half a minute."""
    studio = await unkeyed.maker()
    error = await refused(unkeyed.service(studio, reconnects=2), asked(model))
    assert error.code == code
    assert await unkeyed.balance(studio) == 100


def test_every_code_was_raised(pytestconfig: pytest.Config) -> None:
    """All twelve, here: a code that no situation raises is a code that nobody can meet."""
    if pytestconfig.getoption("--few"):
        pytest.skip("not all situations were met: --few leaves some out")
    assert set(get_args(ErrorCode)) == SEEN


async def test_a_refused_upload_says_why(rig: ClientRig, tmp_path: Path) -> None:
    """A PNG called .jpg: the storage's words, not the code that stands in its `error`."""
    file = tmp_path / "lamp.jpg"
    file.write_bytes(png())
    async with rig.service(await rig.maker()) as service:
        with pytest.raises(GenerationError, match="image/png") as raised:
            await service.upload_file(file)
    assert raised.value.status in {400, 415}
