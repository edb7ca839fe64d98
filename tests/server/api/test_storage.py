"""Public files over real connections: what a browser, a player, a cache, a hostile client and a dead one get."""

import asyncio
import contextlib
import hashlib
import json
import os
import random
import socket
import struct
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.requests import Request

from server.api.app import create_app
from server.api.stored_files import StoredFileResponse, decide
from tests.server.served import calling, serving, with_settings
from tests.storage.conformance import UNSAFE_PATHS
from tests.waiting import until
from wzrd.runtime.process import Runtime
from wzrd.storage.local import LocalStorage
from wzrd.storage.protocol import OpenedFile, RangeNotSatisfiable, StoredFile, check_name

pytestmark = pytest.mark.usefixtures("module_runtime")

ROOT = "/storage/v1/object/public/"
BUCKET = "workflow-media"
DIGITS = b"0123456789"
NOT_FOUND = {"statusCode": "404", "error": "not_found", "message": "Object not found"}


@dataclass(slots=True)
class Watched(LocalStorage):
    """The local store; `reading` counts the files that are open, `before_open` runs between stat and open."""

    reading: int = 0
    before_open: list[Callable[[], Any]] = field(default_factory=list[Callable[[], Any]])

    @asynccontextmanager
    async def open(
        self, bucket: str, path: str, *, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[OpenedFile]:
        if self.before_open:
            await self.before_open.pop()()
        async with LocalStorage.open(self, bucket, path, start=start, stop=stop) as opened:
            self.reading += 1
            try:
                yield opened
            finally:
                self.reading -= 1


@dataclass(frozen=True, slots=True)
class Site:
    """A served application, its store, and a client."""

    app: FastAPI
    store: Watched
    client: httpx.AsyncClient

    async def put(self, path: str, data: bytes, kind: str = "video/mp4", *, bucket: str = BUCKET) -> str:
        await self.store.put_bytes(bucket, path, data, content_type=kind)
        return f"{ROOT}{bucket}/{quote(path)}"

    async def raw(self, target: str, *, method: str = "GET", headers: str = "") -> tuple[int, bytes, bytes]:
        """Status, head and body of a request whose target goes out as it stands."""
        address = urlsplit(str(self.client.base_url))
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(f"{method} {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n".encode("latin-1"))
        async with asyncio.timeout(60):
            head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
        writer.close()
        return int(head.split(b" ", 2)[1]), head, body


def watched(runtime: Runtime, folder: Path, **settings: object) -> tuple[Runtime, Watched]:
    """The runtime with a store of the test's own."""
    mine = with_settings(runtime, home=folder, **settings)
    store = Watched(folder / "media", "http://wzrd.test")
    mine.storage = store
    return mine, store


@pytest.fixture
async def site(runtime: Runtime, tmp_path: Path) -> AsyncGenerator[Site]:
    """The application on a loopback port, over an empty store."""
    mine, store = watched(runtime, tmp_path)
    async with calling(mine) as (client, app):
        yield Site(app, store, client)


async def test_a_file_is_there_for_whoever_knows_its_path(site: Site) -> None:
    """No token; type as stored, length, a tag of its content, an hour for caches, no guessing of types, any origin."""
    data = os.urandom(3_000_001)
    response = await site.client.get(await site.put("u/1/film.mp4", data))
    assert (response.status_code, response.content) == (200, data)
    expected = {
        "content-type": "video/mp4",
        "content-length": str(len(data)),
        "accept-ranges": "bytes",
        "etag": f'"{hashlib.sha256(data).hexdigest()}"',
        "cache-control": "public, max-age=3600",
        "x-content-type-options": "nosniff",
        "access-control-allow-origin": "*",
    }
    assert {name: response.headers.get(name) for name in expected} == expected
    exposed = set(response.headers["access-control-expose-headers"].split(", "))
    assert exposed >= {"content-range", "accept-ranges", "content-length", "etag"}
    assert not {"content-range", "content-disposition", "content-security-policy"} & set(response.headers)


async def test_the_address_that_the_store_gives_is_served(site: Site) -> None:
    """`public_url` and this route are two halves of one promise, whatever the path is made of."""
    for path in ("a b#c&é!.png", "映画/第一場.mp4", "50%25/a'b+c;d=e.png", "😀/~.png"):
        await site.store.put_bytes(BUCKET, path, path.encode(), content_type="image/png")
        address = urlsplit(site.store.public_url(BUCKET, path))
        assert (await site.raw(address.path))[2] == path.encode()


@pytest.mark.parametrize(
    "bucket",
    ["workflow-media", "final-exports", "project-assets", "project-media", "user-uploads", "worldview-takes"],
)
async def test_public_buckets(site: Site, bucket: str) -> None:
    """The documented buckets, and those that the studio's pages write, are public; an empty file is a file."""
    response = await site.client.get(await site.put("x", b"", bucket=bucket))
    assert (response.status_code, response.headers["content-length"], response.content) == (200, "0", b"")


@pytest.mark.parametrize("bucket", ["private", "avatars", "..", ".meta", ".tmp", "Workflow-Media", "%00", "a"])
async def test_other_buckets_are_not_there(site: Site, bucket: str) -> None:
    """Other buckets are one 404, there or not, whatever the path, in Supabase's form and kept by no cache."""
    if bucket in {"private", "avatars"}:
        await site.put("x", b"secret", bucket=bucket)
    for path in ("x", "../x"):
        status, head, body = await site.raw(f"{ROOT}{bucket}/{path}")
        assert (status, json.loads(body)) == (404, NOT_FOUND)
        assert b"cache-control: no-store" in head
        assert b"access-control-allow-origin: *" in head


async def test_what_is_not_there(site: Site) -> None:
    """Absent files, folders and files that were deleted."""
    gone = await site.put("dir/gone", b"x")
    await site.store.delete(BUCKET, "dir/gone")
    for target in (gone, f"{ROOT}{BUCKET}/dir", f"{ROOT}{BUCKET}/nothing.mp4"):
        response = await site.client.get(target, headers={"range": "bytes=0-", "if-none-match": "*"})
        assert (response.status_code, response.json()) == (404, NOT_FOUND)


HOSTILE = [
    "../../../etc/passwd",
    "%2e%2e/%2e%2e/etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "a/%2e/b",
    "..%5c..%5cetc",
    "..\\..\\etc",
    "a%00.png",
    "%2fetc/passwd",
    "/etc/passwd",
    "%2emeta/x",
    "a/b/",
    "",
    "con",
    "C:/x",
    "a%E2%80%AEgnp.exe",
    "e%CC%81.png",
]


@pytest.mark.parametrize("path", HOSTILE)
async def test_paths_that_would_lead_elsewhere(site: Site, path: str) -> None:
    """400 in the same form, however they are encoded; nothing of the machine is told."""
    (site.store.root.parent / "x").write_bytes(b"secret")
    status, head, body = await site.raw(f"{ROOT}{BUCKET}/{path}")
    told_of = json.loads(body)
    assert (status, told_of["statusCode"], told_of["error"]) == (400, "400", "unsafe_path")
    assert str(site.store.root).encode() not in head + body


@pytest.mark.parametrize("path", UNSAFE_PATHS)
async def test_what_no_store_takes_this_route_refuses(site: Site, path: str) -> None:
    """Every name that the conformance suite calls unsafe; half a character or a line end cannot arrive as such."""
    encoded = quote(path.encode(errors="surrogatepass"))
    assert (await site.raw(f"{ROOT}{BUCKET}/{encoded}"))[0] == (404 if {"\ud800", "\n"} & set(path) else 400)


async def test_a_slash_is_a_slash_and_encoded_twice_is_another_name(site: Site) -> None:
    """`%2F` between two safe segments is the slash that it stands for; `%252e` is no dot; broken UTF-8 is absent."""
    await site.put("a/b.png", b"x")
    assert (await site.raw(f"{ROOT}{BUCKET}/a%2Fb.png"))[2] == b"x"
    assert (await site.raw(f"{ROOT}{BUCKET}/%252e%252e%252fx"))[0] == 404
    assert (await site.raw(f"{ROOT}{BUCKET}/%ff%fe"))[0] == 404


async def test_a_line_end_is_in_no_path_and_ends_no_header(site: Site) -> None:
    """It matches no route at all: nothing of it comes back."""
    status, head, body = await site.raw(f"{ROOT}{BUCKET}/a%0d%0aX-Evil:%201")
    assert (status, json.loads(body)) == (404, {"error": "Not found"})
    assert b"evil" not in head.lower()


@pytest.mark.parametrize(
    ("asked", "extent", "expected"),
    [
        ("bytes=0-", "bytes 0-9/10", DIGITS),
        ("bytes=0-0", "bytes 0-0/10", b"0"),
        ("bytes=3-6", "bytes 3-6/10", b"3456"),
        ("bytes=9-", "bytes 9-9/10", b"9"),
        ("bytes=-4", "bytes 6-9/10", b"6789"),
        ("bytes=-99", "bytes 0-9/10", DIGITS),
        ("bytes=5-99999999999999", "bytes 5-9/10", b"56789"),
    ],
)
async def test_one_range(site: Site, asked: str, extent: str, expected: bytes) -> None:
    """206, what it is part of, and exactly those bytes."""
    response = await site.client.get(await site.put("d", DIGITS), headers={"range": asked})
    assert (response.status_code, response.headers["content-range"], response.content) == (206, extent, expected)
    assert response.headers["content-length"] == str(len(expected))
    assert response.headers["etag"] == f'"{hashlib.sha256(DIGITS).hexdigest()}"'


@pytest.mark.parametrize("asked", ["bytes=0-1,4-5", "bytes=", "bytes=x-y", "items=0-1", "bytes=6-3", "0-1", "bytes=-"])
async def test_ranges_that_are_ignored(site: Site, asked: str) -> None:
    """Several, malformed, of another unit: the whole file, as RFC 9110 allows."""
    response = await site.client.get(await site.put("d", DIGITS), headers={"range": asked})
    assert (response.status_code, response.content) == (200, DIGITS)


@pytest.mark.parametrize(("asked", "data"), [("bytes=10-", DIGITS), ("bytes=-0", DIGITS), ("bytes=0-", b"")])
async def test_ranges_beyond_the_file(site: Site, asked: str, data: bytes) -> None:
    """416 with the size, in Supabase's form."""
    response = await site.client.get(await site.put("d", data), headers={"range": asked})
    assert (response.status_code, response.headers["content-range"]) == (416, f"bytes */{len(data)}")
    assert response.json()["statusCode"] == "416"
    assert response.json()["error"] == "range_not_satisfiable"


@given(st.binary(max_size=40), st.integers(0, 50), st.none() | st.integers(0, 50))
def test_any_range_is_a_slice(data: bytes, first: int, last: int | None) -> None:
    """Start, stop, length and Content-Range agree with each other and with the file."""
    stored = StoredFile(BUCKET, "x", len(data), "0" * 64, "video/mp4")
    asked = Headers({"range": f"bytes={first}-{'' if last is None else last}"})
    try:
        reply = decide(asked, stored, head=False, download=None)
    except RangeNotSatisfiable:
        assert data[first : None if last is None else last + 1] == b""
        return
    assert reply.stop is not None
    part = data[reply.start : reply.stop]
    backwards = last is not None and last < first
    assert part == (data if backwards else data[first : None if last is None else last + 1])
    assert reply.headers["content-length"] == str(len(part))
    assert reply.status == (200 if backwards else 206)
    if reply.status == 206:
        extent = f"bytes {reply.start}-{reply.start + len(part) - 1}/{len(data)}"
        assert reply.headers["content-range"] == extent


async def test_if_range(site: Site) -> None:
    """The part if the file is still the one that was begun, else the whole of what is there now."""
    url = await site.put("d", DIGITS)
    tag = f'"{hashlib.sha256(DIGITS).hexdigest()}"'
    for unchanged, status in ((tag, 206), ('"other"', 200), (f"W/{tag}", 200), ("Wed, 21 Oct 2026 07:28:00 GMT", 200)):
        asked = {"range": "bytes=4-", "if-range": unchanged}
        assert (await site.client.get(url, headers=asked)).status_code == status
    await site.put("d", b"9876543210")
    after = await site.client.get(url, headers={"range": "bytes=4-", "if-range": tag})
    assert (after.status_code, after.content) == (200, b"9876543210")
    far = await site.client.get(url, headers={"range": "bytes=99-", "if-range": tag})
    assert far.status_code == 200, "a range of another file cannot be out of bounds"


async def test_if_none_match(site: Site) -> None:
    """304 without a body for a tag of the list, weak or not, and for `*`; it comes before a range."""
    url = await site.put("d", DIGITS)
    tag = f'"{hashlib.sha256(DIGITS).hexdigest()}"'
    for known in (tag, f"W/{tag}", f'"a", W/"b" , {tag}', "*"):
        for method in ("GET", "HEAD"):
            response = await site.client.request(method, url, headers={"if-none-match": known, "range": "bytes=0-1"})
            assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", tag)
            assert response.headers["cache-control"] == "public, max-age=3600"
    for unknown in ('"other"', tag.strip('"'), "", '"*"'):
        assert (await site.client.get(url, headers={"if-none-match": unknown})).status_code == 200
    two = await site.raw(url, headers=f'if-none-match: "a"\r\nif-none-match: {tag}\r\n')
    assert two[0] == 304


async def test_head_is_get_without_the_bytes(site: Site) -> None:
    """HEAD has the head of GET, and the file is not opened; a range means nothing there; refusals are refusals."""
    url = await site.put("d", DIGITS)
    site.store.before_open.append(lambda: pytest.fail("opened"))
    status, head, body = await site.raw(url, method="HEAD", headers="range: bytes=0-1\r\n")
    site.store.before_open.clear()
    assert (status, body) == (200, b"")
    whole = (await site.raw(url))[1]

    def undated(text: bytes) -> list[bytes]:
        return sorted(line for line in text.split(b"\r\n") if not line.startswith(b"date:"))

    assert undated(head) == undated(whole)
    assert b"content-length: 10" in head
    assert (await site.raw(f"{ROOT}{BUCKET}/absent", method="HEAD"))[::2] == (404, b"")
    assert (await site.client.post(url)).status_code == 405


SCRIPTED = [
    "text/html",
    "text/html; charset=utf-8",
    "image/svg+xml",
    "IMAGE/SVG+XML",
    "application/xhtml+xml",
    "text/xml",
    "application/xml",
    "video/odd+xml",
    "application/rss+xml;charset=utf-8",
    "text/javascript",
    "multipart/x-mixed-replace",
    "model/gltf-binary",
]
INERT = [
    "video/mp4",
    "image/png",
    "audio/mpeg",
    "application/octet-stream",
    "text/plain; charset=utf-8",
    "application/json",
    "text/vtt",
    "font/woff2",
]


@pytest.mark.parametrize("kind", SCRIPTED + INERT)
async def test_what_could_run_a_script_is_in_a_sandbox(site: Site, kind: str) -> None:
    """An uploaded page or drawing has no origin and no script; pictures and films are not touched."""
    response = await site.client.get(await site.put("x", b"<svg/>", kind))
    policy = response.headers.get("content-security-policy", "")
    assert response.headers["content-type"] == kind.lower()
    assert response.headers["x-content-type-options"] == "nosniff"
    if kind in INERT:
        assert policy == ""
    else:
        assert {"default-src 'none'", "sandbox"} <= {part.strip() for part in policy.split(";")}


def saved_as(disposition: str) -> tuple[str, str]:
    """The plain and the whole name of a Content-Disposition."""
    kind, plain, whole = disposition.split("; ")
    assert kind == "attachment"
    assert plain.startswith('filename="')
    assert whole.startswith("filename*=UTF-8''")
    return plain[len('filename="') : -1], unquote(whole[len("filename*=UTF-8''") :])


@pytest.mark.parametrize(
    ("query", "plain", "whole"),
    [
        ("?download", "film 1.mp4", "film 1.mp4"),
        ("?download=", "film 1.mp4", "film 1.mp4"),
        ("?download=The+End.mp4", "The End.mp4", "The End.mp4"),
        ("?download=%E6%98%A0%E7%94%BB.mp4", "__.mp4", "映画.mp4"),
        ("?download=50%25.mp4", "50_.mp4", "50%.mp4"),
        ("?download=..%2F..%2Fetc%2Fpasswd", "passwd", "passwd"),
        ("?download=..%5C..%5Cevil.exe", "evil.exe", "evil.exe"),
        ("?download=a%22%3B+b%3D%22c.mp4", "a__ b=_c.mp4", "a_; b=_c.mp4"),
        ("?download=a%0D%0ASet-Cookie%3A+x", "aSet-Cookie_ x", "aSet-Cookie_ x"),
        ("?download=a%E2%80%AEgnp.exe", "agnp.exe", "agnp.exe"),
        ("?download=.bashrc", "bashrc", "bashrc"),
        ("?download=NUL.txt", "film 1.mp4", "film 1.mp4"),
        ("?download=...", "film 1.mp4", "film 1.mp4"),
        ("?download=" + "x" * 300, "film 1.mp4", "film 1.mp4"),
    ],
)
async def test_downloads(site: Site, query: str, plain: str, whole: str) -> None:
    """Saved under the name that is asked for, or the file's own; a hostile name is a harmless name."""
    url = await site.put("u/film 1.mp4", DIGITS)
    response = await site.client.get(url + query, headers={"range": "bytes=0-3"})
    assert response.status_code == 206
    assert saved_as(response.headers["content-disposition"]) == (plain, whole)
    assert "set-cookie" not in response.headers


@given(st.text(max_size=80))
def test_any_download_name_makes_one_safe_header(name: str) -> None:
    """Plain ASCII, one line, nothing quoted within the quotes; the name itself would be taken by every store."""
    stored = StoredFile(BUCKET, "a/own.mp4", 1, "0" * 64, "video/mp4")
    header = decide(Headers(), stored, head=False, download=name).headers["content-disposition"]
    assert header.isascii()
    assert header.isprintable()
    plain, whole = saved_as(header)
    assert not set(plain) & set('"\\%/;')
    check_name("bucket", whole)


async def test_a_player_reads_seeks_and_comes_back(site: Site) -> None:
    """As <video> does: from the start, dropped; the index at the end; seeks here and there with If-Range; all fits."""
    film = random.Random(3).randbytes(9 << 20)
    url = await site.put("film.mp4", film)
    player = site.client
    async with player.stream("GET", url, headers={"range": "bytes=0-"}) as response:
        assert (response.status_code, response.headers["content-range"]) == (
            206,
            f"bytes 0-{len(film) - 1}/{len(film)}",
        )
        first = await anext(response.aiter_raw())
        assert film.startswith(first)
        tag = response.headers["etag"]
    end = await player.get(url, headers={"range": f"bytes={len(film) - 70_000}-", "if-range": tag})
    assert end.content == film[-70_000:]
    for start in (5_000_000, 1_048_575, 1, 8_388_608):
        part = await player.get(url, headers={"range": f"bytes={start}-{start + 2_000_000}", "if-range": tag})
        assert part.content == film[start : start + 2_000_001]
    await until(lambda: site.store.reading == 0)


async def test_many_readers_of_one_film(site: Site) -> None:
    """Forty ranges at once, each whole and of its own place; nothing stays open."""
    film = random.Random(5).randbytes(6 << 20)
    url = await site.put("film.mp4", film)
    places = [(n * 150_000, n * 150_000 + 400_000) for n in range(40)]

    async def read(start: int, stop: int) -> bool:
        response = await site.client.get(url, headers={"range": f"bytes={start}-{stop - 1}"})
        return response.status_code in {200, 206} and response.content == film[start:stop]

    assert all(await asyncio.gather(*(read(*place) for place in places)))
    assert site.store.reading == 0


@pytest.mark.parametrize("change", ["deleted", "replaced"])
async def test_a_file_that_goes_while_it_is_read(site: Site, change: str) -> None:
    """Who has begun to read gets the version that was there, whole; who comes later gets what is there then."""
    film = random.Random(7).randbytes(12 << 20)
    url = await site.put("film.mp4", film)
    async with site.client.stream("GET", url) as response:
        received = bytearray()
        pieces = response.aiter_raw()
        received += await anext(pieces)
        if change == "deleted":
            await site.store.delete(BUCKET, "film.mp4")
        else:
            await site.put("film.mp4", b"another")
        async for piece in pieces:
            received += piece
    assert bytes(received) == film
    after = await site.client.get(url)
    assert (after.status_code, after.content[:7]) == ((404, b'{"statu') if change == "deleted" else (200, b"another"))


async def test_a_file_replaced_between_the_look_and_the_opening(site: Site) -> None:
    """Length, tag and bytes are of one version; one that is replaced without end is told to come again."""
    url = await site.put("x", b"first version")

    async def overwrite() -> None:
        await site.put("x", os.urandom(5))

    site.store.before_open.append(overwrite)
    response = await site.client.get(url)
    assert (response.status_code, len(response.content)) == (200, 5)
    assert response.headers["etag"] == f'"{hashlib.sha256(response.content).hexdigest()}"'
    site.store.before_open.extend([overwrite] * 3)
    busy = await site.client.get(url)
    assert (busy.status_code, busy.headers["retry-after"], busy.json()["statusCode"]) == (503, "1", "503")
    assert site.store.reading == 0


async def connect(site: Site, url: str, *, buffer: int | None = 4_096) -> socket.socket:
    """A connection that has asked for a file and reads nothing."""
    address = urlsplit(str(site.client.base_url))
    raw = socket.socket()
    if buffer:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, (address.hostname, address.port))
    await loop.sock_sendall(raw, f"GET {url} HTTP/1.1\r\nhost: x\r\n\r\n".encode())
    return raw


@pytest.mark.usefixtures("no_litter")
async def test_readers_that_vanish_leave_nothing(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Half say good-bye, half reset: files closed, tasks ended, no complaint."""
    url = await site.put("film.mp4", bytes(16 << 20))
    before = len(asyncio.all_tasks())
    readers = [await connect(site, url) for _ in range(20)]
    await until(lambda: site.store.reading == 20)
    for number, raw in enumerate(readers):
        if number % 2:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.close()
    await until(lambda: site.store.reading == 0)
    await until(lambda: len(asyncio.all_tasks()) <= before)
    assert not caplog.records


@pytest.mark.usefixtures("no_litter")
async def test_a_reader_that_stops_reading_is_cut(
    runtime: Runtime, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Within the send timeout; a slow one that goes on reading is served to the end."""
    mine, store = watched(runtime, tmp_path, stream_send_timeout=3)
    app = create_app(mine)
    async with serving(app) as (base_url, server), httpx.AsyncClient(base_url=base_url, timeout=60) as client:
        site = Site(app, store, client)
        film = random.Random(9).randbytes(8 << 20)
        url = await site.put("film.mp4", film)
        stalled = await connect(site, url)
        slow = await connect(site, url, buffer=None)
        await until(lambda: store.reading == 2)
        received = bytearray()
        loop = asyncio.get_running_loop()
        while not received.endswith(film[-1000:]):
            piece = await loop.sock_recv(slow, 1 << 18)
            assert piece
            received += piece
            await asyncio.sleep(0.04)  # a slow reader's pace
        slow.close()
        await until(lambda: store.reading == 0 and not server.server_state.connections)
        stalled.close()
    assert not caplog.records


@dataclass(slots=True)
class Broken(Watched):
    """A store whose disk fails in the middle of a file."""

    @asynccontextmanager
    async def open(
        self, bucket: str, path: str, *, start: int = 0, stop: int | None = None
    ) -> AsyncGenerator[OpenedFile]:
        async with Watched.open(self, bucket, path, start=start, stop=stop) as opened:
            chunks = opened.chunks

            async def failing() -> AsyncGenerator[bytes]:
                yield await anext(chunks)
                raise OSError(5, "Input/output error")

            yield replace(opened, chunks=failing())


async def served_once(store: LocalStorage, *, gone_after: float | None = None, stuck: bool = False) -> int:
    """Call the response as a server would; returns how many bytes of body it was given."""
    received = 0

    async def receive() -> dict[str, Any]:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), gone_after)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal received
        received += len(message.get("body", b""))
        if stuck and received:
            await asyncio.Event().wait()

    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    answer = StoredFileResponse(Request(scope), store, BUCKET, "film.mp4", send_timeout=5)
    await answer(scope, receive, send)
    return received


@pytest.mark.usefixtures("no_litter")
async def test_however_it_ends_the_file_is_closed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Sent, reader gone, disk failed, call cancelled: closed when the call is over; a failed disk is told."""
    store, broken = Watched(tmp_path), Broken(tmp_path)
    await store.put_bytes(BUCKET, "film.mp4", bytes(3 << 20), content_type="video/mp4")
    assert await served_once(store) == 3 << 20
    assert await served_once(store, gone_after=0.05, stuck=True) < 1 << 20
    assert not caplog.records
    assert await served_once(broken) < 3 << 20
    assert "could not be sent" in caplog.text
    task = asyncio.create_task(served_once(store, stuck=True))
    await until(lambda: store.reading == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (store.reading, broken.reading) == (0, 0)
