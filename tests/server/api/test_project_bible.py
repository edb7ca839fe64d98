"""The bible as a client meets it: pictures given, listed and deleted; whose they are; what is no picture."""

import io
import uuid
import zlib
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from tests.rows import Studio
from tests.server.served import bearer, calling
from wzrd.animatic.provider import Animatic
from wzrd.db.screenplays import insert_screenplay
from wzrd.providers.registry import Providers
from wzrd.runtime.process import Runtime
from wzrd.screenplay.parse import parse

pytestmark = pytest.mark.usefixtures("module_runtime")

SCRIPT = b"""Title: The Coin

INT. KITCHEN - DAY

MIKE wipes the table. ANNA enters.

MIKE
Where is it?
"""
FIELDS = {
    *("key", "kind", "name", "look", "origin", "model", "url", "sha256", "size", "madeAt", "shots", "stale"),
}


@pytest.fixture(scope="module")
def module_runtime(module_runtime: Runtime) -> Runtime:
    """Nothing but the animatic can be asked."""
    module_runtime.providers = Providers([Animatic()])
    return module_runtime


@pytest.fixture(scope="module")
async def server(module_runtime: Runtime) -> AsyncGenerator[tuple[httpx.AsyncClient, FastAPI]]:
    """The application on a loopback port."""
    async with calling(module_runtime) as made:
        yield made


@pytest.fixture
def client(server: tuple[httpx.AsyncClient, FastAPI]) -> httpx.AsyncClient:
    """A client of it."""
    return server[0]


@pytest.fixture
async def studio(runtime: Runtime) -> Studio:
    """A project of somebody's."""
    made = Studio(uuid.uuid4(), uuid.uuid4())
    async with runtime.begin() as tx:
        screenplay = parse(SCRIPT, "coin.fountain")
        await insert_screenplay(tx, user_id=made.user_id, project_id=made.project_id, screenplay=screenplay)
    return made


def picture(colour: str = "red", size: tuple[int, int] = (300, 200), **more: Any) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "JPEG", **more)
    return data.getvalue()


def path_of(studio: Studio, rest: str = "") -> str:
    return f"/functions/v1/projects/{studio.project_id}/bible{rest}"


async def put(client: httpx.AsyncClient, studio: Studio, data: bytes, rest: str = "/person/MIKE") -> httpx.Response:
    headers = {**bearer(studio.user_id), "content-type": "image/jpeg"}
    return await client.put(path_of(studio, rest), content=data, headers=headers)


async def test_a_picture_is_given_read_and_deleted(client: httpx.AsyncClient, studio: Studio) -> None:
    """Upright, without its metadata; its address is signed, and nobody reads it otherwise."""
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    answer = await put(client, studio, picture(exif=exif))
    assert (answer.status_code, answer.json().keys()) == (200, FIELDS), answer.text
    sheet = answer.json()
    assert (sheet["key"], sheet["origin"], sheet["model"]) == ("person/MIKE", "given", "")
    listed = (await client.get(path_of(studio), headers=bearer(studio.user_id))).json()
    assert [one["key"] for one in listed["sheets"]] == ["person/MIKE"]
    signed = httpx.URL(sheet["url"]).raw_path.decode()
    read = await client.get(signed)
    assert read.headers["content-type"] == "image/jpeg"
    assert b"where I live" not in read.content
    assert Image.open(io.BytesIO(read.content)).size == (300, 200)
    stored = signed.split("?")[0].replace("/object/sign/", "/object/public/")
    assert (await client.get(stored)).status_code in {400, 404}, "its bucket is private"
    gone = await client.delete(path_of(studio, "/person/mike"), headers=bearer(studio.user_id))
    assert (gone.status_code, gone.json()) == (200, {"key": "person/MIKE", "madeFrom": []})
    assert (await client.get(signed)).status_code in {400, 404}


async def test_a_form_is_taken_too(client: httpx.AsyncClient, studio: Studio) -> None:
    """A form's file is a picture like a raw body; given again it changes nothing."""
    files = {"file": ("mike.jpg", picture(), "image/jpeg")}
    answer = await client.put(path_of(studio, "/person/MIKE"), files=files, headers=bearer(studio.user_id))
    assert answer.status_code == 200, answer.text
    assert (await put(client, studio, picture())).json()["madeAt"] == answer.json()["madeAt"]


@pytest.mark.parametrize(("method", "rest"), [("GET", ""), ("PUT", "/person/MIKE"), ("DELETE", "/person/MIKE")])
async def test_nobody_else_has_it(client: httpx.AsyncClient, studio: Studio, method: str, rest: str) -> None:
    """Another user's project is none; without a token there is no answer at all."""
    await put(client, studio, picture())
    path, other = path_of(studio, rest), {"content-type": "image/jpeg"}
    assert (await client.request(method, path, content=picture("blue"), headers=other)).status_code == 401
    other |= bearer(uuid.uuid4())
    assert (await client.request(method, path, content=picture("blue"), headers=other)).status_code == 404
    listed = (await client.get(path_of(studio), headers=bearer(studio.user_id))).json()
    assert len(listed["sheets"]) == 1


def bomb() -> bytes:
    """A PNG of a hundred thousand pixels square in a few bytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)

    head = (100_000).to_bytes(4) * 2 + bytes([8, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"http://169.254.169.254/latest", "image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image"),
        (bomb(), "megapixels"),
        (picture(size=(30, 30)), "64x64"),
        (picture()[:400], "cannot be read"),
    ],
)
async def test_what_is_no_picture_is_refused(
    client: httpx.AsyncClient, studio: Studio, data: bytes, message: str
) -> None:
    """Addresses, drawings that are programs, bombs, stamps and halves: 400, and nothing is kept."""
    headers = {**bearer(studio.user_id), "content-type": "image/png" if data[:4] == b"\x89PNG" else "image/jpeg"}
    answer = await client.put(path_of(studio, "/person/MIKE"), content=data, headers=headers)
    assert answer.status_code in {400, 415}, answer.text
    assert message in answer.text
    assert (await client.get(path_of(studio), headers=bearer(studio.user_id))).json()["sheets"] == []


async def test_a_name_that_nobody_has_is_told_with_the_nearest(client: httpx.AsyncClient, studio: Studio) -> None:
    """400, with the field."""
    answer = await put(client, studio, picture(), "/person/MYKE")
    assert answer.status_code == 400
    assert "did you mean MIKE" in answer.text
    assert (await put(client, studio, picture(), "/animal/REX")).status_code in {400, 422}
