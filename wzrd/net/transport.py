"""The connection below a guarded fetch: the one place where a name becomes an address, is judged and connected to.

Between judging and connecting nothing is resolved again, so an answer that changes (DNS rebinding) changes nothing.
TLS lies above: SNI, certificate check and the Host header keep the name. A name may look public and lead home
(`127.0.0.1.nip.io`): `PublicNames` knows how one resolves, asked for seldom and beside the loop.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeAlias, cast

import httpcore
import httpx

from wzrd.net.addresses import FetchRefused, Origin, is_loopback_url, is_public, is_public_url, origin_of, parse_address
from wzrd.threads import in_name_thread

Resolver: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """Every address that the system knows for a name."""
    answers = await in_name_thread(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    return [str(answer[4][0]) for answer in answers]


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to public addresses, and to whatever an origin that the operator named resolves to."""

    def __init__(
        self, allowed: frozenset[Origin], resolver: Resolver, inner: httpcore.AsyncNetworkBackend | None = None
    ) -> None:
        self._allowed = frozenset((host, port) for _, host, port in allowed)
        self._resolver = resolver
        self._inner = inner or cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface's own
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve once, judge every answer, connect to the first that accepts."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in await self.addresses(host, port, timeout):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def addresses(self, host: str, port: int, seconds: float | None) -> list[str]:
        """The addresses of a host, in the resolver's order.

        Raises:
            FetchRefused: one of them is not public; then none is used, for the next answer might be that one.
        """
        try:
            async with asyncio.timeout(seconds):
                answers = [host] if parse_address(host) else list(dict.fromkeys(await self._resolver(host, port)))
        except (OSError, TimeoutError, UnicodeError) as error:  # TimeoutError and gaierror are OSErrors too
            raise httpcore.ConnectError(f"{host} was not found") from error
        if (host, port) in self._allowed:
            return answers
        for answer in answers:
            address = parse_address(answer)
            if address is None or not is_public(address):
                raise FetchRefused(f"{host} is not on the public internet", field="url")
        return answers


class GuardedTransport(httpx.AsyncHTTPTransport):
    """An httpx transport that connects by a GuardedBackend only; no proxy, no connection is kept for another host."""

    def __init__(self, backend: GuardedBackend, context: ssl.SSLContext) -> None:
        super().__init__(verify=context, trust_env=False)
        assert isinstance(self._pool, httpcore.AsyncConnectionPool)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context, network_backend=backend, max_connections=None, max_keepalive_connections=0, retries=0
        )


KEEP_SECONDS = 300.0
"""Time an answer is believed; that there is none, a tenth of it."""
LOOK_SECONDS = 2.0
MOST_NAMES = 1000


class PublicNames:
    """Cache of what names resolved to when last asked for. `clock` in seconds."""

    def __init__(self, resolver: Resolver = resolve, clock: Callable[[], float] = time.monotonic) -> None:
        self._resolver = resolver
        self._clock = clock
        self._known: dict[str, tuple[bool | None, float]] = {}

    async def learn(self, url: str) -> bool | None:
        """True if the URL leads to public addresses alone; None: its name does not resolve from here."""
        if not is_public_url(url):
            return False
        _, host, port = origin_of(url)
        if parse_address(host.strip("[]")) is not None:
            return True
        verdict, until = self._known.get(host, (None, 0.0))
        if until <= self._clock():
            verdict = await self._resolve(host, port)
            self._keep(host, verdict)
        return verdict

    def leads_outside(self, url: str) -> bool:
        """The latest answer, without asking: a name that did not resolve counts as not public, an unasked as it looks.

        Only that: an address that a vendor is given must be known to be one.
        """
        if not is_public_url(url):
            return False
        known = self._known.get(origin_of(url)[1])
        return known is None or known[0] is True

    async def _resolve(self, host: str, port: int) -> bool | None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                answers = [parse_address(answer) for answer in await self._resolver(host, port)]
        except (OSError, TimeoutError, UnicodeError):
            return None
        return all(one is not None and is_public(one) for one in answers) if answers else None

    def _keep(self, host: str, verdict: bool | None) -> None:
        while len(self._known) >= MOST_NAMES:
            del self._known[next(iter(self._known))]
        self._known[host] = verdict, self._clock() + (KEEP_SECONDS / 10 if verdict is None else KEEP_SECONDS)


NAMES = PublicNames()
"""This process's."""


def callback_address(vendor: str, *, own: str | None, public: str | None) -> str | None:
    """Where the vendor at the address `vendor` can call a server of these two addresses; None where it cannot.

    A vendor on this machine (the fakes) calls its own address, any other a public one, as its name resolves.
    """
    if is_loopback_url(vendor):
        return own or public
    return public if public and NAMES.leads_outside(public) else None
