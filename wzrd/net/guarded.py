"""Fetching what somebody else's URL names, without becoming their way into our network (SSRF) or running full.

The URL is read by addresses.py, the address judged by transport.py at the moment of connecting. Redirects are judged
like the first URL. Body and time are capped, bytes are counted after decompression, and the file's first bytes say
what it is (file_types.py). Also for media that providers name.
"""

import asyncio
import ssl
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Generator, Iterable, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Literal

import httpcore
import httpx

from wzrd.domain.errors import WzrdError
from wzrd.net.addresses import FetchRefused, FetchTarget, Origin, origins_of, read_url
from wzrd.net.file_types import SNIFF_BYTES, sniff
from wzrd.net.http import PACKED, Inflate
from wzrd.net.transport import GuardedBackend, GuardedTransport, Resolver, resolve

MediaKind = Literal["image", "video", "audio", "model"]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WHY = (
    (httpx.TimeoutException, "too slow"),
    ((httpx.ConnectError, httpcore.ConnectError, ssl.SSLError), "cannot be reached, or its certificate is not trusted"),
    ((httpx.RemoteProtocolError, httpx.ReadError), "the answer broke off before all of it had come"),
)
"""Words for foreign errors, by their kinds."""
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "xi-api-key"})


class FetchFailed(WzrdError):
    """The file could not be fetched."""

    code = "fetch_failed"
    retryable = True

    def __init__(self, message: str | None = None, *, status: int | None = None) -> None:
        super().__init__(message, status=status)
        self.status = status
        self.retryable = status is None or status in {408, 425, 429} or status >= 500


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Limits of one fetch: bytes after decompression, seconds in all (reading included), redirects."""

    max_bytes: int = 512 << 20
    seconds: float = 300.0
    connect_seconds: float = 10.0
    idle_seconds: float = 30.0
    redirects: int = 3


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is arriving. `content_type` is what its bytes say; `chunks` yields them once, at most `max_bytes`."""

    content_type: str
    chunks: AsyncIterator[bytes]

    async def read(self) -> bytes:
        """All of it, in memory."""
        return b"".join([chunk async for chunk in self.chunks])


class GuardedFetch:
    """Fetches media by URL. `allowed` are the operator's own addresses (provider hosts), loopback included.

    One object serves a process; `aclose` ends it. `resolver`, `inner` and `context` are for who has his own.
    """

    def __init__(
        self,
        *,
        allowed: Iterable[str] = (),
        limits: FetchLimits | None = None,
        resolver: Resolver = resolve,
        inner: httpcore.AsyncNetworkBackend | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = origins_of(allowed)
        self._limits = limits or FetchLimits()
        self._backend = GuardedBackend(self._allowed, resolver, inner)
        self._transport = GuardedTransport(self._backend, context or httpx.create_ssl_context())

    async def aclose(self) -> None:
        """Close what is open."""
        await self._transport.aclose()

    @asynccontextmanager
    async def fetch(
        self,
        url: str,
        *,
        accept: Collection[MediaKind],
        limits: FetchLimits | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[Fetched]:
        """Fetch one media file; `headers` that are secret go to the first origin only.

        Raises:
            FetchRefused: the URL or a redirect may not be fetched; the file is too large, or not of a kind in `accept`.
            FetchFailed: no connection, a bad answer, a broken or too slow body. Messages name the host, never the URL.
        """
        limit = limits or self._limits
        deadline = asyncio.get_running_loop().time() + limit.seconds
        with _translated("the URL's host"):
            async with asyncio.timeout_at(deadline):
                target, response = await self._follow(read_url(url, self._allowed), limit, dict(headers or {}))
        body = _body(response, target.url.host, limit, deadline)
        try:
            head, content_type = await _begin(body, accept)
            yield Fetched(content_type, chain(head, body))
        finally:
            await body.aclose()
            await response.aclose()

    async def _follow(
        self, target: FetchTarget, limit: FetchLimits, headers: dict[str, str]
    ) -> tuple[FetchTarget, httpx.Response]:
        """The answer that is no redirect. A redirect may lead to the operator's origins only from one of them."""
        for _ in range(limit.redirects + 1):
            response = await self._ask(target, limit, headers)
            if response.status_code not in _REDIRECTS or "location" not in response.headers:
                return target, await _judged(response, target.url.host, limit)
            await response.aclose()
            following = _next(target, response.headers["location"], self._allowed)
            if following.origin != target.origin:
                headers = {key: value for key, value in headers.items() if key.lower() not in _SECRET_HEADERS}
            target = following
        raise FetchRefused(f"more than {limit.redirects} redirects", field="url")

    async def _ask(self, target: FetchTarget, limit: FetchLimits, headers: Mapping[str, str]) -> httpx.Response:
        timeout = httpx.Timeout(limit.idle_seconds, connect=limit.connect_seconds).as_dict()
        asked = {"Accept": "*/*", "User-Agent": "wzrd", **headers, "Accept-Encoding": "identity"}
        request = httpx.Request("GET", target.url, headers=asked, extensions={"timeout": timeout})
        with _translated(target.url.host):
            response = await self._transport.handle_async_request(request)
        response.request = request
        return response


@contextmanager
def _translated(host: str) -> Generator[None]:
    """Foreign errors as ours, without the URL, which may be signed."""
    try:
        yield
    except (httpx.HTTPError, httpx.StreamError, httpcore.ConnectError, zlib.error, ssl.SSLError) as error:
        why = next((words for kinds, words in _WHY if isinstance(error, kinds)), type(error).__name__)
        raise FetchFailed(f"{host}: {why}") from error
    except TimeoutError as error:
        raise FetchFailed(f"{host}: too slow") from error


def _next(target: FetchTarget, location: str, allowed: frozenset[Origin]) -> FetchTarget:
    """Where a redirect leads: joined by the same reader, judged like the first URL, from its text."""
    try:
        joined = location if "://" in location else str(target.url.join(location))
    except (httpx.InvalidURL, ValueError):
        raise FetchRefused("the redirect cannot be read", field="url") from None
    return read_url(joined, allowed if target.exempt else frozenset())


async def _judged(response: httpx.Response, host: str, limit: FetchLimits) -> httpx.Response:
    """The response, if its head promises what we take."""
    length = response.headers.get("content-length", "0")
    try:
        if response.status_code != 200:
            raise FetchFailed(f"{host} answered {response.status_code}", status=response.status_code)
        if length.isdecimal() and int(length[:20]) > limit.max_bytes:
            raise FetchRefused(f"{host}: larger than {limit.max_bytes} bytes", field="url")
        if response.headers.get("content-encoding", "identity").lower() not in {"identity", *PACKED}:
            raise FetchFailed(f"{host} sent an encoding that was not asked for")
    except WzrdError:
        await response.aclose()
        raise
    return response


async def _body(response: httpx.Response, host: str, limit: FetchLimits, deadline: float) -> AsyncGenerator[bytes]:
    """The decoded body, piece by piece, within bytes and time."""
    encoded = response.headers.get("content-encoding", "identity").lower() != "identity"
    raw, decoder = response.aiter_raw(), Inflate() if encoded else None
    left = limit.max_bytes
    with _translated(host):
        while True:
            async with asyncio.timeout_at(deadline):
                data = await anext(raw, None)
            if data is None:
                break
            for piece in decoder.pieces(data) if decoder else (data,):
                left -= len(piece)
                if left < 0:
                    raise FetchRefused(f"{host}: larger than {limit.max_bytes} bytes", field="url")
                yield piece
        if decoder and not decoder.complete:
            raise FetchFailed(f"{host}: the compressed body is cut off")


async def _begin(body: AsyncIterator[bytes], accept: Collection[MediaKind]) -> tuple[bytes, str]:
    """Enough of the body to know what it is, and what it is."""
    head = b""
    while len(head) < SNIFF_BYTES and (piece := await anext(body, None)) is not None:
        head += piece
    content_type = sniff(head[:SNIFF_BYTES])
    if content_type is None or content_type.split("/")[0] not in accept:
        found = content_type or ("nothing" if not head else "something else")
        raise FetchRefused(f"expected {' or '.join(sorted(accept))}, found {found}", field="url")
    return head, content_type


async def chain(head: bytes, body: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    """The beginning that was looked at, then the rest of a body."""
    yield head
    async for piece in body:
        yield piece
