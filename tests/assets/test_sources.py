"""A media URL as a file: ours wherever it claims to lie, others' through the guard, data URIs, nothing else."""

import asyncio
import base64
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from PIL import Image

from wzrd.assets.sources import (
    MAX_DATA_BYTES,
    BadSource,
    check_source,
    fetch_result,
    look_at_result,
    open_source,
    read_data_url,
)
from wzrd.domain.errors import NotFound
from wzrd.net.addresses import FetchRefused
from wzrd.net.guarded import FetchFailed, GuardedFetch
from wzrd.providers.base import Output
from wzrd.runtime.process import Runtime
from wzrd.storage.protocol import PUBLIC_ROUTE


def png(colour: tuple[int, int, int] = (200, 40, 40)) -> bytes:
    data = BytesIO()
    Image.new("RGB", (8, 6), colour).save(data, "PNG")
    return data.getvalue()


PNG = png()
WAV = b"RIFF\x24\0\0\0WAVEfmt " + bytes(40)
HOSTS = (
    "http://127.0.0.1:8787",
    "https://studio.example",
    "http://10.0.0.1:1",
    "https://xyz.supabase.co",
    "HTTPS://X",
)


async def content(runtime: Runtime, url: str) -> bytes:
    async with open_source(runtime, url, "image") as path:
        return path.read_bytes()


def left(runtime: Runtime) -> list[Path]:
    folder = runtime.settings.work_folder
    return list(folder.iterdir()) if folder.exists() else []


@asynccontextmanager
async def media_server(status: int, body: bytes, *, ill: int = 0) -> AsyncGenerator[str]:
    """Somebody else's server on loopback, which answers with `body`, after `ill` times 503; its address."""
    left = [503] * ill

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = (
            f"HTTP/1.1 {left.pop() if left else status} X\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("host", HOSTS)
async def test_ours_is_the_stored_file_itself_at_any_address(runtime: Runtime, host: str) -> None:
    """The server may have moved since the address was written; nothing is fetched, nothing copied."""
    await runtime.storage.put_bytes("workflow-media", "u/a b.png", PNG, content_type="image/png")
    url = f"{host}{PUBLIC_ROUTE}workflow-media/u/a%20b.png"
    async with open_source(runtime, url, "image") as path:
        assert path == runtime.settings.media_folder / "workflow-media/u/a b.png"
        assert path.read_bytes() == PNG
    await check_source(runtime, url)
    assert left(runtime) == []


async def test_ours_that_is_gone_is_named_and_not_looked_for_elsewhere(runtime: Runtime) -> None:
    """Our own address knows that it has no such file."""
    url = runtime.storage.public_url("workflow-media", "u/gone.png")
    for opening in (content, check_source):
        with pytest.raises(NotFound, match=r"u/gone\.png"):
            await opening(runtime, url)


@pytest.mark.parametrize(
    "host", ["http://127.0.0.1:1", "http://localhost:8787", "http://169.254.169.254", "http://[::1]"]
)
async def test_an_address_of_our_form_elsewhere_is_fetched_under_guard(runtime: Runtime, host: str) -> None:
    """Another Supabase has such addresses too; one that leads into our network is refused."""
    with pytest.raises(FetchRefused):
        await content(runtime, f"{host}{PUBLIC_ROUTE}workflow-media/u/theirs.png")
    assert left(runtime) == []


async def test_a_private_buckets_file_is_not_opened_by_its_address(runtime: Runtime) -> None:
    """Reading our own files by their address is for what anybody may read who knows the address."""
    await runtime.storage.put_bytes("audio", "u/a.png", PNG, content_type="image/png")
    with pytest.raises((BadSource, FetchRefused)):
        await content(runtime, f"{runtime.settings.address}{PUBLIC_ROUTE}audio/u/a.png")


async def test_a_files_path_is_never_followed_out_of_the_store(runtime: Runtime) -> None:
    """Dots, encoded or not, name nothing of ours."""
    home = runtime.settings.home
    home.mkdir(parents=True, exist_ok=True)
    (home / "secret.png").write_bytes(PNG)
    for path in ("../secret.png", "%2e%2e/secret.png", "x/..%2f..%2fsecret.png", "/etc/passwd", "..%5csecret.png"):
        with pytest.raises((NotFound, FetchRefused, BadSource)):
            await content(runtime, f"{runtime.settings.address}{PUBLIC_ROUTE}workflow-media/{path}")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "ftp://example.org/a.png",
        "/etc/passwd",
        "a.png",
        "",
        " http://example.org/a.png",
        "javascript:alert(1)",
        "gopher://x",
        f"file://{PUBLIC_ROUTE}workflow-media/u/a.png",
        f"ftp://example.org{PUBLIC_ROUTE}workflow-media/u/a.png",
        f"{PUBLIC_ROUTE}workflow-media/u/a.png",
    ],
)
async def test_only_http_and_data_name_a_source(runtime: Runtime, url: str) -> None:
    """Also where the rest of it has the form of our own addresses, and the file is there."""
    await runtime.storage.put_bytes("workflow-media", "u/a.png", PNG, content_type="image/png")
    for opening in (content, check_source):
        with pytest.raises(BadSource, match=re.escape("URL must be http(s) or data URI")):
            await opening(runtime, url)
    assert left(runtime) == []


@pytest.mark.parametrize("url", ["http://[", "http://[::1", "http://\0/", "http://a b/", "http://", "https://%zz/x"])
async def test_an_address_that_cannot_be_read_is_refused_as_one(runtime: Runtime, url: str) -> None:
    """Rows are the client's to write: one broken address fails one shot, by an error of ours."""
    with pytest.raises((FetchRefused, FetchFailed)):
        await content(runtime, url)


async def test_what_is_fetched_is_a_file_while_open(runtime: Runtime) -> None:
    """From an address that the operator allows; what is no picture is refused, what fails is said; nothing is left."""
    async with media_server(200, PNG) as url, media_server(200, WAV) as sound, media_server(503, PNG) as ill:
        assert runtime._fetch is None
        runtime._fetch = GuardedFetch(allowed=(url, sound, ill))
        async with open_source(runtime, f"{url}/x", "image") as path:
            assert path.read_bytes() == PNG
            assert path.is_relative_to(runtime.settings.work_folder.absolute())
        with pytest.raises(FetchRefused, match="expected image, found audio/wav"):
            await content(runtime, f"{sound}/x.png")
        with pytest.raises(FetchFailed) as failed:
            await content(runtime, f"{ill}/x")
        assert failed.value.retryable
        with pytest.raises(BadSource):
            await fetch_result(runtime, Output(media=(path.as_uri(),)), 0, path, "image")
    assert left(runtime) == []


async def test_a_result_whose_name_has_spaces_is_brought(runtime: Runtime, tmp_path: Path) -> None:
    """A vendor that does not quote its files' names costs nobody what was made; a user's address stays refused."""
    async with media_server(200, PNG) as url:
        runtime._result_fetch = runtime._fetch = GuardedFetch(allowed=(url,))
        output = Output(media=(f"{url}/a b.png\n",))
        await fetch_result(runtime, output, 0, tmp_path / "a.png", "image")
        await look_at_result(runtime, output, 0, "image")
        assert (tmp_path / "a.png").read_bytes() == PNG
        with pytest.raises(FetchRefused, match="space"):
            await content(runtime, f"{url}/a b.png")


async def test_a_guard_without_leave_refuses_loopback(runtime: Runtime) -> None:
    """A row's address never reaches a service of this machine."""
    async with media_server(200, PNG) as url:
        with pytest.raises(FetchRefused):
            await content(runtime, f"{url}/x")


ENCODED = base64.b64encode(PNG).decode()
GOOD = [
    f"data:image/png;base64,{ENCODED}",
    f"DATA:image/png;BASE64,{ENCODED}",
    f"data:;base64,{ENCODED}",
    f"data:,{quote_from_bytes(PNG)}",
    f"data:image/png;name=a.png;base64,{ENCODED.replace('=', '%3D').replace('+', '%2B')}",
    f"data:text/plain;base64,{ENCODED}",
]


@pytest.mark.parametrize("url", GOOD)
async def test_a_data_uri_is_a_file(runtime: Runtime, url: str) -> None:
    """In every spelling; its bytes say what it is, not its label."""
    assert await content(runtime, url) == PNG
    await check_source(runtime, url)
    assert left(runtime) == []


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("data:", "cannot be read"),
        ("data:image/png", "cannot be read"),
        ("data:image/png;base64", "cannot be read"),
        ("data:image/png;base64,!!!!", "cannot be read"),
        ("data:image/png;base64,iVBORw0KGgo", "cannot be read"),
        ("data:image/png;base64,é", "cannot be read"),
        ("data:image/png;base64,", "found something else"),
        ("data:image/png,hello", "found something else"),
        ("data:image/svg+xml,<svg/>", "found something else"),
        (f"data:image/png;base64,{base64.b64encode(WAV).decode()}", "expected image, found audio/wav"),
        ("data:" + ";a=b" * 50_000, "cannot be read"),
        ("data:" + "a" * 500_000, "cannot be read"),
    ],
)
async def test_a_bad_data_uri_says_what_is_wrong(runtime: Runtime, url: str, words: str) -> None:
    """Malformed, cut off, of another kind, or long nonsense: quickly, and without repeating it."""
    with pytest.raises(BadSource, match=words) as refused:
        await content(runtime, url)
    assert len(refused.value.message) < 200
    assert left(runtime) == []


def test_a_data_uri_has_a_limit_in_bytes() -> None:
    """A URI over the limit is refused, however it is written; one just below it is taken."""
    over = "A" * ((MAX_DATA_BYTES // 3 + 1) * 4)
    for url in (f"data:;base64,{over}", f"data:,{over}", f"data:,{over * 3}"):
        with pytest.raises(BadSource, match=f"{MAX_DATA_BYTES} bytes at most"):
            read_data_url(url, "image")
    most = "data:," + quote_from_bytes(PNG) + "A" * (MAX_DATA_BYTES - len(PNG))
    assert len(read_data_url(most, "image")) == MAX_DATA_BYTES


@pytest.mark.parametrize("more", [0, 1, 2, 3, 400_000])
def test_a_long_data_uri_is_read_whole(more: int) -> None:
    """It is decoded in pieces: of any length, to the byte; padding within is refused as in one piece."""
    file = PNG + bytes(more % 256 for _ in range(196_608 - len(PNG) + more))
    encoded = base64.b64encode(file).decode()
    assert read_data_url(f"data:;base64,{encoded}", "image") == file
    broken = encoded[:262_142] + "==" + encoded[262_144:] + "AAAA"
    with pytest.raises(BadSource, match="cannot be read"):
        read_data_url(f"data:;base64,{broken}", "image")
