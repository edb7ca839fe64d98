"""The providers of a process by name, with what guards them.

That is a concurrency limit each, a breaker for each model, and the calls in flight. `wzrd.providers.opening` builds it.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from uuid import UUID

from wzrd.domain.errors import NotConfigured, ProviderBusy, ProviderError, ProviderRejected, ProviderUnsent
from wzrd.domain.money import VendorPrice
from wzrd.domain.offline import name_obstacle
from wzrd.domain.submission import RETRYABLE_STATUS, RetryPolicy, Target
from wzrd.models.catalog import load_catalog
from wzrd.providers.base import AnyProvider, BillingProvider, Paced, is_queue
from wzrd.providers.credentials import CREDENTIALS
from wzrd.providers.global_limits import GlobalLimits
from wzrd.providers.in_flight import InFlightCall
from wzrd.providers.limits import START, AdaptiveLimit, Breaker

CANCEL_SECONDS = 3.0
GRACE_SECONDS = 20.0

CallKey: TypeAlias = tuple[UUID, str, Target]


@dataclass(slots=True)
class _Lane:
    """One adapter, and what guards the calls to it: its own limit, and a breaker for each model."""

    provider: AnyProvider
    limit: AdaptiveLimit
    breakers: dict[str, Breaker] = field(default_factory=dict[str, Breaker])


@dataclass(frozen=True, slots=True)
class Adapters:
    """Adapters of a process, the providers whose keys there are, and the limit each begins with."""

    providers: tuple[AnyProvider, ...]
    keyed: frozenset[str] = frozenset()
    limits: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class ProviderMeasure:
    """Calls to one provider that are `out`, `waiting`, or may be out (`limit`); models whose breaker is open."""

    name: str
    makes: Literal["text", "media"]
    calls: Mapping[str, int]
    resting: Sequence[str]


class Providers:
    """Providers that a process can ask, with the limits and breakers of each.

    Belongs to one event loop; close it with `aclose`. A provider may have several adapters, each for the media types
    that it makes.
    """

    def __init__(
        self,
        providers: Iterable[AnyProvider] = (),
        *,
        keyed: Collection[str] = (),
        limits: Mapping[str, int] | None = None,
        retry_policy: RetryPolicy | None = None,
        breaker: Callable[[], Breaker] = Breaker,
        jitter: Callable[[], float] = random.random,
        close: Callable[[], Awaitable[None]] | None = None,
        renew: Callable[[], Awaitable[None]] | None = None,
        everywhere: GlobalLimits | None = None,
        on_ask: Callable[[str], None] | None = None,
    ) -> None:
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._keyed: frozenset[str] = frozenset()
        self._renew = renew
        self._everywhere = everywhere
        self._on_ask = on_ask
        self.install(Adapters(tuple(providers), frozenset(keyed), limits or {}))
        self._breaker = breaker
        self._close = close
        self._listening: dict[UUID, set[asyncio.Event]] = {}
        self.was_asked = False
        """True if anybody has looked for a provider since this was last unset by whoever keeps them in step."""
        self.told_prices: Mapping[Target, VendorPrice] = {}
        """Prices that vendors have told, by model (`learn_prices`)."""
        self.retry_policy = retry_policy or RetryPolicy()
        self.jitter = jitter
        self.in_flight: dict[CallKey, tuple[int, InFlightCall[Any]]] = {}
        """Calls under way, each with the lease epoch that started it."""

    def install(self, adapters: Adapters, changed: Collection[str] = ()) -> None:
        """Ask through these from now on. Who is not `changed` keeps adapter, limit and breakers; calls go on."""
        before, self._lanes, self._keyed = self._lanes, {}, adapters.keyed
        for provider in adapters.providers:
            known = next(
                (before[key] for kind in provider.media_types if (key := (provider.name, kind)) in before), None
            )
            if known is None or provider.name in changed:
                known = _Lane(provider, AdaptiveLimit(adapters.limits.get(provider.name, START)))
            self._lanes |= {(provider.name, media_type): known for media_type in provider.media_types}

    def measures(self) -> list[ProviderMeasure]:
        """Calls to each provider now, by adapter."""
        lanes = {id(lane): lane for lane in self._lanes.values()}.values()
        return [
            ProviderMeasure(
                lane.provider.name,
                "text" if "text" in lane.provider.media_types else "media",
                {"out": lane.limit.out, "waiting": lane.limit.waiting, "limit": lane.limit.count},
                [model for model, breaker in lane.breakers.items() if breaker.open_until is not None],
            )
            for lane in lanes
        ]

    async def renew(self) -> None:
        """A key was refused, or a run begins: have the keys read again, where that is known how."""
        if self._renew is not None:
            await self._renew()

    async def learn_prices(self) -> None:
        """Ask those who tell them what their models cost this account; an adapter asks once a day."""
        models = load_catalog().models.values()
        asked = {id(lane.provider): lane.provider for lane in self._lanes.values()}.values()
        self.told_prices = {
            Target(one.name, model): price
            for one in asked
            if isinstance(one, BillingProvider)
            for model, price in (
                await one.read_prices([row.endpoint_id for row in models if row.provider == one.name])
            ).items()
        }

    def obstacle(self, name: str, media_type: str) -> str | None:
        """Why the provider cannot be asked for this kind of thing here, as `wzrd.domain.offline` says it; None: it can.

        Without its key that is the reason. With it, no adapter of this version makes such a thing there.
        """
        self.was_asked = True
        if (name, media_type) in self._lanes:
            return None
        has_key = name in self._keyed or name not in CREDENTIALS or any(name == known for known, _ in self._lanes)
        return name_obstacle(name, has_key=has_key)

    def find(self, name: str, media_type: str) -> AnyProvider:
        """The adapter that makes this kind of thing at the provider.

        Raises:
            NotConfigured: unknown here, or without its key.
        """
        return self._lane(name, media_type).provider

    def _lane(self, name: str, media_type: str) -> _Lane:
        self.was_asked = True
        try:
            return self._lanes[name, media_type]
        except KeyError:
            raise NotConfigured(f"{name} is not configured here for {media_type}", provider=name) from None

    @asynccontextmanager
    async def place(self, target: Target, media_type: str, *, seconds: float) -> AsyncGenerator[None]:
        """One of the places that all processes together have at the provider, while inside; waits up to `seconds`.

        Its asking is noted for whoever wants to know (`on_ask`, by the provider's name).

        Raises:
            ProviderUnsent: none came free in time; nothing was sent.
        """
        if self._on_ask is not None:
            self._on_ask(target.provider)
        if self._everywhere is None:
            yield
            return
        alone = is_queue(self._lane(target.provider, media_type).provider)
        async with AsyncExitStack() as held:
            try:
                await held.enter_async_context(self._everywhere.slot(target.provider, seconds=seconds, alone=alone))
            except TimeoutError:
                message = f"{target.provider} is busy: its concurrency limit had no free slot within {seconds:.0f} s"
                raise ProviderUnsent(message) from None
            yield

    @asynccontextmanager
    async def admit(self, target: Target, media_type: str, *, seconds: float) -> AsyncGenerator[None]:
        """A place for one submit: waits up to `seconds` for a slot, and reports the result to limit and breaker.

        Raises:
            ProviderUnsent: no slot came free in time, the provider's rate limit is used up for longer, or the
                breaker is open; nothing was sent.
        """
        lane, until = self._lane(target.provider, media_type), asyncio.get_running_loop().time() + seconds
        busy = ProviderUnsent(f"{target.provider} is busy: no free slot within {seconds:.0f} s")
        async with lane.limit.slot(seconds=seconds, late=busy):
            await _await_rate_limit(lane.provider, target, until - asyncio.get_running_loop().time())
            async with self._through_breaker(lane, target):
                yield

    @asynccontextmanager
    async def _through_breaker(self, lane: _Lane, target: Target) -> AsyncGenerator[None]:
        """Keep the account. A refusal shows that the provider is alive; what is not its fault counts not."""
        breaker, clock = lane.breakers.setdefault(target.model, self._breaker()), asyncio.get_running_loop().time
        if not breaker.admit(clock()):
            rest = breaker.wait(clock())
            raise ProviderUnsent(f"{target} failed too often and rests for {rest:.0f} s", retry_after=rest)
        try:
            yield
        except ProviderRejected as error:
            if error.status in RETRYABLE_STATUS and not isinstance(error, ProviderBusy):
                lane.limit.refused()
            breaker.succeeded()
            raise
        except ProviderError:
            breaker.failed(clock())
            raise
        except BaseException:
            breaker.inconclusive()
            raise
        lane.limit.succeeded()
        breaker.succeeded()

    @contextmanager
    def listen(self, run_id: UUID) -> Generator[asyncio.Event]:
        """An event that is set whenever a provider has called about the run's jobs, while inside."""
        wake = asyncio.Event()
        here = self._listening.setdefault(run_id, set())
        here.add(wake)
        try:
            yield wake
        finally:
            here.discard(wake)
            if not here:
                self._listening.pop(run_id, None)

    def wake(self, run_id: UUID) -> None:
        """A provider has called about a job of this run."""
        for event in self._listening.get(run_id, ()):
            event.set()

    def slot_came_free(self, provider: str) -> None:
        """A process has given back a slot of the provider: who waits for one here asks again."""
        if self._everywhere is not None:
            self._everywhere.wake(provider)

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
        if self._everywhere is not None:
            await self._everywhere.aclose()
        if self._close is not None:
            await self._close()


async def _await_rate_limit(provider: AnyProvider, target: Target, seconds: float) -> None:
    """Wait until the provider's own rate limit admits a request, if that is within `seconds`.

    Raises:
        ProviderUnsent: it is not.
    """
    pause = provider.pause(target.model) if isinstance(provider, Paced) else 0.0
    if not pause:
        return
    if pause >= seconds:
        raise ProviderUnsent(f"{target}: the rate limit is used up for another {pause:.0f} s", retry_after=pause)
    await asyncio.sleep(pause)
