"""The providers of a process by name, with what guards them.

That is a concurrency limit each, a breaker for each model, and the flights under way. Built once by the composition
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
from wzrd.domain.submission import Patience, Target
from wzrd.net.http import open_http
from wzrd.providers.base import StreamProvider
from wzrd.providers.breaker import Breaker
from wzrd.providers.chat import Chat, FarSide
from wzrd.providers.credentials import CREDENTIALS, Keys, read_keys
from wzrd.providers.in_flight import Flight
from wzrd.settings import Settings

log = logging.getLogger(__name__)

DEFAULT_CONCURRENCY = 8
CANCEL_SECONDS = 3.0
LANDING_SECONDS = 20.0

FlightKey: TypeAlias = tuple[UUID, str, Target]


USAGE_ON_REQUEST = frozenset({"openai"})
"""Who reports a chat's usage only when asked."""


def far_sides(settings: Settings, keys: Keys) -> tuple[FarSide, ...]:
    """The chat providers, of the table of credentials."""
    return tuple(
        FarSide(
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
        made: Iterable[StreamProvider] = (),
        *,
        keyed: Collection[str] = (),
        limits: Mapping[str, int] | None = None,
        patience: Patience | None = None,
        breaker: Callable[[], Breaker] = Breaker,
        jitter: Callable[[], float] = random.random,
        close: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._made = {provider.name: provider for provider in made}
        self._keyed = frozenset(keyed)
        self._limits = dict(limits or {})
        self._slots: dict[str, asyncio.Semaphore] = {}
        self._breaker = breaker
        self._breakers: dict[Target, Breaker] = {}
        self._close = close
        self.patience = patience or Patience()
        self.jitter = jitter
        self.flights: dict[FlightKey, tuple[int, Flight[Any]]] = {}
        """What is under way, each with the lease epoch that started it."""

    def obstacle(self, name: str, media_type: str) -> str | None:
        """Why the provider cannot be asked for this kind of thing here, as `wzrd.domain.offline` says it; None: it can.

        Without its key that is the reason. With it, no adapter of this version makes such a thing there.
        """
        made = self._made.get(name)
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
    keys = read_keys(settings) if keys is None else keys
    sides = [side for side in far_sides(settings, keys) if side.api_key is not None]
    keyed = keys.keys() - {side.name for side in sides}  # a chat's key counts where it is found well-formed
    if not sides:
        return Providers(local, keyed=keyed)
    http = open_http(idle=settings.writer_timeout)
    made: list[StreamProvider] = list(local)
    for side in sides:
        try:
            made.append(Chat(side, http, now=utc_now))
        except NotConfigured as error:
            log.warning("%s is not used: %s", side.name, error.message)
    return Providers(made, keyed=keyed, limits={side.name: side.concurrency for side in sides}, close=http.aclose)
