"""The guarded fetch against hostile servers, resolvers and URLs. Every listener is on loopback."""

import asyncio
import gzip
import ssl
import time
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.waiting import let_others_run
from wzrd.net.addresses import FetchRefused
from wzrd.net.guarded import FetchFailed, FetchLimits, GuardedFetch

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200
Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serve(answer: Answer, context: ssl.SSLContext | None = None) -> AsyncGenerator["Server"]:
    """A server that reads one request head and lets `answer` write what it likes."""
    made = Server()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        made.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            made.heads.append(head)
            await answer(head, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=context)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


class Server:
    """Record of what a test server has seen."""

    def __init__(self) -> None:
        self.port = 0
        self.connections = 0
        self.heads: list[str] = []

    @property
    def url(self) -> str:
        """Its address in plain HTTP."""
        return f"http://127.0.0.1:{self.port}"


def reply(body: bytes = PNG, *, status: str = "200 OK", **headers: str) -> Answer:
    """An answer with these headers (underscores become dashes) and a true Content-Length."""
    lines = [f"HTTP/1.1 {status}", *(f"{key.replace('_', '-')}: {value}" for key, value in headers.items())]
    if "Content_Length" not in headers:
        lines.append(f"Content-Length: {len(body)}")

    async def answer(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)

    return answer


@asynccontextmanager
async def fetcher(*allowed: str, limits: FetchLimits | None = None, **options: Any) -> AsyncGenerator[GuardedFetch]:
    """A fetch that is closed at the end."""
    made = GuardedFetch(allowed=allowed, limits=limits or FetchLimits(seconds=60, connect_seconds=60), **options)
    try:
        yield made
    finally:
        await made.aclose()


async def fetch(guard: GuardedFetch, url: str, **options: Any) -> tuple[str, bytes]:
    """Content type and bytes of an image."""
    async with guard.fetch(url, accept=options.pop("accept", {"image"}), **options) as fetched:
        return fetched.content_type, await fetched.read()


def answers(*replies: Sequence[str]) -> tuple[Callable[[str, int], Awaitable[Sequence[str]]], list[str]]:
    """A resolver that gives these answers in turn (the last one for ever), and the names it was asked for."""
    asked: list[str] = []

    async def resolver(host: str, _: int) -> Sequence[str]:
        asked.append(host)
        return replies[min(len(asked), len(replies)) - 1]

    return resolver, asked


class Detour(httpcore.AsyncNetworkBackend):
    """Connects to a loopback port, whatever address it is given, and remembers the address: the internet of a test."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.addresses: list[tuple[str, int]] = []
        self.refuse: set[str] = set()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.addresses.append((host, port))
        if host in self.refuse:
            raise httpcore.ConnectError("refused")
        backend = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
        return await backend.connect_tcp("127.0.0.1", self.port, timeout)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The certificate of media.example."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


def make_certificate(folder: Path) -> Path:
    """A self-signed certificate, with its key, for media.example."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "media.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("media.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@asynccontextmanager
async def internet(
    certificate: Path, answer: Answer, *replies: Sequence[str]
) -> AsyncGenerator[tuple[GuardedFetch, Detour, Server, list[str]]]:
    """A TLS server that stands for every public address, behind a resolver with these answers."""
    served, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=str(certificate))
    served.load_cert_chain(certificate)
    resolver, asked = answers(*replies)
    async with serve(answer, served) as server:
        detour = Detour(server.port)
        async with fetcher(resolver=resolver, inner=detour, context=trusting) as guard:
            yield guard, detour, server, asked


async def test_the_operators_host_is_fetched() -> None:
    """A configured origin is free, loopback included; the content type is what the bytes say."""
    async with serve(reply(Content_Type="text/html")) as server, fetcher(server.url) as guard:
        assert await fetch(guard, f"{server.url}/a.png?x=1") == ("image/png", PNG)
        assert server.heads[0].startswith("GET /a.png?x=1 HTTP/1.1\r\n")


async def test_nobody_elses_loopback_is_fetched() -> None:
    """Without the operator's word no connection is made to our own network, however the URL is written."""
    async with serve(reply()) as server, fetcher() as guard:
        port = server.port
        for url in (
            f"http://127.0.0.1:{port}/",
            f"https://127.0.0.1:{port}/",
            "https://127.0.0.1/",
            "https://localhost/",
            "https://localhost./",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://127.0.0.1#@example.com@/",
            f"https://example.com@127.0.0.1:{port}/",
            f"https://example.com\\@127.0.0.1:{port}/",
            f"https://example.com/\r\nHost: 127.0.0.1:{port}",
            "https://127\u30020\u30020\u30021/",
        ):
            with pytest.raises(FetchRefused):
                await fetch(guard, url)
        assert server.connections == 0


async def test_the_name_stays_while_the_address_is_pinned(certificate: Path) -> None:
    """The connection goes to the address that was judged; SNI, certificate check and Host keep the name."""
    async with internet(certificate, reply(), ["93.184.216.34"]) as (guard, detour, server, asked):
        assert (await fetch(guard, "https://media.example/a.png"))[1] == PNG
        assert detour.addresses == [("93.184.216.34", 443)]
        assert asked == ["media.example"]
        assert "\r\nHost: media.example\r\n" in server.heads[0]


async def test_a_certificate_for_another_name_is_refused(certificate: Path) -> None:
    """Pinning the address weakens nothing: the certificate must be the name's."""
    async with internet(certificate, reply(), ["93.184.216.34"]) as (guard, _, server, _asked):
        for url in ("https://evil.example/", "https://93.184.216.34/"):
            with pytest.raises(FetchFailed):
                await fetch(guard, url)
        assert server.heads == []


async def test_rebinding_changes_nothing(certificate: Path) -> None:
    """A resolver that answers well once and then with loopback is asked once, and its first answer is used."""
    async with internet(certificate, reply(), ["93.184.216.34"], ["127.0.0.1"]) as (guard, detour, _, asked):
        assert (await fetch(guard, "https://media.example/"))[1] == PNG
        assert (len(asked), detour.addresses) == (1, [("93.184.216.34", 443)])
        with pytest.raises(FetchRefused):
            await fetch(guard, "https://media.example/")
        assert len(detour.addresses) == 1, "the second fetch resolves anew, and connects nowhere"


@pytest.mark.parametrize(
    "reply_",
    [["93.184.216.34", "10.0.0.1"], ["10.0.0.1", "93.184.216.34"], ["::ffff:127.0.0.1"], ["fe80::1%eth0"], ["x"]],
)
async def test_one_bad_address_spoils_a_name(certificate: Path, reply_: list[str]) -> None:
    """If any address of a name is not public, none of them is connected to."""
    async with internet(certificate, reply(), reply_) as (guard, detour, _, _asked):
        with pytest.raises(FetchRefused):
            await fetch(guard, "https://media.example/")
        assert detour.addresses == []


async def test_the_next_address_is_tried(certificate: Path) -> None:
    """A name whose first address does not answer is reached by the second, without asking again."""
    async with internet(certificate, reply(), ["1.1.1.1", "8.8.8.8"]) as (guard, detour, _, asked):
        detour.refuse = {"1.1.1.1"}
        assert (await fetch(guard, "https://media.example/"))[1] == PNG
        assert [address for address, _ in detour.addresses] == ["1.1.1.1", "8.8.8.8"]
        assert len(asked) == 1


async def test_redirects_are_judged(certificate: Path) -> None:
    """A redirect to a private address, another scheme, port, user name or nonsense goes nowhere."""
    for location in (
        "https://127.0.0.1/",
        "//169.254.169.254/latest",
        "http://media.example/",
        "https://media.example:8443/",
        "https://x@media.example/",
        "file:///etc/passwd",
        "https://[::1]/",
        "https://[",
        "https://2130706433/",
        "/a\\b",
    ):
        moved = reply(b"", status="302 Found", Location=location)
        async with internet(certificate, moved, ["93.184.216.34"]) as (guard, detour, _, _asked):
            with pytest.raises(FetchRefused):
                await fetch(guard, "https://media.example/")
            assert len(detour.addresses) == 1


async def test_three_redirects_and_no_more(certificate: Path) -> None:
    """Relative and absolute redirects are followed, each resolved anew, three at most."""

    async def hop(head: str, writer: asyncio.StreamWriter) -> None:
        left = int(head.split(" ")[1].strip("/"))
        if left:
            await reply(b"", status="307 T", Location=f"/{left - 1}")(head, writer)
        else:
            await reply()(head, writer)

    async with internet(certificate, hop, ["93.184.216.34"]) as (guard, detour, _, asked):
        assert (await fetch(guard, "https://media.example/3"))[1] == PNG
        assert len(detour.addresses) == len(asked) == 4
        with pytest.raises(FetchRefused, match="more than 3 redirects"):
            await fetch(guard, "https://media.example/4")


async def test_authorities_are_those_of_every_other_call(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who signs the certificates of an operator's network is named once, by `SSL_CERT_FILE`; else nobody is trusted."""
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)
    resolver, _ = answers(["93.184.216.34"])
    async with serve(reply(), served) as server:
        async with fetcher(resolver=resolver, inner=Detour(server.port)) as guard:
            with pytest.raises(FetchFailed, match="certificate is not trusted"):
                await fetch(guard, "https://media.example/")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with fetcher(resolver=resolver, inner=Detour(server.port)) as guard:
            assert (await fetch(guard, "https://media.example/"))[1] == PNG


async def test_a_redirect_does_not_reach_the_operators_origins(certificate: Path) -> None:
    """Only the operator's own hosts may send us on to the operator's hosts."""
    async with serve(reply()) as ours:
        moved = reply(b"", status="302 Found", Location=f"{ours.url}/a")
        served, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=str(certificate))
        served.load_cert_chain(certificate)
        resolver, _ = answers(["93.184.216.34"])
        async with (
            serve(moved, served) as server,
            fetcher(ours.url, resolver=resolver, inner=Detour(server.port), context=trusting) as guard,
        ):
            with pytest.raises(FetchRefused):
                await fetch(guard, "https://media.example/")
        async with serve(moved) as server, fetcher(ours.url, server.url) as guard:
            assert (await fetch(guard, server.url))[1] == PNG
        assert ours.connections == 1


async def test_secret_headers_stay_with_their_origin() -> None:
    """A redirect to another origin does not carry the key; other headers it may."""
    async with serve(reply()) as second:
        moved = reply(b"", status="302 Found", Location=f"{second.url}/a", Set_Cookie="id=1")
        async with serve(moved) as first, fetcher(first.url, second.url) as guard:
            await fetch(guard, first.url, headers={"Authorization": "Key secret", "X-Trace": "1"})
            assert "Authorization: Key secret" in first.heads[0]
            assert "secret" not in second.heads[0]
            assert "X-Trace: 1" in second.heads[0]
            assert "cookie" not in second.heads[0].lower()


async def test_bytes_are_capped() -> None:
    """A body over the cap is refused: by its announced length at once, without one as soon as it is over."""
    limits = FetchLimits(max_bytes=100_000, seconds=60)

    async def endless(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + PNG)
        while True:
            writer.write(b"\x00" * 65_536)
            await writer.drain()

    async with serve(endless) as server, fetcher(server.url, limits=limits) as guard:
        with pytest.raises(FetchRefused, match="larger than 100000 bytes"):
            await fetch(guard, server.url)
    async with serve(reply(Content_Length="100001")) as server, fetcher(server.url, limits=limits) as guard:
        with pytest.raises(FetchRefused, match="larger than 100000 bytes"):
            await fetch(guard, server.url)
    whole = PNG + b"\x00" * (100_000 - len(PNG))
    async with serve(reply(whole)) as server, fetcher(server.url, limits=limits) as guard:
        assert len((await fetch(guard, server.url))[1]) == 100_000


async def test_a_compression_bomb_is_counted_unpacked() -> None:
    """A gibibyte in a mebibyte is refused at the cap, soon, although nobody asked for compression."""
    packer = zlib.compressobj(9, wbits=31)
    zeros = b"\x00" * (1 << 20)
    bomb = packer.compress(PNG) + b"".join(packer.compress(zeros) for _ in range(256)) + packer.flush()
    assert len(bomb) < 400_000
    limits = FetchLimits(max_bytes=1 << 20, seconds=60)
    async with serve(reply(bomb, Content_Encoding="gzip")) as server, fetcher(server.url, limits=limits) as guard:
        started = time.perf_counter()
        with pytest.raises(FetchRefused, match="larger than"):
            await fetch(guard, server.url)
        assert time.perf_counter() - started < 8
        assert "Accept-Encoding: identity" in server.heads[0]


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(PNG), zlib.compress(PNG), gzip.compress(PNG[:50]) + gzip.compress(PNG[50:])],
    ids=["gzip", "zlib", "two members"],
)
async def test_honest_compression_is_unpacked(packed: bytes) -> None:
    """A server that compresses anyway is understood, also in several members."""
    async with serve(reply(packed, Content_Encoding="gzip")) as server, fetcher(server.url) as guard:
        assert (await fetch(guard, server.url))[1] == PNG


async def test_broken_bodies_fail() -> None:
    """Cut off, cut off inside the compression, garbage in it, an unknown encoding: never a file that looks whole."""
    packed = gzip.compress(PNG * 100)
    broken = [
        reply(PNG, Content_Length="1000"),
        reply(packed[:-20], Content_Encoding="gzip"),
        reply(b"not gzip at all", Content_Encoding="gzip"),
        reply(PNG, Content_Encoding="br"),
        reply(PNG, Content_Encoding="gzip, gzip"),
    ]
    for answer in broken:
        async with serve(answer) as server, fetcher(server.url) as guard:
            with pytest.raises(FetchFailed) as caught:
                await fetch(guard, server.url)
            assert caught.value.retryable


async def test_silent_servers_hold_up_no_other_fetch() -> None:
    """However many there are: there is no pool that they could fill."""
    silent, answered = 40, asyncio.Event()

    async def wait(_: str, __: object) -> None:
        await answered.wait()

    async with serve(wait) as slow, serve(reply()) as quick, fetcher(slow.url, quick.url) as guard:
        waiting = [asyncio.create_task(fetch(guard, slow.url)) for _ in range(silent)]
        try:
            assert await asyncio.wait_for(fetch(guard, quick.url), 5) == ("image/png", PNG)
        finally:
            answered.set()
            await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_slow_drip_is_cut() -> None:
    """A body that comes one byte at a time ends at the time cap, though every read is quick."""

    async def drip(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + PNG)
        for _step in range(1000):
            writer.write(b"\x00")
            await writer.drain()
            await asyncio.sleep(0.02)  # the drip's pace

    async with serve(drip) as server, fetcher(server.url, limits=FetchLimits(seconds=0.4)) as guard:
        started = time.perf_counter()
        with pytest.raises(FetchFailed, match="too slow"):
            await fetch(guard, server.url)
        assert time.perf_counter() - started < 10


async def test_slow_heads_and_resolvers_are_cut(certificate: Path) -> None:
    """The cap holds before the first byte too: a head that never ends, a resolver that never answers."""

    async def never(_: str, writer: asyncio.StreamWriter) -> None:
        for n in range(1000):
            writer.write(b"HTTP/1.1 200 OK\r\n" if n == 0 else b"X-A: b\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)  # the drip's pace

    async def silent(_: str, __: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    async with serve(never) as server, fetcher(server.url, limits=FetchLimits(seconds=0.3)) as guard:
        with pytest.raises(FetchFailed, match="too slow"):
            await fetch(guard, server.url)
    async with fetcher(resolver=silent, limits=FetchLimits(connect_seconds=0.1)) as guard:
        with pytest.raises(FetchFailed):
            await fetch(guard, "https://media.example/")


@pytest.mark.parametrize(
    ("body", "claim"),
    [
        (b"<html><script>alert(1)</script>", "image/png"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "image/svg+xml"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "video/mp4"),
        (b"ID3\x04" + b"\x00" * 99, "image/png"),
        (b"", "image/png"),
    ],
)
async def test_a_claim_is_not_believed(body: bytes, claim: str) -> None:
    """A header cannot make the bytes what they are not."""
    async with serve(reply(body, Content_Type=claim)) as server, fetcher(server.url) as guard:
        with pytest.raises(FetchRefused, match="expected image, found"):
            await fetch(guard, server.url)


async def test_a_file_of_one_byte_pieces_is_recognised() -> None:
    """The first bytes may come in any number of pieces."""

    async def crumbs(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for n in range(len(PNG)):
            writer.write(PNG[n : n + 1])
            await writer.drain()

    async with serve(crumbs) as server, fetcher(server.url) as guard:
        assert await fetch(guard, server.url) == ("image/png", PNG)


@pytest.mark.parametrize(("status", "retryable"), [("404 Not Found", False), ("503 Busy", True), ("429 Slow", True)])
async def test_other_answers(status: str, retryable: bool) -> None:
    """Anything but 200 fails with the number; only what may pass is worth another try. The URL is not repeated."""
    async with serve(reply(b"", status=status)) as server, fetcher(server.url) as guard:
        with pytest.raises(FetchFailed) as caught:
            await fetch(guard, f"{server.url}/?signature=hush")
        assert caught.value.status == int(status[:3])
        assert caught.value.retryable is retryable
        assert "hush" not in str(caught.value)


async def test_a_host_that_is_not_there() -> None:
    """No address, no listener: a failure that may pass, not a refusal."""

    async def nothing(_: str, __: int) -> Sequence[str]:
        raise OSError("no such name")

    for resolver in (nothing, answers([])[0]):
        async with fetcher(resolver=resolver) as guard:
            with pytest.raises(FetchFailed):
                await fetch(guard, "https://media.example/")
    async with serve(reply()) as server:
        url = server.url
    async with fetcher(url) as guard:
        with pytest.raises(FetchFailed):
            await fetch(guard, url)


async def test_leaving_early_closes_the_connection() -> None:
    """Who has seen enough leaves, and the server notices."""
    gone = asyncio.Event()

    async def endless(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + PNG)
        try:
            while True:
                writer.write(b"\x00" * 1000)
                await writer.drain()
                await let_others_run()
        finally:
            gone.set()

    async with serve(endless) as server, fetcher(server.url) as guard:
        async with guard.fetch(server.url, accept={"image"}) as fetched:
            await anext(fetched.chunks)
        await asyncio.wait_for(gone.wait(), 60)


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would resolve the name itself, out of our sight."""
    async with serve(reply()) as proxy, serve(reply()) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        async with fetcher(server.url) as guard:
            assert (await fetch(guard, server.url))[1] == PNG
        assert (proxy.connections, server.connections) == (0, 1)
