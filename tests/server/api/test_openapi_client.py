"""A typed client that is generated from the description works against the server."""

import importlib
import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from server.api.openapi.document import build_openapi
from tests.server.api.generate_server import GenerateServer
from tests.server.served import bearer
from wzrd.contracts.sse import SseReader

PACKAGE = "wzrd_described_client"
FILES = 'content_type_overrides:\n  "*/*": application/octet-stream\n  audio/mpeg: application/octet-stream\n'
"""A file is of whatever type it is; the generator must be told that these are bytes."""


@pytest.fixture(scope="module")
def generated(served: GenerateServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The client's package. What the generator cannot describe would be a warning, and is an error here."""
    folder = tmp_path_factory.mktemp("client")
    document = folder / "openapi.json"
    document.write_text(json.dumps(build_openapi(served.app)))
    config = folder / "config.yml"
    config.write_text(f"package_name_override: {PACKAGE}\nproject_name_override: {PACKAGE}\npost_hooks: []\n{FILES}")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(document)]
    command += ["--config", str(config), "--meta", "none", "--output-path", str(folder / PACKAGE), "--fail-on-warning"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    try:
        yield importlib.import_module(PACKAGE)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]


def part(name: str) -> ModuleType:
    """A module of the generated package."""
    return importlib.import_module(f"{PACKAGE}.{name}")


def signed_in(server: GenerateServer, user_id: uuid.UUID) -> Any:
    """The generated client, with a user's token."""
    token = bearer(user_id)["authorization"].removeprefix("Bearer ")
    url = str(server.client.base_url).rstrip("/")
    return part("client").AuthenticatedClient(base_url=url, token=token, raise_on_unexpected_status=True)


async def test_a_run_is_started_read_and_listed(server: GenerateServer, generated: ModuleType) -> None:
    """Bodies are models, answers are models, a stream is a text of frames."""
    assert generated.__name__ == PACKAGE
    maker = await server.maker()
    client = signed_in(server, maker.user_id)
    models = part("models")
    body = models.FalStreamRequest(model_id="fal-ai/flux/schnell", inputs={"prompt": "a lamp"})
    streamed = await part("api.generation.fal_stream").asyncio_detailed(client=client, body=body)
    assert streamed.status_code == 200, streamed.content
    last = SseReader().feed(streamed.content)[-1]
    run_id = json.loads(last.data)["runId"]
    run = await part("api.runs.get_run").asyncio(run_id, client=client)
    assert (run.status, run.progress, str(run.id)) == ("succeeded", 100, run_id)
    listed = await part("api.runs.get_runs").asyncio(client=client)
    assert [one.id for one in listed.runs] == [run.id]
    done = models.GenerateDoneFrame.from_dict(json.loads(last.data))
    assert done.model == "fal-ai/flux/schnell"


async def test_errors_are_models_too(server: GenerateServer, generated: ModuleType) -> None:
    """Each in the envelope of its route."""
    maker = await server.maker(funds=0)
    client = signed_in(server, maker.user_id)
    models = part("models")
    image = models.ShotImageRequest(shot_id=str(uuid.uuid4()))
    missing = await part("api.film.generate_shot_image").asyncio(client=client, body=image)
    assert isinstance(missing, models.FlaggedError)
    assert (missing.success, missing.error) == (False, "Shot not found")
    text = models.ChatRequest(prompt="hello", model="llama-3.3-70b-versatile")
    unpaid = await part("api.generation.groq_chat").asyncio(client=client, body=text)
    assert isinstance(unpaid, models.Unpaid)
    assert unpaid.code == "insufficient_credits"
    shots = models.GenShotsRequest(project_id=str(uuid.uuid4()))
    foreign = await part("api.film.gen_shots").asyncio(client=client, body=shots)
    assert isinstance(foreign, models.BareError)


async def test_models_of_the_catalog_are_typed(server: GenerateServer, generated: ModuleType) -> None:
    """The bare array, a page of the studio's, and a choice without running it."""
    maker = await server.maker()
    client = signed_in(server, maker.user_id)
    models = part("models")
    every = await part("api.catalog.get_catalog").asyncio(client=client)
    assert len(every) > 300
    assert all(isinstance(one, models.ListedModel) for one in every)
    page = await part("api.catalog.get_catalog").asyncio(client=client, media_type="image", limit=2)
    assert isinstance(page, models.CatalogPage)
    assert [type(one) for one in page.models] == [models.ModelView, models.ModelView]
    asked = models.GenerationRouteRequest(model="fal-ai/flux/schnell")
    told = await part("api.catalog.post_generation_route").asyncio(client=client, body=asked)
    assert (told.function, told.runnable, told.media_type) == ("fal-stream", True, "image")
