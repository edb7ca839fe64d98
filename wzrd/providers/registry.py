"""The providers of a process by name, with what guards them.

That is a concurrency limit each, a breaker for each model, and the calls in flight. Built once by the composition
root from keys and settings.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

from wzrd.domain.errors import NotConfigured, ProviderError, ProviderRejected, ProviderUnsent
from wzrd.domain.offline import name_obstacle
from wzrd.domain.submission import RetryPolicy, Target
from wzrd.net.http import open_http
from wzrd.providers.base import StreamProvider
from wzrd.providers.breaker import Breaker
from wzrd.providers.chat import Chat, ChatEndpoint
from wzrd.providers.credentials import CREDENTIALS, Keys, read_keys
from wzrd.providers.in_flight import InFlightCall
from wzrd.settings import Settings

log = logging.getLogger(__name__)

DEFAULT_CONCURRENCY = 8
CANCEL_SECONDS = 3.0
GRACE_SECONDS = 20.0

CallKey: TypeAlias = tuple[UUID, str, Target]


USAGE_ON_REQUEST = frozenset({"openai"})
"""Who reports a chat's usage only when asked."""


def chat_endpoints(settings: Settings, keys: Keys) -> tuple[ChatEndpoint, ...]:
    """The chat providers, of the table of credentials."""
    return tuple(
        ChatEndpoint(
            row.provider,
            getattr(settings, row.chat),
            keys.get(row.provider),
            row.variable,
            stream_options=row.provider in USAGE_ON_REQUEST,
        )
        for row in CREDENTIALS.values()
        if row.chat is not None
    )


class Providers:
    """What generation needs of a process. Belongs to one event loop; close it with `aclose`."""

    def __init__(
        self,
        providers: Iterable[StreamProvider] = (),
        *,
        keyed: Collection[str] = (),
        limits: Mapping[str, int] | None = None,
        retry_policy: RetryPolicy | None = None,
        breaker: Callable[[], Breaker] = Breaker,
        jitter: Callable[[], float] = random.random,
        close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._providers = {provider.name: provider for provider in providers}
        self._keyed = frozenset(keyed)
        self._limits = dict(limits or {})
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._breaker = breaker
        self._breakers: dict[Target, Breaker] = {}
        self._close = close
        self.retry_policy = retry_policy or RetryPolicy()
        self.jitter = jitter
        self.in_flight: dict[CallKey, tuple[int, InFlightCall[Any]]] = {}
        """What is under way, each with the lease epoch that started it."""

    def obstacle(self, name: str, media_type: str) -> str | None:
        """Why the provider cannot be asked for this kind of thing here, as `wzrd.domain.offline` says it; None: it can.

        Without its key that is the reason. With it, no adapter of this version makes such a thing there.
        """
        made = self._providers.get(name)
        if made is not None and media_type in made.media_types:
            return None
        has_key = made is not None or name in self._keyed or name not in CREDENTIALS
        return name_obstacle(name, has_key=has_key)

    def find(self, name: str) -> StreamProvider:
        """The provider.

        Raises:
            NotConfigured: unknown here, or without its key.
        """
        try:
            return self._providers[name]
        except KeyError:
            raise NotConfigured(f"{name} is not configured here", provider=name) from None

    @asynccontextmanager
    async def admit(self, target: Target, *, seconds: float) -> AsyncGenerator[None]:
        """A place for one submit: waits up to `seconds` for a slot, and reports the result to the breaker.

        Raises:
            ProviderUnsent: no slot came free in time, or the breaker is open; nothing was sent.
        """
        slots = self._slots.setdefault(
            target.provider, asyncio.Semaphore(self._limits.get(target.provider, DEFAULT_CONCURRENCY))
        )
        try:
            async with asyncio.timeout(seconds):
                await slots.acquire()
        except TimeoutError:
            raise ProviderUnsent(f"{target.provider} is busy: no free slot within {seconds:.0f} s") from None
        try:
            async with self._through_breaker(target):
                yield
        finally:
            slots.release()

    @asynccontextmanager
    async def _through_breaker(self, target: Target) -> AsyncGenerator[None]:
        """Keep the breaker's account. A refusal shows that the provider is alive; what is not its fault counts not."""
        breaker, clock = self._breakers.setdefault(target, self._breaker()), asyncio.get_running_loop().time
        if not breaker.admit(clock()):
            rest = breaker.wait(clock())
            raise ProviderUnsent(f"{target} failed too often and rests for {rest:.0f} s", retry_after=rest)
        try:
            yield
        except ProviderRejected:
            breaker.succeeded()
            raise
        except ProviderError:
            breaker.failed(clock())
            raise
        except BaseException:
            breaker.inconclusive()
            raise
        breaker.succeeded()

    async def cancel(self, run_id: UUID, *, seconds: float = CANCEL_SECONDS) -> None:
        """A run was canceled: hang up on what it has under way, and have that recorded."""
        calls = [call for (whose, _, _), (_, call) in self.in_flight.items() if whose == run_id]
        await asyncio.gather(*(call.cancel(seconds=seconds) for call in calls))

    async def aclose(self, *, grace: float = GRACE_SECONDS) -> None:
        """Let calls finish for `grace` seconds (their results are paid for), then stop them and close connections."""
        calls = [call for _, call in self.in_flight.values()]
        waiting = [asyncio.create_task(call.wait()) for call in calls]
        if waiting:
            await asyncio.wait(waiting, timeout=grace)
        for call in calls:
            call.abandon()
        if waiting:
            await asyncio.wait(waiting)
        if self._close is not None:
            await self._close()


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def open_providers(settings: Settings, keys: Keys | None = None, *, local: Iterable[StreamProvider] = ()) -> Providers:
    """The providers that this process has keys for (of the environment unless given), and the `local` ones.

    A malformed key counts as none and is logged, without itself. Connects to nothing.
    """
    keys = read_keys(settings) if keys is None else keys
    endpoints = [endpoint for endpoint in chat_endpoints(settings, keys) if endpoint.api_key is not None]
    keyed = keys.keys() - {endpoint.name for endpoint in endpoints}  # a chat's key counts where it is found well-formed
    if not endpoints:
        return Providers(local, keyed=keyed)
    http = open_http(idle=settings.writer_timeout)
    made: list[StreamProvider] = list(local)
    for endpoint in endpoints:
        try:
            made.append(Chat(endpoint, http, now=utc_now))
        except NotConfigured as error:
            log.warning("%s is not used: %s", endpoint.name, error.message)
    return Providers(
        made, keyed=keyed, limits={endpoint.name: endpoint.concurrency for endpoint in endpoints}, close=http.aclose
    )
