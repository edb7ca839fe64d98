"""The providers of a process by name, with what guards them.

That is a concurrency limit each, a breaker for each model, and the flights under way. Built once by the composition
root from keys and settings.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import UUID

from pydantic import SecretStr

from wzrd.domain.errors import NotConfigured, ProviderError, ProviderRejected, ProviderUnsent
from wzrd.domain.submission import Patience, Target
from wzrd.net.http import open_http
from wzrd.providers.base import StreamProvider
from wzrd.providers.breaker import Breaker
from wzrd.providers.chat import Chat, FarSide
from wzrd.providers.in_flight import Flight
from wzrd.settings import Settings

log = logging.getLogger(__name__)

OPENAI_URL = "https://api.openai.com/v1"
DEFAULT_CONCURRENCY = 8
CANCEL_SECONDS = 3.0
LANDING_SECONDS = 20.0

FlightKey: TypeAlias = tuple[UUID, str, Target]


@dataclass(frozen=True, slots=True)
class Keys:
    """The API keys of the far sides; None where there is none."""

    groq: SecretStr | None = None
    openai: SecretStr | None = None
    gmi: SecretStr | None = None
    gateway: SecretStr | None = None

    def over(self, other: "Keys") -> "Keys":
        """These keys, and the other's where one is absent here."""
        return Keys(
            self.groq or other.groq, self.openai or other.openai, self.gmi or other.gmi, self.gateway or other.gateway
        )


def keys_of(settings: Settings) -> Keys:
    """The keys of the environment."""
    return Keys(settings.groq_api_key, settings.openai_api_key, settings.gmi_api_key, settings.gateway_api_key)


def far_sides(settings: Settings, keys: Keys) -> tuple[FarSide, ...]:
    """The table of chat providers."""
    return (
        FarSide("groq", settings.groq_base_url, keys.groq, "GROQ_API_KEY"),
        FarSide("openai", OPENAI_URL, keys.openai, "OPENAI_API_KEY", stream_options=True),
        FarSide("gateway", settings.gateway_base_url, keys.gateway, "LOVABLE_API_KEY"),
        FarSide("gmi", settings.gmi_chat_url, keys.gmi, "GMI_CLOUD_API_KEY"),
    )


def provider_addresses(settings: Settings) -> tuple[str, ...]:
    """The addresses that the operator named for providers: their results may lie there, on loopback too."""
    return (settings.groq_base_url, settings.gmi_chat_url, settings.gateway_base_url)


class Providers:
    """What generation needs of a process. Belongs to one event loop; close it with `aclose`."""

    def __init__(
        self,
        made: Iterable[StreamProvider] = (),
        *,
        limits: Mapping[str, int] | None = None,
        patience: Patience | None = None,
        breaker: Callable[[], Breaker] = Breaker,
        jitter: Callable[[], float] = random.random,
        close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._made = {provider.name: provider for provider in made}
        self._limits = dict(limits or {})
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._breaker = breaker
        self._breakers: dict[Target, Breaker] = {}
        self._close = close
        self.patience = patience or Patience()
        self.jitter = jitter
        self.flights: dict[FlightKey, tuple[int, Flight[Any]]] = {}
        """What is under way, each with the lease epoch that started it."""

    def configured(self, name: str) -> bool:
        """Whether the provider can be used here: it is known and has its key."""
        return name in self._made

    def find(self, name: str) -> StreamProvider:
        """The provider.

        Raises:
            NotConfigured: unknown here, or without its key.
        """
        try:
            return self._made[name]
        except KeyError:
            raise NotConfigured(f"{name} is not configured here", provider=name) from None

    @asynccontextmanager
    async def admit(self, target: Target, *, patience: float) -> AsyncGenerator[None]:
        """A place for one submit: waits up to `patience` seconds for a slot, and tells the breaker how it went.

        Raises:
            ProviderUnsent: no slot came free in time, or the breaker is open; nothing was sent.
        """
        slots = self._slots.setdefault(
            target.provider, asyncio.Semaphore(self._limits.get(target.provider, DEFAULT_CONCURRENCY))
        )
        try:
            async with asyncio.timeout(patience):
                await slots.acquire()
        except TimeoutError:
            raise ProviderUnsent(f"{target.provider} is busy: no free slot within {patience:.0f} s") from None
        try:
            async with self._judged(target):
                yield
        finally:
            slots.release()

    @asynccontextmanager
    async def _judged(self, target: Target) -> AsyncGenerator[None]:
        """Keep the breaker's account. A refusal shows that the far side is alive; what is not its fault counts not."""
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
            breaker.withdrew()
            raise
        breaker.succeeded()

    async def cancel(self, run_id: UUID, *, seconds: float = CANCEL_SECONDS) -> None:
        """A run was canceled: hang up on what it has under way, and have that recorded."""
        flying = [flight for (whose, _, _), (_, flight) in self.flights.items() if whose == run_id]
        await asyncio.gather(*(flight.cancel(seconds=seconds) for flight in flying))

    async def aclose(self, *, grace: float = LANDING_SECONDS) -> None:
        """Let flights land for `grace` seconds (their results are paid for), then stop them and close connections."""
        flying = [flight for _, flight in self.flights.values()]
        landing = [asyncio.create_task(flight.wait()) for flight in flying]
        if landing:
            await asyncio.wait(landing, timeout=grace)
        for flight in flying:
            flight.abandon()
        if landing:
            await asyncio.wait(landing)
        if self._close is not None:
            await self._close()


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def open_providers(settings: Settings, keys: Keys | None = None, *, local: Iterable[StreamProvider] = ()) -> Providers:
    """The providers that this process has keys for (of the environment unless given), and the `local` ones.

    A malformed key counts as none and is told in the log, without itself. Connects to nothing.
    """
    sides = far_sides(settings, keys or keys_of(settings))
    with_key = [side for side in sides if side.api_key is not None and side.api_key.get_secret_value().strip()]
    if not with_key:
        return Providers(local)
    http = open_http(idle=settings.writer_timeout)
    made: list[StreamProvider] = list(local)
    for side in with_key:
        try:
            made.append(Chat(side, http, now=utc_now))
        except NotConfigured as error:
            log.warning("%s is not used: %s", side.name, error.message)
    return Providers(made, limits={side.name: side.concurrency for side in sides}, close=http.aclose)
