"""The reverse proxy of docs/tasks.md: its lists are our routes, and nginx does with it what the studio needs.

WZRD_WRITE_DOCS=1 writes the lists anew.
"""

import asyncio
import os
import re
import shutil
import socket
import textwrap
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from server.api.routes import ROUTERS, auth_v1, wallet_auth
from server.stack import postgres
from tests.rows import make_studio
from tests.server.api.storage_server import PNG
from tests.server.api.test_anon_key import anon_key, bearing
from tests.server.served import bearer, calling, shared_runtime, with_settings
from tests.waiting import looks
from wzrd.domain.buckets import BUCKETS

DOCUMENT = Path(__file__).parent.parent / "docs" / "tasks.md"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin{os.pathsep}/usr/local/sbin")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="there is no nginx here: apt-get install nginx")
FUNCTIONS, AUTH = "/functions/v1/", "/auth/v1/"
IDENTITY = (wallet_auth.router, auth_v1.router)
WIDTH = 72


def names_below(prefix: str, routers: Iterable[APIRouter]) -> list[str]:
    """The first words behind a prefix in the routes' paths."""
    paths = [route.path for router in routers for route in router.routes if isinstance(route, APIRoute)]
    return sorted({path.removeprefix(prefix).split("/")[0] for path in paths if path.startswith(prefix)})


def alternatives(prefix: str, names: Iterable[str]) -> list[str]:
    """Lines of the map for the names behind a prefix, none too long."""
    rows = textwrap.wrap(" ".join(names), WIDTH, break_on_hyphens=False, break_long_words=False)
    return [f"  ~^{prefix}({'|'.join(row.split())})(/|$) wzrd;" for row in rows]


def lists() -> dict[str, list[str]]:
    """The lines that the code decides, by the word or words that begin them."""
    others = [router for router in ROUTERS if router not in IDENTITY]
    ways = "((info/)?(public/|authenticated/)?|sign/|upload/sign/|list/)"
    return {
        "identity": [
            *alternatives(FUNCTIONS, names_below(FUNCTIONS, IDENTITY)),
            *alternatives(AUTH, names_below(AUTH, IDENTITY)),
        ],
        "functions": alternatives(FUNCTIONS, names_below(FUNCTIONS, others)),
        "buckets": alternatives(f"/storage/v1/object/{ways}", sorted(BUCKETS)),
    }


def block(document: str) -> str:
    """The configuration in the document."""
    (found,) = re.findall(r"^```nginx\n(.*?)^```", document, re.DOTALL | re.MULTILINE)
    return found


def redraw(document: str) -> str:
    """The document with the lists as the code has them now."""
    written, kept, drawn = block(document), list[str](), lists()
    groups = iter(drawn.values())
    for line in written.splitlines():
        is_listed = line.endswith("(/|$) wzrd;")
        if not is_listed:
            kept.append(line)
        elif not kept[-1].endswith("(/|$) wzrd;"):
            kept += next(groups)
    assert next(groups, None) is None, "docs/tasks.md lacks one of the lists"
    return document.replace(written, "\n".join(kept) + "\n")


def test_the_lists_are_the_routes() -> None:
    """Every function and bucket that we serve comes to us, each once; nothing else is named."""
    document = DOCUMENT.read_text()
    if os.environ.get("WZRD_WRITE_DOCS"):
        DOCUMENT.write_text(redraw(document))
    assert DOCUMENT.read_text() == redraw(document), "run WZRD_WRITE_DOCS=1 pytest tests/test_reverse_proxy.py"


def test_a_new_route_is_missed() -> None:
    """The comparison fails where a list lacks a name."""
    document = DOCUMENT.read_text()
    assert redraw(document.replace("gen-shots|", "")) != document.replace("gen-shots|", "")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@dataclass(slots=True)
class Echo:
    """One side: answers what it was asked, upgrades what wants to be, ends a stream when it may, keeps the heads."""

    port: int = 0
    heads: list[str] = field(default_factory=list[str])
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection's one request; a body is not read."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        if "\r\nupgrade: websocket" in head.lower():
            writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            writer.write(b"<" + await reader.readexactly(5) + b">")
        elif "\r\naccept: text/event-stream" in head.lower():
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\nevent: meta\n\n"
            )
            await self.may_end.wait()
            writer.write(b"event: done\n\n")
        else:
            body = f"supabase {head.splitlines()[0]}".encode()
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()


@asynccontextmanager
async def open_echo() -> AsyncGenerator[Echo]:
    """It, on a port."""
    made = Echo()
    async with await asyncio.start_server(made.answer, "127.0.0.1", 0) as serving:
        made.port = serving.sockets[0].getsockname()[1]
        yield made


@asynccontextmanager
async def open_nginx(folder: Path, *, wzrd: int, supabase: int) -> AsyncGenerator[int]:
    """Nginx under the document's configuration, with these two behind it; its port."""
    port, written = free_port(), block(DOCUMENT.read_text())
    for named, here in (
        ("127.0.0.1:8787", f"127.0.0.1:{wzrd}"),
        ("127.0.0.1:54321", f"127.0.0.1:{supabase}"),
        ("listen 8000;", f"listen 127.0.0.1:{port};"),
    ):
        assert written.count(named) == 1
        written = written.replace(named, here)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    main = f"daemon off;\nmaster_process off;\npid {folder}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{places}"
    (folder / "nginx.conf").write_text(f"{main}{written}}}\n")
    assert NGINX is not None
    log = f"{folder}/error.log"
    running = await asyncio.create_subprocess_exec(NGINX, "-e", log, "-p", folder, "-c", f"{folder}/nginx.conf")
    try:
        async for _ in looks():
            if await is_listening(port):
                break
            assert running.returncode is None, Path(log).read_text()
        yield port
    finally:
        if running.returncode is None:
            running.terminate()
        await running.wait()


async def is_listening(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@dataclass(frozen=True, slots=True)
class Site:
    """The proxy's address, before two servers that tell who they are."""

    url: str
    wzrd: Echo
    supabase: Echo
    client: httpx.AsyncClient

    async def served_by(self, path: str, method: str = "GET") -> str:
        """Who answers; each answers one request a connection."""
        before = len(self.wzrd.heads), len(self.supabase.heads)
        answer = await self.client.request(method, f"{self.url}{path}")
        assert answer.status_code == 200, (path, answer.status_code)
        asked = len(self.wzrd.heads) - before[0], len(self.supabase.heads) - before[1]
        assert sum(asked) == 1
        return "wzrd" if asked[0] else "supabase"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncGenerator[Site]:
    async with AsyncExitStack() as stack:
        wzrd, supabase = await stack.enter_async_context(open_echo()), await stack.enter_async_context(open_echo())
        port = await stack.enter_async_context(open_nginx(tmp_path, wzrd=wzrd.port, supabase=supabase.port))
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=60))
        yield Site(f"http://127.0.0.1:{port}", wzrd, supabase, client)


@needs_nginx
async def test_who_serves_what(site: Site) -> None:
    """All our functions and buckets are ours, and other functions, buckets, tables and pages are not."""
    ours = [f"{FUNCTIONS}{name}" for name in names_below(FUNCTIONS, ROUTERS)]
    ours += [f"{AUTH}{name}" for name in names_below(AUTH, ROUTERS)]
    ours += [
        f"{FUNCTIONS}runs/x/events?after=3",
        f"{FUNCTIONS}project-auto-generate/stream?project_id=x",
        "/webhooks/fal/x",
    ]
    ways = ("", "public/", "authenticated/", "sign/", "upload/sign/", "list/", "info/", "info/public/")
    ours += [f"/storage/v1/object/{way}{bucket}/u/a%20b.png" for bucket in BUCKETS for way in ways]
    ours += [f"/storage/v1/object/{bucket}" for bucket in BUCKETS]
    theirs = [
        *("/rest/v1/shots?select=*", "/auth/v1/authorize", "/auth/v1/.well-known/jwks.json", "/graphql/v1", "/"),
        *(f"{FUNCTIONS}{name}" for name in ("mini-artifacts", "job-queue", "upload-2", "gen-shotsx", "xgen-shots", "")),
        *(f"/storage/v1/object/{way}avatars/x.png" for way in ways),
        *("/storage/v1/object/public/workflow-media2/x", "/storage/v1/object/move", "/storage/v1/upload/resumable"),
        *("/storage/v1/bucket", "/storage/v1/render/image/public/project-assets/x", "/storage/v1/s3/project-assets"),
        *("/metrics", "/docs", "/openapi.json", "/functions/v1/gen-shots/../../../metrics", "/x/functions/v1/runs"),
    ]
    assert {path: await site.served_by(path) for path in ours} == dict.fromkeys(ours, "wzrd")
    assert {path: await site.served_by(path) for path in theirs} == dict.fromkeys(theirs, "supabase")
    assert await site.served_by(f"{FUNCTIONS}gen-shots", "OPTIONS") == "wzrd", "a preflight goes where its call goes"


@needs_nginx
async def test_what_is_passed_on(site: Site) -> None:
    """The address as it came, the caller's own address, the host that was called; nothing of a caller's own writing."""
    path = "/storage/v1/object/public/project-assets/u/%E6%98%A0%20a%2Bb.png?download=x%20y"
    lies = {"x-forwarded-for": "10.9.9.9", "connection": "close"}
    await site.client.get(f"{site.url}{path}", headers=lies)
    head = site.wzrd.heads[-1].lower()
    assert head.startswith(f"get {path} http/1.1\r\n".lower())
    assert "\r\nx-forwarded-for: 127.0.0.1\r\n" in head
    assert "10.9.9.9" not in head
    assert f"\r\nhost: {urlsplit(site.url).netloc}\r\n" in head
    assert "\r\nupgrade:" not in head


@needs_nginx
async def test_a_stream_is_not_held_back(site: Site) -> None:
    """Its first frame is read before its last one is written."""
    url, headers = f"{site.url}{FUNCTIONS}gen-shots", {"accept": "text/event-stream"}
    async with asyncio.timeout(60), site.client.stream("POST", url, headers=headers) as answer:
        frames = answer.aiter_text()
        assert await anext(frames) == "event: meta\n\n"
        site.wzrd.may_end.set()
        assert await anext(frames) == "event: done\n\n"


@needs_nginx
async def test_realtime_is_upgraded(site: Site) -> None:
    """A WebSocket's handshake reaches Supabase, and bytes go both ways after it."""
    address = urlsplit(site.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = (
        "GET /realtime/v1/websocket?apikey=x&vsn=1.0.0 HTTP/1.1\r\nHost: studio\r\nConnection: keep-alive, Upgrade\r\n"
    )
    writer.write(f"{head}Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n".encode())
    async with asyncio.timeout(60):
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 101 ")
        writer.write(b"hello")
        assert await reader.readexactly(7) == b"<hello>"
    writer.close()
    told = site.supabase.heads[-1].lower()
    assert "\r\nupgrade: websocket\r\n" in told
    assert "\r\nconnection: upgrade\r\n" in told
    assert site.wzrd.heads == []


@needs_nginx
async def test_the_studios_requests_through_it(cluster: postgres.Cluster, tmp_path: Path) -> None:
    """The studio's requests, in its order and with its headers, are answered by the real application."""
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(shared_runtime(cluster))
        studio = await make_studio(runtime)
        (tmp_path / "home").mkdir()
        mine = with_settings(runtime, home=tmp_path / "home")
        behind, _ = await stack.enter_async_context(calling(mine))
        echo = await stack.enter_async_context(open_echo())
        upstream = behind.base_url.port
        assert upstream is not None
        port = await stack.enter_async_context(open_nginx(tmp_path, wzrd=upstream, supabase=echo.port))
        browser = await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60))
        key = {"apikey": anon_key(), "x-client-info": "supabase-js-web/2.57.4", "origin": "http://studio.test"}
        me = {**key, **bearer(studio.user_id)}

        catalog = {"media_type": "image", "ui_group": "generation", "includeAdvanced": False}
        models = await browser.post(f"{FUNCTIONS}model-catalog", json=catalog, headers={**key, **bearing(anon_key())})
        assert models.json()["models"]
        assert (await browser.get("/auth/v1/user", headers=me)).json()["id"] == str(studio.user_id)
        shots = await browser.get(f"/rest/v1/shots?project_id=eq.{studio.project_id}", headers=me)
        assert shots.text.startswith("supabase GET /rest/v1/shots?")

        place = f"/storage/v1/object/workflow-media/uploads/{studio.scene_ids[0]}/1732790000000-take.png"
        preflight = await browser.options(place, headers={**key, "access-control-request-method": "POST"})
        assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, "*")
        picture = PNG + bytes(2 << 20)
        form = {"cacheControl": (None, "3600"), "": ("take.png", picture, "image/png")}
        stored = await browser.post(place, files=form, headers={**me, "x-upsert": "true"})
        assert stored.status_code == 200, stored.text
        public = place.replace("/object/", "/object/public/")
        assert (await browser.get(public)).content == picture

        run = {"runId": "x", "projectId": str(studio.project_id)}
        canceled = await browser.post(f"{FUNCTIONS}compute-cancel", json=run, headers=me)
        assert (canceled.headers["access-control-allow-origin"], canceled.status_code) == ("*", 204)
        sound = await browser.post(f"{FUNCTIONS}elevenlabs-tts", json={"text": "x"}, headers=bearing(anon_key()))
        assert (sound.status_code, "WZRD_ANON_SOUNDS_USER" in sound.text) == (401, True)
        theirs = await browser.post(f"{FUNCTIONS}mini-artifacts", json={}, headers=me)
        assert theirs.text.startswith("supabase POST")
