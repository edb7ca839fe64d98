"""The connection below a guarded fetch: the one place where a name becomes an address, is judged and connected to.

Between judging and connecting nothing is resolved again, so an answer that changes (DNS rebinding) changes nothing.
TLS lies above: SNI, certificate check and the Host header keep the name.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeAlias, cast

import httpcore
import httpx

from wzrd.net.addresses import FetchRefused, Origin, is_public, parse_address

Resolver: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]


async def resolve(host: str, port: int) -> Sequence[str]:
    """Every address that the system knows for a name."""
    answers = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
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

    async def sleep(self, seconds: float) -> None:
        """Wait, for httpcore's own retries (which are off)."""
        await self._inner.sleep(seconds)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """An httpx transport that connects by a GuardedBackend only; no proxy, no connection is kept for another host."""

    def __init__(self, backend: GuardedBackend, context: ssl.SSLContext) -> None:
        super().__init__(verify=context, trust_env=False)
        assert isinstance(self._pool, httpcore.AsyncConnectionPool)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context, network_backend=backend, max_keepalive_connections=0, retries=0
        )
