"""A process's providers kept in step with their keys: read anew while in use, before a run, after a refusal.

Where keys are kept is the composition root's business: it gives a function that reads them there. The environment's
stand behind those.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TypeAlias, TypedDict, Unpack

from wzrd.net.http import open_http
from wzrd.net.transport import NAMES
from wzrd.providers.base import AnyProvider
from wzrd.providers.credentials import Keys, read_keys
from wzrd.providers.global_limits import GlobalLimits
from wzrd.providers.opening import make_adapters
from wzrd.providers.registry import GRACE_SECONDS, Providers
from wzrd.retry import best_effort
from wzrd.settings import Settings

log = logging.getLogger(__name__)

REFRESH_SECONDS = 5.0
"""Interval at which keys are read while somebody asks for providers."""
IDLE_SECONDS = 30.0
"""Interval at which keys are read while nobody asks for providers."""
LEAST_SECONDS = 0.1
"""Most that a reading may be older than the call it answers: of a crowd of calls few read."""

WEBHOOKS = frozenset({"fal-ai"})
"""Whose adapters are told whether they are called back."""

KeySource: TypeAlias = Callable[[], Awaitable[Keys | None]]
"""Reads the keys that are kept elsewhere than in the environment; None: they cannot be read now."""


class Shared(TypedDict, total=False):
    """Arguments common to all adapters of a process: limits that hold everywhere, and who notes each asking."""

    everywhere: GlobalLimits | None
    on_ask: Callable[[str], None] | None


class KeyRefresh:
    """Reads the keys, and puts adapters in place of those whose key has changed."""

    def __init__(
        self, settings: Settings, source: KeySource, local: Iterable[AnyProvider] = (), **shared: Unpack[Shared]
    ) -> None:
        self._settings = settings
        self._source = source
        self._local = tuple(local)
        self._http = open_http(idle=settings.writer_timeout)
        self._keys: dict[str, str] = {}
        self._installed = False
        self._outside = False
        self._began_at: float | None = None
        self._reading = asyncio.Lock()
        self.providers = Providers(close=self._http.aclose, renew=self.renew, **shared)

    async def renew(self) -> None:
        """Read the keys, unless a reading is under way that began no earlier than this call, or hardly earlier."""
        clock = asyncio.get_running_loop().time
        called = clock()
        async with self._reading:
            if self._began_at is not None and called - self._began_at < LEAST_SECONDS:
                return
            began = clock()
            kept, outside = await self._source(), await self._look_outside()
            self._began_at = began
            if kept is None and self._installed:
                return  # what was known goes on: an outage of where they are kept takes no key away
            self._install({**read_keys(self._settings), **(kept or {})}, turned=outside != self._outside)
            self._outside = outside

    async def _look_outside(self) -> bool:
        """True if vendors can call us at our public address, as its name resolves by now."""
        url = self._settings.public_url
        return url is not None and await NAMES.learn(url) is True

    def _install(self, keys: Keys, *, turned: bool) -> None:
        values = {name: key.get_secret_value() for name, key in keys.items()}
        changed = {name for name in values.keys() | self._keys.keys() if values.get(name) != self._keys.get(name)}
        if turned:
            changed |= WEBHOOKS & values.keys()
        if changed or not self._installed:
            self.providers.install(make_adapters(self._settings, keys, self._http, self._local), changed)
            self._keys, self._installed = values, True

    def _is_due(self) -> bool:
        age = asyncio.get_running_loop().time() - (self._began_at or 0.0)
        return self.providers.was_asked or age > IDLE_SECONDS - REFRESH_SECONDS

    async def renew_forever(self) -> None:
        """Read them again and again, and what vendors with a key ask for their work."""
        while True:
            if self._settings.offline != "always":
                with best_effort(log.warning, "the providers' prices could not be read"):
                    await self.providers.learn_prices()
            await asyncio.sleep(REFRESH_SECONDS)
            if not self._is_due():
                continue
            self.providers.was_asked = False
            with best_effort(log.warning, "the providers' keys could not be read"):
                await self.renew()


@asynccontextmanager
async def keep_providers(
    settings: Settings,
    source: KeySource,
    *,
    local: Iterable[AnyProvider] = (),
    grace: float = GRACE_SECONDS,
    **shared: Unpack[Shared],
) -> AsyncGenerator[Providers]:
    """The providers that there are keys for, kept in step with them; closed on leaving: calls have `grace` seconds.

    Limits that all processes share are closed with the providers.
    """
    refresh = KeyRefresh(settings, source, local, **shared)
    await refresh.renew()
    ticking = asyncio.create_task(refresh.renew_forever(), name="renew-keys")
    try:
        yield refresh.providers
    finally:
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking
        await refresh.providers.aclose(grace=grace)
