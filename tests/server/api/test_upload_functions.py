"""The functions upload, download and asset-upload: what they store, what they refuse, and that they are no proxy."""

import asyncio
import base64
import json
import re
import uuid
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from server.api.base64_field import BadBase64, Base64Field
from server.api.routes.upload import plain_name
from tests.server.api.storage_server import MP4, PNG, StorageServer, open_storage_server
from tests.server.served import bearer
from wzrd.domain.errors import BadRequest
from wzrd.net.guarded import GuardedFetch
from wzrd.runtime.process import Runtime

pytestmark = pytest.mark.usefixtures("module_runtime")

UPLOAD, DOWNLOAD, ASSET = "/functions/v1/upload", "/functions/v1/download", "/functions/v1/asset-upload"


@pytest.fixture
async def server(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[StorageServer]:
    """The application over an empty store that takes small files only."""
    async with open_storage_server(runtime, tmp_path, max_upload=1 << 20) as made:
        yield made


def shared(answer: httpx.Response) -> str:
    """The error that the documented envelope tells."""
    told = answer.json()
    assert set(told) == {"error", "details", "timestamp"}
    return str(told["error"])


async def test_upload(server: StorageServer) -> None:
    """`{url, fileName, contentType, size}`; the address is public, unguessable, below the user's folder."""
    form = {"file": ("My Shot (1).PNG", PNG, "image/png")}
    answer = await server.http.post(UPLOAD, files=form, headers=server.headers)
    told = answer.json()
    assert (answer.status_code, told["contentType"], told["size"]) == (200, "image/png", len(PNG))
    assert re.fullmatch(r"\d{17}-my-shot--1-.png", told["fileName"])
    place = server.store.locate(told["url"])
    assert place is not None
    assert re.fullmatch(rf"{server.mine}/[0-9a-f]{{32}}/{re.escape(told['fileName'])}", place[1])
    path = told["url"].removeprefix("http://wzrd.test")
    assert (await server.http.get(path)).content == PNG


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"other": ("x", PNG, "image/png")}, 400),
        ({"file": (None, "text")}, 400),
        ({"file": ("x.html", b"<script>", "text/html")}, 415),
        ({"file": ("x", PNG, "video/mp4")}, 415),
        ({"file": ("x", PNG + bytes(1 << 20), "image/png")}, 413),
    ],
)
async def test_upload_refuses(server: StorageServer, files: dict[str, Any], status: int) -> None:
    """No file, another type, too large: told in the documented envelope, nothing stored."""
    answer = await server.http.post(UPLOAD, files=files, headers=server.headers)
    assert answer.status_code == status
    assert shared(answer) == "No file uploaded" if status == 400 else shared(answer)
    assert server.files() == []


async def test_upload_without_a_form_or_a_user(server: StorageServer) -> None:
    """400 `No file uploaded`; 401."""
    answer = await server.http.post(UPLOAD, content=PNG, headers=server.headers)
    assert (answer.status_code, shared(answer)) == (400, "No file uploaded")
    for method, path in (("POST", UPLOAD), ("GET", DOWNLOAD), ("POST", ASSET)):
        assert (await server.http.request(method, path)).status_code == 401


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("A b.PNG", "a-b.png"),
        ("../../etc/passwd", "passwd"),
        ("..", "file"),
        ("", "file"),
        ("C:\\x\\é.mp4", "-.mp4"),
        ("x" * 300 + ".mp4", "x" * 96 + ".mp4"),
        ("a\r\nb", "a--b"),
    ],
)
def test_names(name: str, plain: str) -> None:
    """Lower case, letters, digits, dots and dashes, and nothing that leads anywhere."""
    assert plain_name(name) == plain


async def test_download_of_our_own(server: StorageServer) -> None:
    """A file of the store, as an attachment called `download`, with its length."""
    await server.store.put_bytes("workflow-media", "a/b.mp4", MP4, content_type="video/mp4")
    url = server.store.public_url("workflow-media", "a/b.mp4")
    answer = await server.http.get(DOWNLOAD, params={"url": url}, headers=server.headers)
    assert (answer.status_code, answer.content) == (200, MP4)
    assert answer.headers["content-disposition"] == 'attachment; filename="download"'
    assert answer.headers["content-type"] == "video/mp4"


async def _site(data: bytes, *, length: int | None = None, status: int = 200) -> tuple[asyncio.Server, str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status} x\r\ncontent-type: text/html\r\ncontent-length: {length or len(data)}\r\n\r\n"
        writer.write(head.encode() + data)
        await writer.drain()
        writer.close()

    made = await asyncio.start_server(serve, "127.0.0.1", 0)
    return made, f"http://127.0.0.1:{made.sockets[0].getsockname()[1]}"


async def test_download_streams_what_the_guard_lets_through(server: StorageServer) -> None:
    """Bytes come as they are, typed by themselves; what breaks off is cut off; what fails is a documented 500."""
    services = server.app.state.services
    for data, length, status, expected in (
        (MP4 * 300, None, 200, 200),
        (b"<html>", None, 200, 400),
        (b"gone", None, 404, 500),
        (MP4, len(MP4) * 2, 200, 0),
    ):
        site, address = await _site(data, length=length, status=status)
        services.runtime._fetch = GuardedFetch(allowed=[address])
        asked = server.http.get(DOWNLOAD, params={"url": f"{address}/x"}, headers=server.headers)
        try:
            if not expected:
                with pytest.raises(httpx.RemoteProtocolError):
                    await asked
                continue
            answer = await asked
            assert answer.status_code == expected
            if expected == 200:
                assert (answer.content, answer.headers["content-type"]) == (data, "video/mp4")
            else:
                assert shared(answer)
        finally:
            site.close()
            await services.runtime._fetch.aclose()
            services.runtime._fetch = None


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "ftp://example.org/x",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "http://127.0.0.1/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://2130706433/x",
        "https://user:pass@example.org/x",
        "https://10.0.0.1:8787/storage/v1/object/public/workflow-media/absent",
        "https://",
        "x" * 9000,
    ],
)
async def test_download_is_no_proxy(server: StorageServer, url: str) -> None:
    """400 in the documented envelope for whatever leads into a network, or nowhere; the address is not told back."""
    answer = await server.http.get(DOWNLOAD, params={"url": url}, headers=server.headers)
    assert answer.status_code == 400
    assert shared(answer)
    assert "pass" not in answer.text


def asset(server: StorageServer, **more: Any) -> dict[str, Any]:
    """A request that fits."""
    encoded = base64.b64encode(PNG).decode()
    file = {"name": "Ref 1.png", "type": "image/png", "size": len(PNG), "base64": encoded, **more.pop("file", {})}
    project = str(server.studio.project_id)
    return (
        {"projectId": project, "assetType": "image", "assetCategory": "upload", "visibility": "project"}
        | more
        | {"file": file}
    )


async def send(server: StorageServer, body: object) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {**server.headers, "content-type": "application/json"}
    return await server.http.post(ASSET, content=raw, headers=headers)


async def rows(server: StorageServer) -> list[Any]:
    async with server.app.state.services.runtime.begin() as tx:
        query = text("select id, name, url, type, size, metadata from public.project_assets where project_id = :id")
        return list(await tx.execute(query, {"id": server.studio.project_id}))


async def test_an_asset(server: StorageServer) -> None:
    """201 with the asset; its row, its file at `<uid>/<project>/<type>/…`, public by an address nobody guesses."""
    answer = await send(server, asset(server))
    told = answer.json()
    assert (answer.status_code, told["success"]) == (201, True)
    (row,) = await rows(server)
    assert (str(row.id), row.name, row.type, row.size) == (told["assetId"], "Ref 1.png", "image", len(PNG))
    assert told["asset"]["url"] == row.url
    place = server.store.locate(row.url)
    assert place is not None
    folder = rf"{server.mine}/{server.studio.project_id}/image"
    assert re.fullmatch(rf"{folder}/\d{{13}}_[0-9a-f]{{32}}_ref-1.png", place[1])
    assert (await server.http.get(row.url.removeprefix("http://wzrd.test"))).content == PNG
    assert row.metadata["visibility"] == "project"


async def test_an_asset_whose_file_comes_first(server: StorageServer) -> None:
    """The order of the fields does not matter, nor a `data:` address, nor escaped slashes; without a project no row."""
    wanted = asset(server)
    encoded = "data:image/png;base64," + wanted["file"]["base64"]
    body = {"file": {**wanted["file"], "base64": encoded}, "assetType": "image", "visibility": "private"}
    answer = await send(server, json.dumps(body).replace("/", "\\/").encode())
    assert answer.status_code == 201, answer.text
    assert answer.json()["asset"]["project_id"] is None
    assert f"{server.mine}/unfiled/image/" in answer.json()["asset"]["url"]
    assert await rows(server) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"assetType": "hologram"}, "assetType"),
        ({"visibility": "everybody"}, "visibility"),
        ({"projectId": str(uuid.uuid4())}, "projectId"),
        ({"projectId": "../x"}, "projectId"),
        ({"projectId": 7}, "projectId"),
        ({"file": {"base64": "%%%%"}}, "file.base64"),
        ({"file": {"base64": "AAA"}}, "file.base64"),
        ({"file": {"base64": "AA==AAAA"}}, "file.base64"),
        ({"file": {"base64": "AAAA\\u0041"}}, "file.base64"),
        ({"file": {"base64": "", "size": 0}}, "file.base64"),
        ({"file": {"base64": 5}}, "file.base64"),
        ({"file": {"size": 3}}, "file.size"),
        ({"file": {"type": "video/mp4"}}, "file"),
        ({"file": {"name": ""}}, "file.name"),
        ({"assetType": "video"}, "file"),
        ({"assetType": "document"}, "file"),
    ],
)
async def test_assets_that_do_not_fit(server: StorageServer, change: dict[str, Any], field: str) -> None:
    """400 `{success: false, errors: [{field, message}]}`; nothing stored, no row."""
    answer = await send(server, asset(server, **change))
    told = answer.json()
    assert (answer.status_code, told["success"]) == (400, False)
    assert [error["field"] for error in told["errors"]] == [field]
    assert told["errors"][0]["message"]
    assert server.files() == []
    assert await rows(server) == []


async def test_the_project_of_a_stranger(server: StorageServer) -> None:
    """A field error, as if there were no such project; the user's own id is no project either."""
    for project in (str(server.stranger.project_id), server.mine):
        answer = await send(server, asset(server, projectId=project))
        assert answer.json()["errors"] == [{"field": "projectId", "message": "Project not found or access denied"}]
    theirs = await server.http.post(ASSET, json=asset(server), headers=bearer(server.stranger.user_id))
    assert theirs.status_code == 400
    assert server.files() == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"file": {"base64": "AAAA', b"\xff", b'{"a":' * 5000])
async def test_bodies_that_are_no_json(server: StorageServer, body: bytes) -> None:
    """A body that is no JSON is a 400 in the same form; nothing is stored."""
    answer = await send(server, body)
    assert (answer.status_code, answer.json()["success"]) == (400, False)
    assert server.files() == []


async def test_an_asset_over_its_types_cap(server: StorageServer) -> None:
    """A font of ten mebibytes and a byte is refused with its limit."""
    data = base64.b64encode(b"wOF2" + bytes((10 << 20) - 3)).decode()
    answer = await send(
        server, asset(server, assetType="font", file={"type": "font/woff2", "base64": data, "size": None})
    )
    assert answer.json()["errors"] == [{"field": "file.size", "message": "a file of type font may have 10 MB at most"}]
    assert server.files() == []


async def test_what_is_beside_the_file_is_bounded(server: StorageServer) -> None:
    """A text elsewhere that is as long as a file is refused long before its end."""
    answer = await send(server, {**asset(server), "assetCategory": "x" * (2 << 20)})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "body")


@given(
    cuts=st.lists(st.integers(1, 30), max_size=30),
    data=st.binary(max_size=100),
    around=st.dictionaries(
        st.sampled_from(["a", 'q"\\', "base64", "file2"]),
        st.text(max_size=8) | st.lists(st.text(max_size=3)),
        max_size=3,
    ),
    first=st.booleans(),
)
@settings(deadline=None, max_examples=150)
def test_the_text_is_found_however_it_is_cut(
    cuts: list[int], data: bytes, around: dict[str, Any], *, first: bool
) -> None:
    """The decoded bytes and the rest do not depend on where the pieces end, nor on what stands around."""
    file = {"file": {"x": around, "base64": base64.b64encode(data).decode(), "y": [{"base64": "no"}]}}
    value = {**file, **around} if first else {**around, **file}
    body, reader, found, at = json.dumps(value).encode(), Base64Field(), b"", 0
    for cut in [*cuts, len(body)]:
        found += reader.feed(body[at : at + cut])
        at += cut
    assert found == data
    assert json.loads(reader.rest) == {**value, "file": {**file["file"], "base64": ""}}


class _Counted(bytes):
    """A body that counts how often it is cut: each cut is a step of Python."""

    cuts = 0

    def __getitem__(self, key: Any) -> Any:
        type(self).cuts += 1
        return super().__getitem__(cast("slice", key))


@pytest.mark.parametrize("unit", [b"[", b",", b"[],", b'""', b'"a":', b"{}", b":"])
def test_structure_is_counted_while_it_arrives(unit: bytes) -> None:
    """A mebibyte of brackets, commas or empty strings is refused within its first kibibytes."""
    reader, body = Base64Field(), b'{"file":{"x":' + unit * ((1 << 20) // len(unit))
    with pytest.raises(BadRequest) as refused:
        reader.feed(body)
    assert refused.value.details["field"] == "body"
    assert len(reader.rest) < 1 << 13


def test_a_string_of_escapes_is_one_step() -> None:
    """Half a million escaped quotes are passed over in one piece, not one by one."""
    reader, body = Base64Field(), _Counted(b'{"assetCategory":"' + b'\\"' * (1 << 19) + b'"}')
    reader.feed(body)
    assert bytes(reader.rest) == body
    assert _Counted.cuts < 100


@given(st.binary(max_size=120))
@settings(deadline=None, max_examples=150)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """No other error comes out than the one that is told."""
    try:
        Base64Field().feed(b'{"file":{"base64":"' + data)
    except BadBase64 as error:
        assert error.details["field"] == "file.base64"  # noqa: PT017 - most inputs are refused, some are not
